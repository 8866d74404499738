"""The latest-wins worker."""

import threading

from viewer.engine.workers import LatestWorker


def test_a_worker_skips_jobs_that_a_newer_one_replaced():
    gate, done, results = threading.Event(), threading.Event(), []

    def compute(job):
        gate.wait(10)
        return job * 2

    def on_result(result):
        results.append(result)
        if result == 10:
            done.set()

    worker = LatestWorker(compute, on_result, results.append, "test worker")
    worker.submit(1)
    while not worker._working:
        pass
    for job in (2, 3, 4, 5):
        worker.submit(job)
    assert worker.busy
    gate.set()
    assert done.wait(10)
    worker.close()
    assert results == [2, 10]

"""The latest-wins worker."""

import threading

import pytest

from rawio import RawIOError
from viewer.engine.workers import LatestWorker, sentence_of


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


@pytest.mark.parametrize("fails", [True, False])
def test_nobody_is_called_for_the_job_under_way_when_it_is_closed(fails):
    begun, gate, heard = threading.Event(), threading.Event(), []

    def compute(job):
        begun.set()
        gate.wait(10)
        if fails:
            raise RawIOError("the disk says no.")
        return job

    worker = LatestWorker(compute, heard.append, heard.append, "test worker")
    worker.submit(1)
    assert begun.wait(10)
    worker.submit(2)  # never begun
    worker.close()
    gate.set()
    worker._thread.join(10)
    assert not worker._thread.is_alive() and heard == []


def test_a_job_that_fails_is_told_in_words_and_the_next_is_done():
    results, told, done = [], [], threading.Event()

    def compute(job):
        if job == 0:
            raise RawIOError("the disk says no.")
        if job == 1:
            raise ValueError("what a number")
        return job

    def on_error(sentence):
        told.append(sentence)
        done.set()

    worker = LatestWorker(compute, lambda r: (results.append(r), done.set()), on_error, "dividing")
    for job in (0, 1, 2):
        worker.submit(job)
        assert done.wait(10)
        done.clear()
    worker.close()
    assert told == ["the disk says no.", "Dividing failed: what a number."]
    assert results == [2]


def test_only_what_is_our_own_fault_goes_to_the_log(caplog):
    assert sentence_of(RawIOError("no such file."), "reading") == "no such file."
    assert sentence_of(MemoryError(), "reading") == "Reading needs more memory than there is."
    assert not caplog.records
    assert sentence_of(KeyError("x"), "reading") == "Reading failed: 'x'."
    assert [record.getMessage() for record in caplog.records] == ["reading failed"]

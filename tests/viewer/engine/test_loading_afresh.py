"""Jobs whose matter changes while they are under way."""

import threading

import pytest

from viewer.engine.loader import Job, JobId, TileLoader
from viewer.engine.tiles import TileKey
from viewer.model import SignalRun

RUN = SignalRun(0, 0, 0, 0.0, 1000.0, 10**6)
SECONDS = 20


@pytest.mark.parametrize(("afresh", "times"), [(True, 2), (False, 1)])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_job_under_way_is_done_once_more_where_it_has_to_be(afresh, times, threads):
    """The request comes when the job has read already: the moment is made here."""
    begun, together, most = [], [], threading.Event()
    id_ = JobId(1, TileKey(0, 0, 0, 6, 0))

    def do(run, key, cancelled):
        begun.append(key)
        together.append(key)
        if len(begun) == 1:
            loader.request([Job(id_, RUN, do, afresh=afresh)])
            most.wait(0.05)  # time for another thread to begin it, which it must not
        assert len(together) == 1
        together.remove(key)

    errors = []
    loader = TileLoader(lambda key, sentence: errors.append(sentence), threads)
    loader.request([Job(id_, RUN, do)])
    deadline = threading.Event()
    for _ in range(SECONDS * 100):
        if not loader.busy:
            break
        deadline.wait(0.01)
    loader.close()
    assert (len(begun), errors) == (times, [])

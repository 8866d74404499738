"""The loader: jobs by urgency, the latest request wins."""

import threading

import pytest

from rawio import RawIOError
from viewer.engine.errors import CancelledError
from viewer.engine.loader import Job, JobId, TileLoader
from viewer.engine.tiles import TileKey
from viewer.model import SignalRun

RUN = SignalRun(0, 0, 0, 0.0, 1000.0, 10**6)
SECONDS = 20


def key(number):
    return TileKey(0, 0, 0, 0, number)


class Desk:
    """Jobs that write down what they did, and wait where they are told to."""

    def __init__(self):
        self.done, self.errors, self.begun = [], [], []
        self.gates = {}
        self.changed = threading.Condition()
        self.loader = TileLoader(self.on_error)

    def on_error(self, key, sentence):
        self.note(self.errors, sentence)

    def note(self, where, what):
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def do(self, run, key, cancelled):
        self.note(self.begun, key.number)
        gate = self.gates.get(key.number)
        while gate is not None and not gate.wait(0.001):
            if cancelled():
                raise CancelledError
        self.note(self.done, key.number)

    def job(self, number, urgency=1, do=None):
        return Job(JobId(urgency, key(number)), RUN, do or self.do)

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, timeout=SECONDS)


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.loader.close()


def hold(desk, number):
    """Have the loader busy with a job until the gate that is returned opens."""
    gate = desk.gates[number] = threading.Event()
    desk.loader.request([desk.job(number)])
    desk.wait(lambda: number in desk.begun)
    return gate


def test_jobs_are_done_in_the_order_asked(desk):
    desk.loader.request([desk.job(n) for n in (3, 0, 5)])
    desk.wait(lambda: desk.done == [3, 0, 5])


def test_the_more_urgent_job_comes_first(desk):
    gate = hold(desk, 9)
    desk.loader.request([desk.job(9), desk.job(1, 4), desk.job(2, 0), desk.job(3, 4)])
    desk.loader.add([desk.job(4, 2)])
    gate.set()
    desk.wait(lambda: desk.done == [9, 2, 4, 1, 3])


def test_the_latest_request_wins(desk):
    hold(desk, 0)
    desk.loader.request([desk.job(n) for n in (1, 2)])
    desk.loader.request([desk.job(n) for n in (7, 8)])
    desk.wait(lambda: desk.done == [7, 8])  # the one under way was given up
    assert desk.begun == [0, 7, 8]


def test_a_job_under_way_that_is_wanted_still_goes_on(desk):
    gate = hold(desk, 0)
    desk.loader.request([desk.job(1), desk.job(0)])
    gate.set()
    desk.wait(lambda: desk.done == [0, 1])
    assert desk.begun == [0, 1]


def test_a_job_wanted_again_while_it_is_given_up_is_done_after_all(desk):
    """The request comes between the job's look and its giving up: the moment is made here."""
    asked = []

    def do(run, key, cancelled):
        if not asked:
            asked.append(True)
            desk.loader.request([])
            assert cancelled()
            desk.loader.request([desk.job(5, do=do)])
            raise CancelledError
        desk.note(desk.done, key.number)

    desk.loader.request([desk.job(5, do=do)])
    desk.wait(lambda: desk.done == [5])


def test_a_job_that_fails_does_not_stop_the_others(desk):
    def broken(run, key, cancelled):
        raise RawIOError("the disk says no.")

    def faulty(run, key, cancelled):
        raise ZeroDivisionError("division by zero")

    desk.loader.request([desk.job(1, do=broken), desk.job(2, do=faulty), desk.job(3)])
    desk.wait(lambda: desk.done == [3])
    assert desk.errors == ["the disk says no.", "Reading a tile failed: division by zero."]


def test_a_job_under_way_is_not_begun_once_more(desk):
    """Several threads must never work at one job."""
    gate = hold(desk, 0)
    desk.loader.add([desk.job(0), desk.job(1)])
    gate.set()
    desk.wait(lambda: desk.done == [0, 1])
    assert desk.begun == [0, 1]


def test_a_job_given_up_that_is_added_goes_on(desk):
    gate = hold(desk, 0)
    desk.gates[0] = None

    def added(run, key, cancelled):
        desk.loader.request([])
        desk.loader.add([desk.job(1)])
        desk.note(desk.done, ("dropped", cancelled()))

    desk.loader.request([desk.job(0), desk.job(1, do=added)])
    gate.set()
    desk.wait(lambda: ("dropped", False) in desk.done)


def test_busy_is_about_what_is_at_least_so_urgent(desk):
    gate = hold(desk, 0)
    desk.loader.add([desk.job(1, 6)])
    assert desk.loader.busy and desk.loader.busy_below(2) and not desk.loader.busy_below(1)
    gate.set()
    desk.wait(lambda: desk.done == [0, 1])


def test_nobody_is_called_after_close(desk):
    def broken(run, key, cancelled):
        desk.note(desk.begun, "broken")
        gate.wait(SECONDS)
        raise RawIOError("too late")

    gate = threading.Event()
    desk.loader.request([desk.job(1, do=broken), desk.job(2)])
    desk.wait(lambda: desk.begun == ["broken"])
    desk.loader.close()
    gate.set()
    for thread in desk.loader._threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    desk.loader.add([desk.job(3)])
    assert (desk.errors, desk.done) == ([], [])

"""Errands: of several the latest counts, of those given up nothing is heard."""

import threading
import time

import pytest

from rawio import RawIOError
from viewer.engine.errors import CancelledError
from viewer.qt.bridge import Messenger
from viewer.qt.view.errands import Errands


class Office:
    """Errands whose thread waits for a gate at each step of a job, and all that is heard of them.

    A job is a list of results; an exception in it is raised.
    """

    def __init__(self):
        self.took, self.told = [], []
        self.steps = threading.Semaphore(0)
        self.begun = []
        self.messenger = Messenger()
        self.errands = Errands(
            self._run, self.messenger, self.took.append, self.told.append, "test", "trying"
        )

    def _run(self, job, given_up):
        self.begun.append(job)
        for result in job:
            assert self.steps.acquire(timeout=20)
            if result is CancelledError and given_up():
                raise CancelledError
            if isinstance(result, Exception):
                raise result
            yield result

    def wait_for(self, job):
        """Wait until a job has begun."""
        end = time.monotonic() + 20
        while job not in self.begun:
            assert time.monotonic() < end
            time.sleep(0.001)

    def rest(self):
        """Let all steps be made, and wait, without the GUI thread taking in anything."""
        self.steps.release(100)
        end = time.monotonic() + 20
        while self.errands.busy:
            assert time.monotonic() < end
            time.sleep(0.001)


@pytest.fixture
def office(qapp):
    office = Office()
    yield office
    office.steps.release(100)
    office.errands.close()


def test_results_come_one_by_one_while_it_is_under_way(qtbot, office):
    office.errands.send([1, 2, 3])
    office.steps.release()
    qtbot.waitUntil(lambda: office.took == [1])
    assert office.errands.busy
    office.rest()
    qtbot.waitUntil(lambda: office.took == [1, 2, 3])
    assert not office.errands.busy and office.told == []


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RawIOError("the disk says no."), "the disk says no."),
        (MemoryError(), "Trying needs more memory than there is."),
        (ZeroDivisionError("by zero"), "Trying failed: by zero."),
    ],
)
def test_a_failure_is_told_as_a_sentence_and_the_next_goes_on(qtbot, office, error, sentence):
    office.errands.send([1, error])
    office.rest()
    qtbot.waitUntil(lambda: office.told == [sentence])
    assert office.took == [1]
    office.errands.send([2])
    office.rest()
    qtbot.waitUntil(lambda: office.took == [1, 2])


@pytest.mark.parametrize("last", [7, RawIOError("no."), CancelledError])
def test_of_one_that_is_given_up_not_even_what_is_on_its_way_is_heard(qtbot, office, last):
    office.errands.send([1, 2, last])
    office.steps.release(2)
    office.wait_for([1, 2, last])
    office.errands.give_up()
    office.rest()
    qtbot.wait(30)
    assert office.took == [] and office.told == []


@pytest.mark.parametrize("last", [7, RawIOError("no.")])
def test_of_two_the_later_alone_is_heard(qtbot, office, last):
    office.errands.send([1, last])
    office.wait_for([1, last])
    office.errands.send([5])  # never begun
    office.errands.send([6])
    office.rest()
    qtbot.waitUntil(lambda: office.took == [6])
    qtbot.wait(30)
    assert office.took == [6] and office.told == []
    assert office.begun == [[1, last], [6]]


def test_what_was_found_before_a_newer_errand_but_not_told_yet_is_dropped(qtbot, office):
    office.errands.send([1])
    office.rest()
    office.errands.send([2])
    qtbot.waitUntil(lambda: office.took == [2])
    qtbot.wait(30)
    assert office.took == [2]


@pytest.mark.parametrize("last", [7, RawIOError("no.")])
@pytest.mark.parametrize("shut", ["errands", "messenger"])
def test_once_closed_nothing_is_heard(qtbot, office, last, shut):
    office.errands.send([1, last])
    office.steps.release()
    office.wait_for([1, last])
    getattr(office, shut).close()
    office.steps.release(100)
    qtbot.wait(50)
    assert office.took == [] and office.told == []


def test_giving_up_nothing_is_no_fault(office):
    office.errands.give_up()
    assert not office.errands.busy

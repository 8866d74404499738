"""Work told piece after piece: in order, in the GUI thread, and not after its end."""

import threading

import pytest

from rawio import RawIOError
from viewer.engine.errors import CancelledError
from viewer.qt.telling import Telling


class Ears:
    """Notes what is told, and in which thread."""

    def __init__(self):
        self.heard, self.threads = [], set()

    def took(self, piece):
        self.heard.append(piece)
        self.threads.add(threading.current_thread())

    def ended(self, why):
        self.took(("end", why))


def telling(ears, work):
    return Telling(work, ears.took, ears.ended, "rawscope test")


def test_pieces_come_in_order_then_the_end_and_the_thread_ends(qtbot):
    before, ears = threading.active_count(), Ears()
    told = telling(ears, lambda cancelled: iter(range(5)))
    assert told.busy
    qtbot.waitUntil(lambda: not told.busy)
    assert ears.heard == [0, 1, 2, 3, 4, ("end", "")]
    assert ears.threads == {threading.main_thread()}
    qtbot.waitUntil(lambda: threading.active_count() <= before)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RawIOError("the disk says no."), "the disk says no."),
        (KeyError("gone"), "Rawscope test failed: 'gone'."),
    ],
)
def test_an_error_ends_it_with_a_sentence_after_what_came_before(qtbot, error, sentence):
    def work(cancelled):
        yield 1
        raise error

    ears = Ears()
    told = telling(ears, work)
    qtbot.waitUntil(lambda: not told.busy)
    assert ears.heard == [1, ("end", sentence)]


def test_nothing_is_told_after_the_end_even_if_it_was_on_its_way(qtbot):
    ears, said = Ears(), threading.Event()

    def work(cancelled):
        yield 1
        said.set()
        while not cancelled():
            threading.Event().wait(0.001)
        raise CancelledError

    before = threading.active_count()
    told = telling(ears, work)
    assert said.wait(30)
    told.close()
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    qtbot.wait(20)
    assert ears.heard == [] and not told.busy


def test_work_that_is_never_asked_whether_it_is_wanted_ends_at_its_next_piece(qtbot):
    ears, more, steps = Ears(), threading.Event(), []

    def work(cancelled):
        for step in range(1000):
            steps.append(step)
            yield step
            more.wait(30)

    before = threading.active_count()
    told = telling(ears, work)
    qtbot.waitUntil(lambda: ears.heard == [0])
    told.close()
    more.set()
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    assert len(steps) == 2

"""The part of dialogs that works: progress, giving up, and what is said in the end."""

import threading

import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt

from rawio import RawIOError
from viewer.engine.errors import CancelledError
from viewer.qt.dialogs.amounts import count_text, rate_text
from viewer.qt.dialogs.working import PATIENCE_MS, Working

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def working(qtbot):
    widget = Working()
    widget.told = []
    widget.busy_changed.connect(widget.told.append)
    widget.done.connect(widget.told.append)
    qtbot.addWidget(widget)
    widget.show()
    return widget


class Job:
    """Work that goes on at a word, and checks whether it is given up."""

    def __init__(self, result="done"):
        self.go, self.given_up, self.result = threading.Event(), False, result

    def __call__(self, progress, cancelled):
        progress(0.25)
        self.go.wait(30)
        self.given_up = cancelled()
        if self.given_up:
            raise CancelledError
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def test_what_is_soon_done_shows_no_bar(qtbot, working):
    job = Job()
    job.go.set()
    working.start(job, "the work")
    assert working.busy and working.told == [True]
    qtbot.waitUntil(lambda: not working.busy)
    assert working.told == [True, False, "done"]
    qtbot.wait(PATIENCE_MS + 100)
    assert not working.bar.isVisible()


def test_what_takes_long_shows_how_far_it_is(qtbot, working):
    job = Job()
    working.start(job, "the work")
    assert not working.bar.isVisible()
    qtbot.waitUntil(working.bar.isVisible)
    qtbot.waitUntil(lambda: working.bar.value() == working.bar.maximum() // 4)
    job.go.set()
    qtbot.waitUntil(lambda: not working.busy)
    assert not working.bar.isVisible() and not job.given_up


def test_it_is_given_up_once_the_thread_says_so(qtbot, working):
    job = Job()
    working.start(job, "the work")
    qtbot.waitUntil(working.cancel_button.isVisible)
    qtbot.mouseClick(working.cancel_button, LEFT)
    assert working.busy and not working.cancel_button.isEnabled(), "nobody knows yet"
    job.go.set()
    qtbot.waitUntil(lambda: not working.busy)
    assert job.given_up and working.text == "Given up; nothing was written."
    assert working.told == [True, False]


def test_what_was_done_before_anybody_could_give_it_up_is_done(qtbot, working):
    class Late(Job):
        def __call__(self, progress, cancelled):
            self.go.wait(30)
            return "done"

    job = Late()
    working.start(job, "the work")
    working.cancel()
    job.go.set()
    qtbot.waitUntil(lambda: not working.busy)
    assert working.told == [True, False, "done"] and working.text == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RawIOError("the disk says no."), "the disk says no."),
        (MemoryError(), "The work needs more memory than there is."),
        (KeyError("x"), "The work failed: 'x'."),
    ],
)
def test_what_fails_is_said(qtbot, working, error, said):
    job = Job(error)
    job.go.set()
    working.start(job, "the work")
    qtbot.waitUntil(lambda: not working.busy)
    assert working.text == said
    more = Job()
    working.start(more, "more")
    assert working.text == "", "what was said before is of something else"
    more.go.set()


def test_new_work_gives_up_the_old(qtbot, working):
    old, new = Job("old"), Job("new")
    working.start(old, "the work")
    working.start(new, "the work")
    old.go.set()
    new.go.set()
    qtbot.waitUntil(lambda: not working.busy)
    assert old.given_up and "new" in working.told and "old" not in working.told


def test_the_end_of_the_widget_gives_up_its_work(qtbot):
    widget, job = Working(), Job()
    before = set(threading.enumerate())
    widget.start(job, "the work")
    sip.delete(widget)
    job.go.set()
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert job.given_up


def test_rates_and_counts():
    assert [rate_text(r) for r in (250.0, 30_000.0, 24_414.0625)] == [
        "250 Hz",
        "30 kHz",
        "24.4140625 kHz",
    ]
    assert [count_text(n, "sample") for n in (0, 1, 12_345)] == [
        "0 samples",
        "1 sample",
        "12,345 samples",
    ]

"""A window that is used at random for a while: nothing fails, and nothing piles up."""

import ctypes
import gc
import logging
import os
import shutil
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from rawio import open_recording
from tests.benchmarks.processes import memory
from tests.viewer.qt.random_acts import RandomActs
from tests.viewer.qt.windows import two_streams
from viewer.qt.window.main_window import MainWindow
from viewer.render.software import render
from viewer.settings import LEAST_MEMORY, Settings

SAMPLES = Path(__file__).parents[3] / "sample_data"
SEED = 20_250
"""Of the acts, where ``RAWSCOPE_SOAK_SEED`` names none; a long soak takes another each time."""

RESTS = 40
"""Acts from one time that the window is left alone to the next."""

REST_SECONDS = 30
"""Within which it has to be at rest then."""

MOST_THREADS = 24
"""Of the program, at rest: a view has about twelve, its docks six, and a layer two more."""

MOST_HELD, MOST_RESIDENT = 24 << 20, 192 << 20
"""Bytes that may come on top once the program is warm, with no recording open: of what is in use,
and of what the process has, which is more where memory is in pieces."""

HARMLESS = ("propagateSizeHints", "QXcbConnection", "QFont::", "This plugin does not support")
"""What Qt says of the platform, and not of us."""


class Faults(logging.Handler):
    """Takes down all that goes wrong, wherever and however it would be swallowed."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found = []

    def emit(self, record):
        self.found.append(self.format(record))

    def take(self, *error):
        """Take in an exception that nobody has caught."""
        self.found.append("".join(traceback.format_exception(*error)))

    def hear(self, kind, context, text):
        """Take in what Qt has to say."""
        grave = kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg)
        if grave and not any(harmless in text for harmless in HARMLESS):
            self.found.append(f"Qt: {text}")

    @contextmanager
    def watching(self):
        """Take down what goes wrong meanwhile."""
        hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
        sys.excepthook = self.take
        sys.unraisablehook = lambda u: self.take(u.exc_type, u.exc_value, u.exc_traceback)
        threading.excepthook = lambda a: self.take(a.exc_type, a.exc_value, a.exc_traceback)
        said = qInstallMessageHandler(self.hear)
        log = logging.getLogger("viewer")
        log.addHandler(self)
        try:
            yield self
        finally:
            log.removeHandler(self)
            qInstallMessageHandler(said)
            sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Return recordings that can be opened, and some that cannot, all copies of their own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("sample.plx", "sample.raw", "sample.raw.json"):
        shutil.copy(SAMPLES / name, tmp_path / name)
    cut = tmp_path / "cut.plx"
    cut.write_bytes((SAMPLES / "sample.plx").read_bytes()[:-7])
    (tmp_path / "empty.plx").touch()
    several = tmp_path / "several"
    several.mkdir()
    for name in ("a.plx", "b.plx"):
        shutil.copy(SAMPLES / "sample.plx", several / name)
    good = ["sample.plx", "sample.raw", "sample.plx", "sample.raw", "cut.plx", "two streams"]
    return [str(tmp_path / name) for name in (*good, "empty.plx", "none.plx", "several")]


def opener(path, **rest):
    return two_streams() if path.endswith("two streams") else open_recording(path, **rest)


def pump(seconds):
    """Turn the event loop for so long."""
    end = time.monotonic() + seconds
    while True:
        QApplication.processEvents()
        # What is deleted later goes when a loop returns, and there is none around here.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if time.monotonic() >= end:
            return
        time.sleep(0.001)


def check_model(view):
    """Check that what is to be shown lies within what there is."""
    window, channels = view.window, view.channels
    assert window.t_min <= window.t_start <= window.t_max
    assert window.min_duration <= window.duration <= window.t_max - window.t_min + 1e-9
    assert window.t_start + window.duration <= window.t_max + 1e-6
    assert sorted(channels.order.tolist()) == list(range(len(channels)))
    for panel in channels.panels:
        listed, page = channels.listed_of(panel.stream), channels.page_of(panel.stream)
        assert panel.first_lane >= 0 and panel.lanes_per_page >= 1
        assert len(page) == min(panel.lanes_per_page, len(listed)), panel
    assert np.isfinite(channels.gain).all() and (channels.gain != 0).all()
    assert np.isfinite(channels.offset).all()


def check_rest(window, hands):
    """Leave the window alone, and check what it shows then."""
    hands.close_all()
    view = window.signal_view
    if view is None or not window.isVisible():
        return
    view.player.pause()
    end = time.monotonic() + REST_SECONDS
    while view.busy or window._opening.busy:
        pump(0.02)
        view = window.signal_view
        assert time.monotonic() < end, f"never at rest: {view.status}"
    assert view.frame.exact and " exact" in f" {view.status}", view.status
    frame, plot = view.frame, view.plot
    if view.renderer == "software":
        assert np.array_equal(plot.image, render(frame.scene)), "the picture has traces of others"
    shown = frame.viewport
    assert abs(shown.t_left - view.view.window.t_start) <= shown.seconds_per_pixel
    assert len(threads_of_ours()) <= MOST_THREADS, threads_of_ours()


def close_recording(window, hands):
    """Close the window, and wait until nothing of the recording is left."""
    hands.close_all()
    window.close()
    end = time.monotonic() + REST_SECONDS
    while threads_of_ours():
        pump(0.02)
        assert time.monotonic() < end, f"threads that do not end: {threads_of_ours()}"
    gc.collect()


def threads_of_ours():
    return sorted(t.name for t in threading.enumerate() if t.name.startswith("rawscope"))


def in_use():
    """Return the bytes that the C library has given out, 0 where it does not tell."""

    class Info(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_size_t) for name in "abcdefghij")

    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):  # it is glibc's, since 2.33
        return 0
    ask.restype = Info
    found = ask()
    return found.e + found.h  # in pages of their own, and in arenas


def draw_by_opengl(window):
    """Draw by OpenGL for once: what a driver takes at its first picture, it keeps."""
    window.signal_view.set_renderer("gpu")
    end = time.monotonic() + REST_SECONDS
    while window.signal_view.busy:
        pump(0.02)
        assert time.monotonic() < end, "OpenGL is never at rest"
    window.signal_view.set_renderer("software")


def soak(window, hands, faults, seconds):
    """Use a window for so long; return how much was done."""
    end, warm, number = time.monotonic() + seconds, None, 0
    while time.monotonic() < end:
        number += 1
        hands.act()
        pump(hands.random.choice((0.0, 0.0, 0.002, 0.01, 0.05)))
        assert not faults.found, faults.found[0]
        if window.signal_view is not None:
            check_model(window.signal_view.view)
        if number % RESTS == 0:
            check_rest(window, hands)
            assert not faults.found, faults.found[0]
        if warm is None and time.monotonic() > end - 0.6 * seconds:
            close_recording(window, hands)
            warm = in_use(), memory().get("own", 0)
    check_rest(window, hands)
    close_recording(window, hands)
    held, resident = in_use() - warm[0], memory().get("own", 0) - warm[1]
    assert held < MOST_HELD, f"{held >> 20} MB more in use than when it was warm"
    assert resident < MOST_RESIDENT, f"{resident >> 20} MB more resident than when it was warm"
    return number


@pytest.mark.parametrize("seconds", [60, pytest.param(600, marks=pytest.mark.nightly)])
def test_a_window_that_is_used_at_random_keeps_well(qtbot, paths, seconds):
    given = os.environ.get("RAWSCOPE_SOAK_SEED")
    seed = int(given) if given else SEED if seconds < 100 else int(time.time())
    window = MainWindow(opener, Settings(renderer="software", theme="dark", memory=LEAST_MEMORY))
    qtbot.addWidget(window)
    window.resize(1200, 800)
    faults, hands = Faults(), RandomActs(window, seed, paths)
    with faults.watching():
        window.show()
        window.open(paths[0])
        qtbot.waitUntil(lambda: window.signal_view is not None, timeout=20_000)
        draw_by_opengl(window)
        try:
            soak(window, hands, faults, seconds)
        except BaseException:
            print(f"RAWSCOPE_SOAK_SEED={seed}; the last acts:", *hands.done, sep="\n  ")
            raise
    assert not faults.found, faults.found[0]

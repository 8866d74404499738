"""A slow disk never stops the window, and what it shows meanwhile is marked as a guess."""

import itertools
import time

import numpy as np
import pytest
from PyQt6.QtCore import QTimer

from tests.readers import SlowReader, noise
from tests.viewer.engine.recordings import FiledReader, build, flat
from tests.viewer.qt.conftest import settle
from viewer.engine import engine as engine_module
from viewer.engine.pyramid.places import open_or_create
from viewer.qt.view.signal_view import SignalView

LONGEST_GAP = 0.25
"""Seconds; a window that waits for the disk would stand still for two."""

WATCHED = 3.0


class Ticks:
    """A timer of ten milliseconds, and when it ticked."""

    def __init__(self):
        self.times = [time.monotonic()]
        self.timer = QTimer()
        self.timer.timeout.connect(lambda: self.times.append(time.monotonic()))
        self.timer.start(10)

    @property
    def longest_gap(self):
        return float(np.diff([*self.times, time.monotonic()]).max())


@pytest.fixture
def shown(qtbot):
    """Return a function that shows a reader in a view."""

    def show(reader, **rest):
        view = SignalView(reader, renderer="software", **rest)
        qtbot.addWidget(view, before_close_func=lambda w: w.stop())
        view.resize(900, 500)
        view.show()
        qtbot.waitExposed(view)
        return view

    return show


@pytest.mark.parametrize("index", [False, True])
def test_the_window_goes_on_while_every_chunk_takes_two_seconds(qtbot, shown, index):
    reader = SlowReader.of((noise(400_000, 6) // 64).astype("int16"))
    reader.delay = 2.0
    view = shown(reader, index=index)
    qtbot.wait(50)  # what is shown for the first time may take its time
    ticks, window, steps = Ticks(), view.view.window, itertools.count()

    def move():
        n = next(steps)
        if n % 3 == 0:
            window.page(0.3)
        elif n % 3 == 1:
            window.zoom(1.7 if n % 4 else 0.3)
        else:
            window.set(float(n * 17 % 300), (0.02, 1.0, 30.0, 400.0)[n % 4])

    mover = QTimer()
    mover.timeout.connect(move)
    mover.start(60)
    qtbot.wait(int(1000 * WATCHED))
    mover.stop()
    ticks.timer.stop()
    assert len(ticks.times) > WATCHED / LONGEST_GAP
    assert ticks.longest_gap < LONGEST_GAP
    reader.delay = 0.0


class HeldReader(FiledReader):
    """Reads long chunks only when it is let."""

    held = True

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        end = time.monotonic() + 20
        while self.held and i_stop - i_start > 1000 and time.monotonic() < end:
            time.sleep(0.002)
        return super()._get_analogsignal_chunk(block, segment, i_start, i_stop, stream, channels)


def is_striped(view):
    color = view.view.theme.approximate
    return bool((view.plot.image[..., :3] == color).all(axis=2).any())


def test_a_wide_window_is_striped_until_it_is_indexed(qtbot, shown, tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "HEAVY_BYTES", 1 << 20)
    (tmp_path / "recording").write_bytes(b"x")
    samples = (noise(400_000, 6) // 64).astype("int16")
    reader = HeldReader.at(tmp_path / "recording", [[(0.0, samples)]], [1000.0])
    view = shown(reader)
    said = []
    view.shown.connect(said.append)
    view.view.window.set(0.0, 400.0)
    qtbot.waitUntil(lambda: "approximate" in view.status, timeout=10_000)
    qtbot.waitUntil(lambda: is_striped(view), timeout=5000)
    assert not view.frame.exact and "100 % indexed" not in view.status
    traces = (view.plot.image[..., :3] == view.view.channels.color[0]).all(axis=2)
    assert traces.any()
    reader.held = False
    settle(qtbot, view)
    qtbot.waitUntil(lambda: "100 % indexed" in view.status, timeout=20_000)
    assert "exact" in view.status and view.frame.exact and not is_striped(view)
    first_exact = next(n for n, status in enumerate(said) if status.startswith("exact"))
    assert any("approximate" in status for status in said[:first_exact])


def test_a_recording_with_an_index_is_exact_without_a_guess_that_stays(qtbot, shown, tmp_path):
    samples = (noise(400_000, 6) // 64).astype("int16")
    reader = flat(tmp_path / "recording.dat", samples)
    build(reader, open_or_create(reader))
    view = shown(flat(tmp_path / "recording.dat", None, n_channels=6, dtype="int16"))
    view.view.window.set(0.0, 400.0)
    settle(qtbot, view)
    qtbot.waitUntil(lambda: "exact" in view.status and "100 % indexed" in view.status)
    assert not is_striped(view)

"""The mouse on screens of other pixel ratios, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]

PROGRAM = """
import sys, time
from viewer.render.gl import prefer_egl
prefer_egl()
import numpy as np
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QApplication
from tests.readers import ArrayReader, noise
from tests.viewer.qt.hands import (
    BESIDE, SAID, Button, Mod, drag, in_lane, label_of, microvolts, move
)
from tests.viewer.qt.view.test_readout import members, y_of
from viewer.qt.view.signal_view import SignalView

app, ratio = QApplication([]), float(sys.argv[1])
samples = (noise(60_000, 12) // 64).astype(np.int16)
view = SignalView(ArrayReader.of(samples), renderer="software", index=False)
view.resize(901, 601)
view.show()


def until(condition):
    end = time.monotonic() + 30
    while not condition() and time.monotonic() < end:
        app.processEvents()
    assert condition()


def settle():
    until(lambda: not view.busy)


settle()
view.view.window.set(20.0, 2.0)
settle()
assert view.devicePixelRatioF() == ratio
layout, viewport = view.frame.layout, view.frame.viewport
channels, height = view.view.channels, view.frame.layout.panels[0].lane_height


def time_of(place):
    return viewport.t_left + (place.x() * ratio - layout.plot.x0) * viewport.seconds_per_pixel


said = []
view.pointed.connect(said.append)
for across in (0.1, 0.37, 0.62, 0.93):
    for lane in (0, 5, 11):
        place = in_lane(view, lane, across=across) + QPoint(0, 7)
        move(view, BESIDE)
        said.clear()
        move(view, place)
        until(lambda: said)
        words = SAID.fullmatch(said[-1])
        mine = members(view.frame.runs[0], int(place.x() * ratio) - layout.plot.x0)
        index = int(words["sample"])
        assert words["name"] == f"c{lane}" and index in mine
        away = np.abs(y_of(view, lane, samples[mine, lane]) - place.y() * ratio)
        assert away[mine.index(index)] == away.min()

start = in_lane(view, 4, across=0.2)
stop = start + QPoint(150, -30)
drag(view, start, stop, modifier=Mod.ShiftModifier)
assert np.allclose(view.view.span, (time_of(start), time_of(stop)))
delta = 30 * ratio * channels.span[0, "uV"] / height
assert abs(microvolts(view.measured.lines(view.view)[1][2:]) / delta - 1) < 1e-3
place, plot = view.overlay.geometry(), view.plot.geometry()
assert place == plot
point = view.overlay._point(4, *view.measured.stop)
assert abs(point.x() - stop.x()) < 0.01 and abs(point.y() - stop.y()) < 0.01

drag(view, label_of(view, 7), label_of(view, 7) + QPoint(0, -20))
assert np.isclose(channels.offset[7], 20 * ratio * channels.span[0, "uV"] / height)

start, stop = in_lane(view, 3, across=0.25), in_lane(view, 6, across=0.5)
first, last = time_of(start), time_of(stop)
drag(view, start, stop, button=Button.RightButton)
window = view.view.window
assert np.allclose((window.t_start, window.t_stop), (first, last))
assert channels.shown.tolist() == [3, 4, 5, 6]
settle()
start = in_lane(view, 1)
held = view.time_at(start.toPointF())
drag(view, start, start + QPoint(-99, 0))
settle()
kept = view.time_at((start + QPoint(-99, 0)).toPointF())
assert abs(kept - held) < 1.01 * view.frame.viewport.seconds_per_pixel
view.close()
print("same")
"""


@pytest.mark.parametrize("ratio", [1.25, 2])
def test_the_mouse_is_where_the_picture_says(ratio):
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": str(ratio),
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ratio)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        timeout=120,
    )
    assert done.stdout.strip() == "same", done.stderr

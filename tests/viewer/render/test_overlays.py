"""Events and epochs as rectangles: lines, bands and bars."""

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from viewer.engine.grid import Viewport
from viewer.engine.points import EventMarks, Points
from viewer.model import View
from viewer.render.layout import lay_out
from viewer.render.overlays import EPOCH_ALPHA, EVENT_ALPHA, rects_over, rects_under

BOTH = np.array([True, True])


@pytest.fixture
def view():
    return View(ArrayReader.of(noise(4000, 3)))


def drawn(view, marks, ratio=1.0):
    """Return boxes with their alpha, below and above the traces, without grid and gaps."""
    layout = lay_out(view, (round(700 * ratio), round(400 * ratio)), ratio, (), True)
    viewport = Viewport(0.0, 0.01, layout.plot.width)
    points = Points(viewport, (), (marks,))
    under = rects_under(view, layout, viewport, [], [], points, 2)
    over = rects_over(view, layout, [], points, 0, 2)
    color = view.theme.event_colors(2)[marks.channel].tolist()
    out = []
    for rects in (under, over):
        mine = (rects.rgba[:, :3] == color).all(axis=1)
        out.append(
            [
                (*b, int(c[3]))
                for b, c in zip(rects.box[mine].tolist(), rects.rgba[mine], strict=True)
            ]
        )
    return layout, out[0], out[1]


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_events_are_lines_over_the_whole_plot(view, ratio):
    layout, under, over = drawn(view, EventMarks(1, np.array([10, 300]), ("", "")), ratio)
    height, width = layout.plot.height, round(ratio)
    assert under == []
    assert over == [
        (10, 0, 10 + width, height, EVENT_ALPHA),
        (300, 0, 300 + width, height, EVENT_ALPHA),
    ]


def test_epochs_are_bands_below_the_traces_and_bars_at_the_top(view):
    marks = EventMarks(0, np.array([10, 300]), ("a", "b"), np.array([50, 301]), BOTH)
    layout, under, over = drawn(view, marks)
    height = layout.plot.height
    assert under == [(10, 0, 50, height, EPOCH_ALPHA), (300, 0, 301, height, EPOCH_ALPHA)]
    assert (10, 0, 11, height, EVENT_ALPHA) in over
    assert (11, 0, 50, 4, EVENT_ALPHA) in over
    assert max(box[2] for box in over if box[0] >= 300) == 301  # no longer than it lasts


def test_one_that_began_before_has_no_line_where_the_window_begins(view):
    marks = EventMarks(0, np.array([0]), ("a",), np.array([50]), np.array([False]))
    layout, under, over = drawn(view, marks)
    assert under == [(0, 0, 50, layout.plot.height, EPOCH_ALPHA)]
    assert over == [(0, 0, 50, 4, EVENT_ALPHA)]


def test_dense_ones_leave_the_traces_free(view):
    x = np.arange(0, 500, 5)
    _, under, over = drawn(view, EventMarks(0, x, ("",) * len(x), x + 3, np.ones(len(x), bool)))
    assert under == []
    assert {box[3] for box in over} == {8, 4}
    assert len(over) == 2 * len(x)

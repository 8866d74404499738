"""The strip of events in pixels: all marks are there, and none lies over a trace."""

from dataclasses import replace

import numpy as np
import pytest

from tests.viewer.render.views import Shown, streams_of
from viewer.engine.points import EventMarks
from viewer.model.theme import THEMES
from viewer.render import headless, software
from viewer.render.event_marks import DENSE_EVENTS, MOST_BARS
from viewer.render.outline import Outline, Stroke, shapes_of
from viewer.render.places import spot_at
from viewer.render.scene import NO_RECTS, Rects

DENSE, RARE = 0, 1
"""Channels of events; those of epochs follow."""


def ticks_of(count, width):
    """Return the columns of dense events, and of a rare one."""
    rng = np.random.default_rng(count)
    return np.flatnonzero(rng.random(width) < 0.7), np.array([width // 3])


def spans_of(count, width):
    """Return starts and stops of each channel's epochs: all overlap, the last channel is dense."""
    spans = [np.array([[5 * n + 3, width - 9 * n - 20]]) for n in range(count)]
    if count > 1:
        starts = np.arange(2, width - 4, DENSE_EVENTS // 2)
        spans[-1] = np.stack([starts, starts + 3], axis=1)
    return spans


def crowded(epochs, theme="dark", ratio=1.0, display="traces", size=(600, 260)):
    """Return low lanes in many panels, below dense events and so many channels of epochs."""
    names = {f"epoch {n}": [] for n in range(epochs)}
    reader = streams_of(20, 20, 20, 20, events={"dense": [], "rare": []}, epochs=names)

    def change(view):
        view.theme, view.display = THEMES[theme], display
        for stream in range(4):
            # A trace of noise reaches far beyond its lane.
            view.channels.set_span(stream, "uV", 300.0)
            view.channels.show_page(0, 20, stream)

    def points(viewport):
        dense, rare = ticks_of(epochs, viewport.width)
        events = [EventMarks(DENSE, dense, ("",) * len(dense)), EventMarks(RARE, rare, ("",))]
        for n, spans in enumerate(spans_of(epochs, viewport.width)):
            begins = np.ones(len(spans), bool)
            marks = EventMarks(2 + n, spans[:, 0], ("",) * len(spans), spans[:, 1], begins)
            events.append(marks)
        return (), tuple(events)

    size = tuple(round(side * ratio) for side in size)
    return Shown(reader, 1.0, 6.0, size=size, ratio=ratio, change=change, points=points)


RENDERERS = [software.render, pytest.param(headless.render, marks=pytest.mark.gl)]


def opaque_marks(shown, rects):
    """Return those of some rectangles that are of an event's colour and hide what lies below."""
    colors = shown.view.events.color
    mine = (rects.rgba[:, np.newaxis, :3] == colors).all(axis=2).any(axis=1)
    mine &= rects.rgba[:, 3] == 255
    assert mine.any()
    return Rects(rects.box[mine], rects.rgba[mine])


def changed(one, other):
    """Return which rows of two images are not the same."""
    return np.flatnonzero((one != other).any(axis=(1, 2)))


# -- nothing is hidden -----------------------------------------------------------------------------


@pytest.mark.parametrize("render", RENDERERS, ids=["software", "gpu"])
@pytest.mark.parametrize("display", ["traces", "heat map"])
@pytest.mark.parametrize(("epochs", "ratio"), [(0, 1.0), (1, 2.0), (4, 1.0), (4, 1.5), (6, 1.0)])
def test_no_bar_and_no_tick_lies_over_a_trace(render, display, epochs, ratio):
    shown = crowded(epochs, ratio=ratio, display=display)
    scene, strip = shown.scene(), shown.layout.marks.height
    bare = replace(scene, over=NO_RECTS)
    plain = render(bare)
    marked = render(replace(scene, over=opaque_marks(shown, scene.over)))
    assert set(changed(plain, marked)) == set(range(strip))
    traced = changed(plain, render(replace(bare, layers=())))
    assert traced.min() == strip  # traces reach up to the strip, and not into it


@pytest.mark.parametrize("epochs", [0, 4])
def test_no_shape_of_a_figure_reaches_into_the_strip(epochs):
    shown = crowded(epochs)
    tops = set()
    for shape in shapes_of(shown.scene()):
        if isinstance(shape, Outline):
            tops.add(min(ring[:, 1].min() for ring in shape.rings()))
        elif isinstance(shape, Stroke):
            tops.add(shape.box[1])
    assert min(tops) == shown.layout.marks.height


def test_the_strip_is_no_channel_s():
    shown = crowded(4)
    layout, top = shown.layout, shown.layout.marks
    for y in (top.y0, (top.y0 + top.y1) // 2, top.y1 - 1):
        assert layout.plot.holds(layout.plot.x0, y)
        assert spot_at(shown.view, layout, y) is None
        assert layout.row_at(y, shown.view) is None and layout.panel_at(y) is None
    assert layout.row_at(top.y1, shown.view) == 0


# -- all marks are there ---------------------------------------------------------------------------


def columns(spans, width):
    """Return which columns some spans take, going through them one by one."""
    out = np.zeros(width, bool)
    for start, stop in spans:
        out[start:stop] = True
    return out


@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("epochs", range(7))
def test_all_bars_and_ticks_are_seen(epochs, ratio, theme):
    shown = crowded(epochs, theme, ratio)
    strip, width = shown.layout.marks.height, shown.layout.plot.width
    image = software.render(shown.scene())[:strip, :, :3]
    colors, tick = shown.view.events.color, round(ratio)
    dense, rare = (
        columns([(x, x + tick) for x in found], width) for found in ticks_of(epochs, width)
    )
    foot = image[strip - round(4 * ratio) :]
    assert ((foot == colors[RARE]).all(axis=2) == rare).all()
    assert ((foot == colors[DENSE]).all(axis=2) == dense & ~rare).all()
    taken = set()
    for number, spans in enumerate(spans_of(epochs, width)):
        there = (image == colors[2 + number]).all(axis=2)
        rows = np.flatnonzero((there == columns(spans, width)).all(axis=1))
        assert len(rows) >= (4 if epochs <= 4 else 2) * int(ratio) and np.ptp(rows) < len(rows)
        assert not taken & set(rows.tolist())
        taken |= set(rows.tolist())


def bar_rows(shown, channel):
    """Return top and bottom of a channel's bars."""
    over, color = shown.scene().over, shown.view.events.color[channel]
    boxes = over.box[(over.rgba[:, :3] == color).all(axis=1)]
    ((top, bottom),) = {tuple(b) for b in boxes[boxes[:, 2] - boxes[:, 0] > 100][:, 1::2].tolist()}
    return top, bottom


def test_bars_stay_in_their_rows_while_others_are_out_of_sight():
    shown = crowded(4)
    before = bar_rows(shown, 4)
    shown.points = replace(shown.points, events=shown.points.events[4:5])
    assert bar_rows(shown, 4) == before == (8, 12)
    shown.view.events.set_visible([2], False)
    assert bar_rows(shown, 4) != before


def test_more_channels_of_epochs_than_there_are_rows_share_them():
    shown = crowded(MOST_BARS + 3)
    rows = [bar_rows(shown, 2 + n) for n in range(MOST_BARS + 2)]
    assert len(set(rows)) == MOST_BARS and rows[MOST_BARS:] == rows[:2]


def test_marks_of_a_plot_that_is_no_higher_than_a_few_rows_stay_inside_it():
    for height in range(2, 60):
        shown = crowded(6, size=(300, height))
        layout, over = shown.layout, shown.scene().over
        marks = opaque_marks(shown, over) if layout.marks.height else NO_RECTS
        assert (marks.box[:, 3] <= layout.marks.height).all()
        assert (marks.box[:, 1] >= 0).all()

"""Events and epochs over the plot: lines, ticks, bands and bars."""

from collections.abc import Sequence

import numpy as np

from viewer.engine.points import EventMarks, Points
from viewer.model import View
from viewer.render.layout import Layout
from viewer.render.panel_marks import Part, bars

EVENT_ALPHA = 190
"""As much as leaves a line three times as light as the background, or as dark."""
EPOCH_ALPHA = 44
"""Of bands that lie over one another each has its share of it, so that traces keep theirs."""
EPOCH_BAR = 4
"""Logical pixels of the bars that say how long epochs last."""
MOST_BARS = 4
"""Channels of epochs whose bars lie below one another; those of more share these rows."""
EVENT_TICK = 8
"""Logical pixels at the top that events are not seen through, however dense the traces."""
DENSE_EVENTS = 12
"""Events of a channel closer than this many logical pixels, on average, are no longer lines."""


def epoch_bands(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return bands over the whole plot for the time that epochs last."""
    width, height = layout.plot.width, layout.plot.height
    lasting = [marks for marks in _lasting(points) if len(marks.x) <= _most(layout)]
    there = [_covered(marks, width) for marks in lasting]
    depth = np.sum(there, axis=0) if there else np.zeros(width, np.int64)
    parts: list[Part] = []
    for marks, mine in zip(lasting, there, strict=True):
        shares = np.where(mine, depth, 0)
        edges = np.flatnonzero(np.diff(shares, prepend=0, append=0))
        start, stop = edges[:-1], edges[1:]
        shown = shares[start] > 0
        start, stop = start[shown], stop[shown]
        rgba = np.empty((len(start), 4), np.uint8)
        rgba[:, :3] = view.events.color[marks.channel]
        rgba[:, 3] = np.rint(EPOCH_ALPHA / shares[start])
        parts.append((bars(start, stop, 0, height), rgba))
    return parts


def event_lines(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return lines over the whole plot, or where these would hide the traces, ticks at its top.

    Of epochs these mark the start, and a bar at the top how long they last: one row of bars for
    each channel, so that none hides another's. What is at the top hides the traces, the rest shows
    through.
    """
    colors = view.events.color
    width, tick = layout.px(1), _tick(layout, points)
    rows = {marks.channel: row % MOST_BARS for row, marks in enumerate(_lasting(points))}
    parts: list[Part] = []
    for marks in points.events:
        color = _rgba(colors[marks.channel], 255)
        x = marks.x if marks.begins is None else marks.x[marks.begins]
        parts.append((bars(x, x + width, 0, tick), color))
        if len(marks.x) <= _most(layout):
            line = bars(x, x + width, tick, max(tick, layout.plot.height))
            parts.append((line, _rgba(colors[marks.channel], EVENT_ALPHA)))
    # Over all ticks, which reach further down.
    for marks in _lasting(points):
        assert marks.x_stop is not None and marks.begins is not None
        start = marks.x + np.where(marks.begins, width, 0)
        stop = np.maximum(start, marks.x_stop)
        top = rows[marks.channel] * layout.px(EPOCH_BAR)
        box = bars(start, stop, top, top + layout.px(EPOCH_BAR))
        parts.append((box, _rgba(colors[marks.channel], 255)))
    return parts


def _lasting(points: Points) -> Sequence[EventMarks]:
    return [marks for marks in points.events if marks.x_stop is not None]


def _covered(marks: EventMarks, width: int) -> np.ndarray:
    """Return which columns the epochs of a channel take, bool (width,)."""
    assert marks.x_stop is not None
    steps = np.zeros(width + 1, np.int64)
    np.add.at(steps, np.clip(marks.x, 0, width), 1)
    np.add.at(steps, np.clip(marks.x_stop, 0, width), -1)
    return np.cumsum(steps[:-1]) > 0


def _tick(layout: Layout, points: Points) -> int:
    """Return how far down ticks reach: beyond all bars."""
    rows = min(len(_lasting(points)), MOST_BARS)
    return max(layout.px(EVENT_TICK), (rows + 1) * layout.px(EPOCH_BAR) if rows else 0)


def _most(layout: Layout) -> float:
    """Return how many events of a channel are lines."""
    return layout.plot.width / (DENSE_EVENTS * layout.ratio)


def _rgba(color: np.ndarray, alpha: int) -> tuple[int, int, int, int]:
    return int(color[0]), int(color[1]), int(color[2]), alpha

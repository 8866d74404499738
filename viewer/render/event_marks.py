"""Events and epochs: ticks and bars in a strip of their own, lines and bands over the rest."""

from collections.abc import Sequence

import numpy as np

from viewer.engine.points import EventMarks, Points
from viewer.model import View
from viewer.render.layout import MARK, Layout
from viewer.render.panel_marks import Part, bars

EVENT_ALPHA = 190
"""As much as leaves a line three times as light as the background, or as dark."""
EPOCH_ALPHA = 44
"""Of bands that lie over one another each has its share of it, so that traces keep theirs."""
MOST_BARS = 8
"""Channels of epochs whose bars lie below one another; those of more share these rows."""
DENSE_EVENTS = 12
"""Events of a channel closer than this many logical pixels, on average, are no longer lines."""


def event_strip(view: View, layout: Layout) -> list[Part]:
    """Return the ground of ticks and bars: that of the labels above, which belong to them."""
    box = np.array([[0, 0, layout.plot.width, layout.marks.height]], np.int64)
    return [(box, (*view.theme.gutter, 255))] if layout.marks.height else []


def epoch_bands(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return bands over all below the strip for the time that epochs last."""
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
        parts.append((bars(start, stop, layout.marks.height, height), rgba))
    return parts


def event_lines(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return ticks in the strip, and lines below it where these would not hide the traces.

    Of epochs these mark the start, and a bar in the strip how long they last: one row of bars for
    each channel, so that none hides another's. What is below the strip lets traces show through.
    Ticks without lines, which may be dense, lie below all bars; others come from the labels, or
    from their bars.
    """
    colors = view.events.color
    width, strip, height = layout.px(1), layout.marks.height, layout.plot.height
    rows, foot = _bar_rows(view, layout)
    parts: list[Part] = []
    # Ticks of events over those of epochs, which have bars as well.
    for marks in sorted(points.events, key=lambda marks: marks.x_stop is None):
        x = marks.x if marks.begins is None else marks.x[marks.begins]
        lined = len(marks.x) <= _most(layout)
        top = rows.get(marks.channel, (0, 0))[0] if lined else foot
        parts.append((bars(x, x + width, top, strip), _rgba(colors[marks.channel], 255)))
        if lined:
            line = bars(x, x + width, strip, height)
            parts.append((line, _rgba(colors[marks.channel], EVENT_ALPHA)))
    for marks in _lasting(points):
        assert marks.x_stop is not None
        box = bars(marks.x, marks.x_stop, *rows[marks.channel])
        parts.append((box, _rgba(colors[marks.channel], 255)))
    return parts


def _bar_rows(view: View, layout: Layout) -> tuple[dict[int, tuple[int, int]], int]:
    """Return top and bottom of the bars of each channel of epochs, and where all of them end.

    All have rows that are shown, whatever is in sight, so that bars stay put while one pans.
    """
    channels = np.flatnonzero(view.events.lasting & view.events.visible).tolist()
    strip = layout.marks.height
    foot = strip - min(layout.px(MARK), strip - strip // 2) if channels else 0
    count = max(1, min(len(channels), MOST_BARS, foot))
    bar = foot // count
    tops = [number % count * bar for number in range(len(channels))]
    rows = {channel: (top, top + bar) for channel, top in zip(channels, tops, strict=True)}
    return rows, count * bar


def _lasting(points: Points) -> Sequence[EventMarks]:
    return [marks for marks in points.events if marks.x_stop is not None]


def _covered(marks: EventMarks, width: int) -> np.ndarray:
    """Return which columns the epochs of a channel take, bool (width,)."""
    assert marks.x_stop is not None
    steps = np.zeros(width + 1, np.int64)
    np.add.at(steps, np.clip(marks.x, 0, width), 1)
    np.add.at(steps, np.clip(marks.x_stop, 0, width), -1)
    return np.cumsum(steps[:-1]) > 0


def _most(layout: Layout) -> float:
    """Return how many events of a channel are lines."""
    return layout.plot.width / (DENSE_EVENTS * layout.ratio)


def _rgba(color: np.ndarray, alpha: int) -> tuple[int, int, int, int]:
    return int(color[0]), int(color[1]), int(color[2]), alpha

"""Rectangles below and above the traces: gaps, grid, stripes, events, epochs, spikes."""

from collections.abc import Sequence

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.render.decor import ruler_ticks
from viewer.render.layout import Layout, raster_rows
from viewer.render.scene import Rects

Part = tuple[np.ndarray, tuple[int, int, int, int]]
Span = tuple[int, int]

EVENT_ALPHA = 150
EPOCH_ALPHA = 44
EPOCH_BAR = 4
"""Logical pixels of the bars that say how long epochs last."""
DENSE_EVENTS = 12
"""Events of a channel closer than this many logical pixels, on average, are no longer lines."""
STRIPES = 8
"""Logical pixels from one stripe over what is approximate to the next."""
SPIKE_SHARE = 0.22
"""Height of a spike's tick, of its lane."""


def rects_under(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    loading: Sequence[Span],
    points: Points,
    event_count: int,
) -> Rects:
    """Return what lies below the traces: gaps, what is being read, epochs, grid lines."""
    height = layout.plot.height
    return Rects.of(
        [
            (_void(runs, viewport, height), (*view.theme.void, 255)),
            (_full_height(loading, height), (*view.theme.loading, 255)),
            *_epochs(view, layout, points, event_count),
            (_grid(layout, viewport), (*view.theme.grid, 255)),
        ]
    )


def rects_over(
    view: View,
    layout: Layout,
    unsure: Sequence[Span],
    points: Points,
    unit_count: int,
    event_count: int,
) -> Rects:
    """Return what lies above the traces: stripes over what is approximate, events, spikes."""
    return Rects.of(
        [
            *_stripes(view, layout, unsure),
            *_event_lines(view, layout, points, event_count),
            *_spikes(view, layout, points, unit_count),
        ]
    )


def _full_height(spans: Sequence[Span], height: int) -> np.ndarray:
    return np.array([(x0, 0, x1, height) for x0, x1 in spans if x0 < x1], np.int64).reshape(-1, 4)


def _void(runs: Sequence[RunView], viewport: Viewport, height: int) -> np.ndarray:
    """Return the stretches in which no stream on screen has samples."""
    if not runs:
        return np.empty((0, 4), np.int64)
    spans, x = [], 0
    for start, stop in sorted((run.x_start, run.x_stop) for run in runs):
        spans.append((x, start))
        x = max(x, stop)
    spans.append((x, viewport.width))
    return _full_height(spans, height)


def _grid(layout: Layout, viewport: Viewport) -> np.ndarray:
    times, _ = ruler_ticks(viewport, layout.ratio)
    x = [round(viewport.x_of(float(time))) for time in times]
    return _full_height([(i, i + layout.px(1)) for i in x], layout.plot.height)


def _stripes(view: View, layout: Layout, spans: Sequence[Span]) -> list[Part]:
    """Return what marks columns that do not show all their samples: stripes and a bar on top."""
    if not spans:
        return []
    every, width = layout.px(STRIPES), layout.px(1)
    x = np.unique(np.concatenate([np.arange(a + -a % every, b, every) for a, b in spans]))
    bars = [(a, 0, b, layout.px(4)) for a, b in spans]
    stripes = _bars(x, x + width, 0, layout.lanes.height)
    return [(np.concatenate([stripes, np.array(bars, np.int64)]), (*view.theme.approximate, 255))]


def _epochs(view: View, layout: Layout, points: Points, count: int) -> list[Part]:
    """Return bands over the whole plot for the time that epochs last."""
    colors = view.theme.event_colors(count)
    return [
        (
            _bars(marks.x, marks.x_stop, 0, layout.plot.height),
            _rgba(colors[marks.channel], EPOCH_ALPHA),
        )
        for marks in points.events
        if marks.x_stop is not None and len(marks.x) <= _most(layout)
    ]


def _event_lines(view: View, layout: Layout, points: Points, count: int) -> list[Part]:
    """Return lines over the whole plot, or where these would hide the traces, ticks at its top.

    Of epochs these mark the start, and a bar at the top how long they last.
    """
    colors = view.theme.event_colors(count)
    width = layout.px(1)
    parts: list[Part] = []
    for marks in points.events:
        color = _rgba(colors[marks.channel], EVENT_ALPHA)
        dense = len(marks.x) > _most(layout)
        bottom = layout.px(8) if dense else layout.plot.height
        x = marks.x if marks.begins is None else marks.x[marks.begins]
        parts.append((_bars(x, x + width, 0, bottom), color))
        if marks.x_stop is not None and marks.begins is not None:
            start = marks.x + np.where(marks.begins, width, 0)
            stop = np.maximum(start, marks.x_stop)
            parts.append((_bars(start, stop, 0, layout.px(EPOCH_BAR)), color))
    return parts


def _most(layout: Layout) -> float:
    """Return how many events of a channel are lines."""
    return layout.plot.width / (DENSE_EVENTS * layout.ratio)


def _spikes(view: View, layout: Layout, points: Points, count: int) -> list[Part]:
    """Return ticks below the trace of each unit's channel, or in the unit's row of the raster."""
    colors = view.theme.unit_colors(count)
    shown = view.channels.shown.tolist()
    lane_height = layout.lane_height(len(shown))
    rows = dict(zip(layout.raster_units, raster_rows(layout).tolist(), strict=False))
    parts: list[Part] = []
    for marks in points.units:
        if marks.row is None:
            if marks.unit not in rows:
                continue
            top, bottom = rows[marks.unit]
        elif marks.row in shown:
            bottom = round((shown.index(marks.row) + 1) * lane_height) - layout.px(1)
            tick = min(SPIKE_SHARE * lane_height, 12 * layout.ratio)
            top = bottom - max(layout.px(1), round(tick))
        else:
            continue
        x = marks.x[(marks.x >= 0) & (marks.x < layout.plot.width)]
        bars = _bars(x, x + layout.px(1.5), top, bottom)
        parts.append((bars, _rgba(colors[marks.unit], 255)))
    return parts


def _bars(x: np.ndarray, x_stop: np.ndarray, top: int, bottom: int) -> np.ndarray:
    box = np.empty((len(x), 4), np.int64)
    box[:, 0], box[:, 1], box[:, 2], box[:, 3] = x, top, x_stop, bottom
    return box


def _rgba(color: np.ndarray, alpha: int) -> tuple[int, int, int, int]:
    return int(color[0]), int(color[1]), int(color[2]), alpha

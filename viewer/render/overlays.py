"""Rectangles below and above the traces: gaps, grid, stripes, events, epochs, spikes."""

import math
from collections.abc import Sequence

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.render.layout import Layout, raster_rows
from viewer.render.ruler import ruler_ticks
from viewer.render.scene import Rects

Part = tuple[np.ndarray, tuple[int, int, int, int] | np.ndarray]
Span = tuple[int, int]

EVENT_ALPHA = 150
EPOCH_ALPHA = 44
EPOCH_BAR = 4
"""Logical pixels of the bars that say how long epochs last."""
EVENT_TICK = 8
"""Logical pixels at the top that events are not seen through, however dense the traces."""
DENSE_EVENTS = 12
"""Events of a channel closer than this many logical pixels, on average, are no longer lines."""
STRIPES = 8
"""Logical pixels from one stripe over what is approximate to the next."""
LEAST_GAP = 0.5
"""Sampling intervals between two runs below which they are next to each other."""
SPIKE_SHARE = 0.22
"""Height of a spike's tick, of its lane."""


def rects_under(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    loading: Sequence[Span],
    points: Points,
) -> Rects:
    """Return what lies below the traces: gaps, what is being read, epochs, grid lines."""
    height = layout.plot.height
    return Rects.of(
        [
            (_void(layout, runs, viewport), (*view.theme.void, 255)),
            (_full_height(loading, height), (*view.theme.loading, 255)),
            *_epochs(view, layout, points),
            (_grid(view, layout, viewport), (*view.theme.grid, 255)),
        ]
    )


def rects_over(
    view: View,
    layout: Layout,
    unsure: Sequence[Span],
    points: Points,
) -> Rects:
    """Return what lies above the traces: stripes, separators of panels, events, spikes."""
    return Rects.of(
        [
            *_stripes(view, layout, unsure),
            *_event_lines(view, layout, points),
            *_spikes(view, layout, points),
            (_separators(layout), (*view.theme.gutter, 255)),
        ]
    )


def _full_height(spans: Sequence[Span], height: int) -> np.ndarray:
    return np.array([(x0, 0, x1, height) for x0, x1 in spans if x0 < x1], np.int64).reshape(-1, 4)


def _void(layout: Layout, runs: Sequence[RunView], viewport: Viewport) -> np.ndarray:
    """Return the stretches in which a panel's stream has no samples, or none has."""
    boxes = [_full_height(_gaps(runs, viewport), layout.plot.height)] if layout.panels else []
    for panel in layout.panels if len(layout.panels) > 1 else ():
        own = [run for run in runs if run.run.stream == panel.stream]
        top, bottom = panel.box.y0 - layout.plot.y0, panel.box.y1 - layout.plot.y0
        gaps = [(x0, top, x1, bottom) for x0, x1 in _gaps(own, viewport) if x0 < x1]
        boxes.append(np.array(gaps, np.int64).reshape(-1, 4))
    return np.concatenate([np.empty((0, 4), np.int64), *boxes])


def _gaps(runs: Sequence[RunView], viewport: Viewport) -> list[Span]:
    """Return the columns between runs; of gaps narrower than one, the column that they lie in."""
    spans, x, end = [], 0, math.inf
    for view in sorted(runs, key=lambda view: view.run.t_start):
        run = view.run
        if x < view.x_start:
            spans.append((x, view.x_start))
        elif run.t_start - end > LEAST_GAP / run.sampling_rate:
            column = min(max(0, int(viewport.x_of((end + run.t_start) / 2))), viewport.width - 1)
            spans.append((column, column + 1))
        x = max(x, view.x_stop)
        end = run.t_stop if end == math.inf else max(end, run.t_stop)
    return [*spans, (x, viewport.width)]


def _separators(layout: Layout) -> np.ndarray:
    x, y = layout.plot.x0, layout.plot.y0
    boxes = [(b.x0 - x, b.y0 - y, b.x1 - x, b.y1 - y) for b in layout.separators]
    return np.array(boxes, np.int64).reshape(-1, 4)


def _grid(view: View, layout: Layout, viewport: Viewport) -> np.ndarray:
    times = ruler_ticks(view, viewport, layout.ratio).times
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


def _epochs(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return bands over the whole plot for the time that epochs last."""
    colors = view.events.color
    return [
        (
            _bars(marks.x, marks.x_stop, 0, layout.plot.height),
            _rgba(colors[marks.channel], EPOCH_ALPHA),
        )
        for marks in points.events
        if marks.x_stop is not None and len(marks.x) <= _most(layout)
    ]


def _event_lines(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return lines over the whole plot, or where these would hide the traces, ticks at its top.

    Of epochs these mark the start, and a bar at the top how long they last. What is at the top
    hides the traces, the rest shows through.
    """
    colors = view.events.color
    width, tick = layout.px(1), layout.px(EVENT_TICK)
    parts: list[Part] = []
    for marks in points.events:
        color = _rgba(colors[marks.channel], 255)
        x = marks.x if marks.begins is None else marks.x[marks.begins]
        parts.append((_bars(x, x + width, 0, tick), color))
        if len(marks.x) <= _most(layout):
            line = _bars(x, x + width, tick, max(tick, layout.plot.height))
            parts.append((line, _rgba(colors[marks.channel], EVENT_ALPHA)))
        if marks.x_stop is not None and marks.begins is not None:
            start = marks.x + np.where(marks.begins, width, 0)
            stop = np.maximum(start, marks.x_stop)
            parts.append((_bars(start, stop, 0, layout.px(EPOCH_BAR)), color))
    return parts


def _most(layout: Layout) -> float:
    """Return how many events of a channel are lines."""
    return layout.plot.width / (DENSE_EVENTS * layout.ratio)


def _spikes(view: View, layout: Layout, points: Points) -> list[Part]:
    """Return ticks below the trace of each unit's channel, or in the unit's row of the raster."""
    lanes = _lane_edges(view, layout)
    rows = dict(zip(layout.raster_units, raster_rows(layout).tolist(), strict=False))
    ticks = [
        (marks, rows[marks.unit] if marks.row is None else _tick(layout, *lanes[marks.row]))
        for marks in points.units
        if (marks.unit in rows if marks.row is None else marks.row in lanes)
    ]
    if not ticks:
        return []
    # All units at once: there may be hundreds.
    counts = [len(marks.x) for marks, _ in ticks]
    x = np.concatenate([marks.x for marks, _ in ticks])
    there = np.flatnonzero((x >= 0) & (x < layout.plot.width))
    x, number = x[there], np.repeat(np.arange(len(ticks)), counts)[there]
    top, bottom = np.array([edges for _, edges in ticks]).T
    rgba = np.full((len(ticks), 4), 255, np.uint8)
    rgba[:, :3] = view.units.color[[marks.unit for marks, _ in ticks]]
    # A colour as one number: rows of four bytes are slow to pick.
    colors = rgba.view(np.uint32)[:, 0][number].view(np.uint8).reshape(-1, 4)
    return [(_bars(x, x + layout.px(1.5), top[number], bottom[number]), colors)]


def _tick(layout: Layout, above: float, below: float) -> tuple[int, int]:
    """Return top and bottom of the ticks in a lane with these edges."""
    bottom = round(below) - layout.px(1)
    height = min(SPIKE_SHARE * (below - above), 12 * layout.ratio)
    return bottom - max(layout.px(1), round(height)), bottom


def _lane_edges(view: View, layout: Layout) -> dict[int, tuple[float, float]]:
    """Return where the lane of each channel on screen begins and ends, in pixels of the plot."""
    out: dict[int, tuple[float, float]] = {}
    for panel in layout.panels:
        rows = view.channels.page_of(panel.stream).tolist()
        edges = (panel.edges - layout.plot.y0).tolist()
        out.update((row, (a, b)) for row, (a, b) in zip(rows, edges, strict=True))
    return out


def _bars(
    x: np.ndarray, x_stop: np.ndarray, top: int | np.ndarray, bottom: int | np.ndarray
) -> np.ndarray:
    box = np.empty((len(x), 4), np.int64)
    box[:, 0], box[:, 1], box[:, 2], box[:, 3] = x, top, x_stop, bottom
    return box


def _rgba(color: np.ndarray, alpha: int) -> tuple[int, int, int, int]:
    return int(color[0]), int(color[1]), int(color[2]), alpha

"""Rectangles below and above the traces: gaps, grid, stripes, events, epochs, spikes."""

from collections.abc import Sequence

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.render.event_marks import epoch_bands, event_lines, event_strip
from viewer.render.layout import Layout, raster_rows
from viewer.render.panel_marks import Part, Stretch, bars, gap_lines, loading, stripes, void
from viewer.render.ruler import ruler_ticks
from viewer.render.scene import Rects

SPIKE_SHARE = 0.22
"""Height of a spike's tick, of its lane."""
SPIKE_TICK = 6
"""Logical pixels of it at most: below a trough it must not look like more of the spike."""
RIMMED_LANE = 14
"""Logical pixels of a lane of a heat map from which on ticks have a rim, to be seen on any colour.
"""


def rects_under(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    absent: Sequence[Stretch],
    points: Points,
) -> Rects:
    """Return what lies below the traces: gaps, what is not at hand, epochs, grid lines."""
    return Rects.of(
        [
            (void(layout, runs, viewport), (*view.theme.void, 255)),
            (loading(layout, absent), (*view.theme.loading, 255)),
            *epoch_bands(view, layout, points),
            (_grid(view, layout, viewport), (*view.theme.grid, 255)),
            *event_strip(view, layout),
        ]
    )


def rects_over(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    unsure: Sequence[Stretch],
    points: Points,
) -> Rects:
    """Return what lies above the traces: stripes, gaps, events, spikes, separators of panels."""
    return Rects.of(
        [
            *stripes(view, layout, unsure),
            *gap_lines(view, layout, runs, viewport),
            *event_lines(view, layout, points),
            *_spikes(view, layout, points),
            (_separators(layout), (*view.theme.gutter, 255)),
        ]
    )


def _separators(layout: Layout) -> np.ndarray:
    x, y = layout.plot.x0, layout.plot.y0
    boxes = [(b.x0 - x, b.y0 - y, b.x1 - x, b.y1 - y) for b in layout.separators]
    return np.array(boxes, np.int64).reshape(-1, 4)


def _grid(view: View, layout: Layout, viewport: Viewport) -> np.ndarray:
    times = ruler_ticks(view, viewport, layout.ratio).times
    x = np.array([round(viewport.x_of(float(time))) for time in times], np.int64)
    return bars(x, x + layout.px(1), 0, layout.plot.height)


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
    box = bars(x, x + layout.px(1.5), top[number], bottom[number])
    return [*_rims(view, layout, box), (box, colors)]


def _rims(view: View, layout: Layout, ticks: np.ndarray) -> list[Part]:
    """Return what parts ticks from the colours of a heat map around them, where there is room."""
    least = min((panel.lane_height for panel in layout.panels), default=0.0)
    if view.display != "heat map" or least < RIMMED_LANE * layout.ratio:
        return []
    rim = layout.px(1)
    return [(ticks + np.array([-rim, -rim, rim, rim]), (*view.theme.background, 255))]


def _tick(layout: Layout, above: float, below: float) -> tuple[int, int]:
    """Return top and bottom of the ticks in a lane with these edges."""
    bottom = round(below) - layout.px(1)
    height = min(SPIKE_SHARE * (below - above), SPIKE_TICK * layout.ratio)
    return bottom - max(layout.px(1), round(height)), bottom


def _lane_edges(view: View, layout: Layout) -> dict[int, tuple[float, float]]:
    """Return where the lane of each channel on screen begins and ends, in pixels of the plot."""
    out: dict[int, tuple[float, float]] = {}
    for panel in layout.panels:
        rows = view.channels.page_of(panel.stream).tolist()
        edges = (panel.edges - layout.plot.y0).tolist()
        out.update((row, (a, b)) for row, (a, b) in zip(rows, edges, strict=True))
    return out

"""From the model and what is loaded to a `Scene`."""

from collections.abc import Callable, Sequence

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.engine.tiles import Tile, TileKey, columns_of, keys_of, unsure_columns
from viewer.model import View
from viewer.render.decor import ruler_ticks
from viewer.render.layout import Layout, raster_rows
from viewer.render.scene import Rects, Scene, TraceLayer

Part = tuple[np.ndarray, tuple[int, int, int, int]]

EVENT_ALPHA = 150
DENSE_EVENTS = 12
"""Events of a channel closer than this many logical pixels, on average, are no longer lines."""
STRIPES = 8
"""Logical pixels from one stripe over what is approximate to the next."""
SPIKE_SHARE = 0.22
"""Height of a spike's tick, of its lane."""


def visible_runs(view: View, viewport: Viewport) -> list[RunView]:
    """Return the runs in sight of streams that have a channel on screen."""
    # A pixel more on both sides: whether a run reaches into the window is for the grid to say.
    span = (viewport.time_at(-1), viewport.time_at(viewport.width + 1))
    runs = [run for s in sorted(view.streams) for run in view.timeline.runs_in(s, *span)]
    views = [RunView.of(run, viewport) for run in runs]
    return [v for v in views if v is not None]


def build_scene(
    view: View,
    layout: Layout,
    viewport: Viewport,
    runs: Sequence[RunView],
    tile: Callable[[TileKey], Tile | None],
    points: Points,
    unit_count: int,
    event_count: int,
) -> Scene:
    """Put a scene together from whatever tiles are at hand.

    Parameters
    ----------
    view, layout, viewport, points
    runs : sequence of RunView
        From `visible_runs`.
    tile : callable
        Returns a tile or None when it is not loaded; its place is then shown as loading.
    unit_count, event_count : int
        Units and event channels of the recording, for their colours.
    """
    layers, loading, unsure = [], [], []
    for run in runs:
        keys = keys_of(run)
        tiles = [tile(key) for key in keys]
        loading += [columns_of(run, key) for key, t in zip(keys, tiles, strict=True) if t is None]
        unsure += [span for t in tiles if t is not None for span in unsure_columns(run, t)]
        layers.append(_layer(view, layout, run, [t for t in tiles if t is not None]))
    height = layout.plot.height
    under = Rects.of(
        [
            (_void(runs, viewport, height), (*view.theme.void, 255)),
            (_full_height(loading, height), (*view.theme.loading, 255)),
            (_grid(layout, viewport), (*view.theme.grid, 255)),
        ]
    )
    over = Rects.of(
        [
            *_stripes(view, layout, unsure),
            *_event_lines(view, layout, points, event_count),
            *_spikes(view, layout, points, unit_count),
        ]
    )
    return Scene(
        viewport.width,
        height,
        layout.lanes.height,
        layout.px(1),
        view.theme.background,
        under,
        tuple(layers),
        over,
    )


def _layer(view: View, layout: Layout, run: RunView, tiles: Sequence[Tile]) -> TraceLayer:
    channels, shown = view.channels, view.channels.shown
    lanes = np.array(
        [lane for lane, row in enumerate(shown) if channels.infos[row].stream == run.run.stream]
    )
    rows = shown[lanes]
    slope, shift = channels.scale(rows, layout.lane_height(len(shown)))
    centers = layout.lane_centers(len(shown))[lanes]
    pivot = _pivots(slope, shift, not tiles or tiles[0].data.dtype.kind in "iu")
    return TraceLayer(
        run,
        tuple(tiles),
        np.array([channels.infos[row].column for row in rows], np.int64),
        slope.astype(np.float32),
        (centers + shift + slope * pivot).astype(np.float32),
        pivot,
        channels.color[rows].copy(),
    )


def _pivots(slope: np.ndarray, shift: np.ndarray, whole: bool) -> np.ndarray:
    """Return the raw values that lie nearest the middles of their lanes, as float32 has them.

    Whole ones for whole samples: then differences from them are whole, and exact.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        pivot = -shift / slope
        pivot = (np.rint(pivot) if whole else pivot).astype(np.float32).astype(np.float64)
    return np.where(np.isfinite(pivot), pivot, 0.0)


def _full_height(spans: Sequence[tuple[int, int]], height: int) -> np.ndarray:
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


def _stripes(view: View, layout: Layout, spans: Sequence[tuple[int, int]]) -> list[Part]:
    """Return what marks columns that do not show all their samples: stripes and a bar on top."""
    if not spans:
        return []
    every, width = layout.px(STRIPES), layout.px(1)
    x = np.unique(np.concatenate([np.arange(a + -a % every, b, every) for a, b in spans]))
    bars = [(a, 0, b, layout.px(4)) for a, b in spans]
    stripes = _bars(x, width, 0, layout.lanes.height)
    return [(np.concatenate([stripes, np.array(bars, np.int64)]), (*view.theme.approximate, 255))]


def _event_lines(view: View, layout: Layout, points: Points, count: int) -> list[Part]:
    """Return lines over the whole plot, or where these would hide the traces, ticks at its top."""
    colors = view.theme.event_colors(count)
    width = layout.px(1)
    most = layout.plot.width / (DENSE_EVENTS * layout.ratio)
    parts: list[Part] = []
    for marks in points.events:
        dense = len(marks.x) > most
        bars = _bars(marks.x, width, 0, layout.px(8) if dense else layout.plot.height)
        parts.append((bars, _rgba(colors[marks.channel], EVENT_ALPHA)))
    return parts


def _spikes(view: View, layout: Layout, points: Points, count: int) -> list[Part]:
    """Return ticks on the trace of each unit's channel, or in the unit's row of the raster."""
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
        bars = _bars(marks.x, layout.px(1.5), top, bottom)
        parts.append((bars, _rgba(colors[marks.unit], 255)))
    return parts


def _bars(x: np.ndarray, width: int, top: int, bottom: int) -> np.ndarray:
    box = np.empty((len(x), 4), np.int64)
    box[:, 0], box[:, 1], box[:, 2], box[:, 3] = x, top, x + width, bottom
    return box


def _rgba(color: np.ndarray, alpha: int) -> tuple[int, int, int, int]:
    return int(color[0]), int(color[1]), int(color[2]), alpha

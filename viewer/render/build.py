"""From the model and what is loaded to a `Scene`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.engine.tiles import Tile, TileKey, columns_of, keys_of, unsure_columns
from viewer.model import View
from viewer.model.channels import Readings
from viewer.model.theme import Color
from viewer.render.layout import Layout
from viewer.render.overlays import Span, rects_over, rects_under
from viewer.render.scene import NO_MARKS, LineStyle, Scene, TraceLayer
from viewer.render.spikes import spike_marks

LINE_LANES = 10.0
"""Lanes lower than this many logical pixels show columns also between samples."""
LINE_WIDTH = 1.3
DOT_RADIUS = 2.2
"""Logical pixels."""
DOT_PITCH = 9.0
"""Samples further apart than this many logical pixels are dots as well."""
FADED = 0.62
"""How far the colours of a trace that lies below another are mixed with the background."""


@dataclass(frozen=True)
class Source:
    """Where traces come from: the recording itself, or a layer over it.

    Attributes
    ----------
    runs : sequence of RunView
        From `visible_runs`.
    tile : callable
        Returns a tile or None when it is not loaded; its place is then shown as loading.
    readings : Readings or None
        What the values of the tiles mean, where they are not those of the view's reader.
    faded : bool
        Whether it lies below another source, for comparison.
    """

    runs: Sequence[RunView]
    tile: Callable[[TileKey], Tile | None]
    readings: Readings | None = None
    faded: bool = False


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
    sources: Sequence[Source],
    points: Points,
    unit_count: int,
    event_count: int,
) -> Scene:
    """Put a scene together from whatever tiles are at hand.

    Parameters
    ----------
    view, layout, viewport, points
    sources : sequence of Source
        From the lowest to the highest.
    unit_count, event_count : int
        Units and event channels of the recording, for their colours.
    """
    if view.display == "heat map":  # of which one would cover the other
        sources = [source for source in sources if not source.faded]
    layers: list[TraceLayer] = []
    loading: list[Span] = []
    unsure: list[Span] = []
    for source in sources:
        for run in source.runs:
            keys = keys_of(run)
            tiles = [source.tile(key) for key in keys]
            there = [tile for tile in tiles if tile is not None]
            loading += [columns_of(run, k) for k, t in zip(keys, tiles, strict=True) if t is None]
            unsure += [span for tile in there for span in unsure_columns(run, tile)]
            layers.append(_layer(view, layout, viewport, source, run, there, points, unit_count))
    runs = [run for source in sources for run in source.runs]
    return Scene(
        viewport.width,
        layout.plot.height,
        layout.lanes.height,
        layout.px(1),
        view.theme.background,
        rects_under(view, layout, viewport, runs, loading, points, event_count),
        tuple(layers),
        rects_over(view, layout, unsure, points, unit_count, event_count),
        view.theme.loading,
        view.theme.heat_colors,
        bool(unsure),
    )


def _layer(
    view: View,
    layout: Layout,
    viewport: Viewport,
    source: Source,
    run: RunView,
    tiles: Sequence[Tile],
    points: Points,
    unit_count: int,
) -> TraceLayer:
    channels, shown = view.channels, view.channels.shown
    lanes = np.array(
        [lane for lane, row in enumerate(shown) if channels.infos[row].stream == run.run.stream]
    )
    rows = shown[lanes]
    lane_height = layout.lane_height(len(shown))
    slope, shift = channels.scale(rows, lane_height, source.readings)
    heat = view.display == "heat map"
    if heat:
        # A lane's height is all of the colours: the upper end is 1, the lower -1.
        slope, shift = slope / (-lane_height / 2), shift / (-lane_height / 2)
    pivot = _pivots(slope, shift, not tiles or tiles[0].data.dtype.kind in "iu")
    base = shift + slope * pivot
    if not heat:
        base += layout.lane_centers(len(shown))[lanes]
    color = channels.color[rows].copy()
    colors = view.theme.unit_colors(unit_count)
    on_trace = not (heat or source.faded)
    return TraceLayer(
        run,
        tuple(tiles),
        np.array([channels.infos[row].column for row in rows], np.int64),
        slope.astype(np.float32),
        base.astype(np.float32),
        pivot,
        _faded(color, view.theme.background) if source.faded else color,
        None if heat else _line_style(layout, run, lane_height),
        _heat_rows(lanes, len(shown), layout.lanes.height) if heat else None,
        spike_marks(points, viewport, run, rows, colors) if on_trace else NO_MARKS,
    )


def _pivots(slope: np.ndarray, shift: np.ndarray, whole: bool) -> np.ndarray:
    """Return the raw values that lie nearest the middles of their lanes, as float32 has them.

    Whole ones for whole samples: then differences from them are whole, and exact.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        pivot = -shift / slope
        pivot = (np.rint(pivot) if whole else pivot).astype(np.float32).astype(np.float64)
    return np.where(np.isfinite(pivot), pivot, 0.0)


def _line_style(layout: Layout, run: RunView, lane_height: float) -> LineStyle | None:
    """Return how lines between samples look, None where there are none or no room for them."""
    if not run.interpolated or lane_height < LINE_LANES * layout.ratio:
        return None
    dots = 1 / run.spp >= DOT_PITCH * layout.ratio
    return LineStyle(LINE_WIDTH * layout.ratio, DOT_RADIUS * layout.ratio if dots else 0.0)


def _heat_rows(lanes: np.ndarray, count: int, height: int) -> np.ndarray:
    """Return which of a layer's lanes each row of pixels shows, int64 (height, 2), half-open.

    Parameters
    ----------
    lanes : ndarray of int
        The layer's lanes among all on screen, rising.
    count : int
        Lanes on screen. Of more than there are rows, each is in one row; else each row has one.
    height : int
        Rows.
    """
    row = np.arange(height, dtype=np.int64)
    first = row * count // height
    last = np.maximum(first + 1, (row + 1) * count // height)
    return np.searchsorted(lanes, np.stack([first, last], axis=1)).astype(np.int64)


def _faded(color: np.ndarray, background: Color) -> np.ndarray:
    mixed = color * (1 - FADED) + np.array(background) * FADED
    return np.rint(mixed).astype(np.uint8)

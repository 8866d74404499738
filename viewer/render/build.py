"""From the model and what is loaded to a `Scene`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points
from viewer.engine.tiles import Tile, TileKey, columns_of, keys_of, unsure_columns
from viewer.model import View
from viewer.model.channel_info import Readings
from viewer.render.dense import divided, mixed
from viewer.render.layout import Layout, PanelBox
from viewer.render.overlays import rects_over, rects_under
from viewer.render.panel_marks import Stretch, panel_rows
from viewer.render.scene import NO_MARKS, LineStyle, Scene, TraceLayer
from viewer.render.spikes import spike_marks

LINE_LANES = 10.0
"""Lanes lower than this many logical pixels show columns also between samples."""
MOST_LINES = 64
"""More channels in one lane show columns, too: as lines on top of one another they would look the
same, and take seconds."""
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
) -> Scene:
    """Put a scene together from whatever tiles are at hand.

    Parameters
    ----------
    view, layout, viewport, points
    sources : sequence of Source
        From the lowest to the highest.
    """
    points = points.shown_by(view)
    if view.display == "heat map":  # of which one would cover the other
        sources = [source for source in sources if not source.faded]
    layers: list[TraceLayer] = []
    absent: list[Stretch] = []
    unsure: list[Stretch] = []
    for source in sources:
        bright: list[TraceLayer] = []
        for run in source.runs:
            stream = run.run.stream
            panel = layout.panel_of(stream)
            if panel is None:
                continue
            keys = keys_of(run)
            tiles = [source.tile(key) for key in keys]
            there = [tile for tile in tiles if tile is not None]
            spans = [columns_of(run, k) for k, t in zip(keys, tiles, strict=True) if t is None]
            absent += [Stretch(stream, *span) for span in spans]
            spans = [span for tile in there for span in unsure_columns(run, tile)]
            unsure += [Stretch(stream, *span) for span in spans]
            lanes = _Lanes.of(view, layout, panel)
            layer = _layer(view, layout, viewport, source, run, there, points, lanes)
            below, *above = _divided(view, layout, source, layer, lanes)
            layers.append(below)
            bright += above
        layers += bright
    runs = [run for source in sources for run in source.runs]
    return Scene(
        viewport.width,
        layout.plot.height,
        layout.lanes.y1 - layout.plot.y0,
        layout.px(1),
        view.theme.background,
        rects_under(view, layout, viewport, runs, absent, points),
        tuple(layers),
        rects_over(view, layout, viewport, runs, unsure, points),
        view.theme.loading,
        view.theme.heat_colors,
        bool(unsure),
    )


@dataclass(frozen=True)
class _Lanes:
    """The lanes of a panel, in pixels of the plot.

    Attributes
    ----------
    rows : ndarray of int
        Channels, from the top down.
    height : float
    centers : ndarray of float64
    clip : ndarray of int64, shape (lanes, 2)
        Rows of pixels that each may ink, half-open.
    top, bottom : int
        Rows of pixels of the panel.
    overlaid : bool
        Whether all of them share one place.
    """

    rows: np.ndarray
    height: float
    centers: np.ndarray
    clip: np.ndarray
    top: int
    bottom: int
    overlaid: bool = False

    @classmethod
    def of(cls, view: View, layout: Layout, panel: PanelBox) -> "_Lanes":
        edges = panel.edges - layout.plot.y0
        top, bottom = panel_rows(layout, panel)
        clip = np.tile(np.array([top, bottom], np.int64), (panel.lanes, 1))
        if not view.overlap:
            first, last = np.rint(edges).astype(np.int64).T
            first = np.minimum(first, bottom - 1)  # lanes lower than a row have one all the same
            clip = np.stack([first, np.maximum(last, first + 1)], axis=1)
        rows = view.channels.page_of(panel.stream)
        return cls(rows, panel.lane_height, edges.mean(axis=1), clip, top, bottom, panel.overlaid)


def _layer(
    view: View,
    layout: Layout,
    viewport: Viewport,
    source: Source,
    run: RunView,
    tiles: Sequence[Tile],
    points: Points,
    lanes: _Lanes,
) -> TraceLayer:
    channels, rows = view.channels, lanes.rows
    slope, shift = channels.scale(rows, lanes.height, source.readings)
    heat = view.display == "heat map"
    if heat:
        # A lane's height is all of the colours: the upper end is 1, the lower -1.
        slope, shift = slope / (-lanes.height / 2), shift / (-lanes.height / 2)
    pivot = _pivots(slope, shift, not tiles or tiles[0].data.dtype.kind in "iu")
    base = shift + slope * pivot
    if not heat:
        base += lanes.centers
    return TraceLayer(
        run,
        tuple(tiles),
        np.array([channels.infos[row].column for row in rows], np.int64),
        slope.astype(np.float32),
        base.astype(np.float32),
        pivot,
        _colors(view, rows, faded=source.faded),
        None if heat else _line_style(layout, run, lanes),
        _heat_rows(lanes, layout.lanes.y1 - layout.plot.y0) if heat else None,
        NO_MARKS
        if heat or source.faded
        else spike_marks(points, viewport, run, rows, view.units.color),
        lanes.clip,
        rows=(lanes.top, lanes.bottom),
    )


def _divided(
    view: View, layout: Layout, source: Source, layer: TraceLayer, lanes: _Lanes
) -> tuple[TraceLayer, ...]:
    """Return the layers of low lanes: what crosses them is seen over what does not."""
    crossing = view.overlap and not lanes.overlaid and layer.heat is None
    if not crossing:
        return (layer,)
    both = divided(layer, lanes.centers, lanes.height, layout.px(1), view.theme.background)
    return both[:1] if source.faded else both  # what lies below stays below what lies above


def _pivots(slope: np.ndarray, shift: np.ndarray, whole: bool) -> np.ndarray:
    """Return the raw values that lie nearest the middles of their lanes, as float32 has them.

    Whole ones for whole samples: then differences from them are whole, and exact.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        pivot = -shift / slope
        pivot = (np.rint(pivot) if whole else pivot).astype(np.float32).astype(np.float64)
    return np.where(np.isfinite(pivot), pivot, 0.0)


def _line_style(layout: Layout, run: RunView, lanes: _Lanes) -> LineStyle | None:
    """Return how lines between samples look, None where there are none or no room for them."""
    if not run.interpolated or lanes.height < LINE_LANES * layout.ratio:
        return None
    if lanes.overlaid and len(lanes.rows) > MOST_LINES:
        return None
    dots = 1 / run.spp >= DOT_PITCH * layout.ratio
    return LineStyle(LINE_WIDTH * layout.ratio, DOT_RADIUS * layout.ratio if dots else 0.0)


def _heat_rows(lanes: _Lanes, height: int) -> np.ndarray:
    """Return which lanes each row of pixels shows, int64 (height, 2), half-open.

    Of more lanes than the panel has rows, each is in one row; else each row has one.
    """
    out = np.zeros((height, 2), np.int64)
    rows, count = lanes.bottom - lanes.top, len(lanes.rows)
    row = np.arange(rows, dtype=np.int64)
    first = row * count // rows
    last = np.maximum(first + 1, (row + 1) * count // rows)
    out[lanes.top : lanes.bottom] = np.stack([first, last], axis=1)
    return out


def _colors(view: View, rows: np.ndarray, *, faded: bool) -> np.ndarray:
    """Return the colours of channels; of bad ones, and of all that lie below others, faint ones."""
    color = view.channels.color[rows]
    faint = np.ones(len(rows), bool) if faded else view.channels.bad[rows]
    color[faint] = mixed(color[faint], view.theme.background, FADED)
    return color

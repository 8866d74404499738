"""From the traces of a scene to shapes for print: outlines, lines and images, in drawing order.

The shapes cover what the software renderer inks: outlines the very same pixels, lines the same
places, of which only the edges are up to whoever fills them in. Coordinates are those of the scene:
pixel (k, r) of the plot covers x from k to k+1 and y from r to r+1, downwards.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from viewer.engine.columns import reduce_columns, relative
from viewer.engine.tiles import TILE_BINS
from viewer.render.heat import draw_heat
from viewer.render.painting import parts_of, rows_of
from viewer.render.polyline import FAR
from viewer.render.reuse import Patch, PatchedLayer
from viewer.render.scene import Rgb, Scene, TraceLayer

Channel = tuple[int, int]
"""Stream, and column of the stream's chunks."""

Rows = tuple[np.ndarray, np.ndarray]
"""The first row of each column and one past the last, int32 (lanes, width); equal where none is."""

DOT_CORNERS = 4
"""What a dot, which is four arcs, counts as."""


@dataclass(frozen=True)
class Outline:
    """An area to be filled, bounded by horizontal and vertical edges.

    Attributes
    ----------
    channel : tuple of int
    color : tuple of int
    corners : ndarray of int64, shape (n, 2)
        x and y of all rings, one ring after the other. Each begins at its upper left corner and
        goes first along its top, to the right; every other edge is horizontal. The last edge leads
        back to the first corner.
    starts : ndarray of int64
        The first corner of each ring. Rings do not overlap.
    """

    channel: Channel
    color: Rgb
    corners: np.ndarray
    starts: np.ndarray

    @property
    def point_count(self) -> int:
        """Corners of all rings."""
        return len(self.corners)

    def rings(self) -> list[np.ndarray]:
        """Return the corners of each ring."""
        return np.split(self.corners, self.starts[1:])


@dataclass(frozen=True)
class Stroke:
    """Lines with round ends and joins through samples, and dots, both cut off at a box.

    Attributes
    ----------
    channel : tuple of int
    color : tuple of int
    width : float
    radius : float
        Of a dot.
    lines : tuple of ndarray of float64, shape (n, 2)
        x and y of at least two samples each.
    dots : ndarray of float64, shape (n, 2)
    box : tuple of int
        x0, y0, x1, y1, half-open.
    """

    channel: Channel
    color: Rgb
    width: float
    radius: float
    lines: tuple[np.ndarray, ...]
    dots: np.ndarray
    box: tuple[int, int, int, int]

    @property
    def point_count(self) -> int:
        """Points of all lines and dots."""
        return sum(map(len, self.lines)) + DOT_CORNERS * len(self.dots)


@dataclass(frozen=True)
class Image:
    """Pixels from the plot's upper left corner on.

    Attributes
    ----------
    rgba : ndarray of uint8, shape (height, width, 4)
        Opaque, or nothing at all where alpha is 0.
    """

    rgba: np.ndarray
    point_count: int = field(default=0, init=False)


Shape = Outline | Stroke | Image


def shapes_of(scene: Scene) -> list[Shape]:
    """Return the traces of a scene, from the lowest to the highest."""
    layers = [layer for layer in scene.layers if layer.tiles and len(layer.columns)]
    heat = [layer for layer in layers if layer.heat is not None]
    columns = [layer for layer in layers if layer.heat is None and layer.line is None]
    lines = [layer for layer in layers if layer.line is not None]
    shapes: list[Shape] = [_heat_image(scene, heat)] if heat else []
    inked = [(layer, _inked(layer, scene)) for layer in columns]
    for layer, parts in inked:
        shapes += _outlines(layer, parts)
    for layer, parts in inked:
        shapes += _marked_outlines(layer, parts)
    samples = [(layer, list(_stretches(layer))) for layer in lines]
    for layer, stretches in samples:
        for stretch in stretches:
            shapes += _strokes(layer, stretch, scene.trace_height)
    for layer, stretches in samples:
        for stretch in stretches:
            shapes += _marked_strokes(layer, stretch, scene.trace_height)
    return shapes


def _heat_image(scene: Scene, layers: list[TraceLayer]) -> Image:
    ink = np.zeros((scene.trace_height, scene.width), np.uint32)
    draw_heat(ink, [PatchedLayer.of(layer) for layer in layers], scene.colors, 0, scene.width)
    return Image(ink.view(np.uint8).reshape(*ink.shape, 4))


def _channel(layer: TraceLayer, lane: int) -> Channel:
    return layer.view.run.stream, int(layer.columns[lane])


def _rgb(color: np.ndarray) -> Rgb:
    return int(color[0]), int(color[1]), int(color[2])


# -- columns -------------------------------------------------------------------------------------


def _inked(layer: TraceLayer, scene: Scene) -> list[Rows]:
    """Return the rows inked in each column; of a layer that leaves rows free, above and below."""
    top: np.ndarray = np.zeros((len(layer.columns), scene.width), np.int32)
    bottom = top.copy()
    height, thickness = scene.trace_height, scene.thickness
    for columns in reduce_columns(layer.view, layer.tiles, layer.columns, layer.pivot):
        rows = rows_of(columns, layer, height, thickness, np.int32)
        for out, values in zip((top, bottom), rows, strict=True):
            out[:, columns.x] = values.T
    return parts_of(layer, top, bottom, height)


def _outlines(layer: TraceLayer, parts: Sequence[Rows]) -> Iterator[Outline]:
    for lane, color in enumerate(layer.color):
        for top, bottom in parts:
            if (top[lane] < bottom[lane]).any():
                rings = _rings(top[lane], bottom[lane])
                yield Outline(_channel(layer, lane), _rgb(color), *rings)


def _marked_outlines(layer: TraceLayer, parts: Sequence[Rows]) -> Iterator[Outline]:
    """Yield what marks colour: of neighbouring marks of a lane all of one colour together."""
    marks = layer.marks
    changes = np.flatnonzero(np.diff(marks.lane)) + 1
    for group in np.split(np.arange(len(marks)), changes) if len(marks) else ():
        lane = int(marks.lane[group[0]])
        owner = np.full(parts[0][0].shape[1], -1)
        for mark in group.tolist():  # where they overlap, the last one counts
            owner[max(0, marks.x_start[mark]) : max(0, marks.x_stop[mark])] = mark
        for color, (top, bottom) in product(np.unique(marks.color[group], axis=0), parts):
            mine = (owner >= 0) & (marks.color[owner] == color).all(axis=1)
            mine &= top[lane] < bottom[lane]
            if mine.any():
                rings = _rings(np.where(mine, top[lane], 0), np.where(mine, bottom[lane], 0))
                yield Outline(_channel(layer, lane), _rgb(color), *rings)


def _rings(top: np.ndarray, bottom: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners around columns, int64 (n, 2), and the first of each ring.

    Parameters
    ----------
    top, bottom : ndarray of int, shape (width,)
        Rows inked in each column, half-open; some column has some. Columns that share a row with
        the one before lie in one ring with it.
    """
    inked = top < bottom
    joined = np.zeros(len(top), bool)
    joined[1:] = np.maximum(top[1:], top[:-1]) < np.minimum(bottom[1:], bottom[:-1])
    first = np.flatnonzero(inked & ~joined)
    stop = np.flatnonzero(inked & ~np.append(joined[1:], False)) + 1
    # Edges are as long as the rows stay the same; of the bottom they are gone along backwards.
    upper, upper_stop, upper_ring = _edges(top, inked & joined, first, stop)
    lower, lower_stop, lower_ring = _edges(bottom, inked & joined, first, stop)
    uppers, lowers = (np.bincount(ring, minlength=len(first)) for ring in (upper_ring, lower_ring))
    starts = np.concatenate([[0], np.cumsum(2 * (uppers + lowers))])
    corners = np.empty((starts[-1], 2), np.int64)
    place = starts[upper_ring] + 2 * (np.arange(len(upper)) - _before(uppers)[upper_ring])
    corners[place, 0], corners[place + 1, 0] = upper, upper_stop
    corners[place, 1] = corners[place + 1, 1] = top[upper]
    last = starts[1:][lower_ring]
    place = last - 2 * (np.arange(len(lower)) - _before(lowers)[lower_ring]) - 1
    corners[place, 0], corners[place - 1, 0] = lower, lower_stop
    corners[place, 1] = corners[place - 1, 1] = bottom[lower]
    return corners, starts[:-1]


def _edges(
    rows: np.ndarray, joined: np.ndarray, first: np.ndarray, stop: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where horizontal edges begin and end, and the ring of each.

    Parameters
    ----------
    rows : ndarray of int, shape (width,)
    joined : ndarray of bool, shape (width,)
        Whether a column lies in one ring with the one before.
    first, stop : ndarray of int
        Columns of each ring, half-open.
    """
    turns = joined.copy()
    turns[1:] &= rows[1:] != rows[:-1]
    start = np.sort(np.concatenate([first, np.flatnonzero(turns)]))
    ring = np.searchsorted(first, start, side="right") - 1
    return start, np.minimum(np.append(start[1:], stop[-1]), stop[ring]), ring


def _before(counts: np.ndarray) -> np.ndarray:
    return np.cumsum(counts) - counts


# -- lines ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stretch:
    """The samples of neighbouring tiles.

    Attributes
    ----------
    x : ndarray of float64, shape (samples,)
    y : ndarray of float64, shape (samples, lanes)
        NaN where a sample is absent.
    x_start, x_stop : int
        Pixels of the viewport that the tiles fill, half-open.
    """

    x: np.ndarray
    y: np.ndarray
    x_start: int
    x_stop: int


def _stretches(layer: TraceLayer) -> Iterator[_Stretch]:
    """Yield the samples of a layer that reach into the picture, split where a tile is absent."""
    patches = PatchedLayer.of(layer).patches
    numbers = np.array([patch.tile.key.number for patch in patches])
    for group in np.split(np.arange(len(patches)), np.flatnonzero(np.diff(numbers) != 1) + 1):
        if len(group):
            yield _stretch(layer, [patches[i] for i in group])


def _stretch(layer: TraceLayer, patches: list[Patch]) -> _Stretch:
    assert layer.line is not None
    view, ratio = layer.view, layer.view.bins_per_column
    x_start, x_stop = patches[0].x_start, patches[-1].x_stop
    origin = patches[0].tile.first_bin
    left, right = (view.position(x, origin) for x in (x_start, x_stop))
    reach = layer.line.reach * ratio
    first = max(0, int(np.floor(left - reach)))
    last = min(patches[-1].tile.last_bin - origin, int(np.ceil(right + reach)) + 1)
    parts = []
    for patch in patches:
        tile = patch.tile  # its own samples, and margins where there is no neighbour
        start = origin + first if patch is patches[0] else tile.key.number * TILE_BINS
        stop = origin + last if patch is patches[-1] else (tile.key.number + 1) * TILE_BINS
        parts.append(tile.data[start - tile.first_bin : stop - tile.first_bin][:, layer.columns])
    values = relative(np.concatenate(parts), layer.pivot)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.clip(values * layer.slope + layer.base, -FAR, FAR)
    x = x_start + (np.arange(first, last) - left) / ratio
    return _Stretch(x, y.astype(np.float64), x_start, x_stop)


def _strokes(layer: TraceLayer, stretch: _Stretch, height: int) -> Iterator[Stroke]:
    for lane, (top, bottom) in enumerate(layer.limits(height).tolist()):
        box = stretch.x_start, top, stretch.x_stop, bottom
        yield from _stroke(layer, lane, stretch, layer.color[lane], box)


def _marked_strokes(layer: TraceLayer, stretch: _Stretch, height: int) -> Iterator[Stroke]:
    marks, limits = layer.marks, layer.limits(height)
    for lane, start, stop, color in zip(
        marks.lane.tolist(),
        np.maximum(marks.x_start, stretch.x_start).tolist(),
        np.minimum(marks.x_stop, stretch.x_stop).tolist(),
        marks.color,
        strict=True,
    ):
        box = start, int(limits[lane, 0]), stop, int(limits[lane, 1])
        yield from _stroke(layer, lane, stretch, color, box)


def _stroke(
    layer: TraceLayer,
    lane: int,
    stretch: _Stretch,
    color: np.ndarray,
    box: tuple[int, int, int, int],
) -> Iterator[Stroke]:
    """Yield the stroke of a lane within a box, if there is any."""
    style = layer.line
    assert style is not None
    x0, y0, x1, y1 = box
    if x0 >= x1 or y0 >= y1:
        return
    # A sample more on each side: the line to it reaches into the box.
    first = max(0, int(np.searchsorted(stretch.x, x0 - style.reach)) - 1)
    last = int(np.searchsorted(stretch.x, x1 + style.reach, side="right")) + 1
    points = np.stack([stretch.x[first:last], stretch.y[first:last, lane]], axis=1)
    there = ~np.isnan(points[:, 1])
    pieces = np.split(points, np.flatnonzero(np.diff(there)) + 1)
    pieces = [piece for piece in pieces if len(piece) and not np.isnan(piece[0, 1])]
    lines = tuple(piece for piece in pieces if len(piece) > 1)
    # A sample without neighbours is a line of no length.
    alone = [piece for piece in pieces if style.dot or len(piece) == 1]
    if pieces:
        dots = np.concatenate([np.empty((0, 2)), *alone])
        radius = max(style.dot, style.width / 2)
        yield Stroke(
            _channel(layer, lane), _rgb(color), style.width, radius, lines, dots, (x0, y0, x1, y1)
        )

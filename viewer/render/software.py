"""The software renderer: NumPy from tiles to RGBA, no OpenGL anywhere.

Traces are painted lane by lane, so that overlaps look as the GPU draws them. A lane is painted in
one of two ways, whichever touches fewer pixels: as a mask over the rows between its highest and
lowest point, or span by span.
"""

import sys
from collections.abc import Iterable

import numpy as np

from viewer.engine.columns import Columns, reduce_columns
from viewer.render.scene import Rects, Scene, TraceLayer

FAR = 1.0e6
"""Pixels; anything further off is cut here before it becomes an integer."""

SMALL_AREA = 256
"""Opaque rectangles of up to this many pixels are filled together."""

SPAN_COST = 6
"""Writing a pixel span by span costs about this many times as much as testing one in a mask."""


def render(scene: Scene) -> np.ndarray:
    """Draw a scene.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        Red, green, blue, alpha (255 everywhere).
    """
    image = np.empty((scene.height, scene.width), np.uint32)
    image[:] = pack(scene.background)
    _fill(image, scene.under)
    for layer in scene.layers:
        for columns in reduce_columns(layer.view, layer.tiles, _selector(layer), layer.pivot):
            _paint(image, layer, columns, scene)
    _fill(image, scene.over)
    return image.view(np.uint8).reshape(scene.height, scene.width, 4)


def pack(rgb: Iterable[int]) -> int:
    """Return an opaque colour as the uint32 whose bytes in memory are R, G, B, A."""
    return int.from_bytes(bytes([*map(int, rgb), 255]), sys.byteorder)


def rows_of(
    columns: Columns, layer: TraceLayer, height: int, thickness: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that each column of each lane inks.

    Returns
    -------
    top, bottom : ndarray of int32, shape (lanes, columns)
        Half-open, cut to `height`; equal where nothing is inked.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # infinite and far beyond are the same
        y_low = np.clip(layer.slope * columns.low + layer.base, -FAR, FAR)
        y_high = np.clip(layer.slope * columns.high + layer.base, -FAR, FAR)
    above = (thickness - 1) // 2
    absent = np.isnan(y_low) | np.isnan(y_high)
    if absent.any():
        y_low[absent] = y_high[absent] = -FAR
    top = np.floor(np.minimum(y_low, y_high)).astype(np.int32) - above
    bottom = np.floor(np.maximum(y_low, y_high)).astype(np.int32)
    bottom += thickness - above
    np.clip(top, 0, height, out=top)
    np.clip(bottom, 0, height, out=bottom)
    return np.ascontiguousarray(top.T), np.ascontiguousarray(bottom.T)


def _selector(layer: TraceLayer) -> np.ndarray | slice:
    """Return the lanes' channels, as a slice where that saves a copy."""
    columns = layer.columns
    if len(columns) and np.array_equal(columns, np.arange(columns[0], columns[0] + len(columns))):
        return slice(int(columns[0]), int(columns[0]) + len(columns))
    return columns


def _paint(image: np.ndarray, layer: TraceLayer, columns: Columns, scene: Scene) -> None:
    top, bottom = rows_of(columns, layer, scene.trace_height, scene.thickness)
    x_start, x_stop = int(columns.x[0]), int(columns.x[-1]) + 1
    first, last = top.min(axis=1), bottom.max(axis=1)
    inked = (bottom - top).sum(axis=1)
    as_mask = (last - first) * (x_stop - x_start) <= SPAN_COST * inked
    colors = [pack(rgb) for rgb in layer.color]
    for lane in np.flatnonzero(inked):
        if as_mask[lane]:
            block = image[first[lane] : last[lane], x_start:x_stop]
            _paint_mask(block, top[lane] - first[lane], bottom[lane] - first[lane], colors[lane])
        else:
            _paint_spans(image, columns.x, top[lane], bottom[lane], colors[lane])


def _paint_mask(block: np.ndarray, top: np.ndarray, bottom: np.ndarray, color: int) -> None:
    rows = np.arange(len(block), dtype=np.int32)[:, np.newaxis]
    # One unsigned comparison in place of two signed ones: rows above `top` wrap to huge values.
    inside = (rows - top).view(np.uint32) < (bottom - top).view(np.uint32)
    np.copyto(block, color, where=inside)


def _paint_spans(
    image: np.ndarray, x: np.ndarray, top: np.ndarray, bottom: np.ndarray, color: int
) -> None:
    heights = bottom - top
    ends = np.cumsum(heights)
    within = np.arange(ends[-1]) - np.repeat(ends - heights, heights)
    rows = np.repeat(top, heights) + within
    image.reshape(-1)[rows * image.shape[1] + np.repeat(x, heights)] = color


def _fill(image: np.ndarray, rects: Rects) -> None:
    """Fill rectangles in order; runs of small opaque ones, such as spikes, in one go."""
    if not len(rects.box):
        return
    height, width = image.shape
    boxes = np.clip(rects.box, 0, [width, height, width, height])
    area = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    small = (area <= SMALL_AREA) & (rects.rgba[:, 3] == 255)
    starts = np.flatnonzero(np.diff(small, prepend=~small[:1]))
    for start, stop in zip(starts, [*starts[1:], len(small)], strict=True):
        if small[start]:
            _fill_small(image, boxes[start:stop], area[start:stop], rects.rgba[start:stop])
        else:
            for box, color in zip(boxes[start:stop], rects.rgba[start:stop], strict=True):
                _fill_one(image, box.tolist(), color.tolist())


def _fill_small(image: np.ndarray, boxes: np.ndarray, area: np.ndarray, rgba: np.ndarray) -> None:
    ends = np.cumsum(area)
    within = np.arange(ends[-1]) - np.repeat(ends - area, area)
    row, column = np.divmod(within, np.repeat(np.maximum(boxes[:, 2] - boxes[:, 0], 1), area))
    row += np.repeat(boxes[:, 1], area)
    column += np.repeat(boxes[:, 0], area)
    colors = np.ascontiguousarray(rgba).view(np.uint32).ravel()
    image.reshape(-1)[row * image.shape[1] + column] = np.repeat(colors, area)


def _fill_one(image: np.ndarray, box: list[int], rgba: list[int]) -> None:
    (x0, y0, x1, y1), (*rgb, alpha) = box, rgba
    block = image[y0:y1, x0:x1]
    if not block.size or not alpha:
        return
    if alpha == 255:
        block[:] = pack(rgb)
        return
    bytes_ = block[:, :, np.newaxis].view(np.uint8)
    mixed = bytes_[..., :3].astype(np.uint16) * np.uint16(255 - alpha)
    mixed += np.array(rgb, np.uint16) * np.uint16(alpha) + np.uint16(127)
    bytes_[..., :3] = mixed // 255

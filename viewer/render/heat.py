"""Heat maps on the software renderer's ink: channels by time, raw values as colours.

A column of a lane has the colour of its value furthest from the middle of the lane, so that no
spike is lost, whatever the zoom. Where lanes share a row of pixels, the furthest of them all
counts, also of several streams. The shader ``heat.frag`` does the same arithmetic.
"""

from collections.abc import Sequence

import numpy as np

from viewer.engine.columns import own_extremes, relative
from viewer.render.rectangles import packed
from viewer.render.reuse import Patch, PatchedLayer
from viewer.render.scene import TraceLayer

CHUNK_COLUMNS = 256
"""Columns to work on at a time."""


def draw_heat(
    ink: np.ndarray, layers: Sequence[PatchedLayer], colors: np.ndarray, x_start: int, x_stop: int
) -> None:
    """Draw a stretch of columns of heat maps.

    Parameters
    ----------
    ink : ndarray of uint32, shape (height, width)
    layers : sequence of PatchedLayer
        All with ``heat``. Where several show something in a pixel, the furthest value counts.
    colors : ndarray of uint8, shape (n, 3)
        From -1 to 1.
    x_start, x_stop : int
        Columns, half-open.
    """
    palette = packed(colors)
    for start in range(x_start, x_stop, CHUNK_COLUMNS):
        stop = min(start + CHUNK_COLUMNS, x_stop)
        furthest = np.full((len(ink), stop - start), np.nan, np.float32)
        for patched in layers:
            _gather(furthest, patched, start, stop)
        _color(ink[:, start:stop], furthest, palette)


def _gather(furthest: np.ndarray, patched: PatchedLayer, x_start: int, x_stop: int) -> None:
    """Take in what a layer shows in a stretch of columns where it is further than what is there."""
    heat = patched.layer.heat
    assert heat is not None
    rows = np.flatnonzero(heat[:, 0] < heat[:, 1])
    for patch in patched.patches if len(rows) else ():
        first, last = max(x_start, patch.x_start), min(x_stop, patch.x_stop)
        if first < last:
            values = _furthest_of_lanes(_values(patched.layer, patch, first, last), heat[rows])
            columns = slice(first - x_start, last - x_start)
            furthest[rows, columns] = _further(furthest[rows, columns], values)


def _values(layer: TraceLayer, patch: Patch, x_start: int, x_stop: int) -> np.ndarray:
    """Return the furthest value of each lane and column, -1 to 1, float32 (lanes, columns)."""
    sides = own_extremes(layer.view, patch.tile, x_start, x_stop, layer.columns)
    scaled = []
    for side in sides:
        with np.errstate(over="ignore", invalid="ignore"):
            value = relative(side, layer.pivot) * layer.slope + layer.base
            scaled.append(np.clip(value, -1, 1).T)
    low, high = scaled
    return _further(low, high)


def _further(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return, of two values, the one further from 0, of equals the first; NaN does not count."""
    beyond = (np.abs(second) > np.abs(first)) | np.isnan(first)
    return np.where(beyond, second, first)


def _furthest_of_lanes(values: np.ndarray, lanes: np.ndarray) -> np.ndarray:
    """Return for each row of pixels the furthest value of its lanes, shape (rows, columns)."""
    start, stop = lanes[:, 0], lanes[:, 1]
    out = values[start]
    for more in range(1, int((stop - start).max())):
        # Rows with fewer lanes take their last one again, which changes nothing.
        out = _further(out, values[np.minimum(start + more, stop - 1)])
    return out


def _color(block: np.ndarray, values: np.ndarray, palette: np.ndarray) -> None:
    absent = np.isnan(values)
    count = len(palette)
    step = np.floor((np.where(absent, 0, values) + np.float32(1)) * np.float32(0.5 * count))
    index = np.minimum(step, count - 1).astype(np.intp)
    np.copyto(block, palette[index], where=~absent)

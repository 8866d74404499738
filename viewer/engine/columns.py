"""From bins to columns: the least and greatest raw value in each pixel column.

`reduce_columns` is the fast path of the software renderer; the shader `trace.vert` does the same
arithmetic on the GPU, and ``tests/oracles`` holds a slow readable version of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.compute.bins import extremes_of
from viewer.engine.grid import RunView, first_bins
from viewer.engine.tiles import Tile, columns_of


@dataclass(frozen=True)
class Columns:
    """The columns of one run of samples.

    Attributes
    ----------
    x : ndarray of int
        Pixels of the viewport, rising; pixels without data are left out.
    low, high : ndarray of float32, shape (len(x), channels)
        Raw values, counted from the channel's pivot; NaN where all samples are. Neighbouring
        columns are widened to meet half way, so that steep flanks leave no gaps and an extremum
        is inked in its own column alone.
    """

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray


def reduce_columns(
    view: RunView,
    tiles: Sequence[Tile],
    channels: np.ndarray | slice,
    pivot: np.ndarray | float = 0.0,
) -> list[Columns]:
    """Reduce tiles to the columns of a view.

    Parameters
    ----------
    view : RunView
    tiles : sequence of Tile
        In rising order; some may be absent. Columns that need an absent tile are left out.
    channels : ndarray of int or slice
        Columns of the stream's chunks.
    pivot : ndarray of float64 or float
        Raw values, one for each of `channels`, from which values are counted.

    Returns
    -------
    list of Columns
        One for each unbroken stretch of tiles.
    """
    reduce = _interpolate if view.interpolated else _reduce
    out = []
    for stretch in _stretches(tiles):
        spans = [columns_of(view, tile.key) for tile in stretch]
        x = np.arange(spans[0][0], spans[-1][1])
        if not len(x):
            continue
        # Tile by tile: margins make a join needless, and what is worked on stays in the cache.
        parts = [
            reduce(view, tile, start, stop, channels, pivot)
            for tile, (start, stop) in zip(stretch, spans, strict=True)
            if start < stop
        ]
        low, high = zip(*parts, strict=True)
        out.append(Columns(x, _joined(low), _joined(high)))
    return out


def own_extremes(
    view: RunView, tile: Tile, x_start: int, x_stop: int, channels: np.ndarray | slice
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and greatest raw value of columns that start in a tile, not widened.

    Of less than a sample to a column, both are the sample nearest to the column's middle.

    Parameters
    ----------
    view : RunView
    tile : Tile
    x_start, x_stop : int
        Pixels of the viewport, half-open.
    channels : ndarray of int or slice
        Columns of the stream's chunks.

    Returns
    -------
    low, high : ndarray, shape (x_stop - x_start, channels)
        In the recording's own type.
    """
    if view.interpolated:
        middle = view.position(x_start, tile.first_bin) + view.spp * (
            np.arange(x_stop - x_start) + 0.5
        )
        index = np.clip(np.floor(middle + 0.5).astype(np.int64), 0, len(tile.data) - 1)
        nearest = _picked(tile.data[index], channels)
        return nearest, nearest
    k = np.arange(x_start, x_stop + 1) + view.first_column
    edges = np.clip(first_bins(k, view.spp, view.level), 0, view.bin_count) - tile.first_bin
    start = np.clip(edges[:-1], 0, len(tile.data) - 1)
    stop = np.clip(edges[1:], start + 1, len(tile.data))
    return _extremes(tile.data, start, stop, channels)


def relative(values: np.ndarray, pivot: np.ndarray | float) -> np.ndarray:
    """Return raw values less a pivot as float32, exact where values are of up to 24 bits.

    Parameters
    ----------
    values : ndarray, shape (..., channels)
    pivot : ndarray of float64, shape (channels,), or float
    """
    if values.dtype.itemsize <= 2:
        out = values.astype(np.float32)  # NumPy converts faster by itself than while subtracting
        out -= np.asarray(pivot, np.float32)
        return out
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float32 is beyond the screen
        return (values - np.asarray(pivot, np.float64)).astype(np.float32)


def _stretches(tiles: Sequence[Tile]) -> list[list[Tile]]:
    """Split tiles where one is absent."""
    out: list[list[Tile]] = []
    for tile in tiles:
        if out and out[-1][-1].key.number + 1 == tile.key.number:
            out[-1].append(tile)
        else:
            out.append([tile])
    return out


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _reduce(
    view: RunView,
    tile: Tile,
    x_start: int,
    x_stop: int,
    channels: np.ndarray | slice,
    pivot: np.ndarray | float,
) -> tuple[np.ndarray, np.ndarray]:
    """Take the extremes of each column's bins, of which a level gives it but a few."""
    # One column more on each side, to meet half way.
    k = np.arange(x_start - 1, x_stop + 2) + view.first_column
    edges = np.clip(first_bins(k, view.spp, view.level), 0, view.bin_count) - tile.first_bin
    start, stop = edges[:-1], edges[1:]
    empty = start >= stop  # beyond the ends of the recording
    start = np.clip(start, 0, len(tile.data) - 1)
    stop = np.clip(stop, start + 1, len(tile.data))
    low, high = _extremes(tile.data, start, stop, channels)
    if empty[0]:
        low[0], high[0] = low[1], high[1]
    if empty[-1]:
        low[-1], high[-1] = low[-2], high[-2]
    minimum, maximum = extremes_of(low.dtype)
    nearest_high = relative(minimum(high[:-2], high[2:]), pivot)
    nearest_low = relative(maximum(low[:-2], low[2:]), pivot)
    low, high = relative(low[1:-1], pivot), relative(high[1:-1], pivot)
    # Widen half way to neighbours that are not touched.
    for nearest, own, extreme in ((nearest_high, low, minimum), (nearest_low, high, maximum)):
        with np.errstate(over="ignore", invalid="ignore"):  # half way to infinity is no place
            nearest += own
        nearest *= np.float32(0.5)
        extreme(own, nearest, out=own)
    return low, high


def _extremes(
    bins: np.ndarray, start: np.ndarray, stop: np.ndarray, channels: np.ndarray | slice
) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and greatest value of bins ``[start, stop)`` for each channel asked for."""
    late = isinstance(channels, np.ndarray) and 2 * len(channels) > bins.shape[-1]
    if not late:
        offset = int(start[0])
        bins = _picked(bins[offset : int(stop[-1])], channels)
        start, stop = start - offset, stop - offset
    minimum, maximum = extremes_of(bins.dtype)
    pairs = bins.ndim == 3
    low = bins[:, 0][start] if pairs else bins[start]
    high = bins[:, 1][start] if pairs else low.copy()
    for more in range(1, int((stop - start).max())):
        # Columns with fewer bins take their last one again, which changes nothing.
        index = np.minimum(start + more, stop - 1)
        values = bins[:, 0][index] if pairs else bins[index]
        minimum(low, values, out=low)
        maximum(high, bins[:, 1][index] if pairs else values, out=high)
    # Of many channels, picking from two values a column is less than picking from all bins.
    return (_picked(low, channels), _picked(high, channels)) if late else (low, high)


def _picked(values: np.ndarray, channels: np.ndarray | slice) -> np.ndarray:
    """Return some channels, which lie along the last axis."""
    if isinstance(channels, slice):
        return values[..., channels]
    return np.take(values, channels, axis=-1)


def _interpolate(
    view: RunView,
    tile: Tile,
    x_start: int,
    x_stop: int,
    channels: np.ndarray | slice,
    pivot: np.ndarray | float,
) -> tuple[np.ndarray, np.ndarray]:
    """Take, for each column, the extremes of the line through the samples."""
    k = np.arange(x_start, x_stop + 1) + view.first_column
    edges = np.clip(k * view.spp, 0, view.run.size - 1)
    first = int(edges[0])
    last = min(int(edges[-1]) + 2, tile.last_bin)
    samples = tile.data[first - tile.first_bin : last - tile.first_bin]
    samples = relative(_picked(samples, channels), pivot)
    values = _line(samples, edges - first)
    # Next to a sample that is no number, what is there counts.
    low, high = np.fmin(values[:-1], values[1:]), np.fmax(values[:-1], values[1:])
    inner = np.ceil(edges[:-1])
    holds = np.flatnonzero(inner <= edges[1:])  # below one sample a pixel, at most one inside
    vertex = samples[(inner[holds] - first).astype(np.int64)]
    low[holds] = np.fmin(low[holds], vertex)
    high[holds] = np.fmax(high[holds], vertex)
    return low, high


def _line(samples: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Return the line through the samples at fractional positions, float32."""
    index = np.floor(position).astype(np.int64)
    after = np.minimum(index + 1, len(samples) - 1)
    share = (position - index).astype(np.float32)[:, np.newaxis]
    out, before = samples[after], samples[index]
    with np.errstate(invalid="ignore"):  # between infinities there is no line
        out -= before
        out *= share
        out += before
    return out

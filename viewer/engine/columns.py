"""From bins to columns: the least and greatest raw value in each pixel column.

`reduce_columns` is the fast path of the software renderer; the shader `trace.vert` does the same
arithmetic on the GPU, and ``tests/oracles`` holds a slow readable version of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import RunView, first_bins
from viewer.engine.tiles import Tile, columns_of, extremes_of


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
    out = []
    for stretch in _stretches(tiles):
        x = np.arange(columns_of(view, stretch[0].key)[0], columns_of(view, stretch[-1].key)[1])
        if len(x):
            bins, first_bin = _join(stretch, channels)
            reduce = _interpolate if view.interpolated else _reduce
            out.append(reduce(view, x, bins, first_bin, pivot))
    return out


def _stretches(tiles: Sequence[Tile]) -> list[list[Tile]]:
    """Split tiles where one is absent."""
    out: list[list[Tile]] = []
    for tile in tiles:
        if out and out[-1][-1].key.number + 1 == tile.key.number:
            out[-1].append(tile)
        else:
            out.append([tile])
    return out


def _join(tiles: Sequence[Tile], channels: np.ndarray | slice) -> tuple[np.ndarray, int]:
    """Return the bins of consecutive tiles as one array, margins counted once."""
    first_bin = bin_ = tiles[0].first_bin
    parts = []
    for tile in tiles:
        parts.append(tile.data[bin_ - tile.first_bin :, ..., channels])
        bin_ = tile.last_bin
    return (parts[0] if len(parts) == 1 else np.concatenate(parts)), first_bin


def _reduce(
    view: RunView, x: np.ndarray, bins: np.ndarray, first_bin: int, pivot: np.ndarray | float
) -> Columns:
    """Take the extremes of each column's bins; at most four, by level."""
    low_bins, high_bins = (bins, bins) if bins.ndim == 2 else (bins[:, 0], bins[:, 1])
    # One column more on each side, to meet half way.
    k = np.arange(x[0] - 1, x[-1] + 3) + view.first_column
    edges = np.clip(first_bins(k, view.spp, view.level), 0, view.bin_count) - first_bin
    start, stop = edges[:-1], edges[1:]
    empty = start >= stop  # beyond the ends of the recording
    start = np.clip(start, 0, len(bins) - 1)
    stop = np.clip(stop, start + 1, len(bins))
    low, high = low_bins[start], high_bins[start]
    minimum, maximum = extremes_of(bins.dtype)
    for more in range(1, int((stop - start).max())):
        # Columns with fewer bins take their last one again, which changes nothing.
        index = np.minimum(start + more, stop - 1)
        minimum(low, low_bins[index], out=low)
        maximum(high, high_bins[index], out=high)
    if empty[0]:
        low[0], high[0] = low[1], high[1]
    if empty[-1]:
        low[-1], high[-1] = low[-2], high[-2]
    low, high = _relative(low, pivot), _relative(high, pivot)
    # Widen all but the first and last column half way to neighbours they do not touch.
    nearest_high = minimum(high[:-2], high[2:])
    nearest_low = maximum(low[:-2], low[2:])
    low, high, half = low[1:-1], high[1:-1], np.float32(0.5)
    return Columns(
        x,
        minimum(low, (low + nearest_high) * half),
        maximum(high, (high + nearest_low) * half),
    )


def _relative(values: np.ndarray, pivot: np.ndarray | float) -> np.ndarray:
    """Return ``values - pivot`` as float32, exact where values are of up to 24 bits."""
    if values.dtype.itemsize <= 2:
        return values.astype(np.float32) - np.asarray(pivot, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float32 is beyond the screen
        return (values - np.asarray(pivot, np.float64)).astype(np.float32)


def _interpolate(
    view: RunView, x: np.ndarray, samples: np.ndarray, first: int, pivot: np.ndarray | float
) -> Columns:
    """Take, for each column, the extremes of the line through the samples."""
    k = x + view.first_column
    last = view.run.size - 1
    left = np.clip(k * view.spp, 0, last)
    right = np.clip((k + 1) * view.spp, 0, last)
    v_left = _line(samples, left - first, pivot)
    v_right = _line(samples, right - first, pivot)
    low, high = np.minimum(v_left, v_right), np.maximum(v_left, v_right)
    inner = np.ceil(left)
    holds = np.flatnonzero(inner <= right)  # below one sample a pixel, at most one inside
    vertex = _relative(samples[(inner[holds] - first).astype(np.int64)], pivot)
    low[holds] = np.minimum(low[holds], vertex)
    high[holds] = np.maximum(high[holds], vertex)
    return Columns(x, low, high)


def _line(samples: np.ndarray, position: np.ndarray, pivot: np.ndarray | float) -> np.ndarray:
    """Return the line through the samples at fractional positions, float32."""
    index = np.floor(position).astype(np.int64)
    after = np.minimum(index + 1, len(samples) - 1)
    share = (position - index).astype(np.float32)[:, np.newaxis]
    before, following = _relative(samples[index], pivot), _relative(samples[after], pivot)
    with np.errstate(invalid="ignore"):  # between infinities there is no line
        return before + share * (following - before)

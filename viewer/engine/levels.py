"""Levels of detail: how many samples a bin has, and bins from samples or from finer bins.

Level 0 is the samples themselves. A bin of level n > 0 holds ``3 * 2**(n-1)`` samples: 3, 6, 12,
24, 48, 96 ... Three times a power of two, because then the finest level worth keeping on disk, of
96 samples, serves every zoom from 192 samples a pixel on and all levels together are 2.8 % of the
recording; with powers of two it would be 64 samples and 4.2 %, or 128 and twice as much to read at
the widest zoom that has to be served from the samples.
"""

import math

import numpy as np

from rawio.files import aligned_empty

LEAST_BINS = 2
"""Bins to a column at least, where a column holds enough samples: an extremum drawn in the column
of its bin's middle then lies at most a quarter of a pixel beside that column."""

RAW_LIMIT = 3 * LEAST_BINS
"""Below this many samples to a column, level 0 serves."""

PIECE_BYTES = 768 << 10
"""Samples to reduce at a time: with what is made of them, they fit a processor's cache."""


def bin_samples(level: int) -> int:
    """Return how many samples a bin of `level` holds."""
    return 3 << (level - 1) if level else 1


def level_of(spp: float) -> int:
    """Return the level for `spp` samples per pixel: the coarsest with `LEAST_BINS` to a column."""
    return 0 if spp < RAW_LIMIT else math.floor(math.log2(spp / 3))


def bin_count(size: int, level: int) -> int:
    """Return how many bins `size` samples have; the last may be short."""
    return -(-size // bin_samples(level))


def extremes_of(dtype: np.dtype) -> tuple[np.ufunc, np.ufunc]:
    """Return the functions of least and greatest for a type: those of floats pass over NaN."""
    return (np.fmin, np.fmax) if dtype.kind == "f" else (np.minimum, np.maximum)


def minmax(samples: np.ndarray, count: int, out: np.ndarray | None = None) -> np.ndarray:
    """Return the least and greatest value of each bin of `count` samples.

    Parameters
    ----------
    samples : ndarray, shape (n, channels)
        C-contiguous.
    count : int
        Samples of a bin; the last bin takes what is left.
    out : ndarray, shape (ceil(n / count), 2, channels), or None
        Where to write.

    Returns
    -------
    ndarray, shape (ceil(n / count), 2, channels)
        In the dtype of `samples`. Samples that are NaN do not count; a bin of nothing else is NaN.
    """
    return _reduce(samples, samples, count, out)


def coarser(bins: np.ndarray, factor: int, out: np.ndarray | None = None) -> np.ndarray:
    """Return bins `factor` times as wide.

    Parameters
    ----------
    bins : ndarray, shape (n, 2, channels)
    factor : int
    out : ndarray, shape (ceil(n / factor), 2, channels), or None

    Returns
    -------
    ndarray, shape (ceil(n / factor), 2, channels)
    """
    if factor == 1 and out is None:
        return bins
    return _reduce(bins[:, 0], bins[:, 1], factor, out)


def _reduce(low: np.ndarray, high: np.ndarray, count: int, out: np.ndarray | None) -> np.ndarray:
    n, channels = low.shape
    whole, rest = divmod(n, count)
    if out is None:
        out = aligned_empty((whole + bool(rest), 2, channels), low.dtype)
    for side, values, reducer in zip((0, 1), (low, high), extremes_of(low.dtype), strict=True):
        if whole:
            _reduce_whole(values[: whole * count], count, reducer, out[:whole, side])
        if rest:
            reducer.reduce(values[whole * count :], axis=0, out=out[whole, side])
    return out


def _reduce_whole(values: np.ndarray, count: int, reducer: np.ufunc, out: np.ndarray) -> None:
    """Reduce bins of `count` rows each.

    ``reduce`` over a reshaped view of time-major data runs row by row, and a row is short. So the
    halves of every bin are folded onto each other first, over and over: all loops are then over
    contiguous memory, and what is left to do row by row is a thirtieth.
    """
    bins, channels = len(out), values.shape[1]
    if channels > 1 and values.flags.c_contiguous:
        while count % 2 == 0:
            count //= 2
            halves = values.reshape(bins, 2, count * channels)
            values = reducer(halves[:, 0], halves[:, 1])
    reducer.reduce(values.reshape(bins, count, channels), axis=1, out=out)

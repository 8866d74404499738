"""Bins: the least and greatest value of so many samples, from samples or from finer bins."""

import numpy as np

from rawio.files import aligned_empty

LONG_ROW = 256
"""Values in a row from which on NumPy's loops cost little beside the arithmetic in them."""

FEW_CHANNELS = 16
"""With so many or fewer, halving bins over and over is still faster."""

PIECE_BYTES = 768 << 10
"""Samples to reduce at a time: with what is made of them, they fit a processor's cache."""


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

    ``reduce`` over a reshaped view of time-major data runs row by row, which is slow where rows are
    short. Then parts of every bin are folded onto each other first, so that all but a fraction of
    the work is loops over long contiguous memory.
    """
    bins, channels = len(out), values.shape[1]
    while channels > 1 and values.flags.c_contiguous:
        fold = _fold(count, channels)
        if fold == 1:
            break
        count //= fold
        parts = values.reshape(bins, fold, count * channels)
        two = fold == 2  # which NumPy does faster than to reduce two
        values = reducer(parts[:, 0], parts[:, 1]) if two else reducer.reduce(parts, axis=1)
        values = values.reshape(bins * count, channels)
    reducer.reduce(values.reshape(bins, count, channels), axis=1, out=out)


def _fold(count: int, channels: int) -> int:
    """Return how many parts of a bin of `count` rows to fold onto each other; 1 for none.

    As many as leave long parts. Every fold is a step more in which a thread gives Python's lock
    away and waits to have it back, so only with few channels is it done over and over.
    """
    if channels >= LONG_ROW:
        return 1
    folds = [n for n in range(2, count) if count % n == 0 and count // n * channels >= LONG_ROW]
    if folds:
        return max(folds)
    return 2 if channels <= FEW_CHANNELS and count % 2 == 0 else 1

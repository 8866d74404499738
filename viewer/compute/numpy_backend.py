"""`NumpyBackend`: the kernels on the CPU, with NumPy and SciPy."""

import os
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from rawio.threads import run_together, shares
from viewer.compute.backend import ReferenceKind, Sign
from viewer.compute.bins import coarser, minmax
from viewer.compute.spikes import spikes_of

MAD_TO_SD = 1.4826
"""Standard deviation of a normal distribution by its median absolute deviation."""

PIECE = 1 << 18
"""Values worked on at a time: what is made of them in float64 mostly fits a processor's cache."""

SHARE = 1 << 19
"""Values that are worth a thread of their own."""


class NumpyBackend:
    """Kernels over blocks of samples in the CPU's memory; see `viewer.compute.backend.Backend`.

    A few threads share a large block, and each has temporary arrays of a few megabytes, however
    large the block is; `detect` has some for each sample beyond the threshold besides. NumPy and
    SciPy give Python's lock away in all that takes long.
    """

    name = "numpy"

    def __init__(self) -> None:
        self.device = f"CPU, {os.cpu_count() or 1} cores"

    def upload(self, array: np.ndarray) -> np.ndarray:
        """Return the array itself."""
        return array

    def download(self, array: np.ndarray) -> np.ndarray:
        """Return the array itself."""
        return array

    def minmax(self, samples: np.ndarray, count: int) -> np.ndarray:
        """Return the least and greatest value of each bin of `count` samples."""
        return minmax(samples, count)

    def coarser(self, bins: np.ndarray, factor: int) -> np.ndarray:
        """Return bins, shape (n, 2, channels), `factor` times as wide."""
        return coarser(bins, factor)

    def scale(self, raw: np.ndarray, gain: np.ndarray, offset: np.ndarray) -> np.ndarray:
        """Return ``raw * gain + offset`` for each channel, float32."""
        out = np.empty(raw.shape, np.float32)
        gain, offset = in_type(scaling_type(raw.dtype), gain, offset)
        wide = gain.dtype != out.dtype

        def some(a: int, b: int) -> None:
            product = None if wide else out[a:b]
            product = np.multiply(raw[a:b], gain, out=product, casting="unsafe")
            np.add(product, offset, out=out[a:b], casting="unsafe")

        _share_rows(some, raw.shape)
        return out

    def reference(
        self, x: np.ndarray, kind: ReferenceKind, groups: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Return `x` less, in each group of channels, their average or median at each sample."""
        out = np.empty_like(x)
        columns = [_columns(np.asarray(group)) for group in groups if len(group)]
        centre = _median if kind == "median" else _average

        def some(a: int, b: int) -> None:
            out[a:b] = x[a:b]
            for these in columns:
                members = _taken(x[a:b], these)
                out[a:b, these] = members - centre(members)

        _share_rows(some, x.shape)
        return out

    def sosfilt(
        self, x: np.ndarray, sos: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Filter along time with second-order sections, forwards, from a state to a state."""
        from scipy.signal import sosfilt

        y, after = np.empty_like(x), np.array(state, np.float64)
        sos = np.array(sos, np.float64)  # SciPy wants one that can be written to

        def some(first: int, last: int) -> None:
            # SciPy turns its input to channel-major float64 and back: piece by piece in the cache.
            for a, b in _pieces(0, len(x), last - first):
                y[a:b, first:last], after[:, :, first:last] = sosfilt(
                    sos, x[a:b, first:last], axis=0, zi=after[:, :, first:last]
                )

        least = -(-SHARE // max(1, len(x)))
        run_together([partial(some, *part) for part in shares(x.shape[1], least)])
        return y, after

    def noise(self, x: np.ndarray) -> np.ndarray:
        """Return the standard deviation of each channel, float64, by its median deviation."""
        out = np.empty(x.shape[1])

        def some(first: int, last: int) -> None:
            for a, b in _pieces(first, last, len(x)):
                for channel, values in enumerate(np.ascontiguousarray(x[:, a:b].T), a):
                    out[channel] = MAD_TO_SD * _median_deviation(values)

        least = -(-SHARE // max(1, len(x)))
        run_together([partial(some, *part) for part in shares(x.shape[1], least)])
        return out

    def detect(
        self, x: np.ndarray, threshold: np.ndarray, sign: Sign, dead_time: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes: the extremum of each excursion beyond a threshold."""
        threshold = np.asarray(threshold, np.float32)
        found = [(np.empty(0, np.int64), np.empty(0, np.float32))]
        for a, b in _pieces(0, *x.shape):
            at = np.flatnonzero(_beyond(x[a:b], threshold, sign))
            found.append((at + a * x.shape[1], x[a:b].ravel()[at]))
        places, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
        samples, channels = np.divmod(places, max(1, x.shape[1]))
        order = np.argsort(channels, kind="stable")
        return spikes_of(channels[order], samples[order], values[order], dead_time)


def scaling_type(raw: np.dtype) -> np.dtype:
    """Return the type to scale raw values in: float32 where it holds each of them exactly."""
    exact = raw.itemsize <= 2 or raw == np.float32
    return np.dtype(np.float32 if exact else np.float64)


def in_type(dtype: np.dtype, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return arrays in a type; what is beyond its range becomes infinite."""
    with np.errstate(over="ignore"):
        return [np.asarray(array).astype(dtype) for array in arrays]


def _pieces(start: int, stop: int, width: int) -> list[tuple[int, int]]:
    """Return (start, stop) of pieces of `PIECE` values, of rows that have `width` each."""
    step = max(1, PIECE // max(1, width))
    return [(a, min(a + step, stop)) for a in range(start, stop, step)]


def _share_rows(some: Callable[[int, int], None], shape: tuple[int, ...]) -> None:
    """Call ``some(start, stop)`` for pieces of all rows, in a few threads where that pays."""
    rows, width = shape

    def work(start: int, stop: int) -> None:
        with np.errstate(all="ignore"):  # set in each thread: infinite values are not an error
            for piece in _pieces(start, stop, width):
                some(*piece)

    run_together([partial(work, *part) for part in shares(rows, -(-SHARE // max(1, width)))])


def _columns(group: np.ndarray) -> np.ndarray | slice:
    """Return a group as a slice, which is a view, if its channels follow each other."""
    if (np.diff(group) == 1).all():
        return slice(int(group[0]), int(group[-1]) + 1)
    return group


def _taken(x: np.ndarray, columns: np.ndarray | slice) -> np.ndarray:
    if isinstance(columns, slice):
        return x[:, columns]
    return np.take(x, columns, axis=1)  # which is four times as fast as ``x[:, columns]``


def _average(members: np.ndarray) -> np.ndarray:
    """Return the average of each row, shape (rows, 1), summed in float64, without NaN."""
    wide = members.astype(np.float64)
    total = wide.sum(axis=1, keepdims=True)
    count: np.ndarray | int = members.shape[1]
    if np.isnan(total).any():
        total = np.nansum(wide, axis=1, keepdims=True)
        count = (~np.isnan(wide)).sum(axis=1, keepdims=True)
    return (total / count).astype(members.dtype)


def _median(members: np.ndarray) -> np.ndarray:
    """Return the median of each row, shape (rows, 1), without NaN.

    Sorting takes NumPy less time than partitioning short rows, and puts NaN at the end.
    """
    ordered = np.sort(members, axis=1)
    count = np.full((len(members), 1), members.shape[1])
    if np.isnan(ordered[:, -1]).any():
        count = np.maximum(1, (~np.isnan(ordered)).sum(axis=1, keepdims=True))
    low = np.take_along_axis(ordered, (count - 1) // 2, axis=1).astype(np.float64)
    high = np.take_along_axis(ordered, count // 2, axis=1)
    return ((low + high) / 2).astype(members.dtype)


def _median_deviation(values: np.ndarray) -> float:
    """Return the median of ``|values - median(values)|``, of what is not NaN; NaN of nothing."""
    values = values[~np.isnan(values)]
    if not len(values):
        return np.nan
    return _middle(np.abs(values - values.dtype.type(_middle(values))))


def _middle(values: np.ndarray) -> float:
    half = len(values) // 2
    parted = np.partition(values, half)
    below = parted[half] if len(values) % 2 else parted[:half].max()
    return (float(below) + float(parted[half])) / 2


def _beyond(x: np.ndarray, threshold: np.ndarray, sign: Sign) -> np.ndarray:
    if sign == "negative":
        return x < -threshold
    if sign == "positive":
        return x > threshold
    return np.abs(x) > threshold

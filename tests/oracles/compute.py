"""Slow, readable versions of what the backends compute: plain loops over channels and samples.

Nothing here is shared with the code under test. NaN stands for a value that is not there.
"""

import math
from statistics import median

import numpy as np


def minmax(samples: np.ndarray, count: int) -> np.ndarray:
    """Return the least and greatest of each `count` samples, shape (bins, 2, channels)."""
    starts = range(0, len(samples), count)
    out = np.empty((len(starts), 2, samples.shape[1]), samples.dtype)
    for row, start in enumerate(starts):
        for channel, column in enumerate(samples[start : start + count].T):
            values = _numbers(column) or [np.nan]
            out[row, :, channel] = min(values), max(values)
    return out


def scale(raw: np.ndarray, gain: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return ``raw * gain + offset``, float64."""
    out = np.empty(raw.shape)
    for at, value in np.ndenumerate(raw):
        out[at] = float(value) * float(gain[at[1]]) + float(offset[at[1]])
    return out


def reference(x: np.ndarray, kind: str, groups: list[np.ndarray]) -> np.ndarray:
    """Return `x` less each group's average or median at each sample, float64."""
    out = x.astype(np.float64)
    for group in groups:
        for row in range(len(x)):
            values = _numbers(x[row, group])
            if values:
                centre = median(values) if kind == "median" else math.fsum(values) / len(values)
                for channel in group:
                    out[row, channel] = float(x[row, channel]) - centre
    return out


def sosfilt(x: np.ndarray, sos: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `x` filtered forwards and the state after it: direct form II, transposed, float64."""
    y, state = x.astype(np.float64), state.astype(np.float64)
    for row in y:
        for (b0, b1, b2, _, a1, a2), delays in zip(sos, state, strict=True):
            for channel, value in enumerate(row):
                row[channel] = out = b0 * value + delays[0, channel]
                delays[0, channel] = b1 * value - a1 * out + delays[1, channel]
                delays[1, channel] = b2 * value - a2 * out
    return y, state


def noise(x: np.ndarray) -> np.ndarray:
    """Return 1.4826 times the median absolute deviation of each channel; NaN of no values."""
    out = np.full(x.shape[1], np.nan)
    for channel, column in enumerate(x.T):
        values = _numbers(column)
        if values:
            middle = median(values)
            out[channel] = 1.4826 * median(abs(value - middle) for value in values)
    return out


def detect(
    x: np.ndarray, threshold: np.ndarray, sign: str, dead_time: int
) -> list[tuple[int, int]]:
    """Return (sample, channel) of each spike, in order."""
    out = []
    for channel, column in enumerate(x.T):
        kept: list[int] = []
        for at in _extrema(column, threshold[channel], sign):
            if not kept or at - kept[-1] > dead_time:
                kept.append(at)
            elif abs(column[at]) > abs(column[kept[-1]]):
                kept[-1] = at
        out += [(at, channel) for at in kept]
    return sorted(out)


def _extrema(column: np.ndarray, threshold: float, sign: str) -> list[int]:
    """Return the sample of each excursion's extremum, in order of time."""
    out, side_before = [], 0
    for at, value in enumerate(column):
        side = 0
        if value < -threshold and sign in ("negative", "both"):
            side = -1
        if value > threshold and sign in ("positive", "both"):
            side = 1
        if side and side != side_before:
            out.append(at)
        elif side and abs(value) > abs(column[out[-1]]):
            out[-1] = at
        side_before = side
    return out


def _numbers(values: np.ndarray) -> list:
    """Return the values that are not NaN, in Python's own arithmetic."""
    return [value for value in values.tolist() if value == value]

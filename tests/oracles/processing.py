"""What a chain of steps makes of a whole segment, done in one go with SciPy's own filters.

Nothing here is shared with the code under test, save the steps themselves, which are only read.
"""

import math

import numpy as np
from scipy import signal

HOLD = 1024


def whole(raw, gain, offset, rate, steps, groups=()) -> np.ndarray:
    """Return a segment, float64, after all steps, each done to all of it before the next.

    Parameters
    ----------
    raw : ndarray, shape (samples, channels)
    gain, offset : float or ndarray, shape (channels,)
    rate : float
    steps : sequence of steps
    groups : sequence of list of int
        Columns of each group of a reference.
    """
    x = filled(raw.astype(np.float64)) * gain + offset
    missing = ~np.isfinite(raw)
    for step in steps:
        x = (
            referenced(x, missing, step.kind, groups)
            if hasattr(step, "kind")
            else run(x, step, rate)
        )
    x[missing] = np.nan
    return x


def run(x: np.ndarray, step, rate: float) -> np.ndarray:
    """Filter forwards from rest at the first sample; then backwards from rest at the last."""
    sections = sections_of(step, rate)
    rest = signal.sosfilt_zi(sections)[:, :, np.newaxis]
    y, _ = signal.sosfilt(sections, x, axis=0, zi=rest * x[0])
    if step.causal:
        return y
    z, _ = signal.sosfilt(sections, y[::-1], axis=0, zi=rest * y[-1])
    return z[::-1].copy()


def sections_of(step, rate: float) -> np.ndarray:
    """Return the second-order sections of a step."""
    kind = type(step).__name__
    if kind == "Notch":
        ends = 1 + 1 / (2 * step.quality)  # of a gap, over its frequency
        multiples = [
            k * step.frequency
            for k in range(1, step.harmonics + 1)
            if k == 1 or k * step.frequency * ends < rate / 2
        ]
        peaks = [signal.iirnotch(f, step.quality, fs=rate) for f in multiples]
        return np.array([[*b, *a] for b, a in peaks])
    corners = (step.low, step.high) if kind == "BandPass" else step.cutoff
    return signal.butter(step.order, corners, kind.lower(), output="sos", fs=rate)


def referenced(x: np.ndarray, missing: np.ndarray, kind: str, groups) -> np.ndarray:
    """Subtract what a group has in common, also from what stands for missing values.

    Those do not count, but where a whole group is missing.
    """
    out = x.copy()
    for group in groups:
        centre_of = np.median if kind == "median" else np.mean
        for row in range(len(x)):
            there = [channel for channel in group if not missing[row, channel]]
            out[row, group] = x[row, group] - centre_of(x[row, there or group])
    return out


def filled(x: np.ndarray) -> np.ndarray:
    """Return samples with the last good value, or else the next, or else 0, for missing ones."""
    out = x.copy()
    for channel, column in enumerate(x.T):
        good = [i for i, value in enumerate(column) if math.isfinite(value)]
        for i in np.flatnonzero(~np.isfinite(column)).tolist():
            before = [g for g in good if i - HOLD <= g < i]
            after = [g for g in good if i < g <= i + HOLD]
            out[i, channel] = column[before[-1]] if before else column[after[0]] if after else 0.0
    return out

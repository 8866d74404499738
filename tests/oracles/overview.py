"""Slow, readable extremes of columns over a whole recording, from all its samples."""

from fractions import Fraction
from math import floor

import numpy as np


def column_extremes(runs, t_left, t_right, width, bin_samples=1):
    """Return (low, high) of each column that runs reach, by channel.

    Parameters
    ----------
    runs : list of (float, int, ndarray)
        Start in seconds, sampling rate in hertz, and samples of shape (n, channels).
    t_left, t_right : float
        Seconds at the left edge of the first column and the right edge of the last.
    width : int
        Columns.
    bin_samples : int
        Samples lie in the column of the middle of their bin of so many; if 1, in their own; in any
        case in one that the run reaches.

    Returns
    -------
    dict of int to (ndarray, ndarray)
    """
    found: dict[int, list[np.ndarray]] = {}
    step = (Fraction(t_right) - Fraction(t_left)) / width
    for start, rate, samples in runs:
        begin = (Fraction(start) - Fraction(t_left)) / step
        end = begin + Fraction(len(samples), rate) / step
        first = floor(begin)
        stop = max(first + 1, -floor(-end))
        held: dict[int, list[tuple[int, np.ndarray]]] = {}
        for i, sample in enumerate(samples):
            place = Fraction(i)
            if bin_samples > 1:
                place = (i // bin_samples + Fraction(1, 2)) * bin_samples
            column = min(floor(begin + place / rate / step), stop - 1)
            held.setdefault(column, []).append((i, sample))
        bins = [samples[i : i + bin_samples] for i in range(0, len(samples), bin_samples)]
        for column in range(first, stop):
            own = [sample for _, sample in held.get(column, [])]
            if not own:  # the bin before it, or the first of all
                before = [i for x in held if x <= column for i, _ in held[x]]
                own = list(bins[max(before, default=0) // bin_samples])
            found.setdefault(min(column, width - 1), []).extend(own)
    return {x: (np.min(rows, axis=0), np.max(rows, axis=0)) for x, rows in found.items()}

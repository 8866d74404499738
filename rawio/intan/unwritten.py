"""Zeros at the end of a recording: room that was reserved, and not filled when the program died."""

from collections.abc import Callable

import numpy as np

PROBES = 64


def first_unwritten(is_zero: Callable[[int], bool], count: int) -> int:
    """Return from where on things are zeros up to the last of them; `count` if it is not.

    Parameters
    ----------
    is_zero : callable
        Tells of a thing, by its number, whether it is zeros. No thing that was written may be.
    count : int
        Number of things.
    """
    if not count or not is_zero(count - 1):
        return count
    low, high = -1, count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if is_zero(middle):
            high = middle
        else:
            low = middle
    # A hole further ahead would have led the search astray.
    probes = np.unique(np.linspace(high, count - 1, PROBES).astype(np.int64))
    return high if all(is_zero(probe) for probe in probes.tolist()) else count

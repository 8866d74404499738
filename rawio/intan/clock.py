"""When samples were taken: the runs in which the recorder's sample counter goes up by one.

Each sample has a timestamp, a 32-bit count of samples that wraps around after a day or two.
Reading all of them would mean to read the whole file, so only some are (see `rawio.counting`).
"""

from dataclasses import dataclass

import numpy as np

from rawio import counting
from rawio.counting import ReadNumbers

COARSE_SAMPLES = 1 << 16
MOST_PROBES = 100_000
"""Timestamps are looked at so far apart, or further, so that looks are no more than so many."""

FINE_SAMPLES = 4096
"""From here on all timestamps between two are read."""

MOST_BREAKS = 10_000
"""More jumps than this are no gaps of a recording; the counter is of no use."""

HALF_TURN = 1 << 31
"""Steps of the counter further than this are backward."""


@dataclass(frozen=True)
class Runs:
    """Stretches of samples that follow each other without a gap, in the order of the file.

    Attributes
    ----------
    first : ndarray of int64, shape (n_runs,)
        First sample of each.
    tick : ndarray of int64, shape (n_runs,)
        Its timestamp, where the 32-bit count wrapped around made to go on.
    """

    first: np.ndarray
    tick: np.ndarray

    @classmethod
    def single(cls, tick: int) -> "Runs":
        """Return one run from sample 0 on."""
        return cls(np.zeros(1, np.int64), np.array([tick], np.int64))


def find_runs(read: ReadNumbers, size: int) -> Runs | None:
    """Return the runs of `size` samples, at least one; None if jumps are too many.

    Parameters
    ----------
    read : callable
        Gives timestamps as they are stored, int32 or uint32.
    size : int
        Number of timestamps, at least 1.
    """
    apart = max(COARSE_SAMPLES, -(-size // MOST_PROBES))
    found = counting.find_runs(read, size, leaf=FINE_SAMPLES, most=MOST_BREAKS, apart=apart)
    if found is None:
        return None
    first, stored = found
    within = np.diff(first) - 1  # from the first sample of a run to its last
    step = np.diff(stored) - within
    step = ((step + HALF_TURN) & (2 * HALF_TURN - 1)) - HALF_TURN  # 32 bits of it
    return Runs(first, stored[0] + np.append(0, np.cumsum(within + step)))

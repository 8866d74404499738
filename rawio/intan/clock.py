"""When samples were taken: the runs in which the recorder's sample counter goes up by one.

Each sample has a timestamp, a 32-bit count of samples that wraps around after a day or two.
Reading all of them would mean to read the whole file, so they are looked at far apart and looked
for closer only where the count between two does not fit; what is lost at one place and gained back
before the next look goes unseen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

COARSE_SAMPLES = 1 << 16
MOST_PROBES = 100_000
FINE_SAMPLES = 4096
"""From here on all timestamps between two are read."""

MOST_BREAKS = 10_000
"""More jumps than this are no gaps of a recording; the counter is of no use."""

ReadTimes = Callable[[int, int], np.ndarray]
"""Gives timestamps `i_start` to `i_stop` as they are stored, int32 or uint32, 1-D."""


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


def find_runs(read: ReadTimes, size: int) -> Runs | None:
    """Return the runs of `size` samples, at least one; None if jumps are too many.

    Parameters
    ----------
    read : callable
    size : int
        Number of timestamps, at least 1.
    """
    breaks = _find_breaks(read, size)
    if breaks is None:
        return None
    first = [0, *breaks]
    tick = [int(read(0, 1)[0])]
    for before, at in zip(first, breaks, strict=False):
        last = tick[-1] + at - 1 - before
        before_it, there = _counts(read(at - 1, at + 1)).tolist()
        step = (there - before_it) & 0xFFFFFFFF  # wraps around as the counter does
        tick.append(last + (step if step < 1 << 31 else step - (1 << 32)))
    return Runs(np.array(first, np.int64), np.array(tick, np.int64))


def _counts(stored: np.ndarray) -> np.ndarray:
    return stored.view(np.uint32)


def _find_breaks(read: ReadTimes, size: int) -> list[int] | None:
    """Return the samples that do not follow the one before them, rising."""
    apart = max(COARSE_SAMPLES, -(-size // MOST_PROBES))
    places = np.unique(np.append(np.arange(0, size, apart, dtype=np.int64), size - 1)).tolist()
    values = [int(_counts(read(at, at + 1))[0]) for at in places]
    breaks: list[int] = []
    todo = [
        (a, b, va, vb)
        for a, b, va, vb in zip(places, places[1:], values, values[1:], strict=False)
        if not _fits(a, b, va, vb)
    ]
    todo.reverse()
    while todo:
        a, b, va, vb = todo.pop()
        if b - a <= FINE_SAMPLES:
            steps = np.diff(_counts(read(a, b + 1)))
            breaks += (a + 1 + np.flatnonzero(steps != 1)).tolist()
            if len(breaks) > MOST_BREAKS:
                return None
            continue
        middle = (a + b) // 2
        vm = int(_counts(read(middle, middle + 1))[0])
        halves = [(middle, b, vm, vb), (a, middle, va, vm)]
        todo += [half for half in halves if not _fits(*half)]
    return breaks


def _fits(a: int, b: int, value_a: int, value_b: int) -> bool:
    """Return whether the count from sample `a` to `b` is what it should be, 32 bits of it."""
    return (value_b - value_a - (b - a)) & 0xFFFFFFFF == 0

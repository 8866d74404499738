"""Edges of digital lines, found when they are asked for.

Lines are sampled like signals, so their edges are known only once their words have been read. They
are looked for in slabs of samples, those that a call needs; what was found is kept up to a number
of bytes, counts for good. A second call is thus cheap, and a view of a part of the recording reads
no more than that part.

Once the bytes are used up only the last few slabs are kept besides: to drop the oldest would be of
no use to who asks for the whole recording again and again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SLAB_SAMPLES = 1 << 17
KEPT_BYTES = 128 << 20
"""Of all lines of a recording: 16 million edges."""

RECENT_SLABS = 4


class _Found(NamedTuple):
    """Edges of a slab: samples from its start, the lines that changed, and the word then."""

    offset: np.ndarray  # int32
    changed: np.ndarray  # uint16
    word: np.ndarray  # uint16

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self)


class EdgeFinder:
    """Edges of up to 16 lines that are sampled together. May be used by several threads.

    Parameters
    ----------
    read : callable
        Gives words `i_start` to `i_stop`, uint16, 1-D.
    size : int
        Number of words.
    mask : int
        The bits that are lines of interest.
    budget : int
        Bytes of edges to keep.
    """

    def __init__(
        self, read: Callable[[int, int], np.ndarray], size: int, mask: int, budget: int
    ) -> None:
        self._read, self.size, self._mask = read, size, np.uint16(mask)
        self._budget = budget
        self._forget()

    def count(self, bit: int, first: int, stop: int) -> int:
        """Return the number of edges of a line in samples `first` to `stop`."""
        stop = min(stop, self.size)
        total = 0
        for slab in _slabs(first, stop):
            start = slab * SLAB_SAMPLES
            if first <= start and stop >= min(start + SLAB_SAMPLES, self.size):
                total += self._counts_of(slab)[bit]
            else:
                total += len(self._in_slab(slab, bit, first, stop)[0])
        return total

    def find(self, bit: int, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of a line in samples `first` to `stop`.

        Returns
        -------
        at : ndarray of int64
            The first sample in the new state, rising.
        high : ndarray of bool
            Whether that state is high.
        """
        stop = min(stop, self.size)
        parts = [self._in_slab(slab, bit, first, stop) for slab in _slabs(first, stop)]
        if not parts:
            return np.empty(0, np.int64), np.empty(0, bool)
        at, high = zip(*parts, strict=True)
        return np.concatenate(at), np.concatenate(high)

    def _in_slab(self, slab: int, bit: int, first: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        found, line = self._slab(slab), np.uint16(1 << bit)
        mine = np.flatnonzero(found.changed & line)
        at = found.offset[mine] + np.int64(slab * SLAB_SAMPLES)
        wanted = (at >= first) & (at < stop)
        return at[wanted], (found.word[mine[wanted]] & line) != 0

    def _counts_of(self, slab: int) -> list[int]:
        counts = self._counts.get(slab)
        if counts is None:
            self._slab(slab)
            counts = self._counts[slab]
        return counts

    def _slab(self, slab: int) -> _Found:
        with self._lock:
            found = self._kept.get(slab) or self._recent.get(slab)
        if found is not None:
            return found
        found = self._scan(slab)
        counts = [int(np.count_nonzero(found.changed & np.uint16(1 << b))) for b in range(16)]
        with self._lock:
            self._counts[slab] = counts
            if slab in self._kept:
                return found
            if self._bytes + found.nbytes <= self._budget:
                self._kept[slab] = found
                self._bytes += found.nbytes
            else:
                self._recent[slab] = found
                while len(self._recent) > RECENT_SLABS:
                    self._recent.popitem(last=False)
        return found

    def _scan(self, slab: int) -> _Found:
        """Read a slab, and the word before it, for the edges in it."""
        start = slab * SLAB_SAMPLES
        before = max(0, start - 1)
        words = self._read(before, min(start + SLAB_SAMPLES, self.size)) & self._mask
        changed = words[1:] ^ words[:-1]
        at = np.flatnonzero(changed)
        return _Found((at + (before + 1 - start)).astype(np.int32), changed[at], words[at + 1])

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, _Found] = {}
        self._recent: OrderedDict[int, _Found] = OrderedDict()
        self._counts: dict[int, list[int]] = {}
        self._bytes = 0

    def __getstate__(self) -> dict[str, object]:
        names = ("_read", "size", "_mask", "_budget")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._forget()


def _slabs(first: int, stop: int) -> range:
    if stop <= first:
        return range(0)
    return range(first // SLAB_SAMPLES, (stop - 1) // SLAB_SAMPLES + 1)

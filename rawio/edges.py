"""Where bits of words turn over: the edges of digital lines that are sampled like signals.

Edges are known only once the words have been read. They are looked for when they are asked for, in
slabs of samples, those that a call needs; what was found is kept up to a number of bytes, counts
for good. A second call is thus cheap, and a view of a part of the recording reads no more than that
part.

Once the bytes are used up only the last few slabs are kept besides: to drop the oldest would be of
no use to who asks for the whole recording again and again.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from rawio.locks import Lock

LINES = 16
"""Bits of a word."""

KEPT_BYTES = 128 << 20
"""Of a recording: 16 million edges."""

RECENT_SLABS = 4


class Changes(NamedTuple):
    """The rows of a slab whose word differs from the one before.

    Attributes
    ----------
    offset : ndarray of uint32, shape (n,)
        Rows since the start of the slab, rising.
    turned : ndarray of uint16, shape (n,)
        The bits that turned over.
    word : ndarray of uint16, shape (n,)
        What the word changed to.
    counts : ndarray of int64, shape (16,)
        How often each bit turned over.
    """

    offset: np.ndarray
    turned: np.ndarray
    word: np.ndarray
    counts: np.ndarray

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(part.nbytes for part in self)


class Budget:
    """Bytes that the finders of a recording may keep together. May be used by several threads.

    Parameters
    ----------
    nbytes : int
    """

    def __init__(self, nbytes: int = KEPT_BYTES) -> None:
        self._nbytes, self.used = nbytes, 0
        self._lock = Lock()

    def take(self, nbytes: int) -> bool:
        """Return whether so many more bytes may be kept; then they count as used."""
        with self._lock:
            if self.used + nbytes > self._nbytes:
                return False
            self.used += nbytes
        return True

    def give_back(self, nbytes: int) -> None:
        """Take back that bytes are used."""
        with self._lock:
            self.used -= nbytes

    def __getstate__(self) -> dict[str, Any]:
        return {"nbytes": self._nbytes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


class EdgeFinder:
    """Edges of lines that are bits of one or several words. May be used by several threads.

    Parameters
    ----------
    read : callable
        Gives words of rows `start` to `stop`, uint16, shape (n, n_words).
    size : int
        Number of rows.
    step : int
        Rows of a slab.
    budget : Budget
    """

    def __init__(
        self, read: Callable[[int, int], np.ndarray], size: int, step: int, budget: Budget
    ) -> None:
        self._read, self.size, self._step, self._budget = read, size, step, budget
        self._forget()

    def count(self, word: int, bit: int, start: int, stop: int) -> int:
        """Return the number of edges of a line in rows `start` to `stop`."""
        stop = min(stop, self.size)
        total = 0
        for k in self._slabs(start, stop):
            first = k * self._step
            if start <= first and stop >= min(first + self._step, self.size):
                total += int(self._counts_of(k)[word][bit])
            else:
                total += len(edges_of([(first, self._slab(k)[word])], bit, start, stop)[0])
        return total

    def find(self, word: int, bit: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of a line in rows `start` to `stop`, as `edges_of` does."""
        slabs = self._slabs(start, min(stop, self.size))
        return edges_of(((k * self._step, self._slab(k)[word]) for k in slabs), bit, start, stop)

    def _slabs(self, start: int, stop: int) -> range:
        if stop <= start:
            return range(0)
        return range(start // self._step, (stop - 1) // self._step + 1)

    def _counts_of(self, k: int) -> list[np.ndarray]:
        counts = self._counts.get(k)
        return [changes.counts for changes in self._slab(k)] if counts is None else counts

    def _slab(self, k: int) -> list[Changes]:
        """Return the changes of each word in a slab."""
        with self._lock:
            found = self._kept.get(k) or self._recent.get(k)
        if found is not None:
            return found
        found = self._scan(k)
        with self._lock:
            self._counts[k] = [changes.counts for changes in found]
            if k in self._kept:
                return found
            if self._budget.take(sum(changes.nbytes for changes in found)):
                self._kept[k] = found
            else:
                self._recent[k] = found
                while len(self._recent) > RECENT_SLABS:
                    self._recent.popitem(last=False)
        return found

    def _scan(self, k: int) -> list[Changes]:
        """Read a slab, and the words before it, for the edges in it."""
        first = k * self._step
        words = self._read(max(0, first - 1), min(first + self._step, self.size))
        return [find_changes(column, at_start=not first) for column in words.T]

    def _forget(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, list[Changes]] = {}
        self._recent: OrderedDict[int, list[Changes]] = OrderedDict()
        self._counts: dict[int, list[np.ndarray]] = {}

    def __getstate__(self) -> dict[str, Any]:
        names = ("_read", "size", "_step", "_budget")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()


def find_changes(words: np.ndarray, at_start: bool) -> Changes:
    """Return the changes of a slab.

    Parameters
    ----------
    words : ndarray of uint16
        Those of the slab, and ahead of them the one before it.
    at_start : bool
        Whether there is none before it: the slab is the first.
    """
    turned = words[1:] ^ words[:-1]
    at = np.flatnonzero(turned)
    some = turned[at]
    counts = [np.count_nonzero(some & np.uint16(1 << bit)) for bit in range(LINES)]
    offset = (at + int(at_start)).astype(np.uint32)
    return Changes(offset, some, words[at + 1], np.array(counts, np.int64))


def edges_of(
    slabs: Iterable[tuple[int, Changes]], bit: int, start: int, stop: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return where a bit turns over in rows `start` to `stop`.

    Parameters
    ----------
    slabs : iterable of (int, Changes)
        The first row of each slab, rising, and its changes.
    bit : int
    start, stop : int
        Half-open.

    Returns
    -------
    row : ndarray of int64
        The first of each new state, rising.
    high : ndarray of bool
        Whether that state is high.
    """
    rows, states = [np.empty(0, np.int64)], [np.empty(0, bool)]
    line = np.uint16(1 << bit)
    for first, changes in slabs:
        if changes.counts[bit]:
            mine = np.flatnonzero(changes.turned & line)
            rows.append(changes.offset[mine].astype(np.int64) + first)
            states.append((changes.word[mine] & line) != 0)
    row, high = np.concatenate(rows), np.concatenate(states)
    some = slice(*np.searchsorted(row, [start, stop]).tolist())
    return row[some], high[some]

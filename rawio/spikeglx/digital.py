"""Where the bits of digital words turn over, found slab by slab when it is asked for.

Words of bits lie among the other channels, so finding their edges means reading the file. A slab
is looked through once, when a time in it is asked for; when all have been, the result is kept in
the cache.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rawio.cache import CacheEntry, fingerprint
from rawio.frames import READ_BYTES, Frames

VERSION = 1
BITS = 16


@dataclass(frozen=True)
class Changes:
    """The samples of a slab at which a word differs from the sample before.

    Attributes
    ----------
    before : int
        The word ahead of the slab's first sample, or that sample at the start of the file.
    offset : ndarray of uint32
        Samples since the start of the slab, rising.
    word : ndarray of uint16
        What the word changed to.
    counts : ndarray of int64, shape (16,)
        How often each bit turned over.
    """

    before: int
    offset: np.ndarray
    word: np.ndarray
    counts: np.ndarray


class DigitalWords:
    """The words of bits of one file.

    Parameters
    ----------
    frames : Frames
    columns : sequence of int
        Of `frames`, one for each word.
    use_cache : bool
    """

    def __init__(self, frames: Frames, columns: Sequence[int], use_cache: bool) -> None:
        self._frames = frames
        self._columns = np.array(columns, dtype=np.intp)
        self._use_cache = use_cache
        self._step = max(1, READ_BYTES // (frames.n_columns * frames.dtype.itemsize))
        self._n_slabs = -(-frames.size // self._step)
        self._slabs: dict[int, list[Changes]] = {}
        self._asked_cache = not use_cache
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        return {"frames": self._frames, "columns": self._columns, "use_cache": self._use_cache}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def count(self, word: int, bit: int) -> int:
        """Return how often a bit turns over; this looks through what has not been yet."""
        total = sum(int(self._slab(k)[word].counts[bit]) for k in range(self._n_slabs))
        self._keep()
        return total

    def edges(self, word: int, bit: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where a bit turns over among samples `start` to `stop`, within the file.

        Returns
        -------
        sample : ndarray of int64
            The first of each new value, rising.
        level : ndarray of bool
            The new value.
        """
        samples, levels = [np.empty(0, np.int64)], [np.empty(0, bool)]
        last = -(-stop // self._step) if stop > start else 0
        for k in range(start // self._step, last):
            changes = self._slab(k)[word]
            if not changes.counts[bit]:
                continue
            turned = np.flatnonzero(_turned(changes) >> np.uint16(bit) & np.uint16(1))
            samples.append(changes.offset[turned].astype(np.int64) + k * self._step)
            levels.append((changes.word[turned] >> np.uint16(bit) & np.uint16(1)).astype(bool))
        sample, level = np.concatenate(samples), np.concatenate(levels)
        some = slice(*np.searchsorted(sample, [start, stop]).tolist())
        if stop - start == self._frames.size:
            self._keep()
        return sample[some], level[some]

    def _slab(self, k: int) -> list[Changes]:
        """Return the changes of each word in a slab."""
        found = self._slabs.get(k)
        if found is not None:
            return found
        with self._lock:
            if not self._asked_cache:
                self._asked_cache = True
                self._load()
            found = self._slabs.get(k)
            if found is None:
                found = self._slabs[k] = self._look_through(k)
        return found

    def _look_through(self, k: int) -> list[Changes]:
        first = k * self._step
        stop = min(first + self._step, self._frames.size)
        start = max(first - 1, 0)  # the sample before tells of a change at the first
        words = self._frames.read(start, stop, self._columns).view(np.uint16)
        found = []
        for column in words.T:
            at = np.flatnonzero(column[1:] != column[:-1]) + 1
            changes = column[at]
            before = np.concatenate([column[:1], changes[:-1]])
            offset = (at - (first - start)).astype(np.uint32)
            found.append(Changes(int(column[0]), offset, changes, _bit_counts(before ^ changes)))
        return found

    # -- the cache -------------------------------------------------------------------------------

    def _entry(self) -> CacheEntry:
        file = self._frames.file
        return CacheEntry("spikeglx", VERSION, file.path, fingerprint(file, 0))

    def _facts(self) -> dict[str, Any]:
        return {
            "columns": self._columns.tolist(),
            "channels": self._frames.n_columns,
            "step": self._step,
            "slabs": self._n_slabs,
        }

    def _keep(self) -> None:
        """Put the result into the cache, once, when all of it is there, and map it from there."""
        with self._lock:
            if not self._use_cache or len(self._slabs) < self._n_slabs:
                return
            self._use_cache = False
            arrays: dict[str, np.ndarray] = {}
            for w in range(len(self._columns)):
                changes = [self._slabs[k][w] for k in range(self._n_slabs)]
                ends = np.cumsum([len(c.offset) for c in changes], dtype=np.int64)
                arrays[f"ends{w}"] = ends
                arrays[f"before{w}"] = np.array([c.before for c in changes], np.uint16)
                arrays[f"offset{w}"] = np.concatenate([c.offset for c in changes])
                arrays[f"word{w}"] = np.concatenate([c.word for c in changes])
                arrays[f"counts{w}"] = np.array([c.counts for c in changes])
            if self._entry().store(arrays, self._facts()):
                self._load()

    def _load(self) -> None:
        found = self._entry().load()
        if found is None or found[1] != self._facts():
            return
        arrays = found[0]
        slabs: dict[int, list[Changes]] = {k: [] for k in range(self._n_slabs)}
        for w in range(len(self._columns)):
            ends = arrays[f"ends{w}"].tolist()
            for k, (start, stop) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
                slabs[k].append(
                    Changes(
                        int(arrays[f"before{w}"][k]),
                        arrays[f"offset{w}"][start:stop],
                        arrays[f"word{w}"][start:stop],
                        arrays[f"counts{w}"][k],
                    )
                )
        self._slabs = slabs
        self._use_cache = False


def _turned(changes: Changes) -> np.ndarray:
    """Return for each change the bits that turned over, as uint16."""
    before = np.concatenate([np.array([changes.before], np.uint16), changes.word[:-1]])
    return before[: len(changes.word)] ^ changes.word


def _bit_counts(turned: np.ndarray) -> np.ndarray:
    """Return how many of the uint16 words have each bit."""
    if not len(turned):
        return np.zeros(BITS, np.int64)
    bits = np.arange(BITS, dtype=np.uint16)
    return np.array([np.count_nonzero(turned >> bit & np.uint16(1)) for bit in bits], np.int64)

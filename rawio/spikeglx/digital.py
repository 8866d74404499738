"""Where the bits of digital words turn over, kept from one program to the next.

Words of bits lie among the other channels, so finding their edges means reading the file. When all
of it has been looked through the result is kept in the user's cache directory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rawio.cache import CacheEntry, fingerprint
from rawio.edges import Budget, Changes, EdgeFinder
from rawio.frames import READ_BYTES, Frames

VERSION = 2
PARTS = ("offset", "turned", "word")
"""Of changes, which the cache has for all slabs together."""


@dataclass(frozen=True)
class Words:
    """Some columns of frames, which are words of bits; called with a range of frames."""

    frames: Frames
    columns: np.ndarray

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Return words as uint16, shape (n, n_words)."""
        return self.frames.read(start, stop, self.columns).view(np.uint16)


class DigitalWords(EdgeFinder):
    """The words of bits of one file.

    Parameters
    ----------
    frames : Frames
    columns : sequence of int
        Of `frames`, one for each word.
    use_cache : bool
    budget : Budget
    """

    _asked_cache: bool
    _in_cache: bool

    def __init__(
        self, frames: Frames, columns: Sequence[int], use_cache: bool, budget: Budget
    ) -> None:
        self._frames, self._columns = frames, np.array(columns, dtype=np.intp)
        self._use_cache = use_cache
        step = max(1, READ_BYTES // (frames.n_columns * frames.dtype.itemsize))
        super().__init__(Words(frames, self._columns), frames.size, step, budget)

    def count(self, word: int, bit: int, start: int, stop: int) -> int:
        """Return the number of edges of a line among samples `start` to `stop`."""
        total = super().count(word, bit, start, stop)
        self._keep_all()
        return total

    def find(self, word: int, bit: int, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of a line among samples `start` to `stop`, as `edges_of` does."""
        edges = super().find(word, bit, start, stop)
        self._keep_all()
        return edges

    def _slab(self, k: int) -> list[Changes]:
        with self._lock:
            if not self._asked_cache:
                self._asked_cache = True
                self._in_cache = self._load()
        return super()._slab(k)

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

    @property
    def _n_slabs(self) -> int:
        return -(-self.size // self._step)

    def _keep_all(self) -> None:
        """Put the result into the cache, once, when all of it is there, and map it from there."""
        with self._lock:
            if self._in_cache or len(self._kept) < self._n_slabs:
                return
            self._in_cache = True
            arrays: dict[str, np.ndarray] = {}
            for w in range(len(self._columns)):
                changes = [self._kept[k][w] for k in range(self._n_slabs)]
                arrays[f"ends{w}"] = np.cumsum([len(c.offset) for c in changes], dtype=np.int64)
                for name in PARTS:
                    arrays[f"{name}{w}"] = np.concatenate([getattr(c, name) for c in changes])
                arrays[f"counts{w}"] = np.array([c.counts for c in changes])
            held = sum(c.nbytes for slab in self._kept.values() for c in slab)
            if self._entry().store(arrays, self._facts()) and self._load():
                self._budget.give_back(held)

    def _load(self) -> bool:
        """Take all slabs from the cache, mapped; return whether they are there."""
        found = self._entry().load()
        if found is None or found[1] != self._facts():
            return False
        arrays = found[0]
        slabs: dict[int, list[Changes]] = {k: [] for k in range(self._n_slabs)}
        for w in range(len(self._columns)):
            ends = arrays[f"ends{w}"].tolist()
            for k, (start, stop) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
                offset, turned, word = (arrays[f"{name}{w}"][start:stop] for name in PARTS)
                slabs[k].append(Changes(offset, turned, word, arrays[f"counts{w}"][k]))
        self._kept = slabs
        return True

    def _forget(self) -> None:
        super()._forget()
        self._asked_cache = self._in_cache = not self._use_cache

    def __getstate__(self) -> dict[str, Any]:
        names = ("_frames", "_columns", "_use_cache")
        return super().__getstate__() | {name: getattr(self, name) for name in names}

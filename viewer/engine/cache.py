"""Tiles in memory, within a budget of bytes, least recently used out first."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from viewer.engine.tiles import Tile, TileKey

DEFAULT_BUDGET = 176 << 20


class TileCache:
    """A thread-safe cache of tiles.

    Parameters
    ----------
    budget : int
        Bytes. Tiles that were asked to be kept, and the newest, stay even beyond it.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._unsure: set[TileKey] = set()
        self._nbytes = 0
        self._kept: frozenset[TileKey] = frozenset()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._nbytes

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, key: TileKey) -> Tile | None:
        """Return a tile and mark it as used, or None."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def peek(self, key: TileKey) -> Tile | None:
        """Return a tile or None; that it was looked at does not count as use."""
        with self._lock:
            return self._tiles.get(key)

    def put(self, tile: Tile) -> None:
        """Keep a tile and let go of the least recently used ones beyond the budget.

        One that is not exact does not take the place of one that is.
        """
        with self._lock:
            old = self._tiles.get(tile.key)
            if old is not None and old.exact and not tile.exact:
                return
            self._tiles.pop(tile.key, None)
            self._nbytes += tile.nbytes - (old.nbytes if old else 0)
            self._tiles[tile.key] = tile
            self._unsure.discard(tile.key)
            if not tile.exact:
                self._unsure.add(tile.key)
            for key in list(self._tiles):
                if self._nbytes <= self.budget:
                    break
                if key != tile.key and key not in self._kept:
                    self._drop(key)

    def keep(self, keys: Iterable[TileKey]) -> None:
        """Hold on to these tiles, and no longer to those named before.

        A view names what it shows: were these let go for each other, they would be read for ever.
        """
        with self._lock:
            self._kept = frozenset(keys)

    def missing(self, keys: Iterable[TileKey]) -> list[TileKey]:
        """Return those of `keys` that are not held."""
        with self._lock:
            return [key for key in keys if key not in self._tiles]

    def unsure(self) -> list[TileKey]:
        """Return the tiles held that are not exact."""
        with self._lock:
            return list(self._unsure)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._tiles.clear()
            self._unsure.clear()
            self._nbytes = 0

    def _drop(self, key: TileKey) -> None:
        self._nbytes -= self._tiles.pop(key).nbytes
        self._unsure.discard(key)

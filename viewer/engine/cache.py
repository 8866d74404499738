"""Tiles in memory, within a budget of bytes, least recently used out first."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from viewer.engine.tiles import Tile, TileKey

DEFAULT_BUDGET = 256 << 20


class TileCache:
    """A thread-safe cache of tiles.

    Parameters
    ----------
    budget : int
        Bytes. The newest tile is kept even if it alone exceeds the budget.
    """

    def __init__(self, budget: int = DEFAULT_BUDGET) -> None:
        self.budget = budget
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._nbytes = 0
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

    def put(self, tile: Tile) -> None:
        """Keep a tile and let go of the least recently used ones beyond the budget."""
        with self._lock:
            old = self._tiles.pop(tile.key, None)
            self._nbytes += tile.nbytes - (old.nbytes if old else 0)
            self._tiles[tile.key] = tile
            while self._nbytes > self.budget and len(self._tiles) > 1:
                _, dropped = self._tiles.popitem(last=False)
                self._nbytes -= dropped.nbytes

    def missing(self, keys: Iterable[TileKey]) -> list[TileKey]:
        """Return those of `keys` that are not held."""
        with self._lock:
            return [key for key in keys if key not in self._tiles]

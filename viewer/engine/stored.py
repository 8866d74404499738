"""Tiles from the pyramid, as far as it is built, and tiles that stand in for those to come."""

from collections.abc import Callable

import numpy as np

from viewer.compute.bins import coarser
from viewer.engine.levels import bin_samples
from viewer.engine.pyramid.layout import BASE_LEVEL
from viewer.engine.pyramid.store import StreamStore
from viewer.engine.tiles import TILE_BINS, Tile, TileKey, bins_of
from viewer.model import SignalRun

FURTHEST_STAND_IN = 8
"""Levels above a tile to look for one that shows the same place, if coarsely."""


def read_stored(store: StreamStore, run: SignalRun, key: TileKey) -> Tile:
    """Return a tile of level `BASE_LEVEL` or above from a pyramid that has its run.

    Bins of which a row is not there yet, or damaged, are not sure, and zero.

    Raises
    ------
    OSError
        When the disk fails.
    """
    number = store.layout.find(run.block, run.segment)
    assert number is not None and key.level >= BASE_LEVEL
    first, last = bins_of(run, key)
    level = max(stored for stored in store.layout.levels_of(number) if stored <= key.level)
    factor = bin_samples(key.level) // bin_samples(level)
    row_last = min(last * factor, store.layout.rows_of(number, level))
    rows, there = store.read(number, level, first * factor, row_last)
    padded = np.ones((last - first) * factor, bool)
    padded[: len(there)] = there
    sure: np.ndarray = np.logical_and.reduce(padded.reshape(-1, factor), axis=1)
    return Tile(key, first, coarser(rows, factor), None if sure.all() else sure)


def with_guess(tile: Tile, guess: Tile | None) -> Tile:
    """Return a tile with the values of another of the same key where it is not sure."""
    if tile.sure is None or guess is None or guess.data.shape != tile.data.shape:
        return tile
    data = tile.data.copy()
    data[~tile.sure] = guess.data[~tile.sure]
    return Tile(tile.key, tile.first_bin, data, tile.sure)


def stand_in(run: SignalRun, key: TileKey, held: Callable[[TileKey], Tile | None]) -> Tile | None:
    """Return an unsure tile made of a coarser one, or of two finer ones, that are held.

    Parameters
    ----------
    run : SignalRun
    key : TileKey
    held : callable
        Returns a tile at hand, or None.
    """
    if key.level == 0:
        return None  # samples cannot be made of bins, and are read in no time
    first, last = bins_of(run, key)
    for up in range(1, FURTHEST_STAND_IN):
        tile = held(key._replace(level=key.level + up, number=key.number >> up))
        if tile is not None:
            index = np.clip((np.arange(first, last) >> up) - tile.first_bin, 0, len(tile.data) - 1)
            return Tile(key, first, tile.data[index], np.zeros(last - first, bool))
    return _from_finer(run, key, held) if key.level > 1 else None


def _from_finer(
    run: SignalRun, key: TileKey, held: Callable[[TileKey], Tile | None]
) -> Tile | None:
    first, last = bins_of(run, key)
    index = np.arange(first, last)
    data: np.ndarray | None = None
    for number in (2 * key.number, 2 * key.number + 1):
        tile = held(key._replace(level=key.level - 1, number=number))
        if tile is None:
            continue
        start = number * TILE_BINS - tile.first_bin
        halves = coarser(np.ascontiguousarray(tile.data[start : start + TILE_BINS]), 2)
        from_bin = number * TILE_BINS // 2
        # Where the other half is not at hand its nearest bin stands for all of it.
        there = halves[np.clip(index - from_bin, 0, len(halves) - 1)]
        if data is None:
            data = there
        else:
            data[index >= from_bin] = there[index >= from_bin]
    return None if data is None else Tile(key, first, data, np.zeros(last - first, bool))

"""Tiles: aligned runs of bins of one level, in the recording's own type.

A tile of level 0 is the samples themselves; above, the least and greatest raw value of each bin.
Every tile carries a margin of bins on both sides, so that each column that starts in it and its
two neighbours lie wholly inside.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from viewer.engine.grid import RunView, first_bins, first_samples
from viewer.engine.levels import bin_count
from viewer.model import SignalRun

TILE_BINS = 1024
MARGIN_BINS = 12
"""A column spans at most 6 samples, or 4 bins; before it lies one such neighbour, after its first
bin 6 + 6."""


class TileKey(NamedTuple):
    """What a tile holds: bins ``[number*TILE_BINS, (number+1)*TILE_BINS)`` of a level of a run."""

    stream: int
    block: int
    segment: int
    level: int
    number: int


@dataclass(frozen=True, eq=False)
class Tile:
    """The bins of one tile.

    Attributes
    ----------
    key : TileKey
    first_bin : int
        Bin of the run that row 0 of `data` holds.
    data : ndarray
        Level 0: shape (bins, channels), the samples. Above: shape (bins, 2, channels), least and
        greatest. All channels of the stream, in the stream's dtype.
    sure : ndarray of bool, shape (bins,), or None
        Which bins are exact; None when all are. The others show some of their samples, or what a
        coarser tile has there.
    """

    key: TileKey
    first_bin: int
    data: np.ndarray
    sure: np.ndarray | None = None

    @property
    def exact(self) -> bool:
        """Whether all samples of all bins count."""
        return self.sure is None

    @property
    def last_bin(self) -> int:
        """One more than the last bin in `data`."""
        return self.first_bin + len(self.data)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.data.nbytes


def bins_of(run: SignalRun, key: TileKey) -> tuple[int, int]:
    """Return the bins of a tile with its margins, half-open."""
    first = max(0, key.number * TILE_BINS - MARGIN_BINS)
    return first, min(bin_count(run.size, key.level), (key.number + 1) * TILE_BINS + MARGIN_BINS)


def keys_of(view: RunView) -> list[TileKey]:
    """Return the tiles that a run's view needs, from left to right."""
    first, last = view.bin_range()
    run = view.run
    return [
        TileKey(run.stream, run.block, run.segment, view.level, index)
        for index in range(first // TILE_BINS, (max(first, last - 1)) // TILE_BINS + 1)
    ]


def columns_of(view: RunView, key: TileKey) -> tuple[int, int]:
    """Return the columns that start in a tile, as pixels of the viewport, half-open."""
    starts = _starts(view)
    limits = key.number * TILE_BINS, (key.number + 1) * TILE_BINS
    first, last = np.searchsorted(starts, limits)
    return view.x_start + int(first), view.x_start + int(last)


def unsure_columns(view: RunView, tile: Tile) -> list[tuple[int, int]]:
    """Return the pixels of the viewport at which a tile is not exact, as half-open spans.

    A column counts when any of its own bins is not, or any of a neighbour, to which it is widened.
    """
    x_start, x_stop = columns_of(view, tile.key)
    if tile.sure is None or x_start >= x_stop:
        return []
    k = np.arange(x_start - 1, x_stop + 2) + view.first_column
    edges = np.clip(first_bins(k, view.spp, view.level) - tile.first_bin, 0, len(tile.sure))
    unsure_before = np.concatenate([[0], np.cumsum(~tile.sure)])
    own = np.diff(unsure_before[edges]) > 0
    unsure = own[1:-1] | own[:-2] | own[2:]
    change = np.flatnonzero(np.diff(unsure, prepend=False, append=False)) + x_start
    return [(int(a), int(b)) for a, b in change.reshape(-1, 2)]


def _starts(view: RunView) -> np.ndarray:
    k = np.arange(view.first_column + view.x_start, view.first_column + view.x_stop)
    if view.interpolated:
        return first_samples(k, view.spp)
    return first_bins(k, view.spp, view.level)

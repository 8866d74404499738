"""The least and greatest values on screen, from the very tiles that the picture is made of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import RunView
from viewer.engine.tiles import Tile, TileKey, keys_of
from viewer.model import Channels


@dataclass(frozen=True)
class Piece:
    """A run of samples as it is on screen.

    Attributes
    ----------
    run : RunView
    tiles : tuple of Tile
        Those of its tiles that are at hand.
    """

    run: RunView
    tiles: tuple[Tile, ...]


def pieces_of(runs: Iterable[RunView], tile: Callable[[TileKey], Tile | None]) -> list[Piece]:
    """Return runs with their tiles, as far as `tile` has them. Nothing is read or reckoned."""
    found = ((run, map(tile, keys_of(run))) for run in runs)
    return [Piece(run, tuple(t for t in tiles if t is not None)) for run, tiles in found]


def peaks_of(channels: Channels, rows: np.ndarray, pieces: Sequence[Piece]) -> np.ndarray:
    """Return between which raw values channels are on screen.

    What it costs hangs on the width of the picture, not on how long the window is. No extremum is
    missed: tiles have that of each bin.

    Parameters
    ----------
    channels : Channels
    rows : ndarray of int
        Those that are asked for.
    pieces : sequence of Piece

    Returns
    -------
    ndarray of float64, shape (len(channels), 2)
        Least and greatest; NaN for other channels, and where nothing is at hand.
    """
    out = np.full((len(channels), 2), np.nan)
    for stream in np.unique(channels.stream[rows]).tolist():
        members = rows[channels.stream[rows] == stream]
        columns = np.array([channels.infos[row].column for row in members])
        for piece in pieces:
            if piece.run.run.stream != stream:
                continue
            for tile in piece.tiles:
                low, high = _ends(piece.run, tile, columns)
                out[members, 0] = np.fmin(out[members, 0], low)
                out[members, 1] = np.fmax(out[members, 1], high)
    return out


def _ends(run: RunView, tile: Tile, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and greatest values of columns in what of a tile is on screen."""
    first, last = (max(0, edge - tile.first_bin) for edge in run.bin_range())
    bins = tile.data[first:last][..., columns]
    if not len(bins):
        return np.full(len(columns), np.nan), np.full(len(columns), np.nan)
    low, high = (bins, bins) if bins.ndim == 2 else (bins[:, 0], bins[:, 1])
    return np.fmin.reduce(low, axis=0), np.fmax.reduce(high, axis=0)

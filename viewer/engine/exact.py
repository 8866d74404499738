"""All tiles of a picture that is drawn once: exact, read one after the other."""

import contextlib
from collections.abc import Callable, Sequence

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.engine.grid import RunView
from viewer.engine.pyramid import Pyramid, places
from viewer.engine.pyramid.layout import BASE_LEVEL
from viewer.engine.samples import read_tile
from viewer.engine.stored import read_stored
from viewer.engine.tiles import Tile, TileKey, keys_of
from viewer.model import SignalRun


def read_exact(
    reader: BaseRawIO,
    runs: Sequence[RunView],
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[TileKey, Tile]:
    """Read the tiles that runs need: from the index as far as there is one, else from samples.

    Parameters
    ----------
    reader : BaseRawIO
    runs : sequence of RunView
        Of the reader, from `viewer.render.build.visible_runs`.
    progress : callable
        Called with the share of tiles that are read, from 0 to 1.
    cancelled : callable
        Asked between reads.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    wide = any(run.level >= BASE_LEVEL for run in runs)
    pyramid = places.find(reader) if wide else None
    wanted = [(run.run, key) for run in runs for key in keys_of(run)]
    tiles: dict[TileKey, Tile] = {}
    for number, (run, key) in enumerate(wanted, 1):
        if cancelled():
            raise CancelledError
        tiles[key] = _stored(pyramid, run, key) or read_tile(reader, run, key, cancelled)
        progress(number / len(wanted))
    return tiles


def _stored(pyramid: Pyramid | None, run: SignalRun, key: TileKey) -> Tile | None:
    """Return a tile from the index, None where that does not have all of it."""
    store = None if pyramid is None else pyramid.streams.get(run.stream)
    if store is None or key.level < BASE_LEVEL:
        return None
    if store.layout.find(run.block, run.segment) is None:
        return None
    with contextlib.suppress(OSError):
        tile = read_stored(store, run, key)
        if tile.exact:
            return tile
    return None

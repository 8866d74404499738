"""Which tiles a moving view will want next."""

from collections.abc import Sequence
from dataclasses import replace

from viewer.engine.grid import RunView, quantise
from viewer.engine.levels import level_of
from viewer.engine.tiles import TILE_BINS, TileKey, keys_of
from viewer.model import SignalRun

ZOOM = 2.0
"""How far ahead to look when a view is being zoomed."""


def tiles_ahead(
    before: Sequence[RunView], now: Sequence[RunView]
) -> list[tuple[SignalRun, TileKey]]:
    """Return tiles in the direction of motion: beside the view that is panned, a zoom away.

    Parameters
    ----------
    before, now : sequence of RunView
        The view as it was, and as it is.

    Returns
    -------
    list of (SignalRun, TileKey)
        The nearest first. As many as the view has, at most.
    """
    earlier = {(v.run.stream, v.run.block, v.run.segment): v for v in before}
    out = []
    for view in now:
        old = earlier.get((view.run.stream, view.run.block, view.run.segment))
        if old is None or old == view:
            continue
        keys = _beside(old, view) if old.spp == view.spp else _zoomed(old, view)
        out += [(view.run, key) for key in keys]
    return out


def _beside(old: RunView, view: RunView) -> list[TileKey]:
    keys = keys_of(view)
    step = 1 if view.first_column > old.first_column else -1
    edge = keys[-1] if step > 0 else keys[0]
    near = [edge._replace(number=edge.number + step * n) for n in range(1, len(keys) + 1)]
    last = (view.bin_count - 1) // TILE_BINS
    return [key for key in near if 0 <= key.number <= last]


def _zoomed(old: RunView, view: RunView) -> list[TileKey]:
    factor = ZOOM if view.spp > old.spp else 1 / ZOOM
    spp = quantise(view.spp * factor)
    width = view.x_stop - view.x_start
    middle = (view.first_column + view.x_start + width / 2) * view.spp
    first = round(middle / spp - width / 2)
    x_start = max(0, -first)
    x_stop = min(width, int(view.run.size / spp) - first)
    if x_start >= x_stop:
        return []
    there = replace(
        view, spp=spp, level=level_of(spp), first_column=first, x_start=x_start, x_stop=x_stop
    )
    return keys_of(there)

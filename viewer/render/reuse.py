"""What of the last picture's traces the next one can take over, shifted by whole columns.

What a column inks depends on the lanes of its layer, on the zoom, on the column's absolute number,
on the marks in it, and on the one tile it starts in, whose margins are wide enough for the rest. So
a column of the last picture still holds where all of these are the same; tiles are the same if they
are one object.
"""

from dataclasses import dataclass, fields

import numpy as np

from viewer.engine.tiles import Tile, columns_of
from viewer.render.scene import Scene, TraceLayer

Span = tuple[int, int]
"""Pixels of the viewport from which to which, half-open."""


@dataclass(frozen=True)
class Patch:
    """The columns of the picture that a tile of a layer fills.

    Attributes
    ----------
    tile : Tile
    x_start, x_stop : int
        Pixels of the viewport, half-open.
    """

    tile: Tile
    x_start: int
    x_stop: int


@dataclass(frozen=True)
class PatchedLayer:
    """A layer and the columns that each of its tiles fills."""

    layer: TraceLayer
    patches: tuple[Patch, ...]

    @classmethod
    def of(cls, layer: TraceLayer) -> "PatchedLayer":
        """Look up which columns start in which tile."""
        patches = (Patch(tile, *columns_of(layer.view, tile.key)) for tile in layer.tiles)
        return cls(layer, tuple(p for p in patches if p.x_start < p.x_stop))

    def within(self, x_start: int, x_stop: int) -> "PatchedLayer":
        """Return this layer with only those tiles that fill columns of a stretch."""
        inside = (p for p in self.patches if p.x_start < x_stop and x_start < p.x_stop)
        return PatchedLayer(self.layer, tuple(inside))


@dataclass(frozen=True)
class Traces:
    """The traces of a scene. It holds on to the tiles, so that their ids stay theirs."""

    width: int
    height: int
    thickness: int
    colors: np.ndarray
    layers: tuple[PatchedLayer, ...]

    @classmethod
    def of(cls, scene: Scene) -> "Traces":
        """Return a scene's traces."""
        layers = tuple(PatchedLayer.of(layer) for layer in scene.layers)
        return cls(scene.width, scene.trace_height, scene.thickness, scene.colors, layers)

    def shift_from(self, last: "Traces") -> int | None:
        """Return by how many columns `last` has moved to the left; None where nothing holds."""
        if (self.width, self.height, self.thickness) != (last.width, last.height, last.thickness):
            return None
        if not np.array_equal(self.colors, last.colors):
            return None
        mine, theirs = self._by_run(), last._by_run()
        common = [run for run in mine if run in theirs]
        # What overlaps looks the same only as long as it is drawn in the same order.
        if common != [run for run in theirs if run in mine]:
            return None
        # Nor if what is drawn several times is now drawn once more, or once less.
        runs = {run for run, _ in common}
        if any(run in runs for run, _ in mine.keys() ^ theirs.keys()):
            return None
        if not all(_same_lanes(mine[run], theirs[run]) for run in common):
            return None
        shifts = {mine[r].view.first_column - theirs[r].view.first_column for r in common}
        shift = shifts.pop() if len(shifts) == 1 else None
        return None if shift is None or abs(shift) >= self.width else shift

    def changed(self, last: "Traces", shift: int) -> list[Span]:
        """Return the stretches of columns that `last`, shifted, does not hold."""
        mine, theirs = self._by_tile(0), last._by_tile(shift)
        x = np.arange(self.width) + shift
        # A column holds if as many tiles fill it as before, and these are the same.
        count = np.zeros((3, self.width), np.int64)
        for key, (start, stop) in mine.items():
            count[0, start:stop] += 1
            before = theirs.get(key, (0, 0))
            count[1, max(start, before[0]) : min(stop, before[1])] += 1
        for start, stop in theirs.values():
            count[2, max(start, 0) : max(stop, 0)] += 1
        holds = (count[0] == count[1]) & (count[2] == count[1]) & (x >= 0) & (x < self.width)
        holds &= ~self._marked_otherwise(last, shift)
        edges = np.flatnonzero(np.diff(holds, prepend=True, append=True)).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    def _marked_otherwise(self, last: "Traces", shift: int) -> np.ndarray:
        """Return in which columns marks are not the same as in `last`, shifted; bool (width,)."""
        change = np.zeros(self.width + 1, np.int64)
        mine, theirs = self._by_run(), last._by_run()
        for run in mine.keys() | theirs.keys():
            odd = _unlike(_marks_of(mine.get(run), 0), _marks_of(theirs.get(run), shift))
            for edge, step in ((1, 1), (2, -1)):
                places = np.clip(odd[:, edge], 0, self.width)
                change += step * np.bincount(places, minlength=self.width + 1)
        return np.cumsum(change)[:-1] > 0

    def _by_run(self) -> dict[tuple[object, int], TraceLayer]:
        """Return layers by their run and, where several show one run, by their order."""
        out: dict[tuple[object, int], TraceLayer] = {}
        for patched in self.layers:
            run, order = patched.layer.view.run, 0
            while (run, order) in out:
                order += 1
            out[run, order] = patched.layer
        return out

    def _by_tile(self, shift: int) -> dict[tuple[object, int], Span]:
        """Return which columns each tile fills, moved to the left by `shift`."""
        return {
            (patched.layer.view.run, id(patch.tile)): (patch.x_start - shift, patch.x_stop - shift)
            for patched in self.layers
            for patch in patched.patches
        }


def _marks_of(layer: TraceLayer | None, shift: int) -> np.ndarray:
    """Return a layer's marks, moved to the left by `shift`, int64 (n, 6).

    Lane, first column, one more than the last, red, green, blue; no two begin at one place.
    """
    if layer is None:
        return np.empty((0, 6), np.int64)
    marks = layer.marks
    places = np.stack([marks.lane, marks.x_start - shift, marks.x_stop - shift], axis=1)
    return np.concatenate([places, marks.color.astype(np.int64)], axis=1)


def _unlike(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the rows that only one of two sets of marks has."""
    mine, theirs = ((marks[:, 0] << 32) + marks[:, 1] for marks in (a, b))
    _, i, j = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    same = (a[i] == b[j]).all(axis=1)
    return np.concatenate([np.delete(a, i[same], axis=0), np.delete(b, j[same], axis=0)])


def _same_lanes(mine: TraceLayer, theirs: TraceLayer) -> bool:
    if (mine.view.spp, mine.view.level) != (theirs.view.spp, theirs.view.level):
        return False
    others = ("view", "tiles", "marks")
    names = [field.name for field in fields(TraceLayer) if field.name not in others]
    return all(np.array_equal(getattr(mine, name), getattr(theirs, name)) for name in names)

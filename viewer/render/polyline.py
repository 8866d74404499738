"""Lines with width through the samples, antialiased, on the software renderer's ink.

How much of a pixel is ink follows from the distance of its middle to the line: all within half the
line's width, none a pixel further. It is the distance to the whole line, not to one piece of it, so
nothing is inked twice where pieces meet. The shader ``line.frag`` does the same arithmetic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from viewer.engine.columns import relative
from viewer.render.reuse import Patch, PatchedLayer
from viewer.render.scene import LineStyle, TraceLayer

CHUNK_PIXELS = 1 << 14
"""Columns times lanes to work on at a time, of each of which some pixels are inked."""

FAR = 1e6
"""Beyond this many pixels all is equally off screen."""

OPAQUE = np.float32(255)


@dataclass(frozen=True)
class Ink:
    """Pixels that lines cover, lane by lane within each column.

    Attributes
    ----------
    lane : ndarray of int64, shape (n,)
    x, y : ndarray of int64, shape (n,)
        Pixels of the viewport and rows of the plot.
    share : ndarray of float32, shape (n,)
        How much of the pixel is covered, above 0.
    """

    lane: np.ndarray
    x: np.ndarray
    y: np.ndarray
    share: np.ndarray

    def picked(self, which: np.ndarray) -> "Ink":
        """Return some of the pixels."""
        return Ink(self.lane[which], self.x[which], self.y[which], self.share[which])


def draw_lines(ink: np.ndarray, layers: Sequence[PatchedLayer], x_start: int, x_stop: int) -> None:
    """Draw lines, and then what of them is marked, over what is inked already.

    Parameters
    ----------
    ink : ndarray of uint32, shape (height, width)
        Pixels of red, green, blue and alpha in memory, the colours multiplied by alpha.
    layers : sequence of PatchedLayer
        In drawing order, all with a ``line``.
    x_start, x_stop : int
        Columns to draw, half-open.
    """
    marked = []
    for patched in layers:
        for pixels in _ink_of(patched, x_start, x_stop, len(ink)):
            _lay(ink, pixels, patched.layer.color[pixels.lane])
            if len(patched.layer.marks):
                marked += _marked(patched.layer, pixels)
    for pixels, color in marked:
        _lay(ink, pixels, color)


def _ink_of(patched: PatchedLayer, x_start: int, x_stop: int, height: int) -> Iterator[Ink]:
    """Yield the pixels of a layer's lines in a stretch of columns."""
    lanes = max(1, len(patched.layer.columns))
    step = max(1, CHUNK_PIXELS // lanes)
    for patch in patched.patches:
        first, last = max(x_start, patch.x_start), min(x_stop, patch.x_stop)
        for start in range(first, last, step):
            yield _chunk(patched.layer, patch, start, min(start + step, last), height)


def _chunk(layer: TraceLayer, patch: Patch, x_start: int, x_stop: int, height: int) -> Ink:
    style, view, tile = layer.line, layer.view, patch.tile
    assert style is not None
    ratio = view.bins_per_column
    # In samples of the tile: the left edge of each column.
    left = view.position(x_start, tile.first_bin) + np.arange(x_stop - x_start) * ratio
    reach = style.reach * ratio
    first = max(0, int(np.floor(left[0] - reach)))
    last = min(len(tile.data) - 1, int(np.ceil(left[-1] + ratio + reach)))
    values = relative(tile.data[first : last + 1][:, layer.columns], layer.pivot)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.clip(values * layer.slope + layer.base, -FAR, FAR)
    line = _Line(y, left - first, ratio, style)
    top, bottom = line.rows(layer.limits(height))
    heights = (bottom - top).ravel()
    ends = np.cumsum(heights)
    if not len(ends) or not ends[-1]:
        none = np.empty(0, np.int64)
        return Ink(none, none, none, np.empty(0, np.float32))
    place = np.repeat(np.arange(len(heights)), heights)
    row = np.arange(ends[-1]) - np.repeat(ends - heights, heights) + top.ravel()[place]
    share = line.share(place, row)
    column, lane = np.divmod(place, y.shape[1])
    return Ink(lane, column + x_start, row, share).picked(share > 0)


class _Line:
    """The lines of all lanes as columns see them.

    Parameters
    ----------
    y : ndarray of float32, shape (samples, lanes)
        NaN where a sample is absent.
    left : ndarray of float64, shape (columns,)
        Where each column begins, in samples.
    ratio : float
        Samples to a column.
    style : LineStyle
    """

    def __init__(self, y: np.ndarray, left: np.ndarray, ratio: float, style: LineStyle) -> None:
        self.y, self.left, self.ratio, self.style = y, left, ratio, style

    def rows(self, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows between which all ink of a column lies, half-open, int64 (columns, lanes).

        Parameters
        ----------
        limits : ndarray of int64, shape (lanes, 2)
            Rows that each lane may ink.
        """
        last = len(self.y) - 1
        reach = self.style.reach * self.ratio
        start = np.clip(self.left - reach, 0, last)
        stop = np.clip(self.left + self.ratio + reach, 0, last)
        ends = [self._at(start), self._at(stop)]
        low, high = np.fmin(*ends), np.fmax(*ends)
        inner = np.ceil(start).astype(np.int64)
        for more in range(int((np.floor(stop) - inner).max(initial=-1)) + 1):
            values = self.y[np.minimum(inner + more, last)]
            values = np.where((inner + more <= stop)[:, np.newaxis], values, np.nan)
            low, high = np.fmin(low, values), np.fmax(high, values)
        gone = np.isnan(low)
        top = np.floor(np.where(gone, 0, low - self.style.reach))
        bottom = np.ceil(np.where(gone, 0, high + self.style.reach))
        cut = [np.clip(rows, *limits.T).astype(np.int64) for rows in (top, bottom)]
        cut[1][gone] = cut[0][gone]
        return cut[0], cut[1]

    def share(self, place: np.ndarray, row: np.ndarray) -> np.ndarray:
        """Return how much of pixels is covered.

        Parameters
        ----------
        place : ndarray of int64
            Column times lanes plus lane.
        row : ndarray of int64

        Returns
        -------
        ndarray of float32
        """
        middle = self.left + self.ratio / 2
        reach = self.style.reach * self.ratio
        first = np.maximum(np.floor(middle - reach), 0).astype(np.int64)
        last = np.minimum(np.ceil(middle + reach), len(self.y) - 1).astype(np.int64)
        column = place // self.y.shape[1]
        row_middle = row.astype(np.float32) + np.float32(0.5)
        line = np.full(len(place), np.inf, np.float32)
        dots = line.copy()
        step = np.float32(1 / self.ratio)
        before, here = None, self._sample(first, last, 0)
        for number in range(int((last - first).max(initial=0)) + 1):
            x = ((first + number - middle) / self.ratio).astype(np.float32)[column]
            from_y = here.ravel()[place] - row_middle
            dots = np.fmin(dots, x * x + from_y * from_y)
            before, here = here, self._sample(first, last, number + 1)
            rise = here - before
            with np.errstate(over="ignore"):
                length = np.float32(1) / (step * step + rise * rise)
            rise, length = rise.ravel()[place], length.ravel()[place]
            along = np.clip(-(x * step + from_y * rise) * length, 0, 1)
            x += along * step
            from_y += along * rise
            line = np.fmin(line, x * x + from_y * from_y)
        # A sample without a neighbour is a piece of no length.
        ink = np.float32(self.style.width / 2 + 0.5) - np.sqrt(np.fmin(line, dots))
        if self.style.dot:
            ink = np.maximum(ink, np.float32(self.style.dot + 0.5) - np.sqrt(dots))
        return np.clip(ink, 0, 1)

    def _sample(self, first: np.ndarray, last: np.ndarray, number: int) -> np.ndarray:
        """Return one of the samples that each column sees, NaN beyond the last of them."""
        index = first + number
        values = self.y[np.minimum(index, len(self.y) - 1)]
        return np.where((index <= last)[:, np.newaxis], values, np.float32(np.nan))

    def _at(self, position: np.ndarray) -> np.ndarray:
        """Return the lines at fractional positions."""
        index = np.floor(position).astype(np.int64)
        share = (position - index).astype(np.float32)[:, np.newaxis]
        before = self.y[index]
        following = self.y[np.minimum(index + 1, len(self.y) - 1)]
        return before + share * (following - before)


def _marked(layer: TraceLayer, pixels: Ink) -> list[tuple[Ink, np.ndarray]]:
    """Return those pixels that are within marks, and their colours."""
    if not len(pixels.x):
        return []
    first = int(pixels.x.min())
    number = np.full((len(layer.columns), int(pixels.x.max()) + 1 - first), -1, np.int64)
    marks = layer.marks
    for mark in np.flatnonzero((marks.x_stop > first) & (marks.x_start < first + number.shape[1])):
        start, stop = max(0, marks.x_start[mark] - first), marks.x_stop[mark] - first
        number[marks.lane[mark], start:stop] = mark
    of_pixel = number[pixels.lane, pixels.x - first]
    there = of_pixel >= 0
    return [(pixels.picked(there), marks.color[of_pixel[there]])] if there.any() else []


def _lay(ink: np.ndarray, pixels: Ink, color: np.ndarray) -> None:
    """Lay colours over the ink, lanes one after the other where they share a pixel."""
    if not len(pixels.x):
        return
    flat = ink.reshape(-1)
    place = pixels.y * ink.shape[1] + pixels.x
    within = pixels.x - pixels.x.min()  # a narrow stretch of columns, for a short count
    within += (pixels.y - pixels.y.min()) * (int(within.max()) + 1)
    alone = np.bincount(within)[within] == 1
    _mix(flat, place[alone], color[alone], pixels.share[alone])
    shared = np.flatnonzero(~alone)
    shared = shared[np.argsort(pixels.lane[shared], kind="stable")]
    changes = np.flatnonzero(np.diff(pixels.lane[shared])) + 1
    for lane in np.split(shared, changes) if len(shared) else ():
        _mix(flat, place[lane], color[lane], pixels.share[lane])


def _mix(flat: np.ndarray, place: np.ndarray, color: np.ndarray, share: np.ndarray) -> None:
    """Lay colours over pixels, of which none is there twice."""
    below = flat[place].view(np.uint8).reshape(-1, 4)
    share = share[:, np.newaxis]
    over = np.full((len(place), 4), OPAQUE, np.float32)
    over[:, :3] = color
    mixed = np.rint(over * share + below * (1 - share)).astype(np.uint8)
    flat[place] = mixed.view(np.uint32).ravel()

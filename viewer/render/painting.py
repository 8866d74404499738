"""Painting traces: which rows each column of a lane inks, and which lane each pixel belongs to.

The lanes of all layers are numbered from 1 in drawing order, then the marks of all layers. A pixel
belongs to the highest number that inks it, which is what is drawn last, so that overlaps look as
the GPU draws them. Numbers are of 16 bits, half of what colours take; colours come in at the end,
by one look-up for each pixel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from viewer.engine.columns import Columns, reduce_columns
from viewer.render.reuse import PatchedLayer
from viewer.render.scene import Marks, TraceLayer

CHUNK_COLUMNS = 512
"""Columns to reduce at a time: of a few hundred lanes, what is worked on fits a core's cache."""

MASK_PIXELS = 1 << 16
"""Pixels of lanes to test at a time; this, too, fits a core's cache."""

SPAN_COST = 20
"""Writing a pixel span by span costs about this many times as much as testing one in a mask."""

USUAL_HEIGHTS = 2.5
"""A lane is usually within so many of its columns' mean height from its middle."""

FEW_BEYOND = 0.02
"""Share of columns that are painted span by span beside a mask."""

FEW_SPANS = 0.03
"""Share of columns up to which all of them are painted span by span, whatever they cost."""

MUCH_SMALLER = 1.5

MOSTLY_EMPTY = 7
"""From so many pixels of masks on for each that is inked, smaller masks are looked for."""

TRANSPOSED_ROWS = 64
"""Rows to transpose at a time: a block's cache lines are used whole before they are gone."""


def owners(
    layers: Sequence[PatchedLayer],
    x_start: int,
    x_stop: int,
    height: int,
    thickness: int,
) -> np.ndarray:
    """Return which lane or mark each pixel of a stretch of columns belongs to.

    Parameters
    ----------
    layers : sequence of PatchedLayer
        In drawing order.
    x_start, x_stop : int
        Pixels of the viewport, half-open.
    height : int
        Rows below this are cut off.
    thickness : int
        Height of a flat trace.

    Returns
    -------
    ndarray of int16 or int32, shape (height, x_stop - x_start)
        Numbers of lanes and marks; 0 where there is no ink. See `colors_of`.
    """
    lanes = sum(len(patched.layer.columns) for patched in layers)
    count = lanes + sum(len(patched.layer.marks) for patched in layers)
    kind = np.int16 if max(count, height + thickness) < 1 << 14 else np.int32
    owner = np.zeros((height, x_stop - x_start), kind)
    number = np.cumsum([1, *(len(patched.layer.columns) for patched in layers)]).tolist()
    mark = np.cumsum([lanes + 1, *(len(patched.layer.marks) for patched in layers)]).tolist()
    for group in _alike(layers):  # in any order: where two meet, the higher number stays
        spans = _spans(layers[group[0]], x_start, x_stop, height, thickness, kind)
        numbered = [(layers[i].layer, number[i], mark[i]) for i in group]
        _paint_layers(owner, numbered, x_start, *spans)
    return owner


def _alike(layers: Sequence[PatchedLayer]) -> list[list[int]]:
    """Return which layers are drawn from the same spans; of those with something to draw."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for i, patched in enumerate(layers):
        if len(patched.layer.columns) and patched.patches:
            layer = patched.layer
            parts = (layer.view, layer.tiles, layer.columns, layer.pivot, layer.slope, layer.base)
            groups.setdefault(tuple(map(id, (*parts, layer.clip))), []).append(i)
    return list(groups.values())


def colors_of(layers: Sequence[PatchedLayer]) -> np.ndarray:
    """Return the colours of what `owners` numbers from 1, uint8 (n, 3)."""
    lanes = [patched.layer.color.reshape(-1, 3) for patched in layers]
    marks = [patched.layer.marks.color for patched in layers]
    return np.concatenate([*lanes, *marks, np.empty((0, 3), np.uint8)])


def _paint_layers(
    owner: np.ndarray,
    layers: Sequence[tuple[TraceLayer, int, int]],
    x_start: int,
    top: np.ndarray,
    bottom: np.ndarray,
) -> None:
    """Paint layers of the same spans, each with the first numbers of its lanes and its marks.

    Of all but the last one only what that leaves free, which is usually little, needs painting.
    """
    height, last = len(owner), layers[-1][0]
    marks: list[tuple[Marks, int]] = []
    for layer, number, mark in layers:
        mine = [*marks, (layer.marks, mark)]
        if layer.spared is None:
            marks = mine  # they are of whole columns, also where layers above cover them
        numbers = _numbers(number, mine, x_start, top)
        rows = (top, bottom) if layer is last else _within(last, top, bottom, height)
        for part in parts_of(layer, *rows, height):
            _paint(owner, numbers, *part)


def _numbers(
    number: int, several: Sequence[tuple[Marks, int]], x_start: int, top: np.ndarray
) -> np.ndarray:
    """Return the numbers of lanes, from `number` on, and in them those of marks, from theirs on.

    Shape (lanes, columns) as `top` has it, and its type; (lanes, 1) where there are no marks.
    """
    lanes, width = top.shape
    numbers = np.arange(number, number + lanes, dtype=top.dtype)[:, np.newaxis]
    for marks, mark in several:
        start = np.clip(marks.x_start - x_start, 0, width)
        counts = np.clip(marks.x_stop - x_start, start, width) - start
        if not counts.any():
            continue
        if numbers.shape[1] != width:
            numbers = np.repeat(numbers, width, axis=1)
        which = np.repeat(np.arange(len(marks)), counts)
        column = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts - start, counts)
        numbers[marks.lane[which], column] = mark + which
    return numbers


def rows_of(
    columns: Columns, layer: TraceLayer, height: int, thickness: int, kind: type
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that each column of each lane inks.

    Returns
    -------
    top, bottom : ndarray of `kind`, shape (columns, lanes)
        Half-open, cut to the lane's limits; equal where nothing is inked.
    """
    far = thickness + 1.0  # pixels beyond the picture from which nothing reaches into it
    with np.errstate(over="ignore", invalid="ignore"):  # infinite and far beyond are the same
        ends = [values * layer.slope for values in (columns.low, columns.high)]
        for y in ends:
            y += layer.base
    absent = np.isnan(ends[0])
    absent |= np.isnan(ends[1])
    if absent.any():
        for y in ends:
            y[absent] = -far
    above = (thickness - 1) // 2
    limits: np.ndarray = layer.limits(height).astype(kind)
    same = (limits == limits[0]).all()
    first, last = limits[0] if same else limits.T  # numbers are much faster to clip by
    out = []
    for choose, shift in ((np.minimum, -above), (np.maximum, thickness - above)):
        y = choose(*ends)
        np.clip(y, -far, height + far, out=y)
        rows = np.floor(y, out=y).astype(kind)
        rows += shift
        out.append(np.clip(rows, first, last, out=rows))
    return out[0], out[1]


def parts_of(
    layer: TraceLayer, top: np.ndarray, bottom: np.ndarray, height: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rows without those that a layer's lanes leave free: above these and below them.

    Parameters
    ----------
    layer : TraceLayer
    top, bottom : ndarray of int, shape (lanes, columns)
        Half-open.
    height : int
        Rows with traces.

    Returns
    -------
    list of (ndarray, ndarray)
        As `top` and `bottom` are; equal where nothing is inked.
    """
    if layer.spared is None:
        return [(top, bottom)]
    first, last = layer.free(height).astype(top.dtype).T[..., np.newaxis]
    above = np.minimum(top, first), np.minimum(bottom, first)
    return [above, (np.maximum(top, last), np.maximum(bottom, last))]


def _within(
    layer: TraceLayer, top: np.ndarray, bottom: np.ndarray, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what of rows a layer's lanes leave free: the rest they cover themselves."""
    first, last = layer.free(height).astype(top.dtype).T[..., np.newaxis]
    inner = (np.minimum(np.maximum(rows, first), last) for rows in (top, bottom))
    return next(inner), next(inner)


def _spans(
    patched: PatchedLayer,
    x_start: int,
    x_stop: int,
    height: int,
    thickness: int,
    kind: type,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows inked in a stretch of columns, both of shape (lanes, columns)."""
    layer, view = patched.layer, patched.layer.view
    shape = len(layer.columns), x_stop - x_start
    top: np.ndarray = np.zeros(shape, kind)
    bottom: np.ndarray = np.zeros(shape, kind)
    channels = _selector(layer.columns)
    for start in range(x_start, x_stop, CHUNK_COLUMNS):
        stop = min(start + CHUNK_COLUMNS, x_stop)
        tiles = [patch.tile for patch in patched.within(start, stop).patches]
        if not tiles:
            continue
        part = replace(view, x_start=max(start, view.x_start), x_stop=min(stop, view.x_stop))
        for columns in reduce_columns(part, tiles, channels, layer.pivot):
            at = int(columns.x[0]) - x_start
            rows = rows_of(columns, layer, height, thickness, kind)
            for out, values in zip((top, bottom), rows, strict=True):
                _transpose(values, out[:, at : at + len(values)])
    return top, bottom


def _selector(columns: np.ndarray) -> np.ndarray | slice:
    """Return the lanes' channels, as a slice where that saves a copy."""
    if np.array_equal(columns, np.arange(columns[0], columns[0] + len(columns))):
        return slice(int(columns[0]), int(columns[0]) + len(columns))
    return columns


def _transpose(values: np.ndarray, out: np.ndarray) -> None:
    for start in range(0, len(values), TRANSPOSED_ROWS):
        stop = start + TRANSPOSED_ROWS
        out[:, start:stop] = values[start:stop].T


def _paint(owner: np.ndarray, numbers: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> None:
    """Paint lanes, in their `numbers`, which are (lanes, columns) or (lanes, 1).

    Lanes are painted in one of two ways, whichever touches fewer pixels: as masks over the rows
    between their highest and lowest point, or span by span.
    """
    if np.count_nonzero(top < bottom) <= FEW_SPANS * top.size:
        _paint_spans(owner, numbers, np.arange(len(top)), top, bottom)
        return
    inked = (bottom - top).sum(axis=1, dtype=np.int64)
    first, last = _window(top, bottom)
    rows = np.maximum(last - first, 0)
    near_first, near_last = first, last
    if rows.sum() * top.shape[1] > MOSTLY_EMPTY * inked.sum():
        near_first, near_last = _usual(top, bottom, inked, first, last)
        rows = np.maximum(near_last - near_first, 0)
    sparse = rows * top.shape[1] > SPAN_COST * inked
    lanes = np.flatnonzero(sparse & (inked > 0))
    _paint_spans(owner, numbers, lanes, top[lanes], bottom[lanes])
    lanes = np.flatnonzero(~sparse & (inked > 0))
    # Few columns reach beyond where a lane usually is, and need not make all of its mask larger.
    far = lanes[(near_last - near_first < last - first)[lanes]]
    _paint_beyond(owner, numbers, far, near_first, near_last, top, bottom)
    most = max(1, MASK_PIXELS // top.shape[1])
    for batch in _batches(rows[lanes], most):
        tallest = int(rows[lanes[batch]].max())
        _paint_masks(owner, numbers, lanes[batch], near_first, tallest, top, bottom)


def _usual(
    top: np.ndarray, bottom: np.ndarray, inked: np.ndarray, first: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows between which a lane is in nearly all columns, half-open.

    The whole window, `first` to `last`, of lanes for which there is no much smaller one.
    """
    height = inked / np.maximum((top < bottom).sum(axis=1), 1)
    middle = (top.mean(axis=1) + bottom.mean(axis=1)) / 2
    reach = USUAL_HEIGHTS * height + 1
    near_first = np.maximum(first, np.floor(middle - reach).astype(np.int64))
    near_last = np.minimum(last, np.ceil(middle + reach).astype(np.int64))
    kind = top.dtype
    beyond = (top < near_first.astype(kind)[:, np.newaxis]).sum(axis=1)
    beyond += (bottom > near_last.astype(kind)[:, np.newaxis]).sum(axis=1)
    few = beyond <= FEW_BEYOND * top.shape[1]
    much = (near_last - near_first) * MUCH_SMALLER <= last - first
    near = few & much
    return np.where(near, near_first, first), np.where(near, near_last, last)


def _paint_beyond(
    owner: np.ndarray,
    numbers: np.ndarray,
    lanes: np.ndarray,
    first: np.ndarray,
    last: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
) -> None:
    """Paint what of some lanes lies above their row `first` or from their row `last` on."""
    kind = top.dtype
    for above in (True, False):
        limit = (first if above else last)[lanes].astype(kind)[:, np.newaxis]
        start = top[lanes] if above else np.maximum(top[lanes], limit)
        stop = np.minimum(bottom[lanes], limit) if above else bottom[lanes]
        _paint_spans(owner, numbers, lanes, start, stop)


def _window(top: np.ndarray, bottom: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first inked row of each lane, and one more than its last."""
    empty = top == bottom
    if empty.any():
        top = np.where(empty, np.iinfo(top.dtype).max, top)
        bottom = np.where(empty, 0, bottom)
    return top.min(axis=1).astype(np.int64), bottom.max(axis=1).astype(np.int64)


def _batches(rows: np.ndarray, most: int) -> Iterator[slice]:
    """Yield runs of lanes of about the same number of rows, together of at most `most` rows."""
    start, tallest, together = 0, 0, 0
    for lane, count in enumerate(rows.tolist()):
        tallest, together = max(tallest, count), together + count
        padded = tallest * (lane + 1 - start)
        if start < lane and (padded > most or 2 * padded > 3 * together):
            yield slice(start, lane)
            start, tallest, together = lane, count, count
    if start < len(rows):
        yield slice(start, len(rows))


def _paint_masks(
    owner: np.ndarray,
    numbers: np.ndarray,
    lanes: np.ndarray,
    first: np.ndarray,
    rows: int,
    top: np.ndarray,
    bottom: np.ndarray,
) -> None:
    """Paint lanes as masks over `rows` rows."""
    kind = owner.dtype
    starts = np.clip(first[lanes], 0, len(owner) - rows)
    low = (top[lanes] - starts[:, np.newaxis].astype(kind))[:, np.newaxis]
    heights = (bottom[lanes] - top[lanes])[:, np.newaxis]
    # One unsigned comparison in place of two signed ones: rows above `top` wrap to huge values.
    unsigned = np.dtype(f"u{kind.itemsize}")
    within = np.arange(rows, dtype=kind)[:, np.newaxis] - low
    inside = within.view(unsigned) < heights.view(unsigned)
    numbered = np.multiply(inside, numbers[lanes][:, np.newaxis], out=within)
    for start, mine in zip(starts.tolist(), numbered, strict=True):
        block = owner[start : start + rows]
        np.maximum(block, mine, out=block)


def _paint_spans(
    owner: np.ndarray,
    numbers: np.ndarray,
    lanes: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
) -> None:
    """Paint some lanes, of which alone `top` and `bottom` are, span by span."""
    lane, column = np.divmod(np.flatnonzero(top < bottom), top.shape[1])
    if not len(lane):
        return
    mine = numbers[lanes[lane], column if numbers.shape[1] > 1 else 0]
    top, bottom = (rows[lane, column].astype(np.int64) for rows in (top, bottom))
    batch = np.cumsum(bottom - top) // MASK_PIXELS
    for some in np.split(np.arange(len(lane)), np.flatnonzero(np.diff(batch)) + 1):
        _paint_pixels(owner, mine[some], column[some], top[some], bottom[some])


def _paint_pixels(
    owner: np.ndarray,
    numbers: np.ndarray,
    columns: np.ndarray,
    top: np.ndarray,
    bottom: np.ndarray,
) -> None:
    """Paint spans, each in a column and in a number."""
    # Where two meet, the one written last is the one on top.
    order = np.argsort(numbers, kind="stable")
    numbers, columns, top, bottom = (array[order] for array in (numbers, columns, top, bottom))
    heights = bottom.astype(np.int64) - top
    ends = np.cumsum(heights)
    within = np.arange(ends[-1]) - np.repeat(ends - heights, heights)
    pixels = (np.repeat(top, heights) + within) * owner.shape[1] + np.repeat(columns, heights)
    flat = owner.reshape(-1)
    flat[pixels] = np.maximum(flat[pixels], np.repeat(numbers, heights))

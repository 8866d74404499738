"""Computing blocks of a pyramid: samples in, rows of all levels out."""

from collections.abc import Callable

import numpy as np

from rawio import BaseRawIO
from rawio.files import aligned_empty
from viewer.compute.bins import PIECE_BYTES, coarser, minmax
from viewer.engine.errors import CancelledError
from viewer.engine.levels import bin_count, bin_samples
from viewer.engine.pyramid.layout import BASE_LEVEL, FAN_OUT, STEP
from viewer.engine.pyramid.store import StreamStore

PARENTS = 64
"""Rows above the level of blocks to make at a time: of thousands of channels each is large."""


def build_blocks(
    reader: BaseRawIO,
    store: StreamStore,
    run: int,
    first: int,
    last: int,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Compute and write blocks `first` to `last` of a run, and rows above that are now possible.

    Memory: the rows of these blocks, and a piece of samples that fits a processor's cache.

    Raises
    ------
    CancelledError
        Between two pieces, once ``cancelled()`` is true; nothing was written.
    RawIOError
        What the reader raises.
    OSError
        When rows cannot be written.
    """
    layout = store.layout
    i_start = first * layout.block_samples
    i_stop = min(last * layout.block_samples, layout.runs[run].size)
    rows = _finest_rows(reader, store, run, i_start, i_stop, cancelled)
    for level in layout.levels_of(run):
        if level > layout.block_level():
            break
        if level > BASE_LEVEL:
            rows = coarser(rows, FAN_OUT)
        store.write(run, level, i_start // bin_samples(level), rows)
    build_parents(store, run, i_start, i_stop)


def build_parents(store: StreamStore, run: int, i_start: int, i_stop: int) -> bool:
    """Write the rows above the level of blocks over a span of samples, where all below is there.

    Whoever writes a block does this afterwards; of two that finish neighbours at the same time
    the one that looks later sees both.

    Returns
    -------
    bool
        Whether any was written.
    """
    layout, written = store.layout, False
    for level in layout.levels_of(run):
        if level <= layout.block_level():
            continue
        first, last = i_start // bin_samples(level), bin_count(i_stop, level)
        for some in range(first, last, PARENTS):
            written |= _build_rows(store, run, level, some, min(some + PARENTS, last))
    return written


def _build_rows(store: StreamStore, run: int, level: int, first: int, last: int) -> bool:
    """Write those of some rows that are missing while all below is there; say if any."""
    below = level - STEP
    child_first = first * FAN_OUT
    child_last = min(last * FAN_OUT, store.layout.rows_of(run, below))
    padded = np.ones((last - first) * FAN_OUT, bool)
    padded[: child_last - child_first] = store.written(run, below, child_first, child_last)
    wanted = padded.reshape(-1, FAN_OUT).all(axis=1) & ~store.written(run, level, first, last)
    if not wanted.any():
        return False
    children, sound = store.read(run, below, child_first, child_last)
    padded[: child_last - child_first] = sound
    wanted &= padded.reshape(-1, FAN_OUT).all(axis=1)
    rows = coarser(children, FAN_OUT)
    for row in np.flatnonzero(wanted).tolist():
        store.write(run, level, first + row, rows[row : row + 1])
    return bool(wanted.any())


def _finest_rows(
    reader: BaseRawIO,
    store: StreamStore,
    run: int,
    i_start: int,
    i_stop: int,
    cancelled: Callable[[], bool],
) -> np.ndarray:
    layout = store.layout
    place, count = layout.runs[run], bin_samples(BASE_LEVEL)
    dtype = np.dtype(layout.dtype)
    rows = aligned_empty((bin_count(i_stop - i_start, BASE_LEVEL), 2, layout.channels), dtype)
    step = max(1, PIECE_BYTES // (count * layout.frame_bytes)) * count
    for start in range(i_start, i_stop, step):
        if cancelled():
            raise CancelledError
        stop = min(start + step, i_stop)
        samples = reader.get_analogsignal_chunk(
            place.block, place.segment, start, stop, stream_index=layout.stream
        )
        row = (start - i_start) // count
        minmax(samples, count, rows[row : row + bin_count(stop - start, BASE_LEVEL)])
    return rows

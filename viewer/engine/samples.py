"""Tiles straight from the recording: read its samples and reduce them to bins."""

from collections.abc import Callable

import numpy as np

from rawio import BaseRawIO
from rawio.files import aligned_empty
from viewer.compute.bins import PIECE_BYTES, coarser, minmax
from viewer.compute.layer import rough_of
from viewer.engine.errors import CancelledError
from viewer.engine.levels import bin_samples
from viewer.engine.tiles import Tile, TileKey, bins_of
from viewer.model import SignalRun

PREVIEW_SAMPLES = 32
"""Samples that stand for a bin, or for many, in a preview."""


def read_tile(
    reader: BaseRawIO,
    run: SignalRun,
    key: TileKey,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tile:
    """Read the samples of a tile and reduce them to its bins.

    Raises
    ------
    CancelledError
        Between two reads, once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    first, last = bins_of(run, key)
    if key.level == 0:
        return Tile(key, first, _read(reader, key, first, last))
    count = bin_samples(key.level)
    data: np.ndarray | None = None
    piece = max(1, PIECE_BYTES // frame_bytes(reader, key.stream))
    step = max(1, piece // count)
    for start in range(first, last, step):
        stop = min(start + step, last)
        i_start, i_stop = start * count, min(stop * count, run.size)
        part = _read_bins(reader, key, i_start, i_stop, piece, cancelled)
        if data is None:
            data = aligned_empty((last - first, 2, part.shape[2]), part.dtype)
        data[start - first : stop - first] = part
    assert data is not None
    return Tile(key, first, data)


def read_preview(
    reader: BaseRawIO,
    run: SignalRun,
    key: TileKey,
    stride: int,
    cancelled: Callable[[], bool] = lambda: False,
) -> Tile:
    """Read a few samples here and there, to show something of a tile before it can be read.

    Parameters
    ----------
    reader, run, key, cancelled
    stride : int
        Bins that share the samples read in the middle of them.

    Returns
    -------
    Tile
        With no bin sure.

    Raises
    ------
    CancelledError
        Between two reads, once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    first, last = bins_of(run, key)
    count = bin_samples(key.level)
    data: np.ndarray | None = None
    reader = rough_of(reader)
    for start in range(first, last, stride):
        if cancelled():
            raise CancelledError
        stop = min(start + stride, last)
        i_start, i_stop = start * count, min(stop * count, run.size)
        middle = max(i_start, (i_start + i_stop - PREVIEW_SAMPLES) // 2)
        samples = _read(reader, key, middle, min(middle + PREVIEW_SAMPLES, i_stop))
        if data is None:
            data = aligned_empty((last - first, 2, samples.shape[1]), samples.dtype)
        data[start - first : stop - first] = minmax(samples, len(samples))
    assert data is not None
    return Tile(key, first, data, np.zeros(last - first, bool))


def sample_bytes(reader: BaseRawIO, run: SignalRun, key: TileKey) -> int:
    """Return how many bytes of samples a tile is made of."""
    first, last = bins_of(run, key)
    return (last - first) * bin_samples(key.level) * frame_bytes(reader, key.stream)


def frame_bytes(reader: BaseRawIO, stream: int) -> int:
    """Return the bytes of one sample of all channels of a stream."""
    assert reader.header is not None
    rows = reader.get_group_channel_indexes()[stream]
    return len(rows) * np.dtype(str(reader.header["signal_channels"]["dtype"][rows[0]])).itemsize


def _read_bins(
    reader: BaseRawIO,
    key: TileKey,
    i_start: int,
    i_stop: int,
    piece: int,
    cancelled: Callable[[], bool],
) -> np.ndarray:
    """Return the bins of a span of samples; of one bin larger than a piece, piece by piece."""
    count = bin_samples(key.level)
    if cancelled():
        raise CancelledError
    if count <= piece:
        return minmax(_read(reader, key, i_start, i_stop), count)
    parts = []
    for i in range(i_start, i_stop, piece):
        if cancelled():
            raise CancelledError
        samples = _read(reader, key, i, min(i + piece, i_stop))
        parts.append(minmax(samples, len(samples)))
    return coarser(np.concatenate(parts), len(parts))


def _read(reader: BaseRawIO, key: TileKey, i_start: int, i_stop: int) -> np.ndarray:
    return reader.get_analogsignal_chunk(
        key.block, key.segment, i_start, i_stop, stream_index=key.stream
    )

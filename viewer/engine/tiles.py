"""Tiles: aligned runs of bins of one level, read and reduced straight from the reader.

A tile of level 0 is the samples themselves; above, the least and greatest raw value of each bin.
Values stay in the recording's own integer (or float) type. Every tile carries a margin of bins on
both sides, so that each column that starts in it and its two neighbours lie wholly inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rawio import BaseRawIO
from rawio.files import aligned_empty
from viewer.engine.grid import RunView, first_bins
from viewer.model import SignalRun

TILE_BINS = 1024
MARGIN_BINS = 8
"""A column spans at most 4 bins; before it lies one such neighbour, after its first bin 4 + 4."""

READ_BYTES = 4 << 20
"""Read and reduce about this much at a time: bounded memory, and quick to cancel."""


class CancelledError(Exception):
    """The tile being read is no longer wanted."""


class TileKey(NamedTuple):
    """What a tile holds: bins ``[number*TILE_BINS, (number+1)*TILE_BINS)`` of a level of a run."""

    stream: int
    block: int
    segment: int
    level: int
    number: int


@dataclass(frozen=True)
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
    """

    key: TileKey
    first_bin: int
    data: np.ndarray

    @property
    def last_bin(self) -> int:
        """One more than the last bin in `data`."""
        return self.first_bin + len(self.data)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.data.nbytes


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
    k = np.arange(view.first_column + view.x_start, view.first_column + view.x_stop)
    if view.interpolated:
        starts = np.floor(k * view.spp).astype(np.int64)
    else:
        starts = first_bins(k, view.spp, view.level)
    limits = key.number * TILE_BINS, (key.number + 1) * TILE_BINS
    first, last = np.searchsorted(starts, limits)
    return view.x_start + int(first), view.x_start + int(last)


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
    n_bins = -(-run.size >> key.level)
    first = max(0, key.number * TILE_BINS - MARGIN_BINS)
    last = min(n_bins, (key.number + 1) * TILE_BINS + MARGIN_BINS)
    if key.level == 0:
        return Tile(key, first, _read(reader, key, first, last))
    data: np.ndarray | None = None
    step = _bins_per_read(reader, key)
    for start in range(first, last, step):
        if cancelled():
            raise CancelledError
        stop = min(start + step, last)
        part = _read_bins(reader, run, key, start, stop, cancelled)
        if data is None:
            data = aligned_empty((last - first, 2, part.shape[2]), part.dtype)
        data[start - first : stop - first] = part
    assert data is not None
    return Tile(key, first, data)


def minmax(samples: np.ndarray, bin_samples: int) -> np.ndarray:
    """Return the least and greatest value of each bin.

    Parameters
    ----------
    samples : ndarray, shape (n, channels)
    bin_samples : int
        Samples of a bin; the last bin takes what is left.

    Returns
    -------
    ndarray, shape (ceil(n / bin_samples), 2, channels)
        In the dtype of `samples`. Samples that are NaN do not count; a bin of nothing else is NaN.

    Notes
    -----
    ``reduce`` over a reshaped view of time-major data is about ten times faster than
    ``reduceat`` or any form that transposes.
    """
    n, channels = samples.shape
    whole, rest = divmod(n, bin_samples)
    out = aligned_empty((whole + bool(rest), 2, channels), samples.dtype)
    minimum, maximum = extremes_of(samples.dtype)
    binned = samples[: whole * bin_samples].reshape(whole, bin_samples, channels)
    minimum.reduce(binned, axis=1, out=out[:whole, 0])
    maximum.reduce(binned, axis=1, out=out[:whole, 1])
    if rest:
        minimum.reduce(samples[-rest:], axis=0, out=out[whole, 0])
        maximum.reduce(samples[-rest:], axis=0, out=out[whole, 1])
    return out


def extremes_of(dtype: np.dtype) -> tuple[np.ufunc, np.ufunc]:
    """Return the functions of least and greatest for a type: those of floats pass over NaN."""
    return (np.fmin, np.fmax) if dtype.kind == "f" else (np.minimum, np.maximum)


def _bins_per_read(reader: BaseRawIO, key: TileKey) -> int:
    bin_bytes = _frame_bytes(reader, key.stream) << key.level
    return max(1, READ_BYTES // bin_bytes)


def _frame_bytes(reader: BaseRawIO, stream: int) -> int:
    assert reader.header is not None
    rows = reader.get_group_channel_indexes()[stream]
    return len(rows) * np.dtype(str(reader.header["signal_channels"]["dtype"][rows[0]])).itemsize


def _read_bins(
    reader: BaseRawIO,
    run: SignalRun,
    key: TileKey,
    start: int,
    stop: int,
    cancelled: Callable[[], bool],
) -> np.ndarray:
    """Return bins `start` to `stop`; one bin larger than a read is reduced piece by piece."""
    i_start, i_stop = start << key.level, min(stop << key.level, run.size)
    samples = max(1, READ_BYTES // _frame_bytes(reader, key.stream))
    if stop - start > 1 or i_stop - i_start <= samples:
        return minmax(_read(reader, key, i_start, i_stop), 1 << key.level)
    parts = []
    for i in range(i_start, i_stop, samples):
        if cancelled():
            raise CancelledError
        parts.append(minmax(_read(reader, key, i, min(i + samples, i_stop)), samples))
    stacked = np.concatenate(parts)
    minimum, maximum = extremes_of(stacked.dtype)
    return np.stack([minimum.reduce(stacked[:, 0]), maximum.reduce(stacked[:, 1])])[np.newaxis]


def _read(reader: BaseRawIO, key: TileKey, i_start: int, i_stop: int) -> np.ndarray:
    return reader.get_analogsignal_chunk(
        key.block, key.segment, i_start, i_stop, stream_index=key.stream
    )

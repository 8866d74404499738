"""`Scaled`: the first stage, a segment of a recording in its physical units, without gaps."""

import numpy as np

from rawio import BaseRawIO
from viewer.compute.backend import Array
from viewer.compute.stages import Grid, Workshop

HOLD = 1024
"""Samples for which the last value before a gap, or the first after it, stands for missing ones."""

GREATEST = 1e30
"""Raw values of floats beyond this, infinite ones and NaN are missing."""


class Scaled:
    """Samples of some channels of a segment, ``raw * gain + offset`` as float32.

    Filters would carry a missing value of a channel on to all that follow. In its place they get
    the last value before it that is not missing, where that is at most `HOLD` samples back; else
    the first one after it, within as many samples; else a raw 0.

    Parameters
    ----------
    reader : BaseRawIO
    block, segment, stream : int
    columns : ndarray of int
        Of the stream, rising.
    grid : Grid
    workshop : Workshop
    """

    def __init__(
        self,
        reader: BaseRawIO,
        place: tuple[int, int, int],
        columns: np.ndarray,
        grid: Grid,
        workshop: Workshop,
    ) -> None:
        self.grid = grid
        self._reader, self._place, self._workshop = reader, place, workshop
        assert reader.header is not None
        rows = reader.get_group_channel_indexes()[place[2]]
        # A slice, which readers serve faster, where all are wanted.
        self._columns = slice(None) if len(columns) == len(rows) else columns
        channels = reader.header["signal_channels"][rows[columns]]
        self._gain, self._offset = channels["gain"].copy(), channels["offset"].copy()
        self._has_gaps = np.dtype(str(channels["dtype"][0])).kind == "f"

    def block(self, number: int) -> Array:
        """Return a block."""
        return self._workshop.blocks.get((self, number), lambda: self._block(number))

    def gaps(self, number: int) -> np.ndarray | None:
        """Return which values of a block stand for missing ones; None where none does."""
        if not self._has_gaps:
            return None
        key = (self, number)
        return self._workshop.gaps.get(key, lambda: self._gaps(self._read_block(number)))

    def _block(self, number: int) -> Array:
        raw = self._read_block(number)
        if self._has_gaps:
            gaps = self._gaps(raw)
            # Asked for now: they will be wanted when the block is done, and it is read here.
            self._workshop.gaps.get((self, number), lambda: gaps)
            if gaps is not None:
                raw = self._filled(number)
        backend = self._workshop.backend
        return backend.scale(backend.upload(raw), self._gain, self._offset)

    def _gaps(self, raw: np.ndarray) -> np.ndarray | None:
        missing = _missing(raw)
        return missing if missing.any() else None

    def _filled(self, number: int) -> np.ndarray:
        """Return a block with what stands for missing values."""
        start, stop = self.grid.span(number)
        first, last = max(0, start - HOLD), min(stop + HOLD, self.grid.size)
        return fill_gaps(self._read(first, last))[start - first : stop - first]

    def _read_block(self, number: int) -> np.ndarray:
        return self._read(*self.grid.span(number))

    def _read(self, start: int, stop: int) -> np.ndarray:
        block, segment, stream = self._place
        return self._reader.get_analogsignal_chunk(
            block, segment, start, stop, stream_index=stream, channel_indexes=self._columns
        )


def fill_gaps(x: np.ndarray) -> np.ndarray:
    """Return samples, shape (n, channels), with what stands for missing ones in their place."""
    missing = _missing(x)
    at = np.arange(len(x))[:, np.newaxis]
    far = len(x) + HOLD + 1
    before = np.maximum.accumulate(np.where(missing, -far, at), axis=0)
    after = np.minimum.accumulate(np.where(missing, 2 * far, at)[::-1], axis=0)[::-1]
    source = np.where(at - before <= HOLD, before, np.where(after - at <= HOLD, after, -1))
    out = np.take_along_axis(x, np.maximum(source, 0), axis=0)
    out[source < 0] = 0
    return out


def _missing(x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return ~(np.abs(x) <= GREATEST)

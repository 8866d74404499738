"""Frames: samples of all channels side by side, at an even distance from each other in a file.

Most formats hold their signals so, whether the file is nothing but frames (flat binary, SpikeGLX,
Open Ephys, NeuroScope), frames follow a header (Blackrock) or each has a header of its own (PTP).
Waveforms of spikes are frames too, of which some are wanted here and there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rawio.files import RawFile, aligned_empty
from rawio.selection import Selection, as_slice

READ_BYTES = 8 << 20
"""Read this much at a time when only some columns are wanted, to bound the memory."""

GAP_BYTES = 32 << 10
"""What lies between two wanted frames is read with them up to here: cheaper than another call."""

SPAN_BYTES = 4 << 20
"""Frames close together are read up to so many bytes at a time."""

ALL = slice(None)


@dataclass(frozen=True)
class Frames:
    """A run of frames in a file.

    Parameters
    ----------
    file : RawFile
    offset : int
        Byte of the first sample of frame 0.
    size : int
        Number of frames.
    n_columns : int
        Samples in a frame.
    dtype : numpy.dtype
        Of a sample as it is stored, with its byte order.
    stride : int or None
        Bytes from one frame to the next; None when nothing lies between them.
    """

    file: RawFile
    offset: int
    size: int
    n_columns: int
    dtype: np.dtype
    stride: int | None = None

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples of frames `i_start` to `i_stop`, in the machine's byte order.

        Parameters
        ----------
        i_start, i_stop : int
            Half-open, within 0 and `size`.
        columns : slice or ndarray of int
            Numbers that follow one another are as good as a slice.

        Returns
        -------
        ndarray, shape (i_stop - i_start, number of columns)
            A slice of at least half of the columns is a view of all of them, not a copy.

        Raises
        ------
        FormatError, UnreadableFileError
            As `RawFile.read_into` does.
        """
        if not isinstance(columns, slice):
            columns = as_slice(columns)
        if isinstance(columns, slice):
            if columns == ALL:
                return self._read_all(i_start, i_stop)
            picked = range(self.n_columns)[columns]
            if 2 * len(picked) >= self.n_columns:
                return self._read_all(i_start, i_stop)[:, columns]
            columns = np.arange(self.n_columns)[columns]
        out = aligned_empty((i_stop - i_start, len(columns)), self.dtype.newbyteorder("="))
        step = max(1, READ_BYTES // (self.stride or self.n_columns * self.dtype.itemsize))
        for start in range(i_start, i_stop, step):
            stop = min(start + step, i_stop)
            np.take(
                self._read_all(start, stop),
                columns,
                axis=1,
                out=out[start - i_start : stop - i_start],
                mode="clip",  # they are within bounds; 'raise' would copy `out`
            )
        return out

    def pick(self, rows: np.ndarray) -> np.ndarray:
        """Return single frames, in the machine's byte order.

        Parameters
        ----------
        rows : ndarray of int, shape (n,)
            Which frames, in any order, within 0 and `size`.

        Returns
        -------
        ndarray, shape (n, n_columns)

        Raises
        ------
        FormatError, UnreadableFileError
            As `RawFile.read_into` does.
        """
        out = aligned_empty((len(rows), self.n_columns), self.dtype)
        rows = rows.astype(np.int64, copy=False)
        order = None
        if (rows[1:] < rows[:-1]).any():
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
        width = self.n_columns * self.dtype.itemsize
        stride = self.stride or width
        for low, high in _together(rows, stride, width):
            first, last = int(rows[low]), int(rows[high - 1])
            raw = aligned_empty((last - first) * stride + width, "uint8")
            self.file.read_into(raw, self.offset + first * stride)
            span = np.ndarray(
                (last - first + 1, self.n_columns),
                self.dtype,
                raw.data,
                strides=(stride, self.dtype.itemsize),
            )
            target = slice(low, high) if order is None else order[low:high]
            out[target] = span[rows[low:high] - first]
        return out.astype(self.dtype.newbyteorder("="), copy=False)

    def _read_all(self, i_start: int, i_stop: int) -> np.ndarray:
        if self.stride is not None:
            return self._read_apart(i_start, i_stop, self.stride)
        frames = aligned_empty((i_stop - i_start, self.n_columns), self.dtype)
        start = self.offset + i_start * self.n_columns * self.dtype.itemsize
        self.file.read_into(frames, start)
        if self.dtype.isnative:
            return frames
        return frames.astype(self.dtype.newbyteorder("="))

    def _read_apart(self, i_start: int, i_stop: int, stride: int) -> np.ndarray:
        """Read frames that have something else between them, a slab at a time."""
        out = aligned_empty((i_stop - i_start, self.n_columns), self.dtype.newbyteorder("="))
        width = self.n_columns * self.dtype.itemsize
        step = max(1, READ_BYTES // stride)
        for start in range(i_start, i_stop, step):
            stop = min(start + step, i_stop)
            # The last frame ends with its samples; what would follow may be past the file.
            slab = aligned_empty((stop - start) * stride, "uint8")
            self.file.read_into(
                slab[: (stop - start - 1) * stride + width], self.offset + start * stride
            )
            samples = slab.reshape(-1, stride)[:, :width].copy().view(self.dtype)
            out[start - i_start : stop - i_start] = samples
        return out


def _together(rows: np.ndarray, stride: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of rising `rows` whose frames are read at once."""
    if not len(rows) or not width:
        return
    places = rows * stride
    apart = np.diff(places) - width > GAP_BYTES
    part = (places - places[0]) // SPAN_BYTES
    edges = np.flatnonzero(apart | (part[1:] != part[:-1])) + 1
    yield from pairwise([0, *edges.tolist(), len(rows)])

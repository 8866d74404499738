"""Where the samples of a stream come from, whatever layout the files have.

A source has a number of samples and gives any of them as (sample, column). Columns are read in
slabs of a bounded size, so that a chunk costs no more memory than itself and a few MB.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rawio.files import RawFile, aligned_empty
from rawio.frames import Frames
from rawio.intan.signals import stim_steps
from rawio.selection import Selection

ALL = slice(None)

SLAB_BYTES = 4 << 20

SKIPPED_BYTES = 32 << 10
"""What lies between two wanted pieces is read with them up to here: cheaper than another call."""

ROW_PADDING = 32
"""Samples that keep rows of a buffer from lying a power of two apart, which caches dislike."""


class Source(Protocol):
    """Samples of one rate and timing."""

    @property
    def size(self) -> int:
        """Number of samples."""

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of columns)."""


@dataclass(frozen=True, eq=False)
class BlockFiles:
    """The data blocks of one or several traditional files, counted through.

    Parameters
    ----------
    files : tuple of RawFile
    starts : ndarray of int64, shape (n_files,)
        Byte of each file's first block.
    edges : ndarray of int64, shape (n_files + 1,)
        Number of blocks before each file, and of all.
    stride : int
        Bytes of a block.
    """

    files: tuple[RawFile, ...]
    starts: np.ndarray
    edges: np.ndarray
    stride: int

    def slabs(self, first: int, stop: int, most: int) -> Iterator[tuple[RawFile, int, int]]:
        """Yield file, byte of the first block and number of blocks, up to `most` at a time."""
        while first < stop:
            k = int(np.searchsorted(self.edges, first, "right")) - 1
            count = min(stop, int(self.edges[k + 1]), first + most) - first
            yield self.files[k], int(self.starts[k] + (first - self.edges[k]) * self.stride), count
            first += count


@dataclass(frozen=True, eq=False)
class BlockSamples:
    """A signal of the traditional layout: in each block a run of samples for each column.

    Parameters
    ----------
    blocks : BlockFiles
    offset : int
        Byte of the first column's run in a block.
    n_columns : int
    per_block : int
        Samples of a column in a block.
    dtype : numpy.dtype
        As stored.
    """

    blocks: BlockFiles
    offset: int
    n_columns: int
    per_block: int
    dtype: np.dtype

    @property
    def size(self) -> int:
        """Number of samples."""
        return int(self.blocks.edges[-1]) * self.per_block

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of columns), C order."""
        picked = np.arange(self.n_columns)[columns]
        out = aligned_empty((i_stop - i_start, len(picked)), self.dtype.newbyteorder("="))
        if not out.size:
            return out
        lowest, n_between = int(picked.min()), int(np.ptp(picked)) + 1
        in_order = np.array_equal(picked, np.arange(lowest, lowest + n_between))
        run = self.per_block * self.dtype.itemsize
        offset, width = self.offset + lowest * run, n_between * run
        together = self.blocks.stride - width <= SKIPPED_BYTES
        most = max(1, SLAB_BYTES // (self.blocks.stride if together else width))
        first, skip = divmod(i_start, self.per_block)
        stop = -(-i_stop // self.per_block)
        done = 0
        for file, start, count in self.blocks.slabs(first, stop, most):
            raw = self._read_runs(file, start + offset, count, n_between, together)
            if not in_order:
                raw = raw[:, picked - lowest]
            done += _spread(raw, out[done:], skip)
            skip = 0
        return out

    def _read_runs(
        self, file: RawFile, start: int, count: int, n_columns: int, together: bool
    ) -> np.ndarray:
        """Return the runs of neighbouring columns in `count` blocks, (block, column, sample)."""
        run = self.per_block * self.dtype.itemsize
        stride, width = self.blocks.stride, n_columns * run
        if together:
            slab = aligned_empty((count - 1) * stride + width, "uint8")
            file.read_into(slab, start)
        else:
            slab = aligned_empty(count * width, "uint8")
            for k, row in enumerate(slab.reshape(count, width)):
                file.read_into(row, start + k * stride)
            stride = width
        shape = (count, n_columns, self.per_block)
        return np.ndarray(shape, self.dtype, slab, strides=(stride, run, self.dtype.itemsize))


def _spread(raw: np.ndarray, out: np.ndarray, skip: int) -> int:
    """Write blocks (block, column, sample) to rows of `out`, but the first `skip` samples.

    Returns
    -------
    int
        Rows written: all that there are samples for.
    """
    _, n_columns, per_block = raw.shape
    done = 0
    if skip:
        done = min(per_block - skip, len(out))
        out[:done] = raw[0].T[skip : skip + done]
        raw = raw[1:]
    whole = min(len(raw), (len(out) - done) // per_block)
    rows = out[done : done + whole * per_block]
    rows.reshape(whole, per_block, n_columns)[...] = raw[:whole].transpose(0, 2, 1)
    done += len(rows)
    rest = min(per_block, len(out) - done)
    if whole < len(raw) and rest:
        out[done : done + rest] = raw[whole].T[:rest]
        done += rest
    return done


@dataclass(frozen=True, eq=False)
class ChannelFiles:
    """A signal with a file for each channel.

    Parameters
    ----------
    files : tuple of RawFile
    size : int
        Samples that all of them have.
    dtype : numpy.dtype
        As stored.
    """

    files: tuple[RawFile, ...]
    size: int
    dtype: np.dtype

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of columns), C order."""
        picked = np.arange(len(self.files))[columns].tolist()
        out = aligned_empty((i_stop - i_start, len(picked)), self.dtype.newbyteorder("="))
        if not out.size:
            return out
        step = min(len(out), max(ROW_PADDING, SLAB_BYTES // (self.dtype.itemsize * len(picked))))
        rows = -(-step // (2 * ROW_PADDING)) * 2 * ROW_PADDING + ROW_PADDING
        slab = aligned_empty((len(picked), rows), self.dtype)
        for start in range(0, len(out), step):
            n = min(step, len(out) - start)
            for row, column in zip(slab, picked, strict=True):
                self.files[column].read_into(row[:n], (i_start + start) * self.dtype.itemsize)
            out[start : start + n] = slab[:, :n].T
        return out


@dataclass(frozen=True, eq=False)
class Columns:
    """Neighbouring columns of frames."""

    frames: Frames
    first: int
    count: int

    @property
    def size(self) -> int:
        """Number of samples."""
        return self.frames.size

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of columns)."""
        if isinstance(columns, slice) and columns == ALL:
            return self.frames.read(i_start, i_stop, slice(self.first, self.first + self.count))
        picked = np.arange(self.first, self.first + self.count)[columns]
        return self.frames.read(i_start, i_stop, picked)


@dataclass(frozen=True, eq=False)
class LineStates:
    """Digital lines, each a bit of the words of a source with one column: zeros and ones."""

    words: Source
    bits: np.ndarray  # uint16

    @property
    def size(self) -> int:
        """Number of samples."""
        return self.words.size

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of lines), uint16."""
        bits = self.bits[columns]
        out = aligned_empty((i_stop - i_start, len(bits)), "uint16")
        if not out.size:
            return out
        step = SLAB_BYTES // 2
        for start in range(0, len(out), step):
            stop = min(start + step, len(out))
            words = self.words.read(i_start + start, i_start + stop)
            np.right_shift(words, bits, out=out[start:stop])
        np.bitwise_and(out, np.uint16(1), out=out)
        return out


@dataclass(frozen=True, eq=False)
class StimCurrents:
    """Stimulation currents: the signed steps in the words of a source."""

    words: Source

    @property
    def size(self) -> int:
        """Number of samples."""
        return self.words.size

    def read(self, i_start: int, i_stop: int, columns: Selection = ALL) -> np.ndarray:
        """Return samples `i_start` to `i_stop`, shape (n, number of columns), int16."""
        n_columns = self.words.read(0, 0, columns).shape[1]
        out = aligned_empty((i_stop - i_start, n_columns), "int16")
        step = max(1, SLAB_BYTES // (2 * max(1, n_columns)))
        for start in range(0, len(out), step):
            stop = min(start + step, len(out))
            out[start:stop] = stim_steps(self.words.read(i_start + start, i_start + stop, columns))
        return out

"""A level on disk: an ``.npy`` file of rows and one of their checksums, read and written in place.

Positional reads and writes, never a memory map: a full disk is then an error and not the end of
the process, and memory is bounded. A unit of rows counts as there when its checksum is not zero
and fits; rows are written before their checksum. So a build may be killed at any moment, several
processes may write different rows of one file, and what the disk has damaged is found.
"""

import os
from pathlib import Path

import numpy as np

from rawio.files import aligned_empty
from rawio.open_files import OpenFile

HEADER_VERSION = (1, 0)
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""An odd number of well mixed bits (2**64 over the golden ratio)."""

LENGTH_SHIFT = np.uint64(56)
"""Bits that sums and numbers of units do not reach, so the rows of a unit are counted there."""


class ArrayFile:
    """An ``.npy`` file whose rows are read and written one range at a time.

    Parameters
    ----------
    path : pathlib.Path
    dtype : numpy.dtype
    row_shape : tuple of int
        Shape of a row.
    writable : bool

    Raises
    ------
    OSError
        When it cannot be opened.
    ValueError
        When its header says something else.
    """

    def __init__(
        self, path: Path, dtype: np.dtype, row_shape: tuple[int, ...], writable: bool
    ) -> None:
        self.path, self.dtype, self.row_shape = path, np.dtype(dtype), row_shape
        self.row_bytes = self.dtype.itemsize * int(np.prod(row_shape))
        self._start = self._check_header()
        self._file = OpenFile(path.absolute(), os.O_RDWR if writable else os.O_RDONLY)

    @staticmethod
    def create(path: Path, dtype: np.dtype, row_shape: tuple[int, ...], rows: int) -> None:
        """Write a file of zeros, which takes no room on the disk until rows are written."""
        with path.open("wb") as file:
            _write_header(file, dtype, row_shape, rows)
            row_bytes = np.dtype(dtype).itemsize * int(np.prod(row_shape))
            file.truncate(file.tell() + rows * row_bytes)

    def extend(self, rows: int) -> None:
        """Make the file `rows` long; what is added is zeros."""
        with self.path.open("r+b") as file:
            _write_header(file, self.dtype, self.row_shape, rows)
            if file.tell() != self._start:
                raise ValueError(f"{self.path.name}: its header has no room to grow")
            file.truncate(self._start + rows * self.row_bytes)

    def read(self, first: int, last: int) -> np.ndarray:
        """Return rows `first` to `last` (not included).

        Raises
        ------
        OSError
        ValueError
            When the file ends before.
        """
        out = aligned_empty((last - first, *self.row_shape), self.dtype)
        view = out.reshape(-1).view(np.uint8).data
        done, offset = 0, self._start + first * self.row_bytes
        while done < len(view):
            count = self._file.read_some(view[done:], offset + done)
            if not count:
                raise ValueError(f"{self.path.name}: ends before row {last}")
            done += count
        return out

    def write(self, first: int, rows: np.ndarray) -> None:
        """Write rows from `first` on.

        Raises
        ------
        OSError
            No room, no permission.
        """
        view = np.ascontiguousarray(rows, self.dtype).reshape(-1).view(np.uint8).data
        done, offset = 0, self._start + first * self.row_bytes
        while done < len(view):
            done += self._file.write_some(view[done:], offset + done)

    def _check_header(self) -> int:
        with self.path.open("rb") as file:
            if np.lib.format.read_magic(file) != HEADER_VERSION:
                raise ValueError(f"{self.path.name}: another version of .npy")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
            if fortran or dtype != self.dtype or shape[1:] != self.row_shape:
                raise ValueError(f"{self.path.name}: holds something else")
            return file.tell()


def _write_header(file, dtype: np.dtype, row_shape: tuple[int, ...], rows: int) -> None:  # type: ignore[no-untyped-def]
    # NumPy leaves room in the header for the first axis to grow.
    head = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
        "fortran_order": False,
        "shape": (rows, *row_shape),
    }
    np.lib.format.write_array_header_1_0(file, head)


def checksums(rows: np.ndarray, unit_rows: int, first_unit: int) -> np.ndarray:
    """Return a checksum for each unit of rows; never zero, which stands for "not written".

    The sum of a unit's bytes as words of at most 32 bits, mixed with the number of the unit and
    with how many rows it has: rows in a wrong place are wrong, so are those of a recording that
    was shorter, and since 64 bits hold such a sum whole, only zeros sum to zero.

    Parameters
    ----------
    rows : ndarray, shape (n, ...)
        C-contiguous, from the start of a unit; the last unit may be short.
    unit_rows : int
    first_unit : int
        Number of the first unit in its file.

    Returns
    -------
    ndarray of uint64, shape (ceil(n / unit_rows),)
    """
    whole, rest = divmod(len(rows), unit_rows)
    sums = np.empty(whole + bool(rest), np.uint64)
    if whole:
        sums[:whole] = _sums(rows[: whole * unit_rows], whole)
    if rest:
        sums[whole:] = _sums(rows[whole * unit_rows :], 1)
    lengths = np.full(len(sums), unit_rows, np.uint64)
    lengths[whole:] = rest
    numbers = np.arange(first_unit + 1, first_unit + 1 + len(sums), dtype=np.uint64)
    mixed = (sums + numbers + (lengths << LENGTH_SHIFT)) * MULTIPLIER
    mixed ^= mixed >> np.uint64(29)
    mixed[mixed == 0] = 1
    return mixed


def _sums(rows: np.ndarray, units: int) -> np.ndarray:
    raw = rows.reshape(-1).view(np.uint8).reshape(units, -1)
    nbytes = raw.shape[1]
    word = next(size for size in (4, 2, 1) if nbytes % size == 0)
    return raw.view(f"<u{word}").sum(axis=1, dtype=np.uint64)

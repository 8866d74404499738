"""The .npy files of the Open Ephys GUI, read a piece at a time and without pickle.

The GUI writes the header when a recording starts and its number of records when the recording
stops, so after a crash the header says fewer than there are. What counts is the size of the file.
"""

import ast
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import FormatError
from rawio.files import RawFile, aligned_empty

MAGIC = b"\x93NUMPY"
MAX_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class NpyFile:
    """Records of an .npy file.

    Attributes
    ----------
    file : RawFile
    offset : int
        Byte of the first record.
    dtype : numpy.dtype
        Of an element, with its byte order.
    shape : tuple of int
        Of a record.
    count : int
        Whole records in the file.
    stated : int
        Records by the header.
    """

    file: RawFile
    offset: int
    dtype: np.dtype
    shape: tuple[int, ...]
    count: int
    stated: int

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.file.path

    @property
    def record_bytes(self) -> int:
        """Size of a record."""
        return self.dtype.itemsize * math.prod(self.shape)

    def read(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return records, shape (stop - start, \\*shape), in the machine's byte order."""
        stop = self.count if stop is None else stop
        out = aligned_empty((stop - start, *self.shape), self.dtype)
        self.file.read_into(out, self.offset + start * self.record_bytes)
        return out.astype(self.dtype.newbyteorder("="), copy=False)


def open_npy(path: Path, kinds: str) -> NpyFile:
    """Return the .npy file at `path`, whose elements must be of one of the `kinds` of NumPy.

    Raises
    ------
    FormatError
        When it is no .npy file, its header is damaged, or it holds something else.
    MissingFileError, EmptyFileError, UnreadableFileError
    """
    file = RawFile(path)
    dtype, shape, stated, offset = _read_header(file)
    if dtype.kind not in kinds:
        raise FormatError(f"{path}: holds elements of type {dtype.str}, which are not known here.")
    size = dtype.itemsize * math.prod(shape)
    if not size:
        raise FormatError(f"{path}: its header is damaged; records have no bytes.")
    return NpyFile(file, offset, dtype, shape, (file.size - offset) // size, stated)


def read_column(folder: Path, names: Iterable[str], kinds: str) -> np.ndarray | None:
    """Return the values, one a record, of the first .npy file of these names that is there.

    Raises
    ------
    FormatError
        As `open_npy` does, and when there are several values a record.
    EmptyFileError, UnreadableFileError
    """
    for name in names:
        path = folder / f"{name}.npy"
        if path.is_file():
            file = open_npy(path, kinds)
            if file.record_bytes != file.dtype.itemsize:
                raise FormatError(f"{path}: has several numbers for each event or spike.")
            return file.read().reshape(-1)
    return None


def _read_header(file: RawFile) -> tuple[np.dtype, tuple[int, ...], int, int]:
    """Return type of an element, shape of a record, number of records, and where they start."""
    start = file.read(0, 12).tobytes()
    if start[:6] != MAGIC or len(start) < 12 or start[6] not in (1, 2, 3):
        raise FormatError(f"{file.path}: is no .npy file; its first bytes are {start[:8]!r}.")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(start[8 : 8 + width], "little")
    offset = 8 + width + length
    if length > MAX_HEADER_BYTES or offset > file.size:
        raise FormatError(
            f"{file.path}: its header should have {length} bytes, the file has {file.size}; it was "
            "cut or is damaged."
        )
    text = file.read(8 + width, length).tobytes().decode("latin-1")
    try:
        dtype, shape = _parse(text)
    except (ValueError, SyntaxError, TypeError, LookupError, RecursionError, MemoryError) as error:
        raise FormatError(f"{file.path}: its header is damaged ({error}).") from None
    return dtype, shape[1:], shape[0], offset


def _parse(text: str) -> tuple[np.dtype, tuple[int, ...]]:
    """Return type and shape from the text of a header; raises ValueError and the like."""
    with warnings.catch_warnings():  # of Python, about backslashes in a damaged text
        warnings.simplefilter("ignore")
        fields: Any = ast.literal_eval(text.strip())
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise ValueError("it does not say type, order and shape")
    dtype = np.lib.format.descr_to_dtype(fields["descr"])
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are not read")
    shape = fields["shape"]
    if not isinstance(shape, tuple) or not shape or not all(type(n) is int for n in shape):
        raise ValueError("its shape is no tuple of whole numbers")
    if any(n < 0 for n in shape):
        raise ValueError("its shape is negative")
    if fields["fortran_order"] is not False and sum(n != 1 for n in shape) > 1:
        raise ValueError("it is in Fortran order, which the GUI does not write")
    return dtype, shape

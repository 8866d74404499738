"""Positional, thread-safe reads of raw bytes into aligned buffers.

Reads go through `os.preadv`: no shared file position, hence no lock between threads, and memory
that is released when the array is, unlike the pages of a long-lived memory map. Buffers are
64-byte aligned because on current x86 servers the kernel's copy is several times slower into
memory that starts a few bytes past a page, which is where large NumPy allocations begin.
"""

import os
import threading
import weakref
from pathlib import Path

import numpy as np

from rawio.errors import EmptyFileError, FormatError, MissingFileError, UnreadableFileError

ALIGNMENT = 64


def aligned_empty(shape: int | tuple[int, ...], dtype: np.dtype | str) -> np.ndarray:
    """Return an uninitialised C-ordered array whose data starts at a 64-byte boundary.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : numpy.dtype or str
    """
    dtype = np.dtype(dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    nbytes = dtype.itemsize
    for n in shape:
        nbytes *= n
    raw = np.empty(nbytes + ALIGNMENT, dtype=np.uint8)
    skip = -raw.ctypes.data % ALIGNMENT
    return raw[skip : skip + nbytes].view(dtype).reshape(shape)


class RawFile:
    """One recording file, opened read-only at the first read and shared by all threads.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    path : pathlib.Path
    size : int
        Size in bytes when the object was made.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
        One sentence that names the path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._absolute = self.path.absolute()  # a later change of folder must not matter
        try:
            status = self.path.stat()
        except FileNotFoundError:
            raise MissingFileError(
                f"{self.path}: no such file; check the path and its spelling."
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UnreadableFileError(f"{self.path}: cannot be read ({reason}).") from None
        if self.path.is_dir():
            raise UnreadableFileError(f"{self.path}: is a folder; name a recording file in it.")
        if not self.path.is_file():
            raise UnreadableFileError(f"{self.path}: is not a regular file.")
        if status.st_size == 0:
            raise EmptyFileError(
                f"{self.path}: is empty (0 bytes); the recording or its copy did not finish."
            )
        self.size = status.st_size
        self.mtime_ns = status.st_mtime_ns
        self._lock = threading.Lock()
        self._descriptor: tuple[int, int] | None = None  # (process id, file descriptor)

    def read_into(self, target: np.ndarray, offset: int) -> None:
        """Fill the C-contiguous array `target` with the bytes at byte `offset` of the file.

        Raises
        ------
        FormatError
            When the file ends before the array is full (it shrank since it was opened).
        UnreadableFileError
            When the system reports an I/O error.
        ValueError
            When the array is not C-contiguous: a copy would be filled in its place.
        """
        if not target.flags.c_contiguous:
            raise ValueError("bytes are read into C-contiguous arrays only")
        view = target.reshape(-1).view(np.uint8).data
        done = 0
        try:
            while done < len(view):
                n = self._read_some(view[done:], offset + done)
                if n == 0:
                    raise FormatError(
                        f"{self.path}: ends at byte {offset + done}, {len(view) - done} bytes "
                        "before what its header promised; was it cut or replaced while open?"
                    )
                done += n
        except OSError as error:
            raise UnreadableFileError(
                f"{self.path}: reading {len(view)} bytes at {offset} failed ({error.strerror})."
            ) from error

    def read(self, offset: int, count: int) -> np.ndarray:
        """Return `count` bytes at byte `offset` as an aligned uint8 array, fewer at the end."""
        out = aligned_empty(max(0, min(count, self.size - offset)), "uint8")
        self.read_into(out, offset)
        return out

    def _read_some(self, view: memoryview, offset: int) -> int:
        descriptor = self._open()
        if hasattr(os, "preadv"):
            return os.preadv(descriptor, [view], offset)
        with self._lock:  # Windows has no positional read
            os.lseek(descriptor, offset, os.SEEK_SET)
            data = os.read(descriptor, len(view))
        view[: len(data)] = data
        return len(data)

    def _open(self) -> int:
        """Return the descriptor, opened once a process: a forked child must not share it."""
        current = self._descriptor
        if current is not None and current[0] == os.getpid():
            return current[1]
        with self._lock:
            current = self._descriptor
            if current is None or current[0] != os.getpid():
                flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
                current = (os.getpid(), os.open(self._absolute, flags))
                weakref.finalize(self, _close, *current)
                self._descriptor = current
        return current[1]

    def __getstate__(self) -> dict[str, object]:
        return {"path": self._absolute}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]


def _close(process: int, descriptor: int) -> None:
    if process == os.getpid():
        os.close(descriptor)

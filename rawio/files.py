"""Positional, thread-safe reads of raw bytes into aligned buffers.

Reads go through `os.preadv`: no shared file position, hence no lock between threads, and memory
that is released when the array is, unlike the pages of a long-lived memory map. Buffers are
64-byte aligned because on current x86 servers the kernel's copy is several times slower into
memory that starts a few bytes past a page, which is where large NumPy allocations begin.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import EmptyFileError, FormatError, MissingFileError, UnreadableFileError
from rawio.open_files import OpenFile

ALIGNMENT = 64

PART_BYTES = 4 << 20
"""Reads of at least twice as much are shared by threads: one core copies slower than memory can."""

MAX_THREADS = 4


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
    """One recording file, opened read-only when it is read and shared by all threads.

    Parameters
    ----------
    path : path-like

    Attributes
    ----------
    path : pathlib.Path
    size : int
        Size in bytes when the object was made.
    mtime_ns : int
        When it had last been changed, in nanoseconds.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
        One sentence that names the path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = OpenFile(self.path.absolute())
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
        count = min(MAX_THREADS, os.cpu_count() or 1, len(view) // PART_BYTES)
        if count < 2:
            self._fill(view, offset, offset + len(view))
            return
        end = offset + len(view)
        bounds = [len(view) * k // count // ALIGNMENT * ALIGNMENT for k in range(count)]
        parts = [
            (view[a:b], offset + a, end)
            for a, b in zip(bounds, [*bounds[1:], len(view)], strict=True)
        ]
        others = [_start(self._fill, *part) for part in parts[1:]]
        try:
            self._fill(*parts[0])
        finally:
            wait(others)  # whatever happened: nobody may still be writing into the array
        for other in others:
            other.result()

    def _fill(self, view: memoryview, offset: int, end: int) -> None:
        """Fill `view`, which is all or a part of an array that is to end at byte `end`."""
        done = 0
        try:
            while done < len(view):
                n = self._read_some(view[done:], offset + done)
                if n == 0:
                    raise FormatError(
                        f"{self.path}: ends at byte {offset + done}, {end - offset - done} bytes "
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
        descriptor = self._file.descriptor()
        if hasattr(os, "preadv"):
            return os.preadv(descriptor.number, [view], offset)
        with self._lock:  # Windows has no positional read
            os.lseek(descriptor.number, offset, os.SEEK_SET)
            data = os.read(descriptor.number, len(view))
        view[: len(data)] = data
        return len(data)

    def __getstate__(self) -> dict[str, object]:
        return {"path": self._file.path}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]


_threads: ThreadPoolExecutor | None = None
_threads_lock = threading.Lock()


def _start(fill: Callable[..., None], *part: Any) -> Future[None]:
    """Run `fill` in a reading thread; here and now, when there can be none any more."""
    global _threads
    try:
        with _threads_lock:
            if _threads is None:
                _threads = ThreadPoolExecutor(MAX_THREADS, "rawio read")
            return _threads.submit(fill, *part)
    except RuntimeError:  # the interpreter is shutting down
        fill(*part)
        done: Future[None] = Future()
        done.set_result(None)
        return done


def _forget_threads() -> None:
    """Make a forked child start threads of its own: its parent's are not in it."""
    global _threads, _threads_lock
    _threads, _threads_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)

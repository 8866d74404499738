"""Positional, thread-safe reads of raw bytes into aligned buffers.

Reads go through `os.preadv`: no shared file position, hence no lock between threads, and memory
that is released when the array is, unlike the pages of a long-lived memory map. Buffers are
64-byte aligned because on current x86 servers the kernel's copy is several times slower into
memory that starts a few bytes past a page, which is where large NumPy allocations begin.
"""

import os
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple, Self

import numpy as np

from rawio.errors import EmptyFileError, FormatError, MissingFileError, UnreadableFileError
from rawio.open_files import OpenFile
from rawio.sources import note
from rawio.threads import run_together, shares

ALIGNMENT = 64

PART_BYTES = 4 << 20
"""Reads of at least twice as much are shared by threads."""


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


Change = Literal["grown", "replaced", "cut", "gone"]


class Stamp(NamedTuple):
    """What tells a file from one that was written since.

    Attributes
    ----------
    size : int
        Bytes.
    mtime_ns : int
        When it had last been changed, in nanoseconds.
    inode : int
    device : int or None
        Not compared where it is None: another machine numbers them otherwise.
    """

    size: int
    mtime_ns: int
    inode: int
    device: int | None = None

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return that of a file of which the system says this."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)

    def change_to(self, now: "Stamp") -> Change | None:
        """Return what happened to a file that is `now` there, None if nothing did."""
        devices = {self.device, now.device} - {None}
        if now.inode != self.inode or len(devices) > 1:
            return "replaced"
        if now.size != self.size:
            return "grown" if now.size > self.size else "cut"
        return "replaced" if now.mtime_ns != self.mtime_ns else None


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
    stamp : Stamp
        Both, and which file it was.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
        One sentence that names the path.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._name(Path(path))
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
        self._stand(Stamp.of(status))
        note(self._file.path, self)

    @classmethod
    def known(cls, path: Path, stamp: Stamp) -> Self:
        """Return a file as it was once opened; whether it is still there shows when it is read."""
        file = cls.__new__(cls)
        file._name(path)
        file._stand(stamp)
        return file

    def _name(self, path: Path) -> None:
        self.path = path
        self._file = OpenFile(path.absolute())

    def _stand(self, stamp: Stamp) -> None:
        self.stamp, self.size, self.mtime_ns = stamp, stamp.size, stamp.mtime_ns

    def change(self) -> Change | None:
        """Return what has happened to the file at the path since this object was made.

        Returns
        -------
        str or None
            ``'gone'``: it is missing, or cannot be reached; ``'replaced'``: it is another file, or
            of the same size but was written to; ``'cut'``: it is smaller; ``'grown'``: it is
            larger. None if nothing happened.
        """
        try:
            return self.stamp.change_to(Stamp.of(self._file.path.stat()))
        except OSError:
            return "gone"

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
        end = offset + len(view)
        parts = shares(len(view), PART_BYTES)
        if len(parts) == 1:
            self._fill(view, offset, end)
            return
        run_together([partial(self._fill, view[a:b], offset + a, end) for a, b in parts])

    def _fill(self, view: memoryview, offset: int, end: int) -> None:
        """Fill `view`, which is all or a part of an array that is to end at byte `end`."""
        done = 0
        try:
            while done < len(view):
                n = self._file.read_some(view[done:], offset + done)
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

    def __getstate__(self) -> dict[str, object]:
        return {"path": self._file.path}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__init__(state["path"])  # type: ignore[misc]

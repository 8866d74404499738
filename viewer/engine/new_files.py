"""`NewFiles`: files that are under their names once they are whole, and never over a recording.

What is being written has a name of its own beside the target (``data.npy.0c5d1f6a92be.part``) and
is renamed at the end. An error or Ctrl+C removes it. After a kill it is left, and goes when a file
of the same name is written the next time: nobody holds the lock that its writer held.
"""

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from rawio import BaseRawIO, RawIOError
from rawio.sidecar import sidecar_path
from rawio.texts import size_text

UNFINISHED = ".part"
"""How the names end of files that are being written."""

MOST_NAME = 60
"""Characters of a target's name that are in that of its unfinished file: names have limits."""


class NewFileError(RawIOError):
    """A file is not written: it is there, is a recording's own, or there is no room for it."""


class FileThereError(NewFileError):
    """A file is there already, and nobody has said that it may be replaced."""


class NewFiles:
    """A file and what lies beside it, which are put under their names together.

    To be used in a ``with`` block; when it ends, only what `put_in_place` has renamed stays.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        The first is the file itself, others describe it.
    overwrite : bool
        Whether others of these names may be replaced.

    Raises
    ------
    NewFileError
        When the system says no: no room, no permission.
    """

    def __init__(self, paths: Sequence[Path], overwrite: bool = False) -> None:
        self.paths, self._overwrite = tuple(paths), overwrite
        self._parts: list[Path] = []
        self._descriptors: list[int] = []
        self._placing = self._done = False

    def __enter__(self) -> Self:
        try:
            for path in self.paths:
                with _said_of(path):
                    remove_unfinished(path)
                    self._open(path)
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._clear()

    def write(self, data: bytes | memoryview, number: int = 0) -> None:
        """Write bytes after what has been written to a file.

        Raises
        ------
        NewFileError
        """
        view = memoryview(data).cast("B")
        with _said_of(self.paths[number]):
            done = 0
            while done < len(view):
                done += os.write(self._descriptors[number], view[done:])

    def put_in_place(self) -> None:
        """Give the files their names.

        Whenever this is cut short, a description is never beside data that it is not of.

        Raises
        ------
        NewFileError
            Also when one of the names has been taken since.
        """
        for path, descriptor in zip(self.paths, self._descriptors, strict=True):
            with _said_of(path):
                os.fsync(descriptor)  # or, after a power cut, there may be a name and no content
        self._close()
        if not self._overwrite:
            for path in self.paths:
                _check_free(path)
        for path in self.paths[1:]:
            with _said_of(path):
                path.unlink(missing_ok=True)
        self._placing = True
        for part, path in zip(self._parts, self.paths, strict=True):
            with _said_of(path):
                os.replace(part, path)
        self._done = True

    def _open(self, path: Path) -> None:
        token = secrets.token_hex(6)
        part = path.with_name(f"{path.name[:MOST_NAME]}.{token}{UNFINISHED}")
        self._parts.append(part)  # now, so that it is removed whenever this is cut short
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(part, flags, 0o666)
        self._descriptors.append(descriptor)
        with contextlib.suppress(OSError):  # not all disks of networks know locks
            _lock(descriptor)

    def _close(self) -> None:
        while self._descriptors:
            descriptor = self._descriptors.pop()
            with contextlib.suppress(OSError):  # all is on the disk, or nobody wants it
                os.close(descriptor)

    def _clear(self) -> None:
        self._close()
        # `_parts` may be shorter, of what could not be opened.
        for part, path in zip(self._parts, self.paths, strict=False):
            with contextlib.suppress(OSError, ValueError):
                if self._placing and not self._done and not part.exists():
                    path.unlink()  # one of several
                else:
                    part.unlink(missing_ok=True)


def check_targets(paths: Sequence[Path], reader: BaseRawIO, overwrite: bool) -> None:
    """Check that files may be written: they are no others', and none of the recording's own.

    Parameters
    ----------
    paths : sequence of pathlib.Path
    reader : BaseRawIO
        Whose `source_files`, and the descriptions beside them, must not be touched.
    overwrite : bool
        Whether files that are there may be replaced.

    Raises
    ------
    NewFileError
    """
    for path in paths:
        if any(_is_same(path, source) for source in _sources(reader)):
            raise NewFileError(
                f"{path}: belongs to the recording itself, which is never written to; choose "
                "another name."
            )
        with _said_of(path):
            if path.name == "" or path.is_dir():
                raise NewFileError(f"{path}: is a folder; name a file in it.")
            if not path.parent.is_dir():
                raise NewFileError(f"{path.parent}: there is no such folder.")
            if path.exists() and not stat.S_ISREG(path.stat().st_mode):
                raise NewFileError(f"{path}: is a device or pipe; name a file.")
            if not overwrite:
                _check_free(path)
            elif path.exists() and not os.access(path, os.W_OK):
                raise NewFileError(f"{path}: is protected from writing and is not replaced.")


def check_room(path: Path, nbytes: int) -> None:
    """Check that a disk has room for a file.

    Raises
    ------
    NewFileError
        With how much there is.
    """
    try:
        free = shutil.disk_usage(path.parent).free
    except OSError:
        return  # then the system will say so when there is none
    if nbytes > free:
        raise NewFileError(
            f"{path}: takes {size_text(nbytes)} and {size_text(free)} are free there; make room, "
            "choose another disk, or fewer seconds or channels."
        )


def remove_unfinished(path: Path) -> None:
    """Remove what writers of a file have left that were killed.

    Raises
    ------
    OSError
        When the folder cannot be listed.
    """
    name = re.escape(path.name[:MOST_NAME])
    pattern = re.compile(name + r"\.[0-9a-f]{12}" + re.escape(UNFINISHED))
    for entry in os.listdir(path.parent):
        if pattern.fullmatch(entry):
            with contextlib.suppress(OSError):  # somebody is writing it, or it is not ours
                _remove_unlocked(path.with_name(entry))


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        _lock(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()  # Windows refuses this, and needs no lock, while somebody has it open


def _lock(descriptor: int) -> None:
    """Hold a file until it is closed.

    Raises
    ------
    OSError
        When another process holds it.
    """
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _check_free(path: Path) -> None:
    if os.path.lexists(path):
        raise FileThereError(f"{path}: is there already, and is not replaced.")


def _sources(reader: BaseRawIO) -> Iterator[Path]:
    """Return what a recording is read from, as far as it is known, and the descriptions of it."""
    files: Iterable[Path] = (file.path for file in reader.source_files())
    # Names of arrays and such need not be those of files.
    named = (path for path in map(Path, (reader.filename, reader.source_name())) if path.exists())
    for path in (*files, *named):
        yield path
        yield sidecar_path(path)


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two paths are one file, or would be."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(path, other)
    if os.path.normcase(path.name) != os.path.normcase(other.name):
        return False
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(path.parent, other.parent)
    return False


@contextlib.contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into one sentence."""
    try:
        yield
    except RawIOError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NewFileError(f"{path}: cannot be written ({reason}).") from None

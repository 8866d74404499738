"""How many files are open at a time: no more than a process can well have.

A session of days may have thousands of files, one for each channel, stream or hour, and a process
may have a thousand or a few hundred open. So files are opened when they are read, and when there
are too many those that were not read for long are closed until they are read again.
"""

import contextlib
import os
import threading
import weakref
from collections import deque
from pathlib import Path

from rawio.locks import Lock

MOST_OPEN = 512
FALLBACK_OPEN = 128
LEAST_OPEN = 16


class Descriptor:
    """An open file as the system numbers it, closed when nobody holds it any more."""

    def __init__(self, path: Path, flags: int) -> None:
        self.number = os.open(path, flags | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, _close, os.getpid(), self.number)


class OpenFile:
    """A file that is opened when it is read, and may be closed when it is not.

    Parameters
    ----------
    path : pathlib.Path
        Absolute, since a later change of folder must not matter.
    flags : int
        As `os.open` takes them; for reading if left out.
    """

    def __init__(self, path: Path, flags: int = os.O_RDONLY) -> None:
        self.path = path
        self._flags = flags
        self._seeking = threading.Lock()
        self._descriptor: Descriptor | None = None
        self._used = False

    def descriptor(self) -> Descriptor:
        """Return the descriptor; the file stays open as long as the caller holds it.

        Raises
        ------
        OSError
        """
        self._used = True
        descriptor = self._descriptor
        if descriptor is not None:
            return descriptor
        opened = Descriptor(self.path, self._flags)
        with _lock:
            descriptor = self._descriptor
            if descriptor is None:  # else another thread was faster, and ours is closed at once
                descriptor = self._descriptor = opened
                _kept.append(weakref.ref(self))
                _close_some(most_open())
        return descriptor

    def read_some(self, view: memoryview, offset: int) -> int:
        """Read bytes at a place into `view`; return how many, 0 at the end of the file.

        Raises
        ------
        OSError
        """
        descriptor = self.descriptor()
        if hasattr(os, "preadv"):
            return os.preadv(descriptor.number, [view], offset)
        with self._seeking:  # Windows has no positional read
            os.lseek(descriptor.number, offset, os.SEEK_SET)
            data = os.read(descriptor.number, len(view))
        view[: len(data)] = data
        return len(data)

    def write_some(self, view: memoryview, offset: int) -> int:
        """Write bytes at a place; return how many.

        Raises
        ------
        OSError
        """
        descriptor = self.descriptor()
        if hasattr(os, "pwrite"):
            return os.pwrite(descriptor.number, view, offset)
        with self._seeking:
            os.lseek(descriptor.number, offset, os.SEEK_SET)
            return os.write(descriptor.number, view)

    def give_way(self) -> bool:
        """Let go of the descriptor, unless the file was read since the last call; say whether."""
        if self._used and self._descriptor is not None:
            self._used = False
            return False
        self._descriptor = None
        return True

    def close_inherited(self) -> None:
        """Close what a forked child has from its parent, where the file stays open."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor.number)
            self._descriptor = None


def most_open() -> int:
    """Return how many files to hold open: at most half of what the system allows."""
    try:
        import resource
    except ImportError:  # Windows
        return min(MOST_OPEN, FALLBACK_OPEN)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_OPEN if soft < 0 else min(MOST_OPEN, max(LEAST_OPEN, soft // 2))


_kept: deque[weakref.ref[OpenFile]] = deque()
"""Those that are open, and some that were, in the order they were opened."""

_lock = Lock()


def _close_some(most: int) -> None:
    """Close files until no more than `most` are open; one that was read gets a second chance."""
    while len(_kept) > most:
        reference = _kept.popleft()
        oldest = reference()
        if oldest is not None and not oldest.give_way():
            _kept.append(reference)


def _close(process: int, number: int) -> None:
    if process == os.getpid():
        os.close(number)


def _close_inherited() -> None:
    for reference in _kept:
        inherited = reference()
        if inherited is not None:
            inherited.close_inherited()
    _kept.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)

"""Which files a recording is read from: those that are opened while its header is parsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which notes its files here
    from rawio.files import RawFile

_noted: ContextVar[dict[Path, "RawFile"] | None] = ContextVar("_noted", default=None)
"""By absolute path; every thread has its own."""


@contextmanager
def noting() -> Iterator[dict[Path, "RawFile"]]:
    """Note the files opened by this thread for the length of a ``with`` block.

    Of blocks within each other only the innermost notes. Who opens files in threads of its own
    runs them in copies of its context (`contextvars.copy_context`).

    Returns
    -------
    dict of pathlib.Path to RawFile
        Absolute paths in the order they were opened first. What is opened twice is there as it
        was the second time: the first look at a file mostly is for its kind.
    """
    noted: dict[Path, RawFile] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(path: Path, file: "RawFile") -> None:
    """Note a file that was opened, under its absolute path, if anybody wants to know."""
    noted = _noted.get()
    if noted is not None:
        noted[path] = file


class SourceFiles:
    """The files of a recording, also in another process after some of them have gone.

    Parameters
    ----------
    files : tuple of RawFile
    """

    def __init__(self, files: "tuple[RawFile, ...]" = ()) -> None:
        self.files = files

    def __getstate__(self) -> list[tuple[Path, tuple[int, int, int]]]:
        # Neither the machine's number of the device, which another may give to none or another
        # one, nor the files themselves: those would have to be there to be opened.
        return [(file.path.absolute(), file.stamp[:3]) for file in self.files]

    def __setstate__(self, state: list[tuple[Path, tuple[int, int, int]]]) -> None:
        from rawio.files import RawFile, Stamp

        self.files = tuple(RawFile.known(path, Stamp(*stamp)) for path, stamp in state)

"""What the reading layer raises: one clear sentence each, saying what, where and what to do.

Every error is a `RawIOError`, so a caller needs one ``except``; each is also the built-in
exception that Python code would expect in its place (`FileNotFoundError`, `IndexError`, ...).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rawio.texts import listed

Warn = Callable[[str], None]
"""What parts of a reader are given to tell what they drop, clamp, repair or guess: it takes one
sentence each."""

_BREAKS = {c: repr(chr(c))[1:-1] for c in (*range(32), *range(127, 160), 0x2028, 0x2029)}


def one_line(text: str) -> str:
    """Return `text` with control characters escaped: names of files may hold line ends."""
    return text.translate(_BREAKS)


class RawIOError(Exception):
    """Base of everything the reading layer raises on purpose.

    Attributes
    ----------
    to_describe : pathlib.Path or None
        The flat binary file that would open if it were described, or otherwise than it is; None
        where no description would help.
    """

    to_describe: Path | None = None

    def __str__(self) -> str:
        # Not super(): that of an OSError would show errno in place of the sentence.
        return one_line(Exception.__str__(self))


class MissingFileError(RawIOError, FileNotFoundError):
    """There is no file at the path given."""


class UnreadableFileError(RawIOError, OSError):
    """The file is there but the system refuses to read it (permission, I/O error, a directory)."""


class EmptyFileError(RawIOError):
    """The file has no bytes at all."""


class UnwritableFileError(RawIOError, OSError):
    """The system refuses to write a file (permission, a full disk)."""


class UnknownFormatError(RawIOError):
    """No reader recognises the file, or the options needed to read it are missing."""


class UndescribedFileError(UnknownFormatError):
    """A file that is or may be a flat binary one, and nothing says how it is to be read.

    Parameters
    ----------
    sentence : str
    to_describe : pathlib.Path
    """

    def __init__(self, sentence: str, to_describe: Path) -> None:
        super().__init__(sentence)
        self.to_describe = to_describe

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.to_describe)


class SeveralRecordingsError(RawIOError):
    """A folder holds several recordings and none of them was chosen.

    Attributes
    ----------
    folder : path-like
    names : list of str
        Of the recordings, as `open_recording` takes them.
    """

    def __init__(self, folder: object, names: list[str]) -> None:
        self.folder, self.names = folder, names
        shown = listed(map(repr, names), 8)
        super().__init__(
            f"{folder}: holds {len(names)} recordings ({shown}); choose one by name or number."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # By default it would be made anew of its message alone, and fail, in another process.
        return type(self), (self.folder, self.names)


class FormatError(RawIOError):
    """The file claims a format but breaks its rules so that nothing can be read."""


class OptionError(RawIOError, ValueError):
    """An option given for a reader makes no sense, alone or for this file."""


class SelectionError(RawIOError, ValueError):
    """Channels, a stream, a unit or an event channel that the recording does not have."""


class OutOfRangeError(RawIOError, IndexError):
    """Samples, a block or a segment beyond what the recording holds."""


class HeaderNotParsedError(RawIOError, TypeError):
    """The reader is asked for data before `parse_header` was called."""

"""What lies in folders; errors say which folder, and why it cannot be listed."""

import os
from collections.abc import Iterator
from pathlib import Path

from rawio.errors import MissingFileError, RawIOError, UnreadableFileError
from rawio.files import RawFile
from rawio.sources import noting

HEAD_BYTES = 4096
"""Of a file, by which its format is told."""

MAX_DEPTH = 8


def head_of(path: Path) -> bytes:
    """Return the first `HEAD_BYTES` of a file, none if it cannot be read."""
    with noting():  # aside: to look at a file makes it no part of a recording
        try:
            return RawFile(path).read(0, HEAD_BYTES).tobytes()
        except RawIOError:
            return b""


def names_in(folder: Path) -> list[str]:
    """Return the names of all that is in a folder, sorted.

    Raises
    ------
    MissingFileError, UnreadableFileError
    """
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError) as error:
        raise cannot_list(folder, error) from None


def walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder and those below it, each with the names of the files in it, sorted.

    Links to folders are not followed and names that start with a dot are left out. Folders more
    than `MAX_DEPTH` down, or such that cannot be listed, count as empty.

    Raises
    ------
    MissingFileError, UnreadableFileError
        When the first folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise cannot_list(folder, error)

    if not os.path.isdir(folder):  # unlike Path.is_dir it raises nothing
        raise _no_folder(folder)
    for root, below, names in os.walk(folder, onerror=refuse):
        depth = len(Path(root).relative_to(folder).parts)
        below[:] = sorted(d for d in below if not d.startswith(".")) if depth < MAX_DEPTH else []
        yield Path(root), sorted(name for name in names if not name.startswith("."))


def cannot_list(folder: Path, error: OSError | ValueError) -> RawIOError:
    """Return the error of ours for one of the system about a folder."""
    if isinstance(error, FileNotFoundError):
        return MissingFileError(f"{folder}: no such folder; check the path and its spelling.")
    reason = getattr(error, "strerror", None) or error
    return UnreadableFileError(f"{folder}: cannot be listed ({reason}).")


def _no_folder(folder: Path) -> RawIOError:
    try:
        os.stat(folder)
    except (OSError, ValueError) as error:
        return cannot_list(folder, error)
    return cannot_list(folder, FileNotFoundError())

"""Which files make one recording: ``name.nev`` and ``name.ns1`` to ``name.ns6`` beside it."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rawio.blackrock import layout
from rawio.errors import MissingFileError, OptionError, RawIOError
from rawio.files import RawFile

KNOWN = re.compile(r"\.(ns[1-6]|nev|sif|ccf)$", re.IGNORECASE)
NEV_ENDING = ".nev"
ENDINGS = (NEV_ENDING, *(f".ns{number}" for number in range(1, 7)))

Path_ = str | os.PathLike[str]


@dataclass
class FileSet:
    """The files of a recording.

    Attributes
    ----------
    nsx : dict of int to Path
        By number.
    nev : Path or None
    named : Path or None
        The one the caller named, if it was a file: when this cannot be read, nothing is.
    """

    nsx: dict[int, Path] = field(default_factory=dict)
    nev: Path | None = None
    named: Path | None = None


def find_files(filename: Path_, nsx_override: Path_ | None, nev_override: Path_ | None) -> FileSet:
    """Return the files of the recording that `filename` belongs to.

    Parameters
    ----------
    filename : path-like
        One of the files, or their name without an ending.
    nsx_override, nev_override : path-like or None
        Look for the signals, or for spikes and events, under this name instead.

    Returns
    -------
    FileSet

    Raises
    ------
    MissingFileError
        When there is none.
    """
    signals = siblings(Path(filename if nsx_override is None else nsx_override))
    points = siblings(Path(filename if nev_override is None else nev_override))
    found = FileSet(signals.nsx, points.nev)
    path = Path(filename)
    if _is_file(path):
        if path in (*found.nsx.values(), found.nev):
            found.named = path
        elif not found.nsx and found.nev is None:
            _take_by_content(found, path)
    if not found.nsx and found.nev is None:
        raise MissingFileError(
            f"{filename}: no such file, nor with an ending .nev or .ns1 to .ns6; check the path "
            "and its spelling."
        )
    return found


def siblings(path: Path) -> FileSet:
    """Return the files with the same name as `path`, whose own ending is left off if known."""
    stem = KNOWN.sub("", path.name)
    found = FileSet()
    for ending in ENDINGS:
        # Of x.ns5 and x.NS5, the one that was named, or the first.
        spellings = sorted((ending, ending.upper()), key=lambda e: stem + e != path.name)
        there = next((f for e in spellings if _is_file(f := path.parent / (stem + e))), None)
        if there is None:
            continue
        if ending == NEV_ENDING:
            found.nev = there
        else:
            found.nsx[int(ending[-1])] = there
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False


def _take_by_content(found: FileSet, path: Path) -> None:
    """Take a file whose name says nothing for what it starts with."""
    magic = RawFile(path).read(0, layout.MAGIC_BYTES).tobytes()
    if magic in layout.NEV_MAGICS:
        found.nev = found.named = path
    elif magic in layout.NSX_MAGICS:
        found.nsx[0] = found.named = path


def main_file(path: Path) -> Path:
    """Return the file that stands for the recording `path` is of: its .nev, or the first .nsX.

    Files that only have the name, but not the content, are passed over.
    """
    found = siblings(path)
    if found.nev is not None and _starts_with(found.nev, layout.NEV_MAGICS):
        return found.nev
    for other in found.nsx.values():
        if _starts_with(other, layout.NSX_MAGICS):
            return other
    return path


def _starts_with(path: Path, magics: Iterable[bytes]) -> bool:
    try:
        return RawFile(path).read(0, layout.MAGIC_BYTES).tobytes() in magics
    except RawIOError:
        return False


def choose_nsx(filename: str, available: Iterable[int], wanted: Any) -> list[int]:
    """Return the numbers of the NSx files to load, ascending or in the order asked.

    Parameters
    ----------
    filename : str
        For the messages.
    available : iterable of int
    wanted : int, iterable of int, 'all', 'max' or None
        None is all.

    Raises
    ------
    MissingFileError
        When one that is asked for is not there.
    OptionError
        When `wanted` is none of these.
    """
    numbers = sorted(available)
    if wanted is None or wanted == "all":
        return numbers
    if isinstance(wanted, str):
        if wanted == "max":
            return numbers[-1:]
        if not wanted.isdecimal():
            raise OptionError(
                f"{filename}: nsx_to_load is {wanted!r}; give a number of a file (5 is .ns5), "
                "several, 'max' or 'all'."
            )
        wanted = int(wanted)
    try:
        asked = [int(one) for one in ([wanted] if isinstance(wanted, int) else wanted)]
    except (TypeError, ValueError):
        raise OptionError(
            f"{filename}: nsx_to_load is {wanted!r}; give a number of a file (5 is .ns5), "
            "several, 'max' or 'all'."
        ) from None
    for number in asked:
        if number not in numbers:
            have = ", ".join(f".ns{n}" for n in numbers) or "none"
            raise MissingFileError(f"{filename}: there is no .ns{number}; there is {have}.")
    return list(dict.fromkeys(asked))

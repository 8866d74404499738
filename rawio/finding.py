"""What recordings lie in a folder."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from rawio.base import BaseRawIO, Place
from rawio.errors import RawIOError, UnknownFormatError, UnreadableFileError
from rawio.folders import head_of, walk

MAX_FILES = 100_000
FILES_EXPLAINED = 1000


@dataclass(frozen=True)
class Found:
    """A recording in a folder.

    Attributes
    ----------
    name : str
        Its path below the folder, with what tells it from others there.
    place : Place
    reader_class : type
        Of the format it is of.
    """

    name: str
    place: Place
    reader_class: type[BaseRawIO]


def find_recordings(
    folder: str | os.PathLike[str], readers: Sequence[type[BaseRawIO]]
) -> list[Found]:
    """Return the recordings in a folder and the folders below it, by name.

    Only the first bytes of each file are read. Links to folders are not followed, names that
    start with a dot are left out, and so are secondary recordings (`rawio.base.Place`) where there
    are others.

    Parameters
    ----------
    folder : path-like
    readers : sequence of type
        Asked in this order whether a file is theirs.

    Raises
    ------
    MissingFileError, UnreadableFileError
        When the folder cannot be listed, or holds more than `MAX_FILES` files.
    """
    folder = Path(folder)
    found: dict[tuple[type[BaseRawIO], Place], Found] = {}
    for path in _files(folder):
        reader_class = _recognise(path, readers)
        place = None if reader_class is None else reader_class.recording_of(path)
        if reader_class is not None and place is not None:
            if reader_class.opens_parts and place.path.absolute() in folder.absolute().parents:
                place = Place(folder, place.options)
            entry = Found(_name(folder, place), place, reader_class)
            found.setdefault((reader_class, place), entry)
    primary = [entry for entry in found.values() if not entry.place.secondary]
    entries = _told_apart(primary or list(found.values()))
    return sorted(entries, key=lambda entry: entry.name)


def why_none(folder: Path, readers: Sequence[type[BaseRawIO]]) -> str:
    """Return what is wrong with a file that would make a recording of a folder without any.

    Returns
    -------
    str
        The sentence of the reader that takes the file for its own; empty if there is no such file.
    """
    for path in islice(_files(folder), FILES_EXPLAINED):
        reader_class = _recognise(path, readers)
        if reader_class is not None and reader_class.recording_of(path) is None:
            try:
                reader_class(path).parse_header()
            except UnknownFormatError:  # as all flat files without a description say
                continue
            except RawIOError as error:
                return str(error)
    return ""


def reader_of(
    path: Path, head: bytes, readers: Sequence[type[BaseRawIO]]
) -> type[BaseRawIO] | None:
    """Return the first of `readers` that takes the file for its own."""
    return next((cls for cls in readers if cls.recognises(path, head)), None)


def _told_apart(entries: list[Found]) -> list[Found]:
    """Return `entries` with the format added to names that several have.

    So it is in a folder of which two formats make one recording each.
    """
    often = Counter(entry.name for entry in entries)
    return [
        replace(entry, name=f"{entry.name} ({entry.reader_class.name})")
        if often[entry.name] > 1
        else entry
        for entry in entries
    ]


def _recognise(path: Path, readers: Sequence[type[BaseRawIO]]) -> type[BaseRawIO] | None:
    head = head_of(path)
    return reader_of(path, head, readers) if head else None


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for root, names in walk(folder):
        count += len(names)
        if count > MAX_FILES:
            raise UnreadableFileError(
                f"{folder}: holds more than {MAX_FILES} files; name a folder further down."
            )
        yield from (root / name for name in names)


def _name(folder: Path, place: Place) -> str:
    if folder in place.path.parents:
        name = place.path.relative_to(folder).as_posix()
    else:  # the folder itself, or one above it that it is a part of
        name = place.path.resolve().name
    return " ".join([name, *(value for _, value in place.options)])

"""`open_recording`: the right reader for a file or folder, by content first and name second."""

import logging
import os
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from rawio import finding
from rawio.base import BaseRawIO, Place
from rawio.blackrock import BlackrockRawIO
from rawio.bridges.neo_formats import NeoFormatRawIO
from rawio.errors import (
    OptionError,
    SeveralRecordingsError,
    UndescribedFileError,
    UnknownFormatError,
)
from rawio.files import RawFile
from rawio.finding import Found, reader_of
from rawio.folders import HEAD_BYTES
from rawio.intan import IntanRawIO
from rawio.neuralynx import NeuralynxRawIO
from rawio.neuroscope import NeuroScopeRawIO
from rawio.openephys import OpenEphysBinaryRawIO
from rawio.plexon import PlexonRawIO
from rawio.rawbinary import RawBinaryRawIO
from rawio.sidecar import sidecar_path
from rawio.spikeglx import SpikeGLXRawIO
from rawio.texts import listed

ENTRY_POINTS = "rawscope.readers"

NATIVE: tuple[type[BaseRawIO], ...] = (
    PlexonRawIO,
    BlackrockRawIO,
    IntanRawIO,
    NeuralynxRawIO,
    SpikeGLXRawIO,
    OpenEphysBinaryRawIO,
    NeuroScopeRawIO,
)
"""In the order they are asked: formats with a magic number before those known by name alone."""

log = logging.getLogger("rawio")


@cache
def readers() -> tuple[type[BaseRawIO], ...]:
    """Return the readers of all formats, in the order in which they are asked.

    Those that other packages bring come first: a package is installed to be used. Each is named
    by an entry point of the group ``rawscope.readers``. One that cannot be imported is logged and
    left out.
    """
    brought: list[type[BaseRawIO]] = []
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        try:
            reader = entry.load()
        except Exception as error:  # whatever the other package raises
            log.warning("the reader %s could not be loaded: %r", entry.value, error)
            continue
        if isinstance(reader, type) and issubclass(reader, BaseRawIO):
            brought.append(reader)
        else:
            log.warning("the reader %s is no subclass of rawio.BaseRawIO", entry.value)
    return (*brought, *NATIVE, NeoFormatRawIO, RawBinaryRawIO)


def find_recordings(folder: str | os.PathLike[str]) -> list[Found]:
    """Return the recordings in a folder and the folders below it, by name.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    list of Found
        Each with its ``name``, ``place`` and ``reader_class``. Flat binary files count when a
        description lies beside them.

    Raises
    ------
    MissingFileError, UnreadableFileError
    """
    return finding.find_recordings(folder, readers())


def open_recording(
    path: str | os.PathLike[str], *, recording: str | int | None = None, **options: Any
) -> BaseRawIO:
    """Return a reader of the recording at `path` with its header parsed.

    Parameters
    ----------
    path : path-like
        A file of the recording, or a folder.
    recording : str, int or None
        Which of the recordings in a folder: a name, or a number counted from 1, of the list that
        `find_recordings` gives. None will do when there is one.
    **options
        Passed to the reader; for a flat binary file ``n_channels``, ``sampling_rate`` and the
        other fields of its layout. Options that are None count as not given.

    Returns
    -------
    BaseRawIO

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError
    UnknownFormatError
        When no reader recognises the file, or the folder holds no recording.
    SeveralRecordingsError
        When the folder holds several and none is chosen; ``names`` are theirs.
    FormatError
        When the file breaks the rules of its format.
    OptionError
        When an option is not one of the reader's.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if os.path.isdir(path):  # unlike Path.is_dir it raises nothing
        chosen = _choose(Path(path), recording)
        return _open(chosen.reader_class, chosen.place, given)
    if recording is not None:
        raise OptionError(f"{path}: is one file; a recording is chosen in a folder only.")
    file = RawFile(path)
    reader_class = _class_for(file, given)
    return _open(reader_class, Place(file.path), given)


def _class_for(file: RawFile, given: dict[str, Any]) -> type[BaseRawIO]:
    """Return the reader class for a file, or say which formats there are."""
    if "layout" in given or sidecar_path(file.path).is_file():  # somebody has said what it is
        return RawBinaryRawIO
    reader_class = reader_of(file.path, file.read(0, HEAD_BYTES).tobytes(), readers())
    if reader_class is not None:
        return reader_class
    if "n_channels" in given:
        return RawBinaryRawIO
    known = ", ".join(dict.fromkeys(f".{e}" for cls in readers() for e in cls.extensions))
    raise UndescribedFileError(
        f"{file.path}: is of no format known here ({known}); if it is a flat binary file of "
        "another name, describe it, and it opens from then on.",
        file.path,
    )


def _open(reader_class: type[BaseRawIO], place: Place, given: dict[str, Any]) -> BaseRawIO:
    try:
        reader = reader_class(place.path, **(dict(place.options) | given))
    except TypeError:
        raise OptionError(
            f"{place.path}: is read as {reader_class.name}, which does not take all of the options "
            f"{', '.join(given)}."
        ) from None
    reader.parse_header()
    return reader


def _choose(folder: Path, wanted: str | int | None) -> Found:
    found = find_recordings(folder)
    if not found:
        reason = finding.why_none(folder, readers())
        if reason:
            raise UnknownFormatError(f"{folder}: holds no whole recording; {reason}")
        hint, flat = _hint(folder)
        sentence = f"{folder}: holds no recording of a format known here{hint}."
        if flat is not None:
            raise UndescribedFileError(sentence, flat)
        raise UnknownFormatError(sentence)
    if wanted is None:
        if len(found) > 1:
            raise SeveralRecordingsError(folder, [entry.name for entry in found])
        return found[0]
    by_name = [entry for entry in found if entry.name == str(wanted)]
    if by_name:
        return by_name[0]
    if str(wanted).isdecimal() and 1 <= int(wanted) <= len(found):
        return found[int(wanted) - 1]
    there = listed((repr(entry.name) for entry in found), 20)
    raise OptionError(f"{folder}: has no recording {wanted!r}; it holds {there}.")


def _hint(folder: Path) -> tuple[str, Path | None]:
    """Return what to do about unreadable files, or those that may be flat binary, if any.

    Of the latter, the first that holds anything is returned, too.
    """
    endings = tuple(f".{ending}" for ending in RawBinaryRawIO.extensions)
    with suppress(OSError):
        names = sorted(os.listdir(folder))
        locked = [name for name in names if not os.access(folder / name, os.R_OK)]
        if locked:
            return f"; {locked[0]} cannot be read for lack of permission", None
        flat = (folder / name for name in names if name.lower().endswith(endings))
        first = next((path for path in flat if path.is_file() and path.stat().st_size), None)
        if first is not None:
            how = "which opens once it is described"
            return f"; {first.name} may be a flat binary file, {how}", first
    return "", None

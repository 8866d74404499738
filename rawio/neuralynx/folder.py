"""Which files a recording is, and which of them are parts of one channel.

Cheetah starts new files every few hours, and if told so whenever recording is stopped and started
again: ``CSC1.ncs`` goes on in ``CSC1_0001.ncs``, ``CSC1_0002.ncs``, for all entities together. The
name of the entity inside stays ``CSC1``. Such files are parts of one recording with one clock.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rawio.errors import (
    FormatError,
    OptionError,
    RawIOError,
    UnknownFormatError,
    Warn,
)
from rawio.files import RawFile
from rawio.folders import names_in
from rawio.neuralynx import layout
from rawio.neuralynx.headers import TextHeader, read_header, record_bytes
from rawio.texts import listed

MOST_LETTERS = 64

_PART = re.compile(r"(.+)_(\d{4})")


def kind_of(path: Path) -> str:
    """Return the kind of a file by its name: ``"ncs"``, ``"nev"`` ..., or what else follows."""
    return path.suffix[1:].lower()


def find_paths(
    path: Path, include: Sequence[str | os.PathLike[str]], exclude: Iterable[str], warn: Warn
) -> list[Path]:
    """Return the files of the recording at `path` in the order of their names.

    Parameters
    ----------
    path : Path
        A folder, or one file.
    include : sequence of path-like
        Names, paths, or paths relative to the folder; if any, only these are taken.
    exclude : iterable of str
        Names of files that are not taken.
    warn : callable

    Raises
    ------
    MissingFileError, UnreadableFileError
    UnknownFormatError
        When there is none.
    OptionError
        When a file is named for a path that is a file.
    """
    left_out = set(exclude)
    if not os.path.isdir(path):
        if include:
            raise OptionError(f"{path}: files are chosen in a folder, and this is no folder.")
        return [path]
    if include:
        paths = [path / name for name in include]
        strange = [str(p) for p in paths if kind_of(p) not in layout.KINDS]
        if strange:
            raise OptionError(f"{strange[0]}: is none of .{', .'.join(layout.KINDS)}.")
    else:
        paths = _listed(path)
        _name_others(paths, warn)
        paths = [p for p in paths if kind_of(p) in layout.KINDS]
    paths = [p for p in paths if p.name not in left_out]
    if not paths:
        raise UnknownFormatError(
            f"{path}: holds no Neuralynx files (.{', .'.join(layout.KINDS)}) to be read."
        )
    return paths


@dataclass(frozen=True)
class DataFile:
    """One file whose header could be read.

    Attributes
    ----------
    file : RawFile
    header : TextHeader
    n_records : int
        Whole records.
    record_bytes : int
    """

    file: RawFile
    header: TextHeader
    n_records: int
    record_bytes: int


@dataclass(frozen=True)
class Entity:
    """What one channel, electrode or event source recorded: one file, or several parts.

    Attributes
    ----------
    name : str
        Unique among entities of the same sort.
    files : tuple of DataFile
        In the order they were recorded.
    """

    name: str
    files: tuple[DataFile, ...]

    @property
    def header(self) -> TextHeader:
        """Of the first part."""
        return self.files[0].header

    @property
    def kind(self) -> str:
        """One of `layout.KINDS`."""
        return self.files[0].header.kind


def open_files(paths: Sequence[Path], lenient: bool, warn: Warn) -> list[DataFile]:
    """Read the headers of all files.

    Parameters
    ----------
    paths : sequence of Path
    lenient : bool
        Skip files that cannot be read, with a warning, as long as one can.
    warn : callable

    Raises
    ------
    RawIOError
    """
    found: list[DataFile] = []
    failed: list[RawIOError] = []
    cut: dict[str, int] = {}
    for path in paths:
        try:
            file = RawFile(path)
            header = read_header(file, kind_of(path))
            size = record_bytes(header)
        except RawIOError as error:
            if not lenient:
                raise
            failed.append(error)
            continue
        n_records, rest = divmod(file.size - layout.HEADER_BYTES, size)
        if rest:
            cut[path.name] = rest
        found.append(DataFile(file, header, n_records, size))
    if not found:
        raise failed[0] if failed else FormatError("there are no files.")
    for skipped in failed:
        warn(f"left out: {skipped}")
    if cut:
        warn(
            f"{listed(cut)}: cut within the last record; up to {max(cut.values())} bytes at "
            "the end are not read."
        )
    return found


def find_entities(files: Sequence[DataFile], warn: Warn) -> list[Entity]:
    """Put parts together; entities are in the order of their first files.

    Names are those of the acquisition entities, or else of the files. Where several share one, all
    of them have the names of their files.
    """
    stems = {(f.header.kind, f.header.path.stem.lower()) for f in files}
    groups: dict[tuple[object, ...], list[tuple[int, DataFile]]] = {}
    for file in files:
        header = file.header
        base, part = _part(header, stems)
        key = (
            *(header.kind, base.lower(), header.name, header.ad_channels, header.rate),
            *(header.gains, header.input_range, header.filters, file.record_bytes),
        )
        groups.setdefault(key, []).append((part, file))
    ordered = [[f for _, f in sorted(g, key=lambda entry: entry[0])] for g in groups.values()]
    return [
        Entity(name, tuple(group))
        for name, group in zip(_names(ordered, warn), ordered, strict=True)
    ]


def _part(header: TextHeader, stems: set[tuple[str, str]]) -> tuple[str, int]:
    """Return the name without the number of the part, and that number."""
    stem = header.path.stem
    found = _PART.fullmatch(stem)
    if not found or (header.name or "").lower() == stem.lower():
        return stem, 0
    if header.name is None and (header.kind, found[1].lower()) not in stems:
        return stem, 0
    return found[1], int(found[2])


def _names(groups: list[list[DataFile]], warn: Warn) -> list[str]:
    headers = [group[0].header for group in groups]
    names = [h.name or h.path.stem for h in headers]
    long = [name for name in names if len(name) > MOST_LETTERS]
    if long:
        warn(f"names are cut to {MOST_LETTERS} characters, such as {long[0]!r}.")
    sorts = [_sort(h.kind) for h in headers]
    keys = list(zip(sorts, names, strict=True))
    shared = {key for key, count in Counter(keys).items() if count > 1}
    for sort, name in sorted(shared):
        stems = [h.path.name for h, key in zip(headers, keys, strict=True) if key == (sort, name)]
        warn(
            f"{listed(stems)} all say they are of entity {name!r}; they are named after the "
            "files instead."
        )
    stem_counts = Counter((sort, h.path.stem) for sort, h in zip(sorts, headers, strict=True))
    of_files = [
        h.path.stem if stem_counts[sort, h.path.stem] == 1 else h.path.name
        for sort, h in zip(sorts, headers, strict=True)
    ]
    return [
        of_file if key in shared else key[1] for of_file, key in zip(of_files, keys, strict=True)
    ]


def _sort(kind: str) -> str:
    return "spikes" if kind in layout.ELECTRODES else kind


def _listed(folder: Path) -> list[Path]:
    paths = (folder / name for name in names_in(folder) if not name.startswith("."))
    return [path for path in paths if os.path.isfile(path)]


def _name_others(paths: Sequence[Path], warn: Warn) -> None:
    for kind, what in layout.OTHER_KINDS.items():
        names = [p.name for p in paths if kind_of(p) == kind]
        if names:
            warn(f"{listed(names)}: {what}, which is not read.")

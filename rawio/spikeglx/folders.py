"""Which files of a folder are SpikeGLX's, and which of them make one recording."""

import functools
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rawio.errors import RawIOError
from rawio.folders import head_of, names_in, walk
from rawio.spikeglx.meta import is_meta
from rawio.spikeglx.names import FileName, parse_name

STALE_SECONDS = 2.0
"""How long what was found below a folder is believed while a larger one is searched."""

_RUN_FOLDER = re.compile(r"(?P<base>(?:catgt_|supercat_)?(?P<run>.+))_g(?P<gate>\d+)", re.DOTALL)
_PROBE_FOLDER = re.compile(r".+_g\d+_imec\d*", re.DOTALL)


@dataclass(frozen=True)
class Pair:
    """The files of one stream and take.

    Attributes
    ----------
    stem : pathlib.Path
        Path of both, without their suffixes.
    name : FileName
    data, meta : pathlib.Path or None
        The .bin or .cbin and the .meta; None where it is not there.
    """

    stem: Path
    name: FileName
    data: Path | None
    meta: Path | None

    @property
    def compressed(self) -> bool:
        """Whether the samples are in a .cbin, which is not read."""
        return self.data is not None and self.data.suffix.lower() == ".cbin"

    @property
    def whole(self) -> bool:
        """Whether there is all that is needed to read it."""
        return self.data is not None and self.meta is not None and not self.compressed


@dataclass(frozen=True)
class Member:
    """A pair, and the gate and trigger that it was recorded with."""

    pair: Pair
    take: tuple[int, int]


def find_pairs(folder: Path) -> list[Pair]:
    """Return the SpikeGLX files in a folder and below it; links to folders are not followed.

    Raises
    ------
    MissingFileError, UnreadableFileError
        When the folder cannot be listed.
    """
    return [pair for root, names in walk(folder) for pair in _pairs_among(root, names)]


def group_pairs(pairs: list[Pair]) -> dict[str, list[Member]]:
    """Return the recordings that files make, by name.

    What CatGT wrote is a recording of its own, since it shows the same time again; but where the
    run has nothing else of those streams (say, only LF bands were made), it belongs to the run.
    """
    groups: dict[str, list[Member]] = {}
    for pair in pairs:
        groups.setdefault(pair.name.recording, []).append(Member(pair, pair.name.take))
    for name in list(groups):
        added = groups[name]
        run = added[0].pair.name.run
        if added[0].pair.name.joined and run in groups:
            moved = _complements(groups[run], added)
            if moved:
                groups[run] = groups[run] + moved
                del groups[name]
    return dict(sorted(groups.items()))


def home_of(path: Path) -> tuple[Path, str | None]:
    """Return the folder of the recording that a file is of, and its name if there are several.

    The folder of a probe, which lies in that of a run, is part of it; so is any folder below one
    that has files of the same run. Several gates are several run folders: then it is the folder
    above them.
    """
    name = parse_name(path.stem)
    folder = path.parent
    if _PROBE_FOLDER.fullmatch(folder.name) or (
        not _RUN_FOLDER.fullmatch(folder.name) and _has_files_of(folder.parent, name.run)
    ):
        folder = folder.parent
    if name.gate >= 0 and _has_gates(folder):
        folder = folder.parent
    recordings = _recordings_below(folder)
    if len(recordings) < 2:
        return folder, None
    stem = path.with_suffix("")
    found = (key for key, stems in recordings.items() if stem in stems)
    return folder, next(found, name.recording)


def is_spikeglx(path: Path) -> bool:
    """Return whether a file is a .meta of SpikeGLX by its content."""
    return is_meta(head_of(path))


def _pairs_among(folder: Path, names: list[str]) -> Iterator[Pair]:
    """Yield the pairs among the files of one folder, by name."""
    found: dict[str, dict[str, Path]] = {}
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        if dot and stem and suffix.lower() in ("bin", "cbin", "meta"):
            found.setdefault(stem, {}).setdefault(suffix.lower(), folder / name)
    for stem, files in found.items():
        name_says = parse_name(stem)
        meta = files.get("meta")
        if name_says.label or (meta is not None and is_spikeglx(meta)):
            data = files.get("bin", files.get("cbin"))
            yield Pair(folder / stem, name_says, data, meta)


def _complements(run: list[Member], added: list[Member]) -> list[Member]:
    """Return CatGT's files as members of a run that has none of their streams, or nothing.

    Each must be of a gate with one take only, else it would be in doubt which it covers.
    """
    labels = {member.pair.name.label for member in run}
    moved = []
    for member in added:
        takes = {m.take for m in run if m.take[0] == member.take[0]}
        label = member.pair.name.label
        if not label or label in labels or len(takes) != 1:
            return []
        moved.append(Member(member.pair, takes.pop()))
    return moved


def _has_gates(folder: Path) -> bool:
    """Return whether the folder of a run has others of the same run, of other gates, beside it."""
    here = _RUN_FOLDER.fullmatch(folder.name)
    if here is None:
        return False
    for name in _listed(folder.parent):
        other = _RUN_FOLDER.fullmatch(name)
        if (
            other is not None
            and other["base"] == here["base"]
            and other["gate"] != here["gate"]
            and os.path.isdir(folder.parent / name)
        ):
            return True
    return False


def _has_files_of(folder: Path, run: str) -> bool:
    stems = (name.rpartition(".")[0] for name in _listed(folder) if name.endswith(".meta"))
    return any(parse_name(stem).run == run and parse_name(stem).gate >= 0 for stem in stems)


def _listed(folder: Path) -> list[str]:
    try:
        return names_in(folder)
    except RawIOError:
        return []


def _recordings_below(folder: Path) -> dict[str, frozenset[Path]]:
    try:
        changed = folder.stat().st_mtime_ns
        return _looked_up(folder, changed, int(time.monotonic() / STALE_SECONDS))
    except (OSError, RawIOError):
        return {}


@functools.lru_cache(maxsize=8)
def _looked_up(folder: Path, changed: int, period: int) -> dict[str, frozenset[Path]]:
    """Return the recordings below a folder that have samples, each with the stems of its files."""
    groups = group_pairs([pair for pair in find_pairs(folder) if pair.data is not None])
    return {
        name: frozenset(member.pair.stem for member in members) for name, members in groups.items()
    }

"""The files of one recording: which stream and which take each of them is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rawio.errors import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    SeveralRecordingsError,
    UnknownFormatError,
    Warn,
)
from rawio.files import RawFile
from rawio.spikeglx.folders import Member, Pair, find_pairs, group_pairs
from rawio.spikeglx.names import parse_name, stream_order
from rawio.spikeglx.streams import StreamFile, open_pair
from rawio.texts import listed

RATE_SLACK = 0.01
"""Rates of one stream may differ by so much of each other: some files were calibrated since."""


@dataclass(frozen=True)
class Recording:
    """Streams and takes of a run.

    Attributes
    ----------
    takes : list of (int, int)
        Gate and trigger of each segment, rising.
    streams : dict of str to list of StreamFile or None
        For each stream by name, the fastest first, its file in each take.
    """

    takes: list[tuple[int, int]]
    streams: dict[str, list[StreamFile | None]]

    def first(self, label: str) -> StreamFile:
        """Return the first file of a stream."""
        return next(file for file in self.streams[label] if file is not None)

    def files(self, take: int) -> list[StreamFile]:
        """Return the files of a take."""
        found = (files[take] for files in self.streams.values())
        return [file for file in found if file is not None]


def open_file(path: Path, warn: Warn) -> Recording:
    """Return the recording that one .bin, or one .meta, is by itself."""
    RawFile(path)  # says in one sentence what is missing or unreadable
    data, meta = _halves(path)
    file = open_pair(data, meta, warn)
    return Recording([parse_name(data.stem).take], {file.label: [file]})


def _halves(path: Path) -> tuple[Path, Path]:
    """Return the .bin and the .meta, one of which is given."""
    suffix = path.suffix.lower()
    if suffix == ".bin":
        meta = _partner(path, ".meta")
        if meta is None:
            raise MissingFileError(
                f"{path}: has no {path.stem}.meta beside it, which says how many channels there "
                "are and how fast they were sampled; put it back."
            )
        return path, meta
    if suffix == ".meta":
        data, packed = _partner(path, ".bin"), _partner(path, ".cbin")
        if data is not None:
            return data, path
        if packed is not None:
            raise _compressed(packed)
        raise MissingFileError(
            f"{path}: has no {path.stem}.bin beside it, which holds the samples; put it back."
        )
    if suffix == ".cbin":
        raise _compressed(path)
    raise UnknownFormatError(f"{path}: is neither a .bin nor a .meta of SpikeGLX.")


def open_folder(folder: Path, run: str | None, warn: Warn) -> Recording:
    """Return the recording, or that of the name `run`, whose files are in a folder or below it.

    Raises
    ------
    MissingFileError, UnknownFormatError
        When there is none.
    SeveralRecordingsError
        When there are several and none is chosen.
    OptionError
        When there is none of that name.
    """
    pairs = find_pairs(folder)
    halves = [_half(pair) for pair in pairs if not (pair.whole or pair.compressed)]
    groups = group_pairs([pair for pair in pairs if pair.whole or pair.compressed])
    if not groups and halves:
        raise MissingFileError(f"{folder}: {halves[0][1]}, and there are no others.")
    if not groups:
        raise UnknownFormatError(
            f"{folder}: holds no SpikeGLX recording; that is a .bin with a .meta of the same name."
        )
    if run is not None and run not in groups:
        there = listed(map(repr, groups), 8)
        raise OptionError(f"{folder}: has no run {run!r}; there are {there}.")
    if run is None and len(groups) > 1:
        raise SeveralRecordingsError(folder, list(groups))
    members = groups[run] if run is not None else next(iter(groups.values()))
    whole = [member for member in members if member.pair.whole]
    if not whole:
        raise _compressed(next(m.pair.data for m in members if m.pair.data is not None))
    for member in members:
        if member.pair.compressed:
            warn(f"{member.pair.stem.name}.cbin is compressed, which is not read; it is left out.")
    for half_run, sentence in halves:
        if run is None or half_run == run:
            warn(f"{sentence}; it is left out.")
    return _arranged(folder, whole, warn)


def _half(pair: Pair) -> tuple[str, str]:
    """Return which recording a file without its other half is of, and what it lacks."""
    there, missing = (".meta", ".bin") if pair.data is None else (".bin", ".meta")
    return pair.name.recording, f"{pair.stem.name}{there} has no {missing} beside it"


def _arranged(folder: Path, members: Sequence[Member], warn: Warn) -> Recording:
    opened: list[tuple[Member, StreamFile]] = []
    refused: list[RawIOError] = []
    for member in members:
        pair = member.pair
        assert pair.data is not None and pair.meta is not None
        try:
            opened.append((member, open_pair(pair.data, pair.meta, warn)))
        except (EmptyFileError, FormatError) as error:
            refused.append(error)
    if not opened:
        raise refused[0]
    for refusal in refused:
        warn(f"a file is left out: {refusal}")
    takes = sorted({member.take for member, _ in opened})
    cells = _cells(folder, opened, warn)
    streams = {
        label: [cells.get((take, label)) for take in takes] for label in {key[1] for key in cells}
    }
    for files in streams.values():
        _same_channels(files, warn)
    used = [t for t in range(len(takes)) if any(files[t] for files in streams.values())]
    takes = [takes[t] for t in used]
    streams = {label: [files[t] for t in used] for label, files in streams.items()}
    recording = Recording(takes, streams)
    order = sorted(streams, key=lambda label: (-recording.first(label).rate, stream_order(label)))
    for label in order:
        _note_missing(label, streams[label], takes, warn)
    return Recording(takes, {label: streams[label] for label in order})


def _cells(
    folder: Path, opened: list[tuple[Member, StreamFile]], warn: Warn
) -> dict[tuple[tuple[int, int], str], StreamFile]:
    """Return the file of each take and stream.

    Where several claim the same place by the name they had when they were written, the names they
    have now decide, and then the one that lies highest.
    """
    claims: dict[tuple[tuple[int, int], str], list[tuple[Member, StreamFile]]] = {}
    for member, file in opened:
        claims.setdefault((member.take, file.label), []).append((member, file))
    for (take, label), rivals in list(claims.items()):
        now = {m.pair.name.label: (m, replace(f, label=m.pair.name.label)) for m, f in rivals}
        free = all(name and (name == label or (take, name) not in claims) for name in now)
        if len(rivals) > 1 and len(now) == len(rivals) and free:
            del claims[take, label]
            claims |= {(take, name): [rival] for name, rival in now.items()}
    return {
        (take, label): _highest(folder, label, [file for _, file in rivals], warn)
        for (take, label), rivals in claims.items()
    }


def _highest(folder: Path, label: str, rivals: list[StreamFile], warn: Warn) -> StreamFile:
    """Return the file that is not in a folder below the others."""
    depth = min(len(file.path.parts) for file in rivals)
    highest = [file for file in rivals if len(file.path.parts) == depth]
    if len(highest) > 1:
        names = " and ".join(str(file.path.relative_to(folder)) for file in highest[:2])
        raise FormatError(
            f"{folder}: {names} are both stream {label} of one gate and trigger; name a folder "
            "that holds one of them."
        )
    for file in rivals:
        if file is not highest[0]:
            warn(f"{file.path.relative_to(folder)} is {label} once more; it is left out.")
    return highest[0]


def _same_channels(files: list[StreamFile | None], warn: Warn) -> None:
    """Take files out that do not fit the first of their stream; give the others what it says."""
    first = next(file for file in files if file is not None)
    for at, file in enumerate(files):
        if file is None or file is first:
            continue
        if file.columns != first.columns or abs(file.rate / first.rate - 1) > RATE_SLACK:
            files[at] = None
            warn(
                f"{file.path.name} has other channels, gains or another rate than "
                f"{first.path.name}; it is left out (it opens by itself)."
            )
            continue
        if file.rate != first.rate:
            warn(
                f"{file.path.name} says {file.rate} Hz, {first.path.name} {first.rate} Hz; the "
                "latter is taken for all of the stream."
            )
        # There may be thousands of takes: what they have in common is kept once.
        common = {"rate": first.rate, "columns": first.columns, "meta": first.meta}
        files[at] = replace(file, **common)  # type: ignore[arg-type]


def _note_missing(
    label: str, files: list[StreamFile | None], takes: list[tuple[int, int]], warn: Warn
) -> None:
    missing = [take for take, file in zip(takes, files, strict=True) if file is None]
    if missing:
        which = listed(map(_take_name, missing))
        warn(f"stream {label} has no file of {which}; it is empty in those segments.")


def _take_name(take: tuple[int, int]) -> str:
    gate, trigger = (str(number) if number >= 0 else "?" for number in take)
    return f"g{gate}_t{trigger}"


def _partner(path: Path, suffix: str) -> Path | None:
    """Return the file of the same name with another suffix, in small or in large letters."""
    spelled = (path.with_suffix(s) for s in (suffix, suffix.upper()))
    return next((other for other in spelled if os.path.exists(other)), None)


def _compressed(path: Path) -> FormatError:
    return FormatError(
        f"{path}: is compressed (mtscomp), which is not read yet; decompress it to a .bin first."
    )

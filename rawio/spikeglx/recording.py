"""The files of one recording: which stream and which take each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rawio.errors import (
    EmptyFileError,
    FormatError,
    MissingFileError,
    OptionError,
    RawIOError,
    UnknownFormatError,
)
from rawio.spikeglx.folders import Member, Pair, find_pairs, group_pairs
from rawio.spikeglx.meta import Warn
from rawio.spikeglx.names import parse_name, stream_order
from rawio.spikeglx.streams import StreamFile, open_pair

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
    suffix = path.suffix.lower()
    if suffix == ".cbin":
        raise _compressed(path)
    partner = {".bin": ".meta", ".meta": ".bin"}.get(suffix)
    if partner is None:
        raise UnknownFormatError(f"{path}: is neither a .bin nor a .meta of SpikeGLX.")
    other = next((p for p in _spellings(path, partner) if p.exists()), path.with_suffix(partner))
    data, meta = (path, other) if suffix == ".bin" else (other, path)
    if suffix == ".meta" and not data.exists() and path.with_suffix(".cbin").exists():
        raise _compressed(path.with_suffix(".cbin"))
    if not path.exists():
        raise MissingFileError(f"{path}: no such file; check the path and its spelling.")
    if not data.exists():
        raise MissingFileError(
            f"{path}: has no {data.name} beside it, which holds the samples; put it back."
        )
    file = open_pair(data, meta, warn)
    return Recording([parse_name(data.stem).take], {file.label: [file]})


def open_folder(folder: Path, run: str | None, warn: Warn) -> Recording:
    """Return the recording, or that of the name `run`, whose files are in a folder or below it.

    Raises
    ------
    OptionError
        When there are several and none is chosen, or none of that name.
    """
    groups = group_pairs([pair for pair in find_pairs(folder) if _is_readable(pair, run, warn)])
    if not groups:
        raise UnknownFormatError(
            f"{folder}: holds no SpikeGLX recording; that is a .bin with a .meta of the same name."
        )
    names = ", ".join(repr(name) for name in groups)
    if run is not None and run not in groups:
        raise OptionError(f"{folder}: has no run {run!r}; there are {names}.")
    if run is None and len(groups) > 1:
        raise OptionError(f"{folder}: holds several runs ({names}); choose one with run=.")
    members = groups[run] if run is not None else next(iter(groups.values()))
    whole = [member for member in members if member.pair.whole]
    if not whole:
        raise _compressed(next(m.pair.data for m in members if m.pair.data is not None))
    for member in members:
        if member.pair.compressed:
            warn(f"{member.pair.stem.name}.cbin is compressed, which is not read; it is left out.")
    return _arranged(folder, whole, warn)


def _is_readable(pair: Pair, run: str | None, warn: Warn) -> bool:
    """Return whether a pair counts; say so of what lacks one half."""
    if pair.whole or pair.compressed:
        return True
    if run is None or run in (pair.name.run, pair.name.recording):
        there, missing = (".meta", ".bin") if pair.data is None else (".bin", ".meta")
        warn(f"{pair.stem.name}{there} has no {missing} beside it and is left out.")
    return False


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
    labels = sorted({label for _, label in cells})
    streams = {label: [cells.get((take, label)) for take in takes] for label in labels}
    for label, files in streams.items():
        _same_channels(label, files, warn)
        _note_missing(label, files, takes, warn)
    recording = Recording(takes, streams)
    order = sorted(labels, key=lambda label: (-recording.first(label).rate, stream_order(label)))
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
    cells: dict[tuple[tuple[int, int], str], StreamFile] = {}
    for (take, label), rivals in claims.items():
        by_name = {member.pair.name.label: file for member, file in rivals}
        if len(rivals) > 1 and len(by_name) == len(rivals) and "" not in by_name:
            cells |= {(take, name): file for name, file in by_name.items()}
            continue
        depths = [len(file.path.parts) for _, file in rivals]
        highest = [file for _, file in rivals if len(file.path.parts) == min(depths)]
        if len(highest) > 1:
            names = " and ".join(str(file.path.relative_to(folder)) for file in highest[:2])
            raise FormatError(
                f"{folder}: {names} are both stream {label} of one gate and trigger; name a folder "
                "that holds one of them."
            )
        cells[take, label] = highest[0]
        for _, file in rivals:
            if file is not highest[0]:
                warn(f"{file.path.relative_to(folder)} is {label} once more; it is left out.")
    return cells


def _same_channels(label: str, files: list[StreamFile | None], warn: Warn) -> None:
    """Take files out that do not fit the first of their stream."""
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
        elif file.rate != first.rate:
            files[at] = replace(file, rate=first.rate)
            warn(
                f"{file.path.name} says {file.rate} Hz, {first.path.name} {first.rate} Hz; the "
                "latter is taken for all of the stream."
            )


def _note_missing(
    label: str, files: list[StreamFile | None], takes: list[tuple[int, int]], warn: Warn
) -> None:
    missing = [take for take, file in zip(takes, files, strict=True) if file is None]
    if missing:
        listed = ", ".join(_take_name(take) for take in missing[:4])
        more = " ..." if len(missing) > 4 else ""
        warn(f"stream {label} has no file of {listed}{more}; it is empty in those segments.")


def _take_name(take: tuple[int, int]) -> str:
    gate, trigger = (str(number) if number >= 0 else "?" for number in take)
    return f"g{gate}_t{trigger}"


def _spellings(path: Path, suffix: str) -> list[Path]:
    """Return a path with another suffix, spelled small or large as its own is, or otherwise."""
    cases = [suffix, suffix.upper()]
    return [path.with_suffix(s) for s in (cases[::-1] if path.suffix.isupper() else cases)]


def _compressed(path: Path) -> FormatError:
    return FormatError(
        f"{path}: is compressed (mtscomp), which is not read yet; decompress it to a .bin first."
    )

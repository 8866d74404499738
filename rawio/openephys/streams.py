"""The signal streams of a session: which there are, and their header tables.

A *source* is what one record node wrote of one stream of a processor, a ``continuous.dat`` in each
recording. Its channels may be of up to three streams of the header: electrodes and auxiliary
inputs, analog inputs (ADC, in volts), and the line that synchronises Neuropixels probes (SYNC).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rawio.errors import Warn
from rawio.header import SIGNAL_BUFFER_DTYPE, SIGNAL_CHANNEL_DTYPE, SIGNAL_STREAM_DTYPE, table
from rawio.openephys.folders import DATA, RecordingFolder
from rawio.openephys.oebin import ChannelEntry, StreamEntry, Structure

ID_LENGTH = 64
KINDS = ("", "_ADC", "SYNC")


@dataclass(frozen=True)
class Recorded:
    """What one record node wrote of one recording."""

    folder: RecordingFolder
    structure: Structure

    @property
    def prefix(self) -> str:
        """What the names of its streams and electrodes start with."""
        return f"{self.folder.node}#" if self.folder.node else ""


@dataclass(frozen=True)
class Source:
    """A stream as a record node writes it; `name` is that of neo, `folder` where its files are."""

    name: str
    node: str
    folder: str
    rate: float
    channels: tuple[ChannelEntry, ...]


@dataclass(frozen=True)
class HeaderStream:
    """A stream of the header: columns of the frames of a source."""

    source: int
    kind: str
    columns: np.ndarray


@dataclass(frozen=True)
class SignalTables:
    """Header tables of the signals, the streams in their order, and the row of each channel.

    Attributes
    ----------
    rows : dict of (int, int) to int
        Source and column to the row of ``signal_channels``.
    """

    streams: np.ndarray
    channels: np.ndarray
    buffers: np.ndarray
    parts: list[HeaderStream]
    rows: dict[tuple[int, int], int]


def find_sources(
    recordings: Iterable[Recorded], note: Warn
) -> tuple[list[Source], list[dict[int, StreamEntry]]]:
    """Return the sources of a session, by name, and the entry of each in each recording.

    Streams of one name that differ in rate or channels from one recording to another, since the
    settings were changed in between, are different sources.
    """
    found: dict[tuple[Any, ...], tuple[str, Source]] = {}
    members: list[dict[tuple[Any, ...], StreamEntry]] = []
    names: set[str] = set()
    for recorded in recordings:
        mine: dict[tuple[Any, ...], StreamEntry] = {}
        for entry in _usable(recorded, note):
            base = f"{recorded.prefix}{entry.folder}"
            key = (base, entry.rate, tuple((c.name, c.gain, c.units) for c in entry.channels))
            if key not in found:
                name = _name(base, recorded, names, note)
                names.add(name)
                source = Source(
                    name, recorded.folder.node, entry.folder, entry.rate, entry.channels
                )
                found[key] = (name if name == base else f"\x7f{name}", source)
            mine[key] = entry
        members.append(mine)
    order = sorted(found, key=lambda key: found[key][0])
    number = {key: k for k, key in enumerate(order)}
    return [found[key][1] for key in order], [
        {number[key]: entry for key, entry in mine.items()} for mine in members
    ]


def _usable(recorded: Recorded, note: Warn) -> Iterable[StreamEntry]:
    """Yield the entries that have a folder of their own."""
    taken = set()
    label = recorded.folder.label
    for entry in recorded.structure.streams:
        folder = f"continuous/{entry.folder}"
        if not (recorded.folder.path / folder / DATA).is_file():
            there = (recorded.folder.path / folder).is_dir()
            what = f"there is no {DATA} in {folder}" if there else f"there is no folder {folder}"
            note(f"{label}: {what}; its stream is left out.")
        elif entry.folder in taken:
            note(f"{label}: several streams are said to be in {folder}; the first one is read.")
        else:
            taken.add(entry.folder)
            yield entry


def _name(base: str, recorded: Recorded, taken: set[str], note: Warn) -> str:
    """Return the name of a new source, which others of other settings may have already."""
    if base not in taken:
        return base
    folder = recorded.folder
    name = f"{base} ({folder.experiment_name})"
    if name in taken:
        name = f"{base} ({folder.experiment_name}/recording{folder.recording})"
    note(f"{folder.label}: {base} has another rate or other channels than before; it is {name}.")
    return name


def signal_tables(sources: list[Source], sync_channel: bool | None) -> SignalTables:
    """Return the header tables.

    Parameters
    ----------
    sources : list of Source
    sync_channel : bool or None
        None makes a stream of each SYNC channel, True leaves it in its stream, False leaves it out.
    """
    parts = [
        HeaderStream(k, kind, columns)
        for kind in KINDS
        for k, source in enumerate(sources)
        if len(columns := _columns(source, kind, sync_channel))
    ]
    ids: list[str] = []
    for part in parts:
        number = part.source + (len(sources) if part.kind == "_ADC" else 0)
        wanted = f"{sources[part.source].name}SYNC" if part.kind == "SYNC" else str(number)
        ids.append(_unused(wanted[:ID_LENGTH], set(ids), 2 * len(sources)))
    streams = [
        {"name": f"{sources[p.source].name}{p.kind}", "id": i, "buffer_id": str(p.source)}
        for p, i in zip(parts, ids, strict=True)
    ]
    buffers = [{"name": source.name[:ID_LENGTH], "id": str(k)} for k, source in enumerate(sources)]
    stream_of = {(p.source, int(c)): s for s, p in enumerate(parts) for c in p.columns}
    rows = {place: row for row, place in enumerate(sorted(stream_of))}
    channels = [
        _channel(sources[source], source, column, stream_of[source, column])
        | {"stream_id": ids[stream_of[source, column]]}
        for source, column in rows
    ]
    channel_table = table(SIGNAL_CHANNEL_DTYPE, channels)
    _part_ids(channel_table)
    return SignalTables(
        table(SIGNAL_STREAM_DTYPE, streams),
        channel_table,
        table(SIGNAL_BUFFER_DTYPE, buffers),
        parts,
        rows,
    )


def _columns(source: Source, kind: str, sync_channel: bool | None) -> np.ndarray:
    """Return the columns of a source that are of one of `KINDS`."""
    kinds = []
    for channel in source.channels:
        if "ADC" in channel.name and "OneBox" not in source.name:  # whose ADC is a stream by itself
            kinds.append("_ADC")
        elif "SYNC" in channel.name and sync_channel is not True:
            kinds.append("SYNC" if sync_channel is None else "left out")
        else:
            kinds.append("")
    return np.array([k for k, one in enumerate(kinds) if one == kind], dtype=np.intp)


def units_of(channel: ChannelEntry) -> str:
    """Return the units of a channel; where the file has none, volts for analog inputs."""
    return channel.units or ("V" if "ADC" in channel.name else "uV")


def _channel(source: Source, number: int, column: int, stream: int) -> dict[str, Any]:
    channel = source.channels[column]
    return {
        "name": channel.name,
        "id": channel.name,
        "sampling_rate": source.rate,
        "dtype": "int16",
        "units": units_of(channel),
        "gain": channel.gain,
        "offset": 0.0,
        "buffer_id": str(number),
        "group_id": stream,
    }


def _part_ids(channels: np.ndarray) -> None:
    """Give channels of one stream that have the same name different ids."""
    taken: dict[str, set[str]] = {}
    for row in channels:
        mine = taken.setdefault(str(row["stream_id"]), set())
        row["id"] = _unused(str(row["id"]), mine, 2, f"{str(row['id'])[: ID_LENGTH - 8]}#")
        mine.add(str(row["id"]))


def _unused(wanted: str, taken: set[str], first: int, prefix: str = "") -> str:
    """Return `wanted`, or the first number from `first` on that makes an id nobody has."""
    number = first
    name = wanted
    while name in taken:
        name = f"{prefix}{number}"
        number += 1
    return name

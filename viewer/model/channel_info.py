"""What a recording says of its channels, and into which groups they fall."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO


@dataclass(frozen=True)
class ChannelInfo:
    """What the recording says of a channel.

    Attributes
    ----------
    name, id, units : str
    stream : int
    column : int
        Position within the stream's chunks.
    gain, offset : float
        Physical value = raw * gain + offset, in `units`.
    stream_name : str
    group : int
        Channels of one shank, or of one stream where shanks are not known; see `group_names`.
    shank : str
        "" where it is not known.
    x, y : float
        Micrometres on the probe, y counted from the tip; NaN where they are not known.
    """

    name: str
    id: str
    units: str
    stream: int
    column: int
    gain: float
    offset: float
    stream_name: str = ""
    group: int = 0
    shank: str = ""
    x: float = math.nan
    y: float = math.nan


@dataclass(frozen=True)
class Readings:
    """What the values of channels mean where they are not those of the recording on show.

    Such as the recording below a layer: the same channels in other numbers.

    Attributes
    ----------
    gain, offset : ndarray of float64, one for each row
        Physical value = raw * gain + offset, in the channel's units.
    shift : ndarray of float64, one for each row
        Physical units added before drawing.
    """

    gain: np.ndarray
    offset: np.ndarray
    shift: np.ndarray


def infos_of(reader: BaseRawIO) -> list[ChannelInfo]:
    """Return what a reader whose header is parsed says of its channels, by row."""
    assert reader.header is not None
    table = reader.header["signal_channels"]
    names = [str(name) for name in reader.header["signal_streams"]["name"]]
    infos: list[ChannelInfo | None] = [None] * len(table)
    first_group = 0
    for stream, rows in enumerate(reader.get_group_channel_indexes()):
        shank, x, y = _places(reader, stream, len(rows))
        groups = _numbered(shank if len(set(shank) - {""}) > 1 else table["units"][rows].tolist())
        for column, row in enumerate(rows):
            entry = table[row]
            infos[row] = ChannelInfo(
                str(entry["name"]),
                str(entry["id"]),
                str(entry["units"]),
                stream,
                column,
                float(entry["gain"]),
                float(entry["offset"]),
                names[stream],
                first_group + groups[column],
                shank[column],
                x[column],
                y[column],
            )
        first_group += max(groups, default=-1) + 1
    return [info for info in infos if info is not None]


def group_names(infos: Sequence[ChannelInfo]) -> tuple[str, ...]:
    """Return what to call each group: its shank, or its stream and, of several, its units."""
    names: dict[int, str] = {}
    for info in infos:
        if info.group not in names:
            names[info.group] = _group_name(info, infos)
    return tuple(names[group] for group in sorted(names))


def _group_name(info: ChannelInfo, infos: Sequence[ChannelInfo]) -> str:
    streams = {other.stream for other in infos}
    beside = [other for other in infos if other.stream == info.stream]
    parts = [info.stream_name or f"stream {info.stream + 1}"] if len(streams) > 1 else []
    if len({other.group for other in beside}) > 1:
        if len({other.shank for other in beside} - {""}) > 1:
            parts.append(f"shank {info.shank}" if info.shank else "no contact")
        else:
            parts.append(info.units or "no unit")
    return " ".join(parts) or "all channels"


def _places(
    reader: BaseRawIO, stream: int, count: int
) -> tuple[list[str], list[float], list[float]]:
    """Return shank, x and y of each channel of a stream."""
    contacts = reader.channel_contacts(stream)
    if contacts is None:
        return [""] * count, [math.nan] * count, [math.nan] * count
    known = contacts["known"].tolist()
    shank = [str(s) if k else "" for s, k in zip(contacts["shank"], known, strict=True)]
    x, y = (
        [float(v) if k else math.nan for v, k in zip(contacts[axis], known, strict=True)]
        for axis in ("x", "y")
    )
    return shank, x, y


def _numbered(labels: Sequence[str]) -> list[int]:
    """Return a number for each label, from 0 in the order in which they first appear."""
    numbers: dict[str, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]

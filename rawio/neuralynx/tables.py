"""The header tables of a Neuralynx recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio.errors import Warn
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    table,
)
from rawio.neuralynx.channels import Channel, Stream
from rawio.neuralynx.folder import Entity
from rawio.neuralynx.headers import MOST_SAMPLES, Filters, TextHeader
from rawio.neuralynx.points import Points, event_of

UNITS = "uV"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class PointChannel:
    """A unit or an event channel.

    Attributes
    ----------
    points : Points
    code : int
        Place of its code in `points.codes`.
    """

    points: Points
    code: int


def stream_table(streams: Sequence[Stream]) -> np.ndarray:
    """Return ``signal_streams``; names say rate, range and which of the filter settings."""
    settings = _sorted_filters([stream.key[2] for stream in streams])
    rows = []
    for s, stream in enumerate(streams):
        rate, input_range, filters = stream.key
        millivolts = (input_range or 0) // 1000
        name = f"stream{s}_{int(rate)}Hz_{millivolts}mVRange_DSPFilter{settings.index(filters)}"
        rows.append({"name": name, "id": str(s), "buffer_id": ""})
    return table(SIGNAL_STREAM_DTYPE, rows)


def channel_table(channels: Sequence[Channel], streams: Sequence[Stream], warn: Warn) -> np.ndarray:
    """Return ``signal_channels`` in the order of `channels`."""
    rows: list[dict[str, object]] = [{} for _ in channels]
    for s, stream in enumerate(streams):
        taken: set[str] = set()
        for c in stream.members:
            entity = channels[c].entity
            rows[c] = {
                "name": entity.name,
                "id": _id_of(entity, taken),
                "sampling_rate": stream.rate,
                "dtype": "int16",
                "units": UNITS if _gains(entity.header) else "",
                "gain": gains_of(entity.header, 1, warn)[0],
                "offset": 0.0,
                "stream_id": str(s),
                "buffer_id": "",
                "group_id": s,
            }
    return table(SIGNAL_CHANNEL_DTYPE, rows)


def unit_table(units: Sequence[PointChannel], warn: Warn) -> np.ndarray:
    """Return ``unit_channels``: one row for each unit of each electrode."""
    rows = []
    for unit in units:
        entity = unit.points.entity
        header, number = entity.header, unit.points.codes[unit.code]
        channel = header.ad_channels[0] if header.ad_channels else UNKNOWN
        rate = header.rate
        if rate is None:
            warn(f"{entity.name}: the header states no rate for waveforms; it is given as 0.")
        rows.append(
            {
                "name": f"ch{entity.name}#{channel}#{number}",
                "id": str(number),
                "wf_units": UNITS if _gains(header) else "",
                "wf_gain": gains_of(header, 1, warn)[0],
                "wf_offset": 0.0,
                "wf_left_sweep": _left_sweep(header),
                "wf_sampling_rate": rate or 0.0,
            }
        )
    return table(UNIT_CHANNEL_DTYPE, rows)


def event_table(events: Sequence[PointChannel]) -> np.ndarray:
    """Return ``event_channels``: one row for each pair of event id and TTL word of a source."""
    rows = []
    for event in events:
        entity = event.points.entity
        event_id, ttl = event_of(event.points.codes[event.code])
        channels = entity.header.ad_channels
        rows.append(
            {
                "name": f"{entity.name} event_id={event_id} ttl={ttl}",
                "id": str(channels[0]) if channels else UNKNOWN,
                "type": b"event",
            }
        )
    return table(EVENT_CHANNEL_DTYPE, rows)


def gains_of(header: TextHeader, count: int, warn: Warn) -> np.ndarray:
    """Return the gain of each of `count` electrodes, in uV; 1 where the header has none."""
    gains = _gains(header)
    if not gains:
        warn(
            f"{header.path.name}: the header states neither ADBitVolts nor range and maximum of "
            "the AD converter; values are raw numbers."
        )
        gains = (1.0,)
    if len(gains) not in (1, count) and count > 1:
        warn(
            f"{header.path.name}: the header states {len(gains)} ADBitVolts for {count} "
            "electrodes; the first is used for all."
        )
        gains = gains[:1]
    return np.array(gains * count if len(gains) == 1 else gains[:count], np.float64)


def signal_of_units(units: Sequence[PointChannel], channels: Sequence[Channel]) -> list[int | None]:
    """Return, for each unit, the signal channel of its first AD channel that has one.

    Of several the one of the highest rate: a field potential is recorded beside wide-band signals.
    """
    rows: dict[tuple[int, str | None], list[int]] = {}
    for c, channel in enumerate(channels):
        header = channel.entity.header
        for number in header.ad_channels[:1]:
            rows.setdefault((number, header.system), []).append(c)
    found: list[int | None] = []
    for unit in units:
        header = unit.points.entity.header
        keys = [(number, header.system) for number in header.ad_channels]
        there = next((rows[key] for key in keys if key in rows), None)
        found.append(max(there, key=lambda c: channels[c].rate) if there else None)
    return found


def _gains(header: TextHeader) -> tuple[float, ...]:
    if header.gains:
        return header.gains
    return (header.range_gain,) if header.range_gain else ()


def _id_of(entity: Entity, taken: set[str]) -> str:
    """Return the number of the AD channel; with the name where the stream has that already."""
    channels = entity.header.ad_channels
    found = str(channels[0]) if channels else UNKNOWN
    if found in taken:
        found = f"{found}:{entity.name}"
    taken.add(found)
    return found


def _left_sweep(header: TextHeader) -> int:
    """Return how many samples of a waveform are before its timestamp, -1 if that is not known.

    The timestamp is that of the sample at AlignmentPt, which counts from 1.
    """
    point = header.number("AlignmentPt")
    if point is None or not 1 <= point <= MOST_SAMPLES:
        return -1
    return int(point) - 1


def _sorted_filters(found: Sequence[Filters]) -> list[Filters]:
    different = set(found)
    try:
        return sorted(different)
    except TypeError:  # numbers and words in one setting
        return sorted(different, key=repr)

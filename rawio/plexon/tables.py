"""The header tables of a Plexon recording, and the sentences about what its scan noticed."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from rawio.errors import Warn
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    table,
)
from rawio.plexon import layout
from rawio.plexon.headers import (
    PlexonHeaders,
    channel_name,
    slow_gain,
    spike_gain,
    waveform_rate,
)
from rawio.plexon.index import Index
from rawio.plexon.segments import Stream, stream_names

UNITS = "mV"
_KINDS = {layout.SPIKE: "spike", layout.EVENT: "event", layout.CONTINUOUS: "continuous"}


def block_channels(records: np.ndarray) -> np.ndarray:
    """Return the channel numbers of headers that blocks, with their 16 bits, can refer to."""
    channels = records["Channel"].astype(np.int64)
    return channels[(channels >= 0) & (channels < 0x8000)]


def header_row(records: np.ndarray, channel: int) -> int:
    """Return the first header of a channel number that has one."""
    return int(np.flatnonzero(records["Channel"] == channel)[0])


def signal_tables(
    headers: PlexonHeaders, rows: np.ndarray, streams: list[Stream], warn: Warn
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``signal_streams`` and ``signal_channels``.

    Parameters
    ----------
    headers : PlexonHeaders
    rows : ndarray of int
        Of `headers.slows`, one for each signal channel.
    streams : list of Stream
    warn : callable
    """
    slows = headers.slows
    names = [channel_name(slows[row]) for row in rows]
    ids = stream_names(streams, names)
    stream_of = {int(m): s for s, stream in enumerate(streams) for m in stream.members}
    channels = [
        {
            "name": name,
            "id": str(slows[row]["Channel"]),
            "sampling_rate": float(slows[row]["ADFreq"]),
            "dtype": "int16",
            "units": UNITS,
            "gain": slow_gain(headers, int(row), warn),
            "offset": 0.0,
            "stream_id": ids[stream_of[c]],
            "buffer_id": "",
            "group_id": stream_of[c],
        }
        for c, (row, name) in enumerate(zip(rows, names, strict=True))
    ]
    stream_rows = [{"name": name, "id": name, "buffer_id": ""} for name in ids]
    return table(SIGNAL_STREAM_DTYPE, stream_rows), table(SIGNAL_CHANNEL_DTYPE, channels)


def unit_table(headers: PlexonHeaders, keys: np.ndarray, warn: Warn) -> np.ndarray:
    """Return ``unit_channels``: one row for each of the spike `keys`.

    Unsorted spikes (unit 0) bear the name of their channel, units 1 to 26 that name and a letter
    (SPK01a, SPK01b) as on Plexon's screens, others the name and the number (SPK01#27). A name that
    another unit has already gets the channel number too.
    """
    rows: list[dict[str, Any]] = []
    taken: set[str] = set()
    for key in keys:
        channel, unit = int(key["channel"]), int(key["unit"])
        row = header_row(headers.spikes, channel)
        name = _unit_name(channel_name(headers.spikes[row]), unit)
        if name in taken:
            name = f"{name} (ch{channel}#{unit})"
        taken.add(name)
        rows.append(
            {
                "name": name,
                "id": f"ch{channel}#{unit}",
                "wf_units": UNITS,
                "wf_gain": spike_gain(headers, row, warn),
                "wf_offset": 0.0,
                "wf_left_sweep": int(headers.file["NumPointsPreThr"]),
                "wf_sampling_rate": waveform_rate(headers, warn),
            }
        )
    return table(UNIT_CHANNEL_DTYPE, rows)


def event_table(headers: PlexonHeaders, index: Index, warn: Warn) -> tuple[np.ndarray, np.ndarray]:
    """Return ``event_channels``, and the key of each, -1 where there are no events.

    Channels are in header order. Strobes, starts and stops that have no header follow. Of several
    headers with one channel number the first has the events; if names are the same, too, ids of
    later ones end with #1 and so on.
    """
    channels = [(channel_name(e), int(e["Channel"])) for e in headers.events]
    is_event = index.keys["type"] == layout.EVENT
    key_of = {int(index.keys["channel"][k]): int(k) for k in np.flatnonzero(is_event)}
    there = {number for _, number in channels}
    channels += [(layout.SPECIAL_EVENTS[n], n) for n in sorted(set(key_of) - there)]
    counts: Counter[int] = Counter()
    twins: Counter[tuple[str, int]] = Counter()
    keys, rows = [], []
    for name, number in channels:
        again = twins[name, number]
        keys.append(-1 if counts[number] else key_of.get(number, -1))
        counts[number] += 1
        twins[name, number] += 1
        id_ = f"{number}#{again}" if again else str(number)
        rows.append({"name": name, "id": id_, "type": b"event"})
    for (name, number), key in zip(channels, keys, strict=True):
        if key >= 0 and counts[number] > 1:
            warn(
                f"{counts[number]} event headers have channel number {number}; its "
                f"{int(index.keys['count'][key])} events are given to the first, {name}."
            )
    return table(EVENT_CHANNEL_DTYPE, rows), np.array(keys, dtype=np.int64)


def signal_of_units(
    headers: PlexonHeaders, unit_keys: np.ndarray, signal_rows: np.ndarray
) -> list[int | None]:
    """Return, for each unit, the signal channel whose header names its spike channel.

    Of several the one of the highest rate, hence the wide-band signal before the field potential.
    """
    if headers.version < 104:
        return [None] * len(unit_keys)
    slows = headers.slows[signal_rows]
    found: list[int | None] = []
    for key in unit_keys:
        at = np.flatnonzero((slows["SpikeChannel"] == key["channel"]) & (key["channel"] > 0))
        found.append(int(at[np.argmax(slows["ADFreq"][at])]) if len(at) else None)
    return found


def sentences(headers: PlexonHeaders, index: Index, file_size: int) -> Iterator[str]:
    """Yield a sentence about everything that the scan of the blocks found wrong."""
    facts = index.facts
    if facts["reason"]:
        yield _end_sentence(facts["reason"], facts["end"], file_size)
    if not facts["blocks"]:
        yield "there are no data blocks after the headers; the recording holds nothing."
    if facts["zeros"]:
        where = ", ".join(str(at) for at, _ in facts["zeros"])
        yield (
            f"{facts['zero_bytes']} bytes (from byte {where}) are zeros where blocks should be and "
            "were skipped; was the recorder or a copy stopped by force?"
        )
    if facts["unknown_blocks"]:
        types = ", ".join(str(kind) for kind, _ in facts["unknown_types"])
        yield (
            f"{facts['unknown_blocks']} blocks are of types that are not known ({types}) and "
            "were skipped."
        )
    for kind, fact in facts["skipped"].items():
        channels = ", ".join(map(str, fact["channels"])) + (" ..." if fact["more"] else "")
        yield (
            f"{fact['blocks']} {_KINDS[int(kind)]} blocks are of channels that have no header "
            f"({channels}) and were skipped."
        )
    if facts["empty"]:
        yield f"{facts['empty']} continuous blocks hold no samples."
    if facts["restarts"]:
        where = ", ".join(map(str, facts["restarts"][:4]))
        yield (
            f"timestamps go back {len(facts['restarts'])} times (at byte {where}"
            f"{' ...' if len(facts['restarts']) > 4 else ''}): the clock was set back or files "
            "were joined; each part is a segment of its own."
        )
    if facts["backward"]:
        yield (
            f"timestamps of signals go back {facts['backward']} times and cannot be times; their "
            "blocks are read one after the other, in the order of the file."
        )
    yield from _uneven_waveforms(headers, index)
    yield from _missing_samples(headers, index)


def _end_sentence(reason: str, end: int, size: int) -> str:
    left = size - end
    if reason == "size":
        what = f"the block at byte {end} has a negative size, so the file is damaged from there"
    elif reason == "samples":
        what = f"the block at byte {end} is longer than the rest of the file, which was cut"
    else:
        what = f"the file ends within a block header at byte {end}, so it was cut"
    return f"{what}; the last {left} bytes are not read."


def _uneven_waveforms(headers: PlexonHeaders, index: Index) -> Iterator[str]:
    keys = index.keys[index.keys["type"] == layout.SPIKE]
    for key in keys[keys["longest"] != keys["shortest"]]:
        name = channel_name(headers.spikes[header_row(headers.spikes, int(key["channel"]))])
        yield (
            f"waveforms of {_unit_name(name, int(key['unit']))} have {key['shortest']} to "
            f"{key['longest']} samples; shorter ones are filled up with zeros."
        )


def _missing_samples(headers: PlexonHeaders, index: Index) -> Iterator[str]:
    counts = headers.file["EVCounts"]
    for key in index.keys[index.keys["type"] == layout.CONTINUOUS]:
        at = layout.FIRST_EVCOUNT_OF_CONTINUOUS + int(key["channel"])
        if at >= len(counts):
            continue
        rows = slice(int(key["start"]), int(key["start"] + key["count"]))
        last = index.shape[rows.stop - 1].astype(np.int64)
        found = int(index.first[rows.stop - 1] + last[0] * last[1])
        if counts[at] > found:
            slow = headers.slows[header_row(headers.slows, int(key["channel"]))]
            yield (
                f"the file header counts {counts[at]} samples of {channel_name(slow)}, the file "
                f"holds {found}; was it cut?"
            )


def _unit_name(channel: str, unit: int) -> str:
    if unit == 0:
        return channel
    if 1 <= unit <= 26:
        return f"{channel}{chr(ord('a') + unit - 1)}"
    return f"{channel}#{unit}"

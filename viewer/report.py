"""What a reader found, as plain data and as text: `rawscope info`."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from rawio import BaseRawIO
from viewer.render.quantities import MINUS, format_amount, format_duration, spelled


def describe(reader: BaseRawIO) -> dict[str, Any]:
    """Return all of a recording's header that a person or a script asks for, JSON-ready.

    Returns
    -------
    dict
        ``file``, ``format``, ``processing`` ("" for none), ``recorded_at`` (when second 0 was, in
        ISO 8601, with the zone where it is known, or None), ``duration`` (seconds), ``segments``,
        ``streams`` with their ``channels`` and ``probe``, ``units`` and ``events`` with counts
        (None where these would have to be looked for in the samples), ``warnings``.
    """
    assert reader.header is not None
    recorded_at = reader.recorded_at()
    segments = [
        _segment(reader, block, segment)
        for block in range(reader.block_count())
        for segment in range(reader.segment_count(block))
    ]
    return {
        "file": reader.source_name(),
        "format": _recorded(reader).name,
        "processing": _processing(reader),
        "recorded_at": None if recorded_at is None else recorded_at.isoformat(),
        "duration": sum(s["t_stop"] - s["t_start"] for s in segments),
        "segments": segments,
        "streams": [_stream(reader, i) for i in range(reader.signal_streams_count())],
        "units": [_unit(reader, i, segments) for i in range(reader.unit_channels_count())],
        "events": [_events(reader, i, segments) for i in range(reader.event_channels_count())],
        "warnings": list(reader.warnings),
    }


def as_text(report: dict[str, Any]) -> str:
    """Return a report for reading."""
    length, parts = format_duration(report["duration"]), _count(report["segments"], "segment")
    lines = [
        f"{report['file']}",
        f"format    {report['format']}",
        *([f"steps     {report['processing']}"] if report["processing"] else []),
        *([f"recorded  {_begun(report)}"] if report["recorded_at"] else []),
        f"duration  {length} in {parts}",
    ]
    if len(report["segments"]) > 1:
        for segment in report["segments"][:12]:
            lines.append(
                f"  segment {segment['segment']}: "
                f"{segment['t_start']:.6g} s to {segment['t_stop']:.6g} s"
            )
        lines += _more(report["segments"], 12)
    for stream in report["streams"]:
        lines += _stream_lines(stream)
    if not report["streams"]:
        lines.append("signals   none")
    lines += _counts("units", report["units"])
    lines += _counts("events", [event for event in report["events"] if event["count"]])
    lines += _lines_of_words([e["name"] for e in report["events"] if e["count"] is None])
    silent = sum(1 for event in report["events"] if event["count"] == 0)
    if silent:
        lines.append(f"          {silent} more event channels without events")
    lines += [f"warning   {warning}" for warning in report["warnings"]]
    return "\n".join(lines)


def _begun(report: dict[str, Any]) -> str:
    """Return when the first segment began, to the second, with its zone if that is known."""
    second_0 = datetime.fromisoformat(report["recorded_at"])
    seconds = report["segments"][0]["t_start"]
    try:
        begun = second_0 + timedelta(seconds=seconds, milliseconds=0.5)  # against rounding down
    except (OverflowError, ValueError):  # of times that are none
        begun = second_0
    return f"{begun:%Y-%m-%d %H:%M:%S} {begun.tzname() or ''}".rstrip()


def _recorded(reader: BaseRawIO) -> BaseRawIO:
    """Return the reader of files that a layer is over, or layers are."""
    derived = reader.derived_from()
    return reader if derived is None else _recorded(derived[0])


def _processing(reader: BaseRawIO) -> str:
    if reader.derived_from() is None:
        return ""
    from viewer.compute.layer import done_to  # only for layers: plain recordings need none of it

    return done_to(reader)


def _segment(reader: BaseRawIO, block: int, segment: int) -> dict[str, Any]:
    return {
        "block": block,
        "segment": segment,
        "t_start": reader.segment_t_start(block, segment),
        "t_stop": reader.segment_t_stop(block, segment),
    }


def _stream(reader: BaseRawIO, stream: int) -> dict[str, Any]:
    assert reader.header is not None
    rows = reader.header["signal_channels"][reader.get_group_channel_indexes()[stream]]
    return {
        "name": str(reader.header["signal_streams"]["name"][stream]),
        "sampling_rate": reader.get_signal_sampling_rate(stream),
        "dtype": str(rows["dtype"][0]),
        "segments": [
            {
                "t_start": reader.get_signal_t_start(block, segment, stream),
                "samples": reader.get_signal_size(block, segment, stream),
            }
            for block in range(reader.block_count())
            for segment in range(reader.segment_count(block))
        ],
        "channels": [
            {
                "name": str(row["name"]),
                "id": str(row["id"]),
                "units": str(row["units"]),
                "gain": float(row["gain"]),
                "offset": float(row["offset"]),
            }
            for row in rows
        ],
        "probe": _probe(reader, stream),
    }


def _probe(reader: BaseRawIO, stream: int) -> dict[str, Any] | None:
    contacts = reader.channel_contacts(stream)
    if contacts is None:
        return None
    wired = contacts[contacts["known"]]
    extent = {
        f"{axis}_um": [float(wired[axis].min()), float(wired[axis].max())] if len(wired) else [0, 0]
        for axis in ("x", "y")
    }
    return {"contacts": len(wired), "shanks": len(np.unique(wired["shank"])), **extent}


def _unit(reader: BaseRawIO, unit: int, segments: list[dict[str, Any]]) -> dict[str, Any]:
    assert reader.header is not None
    row = reader.header["unit_channels"][unit]
    counts = [reader.spike_count(s["block"], s["segment"], unit) for s in segments]
    return {"name": str(row["name"]), "id": str(row["id"]), "count": sum(counts)}


def _events(reader: BaseRawIO, channel: int, segments: list[dict[str, Any]]) -> dict[str, Any]:
    assert reader.header is not None
    row = reader.header["event_channels"][channel]
    if reader.event_count_reads_samples(channel):  # of hours, that would take minutes
        return {"name": str(row["name"]), "id": str(row["id"]), "count": None}
    counts = [reader.event_count(s["block"], s["segment"], channel) for s in segments]
    return {"name": str(row["name"]), "id": str(row["id"]), "count": sum(counts)}


def _stream_lines(stream: dict[str, Any]) -> list[str]:
    channels = stream["channels"]
    samples = sum(segment["samples"] for segment in stream["segments"])
    lines = [
        f"stream    {stream['name']}: {_count(channels, 'channel')} at "
        f"{stream['sampling_rate']:g} Hz, {samples} samples of {stream['dtype']}"
    ]
    probe = stream["probe"]
    if probe is not None:
        shanks = f"{probe['shanks']} shank{'' if probe['shanks'] == 1 else 's'}"
        lines.append(
            f"          probe of {shanks}, {probe['contacts']} contacts from "
            f"{probe['y_um'][0]:g} to {probe['y_um'][1]:g} µm"
        )
    gains = {(c["gain"], c["offset"], c["units"]) for c in channels}
    if len(gains) == 1:
        lines.append(f"          {_gain(channels[0])}")
        names = [
            c["name"] if c["id"].endswith(c["name"]) else f"{c['name']} ({c['id']})"
            for c in channels
        ]
        lines.append("          " + _abridged(names))
    else:
        lines += [f"          {c['name']} ({c['id']}): {_gain(c)}" for c in channels]
    return lines


def _gain(channel: dict[str, Any]) -> str:
    units = spelled(channel["units"]) or "(no unit)"
    text = f"gain {channel['gain']:.9g} {units} a count"
    if channel["units"]:
        amount = format_amount(channel["gain"], channel["units"])
        text += f" ({amount.replace(MINUS, '-')})"  # not all terminals have the sign
    return text + (f", offset {channel['offset']:.9g} {units}" if channel["offset"] else "")


def _counts(title: str, entries: list[dict[str, Any]]) -> list[str]:
    if not entries:
        return [f"{title:<10}none"]
    total = int(np.sum([entry["count"] for entry in entries]))
    lines = [f"{title:<10}{len(entries)} with {total} in all"]
    lines += [f"          {e['name']} ({e['id']}): {e['count']}" for e in entries]
    return lines


def _lines_of_words(names: list[str]) -> list[str]:
    if not names:
        return []
    return [f"lines     {len(names)} digital, with edges among the samples: {_abridged(names)}"]


def _count(entries: list[Any], noun: str) -> str:
    return f"{len(entries)} {noun}{'' if len(entries) == 1 else 's'}"


def _abridged(names: list[str]) -> str:
    if len(names) <= 12:
        return ", ".join(names)
    return ", ".join(names[:6]) + " ... " + ", ".join(names[-3:])


def _more(entries: list[Any], shown: int) -> list[str]:
    return [f"  and {len(entries) - shown} more"] if len(entries) > shown else []

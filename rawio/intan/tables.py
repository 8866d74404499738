"""The header tables of an Intan recording."""

from typing import Any

import numpy as np

from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    table,
)
from rawio.intan.contents import Contents, Stream
from rawio.intan.signals import STREAMS

NOTES = "notes"
"""Id and name of the event channel of the notes."""


def stream_order(contents: Contents) -> list[int]:
    """Return the rows of ``contents.streams`` by the number of their stream."""
    ids = [int(stream_id(contents, stream)) for stream in contents.streams]
    return sorted(range(len(ids)), key=ids.__getitem__)


def stream_id(contents: Contents, stream: Stream) -> str:
    """Return the id of a stream, the number Intan gives the signal or, without one, ours."""
    return STREAMS[contents.header.kind][stream.signal][0]


def signal_tables(contents: Contents, order: list[int]) -> dict[str, np.ndarray]:
    """Return ``signal_streams``, ``signal_channels`` and ``signal_buffers``.

    Streams come in the order given, channels in that of a data block. A file that holds a stream
    and nothing else is a buffer.
    """
    buffered = contents.layout == "one-file-per-signal"
    streams, rows = [], []
    for index, k in enumerate(order):
        stream = contents.streams[k]
        key, name = STREAMS[contents.header.kind][stream.signal]
        streams.append({"name": name, "id": key, "buffer_id": key if buffered else ""})
        rows.append((k, _channel_rows(contents, stream, index, key if buffered else "")))
    channels = [row for _, part in sorted(rows, key=lambda pair: pair[0]) for row in part]
    buffers = [{"name": "", "id": stream["id"]} for stream in streams if buffered]
    return {
        "signal_streams": table(SIGNAL_STREAM_DTYPE, streams),
        "signal_channels": table(SIGNAL_CHANNEL_DTYPE, channels),
        "signal_buffers": table(SIGNAL_BUFFER_DTYPE, buffers),
    }


def _channel_rows(
    contents: Contents, stream: Stream, index: int, buffer_id: str
) -> list[dict[str, Any]]:
    return [
        {
            "name": channel.custom_name,
            "id": channel.native_name,
            "sampling_rate": contents.header.sample_rate / stream.step,
            "dtype": stream.scale.dtype,
            "units": stream.scale.units,
            "gain": stream.scale.gain,
            "offset": stream.scale.offset,
            "stream_id": stream_id(contents, stream),
            "buffer_id": buffer_id,
            "group_id": index,
        }
        for channel in stream.channels
    ]


def event_table(contents: Contents, has_notes: bool) -> np.ndarray:
    """Return ``event_channels``: each digital line, then the notes."""
    rows = [
        {"name": channel.custom_name, "id": channel.native_name, "type": b"event"}
        for lines in contents.lines
        for channel in lines.channels
    ]
    if has_notes:
        rows.append({"name": NOTES, "id": NOTES, "type": b"event"})
    return table(EVENT_CHANNEL_DTYPE, rows)

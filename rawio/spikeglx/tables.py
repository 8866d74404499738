"""The header tables of a SpikeGLX recording."""

from dataclasses import dataclass

import numpy as np

from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    table,
)
from rawio.spikeglx.lines import Line
from rawio.spikeglx.recording import Recording


@dataclass(frozen=True)
class Stream:
    """A stream of the header: some columns of the files of one label.

    Attributes
    ----------
    name : str
    label : str
    columns : ndarray of intp
    """

    name: str
    label: str
    columns: np.ndarray


def make_streams(recording: Recording, keep_sync: bool) -> list[Stream]:
    """Return the streams: first those of voltages, then the status words of each.

    Parameters
    ----------
    recording : Recording
    keep_sync : bool
        Leave the status words among the other channels of their file.
    """
    streams: list[Stream] = []
    status: list[Stream] = []
    for label in recording.streams:
        is_status = np.array([c.kind == "SY" for c in recording.first(label).columns])
        if keep_sync:
            is_status[:] = False
        for name, some, found in (
            (label, ~is_status, streams),
            (f"{label}-SYNC", is_status, status),
        ):
            if some.any():
                found.append(Stream(name, label, np.flatnonzero(some)))
    return streams + status


def signal_tables(
    recording: Recording, streams: list[Stream]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ``signal_buffers``, ``signal_streams`` and ``signal_channels``; a buffer is a file."""
    labels = list(recording.streams)
    place = {(s.label, int(c)): i for i, s in enumerate(streams) for c in s.columns}
    channels = []
    for label in labels:
        first = recording.first(label)
        for c, column in enumerate(first.columns):
            stream = place[label, c]
            channels.append(
                {
                    "name": column.name,
                    "id": f"{label}#{column.name}",
                    "sampling_rate": first.rate,
                    "dtype": "int16",
                    "units": column.units,
                    "gain": column.gain,
                    "offset": 0.0,
                    "stream_id": streams[stream].name,
                    "buffer_id": label,
                    "group_id": stream,
                }
            )
    return (
        table(SIGNAL_BUFFER_DTYPE, [{"name": label, "id": label} for label in labels]),
        table(
            SIGNAL_STREAM_DTYPE,
            [{"name": s.name, "id": s.name, "buffer_id": s.label} for s in streams],
        ),
        table(SIGNAL_CHANNEL_DTYPE, channels),
    )


def event_table(lines: list[Line]) -> np.ndarray:
    """Return ``event_channels``."""
    return table(
        EVENT_CHANNEL_DTYPE, [{"name": n.name, "id": n.id, "type": b"event"} for n in lines]
    )

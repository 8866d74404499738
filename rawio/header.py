"""The header tables: NumPy structured dtypes, how they are built, and how they print.

Field names are those of the Neo RawIO API in both its spellings. ``group_id`` (int, the index of
the stream) is the older name of what ``stream_id`` (str) is today; a channel carries both.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Header = dict[str, Any]

SIGNAL_BUFFER_DTYPE = np.dtype([("name", "U64"), ("id", "U64")])
SIGNAL_STREAM_DTYPE = np.dtype([("name", "U128"), ("id", "U64"), ("buffer_id", "U64")])
SIGNAL_CHANNEL_DTYPE = np.dtype(
    [
        ("name", "U64"),
        ("id", "U64"),
        ("sampling_rate", "float64"),
        ("dtype", "U16"),
        ("units", "U64"),
        ("gain", "float64"),
        ("offset", "float64"),
        ("stream_id", "U64"),
        ("buffer_id", "U64"),
        ("group_id", "int64"),
    ]
)
UNIT_CHANNEL_DTYPE = np.dtype(
    [
        ("name", "U64"),
        ("id", "U64"),
        ("wf_units", "U64"),
        ("wf_gain", "float64"),
        ("wf_offset", "float64"),
        ("wf_left_sweep", "int64"),
        ("wf_sampling_rate", "float64"),
    ]
)
EVENT_CHANNEL_DTYPE = np.dtype([("name", "U64"), ("id", "U64"), ("type", "S5")])


def table(dtype: np.dtype, rows: Iterable[Mapping[str, Any]]) -> np.ndarray:
    """Return a structured array of `dtype` with one row for each mapping of field to value."""
    names = dtype.names or ()
    return np.array([tuple(row[name] for name in names) for row in rows], dtype=dtype)


def make_header(
    nb_segment: list[int],
    signal_streams: np.ndarray,
    signal_channels: np.ndarray,
    unit_channels: np.ndarray | None = None,
    event_channels: np.ndarray | None = None,
    signal_buffers: np.ndarray | None = None,
) -> Header:
    """Build the header dict with the keys of both generations of the API.

    Parameters
    ----------
    nb_segment : list of int
        Number of segments of each block.
    signal_streams, signal_channels, unit_channels, event_channels, signal_buffers : ndarray
        Structured arrays of the dtypes of this module; None is an empty one.

    Returns
    -------
    dict
        ``spike_channels`` is the same array as ``unit_channels``.
    """
    if unit_channels is None:
        unit_channels = np.empty(0, dtype=UNIT_CHANNEL_DTYPE)
    if event_channels is None:
        event_channels = np.empty(0, dtype=EVENT_CHANNEL_DTYPE)
    if signal_buffers is None:
        signal_buffers = np.empty(0, dtype=SIGNAL_BUFFER_DTYPE)
    return {
        "nb_block": len(nb_segment),
        "nb_segment": list(nb_segment),
        "signal_buffers": signal_buffers,
        "signal_streams": signal_streams,
        "signal_channels": signal_channels,
        "unit_channels": unit_channels,
        "spike_channels": unit_channels,
        "event_channels": event_channels,
    }


def describe_header(header: Header) -> str:
    """Return the lines that ``print(reader)`` shows below the reader's name."""
    lines = [f"nb_block: {header['nb_block']}", f"nb_segment:  {header['nb_segment']}"]
    if len(header["signal_streams"]) > 1:
        streams = [
            f"{s['name']} (chans: {int(np.sum(header['signal_channels']['stream_id'] == s['id']))})"
            for s in header["signal_streams"]
        ]
        lines.append(f"signal_streams: [{_shortened(streams)}]")
    for key in ("signal_channels", "unit_channels", "event_channels"):
        lines.append(f"{key}: [{_shortened(list(header[key]['name']))}]")
    return "\n".join(lines)


def _shortened(names: list[str]) -> str:
    """Join up to eight names; of more, the first and last four as the Neo RawIO page prints."""
    if len(names) <= 8:
        return ", ".join(names)
    return ", ".join(names[:4]) + " ... " + " ".join(names[-4:])

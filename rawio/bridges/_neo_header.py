"""The header of a neo reader as one of ours, and its annotations."""

from typing import Any, NamedTuple

import numpy as np

from rawio.errors import OptionError
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    Header,
    make_header,
)

TABLES = {
    "signal_streams": SIGNAL_STREAM_DTYPE,
    "signal_channels": SIGNAL_CHANNEL_DTYPE,
    "spike_channels": UNIT_CHANNEL_DTYPE,
    "event_channels": EVENT_CHANNEL_DTYPE,
}


class Converted(NamedTuple):
    """A header of ours.

    Attributes
    ----------
    header : dict
    streams : list of int
        For each of its streams, the number that neo gives it.
    sentences : list of str
        What was left out or repaired.
    """

    header: Header
    streams: list[int]
    sentences: list[str]


def convert_header(header: Any, filename: str) -> Converted:
    """Return the header of a neo reader of neo 0.10 or later as one of ours.

    Raises
    ------
    OptionError
        When it lacks a table.
    """
    missing = [name for name in TABLES if name not in header]
    if missing:
        raise OptionError(
            f"{filename}: its header has no {missing[0]}; readers of neo 0.10 and later can be "
            "wrapped."
        )
    tables = {name: _table(header[name], dtype) for name, dtype in TABLES.items()}
    channels, streams = tables["signal_channels"], tables["signal_streams"]
    sentences: list[str] = []
    kept = _streams_to_keep(streams, channels, sentences)
    streams = streams[kept]
    channels = _of_streams(channels, streams, sentences)
    channels["dtype"] = [np.dtype(kind).newbyteorder("=").name for kind in channels["dtype"]]
    for number, stream in enumerate(streams):
        channels["group_id"][channels["stream_id"] == stream["id"]] = number
    _repair_gains(channels, sentences)
    buffers = header.get("signal_buffers")
    converted = make_header(
        [int(n) for n in header["nb_segment"]],
        streams,
        channels,
        tables["spike_channels"],
        tables["event_channels"],
        None if buffers is None else _table(buffers, SIGNAL_BUFFER_DTYPE),
    )
    return Converted(converted, kept, sentences)


def merge_annotations(ours: dict[str, Any], theirs: Any) -> None:
    """Add to our tree of annotations what neo's says more of blocks, segments, spikes and events.

    Lists that are not as long as ours (of streams that were left out) are not taken.
    """
    blocks = theirs.get("blocks", ()) if isinstance(theirs, dict) else ()
    for block, other in zip(ours["blocks"], blocks, strict=False):
        _add(block, other)
        for segment, also in zip(block["segments"], other.get("segments", ()), strict=False):
            _add(segment, also)
            for kind in ("signals", "spikes", "events"):
                nodes = also.get(kind, ())
                if len(nodes) == len(segment[kind]):
                    for node, more in zip(segment[kind], nodes, strict=True):
                        _add(node, more)


def _add(node: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if key == "__array_annotations__":
            node.setdefault(key, {}).update({k: v for k, v in value.items() if k not in node[key]})
        elif not isinstance(value, list):
            node.setdefault(key, value)


def _table(rows: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return neo's table with our fields; what neo lacks stays empty."""
    out = np.zeros(len(rows), dtype)
    for name in dtype.names or ():
        if name in (rows.dtype.names or ()):
            out[name] = rows[name]
    return out


def _streams_to_keep(streams: np.ndarray, channels: np.ndarray, sentences: list[str]) -> list[int]:
    kept = []
    for number, stream in enumerate(streams):
        rates = channels["sampling_rate"][channels["stream_id"] == stream["id"]]
        if not len(rates):
            sentences.append(f"stream {str(stream['name'])!r} has no channels and is left out.")
        elif not (np.isfinite(rates).all() and (rates > 0).all()):
            sentences.append(
                f"stream {str(stream['name'])!r} has a sampling rate of {rates.min():g} Hz and is "
                "left out."
            )
        else:
            kept.append(number)
    return kept


def _of_streams(channels: np.ndarray, streams: np.ndarray, sentences: list[str]) -> np.ndarray:
    """Return the channels of the streams; neo's readers have some that are of none."""
    there = np.isin(channels["stream_id"], streams["id"])
    astray = channels["name"][~there & (channels["stream_id"] == "")]
    if len(astray):
        names = ", ".join(repr(str(name)) for name in astray[:8])
        sentences.append(
            f"{len(astray)} channels without samples of their own are left out: {names}."
        )
    return channels[there]


def _repair_gains(channels: np.ndarray, sentences: list[str]) -> None:
    """Make gains that are 0 or not finite 1, and such offsets 0."""
    bad = ~np.isfinite(channels["gain"]) | (channels["gain"] == 0)
    bad_offset = ~np.isfinite(channels["offset"])
    if (bad | bad_offset).any():
        names = channels["name"][bad | bad_offset]
        sentences.append(
            f"the gain or offset of {len(names)} channels ({names[0]!s} ...) is no number to "
            "scale with; 1 and 0 are used."
        )
    channels["gain"][bad], channels["offset"][bad_offset] = 1.0, 0.0

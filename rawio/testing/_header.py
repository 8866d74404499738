"""Checks of the header, of times, and of calls that make no sense."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import HeaderNotParsedError, OutOfRangeError, SelectionError
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
)
from rawio.testing._common import places, raises, require, runs

TABLES = {
    "signal_streams": SIGNAL_STREAM_DTYPE,
    "signal_channels": SIGNAL_CHANNEL_DTYPE,
    "unit_channels": UNIT_CHANNEL_DTYPE,
    "event_channels": EVENT_CHANNEL_DTYPE,
}
SLACK = 1e-6
"""Seconds by which times may differ that were worked out in different ways."""


def check_unparsed(reader: BaseRawIO) -> None:
    """Check that a reader says so when its header is not parsed."""
    require("nb_block" not in repr(reader), "repr() describes a header that is not parsed.")
    with raises(HeaderNotParsedError, "get_analogsignal_chunk before parse_header"):
        reader.get_analogsignal_chunk()
    with raises(HeaderNotParsedError, "block_count before parse_header"):
        reader.block_count()
    with raises(HeaderNotParsedError, "recorded_at before parse_header"):
        reader.recorded_at()


def check_header(reader: BaseRawIO) -> None:
    """Check that the tables are whole and fit each other, and that times do."""
    header = reader.header
    if header is None:
        require(False, "parse_header leaves header None.")
        return
    for name, dtype in TABLES.items():
        fields = header[name].dtype.names or ()
        lacking = [field for field in dtype.names or () if field not in fields]
        require(not lacking, f"header[{name!r}] lacks the field {lacking[:1]}.")
    require(len(header["nb_segment"]) == header["nb_block"] >= 1, "nb_segment and nb_block differ.")
    require("nb_block" in repr(reader), "repr() does not describe the header.")
    require(bool(reader.name), "the class has no name.")
    _check_channels(header)
    for name in ("unit_channels", "event_channels"):
        ids = [(str(row["id"]), str(row["name"])) for row in header[name]]
        require(len(set(ids)) == len(ids), f"two rows of {name} have one id and name.")
    _check_times(reader)
    _check_moment(reader.recorded_at())


def _check_moment(moment: datetime | None) -> None:
    require(
        moment is None or (isinstance(moment, datetime) and moment.tzinfo in (None, UTC)),
        f"recorded_at() gives {moment!r}, which is neither a naive datetime nor one in UTC.",
    )


def _check_channels(header: dict[str, Any]) -> None:
    streams, channels = header["signal_streams"], header["signal_channels"]
    require(len(np.unique(streams["id"])) == len(streams), "two streams have one id.")
    for stream in streams:
        rows = channels[channels["stream_id"] == stream["id"]]
        require(len(np.unique(rows["id"])) == len(rows), f"ids repeat in stream {stream['name']}.")
    for row in channels:
        who = f"channel {row['name']!s}"
        require(row["sampling_rate"] > 0, f"{who}: a sampling rate of {row['sampling_rate']}.")
        require(np.dtype(str(row["dtype"])).kind in "iuf", f"{who}: samples of {row['dtype']}.")
        require(
            np.isfinite([row["gain"], row["offset"]]).all(), f"{who}: gain or offset not finite."
        )
        require(row["gain"] != 0, f"{who}: a gain of 0 leaves nothing to see.")


def _check_times(reader: BaseRawIO) -> None:
    for block, segment in places(reader):
        start, stop = reader.segment_t_start(block, segment), reader.segment_t_stop(block, segment)
        where = f"segment {segment} of block {block}"
        require(np.isfinite([start, stop]).all(), f"{where}: from {start} s to {stop} s.")
        require(stop >= start, f"{where}: ends at {stop} s, before it starts at {start} s.")
    for block, segment, stream, size, _ in runs(reader):
        first = reader.get_signal_t_start(block, segment, stream)
        last = first + size / reader.get_signal_sampling_rate(stream)
        start, stop = reader.segment_t_start(block, segment), reader.segment_t_stop(block, segment)
        require(
            start - SLACK <= first and last <= stop + SLACK,
            f"stream {stream} of segment {segment} of block {block}: {first} s to {last} s is not "
            f"within the segment, {start} s to {stop} s.",
        )


def check_errors(reader: BaseRawIO) -> None:
    """Check that indexes of what is not there are refused."""
    blocks, streams = reader.block_count(), reader.signal_streams_count()
    segments = reader.segment_count(0)
    for block in (-1, blocks):
        with raises(OutOfRangeError, f"segment_count({block})"):
            reader.segment_count(block)
    for segment in (-1, segments):
        with raises(OutOfRangeError, f"segment_t_start(0, {segment})"):
            reader.segment_t_start(0, segment)
    for stream in (-1, streams):
        with raises(SelectionError, f"get_signal_size(0, 0, {stream})"):
            reader.get_signal_size(0, 0, stream)
    for unit in (-1, reader.unit_channels_count()):
        with raises(SelectionError, f"spike_count(0, 0, {unit})"):
            reader.spike_count(0, 0, unit)
    for channel in (-1, reader.event_channels_count()):
        with raises(SelectionError, f"event_count(0, 0, {channel})"):
            reader.event_count(0, 0, channel)

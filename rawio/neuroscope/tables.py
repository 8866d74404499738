"""The header tables of a session, and what is annotated beyond them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rawio.errors import Warn
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    table,
)
from rawio.neuroscope.parameters import Parameters
from rawio.neuroscope.signals import Stream, System
from rawio.neuroscope.spikes import Group
from rawio.texts import listed

UNITS = "mV"
ONLY_STREAM = "Signals"
"""What the stream of a session with one file is called; of several, each is as its extension."""


def signal_tables(
    streams: Sequence[Stream], system: System, parameters: Parameters
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tables of streams, channels and buffers.

    Every stream has the same channels, with the same names and ids.
    """
    groups = groups_of(parameters)
    channels = np.zeros(len(streams) * system.n_channels, SIGNAL_CHANNEL_DTYPE)
    rows = []
    for index, stream in enumerate(streams):
        own = channels[index * system.n_channels :][: system.n_channels]
        own["name"] = [f"ch{c}grp{groups.get(c, 'none')}" for c in range(system.n_channels)]
        own["id"] = [str(c) for c in range(system.n_channels)]
        own["sampling_rate"], own["dtype"] = stream.rate, system.dtype.name
        own["units"], own["gain"], own["offset"] = UNITS, system.gain, system.offset
        own["stream_id"] = own["buffer_id"] = str(index)
        own["group_id"] = index
        name = ONLY_STREAM if len(streams) == 1 else stream.extension
        rows.append({"name": name, "id": str(index), "buffer_id": str(index)})
    return table(SIGNAL_STREAM_DTYPE, rows), channels, table(SIGNAL_BUFFER_DTYPE, rows)


def unit_table(units: Sequence[tuple[Group, int]], system: System) -> np.ndarray:
    """Return the table of units, each a group and the number of a cluster in it.

    Waveforms come from high-pass filtered samples, in which the converter's offset is gone.
    """
    rows = []
    for group, unit in units:
        label, name = group.label(unit)
        rows.append(
            {
                "name": name,
                "id": label,
                "wf_units": UNITS,
                "wf_gain": system.gain,
                "wf_offset": 0.0,
                "wf_left_sweep": group.left_sweep,
                "wf_sampling_rate": system.rate,
            }
        )
    return table(UNIT_CHANNEL_DTYPE, rows)


def event_table(names: Sequence[str]) -> np.ndarray:
    """Return the table of event channels, one for each file of events."""
    return table(EVENT_CHANNEL_DTYPE, [{"name": n, "id": n, "type": b"event"} for n in names])


def groups_of(parameters: Parameters) -> dict[int, int]:
    """Return the anatomical group, counted from 0, of each channel that is in one.

    Of a channel in several, the last.
    """
    return {
        channel: number
        for number, group in enumerate(parameters.anatomical_groups)
        for channel in group
    }


def annotate(tree: dict[str, Any], parameters: Parameters) -> None:
    """Add the anatomical groups (-1 for none) and the skipped channels to an annotation tree."""
    groups = groups_of(parameters)
    for block in tree["blocks"]:
        for segment in block["segments"]:
            for signal in segment["signals"]:
                arrays = signal["__array_annotations__"]
                channels = range(len(arrays["channel_ids"]))
                arrays["anatomical_group"] = np.array(
                    [groups.get(channel, -1) for channel in channels], np.int64
                )
                arrays["skip"] = np.array(
                    [channel in parameters.skipped_channels for channel in channels], bool
                )


def check_channels(parameters: Parameters, n_channels: int, note: Warn) -> None:
    """Take channels that the recording does not have out of the anatomical groups, and say so.

    Those of spike detection stay: they tell how many columns waveforms have.
    """
    named = [*parameters.anatomical_groups, *(group.channels for group in parameters.spike_groups)]
    astray = sorted({c for group in named for c in group if not 0 <= c < n_channels})
    if not astray:
        return
    shown = listed(astray, 8)
    note(f"groups in the .xml name channels {shown}, but there are {n_channels} (from 0).")
    parameters.anatomical_groups = [
        [channel for channel in group if 0 <= channel < n_channels]
        for group in parameters.anatomical_groups
    ]

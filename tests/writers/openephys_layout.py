"""Names, files and JSON entries of the Open Ephys GUI's binary format, version by version.

What the GUI of each era writes into a folder (type, shape of one record):

=================  =============================  =====================================
folder             0.4 and 0.5                    0.6 and later
=================  =============================  =====================================
continuous stream  continuous.dat                 continuous.dat
\\                  timestamps.npy <i8             sample_numbers.npy <i8
\\                  synchronized_timestamps.npy    timestamps.npy <f8
\\                  <f8 (0.5 only)
TTL                channel_states.npy <i2         states.npy <i2
\\                  timestamps.npy <i8             sample_numbers.npy <i8
\\                  channels.npy <u2               timestamps.npy <f8
\\                  full_words.npy |u1 (bytes)     full_words.npy <u8
\\                  metadata.npy, if there is any
text               text.npy |S(length + 1)        text.npy |S(length + 1)
\\                  timestamps.npy <i8             sample_numbers.npy <i8
\\                  channels.npy <u2               timestamps.npy <f8
spikes             spike_waveforms.npy <i2        waveforms.npy <i2 (channel, sample)
\\                  spike_times.npy <i8            sample_numbers.npy <i8
\\                  spike_electrode_indices.npy    timestamps.npy <f8
\\                  <u2                            electrode_indices.npy <u2
\\                  spike_clusters.npy <u2         clusters.npy <u2
=================  =============================  =====================================
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.writers.openephys_parts import (
    ADC,
    AUX,
    ELECTRODE,
    BinaryEvents,
    Channel,
    Electrode,
    SpikeGroup,
    Stream,
    TextEvents,
    TtlEvents,
)

ERAS = ("0.4", "0.5", "0.6", "1.0")

# What is told -> name of the file that tells it.
SAMPLE_FILE = {"0.4": "timestamps", "0.5": "timestamps"} | dict.fromkeys(
    ("0.6", "1.0"), "sample_numbers"
)
SECONDS_FILE = {"0.4": None, "0.5": None, "0.6": "timestamps", "1.0": "timestamps"}
STREAM_SECONDS_FILE = SECONDS_FILE | {"0.5": "synchronized_timestamps"}
STATES_FILE = {"0.4": "channel_states", "0.5": "channel_states", "0.6": "states", "1.0": "states"}
SPIKE_FILES = {
    "waveforms": ("spike_waveforms", "waveforms"),
    "sample_numbers": ("spike_times", "sample_numbers"),
    "indices": ("spike_electrode_indices", "electrode_indices"),
    "clusters": ("spike_clusters", "clusters"),
}

_CHANNEL_TEXTS = {
    ELECTRODE: ("Headstage data channel", "ephys"),
    AUX: ("Auxiliar data channel", "aux"),
    ADC: ("ADC data channel", "adc"),
}
_JSON_TYPES = {
    "i1": "int8", "u1": "uint8", "i2": "int16", "u2": "uint16", "i4": "int32", "u4": "uint32",
    "i8": "int64", "u8": "uint64", "f4": "float", "f8": "double",
}  # fmt: skip


def era_of(version: str) -> str:
    """Return the era whose layout a version of the GUI writes."""
    major, minor = (int(part) for part in version.split(".")[:2])
    if major >= 1:
        return "1.0"
    if minor < 4:
        raise ValueError(f"version {version} did not write this format")
    return f"0.{min(minor, 6)}"


def is_old(era: str) -> bool:
    """Whether sample numbers are called timestamps."""
    return era in ("0.4", "0.5")


def spike_file(what: str, era: str) -> str:
    """Return the name of a file of spikes, without ``.npy``."""
    return SPIKE_FILES[what][0 if is_old(era) else 1]


def stored_gain(bit_volts: float, era: str, as_float32: bool = True) -> float:
    """Return ``bit_volts`` as it stands in ``structure.oebin``.

    The GUI keeps a float32; from 1.0 on it writes ten decimals of it.
    """
    value = float(np.float32(bit_volts)) if as_float32 else float(bit_volts)
    return round(value, 10) if era == "1.0" else value


def physical_unit(channel: Channel) -> str:
    """Return the unit of `bit_volts`; where the file has none it follows from the kind."""
    return channel.units or ("V" if "ADC" in channel.name else "uV")


def source_folder(part: Any, era: str) -> str:
    """Return the folder the GUI makes of a processor and a stream, with a slash at its end."""
    name = part.processor.replace(" ", "_")
    if is_old(era):
        return f"{name}-{part.processor_id}.{part.sub_idx}/"
    return f"{name.replace('@', '_')}-{part.processor_id}.{part.stream_name}/"


def stream_folder(stream: Stream, era: str) -> str:
    """Return the folder of a stream; in 0.4 it has the name of the processor that recorded."""
    if stream.folder is not None:
        return stream.folder
    recorder = stream.recorded_id
    if era == "0.4" and recorder is not None and recorder != stream.processor_id:
        name = (stream.recorded_processor or stream.processor).replace(" ", "_")
        return f"{name}-{recorder}_{stream.processor_id}.{stream.sub_idx}/"
    return source_folder(stream, era)


def event_folder(event: TtlEvents | TextEvents | BinaryEvents, era: str, n_before: int) -> str:
    """Return the folder of events; `n_before` have the same source and kind in this recording."""
    if event.folder is not None:
        return event.folder
    source = source_folder(event, era)
    if isinstance(event, TextEvents):
        return f"{source}TEXT_group_{event.index}/" if is_old(era) else "MessageCenter/"
    if isinstance(event, BinaryEvents):
        # From 0.6 on the GUI forgets the slash.
        return f"{source}BINARY_group_{event.index}/" if is_old(era) else f"{source}BINARY_group"
    if is_old(era):
        return f"{source}TTL_{1 + n_before if event.index is None else event.index}/"
    index = n_before if event.index is None else event.index
    return f"{source}TTL_{index}/" if index else f"{source}TTL/"


def spike_folders(group: SpikeGroup, era: str) -> list[str]:
    """Return the folders of a group, as many as it has electrodes from 0.6 on."""
    source = source_folder(group, era)
    if is_old(era):
        return [group.folder or f"{source}spike_group_{group.index}/"]
    return [group.folder or f"{source}{electrode.name}/" for electrode in group.electrodes]


def spike_indices(group: SpikeGroup, era: str, n_before: int) -> list[int]:
    """Return the numbers that stand for the electrodes in the file."""
    n = len(group.electrodes)
    if group.indices is not None:
        return list(group.indices)
    if era == "0.4":
        return [0 if k == 0 else 2 for k in range(n)]
    if era == "0.5":
        return list(range(1, n + 1))
    return list(range(n_before, n_before + n))


def json_rate(rate: float, era: str) -> float | int:
    """Return a rate as JSON has it: before 0.6, whole numbers without a point."""
    return int(rate) if is_old(era) and float(rate).is_integer() else float(rate)


def rate_text(rate: float) -> str:
    """Return a rate as sync_messages.txt has it."""
    return str(int(rate)) if float(rate).is_integer() else str(rate)


def json_type(dtype: np.dtype[Any]) -> str:
    """Return the GUI's name of a type."""
    return "string" if dtype.kind == "S" else _JSON_TYPES[f"{dtype.kind}{dtype.itemsize}"]


def _entry(values: dict[str, Any], more: Any) -> dict[str, Any]:
    """Return an entry with what the test changed of it."""
    return {key: value for key, value in (values | dict(more)).items() if value is not None}


def channel_entry(channel: Channel, era: str, history: str, place: int, recorded: int) -> Any:
    """Return the entry of a channel; `place` counts in the stream, `recorded` in the recording."""
    text, kind = _CHANNEL_TEXTS[channel.kind]
    identifier = "genericdata.continuous" if is_old(era) else f"acq-board.rhythm.continuous.{kind}"
    entry: dict[str, Any] = {
        "channel_name": channel.name,
        "description": text if channel.description is None else channel.description,
        "identifier": identifier if channel.identifier is None else channel.identifier,
        "history": history if channel.history is None else channel.history,
        "bit_volts": stored_gain(channel.bit_volts, era, channel.as_float32),
        "units": channel.units,
    }
    if is_old(era):
        entry |= {"source_processor_index": place, "recorded_processor_index": recorded}
    if era == "1.0":
        entry["type"] = channel.kind
    if channel.metadata:
        entry["channel_metadata"] = [dict(item) for item in channel.metadata]
    return entry


def stream_entry(stream: Stream, era: str, node_id: int | None, first_channel: int) -> Any:
    """Return the entry of a stream; `first_channel` were recorded before it."""
    recorder = stream.recorded_processor
    if recorder is None:
        recorder = stream.processor if node_id is None else "Record Node"
    recorded_id = stream.recorded_id
    if recorded_id is None:
        recorded_id = stream.processor_id if node_id is None else node_id
    history = " -> ".join(dict.fromkeys((stream.processor, recorder)))
    old = {"source_processor_sub_idx": stream.sub_idx}
    entry = {
        "folder_name": stream_folder(stream, era),
        "sample_rate": json_rate(stream.rate, era),
        "source_processor_name": stream.processor,
        "source_processor_id": stream.processor_id,
        **(old if is_old(era) else {"stream_name": stream.stream_name}),
        "recorded_processor": recorder,
        "recorded_processor_id": recorded_id,
        "num_channels": len(stream.channels),
        "channels": [
            channel_entry(channel, era, history, k, first_channel + k)
            for k, channel in enumerate(stream.channels)
        ],
    }
    return _entry(entry, stream.more)


def event_entry(event: TtlEvents | TextEvents | BinaryEvents, era: str, folder: str) -> Any:
    """Return the entry of events."""
    kind, n_lines = "string", 1
    if isinstance(event, TtlEvents):
        kind, n_lines = "int16", event.n_lines
    elif isinstance(event, BinaryEvents):
        kind = json_type(event.data.dtype)
    entry: dict[str, Any] = {
        "folder_name": folder,
        "channel_name": event.name,
        "description": event.description,
        "identifier": event.identifier,
        "sample_rate": json_rate(event.rate, era),
        "type": kind,
    }
    if is_old(era):
        entry |= {"num_channels": n_lines, "source_processor": event.processor}
        metadata = getattr(event, "metadata", None)
        if metadata is not None:
            entry["event_metadata"] = _metadata_entries(metadata)
    else:
        entry |= {"source_processor": event.processor, "stream_name": event.stream_name}
        if isinstance(event, TtlEvents):
            entry["initial_state"] = event.initial_state
    return _entry(entry, event.more)


def _metadata_entries(metadata: np.ndarray) -> list[dict[str, Any]]:
    """Return what is said of the fields of metadata.npy; an array without fields is one."""
    dtype = metadata.dtype
    fields = dtype.names or ("value",)
    entries = []
    for name in fields:
        base = dtype if dtype.names is None else dtype[name]
        shape = metadata.shape[1:] if dtype.names is None else base.shape
        entries.append(
            {
                "name": name,
                "description": f"Metadata {name}",
                "identifier": "event.metadata",
                "type": json_type(base.base),
                "length": int(np.prod(shape, dtype=int)),
            }
        )
    return entries


def spike_entries(group: SpikeGroup, era: str) -> list[Any]:
    """Return the entries of a group: one before 0.6, later one an electrode."""
    folders = spike_folders(group, era)
    shape = group.electrodes[0].waveforms.shape
    if not is_old(era):
        return [
            _entry(_electrode_entry(group, electrode, era, folder), group.more)
            for electrode, folder in zip(group.electrodes, folders, strict=True)
        ]
    entry = {
        "folder_name": folders[0],
        "sample_rate": json_rate(group.rate, era),
        "source_processor": group.processor,
        "num_channels": len(group.electrodes),  # of electrodes, whatever the key says
        "pre_peak_samples": group.pre_peak,
        "post_peak_samples": shape[2] - group.pre_peak,
        "channels": [
            {
                "channel_name": electrode.name,
                "description": "Electrode spike data source",
                "identifier": "spikesource",
                "source_channel_info": [
                    {
                        "source_processor_id": group.source_id,
                        "source_processor_sub_idx": group.sub_idx,
                        "source_processor_channel": int(k),
                    }
                    for k in electrode.source_channels
                ],
            }
            for electrode in group.electrodes
        ],
    }
    return [_entry(entry, group.more)]


def _electrode_entry(group: SpikeGroup, electrode: Electrode, era: str, folder: str) -> Any:
    """Return the entry of one electrode, as from 0.6 on."""
    _, n_channels, n_samples = electrode.waveforms.shape
    parts = (group.source_id, group.stream_name, group.processor_id, electrode.name)
    sources = zip(electrode.channel_names, electrode.source_channels, strict=True)
    return {
        "name": electrode.name,
        "description": f"Electrode from {group.processor} {group.processor_id}",
        "identifier": "|".join(str(part) for part in parts),
        "source_processor_id": group.processor_id,
        "stream_name": group.stream_name,
        "sample_rate": json_rate(group.rate, era),
        "num_channels": n_channels,
        "pre_peak_samples": group.pre_peak,
        "post_peak_samples": n_samples - group.pre_peak,
        "folder": folder,
        "source_channels": [
            {
                "name": name,
                "local_index": int(k),
                "bit_volts": stored_gain(electrode.bit_volts, era),
            }
            for name, k in sources
        ],
    }


def oebin_text(version: str, continuous: Any, events: Any, spikes: Any) -> str:
    """Return the text of ``structure.oebin``, indented and broken as the GUI does it."""
    entries = {
        "GUI version": version,
        "continuous": continuous,
        "events": events,
        "spikes": spikes,
    }
    lines = json.dumps(entries, indent=2).split("\n")
    return "\r\n".join([lines[0], *("  " + line for line in lines[1:])])


def sync_lines(era: str, software_time: int, streams: Sequence[Stream], first: Any) -> list[str]:
    """Return the lines of sync_messages.txt; `first` are the streams' first sample numbers."""
    if is_old(era):
        lines = [f"Software time: {software_time}@1000000Hz"]
        text = "Processor: {} Id: {} subProcessor: {} start time: {}@{}Hz"
    else:
        since = "milliseconds since midnight Jan 1st 1970 UTC"
        lines = [f"Software Time ({since}): {software_time}"]
        text = "Start Time for {} ({}) - {} @ {} Hz: {}"
    for stream, number in zip(streams, first, strict=True):
        rate = rate_text(stream.rate)
        source = (stream.processor, stream.processor_id)
        if is_old(era):
            lines.append(text.format(*source, stream.sub_idx, number, rate))
        else:
            lines.append(text.format(*source, stream.stream_name, rate, number))
    return lines

"""Write the files of one stream, one channel of events or one folder of spikes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.writers import openephys_layout as layout
from tests.writers.openephys_npy import header, write_npy
from tests.writers.openephys_parts import (
    BinaryEvents,
    Numbers,
    Seconds,
    SpikeGroup,
    Stream,
    TextEvents,
    TtlEvents,
)
from tests.writers.openephys_truth import EventTruth, SpikeTruth, StreamTruth


def _seconds(given: Seconds, numbers: Numbers, rate: float) -> npt.NDArray[np.float64]:
    """Return one time a record: those given, one for all, or the sample numbers in seconds."""
    if given is None:
        return numbers / rate
    return np.array(np.broadcast_to(given, numbers.shape), np.float64)


def _put(folder: Path, name: str | None, records: Any, dtype: Any, omit: Sequence[str]) -> None:
    """Write a .npy file into a folder unless it is to be left out."""
    if name is not None and f"{name}.npy" not in omit:
        folder.mkdir(parents=True, exist_ok=True)
        write_npy(folder / f"{name}.npy", np.asarray(records, dtype))


def _rows(
    stream: Stream, numbers: Numbers, era: str
) -> tuple[npt.NDArray[np.int16], Numbers, list[tuple[int, int]]]:
    """Return the rows of continuous.dat, their sample numbers and which of them are filling."""
    samples = np.asarray(stream.samples, np.int16)
    if samples.ndim != 2 or samples.shape[1] != len(stream.channels):
        raise ValueError(f"samples {samples.shape} are not of {len(stream.channels)} channels")
    n = min(len(samples), len(numbers))
    place = numbers[:n] - numbers[0] if n else np.arange(0)
    filled = layout.is_old(era) if stream.zero_fill is None else stream.zero_fill
    if not filled or n == 0 or place[-1] == n - 1:
        place = np.arange(n)
        row_numbers = numbers[:n]
    elif np.any(np.diff(place) < 1):
        raise ValueError("rows of a clock that was set back cannot be filled: zero_fill=False")
    else:
        row_numbers = numbers[0] + np.arange(place[-1] + 1)
    n_rows = len(row_numbers)
    jumps = np.flatnonzero(np.diff(place) > 1)
    missing = [(int(place[k]) + 1, int(place[k + 1])) for k in jumps]
    more = len(samples) - n + stream.trailing_zeros
    if n_rows == n and not more:
        return samples, row_numbers, missing
    raw = np.zeros((n_rows + more, samples.shape[1]), np.int16)
    raw[place] = samples[:n]
    raw[n_rows : n_rows + len(samples) - n] = samples[n:]
    if stream.trailing_zeros:
        missing.append((len(raw) - stream.trailing_zeros, len(raw)))
    last = int(row_numbers[-1]) if n_rows else stream.first_sample - 1
    return raw, np.concatenate([row_numbers, last + np.arange(1, more + 1)]), missing


def write_stream(folder: Path, stream: Stream, era: str) -> StreamTruth:
    """Write the files of a stream."""
    name = layout.stream_folder(stream, era)
    path = folder / name
    numbers = stream.sample_numbers
    if numbers is None:
        numbers = np.arange(stream.first_sample, stream.first_sample + len(stream.samples))
    numbers = np.asarray(numbers, np.int64)
    raw, row_numbers, missing = _rows(stream, numbers, era)
    seconds = _seconds(stream.seconds, numbers, stream.rate)
    if era == "0.4":
        known = None
    elif era == "0.5" and stream.seconds is None:
        # Without a synchroniser the GUI opens the file and writes nothing into it.
        known, seconds = None, seconds[:0]
    else:
        known = seconds
    if stream.on_disk:
        path.mkdir(parents=True, exist_ok=True)
        if "continuous.dat" not in stream.omit:
            raw.astype("<i2", copy=False).tofile(path / "continuous.dat")
        _put(path, layout.SAMPLE_FILE[era], numbers, "<i8", stream.omit)
        _put(path, layout.STREAM_SECONDS_FILE[era], seconds, "<f8", stream.omit)
    return StreamTruth(
        path=path,
        folder=name.rstrip("/"),
        name=str(stream.sub_idx) if layout.is_old(era) else stream.stream_name,
        rate=stream.rate,
        raw=raw,
        row_numbers=row_numbers,
        missing=missing,
        sample_numbers=numbers,
        seconds=known,
        channel_names=[channel.name for channel in stream.channels],
        gains=[layout.stored_gain(c.bit_volts, era, c.as_float32) for c in stream.channels],
        units=[layout.physical_unit(channel) for channel in stream.channels],
        kinds=[channel.kind for channel in stream.channels],
    )


def running_words(states: npt.NDArray[np.int16], initial_state: int = 0) -> Any:
    """Return the word of all lines after each change of one, as uint64."""
    words, word = [], initial_state
    for state in states.tolist():
        bit = 1 << (abs(state) - 1)
        word = word | bit if state > 0 else word & ~bit
        words.append(word)
    return np.array(words, np.uint64)


def _write_ttl(path: Path, event: TtlEvents, era: str) -> dict[str, Any]:
    """Write what only TTL events have."""
    states = np.asarray(event.states, np.int16)
    words = running_words(states, event.initial_state) if event.words is None else event.words
    words = np.asarray(words, np.uint64)
    _put(path, layout.STATES_FILE[era], states, "<i2", event.omit)
    if event.save_words and layout.is_old(era):
        n_bytes = (event.n_lines + 7) // 8
        rows = words.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :n_bytes]
        _put(path, "full_words", rows[:, 0] if n_bytes == 1 else rows, "u1", event.omit)
    elif event.save_words:
        _put(path, "full_words", words, "<u8", event.omit)
    if layout.is_old(era):
        _put(path, "channels", np.abs(states), "<u2", event.omit)
    return {"states": states, "words": words if event.save_words else None}


def _write_text(path: Path, event: TextEvents, era: str) -> dict[str, Any]:
    """Write what only messages have."""
    texts = [m.encode() if isinstance(m, str) else m for m in event.messages]
    if any(len(text) > event.length for text in texts):
        raise ValueError(f"a message is longer than {event.length} bytes")
    _put(path, "text", texts, f"S{event.length + 1}", event.omit)
    if layout.is_old(era):
        _put(path, "channels", np.ones(len(texts)), "<u2", event.omit)
    return {"messages": [text.decode("utf-8", "replace") for text in texts]}


def _write_binary(path: Path, event: BinaryEvents, era: str) -> dict[str, Any]:
    """Write what only binary events have, as GUIs before 0.6 do."""
    _put(path, "data_array", event.data, event.data.dtype, event.omit)
    channels = np.full(len(event.data), event.event_channel)
    _put(path, "channels", channels, "<u2", event.omit)
    return {"data": event.data}


def _write_lost_binary(path: Path, event: BinaryEvents) -> None:
    """Write the files of binary events as GUIs since 0.6 do: odd names, headers, no records."""
    path.parent.mkdir(parents=True, exist_ok=True)
    types: dict[str, Any] = {"data_array": event.data.dtype}
    types |= {"sample_numbers": "<i8", "timestamps": "<f8"}
    for name, dtype in types.items():
        row = event.data.shape[1:] if name == "data_array" else ()
        file = path.with_name(f"{path.name}{name}.npy")
        file.write_bytes(header(np.dtype(dtype), len(event.data), row))


def write_event(
    folder: Path, event: TtlEvents | TextEvents | BinaryEvents, era: str, name: str
) -> EventTruth:
    """Write the files of events."""
    path = folder / name
    numbers = np.asarray(event.sample_numbers, np.int64)
    seconds = _seconds(event.seconds, numbers, event.rate)
    truth = EventTruth(
        path=path,
        folder=name.rstrip("/"),
        name=event.name,
        rate=event.rate,
        sample_numbers=numbers,
        seconds=None if layout.is_old(era) else seconds,
    )
    if isinstance(event, BinaryEvents) and not layout.is_old(era):
        if event.on_disk:
            _write_lost_binary(path, event)
        return replace(truth, data=event.data)
    write: Any = {TtlEvents: _write_ttl, TextEvents: _write_text, BinaryEvents: _write_binary}
    if not event.on_disk:
        return truth
    _put(path, layout.SAMPLE_FILE[era], numbers, "<i8", event.omit)
    _put(path, layout.SECONDS_FILE[era], seconds, "<f8", event.omit)
    metadata = getattr(event, "metadata", None)
    if metadata is not None and layout.is_old(era):
        _put(path, "metadata", metadata, metadata.dtype, event.omit)
    return replace(truth, **write[type(event)](path, event, era))


def spike_truths(folder: Path, group: SpikeGroup, era: str, n_before: int) -> list[SpikeTruth]:
    """Return what is to be written of a group, an electrode each."""
    folders = layout.spike_folders(group, era)
    folders = folders * len(group.electrodes) if layout.is_old(era) else folders
    indices = layout.spike_indices(group, era, n_before)
    truths = []
    for electrode, name, index in zip(group.electrodes, folders, indices, strict=True):
        numbers = np.asarray(electrode.sample_numbers, np.int64)
        clusters = np.zeros(len(numbers)) if electrode.clusters is None else electrode.clusters
        seconds = _seconds(electrode.seconds, numbers, group.rate)
        truths.append(
            SpikeTruth(
                path=folder / name,
                folder=name.rstrip("/"),
                name=electrode.name,
                index=index,
                rate=group.rate,
                sample_numbers=numbers,
                seconds=None if layout.is_old(era) else seconds,
                waveforms=np.asarray(electrode.waveforms, np.int16),
                clusters=np.asarray(clusters, np.uint16),
                gain=layout.stored_gain(electrode.bit_volts, era),
                pre_peak=group.pre_peak,
            )
        )
    return truths


def write_spikes(truths: list[SpikeTruth], group: SpikeGroup, era: str) -> None:
    """Write the files of one folder of spikes, those of several electrodes in order of time."""
    path = truths[0].path
    numbers = np.concatenate([truth.sample_numbers for truth in truths])
    order = np.arange(len(numbers))
    if len(truths) > 1:
        order = np.argsort(numbers, kind="stable")
    indices = np.repeat([t.index for t in truths], [len(t.sample_numbers) for t in truths])
    waveforms = np.concatenate([truth.waveforms for truth in truths])[order]
    if waveforms.shape[1] == 1:
        waveforms = waveforms[:, 0]  # the GUI leaves out a dimension of one
    columns = {
        "waveforms": (waveforms, "<i2"),
        "sample_numbers": (numbers[order], "<i8"),
        "indices": (indices[order], "<u2"),
        "clusters": (np.concatenate([truth.clusters for truth in truths])[order], "<u2"),
    }
    for what, (records, dtype) in columns.items():
        _put(path, layout.spike_file(what, era), records, dtype, group.omit)
    if not layout.is_old(era):
        _put(path, "timestamps", truths[0].seconds, "<f8", group.omit)

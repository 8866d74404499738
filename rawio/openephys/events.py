"""Channels of events: changes of TTL lines, messages, and events that carry numbers.

A folder of events has the sample number of each, and for TTL lines ``states.npy`` (before GUI 0.6
``channel_states.npy``): +line when a line goes up, -line when it goes down. An edge up and the
next edge down of its line are an epoch.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import FormatError, RawIOError, Warn
from rawio.header import EVENT_CHANNEL_DTYPE, table
from rawio.openephys.npy import NpyFile, open_npy, read_column
from rawio.openephys.numbers import open_numbers, open_seconds
from rawio.openephys.oebin import EventEntry
from rawio.openephys.points import Points, believable
from rawio.openephys.streams import ID_LENGTH, Recorded

TEXT_BYTES = 8 << 20
"""Of messages, which have a fixed length, that are read at a time."""


@dataclass(frozen=True)
class EventFile:
    """The events of one channel in one recording, in the order of the file.

    Attributes
    ----------
    tick : ndarray of int64
        Sample numbers; of epochs, those of the edges up.
    duration : ndarray of int64 or None
        In samples; None for events that are no epochs.
    label : ndarray
        Numbers of lines, or texts (as objects).
    """

    tick: np.ndarray
    duration: np.ndarray | None
    label: np.ndarray


@dataclass
class EventChannel:
    """A channel of events through all recordings.

    Attributes
    ----------
    name : str
    place : str
        Record node and folder.
    rate : float
        Of its clock, in hertz.
    is_epoch : bool
    points : dict of int to Points
        By number of the take; likewise `durations` and `labels`, in the order of the points.
    """

    name: str
    place: str
    rate: float
    is_epoch: bool
    points: dict[int, Points] = field(default_factory=dict)
    durations: dict[int, np.ndarray | None] = field(default_factory=dict)
    labels: dict[int, np.ndarray] = field(default_factory=dict)


def event_table(channels: list[EventChannel]) -> np.ndarray:
    """Return ``event_channels``. Ids are the names, or the folders of channels of one name."""
    names = [channel.name[:ID_LENGTH] for channel in channels]
    places = [channel.place[:ID_LENGTH] for channel in channels]
    rows: list[dict[str, Any]] = []
    for k, channel in enumerate(channels):
        identifier = names[k] if names.count(names[k]) == 1 else places[k]
        if any(row["id"] == identifier for row in rows):
            identifier = f"{identifier[: ID_LENGTH - 8]}#{k}"
        kind = b"epoch" if channel.is_epoch else b"event"
        rows.append({"name": names[k], "id": identifier, "type": kind})
    return table(EVENT_CHANNEL_DTYPE, rows)


def usable_entries(recorded: Recorded, note: Warn) -> Iterable[tuple[EventEntry, Path]]:
    """Yield the entries of events that have a folder, with it."""
    for entry in recorded.structure.events:
        path = recorded.folder.path / "events" / entry.folder
        if path.is_dir():
            yield entry, path
        else:
            note(
                f"{recorded.folder.label}: there is no folder events/{entry.folder}; its events "
                "are left out."
            )


def read_events(folder: Path, rate: float, note: Warn) -> EventFile | None:
    """Return the events in a folder, None when there is nothing to make events of.

    Parameters
    ----------
    folder : pathlib.Path
    rate : float
        Hertz of the clock.
    note : callable
        Takes sentences about what is not read.
    """
    try:
        states = read_column(folder, ("states", "channel_states"), "iu")
        label = None if states is not None else _labels(folder)
        if states is None and label is None:
            note("there are neither states nor texts nor data; these events are left out.")
            return None
        described = None if states is None else _metadata(folder)
        numbers = read_ticks(folder, rate, note)
    except RawIOError as error:
        note(f"these events are left out ({error})")
        return None
    if numbers is None:
        note("there are no sample numbers; these events are left out.")
        return None
    values = label if states is None else states
    assert values is not None
    n = min(len(numbers), len(values))
    if len(numbers) != len(values):
        note(f"there are {len(numbers)} sample numbers for {len(values)} events; {n} are read.")
    keep = believable(numbers[:n])
    if not keep.all():
        note(f"{n - int(keep.sum())} sample numbers are no counts of samples; they are left out.")
    tick, values = numbers[:n][keep], values[:n][keep]
    if states is None:
        return EventFile(tick, None, values)
    epochs = _epochs(tick, values.astype(np.int64), note)
    if described is not None and len(described) >= n:
        return EventFile(tick[epochs[0]], epochs[1], described[:n][keep][epochs[0]])
    return EventFile(tick[epochs[0]], epochs[1], values[epochs[0]].astype(np.int64))


def read_ticks(folder: Path, rate: float, note: Warn) -> np.ndarray | None:
    """Return sample numbers of events or spikes as int64, from seconds where there are none."""
    file = open_numbers(folder, note)
    if file is not None:
        return file.read().astype(np.int64, copy=False)
    seconds = open_seconds(folder)
    if seconds is None:
        return None
    note(f"there are no sample numbers; they are made of {seconds.path.name}.")
    ticks = np.rint(seconds.read().astype(np.float64) * rate)
    ticks[~(np.abs(ticks) < 2.0**62)] = 2.0**62  # which is not believed
    return ticks.astype(np.int64)


def _epochs(tick: np.ndarray, states: np.ndarray, note: Warn) -> tuple[np.ndarray, np.ndarray]:
    """Return places of the edges up and how long the lines stayed up.

    A line that is not seen to go down stays up for 0 samples; one that was up from the beginning
    has no edge to start from.
    """
    line = np.abs(states)
    order = np.argsort(line, kind="stable")
    up = states[order] > 0
    same = line[order][1:] == line[order][:-1]
    ends = np.append(up[:-1] & ~up[1:] & same, False)
    duration = np.zeros(len(order), np.int64)
    at = np.flatnonzero(ends)
    duration[at] = tick[order[at + 1]] - tick[order[at]]
    back = duration < 0  # the clock was set back
    duration[back] = 0
    if (states == 0).any():
        note(f"{int(np.count_nonzero(states == 0))} edges are of no line and are left out.")
    lonely = int(np.count_nonzero(up & ~ends)) + int(back.sum())
    first = ~up & (states[order] != 0)
    first[1:] &= ~(up[:-1] & same)
    if lonely or first.any():
        note(
            f"{lonely} edges up have no edge down and get a duration of 0; "
            f"{int(first.sum())} edges down have no edge up and are left out."
        )
    kept = order[up]
    by_place = np.argsort(kept, kind="stable")
    return kept[by_place], duration[up][by_place]


def _labels(folder: Path) -> np.ndarray | None:
    """Return what events that are no edges say: their texts, metadata, or channel."""
    path = folder / "text.npy"
    if path.is_file():
        return _texts(open_npy(path, "SU"))
    described = _metadata(folder)
    if described is not None:
        return described
    channels = read_column(folder, ("channels",), "iu")
    data = folder / "data_array.npy"
    if channels is None and data.is_file():
        return _held([""] * open_npy(data, "iufS").count)
    return channels


def _texts(file: NpyFile) -> np.ndarray:
    """Return fixed-length texts, read in pieces since most of their length is unused."""
    if file.record_bytes != file.dtype.itemsize:
        raise FormatError(f"{file.path}: has several texts for each event.")
    step = max(1, TEXT_BYTES // file.record_bytes)
    texts: list[str] = []
    for start in range(0, file.count, step):
        piece = file.read(start, min(start + step, file.count)).reshape(-1)
        texts += [_text(value) for value in piece.tolist()]
    return _held(texts)


def _held(texts: list[str]) -> np.ndarray:
    """Return texts as objects: an array of text would give all the room of the longest."""
    out = np.empty(len(texts), dtype=object)
    out[:] = texts
    return out


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _metadata(folder: Path) -> np.ndarray | None:
    """Return the metadata of each event as one text, None where there are none."""
    path = folder / "metadata.npy"
    if not path.is_file():
        return None
    file = open_npy(path, "iufSUVb")
    values = file.read()
    if values.dtype.names is None:
        return _joined([[_plain(row)] for row in values], [""])
    rows = [[_plain(row[name]) for name in values.dtype.names] for row in values]
    return _joined(rows, [f"{name}=" for name in values.dtype.names])


def _joined(rows: list[list[str]], names: list[str]) -> np.ndarray:
    return _held([";".join(n + v for n, v in zip(names, row, strict=True)) for row in rows])


def _plain(value: Any) -> str:
    """Return a value of metadata as text; one of length 1 without brackets."""
    items = np.ravel(value).tolist()
    return " ".join(_text(item) for item in items)

"""Events and units of all recordings, sorted into channels and segments."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from rawio.errors import Warn
from rawio.openephys.events import EventChannel, read_events, usable_entries
from rawio.openephys.oebin import ElectrodeEntry, EventEntry, SpikesEntry, StreamEntry
from rawio.openephys.points import Points, sorted_points
from rawio.openephys.spikes import (
    Unit,
    clusters_of,
    electrode_at,
    electrodes_of,
    read_spikes,
)
from rawio.openephys.streams import Recorded, Source, units_of
from rawio.openephys.takes import Cut, Take


def gather_events(
    takes: list[Take], cuts: list[Cut], sources: list[Source], note: Warn
) -> list[EventChannel]:
    """Return the event channels of a session, by record node, source and place in the file."""
    found: dict[tuple[Any, ...], tuple[str, EventChannel]] = {}
    for t, take in enumerate(takes):
        for recorded in take.nodes:
            for entry, path in usable_entries(recorded, note):
                where = f"{recorded.folder.label}/events/{entry.folder}"
                source = _source_of_events(entry, recorded, take, sources)
                rate = entry.rate or _rate(source, sources)
                if not rate:
                    note(f"{where}: no sampling rate is known; these events are left out.")
                    continue
                file = read_events(path, rate, _noting(note, where))
                if file is None:
                    continue
                place = f"{recorded.prefix}{entry.folder}"
                key = (place, entry.name, rate, file.duration is not None)
                channel = EventChannel(entry.name, place, rate, file.duration is not None)
                order = f"{recorded.prefix}{entry.folder.split('/')[0]}"
                _, channel = found.setdefault(key, (order, channel))
                points = sorted_points(
                    file.tick + take.shift(source, sources, rate),
                    np.arange(len(file.tick)),
                    rate,
                    cuts[t].segments,
                )
                duration = file.duration
                channel.points[t] = points
                channel.durations[t] = None if duration is None else duration[points.order]
                channel.labels[t] = file.label[points.order]
    return [channel for _, channel in sorted(found.values(), key=lambda pair: pair[0])]


def _source_of_events(
    entry: EventEntry, recorded: Recorded, take: Take, sources: list[Source]
) -> int | None:
    """Return the source on whose clock events are.

    Their folder is named after a processor and a stream, ``Network_Events-108.Rhythm Data/TTL``;
    before GUI 0.6 after the number of a stream. Messages are on the clock of the main stream,
    which nothing names before 0.6; it is taken to be the first.
    """
    node = recorded.folder.node
    found = re.search(r"[-_](\d{1,9})\.(.*)$", entry.folder.split("/")[0])
    source_id = int(found[1]) if found else None
    stream = entry.stream or (found[2] if found else "")
    named = take.source_of(sources, node, stream, source_id)
    exact = named is not None and take.entries[named].source_id == source_id
    if named is not None and (entry.stream or exact):
        return named
    mine = [k for k in take.entries if sources[k].node == node]
    return next((k for k in mine if sources[k].rate == entry.rate), next(iter(mine), None))


def _rate(source: int | None, sources: list[Source]) -> float:
    return 0.0 if source is None else sources[source].rate


def _noting(note: Warn, where: str) -> Warn:
    return lambda sentence: note(f"{where}: {sentence}")


def gather_units(
    takes: list[Take],
    cuts: list[Cut],
    sources: list[Source],
    rows: dict[tuple[int, int], int],
    note: Warn,
) -> list[Unit]:
    """Return the units of a session, by electrode and cluster.

    Parameters
    ----------
    takes, cuts : list
    sources : list of Source
    rows : dict of (int, int) to int
        Source and column to the row of ``signal_channels``.
    note : callable
    """
    electrodes: dict[tuple[Any, ...], int] = {}
    units: dict[tuple[int, int], Unit] = {}
    for t, take in enumerate(takes):
        for recorded, entry in _spike_entries(take, note):
            noted = _noting(note, f"{recorded.folder.label}/spikes/{entry.folder}")
            path = recorded.folder.path / "spikes" / entry.folder
            file = read_spikes(path, entry, noted)
            if file is None:
                continue
            numbers = electrodes_of(entry, file, recorded.structure.version, noted)
            for number, cluster, places in clusters_of(numbers, file.cluster, noted):
                electrode = electrode_at(entry, number)
                made, source = _unit(electrode, entry, recorded, take, sources, rows, noted)
                key = (recorded.prefix, entry.folder, number, *made)
                made_number = electrodes.setdefault(key, len(electrodes))
                unit = units.setdefault((made_number, cluster), Unit(made_number, cluster, *made))
                unit.points[t] = sorted_points(
                    file.tick[places] + take.shift(source, sources, unit.rate),
                    file.place[places],
                    unit.rate,
                    cuts[t].segments,
                )
                unit.waveforms[t] = file.waveforms
    _tell_apart(units.values())
    return [units[key] for key in sorted(units)]


def _spike_entries(take: Take, note: Warn) -> Iterable[tuple[Recorded, SpikesEntry]]:
    """Yield the entries of spikes that have a folder."""
    for recorded in take.nodes:
        for entry in recorded.structure.spikes:
            if (recorded.folder.path / "spikes" / entry.folder).is_dir():
                yield recorded, entry
            else:
                note(
                    f"{recorded.folder.label}: there is no folder spikes/{entry.folder}; its "
                    "spikes are left out."
                )


def _unit(
    electrode: ElectrodeEntry,
    entry: SpikesEntry,
    recorded: Recorded,
    take: Take,
    sources: list[Source],
    rows: dict[tuple[int, int], int],
    note: Warn,
) -> tuple[tuple[str, float, float, str, int, int | None], int | None]:
    """Return name, rate, gain, units, samples before the peak and row of a unit, and its source.

    All channels of an electrode are written with the gain of its first.
    """
    first = electrode.sources[0] if electrode.sources else None
    source = column = None
    stream = entry.stream if first is None else first.stream
    source_id = None if first is None else first.source_id
    source = take.source_of(sources, recorded.folder.node, stream, source_id)
    if source is not None and first is not None:
        channels = take.entries[source].channels
        names = [channel.name for channel in channels]
        numbers = [k if c.index is None else c.index for k, c in enumerate(channels)]
        if first.name is not None and names.count(first.name) == 1:
            column = names.index(first.name)
        elif first.name is None and first.index in numbers:
            column = numbers.index(first.index)
    gain, units = None if first is None else first.gain, "uV"
    if source is not None and column is not None:
        channel = sources[source].channels[column]
        gain, units = channel.gain if gain is None else gain, units_of(channel)
    if gain is None:
        note(f"nothing says what a count of waveforms of {electrode.name} is; they are not scaled.")
        gain, units = 1.0, ""
    row = None if source is None or column is None else rows.get((source, column))
    return (electrode.name, entry.rate, gain, units, entry.pre_peak, row), source


def _tell_apart(units: Iterable[Unit]) -> None:
    """Add the number of the electrode to names that several electrodes have."""
    electrodes: dict[str, set[int]] = {}
    units = list(units)
    for unit in units:
        electrodes.setdefault(unit.name, set()).add(unit.electrode)
    for unit in units:
        if len(electrodes[unit.name]) > 1:
            unit.name = f"{unit.name} (el{unit.electrode})"


def find_extents(
    cuts: list[Cut], sources: list[Source], events: list[EventChannel], units: list[Unit]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each take, when the first thing of each segment starts and the last one ends."""
    extents = []
    for t, cut in enumerate(cuts):
        start, stop = np.full(len(cut.row), np.nan), np.full(len(cut.row), np.nan)
        for k, source in enumerate(sources):
            there = cut.size[:, k] > 0
            tick, end = cut.tick[there, k], cut.tick[there, k] + cut.size[there, k]
            start[there] = np.fmin(start[there], tick / source.rate)
            stop[there] = np.fmax(stop[there], end / source.rate)
        for channel in events:
            if t in channel.points:
                _extend(start, stop, channel.points[t], channel.rate, channel.durations[t])
        for unit in units:
            if t in unit.points:
                _extend(start, stop, unit.points[t], unit.rate, None)
        extents.append((np.nan_to_num(start), np.nan_to_num(stop)))
    return extents


def _extend(
    start: np.ndarray, stop: np.ndarray, points: Points, rate: float, duration: np.ndarray | None
) -> None:
    """Widen the extents of segments to hold points and what they last."""
    there = np.flatnonzero(points.bounds[1:] > points.bounds[:-1])
    if not len(there):
        return
    first = points.bounds[:-1][there]
    end = points.tick if duration is None else points.tick + duration
    start[there] = np.fmin(start[there], points.tick[first] / rate)
    stop[there] = np.fmax(stop[there], np.maximum.reduceat(end, first) / rate)


def folder_structure(
    recordings: list[Recorded], members: list[dict[int, StreamEntry]], sources: list[Source]
) -> dict[str, Any]:
    """Return record nodes, experiments, recordings and streams, nested as neo nests them."""
    nodes: dict[str, Any] = {}
    for recorded, entries in zip(recordings, members, strict=True):
        folder = recorded.folder
        node = nodes.setdefault(folder.node, {"experiments": {}})
        experiment = node["experiments"].setdefault(
            folder.experiment,
            {
                "name": folder.experiment_name,
                "settings_file": folder.settings_file,
                "recordings": {},
            },
        )
        continuous = {sources[k].name: dict(entry.info) for k, entry in entries.items()}
        events = {f"{recorded.prefix}{e.folder}": dict(e.info) for e in recorded.structure.events}
        experiment["recordings"][folder.recording] = {
            "name": f"recording{folder.recording}",
            "streams": {"continuous": continuous, "events": events},
        }
    return nodes

"""All that is found out about a session when its header is parsed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import Warn
from rawio.openephys import takes
from rawio.openephys.dating import recorded_at
from rawio.openephys.events import EventChannel
from rawio.openephys.folders import OEBIN, RecordingFolder
from rawio.openephys.gather import find_extents, folder_structure, gather_events, gather_units
from rawio.openephys.oebin import StreamEntry, read_structure
from rawio.openephys.spikes import Unit
from rawio.openephys.streams import Recorded, SignalTables, Source, find_sources, signal_tables
from rawio.openephys.takes import Cut, Take


@dataclass(frozen=True)
class Session:
    """A session.

    Attributes
    ----------
    sources : list of Source
    tables : SignalTables
    takes : list of Take
        Recordings, by experiment and number.
    cuts : list of Cut
        One for each take.
    extents : list of (ndarray, ndarray)
        Start and end of each segment of each take, in seconds.
    places : list of list of (int, int)
        For each block, the take and the segment of the take of each segment.
    events : list of EventChannel
    units : list of Unit
    settings : dict of int to (pathlib.Path, bool)
        Source to the settings.xml it was first recorded with, and whether that is of a GUI
        before 0.6.
    structure : dict
        For ``folder_structure``.
    recorded_at : datetime or None
        When second 0 of the first take's clock was.
    """

    sources: list[Source]
    tables: SignalTables
    takes: list[Take]
    cuts: list[Cut]
    extents: list[tuple[np.ndarray, np.ndarray]]
    places: list[list[tuple[int, int]]]
    events: list[EventChannel]
    units: list[Unit]
    settings: dict[int, tuple[Path, bool]]
    structure: dict[str, Any]
    recorded_at: datetime | None


def read_session(
    folders: list[RecordingFolder],
    sync_channel: bool | None,
    synchronised: bool,
    note: Warn,
) -> Session:
    """Return what the folders of a session hold.

    Parameters
    ----------
    folders : list of RecordingFolder
        By experiment, recording and record node.
    sync_channel : bool or None
        As `rawio.openephys.streams.signal_tables` takes it.
    synchronised : bool
        Whether to place streams by synchronised timestamps.
    note : callable
        Takes a sentence about whatever is not as it should be.
    """
    recordings = [Recorded(f, read_structure(f.path / OEBIN)) for f in folders]
    sources, members = find_sources(recordings, note)
    all_takes, blocks = _make_takes(recordings, members, note)
    for block in blocks:
        takes.synchronise([all_takes[t] for t in block], sources, synchronised, note)
    cuts = [takes.cut_take(take, sources) for take in all_takes]
    tables = signal_tables(sources, sync_channel)
    events = gather_events(all_takes, cuts, sources, note)
    units = gather_units(all_takes, cuts, sources, tables.rows, note)
    settings: dict[int, tuple[Path, bool]] = {}
    for recorded, entries in zip(recordings, members, strict=True):
        for k in entries:
            told = (recorded.folder.settings_file, recorded.structure.is_old)
            settings.setdefault(k, told)
    return Session(
        sources=sources,
        tables=tables,
        takes=all_takes,
        cuts=cuts,
        extents=find_extents(cuts, sources, events, units),
        places=[[(t, s) for t in block for s in range(len(cuts[t].row))] for block in blocks],
        events=events,
        units=units,
        settings=settings,
        structure=folder_structure(recordings, members, sources),
        recorded_at=recorded_at(all_takes[0], cuts[0], sources, note),
    )


def _make_takes(
    recordings: list[Recorded],
    members: list[dict[int, StreamEntry]],
    note: Warn,
) -> tuple[list[Take], list[list[int]]]:
    """Return the takes, and for each experiment which of them are its."""
    groups: dict[tuple[int, int], list[tuple[Recorded, dict[int, StreamEntry]]]] = {}
    for recorded, entries in zip(recordings, members, strict=True):
        place = recorded.folder.experiment, recorded.folder.recording
        groups.setdefault(place, []).append((recorded, entries))
    blocks: dict[int, list[int]] = {}
    for number, (experiment, _) in enumerate(groups):
        blocks.setdefault(experiment, []).append(number)
    return [takes.make_take(group, note) for group in groups.values()], list(blocks.values())

"""Spikes: an electrode's sample numbers and clusters, and waveforms that stay in their file.

From GUI 0.6 on each electrode has a folder. Before, electrodes with as many channels shared one,
and ``spike_electrode_indices.npy`` says which a spike is of.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import RawIOError, Warn
from rawio.frames import Frames
from rawio.header import UNIT_CHANNEL_DTYPE, table
from rawio.openephys.events import read_ticks
from rawio.openephys.npy import open_npy, read_column
from rawio.openephys.oebin import ElectrodeEntry, SpikesEntry
from rawio.openephys.points import Points, believable
from rawio.openephys.streams import ID_LENGTH

FASTEST_CLOCK = 10**9
"""Hertz; with it, 64 bits last for 292 years."""

MAX_UNITS = 4096
"""Clusters of a folder; more are no result of sorting but of damage."""


@dataclass(frozen=True)
class Waveforms:
    """Waveforms in a file, a frame of `n_channels` times `n_samples` elements for each spike."""

    frames: Frames
    n_channels: int
    n_samples: int

    def read(self, places: np.ndarray) -> np.ndarray:
        """Return the waveforms at `places`, shape (len(places), n_channels, n_samples)."""
        return self.frames.pick(places).reshape(len(places), self.n_channels, self.n_samples)


@dataclass(frozen=True)
class SpikeFile:
    """The spikes in a folder, in the order of the file; `electrode` is None where it is one."""

    tick: np.ndarray
    place: np.ndarray
    cluster: np.ndarray
    electrode: np.ndarray | None
    waveforms: Waveforms | None


@dataclass
class Unit:
    """A cluster of an electrode through all recordings; 0 is spikes that were not sorted.

    `points` and `waveforms` are by number of the take; `row` is that of the signal channel.
    """

    electrode: int
    cluster: int
    name: str
    rate: float
    gain: float
    units: str
    pre_peak: int
    row: int | None
    points: dict[int, Points] = field(default_factory=dict)
    waveforms: dict[int, Waveforms | None] = field(default_factory=dict)


def unit_table(units: list[Unit]) -> np.ndarray:
    """Return ``unit_channels``: ids are ``el{electrode}#{cluster}``, names end in the cluster."""
    rows: list[dict[str, Any]] = [
        {
            "name": _unit_name(unit),
            "id": f"el{unit.electrode}#{unit.cluster}",
            "wf_units": unit.units,
            "wf_gain": unit.gain,
            "wf_offset": 0.0,
            "wf_left_sweep": unit.pre_peak,
            "wf_sampling_rate": unit.rate,
        }
        for unit in units
    ]
    return table(UNIT_CHANNEL_DTYPE, rows)


def _unit_name(unit: Unit) -> str:
    end = f"#{unit.cluster}" if unit.cluster else ""
    return f"{unit.name[: ID_LENGTH - len(end)]}{end}"


def common_clock(rates: Iterable[float]) -> float:
    """Return the frequency that timestamps of all units are counted in.

    That is the sampling rate where all have the same. Otherwise one of which each is a whole
    part, or nanoseconds.
    """
    different = sorted(set(rates))
    if len(different) < 2:
        return different[0] if different else 1.0
    if all(rate.is_integer() for rate in different):
        clock = math.lcm(*(int(rate) for rate in different))
        if clock <= FASTEST_CLOCK:
            return float(clock)
    return float(FASTEST_CLOCK)


def in_clock(tick: np.ndarray, rate: float, clock: float) -> np.ndarray:
    """Return sample numbers, of sampling rate `rate`, as ticks of `clock` in a new array."""
    factor = clock / rate
    if factor.is_integer():
        return tick * int(factor)
    return np.rint(tick * factor).astype(np.int64)


def read_spikes(folder: Path, entry: SpikesEntry, note: Warn) -> SpikeFile | None:
    """Return the spikes in a folder, None when they cannot be read."""
    try:
        tick = read_ticks(folder, entry.rate, note)
        cluster = read_column(folder, ("clusters", "spike_clusters"), "iu")
        electrode = None
        if entry.shared:
            electrode = read_column(folder, ("spike_electrode_indices",), "iu")
    except RawIOError as error:
        note(f"these spikes are left out ({error})")
        return None
    if tick is None:
        note("there are no sample numbers; these spikes are left out.")
        return None
    columns = [column for column in (tick, cluster, electrode) if column is not None]
    n = min(len(column) for column in columns)
    if cluster is None:
        note("there are no clusters; all spikes are taken to be unsorted.")
        cluster = np.zeros(n, np.int64)
    if entry.shared and electrode is None:
        note("there are no electrode indices; all spikes are given to the first electrode.")
        electrode = np.zeros(n, np.int64)
    waveforms = _waveforms(folder, entry, note)
    counts = {len(column) for column in columns} | ({waveforms.frames.size} if waveforms else set())
    if len(counts) > 1:
        n = min(counts)
        note(f"its files are of {min(counts)} to {max(counts)} spikes; the first {n} are read.")
    keep = np.flatnonzero(believable(tick[:n]))
    if len(keep) != n:
        note(f"{n - len(keep)} sample numbers are no counts of samples; they are left out.")
    return SpikeFile(
        tick[keep],
        keep,
        cluster[keep].astype(np.int64),
        None if electrode is None else electrode[keep].astype(np.int64),
        waveforms,
    )


def _waveforms(folder: Path, entry: SpikesEntry, note: Warn) -> Waveforms | None:
    """Return where the waveforms are. The GUI leaves a dimension of one channel out."""
    for name in ("waveforms", "spike_waveforms"):
        path = folder / f"{name}.npy"
        if not path.is_file():
            continue
        try:
            file = open_npy(path, "iuf")
        except RawIOError as error:
            note(f"these spikes have no waveforms ({error})")
            return None
        shape = file.shape
        if len(shape) == 1:
            n_channels = len(entry.electrodes[0].sources) or 1
            # One of both is left out: a single channel, or waveforms of one sample.
            shape = (shape[0], 1) if entry.n_samples == 1 < n_channels == shape[0] else (1, *shape)
        if len(shape) != 2:
            note(f"{path.name} has records of shape {file.shape}; these spikes have no waveforms.")
            return None
        if not file.count:
            break
        frames = Frames(file.file, file.offset, file.count, shape[0] * shape[1], file.dtype)
        return Waveforms(frames, *shape)
    note("there are no waveforms.")
    return None


def electrodes_of(entry: SpikesEntry, file: SpikeFile, version: str, note: Warn) -> np.ndarray:
    """Return, for each spike, the number of its electrode in the entry.

    In a shared folder GUI 0.5 counts electrodes from 1. GUI 0.4 counts the first as 0 and all
    others as 2, so of three or more only the first can be told.
    """
    if file.electrode is None:
        return np.zeros(len(file.tick), np.int64)
    number = np.maximum(file.electrode, 1) - 1
    if version.startswith("0.4") and len(entry.electrodes) > 2 and (file.electrode == 2).any():
        others = ", ".join(electrode.name for electrode in entry.electrodes[1:])
        note(f"GUI {version} gave spikes of {others} one number; all are given to the first.")
    if (number >= len(entry.electrodes)).any():
        note(
            f"spikes are of electrode {int(file.electrode.max())}, of which nothing is said; they "
            "are given an electrode of its own."
        )
    return number


def clusters_of(
    electrode: np.ndarray, cluster: np.ndarray, note: Warn
) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield each electrode and cluster that has spikes, and the places of these, rising."""
    order = np.lexsort((cluster, electrode))
    electrodes, clusters = electrode[order], cluster[order]
    apart = (np.diff(electrodes) != 0) | (np.diff(clusters) != 0)
    if np.count_nonzero(apart) >= MAX_UNITS:
        note(f"there are more than {MAX_UNITS} clusters; all spikes are taken to be unsorted.")
        yield 0, 0, np.arange(len(electrode))
        return
    for places in np.split(order, np.flatnonzero(apart) + 1):
        if len(places):
            yield int(electrode[places[0]]), int(cluster[places[0]]), places


def electrode_at(entry: SpikesEntry, number: int) -> ElectrodeEntry:
    """Return an electrode of an entry, one made up for a number that has none."""
    if number < len(entry.electrodes):
        return entry.electrodes[number]
    return ElectrodeEntry(f"electrode {number + 1}", ())

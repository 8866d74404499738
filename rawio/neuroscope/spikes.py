"""Spikes of a group: sample numbers, clusters, and waveforms that stay in their file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.errors import EmptyFileError, RawIOError, Warn
from rawio.files import RawFile
from rawio.frames import Frames
from rawio.neuroscope.parameters import Parameters, SpikeGroup, whole
from rawio.neuroscope.texts import read_integers, read_last_column

ARTEFACTS, NOISE = 0, 1
"""Clusters in which Klusters puts what is no spike, and spikes that cannot be told apart."""
UNSORTED = -(2**31)
"""The cluster of spikes that have none; no file can name it."""
MAX_UNITS = 2048
SAMPLED = 64
"""Waveforms of a unit that are looked at to find its channel."""


@dataclass(frozen=True)
class Waveforms:
    """The waveforms of a group in their file: (spike, sample, channel).

    Parameters
    ----------
    frames : Frames
        A frame for each spike.
    n_samples, n_channels : int
    """

    frames: Frames
    n_samples: int
    n_channels: int

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return the waveforms of spikes, zeros for those that the file does not reach.

        Parameters
        ----------
        rows : ndarray of int64
            Numbers of spikes in the file's order.

        Returns
        -------
        ndarray, shape (spikes, channels, samples)
        """
        there = rows < self.frames.size
        flat = self.frames.pick(rows[there])
        if len(flat) < len(rows):
            found, flat = flat, np.zeros((len(rows), self.frames.n_columns), flat.dtype)
            flat[there] = found
        return flat.reshape(len(rows), self.n_samples, self.n_channels).transpose(0, 2, 1)


@dataclass(frozen=True)
class Group:
    """The spikes of a group, cluster by cluster and in time order in each.

    Attributes
    ----------
    number : int
        Of the group in file names, from 1.
    clusters : ndarray of int32, shape (n_units,)
        Of each unit; `UNSORTED` when its spikes have no cluster.
    bounds : ndarray of int64, shape (n_units + 1,)
        Where the spikes of each unit start and end in `ticks`.
    ticks : ndarray of int64
        Sample numbers.
    rows : ndarray of int64
        The number of each spike in the files.
    channels : list of int
        Of the waveforms.
    waveforms : Waveforms or None
    left_sweep : int
        Samples of a waveform before the spike's own.
    """

    number: int
    clusters: np.ndarray
    bounds: np.ndarray
    ticks: np.ndarray
    rows: np.ndarray
    channels: list[int]
    waveforms: Waveforms | None
    left_sweep: int

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.clusters)

    def label(self, unit: int) -> tuple[str, str]:
        """Return id and name of a unit."""
        cluster = int(self.clusters[unit])
        if cluster == UNSORTED:
            return f"res{self.number}", f"res{self.number} unsorted"
        label = f"clu{self.number}#{cluster}"
        kind = {ARTEFACTS: " artefacts", NOISE: " noise"}.get(cluster, "")
        return label, label + kind

    def spikes(self, unit: int) -> slice:
        """Return where the spikes of a unit are."""
        return slice(int(self.bounds[unit]), int(self.bounds[unit + 1]))

    def channel(self, unit: int) -> int | None:
        """Return the channel on which a unit's mean waveform is greatest, None if none is known."""
        if len(self.channels) == 1:
            return self.channels[0]
        where = self.spikes(unit)
        if self.waveforms is None or where.start == where.stop:
            return None
        picked = np.unique(np.linspace(where.start, where.stop - 1, SAMPLED).astype(np.int64))
        mean = self.waveforms.read(self.rows[picked]).mean(axis=0)
        return self.channels[int(np.argmax(np.ptp(mean, axis=1)))]


def read_group(
    number: int,
    paths: Mapping[str, Path],
    parameters: Parameters,
    dtype: np.dtype,
    note: Warn,
) -> Group | None:
    """Return the spikes of a group, None if there are none to be read.

    Parameters
    ----------
    number : int
        Of the group, from 1.
    paths : mapping of str to pathlib.Path
        Its files by kind: ``res``, ``clu``, ``fet``, ``spk``.
    parameters : Parameters
    dtype : numpy.dtype
        Of a waveform's samples.
    note : callable
        Takes a sentence about what is not as it should be.
    """
    ticks = _read_ticks(number, paths, note)
    if ticks is None:
        return None
    described = parameters.spike_groups[number - 1 : number] if number else []
    group = described[0] if described else SpikeGroup()
    waveforms = _open_waveforms(number, paths, group, len(ticks), dtype, note)
    clusters = _read_clusters(number, paths, len(ticks), note)
    if (np.diff(ticks) < 0).any():
        note(f"the spikes of group {number} are not in time order; they are sorted.")
    order = np.lexsort((ticks, clusters)).astype(np.int64, copy=False)
    units, counts = np.unique(clusters, return_counts=True)
    return Group(
        number=number,
        clusters=units,
        bounds=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        ticks=ticks[order],
        rows=order,
        channels=group.channels,
        waveforms=waveforms,
        left_sweep=_left_sweep(parameters, group, waveforms),
    )


def _read_ticks(number: int, paths: Mapping[str, Path], note: Warn) -> np.ndarray | None:
    """Return the sample numbers of a group's spikes: of .res, or else the last column of .fet."""
    try:
        if "res" in paths:
            ticks = read_integers(RawFile(paths["res"]), "int64", note)
        elif "fet" in paths:
            ticks = read_last_column(RawFile(paths["fet"]), note)
            note(f"group {number} has no .res; the times of its spikes are those of the .fet.")
        else:
            note(f"group {number} has no .res, without which its spikes have no times.")
            return None
    except EmptyFileError:  # as it is for a group without spikes
        ticks = np.empty(0, np.int64)
    except RawIOError as error:
        note(f"{error} The spikes of group {number} are left out.")
        return None
    if len(ticks):
        return ticks
    if any(kind in paths and not _is_bare(paths[kind]) for kind in ("clu", "spk")):
        note(
            f"{paths.get('res', paths.get('fet', Path())).name} is empty, but group {number} has "
            "clusters or waveforms; its spikes have no times and are left out."
        )
    return None


def _is_bare(path: Path) -> bool:
    """Return whether a file has nothing in it but, at most, the count at its start."""
    try:
        return RawFile(path).size < len("4294967295\r\n")
    except RawIOError:
        return True


def _read_clusters(number: int, paths: Mapping[str, Path], n_spikes: int, note: Warn) -> np.ndarray:
    """Return the clusters of a group's spikes, int32; `UNSORTED` where the .clu has none."""
    out = np.full(n_spikes, UNSORTED, np.int32)
    if "clu" not in paths:
        return out
    name = paths["clu"].name
    try:
        clusters = read_integers(RawFile(paths["clu"]), "int32", note)[1:]
    except RawIOError as error:
        note(f"{error} The spikes of group {number} are shown unsorted.")
        return out
    if len(clusters) < n_spikes:
        note(
            f"{name} holds clusters of {len(clusters)} spikes, group {number} has times of "
            f"{n_spikes}; the last {n_spikes - len(clusters)} are shown unsorted."
        )
    elif len(clusters) > n_spikes:
        note(
            f"{name} holds clusters of {len(clusters)} spikes, group {number} has times of "
            f"{n_spikes}; the last {len(clusters) - n_spikes} spikes are left out."
        )
    clusters = clusters[:n_spikes]
    n_units = len(np.unique(clusters))
    if n_units > MAX_UNITS:
        note(f"{name} names {n_units} clusters, too many to be true; spikes are shown unsorted.")
        return out
    out[: len(clusters)] = clusters
    return out


def _open_waveforms(
    number: int,
    paths: Mapping[str, Path],
    group: SpikeGroup,
    n_spikes: int,
    dtype: np.dtype,
    note: Warn,
) -> Waveforms | None:
    if "spk" not in paths:
        return None
    try:
        file = RawFile(paths["spk"])
    except RawIOError as error:
        note(f"{error} Group {number} has no waveforms.")
        return None
    column = len(group.channels) * dtype.itemsize
    n_samples = whole(group.n_samples)
    if column and n_samples is None and file.size % (column * n_spikes) == 0:
        n_samples = file.size // (column * n_spikes)
        note(
            f"the .xml does not say how long waveforms of group {number} are; by the size of "
            f"{file.path.name} they have {n_samples} samples."
        )
    count = file.size // (column * n_samples) if column and n_samples and n_samples > 0 else 0
    if not count or not n_samples:
        note(
            f"{file.path.name} is not read: its {file.size} bytes do not fit the nSamples and "
            f"channels that the .xml has for group {number}."
        )
        return None
    if count * column * n_samples != file.size or count != n_spikes:
        missing = max(0, n_spikes - count)
        zeros = f"; zeros stand for the last {missing}" if missing else ""
        note(
            f"{file.path.name} holds {file.size} bytes, {n_spikes} waveforms of group {number} "
            f"have {n_spikes * column * n_samples}{zeros}."
        )
    frames = Frames(file, 0, count, len(group.channels) * n_samples, dtype)
    return Waveforms(frames, n_samples, len(group.channels))


def _left_sweep(parameters: Parameters, group: SpikeGroup, waveforms: Waveforms | None) -> int:
    """Return the samples before a spike's own in its waveform, 0 if that is not known."""
    peak = whole(group.peak_sample_index)
    if peak is None and waveforms is not None and parameters.shown_samples == waveforms.n_samples:
        peak = whole(parameters.shown_peak)
    return peak if peak is not None and 0 <= peak < 1 << 31 else 0

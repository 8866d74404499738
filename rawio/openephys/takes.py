"""Recordings of all record nodes together, and the segments they are cut into."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rawio.errors import EmptyFileError, Warn
from rawio.files import RawFile
from rawio.frames import Frames
from rawio.openephys.clock import APART_SECONDS, offset_of
from rawio.openephys.folders import DATA
from rawio.openephys.numbers import Stretches, find_stretches
from rawio.openephys.oebin import StreamEntry
from rawio.openephys.streams import Recorded, Source
from rawio.segmenting import Runs, Segments, cut_into_segments

SAMPLE = np.dtype("<i2")


@dataclass(frozen=True)
class Take:
    """One recording (from its start to its stop), by all record nodes.

    Attributes
    ----------
    nodes : list of Recorded
    entries : dict of int to StreamEntry
        Source to what is said of it.
    frames : dict of int to Frames
        Source to its continuous.dat, unless that is empty.
    runs : dict of int to Stretches
        Source to its runs.
    offsets : dict of int to float or None
        Source to the seconds its synchronised times are later than its sample numbers.
    shifts : dict of int to int
        Source to the samples by which it is moved on its own clock.
    """

    nodes: list[Recorded]
    entries: dict[int, StreamEntry]
    frames: dict[int, Frames]
    runs: dict[int, Stretches]
    offsets: dict[int, float | None]
    shifts: dict[int, int] = field(default_factory=dict)

    def shift(self, source: int | None, sources: list[Source], rate: float) -> int:
        """Return by how many samples of `rate` what belongs to a source is moved."""
        if source is None or source not in self.shifts:
            return 0
        shift, own = self.shifts[source], sources[source].rate
        return shift if rate == own else round(shift / own * rate)

    def source_of(
        self, sources: list[Source], node: str, stream: str, source_id: int | None
    ) -> int | None:
        """Return the source of a node that a stream of this name of a processor is, if recorded.

        Of several streams of one name it is that of the processor, if there is one.
        """
        mine = [k for k in self.entries if sources[k].node == node]
        named = [k for k in mine if self.entries[k].stream == stream]
        exact = [k for k in named if self.entries[k].source_id == source_id]
        return next(iter(exact or named), None)


@dataclass(frozen=True)
class Cut:
    """The segments of a take: times, and for each segment and source the frames.

    Attributes
    ----------
    segments : Segments
    row, size, tick : ndarray of int64, shape (n_segments, n_sources)
        First row in continuous.dat, number of rows, and the clock at the first.
    """

    segments: Segments
    row: np.ndarray
    size: np.ndarray
    tick: np.ndarray


def make_take(members: list[tuple[Recorded, dict[int, StreamEntry]]], note: Warn) -> Take:
    """Return a take from what each record node wrote."""
    all_entries: dict[int, StreamEntry] = {}
    frames: dict[int, Frames] = {}
    runs: dict[int, Stretches] = {}
    offsets: dict[int, float | None] = {}
    for recorded, entries in members:
        for k, entry in entries.items():
            folder = recorded.folder.path / "continuous" / entry.folder
            where = f"{recorded.folder.label}/continuous/{entry.folder}"

            def noted(sentence: str, where: str = where) -> None:
                note(f"{where}: {sentence}")

            rows = _open_rows(folder / DATA, len(entry.channels), noted)
            if rows is not None:
                frames[k] = rows
            n_rows = 0 if rows is None else rows.size
            old = recorded.structure.is_old
            all_entries[k] = entry
            runs[k] = find_stretches(folder, n_rows, entry.rate, old, noted)
            offsets[k] = offset_of(folder, runs[k], entry.rate)
    return Take([recorded for recorded, _ in members], all_entries, frames, runs, offsets)


def _open_rows(path: Path, n_channels: int, note: Warn) -> Frames | None:
    """Return the whole rows of a continuous.dat, None if it is empty."""
    try:
        file = RawFile(path)
    except EmptyFileError:
        return None
    n_rows, left = divmod(file.size, SAMPLE.itemsize * n_channels)
    if left:
        note(
            f"continuous.dat ends within a sample of all channels, so it was cut; its last {left} "
            "bytes are not read."
        )
    return Frames(file, 0, n_rows, n_channels, SAMPLE)


def synchronise(takes: list[Take], sources: list[Source], wanted: bool, note: Warn) -> None:
    """Move the streams of the takes of an experiment to synchronised times, if `wanted`.

    All are moved or none, since a time by sample numbers says little about one by seconds.
    Otherwise a sentence says by how much the clocks differ.
    """
    offsets = [
        (take, k, take.offsets[k]) for take in takes for k, runs in take.runs.items()
        if len(runs.size)
    ]  # fmt: skip
    unknown = [k for _, k, offset in offsets if offset is None]
    if wanted and unknown:
        names = ", ".join(sorted({sources[k].name for k in unknown}))
        note(
            f"{takes[0].nodes[0].folder.experiment_name}: there are no synchronised times of use "
            f"for {names}; all streams are placed by sample numbers."
        )
    elif wanted:
        for take, k, offset in offsets:
            assert offset is not None
            take.shifts[k] = round(offset * sources[k].rate)
    else:
        for take in takes:
            known = [offset for offset in take.offsets.values() if offset is not None]
            apart = max(known, default=0.0) - min(known, default=0.0)
            if apart > APART_SECONDS:
                note(
                    f"{take.nodes[0].folder.label}: by synchronised times streams lie up to "
                    f"{apart:.4g} s from where their sample numbers place them against each "
                    "other; load_sync_timestamps=True uses these times."
                )


def cut_take(take: Take, sources: list[Source]) -> Cut:
    """Return the segments of a take."""
    numbers = list(take.runs)
    runs = [
        Runs(
            (take.runs[k].tick + take.shifts.get(k, 0)) / sources[k].rate,
            take.runs[k].size,
            sources[k].rate,
        )
        for k in numbers
    ]
    padded, added = _align_epochs(runs)
    segments = cut_into_segments(padded)
    n = max(1, len(segments))
    row, size, tick = (np.zeros((n, len(sources)), np.int64) for _ in range(3))
    for k, pieces, extra in zip(numbers, segments.pieces, added, strict=True):
        there = np.flatnonzero(pieces.run >= 0)
        run, first = pieces.run[there] - extra, pieces.first[there]
        row[there, k] = take.runs[k].row[run] + first
        size[there, k] = pieces.size[there]
        tick[there, k] = take.runs[k].tick[run] + take.shifts.get(k, 0) + first
    return Cut(segments, row, size, tick)


def _align_epochs(streams: list[Runs]) -> tuple[list[Runs], list[int]]:
    """Put empty runs before streams whose clock was set back less often than that of others.

    What is known to set only one clock back is a buffer left from the acquisition before, at the
    very beginning; so the last epochs of all streams belong together, not the first.
    """
    backs = [
        int(np.count_nonzero(r.t_start[1:] < r.t_stop[:-1] - 1.5 / r.sampling_rate))
        for r in streams
    ]
    added = [
        max(backs, default=0) - b if len(r.size) else 0 for b, r in zip(backs, streams, strict=True)
    ]
    padded = [
        Runs(
            np.append(r.t_start[0] + 10.0 / r.sampling_rate * np.arange(n, 0, -1), r.t_start),
            np.append(np.zeros(n, np.int64), r.size),
            r.sampling_rate,
        )
        if n
        else r
        for n, r in zip(added, streams, strict=True)
    ]
    return padded, added

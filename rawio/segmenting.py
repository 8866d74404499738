"""Segments of a recording whose streams pause, lose samples or restart their clocks.

A stream is a list of *runs*, each without a gap. A segment must hold at most one run of each
stream, so every gap of every stream has to have a cut in it. Cuts are as few as can be: a pause
that all streams share is one cut, even if each notes it a sample earlier or later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Runs:
    """The runs of one stream, in the order they were recorded.

    Parameters
    ----------
    t_start : ndarray of float64, shape (n_runs,)
        Seconds of each run's first sample.
    size : ndarray of int64, shape (n_runs,)
        Samples; runs of none are allowed and end up in no segment.
    sampling_rate : float
        Hertz.
    """

    t_start: np.ndarray
    size: np.ndarray
    sampling_rate: float

    @property
    def t_stop(self) -> np.ndarray:
        """Seconds of the end of each run."""
        return self.t_start + self.size / self.sampling_rate


@dataclass(frozen=True)
class Pieces:
    """What each segment has of one stream: samples `first` to ``first + size`` of a run.

    All arrays have one entry a segment. Where the stream has nothing, `run` is -1 and `size` 0.

    Attributes
    ----------
    run, first, size : ndarray of int64
    t_start : ndarray of float64
        Seconds of the first sample; the segment's own start where there is none.
    """

    run: np.ndarray
    first: np.ndarray
    size: np.ndarray
    t_start: np.ndarray


@dataclass(frozen=True)
class Segments:
    """Where segments start and end, and what each stream has in them.

    Attributes
    ----------
    t_start, t_stop : ndarray of float64, shape (n_segments,)
        Seconds: the earliest start and the latest end of any stream.
    epoch : ndarray of int64, shape (n_segments,)
        How many times the clock had been set back before.
    pieces : list of Pieces
        One for each stream.
    """

    t_start: np.ndarray
    t_stop: np.ndarray
    epoch: np.ndarray
    pieces: list[Pieces]

    def __len__(self) -> int:
        return len(self.t_start)


def cut_into_segments(streams: Sequence[Runs]) -> Segments:
    """Return the fewest segments with at most one run of each stream in each.

    A run that starts before the one ahead of it ended, by more than half a sample, follows a clock
    that was set back: from there on a new *epoch* is counted. Epochs of the streams belong together
    in their order; times are compared within an epoch only.

    Parameters
    ----------
    streams : sequence of Runs

    Returns
    -------
    Segments
        No samples are lost: the pieces of a stream, one after the other, are its runs.
    """
    epochs = [_epochs(runs) for runs in streams]
    n_epochs = max((int(e[-1]) + 1 for e in epochs if len(e)), default=0)
    rows: list[np.ndarray] = []  # stream, epoch, segment within it, run, first, size
    for epoch in range(n_epochs):
        members = [
            np.flatnonzero((e == epoch) & (r.size > 0))
            for e, r in zip(epochs, streams, strict=True)
        ]
        gaps = [_gaps(runs, at) for runs, at in zip(streams, members, strict=True)]
        cuts = _stab(np.concatenate(gaps))
        times = _times(streams, members, gaps, cuts)
        for s, (runs, at) in enumerate(zip(streams, members, strict=True)):
            rows.append(_place(runs, at, gaps[s], cuts, times, s, epoch))
    return _gather(streams, np.concatenate(rows) if rows else np.empty((0, 6), np.int64))


def _epochs(runs: Runs) -> np.ndarray:
    """Return for each run how often the clock had been set back before it."""
    if not len(runs.size):
        return np.empty(0, np.int64)
    back = np.zeros(len(runs.size), bool)
    back[1:] = runs.t_start[1:] < runs.t_stop[:-1] - 0.5 / runs.sampling_rate
    return np.cumsum(back)


def _gaps(runs: Runs, at: np.ndarray) -> np.ndarray:
    """Return (start, stop) in which a cut parts each run from the next, shape (n - 1, 2).

    That is the gap and a sample more to each side, since streams of other rates see the same pause
    begin and end up to one of their samples off; but never beyond a third of a run beside it, so
    that no two gaps meet.
    """
    start, stop = runs.t_start[at], runs.t_stop[at]
    slack = np.minimum(1 / runs.sampling_rate, (stop - start) / 3)
    first, last = stop[:-1] - slack[:-1], start[1:] + slack[1:]
    return np.column_stack([np.minimum(first, last), np.maximum(first, last)])


def _stab(gaps: np.ndarray) -> np.ndarray:
    """Return the fewest times such that each gap has one of them in it, rising."""
    cuts: list[float] = []
    # The gap that ends first needs a cut; as late as possible it serves most others.
    for start, stop in gaps[np.argsort(gaps[:, 1], kind="stable")].tolist():
        if not cuts or start > cuts[-1]:
            cuts.append(stop)
    return np.array(cuts, dtype=np.float64)


def _times(
    streams: Sequence[Runs], members: list[np.ndarray], gaps: list[np.ndarray], cuts: np.ndarray
) -> np.ndarray:
    """Return for each cut the time from which samples of streams without a gap are behind it.

    That is when the first of the streams that paused goes on.
    """
    times = np.full(len(cuts), np.inf)
    for runs, at, gap in zip(streams, members, gaps, strict=True):
        np.minimum.at(times, np.searchsorted(cuts, gap[:, 0], "left"), runs.t_start[at[1:]])
    return times


def _place(
    runs: Runs,
    at: np.ndarray,
    gaps: np.ndarray,
    cuts: np.ndarray,
    times: np.ndarray,
    stream: int,
    epoch: int,
) -> np.ndarray:
    """Return the pieces of one stream in one epoch, a row each.

    A run that ends or starts in a gap of its own is before or behind all the cuts in that gap.
    Between them, and at the ends of the stream, `times` tell.
    """
    if not len(at):
        return np.empty((0, 6), np.int64)
    half = 0.5 / runs.sampling_rate
    first_segment = np.searchsorted(times, runs.t_start[at] + half, "right")
    last_segment = np.searchsorted(times, runs.t_stop[at] - half, "left")
    first_segment[1:] = np.searchsorted(cuts, gaps[:, 1], "right")
    last_segment[:-1] = np.searchsorted(cuts, gaps[:, 0], "left")
    if len(at) > 1:  # cuts in gaps of its own rule where a run is, also one of a single sample
        first_segment[0] = min(first_segment[0], last_segment[0])
        last_segment[-1] = max(first_segment[-1], last_segment[-1])
    count = np.maximum(last_segment - first_segment, 0) + 1
    of = np.repeat(np.arange(len(at)), count)
    segment = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count) + first_segment[of]
    run = at[of]
    # A piece starts at the first sample not before the cut, to a thousandth of a sample.
    where = np.zeros(len(of))
    inner = segment > first_segment[of]
    since = times[segment[inner] - 1] - runs.t_start[run[inner]]
    where[inner] = np.ceil(since * runs.sampling_rate - 1e-3)
    begin = np.clip(where.astype(np.int64), 0, runs.size[run])
    end = np.where(np.append(of[1:] == of[:-1], False), np.append(begin[1:], 0), runs.size[run])
    row = np.empty((len(of), 6), np.int64)
    row[:, 0], row[:, 1] = stream, epoch
    row[:, 2], row[:, 3], row[:, 4], row[:, 5] = segment, run, begin, end - begin
    return row[row[:, 5] > 0]


def _gather(streams: Sequence[Runs], rows: np.ndarray) -> Segments:
    """Return the segments that hold anything, with their tables."""
    places, number = np.unique(rows[:, 1:3], axis=0, return_inverse=True)
    number = number.reshape(-1)
    n = len(places)
    t_start, t_stop = np.full(n, np.inf), np.full(n, -np.inf)
    pieces = []
    for s, runs in enumerate(streams):
        mine = rows[:, 0] == s
        run, first, size = (np.zeros(n, np.int64) for _ in range(3))
        run[:] = -1
        where = number[mine]
        run[where], first[where], size[where] = rows[mine, 3], rows[mine, 4], rows[mine, 5]
        start = np.full(n, np.nan)
        start[where] = runs.t_start[run[where]] + first[where] / runs.sampling_rate
        t_start = np.fmin(t_start, start)
        t_stop = np.fmax(t_stop, start + size / runs.sampling_rate)
        pieces.append(Pieces(run, first, size, start))
    filled = [
        Pieces(p.run, p.first, p.size, np.where(np.isnan(p.t_start), t_start, p.t_start))
        for p in pieces
    ]
    return Segments(t_start, t_stop, places[:, 0], filled)

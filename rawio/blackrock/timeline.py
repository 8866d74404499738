"""Segments of a recording: its streams cut at all gaps and resets, on one clock."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio.blackrock.runs import StreamRuns
from rawio.segmenting import Runs, cut_into_segments


@dataclass(frozen=True)
class StreamPieces:
    """What each segment has of one stream; all arrays have one entry a segment.

    Attributes
    ----------
    first, size : ndarray of int64
        Samples of the file before the piece, and in it.
    t_start : ndarray of float64
        Seconds; of the segment itself where the stream has nothing.
    """

    first: np.ndarray
    size: np.ndarray
    t_start: np.ndarray


@dataclass(frozen=True)
class Timeline:
    """The segments, and what the streams have in them.

    Attributes
    ----------
    epoch : ndarray of int64, shape (S,)
        How often the clock had been reset before.
    t_start, t_stop : ndarray of float64, shape (S,)
        Seconds.
    pieces : list of StreamPieces
    n_epochs : int
    spans : ndarray of float64, shape (n_epochs, 2)
        When the signals of each epoch start and stop; NaN where there are none.
    """

    epoch: np.ndarray
    t_start: np.ndarray
    t_stop: np.ndarray
    pieces: list[StreamPieces]
    n_epochs: int
    spans: np.ndarray


def lay_out(streams: Sequence[StreamRuns], times: Sequence[np.ndarray]) -> Timeline:
    """Cut the streams of a recording into segments.

    Parameters
    ----------
    streams : sequence of StreamRuns
    times : sequence of ndarray of float64
        When their runs start, in seconds.

    Returns
    -------
    Timeline
    """
    epochs = _common_epochs(streams, times)
    n_epochs = max((int(e.max()) + 1 for e in epochs if len(e)), default=0)
    epoch = []
    columns: list[list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = [[] for _ in streams]
    for number in range(n_epochs):
        runs = [np.flatnonzero(e == number) for e in epochs]
        cut = cut_into_segments(
            [
                Runs(_in_turn(t[r], s.size[r] / s.sampling_rate), s.size[r], s.sampling_rate)
                for s, t, r in zip(streams, times, runs, strict=True)
            ]
        )
        epoch.append(np.full(len(cut), number))
        for column, s, t, r, p in zip(columns, streams, times, runs, cut.pieces, strict=True):
            column.append(_placed(s, t, r, p.run, p.first, p.size, p.t_start))
    pieces = [
        StreamPieces(*(_joined(part) for part in zip(*column, strict=True)))
        if column
        else StreamPieces(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        for column in columns
    ]
    t_start, t_stop = _extents(streams, pieces)
    return Timeline(
        _joined(epoch).astype(np.int64),
        t_start,
        t_stop,
        pieces,
        n_epochs,
        _spans(streams, times, epochs, n_epochs),
    )


def _extents(
    streams: Sequence[StreamRuns], pieces: list[StreamPieces]
) -> tuple[np.ndarray, np.ndarray]:
    """Return when the signals of each segment start and stop."""
    if not pieces:
        return np.empty(0), np.empty(0)
    start = np.full(len(pieces[0].size), np.inf)
    stop = -start
    for s, p in zip(streams, pieces, strict=True):
        some = p.size > 0
        start = np.where(some, np.minimum(start, p.t_start), start)
        stop = np.where(some, np.maximum(stop, p.t_start + p.size / s.sampling_rate), stop)
    return start, stop


def match_epochs(spans: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return for each epoch of one clock reading the epoch of another that it is.

    Parameters
    ----------
    spans : ndarray of float64, shape (n, 2)
        Start and stop of each epoch in seconds; NaN where nothing is known.
    others : ndarray of float64, shape (m, 2), m > 0

    Returns
    -------
    ndarray of int64, shape (n,)
        Rising. Equally many epochs are each other's; else those that overlap most, and if there
        are more than `others`, some share one.
    """
    n, m = len(spans), len(others)
    if n == m:
        return np.arange(n)
    overlap = np.minimum(spans[:, None, 1], others[None, :, 1])
    overlap = overlap - np.maximum(spans[:, None, 0], others[None, :, 0])
    gain = np.nan_to_num(np.maximum(overlap, 0.0))
    apart = 1 if n < m else 0  # how far one is at least behind the one before
    best = np.full((n, m), -np.inf)
    best[0] = gain[0]
    for k in range(1, n):
        reached = np.maximum.accumulate(best[k - 1])
        best[k, apart:] = gain[k, apart:] + reached[: m - apart]
    match = np.empty(n, np.int64)
    limit = m
    for k in range(n - 1, -1, -1):
        match[k] = np.argmax(best[k, :limit])
        limit = match[k] + 1 - apart
    return match


def _common_epochs(streams: Sequence[StreamRuns], times: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the epoch of each run as one numbering for all streams: that with most resets."""
    counts = [int(s.epoch.max()) + 1 if len(s.epoch) else 0 for s in streams]
    if len(set(counts)) < 2:
        return [s.epoch for s in streams]
    spans = [_spans([s], [t], [s.epoch], n) for s, t, n in zip(streams, times, counts, strict=True)]
    most = spans[int(np.argmax(counts))]
    return [
        match_epochs(own, most)[s.epoch] if len(own) else s.epoch
        for s, own in zip(streams, spans, strict=True)
    ]


def _spans(
    streams: Sequence[StreamRuns], times: Sequence[np.ndarray], epochs: list[np.ndarray], count: int
) -> np.ndarray:
    spans = np.full((count, 2), np.nan)
    for s, t, e in zip(streams, times, epochs, strict=True):
        some = s.size > 0
        np.fmin.at(spans[:, 0], e[some], t[some])
        np.fmax.at(spans[:, 1], e[some], (t + s.size / s.sampling_rate)[some])
    return spans


def _in_turn(t_start: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """Return starts of runs, moved where one would start before the one ahead of it ends."""
    before = np.cumsum(duration) - duration
    return np.maximum.accumulate(t_start - before) + before


def _placed(
    stream: StreamRuns,
    times: np.ndarray,
    runs: np.ndarray,
    run: np.ndarray,
    first: np.ndarray,
    size: np.ndarray,
    t_start: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pieces of an epoch's segments in samples of the file, with their true times."""
    some = run >= 0
    of = runs[run[some]]
    in_file, t = np.zeros(len(run), np.int64), t_start.copy()
    in_file[some] = stream.first[of] + first[some]
    t[some] = times[of] + first[some] / stream.sampling_rate
    return in_file, size, t


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0)

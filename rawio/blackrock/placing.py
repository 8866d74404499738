"""Signals, spikes and events of a recording put into the same segments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rawio.blackrock.events import EventTable, find_events
from rawio.blackrock.nev_header import NevHeader
from rawio.blackrock.nev_index import NevIndex, merged, spans_of
from rawio.blackrock.points import (
    ALWAYS,
    PointTable,
    SegmentBounds,
    bound_segments,
    epochs_without_signals,
)
from rawio.blackrock.runs import StreamRuns
from rawio.blackrock.timeline import StreamPieces, Timeline, lay_out, match_epochs
from rawio.errors import Warn
from rawio.files import RawFile


@dataclass(frozen=True)
class Nev:
    """What a NEV file holds.

    Attributes
    ----------
    file : RawFile
    header : NevHeader
    index : NevIndex
    shift : int
        Seconds from the clock of the index's ticks to that of the recording.
    """

    file: RawFile
    header: NevHeader
    index: NevIndex
    shift: int


@dataclass(frozen=True)
class Placed:
    """The segments and what is in them.

    Attributes
    ----------
    t_start, t_stop : list of float
        Seconds.
    pieces : list of StreamPieces
        Of each stream.
    bounds : SegmentBounds
    index : NevIndex or None
        With the epochs of the segments.
    spikes : PointTable
        A series for each key of the index.
    events : EventTable
    """

    t_start: list[float]
    t_stop: list[float]
    pieces: list[StreamPieces]
    bounds: SegmentBounds
    index: NevIndex | None
    spikes: PointTable
    events: EventTable


NOTHING = PointTable(np.empty(0, np.int64), np.empty((0, 2), np.int64))


def place(
    streams: Sequence[StreamRuns], times: Sequence[np.ndarray], nev: Nev | None, warn: Warn
) -> Placed:
    """Cut a recording into segments.

    Parameters
    ----------
    streams : sequence of StreamRuns
    times : sequence of ndarray of float64
        When their runs start, in seconds of the recording's clock.
    nev : Nev or None
    warn : callable
        Takes a sentence about what does not fit together.

    Returns
    -------
    Placed
        At least one segment.
    """
    timeline = lay_out(streams, times)
    if nev is None:
        events = EventTable([], NOTHING, np.empty(0, np.int64), [])
        return _finish(timeline, [], None, NOTHING, events, 1, 0)
    index = _with_epochs_of(timeline, nev, warn)
    events = find_events(nev.header, index)
    spikes = PointTable(index.tick, index.epoch_rows)
    return _finish(
        timeline, [spikes, events.points], index, spikes, events, nev.header.resolution, nev.shift
    )


def _with_epochs_of(timeline: Timeline, nev: Nev, warn: Warn) -> NevIndex:
    """Return the index with the epochs of the signals, as far as these have timestamps."""
    index = nev.index
    own, theirs = index.n_epochs, timeline.n_epochs if len(timeline.epoch) else 0
    untold = int(np.count_nonzero(~index.noted))
    if not theirs and untold:
        warn(
            f"timestamps in the .nev go back by more than a second {untold} times; the clock was "
            "taken to have been set back, and a new segment starts at each."
        )
    if not theirs or own == theirs:
        return index
    match = match_epochs(spans_of(index, nev.header.resolution, nev.shift), timeline.spans)
    if index.noted.any() or theirs > 1:
        warn(
            f"the clock was set back {own - 1} times by the .nev and {theirs - 1} times by the "
            "signals; they were matched by time."
        )
    elif own > 1:
        warn(
            f"timestamps in the .nev go back by more than a second {own - 1} times and those of "
            "the signals do not; spikes and events were sorted by time."
        )
    return merged(index, match, theirs)


def _finish(
    timeline: Timeline,
    tables: list[PointTable],
    index: NevIndex | None,
    spikes: PointTable,
    events: EventTable,
    resolution: int,
    shift: int,
) -> Placed:
    """Add segments for epochs without signals, and find when all segments start and stop."""
    more = epochs_without_signals(timeline, tables) if tables else np.empty(0, np.int64)
    if not len(timeline.epoch) and not len(more):
        more = np.zeros(1, np.int64)
    epoch = np.concatenate([timeline.epoch, more])
    order = np.argsort(epoch, kind="stable")
    unknown = np.full(len(more), np.inf)
    start = np.concatenate([timeline.t_start, unknown])[order]
    stop = np.concatenate([timeline.t_stop, -unknown])[order]
    bounds = bound_segments(epoch[order], start - shift, resolution)
    for table in tables:
        first, last = bounds.extents(table)
        some = first != ALWAYS.max
        start[some] = np.minimum(start[some], first[some] / resolution + shift)
        stop[some] = np.maximum(stop[some], last[some] / resolution + shift)
    empty = ~np.isfinite(start)
    start[empty], stop[empty] = 0.0, 0.0
    pieces = [_with_more(p, len(more), order, start) for p in timeline.pieces]
    return Placed(start.tolist(), stop.tolist(), pieces, bounds, index, spikes, events)


def _with_more(
    pieces: StreamPieces, n_more: int, order: np.ndarray, t_start: np.ndarray
) -> StreamPieces:
    none = np.zeros(n_more, np.int64)
    size = np.concatenate([pieces.size, none])[order]
    first = np.concatenate([pieces.first, none])[order]
    t = np.concatenate([pieces.t_start, np.zeros(n_more)])[order]
    return replace(pieces, first=first, size=size, t_start=np.where(size > 0, t, t_start))

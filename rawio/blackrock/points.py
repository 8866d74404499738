"""Spikes and events by segment: which rows of sorted timestamps belong to one."""

from dataclasses import dataclass

import numpy as np

from rawio.blackrock.timeline import Timeline

ALWAYS = np.iinfo(np.int64)


@dataclass(frozen=True)
class PointTable:
    """Timestamps of several series (units, or kinds of events).

    Attributes
    ----------
    tick : ndarray of int64, shape (N,)
        By series, epoch and time.
    epoch_rows : ndarray of int64, shape (n_series, epochs + 1)
        First row of each series in each epoch, and one past its last.
    """

    tick: np.ndarray
    epoch_rows: np.ndarray


@dataclass(frozen=True)
class SegmentBounds:
    """Which timestamps belong to each segment: those of its epoch from `low` up to `high`.

    Attributes
    ----------
    epoch, low, high : ndarray of int64, shape (S,)
        In ticks as tables have them; the first and last segment of an epoch take all the rest.
    """

    epoch: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def rows(self, table: PointTable, series: int, segment: int) -> slice:
        """Return the rows of a series that are in a segment."""
        epoch = int(self.epoch[segment])
        start, stop = table.epoch_rows[series, epoch : epoch + 2].tolist()
        ticks = table.tick[start:stop]
        limits = (self.low[segment], self.high[segment])
        first, last = np.searchsorted(ticks, limits, "left").tolist()
        return slice(start + first, start + last)

    def extents(self, table: PointTable) -> tuple[np.ndarray, np.ndarray]:
        """Return first and last tick of any series in each segment.

        Where there is none the first is behind the last: they are the greatest and least int64.
        """
        first = np.full(len(self.epoch), ALWAYS.max)
        last = np.full(len(self.epoch), ALWAYS.min)
        for epoch in np.unique(self.epoch).tolist():
            segments = np.flatnonzero(self.epoch == epoch)
            bounds = self.low[segments[1:]]
            rows = table.epoch_rows[:, epoch : epoch + 2]
            rows = rows[rows[:, 0] < rows[:, 1]]
            if not len(bounds) and len(rows):
                first[segments] = table.tick[rows[:, 0]].min()
                last[segments] = table.tick[rows[:, 1] - 1].max()
                continue
            for start, stop in rows.tolist():
                inner = start + np.searchsorted(table.tick[start:stop], bounds, "left")
                edges = np.concatenate([[start], inner, [stop]])
                some = edges[:-1] < edges[1:]
                where = segments[some]
                first[where] = np.minimum(first[where], table.tick[edges[:-1][some]])
                last[where] = np.maximum(last[where], table.tick[edges[1:][some] - 1])
        return first, last


def bound_segments(epoch: np.ndarray, t_start: np.ndarray, resolution: int) -> SegmentBounds:
    """Return bounds that give what is between two segments to the former.

    Parameters
    ----------
    epoch : ndarray of int64, shape (S,)
        Rising.
    t_start : ndarray of float64, shape (S,)
        When the signals of each segment start, in seconds of the tables' clock.
    resolution : int
        Ticks a second.
    """
    low = np.full(len(epoch), ALWAYS.min)
    high = np.full(len(epoch), ALWAYS.max)
    # To a thousandth of a tick, so that a spike at the first sample is in the segment.
    starts = np.ceil(np.round(t_start * resolution, 3))
    same = np.flatnonzero(epoch[1:] == epoch[:-1]) + 1
    for number in np.unique(epoch[same]).tolist():
        these = same[epoch[same] == number]
        cuts = np.maximum.accumulate(starts[these]).astype(np.int64)
        low[these], high[these - 1] = cuts, cuts
    return SegmentBounds(epoch, low, high)


def epochs_without_signals(timeline: Timeline, tables: list[PointTable]) -> np.ndarray:
    """Return the epochs that have spikes or events but no segment of signals."""
    n_epochs = tables[0].epoch_rows.shape[1] - 1
    filled = np.zeros(n_epochs, bool)
    for table in tables:
        filled |= (table.epoch_rows[:, 1:] > table.epoch_rows[:, :-1]).any(axis=0)
    filled[timeline.epoch] = False
    return np.flatnonzero(filled)

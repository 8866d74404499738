"""Spikes and events of a window, thinned to one mark a pixel column."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from rawio import BaseRawIO
from viewer.engine.epochs import epochs_of, is_epoch_channel
from viewer.engine.grid import Viewport
from viewer.model import Segment, Timeline, View


@dataclass(frozen=True)
class UnitMarks:
    """Spikes of one unit in a viewport.

    Attributes
    ----------
    unit : int
        Row of ``header['unit_channels']``.
    x : ndarray of int64
        Pixel columns that hold at least one spike, rising; also beside the viewport, as far as
        spikes there reach into it.
    row : int or None
        Signal channel the unit was detected on, if the recording says so.
    """

    unit: int
    x: np.ndarray
    row: int | None


@dataclass(frozen=True)
class EventMarks:
    """Events or epochs of one channel in a viewport.

    Attributes
    ----------
    channel : int
        Row of ``header['event_channels']``.
    x : ndarray of int64
        Pixel columns in which at least one event lies or epoch begins, rising; 0 for epochs that
        begin before the viewport.
    labels : tuple of str
        The first event's label of each column; the longest epoch's.
    x_stop : ndarray of int64, or None
        One more than the last column of the longest epoch that begins in each column; None for
        events, which do not last.
    begins : ndarray of bool, or None
        Of epochs, whether they begin in their column, and not before the viewport.
    """

    channel: int
    x: np.ndarray
    labels: tuple[str, ...]
    x_stop: np.ndarray | None = None
    begins: np.ndarray | None = None


SPIKE_BEFORE, SPIKE_AFTER = 0.0004, 0.0008
"""Seconds of the trace that a spike takes, before and after its timestamp. Acquisition systems put
it where a threshold is crossed or at the trough; either way most of the waveform lies within."""

LONGEST_SCAN = 60.0
"""Seconds of samples that are read at most to find events which are kept as samples."""


@dataclass(frozen=True)
class Points:
    """All spikes and events of a viewport; units and channels without any are left out.

    Attributes
    ----------
    viewport : Viewport
    units : tuple of UnitMarks
    events : tuple of EventMarks
    unread : int
        Event channels that were not looked up: their events are the edges of digital lines, which
        only reading all samples of so long a window would tell.
    """

    viewport: Viewport
    units: tuple[UnitMarks, ...] = ()
    events: tuple[EventMarks, ...] = ()
    unread: int = 0

    def shown_by(self, view: View) -> "Points":
        """Return these marks without those that a view does not show."""
        units = tuple(m for m in self.units if view.spikes_shown and view.units.visible[m.unit])
        events = tuple(
            m for m in self.events if view.events_shown and view.events.visible[m.channel]
        )
        return replace(self, units=units, events=events)

    def seen_through(self, viewport: Viewport) -> "Points":
        """Return these marks where another viewport has them, to stand in until it is read.

        Exact when the zoom is the same; marks that this viewport did not hold are absent.
        """
        if viewport == self.viewport:
            return self
        events = []
        for marks in self.events:
            if marks.x_stop is not None:
                assert marks.begins is not None
                # Middles of columns, since edges may be rounded to either side.
                start = self._times(marks.x + np.where(marks.begins, 0.5, -0.5))
                stop = self._times(marks.x_stop - 0.5)
                moved = _epoch_marks(marks.channel, start, stop, np.array(marks.labels), viewport)
                events += [moved] if moved is not None else []
                continue
            x, kept = self._moved(marks.x, viewport)
            events.append(replace(marks, x=x, labels=tuple(marks.labels[i] for i in kept)))
        return Points(viewport, self._moved_units(viewport), tuple(events), self.unread)

    def _moved_units(self, viewport: Viewport) -> tuple[UnitMarks, ...]:
        """Return the spikes of all units at once, which may be hundreds, as a viewport has them."""
        if not self.units:
            return ()
        counts = [len(marks.x) for marks in self.units]
        unit = np.repeat(np.arange(len(counts)), counts)
        x = np.concatenate([marks.x for marks in self.units])
        columns, there = _in_sight(self._times(x + 0.5), viewport, spike_columns(viewport))
        unit = unit[there]
        kept = _first_of_each(columns, unit)
        columns, ends = columns[kept], np.searchsorted(unit[kept], np.arange(len(counts) + 1))
        return tuple(
            UnitMarks(marks.unit, columns[start:stop], marks.row)
            for marks, (start, stop) in zip(self.units, pairwise(ends.tolist()), strict=True)
        )

    def _moved(self, x: np.ndarray, viewport: Viewport) -> tuple[np.ndarray, np.ndarray]:
        columns, there = _in_sight(self._times(x + 0.5), viewport)
        kept = _first_of_each(columns)
        return columns[kept], there[kept]

    def _times(self, x: np.ndarray) -> np.ndarray:
        """Return the times of pixel positions in seconds."""
        return self.viewport.t_left + x * self.viewport.seconds_per_pixel


def spike_columns(viewport: Viewport) -> tuple[int, int]:
    """Return how many columns a spike takes before and after that of its timestamp."""
    step = viewport.seconds_per_pixel
    return round(SPIKE_BEFORE / step), round(SPIKE_AFTER / step)


def read_points(reader: BaseRawIO, timeline: Timeline, viewport: Viewport) -> Points:
    """Look up spikes and events of a viewport.

    The cost is that of the points in the window, not of those in the recording; but for epochs,
    which are read whole the first time (`viewer.engine.epochs`).
    """
    units = []
    beside = spike_columns(viewport)
    for unit in range(reader.unit_channels_count()):
        x = [
            _in_sight(
                reader.rescale_spike_timestamp(
                    reader.spike_timestamps(
                        segment.block,
                        segment.index,
                        unit,
                        start - SPIKE_AFTER,
                        stop + SPIKE_BEFORE,
                    )
                )
                + segment.shift,
                viewport,
                beside,
            )[0]
            for segment, start, stop in _overlaps(timeline, viewport)
        ]
        columns = np.unique(np.concatenate(x)) if x else np.empty(0, np.int64)
        if len(columns):
            units.append(UnitMarks(unit, columns, reader.unit_signal_channel(unit)))
    events, unread = [], 0
    too_long = viewport.t_right - viewport.t_left > LONGEST_SCAN
    for channel in range(reader.event_channels_count()):
        if too_long and reader.event_count_reads_samples(channel):
            unread += 1
            continue
        look_up = _epochs_of if is_epoch_channel(reader, channel) else _events_of
        marks = look_up(reader, timeline, viewport, channel)
        if marks is not None:
            events.append(marks)
    return Points(viewport, tuple(units), tuple(events), unread)


def _events_of(
    reader: BaseRawIO, timeline: Timeline, viewport: Viewport, channel: int
) -> EventMarks | None:
    columns, labels = [], []
    for segment, start, stop in _overlaps(timeline, viewport):
        ticks, _, texts = reader.event_timestamps(
            segment.block, segment.index, channel, start, stop
        )
        times = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
        seen, there = _in_sight(times + segment.shift, viewport)
        columns.append(seen)
        labels.append(np.asarray(texts)[there])
    if not columns:
        return None
    x, first = np.unique(np.concatenate(columns), return_index=True)
    if not len(x):
        return None
    return EventMarks(channel, x, tuple(str(text) for text in np.concatenate(labels)[first]))


def _epochs_of(
    reader: BaseRawIO, timeline: Timeline, viewport: Viewport, channel: int
) -> EventMarks | None:
    start, stop, labels = [], [], []
    for segment, t_start, t_stop in _overlaps(timeline, viewport):
        epochs = epochs_of(reader, segment, channel)
        there = epochs.within(t_start, t_stop)
        start.append(epochs.start[there] + segment.shift)
        stop.append(epochs.stop[there] + segment.shift)
        labels.append(epochs.labels[there])
    if not start:
        return None
    return _epoch_marks(
        channel, np.concatenate(start), np.concatenate(stop), np.concatenate(labels), viewport
    )


def _epoch_marks(
    channel: int, start: np.ndarray, stop: np.ndarray, labels: np.ndarray, viewport: Viewport
) -> EventMarks | None:
    """Return epochs, in seconds on the axis, as a viewport shows them; None without any."""
    first, last = (
        np.clip(np.floor(viewport.x_of(times)), -1, viewport.width).astype(np.int64)
        for times in (start, stop)
    )
    there = np.flatnonzero((first < viewport.width) & (last >= 0))
    if not len(there):
        return None
    x, x_stop = np.maximum(first[there], 0), np.minimum(last[there] + 1, viewport.width)
    # Of those that begin in one column the longest, of equals the first.
    order = np.lexsort((-x_stop, x))
    x, kept = np.unique(x[order], return_index=True)
    chosen = order[kept]
    names = tuple(str(label) for label in labels[there[chosen]])
    return EventMarks(channel, x, names, x_stop[chosen], first[there[chosen]] >= 0)


def _first_of_each(*rising: np.ndarray) -> np.ndarray:
    """Return where something else begins in arrays in which what is equal stands together."""
    other = np.ones(len(rising[0]), bool)
    other[1:] = np.logical_or.reduce([array[1:] != array[:-1] for array in rising])
    return np.flatnonzero(other)


def _overlaps(timeline: Timeline, viewport: Viewport) -> Iterator[tuple[Segment, float, float]]:
    """Yield the segments in sight with the limits of the viewport in the reader's own times."""
    for segment in timeline.segments_in(viewport.t_left, viewport.t_right):
        yield segment, viewport.t_left - segment.shift, viewport.t_right - segment.shift


def _in_sight(
    times: np.ndarray, viewport: Viewport, beside: tuple[int, int] = (0, 0)
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixel columns of those times that a viewport shows, and which these are.

    Parameters
    ----------
    times : ndarray of float64
    viewport : Viewport
    beside : tuple of int
        Columns that what is at a time takes before and after it: it shows with any of them.
    """
    before, after = beside
    position = np.floor((times - viewport.t_left) / viewport.seconds_per_pixel).astype(np.int64)
    there = np.flatnonzero((position >= -after) & (position < viewport.width + before))
    return position[there], there

"""The next or previous spike or event from a time on, over all segments."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.model import Segment, Timeline

FIRST_WIDTH = 1.0
"""Seconds that are looked through first; each look that finds nothing doubles them."""

SCAN_WIDTH = 2.0
"""Seconds of samples that are read at once for events that are kept as samples: some 50 MB of a
probe of 384 channels, after which a search may be cancelled."""

OVERLAP = 1e-3
"""Seconds that segments may reach into each other by, without being moved (`Timeline.of`)."""

Kind = Literal["unit", "event"]


@dataclass(frozen=True)
class Find:
    """What to look for: spikes of any of some units, events of any of some channels.

    Attributes
    ----------
    units : tuple of int
        Rows of ``header['unit_channels']``.
    events : tuple of int
        Rows of ``header['event_channels']``. Of epochs their starts count.
    """

    units: tuple[int, ...] = ()
    events: tuple[int, ...] = ()


@dataclass(frozen=True)
class Found:
    """A spike or an event.

    Attributes
    ----------
    time : float
        Seconds on the axis. To go on from here, give it to the next search as it is.
    kind : str
        ``"unit"`` or ``"event"``.
    number : int
        Row of ``header['unit_channels']`` or ``header['event_channels']``.
    name : str
        Of the unit or event channel.
    label : str
        The event's own; empty for spikes.
    segment : Segment
        That it lies in.
    """

    time: float
    kind: Kind
    number: int
    name: str
    label: str
    segment: Segment


def next_time(
    reader: BaseRawIO,
    timeline: Timeline,
    find: Find,
    after: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found | None:
    """Return the first spike or event after a time.

    What lies half a clock tick, or half a sample of the fastest stream, from that time or nearer
    is at that time, not after it. Going on from what was found therefore always moves, and what is
    there of several units or channels at one moment is found once: of them the first in `find`.

    The cost is that of the points up to about twice the distance of the one found, and of a few
    more looks. Where events are edges among the samples, these are read up to the one found, which
    may be all of the recording.

    Parameters
    ----------
    reader : BaseRawIO
    timeline : Timeline
        Of that reader.
    find : Find
    after : float
        Seconds on the axis.
    cancelled : callable
        Asked before every look.

    Returns
    -------
    Found or None
        None when there is none after that time.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    return _Search(reader, timeline, after, 1, cancelled).run(find)


def previous_time(
    reader: BaseRawIO,
    timeline: Timeline,
    find: Find,
    before: float,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found | None:
    """Return the last spike or event before a time; all else is as for `next_time`."""
    return _Search(reader, timeline, before, -1, cancelled).run(find)


@dataclass(frozen=True)
class _Place:
    """A unit or event channel, and its place among those looked for."""

    kind: Kind
    number: int
    rank: int


class _Search:
    """One search. Its times count seconds in the direction of the search: `sign` times the axis.

    Parameters
    ----------
    reader, timeline, cancelled
        As for `next_time`.
    origin : float
        Seconds on the axis.
    sign : int
        1 to search on, -1 to search back.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        timeline: Timeline,
        origin: float,
        sign: int,
        cancelled: Callable[[], bool],
    ) -> None:
        self._reader, self._timeline, self._cancelled = reader, timeline, cancelled
        self._sign, self._origin = sign, sign * origin
        self._sample = min((1 / run.sampling_rate for run in timeline.runs), default=math.inf)
        self._best: Found | None = None
        self._nearest, self._rank = math.inf, 0

    def run(self, find: Find) -> Found | None:
        """Return the nearest of what is looked for."""
        if self._origin == math.inf:
            return None
        listed = [_Place("unit", number, rank) for rank, number in enumerate(find.units)]
        scanned: list[_Place] = []
        for rank, number in enumerate(find.events, len(find.units)):
            reads = self._reader.event_count_reads_samples(number)
            (scanned if reads else listed).append(_Place("event", number, rank))
        # Samples are read last, and then no farther than what is found by then.
        self._through(listed, FIRST_WIDTH, 2.0)
        self._through(scanned, SCAN_WIDTH, 1.0)
        return self._best

    def _through(self, places: Sequence[_Place], width: float, growth: float) -> None:
        """Look through segment after segment, in windows that grow."""
        if not places:
            return
        for segment in self._segments():
            start, stop = sorted((self._sign * segment.t_start, self._sign * segment.t_stop))
            if start > self._nearest + OVERLAP:
                return
            # Open at both ends, since the limits of segments are rounded.
            near = self._origin
            while near <= self._nearest and near < math.inf:
                edge = max(near, start)
                far = edge + width if edge < edge + width < stop else math.inf
                for place in places:
                    self._look(segment, place, near, far)
                near, width = far, width * growth

    def _segments(self) -> Iterator[Segment]:
        """Return the segments from the origin on, and one before, for what lies at its very end."""
        segments, time = self._timeline.segments, self._sign * self._origin
        if self._sign > 0:
            first = bisect_left(segments, time - OVERLAP, key=lambda segment: segment.t_stop)
            return iter(segments[max(first - 1, 0) :])
        last = bisect_right(segments, time + OVERLAP, key=lambda segment: segment.t_start)
        return reversed(segments[: last + 1])

    def _look(self, segment: Segment, place: _Place, near: float, far: float) -> None:
        """Look into a window of a segment for something nearer than what is found so far."""
        if self._cancelled():
            raise CancelledError
        # A little farther than the nearest, so that rounding hides nothing of the same moment.
        far = min(far, self._nearest + OVERLAP)
        low, high = sorted((self._sign * near, self._sign * far))
        limits = [None if math.isinf(t) else t - segment.shift for t in (low, high)]
        ticks, seconds, labels = self._read(segment, place, limits[0], limits[1])
        if not len(ticks):
            return
        times = seconds + segment.shift
        slack = self._half_step(place, ticks[:1], seconds[0])
        if self._sign > 0:
            index = int(np.searchsorted(times, self._origin + slack, "right"))
        else:
            index = int(np.searchsorted(times, -self._origin - slack, "left")) - 1
        if not 0 <= index < len(times):
            return
        index = int(np.searchsorted(times, times[index], "left"))  # the first of a channel's equals
        distance = self._sign * float(times[index])
        if self._best is None or (distance, place.rank) < (self._nearest, self._rank):
            label = "" if labels is None else str(labels[index])
            self._keep(segment, place, float(times[index]), label)

    def _keep(self, segment: Segment, place: _Place, time: float, label: str) -> None:
        header = self._reader.header
        assert header is not None
        name = str(header[f"{place.kind}_channels"]["name"][place.number])
        self._best = Found(time, place.kind, place.number, name, label, segment)
        self._nearest, self._rank = self._sign * time, place.rank

    def _read(
        self, segment: Segment, place: _Place, t_start: float | None, t_stop: float | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return ticks, the reader's own seconds and labels of a window, rising in time."""
        where = (segment.block, segment.index, place.number, t_start, t_stop)
        if place.kind == "unit":
            ticks = self._reader.spike_timestamps(*where)
            return ticks, self._seconds(place, ticks), None
        ticks, _, labels = self._reader.event_timestamps(*where)
        return ticks, self._seconds(place, ticks), labels

    def _seconds(self, place: _Place, ticks: np.ndarray) -> np.ndarray:
        if place.kind == "unit":
            return self._reader.rescale_spike_timestamp(ticks)
        return self._reader.rescale_event_timestamp(ticks, event_channel_index=place.number)

    def _half_step(self, place: _Place, tick: np.ndarray, seconds: float) -> float:
        """Return by how many seconds more than which a point must differ from the origin.

        Half a tick or half a sample, whichever is less, but more than what float64 rounds off.
        """
        step = self._sample
        if tick.dtype.kind in "iu":
            step = min(step, float(self._seconds(place, tick + 1)[0]) - seconds)
        if math.isinf(step) or math.isinf(self._origin):
            return 0.0
        return max(step / 2, 2 * math.ulp(self._origin))

"""How many spikes and events a recording has, and how many a second."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.model import Timeline


@dataclass(frozen=True)
class Tally:
    """Of one unit or event channel, over all segments.

    Attributes
    ----------
    number : int
        Row of ``header['unit_channels']`` or ``header['event_channels']``.
    count : int or None
        Spikes, events or epochs; None where counting them would read all samples.
    rate : float or None
        Hertz: how many there are to a second recorded. None where `count` is, or where the
        recording takes no time.
    """

    number: int
    count: int | None
    rate: float | None


def recorded_seconds(timeline: Timeline) -> float:
    """Return for how many seconds there was recorded: what lies between segments does not count."""
    return sum(segment.t_stop - segment.t_start for segment in timeline.segments)


def unit_tallies(
    reader: BaseRawIO,
    timeline: Timeline,
    units: Iterable[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Tally]:
    """Count the spikes of one unit after another.

    Parameters
    ----------
    reader : BaseRawIO
    timeline : Timeline
        Of that reader.
    units : iterable of int, or None
        Rows of ``header['unit_channels']``; None for all.
    cancelled : callable
        Asked before every segment of every unit.

    Yields
    ------
    Tally

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    seconds = recorded_seconds(timeline)
    for unit in range(reader.unit_channels_count()) if units is None else units:
        yield _tally(unit, _sum(reader.spike_count, timeline, unit, cancelled), seconds)


def event_tallies(
    reader: BaseRawIO,
    timeline: Timeline,
    channels: Iterable[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Tally]:
    """Count the events of one channel after another, rows of ``header['event_channels']``.

    All else is as for `unit_tallies`. Channels whose events are edges among the samples are not
    counted.
    """
    seconds = recorded_seconds(timeline)
    for channel in range(reader.event_channels_count()) if channels is None else channels:
        if reader.event_count_reads_samples(channel):
            yield Tally(channel, None, None)
        else:
            yield _tally(channel, _sum(reader.event_count, timeline, channel, cancelled), seconds)


def _sum(
    count: Callable[[int, int, int], int],
    timeline: Timeline,
    number: int,
    cancelled: Callable[[], bool],
) -> int:
    total = 0
    for segment in timeline.segments:
        if cancelled():
            raise CancelledError
        total += count(segment.block, segment.index, number)
    return total


def _tally(number: int, count: int, seconds: float) -> Tally:
    return Tally(number, count, count / seconds if seconds > 0 else None)

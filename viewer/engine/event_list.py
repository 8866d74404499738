"""All events of some channels as columns of a table, in order of time."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.model import Segment, Timeline

MOST = 1_000_000
"""Events that are listed: 24 MB, and their labels."""

AT_ONCE = 50_000
"""Events that are read at once, about."""

FIRST_LOT = 1_000
"""Events after which a list is given out for the first time, and then each time they double."""


@dataclass(frozen=True)
class EventList:
    """Events and epochs in order of time.

    Attributes
    ----------
    time : ndarray of float64, shape (n,)
        Seconds on the axis, rising. Of equals the channel of the lower number is first.
    channel : ndarray of int32, shape (n,)
        Rows of ``header['event_channels']``.
    duration : ndarray of float64, shape (n,)
        Seconds; nan for events, which do not last. Of epochs that do not say, 0.
    code : ndarray of int32, shape (n,)
        Which of `texts` is the label: a label of many events is held once.
    texts : tuple of str
        All different labels.
    names : tuple of str
        Of all event channels of the recording.
    unread : tuple of int
        Channels that were asked for and are not listed: their events are edges among the samples,
        all of which would have to be read.
    left_out : int
        How many more events there are, after those listed.
    complete : bool
        Whether this is all there will be; if not, the list still grows.
    """

    time: np.ndarray
    channel: np.ndarray
    duration: np.ndarray
    code: np.ndarray
    texts: tuple[str, ...]
    names: tuple[str, ...]
    unread: tuple[int, ...]
    left_out: int
    complete: bool

    def __len__(self) -> int:
        return len(self.time)

    def labels(self, rows: slice | np.ndarray) -> np.ndarray:
        """Return the labels of some rows, ndarray of str; as many as a page of a table has."""
        return np.array([self.texts[code] for code in self.code[rows].tolist()], dtype=np.str_)

    @cached_property
    def label(self) -> np.ndarray:
        """The label of each event, ndarray of str, shape (n,): the longest takes its room n times.

        Tables ask for the `labels` of the rows they show instead.
        """
        return self.labels(slice(None))

    def matching(self, text: str = "", channels: Collection[int] | None = None) -> np.ndarray:
        """Return which events have a text in their label or in the name of their channel.

        Parameters
        ----------
        text : str
            Upper and lower case are alike; an empty one is in all.
        channels : collection of int, or None
            Rows of ``header['event_channels']`` of which events may be; None for all.

        Returns
        -------
        ndarray of int64
            Rows of this list, rising.
        """
        wanted = text.casefold()
        numbers = range(len(self.names))
        allowed = np.array([channels is None or n in channels for n in numbers], bool)
        named = np.array([wanted in name.casefold() for name in self.names], bool)
        matches = allowed[self.channel]
        if not named.all():
            said = np.array([wanted in label for label in self._folded], bool)
            matches &= named[self.channel] | said[self.code]
        return np.flatnonzero(matches).astype(np.int64, copy=False)

    @property
    def remarks(self) -> list[str]:
        """What a person must know about what is not listed, one sentence each."""
        out = []
        if self.left_out:
            events = "event is" if self.left_out == 1 else "events are"
            out.append(f"{self.left_out} more {events} not listed, after the first {len(self)}.")
        if self.unread:
            names = ", ".join(self.names[channel] for channel in self.unread)
            out.append(f"Not listed, since all samples would have to be read for them: {names}.")
        return out

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(text.casefold() for text in self.texts)


def list_events(
    reader: BaseRawIO,
    timeline: Timeline,
    channels: Iterable[int] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    most: int = MOST,
) -> Iterator[EventList]:
    """List the events of some channels, from the start of the recording on.

    Parameters
    ----------
    reader, timeline, channels, cancelled
        As for `viewer.engine.tallies.event_tallies`; asked before every look.
    most : int
        Events that are listed; those after them are counted only.

    Yields
    ------
    EventList
        Longer and longer ones, at last the one that is complete.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    gathering = _Gathering(reader, channels, cancelled, most)
    told = FIRST_LOT
    for segment in timeline.segments:
        for _ in gathering.take(segment):
            if gathering.size >= told:
                yield gathering.listed(complete=False)
                told = 2 * gathering.size
    yield gathering.listed(complete=True)


@dataclass(frozen=True)
class _Columns:
    """Some events; arrays as those of `EventList`."""

    time: np.ndarray
    channel: np.ndarray
    duration: np.ndarray
    code: np.ndarray

    def first(self, count: int) -> "_Columns":
        """Return the first of these, at most so many."""
        return _Columns(
            self.time[:count], self.channel[:count], self.duration[:count], self.code[:count]
        )


class _Gathering:
    """Events read so far.

    Parameters
    ----------
    reader, channels, cancelled, most
        As for `list_events`.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        channels: Iterable[int] | None,
        cancelled: Callable[[], bool],
        most: int,
    ) -> None:
        assert reader.header is not None
        self._reader, self._cancelled, self._most = reader, cancelled, most
        self._names = tuple(str(name) for name in reader.header["event_channels"]["name"])
        asked = sorted(set(range(len(self._names)) if channels is None else channels))
        self._unread = tuple(n for n in asked if reader.event_count_reads_samples(n))
        self._channels = [n for n in asked if n not in self._unread]
        self._codes: dict[str, int] = {}
        self._parts: list[_Columns] = []
        self.size, self._left_out = 0, 0

    def take(self, segment: Segment) -> Iterator[None]:
        """Read the events of a segment as far as there is room, and count the others."""
        counts = {channel: self._count(segment, channel) for channel in self._channels}
        total, before = sum(counts.values()), self.size
        some = [channel for channel in self._channels if counts[channel]]
        for low, high in _windows(segment, total):
            if self.size >= self._most:
                break
            self._keep([self._read(segment, channel, low, high) for channel in some])
            yield
        self._left_out += total - (self.size - before)

    def listed(self, complete: bool) -> EventList:
        """Return what is there."""
        part = _joined(self._parts)
        self._parts = [part]
        return EventList(
            part.time,
            part.channel,
            part.duration,
            part.code,
            tuple(self._codes),
            self._names,
            self._unread,
            self._left_out,
            complete,
        )

    def _count(self, segment: Segment, channel: int) -> int:
        if self._cancelled():
            raise CancelledError
        return self._reader.event_count(segment.block, segment.index, channel)

    def _keep(self, parts: list[_Columns]) -> None:
        part = _joined(parts).first(self._most - self.size)
        self._parts.append(part)
        self.size += len(part.time)

    def _read(
        self, segment: Segment, channel: int, low: float | None, high: float | None
    ) -> _Columns:
        """Return the events of a channel from `low` on and before `high`, the reader's seconds."""
        if self._cancelled():
            raise CancelledError
        reader = self._reader
        ticks, lasting, labels = reader.event_timestamps(
            segment.block, segment.index, channel, low, high
        )
        seconds = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
        # Readers take in what lies on either limit, or a rounding beside it.
        first = 0 if low is None else int(np.searchsorted(seconds, low, "left"))
        stop = len(seconds) if high is None else int(np.searchsorted(seconds, high, "left"))
        duration = np.full(len(seconds), np.nan)
        if lasting is not None:
            duration = reader.rescale_epoch_duration(lasting, event_channel_index=channel)
            duration = np.where(np.isfinite(duration), np.maximum(duration, 0), 0.0)
        some = slice(first, max(first, stop))
        time = seconds[some] + segment.shift
        numbers = np.full(len(time), channel, np.int32)
        return _Columns(time, numbers, duration[some], self._coded(np.asarray(labels)[some]))

    def _coded(self, labels: np.ndarray) -> np.ndarray:
        codes = self._codes
        found = [codes.setdefault(label, len(codes)) for label in labels.astype(np.str_).tolist()]
        return np.array(found, np.int32)


def _joined(parts: list[_Columns]) -> _Columns:
    """Return all of some events in order of time, of equals in that of their channels."""
    if not parts:
        none = np.empty(0, np.int32)
        return _Columns(np.empty(0), none, np.empty(0), none)
    time = np.concatenate([part.time for part in parts])
    channel = np.concatenate([part.channel for part in parts])
    order = np.lexsort((channel, time))
    return _Columns(
        time[order],
        channel[order],
        np.concatenate([part.duration for part in parts])[order],
        np.concatenate([part.code for part in parts])[order],
    )


def _windows(segment: Segment, total: int) -> Iterator[tuple[float | None, float | None]]:
    """Cut a segment into windows of few events each, in the reader's own times; open at its ends.

    Nothing is known of how events lie in time: they are taken to lie evenly.
    """
    count = -(-total // AT_ONCE)
    start, stop = segment.t_start - segment.shift, segment.t_stop - segment.shift
    cuts = [start + (stop - start) * k / count for k in range(1, count)]
    yield from zip([None, *cuts], [*cuts, None], strict=True) if count else ()

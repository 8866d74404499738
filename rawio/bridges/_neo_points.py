"""Spikes and events of a neo reader: in order of time, as int64 ticks, limits included."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rawio._points import Events
from rawio.bridges._neo_source import NeoSource
from rawio.errors import FormatError, SelectionError
from rawio.header import Header

NANOSECONDS = 1e9
"""Ticks a second of timestamps that neo gives as fractions."""

SLACK = 1e-9
"""Seconds that a time may be beyond a limit and still count: the limit came by rescaling it."""

MARGIN = 0.01
"""Seconds that are asked of neo beyond a window, since its readers cut at unlike edges."""


class Times(NamedTuple):
    """Timestamps of a channel in one segment.

    Attributes
    ----------
    ticks : ndarray of int64
    seconds : ndarray of float64
        Rising.
    order : ndarray of intp or None
        Their places in neo's answer; None when that was in order.
    """

    ticks: np.ndarray
    seconds: np.ndarray
    order: np.ndarray | None


class _Points:
    """What is read once of a neo reader, and kept.

    Parameters
    ----------
    source : NeoSource
    header : dict
        Of ours.

    Notes
    -----
    Whole-numbered timestamps are taken as they are. Fractions (of seconds, mostly) become
    nanoseconds, so that ticks are int64 in every recording.
    """

    def __init__(self, source: NeoSource, header: Header) -> None:
        self._source, self._header = source, header
        self._kept: dict[tuple[Any, ...], Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kept": {}}

    def _once(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        with self._source.lock:
            if key not in self._kept:
                self._kept[key] = read()
            return self._kept[key]

    def _segments(self) -> Iterator[tuple[int, int]]:
        for block, count in enumerate(self._header["nb_segment"]):
            for segment in range(count):
                yield block, segment


class NeoSpikes(_Points):
    """Spikes of a neo reader."""

    def times(self, block: int, segment: int, unit: int) -> Times:
        """Return the spikes of a unit."""
        read = partial(self._read, block, segment, unit)
        return self._once((block, segment, unit), read)

    def seconds(self, ticks: np.ndarray) -> np.ndarray:
        """Return timestamps in seconds, float64."""
        if self._are_fractions():
            return ticks / NANOSECONDS
        return self._rescaled(ticks)

    def waveforms(
        self, block: int, segment: int, unit: int, t_start: float | None, t_stop: float | None
    ) -> np.ndarray | None:
        """Return the waveforms of a unit's spikes within limits, or None if there are none."""
        times = self.times(block, segment, unit)
        part = between(times.seconds, t_start, t_stop)
        if times.order is None and not self._are_fractions() and part != slice(0, len(times.ticks)):
            window = self._window(block, segment, unit, t_start, t_stop, times.ticks[part])
            if window is not None:
                return window
        found = self._ask("get_spike_raw_waveforms", block, segment, unit, None, None)
        if found is None:
            return None
        if len(found) != len(times.ticks):
            raise FormatError(
                f"{self._source.filename}: {self._source.name} of neo gave {len(found)} waveforms "
                f"for {len(times.ticks)} spikes."
            )
        return np.asarray(found)[part if times.order is None else times.order[part]]

    def _read(self, block: int, segment: int, unit: int) -> Times:
        raw = one_row(self._ask("get_spike_timestamps", block, segment, unit, None, None))
        if not len(raw):
            return Times(np.empty(0, np.int64), np.empty(0), None)
        return _times(raw, self._rescaled(raw), self._are_fractions())

    def _window(
        self,
        block: int,
        segment: int,
        unit: int,
        t_start: float | None,
        t_stop: float | None,
        wanted: np.ndarray,
    ) -> np.ndarray | None:
        """Return waveforms of a window without reading all, or None when neo's limits differ.

        A little more is asked for, and taken only if it is as long as the timestamps that belong
        to it, and these hold those wanted.
        """
        low = None if t_start is None else t_start - MARGIN
        high = None if t_stop is None else t_stop + MARGIN
        ticks = one_row(self._ask("get_spike_timestamps", block, segment, unit, low, high))
        found = self._ask("get_spike_raw_waveforms", block, segment, unit, low, high)
        if found is None or len(found) != len(ticks):
            return None
        ticks = ticks.astype(np.int64)
        first = int(np.searchsorted(ticks, wanted[0])) if len(wanted) else 0
        part = slice(first, first + len(wanted))
        return np.asarray(found)[part] if np.array_equal(ticks[part], wanted) else None

    def _are_fractions(self) -> bool:
        """Return whether neo's timestamps are fractions, from the first there are."""

        def look() -> bool:
            for place in self._segments():
                for unit in range(len(self._header["unit_channels"])):
                    raw = one_row(self._ask("get_spike_timestamps", *place, unit, None, None))
                    if len(raw):
                        return raw.dtype.kind == "f"
            return False

        return self._once(("are fractions",), look)

    def _rescaled(self, raw: np.ndarray) -> np.ndarray:
        seconds = self._source.ask("rescale_spike_timestamp", raw, dtype="float64")
        return np.asarray(seconds, dtype=np.float64)

    def _ask(
        self,
        method: str,
        block: int,
        segment: int,
        unit: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Any:
        return self._source.ask(
            method,
            block_index=block,
            seg_index=segment,
            spike_channel_index=unit,
            t_start=t_start,
            t_stop=t_stop,
        )


class NeoEvents(_Points):
    """Events and epochs of a neo reader.

    Parameters
    ----------
    source, header
        As for spikes.
    warn : callable
        Takes a sentence about what is not as it should be.
    """

    def __init__(self, source: NeoSource, header: Header, warn: Callable[[str], None]) -> None:
        super().__init__(source, header)
        self._warn = warn

    def events(self, block: int, segment: int, channel: int) -> tuple[Events, np.ndarray]:
        """Return the events of a channel, and their times in seconds."""
        read = partial(self._read, block, segment, channel)
        return self._once((block, segment, channel), read)

    def seconds(self, ticks: np.ndarray, channel: int) -> np.ndarray:
        """Return timestamps in seconds, float64."""
        if self._are_fractions(channel):
            return ticks / NANOSECONDS
        return self._rescaled("rescale_event_timestamp", ticks, channel)

    def durations(self, ticks: np.ndarray, channel: int) -> np.ndarray:
        """Return durations of epochs in seconds, float64."""
        if self._are_fractions(channel):
            return ticks / NANOSECONDS
        return self._rescaled("rescale_epoch_duration", ticks, channel)

    def _read(self, block: int, segment: int, channel: int) -> tuple[Events, np.ndarray]:
        raw, durations, labels = self._ask(block, segment, channel)
        fractions = self._are_fractions(channel)
        times = _times(raw, self._rescaled("rescale_event_timestamp", raw, channel), fractions)
        lasting = None
        if self._header["event_channels"]["type"][channel] == b"epoch":
            if fractions:
                durations = self._rescaled("rescale_epoch_duration", durations, channel)
                durations *= NANOSECONDS
            lasting = _whole(durations)
            if (lasting < 0).any():  # what has no end, in some formats
                name = str(self._header["event_channels"]["name"][channel])
                self._warn(f"epochs of {name!r} without a duration get one of 0.")
                lasting = np.maximum(lasting, 0)
        if times.order is not None:
            labels = labels[times.order]
            lasting = None if lasting is None else lasting[times.order]
        return (times.ticks, lasting, labels), times.seconds

    def _ask(
        self, block: int, segment: int, channel: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return timestamps, durations (0 where neo gives none) and labels."""
        found = self._source.ask(
            "get_event_timestamps",
            block_index=block,
            seg_index=segment,
            event_channel_index=channel,
            t_start=None,
            t_stop=None,
        )
        timestamps, durations, labels = (None, None, None) if found is None else found
        raw, lasting = one_row(timestamps), one_row(durations)
        if len(lasting) != len(raw):
            lasting = np.zeros(len(raw), np.int64)
        return raw, lasting, _text(labels, len(raw))

    def _are_fractions(self, channel: int) -> bool:
        """Return whether neo's timestamps or durations of a channel are fractions."""

        def look() -> bool:
            for place in self._segments():
                raw, durations, _ = self._ask(*place, channel)
                if len(raw):
                    return "f" in (raw.dtype.kind, durations.dtype.kind)
            return False

        return self._once(("are fractions", channel), look)

    def _rescaled(self, method: str, raw: np.ndarray, channel: int) -> np.ndarray:
        if not len(raw):
            return np.empty(0)
        seconds = self._source.ask(method, raw, dtype="float64", event_channel_index=channel)
        return np.array(seconds, dtype=np.float64)


def between(seconds: np.ndarray, t_start: float | None, t_stop: float | None) -> slice:
    """Return where rising times lie within limits, these included."""
    first, last = 0, len(seconds)
    for limit in (t_start, t_stop):
        if limit is not None and np.isnan(limit):
            raise SelectionError(f"a time limit of {limit} s is not a time.")
    if t_start is not None:
        first = int(np.searchsorted(seconds, t_start - SLACK, "left"))
    if t_stop is not None:
        last = int(np.searchsorted(seconds, t_stop + SLACK, "right"))
    return slice(first, max(first, last))


def one_row(values: Any) -> np.ndarray:
    """Return what neo gives for timestamps, which may be nothing or a column, as one row."""
    if values is None:
        return np.empty(0, np.int64)
    array = np.asarray(values).reshape(-1)
    return array if array.dtype.kind in "iuf" else array.astype(np.float64)


def _times(raw: np.ndarray, seconds: np.ndarray, fractions: bool) -> Times:
    """Return neo's timestamps and their seconds as int64 ticks in order of time."""
    ticks = _whole(seconds * NANOSECONDS if fractions else raw)
    if fractions:
        seconds = ticks / NANOSECONDS
    if (np.diff(seconds) >= 0).all():
        return Times(ticks, seconds, None)
    order = np.argsort(seconds, kind="stable")
    return Times(ticks[order], seconds[order], order)


def _whole(values: np.ndarray) -> np.ndarray:
    """Return values as int64, so that differences do not wrap; fractions are rounded."""
    return (np.rint(values) if values.dtype.kind == "f" else values).astype(np.int64)


def _text(labels: Any, count: int) -> np.ndarray:
    """Return labels as text, whatever neo gives for them."""
    if labels is None or len(labels) != count:
        return np.full(count, "", "U1")
    array = np.asarray(labels)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    return array.astype("U")

"""The spike and event half of the reading API: counts, timestamps, waveforms, labels."""

import math
from typing import Any

import numpy as np

from rawio._core import HeaderOwner
from rawio._signals import float_dtype
from rawio.errors import SelectionError

Timestamps = np.ndarray
Events = tuple[np.ndarray, np.ndarray | None, np.ndarray]

FARTHEST_TICK = 2.0**62


class SpikeAPI(HeaderOwner):
    """Spikes of a reader, by unit. A unit is a row of ``header['unit_channels']``.

    Time limits are in seconds and inclusive at both ends; None means no limit.
    """

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no spikes")

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Timestamps:
        raise NotImplementedError(f"{type(self).__name__} has no spikes")

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no spikes")

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        return None

    def unit_channels_count(self) -> int:
        """Return the number of units."""
        return len(self._checked_header()["unit_channels"])

    def spike_count(self, block_index: int = 0, seg_index: int = 0, unit_index: int = 0) -> int:
        """Return the number of spikes of a unit in a segment."""
        unit_index = self._check_unit(block_index, seg_index, unit_index)
        return int(self._spike_count(block_index, seg_index, unit_index))

    def spike_timestamps(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        unit_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
    ) -> Timestamps:
        """Return the raw timestamps (clock ticks) of a unit's spikes, in time order.

        Returns
        -------
        ndarray, shape (n_spikes,), int64
        """
        unit_index = self._check_unit(block_index, seg_index, unit_index)
        return self._get_spike_timestamps(block_index, seg_index, unit_index, t_start, t_stop)

    def rescale_spike_timestamp(
        self, spike_timestamps: np.ndarray, dtype: Any = "float64"
    ) -> np.ndarray:
        """Return spike timestamps in seconds."""
        self._checked_header()
        return self._rescale_spike_timestamp(np.asarray(spike_timestamps), np.dtype(dtype))

    def spike_raw_waveforms(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        unit_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
    ) -> np.ndarray | None:
        """Return the raw waveforms of the spikes that `spike_timestamps` returns.

        Returns
        -------
        ndarray, shape (n_spikes, n_channels, n_samples), or None
            None when the file holds no waveforms for the unit.
        """
        unit_index = self._check_unit(block_index, seg_index, unit_index)
        return self._get_spike_raw_waveforms(block_index, seg_index, unit_index, t_start, t_stop)

    def rescale_waveforms_to_float(
        self, raw_waveforms: np.ndarray, dtype: Any = "float32", unit_index: int = 0
    ) -> np.ndarray:
        """Return waveforms in the unit's ``wf_units``: ``raw * wf_gain + wf_offset``."""
        unit_index = _check_index(unit_index, self.unit_channels_count(), "unit")
        unit = self._checked_header()["unit_channels"][unit_index]
        # Waveforms are few: float64 on the way gives each value correctly rounded.
        exact = np.asarray(raw_waveforms) * np.float64(unit["wf_gain"]) + unit["wf_offset"]
        return exact.astype(float_dtype(dtype), copy=False)

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        Returns
        -------
        int or None
            None when the recording does not say, or does not hold that signal.

        Raises
        ------
        SelectionError
            When there is no such unit.
        """
        _check_index(unit_index, self.unit_channels_count(), "unit")
        return None

    def _check_unit(self, block_index: int, seg_index: int, unit_index: int) -> int:
        self._check_segment(block_index, seg_index)
        return _check_index(unit_index, self.unit_channels_count(), "unit")


class EventAPI(HeaderOwner):
    """Events and epochs of a reader; an event has no duration. Time limits as for spikes."""

    def _event_count_reads_samples(self, event_channel_index: int) -> bool:
        """Return True where events are edges that must first be found in the samples."""
        return False

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no events")

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        raise NotImplementedError(f"{type(self).__name__} has no events")

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no events")

    def _rescale_epoch_duration(
        self, durations: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._rescale_event_timestamp(durations, dtype, event_channel_index)

    def event_channels_count(self) -> int:
        """Return the number of event channels."""
        return len(self._checked_header()["event_channels"])

    def event_count_reads_samples(self, event_channel_index: int = 0) -> bool:
        """Return whether `event_count` of a channel may have to read all of the recording.

        So it is with lines of digital words, whose edges lie among the samples. A look at some
        seconds of such a channel reads just these.
        """
        index = _check_index(event_channel_index, self.event_channels_count(), "event channel")
        return self._event_count_reads_samples(index)

    def event_count(
        self, block_index: int = 0, seg_index: int = 0, event_channel_index: int = 0
    ) -> int:
        """Return the number of events of a channel in a segment."""
        index = self._check_event_channel(block_index, seg_index, event_channel_index)
        return int(self._event_count(block_index, seg_index, index))

    def event_timestamps(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        event_channel_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
    ) -> Events:
        """Return the events of a channel.

        Returns
        -------
        timestamps : ndarray of int64
            Clock ticks, in time order.
        durations : ndarray or None
            Clock ticks; None when the channel holds events, not epochs.
        labels : ndarray of str
        """
        index = self._check_event_channel(block_index, seg_index, event_channel_index)
        return self._get_event_timestamps(block_index, seg_index, index, t_start, t_stop)

    def rescale_event_timestamp(
        self,
        event_timestamps: np.ndarray,
        dtype: Any = "float64",
        event_channel_index: int = 0,
    ) -> np.ndarray:
        """Return event timestamps in seconds."""
        index = _check_index(event_channel_index, self.event_channels_count(), "event channel")
        return self._rescale_event_timestamp(np.asarray(event_timestamps), np.dtype(dtype), index)

    def rescale_epoch_duration(
        self, raw_duration: np.ndarray, dtype: Any = "float64", event_channel_index: int = 0
    ) -> np.ndarray:
        """Return epoch durations in seconds."""
        index = _check_index(event_channel_index, self.event_channels_count(), "event channel")
        return self._rescale_epoch_duration(np.asarray(raw_duration), np.dtype(dtype), index)

    def _check_event_channel(self, block_index: int, seg_index: int, index: int) -> int:
        self._check_segment(block_index, seg_index)
        return _check_index(index, self.event_channels_count(), "event channel")


def time_slice(
    ticks: np.ndarray, frequency: float, t_start: float | None, t_stop: float | None
) -> slice:
    """Return the slice of sorted `ticks` from `t_start` to `t_stop` seconds, both inclusive.

    A limit made by rescaling a tick lands within a rounding error of that tick, so a limit takes in
    the ticks less than half a thousandth of a tick beyond it, or two roundings if those are more.
    """
    first, last = 0, len(ticks)
    if t_start is not None:
        limit, slack = _limit(t_start, frequency)
        first = int(np.searchsorted(ticks, math.ceil(limit - slack), "left"))
    if t_stop is not None:
        limit, slack = _limit(t_stop, frequency)
        last = int(np.searchsorted(ticks, math.floor(limit + slack), "right"))
    return slice(first, max(first, last))


def _limit(seconds: float, frequency: float) -> tuple[float, float]:
    """Return a time limit in ticks, within what an int64 holds, and how exact it is."""
    limit = float(seconds) * float(frequency)
    if math.isnan(limit):
        raise SelectionError(f"a time limit of {seconds} s is not a time.")
    limit = min(max(limit, -FARTHEST_TICK), FARTHEST_TICK)
    return limit, max(0.0005, 2 * math.ulp(limit))


def _check_index(index: int, count: int, kind: str) -> int:
    if not isinstance(index, (int, np.integer)) or not 0 <= index < count:
        bounds = f"0 to {count - 1}" if count else "there are none"
        raise SelectionError(f"{kind} index {index!r} is not in this recording ({bounds}).")
    return int(index)

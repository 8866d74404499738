"""Small readers for tests: arrays behind the reading API."""

import threading
import time

import numpy as np

from rawio import BaseRawIO, RawIOError
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    make_header,
)


class ArrayReader(BaseRawIO):
    """Arrays as a recording of one block: ``segments[s][stream]`` = (t_start, samples).

    Parameters
    ----------
    segments : list of list of (float, ndarray)
    rates : list of float, one for each stream
    units : dict of name to ndarray of spike times in seconds, or None
    events : dict of name to list of (time, label), or None
    epochs : dict of name to list of (time, duration, label), or None
    unit_channel : dict of unit number to row of a signal channel
    """

    name = "arrays"

    def __init__(
        self, segments, rates, gain=1.0, units=None, events=None, unit_channel=None, epochs=None
    ):
        super().__init__("arrays")
        self.segments, self.rates, self.gain = segments, rates, gain
        self.units, self.events = units or {}, events or {}
        self.unit_channel = unit_channel or {}
        self.epochs = epochs or {}
        self.reads: list[tuple[int, int]] = []
        self.parse_header()

    @classmethod
    def of(cls, samples, rate=1000.0, t_start=0.0, **rest):
        return cls([[(t_start, samples)]], [rate], **rest)

    def _parse_header(self):
        rows = []
        for stream, (_, samples) in enumerate(self.segments[0]):
            for channel in range(samples.shape[1]):
                name = f"s{stream}c{channel}" if len(self.rates) > 1 else f"c{channel}"
                number = str(len(rows))
                gain, rate = self.gain, self.rates[stream]
                kind = str(samples.dtype)
                rows.append((name, number, rate, kind, "uV", gain, 0.0, str(stream), "", stream))
        streams = [(f"s{i}", str(i), "") for i in range(len(self.rates))]
        units = [(n, n, "uV", 1.0, 0.0, 0, 1.0) for n in self.units]
        events = [(n, n, b"event") for n in self.events]
        events += [(n, n, b"epoch") for n in self.epochs]
        self.header = make_header(
            [len(self.segments)],
            np.array(streams, SIGNAL_STREAM_DTYPE),
            np.array(rows, SIGNAL_CHANNEL_DTYPE),
            np.array(units, UNIT_CHANNEL_DTYPE),
            np.array(events, EVENT_CHANNEL_DTYPE),
        )

    def _segment_t_start(self, block, segment):
        return min(t for t, _ in self.segments[segment])

    def _segment_t_stop(self, block, segment):
        runs = zip(self.segments[segment], self.rates, strict=True)
        return max(t + len(samples) / rate for (t, samples), rate in runs)

    def _get_signal_size(self, block, segment, stream):
        return len(self.segments[segment][stream][1])

    def _get_signal_t_start(self, block, segment, stream):
        return self.segments[segment][stream][0]

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        self.reads.append((i_start, i_stop))
        return self.segments[segment][stream][1][i_start:i_stop][:, channels]

    def _between(self, times, t_start, t_stop):
        low = -np.inf if t_start is None else t_start
        high = np.inf if t_stop is None else t_stop
        return (times >= low) & (times <= high)

    def _spike_count(self, block, segment, unit):
        return len(list(self.units.values())[unit])

    def _get_spike_timestamps(self, block, segment, unit, t_start, t_stop):
        times = list(self.units.values())[unit]
        return times[self._between(times, t_start, t_stop)]

    def _rescale_spike_timestamp(self, timestamps, dtype):
        return timestamps.astype(dtype)

    def unit_signal_channel(self, unit_index):
        return self.unit_channel.get(unit_index)

    def _event_count(self, block, segment, channel):
        return len(self._entries(channel))

    def _entries(self, channel):
        return [*self.events.values(), *self.epochs.values()][channel]

    def _get_event_timestamps(self, block, segment, channel, t_start, t_stop):
        entries = self._entries(channel)
        times = np.array([entry[0] for entry in entries], float)
        labels = np.array([entry[-1] for entry in entries], "U")
        there = self._between(times, t_start, t_stop)
        if channel < len(self.events):
            return times[there], None, labels[there]
        lasting = np.array([entry[1] for entry in entries], float)
        return times[there], lasting[there], labels[there]

    def _rescale_event_timestamp(self, timestamps, dtype, channel):
        return timestamps.astype(dtype)


class SlowReader(ArrayReader):
    """Takes `delay` seconds for every chunk, or until `gate` opens."""

    delay = 0.0
    gate: threading.Event | None = None

    def _get_analogsignal_chunk(self, *args):
        if self.gate is not None:
            self.gate.wait(30)
        time.sleep(self.delay)
        return super()._get_analogsignal_chunk(*args)


class BrokenReader(ArrayReader):
    """Raises for chunks that reach into `bad` samples."""

    bad = range(0)

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        if i_start < self.bad.stop and i_stop > self.bad.start:
            raise RawIOError("the disk says no.")
        return super()._get_analogsignal_chunk(block, segment, i_start, i_stop, stream, channels)


def noise(samples, channels, seed=0, dtype=np.int16):
    """Return reproducible noise that uses much of the type's range."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return rng.normal(0, 1000, (samples, channels)).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min // 2, info.max // 2, (samples, channels)).astype(dtype)


def waves_and_spikes(channels, rate, seconds=30):
    """Return slow waves of 1 mV, spikes of 40 uV and noise of 4 uV, in counts of half a uV."""
    rng = np.random.default_rng(6)
    t = np.arange(int(seconds * rate)) / rate
    waves = 1000 * np.sin(2 * np.pi * 2 * t + rng.uniform(0, 6, (channels, 1)))
    signal = waves + rng.normal(0, 4, waves.shape)
    for channel in range(channels):
        signal[channel, rng.integers(0, len(t), seconds * 5)] -= 40
    return np.rint(2 * signal.T).astype(np.int16)

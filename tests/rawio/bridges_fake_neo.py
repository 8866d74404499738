"""A reader with the methods of ``neo.rawio`` readers and the habits of the odder ones."""

from dataclasses import dataclass, field

import numpy as np

STREAMS = np.dtype([("name", "U64"), ("id", "U64"), ("buffer_id", "U64")])
CHANNELS = np.dtype(
    [(name, "U64") for name in ("name", "id")]
    + [("sampling_rate", "f8"), ("dtype", "U16"), ("units", "U64")]
    + [("gain", "f8"), ("offset", "f8"), ("stream_id", "U64"), ("buffer_id", "U64")]
)
UNITS = np.dtype(
    [(name, "U64") for name in ("name", "id", "wf_units")]
    + [("wf_gain", "f8"), ("wf_offset", "f8"), ("wf_left_sweep", "i8"), ("wf_sampling_rate", "f8")]
)
EVENTS = np.dtype([("name", "U64"), ("id", "U64"), ("type", "S5")])


@dataclass
class FakeNeo:
    """One block of segments.

    Attributes
    ----------
    signals : list of list of ndarray
        By segment and stream.
    spikes, waves : list of list of ndarray
        By segment and unit; timestamps as neo would give them, in any order.
    events : list of list of (timestamps, durations or None, labels)
        By segment and event channel.
    clock : float
        Timestamps a second; 1 for those in seconds.
    """

    signals: list
    spikes: list = field(default_factory=list)
    waves: list = field(default_factory=list)
    events: list = field(default_factory=list)
    kinds: tuple = ()
    clock: float = 1000.0
    rates: tuple = (1000.0, 250.0)
    starts: float = 0.0
    stop: float | None = None
    stops_exclusive: bool = False
    ignores_limits: bool = False
    gain: float = 0.5
    offset: float = 0.0
    more_streams: tuple = ()
    more_channels: tuple = ()
    types: tuple | None = None

    def __post_init__(self):
        self.header = None
        self.raw_annotations = {"blocks": [{"segments": []}]}

    def source_name(self):
        return "fake.neo"

    def parse_header(self):
        first = self.signals[0] if self.signals else []
        streams = [(f"s{i}", f"id{i}", "") for i in range(len(first))]
        channels = [
            (
                f"s{i}c{c}",
                f"{c}",
                self.rates[i],
                self._type(i, data),
                "uV",
                *self._scale(),
                f"id{i}",
                "",
            )
            for i, data in enumerate(first)
            for c in range(data.shape[1])
        ]
        n_units = len(self.spikes[0]) if self.spikes else 0
        units = [(f"u{i}", f"{i}", "mV", 0.25, 0.0, 3, 1000.0) for i in range(n_units)]
        self.header = {
            "nb_block": 1,
            "nb_segment": [len(self.signals)],
            "signal_streams": np.array([*self.more_streams, *streams], STREAMS),
            "signal_channels": np.array([*channels, *self.more_channels], CHANNELS),
            "spike_channels": np.array(units, UNITS),
            "event_channels": np.array(
                [(f"e{i}", "", kind) for i, kind in enumerate(self.kinds)], EVENTS
            ),
        }

    def _type(self, stream, data):
        return str(data.dtype) if self.types is None else self.types[stream]

    def _scale(self):
        return self.gain, self.offset

    def signal_streams_count(self):
        return len(self.header["signal_streams"])

    def segment_t_start(self, block_index, seg_index):
        return self.starts

    def segment_t_stop(self, block_index, seg_index):
        return 50.0 if self.stop is None else self.stop

    def get_signal_size(self, block_index, seg_index, stream_index):
        return np.int64(len(self.signals[seg_index][stream_index - len(self.more_streams)]))

    def get_signal_t_start(self, block_index, seg_index, stream_index):
        return np.float64(self.starts)

    def get_analogsignal_chunk(
        self, block_index, seg_index, i_start, i_stop, stream_index, channel_indexes
    ):
        data = self.signals[seg_index][stream_index - len(self.more_streams)]
        data = data[slice(i_start, i_stop or len(data))]
        return data if channel_indexes is None else data[:, channel_indexes]

    def get_spike_timestamps(self, block_index, seg_index, spike_channel_index, t_start, t_stop):
        ticks = self.spikes[seg_index][spike_channel_index]
        return ticks[self._within(ticks, t_start, t_stop)]

    def _within(self, ticks, t_start, t_stop):
        inside = np.ones(len(ticks), bool)
        if self.ignores_limits:
            return inside
        if t_start is not None:
            inside &= ticks.reshape(-1) >= int(t_start * self.clock)
        if t_stop is not None and self.stops_exclusive:
            inside &= ticks.reshape(-1) < int(t_stop * self.clock)
        elif t_stop is not None:
            inside &= ticks.reshape(-1) <= t_stop * self.clock
        return inside

    def rescale_spike_timestamp(self, spike_timestamps, dtype):
        return spike_timestamps.astype(dtype) / self.clock

    def get_spike_raw_waveforms(self, block_index, seg_index, spike_channel_index, t_start, t_stop):
        if not self.waves:
            return None
        ticks = self.spikes[seg_index][spike_channel_index]
        return self.waves[seg_index][spike_channel_index][self._within(ticks, t_start, t_stop)]

    def get_event_timestamps(self, block_index, seg_index, event_channel_index, t_start, t_stop):
        return self.events[seg_index][event_channel_index]

    def rescale_event_timestamp(self, event_timestamps, dtype, event_channel_index):
        return event_timestamps.astype(dtype) / self.clock

    def rescale_epoch_duration(self, raw_duration, dtype, event_channel_index):
        return raw_duration.astype(dtype) / self.clock

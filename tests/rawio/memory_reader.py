"""A reader of arrays in memory that uses every part of the reading API."""

import numpy as np

from rawio import BaseRawIO
from rawio._points import time_slice
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    make_header,
    table,
)

CLOCK = 20_000.0
SEGMENTS = [2, 1]
RATES = [2000.0, 500.0]
SIZES = {(0, 0): [40, 10], (0, 1): [24, 0], (1, 0): [8, 3]}
STARTS = {(0, 0): [0.5, 0.52], (0, 1): [2.0, 2.0], (1, 0): [0.25, 0.125]}

# (name, id, stream, gain, offset): the streams' channels are interleaved in the header.
CHANNELS = [
    ("wide1", "1", 0, 0.5, 0.0),
    ("slow1", "1", 1, 2.0, -3.0),
    ("wide2", "2", 0, -0.25, 10.0),
    ("wide3", "5", 0, 1e-3, 0.0),
    ("slow2", "9", 1, 0.125, 0.0),
    ("slow2", "7", 1, 1.0, 1.0),
]
MEMBERS = [[0, 2, 3], [1, 4, 5]]
DTYPES = ["int16", "int32"]
UNITS = [("u1", "ch1#a", 0.5, 0.0, 4), ("u2", "ch1#b", 0.25, -1.0, 0), ("u3", "none", 1.0, 0.0, 0)]
EVENTS = [("ttl", "0", b"event"), ("state", "1", b"epoch")]


def _samples(stream, block, segment):
    rng = np.random.default_rng([stream, block, segment])
    shape = (SIZES[block, segment][stream], len(MEMBERS[stream]))
    info = np.iinfo(DTYPES[stream])
    return rng.integers(info.min, info.max, shape, DTYPES[stream], endpoint=True)


SIGNALS = {
    (*place, stream): _samples(stream, *place) for place in SIZES for stream in range(len(RATES))
}
SPIKES = {
    (*place, unit): np.array([100, 250, 250, 999, 4000]) * (unit + 1) + place[1]
    for place in SIZES
    for unit in range(2)
} | {(*place, 2): np.empty(0, np.int64) for place in SIZES}
WAVEFORMS = {
    key: np.arange(len(ticks) * 2 * 7, dtype=np.int16).reshape(-1, 2, 7) - 30 + key[2]
    for key, ticks in SPIKES.items()
    if key[2] < 2
}
TTL = np.array([20_000, 30_000, 30_001])
STATE = np.array([0, 40_000])
STATE_LENGTHS = np.array([1000, 12_345])


class MemoryReader(BaseRawIO):
    """Two blocks, three segments, two streams of unlike rate, three units, events and epochs."""

    name = "memory"

    def __init__(self, filename="in memory"):
        super().__init__(filename)

    def _parse_header(self):
        self._warn("this is only a test.")
        streams = [
            {"name": n, "id": str(i), "buffer_id": ""} for i, n in enumerate(("fast", "lfp"))
        ]
        channels = [
            {
                "name": name,
                "id": number,
                "sampling_rate": RATES[stream],
                "dtype": DTYPES[stream],
                "units": "uV",
                "gain": gain,
                "offset": offset,
                "stream_id": str(stream),
                "buffer_id": "",
                "group_id": stream,
            }
            for name, number, stream, gain, offset in CHANNELS
        ]
        units = [(n, i, "mV", gain, offset, left, 40e3) for n, i, gain, offset, left in UNITS]
        self.header = make_header(
            SEGMENTS,
            table(SIGNAL_STREAM_DTYPE, streams),
            table(SIGNAL_CHANNEL_DTYPE, channels),
            np.array(units, UNIT_CHANNEL_DTYPE),
            np.array(EVENTS, EVENT_CHANNEL_DTYPE),
        )

    def _segment_t_start(self, block_index, seg_index):
        return min(STARTS[block_index, seg_index])

    def _segment_t_stop(self, block_index, seg_index):
        place = block_index, seg_index
        ends = zip(STARTS[place], SIZES[place], RATES, strict=True)
        return max(start + size / rate for start, size, rate in ends)

    def _get_signal_size(self, block_index, seg_index, stream_index):
        return np.int64(SIZES[block_index, seg_index][stream_index])

    def _get_signal_t_start(self, block_index, seg_index, stream_index):
        return np.float64(STARTS[block_index, seg_index][stream_index])

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        return SIGNALS[block, segment, stream][i_start:i_stop][:, channels]

    def _spike_count(self, block_index, seg_index, unit_index):
        return len(SPIKES[block_index, seg_index, unit_index])

    def _get_spike_timestamps(self, block, segment, unit, t_start, t_stop):
        ticks = SPIKES[block, segment, unit]
        return ticks[time_slice(ticks, CLOCK, t_start, t_stop)]

    def _rescale_spike_timestamp(self, timestamps, dtype):
        return (timestamps / CLOCK).astype(dtype)

    def _get_spike_raw_waveforms(self, block, segment, unit, t_start, t_stop):
        if (block, segment, unit) not in WAVEFORMS:
            return None
        ticks = SPIKES[block, segment, unit]
        return WAVEFORMS[block, segment, unit][time_slice(ticks, CLOCK, t_start, t_stop)]

    def _event_count(self, block_index, seg_index, event_channel_index):
        return len(TTL if event_channel_index == 0 else STATE)

    def _get_event_timestamps(self, block, segment, channel, t_start, t_stop):
        ticks, lengths = (TTL, None) if channel == 0 else (STATE, STATE_LENGTHS)
        labels = np.array([f"{CHANNELS[0][0]}-{tick}" for tick in ticks])
        piece = time_slice(ticks, CLOCK, t_start, t_stop)
        return ticks[piece], None if lengths is None else lengths[piece], labels[piece]

    def _rescale_event_timestamp(self, timestamps, dtype, event_channel_index):
        return (timestamps / CLOCK).astype(dtype)

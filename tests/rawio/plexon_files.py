"""What the tests of the Plexon reader share: opening, checking against known samples."""

import numpy as np

from rawio import PlexonRawIO
from tests.writers.plx import FileHeader, SlowChannel, SpikeChannel, slow_blocks, write_plx

CLOCK = 40_000
TICKS = CLOCK // 1000
"""Of a sample at 1 kHz."""


def opened(path, use_cache=False):
    reader = PlexonRawIO(path, use_cache=use_cache)
    reader.parse_header()
    return reader


def written(path, blocks, slow=(), spikes=(), events=(), tail=b"", **header):
    """Write a file and open it."""
    header = {"ad_frequency": CLOCK} | header
    write_plx(path, FileHeader(**header), spikes, events, slow, blocks, tail)
    return opened(path)


def slow(channel, name=None, **fields):
    return SlowChannel(name or f"FP{channel + 1:02}", channel, **fields)


def spike(channel, name=None, **fields):
    return SpikeChannel(name or f"SPK{channel:02}", channel, **fields)


def field(channel, samples, tick=0, sizes=120):
    """Return the blocks of samples at 1 kHz, from a tick on."""
    return slow_blocks(channel, samples, tick, TICKS, sizes)


def ramp(n, start=0):
    """Return samples of which no two near each other are the same."""
    return ((np.arange(n) * 7919 + start) % 60_000 - 30_000).astype(np.int16)


def signals(reader, stream=0):
    """Return, for each segment of a stream, its start and its samples, (n, channels)."""
    return [
        (
            reader.get_signal_t_start(0, seg, stream),
            reader.get_analogsignal_chunk(0, seg, stream_index=stream),
        )
        for seg in range(reader.segment_count(0))
    ]

"""Recordings for tests of layers, with gains and units of each channel's own."""

import numpy as np
import probeinterface

from tests.oracles import processing as oracle
from tests.readers import ArrayReader, noise
from viewer.compute import stages
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch

RATES = [1000.0, 500.0]
SCALES = [
    (0.2, 0.0, "uV"),
    (-0.5, 30.0, "uV"),
    (1e-3, 0.0, "mV"),
    (2.0, -5.0, "uV"),
    (1e-3, 1.0, "mV"),
    (1.0, 0.0, "uV"),
]
GROUPS = {0: [[0, 1, 3], [2, 4]], 1: []}
"""Of all channels of stream 0, by unit; stream 1 has one channel."""

CHAINS = {
    "high-pass": [HighPass(20)],
    "causal": [HighPass(20, causal=True)],
    "low-pass": [LowPass(5)],
    "band-pass": [BandPass(10, 100, order=4)],
    "notch": [Notch(50, harmonics=4)],
    "slow": [HighPass(0.5)],
    "median": [CommonReference("median")],
    "all": [Notch(50), HighPass(5), CommonReference("average"), LowPass(200, causal=True)],
}


class ScaledReader(ArrayReader):
    """Arrays of which each channel has a gain, an offset and a unit of its own.

    Parameters
    ----------
    segments, rates, rest
        As of `ArrayReader`.
    scales : list of (gain, offset, units), one for each channel of all streams, or None
    """

    def __init__(self, segments, rates, scales=None, **rest):
        self.scales = scales
        super().__init__(segments, rates, **rest)

    def _parse_header(self):
        super()._parse_header()
        if self.scales is not None:
            gain, offset, units = zip(*self.scales, strict=True)
            channels = self.header["signal_channels"]
            channels["gain"], channels["offset"], channels["units"] = gain, offset, units


def small_blocks(monkeypatch, values=256):
    """Have blocks of few samples, so that short recordings have many."""
    monkeypatch.setattr(stages, "LEAST_VALUES", values // 4)
    monkeypatch.setattr(stages, "BLOCK_VALUES", values)
    monkeypatch.setattr(stages, "LONG_VALUES", 4 * values)


def slow_waves(samples, channels, seed=0, dtype=np.int16):
    """Return noise on slow waves and a resting level, which starts and ends anywhere."""
    rng = np.random.default_rng(seed)
    t = np.arange(samples)[:, np.newaxis] / 1000
    waves = 3000 * np.sin(
        2 * np.pi * rng.uniform(0.2, 30, channels) * t + rng.uniform(0, 6, channels)
    )
    x = waves + noise(samples, channels, seed) / 40 + rng.uniform(-8000, 8000, channels)
    return x.astype(dtype)


def whole(layer, segment, stream, groups=()):
    """Return what a layer over arrays must give of a segment, by the oracle."""
    source = layer.source
    rows = source.header["signal_channels"][source.get_group_channel_indexes()[stream]]
    return oracle.whole(
        source.segments[segment][stream][1],
        rows["gain"],
        rows["offset"],
        source.rates[stream],
        layer.steps,
        groups,
    )


def assert_close(found, wanted, share=2e-5, scale=None):
    """Compare to within a share of the greatest magnitude, NaN where NaN is wanted."""
    assert found.shape == wanted.shape
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    if found.size:
        greatest = np.nanmax(np.abs(wanted), initial=0) if scale is None else scale
        worst = np.nanmax(np.abs(found - wanted), initial=0)
        assert worst <= share * greatest, f"{worst} of {greatest}"


def recording(sizes, dtype=np.int16):
    """Return a reader of segments with a stream of five channels and one of a single channel."""
    segments = [
        [
            (100.0 * number, slow_waves(size, 5, 2 * number, dtype)),
            (100.0 * number, slow_waves(half, 1, 2 * number + 1, dtype)),
        ]
        for number, (size, half) in enumerate(sizes)
    ]
    return ScaledReader(segments, RATES, SCALES)


def chunk(layer, segment, stream, start, stop, **rest):
    return layer.get_analogsignal_chunk(0, segment, start, stop, stream, **rest)


def physical_range(reader, segment, stream):
    """Return the greatest magnitude of a segment before anything is done to it."""
    raw = reader.segments[segment][stream][1]
    rows = reader.header["signal_channels"][reader.get_group_channel_indexes()[stream]]
    return float(np.abs(raw * rows["gain"] + rows["offset"]).max())


def shanks(*names):
    """Return a probe whose contact i is on a shank; None is a channel without a contact."""
    wired = [i for i, name in enumerate(names) if name is not None]
    probe = probeinterface.Probe(ndim=2)
    probe.set_contacts(np.array([[0, 20 * i] for i in wired]), shank_ids=[names[i] for i in wired])
    probe.set_device_channel_indices(wired)
    return probe

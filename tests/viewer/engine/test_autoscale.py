import numpy as np
import pytest

from tests.readers import ArrayReader
from viewer.engine import autoscale
from viewer.model import Channels, Timeline


def measured(samples, **rest):
    reader = ArrayReader.of(samples, **rest)
    channels = Channels.of(reader)
    return autoscale.measure(reader, channels, Timeline.of(reader).runs), channels, reader


def test_centre_and_span_follow_median_and_robust_spread():
    rng = np.random.default_rng(1)
    samples = np.rint(rng.normal([2000, -300, 50], [100, 100, 100], (8192, 3))).astype(np.int16)
    samples[::200] = 30_000  # spikes and artifacts do not count
    scale, channels, _ = measured(samples, gain=0.5)
    assert scale.offset == pytest.approx([-1000, 150, -25], abs=6)
    assert scale.span["uV"] == pytest.approx(autoscale.LANE_SPREADS * 50, rel=0.1)
    scale.apply(channels)
    assert np.array_equal(channels.offset, scale.offset)
    assert channels.span["uV"] == scale.span["uV"]


def test_the_cost_does_not_grow_with_the_recording():
    _, _, reader = measured(np.zeros((500_000, 2), np.int16))
    total = sum(stop - start for start, stop in reader.reads)
    assert total <= autoscale.PROBES * autoscale.PROBE_SAMPLES


def test_a_channel_that_rests_has_the_spread_of_its_pulses_and_a_dead_one_none():
    samples = np.zeros((8192, 2), np.int16)
    samples[::64, 0] = 1000  # four pulses in each probe, wherever it lies
    scale, _, _ = measured(samples)
    sigma = samples[:, 0].std()
    assert scale.span["uV"] == pytest.approx(autoscale.LANE_SPREADS * sigma)
    dead, _, _ = measured(np.full((100, 2), 7, np.int16))
    assert dead.span == {} and dead.offset.tolist() == [-7, -7]

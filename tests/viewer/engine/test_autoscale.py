import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from viewer.engine import autoscale
from viewer.model import Channels, Timeline


def measured(samples, **rest):
    reader = ArrayReader.of(samples, **rest)
    channels = Channels.of(reader)
    return autoscale.measure(reader, channels, Timeline.of(reader)), channels, reader


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
    samples[::128, 0] = 1000  # one pulse in each probe, wherever it lies
    scale, _, _ = measured(samples)
    sigma = samples[:, 0].std()
    assert scale.span["uV"] == pytest.approx(autoscale.LANE_SPREADS * sigma)
    dead, _, _ = measured(np.full((100, 2), 7, np.int16))
    assert dead.span == {} and dead.offset.tolist() == [-7, -7]


def test_what_is_shown_first_lies_within_its_lane():
    """A drift that only the first seconds have still fits, but for the tail."""
    samples = np.random.default_rng(2).normal(0, 10, (200_000, 1)).astype(np.int16)
    samples[:8000, 0] += np.linspace(0, 3000, 8000).astype(np.int16)
    reader = ArrayReader.of(samples)
    timeline, channels = Timeline.of(reader), Channels.of(reader)
    scale = autoscale.measure(reader, channels, timeline, (0.0, 8.0))
    reach = np.abs(samples[:8000, 0] + scale.offset[0])
    assert np.mean(reach > scale.span["uV"] / 2) < 0.03
    elsewhere = autoscale.measure(reader, channels, timeline, (100.0, 108.0))
    assert elsewhere.span["uV"] < scale.span["uV"] / 10


def test_holes_and_infinities_do_not_count():
    samples = np.random.default_rng(3).normal(100, 10, (8192, 3)).astype(np.float32)
    whole, _, _ = measured(samples.copy())
    samples[::7, 0] = np.nan
    samples[::9, 1] = -np.inf
    samples[:, 2] = np.nan
    scale, _, _ = measured(samples)
    assert scale.offset[:2] == pytest.approx(whole.offset[:2], abs=2)
    assert scale.offset[2] == 0
    assert scale.span["uV"] == pytest.approx(whole.span["uV"], rel=0.2)


@pytest.mark.parametrize("gain", [1e307, 1e-320, 0.0])
def test_gains_beyond_reason_leave_the_scale_alone(gain):
    scale, channels, _ = measured(noise(8192, 2), gain=gain)
    scale.apply(channels)
    assert np.isfinite(channels.offset).all() and 0 < channels.span["uV"] < np.inf

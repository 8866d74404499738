"""The first scale: middles and spreads of channels, from a few short reads."""

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from viewer.engine import autoscale
from viewer.model import Channels, Timeline


def measured(samples, **rest):
    reader = ArrayReader.of(samples, **rest)
    channels = Channels.of(reader)
    return autoscale.measure(reader, channels, Timeline.of(reader)), channels, reader


def put(scale, channels):
    """Show channels by a scale, as a fit does."""
    channels.set_rest(scale.rest)
    for kind, span in scale.span.items():
        channels.set_span(*kind, span)


def test_centre_and_span_follow_median_and_robust_spread():
    rng = np.random.default_rng(1)
    samples = np.rint(rng.normal([2000, -300, 50], [100, 100, 100], (8192, 3))).astype(np.int16)
    samples[::200] = 30_000  # spikes and artifacts do not count
    scale, _, _ = measured(samples, gain=0.5)
    assert scale.rest == pytest.approx([1000, -150, 25], abs=6)
    assert scale.span[0, "uV"] == pytest.approx(autoscale.LANE_SPREADS * 50, rel=0.1)


def test_the_cost_does_not_grow_with_the_recording():
    _, _, reader = measured(np.zeros((500_000, 2), np.int16))
    total = sum(stop - start for start, stop in reader.reads)
    assert total <= autoscale.PROBES * autoscale.PROBE_SAMPLES


def test_a_channel_that_rests_has_the_spread_of_its_pulses_and_a_dead_one_none():
    samples = np.zeros((8192, 2), np.int16)
    samples[::128, 0] = 1000  # one pulse in each probe, wherever it lies
    scale, _, _ = measured(samples)
    sigma = samples[:, 0].std()
    assert scale.span[0, "uV"] == pytest.approx(autoscale.LANE_SPREADS * sigma)
    dead, _, _ = measured(np.full((100, 2), 7, np.int16))
    assert dead.span == {} and dead.rest.tolist() == [7, 7]


def test_what_is_shown_first_lies_within_its_lane():
    """A drift that only the first seconds have still fits, but for the tail."""
    samples = np.random.default_rng(2).normal(0, 10, (200_000, 1)).astype(np.int16)
    samples[:8000, 0] += np.linspace(0, 3000, 8000).astype(np.int16)
    reader = ArrayReader.of(samples)
    timeline, channels = Timeline.of(reader), Channels.of(reader)
    scale = autoscale.measure(reader, channels, timeline, (0.0, 8.0))
    reach = np.abs(samples[:8000, 0] - scale.rest[0])
    assert np.mean(reach > scale.span[0, "uV"] / 2) < 0.03
    elsewhere = autoscale.measure(reader, channels, timeline, (100.0, 108.0))
    assert elsewhere.span[0, "uV"] < scale.span[0, "uV"] / 10


def test_holes_and_infinities_do_not_count():
    samples = np.random.default_rng(3).normal(100, 10, (8192, 3)).astype(np.float32)
    whole, _, _ = measured(samples.copy())
    samples[::7, 0] = np.nan
    samples[::9, 1] = -np.inf
    samples[:, 2] = np.nan
    scale, _, _ = measured(samples)
    assert scale.rest[:2] == pytest.approx(whole.rest[:2], abs=2)
    assert scale.rest[2] == 0
    assert scale.span[0, "uV"] == pytest.approx(whole.span[0, "uV"], rel=0.2)


@pytest.mark.parametrize("gain", [1e307, 1e-320, 0.0])
def test_gains_beyond_reason_leave_the_scale_alone(gain):
    scale, channels, _ = measured(noise(8192, 2), gain=gain)
    put(scale, channels)
    assert np.isfinite(channels.rest).all() and 0 < channels.span[0, "uV"] < np.inf


def several():
    """Return a reader of two streams: noise of 10, 10, 10 and 1000 counts; of 100 and of none."""
    rng = np.random.default_rng(5)
    wide = rng.normal(50, [10, 10, 10, 1000], (8192, 4)).astype(np.int16)
    slow = np.stack([rng.normal(-7, 100, 4096), np.full(4096, 3)], axis=1).astype(np.int16)
    return ArrayReader([[(0.0, wide), (0.0, slow)]], [1000.0, 500.0])


def test_each_stream_and_unit_of_measure_has_a_span_of_its_own():
    reader = several()
    table = reader.header["signal_channels"]
    table["units"][3] = "V"
    table["gain"][4:] = -0.5
    channels = Channels.of(reader)
    scale = autoscale.measure(reader, channels, Timeline.of(reader))
    of_ten = autoscale.LANE_SPREADS * 10
    assert scale.extent == pytest.approx([of_ten] * 3 + [100 * of_ten, 5 * of_ten, 0], rel=0.15)
    assert scale.span == {
        (0, "uV"): np.median(scale.extent[:3]),
        (0, "V"): scale.extent[3],
        (1, "uV"): scale.extent[4],
    }
    put(scale, channels)
    assert scale.rest == pytest.approx([50, 50, 50, 50, 3.5, -1.5], abs=40)
    slope, shift = channels.scale(np.arange(6), 100.0)
    raw = np.concatenate([np.median(samples, axis=0) for _, samples in reader.segments[0]])
    assert slope * raw + shift == pytest.approx(0, abs=5)


def test_bad_channels_do_not_count_and_where_all_are_bad_a_span_stays():
    reader = several()
    channels = Channels.of(reader)
    timeline = Timeline.of(reader)
    plain = autoscale.measure(reader, channels, timeline)
    channels.set_bad([0, 1, 2], True)
    scale = autoscale.measure(reader, channels, timeline)
    assert scale.span[0, "uV"] == scale.extent[3] > 50 * plain.span[0, "uV"]
    assert scale.extent.tolist() == plain.extent.tolist()
    assert scale.rest.tolist() == plain.rest.tolist()
    channels.set_bad([3], True)
    scale = autoscale.measure(reader, channels, timeline)
    assert (0, "uV") not in scale.span and scale.span[1, "uV"] == plain.span[1, "uV"]


def test_applied_to_each_every_channel_fills_its_lane_as_if_it_were_alone():
    reader = several()
    channels = Channels.of(reader)
    channels.set_gain(np.array([5.0, -2.0, 1.0, -1.0, 3.0, -4.0]))
    scale = autoscale.measure(reader, channels, Timeline.of(reader))
    put(scale, channels)
    scale.fill_lanes(channels, np.arange(6))
    slope, _ = channels.scale(np.arange(5), 300.0)
    assert np.abs(slope) * scale.extent[:5] == pytest.approx(300.0)  # of a raw unit to a uV
    assert np.sign(channels.gain).tolist() == [1, -1, 1, -1, 1, -1]  # what is turned over stays so
    assert channels.gain[5] == -1.0  # without any spread


def test_a_scale_within_a_stream_leaves_the_others_as_they_are():
    rng = np.random.default_rng(4)
    streams = [rng.normal(300 * k, 50 * k, (4000, 2)).astype(np.int16) for k in (1, 2)]
    reader = ArrayReader([[(0.0, samples) for samples in streams]], [1000.0, 1000.0])
    channels, timeline = Channels.of(reader), Timeline.of(reader)
    scale = autoscale.measure(reader, channels, timeline)
    channels.set_gain([3.0, -3.0, 5.0, 5.0])
    within = scale.within(0, channels)
    put(within, channels)
    within.fill_lanes(channels, np.array([0, 1]))
    assert channels.rest.tolist() == [*scale.rest[:2], 0.0, 0.0]
    assert channels.span[0, "uV"] == scale.span[0, "uV"] and channels.span[1, "uV"] == 1.0
    expected = scale.span[0, "uV"] / scale.extent[:2] * [1, -1]
    assert channels.gain == pytest.approx([*expected, 5.0, 5.0])

"""Signals of the Plexon reader with gaps, out of order, or begun anew, by value."""

import numpy as np
import pytest

from tests.rawio.plexon_files import (
    CLOCK,
    TICKS,
    field,
    ramp,
    signals,
    slow,
    spike,
    written,
)
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    SlowBlock,
    SpikeBlock,
    interleave,
    slow_blocks,
)


@pytest.mark.parametrize("late, segments", [(0, 1), (20, 1), (21, 2), (40, 2), (-20, 1)])
def test_half_a_sample_is_no_gap_and_more_is(tmp_path, late, segments):
    x = ramp(240)
    blocks = [*field(0, x[:120], 100), *field(0, x[120:], 100 + 120 * TICKS + late)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)])
    assert reader.segment_count(0) == segments
    assert np.array_equal(np.concatenate([s for _, s in signals(reader)])[:, 0], x)


def test_rounded_ticks_are_no_gap(tmp_path):
    x = ramp(5000)
    blocks = slow_blocks(0, x, 3, 44_100 / 32_000, [7, 11, 1])
    reader = written(tmp_path / "a.plx", blocks, [slow(0, ad_freq=32_000)], ad_frequency=44_100)
    assert reader.segment_count(0) == 1
    assert not reader.warnings
    assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], x)


def test_a_gap_in_one_channel_cuts_all_of_them_and_spikes_and_events(tmp_path):
    x, y = ramp(1200), ramp(40_000, 5)
    cut = 25_600  # in the middle of a block of the other channel
    blocks = interleave(
        field(0, x[:600]),
        field(0, x[600:], cut),
        slow_blocks(1, y, 0, 1, 500),
        [SpikeBlock(t, 1, 0, ramp(4, t)) for t in (cut - 1, cut, cut + 1)],
        [EventBlock(t, 2, t % 7) for t in (cut - 1, cut)],
    )
    reader = written(
        tmp_path / "a.plx",
        blocks,
        [slow(0), slow(1, "WB01", ad_freq=40_000)],
        [spike(1)],
        [EventChannel("E", 2)],
    )
    assert reader.segment_count(0) == 2
    assert reader.header["signal_streams"]["name"].tolist() == ["FP", "WB"]
    (a0, a), (a1, b) = signals(reader, 0)
    assert (a0, a1) == (0.0, cut / CLOCK)
    assert np.array_equal(np.concatenate([a, b])[:, 0], x)
    (c0, c), (c1, d) = signals(reader, 1)
    assert (c0, c1) == (0.0, cut / CLOCK)
    assert len(c) == cut
    assert np.array_equal(np.concatenate([c, d])[:, 0], y)
    assert [reader.spike_timestamps(0, s).tolist() for s in (0, 1)] == [
        [cut - 1],
        [cut, cut + 1],
    ]
    assert [reader.event_count(0, s) for s in (0, 1)] == [1, 1]
    assert [reader.event_timestamps(0, s)[2].tolist() for s in (0, 1)] == [
        [str((cut - 1) % 7)],
        [str(cut % 7)],
    ]


def test_gaps_of_several_channels_share_a_cut(tmp_path):
    x = ramp(300)
    blocks = interleave(
        field(0, x[:100]),
        field(0, x[100:], 10_000),
        field(1, x[:120]),
        field(1, x[120:], 10_000),
    )
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1)])
    assert reader.segment_count(0) == 2
    assert reader.signal_streams_count() == 1
    assert [reader.get_signal_size(0, s) for s in (0, 1)] == [100, 180]
    assert [reader.get_signal_t_start(0, s) for s in (0, 1)] == [0.0, 0.25]
    assert any("left out" in w for w in reader.warnings)
    second = reader.get_analogsignal_chunk(0, 1)
    assert np.array_equal(second[:, 0], x[100:280])
    assert np.array_equal(second[:, 1], x[120:300])


def test_blocks_out_of_time_order_are_sorted(tmp_path):
    x = ramp(1200)
    blocks = list(field(0, x))
    for a, b in ((1, 2), (4, 7), (0, 9)):
        blocks[a], blocks[b] = blocks[b], blocks[a]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)])
    assert reader.segment_count(0) == 1
    assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], x)


def test_a_clock_set_back_splits_the_file_by_position(tmp_path):
    """What issue 825 of neo describes: two recordings in one file, each from time 0."""
    x, y = ramp(1000), ramp(1000, 1)

    def recording(part, n):
        return interleave(
            field(0, x[part : part + n]),
            field(1, y[part : part + n]),
            [SpikeBlock(t, 1, 0, ramp(4, t + part)) for t in (100, 9000)],
            [EventBlock(50, 2, part % 100)],
        )

    blocks = recording(0, 600) + recording(600, 400)
    reader = written(
        tmp_path / "a.plx", blocks, [slow(0), slow(1)], [spike(1)], [EventChannel("E", 2)]
    )
    assert reader.segment_count(0) == 2
    (t0, first), (t1, second) = signals(reader)
    assert (t0, t1) == (0.0, 0.0)
    assert np.array_equal(first, np.stack([x[:600], y[:600]], axis=1))
    assert np.array_equal(second, np.stack([x[600:], y[600:]], axis=1))
    assert [reader.spike_timestamps(0, s).tolist() for s in (0, 1)] == [[100, 9000]] * 2
    assert reader.spike_raw_waveforms(0, 1)[0, 0].tolist() == ramp(4, 700).tolist()
    assert [reader.event_count(0, s) for s in (0, 1)] == [1, 1]
    assert any("set back" in w for w in reader.warnings)


def test_a_block_that_is_there_twice_loses_nothing(tmp_path):
    x = ramp(600)
    blocks = list(field(0, x))
    reader = written(tmp_path / "a.plx", [*blocks[:3], *blocks[2:]], [slow(0)])
    parts = [s[:, 0] for _, s in signals(reader)]
    assert np.array_equal(parts[0], x[:360])
    assert np.array_equal(parts[1], x[240:])


def test_a_block_that_comes_a_sample_early_overlaps(tmp_path):
    x = ramp(360)
    blocks = list(field(0, x))
    blocks[2] = SlowBlock(blocks[2].tick - TICKS, 0, blocks[2].samples)
    reader = written(tmp_path / "a.plx", blocks, [slow(0)])
    (t0, first), (t1, second) = signals(reader)
    assert (t0, t1) == (0.0, 0.239)
    assert np.array_equal(first[:, 0], x[:240])
    assert np.array_equal(second[:, 0], x[240:])


def test_drift_without_a_gap_is_said(tmp_path):
    x = ramp(12_000)
    blocks = list(field(0, x))
    late = [SlowBlock(b.tick + 10 * i, 0, b.samples) for i, b in enumerate(blocks)]
    reader = written(tmp_path / "a.plx", late, [slow(0)])
    assert reader.segment_count(0) == 1
    assert reader.warnings == [
        "without a gap, blocks come up to 24.8 samples later than the sampling rate says; samples "
        "are shown evenly spaced from the start of each segment."
    ]


def test_timestamps_that_are_all_the_same_are_no_times(tmp_path):
    x, y = ramp(12_000), ramp(12_000, 3)
    blocks = [
        SlowBlock(500, c, z[i : i + 10]) for i in range(0, 12_000, 10) for c, z in ((0, x), (1, y))
    ]
    spikes = [SpikeBlock(t, 1, 0) for t in (900, 300)]
    reader = written(tmp_path / "a.plx", [*blocks, *spikes], [slow(0), slow(1)], [spike(1)])
    assert reader.segment_count(0) == 1
    assert np.array_equal(reader.get_analogsignal_chunk(), np.stack([x, y], axis=1))
    assert reader.get_signal_t_start(0, 0) == 500 / CLOCK
    assert reader.spike_timestamps().tolist() == [300, 900]
    assert len(reader.warnings) == 1
    assert "go back 2398 times" in reader.warnings[0]


def test_a_gap_after_every_block_is_a_wrong_rate(tmp_path, monkeypatch):
    monkeypatch.setattr("rawio.plexon.segments.MAX_CUTS", 50)
    x = ramp(6000)
    reader = written(tmp_path / "a.plx", field(0, x, 0, 100), [slow(0, ad_freq=1100)])
    assert reader.segment_count(0) == 1
    assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], x)
    assert "59 times" in reader.warnings[0]


def test_a_stream_without_samples_in_a_segment(tmp_path):
    x, y = ramp(400), ramp(300, 2)
    blocks = interleave(field(0, x[:200]), field(0, x[200:], 40_000), slow_blocks(1, y, 0, 20, 50))
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1, "AI01", ad_freq=2000)])
    assert [reader.get_signal_size(0, s, 1) for s in (0, 1)] == [300, 0]
    assert reader.get_analogsignal_chunk(0, 1, stream_index=1).shape == (0, 1)
    assert reader.get_signal_t_start(0, 1, 1) == reader.segment_t_start(0, 1) == 1.0
    assert np.array_equal(reader.get_analogsignal_chunk(0, 0, stream_index=1)[:, 0], y)

"""Signals of the Plexon reader: every sample, where it belongs, by value."""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import OutOfRangeError, PlexonRawIO, SelectionError, gather
from tests.rawio.plexon_files import CLOCK, opened, ramp, signals, slow, spike, written
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    RawBlock,
    SlowBlock,
    SpikeBlock,
    interleave,
    slow_blocks,
)

TICKS = CLOCK // 1000  # a sample at 1 kHz


def field(channel, samples, tick=0, sizes=120):
    return slow_blocks(channel, samples, tick, TICKS, sizes)


# -- neo's bugs, by the numbers of the list they are kept in ---------------------------------------


def test_p1_reading_to_the_end_gives_the_last_block(tmp_path):
    x = ramp(1000)
    reader = written(tmp_path / "a.plx", field(0, x), [slow(0)])
    assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], x)
    assert np.array_equal(reader.get_analogsignal_chunk(i_start=960)[:, 0], x[960:])


def test_p2_chunks_that_start_anywhere_are_right(tmp_path):
    x = ramp(3000)
    reader = written(tmp_path / "a.plx", field(0, x), [slow(0)])
    for start in (0, 1, 119, 120, 121, 1024, 2879, 2880, 2999):
        for stop in (start, start + 1, min(start + 1024, 3000), 3000):
            chunk = reader.get_analogsignal_chunk(i_start=start, i_stop=stop)
            assert np.array_equal(chunk[:, 0], x[start:stop])


@pytest.mark.parametrize("sizes", [[50, 200, 3, 120], [6, 6, 6, 7], [1], list(range(1, 40))])
def test_p3_blocks_of_varying_size_are_right_everywhere(tmp_path, sizes):
    x, y = ramp(4000), ramp(4000, 99)
    blocks = interleave(field(0, x, 0, sizes), field(1, y, 0, sizes[::-1]))
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1)])
    rng = np.random.default_rng(0)
    for start, stop in np.sort(rng.integers(0, 4001, (200, 2)), axis=1):
        chunk = reader.get_analogsignal_chunk(i_start=start, i_stop=stop)
        assert chunk.dtype == np.int16
        assert chunk.flags.c_contiguous
        assert np.array_equal(chunk, np.stack([x[start:stop], y[start:stop]], axis=1))


def test_p4_continuous_gain_is_from_the_bits_of_slow_samples(tmp_path):
    reader = written(
        tmp_path / "a.plx",
        field(0, ramp(10)),
        [slow(0, gain=4, preamp_gain=2)],
        bits_per_spike_sample=12,
        bits_per_slow_sample=16,
        slow_max_magnitude_mv=5000,
    )
    assert reader.header["signal_channels"]["gain"][0] == 5000 / (0.5 * 2**16 * 4 * 2)


def test_p5_signals_are_where_their_timestamps_say(tmp_path):
    x = ramp(2000)
    blocks = [*field(0, x[:1000], CLOCK), *field(0, x[1000:], 12 * CLOCK)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)])
    assert reader.segment_count(0) == 2
    (t0, first), (t1, second) = signals(reader)
    assert (t0, t1) == (1.0, 12.0)
    assert np.array_equal(first[:, 0], x[:1000])
    assert np.array_equal(second[:, 0], x[1000:])
    assert [reader.segment_t_start(0, s) for s in (0, 1)] == [1.0, 12.0]
    assert [reader.segment_t_stop(0, s) for s in (0, 1)] == [2.0, 13.0]


def test_p8_a_segment_stops_where_its_signals_do(tmp_path):
    blocks = [*field(0, ramp(5120)), SpikeBlock(4 * CLOCK, 1, 0, ramp(8))]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)], [spike(1)])
    assert reader.segment_t_stop(0, 0) == 5.12


def test_p9_units_are_millivolts(tmp_path):
    blocks = [*field(0, ramp(5)), SpikeBlock(0, 1, 0, ramp(8))]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)], [spike(1)])
    assert reader.header["signal_channels"]["units"][0] == "mV"
    assert reader.header["unit_channels"]["wf_units"][0] == "mV"


def test_p10_timestamps_have_forty_bits(tmp_path):
    start = (200 << 32) + 2**31 + 12_345
    blocks = [*field(0, ramp(500), start), SpikeBlock(start + 7, 1, 0), EventBlock(start + 9, 3, 1)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)], [spike(1)], [EventChannel("E", 3)])
    assert reader.get_signal_t_start(0, 0) == start / CLOCK
    assert reader.spike_timestamps().tolist() == [start + 7]
    assert reader.event_timestamps()[0].tolist() == [start + 9]
    assert reader.segment_t_stop(0, 0) == pytest.approx(start / CLOCK + 0.5, abs=1e-9)


# -- gaps, order, restarts -------------------------------------------------------------------------


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


# -- streams ---------------------------------------------------------------------------------------


def test_streams_are_by_rate_and_named_by_their_channels(tmp_path):
    channels = [
        slow(0, "WB01", ad_freq=40_000),
        slow(1, "SPKC01", ad_freq=40_000),
        slow(2, "FP01"),
        slow(3, "AI01"),
        slow(4, "FP02", ad_freq=500),
        slow(5, "1st", ad_freq=2000),
        slow(6, "never"),
    ]
    blocks = [
        b
        for c, rate in enumerate([40_000, 40_000, 1000, 1000, 500, 2000])
        for b in slow_blocks(c, ramp(rate // 10, c), 0, CLOCK // rate, 50)
    ]
    reader = written(tmp_path / "a.plx", blocks, channels)
    streams = reader.header["signal_streams"]
    assert streams["name"].tolist() == ["WB+SPKC", "FP+AI", "FP", "1st"]
    assert streams["id"].tolist() == streams["name"].tolist()  # as neo's, where its are unique
    rows = reader.header["signal_channels"]
    assert rows["id"].tolist() == ["0", "1", "2", "3", "4", "5"]
    assert rows["stream_id"].tolist() == ["WB+SPKC"] * 2 + ["FP+AI"] * 2 + ["FP", "1st"]
    assert [reader.get_signal_sampling_rate(s) for s in range(4)] == [40_000, 1000, 500, 2000]
    assert [reader.get_signal_size(0, 0, s) for s in range(4)] == [4000, 100, 50, 200]
    for c in range(6):
        chunk = reader.get_analogsignal_chunk(channel_ids=[c])
        assert np.array_equal(chunk[:, 0], ramp(len(chunk), c))


def test_streams_of_one_name_are_told_apart(tmp_path):
    blocks = [*field(0, ramp(1000)), *field(1, ramp(400), 20_000), *slow_blocks(2, ramp(9), 0, 80)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1), slow(2, ad_freq=500)])
    names = reader.header["signal_streams"]["name"].tolist()
    assert names == ["FP 1000 Hz", "FP 1000 Hz #2", "FP 500 Hz"]
    assert [reader.get_signal_t_start(0, 0, s) for s in range(3)] == [0.0, 0.5, 0.0]


def test_a_cut_tail_leaves_one_stream_as_long_as_its_shortest_channel(tmp_path):
    x = ramp(1200)
    blocks = interleave(field(0, x), field(1, x[:1080]), field(2, x[:1100]))
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1), slow(2)])
    assert reader.signal_streams_count() == 1
    assert reader.get_signal_size(0, 0) == 1080
    assert np.array_equal(reader.get_analogsignal_chunk(), np.stack([x[:1080]] * 3, axis=1))
    assert any("140 samples" in w for w in reader.warnings)
    with pytest.raises(OutOfRangeError):
        reader.get_analogsignal_chunk(i_stop=1081)


def test_channels_a_sample_apart_are_two_streams(tmp_path):
    blocks = [*field(0, ramp(240)), *field(1, ramp(240, 1), TICKS), *field(2, ramp(240, 2), 20)]
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1), slow(2)])
    assert [m.tolist() for m in reader.get_group_channel_indexes()] == [[0, 2], [1]]
    assert [reader.get_signal_t_start(0, 0, s) for s in (0, 1)] == [0.0, 0.001]
    assert np.array_equal(reader.get_analogsignal_chunk(stream_index=1)[:, 0], ramp(240, 1))


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_channels_stamped_a_tick_apart_are_cut_at_the_same_sample(tmp_path, shift):
    data = [ramp(600, c) for c in range(3)]
    cut = 300 * TICKS + shift
    blocks = interleave(
        field(0, data[0], 1),
        field(1, data[1], 2),
        field(2, data[2][:100]),
        field(2, data[2][100:], cut),
    )
    reader = written(tmp_path / "a.plx", blocks, [slow(0), slow(1), slow(2, "AI01")])
    assert [m.tolist() for m in reader.get_group_channel_indexes()] == [[0, 1], [2]]
    assert [reader.get_signal_size(0, s, 0) for s in (0, 1)] == [300, 300]
    whole = np.concatenate([chunk for _, chunk in signals(reader)])
    assert np.array_equal(whole, np.stack(data[:2], axis=1))


def test_channels_selected_in_any_order(tmp_path):
    data = [ramp(500, c) for c in range(4)]
    reader = written(
        tmp_path / "a.plx",
        interleave(*(field(c, x) for c, x in enumerate(data))),
        [slow(c) for c in range(4)],
    )
    for chosen in ([2, 0], [3], [1, 1], []):
        chunk = reader.get_analogsignal_chunk(0, 0, 100, 130, 0, channel_indexes=chosen)
        assert chunk.shape == (30, len(chosen))
        for column, c in zip(chunk.T, chosen, strict=True):
            assert np.array_equal(column, data[c][100:130])
    named = reader.get_analogsignal_chunk(channel_names=["FP04", "FP02"])
    assert np.array_equal(named, np.stack([data[3], data[1]], axis=1))
    assert reader.get_analogsignal_chunk(i_stop=0).shape == (0, 4)
    with pytest.raises(SelectionError):
        reader.get_analogsignal_chunk(channel_names=["FP05"])


def test_a_channel_without_a_rate_is_left_out_with_a_warning(tmp_path):
    blocks = [*field(0, ramp(50)), *field(1, ramp(50))]
    reader = written(tmp_path / "a.plx", blocks, [slow(0, ad_freq=0), slow(1)])
    assert reader.header["signal_channels"]["name"].tolist() == ["FP02"]
    assert any("FP01" in w and "ADFreq is 0" in w for w in reader.warnings)


def test_two_headers_of_one_channel_number(tmp_path):
    reader = written(tmp_path / "a.plx", field(0, ramp(50)), [slow(0, "A"), slow(0, "B")])
    assert reader.header["signal_channels"]["name"].tolist() == ["A"]
    assert any("several continuous headers" in w for w in reader.warnings)


def test_blocks_of_two_waveforms_and_of_none(tmp_path):
    x = ramp(60)
    blocks = [
        RawBlock(5, 0, 0, 0, 2, 15, x[:30].tobytes()),
        RawBlock(5, 30 * TICKS, 0, 0, 1, 0),
        RawBlock(5, 30 * TICKS, 0, 9, 1, 30, x[30:].tobytes()),
    ]
    reader = written(tmp_path / "a.plx", blocks, [slow(0)])
    assert np.array_equal(reader.get_analogsignal_chunk()[:, 0], x)
    assert reader.warnings == ["1 continuous blocks hold no samples."]


# -- everything at once ----------------------------------------------------------------------------


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_every_sample_is_read_once_and_at_its_time(tmp_path, data):
    """Random gaps, block sizes, rates, starts and file orders, checked sample by sample."""
    clock = data.draw(st.sampled_from([40_000, 30_000, 1000]))
    truth, blocks, channels, value = {}, [], [], 0
    for c in range(data.draw(st.integers(1, 4))):
        rate = data.draw(st.sampled_from([1000, 500, 700]))
        channels.append(slow(c, ad_freq=rate))
        tick, samples = data.draw(st.integers(0, 3)) * clock // 10, []
        for n in data.draw(st.lists(st.integers(1, 30), min_size=1, max_size=5)):
            values = (np.arange(value, value + n) % 60_000 - 30_000).astype(np.int16)
            value += n
            sizes = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
            blocks += slow_blocks(c, values, tick, clock / rate, sizes)
            samples += [(tick + i * clock / rate, int(v)) for i, v in enumerate(values)]
            tick += int(n * clock / rate) + data.draw(st.integers(3, 40)) * clock // rate
        truth[c] = samples
    order = data.draw(st.permutations(range(len(blocks))))
    reader = written(tmp_path / "a.plx", [blocks[i] for i in order], channels, ad_frequency=clock)
    assert not any("set back" in w for w in reader.warnings)
    read = {c: [] for c in truth}
    rows = reader.header["signal_channels"]
    for seg in range(reader.segment_count(0)):
        for stream, members in enumerate(reader.get_group_channel_indexes()):
            chunk = reader.get_analogsignal_chunk(0, seg, stream_index=stream)
            rate = reader.get_signal_sampling_rate(stream)
            t = reader.get_signal_t_start(0, seg, stream) + np.arange(len(chunk)) / rate
            for member, column in zip(members, chunk.T, strict=True):
                pairs = zip((t * clock).tolist(), column.tolist(), strict=True)
                read[int(rows["id"][member])] += pairs
    clamped = any("left out" in w for w in reader.warnings)
    for c, expected in truth.items():
        rate = channels[c].ad_freq
        at = {v: t for t, v in expected}
        values = [v for _, v in read[c]]
        assert values == sorted(values)
        assert len(set(values)) == len(values)
        if not clamped:
            assert values == [v for _, v in expected]
        for t, v in read[c]:
            assert abs(t - at[v]) <= 0.5 * clock / rate + 1.001


def test_gathering_equals_plain_reading(tmp_path):
    rng = np.random.default_rng(1)
    words = rng.integers(-30000, 30000, 12_000_000).astype("<i2")
    path = tmp_path / "w"
    path.write_bytes(words.tobytes())
    from rawio.files import RawFile

    file = RawFile(path)
    for n, longest in ((1, 50), (3000, 20), (2000, 4), (400, 90_000), (9, 3_000_000)):
        positions = rng.integers(0, len(words) - longest, n)
        counts = rng.integers(0, longest, n)
        expected = [words[p : p + c] for p, c in zip(positions, counts, strict=True)]
        got = gather.read_words(file, 2 * positions, counts)
        assert np.array_equal(got, np.concatenate(expected))
    assert len(gather.read_words(file, np.empty(0, np.int64), np.empty(0, np.int64))) == 0


def test_threads_read_the_same_as_one(tmp_path):
    x = np.stack([ramp(50_000, c) for c in range(4)], axis=1)
    blocks = interleave(*(field(c, x[:, c], 0, [50, 70]) for c in range(4)))
    reader = written(tmp_path / "a.plx", blocks, [slow(c) for c in range(4)])
    wrong = []

    def read(seed):
        rng = np.random.default_rng(seed)
        for start, stop in np.sort(rng.integers(0, 50_001, (60, 2)), axis=1):
            if not np.array_equal(reader.get_analogsignal_chunk(0, 0, start, stop), x[start:stop]):
                wrong.append((start, stop))

    threads = [threading.Thread(target=read, args=(s,)) for s in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_chunks_larger_than_a_slab(tmp_path, monkeypatch):
    monkeypatch.setattr("rawio.plexon.reader.SLAB_SAMPLES", 500)
    x = np.stack([ramp(3000, c) for c in range(3)], axis=1)
    blocks = interleave(*(field(c, x[:, c]) for c in range(3)))
    reader = written(tmp_path / "a.plx", blocks, [slow(c) for c in range(3)])
    assert np.array_equal(reader.get_analogsignal_chunk(i_start=7), x[7:])


def test_the_recording_is_not_written_to(tmp_path):
    path = tmp_path / "a.plx"
    written(path, field(0, ramp(500)), [slow(0)])
    before = path.read_bytes(), path.stat().st_mtime_ns
    path.chmod(0o444)
    signals(opened(path, use_cache=True))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.plx"]
    assert isinstance(opened(path), PlexonRawIO)

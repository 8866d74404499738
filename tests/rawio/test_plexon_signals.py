"""Signals of the Plexon reader: every sample, where it belongs, by value."""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import PlexonRawIO, gather
from tests.rawio.plexon_files import (
    CLOCK,
    field,
    opened,
    ramp,
    signals,
    slow,
    spike,
    written,
)
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    SpikeBlock,
    interleave,
    slow_blocks,
)

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

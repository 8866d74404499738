"""Spikes, waveforms and events of the Plexon reader, by value."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import SelectionError
from rawio.testing import check_reader
from tests.rawio.plexon_files import CLOCK, opened, ramp, slow, spike, written
from tests.writers.plx import (
    EventBlock,
    EventChannel,
    RawBlock,
    SlowBlock,
    SpikeBlock,
    slow_blocks,
)


def shot(tick, channel=1, unit=0, n=8):
    return SpikeBlock(tick, channel, unit, ramp(n, tick) if n else None)


def test_units_are_by_channel_and_unit_with_names_and_ids(tmp_path):
    pairs = [(2, 1), (1, 0), (2, 0), (1, 2), (1, 27), (1, -3), (1, 26), (2, 1)]
    blocks = [shot(100 * i, c, u) for i, (c, u) in enumerate(pairs)]
    reader = written(
        tmp_path / "a.plx",
        blocks,
        spikes=[spike(2, "SPK02", gain=2), spike(1, "SPK01", gain=5), spike(3)],
        num_points_pre_thr=9,
        waveform_freq=30_000,
    )
    units = reader.header["unit_channels"]
    assert units["id"].tolist() == [
        "ch1#-3", "ch1#0", "ch1#2", "ch1#26", "ch1#27", "ch2#0", "ch2#1",
    ]  # fmt: skip
    assert units["name"].tolist() == [
        "SPK01#-3", "SPK01", "SPK01b", "SPK01z", "SPK01#27", "SPK02", "SPK02a",
    ]  # fmt: skip
    assert [reader.spike_count(unit_index=u) for u in range(7)] == [1, 1, 1, 1, 1, 1, 2]
    assert (units["wf_left_sweep"] == 9).all()
    assert (units["wf_sampling_rate"] == 30_000).all()
    base = 3000 / (0.5 * 2**12 * 1000)
    assert units["wf_gain"].tolist() == [base / 5] * 5 + [base / 2] * 2
    assert not reader.warnings


def test_units_of_one_name_are_told_apart(tmp_path):
    blocks = [shot(1, 1, 1), shot(2, 2, 0), shot(3, 3, 0)]
    reader = written(
        tmp_path / "a.plx", blocks, spikes=[spike(1, "S"), spike(2, "Sa"), spike(3, "Sa")]
    )
    names = reader.header["unit_channels"]["name"].tolist()
    assert names == ["Sa", "Sa (ch2#0)", "Sa (ch3#0)"]


def test_p6_spikes_after_the_last_block_of_the_file_are_returned(tmp_path):
    ticks = np.arange(40) * 1000 + 500
    late = [shot(int(t)) for t in ticks + 10**6]
    early = [shot(int(t)) for t in ticks]
    reader = written(tmp_path / "a.plx", late + early[::-1], spikes=[spike(1)])
    assert reader.spike_count() == 80
    assert reader.spike_timestamps().tolist() == [*ticks, *(ticks + 10**6)]
    waveforms = reader.spike_raw_waveforms()
    for tick, waveform in zip(reader.spike_timestamps(), waveforms, strict=True):
        assert np.array_equal(waveform[0], ramp(8, tick))


def test_p7_unknown_types_and_channels_are_counted_not_fatal(tmp_path):
    blocks = [
        shot(10),
        RawBlock(2, 11, 1, 0, 2, 3, bytes(12)),
        RawBlock(3, 12, 1, 0, 4, 3, bytes(24)),
        RawBlock(3, 13, 1, 0, 4, 3, bytes(24)),
        RawBlock(-7, 14, 1, 0, 1, 3, bytes(6)),
        shot(15, 9),
        EventBlock(16, 258),
        EventBlock(17, 259, 3),
        EventBlock(18, 44),
        EventBlock(19, 44),
        SlowBlock(20, 7, ramp(5)),
        shot(21),
    ]
    reader = written(tmp_path / "a.plx", blocks, (), [spike(1)], [EventChannel("1st", 1)])
    assert reader.spike_timestamps().tolist() == [10, 21]
    assert reader.header["event_channels"]["name"].tolist() == ["1st", "Start", "Stop"]
    assert reader.header["event_channels"]["id"].tolist() == ["1", "258", "259"]
    assert [reader.event_timestamps(0, 0, e)[0].tolist() for e in range(3)] == [[], [16], [17]]
    assert reader.warnings == [
        "4 blocks are of types that are not known (3, -7, 2) and were skipped.",
        "1 spike blocks are of channels that have no header (9) and were skipped.",
        "2 event blocks are of channels that have no header (44) and were skipped.",
        "1 continuous blocks are of channels that have no header (7) and were skipped.",
    ]


def test_p7_odd_bytes_at_the_end(tmp_path):
    blocks = [shot(10), shot(20)]
    for tail in (b"\x01", bytes(15), bytes(17)):
        reader = written(tmp_path / "a.plx", blocks, spikes=[spike(1)], tail=tail)
        assert reader.spike_timestamps().tolist() == [10, 20]
        assert reader.spike_raw_waveforms().shape == (2, 1, 8)
        assert any("ends within a block header" in w for w in reader.warnings)


def test_limits_are_inclusive_at_both_ends(tmp_path):
    ticks = [0, 7, 7, 100, 12_345, 99_999]
    reader = written(
        tmp_path / "a.plx",
        [shot(t) for t in ticks] + [EventBlock(t, 1, t % 50) for t in ticks],
        spikes=[spike(1)],
        events=[EventChannel("E", 1)],
        ad_frequency=30_000,
    )
    for first in ticks:
        for last in ticks:
            limits = {"t_start": first / 30_000, "t_stop": last / 30_000}
            expected = [t for t in ticks if first <= t <= last]
            assert reader.spike_timestamps(**limits).tolist() == expected
            assert len(reader.spike_raw_waveforms(**limits)) == len(expected)
            times, durations, labels = reader.event_timestamps(**limits)
            assert times.tolist() == expected
            assert durations is None
            assert labels.tolist() == [str(t % 50) for t in expected]
    assert reader.spike_timestamps(t_start=5.0).tolist() == []
    assert reader.spike_timestamps(t_stop=0.0).tolist() == [0]


def test_waveforms_scale_to_millivolts(tmp_path):
    reader = written(tmp_path / "a.plx", [shot(3)], spikes=[spike(1, gain=20)])
    raw = reader.spike_raw_waveforms()
    scaled = reader.rescale_waveforms_to_float(raw, "float64")
    assert np.array_equal(scaled, raw * (3000 / (2048 * 20 * 1000)))


def test_a_unit_without_waveforms_has_none(tmp_path):
    reader = written(tmp_path / "a.plx", [shot(1, n=0), shot(2, unit=1)], spikes=[spike(1)])
    assert reader.spike_raw_waveforms(unit_index=0) is None
    assert reader.spike_raw_waveforms(unit_index=1).shape == (1, 1, 8)


def test_waveforms_of_different_lengths_are_filled_up(tmp_path):
    tetrode = np.stack([ramp(4, 1), ramp(4, 2)])
    blocks = [shot(1, n=3), shot(2, n=8), shot(3, n=0), SpikeBlock(4, 1, 0, tetrode)]
    reader = written(tmp_path / "a.plx", blocks, spikes=[spike(1)])
    expected = np.zeros((4, 2, 8), np.int16)
    expected[0, 0, :3] = ramp(3, 1)
    expected[1, 0] = ramp(8, 2)
    expected[3, :, :4] = tetrode
    assert np.array_equal(reader.spike_raw_waveforms(), expected)
    assert np.array_equal(reader.spike_raw_waveforms(t_stop=1 / CLOCK), expected[:1])
    assert any("0 to 8 samples" in w for w in reader.warnings)


def test_strobes_may_be_negative(tmp_path):
    values = [-32768, -1, 0, 1, 32767]
    blocks = [EventBlock(10 * i, 257, v) for i, v in enumerate(values)]
    reader = written(tmp_path / "a.plx", blocks)
    assert reader.header["event_channels"]["name"].tolist() == ["Strobed"]
    assert reader.header["event_channels"]["type"].tolist() == [b"event"]
    times, durations, labels = reader.event_timestamps()
    assert times.tolist() == [0, 10, 20, 30, 40]
    assert times.dtype == np.int64
    assert durations is None
    assert labels.tolist() == [str(v) for v in values]
    assert labels.dtype.kind == "U"


def test_two_event_headers_of_one_channel(tmp_path):
    headers = [EventChannel("A", 1), EventChannel("B", 1), EventChannel("C", 2)]
    headers += [EventChannel("D", 2)]
    reader = written(tmp_path / "a.plx", [EventBlock(5, 1, 3)], events=headers)
    assert [reader.event_count(0, 0, e) for e in range(4)] == [1, 0, 0, 0]
    assert len(reader.warnings) == 1
    assert "given to the first, A" in reader.warnings[0]
    assert reader.event_timestamps(0, 0, 3)[0].dtype == np.int64


def test_the_extent_of_a_segment(tmp_path):
    path = tmp_path / "a.plx"
    one = written(path, [EventBlock(400, 257)])
    assert (one.segment_t_start(0, 0), one.segment_t_stop(0, 0)) == (0.0, 0.01)
    zero = written(path, [EventBlock(0, 257)])
    assert (zero.segment_t_start(0, 0), zero.segment_t_stop(0, 0)) == (0.0, 1 / CLOCK)
    empty = written(path, [])
    assert (empty.segment_t_start(0, 0), empty.segment_t_stop(0, 0)) == (0.0, 1 / CLOCK)
    assert "there are no data blocks" in empty.warnings[0]
    two = written(path, [shot(800), EventBlock(400, 257)], spikes=[spike(1)])
    assert (two.segment_t_start(0, 0), two.segment_t_stop(0, 0)) == (0.01, 0.02)
    around = written(
        path,
        [shot(90_000), EventBlock(400, 257), *slow_blocks(0, ramp(1000), 4000, 40)],
        [slow(0)],
        [spike(1)],
    )
    assert (around.segment_t_start(0, 0), around.segment_t_stop(0, 0)) == (0.01, 2.25)


def test_the_signal_a_unit_was_detected_on(tmp_path):
    channels = [
        slow(0, "FP01", spike_channel=1),
        slow(1, "WB01", ad_freq=40_000, spike_channel=1),
        slow(2, "WB02", ad_freq=40_000, spike_channel=2),
        slow(3, "FP02"),
    ]
    blocks = [SlowBlock(0, c, ramp(9)) for c in (0, 1, 3)]
    blocks += [shot(5, 1), shot(6, 1, 1), shot(7, 2), shot(8, 3)]
    spikes = [spike(1), spike(2), spike(3)]
    reader = written(tmp_path / "a.plx", blocks, channels, spikes)
    assert [reader.unit_signal_channel(u) for u in range(4)] == [1, 1, None, None]
    with pytest.raises(SelectionError):
        reader.unit_signal_channel(4)
    old = written(
        tmp_path / "b.plx", blocks, channels, spikes, version=104, overrides={"version": 103}
    )
    assert [old.unit_signal_channel(u) for u in range(4)] == [None] * 4


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**40 - 1), st.integers(1, 3), st.integers(0, 2), st.integers(0, 9)
        ),
        max_size=60,
    )
)
def test_all_spikes_are_returned_whatever_the_order(tmp_path, spikes):
    blocks = [shot(*s) for s in spikes]
    reader = written(tmp_path / "a.plx", blocks, spikes=[spike(c) for c in (1, 2, 3)])
    units = sorted({(c, u) for _, c, u, _ in spikes})
    assert reader.header["unit_channels"]["id"].tolist() == [f"ch{c}#{u}" for c, u in units]
    for row, (channel, unit) in enumerate(units):
        own = sorted(
            (t, i, n) for i, (t, c, u, n) in enumerate(spikes) if (c, u) == (channel, unit)
        )
        assert reader.spike_timestamps(unit_index=row).tolist() == [t for t, _, _ in own]
        waveforms = reader.spike_raw_waveforms(unit_index=row)
        if waveforms is None:
            assert not any(n for _, _, n in own)
            continue
        for (tick, _, n), waveform in zip(own, waveforms[:, 0], strict=True):
            assert np.array_equal(waveform[:n], ramp(n, tick))
            assert not waveform[n:].any()


def test_spikes_that_lie_far_apart_in_the_file(tmp_path):
    rng = np.random.default_rng(2)
    blocks = []
    for i in range(300):
        blocks.append(shot(1000 * i))
        blocks.append(SlowBlock(40 * 30_000 * i, 0, ramp(int(rng.integers(1, 30_000)), i)))
    path = tmp_path / "a.plx"
    reader = written(path, blocks, [slow(0)], [spike(1)])
    reader = opened(path)
    ticks = np.concatenate([reader.spike_timestamps(0, s) for s in range(reader.segment_count(0))])
    waveforms = [reader.spike_raw_waveforms(0, s) for s in range(reader.segment_count(0))]
    assert ticks.tolist() == [1000 * i for i in range(300)]
    for tick, waveform in zip(ticks, np.concatenate(waveforms), strict=True):
        assert np.array_equal(waveform[0], ramp(8, tick))


def test_several_event_headers_of_one_channel_number(tmp_path):
    """The first has the events; id and name together are of one header only."""
    path = tmp_path / "a.plx"
    headers = [EventChannel(name, n) for name, n in (("E", 3), ("G", 3), ("E", 3), ("E", 3))]
    reader = written(path, [EventBlock(5, 3, 1)], events=headers)
    assert reader.header["event_channels"]["id"].tolist() == ["3", "3", "3#1", "3#2"]
    assert [reader.event_count(event_channel_index=e) for e in range(4)] == [1, 0, 0, 0]
    assert reader.warnings == [
        "4 event headers have channel number 3; its 1 events are given to the first, E."
    ]
    check_reader(reader)

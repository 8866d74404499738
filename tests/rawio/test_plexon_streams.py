"""Which channels of a Plexon file are a stream together, and which of them are read."""

import numpy as np
import pytest

from rawio import OutOfRangeError, SelectionError
from tests.rawio.plexon_files import CLOCK, TICKS, field, ramp, signals, slow, written
from tests.writers.plx import (
    RawBlock,
    interleave,
    slow_blocks,
)


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

"""Signals of Open Ephys recordings: values to the last sample, gains, times, gaps."""

from itertools import pairwise

import numpy as np
import pytest

from rawio import OutOfRangeError
from rawio.files import RawFile
from rawio.openephys import numbers as sample_numbers
from tests.rawio.openephys_files import (
    VERSIONS,
    check_stream,
    joined,
    noise,
    opened,
    parts_of,
    recorded_runs,
    signals,
    stream,
    stream_names,
    written,
)
from tests.writers.openephys import (
    Channel,
    adc,
    aux,
    crash,
    electrodes,
    numbers_with_gaps,
    probe_channels,
    write_recording,
)
from tests.writers.openephys_example import example
from tests.writers.openephys_npy import write_npy

OLD, NEW = VERSIONS[:2], VERSIONS[2:]


@pytest.mark.parametrize(
    ("version", "nodes"),
    [("0.4.6", (None,)), ("0.5.3.1", (101,)), ("0.6.7", (101, 105)), ("1.0.1", (101,))],
)
def test_every_stream_of_every_recording(version, nodes, tmp_path):
    truth = example(tmp_path, version, node_ids=nodes, seed=3)
    reader = opened(tmp_path)
    assert reader.header["nb_segment"] == [4, 4]  # each recording has one gap
    places = {name: k for k, name in enumerate(stream_names(reader))}
    asked = set()
    for one in truth.recordings:
        segments = range(2 * one.recording - 2, 2 * one.recording)
        for each in one.streams:
            full = f"{one.node}#{each.folder}" if one.node else each.folder
            for name, columns in parts_of(each, full).items():
                check_stream(reader, places[name], each, columns, one.experiment - 1, segments)
                asked.add(name)
    assert asked == set(places)


@pytest.mark.parametrize("version", VERSIONS)
def test_channels_of_one_stream_differ_in_units(version, tmp_path):
    channels = [*electrodes(2), *aux(1), *adc(2), Channel("CH9", 0.5, "")]
    reader, truth = written(tmp_path, version, streams=[stream(20, channels=channels)])
    assert stream_names(reader) == [truth.streams[0].folder, f"{truth.streams[0].folder}_ADC"]
    assert reader.header["signal_streams"]["id"].tolist() == ["0", "1"]
    assert reader.header["signal_streams"]["buffer_id"].tolist() == ["0", "0"]
    check_stream(reader, 0, truth.streams[0], [0, 1, 2, 5])
    check_stream(reader, 1, truth.streams[0], [3, 4])
    assert reader.header["signal_channels"]["units"].tolist() == ["uV", "uV", "mV", "V", "V", "uV"]
    for index, columns in ((0, [0, 1, 2, 5]), (1, [3, 4])):
        raw = reader.get_analogsignal_chunk(stream_index=index)
        scaled = reader.rescale_signal_raw_to_float(raw, "float64", stream_index=index)
        np.testing.assert_array_equal(scaled, truth.streams[0].physical()[:, columns])


def test_onebox_keeps_its_adc_channels(tmp_path):
    streams = [stream(5, channels=adc(3), processor="OneBox", stream_name="OneBox-ADC")]
    reader, _ = written(tmp_path, streams=streams)
    assert stream_names(reader) == ["OneBox-100.OneBox-ADC"]
    assert reader.header["signal_streams"]["id"].tolist() == ["0"]


@pytest.mark.parametrize("order", [["CH1", "ADC1", "CH2", "ADC2"], ["SYNC", "CH1", "ADC1"]])
def test_channels_of_streams_may_lie_between_each_other(order, tmp_path):
    channels = [Channel(name) for name in order]
    reader, truth = written(tmp_path, streams=[stream(9, channels=channels)])
    for name, columns in parts_of(truth.streams[0], truth.streams[0].folder).items():
        check_stream(reader, stream_names(reader).index(name), truth.streams[0], columns)


@pytest.mark.parametrize(
    ("option", "names", "sizes"),
    [(None, ["", "SYNC"], [4, 1]), (True, [""], [5]), (False, [""], [4])],
)
def test_the_sync_channel_of_a_probe(option, names, sizes, tmp_path):
    channels = probe_channels(range(4), sync=True)
    truth = write_recording(tmp_path, "0.6.7", node=None, streams=[stream(7, channels=channels)])
    reader = opened(tmp_path, load_sync_channel=option)
    folder = truth.streams[0].folder
    assert stream_names(reader) == [folder + name for name in names]
    assert [reader.signal_channels_count(k) for k in range(len(names))] == sizes
    check_stream(reader, 0, truth.streams[0], list(range(sizes[0])))
    if option is None:
        assert reader.header["signal_streams"]["id"].tolist() == ["0", f"{folder}SYNC"]
        check_stream(reader, 1, truth.streams[0], [4])


def test_names_that_channels_share_get_ids_of_their_own(tmp_path):
    channels = [Channel("CH"), Channel("CH"), Channel("CH#2")]
    reader, truth = written(tmp_path, streams=[stream(5, channels=channels)])
    assert reader.header["signal_channels"]["name"].tolist() == ["CH", "CH", "CH#2"]
    ids = reader.header["signal_channels"]["id"].tolist()
    assert len(set(ids)) == 3 and ids[0] == "CH"
    chunk = reader.get_analogsignal_chunk(channel_ids=ids[::-1])
    np.testing.assert_array_equal(chunk, truth.streams[0].raw[:, ::-1])


@pytest.mark.parametrize("channels", [slice(1, 3), [4, 0, 2], slice(None, None, 3), [5], []])
def test_chunks_and_selections(channels, tmp_path):
    reader, truth = written(tmp_path, streams=[stream(40, channels=electrodes(6) + adc(3))])
    raw = truth.streams[0].raw
    for i, j in ((0, 40), (7, 8), (13, 13), (39, 40), (0, 0)):
        chunk = reader.get_analogsignal_chunk(
            i_start=i, i_stop=j, stream_index=0, channel_indexes=channels
        )
        np.testing.assert_array_equal(chunk, raw[i:j, :6][:, channels])
    assert reader.get_analogsignal_chunk(0, 0, 3, 4, stream_index=1).tolist() == [
        raw[3, 6:].tolist()
    ]
    for i, j in ((-1, 3), (0, 41), (5, 4)):
        with pytest.raises(OutOfRangeError):
            reader.get_analogsignal_chunk(i_start=i, i_stop=j, stream_index=0)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("gaps", [{10: 5}, {1: 1, 2: 1, 49: 1000}, {20: 1, 30: 700, 31: 3}])
def test_lost_samples_start_new_segments(version, gaps, tmp_path):
    numbers = numbers_with_gaps(50, 40_000, gaps)
    lossy = stream(50, sample_numbers=numbers, seed=1)
    reader, truth = written(tmp_path, version, streams=[lossy])
    edges = [0, *sorted(gaps), 50]
    expected = [lossy.samples[a:b] for a, b in pairwise(edges)]
    found = signals(reader)
    assert [len(chunk) for _, chunk in found] == [len(chunk) for chunk in expected]
    for (start, chunk), own, first in zip(found, expected, edges, strict=False):
        assert start == numbers[first] / 30000.0
        np.testing.assert_array_equal(chunk, own)
    check_stream(reader, 0, truth.streams[0], [0, 1])
    filled = [w for w in reader.warnings if "rows of zeros" in w]
    assert len(filled) == len(reader.warnings) == (version in OLD)


def test_a_gap_of_one_stream_parts_all(tmp_path):
    numbers = numbers_with_gaps(300, 3000, {100: 60})
    streams = [
        stream(300, sample_numbers=numbers, rate=3000.0),
        stream(120, stream_name="slow", rate=1000.0, first_sample=1000, seed=2),
    ]
    reader, truth = written(tmp_path, streams=streams)
    assert reader.segment_count(0) == 2
    for k in range(2):
        check_stream(reader, k, truth.streams[k], [0, 1])
    assert [reader.segment_t_start(0, s) for s in range(2)] == [1.0, numbers[100] / 3000]
    assert reader.segment_t_stop(0, 1) == max((numbers[-1] + 1) / 3000, 1120 / 1000)


@pytest.mark.parametrize("version", NEW)
def test_a_clock_that_was_set_back(version, tmp_path):
    """A buffer of the acquisition before at the beginning of one stream."""
    numbers = numbers_with_gaps(400, 69_299_000, {77: -69_299_077})
    streams = [stream(400, sample_numbers=numbers), stream(330, stream_name="other", seed=1)]
    reader, truth = written(tmp_path, version, streams=streams)
    assert reader.segment_count(0) == 2
    assert [reader.get_signal_size(0, s, 0) for s in (0, 1)] == [77, 323]
    # What was recorded together is in one segment.
    assert [reader.get_signal_size(0, s, 1) for s in (0, 1)] == [0, 330]
    assert reader.get_signal_t_start(0, 1, 0) == reader.get_signal_t_start(0, 1, 1) == 0.0
    for k in range(2):
        check_stream(reader, k, truth.streams[k], [0, 1])
    assert any("clock was set back" in w for w in reader.warnings)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("more", [-7, 9])
def test_more_or_fewer_numbers_than_rows(version, more, tmp_path):
    reader, truth = written(
        tmp_path, version, streams=[stream(50, sample_numbers=100 + np.arange(50 + more))]
    )
    check_stream(reader, 0, truth.streams[0], [0, 1])
    assert reader.get_signal_size(0, 0) == 50
    (warning,) = reader.warnings
    assert f"50 rows, {'timestamps' if version in OLD else 'sample_numbers'}.npy" in warning


@pytest.mark.parametrize("version", OLD)
def test_zeros_after_the_last_number_are_kept(version, tmp_path):
    numbers = numbers_with_gaps(50, 7, {30: 20})
    reader, truth = written(
        tmp_path, version, streams=[stream(50, sample_numbers=numbers, trailing_zeros=8)]
    )
    found = signals(reader)
    assert [len(chunk) for _, chunk in found] == [30, 28]
    np.testing.assert_array_equal(found[1][1], truth.streams[0].raw[50:])
    assert any("past its end" in w for w in reader.warnings)


@pytest.mark.parametrize("version", OLD)
def test_rows_without_zeros_in_their_gaps(version, tmp_path):
    numbers = numbers_with_gaps(50, 7, {30: 20})
    lossy = stream(50, sample_numbers=numbers, zero_fill=False)
    reader, truth = written(tmp_path, version, streams=[lossy])
    check_stream(reader, 0, truth.streams[0], [0, 1])
    assert any("its rows are taken to follow one another" in w for w in reader.warnings)


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_that_a_crash_left(version, tmp_path):
    truth = write_recording(tmp_path, version, streams=[stream(3000, first_sample=5)])
    crash(tmp_path)
    reader = opened(tmp_path)
    check_stream(reader, 0, truth.streams[0], [0, 1])
    assert any("says 2048 records, the file holds 3000" in w for w in reader.warnings)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("messages", [None, False])
def test_a_stream_without_numbers(version, messages, tmp_path):
    names = ("timestamps.npy", "sample_numbers.npy", "synchronized_timestamps.npy")
    reader, truth = written(
        tmp_path,
        version,
        streams=[stream(first_sample=900, omit=names)],
        sync_messages=messages,
    )
    ((start, chunk),) = signals(reader)
    assert start == (900 / 30000 if messages is None else 0.0)
    np.testing.assert_array_equal(chunk, truth.streams[0].raw)
    assert any("gaps cannot be told" in w for w in reader.warnings)


@pytest.mark.parametrize("seconds", [12.5, -1.0, np.nan, np.inf, 1e300])
def test_seconds_stand_in_for_numbers(seconds, tmp_path):
    part = stream(omit=("sample_numbers.npy",), seconds=seconds)
    reader, truth = written(tmp_path, streams=[part], sync_messages="")
    ((start, chunk),) = signals(reader)
    assert start == (12.5 if seconds == 12.5 else 0.0)
    np.testing.assert_array_equal(chunk, truth.streams[0].raw)


def test_huge_sample_numbers(tmp_path):
    first = 10**11
    numbers = numbers_with_gaps(60, first, {20: 10**9})
    reader, truth = written(tmp_path, streams=[stream(60, sample_numbers=numbers)])
    check_stream(reader, 0, truth.streams[0], [0, 1])
    assert reader.get_signal_t_start(0, 1) == float(numbers[20]) / 30000.0


@pytest.mark.parametrize("dtype", ["<u8", ">i8", "<i4", "<u2"])
def test_numbers_of_other_types(dtype, tmp_path):
    truth = write_recording(tmp_path, "0.6.7", node=None, streams=[stream(50)])
    numbers = numbers_with_gaps(50, 70, {20: 5})
    np.save(truth.streams[0].path / "sample_numbers.npy", numbers.astype(dtype))
    reader = opened(tmp_path)
    assert [start for start, _ in signals(reader)] == [70 / 30000, 95 / 30000]
    if dtype == "<u8":
        np.save(
            truth.streams[0].path / "sample_numbers.npy",
            np.uint64(2**64 - 60) + np.arange(50, dtype="u8"),
        )
        ((start, chunk),) = signals(opened(tmp_path))
        assert (start, len(chunk)) == (0.0, 50)


@pytest.mark.parametrize(
    "numbers",
    [
        np.zeros(4000),
        np.arange(4000) * 12,
        np.random.default_rng(0).integers(0, 10**6, 4000),
        np.append(np.arange(3999), 2**62),
        np.tile([0, 1, 2, 3, 4], 800),
    ],
    ids=["zeros", "twelfths", "noise", "far", "saw"],
)
def test_numbers_that_count_something_else(numbers, tmp_path):
    reader, truth = written(tmp_path, streams=[stream(4000, sample_numbers=np.int64(numbers))])
    ((_, chunk),) = signals(reader)
    np.testing.assert_array_equal(chunk, truth.streams[0].raw)
    assert any("does not count samples" in w for w in reader.warnings)


def test_gaps_are_found_without_reading_all_numbers(tmp_path, monkeypatch):
    count = 3_000_000
    gaps = {1: 4, 777_777: 1, 777_800: 30, 2_000_000: 9, count - 1: 2}
    write_npy(tmp_path / "sample_numbers.npy", numbers_with_gaps(count, 55, gaps))
    read = []
    original = RawFile.read_into

    def counting(self, target, offset):
        read.append(target.nbytes)
        original(self, target, offset)

    monkeypatch.setattr(RawFile, "read_into", counting)
    found = sample_numbers.find_stretches(tmp_path, count, 30000.0, False, pytest.fail)
    assert sum(read) < 8 * count / 16
    assert found.row.tolist() == [0, *sorted(gaps)]
    assert int(found.tick[-1]) == 55 + count - 1 + sum(gaps.values())


def test_data_beyond_four_gigabytes(tmp_path):
    """A sparse file of which only the ends are written."""
    truth = write_recording(
        tmp_path, "0.6.7", streams=[stream(4, 16, omit=("sample_numbers.npy",))]
    )
    path = truth.streams[0].path / "continuous.dat"
    last = noise(3, 16, seed=9)
    n_rows = 5 * 2**30 // 32
    with path.open("r+b") as file:
        file.truncate(n_rows * 32)
        file.seek((n_rows - 3) * 32)
        file.write(last.tobytes())
    reader = opened(tmp_path)
    assert reader.get_signal_size(0, 0) == n_rows
    chunk = reader.get_analogsignal_chunk(i_start=n_rows - 4, i_stop=n_rows)
    np.testing.assert_array_equal(chunk, np.vstack([np.zeros((1, 16)), last]))


SECONDS = 2.5 + np.arange(60) / 30000.0


@pytest.mark.parametrize("version", ["0.5.3.1", "0.6.7", "1.0.1"])
def test_synchronised_times(version, tmp_path):
    streams = [
        stream(60, first_sample=600, seconds=SECONDS),
        stream(30, stream_name="b", sub_idx=1, rate=3e3, seconds=2.6 + np.arange(30) / 3000.2),
        stream(0, stream_name="c", sub_idx=2),
    ]
    write_recording(tmp_path, version, streams=streams)
    plain, moved = opened(tmp_path), opened(tmp_path, load_sync_timestamps=True)
    assert [plain.get_signal_t_start(0, 0, k) for k in range(2)] == [0.02, 0.0]
    assert any("up to 0.12 s" in w for w in plain.warnings)
    assert [moved.get_signal_t_start(0, 0, k) for k in range(2)] == [2.5, 2.6]
    assert moved.segment_t_start(0, 0) == 2.5
    assert not moved.warnings
    for k in range(2):
        a, b = (r.get_analogsignal_chunk(stream_index=k) for r in (plain, moved))
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "second", [-1.0, np.nan, 5.0, np.linspace(9, 9.5, 60), np.append(SECONDS[:-1], -1.0)]
)
def test_synchronised_times_of_no_use(second, tmp_path):
    streams = [stream(60, seconds=SECONDS), stream(60, stream_name="b", seconds=second)]
    write_recording(tmp_path, "0.6.7", streams=streams)
    reader = opened(tmp_path, load_sync_timestamps=True)
    assert reader.get_signal_t_start(0, 0, 0) == reader.get_signal_t_start(0, 0, 1) == 0.0
    (warning,) = reader.warnings
    assert "Acquisition_Board-100.b; all streams are placed by sample numbers" in warning


def test_times_that_are_known_late_in_a_recording(tmp_path):
    late = np.append(np.full(20, -1.0), 4 + np.arange(40) / 30000)
    write_recording(tmp_path, "0.6.7", streams=[stream(60, first_sample=10, seconds=late)])
    reader = opened(tmp_path, load_sync_timestamps=True)
    assert reader.get_signal_t_start(0, 0) == pytest.approx(4 - 20 / 30000, abs=1e-5)


def test_a_stream_without_rows(tmp_path):
    streams = [stream(0), stream(12, stream_name="b", first_sample=30)]
    reader, truth = written(tmp_path, streams=streams)
    assert reader.get_signal_size(0, 0, 0) == 0
    assert reader.get_analogsignal_chunk(stream_index=0).shape == (0, 2)
    assert reader.get_signal_t_start(0, 0, 0) == reader.segment_t_start(0, 0) == 30 / 30000
    check_stream(reader, 1, truth.streams[1], [0, 1])


def test_runs_of_the_truth_leave_filling_out(tmp_path):
    numbers = numbers_with_gaps(6, 10, {2: 3})
    _, truth = written(tmp_path, "0.5.3.1", streams=[stream(6, sample_numbers=numbers)])
    assert recorded_runs(truth.streams[0]) == [(0, 2), (5, 9)]
    ticks, _ = joined(opened(tmp_path), 0, 0, range(2))
    assert ticks.tolist() == [10, 11, 15, 16, 17, 18]

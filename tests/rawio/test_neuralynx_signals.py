"""Samples of .ncs files: values to the last one, runs and gaps, rates, streams."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rawio import OptionError
from rawio.testing import Expected, check_reader
from tests.rawio.neuralynx_files import check_runs, header, names, opened, pieces, times
from tests.writers.neuralynx import (
    Header,
    Run,
    noise,
    whole_microseconds,
    write_ncs,
    write_records,
    write_session,
)

SETTINGS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def written(path, runs, **options):
    fields = {key: options.pop(key) for key in ("rate", "style") if key in options}
    truth = write_ncs(path, header(**fields), runs, record_rate=options.pop("record_rate", None))
    return truth, opened(path, **options)


@pytest.mark.parametrize("n", [1, 511, 512, 513, 1024, 5000, 51_200])
def test_one_run_of_any_length(tmp_path, n):
    truth, reader = written(tmp_path / "CSC1.ncs", [Run(noise(n, 1), 10_000_000)])
    check_runs(reader, truth)
    assert times(reader) == (0.0, n / 32000)
    assert names(reader) == ["CSC1"]
    assert not reader.warnings
    check_reader(reader, Expected({(0, 0, 0): truth.samples[:, None]}))


@pytest.mark.parametrize("gap_us", [63, 10_000, 300_000, 3_600_000_000])
def test_gaps_start_segments(tmp_path, gap_us):
    first = Run(noise(2000, 1), 7_000_000)
    second = first.then(noise(700, 2), gap_us)
    third = second.then(noise(1024, 3), gap_us)
    truth, reader = written(tmp_path / "CSC1.ncs", [first, second, third])
    check_runs(reader, truth)
    assert reader.segment_count(0) == 3
    check_reader(reader)


def test_records_that_are_not_full_within_a_run(tmp_path):
    run = Run(noise(9000, 1), 5_000_000, valid=(512, 100, 0, 512, 1))
    truth, reader = written(tmp_path / "CSC1.ncs", [run])
    check_runs(reader, truth)
    rng = np.random.default_rng(0)
    for start, stop in np.sort(rng.integers(0, 9001, (300, 2)), axis=1).tolist():
        found = reader.get_analogsignal_chunk(0, 0, start, stop)[:, 0]
        np.testing.assert_array_equal(found, run.samples[start:stop])


def test_a_record_that_is_not_full_is_a_gap_if_the_next_comes_as_if_it_were(tmp_path):
    truth = write_ncs(tmp_path / "a.ncs", header(), [Run(noise(5120, 1), 9_000_000)])
    records = truth.records.copy()
    records["n_valid"][3] = 400
    write_records(tmp_path / "a.ncs", header(), records)
    reader = opened(tmp_path / "a.ncs")
    found = pieces(reader, "CSC1")
    assert [len(samples) for _, samples in found] == [3 * 512 + 400, 6 * 512]
    np.testing.assert_array_equal(found[0][1], truth.samples[: 3 * 512 + 400])
    np.testing.assert_array_equal(found[1][1], truth.samples[4 * 512 :])
    assert found[1][0] == 4 * 0.016


def test_a_microsecond_early_or_late_is_no_gap(tmp_path):
    run = Run(noise(40_000, 1), 5_000_000, wobble_us=(0, 1, -1, 0, 0, 1))
    truth, reader = written(tmp_path / "CSC1.ncs", [run])
    check_runs(reader, truth)
    assert not reader.warnings


# Periods of 30.72, 982.9218..., 3.3 microseconds: every timestamp is rounded.
@pytest.mark.parametrize("rate", ["32552.083333", "1017.375", "303030.303", "30303", "0.5"])
@pytest.mark.parametrize("nearest", [True, False])
def test_rounding_never_adds_up(tmp_path, rate, nearest):
    first = Run(noise(200_000, 1), 11_000_003, rate=rate, nearest=nearest)
    second = first.then(noise(512, 2), int(2.1e6 / float(rate)) + 3)
    truth, reader = written(tmp_path / "CSC1.ncs", [first, second], rate=rate)
    check_runs(reader, truth)
    assert not reader.warnings


def test_whole_microseconds_of_cheetah_4(tmp_path):
    """32 556 Hz was asked for, 30 us is what a sample takes: 2.4 % faster."""
    rate = whole_microseconds(32556)
    first = Run(noise(30_000, 1), 2_000_000, rate=rate)
    second = first.then(noise(3000, 2), 100_000)
    runs = [first, second]
    truth, reader = written(
        tmp_path / "CSC1.ncs", runs, rate=32556, style="cheetah4", record_rate=32556
    )
    assert reader.get_signal_sampling_rate() == 1e6 / 30
    found = pieces(reader, "CSC1")
    assert [start for start, _ in found] == [0.0, 1.0]
    for (_, samples), run in zip(found, truth.runs, strict=True):
        np.testing.assert_array_equal(samples, run.samples)
    assert times(reader, 1) == (1.0, pytest.approx(1.09, abs=1e-12))
    (sentence,) = reader.warnings
    assert "32556 Hz" in sentence and "33333.33" in sentence


def test_a_rate_that_is_slightly_off_is_that_of_the_timestamps(tmp_path):
    run = Run(noise(3_000_000, 1), 5_000_000, rate="32000.64")
    _, reader = written(tmp_path / "CSC1.ncs", [run])
    assert reader.get_signal_sampling_rate() == pytest.approx(32000.64, rel=1e-7)
    assert len(reader.warnings) == 1
    # Within a sample of its timestamps, the rate of the header is what it is.
    run = Run(noise(40_000, 1), 5_000_000, rate="32000.64")
    _, reader = written(tmp_path / "b.ncs", [run])
    assert reader.get_signal_sampling_rate() == 32000.0
    assert not reader.warnings


def test_a_header_without_rate_and_one_with_a_wrong_one(tmp_path):
    run = Run(noise(30_000, 1), 5_000_000)
    for name, rate in (("a", None), ("b", "72000"), ("c", "abc"), ("d", "-1"), ("e", "nan")):
        fields = Header(properties={"SamplingFrequency": rate})
        write_ncs(tmp_path / f"{name}.ncs", fields, [run])
        reader = opened(tmp_path / f"{name}.ncs")
        assert reader.get_signal_sampling_rate() == 32000.0
        np.testing.assert_array_equal(reader.get_analogsignal_chunk()[:, 0], run.samples)


def test_a_clock_that_was_set_back(tmp_path):
    first = Run(noise(3000, 1), 800_000_000)
    second = first.then(noise(4000, 2), start_us=1_000_000)
    third = second.then(noise(500, 3), start_us=900_000)
    truth, reader = written(tmp_path / "CSC1.ncs", [first, second, third])
    check_runs(reader, truth, origin_us=900_000)
    check_reader(reader)


@pytest.mark.parametrize("times_us", [np.zeros(40), np.arange(40)[::-1] * 9000, np.full(40, 3)])
def test_timestamps_that_cannot_be_times(tmp_path, times_us):
    truth = write_ncs(tmp_path / "a.ncs", header(), [Run(noise(40 * 512, 1))])
    records = truth.records.copy()
    records["timestamp"] = times_us
    write_records(tmp_path / "a.ncs", header(), records)
    reader = opened(tmp_path / "a.ncs")
    np.testing.assert_array_equal(reader.get_analogsignal_chunk()[:, 0], truth.samples)
    assert any("cannot be times" in w for w in reader.warnings)


def test_damaged_records(tmp_path):
    truth = write_ncs(tmp_path / "a.ncs", header(), [Run(noise(10 * 512, 1), 4_000_000)])
    records = truth.records.copy()
    records["timestamp"][4] = 1 << 60
    records["n_valid"][6] = 1 << 31
    write_records(tmp_path / "a.ncs", header(), records)
    reader = opened(tmp_path / "a.ncs")
    np.testing.assert_array_equal(reader.get_analogsignal_chunk()[:, 0], truth.samples)
    assert reader.segment_count(0) == 1
    assert len(reader.warnings) == 2


def test_tolerance_of_gaps(tmp_path):
    first = Run(noise(2048, 1), 1_000_000)
    second = first.then(noise(512, 2), 900)
    third = second.then(noise(600, 3), 5000)
    fourth = third.then(noise(600, 4), 10)
    truth = write_ncs(tmp_path / "a.ncs", header(), [first, second, third, fourth])

    def sizes(**options):
        reader = opened(tmp_path / "a.ncs", **options)
        return [len(samples) for _, samples in pieces(reader, "CSC1")]

    assert sizes() == sizes(gap_tolerance_ms=0.0) == [2048, 512, 1200]
    assert sizes(gap_tolerance_ms=1.0) == [2560, 1200]
    assert sizes(gap_tolerance_ms=6.0) == [3760]
    assert sizes(strict_gap_mode=True) == [2048, 512, 600, 600]
    assert sizes(strict_gap_mode=False) == [2560, 1200]
    assert sizes(strict_gap_mode=True, gap_tolerance_ms=1.0) == [2560, 1200]
    reader = opened(tmp_path / "a.ncs", gap_tolerance_ms=6.0)
    assert reader.get_signal_sampling_rate() == 32000.0
    np.testing.assert_array_equal(reader.get_analogsignal_chunk()[:, 0], truth.samples)
    assert "later than the rate says" in reader.warnings[0]
    with pytest.raises(OptionError, match="negative"):
        opened(tmp_path / "a.ncs", gap_tolerance_ms=-1.0)


def test_unix_time_as_it_is_or_from_the_start(tmp_path):
    start = 1_698_932_395_972_475
    first = Run(noise(3000, 1), start)
    truth = write_ncs(tmp_path / "a.ncs", header(), [first, first.then(noise(10, 2), 500_000)])
    check_runs(opened(tmp_path / "a.ncs"), truth)
    reader = opened(tmp_path / "a.ncs", keep_original_times=True)
    assert reader.get_signal_t_start(0, 0) == start / 1e6
    assert reader.get_signal_t_start(0, 1) == pytest.approx(start / 1e6 + 0.59375, abs=5e-7)
    check_reader(reader)


def paused(run, data, pauses):
    """Return runs after pauses that a channel takes part in or not; None sets the clock back."""
    runs = [run]
    least = int(2.2e6 / float(run.rate))  # of less, it cannot be told that samples are missing
    for number, pause in enumerate(pauses):
        samples = noise(data.draw(st.integers(1, 3000)), number)
        if pause is None:
            runs.append(runs[-1].then(samples, start_us=20_000_000 * (3 - number)))
        elif data.draw(st.integers(0, 3)):
            runs.append(runs[-1].then(samples, max(pause, least) + data.draw(st.integers(0, 40))))
    return runs


@given(data=st.data())
@SETTINGS
def test_every_sample_is_at_its_time(tmp_path, data):
    """Channels of several rates, pausing together or alone, with clocks set back."""
    for old in tmp_path.glob("*.ncs"):
        old.unlink()
    pauses = data.draw(st.lists(st.sampled_from([None, 60, 9000, 10**6]), max_size=3))
    truths = []
    for k, rate in enumerate((32000, 30000, 2000, "1017.375")):
        n = data.draw(st.integers(1, 40)) * 100
        runs = paused(Run(noise(n, k), 90_000_000 + 7 * k, rate=rate), data, pauses)
        truths.append(write_ncs(tmp_path / f"C{k}.ncs", header(f"C{k}", k, rate), runs))
    reader = opened(tmp_path)
    origin = min(run.start_us for truth in truths for run in truth.runs)
    for truth in truths:
        samples, at = [], []
        for piece in pieces(reader, truth.name):
            if piece:
                samples.append(piece[1])
                at.append(piece[0] + np.arange(len(piece[1])) / truth.rate)
        np.testing.assert_array_equal(np.concatenate(samples), truth.samples)
        true = np.concatenate([run.time_us(np.arange(len(run.samples))) for run in truth.runs])
        assert np.abs(np.concatenate(at) - (true - origin) / 1e6).max() < 2.1e-6


# -- streams -------------------------------------------------------------------------------------


def test_channels_of_a_folder(tmp_path):
    truths = write_session(tmp_path, Header(), n_channels=12, n_samples=5000, gaps_us=[50_000])
    reader = opened(tmp_path)
    assert names(reader) == sorted(truth.name for truth in truths)  # as neo: CSC1, CSC10, CSC11
    assert reader.signal_streams_count() == 1
    assert reader.header["signal_streams"]["name"].tolist() == [
        "stream0_32000Hz_1mVRange_DSPFilter0"
    ]
    for truth in truths:
        check_runs(reader, truth)
    by_name = {truth.name: truth for truth in truths}
    expected = {
        (0, seg, 0): np.stack([by_name[name].runs[seg].samples for name in names(reader)], axis=1)
        for seg in (0, 1)
    }
    check_reader(opened(tmp_path), Expected(expected))
    assert not reader.warnings


def test_streams_of_several_rates_ranges_and_filters(tmp_path):
    slow = write_session(
        tmp_path, Header(sampling_rate=2000, input_range=10_000), prefix="A", n_samples=300
    )
    fast = write_session(tmp_path, Header(), prefix="B", n_samples=4800)
    wide = write_session(tmp_path, Header(input_range=5000), prefix="C", n_samples=4800)
    other = Header(properties={"DspHighCutFrequency": "6000"})
    filtered = write_session(tmp_path, other, prefix="D", n_samples=4800, n_channels=1)
    reader = opened(tmp_path)
    assert reader.header["signal_streams"]["name"].tolist() == [
        "stream0_32000Hz_1mVRange_DSPFilter1",
        "stream1_32000Hz_5mVRange_DSPFilter1",
        "stream2_32000Hz_1mVRange_DSPFilter0",
        "stream3_2000Hz_10mVRange_DSPFilter1",
    ]
    assert [names(reader, s) for s in range(4)] == [
        [truth.name for truth in truths] for truths in (fast, wide, filtered, slow)
    ]
    for truth in [*fast, *wide, *filtered, *slow]:
        check_runs(reader, truth)


def test_channels_with_gaps_of_their_own_are_streams_of_their_own(tmp_path):
    write_session(tmp_path, Header(), n_channels=2, n_samples=6000)
    first = Run(noise(2000, 8), 10_000_000)
    runs = [first, first.then(noise(3000, 9), 31_250)]  # a thousand samples are missing
    truth = write_ncs(tmp_path / "CSC3.ncs", header("CSC3", 2), runs)
    reader = opened(tmp_path)
    assert [names(reader, s) for s in range(2)] == [["CSC1", "CSC2"], ["CSC3"]]
    check_runs(reader, truth)
    parts = pieces(reader, "CSC1")
    assert [len(samples) for _, samples in parts] == [3000, 3000]
    assert parts[1][0] == 3000 / 32000
    check_reader(reader)


def test_a_channel_that_starts_later_and_one_that_ends_earlier(tmp_path):
    whole = write_ncs(tmp_path / "a.ncs", header("A"), [Run(noise(320_000, 1), 10_000_000)])
    late = write_ncs(tmp_path / "b.ncs", header("B"), [Run(noise(160_000, 2), 15_000_000)])
    short = write_ncs(tmp_path / "c.ncs", header("C"), [Run(noise(160_000, 3), 10_000_000)])
    reader = opened(tmp_path)
    assert reader.signal_streams_count() == 3
    assert reader.segment_count(0) == 1
    for truth in (whole, late, short):
        check_runs(reader, truth, origin_us=10_000_000)
    assert not reader.warnings


def test_ends_a_little_apart_are_cut_to_the_shortest(tmp_path):
    lengths = {"A": 200_000, "B": 198_100, "C": 199_680}
    for name, n in lengths.items():
        write_ncs(tmp_path / f"{name}.ncs", header(name), [Run(noise(n, n), 10_000_000)])
    reader = opened(tmp_path)
    assert reader.signal_streams_count() == 1
    assert reader.get_signal_size(0, 0) == 198_100
    for name, n in lengths.items():
        np.testing.assert_array_equal(pieces(reader, name)[0][1], noise(n, n)[:198_100])
    assert ["3480 samples in all" in w for w in reader.warnings] == [True]


def test_ids_that_repeat(tmp_path):
    for name, channel in (("A", 5), ("B", 5), ("C", 6)):
        write_ncs(tmp_path / f"{name}.ncs", header(name, channel), [Run(noise(600, 1))])
    reader = opened(tmp_path)
    assert reader.header["signal_channels"]["id"].tolist() == ["5", "5:B", "6"]
    check_reader(reader)


def test_filters_that_timestamps_do_not_know_of(tmp_path):
    late = Header(delay_compensation="Disabled", filter_delay_us=484)
    write_ncs(tmp_path / "a.ncs", late, [Run(noise(600, 1))])
    assert "484 us" in opened(tmp_path / "a.ncs").warnings[0]

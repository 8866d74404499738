"""Signals of NSx files: versions, packets of all kinds, gaps, resets and crashes."""

from itertools import pairwise

import numpy as np
import pytest

from rawio import FormatError
from rawio.testing import Expected, check_reader
from tests.rawio.blackrock_files import check_signals, noise, opened, signals, written
from tests.writers import nsx
from tests.writers.blackrock_big import write_many_packets
from tests.writers.nev import Electrode, Header, write_nev
from tests.writers.nsx import PTP, Packet, ptp_timestamps, write_nsx, write_ptp

VERSIONS = ["2.1", "2.2", "2.3", "3.0"]
WITH_PACKETS = VERSIONS[1:]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_to_the_last_sample(tmp_path, version):
    channels = nsx.channels(4, 126, units="mV", min_analog=-5000, max_analog=4000)
    header = nsx.Header(version, "x", period=15)
    path = tmp_path / "a.ns3"
    truth = write_nsx(path, [Packet(600, noise(500, 4))], channels, header)
    electrodes = [Electrode(c.electrode_id, 21516 - k) for k, c in enumerate(channels)]
    write_nev(tmp_path / "a.nev", [], electrodes, Header(version))
    reader = opened(path)
    found = reader.header["signal_channels"]
    assert found["name"].tolist() == ["chan126", "chan127", "chan128", "ainp1"] == truth.names
    assert found["id"].tolist() == list(map(str, truth.ids))
    assert set(found["sampling_rate"]) == {2000.0} == {truth.rate}
    assert set(found["dtype"]) == {"int16"}
    assert reader.header["signal_streams"].tolist() == [("nsx3", "3", "3")]
    old = version == "2.1"
    gains = [e.gain for e in electrodes] if old else truth.gains
    assert found["units"].tolist() == (["uV"] * 4 if old else truth.units)
    np.testing.assert_allclose(found["gain"], gains, rtol=1e-12)
    np.testing.assert_allclose(found["offset"], truth.offsets, rtol=1e-9)
    assert reader.get_signal_t_start(0, 0, 0) == (0 if old else 600 / 30_000)
    assert not reader.warnings
    check_reader(reader, Expected({(0, 0, 0): truth.packet(0).samples}))


def test_gains_of_2_1_without_a_nev(tmp_path):
    chans = nsx.channels(2)
    write_nsx(tmp_path / "a.ns5", [Packet(0, noise(9, 2))], chans, nsx.Header("2.1"))
    reader = opened(tmp_path / "a.ns5")
    found = reader.header["signal_channels"]
    assert (found["gain"].tolist(), found["units"].tolist()) == ([1, 1], ["", ""])
    assert "keeps its gains in the .nev, and there is no .nev" in reader.warnings[0]
    write_nev(tmp_path / "a.nev", [], [Electrode(2, 21516)], Header("2.1"))
    for load_nev in (True, False):
        reader = opened(tmp_path / "a.ns5", load_nev=load_nev)
        assert reader.header["signal_channels"]["gain"].tolist() == [1, 152.592547]
        assert reader.header["signal_channels"]["units"].tolist() == ["", "uV"]
        assert "no header of them: the values of 1 channels" in reader.warnings[0]


def test_a_range_that_is_empty_has_no_gain(tmp_path):
    channels = nsx.channels(2) + nsx.channels(1, 3, min_digital=7, max_digital=7)
    write_nsx(tmp_path / "a.ns5", [Packet(0, noise(9))], channels)
    reader = opened(tmp_path / "a.ns5")
    assert reader.header["signal_channels"]["gain"].tolist()[2] == 1
    assert "1 channels have an empty range" in reader.warnings[0]


def test_channels_of_one_electrode_can_be_told_apart(tmp_path):
    write_nsx(tmp_path / "a.ns5", [Packet(0, noise(9))], [*nsx.channels(2), *nsx.channels(1)])
    reader = opened(tmp_path / "a.ns5")
    assert reader.header["signal_channels"]["id"].tolist() == ["1", "2", "1#2"]
    assert "several channels are of one electrode" in reader.warnings[0]
    check_reader(reader)


@pytest.mark.parametrize("version", WITH_PACKETS)
@pytest.mark.parametrize("period", [1, 30])
def test_packets_without_gaps_are_one_segment(tmp_path, version, period):
    sizes = [5, 5, 5, 5, 7, 1, 1, 1, 300, 2, 5, 5]
    data = noise(sum(sizes))
    starts = np.cumsum([0, *sizes[:-1]])
    packets = [
        Packet(90 + int(start) * period, data[start : start + size])
        for start, size in zip(starts, sizes, strict=True)
    ]
    _, reader = written(tmp_path / "a.ns5", packets, header=nsx.Header(version, period=period))
    assert reader.segment_count(0) == 1
    assert reader.segment_t_start(0, 0) == 90 / 30_000
    assert reader.segment_t_stop(0, 0) == pytest.approx(90 / 30_000 + sum(sizes) * period / 3e4)
    assert not reader.warnings
    check_reader(reader, Expected({(0, 0, 0): data}))


@pytest.mark.parametrize("late, n_segments", [(-1, 2), (0, 1), (1, 1), (2, 2), (30_000, 2)])
def test_a_sample_lost_is_no_gap_and_two_are(tmp_path, late, n_segments):
    first, second = noise(50), noise(40)
    packets = [Packet(9, first), Packet(59 + late, second)]
    _, reader = written(tmp_path / "a.ns5", packets)
    assert reader.segment_count(0) == n_segments
    if n_segments == 2:
        check_signals(reader, [(9 / 30_000, first), ((59 + late) / 30_000, second)])
    else:
        check_signals(reader, [(9 / 30_000, np.concatenate([first, second]))])


@pytest.mark.parametrize(
    "tolerance, n_segments", [(None, 3), (0, 3), (0.9, 3), ("1.5", 2), (9e9, 1)]
)
def test_gaps_up_to_a_tolerance_are_ignored(tmp_path, tolerance, n_segments):
    parts = [noise(n) for n in (50, 40, 30)]
    packets = [Packet(0, parts[0]), Packet(50 + 30, parts[1]), Packet(90_000, parts[2])]
    _, reader = written(tmp_path / "a.ns5", packets, gap_tolerance_ms=tolerance)
    assert reader.segment_count(0) == n_segments
    assert np.array_equal(np.concatenate([x for _, x in signals(reader)]), np.concatenate(parts))
    assert bool(reader.warnings) == (n_segments < 3)  # they are not where their times say


@pytest.mark.parametrize("version", WITH_PACKETS)
def test_pauses_and_resets_start_segments(tmp_path, version):
    parts = [noise(n) for n in (50, 2, 70, 1, 6)]
    packets = [Packet(t, x) for t, x in zip((90, 4000, 0, 500, 7), parts, strict=True)]
    _, reader = written(tmp_path / "a.ns5", packets, header=nsx.Header(version))
    wanted = [(p.timestamp / 30_000, x) for p, x in zip(packets, parts, strict=True)]
    check_signals(reader, wanted)
    assert not reader.warnings
    check_reader(reader, Expected({(0, k, 0): x for k, x in enumerate(parts)}))


def test_packets_without_samples_are_passed_over(tmp_path):
    parts = [noise(n) for n in (20, 30)]
    none = noise(0)
    packets = [
        Packet(0, none),
        Packet(0, parts[0]),
        *(Packet(50 + k, none) for k in range(40)),
        Packet(100, parts[1]),
        Packet(200, none),
    ]
    _, reader = written(tmp_path / "a.ns5", packets)
    check_signals(reader, [(0, parts[0]), (100 / 30_000, parts[1])])


@pytest.mark.parametrize("version", WITH_PACKETS)
@pytest.mark.parametrize("first", [-32768, 0x0101, 1])
def test_a_recorder_that_crashed_left_no_count(tmp_path, version, first):
    whole, last = noise(20), noise(400)
    last[:3, 0] = first  # may look like the flag of a packet
    for packets in (
        [Packet(5, last, nb_points=0)],
        [Packet(0, whole), Packet(900, last, nb_points=0)],
    ):
        _, reader = written(
            tmp_path / "a.ns5", packets, header=nsx.Header(version), tail=b"\x01\x02"
        )
        wanted = [(p.timestamp / 30_000, p.samples) for p in packets]
        check_signals(reader, wanted)
        assert "did not note how many samples" in reader.warnings[0]
        assert "the last 2 bytes are no whole sample" in reader.warnings[1]


def test_what_is_no_packet_ends_the_file(tmp_path):
    data = noise(60)
    packets = [Packet(0, data[:50]), Packet(50, data[50:]), Packet(60, noise(7), flag=3)]
    truth, reader = written(tmp_path / "a.ns5", packets)
    check_signals(reader, [(0, data)])
    assert f"no data packet starts at byte {truth.starts[2]}" in reader.warnings[0]


@pytest.mark.parametrize("points, words", [(0, "cut; 0 samples"), (3, "cut; 3 samples")])
def test_a_cut_packet_is_read_up_to_the_cut(tmp_path, points, words):
    data = noise(20)
    path = tmp_path / "a.ns5"
    truth = write_nsx(path, [Packet(0, data[:10]), Packet(10, data[10:])], nsx.channels(3))
    raw = path.read_bytes()
    path.write_bytes(raw[: truth.starts[1] + 9 + points * 6 + 5])
    reader = opened(path)
    check_signals(reader, [(0, data[: 10 + points])])
    assert words in reader.warnings[0]


@pytest.mark.parametrize("n_points", [1, 30])
@pytest.mark.parametrize("pause", [0, 1, 7])
def test_many_packets(tmp_path, n_points, pause):
    truth = write_many_packets(tmp_path / "a.ns5", 3000, n_points, 2, pause=pause)
    reader = opened(tmp_path / "a.ns5")
    if pause == 1 and n_points == 1:  # then not samples are lost but the rate is wrong
        check_signals(reader, [(0, truth.samples)])
        assert "up to 2999.0 samples later" in reader.warnings[0]
        return
    if pause == 1:  # one sample lost is no gap, but the second is
        two = 2 * n_points
        wanted = [
            (truth.packet(2 * k).t_start, truth.samples[k * two : k * two + two])
            for k in range(1500)
        ]
    else:
        wanted = [(run.t_start, run.samples) for run in truth.joined()]
    check_signals(reader, wanted)
    assert not reader.warnings


@pytest.mark.parametrize("seed, n_channels", [(0, 2), (1, 2), (2, 11)])
def test_many_packets_of_many_sizes(tmp_path, seed, n_channels):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 60, 4000)
    data = noise(int(sizes.sum()), n_channels, seed)
    data[rng.random(data.shape) < 0.3] = 0x0101  # full of what could be flags
    starts = np.cumsum(sizes) - sizes
    pauses = np.cumsum(np.where(rng.random(len(sizes)) < 0.01, 50, 0))
    packets = [
        Packet(int(start + pause), data[start : start + size])
        for start, size, pause in zip(starts, sizes, pauses, strict=True)
    ]
    truth, reader = written(tmp_path / "a.ns5", packets, n_channels)
    check_signals(reader, [(run.t_start, run.samples) for run in truth.joined(tolerance=1)])
    assert not reader.warnings
    longest = max(range(reader.segment_count(0)), key=lambda k: reader.get_signal_size(0, k))
    size = reader.get_signal_size(0, longest)
    whole = reader.get_analogsignal_chunk(0, longest)
    for _ in range(100):
        a, b = np.sort(rng.integers(0, size, 2)).tolist()
        part = reader.get_analogsignal_chunk(0, longest, a, b, channel_indexes=[1])
        np.testing.assert_array_equal(part, whole[a:b, 1:2])


def test_ptp(tmp_path):
    data = noise(70_000, 2)
    stamps = ptp_timestamps(70_000, gaps={1000: 10**8, 66_000: 10**10}, jitter=100)
    truth = write_ptp(tmp_path / "a.ns6", data, stamps, nsx.channels(2))
    reader = opened(tmp_path / "a.ns6")
    runs = truth.joined(tolerance=300)
    assert [len(run.samples) for run in runs] == [1000, 65_000, 4000]
    origin = int(stamps[0]) // 10**9
    assert reader.clock_origin == origin
    # Exactly, which seconds since 1970 in a float64 are not.
    wanted = [((run.timestamp - origin * 10**9) / 1e9, run.samples) for run in runs]
    check_signals(reader, wanted)
    assert reader.get_signal_sampling_rate() == 30_000
    assert not reader.warnings
    check_reader(reader)


@pytest.mark.parametrize("lost", [1, 2, 3])
@pytest.mark.parametrize("jitter", [0, 3000])
def test_ptp_gaps_of_a_few_samples(tmp_path, lost, jitter):
    gaps = {k: round(lost * 1e9 / 30_000) for k in (5, 6, 3000, 40_000)}
    stamps = ptp_timestamps(40_500, gaps=gaps, jitter=jitter, seed=lost)
    data = noise(40_500, 1)
    write_ptp(tmp_path / "a.ns6", data, stamps, nsx.channels(1))
    reader = opened(tmp_path / "a.ns6")
    sizes = [reader.get_signal_size(0, k) for k in range(reader.segment_count(0))]
    assert sizes == ([6, 39_994, 500] if lost == 1 else [5, 1, 2994, 37_000, 500])
    assert np.array_equal(np.concatenate([x for _, x in signals(reader)]), data)


@pytest.mark.parametrize("ppm", [-2000, -200, 20, 200])
def test_a_ptp_clock_of_another_pace_leaves_no_gaps(tmp_path, ppm):
    n = 60_000
    elapsed = np.arange(n) * (1e9 / 30_000 * (1 + ppm * 1e-6))
    stamps = np.uint64(1_700_000_000_250_000_000) + elapsed.astype(np.uint64)
    write_ptp(tmp_path / "a.ns6", noise(n, 1), stamps, nsx.channels(1))
    reader = opened(tmp_path / "a.ns6")
    assert reader.get_signal_size(0, 0) == n
    assert reader.get_signal_t_start(0, 0) == 0.25
    rate = reader.get_signal_sampling_rate()
    if abs(ppm) == 200:  # more than a sample in all, so the rate is that of the clock
        assert rate == pytest.approx(30_000 / (1 + ppm * 1e-6), abs=1e-4)
        assert len(reader.warnings) == 1 and "by its timestamps" in reader.warnings[0]
    else:
        assert rate == 30_000
        assert [w for w in reader.warnings if "up to 120.0 samples earlier" in w] == (
            reader.warnings
        )
        assert bool(reader.warnings) == (ppm < 0)


def test_gaps_that_are_tolerated_do_not_change_the_pace(tmp_path):
    stamps = ptp_timestamps(60_000, gaps=dict.fromkeys(range(1000, 60_000, 6000), 10**6))
    write_ptp(tmp_path / "a.ns6", noise(60_000, 1), stamps, nsx.channels(1))
    reader = opened(tmp_path / "a.ns6", gap_tolerance_ms=2)
    assert (reader.segment_count(0), reader.get_signal_sampling_rate()) == (1, 30_000)
    assert "timestamps come up to 300.0 samples later" in reader.warnings[0]


def test_a_ptp_clock_that_is_corrected_is_not_reset(tmp_path):
    stamps = ptp_timestamps(3000, gaps={1000: -(10**6), 2000: -(10**10)})
    data = noise(3000, 2)
    write_ptp(tmp_path / "a.ns6", data, stamps, nsx.channels(2))
    # The slow stream sees no more of the correction than a jitter.
    slow = stamps[::30]
    slow_data = noise(100, 1)
    header = nsx.Header("3.0", period=30, timestamp_resolution=10**9)
    write_ptp(tmp_path / "a.ns2", slow_data, slow, nsx.channels(1), header)
    reader = opened(tmp_path / "a.ns6")
    times = (stamps.astype(np.int64) - reader.clock_origin * 10**9) / 1e9
    cut = [0, 1000, 2000, 3000]
    check_signals(reader, [(times[a], data[a:b]) for a, b in pairwise(cut)], 1)
    sizes = [len(x) for _, x in signals(reader, 0)]
    assert sum(sizes) == 100
    assert all(abs(size - wanted) <= 1 for size, wanted in zip(sizes, (34, 33, 33), strict=True))


def test_samples_that_are_timed_one_by_one_may_jitter_by_a_tick(tmp_path):
    data = noise(3000, 1)
    ticks = 90 + np.arange(3000) + np.random.default_rng(1).integers(0, 2, 3000)
    write_ptp(tmp_path / "a.ns6", data, ticks.astype(np.uint64), nsx.channels(1), nsx.Header("3.0"))
    reader = opened(tmp_path / "a.ns6")
    assert reader.get_signal_sampling_rate() == 30_000
    check_signals(reader, [(int(ticks[0]) / 30_000, data)])
    assert not reader.warnings


def test_ptp_packets_of_several_samples(tmp_path):
    header = nsx.Header("3.0", period=3, timestamp_resolution=10**9)
    data = noise(300)
    starts = np.cumsum([0, *([11, 12, 13] * 8)])
    packets = [
        Packet(1_650_000_000_123_456_789 + round(a * 1e5), data[a:b]) for a, b in pairwise(starts)
    ]
    _, reader = written(tmp_path / "a.ns4", packets, header=header)
    check_signals(reader, [(0.123456789, data[: starts[-1]])])
    assert reader.get_signal_sampling_rate() == 10_000
    assert not reader.warnings


def test_a_32_bit_clock_may_overflow(tmp_path):
    data = noise(300)
    start = (1 << 32) - 100
    ticks = [start, start + 100 & 0xFFFFFFFF, start + 200 & 0xFFFFFFFF]
    packets = [Packet(t, data[k * 100 : k * 100 + 100]) for k, t in enumerate(ticks)]
    packets.append(Packet(9000, noise(5)))
    _, reader = written(tmp_path / "a.ns5", packets)
    check_signals(reader, [(start / 3e4, data), ((9000 + 2**32) / 3e4, noise(5))])


@pytest.mark.parametrize("period", [0])
def test_no_period_no_rate(tmp_path, period):
    path = tmp_path / "a.ns5"
    write_nsx(
        path, [Packet(0, noise(5))], nsx.channels(3), nsx.Header(overrides={"period": period})
    )
    with pytest.raises(FormatError, match=r"a\.ns5: its sampling period is 0"):
        opened(path)


def test_far_samples_and_large_times(tmp_path):
    """Nothing is counted in 32 bits: a sparse file, of which only the ends are read."""
    path = tmp_path / "a.ns5"
    n = 3_000_000_000  # frames of 2 bytes
    truth = write_nsx(path, [Packet(2**40, noise(2, 1), nb_points=n)], nsx.channels(1), PTP_30K)
    tail = noise(3, 1)
    with path.open("r+b") as file:
        file.truncate(int(truth.starts[0]) + 13 + 2 * (n - 3))
        file.seek(0, 2)
        file.write(tail.tobytes())
    reader = opened(path)
    assert reader.get_signal_size(0, 0) == n
    assert reader.get_signal_t_start(0, 0) == 2**40 / 30_000
    assert np.array_equal(reader.get_analogsignal_chunk(0, 0, n - 3, n), tail)
    assert np.array_equal(reader.get_analogsignal_chunk(0, 0, 0, 2), noise(2, 1))


PTP_30K = nsx.Header("3.0")
assert PTP.timestamp_resolution == 10**9

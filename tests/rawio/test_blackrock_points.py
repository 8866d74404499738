"""Spikes and events of NEV files: versions, waveforms, kinds of events, order and clocks."""

import numpy as np
import pytest

from rawio import FormatError
from rawio.blackrock import nev_index, nev_scan
from rawio.blackrock.nev_header import read_nev_header
from rawio.files import RawFile
from rawio.testing import check_reader
from tests.rawio.blackrock_files import NEW, OLD, expected_points, opened
from tests.writers.blackrock_big import write_big_nev
from tests.writers.nev import (
    RESTART,
    Button,
    Comment,
    Config,
    Digital,
    DigitalLabel,
    Electrode,
    Filter,
    Header,
    Label,
    Nsas,
    RawExtended,
    RawPacket,
    Reconfig,
    Recording,
    Spike,
    Text,
    Tracking,
    VideoSync,
    random_spikes,
    write_nev,
)

INPUTS = ["digital_input_port", "serial_input_port"]
ANALOG = [*(f"analog_input_channel_{k}" for k in range(1, 6)), "periodic_sampling_events"]


def headers_of(electrodes, **fields):
    return [Electrode(k, 250 + k, **fields) for k in electrodes] + [
        Label(k, f"e{k}") for k in electrodes
    ]


def counts(reader, segment=0):
    return [reader.spike_count(0, segment, u) for u in range(reader.unit_channels_count())]


def names(reader, table="unit_channels"):
    return reader.header[table]["name"].tolist()


@pytest.mark.parametrize("version", [*OLD, *NEW])
def test_every_version_to_the_last_spike_and_event(tmp_path, version):
    electrodes = [3, 1, 96, 16384]
    packets = random_spikes(2000, electrodes, units=(0, 1, 16, 255), disorder=40, seed=2)
    packets += [Digital(300_000 + k, 7 * k, 129 if k % 3 else 1) for k in range(30)]
    if version in NEW:
        packets += [Comment(310_000, "go \xb5"), Comment(310_001, "stop", color=0xFF)]
    else:
        packets += [Digital(310_000, 5, 64), Digital(310_001, 5, 7, (1, -2, 3, 4, 5))]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of(electrodes), Header(version))
    reader = opened(tmp_path / "a.nev")
    units = reader.header["unit_channels"]
    wanted = sorted(truth.units, key=lambda key: (electrodes.index(key[0]), key[1]))
    assert names(reader) == [f"ch{e}#{u}" for e, u in wanted]
    assert units["id"].tolist() == [f"Unit {1000 * e + u}" for e, u in wanted]
    assert units["wf_gain"].tolist() == [truth.gain(e) for e, _ in wanted]
    assert set(units["wf_units"]) == {"uV"}
    assert (set(units["wf_sampling_rate"]), set(units["wf_left_sweep"])) == ({30_000.0}, {10})
    events = reader.header["event_channels"]
    assert events["name"].tolist() == INPUTS + (["comments"] if version in NEW else ANALOG)
    assert events["id"].tolist() == events["name"].tolist()
    assert set(events["type"]) == {b"event"}
    assert (reader.segment_count(0), reader.signal_streams_count()) == (1, 0)
    ticks = [p.timestamp for p in packets]
    assert reader.segment_t_start(0, 0) == min(ticks) / 30_000
    assert reader.segment_t_stop(0, 0) == max(ticks) / 30_000
    assert not reader.warnings
    check_reader(reader, expected_points(reader, truth))


@pytest.mark.parametrize("version", [*OLD, *NEW])
@pytest.mark.parametrize("size, dtype", [(0, "i1"), (1, "i1"), (2, "<i2"), (4, "<i4")])
@pytest.mark.parametrize("width", [None, 7])
def test_waveforms_of_all_sizes(tmp_path, version, size, dtype, width):
    fields = {"bytes_per_sample": size, "spike_width": width}
    packets = random_spikes(200, [1, 5], peak=100, n_points=7)
    for flags in (0, 1):
        truth = write_nev(
            tmp_path / "a.nev", packets, headers_of([1, 5], **fields), Header(version, flags)
        )
        reader = opened(tmp_path / "a.nev")
        check_reader(reader, expected_points(reader, truth))
        waveforms = reader.spike_raw_waveforms()
        assert waveforms.dtype == (np.dtype("<i2") if flags else np.dtype(dtype))
        if width is not None and version in NEW:
            assert waveforms.shape[2] == 7
        scaled = reader.rescale_waveforms_to_float(waveforms, "float64")
        np.testing.assert_array_equal(scaled, waveforms * 0.251)


def test_a_waveform_without_a_width_fills_its_packet(tmp_path):
    write_nev(tmp_path / "a.nev", [Spike(5, 1)], [Electrode(1, spike_width=0)])
    assert opened(tmp_path / "a.nev").spike_raw_waveforms().shape == (1, 1, 48)
    write_nev(tmp_path / "a.nev", [Spike(5, 1)], [Electrode(1)], Header(packet_bytes=8))
    assert opened(tmp_path / "a.nev").spike_raw_waveforms() is None


def test_a_gain_that_did_not_fit_into_16_bits(tmp_path):
    write_nev(tmp_path / "a.nev", [Spike(5, 129)], [Electrode(129, 21516)])
    assert opened(tmp_path / "a.nev").header["unit_channels"]["wf_gain"][0] == 152.592547


def test_electrodes_without_a_header(tmp_path):
    truth = write_nev(tmp_path / "a.nev", random_spikes(50, [2, 7], units=[0]), headers_of([7]))
    reader = opened(tmp_path / "a.nev")
    assert names(reader) == ["ch7#0", "ch2#0"]
    assert reader.header["unit_channels"]["wf_units"].tolist() == ["uV", ""]
    assert "1 electrodes have spikes but no header (2)" in reader.warnings[0]
    check_reader(reader, expected_points(reader, truth))


def test_extended_headers_of_all_kinds(tmp_path):
    extended = [
        Text("ARRAYNME", "array"),
        RawExtended("UNKNOWN", b"\1\2\3"),
        *headers_of([4]),
        Filter(4),
        DigitalLabel("serial", 0),
        Nsas(),
        Electrode(4, 999),
    ]
    write_nev(tmp_path / "a.nev", [Spike(5, 4)], extended, Header(padding=bytes(32)))
    reader = opened(tmp_path / "a.nev")
    assert reader.header["unit_channels"]["wf_gain"].tolist() == [0.254]
    assert reader.spike_timestamps().tolist() == [5]
    assert reader.warnings == ["a.nev: some electrodes have several headers; the first of each is "
                               "taken."]  # fmt: skip


@pytest.mark.parametrize("version", [*OLD, *NEW])
def test_other_events_are_there_when_there_are_some(tmp_path, version):
    old = version in OLD
    packets = [
        VideoSync(10, 1, 70_000, 9, 2),
        Tracking(11, 1, 3, points=(4, 5)),
        Button(12, 2),
        Config(13, 1, "louder"),
        Config(14, 258),
        Reconfig(15, 5, "nsp", "more"),
        Recording(16, 3),
        Digital(17, 99, 0x40),
        Comment(18, "late"),
        Comment(17, "\u03bc\U0001f600 wide", char_set=1),
        Comment(19, "Roi:1:Enter:7:", char_set=255),
        Comment(20, b"\xff\xfeb\0o\0m\0", char_set=1),
        Spike(21, 1),
    ]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of([1]), Header(version))
    reader = opened(tmp_path / "a.nev")
    others = ["video_sync", "tracking", "button", "config", "reconfig", "recording"]
    standard = [*INPUTS, *ANALOG, "comments"] if old else [*INPUTS, "comments", ANALOG[-1]]
    assert names(reader, "event_channels") == [*standard, *others]
    found = {
        name: reader.event_timestamps(0, 0, k)
        for k, name in enumerate(names(reader, "event_channels"))
    }
    labels = {name: f[2].tolist() for name, f in found.items()}
    assert labels["comments"] == truth.events("comments").in_order().labels
    assert labels["comments"][0] == "\u03bc\U0001f600 wide"
    assert labels["comments"][-1] == "bom"
    assert labels["periodic_sampling_events"] == ["99"]
    assert [labels[name] for name in others] == [
        ["70000"],
        ["3"],
        ["2"],
        ["louder", "258"],
        ["more"],
        ["3"],
    ]
    for name, (ticks, durations, _) in found.items():
        assert ticks.tolist() == truth.events(name).in_order().ticks.tolist()
        assert durations is None
    check_reader(reader)


@pytest.mark.parametrize("version", ["2.1", "2.3"])
def test_inputs_of_several_reasons_count_for_each(tmp_path, version):
    reasons = [0x01, 0x81, 0x03, 0x83, 0x7E, 0x40, 0x00, 0x80]
    packets = [Digital(10 * k, k, reason, (1, 2, 3, 4, 5)) for k, reason in enumerate(reasons)]
    truth = write_nev(tmp_path / "a.nev", packets, [], Header(version))
    reader = opened(tmp_path / "a.nev")
    check_reader(reader, expected_points(reader, truth))
    unknown = ("2 inputs of unknown reasons (0, 128)",)
    assert all(any(words in w for w in reader.warnings) for words in unknown)


def test_unknown_packets_are_told_of(tmp_path):
    packets = [RawPacket(5, 20_000, b"x"), Spike(6, 1), RawPacket(7, 0xFFF0), RawPacket(8, 0xFFF0)]
    write_nev(tmp_path / "a.nev", packets, headers_of([1]))
    reader = opened(tmp_path / "a.nev")
    assert reader.warnings == [
        "the .nev has 3 packets of unknown kinds (20000, 65520), which are left out."
    ]
    assert reader.spike_timestamps().tolist() == [6]


def test_labels_in_a_time_window(tmp_path):
    packets = [Digital(30_000 * k, k) for k in range(100)]
    write_nev(tmp_path / "a.nev", packets)
    ticks, _, labels = opened(tmp_path / "a.nev").event_timestamps(0, 0, 0, 10.0, 12.0)
    assert (ticks.tolist(), labels.tolist()) == ([300_000, 330_000, 360_000], ["10", "11", "12"])


@pytest.mark.parametrize("version", NEW)
def test_clock_resets_that_are_noted(tmp_path, version):
    parts = [random_spikes(300, [4, 2048], first_tick=9, seed=k, disorder=30) for k in range(3)]
    packets = [*parts[0], RESTART, Digital(7, 3), *parts[1], RESTART, *parts[2]]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of([4, 2048]), Header(version))
    reader = opened(tmp_path / "a.nev")
    assert reader.segment_count(0) == 3
    check_reader(reader, expected_points(reader, truth, epochs=range(3)))
    assert not reader.warnings


def test_clock_resets_that_are_not_noted(tmp_path):
    parts = [random_spikes(300, [4, 5], first_tick=9, seed=k) for k in range(3)]
    late = Comment(2, "of the past", flag=1)  # times of others do not count
    packets = [*parts[0], late, *parts[1], VideoSync(10**9), *parts[2]]
    write_nev(tmp_path / "a.nev", packets, headers_of([4, 5]))
    reader = opened(tmp_path / "a.nev")
    assert [sum(counts(reader, k)) for k in range(3)] == [300] * 3
    assert reader.event_count(0, 0, 2) == 1
    assert "go back by more than a second 2 times" in reader.warnings[0]


@pytest.mark.parametrize("disorder, n_segments", [(20_000, 1), (29_999, 1), (40_000, 2)])
def test_less_than_a_second_back_is_disorder(tmp_path, disorder, n_segments):
    packets = [Spike(100_000, 1), Spike(100_000 - disorder, 1), Spike(100_001, 1)]
    write_nev(tmp_path / "a.nev", packets, headers_of([1]))
    reader = opened(tmp_path / "a.nev")
    assert reader.segment_count(0) == n_segments
    if n_segments == 1:
        assert reader.spike_timestamps().tolist() == sorted(p.timestamp for p in packets)


def test_more_resets_than_can_be_are_disorder(tmp_path):
    packets = [Spike(t, 1) for k in range(1200) for t in (10**8 + k, k)]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of([1]))
    reader = opened(tmp_path / "a.nev")
    assert reader.segment_count(0) == 1
    assert "too often to be resets" in reader.warnings[0]
    check_reader(reader, expected_points(reader, truth))


def test_a_32_bit_clock_may_overflow(tmp_path):
    end = 1 << 32
    ticks = [end - 50_000, end - 9, 3, end - 2, 8, 9, 70_000, 0, 10**6]
    real = [end - 50_000, end - 9, end - 2, end, end + 3, end + 8, end + 9, end + 70_000]
    packets = [Spike(t, 1) for t in ticks[:-1]] + [Digital(ticks[-1], 4)]
    path = tmp_path / "a.nev"
    write_nev(path, packets, headers_of([1]))
    reader = opened(path)
    assert reader.segment_count(0) == 2  # the 0 after 70000 is more than a second back
    reader = written_in_one_piece(path, [p for p in packets if p.timestamp])
    assert reader.spike_timestamps().tolist() == [t for t in real if t != end]
    assert reader.event_timestamps()[0].tolist() == [end + 10**6]
    assert reader.segment_count(0) == 1
    for piece_bytes in (104, 208, 312, 520):  # seen across pieces, too
        file = RawFile(path)
        index = nev_index.build_index(file, read_nev_header(file, print), piece_bytes)
        assert index.tick.tolist() == [t for t in real if t != end]


def written_in_one_piece(path, packets):
    write_nev(path, packets, headers_of([1]))
    return opened(path)


def test_ptp_times_are_exact(tmp_path):
    base = 1_700_000_000 * 10**9 + 999_999_999
    packets = [Spike(base + 10**9 * k + k, 1) for k in range(100)]
    packets.insert(1, Digital(base + 7, 3))
    header = Header("3.0", timestamp_resolution=10**9)
    truth = write_nev(tmp_path / "a.nev", packets, headers_of([1]), header)
    reader = opened(tmp_path / "a.nev")
    assert reader.clock_origin == 1_700_000_000
    ticks = reader.spike_timestamps()
    assert ticks.tolist() == [base + 10**9 * k + k for k in range(100)]
    seconds = reader.rescale_spike_timestamp(ticks)
    assert seconds.tolist() == [(999_999_999 + 10**9 * k + k) / 1e9 for k in range(100)]
    one = reader.spike_timestamps(t_start=seconds[40], t_stop=seconds[40])
    assert one.tolist() == [ticks[40]]
    assert reader.segment_t_start(0, 0) == 0.999999999
    check_reader(reader, expected_points(reader, truth))


@pytest.mark.parametrize("version", ["2.3", "3.0"])
@pytest.mark.parametrize("piece_bytes", [5_000, 90_000, 10**9])
def test_the_index_does_not_depend_on_pieces(tmp_path, version, piece_bytes, monkeypatch):
    monkeypatch.setattr(nev_scan, "SLAB_BYTES", 3000)
    path = tmp_path / "a.nev"
    big = write_big_nev(path, 3000, 40, n_points=6, n_units=9, version=version, n_digital=400)
    file = RawFile(path)
    index = nev_index.build_index(file, read_nev_header(file, print), piece_bytes)
    keys = sorted({(int(e), int(u)) for e, u in zip(big.ids, big.classes, strict=True) if e})
    assert [(int(k["electrode"]), int(k["unit"])) for k in index.keys] == keys
    for key in index.keys:
        rows = big.rows(key["electrode"], key["unit"])
        mine = slice(key["start"], key["start"] + key["count"])
        np.testing.assert_array_equal(index.tick[mine], big.ticks[rows])
        np.testing.assert_array_equal(index.packet[mine], rows)
    rows = np.flatnonzero(big.ids == 0)
    np.testing.assert_array_equal(index.events["packet"], rows)


def test_no_packets(tmp_path):
    write_nev(tmp_path / "a.nev", [], headers_of([1]))
    reader = opened(tmp_path / "a.nev")
    assert (reader.segment_count(0), reader.unit_channels_count()) == (1, 0)
    assert (reader.segment_t_start(0, 0), reader.segment_t_stop(0, 0)) == (0, 0)
    check_reader(reader)


@pytest.mark.parametrize(
    "overrides, words",
    [
        ({"packet_bytes": 7}, "packets would have 7 bytes"),
        ({"bytes_in_headers": 300}, "packets would start at byte 300"),
        ({"bytes_in_headers": 99_999}, "packets would start at byte 99999"),
    ],
)
def test_headers_that_cannot_be(tmp_path, overrides, words):
    write_nev(tmp_path / "a.nev", [Spike(1, 1)], headers_of([1]), Header(overrides=overrides))
    with pytest.raises(FormatError, match=words):
        opened(tmp_path / "a.nev")


def test_headers_that_are_strange(tmp_path):
    overrides = {"n_extended": 77, "timestamp_resolution": 0, "sample_resolution": 10**9}
    write_nev(tmp_path / "a.nev", [Spike(30_000, 1)], headers_of([1]), Header(overrides=overrides))
    reader = opened(tmp_path / "a.nev")
    assert "30000 a second is assumed" in reader.warnings[0]
    assert "77 extended headers are announced but there is room for 2" in reader.warnings[1]
    assert reader.rescale_spike_timestamp(reader.spike_timestamps()).tolist() == [1.0]
    assert reader.header["unit_channels"]["wf_sampling_rate"].tolist() == [30_000]


def test_a_cut_packet_is_left_out(tmp_path):
    write_nev(tmp_path / "a.nev", [Spike(30_000, 1)], headers_of([1]), tail=bytes(99))
    reader = opened(tmp_path / "a.nev")
    assert reader.spike_count() == 1
    assert "the last 99 bytes are no whole packet" in reader.warnings[0]

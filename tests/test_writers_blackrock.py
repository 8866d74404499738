"""The writers of Blackrock files, held against hand-unpacked bytes."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from tests.writers import nev_headers, nsx, nsx_headers
from tests.writers.nev import (
    EVENTS,
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
    Trackable,
    Tracking,
    VideoSource,
    VideoSync,
    random_spikes,
    write_nev,
)
from tests.writers.nsx import Channel, Packet, ptp_timestamps, write_nsx, write_ptp

RNG = np.random.default_rng(11)
DATE = (2021, 12, 5, 31, 23, 58, 59, 999)


def noise(n, n_channels=3):
    return RNG.integers(-32768, 32767, (n, n_channels), np.int16, endpoint=True)


def unpack(format_, data, offset):
    values = struct.unpack_from("<" + format_, data, offset)
    return values[0] if len(values) == 1 else values


@pytest.mark.parametrize(
    ("layout", "size", "unused"),
    [
        (nsx_headers.BASIC_21_LAYOUT, 32, range(0)),
        (nsx_headers.BASIC_LAYOUT, 314, range(0)),
        (nsx_headers.CHANNEL_LAYOUT, 66, range(0)),
        (nev_headers.BASIC_LAYOUT, 336, range(0)),
        (nev_headers.ELECTRODE_LAYOUT, 32, range(24, 32)),
        (nev_headers.LABEL_LAYOUT, 32, range(26, 32)),
        (nev_headers.FILTER_LAYOUT, 32, range(30, 32)),
        (nev_headers.DIGITAL_LABEL_LAYOUT, 32, range(25, 32)),
        (nev_headers.TEXT_LAYOUT, 32, range(0)),
        (nev_headers.VIDEO_LAYOUT, 32, range(30, 32)),
        (nev_headers.TRACKABLE_LAYOUT, 32, range(30, 32)),
        (nev_headers.NSAS_LAYOUT, 32, range(26, 32)),
        (RawExtended.layout, 32, range(0)),
    ],
)
def test_fields_do_not_overlap_and_fill_the_header(layout, size, unused):
    dtype = nsx_headers.record_dtype(layout, size)
    used = np.zeros(size, int)
    for name in dtype.names:
        field, offset = dtype.fields[name][:2]
        used[offset : offset + field.itemsize] += 1
    assert np.flatnonzero(used == 0).tolist() == list(unused)
    assert used.max() == 1


def test_nsx_21_bytes(tmp_path):
    first, second = noise(4, 2), noise(3, 2)
    header = nsx.Header("2.1", label="1 kS/s", period=30)
    packets = [Packet(500, first), Packet(0, second)]
    truth = write_nsx(tmp_path / "a.ns2", packets, [Channel(3), Channel(70000)], header, b"tail!")
    data = (tmp_path / "a.ns2").read_bytes()
    assert unpack("8s16sII", data, 0) == (b"NEURALSG", b"1 kS/s".ljust(16, b"\0"), 30, 2)
    assert unpack("II", data, 32) == (3, 70000)
    assert unpack("14h", data, 40) == (*first.ravel(), *second.ravel())
    assert data[68:] == b"tail!"
    assert truth.starts.tolist() == [40, 68]
    assert truth.counts.tolist() == [7]
    assert (truth.rate, truth.ids, truth.names) == (1000.0, [3, 70000], ["chan3", "ainp69872"])
    assert (truth.packet(0).timestamp, truth.packet(0).t_start) == (0, 0.0)
    np.testing.assert_array_equal(truth.packet(0).samples, np.concatenate([first, second]))
    assert (truth.gains.tolist(), truth.offsets.tolist(), truth.units) == ([1, 1], [0, 0], ["", ""])


@pytest.mark.parametrize(
    ("version", "file_id"), [("2.2", b"NEURALCD"), ("2.3", b"NEURALCD"), ("3.0", b"BRSMPGRP")]
)
def test_nsx_header_bytes(tmp_path, version, file_id):
    header = nsx.Header(version, "2 kS/s", "c" * 256, 15, 12345, DATE, padding=b"pad")
    write_nsx(tmp_path / "a.ns3", [], nsx.channels(5), header)
    data = (tmp_path / "a.ns3").read_bytes()
    assert len(data) == 314 + 5 * 66 + 3
    assert unpack("8s2BI", data, 0) == (file_id, *map(int, version.split(".")), len(data))
    assert unpack("16s256s", data, 14) == (b"2 kS/s".ljust(16, b"\0"), b"c" * 256)
    assert unpack("II8HI", data, 286) == (15, 12345, *DATE, 5)
    assert data[-3:] == b"pad"


def test_nsx_channel_bytes(tmp_path):
    channel = Channel(
        electrode_id=65535,
        label=b"\xb5-sixteen letters"[:16],
        connector=4,
        pin=37,
        min_digital=-8192,
        max_digital=8191,
        min_analog=-5000,
        max_analog=4000,
        units="mV",
        hi_freq_corner=300_000,
        hi_freq_order=4,
        hi_freq_type=1,
        lo_freq_corner=7_500_000,
        lo_freq_order=3,
        lo_freq_type=2,
    )
    truth = write_nsx(tmp_path / "a.ns5", [], [Channel(1), channel])
    data = (tmp_path / "a.ns5").read_bytes()[314 + 66 :]
    assert unpack("2sH16s", data, 0) == (b"CC", 65535, b"\xb5-sixteen letter")
    assert unpack("BB4h", data, 20) == (4, 37, -8192, 8191, -5000, 4000)
    assert unpack("16s", data, 30) == b"mV".ljust(16, b"\0")
    assert unpack("IIH", data, 46) == (300_000, 4, 1)
    assert unpack("IIH", data, 56) == (7_500_000, 3, 2)
    assert truth.gains.tolist() == [0.25, 9000 / 16383]
    assert truth.offsets.tolist() == [0.0, -5000 + 8192 * (9000 / 16383)]
    assert (truth.names, truth.units) == (["", "\xb5-sixteen letter"], ["uV", "mV"])


@pytest.mark.parametrize(("version", "code", "size"), [("2.2", "BII", 9), ("3.0", "BQI", 13)])
def test_nsx_packet_bytes(tmp_path, version, code, size):
    late = 2**32 - 1 if version == "2.2" else 2**64 - 1
    a, b = noise(5), noise(2)
    packets = [
        Packet(90, a),
        Packet(late, a[:0]),
        Packet(0, b, nb_points=0),
        Packet(7, b, nb_points=2**31, flag=5),
    ]
    header = nsx.Header(version)
    truth = write_nsx(tmp_path / "a.ns5", packets, nsx.channels(3), header, tail=b"\x01\x02")
    data = (tmp_path / "a.ns5").read_bytes()
    first = 314 + 3 * 66
    starts = np.cumsum([first, size + 30, size, size + 12, size + 12])
    assert truth.starts.tolist() == starts.tolist()
    assert data[starts[-1] :] == b"\x01\x02"
    heads = [unpack(code, data, at) for at in starts[:-1]]
    assert heads == [(1, 90, 5), (1, late, 0), (1, 0, 0), (5, 7, 2**31)]
    assert unpack("15h", data, starts[0] + size) == tuple(a.ravel())
    assert unpack("6h", data, starts[2] + size) == tuple(b.ravel())
    assert truth.timestamps.tolist() == [90, late, 0, 7]
    assert truth.counts.tolist() == [5, 0, 2, 2]
    np.testing.assert_array_equal(truth.packet(2).samples, b)
    assert truth.packet(1).samples.shape == (0, 3)


def test_ptp_is_packets_of_one_sample(tmp_path):
    samples = noise(400, 4)
    stamps = ptp_timestamps(400, 15, gaps={100: 10**9, 300: -(10**6)}, jitter=50)
    truth = write_ptp(tmp_path / "a.ns3", samples, stamps, nsx.channels(4), tail=b"\x01")
    data = (tmp_path / "a.ns3").read_bytes()
    first = 314 + 4 * 66
    assert unpack("I", data, 290) == 1_000_000_000
    assert len(data) == first + 400 * 21 + 1
    assert unpack("BQI4h", data, first + 21 * 399) == (1, int(stamps[399]), 1, *samples[399])
    packets = [Packet(int(t), samples[k : k + 1]) for k, t in enumerate(stamps)]
    again = write_nsx(tmp_path / "b.ns3", packets, nsx.channels(4), nsx.PTP, tail=b"\x01")
    assert (tmp_path / "b.ns3").read_bytes() == data
    np.testing.assert_array_equal(truth.starts, again.starts)
    np.testing.assert_array_equal(truth.samples, again.samples)
    np.testing.assert_array_equal(truth.timestamps, again.timestamps)


def test_ptp_timestamps():
    times = ptp_timestamps(90_001, gaps={4: 1000, 6: -50}, start=2**62 + 1)
    assert times.dtype == np.uint64
    offsets = (times - np.uint64(2**62 + 1)).tolist()
    assert offsets[:7] == [0, 33333, 66667, 100000, 134333, 167667, 200950]
    assert offsets[-1] == 3 * 10**9 + 950  # nothing adds up from sample to sample
    shaken = ptp_timestamps(1000, 30, jitter=40, seed=3).astype(np.int64)
    still = ptp_timestamps(1000, 30).astype(np.int64)
    assert (still[0], still[-1] - still[0]) == (nsx.UNIX_2024, 999 * 10**6)
    assert 30 < abs(shaken - still).max() <= 40
    np.testing.assert_array_equal(shaken, ptp_timestamps(1000, 30, jitter=40, seed=3))


def test_nsx_joined_splits_at_gaps_and_resets(tmp_path):
    sizes = [10, 5, 0, 5, 7, 3, 4]
    stamps = [20, 170, 999, 246, 400, 0, 47]  # 15 ticks a sample: on, 1 late, gap, reset, 2 late
    parts = [noise(n) for n in sizes]
    header = nsx.Header(period=15)
    packets = [Packet(t, x) for t, x in zip(stamps, parts, strict=True)]
    truth = write_nsx(tmp_path / "a.ns3", packets, nsx.channels(3), header)
    assert truth.rate == 2000.0
    for tolerance, expected in ((0, [[0, 1], [3], [4], [5], [6]]), (2, [[0, 1, 3], [4], [5, 6]])):
        runs = truth.joined(tolerance)
        assert [r.timestamp for r in runs] == [stamps[group[0]] for group in expected]
        assert [r.t_start for r in runs] == [stamps[group[0]] / 30000 for group in expected]
        for run, group in zip(runs, expected, strict=True):
            np.testing.assert_array_equal(run.samples, np.concatenate([parts[k] for k in group]))
    assert write_nsx(tmp_path / "b.ns3", [], nsx.channels(3)).joined() == []


def test_nsx_refuses_what_it_cannot_write(tmp_path):
    path = tmp_path / "a.ns5"
    with pytest.raises(ValueError, match="2 channels"):
        write_nsx(path, [Packet(0, noise(3))], nsx.channels(2))
    with pytest.raises(ValueError, match=r"version 2\.4"):
        write_nsx(path, [], nsx.channels(2), nsx.Header("2.4"))
    with pytest.raises(ValueError, match="label"):
        write_nsx(path, [], [Channel(1, "seventeen letters")])
    with pytest.raises(ValueError, match="400 times"):
        write_ptp(path, noise(399), ptp_timestamps(400), nsx.channels(3))
    assert not path.exists()


def test_headers_that_are_wrong(tmp_path):
    more = {"file_id": b"NEURALXX", "version": (2, 9), "bytes_in_headers": 5, "channel_count": 9}
    write_nsx(tmp_path / "a.ns5", [], nsx.channels(1), nsx.Header(overrides=more))
    data = (tmp_path / "a.ns5").read_bytes()
    assert unpack("8sBBI", data, 0) == (b"NEURALXX", 2, 9, 5)
    assert unpack("I", data, 310) == 9
    more = {"file_id": b"NEURALXX", "packet_bytes": 0, "n_extended": 2**32 - 1}
    write_nev(tmp_path / "a.nev", header=Header(overrides=more))
    data = (tmp_path / "a.nev").read_bytes()
    assert unpack("8s", data, 0) == b"NEURALXX"
    assert (unpack("I", data, 16), unpack("I", data, 332)) == (0, 2**32 - 1)


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "3.0"])
def test_nev_header_bytes(tmp_path, version):
    header = Header(version, 0, 112, 1000, 25000, DATE, "app", "x" * 256, padding=b"pad")
    write_nev(tmp_path / "a.nev", [], [Text("ARRAYNME", "a")] * 3, header, tail=b"end")
    data = (tmp_path / "a.nev").read_bytes()
    assert len(data) == 336 + 3 * 32 + 6
    file_id = b"BREVENTS" if version == "3.0" else b"NEURALEV"
    assert unpack("8s2BH", data, 0) == (file_id, *map(int, version.split(".")), 0)
    assert unpack("4I8H", data, 12) == (len(data) - 3, 112, 1000, 25000, *DATE)
    assert unpack("32s256sI", data, 44) == (b"app".ljust(32, b"\0"), b"x" * 256, 3)
    assert data[-6:] == b"padend"
    assert Header(version).packet_bytes == (108 if version == "3.0" else 104)


@pytest.mark.parametrize(
    ("extended", "format_", "values"),
    [
        (
            Electrode(16384, 21516, 4, 20, 2, 3, 4, 555, -666, 7),
            "HBBHHhhBBH8x",
            (16384, 2, 3, 21516, 4, 555, -666, 7, 4, 20),
        ),
        (Label(300, "elec300"), "H16s6x", (300, b"elec300".ljust(16, b"\0"))),
        (Filter(9, 1, 2, 3, 4, 5, 6), "HIIHIIH2x", (9, 1, 2, 3, 4, 5, 6)),
        (DigitalLabel("digin", 1), "16sB7x", (b"digin".ljust(16, b"\0"), 1)),
        (Text("ARRAYNME", "t" * 24), "24s", b"t" * 24),
        (Text("ECOMMENT", "one"), "24s", b"one".ljust(24, b"\0")),
        (Text("CCOMMENT", "two"), "24s", b"two".ljust(24, b"\0")),
        (Text("MAPFILE", "a.cmp"), "24s", b"a.cmp".ljust(24, b"\0")),
        (VideoSource(2, "cam", 29.5), "H16sf2x", (2, b"cam".ljust(16, b"\0"), 29.5)),
        (Trackable(8, "rat", 3, 4), "HHH16s2x", (3, 8, 4, b"rat".ljust(16, b"\0"))),
        (
            Nsas(50, 1, (1, 2, 3, 0, 1), (-5, 6, 7, 0, 32767)),
            "HB" + "Bh" * 5 + "6x",
            (50, 1, 1, -5, 2, 6, 3, 7, 0, 0, 1, 32767),
        ),
        (RawExtended("STRANGE!", b"\0\1\2"), "24s", b"\0\1\2".ljust(24, b"\0")),
    ],
)
def test_nev_extended_header_bytes(tmp_path, extended, format_, values):
    write_nev(tmp_path / "a.nev", [], [Label(1, "before"), extended])
    data = (tmp_path / "a.nev").read_bytes()
    assert len(data) == 336 + 2 * 32
    assert struct.calcsize("<" + format_) == 24
    assert data[368:376] == extended.header_id.encode().ljust(8, b"\0")
    assert unpack(format_, data, 376) == values


def test_nev_spike_width(tmp_path):
    """2.1 has no such field; elsewhere it is what fits into the packet if nothing else is said."""
    electrodes = [Electrode(1, bytes_per_sample=k) for k in (0, 1, 2, 4)] + [
        Electrode(1, spike_width=30)
    ]
    for version, flags, expected in (
        ("2.1", 1, [0] * 5),
        ("2.2", 1, [48] * 4 + [30]),
        ("2.3", 0, [96, 96, 48, 24, 30]),
        ("3.0", 0, [96, 96, 48, 24, 30]),
    ):
        write_nev(tmp_path / "a.nev", [], electrodes, Header(version, flags))
        data = (tmp_path / "a.nev").read_bytes()
        assert [unpack("H", data, 336 + 32 * k + 22) for k in range(5)] == expected


PACKETS = [
    (Spike(1, 16384, 255, None, 9), "HBB", (16384, 255, 9)),
    (Digital(2, 65535, 129, (1, 2, 3, 4, 5), 6), "HBBH10x", (0, 129, 6, 65535)),
    (
        Comment(3, "pause \xb5", 0, 1, 0xFF00AA11),
        "HBBI7s",
        (65535, 0, 1, 0xFF00AA11, b"pause \xb5"),
    ),
    (Comment(4, "\u03b1b", 1), "HBBI4s4x", (65535, 1, 0, 0, b"\xb1\x03b\0")),
    (Comment(4, b"roi:1:2:3:", 255), "HBBI10s", (65535, 255, 0, 0, b"roi:1:2:3:")),
    (VideoSync(5, 1, 2, 3, 4), "HHIII", (65534, 1, 2, 3, 4)),
    (Tracking(6, 1, 2, 3, (7, 8, 9, 10)), "HHHHH4H", (65533, 1, 2, 3, 2, 7, 8, 9, 10)),
    (Tracking(6, n_points=9), "HHHHH8x", (65533, 0, 0, 1, 9)),
    (Button(7, 2), "HH", (65532, 2)),
    (Config(8, 1, "gain"), "HH4s", (65531, 1, b"gain")),
    (Reconfig(9, 2, "pc", "rate"), "HH16s4s", (65530, 2, b"pc".ljust(16, b"\0"), b"rate")),
    (Recording(10, 3), "HH", (65529, 3)),
    (RawPacket(11, 40000, b"anything"), "H8s", (40000, b"anything")),
]


@pytest.mark.parametrize(("version", "stamp", "late"), [("2.3", "I", 2**32), ("3.0", "Q", 2**64)])
def test_nev_packet_bytes(tmp_path, version, stamp, late):
    header = Header(version, packet_bytes=60)
    packets = [*(p for p, *_ in PACKETS), Button(late - 1)]
    truth = write_nev(tmp_path / "a.nev", packets, [], header)
    data = (tmp_path / "a.nev").read_bytes()
    assert len(data) == 336 + 60 * len(packets)
    assert truth.starts.tolist() == list(range(336, len(data) + 1, 60))
    size = struct.calcsize(stamp)
    for at, (packet, format_, values) in zip(truth.starts, PACKETS, strict=False):
        assert unpack(stamp, data, at) == packet.timestamp
        assert unpack(format_, data, at + size) == values
        rest = data[at + size + struct.calcsize("<" + format_) : at + 60]
        assert not any(rest)
    assert unpack(stamp, data, truth.starts[-2]) == late - 1


@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_nev_analog_inputs_of_old_versions(tmp_path, version):
    packets = [
        Digital(5, 12, 0b10, (-5000, 2, 3, 4, 5)),
        Digital(6, 13, 0b1000010, (1, 2, 3, 4, 5)),
        Digital(7, 14, 0b100001, (1, 2, 3, 4, 5000)),
        Digital(8, 15, 129),
    ]
    truth = write_nev(tmp_path / "a.nev", packets, [], Header(version))
    data = (tmp_path / "a.nev").read_bytes()
    assert unpack("IHBBH5h", data, 336) == (5, 0, 2, 0, 12, -5000, 2, 3, 4, 5)
    for kind, ticks, labels in (
        ("digital_input_port", [7], ["14"]),
        ("serial_input_port", [8], ["15"]),
        ("analog_input_channel_1", [5, 6], ["-5000", "1"]),
        ("analog_input_channel_5", [7], ["5000"]),
        ("periodic_sampling_events", [6], ["13"]),
    ):
        assert truth.events(kind).ticks.tolist() == ticks
        assert truth.events(kind).labels == labels


@pytest.mark.parametrize(("bytes_", "code", "points"), [(0, "b", 96), (1, "b", 96), (4, "i", 24)])
def test_nev_waveforms_of_other_sizes(tmp_path, bytes_, code, points):
    limit = 2 ** (8 * max(bytes_, 1) - 1)
    full = RNG.integers(-limit, limit, points)
    electrodes = [Electrode(1, bytes_per_sample=bytes_), Electrode(2, 1, bytes_, spike_width=10)]
    spikes = [Spike(1, 1, 0, full), Spike(2, 2, 1, full[:10]), Spike(3, 1, 0, full[:7])]
    truth = write_nev(tmp_path / "a.nev", spikes, electrodes, Header("2.3", flags=0))
    data = (tmp_path / "a.nev").read_bytes()
    assert unpack(f"{points}{code}", data, truth.starts[0] + 8) == tuple(full)
    assert unpack(f"10{code}", data, truth.starts[1] + 8) == tuple(full[:10])
    found = truth.spikes(1, 0).waveforms
    assert (found.shape, found.dtype) == ((2, 1, points), np.dtype(f"i{max(bytes_, 1)}"))
    np.testing.assert_array_equal(found[0, 0], full)
    np.testing.assert_array_equal(found[1, 0], [*full[:7], *[0] * (points - 7)])
    assert truth.spikes(2, 1).waveforms.shape == (1, 1, 10)
    # Bit 0 of the flags makes all of them int16, whatever the electrodes say.
    write_nev(tmp_path / "b.nev", [Spike(1, 1, 0, [300, -2])], electrodes, Header("2.3", flags=1))
    data = (tmp_path / "b.nev").read_bytes()
    assert unpack("2h", data, truth.starts[0] + 8) == (300, -2)


def test_nev_truth_of_spikes_and_events(tmp_path):
    a, b, c = RNG.integers(-30000, 30000, (3, 48))
    packets = [
        Spike(900, 7, 1, a),
        Comment(800, "left"),
        Spike(100, 7, 1, b),
        Spike(100, 7, 16),
        RESTART,
        Digital(20, 3),
        Digital(10, 4, 129),
        Spike(30, 7, 1, c),
        replace(RESTART, timestamp=50, text=b"critical load restart"),
        Comment(60, "\u03b1\0rest", 1),
        Recording(70, 1),
    ]
    electrodes = [Electrode(7, 1000), Electrode(8, 21516), Electrode(9, 65535)]
    truth = write_nev(tmp_path / "a.nev", packets, electrodes, Header("3.0"))
    assert truth.units == [(7, 1), (7, 16)]
    assert [truth.gain(k) for k in (7, 8, 9)] == [1.0, 152.592547, 65.535]
    spikes = truth.spikes(7, 1)
    assert (spikes.ticks.tolist(), spikes.epochs.tolist()) == ([900, 100, 30], [0, 0, 1])
    np.testing.assert_array_equal(spikes.waveforms[:, 0], [a, b, c])
    ordered = spikes.in_order()
    assert (ordered.ticks.tolist(), ordered.epochs.tolist()) == ([100, 900, 30], [0, 0, 1])
    np.testing.assert_array_equal(ordered.waveforms[:, 0], [b, a, c])
    assert truth.seconds([30000, 15]).tolist() == [1.0, 0.0005]
    comments = truth.events("comments")
    assert comments.labels == ["left", RESTART.text, RESTART.text, "\u03b1"]
    assert comments.epochs.tolist() == [0, 1, 2, 2]
    assert (comments.ticks.tolist(), comments.ticks.dtype) == ([800, 0, 50, 60], np.uint64)
    assert truth.events("digital_input_port").labels == ["3"]
    assert truth.events("serial_input_port").ticks.tolist() == [10]
    assert truth.events("recording").packets == [packets[-1]]
    for kind in set(EVENTS) - {"comments", "recording"}:
        assert truth.events(kind).packets == []


def test_nev_refuses_what_it_cannot_write(tmp_path):
    path = tmp_path / "a.nev"
    wave = np.zeros(49)
    for packet, header, match in (
        (Spike(1, 1, 0, wave), Header(), "needs 106 of 104"),
        (Spike(1, 1, 0, wave[:10] + 40_000), Header(), "does not fit into int16"),
        (Comment(1, "x" * 93), Header(), "needs 105"),
    ):
        with pytest.raises(ValueError, match=match):
            write_nev(path, [packet], [], header)
    with pytest.raises(ValueError, match="version 1"):
        write_nev(path, header=Header("1"))
    with pytest.raises(struct.error):
        write_nev(path, [Button(2**32)])


def test_random_spikes():
    spikes = random_spikes(3000, [3, 9], n_points=5, peak=7, last_tick=10**6, seed=5)
    ticks = np.array([s.timestamp for s in spikes])
    assert (np.diff(ticks) >= 0).all()
    assert {s.electrode for s in spikes} == {3, 9}
    assert {s.unit for s in spikes} == {0, 1, 2, 255}
    waves = np.array([s.waveform for s in spikes])
    assert (waves.shape, waves.min(), waves.max()) == ((3000, 5), -7, 7)
    again = random_spikes(3000, [3, 9], n_points=5, peak=7, last_tick=10**6, seed=5)
    np.testing.assert_array_equal(waves, [s.waveform for s in again])
    mixed = random_spikes(3000, [3, 9], last_tick=10**6, disorder=2000, seed=5)
    ticks = np.array([s.timestamp for s in mixed])
    assert (np.diff(ticks) < 0).any()
    assert (np.maximum.accumulate(ticks) - ticks).max() <= 4000

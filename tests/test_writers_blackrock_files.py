"""The writers of Blackrock files, held against neo, against each other and against real files.

neo 0.14.6 is asked only for what it reads right. It is not asked for the last sample of an NSx 2.1
(left out), packets whose count is 0 (refused), waveforms of 8 and 32 bits (refused) or shorter
than the packet (taken from its end), electrodes over 2048 (left out), comments in UTF-16 (cut to
an odd number of bytes), spikes out of order in 2.3 and 3.0 (each makes a segment), the gain that
did not fit into 16 bits (only signals get it), nor for events with two reasons in 2.1 and 2.2.
"""

import struct
from dataclasses import replace

import numpy as np
import pytest
from neo.rawio import BlackrockRawIO

from tests.writers import nsx, nsx_headers
from tests.writers.blackrock_big import write_big_nev, write_big_ptp, write_many_packets
from tests.writers.nev import (
    RESTART,
    Comment,
    Digital,
    Electrode,
    Header,
    Label,
    Spike,
    random_spikes,
    write_nev,
)
from tests.writers.nsx import Channel, Packet, ptp_timestamps, write_nsx, write_ptp

RNG = np.random.default_rng(11)


def noise(n, n_channels=3):
    return RNG.integers(-32768, 32767, (n, n_channels), np.int16, endpoint=True)


def unpack(format_, data, offset):
    values = struct.unpack_from("<" + format_, data, offset)
    return values[0] if len(values) == 1 else values


def neo_of(path, **more):
    reader = BlackrockRawIO(str(path), **more)
    reader.parse_header()
    return reader


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "3.0"])
def test_neo_reads_signals(tmp_path, version):
    chans = nsx.channels(4, 126, units="mV", min_analog=-5000, max_analog=4000)
    samples = noise(500, 4)
    header = nsx.Header(version, "x", period=15)
    truth = write_nsx(tmp_path / "a.ns3", [Packet(600, samples)], chans, header)
    electrodes = [Electrode(c.electrode_id, 21516 - k) for k, c in enumerate(chans)]
    write_nev(tmp_path / "a.nev", [], electrodes, Header(version))
    reader = neo_of(tmp_path / "a", load_nev=version == "2.1")
    found = reader.header["signal_channels"]
    assert found["name"].tolist() == truth.names == ["chan126", "chan127", "chan128", "ainp1"]
    assert found["id"].tolist() == list(map(str, truth.ids))
    assert set(found["sampling_rate"]) == {truth.rate} == {2000.0}
    last = 499 if version == "2.1" else 500
    chunk = reader.get_analogsignal_chunk(0, 0, 0, last, 0)
    np.testing.assert_array_equal(chunk, truth.packet(0).samples[:last])
    assert reader.get_signal_t_start(0, 0, 0) == truth.packet(0).t_start
    if version == "2.1":
        np.testing.assert_allclose(found["gain"], [e.gain for e in electrodes], rtol=1e-12)
        assert not found["offset"].any()
    else:
        assert found["units"].tolist() == truth.units
        np.testing.assert_allclose(found["gain"], truth.gains, rtol=1e-12)
        np.testing.assert_allclose(found["offset"], truth.offsets, rtol=1e-9)


@pytest.mark.parametrize("version", ["2.2", "2.3", "3.0"])
def test_neo_reads_packets(tmp_path, version):
    parts = [noise(n) for n in (50, 2, 70)]
    packets = [Packet(t, x) for t, x in zip((90, 4000, 0), parts, strict=True)]
    truth = write_nsx(tmp_path / "a.ns5", packets, nsx.channels(3), nsx.Header(version))
    reader = neo_of(tmp_path / "a")
    assert reader.segment_count(0) == 3
    for k in range(3):
        run = truth.packet(k)
        chunk = reader.get_analogsignal_chunk(0, k, None, None, 0)
        np.testing.assert_array_equal(chunk, run.samples)
        assert reader.get_signal_t_start(0, k, 0) == run.t_start


def test_neo_reads_ptp(tmp_path):
    samples = noise(3000, 5)
    stamps = ptp_timestamps(3000, gaps={1000: 10**8, 2500: 10**10}, jitter=100)
    truth = write_ptp(tmp_path / "a.ns6", samples, stamps, nsx.channels(5))
    reader = neo_of(tmp_path / "a", gap_tolerance_ms=1)
    runs = truth.joined(tolerance=200)
    assert [len(r.samples) for r in runs] == [1000, 1500, 500]
    for k, run in enumerate(runs):
        chunk = reader.get_analogsignal_chunk(0, k, None, None, 0)
        np.testing.assert_array_equal(chunk, run.samples)
        # Today's nanoseconds are more than a float holds; neo rounds before it divides, too.
        assert reader.get_signal_t_start(0, k, 0) == pytest.approx(run.t_start, rel=0, abs=3e-7)


def headers_of(electrodes, label=True):
    found = [Electrode(k, 250 + k) for k in electrodes]
    return found + [Label(k, f"e{k}") for k in electrodes if label]


def compare_with_neo(truth, reader, n_segments):
    units, kinds = reader.header["spike_channels"], reader.header["event_channels"]["name"].tolist()
    assert units["name"].tolist() == [f"ch{e}#{u}" for e, u in truth.units]
    assert reader.segment_count(0) == n_segments
    for k, (electrode, unit) in enumerate(truth.units):
        assert units["wf_gain"][k] == truth.gain(electrode)
        spikes = truth.spikes(electrode, unit).in_order()
        ticks = [reader.get_spike_timestamps(0, s, k) for s in range(n_segments)]
        waves = [reader.get_spike_raw_waveforms(0, s, k) for s in range(n_segments)]
        np.testing.assert_array_equal(np.concatenate(ticks), spikes.ticks)
        np.testing.assert_array_equal(np.concatenate(waves), spikes.waveforms)
        assert [len(t) for t in ticks] == np.bincount(spikes.epochs, minlength=n_segments).tolist()
    for k, kind in enumerate(kinds):
        events = truth.events(kind)
        found = [reader.get_event_timestamps(0, s, k) for s in range(n_segments)]
        np.testing.assert_array_equal(np.concatenate([f[0] for f in found]), events.ticks)
        assert [label for f in found for label in f[2].tolist()] == events.labels
    return kinds


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3", "3.0"])
def test_neo_reads_spikes_and_events(tmp_path, version):
    electrodes = [1, 2, 96, 255]
    packets = random_spikes(2000, electrodes, units=(0, 1, 16, 255), seed=2)
    packets += [Digital(300_000 + k, 7 * k, 129 if k % 3 else 1) for k in range(30)]
    if version >= "2.3":
        packets += [Comment(310_000, "go \xb5"), Comment(310_001, "stop", color=0xFF)]
    else:
        packets += [Digital(310_000, 5, 64), Digital(310_001, 5, 4, (1, -2, 3, 4, 5))]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of(electrodes), Header(version))
    kinds = compare_with_neo(truth, neo_of(tmp_path / "a"), 1)
    extra = (
        ["comments"]
        if version >= "2.3"
        else [*(f"analog_input_channel_{k}" for k in range(1, 6)), "periodic_sampling_events"]
    )
    assert kinds == ["digital_input_port", "serial_input_port", *extra]


def test_neo_reads_clock_resets(tmp_path):
    parts = [random_spikes(300, [4, 2048], first_tick=9, seed=k) for k in range(3)]
    packets = [*parts[0], RESTART, *parts[1], RESTART, *parts[2]]
    truth = write_nev(tmp_path / "a.nev", packets, headers_of([4, 2048]))
    compare_events = truth.events("comments")
    assert compare_events.epochs.tolist() == [1, 2]
    signals = [Packet(0, noise(300_100, 1)) for _ in range(3)]  # neo takes segments from both
    write_nsx(tmp_path / "a.ns5", signals, nsx.channels(1))
    compare_with_neo(truth, neo_of(tmp_path / "a"), 3)


@pytest.mark.parametrize("version", ["2.1", "2.3", "3.0"])
def test_big_nev_is_what_the_small_writer_writes(tmp_path, version):
    n = 70_000  # more than are written at a time
    big = write_big_nev(tmp_path / "a.nev", n, 96, n_points=6, version=version, n_digital=50)
    waves = big.waveforms(np.arange(n))[:, 0]
    rows = zip(range(n), big.ticks.tolist(), big.ids.tolist(), big.classes.tolist(), strict=True)
    packets = [
        Spike(tick, id_, unit, waves[k]) if id_ else Digital(tick, int(big.values(k)))
        for k, tick, id_, unit in rows
    ]
    extended = [Electrode(k, n_sorted_units=2) for k in range(1, 97)]
    extended += [Label(k, f"chan{k}") for k in range(1, 97) if version >= "2.2"]
    truth = write_nev(tmp_path / "b.nev", packets, extended, big.header)
    assert (tmp_path / "a.nev").read_bytes() == (tmp_path / "b.nev").read_bytes()
    assert len(truth.units) == 96 * 3
    rows = big.rows(96, 2)
    np.testing.assert_array_equal(truth.spikes(96, 2).ticks, big.ticks[rows])
    np.testing.assert_array_equal(truth.spikes(96, 2).waveforms, big.waveforms(rows))
    assert truth.events("digital_input_port").labels == list(map(str, big.values(big.rows(0, 1))))


def test_big_signals(tmp_path):
    truth = write_many_packets(tmp_path / "a.ns5", 20_000, 30, 2, pause=7)
    assert (truth.counts == 30).all()
    assert truth.timestamps.tolist() == [37 * k for k in range(20_000)]
    assert (tmp_path / "a.ns5").stat().st_size == truth.starts[-1] == 446 + 20_000 * 129
    assert len(truth.joined()) == 20_000
    assert len(write_many_packets(tmp_path / "a.ns5", 200, 30, 2).joined()) == 1
    n = 70_000
    big = write_big_ptp(tmp_path / "a.ns6", n, 3, gaps={500: 10**6}, jitter=20, seed=4)
    whole = write_ptp(
        tmp_path / "b.ns6", big.samples(0, n), big.timestamps, big.channels, big.header
    )
    assert (tmp_path / "a.ns6").read_bytes() == (tmp_path / "b.ns6").read_bytes()
    np.testing.assert_array_equal(whole.samples[65_530:66_000], big.samples(65_530, 66_000))
    assert len(whole.joined(100)) == 2
    assert len({tuple(column[:50]) for column in whole.samples.T.tolist()}) == 3


@pytest.mark.parametrize("name", ["test_NEURALSG_raw.ns3", "test_NEURALCD_raw.ns3"])
def test_real_signals_come_out_the_same(recordings, tmp_path, name):
    data = (recordings / "blackrock" / name).read_bytes()
    if b"NEURALSG" in data[:8]:
        label, period, n = unpack("16sII", data, 8)
        ids = np.frombuffer(data, "<u4", n, 32).tolist()
        # Between its header and its samples stands the 9-byte head of a data packet, which 2.1
        # does not have; taken for samples, as by the vendor's rule, it leaves 9 bytes at the end.
        samples = np.frombuffer(data, "<i2", 100 * n, 32 + 4 * n).reshape(100, n)
        tail = data[32 + 4 * n + samples.nbytes :]
        assert len(tail) == 9
        chans, header = [Channel(k) for k in ids], nsx.Header("2.1", label, period=period)
        packets = [Packet(0, samples)]
    else:
        names = ("version", "label", "comment", "period", "timestamp_resolution", "time_origin")
        basic = np.frombuffer(data, nsx_headers.record_dtype(nsx_headers.BASIC_LAYOUT, 314), 1)[0]
        header = nsx.Header(**{k: basic[k].tolist() for k in names})
        header = replace(header, version="{}.{}".format(*header.version))
        n = int(basic["channel_count"])
        records = np.frombuffer(
            data, nsx_headers.record_dtype(nsx_headers.CHANNEL_LAYOUT, 66), n, 314
        )
        chans = [
            Channel(**dict(zip(records.dtype.names, r.tolist(), strict=True))) for r in records
        ]
        start = int(basic["bytes_in_headers"])
        _, timestamp, points = unpack("BII", data, start)
        samples = np.frombuffer(data, "<i2", offset=start + 9).reshape(points, n)
        packets, tail = [Packet(timestamp, samples)], b""
    truth = write_nsx(tmp_path / name, packets, chans, header, tail)
    assert (tmp_path / name).read_bytes() == data
    assert (truth.rate, truth.samples.shape) == (2000.0, (100, 128))

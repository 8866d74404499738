"""How little is read: jumps along packets, the kept index, and slices of units."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import frames
from rawio.blackrock import nev_index
from rawio.blackrock.nsx_header import read_nsx_header
from rawio.blackrock.packets import PacketFile, follow_packets
from rawio.blackrock.runs import rhythm_of
from rawio.blackrock.slabs import read_slab
from rawio.files import RawFile
from rawio.open_files import OpenFile
from rawio.testing import check_reader
from tests.rawio.blackrock_files import noise, opened
from tests.rawio.damage import bounded_memory
from tests.writers import nsx
from tests.writers.blackrock_big import write_big_nev, write_big_ptp, write_many_packets
from tests.writers.nev import Comment, Digital, Electrode, Spike, write_nev
from tests.writers.nsx import Packet, write_nsx


@pytest.fixture
def bytes_read(monkeypatch):
    """Count the bytes and calls of all reads."""
    seen = {"bytes": 0, "calls": 0}
    read_some = OpenFile.read_some

    def counting(self, view, offset):
        seen["bytes"] += len(view)
        seen["calls"] += 1
        return read_some(self, view, offset)

    monkeypatch.setattr(OpenFile, "read_some", counting)
    return seen


def follow_one_by_one(data, start, frame_bytes, wide):
    """Follow packets the slow way: (byte, timestamp, samples) of each."""
    code = struct.Struct("<BQI" if wide else "<BII")
    found = []
    while start + code.size <= len(data):
        flag, tick, points = code.unpack_from(data, start)
        if flag != 1:
            break
        points = min(points, (len(data) - start - code.size) // frame_bytes)
        found.append((start, tick, points))
        start += code.size + points * frame_bytes
    return found


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_chain_is_found_whatever_the_sizes(tmp_path_factory, data):
    version = data.draw(st.sampled_from(["2.3", "3.0"]))
    stretches = data.draw(
        st.lists(st.tuples(st.integers(1, 40), st.integers(1, 90), st.integers(0, 3)), max_size=12)
    )
    seed = data.draw(st.integers(0, 99))
    packets, tick = [], 0
    for points, count, pause in stretches:
        for k in range(count):
            samples = noise(points + (k % 3 if seed % 2 else 0), 1, seed)
            packets.append(Packet(tick, np.where(samples % 5 == 0, 0x0101, samples)))
            tick += len(samples) + 4 * pause
    path = tmp_path_factory.mktemp("chain") / "a.ns5"
    write_nsx(path, packets, nsx.channels(1), nsx.Header(version))
    file = RawFile(path)
    header = read_nsx_header(file, print)
    packet_file = PacketFile(file, header)
    rhythm = rhythm_of(header, packet_file.are_single(), None)
    chain = follow_packets(packet_file, rhythm, read_slab)
    found = []
    for group in chain.groups:
        stride = header.packet_header_bytes + 2 * int(group["points"])
        found += [
            (int(group["position"]) + k * stride, int(group["points"]))
            for k in range(group["packets"])
        ]
    wanted = follow_one_by_one(path.read_bytes(), header.data_start, 2, version == "3.0")
    assert found == [(position, points) for position, _, points in wanted]
    assert chain.groups["tick"].tolist() == [
        tick for position, tick, _ in wanted if position in set(chain.groups["position"].tolist())
    ]
    assert (chain.end, chain.reason) == (file.size, "")


def test_like_packets_are_jumped_over(tmp_path, bytes_read):
    write_many_packets(tmp_path / "a.ns5", 20_000, 3, 2)
    reader = opened(tmp_path / "a.ns5")
    assert reader.get_signal_size(0, 0) == 60_000
    assert bytes_read["calls"] < 100
    assert bytes_read["bytes"] < 10_000


def test_ptp_gaps_are_found_without_reading_all_timestamps(tmp_path, bytes_read):
    gaps = {100_000: 10**6, 100_001: 10**6, 250_000: 10**9}
    write_big_ptp(tmp_path / "a.ns6", 300_000, 1, gaps=gaps, jitter=50)
    reader = opened(tmp_path / "a.ns6")
    sizes = [reader.get_signal_size(0, k) for k in range(reader.segment_count(0))]
    assert sizes == [100_000, 1, 149_999, 50_000]
    assert bytes_read["bytes"] < 300_000 * 15 // 10


@pytest.mark.parametrize("jitter", [20_000, 30_000])
def test_a_clock_that_jitters_by_most_of_a_sample(tmp_path, jitter):
    """Then every timestamp counts, and slabs are read for them."""
    big = write_big_ptp(tmp_path / "a.ns6", 50_000, 1, jitter=jitter // 2)
    reader = opened(tmp_path / "a.ns6")
    assert reader.get_signal_size(0, 0) == 50_000
    assert np.array_equal(reader.get_analogsignal_chunk(0, 0, 0, 50_000), big.samples(0, 50_000))


def test_reading_a_chunk_reads_little_more_than_it(tmp_path, bytes_read):
    write_many_packets(tmp_path / "a.ns5", 3000, 30, 8)
    reader = opened(tmp_path / "a.ns5")
    before = bytes_read["bytes"]
    reader.get_analogsignal_chunk(0, 0, 45_000, 45_300)
    assert bytes_read["bytes"] - before < 11 * (30 * 16 + 9)


def test_a_unit_is_a_slice_and_its_waveforms_are_read_alone(tmp_path, bytes_read, monkeypatch):
    monkeypatch.setattr(frames, "GAP_BYTES", 8 << 10)
    big = write_big_nev(tmp_path / "a.nev", 60_000, 96)
    reader = opened(tmp_path / "a.nev")
    unit = reader.header["unit_channels"]["name"].tolist().index("ch40#1")
    before = dict(bytes_read)
    rows = big.rows(40, 1)
    ticks = reader.spike_timestamps(0, 0, unit, 5.0, 10.0)
    inside = (big.ticks[rows] >= 150_000) & (big.ticks[rows] <= 300_000)
    np.testing.assert_array_equal(ticks, big.ticks[rows][inside])
    assert bytes_read == before
    waveforms = reader.spike_raw_waveforms(0, 0, unit, 5.0, 10.0)
    np.testing.assert_array_equal(waveforms, big.waveforms(rows[inside]))
    assert bytes_read["bytes"] - before["bytes"] < 60_000 * 104 // 10
    all_of_it = reader.spike_raw_waveforms(0, 0, unit)
    np.testing.assert_array_equal(all_of_it, big.waveforms(rows))


def test_indexing_takes_less_memory_than_the_file(tmp_path):
    path = tmp_path / "a.nev"
    write_big_nev(path, 200_000, 96)
    with bounded_memory(path.stat().st_size, "an index"):
        opened(path)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return a file of which the index is kept, however small."""
    monkeypatch.setattr(nev_index, "WORTH_KEEPING_BYTES", 0)
    path = tmp_path / "a.nev"
    packets = [Spike(10 * k, 1 + k % 3, k % 2) for k in range(300)]
    packets += [Spike(5, 1), Digital(7, 3), Comment(9, "x"), Spike(90_000, 1), Spike(7, 1)]
    write_nev(path, packets, [Electrode(k) for k in (1, 2, 3)])
    return path


def test_a_kept_index_is_read_in_place_of_the_packets(kept, bytes_read, cache_folder):
    first = opened(kept, use_cache=True)
    assert [folder.name for folder in cache_folder.iterdir()] == ["blackrock"]
    before = bytes_read["calls"]
    monkey = nev_index.build_index
    try:
        nev_index.build_index = None  # would fail
        second = opened(kept, use_cache=True)
    finally:
        nev_index.build_index = monkey
    assert bytes_read["calls"] - before < 50
    assert first.warnings == second.warnings
    for reader in (first, second):
        check_reader(reader)
    for u in range(first.unit_channels_count()):
        for read in ("spike_timestamps", "spike_raw_waveforms"):
            one, other = (getattr(r, read)(0, 0, u) for r in (first, second))
            np.testing.assert_array_equal(one, other)
    for e in range(3):
        one, other = (r.event_timestamps(0, 0, e) for r in (first, second))
        assert (one[0].tolist(), one[2].tolist()) == (other[0].tolist(), other[2].tolist())


def test_a_kept_index_of_another_state_is_not_used(kept, cache_folder):
    opened(kept, use_cache=True)
    write_nev(kept, [Spike(3, 2)], [Electrode(2)])
    assert opened(kept, use_cache=True).spike_timestamps().tolist() == [3]
    for file in cache_folder.rglob("tick.npy"):
        file.write_bytes(file.read_bytes()[:-1] + b"\x55")
    assert opened(kept, use_cache=True).spike_timestamps().tolist() == [3]


def test_a_kept_index_fits_whatever_else_is_loaded(kept):
    opened(kept, use_cache=True)
    # With signals that were never reset, what goes back is disorder.
    write_nsx(kept.with_suffix(".ns5"), [Packet(0, noise(99_000, 1))], nsx.channels(1))
    fresh, from_kept = opened(kept), opened(kept, use_cache=True)
    assert fresh.segment_count(0) == from_kept.segment_count(0) == 1
    assert opened(kept, use_cache=True, nsx_to_load=[]).segment_count(0) == 2
    for u in range(fresh.unit_channels_count()):
        one, other = (r.spike_timestamps(0, 0, u).tolist() for r in (fresh, from_kept))
        assert one == other == sorted(one)
        waves = [r.spike_raw_waveforms(0, 0, u) for r in (fresh, from_kept)]
        np.testing.assert_array_equal(*waves)


def test_small_files_are_not_kept(tmp_path, cache_folder):
    write_nev(tmp_path / "a.nev", [Spike(5, 1)], [Electrode(1)])
    opened(tmp_path / "a.nev", use_cache=True)
    assert not list(cache_folder.iterdir())

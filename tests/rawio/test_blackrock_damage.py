"""Blackrock files that are cut at every place or have changed bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio import RawIOError
from tests.rawio.blackrock_files import noise, opened
from tests.rawio.damage import bounded_memory, check_cuts, check_flips, content_of, cut_sizes
from tests.writers import nsx
from tests.writers.nev import Comment, Digital, Electrode, Header, random_spikes, write_nev
from tests.writers.nsx import Packet, ptp_timestamps, write_nsx, write_ptp

VERSIONS = ["2.1", "2.3", "3.0"]
KINDS = [*(f"{kind} {v}" for kind in ("nev", "nsx") for v in VERSIONS), "crashed", "many", "ptp"]


def write_kind(folder, kind):
    """Write a file: its path, the bytes of its headers, and where a cut cannot be told."""
    version = kind.split()[-1]
    if kind.startswith("nev"):
        path = folder / "a.nev"
        packets = random_spikes(150, [1, 5], n_points=6, disorder=30)
        packets += [Digital(300_000 + k, k) for k in range(20)]
        packets += [Comment(300_500, "hello", char_set=k) for k in range(version > "2.2")]
        header = Header(version, packet_bytes=28)
        truth = write_nev(path, packets, [Electrode(1), Electrode(5)], header)
    elif kind == "ptp":
        path = folder / "a.ns6"
        stamps = ptp_timestamps(1000, gaps={500: 10**7, 800: -(10**10)})
        truth = write_ptp(path, noise(1000), stamps, nsx.channels(3))
    else:
        path = folder / "a.ns5"
        parts = [(0, 100), (100, 50), (300, 100), (5, 40)]
        if kind == "many":
            sizes = [1 + k % 9 for k in range(90)]
            starts = np.cumsum([0, *sizes[:-1]]) + 20 * (np.arange(90) // 30)
            parts = list(zip(starts.tolist(), sizes, strict=True))
        counts = [None] * (len(parts) - 1) + [0 if kind == "crashed" else None]
        packets = [Packet(t, noise(n), c) for (t, n), c in zip(parts, counts, strict=True)]
        header = nsx.Header(version if version in VERSIONS else "2.3")
        truth = write_nsx(path, packets, nsx.channels(3), header)
    return path, int(truth.starts[0]), set(truth.starts.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_files_cut_at_every_place(tmp_path, kind):
    path, header_bytes, ends = write_kind(tmp_path, kind)

    def boundary(size):  # of samples alone nothing but the size of the file tells how many
        return size in ends or (kind == "nsx 2.1" and (size - header_bytes) % 6 == 0)

    sizes = cut_sizes(path.stat().st_size, header_bytes)
    if kind not in ("nev 3.0", "nsx 2.1", "nsx 3.0"):  # the header is like that of these
        sizes = [size for size in sizes if size >= header_bytes or size % 9 == 0]
    counts = check_cuts(path, opened, sizes=sizes, boundary=boundary)
    assert counts.refused >= len([size for size in sizes if size < header_bytes])
    assert counts.shorter >= 150


@pytest.mark.parametrize("kind", KINDS)
def test_files_with_changed_bytes(tmp_path, kind):
    path, header_bytes, _ = write_kind(tmp_path, kind)
    check_flips(path, opened, times=25)
    check_flips(path, opened, header_bytes=header_bytes + 20, times=40, seed=1)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("n_zeros", [1, 3000])
def test_zeros_in_place_of_the_last_packets(tmp_path, version, n_zeros):
    """So ends a file whose room was reserved when the computer stopped."""
    path, _, _ = write_kind(tmp_path, f"nev {version}")
    whole = content_of(opened(path))
    with path.open("ab") as file:
        file.write(bytes(28 * n_zeros))
    found = content_of(opened(path))
    assert found.values == whole.values
    assert found.warnings == [
        *whole.warnings,
        f"a.nev: the last {n_zeros} packets are zeros and are left out; was the recorder stopped "
        "by force?",
    ]


@pytest.mark.parametrize("cut", ["a.ns5", "a.nev"])
def test_a_set_of_which_one_is_cut(tmp_path, cut):
    write_kind(tmp_path, "nsx 2.3")
    write_kind(tmp_path, "nev 2.3")
    other = tmp_path / {"a.ns5": "a.nev", "a.nev": "a.ns5"}[cut]
    counts = check_cuts(
        tmp_path / cut,
        lambda path: opened(other),
        sizes=range(0, 500, 9),
    )
    assert (counts.refused, counts.shorter) == (0, 56)


@pytest.mark.parametrize("name", ["a.ns5", "a.nev"])
@pytest.mark.parametrize("magic", [b"NEURALSG", b"NEURALCD", b"BRSMPGRP", b"NEURALEV", b"BREVENTS"])
@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=700))
def test_any_bytes(tmp_path_factory, name, magic, data):
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(magic + data)
    with bounded_memory(20 << 20, name):
        try:
            content_of(opened(path))
        except RawIOError as error:
            assert path.name in str(error)


@pytest.mark.parametrize(
    "overrides", [{"channel_count": 2**32 - 1}, {"bytes_in_headers": 2**32 - 1}]
)
def test_headers_that_promise_too_much(tmp_path, overrides):
    path = tmp_path / "a.ns5"
    write_nsx(path, [Packet(0, noise(9))], nsx.channels(3), nsx.Header(overrides=overrides))
    with bounded_memory(1 << 20, "a header"), pytest.raises(RawIOError):
        opened(path)


def test_a_packet_that_promises_too_much(tmp_path):
    path = tmp_path / "a.ns5"
    write_nsx(path, [Packet(0, noise(9), nb_points=2**32 - 1)], nsx.channels(3))
    with bounded_memory(1 << 20, "a packet"):
        reader = opened(path)
    assert reader.get_signal_size(0, 0) == 9
    assert np.array_equal(reader.get_analogsignal_chunk(), noise(9))


def test_a_file_that_shrinks_while_it_is_open(tmp_path):
    for kind in ("nsx 2.3", "many", "ptp", "nev 2.3"):
        path, header_bytes, _ = write_kind(tmp_path, kind)
        reader = opened(path, load_nev=kind.startswith("nev"))
        path.write_bytes(path.read_bytes()[: header_bytes + 30])
        with pytest.raises(RawIOError, match="was it cut or replaced while open"):
            if kind.startswith("nev"):
                reader.spike_raw_waveforms()
            else:
                reader.get_analogsignal_chunk(0, reader.segment_count(0) - 1)
        path.unlink()

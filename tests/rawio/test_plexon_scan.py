"""The scan of blocks finds exactly the chain, whatever the samples look like."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rawio.files import RawFile
from rawio.plexon import scan
from rawio.plexon.layout import CONTINUOUS, EVENT, SPIKE

KNOWN = scan.known_channels(np.arange(1, 5), np.arange(4))
SETTINGS = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def oracle(data, start):
    """Follow the chain one block at a time."""
    positions, at = [], start
    while at + 16 <= len(data):
        n1, n2 = struct.unpack_from("<hh", data, at + 12)
        if n1 < 0 or n2 < 0:
            return positions, at, "size"
        if at + 16 + 2 * n1 * n2 > len(data):
            return positions, at, "samples"
        positions.append(at)
        at += 16 + 2 * n1 * n2
    return positions, at, "header" if at < len(data) else ""


def scanned(path, start, window, lane):
    positions, heads = [], []
    end = scan.scan_blocks(
        RawFile(path),
        start,
        KNOWN,
        lambda p, h: (positions.append(p), heads.append(h)),
        window,
        lane,
    )
    if not positions:
        return np.empty(0, np.int64), np.empty((0, 8), np.uint16), end
    return np.concatenate(positions), np.concatenate(heads), end


def check(path, data, start=0, window=4096, lane=256):
    path.write_bytes(data)
    positions, heads, end = scanned(path, start, window, lane)
    expected, stop, reason = oracle(data, start)
    assert positions.tolist() == expected
    assert (end.blocks, end.position, end.reason) == (len(expected), stop, reason)
    for position, head in zip(expected, heads, strict=True):
        assert head.tobytes() == data[position : position + 16]


def block(kind, channel, payload, tick=0, n1=1, n2=None, unit=0):
    n2 = len(payload) // 2 if n2 is None else n2
    return struct.pack("<hHIhhhh", kind, 0, tick, channel, unit, n1, n2) + payload


words = st.one_of(
    st.binary(max_size=300).map(lambda b: b[: len(b) // 2 * 2]),
    st.integers(0, 600).map(lambda n: b"\x01\x00" * n),
    st.integers(0, 600).map(lambda n: b"\x00\x00" * n),
    st.integers(0, 30).map(lambda n: block(CONTINUOUS, 1, b"\x05\x00" * 3) * n),
    st.integers(0, 30).map(lambda n: b"\x07\x00" + block(EVENT, 9, b"") * n),
)
kinds = st.sampled_from([SPIKE, EVENT, CONTINUOUS, CONTINUOUS, 2, 3, 0, -1, 77])
blocks = st.builds(block, kinds, st.integers(-1, 6), words, st.integers(0, 2**32 - 1))


@SETTINGS
@given(
    st.lists(blocks, max_size=120),
    st.binary(max_size=60),
    st.sampled_from([(1 << 20, 64), (4096, 256), (700, 128), (16, 64), (18, 16), (2048, 2048)]),
    st.integers(0, 3).map(lambda n: 2 * n),
)
@example([block(CONTINUOUS, 0, b"\x01\x00" * 5000)] * 3, b"", (4096, 256), 0)
@example([block(CONTINUOUS, 0, b"")] * 500, b"\x05", (4096, 256), 0)
def test_the_chain_is_that_of_the_oracle(tmp_path, parts, tail, sizes, start):
    data = bytes(start) + b"".join(parts) + tail
    if data:
        check(tmp_path / "a", data, start, *sizes)


@SETTINGS
@given(st.binary(min_size=1, max_size=5000), st.sampled_from([64, 256]))
def test_noise_is_followed_as_the_oracle_follows_it(tmp_path, data, lane):
    check(tmp_path / "a", data, 0, 2048, lane)


@SETTINGS
@given(st.lists(st.integers(0, 5), min_size=8, max_size=4000), st.sampled_from([64, 512]))
def test_small_numbers_look_like_headers_everywhere(tmp_path, values, lane):
    check(tmp_path / "a", np.array(values, dtype="<i2").tobytes(), 0, 4096, lane)


def mixed(rng, n, payload):
    parts = []
    for i in range(n):
        kind = (SPIKE, CONTINUOUS, CONTINUOUS, EVENT)[rng.integers(4)]
        size = 0 if kind == EVENT else int(rng.integers(1, 80))
        parts.append(block(kind, int(rng.integers(1, 4)), payload(rng, size), i))
    return b"".join(parts)


@pytest.mark.parametrize(
    "payload",
    [
        lambda rng, n: rng.integers(-30000, 30000, n).astype("<i2").tobytes(),
        lambda rng, n: rng.integers(-2, 6, n).astype("<i2").tobytes(),
        lambda rng, n: np.ones(n, "<i2").tobytes(),
        lambda rng, n: np.zeros(n, "<i2").tobytes(),
        lambda rng, n: np.resize(np.array([5, 0, 9, 0, 1, 0, 1, 4], "<i2"), n).tobytes(),
    ],
    ids=["loud", "quiet", "ones", "zeros", "fake headers"],
)
def test_many_blocks_in_lanes_of_real_size(tmp_path, payload):
    data = mixed(np.random.default_rng(3), 30_000, payload)
    check(tmp_path / "a", data, 0, 1 << 20, 8192)


def test_blocks_longer_than_lanes_and_windows(tmp_path):
    rng = np.random.default_rng(4)
    parts = []
    for i in range(60):
        n = int(rng.choice([3, 100, 5000, 30_000]))
        parts.append(block(CONTINUOUS, 1, rng.integers(-5, 6, n).astype("<i2").tobytes(), i))
    check(tmp_path / "a", b"".join(parts), 0, 16_384, 1024)


@pytest.mark.parametrize("n1, n2", [(-1, 4), (1, -4), (-2, -2), (-1, 0), (0, -1), (32767, 32767)])
def test_a_block_that_cannot_be_ends_the_chain(tmp_path, n1, n2):
    good = block(SPIKE, 1, b"ab" * 20) * 50
    path = tmp_path / "a"
    path.write_bytes(good + block(SPIKE, 1, b"ab" * 20, n1=n1, n2=n2) + good)
    positions, _, end = scanned(path, 0, 1024, 256)
    assert len(positions) == end.blocks == 50
    assert (end.position, end.reason) == (len(good), "size" if min(n1, n2) < 0 else "samples")


def test_the_scan_needs_no_python_step_for_each_block(tmp_path, monkeypatch):
    """The walk block by block is for wrong guesses alone, and these are few."""
    steps = []
    real = scan._follow

    def counting(*args):
        walked, at = real(*args)
        steps.append(len(walked))
        return walked, at

    monkeypatch.setattr(scan, "_follow", counting)
    rng = np.random.default_rng(5)
    data = mixed(rng, 40_000, lambda rng, n: rng.normal(0, 200, n).astype("<i2").tobytes())
    check(tmp_path / "a", data, 0, 1 << 20, 8192)
    assert sum(steps) < 400

"""Zeros where blocks should be: what a crash, a full disk or a hole in a copy leaves behind."""

import os

import numpy as np
import pytest

from rawio.files import RawFile
from rawio.plexon import scan
from tests.rawio.damage import bounded_memory
from tests.rawio.plexon_files import CLOCK, opened, ramp, signals, slow
from tests.writers.plx import EventBlock, EventChannel, FileHeader, slow_blocks, write_plx

N = 6000


def write(path, hole=0):
    """Write a channel and an event, with so many bytes of zeros in the middle."""
    blocks = [*slow_blocks(0, ramp(N), 0, CLOCK // 1000, 100), EventBlock(N * 40, 3, 7)]
    ends = write_plx(
        path, FileHeader(ad_frequency=CLOCK), [], [EventChannel("E", 3)], [slow(0)], blocks
    )
    data, middle = path.read_bytes(), int(ends[30])
    path.write_bytes(data[:middle] + bytes(hole) + data[middle:])
    return len(data), middle


def check(reader):
    ((start, samples),) = signals(reader)
    assert start == 0
    np.testing.assert_array_equal(samples[:, 0], ramp(N))
    assert reader.event_timestamps()[0].tolist() == [N * 40]


@pytest.mark.parametrize("count", [8192, 8199, 100_000, 5 << 20])
def test_zeros_at_the_end(tmp_path, count):
    path = tmp_path / "a.plx"
    size, _ = write(path)
    os.truncate(path, size + count)
    with bounded_memory(2 * size + 2 * count + (16 << 20), "zeros"):
        reader = opened(path)
    check(reader)
    assert reader.warnings == [
        f"{count} bytes (from byte {size}) are zeros where blocks should be and were skipped; "
        "was the recorder or a copy stopped by force?"
    ]


@pytest.mark.parametrize("count", [8192, 48_000])
@pytest.mark.parametrize("window", [9000, 30_000, 1 << 20])
def test_zeros_between_blocks(tmp_path, monkeypatch, window, count):
    monkeypatch.setattr(scan.scan_blocks, "__defaults__", (window, 256))
    path = tmp_path / "a.plx"
    write(path, hole=count)
    for _ in range(2):  # what was skipped is told again by the cache
        reader = opened(path, use_cache=True)
        check(reader)
        assert "(0) and were skipped" in " ".join(reader.warnings) or window < count
        assert "are zeros where blocks should be" in " ".join(reader.warnings) or window > count


def test_many_zeros_are_no_matter_of_blocks(tmp_path, monkeypatch):
    """Followed 16 bytes at a time, some gigabytes of them would take a quarter of an hour."""
    path = tmp_path / "a.plx"
    size, _ = write(path)
    os.truncate(path, 300 << 20)
    followed = []
    walk = scan._follow

    def counted(words, at, end, rows):
        found = walk(words, at, end, rows)
        followed.append(len(found[0]))
        return found

    monkeypatch.setattr(scan, "_follow", counted)
    check(opened(path))
    assert sum(followed) < 1000
    ends = scan.scan_blocks(RawFile(path), size, np.ones((7, 65536), bool), lambda *_: None)
    assert (ends.blocks, ends.reason, ends.zeros) == (0, "", [(size, (300 << 20) - size)])

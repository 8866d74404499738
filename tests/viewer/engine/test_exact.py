"""Tiles of a picture that is drawn once: the same from an index and from samples."""

import numpy as np
import pytest

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.writers.raw import write_raw
from viewer.engine import exact
from viewer.engine.errors import CancelledError
from viewer.engine.exact import read_exact
from viewer.engine.grid import Viewport
from viewer.engine.indexing import build_here, index_recording
from viewer.engine.levels import bin_samples
from viewer.engine.tiles import bins_of
from viewer.model import View
from viewer.render.build import visible_runs

RATE = 1000.0


@pytest.fixture
def reader():
    return ArrayReader.of(noise(400_000, 3) // 8, RATE)


def runs_of(reader, start, stop, width=500):
    view = View(reader)
    viewport = Viewport.at(start, stop - start, width, view.reference)
    return visible_runs(view, viewport)


def check(tiles, runs, samples):
    """Hold tiles against the samples, slowly."""
    assert tiles and all(tile.exact for tile in tiles.values())
    for key, tile in tiles.items():
        first, last = bins_of(runs[0].run, key)
        count = bin_samples(key.level)
        if key.level == 0:
            np.testing.assert_array_equal(tile.data, samples[first:last])
            continue
        for row, bin_ in enumerate(range(first, last)):
            part = samples[bin_ * count : (bin_ + 1) * count]
            np.testing.assert_array_equal(tile.data[row], [part.min(axis=0), part.max(axis=0)])


@pytest.mark.parametrize("span", [(3.0, 3.1), (3.0, 9.0), (0.0, 400.0)])
def test_tiles_hold_the_least_and_greatest_of_each_bin(reader, span):
    runs = runs_of(reader, *span)
    told = []
    tiles = read_exact(reader, runs, told.append)
    check(tiles, runs, reader.segments[0][0][1])
    assert told[-1] == 1.0 and told == sorted(told) and len(told) == len(tiles)


def test_wide_windows_come_from_the_index_and_narrow_ones_from_samples(tmp_path, monkeypatch):
    samples = noise(400_000, 3) // 8
    write_raw(tmp_path / "a.raw", samples, RATE)
    reader = open_recording(tmp_path / "a.raw")
    assert index_recording(reader, build_here(1)) is not None
    from_samples = []

    def counted(reader, run, key, cancelled):
        from_samples.append(key)
        return read_tile(reader, run, key, cancelled)

    read_tile = exact.read_tile
    monkeypatch.setattr(exact, "read_tile", counted)
    wide, narrow = runs_of(reader, 0.0, 400.0), runs_of(reader, 3.0, 9.0)
    check(read_exact(reader, wide), wide, samples)
    assert not from_samples
    check(read_exact(reader, narrow), narrow, samples)
    assert from_samples


def test_what_is_given_up_reads_no_further(reader):
    runs = runs_of(reader, 0.0, 400.0)
    reader.reads.clear()

    def long_reads():  # short ones are for telling the recording from others
        return [read for read in reader.reads if read[1] - read[0] > 100]

    with pytest.raises(CancelledError):
        read_exact(reader, runs, cancelled=lambda: bool(long_reads()))
    assert len(long_reads()) == 1
    read_exact(reader, runs)
    assert len(long_reads()) > 2

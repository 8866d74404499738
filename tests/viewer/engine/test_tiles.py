import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from viewer.engine import samples as samples_module
from viewer.engine.errors import CancelledError
from viewer.engine.grid import RunView, Viewport, first_bins
from viewer.engine.levels import bin_samples
from viewer.engine.samples import read_preview, read_tile
from viewer.engine.tiles import (
    MARGIN_BINS,
    TILE_BINS,
    TileKey,
    columns_of,
    keys_of,
)
from viewer.model import Timeline


def brute(samples, bin_samples):
    starts = range(0, len(samples), bin_samples)
    return np.array(
        [
            [samples[i : i + bin_samples].min(axis=0), samples[i : i + bin_samples].max(axis=0)]
            for i in starts
        ]
    )


@pytest.mark.parametrize("stride", [1, 16, 400])
def test_a_preview_shows_samples_of_the_place_and_is_sure_of_none(stride):
    samples = noise(2 * TILE_BINS * 96 + 1000, 3)
    run = Timeline.of(ArrayReader.of(samples)).runs[0]
    tile = read_preview(ArrayReader.of(samples), run, TileKey(0, 0, 0, 6, 1), stride)
    assert not tile.exact and not tile.sure.any()
    exact = read_tile(ArrayReader.of(samples), run, tile.key)
    assert (tile.first_bin, tile.data.shape) == (exact.first_bin, exact.data.shape)
    for first in range(0, len(tile.data), stride):
        shared, true = tile.data[first : first + stride], exact.data[first : first + stride]
        assert (shared == shared[0]).all()
        assert (shared[:, 0].min(axis=0) >= true[:, 0].min(axis=0)).all()
        assert (shared[:, 1].max(axis=0) <= true[:, 1].max(axis=0)).all()
        assert (shared[0, 0] < shared[0, 1]).all()


@pytest.mark.parametrize("level", [0, 1, 3, 6])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_tile_holds_its_bins_and_a_margin(level, number):
    n_bins = 2 * TILE_BINS + 300
    samples = noise((n_bins * bin_samples(level)) - (level > 0), 3)
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    tile = read_tile(reader, run, TileKey(0, 0, 0, level, number))
    first = max(0, number * TILE_BINS - MARGIN_BINS)
    last = min(n_bins, (number + 1) * TILE_BINS + MARGIN_BINS)
    assert (tile.first_bin, tile.last_bin) == (first, last)
    expected = samples if level == 0 else brute(samples, bin_samples(level))
    assert np.array_equal(tile.data, expected[first:last])


@pytest.mark.parametrize("read_bytes", [64, 1000, 1 << 20])
def test_tiles_do_not_depend_on_how_much_is_read_at_a_time(read_bytes, monkeypatch):
    samples = noise(50_000, 4)
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    monkeypatch.setattr(samples_module, "PIECE_BYTES", read_bytes)
    tile = read_tile(reader, run, TileKey(0, 0, 0, 7, 0))
    assert np.array_equal(tile.data, brute(samples, 192))
    longest = max(stop - start for start, stop in reader.reads)
    assert longest * 8 <= max(read_bytes, 8)


def test_reading_stops_when_the_tile_is_no_longer_wanted(monkeypatch):
    monkeypatch.setattr(samples_module, "PIECE_BYTES", 8 * 1024)
    reader = ArrayReader.of(noise(200_000, 4))
    run = Timeline.of(reader).runs[0]
    with pytest.raises(CancelledError):
        read_tile(reader, run, TileKey(0, 0, 0, 5, 0), lambda: len(reader.reads) >= 3)
    assert len(reader.reads) == 3


@settings(deadline=None)
@given(
    st.integers(1, 40_000),
    st.floats(0.05, 300),
    st.floats(0, 1),
    st.integers(64, 2000),
)
def test_every_visible_column_starts_in_exactly_one_tile_and_lies_inside_it(
    size, spp, place, width
):
    """The margin must serve the column, the one before, and the one sample after the line."""
    reader = ArrayReader.of(np.zeros((size, 1), np.int16))
    run = Timeline.of(reader).runs[0]
    viewport = Viewport.at(place * size / 1000, spp * width / 1000, width, run)
    view = RunView.of(run, viewport)
    if view is None:
        return
    pixels = []
    for key in keys_of(view):
        x_start, x_stop = columns_of(view, key)
        pixels += range(x_start, x_stop)
        tile = read_tile(reader, run, key)
        for x in {x_start, max(x_start, x_stop - 1)} if x_start < x_stop else ():
            k = x + view.first_column
            if view.interpolated:
                first = int(np.floor(k * view.spp))
                last = min(int(np.ceil((k + 1) * view.spp)), size - 1)
                assert tile.first_bin <= first and last < tile.last_bin
            else:
                edges = first_bins(np.array([k - 1, k + 1]), view.spp, view.level)
                edges = np.clip(edges, 0, view.bin_count)
                assert tile.first_bin <= edges[0] and edges[1] <= tile.last_bin
    assert pixels == list(range(view.x_start, view.x_stop))

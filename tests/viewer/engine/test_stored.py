"""Tiles from the pyramid, and those that stand in for others."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from tests.viewer.engine.recordings import build, flat, small_blocks
from viewer.engine.levels import bin_count
from viewer.engine.pyramid.places import open_or_create
from viewer.engine.samples import read_tile
from viewer.engine.stored import FURTHEST_STAND_IN, read_stored, stand_in, with_guess
from viewer.engine.tiles import TILE_BINS, Tile, TileKey, bins_of
from viewer.model import Timeline

SAMPLES = noise(3 * TILE_BINS * 24 + 777, 2, dtype="int16")
READER = ArrayReader.of(SAMPLES)
RUN = Timeline.of(READER).runs[0]


def key(level, number):
    return TileKey(0, 0, 0, level, number)


def exact(level, number):
    return read_tile(READER, RUN, key(level, number))


def assert_bounds(tile, true, bins=slice(None)):
    """Hold that each bin of a tile reaches at least as far as the true one."""
    assert (tile.data[bins, 0] <= true.data[bins, 0]).all()
    assert (tile.data[bins, 1] >= true.data[bins, 1]).all()


# -- stand-ins -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(1, FURTHEST_STAND_IN - 1), st.data())
def test_every_bin_of_a_stand_in_from_a_coarser_tile_bounds_what_it_stands_for(level, up, data):
    last = (bin_count(len(SAMPLES), level) - 1) // TILE_BINS
    number = data.draw(st.integers(0, last))
    coarse = exact(level + up, number >> up)
    tile = stand_in(RUN, key(level, number), {coarse.key: coarse}.get)
    true = exact(level, number)
    assert (tile.first_bin, tile.data.shape) == (true.first_bin, true.data.shape)
    assert tile.data.dtype == true.data.dtype and not tile.exact and not tile.sure.any()
    assert_bounds(tile, true)


def test_the_nearest_of_the_coarser_tiles_stands_in():
    held = {tile.key: tile for tile in (exact(5, 0), exact(3, 0))}
    got = stand_in(RUN, key(2, 1), held.get)
    assert np.array_equal(got.data, stand_in(RUN, key(2, 1), {key(3, 0): exact(3, 0)}.get).data)


@settings(deadline=None)
@given(st.integers(2, 5), st.data())
def test_a_stand_in_from_both_finer_tiles_is_right_but_for_the_margins(level, data):
    last = (bin_count(len(SAMPLES), level - 1) - 1) // TILE_BINS
    assume(last >= 1)
    number = data.draw(st.integers(0, (last - 1) // 2))
    held = {t.key: t for t in (exact(level - 1, 2 * number), exact(level - 1, 2 * number + 1))}
    tile, true = stand_in(RUN, key(level, number), held.get), exact(level, number)
    assert not tile.exact and not tile.sure.any()
    inside = slice(number * TILE_BINS - tile.first_bin, None)
    n = min(TILE_BINS, len(tile.data[inside]))
    assert np.array_equal(tile.data[inside][:n], true.data[inside][:n])


@pytest.mark.parametrize("half", [0, 1])
def test_a_stand_in_from_one_finer_tile_is_right_where_that_is(half):
    fine = exact(2, half)
    tile, true = stand_in(RUN, key(3, 0), {fine.key: fine}.get), exact(3, 0)
    bins = slice(half * TILE_BINS // 2, (half + 1) * TILE_BINS // 2)
    assert np.array_equal(tile.data[bins], true.data[bins])
    # Elsewhere its nearest bin, and nothing that was not recorded.
    other, edge = (slice(512, None), 511) if half == 0 else (slice(0, 512), 512)
    assert (tile.data[other] == true.data[edge]).all()


def test_nothing_stands_in_for_samples_or_without_a_tile():
    everything = exact(3, 0)
    assert stand_in(RUN, key(0, 0), lambda asked: everything) is None
    assert stand_in(RUN, key(3, 0), lambda asked: None) is None
    assert stand_in(RUN, key(1, 0), {key(0, 0): exact(0, 0)}.get) is None


# -- from the pyramid ----------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path, monkeypatch):
    small_blocks(monkeypatch)
    reader = flat(tmp_path / "recording.dat", SAMPLES)
    pyramid = open_or_create(reader)
    build(reader, pyramid)
    return pyramid.streams[0]


@pytest.mark.parametrize("level", range(6, 20))
def test_a_tile_of_any_level_is_that_of_the_samples(store, level):
    for number in range((bin_count(len(SAMPLES), level) - 1) // TILE_BINS + 1):
        tile, true = read_stored(store, RUN, key(level, number)), exact(level, number)
        assert tile.exact and tile.first_bin == true.first_bin
        assert np.array_equal(tile.data, true.data)


@settings(deadline=None, max_examples=30)
@given(st.integers(6, 11), st.sets(st.integers(0, 47), max_size=20))
def test_bins_are_sure_where_all_their_rows_are_there(tmp_path_factory, level, blocks):
    monkeypatch = pytest.MonkeyPatch()
    small_blocks(monkeypatch)
    reader = flat(tmp_path_factory.mktemp("x") / "recording.dat", SAMPLES)
    pyramid = open_or_create(reader, "beside")
    build(reader, pyramid)
    store = pyramid.streams[0]
    monkeypatch.undo()
    stored = max(n for n in store.layout.levels_of(0) if n <= level)
    unit = store.layout.unit_rows(stored)
    gone = {block for block in blocks if block < store.layout.units_of(0, stored)}
    for block in gone:
        number = store.layout.unit_start(0, stored) + block
        store._sums[stored].write(number, np.zeros(1, "<u8"))
    tile, true = read_stored(store, RUN, key(level, 0)), exact(level, 0)
    factor = 2 ** (level - stored)
    rows = store.layout.rows_of(0, stored)
    want = [
        all(row // unit not in gone for row in range(b * factor, min((b + 1) * factor, rows)))
        for b in range(tile.first_bin, tile.last_bin)
    ]
    sure = np.ones(len(want), bool) if tile.exact else tile.sure
    assert sure.tolist() == want and tile.exact == all(want)
    assert np.array_equal(tile.data[sure], true.data[sure])


def test_a_guess_fills_what_is_not_sure():
    true = exact(6, 0)
    sure = np.arange(len(true.data)) % 3 == 0
    part = Tile(true.key, true.first_bin, np.where(sure[:, None, None], true.data, 0), sure)
    guess = Tile(true.key, true.first_bin, true.data - 1, np.zeros(len(sure), bool))
    got = with_guess(part, guess)
    assert np.array_equal(got.data[sure], true.data[sure])
    assert np.array_equal(got.data[~sure], true.data[~sure] - 1)
    assert got.sure is sure and with_guess(true, guess) is true and with_guess(part, None) is part
    assert bins_of(RUN, true.key) == (got.first_bin, got.last_bin)

"""The tile cache."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from viewer.engine.cache import TileCache
from viewer.engine.tiles import Tile, TileKey


def tile(number, nbytes=100):
    return Tile(TileKey(0, 0, 0, 0, number), 0, np.zeros((nbytes, 1), np.uint8))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60)), max_size=60), st.integers(50, 200)
)
def test_the_cache_keeps_its_budget_and_drops_the_least_recently_used(puts, budget):
    cache, model = TileCache(budget), []
    for number, nbytes in puts:
        cache.put(tile(number, nbytes))
        model = [(n, b) for n, b in model if n != number] + [(number, nbytes)]
        while sum(b for _, b in model) > budget and len(model) > 1:
            model.pop(0)
        assert cache.nbytes == sum(b for _, b in model)
        assert cache.nbytes <= budget or len(cache) == 1
        held = {n for n, _ in model}
        missing = cache.missing(TileKey(0, 0, 0, 0, n) for n in range(10))
        assert {key.number for key in missing} == set(range(10)) - held


def test_tiles_on_screen_stay_even_beyond_the_budget():
    cache = TileCache(250)
    shown = [TileKey(0, 0, 0, 0, n) for n in range(5)]
    cache.keep(shown)
    for number in range(5):
        cache.put(tile(number))
    assert cache.missing(shown) == []
    cache.keep(shown[:1])
    cache.put(tile(9))
    assert cache.missing(shown) == shown[1:]
    assert cache.nbytes <= 250


def test_getting_a_tile_counts_as_using_it():
    cache = TileCache(250)
    for number in (0, 1):
        cache.put(tile(number))
    assert cache.get(TileKey(0, 0, 0, 0, 0)) is not None
    cache.put(tile(2))
    assert cache.get(TileKey(0, 0, 0, 0, 1)) is None
    assert cache.get(TileKey(0, 0, 0, 0, 0)) is not None


def test_what_is_not_exact_does_not_replace_what_is():
    cache, exact = TileCache(), tile(0)
    unsure = Tile(exact.key, 0, exact.data, np.zeros(100, bool))
    cache.put(unsure)
    assert cache.unsure() == [exact.key]
    cache.put(exact)
    cache.put(unsure)
    assert cache.get(exact.key) is exact
    assert cache.unsure() == []


def test_a_cleared_cache_holds_nothing():
    cache = TileCache()
    cache.put(tile(0))
    cache.clear()
    assert (len(cache), cache.nbytes, cache.unsure()) == (0, 0, [])

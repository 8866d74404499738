"""The tile cache, the tile loader and the latest-wins worker."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader, BrokenReader, SlowReader, noise
from viewer.engine.cache import TileCache
from viewer.engine.loader import LatestWorker, TileLoader
from viewer.engine.tiles import Tile, TileKey
from viewer.model import Timeline


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


class Listener:
    """Collects what a loader says, and lets a test wait for it."""

    def __init__(self):
        self.tiles, self.errors = 0, []
        self.changed = threading.Condition()

    def on_tile(self):
        with self.changed:
            self.tiles += 1
            self.changed.notify_all()

    def on_error(self, key, sentence):
        with self.changed:
            self.errors.append(sentence)
            self.changed.notify_all()

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, timeout=20)


@pytest.fixture
def loading():
    """Return a function that starts a loader on a reader; all are closed at the end."""
    loaders = []

    def start(reader):
        listener, cache = Listener(), TileCache()
        loader = TileLoader(reader, cache, listener.on_tile, listener.on_error)
        loaders.append(loader)
        return loader, cache, listener, Timeline.of(reader).runs[0]

    yield start
    for loader in loaders:
        loader.close()


def key(number):
    return TileKey(0, 0, 0, 0, number)


def test_tiles_arrive_in_the_order_asked(loading):
    samples = noise(10_000, 2)
    reader = ArrayReader.of(samples)
    loader, cache, listener, run = loading(reader)
    loader.request([(run, key(n)) for n in (3, 0, 5)])
    listener.wait(lambda: listener.tiles == 3)
    assert [start // 1024 + (start > 0) for start, _ in reader.reads] == [3, 0, 5]
    held = cache.get(key(3))
    assert np.array_equal(held.data, samples[held.first_bin : held.last_bin])


def test_the_latest_request_wins(loading):
    reader = SlowReader.of(noise(20_000, 2))
    reader.gate = threading.Event()
    loader, cache, listener, run = loading(reader)
    loader.request([(run, key(n)) for n in range(8)])
    while not loader._reading:
        pass
    loader.request([(run, key(n)) for n in (15, 16)])
    reader.gate.set()
    # The one under way cannot be stopped inside the reader; the seven others are never read.
    listener.wait(lambda: cache.missing([key(15), key(16)]) == [])
    assert len(reader.reads) == 3
    assert set(cache.missing(key(n) for n in range(1, 8))) == {key(n) for n in range(1, 8)}


def test_a_tile_that_cannot_be_read_does_not_stop_the_others(loading):
    reader = BrokenReader.of(noise(10_000, 2))
    reader.bad = range(3000, 3001)
    loader, cache, listener, run = loading(reader)
    loader.request([(run, key(n)) for n in range(5)])
    listener.wait(lambda: listener.tiles == 4 and listener.errors)
    assert listener.errors == ["the disk says no."]
    assert cache.missing(key(n) for n in range(5)) == [key(2)]


def test_a_fault_in_a_reader_is_a_sentence_too(loading):
    class Faulty(ArrayReader):
        def _get_analogsignal_chunk(self, *args):
            raise ZeroDivisionError("division by zero")

    loader, _, listener, run = loading(Faulty.of(noise(100, 1)))
    loader.request([(run, key(0))])
    listener.wait(lambda: listener.errors)
    assert listener.errors == ["reading a tile failed: division by zero"]


def test_a_tile_wanted_again_while_it_is_given_up_is_read_after_all(loading, monkeypatch):
    """The request comes between the loader's look and its giving up: the moment is made here."""
    monkeypatch.setattr("viewer.engine.tiles.READ_BYTES", 4096)
    reader = ArrayReader.of(noise(200_000, 2))
    loader, cache, listener, run = loading(reader)
    level_5 = TileKey(0, 0, 0, 5, 0)
    asked = []

    def dropped():
        if asked:
            return False
        asked.append(True)
        loader.request([])
        gone = TileLoader._dropped(loader)
        loader.request([(run, level_5)])
        return gone

    monkeypatch.setattr(loader, "_dropped", dropped)
    loader.request([(run, level_5)])
    listener.wait(lambda: listener.tiles == 1)
    assert cache.get(level_5) is not None


def test_nobody_is_called_after_close(loading):
    reader = SlowReader.of(noise(20_000, 2))
    reader.gate = threading.Event()
    loader, _, listener, run = loading(reader)
    loader.request([(run, key(0))])
    while not loader._reading:
        pass
    loader.close()
    reader.gate.set()
    loader._thread.join(10)
    assert not loader._thread.is_alive()
    assert listener.tiles == 0


def test_a_worker_skips_jobs_that_a_newer_one_replaced():
    gate, done, results = threading.Event(), threading.Event(), []

    def compute(job):
        gate.wait(10)
        return job * 2

    def on_result(result):
        results.append(result)
        if result == 10:
            done.set()

    worker = LatestWorker(compute, on_result, results.append, "test worker")
    worker.submit(1)
    while not worker._working:
        pass
    for job in (2, 3, 4, 5):
        worker.submit(job)
    assert worker.busy
    gate.set()
    assert done.wait(10)
    worker.close()
    assert results == [2, 10]

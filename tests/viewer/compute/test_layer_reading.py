"""What a layer reads and keeps, on which backend, and what tells it from others."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from rawio import RawIOError
from tests.readers import BrokenReader
from tests.viewer.compute.recordings import (
    CHAINS,
    GROUPS,
    RATES,
    SCALES,
    ScaledReader,
    assert_close,
    chunk,
    recording,
    shanks,
    slow_waves,
    small_blocks,
    whole,
)
from viewer.compute import choice, stages
from viewer.compute.layer import Layer
from viewer.compute.steps import CommonReference, HighPass, LowPass, Notch


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    small_blocks(monkeypatch)


# -- what is read, kept and shared -----------------------------------------------------------------


def test_filters_read_the_channels_asked_for_and_references_their_groups(monkeypatch):
    reader = recording([(2000, 0)])
    asked = []
    inner = reader._get_analogsignal_chunk

    def noted(block, segment, start, stop, stream, channels):
        asked.append(np.arange(5)[channels].tolist())
        return inner(block, segment, start, stop, stream, channels)

    reader._get_analogsignal_chunk = noted
    chunk(Layer(reader, [HighPass(20)]), 0, 0, 500, 600, channel_indexes=[3, 1])
    assert asked and all(columns == [1, 3] for columns in asked)
    asked.clear()
    referenced = Layer(reader, [CommonReference(by=[["0", "3"]])], streams=[0])
    chunk(referenced, 0, 0, 500, 600, channel_indexes=[1])
    assert all(columns == [1] for columns in asked)
    asked.clear()
    chunk(referenced, 0, 0, 500, 600, channel_indexes=[1, 3])
    assert all(columns == [0, 1, 3] for columns in asked)


def test_no_more_is_read_than_the_margins():
    reader = recording([(20_000, 0)])
    layer = Layer(reader, [HighPass(20)], streams=[0])
    before, after = layer._chains[0].margins
    step = layer._stage((0, 0, 0), np.arange(5)).grid.step
    reader.reads.clear()
    chunk(layer, 0, 0, 10_000, 10_032)
    assert min(start for start, _ in reader.reads) >= 10_000 - before - 2 * step
    assert max(stop for _, stop in reader.reads) <= 10_032 + after + 2 * step


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_from_end_to_end_all_is_read_once(dtype):
    reader = recording([(20_000, 0)], dtype)
    layer = Layer(reader, CHAINS["all"], streams=[0])
    for start in range(0, 20_000, 100):
        chunk(layer, 0, 0, start, start + 100)
    assert sum(stop - start for start, stop in reader.reads) == 20_000


@pytest.mark.parametrize("steps", [[HighPass(20)], [HighPass(1), Notch(50)]])
def test_little_memory_is_kept_however_much_is_asked_for(monkeypatch, steps):
    monkeypatch.setattr(stages, "BLOCK_BYTES", 40_000)
    reader = recording([(40_000, 0)])
    layer = Layer(reader, steps, streams=[0])
    found = chunk(layer, 0, 0, 0, 40_000)
    largest = max(stop - start for start, stop in reader.reads) * 5 * 4
    for kept in (layer._workshop.blocks, layer._workshop.rested):
        assert kept._spent <= max(20_000, largest)
    assert max(stop - start for start, stop in reader.reads) <= 2048
    assert_close(found, whole(layer, 0, 0))


def test_what_is_kept_is_within_the_memory_given_and_samples_are_the_same(monkeypatch):
    monkeypatch.setattr(stages, "BLOCK_BYTES", 800_000)
    monkeypatch.setattr(stages, "STATE_BYTES", 200_000)
    steps = [HighPass(5), CommonReference(), LowPass(200)]
    layer = Layer(recording([(40_000, 0)], np.float32), steps, streams=[0])
    want, whole_memory = chunk(layer, 0, 0, 0, 40_000), layer.memory
    assert whole_memory == stages.MEMORY

    def budgets():
        shop = layer._workshop
        kept = (shop.blocks, shop.rested, shop.states, shop.gaps, shop._carries)
        assert all(k._spent <= k._budget for k in kept)
        return np.array([k._budget for k in kept])

    whole_budgets = budgets()
    for size, share in ((stages.MEMORY // 2, 0.5), (0, 0.25), (10 * stages.MEMORY, 1)):
        layer.memory = size
        assert layer.memory == size
        assert np.array_equal(chunk(layer, 0, 0, 0, 40_000), want)
        assert np.array_equal(chunk(layer, 0, 0, 100, 900), want[100:900])
        assert np.allclose(budgets(), share * whole_budgets, atol=1)


def test_layers_over_layers_share_the_memory_given():
    inner = Layer(recording([(3000, 0)]), [HighPass(20)], streams=[0])
    outer = Layer(inner, [CommonReference("average")], streams=[0])
    want = chunk(outer, 0, 0, 0, 3000)
    outer.memory = 60 << 20
    assert (outer.memory, inner.memory) == (60 << 20, 30 << 20)
    assert outer._workshop.blocks._budget == inner._workshop.blocks._budget < stages.BLOCK_BYTES / 5
    assert np.array_equal(chunk(outer, 0, 0, 0, 3000), want)
    assert pickle.loads(pickle.dumps(outer)).memory == 60 << 20


def test_many_threads_get_what_one_gets():
    reader = recording([(6000, 0)])
    steps = [HighPass(5), CommonReference(), LowPass(200)]
    want = chunk(Layer(reader, steps, streams=[0]), 0, 0, 0, 6000)
    layer = Layer(reader, steps, streams=[0])
    starts = np.random.default_rng(0).integers(0, 5900, 60).tolist()
    with ThreadPoolExecutor(6) as pool:
        parts = list(pool.map(lambda start: chunk(layer, 0, 0, start, start + 100), starts))
    for start, part in zip(starts, parts, strict=True):
        assert np.array_equal(part, want[start : start + 100])


def test_a_place_that_cannot_be_read_spoils_no_other(monkeypatch):
    x = slow_waves(9000, 2)
    reader = BrokenReader.of(x)
    layer = Layer(reader, [HighPass(50)])
    reader.bad = range(4000, 4001)
    with pytest.raises(RawIOError, match="the disk says no"):
        chunk(layer, 0, 0, 3990, 4010)
    want = whole(layer, 0, 0)
    assert_close(chunk(layer, 0, 0, 0, 3000), want[:3000])
    reader.bad = range(0)
    assert_close(chunk(layer, 0, 0, 0, 9000), want)


def test_a_copy_in_another_process_computes_the_same():
    layer = Layer(recording([(3000, 0)]), CHAINS["all"], streams=[0])
    want = chunk(layer, 0, 0, 0, 3000)
    copy = pickle.loads(pickle.dumps(layer))
    assert np.array_equal(chunk(copy, 0, 0, 0, 3000), want)
    assert copy.derived_from()[1] == layer.derived_from()[1]


@pytest.mark.parametrize("name", ["high-pass", "causal", "all"])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_all_backends_compute_layers(backend, monkeypatch, name, dtype):
    small_blocks(monkeypatch, 2048)
    monkeypatch.setattr(choice, "backend", lambda: backend)
    reader = recording([(2000, 0)], dtype)
    if dtype == np.float32:
        reader.segments[0][0][1][700:760, 1:3] = np.nan
    layer = Layer(reader, CHAINS[name], streams=[0])
    want = whole(layer, 0, 0, GROUPS[0])
    scale = float(np.nanmax(np.abs(want)))
    assert_close(chunk(layer, 0, 0, 0, 2000), want, scale=scale)
    assert_close(chunk(layer, 0, 0, 690, 1300), want[690:1300], scale=scale)


# -- what tells layers apart -----------------------------------------------------------------------


def test_whatever_changes_samples_changes_what_they_are_kept_under():
    reader = recording([(100, 100)])
    louder = ScaledReader(reader.segments, RATES, [(2 * g, o, u) for g, o, u in SCALES])
    probed = recording([(100, 100)])
    probed.set_probe(shanks("a", "a", None, "b", "b"))
    other = recording([(100, 100)])
    other.set_probe(shanks("a", "b", None, "a", "b"))
    shank = [CommonReference(by="shank")]
    layers = [
        Layer(reader, [HighPass(20)]),
        Layer(reader, [HighPass(20.000001)]),
        Layer(reader, [HighPass(20, order=4)]),
        Layer(reader, [HighPass(20, causal=True)]),
        Layer(reader, [LowPass(20)]),
        Layer(reader, [HighPass(20)], streams=[0]),
        Layer(louder, [HighPass(20)]),
        Layer(reader, [HighPass(20), LowPass(30)]),
        Layer(reader, [LowPass(30), HighPass(20)]),
        Layer(reader, [Notch(50)]),
        Layer(reader, [Notch(50, quality=31)]),
        Layer(reader, [CommonReference("median")], streams=[0]),
        Layer(reader, [CommonReference("average")], streams=[0]),
        Layer(probed, shank),
        Layer(other, shank),
    ]
    texts = [layer.derived_from()[1] for layer in layers]
    assert len(set(texts)) == len(texts)
    again = [Layer(layer.source, layer.steps, streams=layer._streams) for layer in layers]
    assert [layer.derived_from()[1] for layer in again] == texts
    assert reader.derived_from() is None and layers[0].derived_from()[0] is reader

"""Layers against the whole segment done in one go: wherever chunks begin, and at the ends."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.oracles import processing as oracle
from tests.readers import ArrayReader, noise
from tests.viewer.compute.recordings import (
    CHAINS,
    GROUPS,
    SCALES,
    ScaledReader,
    assert_close,
    chunk,
    physical_range,
    recording,
    slow_waves,
    small_blocks,
    whole,
)
from viewer.compute import scaled
from viewer.compute.chain import Filtering
from viewer.compute.layer import Layer
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    small_blocks(monkeypatch)


filters = st.one_of(
    st.builds(HighPass, st.floats(1, 240), st.integers(1, 6), st.booleans()),
    st.builds(LowPass, st.floats(1, 240), st.integers(1, 6), st.booleans()),
    st.builds(
        lambda low, times, *rest: BandPass(low, low * times, *rest),
        st.floats(1, 80),
        st.floats(1.5, 3),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(Notch, st.floats(20, 240), st.floats(2, 40), st.integers(1, 4), st.booleans()),
)
references = st.builds(CommonReference, st.sampled_from(["median", "average"]))


def cuts(size):
    return st.lists(st.integers(0, size), max_size=12).map(lambda at: sorted({0, size, *at}))


# -- wherever chunks begin -------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_chunks_put_together_are_the_whole_segment_done_at_once(data):
    sizes = data.draw(
        st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 2500)), min_size=1, max_size=2)
    )
    steps = data.draw(st.lists(filters, min_size=1, max_size=3))
    reader = recording(sizes, data.draw(st.sampled_from([np.int16, np.int32, np.float32])))
    referenced = data.draw(st.one_of(st.none(), references))
    streams = None
    if referenced is not None:
        steps.insert(data.draw(st.integers(0, len(steps))), referenced)
        streams = [0]
    layer = Layer(reader, steps, streams=streams)
    for segment, stream in itertools.product(range(len(sizes)), streams or [0, 1]):
        size = sizes[segment][stream]
        if not size:
            continue
        edges = data.draw(cuts(size))
        parts = [chunk(layer, segment, stream, a, b) for a, b in itertools.pairwise(edges)]
        found = np.concatenate(parts)
        want = whole(layer, segment, stream, GROUPS[stream])
        scale = physical_range(reader, segment, stream)
        assert found.dtype == np.float32
        assert_close(found, want, scale=scale)
        assert np.array_equal(found, chunk(layer, segment, stream, 0, size))


@pytest.mark.parametrize("name", CHAINS)
def test_a_chunk_is_the_same_to_the_last_bit_however_it_is_asked_for(name):
    reader = recording([(9000, 0)])
    want = chunk(Layer(reader, CHAINS[name], streams=[0]), 0, 0, 0, 9000)
    assert_close(want, whole(Layer(reader, CHAINS[name], streams=[0]), 0, 0, GROUPS[0]))
    rng = np.random.default_rng(3)
    for start, length in zip(rng.integers(0, 8990, 6), (1, 7, 96, 480, 1000, 4000), strict=True):
        layer = Layer(reader, CHAINS[name], streams=[0])  # one that has nothing at hand yet
        stop = min(9000, int(start) + length)
        assert np.array_equal(chunk(layer, 0, 0, int(start), stop), want[start:stop])
        picked = [3, 0, 3]
        some = chunk(layer, 0, 0, int(start), stop, channel_indexes=picked)
        assert np.array_equal(some, want[start:stop, picked])


@pytest.mark.parametrize("name", [name for name in CHAINS if name != "median"])
def test_shorter_margins_would_be_found_out(name):
    """What the other tests compare is fine enough to see filters cut before they have rung out."""
    reader = recording([(9000, 0)])
    layer = Layer(reader, CHAINS[name], streams=[0])
    layer._chains[0] = replace(
        layer._chains[0],
        operations=tuple(
            replace(o, kernel=replace(o.kernel, ring=o.kernel.ring // 3))
            if isinstance(o, Filtering)
            else o
            for o in layer._chains[0].operations
        ),
    )
    with pytest.raises(AssertionError):
        assert_close(chunk(layer, 0, 0, 0, 9000), whole(layer, 0, 0, GROUPS[0]))


@pytest.mark.parametrize("values", [64, 1 << 10, 1 << 14, 1 << 20])
def test_blocks_of_any_size_give_the_same_but_for_the_tolerance(monkeypatch, values):
    small_blocks(monkeypatch, values)
    reader = recording([(9000, 0)])
    layer = Layer(reader, CHAINS["all"], streams=[0])
    assert_close(chunk(layer, 0, 0, 0, 9000), whole(layer, 0, 0, GROUPS[0]))


def test_a_resting_level_far_from_zero_does_not_show_at_the_borders(monkeypatch):
    """A level of 30 000 times the noise: from a state of zero it would take long to settle."""
    x = (30_000 + noise(9000, 2) / 32768).astype(np.float64)
    layer = Layer(ArrayReader.of(x), [HighPass(1)])
    assert_close(chunk(layer, 0, 0, 0, 9000), whole(layer, 0, 0), scale=2.0, share=1e-3)


# -- the ends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 31, 32, 33, 64, 65, 1000])
def test_segments_of_any_length(size):
    reader = recording([(size, 0)])
    for name in CHAINS:
        layer = Layer(reader, CHAINS[name], streams=[0])
        want = whole(layer, 0, 0, GROUPS[0])
        assert_close(chunk(layer, 0, 0, 0, size), want, scale=physical_range(reader, 0, 0))


def test_what_rests_at_an_end_does_not_ring_there():
    x = np.full((3000, 1), 7000, np.int16)
    for steps, level in (([HighPass(20)], 0.0), ([LowPass(20)], 7000.0), ([Notch(50)], 7000.0)):
        found = chunk(Layer(ArrayReader.of(x), steps), 0, 0, 0, 3000)
        assert np.abs(found - level).max() < 1e-3


def test_a_zero_phase_filter_moves_nothing_and_a_causal_one_nothing_ahead():
    x = np.zeros((4001, 1))
    x[2000] = 1
    both = chunk(Layer(ArrayReader.of(x), [BandPass(20, 100)]), 0, 0, 0, 4001)[:, 0]
    assert np.argmax(both) == 2000 and np.allclose(both, both[::-1], atol=1e-7)
    forward = chunk(Layer(ArrayReader.of(x), [BandPass(20, 100, causal=True)]), 0, 0, 0, 4001)[:, 0]
    assert not forward[:2000].any() and forward[2000] and np.argmax(forward) > 2000


# -- missing samples -------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_missing_samples_stay_missing_and_spoil_no_others(data):
    x = slow_waves(3000, 5, 1, np.float32)
    for _ in range(data.draw(st.integers(1, 5))):
        start, length = data.draw(st.integers(0, 2999)), data.draw(st.integers(1, 1500))
        channel = data.draw(st.sampled_from([0, 1, 2, 3, 4, slice(None), slice(0, 3)]))
        x[start : start + length, channel] = data.draw(st.sampled_from([np.nan, np.inf]))
    reader = ScaledReader([[(0.0, x)]], [1000.0], SCALES[:5])
    steps = [HighPass(5), CommonReference(data.draw(st.sampled_from(["median", "average"])))]
    steps = data.draw(st.permutations(steps))
    layer = Layer(reader, steps + data.draw(st.lists(filters, max_size=1)))
    edges = data.draw(cuts(3000))
    found = np.concatenate([chunk(layer, 0, 0, a, b) for a, b in itertools.pairwise(edges)])
    finite = np.where(np.isfinite(x), x, 0) * [s[0] for s in SCALES[:5]]
    scale = float(np.abs(finite).max()) + 30
    assert_close(found, whole(layer, 0, 0, GROUPS[0]), scale=scale)


def test_a_short_gap_leaves_what_is_around_it_nearly_as_it_was():
    x = slow_waves(3000, 1, 1, np.float32)
    holed = x.copy()
    holed[1500:1503] = np.nan
    clean, found = (
        chunk(Layer(ArrayReader.of(s), [HighPass(5)]), 0, 0, 0, 3000)[:, 0] for s in (x, holed)
    )
    assert np.isnan(found[1500:1503]).all() and np.isnan(found).sum() == 3
    assert np.nanmax(np.abs(found - clean)) < 0.05 * np.abs(clean).max()


@pytest.mark.parametrize("kind", ["median", "average"])
@pytest.mark.parametrize("gone", [[1], [0, 3], [0, 1, 2, 3]])
@pytest.mark.parametrize("reference_first", [True, False])
def test_beside_a_short_gap_the_resting_level_does_not_show(kind, gone, reference_first):
    x = noise(6000, 4).astype(np.float32) / 32768 + 1000
    holed = x.copy()
    holed[3000:3010, gone] = np.nan
    steps = [BandPass(20, 200), CommonReference(kind)]
    if reference_first:
        steps.reverse()
    clean, found = (chunk(Layer(ArrayReader.of(s), steps), 0, 0, 0, 6000) for s in (x, holed))
    assert np.array_equal(np.isnan(found), np.isnan(holed))
    assert np.nanmax(np.abs(found)) < 1.5 * np.abs(clean).max() < 2


def test_levels_of_their_own_do_not_show_beside_a_gap_of_all_channels():
    x = noise(6000, 4).astype(np.float32) / 32768 + [1000, 1300, 1600, 1900]
    x[3000:3010] = np.nan
    found = chunk(Layer(ArrayReader.of(x), [CommonReference(), BandPass(20, 200)]), 0, 0, 0, 6000)
    assert np.nanmax(np.abs(found)) < 2


def test_gaps_are_filled_for_as_long_as_the_oracle_does():
    assert scaled.HOLD == oracle.HOLD

"""What is read under the cursor, against loops over all samples in rational arithmetic."""

import math
import warnings
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rawio import RawIOError
from tests.oracles.columns import column_of_sample
from tests.readers import ArrayReader, BrokenReader, noise
from tests.viewer.compute.recordings import ScaledReader, slow_waves
from viewer.compute.layer import Layer
from viewer.compute.steps import HighPass
from viewer.engine import readout as module
from viewer.engine.columns import reduce_columns
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.readout import read_out
from viewer.engine.samples import read_tile
from viewer.engine.tiles import Tile, keys_of
from viewer.model import Timeline

DTYPES = ["int16", "uint16", "int32", "float32"]
RATE = 1000.0


def view_of(run, spp, first_column=0, width=200):
    """Return how a viewport shows a run from a column of its grid on, or None."""
    rate = run.sampling_rate
    t_start = run.t_start + first_column * spp / rate
    return RunView.of(run, Viewport.at(t_start, spp * width / rate, width, run))


def members(view, x):
    """Return the samples that column `x` of a picture shows."""
    k, spp = view.first_column + x, Fraction(view.spp)
    if view.interpolated:
        middle = (k + Fraction(1, 2)) * spp
        return [min(range(view.run.size), key=lambda i: (abs(i - middle), i))]
    count = bin_samples(view.level)
    return [i for i in range(view.run.size) if column_of_sample(i, spp, count) == k]


def expected(samples, view, x, height):
    """Return the sample nearest to a height of a column of the picture, or None."""
    near = [
        (abs(float(samples[i]) - height), i) for i in members(view, x) if not np.isnan(samples[i])
    ]
    return min(near)[1] if near else None


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 3000),
    st.floats(0.02, 400),
    st.integers(-50, 400),
    st.integers(0, 199),
    st.floats(-1.2, 1.2),
    st.sampled_from(DTYPES),
    st.sampled_from([1.0, 0.195, -0.5]),
    st.sampled_from([0.0, 1.7e9, -3.25]),
)
def test_the_sample_nearest_to_the_mouse(size, spp, first, x, height, dtype, gain, t_start):
    samples = noise(size, 3, seed=size, dtype=dtype)
    height *= float(np.abs(samples.astype(float)).max())
    scales = [(1.0, 0.0, "uV"), (gain, 12.5, "mV"), (1.0, 0.0, "uV")]
    reader = ScaledReader([[(t_start, samples)]], [RATE], scales)
    run = Timeline.of(reader).runs[0]
    view = view_of(run, spp, first)
    assume(view is not None)
    got = read_out(reader, view, 1, x, height)
    if not view.x_start <= x < view.x_stop:
        assert got is None and reader.reads == []
        return
    index = expected(samples[:, 1], view, x, height)
    assert (got.run, got.column, got.index, got.units) == (run, 1, index, "mV")
    assert got.time == t_start + index / RATE
    assert type(got.raw) is (float if dtype == "float32" else int)
    assert got.raw == samples[index, 1]
    exact = Fraction(got.raw) * Fraction(gain) + Fraction(25, 2)
    assert got.value == pytest.approx(float(exact), rel=1e-15, abs=1e-14)
    assert got.exact and (got.raw_low, got.raw_high, got.low, got.high) == (None,) * 4
    assert len(reader.reads) == 1
    ((start, stop),) = reader.reads
    assert stop - start == len(members(view, x))


@settings(deadline=None)
@given(st.floats(1, 900), st.integers(0, 20_000), st.booleans())
def test_the_tip_of_a_spike_is_read_where_it_is_seen(spp, where, down):
    tip = -32_768 if down else 32_767
    samples = np.zeros((20_001, 1), np.int16)
    samples[where] = tip
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    view = view_of(run, spp, int(where / spp) - 30, 60)
    tiles = [read_tile(reader, run, key) for key in keys_of(view)]
    (columns,) = reduce_columns(view, tiles, slice(None))
    extreme = (columns.low if down else columns.high)[:, 0]
    (x,) = columns.x[extreme == tip]
    got = read_out(reader, view, 0, int(x), 1.1 * tip)
    assert (got.index, got.raw) == (where, tip)
    assert view.first_column + x - 0.25 <= where / view.spp < view.first_column + x + 1.25
    if view.level == 0:
        assert view.first_column + x == math.floor(where / Fraction(view.spp))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([math.nan, -1.0, 2.5, 2.5, 1e30, math.inf, -math.inf]), min_size=1),
    st.floats(1, 40),
    st.sampled_from([0.0, 2.0, -1e30, 1e31]),
)
def test_samples_that_are_no_numbers_are_not_read(values, spp, height):
    samples = np.array(values, np.float32)
    reader = ArrayReader.of(samples[:, np.newaxis])
    view = view_of(Timeline.of(reader).runs[0], spp)
    for x in range(view.x_start, view.x_stop):
        got = read_out(reader, view, 0, x, height)
        index = expected(samples, view, x, height)
        assert (None if got is None else got.index) == index


def test_a_number_that_signals_that_it_is_none_warns_nobody():
    samples = np.array([0x7FA00001, 0x40000000], np.uint32).view(np.float32)[:, np.newaxis]
    reader = ArrayReader.of(samples)
    view = view_of(Timeline.of(reader).runs[0], 2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = read_out(reader, view, 0, 0, 0.0)
    assert (got.index, got.raw) == (1, 2.0)


def test_one_sample_that_is_no_number():
    samples = np.array([[1.0], [np.nan], [3.0]], np.float32)
    reader = ArrayReader.of(samples)
    view = view_of(Timeline.of(reader).runs[0], 0.1)
    read = [read_out(reader, view, 0, x, 0.0) for x in (2, 8, 12, 18)]
    assert [None if got is None else got.raw for got in read] == [1.0, None, None, 3.0]


@pytest.mark.parametrize("spp", [0.25, 3.0, 12.0])
def test_between_segments_there_is_nothing(spp):
    parts = [noise(500, 1, seed=n) for n in range(3)]
    starts = [10.0, 11.0, 10.25]  # the clock of the last was restarted
    reader = ArrayReader([[(t, part)] for t, part in zip(starts, parts, strict=True)], [RATE])
    runs = Timeline.of(reader).runs
    assert [run.t_start for run in runs] == [10.0, 11.0, 11.5]
    width = math.ceil(2100 / spp)
    viewport = Viewport.at(10.0, spp * width / RATE, width, runs[0])
    views = [RunView.of(run, viewport) for run in runs]
    for view, part, run in zip(views, parts, runs, strict=True):
        for x in range(0, width, 1 + width // 200):
            got = read_out(reader, view, 0, x, 100.0)
            if not view.x_start <= x < view.x_stop:
                assert got is None
                continue
            assert got.run is run
            assert got.index == expected(part[:, 0], view, x, 100.0)
            assert got.time == run.t_start + got.index / RATE
    for x in (math.ceil(750 / spp), math.ceil(2010 / spp)):  # in the gap, and behind the end
        assert all(read_out(reader, view, 0, x, 0.0) is None for view in views)


@pytest.mark.parametrize(("dtype", "ends"), [("int16", (-32_768, 32_767)), ("uint16", (0, 65_535))])
def test_the_ends_of_a_type(dtype, ends):
    middle = sum(ends) // 2
    samples = np.array([middle, *ends, *ends, middle], dtype)[:, np.newaxis]
    reader = ScaledReader([[(0.0, samples)]], [RATE], [(-0.25, 3.0, "uV")])
    view = view_of(Timeline.of(reader).runs[0], 5.0)
    for height, index in ((-1e6, 1), (ends[0], 1), (ends[1], 2), (1e6, 2), (middle, 0)):
        got = read_out(reader, view, 0, 0, float(height))
        assert (got.index, got.raw) == (index, int(samples[index, 0]))
        assert got.value == -0.25 * got.raw + 3


def test_half_way_between_two_values_the_earlier_counts():
    samples = np.array([[7], [-3], [5], [-3], [5]], np.int16)
    reader = ArrayReader.of(samples)
    view = view_of(Timeline.of(reader).runs[0], 5.0)
    assert [read_out(reader, view, 0, 0, v).index for v in (1.0, 1.01, 0.99, 6.0)] == [1, 2, 1, 0]


@pytest.mark.parametrize("height", [math.nan, math.inf, -math.inf])
def test_a_height_that_is_none_takes_the_earliest_number(height):
    samples = np.array([[np.nan], [4.0], [9.0]], np.float32)
    reader = ArrayReader.of(samples)
    view = view_of(Timeline.of(reader).runs[0], 3.0)
    assert read_out(reader, view, 0, 0, height).index == 1


class EndlessReader(ArrayReader):
    """A hundred thousand million samples, of which each tells its place."""

    size = 10**11

    def _get_signal_size(self, block, segment, stream):
        return self.size

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        return (np.arange(i_start, i_stop) % 30_011).astype(np.int16)[:, np.newaxis]


@settings(deadline=None)
@given(st.floats(0.02, 3000), st.integers(0, 10**9), st.integers(0, 30_010))
def test_far_into_a_recording(spp, back, height):
    reader = EndlessReader.of(np.zeros((1, 1), np.int16), rate=30_000.0)
    run = Timeline.of(reader).runs[0]
    view = view_of(run, spp)
    x, k = 5, int((run.size - 10**4 - back) / view.spp)
    view = replace(view, first_column=k - x)
    got = read_out(reader, view, 0, x, float(height))
    edges = [k * Fraction(view.spp), (k + 1) * Fraction(view.spp)]
    if view.interpolated:
        assert abs(got.index - sum(edges) / 2) <= Fraction(1, 2)
    else:
        count = bin_samples(view.level)
        near = range(math.floor(edges[0]) - count, math.ceil(edges[1]) + count)
        shown = [i for i in near if column_of_sample(i, Fraction(view.spp), count) == k]
        assert got.index == min(shown, key=lambda i: (abs(i % 30_011 - height), i))
    assert got.raw == got.index % 30_011


# -- columns too wide to be read -------------------------------------------------------------------


def wide(samples, spp, scales=None, first_column=0, width=200):
    """Return a reader, a view and the tiles of it; None and none where nothing is in sight."""
    scales = scales or [(1.0, 0.0, "uV")] * samples.shape[1]
    reader = ScaledReader([[(2.0, samples)]], [RATE], scales)
    run = Timeline.of(reader).runs[0]
    view = view_of(run, spp, first_column, width)
    tiles = {key: read_tile(reader, run, key) for key in keys_of(view)} if view else {}
    reader.reads.clear()
    return reader, view, tiles


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 9000),
    st.floats(6, 700),
    st.integers(-150, 700),
    st.sampled_from(DTYPES),
    st.sampled_from([2.0, -0.5]),
)
def test_a_wide_column_has_the_extremes_that_a_tile_knows(size, spp, first_column, dtype, gain):
    samples = noise(size, 2, seed=size, dtype=dtype)
    scales = [(1.0, 0.0, "uV"), (gain, 7.0, "mV")]
    reader, view, tiles = wide(samples, spp, scales, first_column)
    assume(view is not None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_BYTES", 1)
        for x in range(view.x_start, view.x_stop, 1 + (view.x_stop - view.x_start) // 4):
            own = samples[members(view, x), 1]
            if len(own) == 1:
                continue  # which is read
            got = read_out(reader, view, 1, x, 0.0, tiles.get)
            assert (got.raw_low, got.raw_high) == (own.min(), own.max())
            assert type(got.raw_low) is (float if dtype == "float32" else int)
            ends = sorted(float(raw) * gain + 7.0 for raw in (own.min(), own.max()))
            assert (got.low, got.high) == tuple(ends)
            assert (got.index, got.raw, got.value, got.units) == (None, None, None, "mV")
            assert got.exact and got.run is view.run and got.column == 1
            middle = 2.0 + (view.first_column + x + 0.5) * view.spp / RATE
            assert got.time == pytest.approx(middle, abs=1e-9)
            assert reader.reads == []


def test_how_wide_a_column_is_read_goes_by_the_bytes_of_all_channels(monkeypatch):
    samples = noise(4000, 5)
    reader, view, tiles = wide(samples, 48.0)
    monkeypatch.setattr(module, "MOST_BYTES", 48 * 5 * 2)
    assert read_out(reader, view, 2, 3, 0.0, tiles.get).index is not None
    assert reader.reads == [(3 * 48, 4 * 48)]
    monkeypatch.setattr(module, "MOST_BYTES", 48 * 5 * 2 - 1)
    got = read_out(reader, view, 2, 3, 0.0, tiles.get)
    own = samples[3 * 48 : 4 * 48, 2]
    assert (got.raw_low, got.raw_high) == (own.min(), own.max())
    assert len(reader.reads) == 1


def test_one_sample_is_read_of_however_many_channels(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    reader, view, _ = wide(noise(100, 5), 0.5)
    assert read_out(reader, view, 2, 9, 0.0).index == 5


def test_without_a_tile_at_hand_nothing_is_said_of_a_wide_column(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    reader, view, _ = wide(noise(4000, 2), 48.0)
    assert read_out(reader, view, 0, 3, 0.0) is None
    assert reader.reads == []


def test_a_wide_column_that_is_not_yet_exact(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    reader, view, tiles = wide(noise(4000, 2), 48.0)
    (tile,) = tiles.values()
    assert bin_samples(view.level) == 24
    sure = np.ones(len(tile.data), bool)
    sure[10] = False  # half of column 5, samples 240 to 264
    unsure = Tile(tile.key, tile.first_bin, tile.data, sure)
    exact = [read_out(reader, view, 0, x, 0.0, lambda key: unsure).exact for x in range(4, 7)]
    assert exact == [True, False, True]


def test_a_wide_column_of_no_numbers(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)
    samples = noise(4000, 1, dtype=np.float32)
    samples[:500] = np.nan
    reader, view, tiles = wide(samples, 48.0)
    assert read_out(reader, view, 0, 3, 0.0, tiles.get) is None
    got = read_out(reader, view, 0, 10, 0.0, tiles.get)  # samples 480 to 528
    assert (got.raw_low, got.raw_high) == (samples[500:528].min(), samples[500:528].max())


# -- readers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("spp", [0.3, 40.0])
def test_of_a_layer_the_processed_values_are_read(spp):
    reader = ScaledReader([[(0.0, slow_waves(3000, 2))]], [RATE], [(0.2, 5.0, "uV")] * 2)
    layer = Layer(reader, [HighPass(20)])
    whole = layer.get_analogsignal_chunk(0, 0)[:, 1]
    view = view_of(Timeline.of(layer).runs[0], spp)
    for x in range(view.x_start, view.x_stop, 7):
        got = read_out(layer, view, 1, x, 50.0)
        assert got.index == expected(whole, view, x, 50.0)
        assert got.raw == got.value == whole[got.index]


def test_what_cannot_be_read_is_told():
    reader = BrokenReader.of(noise(1000, 1))
    reader.bad = range(500, 510)
    view = view_of(Timeline.of(reader).runs[0], 5.0)
    assert read_out(reader, view, 0, 99, 0.0).raw is not None
    with pytest.raises(RawIOError, match="the disk says no"):
        read_out(reader, view, 0, 100, 0.0)

"""The fast column reduction against the slow readable one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import columns as oracle
from tests.readers import ArrayReader, noise
from viewer.engine.columns import reduce_columns
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import Timeline


def look(samples, spp, first_column, width):
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    viewport = Viewport.at(first_column * spp / 1000, spp * width / 1000, width, run)
    view = RunView.of(run, viewport)
    if view is None:
        return None, {}
    tiles = [read_tile(reader, run, key) for key in keys_of(view)]
    got = {}
    for part in reduce_columns(view, tiles, slice(None)):
        assert np.array_equal(part.x, np.arange(part.x[0], part.x[-1] + 1))
        for x, low, high in zip(part.x, part.low, part.high, strict=True):
            got[int(x) + view.first_column] = (low, high)
    return view, got


def expected(samples, view):
    columns = range(view.first_column + view.x_start, view.first_column + view.x_stop)
    if view.interpolated:
        return oracle.line_spans(samples, view.spp, columns)
    return oracle.spans(samples, view.spp, bin_samples(view.level), columns)


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 9000),
    st.floats(0.02, 200),
    st.integers(-50, 400),
    st.integers(16, 300),
    st.sampled_from(["int16", "uint16", "int32", "float32"]),
)
def test_columns_equal_the_oracle(size, spp, first_column, width, dtype):
    samples = noise(size, 2, seed=size, dtype=dtype)
    view, got = look(samples, spp, first_column, width)
    if view is None:
        return
    want = expected(samples, view)
    assert list(got) == list(want)
    # Float32 rounds: the line everywhere, the half-way points of large 32-bit values.
    largest = float(np.abs(samples.astype(float)).max())
    tolerance = largest * (2e-3 if view.interpolated else 1e-6 * (dtype in ("int32", "float32")))
    for k in want:
        for mine, theirs in zip(got[k], want[k], strict=True):
            assert np.abs(mine.astype(float) - theirs.astype(float)).max() <= tolerance


@settings(deadline=None)
@given(st.floats(1, 3000), st.integers(0, 40_000), st.integers(0, 60))
def test_a_single_sample_spike_is_in_the_picture_at_most_half_a_pixel_off(spp, where, first):
    """No extremum is ever lost, and none is drawn where it is not."""
    samples = np.zeros((40_001, 1), np.int16)
    samples[where] = -20_000
    view, got = look(samples, spp, min(first, int(40_000 / spp)), 500)
    inked = [k for k, (low, _) in got.items() if low[0] == -20_000]
    true_place = where / view.spp
    left = view.first_column + view.x_start
    if left + 0.5 <= true_place < view.first_column + view.x_stop - 0.5:
        assert len(inked) == 1, "the spike is lost, or drawn twice"
    for k in inked:
        assert k - 0.5 <= true_place <= k + 1.5  # the column is [k, k+1)


def test_columns_next_to_an_absent_tile_are_left_out():
    samples = noise(4000, 2)
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    view = RunView.of(run, Viewport.at(0, 3.5, 1750, run))
    tiles = [read_tile(reader, run, key) for key in keys_of(view)]
    assert len(tiles) == 4
    parts = reduce_columns(view, [tiles[0], *tiles[2:]], slice(None))
    whole = reduce_columns(view, tiles, slice(None))[0]
    assert len(parts) == 2
    for part in parts:
        at = part.x - whole.x[0]
        assert np.array_equal(part.low, whole.low[at])
        assert np.array_equal(part.high, whole.high[at])
    assert parts[1].x[0] - parts[0].x[-1] > 400


@pytest.mark.parametrize("channels", [[2, 0], [1], [0, 1, 2]])
def test_channels_come_in_the_order_asked(channels):
    samples = noise(1000, 3)
    reader = ArrayReader.of(samples)
    run = Timeline.of(reader).runs[0]
    view = RunView.of(run, Viewport.at(0, 1.0, 100, run))
    tiles = [read_tile(reader, run, key) for key in keys_of(view)]
    whole = reduce_columns(view, tiles, slice(None))[0]
    part = reduce_columns(view, tiles, np.array(channels))[0]
    assert np.array_equal(part.low, whole.low[:, channels])

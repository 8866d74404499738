"""Where rows, units and blocks lie, for any runs."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viewer.engine.levels import bin_samples
from viewer.engine.pyramid.layout import LEAST_RUN, RunPlace, StreamLayout

MOST_SHARE = 0.03

sizes = st.one_of(
    st.integers(1, 3 * LEAST_RUN),
    st.integers(LEAST_RUN, 40 * LEAST_RUN),
    st.integers(10**6, 4 * 10**6),
)
kept_sizes = sizes.map(lambda size: max(size, LEAST_RUN))
channels = st.sampled_from([1, 2, 3, 7, 32, 384, 1000, 40_000])
dtypes = st.sampled_from(["|u1", "<i2", "<i4", "<f4", "<f8"])


def layout_of(run_sizes, n_channels=4, dtype="<i2"):
    runs = tuple(RunPlace(0, number, size) for number, size in enumerate(run_sizes))
    return StreamLayout.of(0, dtype, n_channels, runs)


@given(st.lists(sizes, max_size=8), channels)
def test_rows_of_all_runs_fill_a_level_without_gap_or_overlap(run_sizes, n_channels):
    layout = layout_of(run_sizes, n_channels)
    assert [run.size for run in layout.runs] == [s for s in run_sizes if s >= LEAST_RUN]
    for level in layout.levels:
        row = unit = 0
        for run in range(len(layout.runs)):
            assert (layout.row_start(run, level), layout.unit_start(run, level)) == (row, unit)
            row += layout.rows_of(run, level)
            unit += layout.units_of(run, level)
        assert (layout.total_rows(level), layout.total_units(level)) == (row, unit)


@given(st.lists(sizes, max_size=8), channels)
def test_the_finest_level_has_every_sample_and_the_coarser_lack_none_between(run_sizes, n_channels):
    layout = layout_of(run_sizes, n_channels)
    for run, place in enumerate(layout.runs):
        levels = layout.levels_of(run)
        assert levels == list(layout.levels[: len(levels)]) and levels[0] == layout.levels[0]
        for level in levels:
            rows = layout.rows_of(run, level)
            assert (rows - 1) * bin_samples(level) < place.size <= rows * bin_samples(level)


@given(st.lists(sizes, min_size=1, max_size=8), channels)
def test_units_lie_within_blocks_and_cover_all_rows(run_sizes, n_channels):
    layout = layout_of(run_sizes, n_channels)
    for run in range(len(layout.runs)):
        for level in layout.levels_of(run):
            unit, samples = layout.unit_rows(level), layout.unit_samples(level)
            assert unit * layout.units_of(run, level) >= layout.rows_of(run, level)
            assert unit * (layout.units_of(run, level) - 1) < layout.rows_of(run, level)
            if level <= layout.block_level():
                assert layout.block_samples % samples == 0
                assert layout.units_in_block(level) * samples == layout.block_samples
            else:
                assert unit == 1


@given(st.lists(sizes, max_size=8), channels)
def test_every_block_is_one_of_one_run(run_sizes, n_channels):
    layout = layout_of(run_sizes, n_channels)
    found = [layout.run_of_block(n) for n in range(int(layout.block_starts[-1]))]
    want = [(r, b) for r in range(len(layout.runs)) for b in range(layout.block_count(r))]
    assert found == want
    for run, place in enumerate(layout.runs):
        blocks = layout.block_count(run)
        assert (blocks - 1) * layout.block_samples < place.size <= blocks * layout.block_samples
        assert layout.find(place.block, place.segment) == run


@settings(max_examples=400)
@given(st.lists(kept_sizes, min_size=1, max_size=8), channels, dtypes)
@example([LEAST_RUN + 1] * 8 + [10**7], 1, "|u1")
@example([4 * LEAST_RUN + 1] * 8 + [10**7], 1, "|u1")
@example([16 * LEAST_RUN + 1] * 8 + [10**7], 1, "<i2")
@example([10**9], 1, "|u1")
def test_the_pyramid_takes_at_most_three_per_cent_of_the_samples(run_sizes, n_channels, dtype):
    layout = layout_of(run_sizes, n_channels, dtype)
    samples = sum(run_sizes) * n_channels * np.dtype(dtype).itemsize
    assert layout.nbytes <= MOST_SHARE * samples


@pytest.mark.parametrize("dtype", ["|u1", "<i2", "<f8"])
@pytest.mark.parametrize("n_channels", [1, 2, 3, 384])
@pytest.mark.parametrize("longest", [1, 100_000, 400_000, 2 * 10**6])
@pytest.mark.parametrize("size", [LEAST_RUN, LEAST_RUN + 1, 2 * LEAST_RUN + 1, 24_193, 98_305])
def test_thousands_of_short_runs_take_no_more(n_channels, dtype, size, longest):
    """Levels that only the longest run needs cost the short ones a checksum each, at least."""
    sizes = [size] * 2000 + [max(size, longest)]
    layout = layout_of(sizes, n_channels, dtype)
    samples = sum(sizes) * n_channels * np.dtype(dtype).itemsize
    assert layout.nbytes <= MOST_SHARE * samples


def test_short_runs_are_left_out_and_nothing_is_stored_of_nothing():
    layout = layout_of([LEAST_RUN - 1, 5])
    assert (layout.runs, layout.nbytes, len(layout.block_starts)) == ((), 0, 1)
    assert layout.find(0, 0) is None


@given(channels, dtypes)
def test_blocks_are_of_at_most_96_megabytes_where_they_can_be(n_channels, dtype):
    layout = layout_of([10**9], n_channels, dtype)
    nbytes = layout.block_samples * n_channels * np.dtype(dtype).itemsize
    assert nbytes <= 96 << 20 or layout.power == 2
    assert 2 <= layout.power <= 5

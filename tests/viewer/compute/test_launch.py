import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.compute.launch import (
    ENOUGH,
    LEAST_SPLIT,
    SHARED,
    blocks_of,
    filter_block,
    lanes_of,
    part_of_bin,
    vector_of,
    warps_of_median,
)


@given(st.integers(0, 1 << 40), st.integers(1, 1024))
def test_blocks_hold_all_threads_and_none_too_many(threads, per_block):
    blocks = blocks_of(threads, per_block)
    assert blocks * per_block >= threads > (blocks - 1) * per_block or blocks == threads == 0


@given(st.integers(1, 400), st.integers(-800, 800), st.integers(0, 1 << 20).map(lambda n: 2 * n))
def test_vectors_divide_a_row_and_are_aligned_in_every_row(channels, stride, address):
    wide = vector_of(channels, stride, address)
    assert wide in (1, 2, 4, 8) and channels % wide == 0
    assert all((address + 2 * row * stride) % (2 * wide) == 0 for row in range(5))
    twice = 2 * wide
    assert twice == 16 or channels % twice or stride % twice or address % (2 * twice)


@given(st.integers(1, 1 << 22), st.integers(1, 4000), st.integers(1, 1 << 22))
def test_parts_of_a_bin_make_up_the_bin(bins, per_row, count):
    part = part_of_bin(bins, per_row, count)
    assert count % part == 0
    assert part == count or part >= LEAST_SPLIT
    if bins * per_row > ENOUGH // 2:
        assert part == count


@pytest.mark.parametrize("level", range(8, 20))
def test_long_bins_of_all_levels_are_split_so_that_many_threads_have_work(level):
    count = 3 << level
    bins = 300_000 // count + 1
    part = part_of_bin(bins, 48, count)
    assert bins * 48 * (count // part) > ENOUGH // 16


@given(st.integers(1, 1 << 30), st.integers(1, 5000))
def test_lanes_are_rows_side_by_side(rows, channels):
    lanes = lanes_of(rows, channels)
    assert 1 <= lanes <= rows
    assert lanes * channels <= max(ENOUGH, channels)
    assert lanes == rows or (lanes + 1) * channels > ENOUGH


@given(st.integers(1, 40_000))
def test_rows_of_a_median_fit_shared_memory_or_are_not_kept(members):
    warps, shared = warps_of_median(members)
    assert 1 <= warps <= 4
    assert shared in (0, warps * 4 * members) and shared <= SHARED
    assert (shared == 0) == (4 * members > SHARED)


@given(st.integers(1, 1 << 30))
def test_neither_blocks_nor_their_length_grow_with_time_alone(rows):
    length = filter_block(rows)
    assert length >= 64
    assert blocks_of(rows, length) <= length

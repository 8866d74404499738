"""Blocks: that they cover a segment, and are neither too many nor too large."""

from hypothesis import given
from hypothesis import strategies as st

from viewer.compute.stages import (
    BLOCK_VALUES,
    DEVICE,
    LEAST_VALUES,
    LONG_VALUES,
    MOST_BACK,
    RINGS,
    ROUGH_STEP,
    Grid,
)


@given(st.integers(0, 10**6), st.sampled_from([32, 64, 4096]))
def test_blocks_cover_a_segment_without_gap_or_overlap(size, step):
    grid = Grid(size, step)
    spans = [grid.span(number) for number in range(grid.count)]
    edges = [0, *(stop for _, stop in spans)]
    assert [start for start, _ in spans] == edges[:-1] and edges[-1] == size
    assert all(0 < stop - start <= step for start, stop in spans)


@given(st.integers(1, 40_000), st.integers(0, 1 << 20))
def test_blocks_are_as_long_as_rings_ask_for_within_what_memory_allows(channels, ring):
    step = Grid.of(10**9, channels, ring).step
    assert step & (step - 1) == 0 and step >= 32
    if step == 32:
        return
    assert step * channels <= LONG_VALUES
    assert step * channels <= BLOCK_VALUES or MOST_BACK * step <= ring
    assert 2 * step * channels > LEAST_VALUES
    if step * channels * 2 <= BLOCK_VALUES:
        assert 2 * step > min(RINGS * ring, ring / MOST_BACK)
    if ring > 0 and 2 * step * channels <= LONG_VALUES:
        assert 2 * step * MOST_BACK > ring


@given(st.integers(1, 40_000), st.integers(0, 1 << 13), st.sampled_from([1, DEVICE]))
def test_of_rough_looks_blocks_are_no_longer_than_the_ring(channels, ring, times):
    step = Grid.of(10**9, channels, ring, times, rough=True).step
    assert 32 <= step <= max(ring, ROUGH_STEP)
    if 2 * step * channels <= times * BLOCK_VALUES:
        assert 2 * step > max(ring, ROUGH_STEP)


@given(st.integers(1, 40_000), st.integers(0, 1 << 20))
def test_a_device_has_as_many_times_more_at_a_time(channels, ring):
    few, many = (Grid.of(10**9, channels, ring, times).step for times in (1, DEVICE))
    assert few <= many <= DEVICE * max(few, 32)
    assert many * channels <= DEVICE * LONG_VALUES or many == 32
    if RINGS * ring * channels >= DEVICE * BLOCK_VALUES and few > 32 < ring / MOST_BACK:
        assert many > few

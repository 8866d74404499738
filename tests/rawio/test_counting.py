"""Where a column stops counting, against a look at every number of it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio.counting import find_runs, uneven_spans

SIZE = 5000


class Column:
    """Numbers that exist only when they are read: runs of (first row, number)."""

    def __init__(self, *runs, dtype="int64"):
        self.first = np.array([first for first, _ in runs], np.int64)
        self.number = np.array([number for _, number in runs], np.int64)
        self.dtype, self.n_read, self.calls = np.dtype(dtype), 0, 0

    def __call__(self, start, stop):
        at = np.arange(start, stop, dtype=np.int64)
        run = np.searchsorted(self.first, at, "right") - 1
        self.n_read += len(at)
        self.calls += 1
        return (self.number[run] + at - self.first[run]).astype(self.dtype)


def brute_force(numbers):
    """Return row and number of each run by looking at every number."""
    first = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist()]
    return {row: int(numbers[row]) for row in first}


jumps = st.dictionaries(st.integers(1, SIZE - 1), st.integers(-3000, 9000), max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, SIZE),
    st.sampled_from(["int64", "int32", "uint32", "uint16"]),
    st.integers(-5000, 2**33),
    jumps,
    st.integers(1, 600),
    st.none() | st.integers(1, 2000),
)
def test_runs_are_those_of_brute_force(size, dtype, start, lost, leaf, apart):
    steps = np.ones(size, np.int64)
    steps[0] = start
    for row, count in lost.items():
        steps[min(row, size - 1)] += count
    numbers = np.cumsum(steps).astype(dtype)
    found = find_runs(lambda a, b: numbers[a:b].copy(), size, leaf=leaf, most=99, apart=apart)
    assert {column.dtype for column in found} == {np.dtype(np.int64)}
    rows = dict(zip(*(column.tolist() for column in found), strict=True))
    expected = brute_force(numbers)
    assert list(rows) == sorted(rows) and rows.items() <= expected.items()
    # Only what is lost and gained back between two looks goes unseen.
    looks = sorted({*range(0, size, apart or size), size - 1})
    for row in set(expected) - set(rows):
        span = next((a, b) for a, b in pairwise(looks) if a < row <= b)
        assert size - 1 > leaf and sum(span[0] < other <= span[1] for other in expected) > 1


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "uint32"])
def test_numbers_wrap_around_as_their_type_does(dtype):
    last = np.iinfo(dtype).max
    column = Column((0, last - 5000), (20_000, 7), dtype=dtype)
    first, number = find_runs(column, 30_000, leaf=16, most=9)
    assert first.tolist() == [0, 20_000] and number.tolist() == [last - 5000, 7]
    assert column.n_read < 200


@pytest.mark.parametrize("apart", [None, 1 << 20])
def test_long_columns_are_looked_at_in_few_places(apart):
    size = 10**11 if apart is None else 10**9
    column = Column((0, -3), (size // 3, size), (size - 2, 2 * size))
    first, number = find_runs(column, size, leaf=100, most=9, apart=apart)
    assert first.tolist() == [0, size // 3, size - 2]
    assert number.tolist() == [-3, size, 2 * size]
    assert column.calls < 120 + (size // apart if apart else 0)
    assert column.n_read < column.calls + 2 * 100


def test_short_columns_are_read_whole():
    column = Column((0, 5), (3, 9), (4, 9), (6, 11))
    first, number = find_runs(column, 9, leaf=8, most=9)
    assert first.tolist() == [0, 3, 4] and number.tolist() == [5, 9, 9]
    assert [part.tolist() for part in find_runs(column, 1, leaf=8, most=0)] == [[0], [5]]


def test_too_many_breaks():
    numbers = np.arange(1000) * 2
    assert find_runs(lambda a, b: numbers[a:b], 1000, leaf=10, most=998) is None
    assert len(find_runs(lambda a, b: numbers[a:b], 1000, leaf=10, most=999)[0]) == 1000


def test_spans_come_one_by_one_and_rising():
    bad = {17, 18, 300, 999}
    probed = []

    def probe(place):
        probed.append(place)
        return place

    def even(low, high):
        return not any(low[1] < place <= high[1] for place in bad)

    spans = uneven_spans([(0, 0), (200, 200), (1000, 1000)], probe, even, 10)
    first = next(spans)
    assert first[0] < 17 <= 18 <= first[1] <= first[0] + 10
    assert max(probed) < 200
    rest = list(spans)
    assert [sum(a < place <= b for place in bad) for a, b in rest] == [1, 1]
    assert rest == sorted(rest)
    assert list(uneven_spans([(0, 0)], probe, even, 10)) == []

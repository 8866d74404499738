"""`time_slice`: both limits inclusive, held against exact rational arithmetic."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio._points import time_slice
from rawio.errors import SelectionError

RATES = [1.0, 1000.0, 24414.0625, 30_000.0, 40_000.0, 1e6, 44_100 / 3]
INF = float("inf")


def between(ticks, frequency, t_start, t_stop, slack=0):
    """Return the ticks from `t_start` to `t_stop`, by fractions, each widened by `slack` ticks."""
    low = -INF if t_start in (None, -INF) else Fraction(t_start) * Fraction(frequency) - slack
    high = INF if t_stop in (None, INF) else Fraction(t_stop) * Fraction(frequency) + slack
    return [tick for tick in ticks if low <= tick <= high]


@st.composite
def cases(draw):
    base = draw(st.sampled_from([0, 0, 1000, 10**9, 2**39]))
    steps = draw(st.lists(st.integers(0, 50), max_size=30))
    return (base + np.cumsum(steps)).astype(np.int64), draw(st.sampled_from(RATES))


@settings(deadline=None)
@given(cases(), st.data())
def test_limits_on_ticks_include_them(case, data):
    """A limit that is a rescaled tick takes that tick in, however the division rounds."""
    ticks, frequency = case
    around = st.integers(int(ticks[0]) - 3, int(ticks[-1]) + 3) if len(ticks) else st.integers(0, 9)
    first, last = data.draw(around), data.draw(around)
    found = ticks[time_slice(ticks, frequency, first / frequency, last / frequency)]
    assert found.tolist() == [tick for tick in ticks if first <= tick <= last]


@settings(deadline=None)
@given(cases(), st.data())
def test_limits_anywhere(case, data):
    ticks, frequency = case
    end = float(ticks[-1] if len(ticks) else 9) / frequency
    limit = st.none() | st.sampled_from([-INF, INF]) | st.floats(-1.0, 2 * end + 1)
    t_start, t_stop = data.draw(limit), data.draw(limit)
    found = ticks[time_slice(ticks, frequency, t_start, t_stop)].tolist()
    if t_start == INF or t_stop == -INF:
        assert found == []
    else:
        # A limit less than a thousandth of a tick from a tick may count as on it.
        slack = Fraction(1, 1000)
        least = between(ticks.tolist(), frequency, t_start, t_stop, -slack)
        most = between(ticks.tolist(), frequency, t_start, t_stop, slack)
        assert Counter(least) <= Counter(found) <= Counter(most)


@pytest.mark.parametrize("base", [0, 10**9, 2**40 - 1000])
@pytest.mark.parametrize("frequency", RATES)
def test_every_tick_is_found_by_its_own_time(base, frequency):
    ticks = base + np.arange(0, 1000, 3)
    seconds = ticks / frequency
    for k in range(0, len(ticks), 7):
        t = float(seconds[k])
        assert time_slice(ticks, frequency, t, t) == slice(k, k + 1)
        assert time_slice(ticks, frequency, t, None) == slice(k, len(ticks))
        assert time_slice(ticks, frequency, None, t) == slice(0, k + 1)


def test_a_clock_so_fine_that_seconds_round_to_several_hundredths_of_a_tick():
    """Nanoseconds after a day: a float64 of seconds holds them to about a fiftieth."""
    ticks = 10**14 + np.arange(0, 3000, 3)
    for k, t in enumerate((ticks / 1e9).tolist()):
        assert time_slice(ticks, 1e9, t, t) == slice(k, k + 1)


def test_a_hundredth_of_a_tick_beyond_is_beyond():
    ticks = np.array([10**9, 10**9 + 1])
    assert time_slice(ticks, 40_000, (10**9 + 0.01) / 40_000, None) == slice(1, 2)
    assert time_slice(ticks, 40_000, None, (10**9 + 0.99) / 40_000) == slice(0, 1)


def test_equal_ticks_come_together():
    ticks = np.array([1, 5, 5, 5, 9])
    assert time_slice(ticks, 10.0, 0.5, 0.5) == slice(1, 4)
    assert time_slice(ticks, 10.0, 0.5, None) == slice(1, 5)
    assert time_slice(ticks, 10.0, None, 0.5) == slice(0, 4)


def test_stop_before_start_is_nothing():
    ticks = np.arange(10)
    piece = time_slice(ticks, 1.0, 7.0, 2.0)
    assert ticks[piece].tolist() == [] and piece.start == piece.stop


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.uint32])
@pytest.mark.parametrize(
    ("t_start", "t_stop", "expected"),
    [
        (-INF, INF, [3, 4, 5]),
        (INF, None, []),
        (None, -INF, []),
        (-5.0, None, [3, 4, 5]),
        (None, -5.0, []),
        (1e308, None, []),
        (None, 1e308, [3, 4, 5]),
        (-1e308, 1e20, [3, 4, 5]),
        (1e15, 1e16, []),
    ],
)
def test_limits_far_away(dtype, t_start, t_stop, expected):
    ticks = np.array([3, 4, 5], dtype)
    assert ticks[time_slice(ticks, 40_000.0, t_start, t_stop)].tolist() == expected


@pytest.mark.parametrize("limits", [(float("nan"), None), (None, float("nan"))])
def test_a_limit_that_is_no_number(limits):
    with pytest.raises(SelectionError, match="nan"):
        time_slice(np.arange(3), 1.0, *limits)


def test_numpy_limits():
    ticks = np.arange(10**9, 10**9 + 10)
    for kind in (np.float64, np.longdouble):
        t = kind(ticks[4]) / kind(40_000)
        assert time_slice(ticks, 40_000, t, t) == slice(4, 5)
    assert time_slice(np.arange(10), 2, np.float32(1.5), np.int64(3)) == slice(3, 7)

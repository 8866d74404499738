"""Tiles that are read before they are wanted: in the direction of motion, and not many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.engine.ahead import tiles_ahead
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import level_of
from viewer.engine.tiles import TILE_BINS, keys_of
from viewer.model import SignalRun

RATE = 1000.0
RUN = SignalRun(0, 0, 0, 0.0, RATE, 10**8)
OTHER = SignalRun(1, 0, 0, 0.0, RATE / 4, 10**8 // 4)


def look(t_start, duration, run=RUN, width=1000):
    return RunView.of(run, Viewport.at(t_start, duration, width, run))


def ahead(before, now):
    return [key for _, key in tiles_ahead([before], [now])]


@pytest.mark.parametrize("duration", [0.5, 4.0, 300.0, 20_000.0])
def test_beside_the_view_on_the_side_to_which_it_moves(duration):
    before, right = look(30_000, duration), look(30_000 + duration / 10, duration)
    shown = [key.number for key in keys_of(right)]
    got = ahead(before, right)
    assert [key.number for key in got] == [shown[-1] + n for n in range(1, len(shown) + 1)]
    shown = [key.number for key in keys_of(before)]
    back = [key.number for key in ahead(right, before)]
    assert back == [shown[0] - n for n in range(1, len(shown) + 1) if shown[0] >= n]
    assert {key.level for key in got} == {right.level}


@pytest.mark.parametrize("wider", [False, True])
def test_a_zoom_goes_on_about_the_same_middle(wider):
    durations = (400.0, 500.0) if wider else (500.0, 400.0)
    before, now = (look(50_000 - d / 2, d) for d in durations)
    got = ahead(before, now)
    spp = now.spp * (2 if wider else 0.5)
    assert {key.level for key in got} == {level_of(spp)} != {now.level}
    middle = 50_000 * RATE
    samples = 3 << (got[0].level - 1)
    first, last = got[0].number * TILE_BINS, (got[-1].number + 1) * TILE_BINS
    assert first * samples <= middle < last * samples


def test_nothing_where_nothing_moves_or_nothing_was_seen():
    view = look(100, 10)
    assert tiles_ahead([view], [view]) == []
    assert tiles_ahead([], [view]) == []
    assert tiles_ahead([look(100, 10, OTHER)], [view]) == []


def test_every_stream_that_is_shown_is_thought_of():
    before = [look(100, 10), look(100, 10, OTHER)]
    now = [look(101, 10), look(101, 10, OTHER)]
    assert {run.stream for run, _ in tiles_ahead(before, now)} == {0, 1}


@given(
    st.integers(1, 10**7),
    st.tuples(st.floats(-1, 11_000), st.floats(0.001, 20_000)),
    st.tuples(st.floats(-1, 11_000), st.floats(0.001, 20_000)),
    st.integers(16, 2000),
)
def test_only_tiles_that_exist_once_each_and_no_more_than_a_view_needs(size, before, now, width):
    run = SignalRun(0, 0, 0, 0.0, RATE, size)
    views = [look(*window, run, width) for window in (before, now)]
    if None in views:
        return
    got = ahead(*views)
    assert len(set(got)) == len(got) <= width * 6 // TILE_BINS + 3
    for key in got:
        bins = -(-size // (3 << (key.level - 1) if key.level else 1))
        assert 0 <= key.number * TILE_BINS < bins

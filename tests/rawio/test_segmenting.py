"""Cutting streams with gaps and restarts into segments, against what must hold of any cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rawio.segmenting import Runs, cut_into_segments


def runs(rate, *spans):
    """Return runs of (first second, samples)."""
    start, size = zip(*spans, strict=True) if spans else ((), ())
    return Runs(np.array(start, float), np.array(size, np.int64), float(rate))


def table(segments, stream):
    piece = segments.pieces[stream]
    return list(zip(piece.run.tolist(), piece.first.tolist(), piece.size.tolist(), strict=True))


def test_one_stream_is_cut_at_its_gaps():
    found = cut_into_segments([runs(1000, (0, 2000), (5, 1000), (7, 10))])
    assert found.t_start.tolist() == [0, 5, 7]
    assert found.t_stop.tolist() == [2, 6, 7.01]
    assert table(found, 0) == [(0, 0, 2000), (1, 0, 1000), (2, 0, 10)]


def test_a_stream_without_the_gap_is_cut_there_and_loses_nothing():
    found = cut_into_segments([runs(1000, (0, 2000), (3, 1000)), runs(10, (0, 40))])
    assert table(found, 0) == [(0, 0, 2000), (1, 0, 1000)]
    assert table(found, 1) == [(0, 0, 30), (0, 30, 10)]
    assert found.t_start.tolist() == [0, 3] and found.t_stop.tolist() == [3, 4]


def test_a_shared_pause_seen_at_two_rates_is_one_cut():
    fast = runs(30_000, (0.0, 30_001), (2.00005, 600))
    slow = runs(1000, (0.0, 1001), (2.0007, 20))
    assert len(cut_into_segments([fast, slow])) == 2
    # A pause shorter than a sample of the slow stream, which notes it late.
    fast, slow = runs(30_000, (0.0, 30_000), (1.0001, 600)), runs(1000, (0.0, 1001), (1.0013, 20))
    assert len(cut_into_segments([fast, slow])) == 2


def test_gaps_that_only_overlap_share_a_cut():
    a, b = runs(10, (0, 100), (12, 100)), runs(10, (0, 110), (13, 90))
    found = cut_into_segments([a, b])
    assert len(found) == 2
    assert table(found, 0) == [(0, 0, 100), (1, 0, 100)]
    assert table(found, 1) == [(0, 0, 110), (1, 0, 90)]


def test_a_clock_set_back_starts_an_epoch_in_all_streams():
    a = runs(100, (0, 1000), (0, 500))
    b = runs(10, (0, 100), (0, 50))
    found = cut_into_segments([a, b])
    assert found.epoch.tolist() == [0, 1]
    assert found.t_start.tolist() == [0, 0] and found.t_stop.tolist() == [10, 5]
    assert table(found, 1) == [(0, 0, 100), (1, 0, 50)]


def test_a_stream_that_starts_late_or_has_nothing_is_said_to_have_nothing():
    found = cut_into_segments([runs(10, (0, 10), (5, 10)), runs(10, (5.2, 3)), runs(10)])
    assert table(found, 1) == [(-1, 0, 0), (0, 0, 3)]
    assert table(found, 2) == [(-1, 0, 0), (-1, 0, 0)]
    assert found.pieces[1].t_start.tolist() == [0, 5.2]
    assert found.pieces[2].t_start.tolist() == [0, 5]


def test_empty_runs_and_no_streams():
    assert len(cut_into_segments([])) == 0
    found = cut_into_segments([runs(10, (0, 0), (1, 5), (3, 0))])
    assert table(found, 0) == [(1, 0, 5)]


@pytest.mark.parametrize("second", [0.0, 0.3, 0.5, 0.51, 0.9, 1.0, 1.2])
@pytest.mark.parametrize("rate", [1.0, 30.0])
def test_runs_of_one_sample_that_overlap(rate, second):
    starts = np.array([0, second, 2 * second, 5]) / rate
    found = cut_into_segments([Runs(starts, np.ones(4, np.int64), rate), runs(10, (0, 100))])
    piece = found.pieces[0]
    assert piece.run[piece.size > 0].tolist() == [0, 1, 2, 3]
    assert found.pieces[1].size.sum() == 100


STEPS = [-1.0, -0.4, -0.02, -1e-4, 1e-4, 0.02, 0.11, 0.5, 1.3, 4.0]


@st.composite
def streams(draw):
    out = []
    for _ in range(draw(st.integers(1, 3))):
        rate = draw(st.sampled_from([1.0, 10.0, 30.0, 7.5]))
        time, start, size = draw(st.integers(0, 5)) / 2, [], []
        for _ in range(draw(st.integers(0, 6))):
            start.append(time)
            size.append(draw(st.integers(0, 40)))
            time += size[-1] / rate + draw(st.sampled_from(STEPS))
            if draw(st.integers(0, 12)) == 0:
                time = max(0.0, time - 20)
        out.append(Runs(np.array(start), np.array(size, np.int64), rate))
    return out


@given(streams())
@settings(max_examples=500, deadline=None)
def test_whatever_the_gaps_no_sample_is_lost_and_times_are_kept(given_streams):
    found = cut_into_segments(given_streams)
    for stream, piece in zip(given_streams, found.pieces, strict=True):
        samples = [
            (int(run), int(first + k))
            for run, first, size in zip(piece.run, piece.first, piece.size, strict=True)
            for k in range(size)
        ]
        expected = [(r, k) for r, size in enumerate(stream.size.tolist()) for k in range(size)]
        assert samples == expected
        there = piece.size > 0
        own = stream.t_start[piece.run[there]] + piece.first[there] / stream.sampling_rate
        assert np.allclose(piece.t_start[there], own, rtol=0, atol=1e-12)
        assert (found.t_start[there] <= piece.t_start[there]).all()
        stop = piece.t_start + piece.size / stream.sampling_rate
        assert (found.t_stop[there] >= stop[there] - 1e-12).all()
    assert (np.diff(found.epoch) >= 0).all()
    # Nothing is cut without need: a segment boundary within an epoch is at a gap of some stream.
    for k in np.flatnonzero(np.diff(found.epoch) == 0):
        parted = [
            p.run[k] != p.run[k + 1] or p.size[k] == 0 or p.size[k + 1] == 0 for p in found.pieces
        ]
        assert any(parted)


def test_twenty_thousand_gaps_are_cut_without_many_python_steps():
    start = np.arange(20_000) * 2.0
    fast = Runs(start, np.full(20_000, 30), 30.0)
    slow = Runs(np.zeros(1), np.array([40_000 * 5]), 5.0)
    found = cut_into_segments([fast, slow])
    assert len(found) == 20_000
    assert (found.pieces[0].size == 30).all()
    assert found.pieces[1].size.sum() == 200_000
    assert (found.pieces[1].size[1:-1] == 10).all()


@pytest.mark.parametrize("jitter", [1e-6, -1e-6, 3e-4])
def test_runs_that_touch_stay_apart_but_in_one_epoch(jitter):
    found = cut_into_segments([runs(1000, (0, 1000), (1 + jitter, 1000))])
    assert found.epoch.tolist() == [0, 0]
    assert table(found, 0) == [(0, 0, 1000), (1, 0, 1000)]

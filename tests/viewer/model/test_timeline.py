"""The time axis: segments where their own times say, moved only when they would overlap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rawio import memory_reader
from tests.readers import ArrayReader
from viewer.model import Segment, SignalRun, Timeline


def recording(*segments, rates=(1000.0,)):
    """Return a reader of segments given as (start, size) or a list of these for each stream."""
    runs = [s if isinstance(s, list) else [s] for s in segments]
    arrays = [[(t, np.zeros((size, 2), np.int16)) for t, size in segment] for segment in runs]
    return ArrayReader(arrays, list(rates))


def test_one_segment():
    timeline = Timeline.of(recording((2.5, 500)))
    assert timeline.segments == (Segment(0, 0, 2.5, 3.0, 0.0),)
    assert timeline.runs == (SignalRun(0, 0, 0, 2.5, 1000.0, 500),)
    assert (timeline.t_start, timeline.t_stop, timeline.first_signal) == (2.5, 3.0, 2.5)
    assert timeline.runs[0].t_stop == 3.0
    assert not timeline.shifted


def test_gaps_stay():
    timeline = Timeline.of(recording((0.0, 500), (2.0, 500), (10.0, 1000)))
    assert [s.t_start for s in timeline.segments] == [0.0, 2.0, 10.0]
    assert [s.t_stop for s in timeline.segments] == [0.5, 2.5, 11.0]
    assert not timeline.shifted


def test_segments_that_touch_stay():
    timeline = Timeline.of(recording((0.0, 500), (0.5, 500), (1.0 - 1e-9, 500)))
    assert [s.shift for s in timeline.segments] == [0.0, 0.0, 0.0]


def test_a_restarted_clock_is_put_behind():
    timeline = Timeline.of(recording((5.0, 1000), (0.0, 500), (0.25, 500), (9.0, 500)))
    starts = [(s.t_start, s.t_stop, s.shift) for s in timeline.segments]
    assert starts == [(5.0, 6.0, 0.0), (6.0, 6.5, 6.0), (6.5, 7.0, 6.25), (9.0, 9.5, 0.0)]
    assert [run.t_start for run in timeline.runs] == [5.0, 6.0, 6.5, 9.0]
    assert timeline.shifted and (timeline.t_start, timeline.t_stop) == (5.0, 9.5)


def test_a_short_segment_within_the_rounding_does_not_move_the_end_back():
    timeline = Timeline.of(recording((0.0, 10_000), (0.9992, 1), (0.9985, 5), rates=(10_000.0,)))
    assert [segment.shift for segment in timeline.segments[:2]] == [0.0, 0.0]
    assert timeline.segments[2].t_start == 1.0


def test_streams_keep_their_places_within_a_moved_segment():
    reader = recording([(1.0, 2000), (1.5, 10)], [(0.0, 1000), (0.25, 100)], rates=(1000.0, 200.0))
    timeline = Timeline.of(reader)
    assert timeline.segments[1] == Segment(0, 1, 3.0, 4.0, 3.0)
    assert timeline.runs == (
        SignalRun(0, 0, 0, 1.0, 1000.0, 2000),
        SignalRun(1, 0, 0, 1.5, 200.0, 10),
        SignalRun(0, 0, 1, 3.0, 1000.0, 1000),
        SignalRun(1, 0, 1, 3.25, 200.0, 100),
    )


def test_streams_without_samples_have_no_run():
    reader = recording([(0.0, 0), (0.5, 10)], [(1.0, 0), (1.0, 0)], rates=(1000.0, 100.0))
    timeline = Timeline.of(reader)
    assert [(run.stream, run.segment) for run in timeline.runs] == [(1, 0)]
    assert timeline.first_signal == 0.5 and timeline.t_start == 0.0
    assert len(timeline.segments) == 2


def test_blocks_follow_each_other():
    reader = memory_reader.MemoryReader()
    reader.parse_header()
    timeline = Timeline.of(reader)
    assert [(s.block, s.index) for s in timeline.segments] == [(0, 0), (0, 1), (1, 0)]
    assert [s.shift for s in timeline.segments] == pytest.approx([0, 0, 2.012 - 0.125])
    assert timeline.segments[2].t_start == pytest.approx(2.012)
    sizes = [memory_reader.SIZES[run.block, run.segment][run.stream] for run in timeline.runs]
    assert [run.size for run in timeline.runs] == sizes == [40, 10, 24, 8, 3]


def test_nothing_recorded():
    timeline = Timeline((), ())
    assert (timeline.t_start, timeline.t_stop, timeline.first_signal) == (0.0, 1.0, 0.0)
    assert not timeline.shifted


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 5000)), min_size=1, max_size=8))
def test_segments_never_overlap_and_move_only_when_they_must(segments):
    timeline = Timeline.of(recording(*segments))
    end = None
    for (start, size), segment, run in zip(segments, timeline.segments, timeline.runs, strict=True):
        assert segment.t_start == run.t_start == pytest.approx(start + segment.shift)
        assert segment.t_stop == pytest.approx(run.t_stop)
        assert segment.t_stop - segment.t_start == pytest.approx(size / 1000.0)
        if end is not None:
            # Less than a millisecond is taken for rounding of the recording's clock.
            assert segment.t_start >= end - 1e-3 - 1e-9
            assert (segment.shift > 0) == (start < end - 1e-3)
            if segment.shift:
                assert segment.t_start == pytest.approx(end)
        end = max(end or 0.0, segment.t_stop)
    assert timeline.t_stop == end


def test_runs_and_segments_in_sight_are_those_of_a_plain_search():
    rng = np.random.default_rng(0)
    segments, t = [], 0.0
    for _ in range(40):
        n = int(rng.integers(1, 50))
        segments.append([(t, np.zeros((n, 1), np.int16)), (t, np.zeros((10 * n, 1), np.int16))])
        t += n / 100 + float(rng.uniform(0, 0.4))
    timeline = Timeline.of(ArrayReader(segments, [100.0, 1000.0]))
    for start in np.linspace(-1, t + 1, 60):
        stop = start + float(rng.uniform(0, 2))
        for stream in (0, 1):
            own = [run for run in timeline.runs if run.stream == stream]
            want = [run for run in own if run.t_stop >= start and run.t_start <= stop]
            assert list(timeline.runs_in(stream, start, stop)) == want
        near = [s for s in timeline.segments if s.t_stop >= start and s.t_start <= stop]
        assert list(timeline.segments_in(start, stop)) == near
        nearest = timeline.nearest_run([0, 1], start)
        assert nearest.stream == 1
        gap = min(max(r.t_start - start, start - r.t_stop) for r in timeline.runs if r.stream == 1)
        assert max(nearest.t_start - start, start - nearest.t_stop) == gap
    assert timeline.nearest_run([], 1.0) is None


def test_segments_that_had_to_be_moved_are_said():
    one = [(0.0, np.zeros((10, 1), np.int16))]
    assert Timeline.of(ArrayReader([one], [10.0])).warnings == []
    (sentence,) = Timeline.of(ArrayReader([one, one, one], [10.0])).warnings
    assert sentence.startswith("2 of 3 segments overlap")

"""Spikes as marks on traces: which columns, which colour, and never two at a place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader
from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import Points, UnitMarks, read_points
from viewer.model import SignalRun, Timeline
from viewer.render.spikes import spike_marks

COLORS = np.arange(30, dtype=np.uint8).reshape(10, 3)
RUN = RunView(SignalRun(0, 0, 0, 0.0, 30_000.0, 10**9), 9.0, 1, 0, 20, 480)

COLUMNS = st.lists(st.integers(-8, 503), unique=True, min_size=1, max_size=30).map(
    lambda x: np.array(sorted(x))
)


def points_of(units, viewport):
    return Points(viewport, tuple(UnitMarks(n, x, row) for n, (x, row) in enumerate(units)))


@given(
    st.lists(st.tuples(COLUMNS, st.sampled_from([None, 2, 5, 7, 40])), max_size=8),
    st.sampled_from([0.0001, 0.0003, 0.01]),
)
def test_marks_are_the_columns_around_spikes_of_the_lanes_on_screen(units, step):
    rows = np.array([5, 2, 7])
    viewport = Viewport(0.0, step, 500)
    marks = spike_marks(points_of(units, viewport), viewport, RUN, rows, COLORS)
    before, after = round(0.0004 / step), round(0.0008 / step)
    colored = {}
    for n, (x, row) in enumerate(units):
        for column in x if row in rows else ():
            lane = rows.tolist().index(row)
            colored.setdefault(lane, []).append((int(column), n))
    want = {}
    for lane, spikes in colored.items():
        for column, n in sorted(spikes, key=lambda spike: spike[0]):
            for k in range(max(column - before, 20), min(column + after + 1, 480)):
                want[lane, k] = [*want.get((lane, k), []), (column, n)]
    got = {}
    for lane, start, stop, color in zip(*vars(marks).values(), strict=True):
        for k in range(start, stop):
            assert (lane, k) not in got
            got[lane, k] = color.tolist()
    assert got.keys() == want.keys()
    for place, spikes in want.items():
        latest = max(column for column, _ in spikes)
        assert got[place] in [COLORS[n].tolist() for column, n in spikes if column == latest]


def test_a_spike_beside_the_window_colours_what_of_it_lies_inside():
    reader = ArrayReader.of(
        np.zeros((30_000, 1), np.int16),
        rate=30_000.0,
        units={"a": np.array([0.5])},
        unit_channel={0: 0},
    )
    timeline = Timeline.of(reader)
    for start, first, last in (
        (0.5001, 0, 70),
        (0.5004, 0, 40),
        (0.4993, 30, 100),
        (0.4985, None, 0),
    ):
        viewport = Viewport(start, 0.00001, 100)
        run = RunView(timeline.runs[0], 0.3, 0, round(start * 1e5), 0, 100)
        points = read_points(reader, timeline, viewport)
        marks = spike_marks(points, viewport, run, np.array([0]), COLORS)
        if first is None:
            assert len(marks) == 0
        else:
            assert abs(int(marks.x_start[0]) - first) <= 1
            assert abs(int(marks.x_stop[0]) - last) <= 2


def test_marks_rise_by_lane_and_place():
    viewport = Viewport(0.0, 0.001, 500)
    units = [(np.array([100, 300]), 2), (np.array([50, 200]), 5)]
    marks = spike_marks(points_of(units, viewport), viewport, RUN, np.array([5, 2]), COLORS)
    assert marks.lane.tolist() == [0, 0, 1, 1]
    assert marks.x_start.tolist() == [50, 200, 100, 300]
    assert marks.x_stop.tolist() == [52, 202, 102, 302]


def test_no_units_no_marks():
    viewport = Viewport(0.0, 0.001, 500)
    assert len(spike_marks(Points(viewport), viewport, RUN, np.array([1]), COLORS)) == 0

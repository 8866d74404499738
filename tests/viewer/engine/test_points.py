"""Spikes and events of a viewport against brute force over all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from viewer.engine.grid import Viewport
from viewer.engine.points import EventMarks, Points, UnitMarks, read_points
from viewer.model import Timeline, View

TIMES = st.lists(st.floats(0, 59.9).map(lambda t: round(t, 4)), max_size=50).map(sorted)


@given(TIMES, TIMES, st.floats(0, 50), st.floats(0.01, 60), st.integers(10, 500))
def test_marks_are_the_columns_that_hold_a_spike_or_event(spikes, events, start, length, width):
    reader = ArrayReader.of(
        np.zeros((60_000, 1), np.int16),
        units={"a": np.array(spikes, float)},
        events={"e": [(t, f"{t:.4f}") for t in events]},
    )
    viewport = Viewport(start, length / width, width)
    points = read_points(reader, Timeline.of(reader), viewport)

    def columns(times, before=0, after=0):
        found = {}
        for t in times:
            x = int(np.floor((t - start) / (length / width)))
            if -after <= x < width + before:
                found.setdefault(x, t)
        return found

    # A spike takes 0.4 ms before its time and 0.8 ms after it, and counts if these reach in.
    reach = (round(seconds / (length / width)) for seconds in (0.0004, 0.0008))
    near = sorted(columns(spikes, *reach))
    assert [m.x.tolist() for m in points.units] == [near] * bool(near)
    wanted = columns(events)
    if not wanted:
        assert points.events == ()
    else:
        assert points.events[0].x.tolist() == sorted(wanted)
        assert list(points.events[0].labels) == [f"{wanted[x]:.4f}" for x in sorted(wanted)]


def test_segments_moved_on_the_axis_take_their_spikes_along():
    """Two segments whose clocks both start at 0: the second lies behind the first."""

    class Restarted(ArrayReader):
        def _get_spike_timestamps(self, block, segment, unit, t_start, t_stop):
            times = np.array([0.5]) if segment == 0 else np.array([0.25, 0.75])
            return times[self._between(times, t_start, t_stop)]

    samples = noise(1000, 1)
    reader = Restarted([[(0.0, samples)], [(0.0, samples)]], [1000.0], units={"a": None})
    timeline = Timeline.of(reader)
    assert timeline.shifted and timeline.t_stop == pytest.approx(2.0)
    points = read_points(reader, timeline, Viewport(0.0, 0.01, 200))
    assert points.units[0].x.tolist() == [50, 125, 175]


def test_marks_seen_through_a_panned_viewport_move_by_whole_columns():
    reader = ArrayReader.of(
        np.zeros((60_000, 1), np.int16),
        units={"a": np.arange(0.0131, 60, 0.37)},
        events={"e": [(10.0, "x"), (12.0, "y")]},
    )
    timeline = Timeline.of(reader)
    run = timeline.runs[0]
    here = Viewport.at(9.0, 8.0, 400, run)
    there = Viewport.at(9.0 + 30 * here.seconds_per_pixel, 8.0, 400, run)
    old, new = read_points(reader, timeline, here), read_points(reader, timeline, there)
    moved = old.seen_through(there)
    kept = new.units[0].x[new.units[0].x < 370]
    assert moved.units[0].x.tolist() == kept.tolist()
    assert moved.events[0].x.tolist() == new.events[0].x.tolist()
    assert moved.events[0].labels == ("x", "y")
    assert old.seen_through(here) is old


@pytest.mark.parametrize(("seconds", "unread"), [(59.0, 0), (61.0, 1)])
def test_digital_lines_are_not_scanned_for_hours(seconds, unread):
    """Their events are found by reading all samples; those of other channels cost nothing."""

    class Lines(ArrayReader):
        def _event_count_reads_samples(self, channel):
            return channel == 0

    events = {"line": [(1.0, "on")], "key": [(2.0, "a")]}
    reader = Lines.of(np.zeros((100_000, 1), np.int16), events=events)
    points = read_points(reader, Timeline.of(reader), Viewport(0.0, seconds / 100, 100))
    assert points.unread == unread
    assert [marks.channel for marks in points.events] == ([1] if unread else [0, 1])


@given(
    st.sets(st.integers(0, 3)),
    st.sets(st.integers(0, 2)),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 3), unique=True),
    st.lists(st.integers(0, 2), unique=True),
)
def test_marks_are_shown_by_a_view_that_shows_their_unit_or_channel(
    hidden_units, hidden_events, spikes, events, units_there, events_there
):
    view = View(
        ArrayReader.of(
            np.zeros((100, 1), np.int16),
            units={f"u{n}": np.array([]) for n in range(4)},
            events={f"e{n}": [] for n in range(3)},
        )
    )
    view.units.set_visible(hidden_units, False)
    view.events.set_visible(hidden_events, False)
    view.spikes_shown, view.events_shown = spikes, events
    points = Points(
        Viewport(1.0, 0.5, 20),
        tuple(UnitMarks(n, np.array([n]), None) for n in units_there),
        tuple(EventMarks(n, np.array([n]), ("",)) for n in events_there),
        unread=2,
    )
    shown = points.shown_by(view)
    assert [m.unit for m in shown.units] == [
        n for n in units_there if n not in hidden_units and spikes
    ]
    assert [m.channel for m in shown.events] == [
        n for n in events_there if n not in hidden_events and events
    ]
    assert all(m.x.tolist() == [m.unit] for m in shown.units)
    assert (shown.viewport, shown.unread) == (points.viewport, 2)

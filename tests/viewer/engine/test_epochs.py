"""Epochs of a viewport against brute force over all of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from viewer.engine.epochs import epochs_of, is_epoch_channel
from viewer.engine.grid import Viewport
from viewer.engine.points import read_points
from viewer.model import Timeline

EPOCHS = st.lists(
    st.tuples(
        st.floats(0, 59.9).map(lambda t: round(t, 4)),
        st.one_of(st.just(0.0), st.floats(0, 40).map(lambda t: round(t, 4))),
    ),
    max_size=40,
).map(sorted)


def reader_of(epochs):
    named = [(start, lasting, f"{number}") for number, (start, lasting) in enumerate(epochs)]
    return ArrayReader.of(np.zeros((60_000, 1), np.int16), epochs={"sleep": named})


@given(EPOCHS, st.floats(0, 50), st.floats(0.01, 60), st.integers(10, 500))
def test_all_that_reach_into_the_window_are_there_wherever_they_begin(epochs, start, length, width):
    reader = reader_of(epochs)
    step = length / width
    points = read_points(reader, Timeline.of(reader), Viewport(start, step, width))
    stops, labels, begins = {}, {}, {}
    for number, (begin, lasting) in enumerate(epochs):
        first = int(np.floor((begin - start) / step))
        last = int(np.floor((begin + lasting - start) / step))
        # Those that end just as the window begins may be in or not.
        if first >= width or last < 0 or begin + lasting < start:
            continue
        column, stop = max(first, 0), min(last + 1, width)
        if stop > stops.get(column, -1):  # the longest is what its column shows
            stops[column], labels[column], begins[column] = stop, str(number), first >= 0
    if not stops:
        assert points.events == ()
        return
    (marks,) = points.events
    assert marks.x.tolist() == sorted(stops)
    assert marks.x_stop.tolist() == [stops[x] for x in sorted(stops)]
    assert list(marks.labels) == [labels[x] for x in sorted(stops)]
    assert marks.begins.tolist() == [begins[x] for x in sorted(stops)]


def test_an_epoch_of_hours_is_seen_in_a_window_in_its_midst():
    reader = reader_of([(1.0, 50.0), (2.0, 0.5), (3.0, 0.5)])
    points = read_points(reader, Timeline.of(reader), Viewport(30.0, 0.01, 100))
    (marks,) = points.events
    assert (marks.x.tolist(), marks.x_stop.tolist(), marks.labels) == ([0], [100], ("0",))


def test_of_several_that_began_before_the_one_that_lasts_is_named():
    reader = reader_of([(1.0, 29.0), (2.0, 50.0), (3.0, 27.05)])
    (marks,) = read_points(reader, Timeline.of(reader), Viewport(30.0, 0.01, 100)).events
    assert (marks.labels, marks.x_stop.tolist(), marks.begins.tolist()) == (("1",), [100], [False])


def test_an_epoch_of_any_length_is_seen_at_any_zoom():
    reader = reader_of([(1.0, 1e17)])
    for step in (1e-6, 1.0):
        (marks,) = read_points(reader, Timeline.of(reader), Viewport(2.0, step, 100)).events
        assert marks.x_stop.tolist() == [100]


@given(st.floats(0, 20), st.integers(-200, 200))
def test_an_epoch_in_sight_moves_by_just_the_columns_of_a_pan(start, columns):
    reader = reader_of([(25.0, 0.31)])
    timeline = Timeline.of(reader)
    here = Viewport(20.0 + start / 10, 0.013, 600)
    there = Viewport(here.t_left + columns * 0.013, 0.013, 600)
    moved, new = (
        read_points(reader, timeline, here).seen_through(there),
        read_points(reader, timeline, there),
    )
    if new.events and moved.events and moved.events[0].begins[0] and new.events[0].begins[0]:
        assert abs(moved.events[0].x[0] - new.events[0].x[0]) <= 1
        x = read_points(reader, timeline, here).events[0].x[0]
        assert moved.events[0].x[0] == x - columns


def test_epochs_are_read_once_for_all_windows():
    reader = reader_of([(1.0, 2.0), (9.0, 1.0)])
    asked = []
    read = reader._get_event_timestamps
    reader._get_event_timestamps = lambda *a: asked.append(a) or read(*a)
    timeline = Timeline.of(reader)
    for start in range(10):
        read_points(reader, timeline, Viewport(float(start), 0.01, 100))
    assert len(asked) == 1
    assert epochs_of(reader, timeline.segments[0], 0).stop.tolist() == [3.0, 10.0]


def test_durations_that_are_no_numbers_are_moments():
    reader = reader_of([(1.0, np.nan), (2.0, -3.0), (3.0, np.inf)])
    epochs = epochs_of(reader, Timeline.of(reader).segments[0], 0)
    assert epochs.stop.tolist() == [1.0, 2.0, 3.0]


def test_the_header_says_what_lasts():
    reader = ArrayReader.of(noise(10, 1), events={"key": []}, epochs={"sleep": []})
    assert [is_epoch_channel(reader, channel) for channel in (0, 1)] == [False, True]


def test_epochs_seen_through_a_panned_viewport_move_by_whole_columns():
    reader = reader_of([(1.0, 50.0), (10.0, 1.0), (12.0, 0.105)])
    timeline = Timeline.of(reader)
    here = Viewport(9.0, 0.01, 400)
    there = Viewport(9.5, 0.01, 400)
    old, new = (read_points(reader, timeline, viewport) for viewport in (here, there))
    moved = old.seen_through(there)
    assert moved.events[0].x.tolist() == new.events[0].x.tolist() == [0, 50, 250]
    # Where the first epoch ends beyond the old window is not known in it.
    assert moved.events[0].x_stop.tolist() == [350, 151, 261]
    assert new.events[0].x_stop.tolist() == [400, 151, 261]

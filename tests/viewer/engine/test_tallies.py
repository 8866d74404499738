"""Counts and rates of spikes and events against counting them one by one."""

import numpy as np
import pytest
from hypothesis import given

from rawio import open_recording
from tests.viewer.engine.ticking import TickReader, all_points, tick_readers
from tests.viewer.test_app import PLX
from viewer.engine.errors import CancelledError
from viewer.engine.tallies import Tally, event_tallies, recorded_seconds, unit_tallies
from viewer.model import Timeline


@given(tick_readers())
def test_all_segments_count_and_what_lies_between_them_takes_no_time(reader):
    timeline = Timeline.of(reader)
    points = all_points(reader, timeline)
    ticks = sum(len(samples) for ((_, samples),) in reader.segments)
    assert recorded_seconds(timeline) == pytest.approx(ticks / reader.rate)
    for kind, tallies in (("unit", unit_tallies), ("event", event_tallies)):
        found = list(tallies(reader, timeline))
        names = {"unit": reader.units, "event": [*reader.events, *reader.epochs]}[kind]
        assert [tally.number for tally in found] == list(range(len(names)))
        for tally in found:
            if kind == "event" and tally.number in reader.lines:
                assert (tally.count, tally.rate) == (None, None)
                continue
            count = sum(1 for point in points if point[1:3] == (kind, tally.number))
            assert tally.count == count
            assert tally.rate == pytest.approx(count * reader.rate / ticks)


def test_those_asked_for_are_counted_in_the_order_asked():
    reader = TickReader(
        [(0, 200)], {"a": [[1]], "b": [[]], "c": [[2, 2]]}, {"e": [[(1, "x")]], "f": [[]]}
    )
    timeline = Timeline.of(reader)
    assert list(unit_tallies(reader, timeline, [2, 1])) == [Tally(2, 2, 1.0), Tally(1, 0, 0.0)]
    assert list(event_tallies(reader, timeline, [0])) == [Tally(0, 1, 0.5)]
    assert list(event_tallies(reader, timeline, [])) == []


def test_a_recording_that_takes_no_time_has_no_rates():
    reader = TickReader([(100, 0)], {"a": [[100]]}, {"e": [[]]})
    timeline = Timeline.of(reader)
    assert list(unit_tallies(reader, timeline)) == [Tally(0, 1, None)]
    assert list(event_tallies(reader, timeline)) == [Tally(0, 0, None)]


@pytest.mark.parametrize("tallies", [unit_tallies, event_tallies])
def test_counting_ends_where_it_is_cancelled_and_has_told_what_was_counted(tallies):
    asked = []

    class Counting(TickReader):
        def _spike_count(self, block, segment, number):
            asked.append((number, segment))
            return 1

        _event_count = _spike_count

    names = {"a": [[], []], "b": [[], []]}
    reader = Counting([(0, 100), (100, 100)], names, names)
    counting = tallies(reader, Timeline.of(reader), None, lambda: len(asked) == 3)
    assert next(counting) == Tally(0, 2, 1.0)
    assert asked == [(0, 0), (0, 1)]  # one at a time, as they are asked for
    with pytest.raises(CancelledError):
        next(counting)
    assert asked == [(0, 0), (0, 1), (1, 0)]


def test_counts_of_the_sample_are_those_of_its_timestamps():
    reader = open_recording(PLX)
    timeline = Timeline.of(reader)
    (segment,) = timeline.segments
    units = list(unit_tallies(reader, timeline))
    times = [reader.spike_timestamps(0, 0, unit) for unit in range(len(units))]
    assert [tally.count for tally in units] == [len(some) for some in times]
    rates = [len(some) / (segment.t_stop - segment.t_start) for some in times]
    np.testing.assert_allclose([tally.rate for tally in units], rates)
    assert sum(rates) > 1
    events = [tally.count for tally in event_tallies(reader, timeline)]
    assert events == [len(reader.event_timestamps(0, 0, n)[0]) for n in range(len(events))]

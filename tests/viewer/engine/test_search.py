"""The next and the previous spike or event against all of them in a list."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import SelectionError, open_recording
from rawio.frames import Frames
from tests.rawio.spikeglx_files import opened
from tests.readers import ArrayReader, noise
from tests.viewer.engine.ticking import TickReader, all_points, tick_readers
from tests.viewer.test_app import PLX
from tests.writers.spikeglx import Nidq, make_samples, write_stream
from viewer.engine.errors import CancelledError
from viewer.engine.search import SCAN_WIDTH, Find, next_time, previous_time
from viewer.model import Timeline


def everything(reader):
    events = range(reader.event_channels_count())
    return Find(tuple(range(reader.unit_channels_count())), tuple(events))


def wanted(reader, timeline, find, origin, sign):
    """Return the time and channel of the nearest, and all (label, segment) that these may have."""
    ranks = {("unit", n): rank for rank, n in enumerate(find.units)}
    ranks |= {("event", n): rank for rank, n in enumerate(find.events, len(find.units))}
    there = [
        (sign * time, ranks[kind, number], label, segment)
        for time, kind, number, label, _, segment in all_points(reader, timeline)
        if (kind, number) in ranks and sign * (time - origin) > 0.5 / reader.rate
    ]
    if not there:
        return None
    nearest, rank = min(point[:2] for point in there)
    ((kind, number),) = [key for key in ranks if ranks[key] == rank]
    may_be = [point[2:] for point in there if point[:2] == (nearest, rank)]
    return sign * nearest, kind, number, may_be


@given(tick_readers(), st.data())
def test_it_is_the_nearest_of_all_that_are_looked_for(reader, data):
    timeline = Timeline.of(reader)
    all_of_it = everything(reader)
    find = Find(
        tuple(data.draw(st.permutations(all_of_it.units))[: data.draw(st.integers(0, 3))]),
        tuple(data.draw(st.permutations(all_of_it.events))[: data.draw(st.integers(0, 3))]),
    )
    times = [point[0] for point in all_points(reader, timeline)]
    near = st.sampled_from([*times, timeline.t_start, timeline.t_stop])
    within = st.floats(timeline.t_start - 5, timeline.t_stop + 5)
    origin = data.draw(st.one_of(near, within))
    # Some thousandths of a tick off half of one, on which rounding would decide.
    ticks = np.array([time - origin for time in times]) * reader.rate
    if (np.abs(np.abs(ticks) - 0.5) < 1e-3).any():
        return
    for sign, search in ((1, next_time), (-1, previous_time)):
        found = search(reader, timeline, find, origin)
        expected = wanted(reader, timeline, find, origin, sign)
        if expected is None:
            assert found is None
            continue
        time, kind, number, may_be = expected
        assert (found.time, found.kind, found.number) == (time, kind, number)
        assert (found.label, found.segment) in may_be
        names = [*reader.units] if kind == "unit" else [*reader.events, *reader.epochs]
        assert found.name == names[number]


@given(tick_readers())
def test_going_on_from_what_was_found_comes_by_every_moment_once(reader):
    timeline, find = Timeline.of(reader), everything(reader)
    moments = sorted({round(point[0] * reader.rate) for point in all_points(reader, timeline)})
    for search, start, expected in (
        (next_time, -math.inf, moments),
        (previous_time, math.inf, moments[::-1]),
    ):
        seen, time = [], start
        while (found := search(reader, timeline, find, time)) is not None:
            time = found.time
            seen.append(round(time * reader.rate))
            assert len(seen) <= len(moments)
        assert seen == expected


def test_of_several_at_one_moment_the_first_listed_is_told_wherever_it_is_kept():
    reader = TickReader(
        [(0, 1000)],
        units={"a": [[500]], "b": [[500]]},
        events={"key": [[(500, "first"), (500, "second")]], "line": [[(500, "on")]]},
        lines={1},
    )
    timeline = Timeline.of(reader)
    for search, origin in ((next_time, 0.0), (previous_time, 9.0)):

        def told(find, search=search, origin=origin):
            found = search(reader, timeline, find, origin)
            return found.time, found.name, found.label

        assert told(Find((1, 0), (1, 0))) == (5.0, "b", "")
        assert told(Find((), (1, 0))) == (5.0, "line", "on")
        assert told(Find((), (0, 1))) == (5.0, "key", "first")


@pytest.mark.parametrize("aside", [-0.4, 0.4])
def test_a_time_rounded_by_less_than_half_a_tick_is_the_same_moment(aside):
    reader = TickReader([(0, 1000)], units={"a": [[100, 101, 102]]})
    timeline, find = Timeline.of(reader), Find((0,))
    assert next_time(reader, timeline, find, (101 + aside) / 100).time == 1.02
    assert previous_time(reader, timeline, find, (101 + aside) / 100).time == 1.00


def test_ticks_longer_than_samples_hide_nothing_that_is_samples_away():
    class Coarse(TickReader):
        def _rescale_event_timestamp(self, timestamps, dtype, channel):
            return (timestamps / 10.0 + 0.03).astype(dtype)

    reader = Coarse([(0, 1000)], units={"a": [[100]]}, events={"e": [[(10, "x")]]})
    timeline, find = Timeline.of(reader), Find((0,), (0,))
    assert next_time(reader, timeline, find, 1.0).time == pytest.approx(1.03)
    assert previous_time(reader, timeline, find, 1.03).time == 1.0


def test_times_without_ticks_are_told_apart_by_samples():
    reader = ArrayReader.of(noise(1000, 1), 100.0, units={"a": np.array([2.0, 2.004, 2.02])})
    timeline, find = Timeline.of(reader), Find((0,))
    assert next_time(reader, timeline, find, 2.0).time == 2.02
    assert previous_time(reader, timeline, find, 2.02).time == 2.004


def test_ticks_finer_than_float64_do_not_stand_still():
    """Nanoseconds since 1970: half a tick is less than what a float64 of seconds holds."""

    class Clock(TickReader):
        def _segment_t_start(self, block, segment):
            return 1.7e9

        def _segment_t_stop(self, block, segment):
            return 1.7e9 + 10

        def _rescale_spike_timestamp(self, timestamps, dtype):
            return (timestamps / self.rate + 1.7e9).astype(dtype)

    reader = Clock([(0, 10)], units={"a": [[10**9, 10**9 + 1, 2 * 10**9]]}, rate=1e9)
    timeline, find = Timeline.of(reader), Find((0,))
    assert next_time(reader, timeline, find, 1.7e9 + 1).time == 1.7e9 + 2
    assert previous_time(reader, timeline, find, 1.7e9 + 2).time == 1.7e9 + 1
    assert next_time(reader, timeline, find, math.nextafter(1.7e9 + 1, 0)).time == 1.7e9 + 2


def test_what_lies_a_little_beyond_the_ends_of_the_recording_is_found():
    """Limits of segments are rounded, and not all readers that others write keep to them."""
    reader = TickReader([(0, 100)], units={"a": [[-2, 102]]})
    timeline, find = Timeline.of(reader), Find((0,))
    for search, origins, time in (
        (next_time, (0.5, 1.0, 1.01), 1.02),
        (previous_time, (0.5, 0.0, -0.01), -0.02),
    ):
        assert [search(reader, timeline, find, t).time for t in origins] == [time] * 3
        assert search(reader, timeline, find, time) is None


def test_where_there_is_nothing_nothing_is_found():
    reader = TickReader([(0, 100), (0, 100)], {"a": [[], []]}, {"e": [[], []]}, lines={0})
    timeline = Timeline.of(reader)
    spike = TickReader([(0, 100)], {"a": [[50]]})
    for search, beyond in ((next_time, math.inf), (previous_time, -math.inf)):
        assert search(reader, timeline, everything(reader), 0.5) is None
        assert search(reader, Timeline((), ()), everything(reader), 0.5) is None
        assert search(spike, Timeline.of(spike), Find(), 0.2) is None
        assert search(spike, Timeline.of(spike), Find((0,)), beyond) is None
        assert search(spike, Timeline.of(spike), Find((0,)), 0.5) is None


def test_units_that_are_not_there_are_said():
    reader = TickReader([(0, 100)], {"a": [[50]]})
    with pytest.raises(SelectionError, match="unit index 1"):
        next_time(reader, Timeline.of(reader), Find((1,)), 0.0)


# -- what it costs ---------------------------------------------------------------------------------

HOURS = 36_000_00
"""Ticks of ten hours."""


def test_a_near_one_is_found_without_reading_those_far_away():
    units = {"even": [np.arange(0, HOURS, 2)], "odd": [np.arange(1, HOURS, 2)]}
    reader = TickReader([(0, HOURS)], units)
    timeline, find = Timeline.of(reader), Find((0, 1))
    for search, time in ((next_time, 18_000.01), (previous_time, 17_999.99)):
        reader.looks.clear()
        assert search(reader, timeline, find, 18_000.0).time == time
        assert sum(look[-1] for look in reader.looks) < 200


@pytest.mark.parametrize("segments", [1, 10])
def test_a_far_one_is_found_in_few_looks(segments):
    each = HOURS // segments
    spans = [(k * each, each) for k in range(segments)]
    empty = [[] for _ in range(segments - 1)]
    last = TickReader(spans, {"a": [*empty, [HOURS - 1]]})
    first = TickReader(spans, {"a": [[1], *empty]})
    assert next_time(last, Timeline.of(last), Find((0,)), 0.0).time == 35_999.99
    assert previous_time(first, Timeline.of(first), Find((0,)), 36_000.0).time == 0.01
    assert len(last.looks) < 20 + 2 * segments and len(first.looks) < 20 + 2 * segments


def test_later_segments_are_not_asked_for_what_is_found_before_them():
    spans = [(k * 100, 100) for k in range(1000)]
    reader = TickReader(spans, {"a": [[k * 100 + 50] for k in range(1000)]})
    timeline = Timeline.of(reader)
    for search, time in ((next_time, 500.5), (previous_time, 499.5)):
        reader.looks.clear()
        assert search(reader, timeline, Find((0,)), 500.0).time == time
        assert len(reader.looks) < 5


def test_other_units_are_read_only_up_to_what_is_found():
    """Silence of a thousand seconds, then one spike of a unit before thousands of another."""
    units = {"first": [[100_000]], "busy": [np.arange(100_001, 200_000)]}
    reader = TickReader([(0, 200_000)], units)
    assert next_time(reader, Timeline.of(reader), Find((0, 1)), 0.0).time == 1000.0
    assert sum(look[-1] for look in reader.looks) == 1


def test_a_gap_of_years_costs_nothing():
    spans = [(0, 1000), (10**11, 1000)]
    reader = TickReader(spans, events={"e": [[], [(10**11 + 500, "x")]]}, lines={0})
    timeline, find = Timeline.of(reader), Find((), (0,))
    assert next_time(reader, timeline, find, 1.0).time == 10**9 + 5
    assert len(reader.looks) < 20


def test_samples_are_read_in_pieces_and_no_farther_than_what_is_found():
    """A line that turns over at 40 s, a key pressed at 30 s; the samples go on for ten hours."""
    events = {"line": [[(4000, "on")]], "key": [[(3000, "a")]]}
    reader = TickReader([(0, HOURS)], events=events, lines={0})
    timeline = Timeline.of(reader)
    for channels, reach in (((0, 1), 30.0), ((0,), 40.0)):
        reader.looks.clear()
        found = next_time(reader, timeline, Find((), channels), 10.0)
        assert found.time == reach
        scans = [look[3:5] for look in reader.looks if look[1] == 0]
        assert scans[0][0] == 10.0 and reach <= scans[-1][1] <= reach + SCAN_WIDTH
        assert all(stop - start <= SCAN_WIDTH for start, stop in scans)
        assert all(one[1] == next_[0] for one, next_ in itertools.pairwise(scans))
        assert len(scans) <= (reach - 10) / SCAN_WIDTH + 1


@pytest.mark.parametrize("allowed", [0, 1, 7])
@pytest.mark.parametrize("lines", [(), {0}])
@pytest.mark.parametrize("search", [next_time, previous_time])
def test_a_search_ends_at_the_look_before_which_it_is_cancelled(search, lines, allowed):
    reader = TickReader([(0, HOURS)], events={"line": [[]]}, lines=lines)
    with pytest.raises(CancelledError):
        search(
            reader,
            Timeline.of(reader),
            Find((), (0,)),
            18_000.0,
            lambda: len(reader.looks) >= allowed,
        )
    assert len(reader.looks) == allowed


# -- real readers ----------------------------------------------------------------------------------


def test_lines_of_a_recording_are_found_by_reading_its_samples_up_to_them(tmp_path, monkeypatch):
    monkeypatch.setattr("rawio.spikeglx.digital.READ_BYTES", 4096)  # slabs of some 0.7 s
    rate = 1000.0
    turns = {0: [5_000, 25_000], 3: [12_345]}
    samples = make_samples(Nidq(rate=rate), 30_000, 3, {"XD0": turns}, None)
    write_stream(tmp_path, Nidq(rate=rate), samples)
    reader = opened(tmp_path)
    timeline = Timeline.of(reader)
    channels = tuple(range(reader.event_channels_count()))
    read = []
    inner = Frames.read
    monkeypatch.setattr(Frames, "read", lambda *a, **k: read.append(a[1:3]) or inner(*a, **k))
    seen, time = [], -math.inf
    while (found := next_time(reader, timeline, Find((), channels), time)) is not None:
        time = found.time
        seen.append((round(time * rate), found.name, found.label))
        assert found.time <= max(stop for _, stop in read) / rate < found.time + SCAN_WIDTH + 1
    assert [(at, name) for at, name, _ in seen] == [(5000, "XD0"), (12345, "XD3"), (25000, "XD0")]
    back = previous_time(reader, timeline, Find((), channels), time)
    assert (round(back.time * rate), back.name) == (12345, "XD3")


def test_all_spikes_of_the_sample_are_gone_through_in_order():
    reader = open_recording(PLX)
    timeline, units = Timeline.of(reader), tuple(range(reader.unit_channels_count()))
    times = [reader.rescale_spike_timestamp(reader.spike_timestamps(0, 0, u)) for u in units]
    moments = np.unique(np.concatenate(times))
    assert len(moments) > 20
    some = moments[: min(len(moments), 300)]
    time, seen = -math.inf, []
    for _ in some:
        time = next_time(reader, timeline, Find(units), time).time
        seen.append(time)
    assert seen == some.tolist()
    for wanted_time in some[:-1][::-1]:
        time = previous_time(reader, timeline, Find(units), time).time
        assert time == wanted_time

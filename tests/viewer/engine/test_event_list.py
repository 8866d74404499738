"""The table of events against a list of all of them, sorted."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio import open_recording
from tests.viewer.engine.ticking import TickReader, all_points, tick_readers
from tests.viewer.test_app import PLX
from viewer.engine import event_list
from viewer.engine.errors import CancelledError
from viewer.engine.event_list import list_events
from viewer.model import Timeline


def complete(reader, *rest, **options):
    """Return the last list, and see that all before it are shorter."""
    lists = list(list_events(reader, Timeline.of(reader), *rest, **options))
    assert [found.complete for found in lists] == [False] * (len(lists) - 1) + [True]
    sizes = [len(found) for found in lists]
    assert sizes == sorted(sizes)
    return lists[-1]


def rows(found):
    """Return a list of (time, channel, label, seconds it lasts or None)."""
    assert found.time.dtype == found.duration.dtype == np.float64
    assert found.channel.dtype == np.int32 and found.label.dtype.kind == "U"
    lasting = [None if np.isnan(seconds) else seconds for seconds in found.duration.tolist()]
    columns = (found.time.tolist(), found.channel.tolist(), found.label.tolist(), lasting)
    return list(zip(*columns, strict=True))


def expected_rows(reader, channels):
    """Return the same, of equals the lower channel first, then as the reader has them."""
    there = [
        (time, number, label, None if np.isnan(lasting) else lasting)
        for time, kind, number, label, lasting, _ in all_points(reader, Timeline.of(reader))
        if kind == "event" and number in channels
    ]
    return sorted(there, key=lambda row: row[:2])


@given(tick_readers(), st.data(), st.integers(1, 5), st.integers(1, 8))
def test_all_events_are_there_in_order_however_they_are_read(reader, data, at_once, first_lot):
    numbers = range(reader.event_channels_count())
    asked = data.draw(st.one_of(st.none(), st.sets(st.sampled_from(numbers)))) if numbers else None
    channels = set(numbers if asked is None else asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_list, "AT_ONCE", at_once)
        patch.setattr(event_list, "FIRST_LOT", first_lot)
        found = complete(reader, asked)
    assert rows(found) == expected_rows(reader, channels - reader.lines)
    assert found.unread == tuple(sorted(channels & reader.lines))
    assert found.names == (*reader.events, *reader.epochs)
    assert found.left_out == 0
    assert not any(look[1] in reader.lines for look in reader.looks)


@given(tick_readers(lines=False), st.integers(0, 12), st.integers(1, 5))
def test_the_first_are_listed_and_the_others_counted(reader, most, at_once):
    channels = set(range(reader.event_channels_count()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_list, "AT_ONCE", at_once)
        found = complete(reader, most=most)
    expected = expected_rows(reader, channels)
    assert len(found) == min(most, len(expected))
    assert found.left_out == len(expected) - len(found)
    if not overlapping(reader):
        assert rows(found) == expected[:most]


def overlapping(reader):
    """Return whether segments reach into each other by so little that none is moved."""
    segments = Timeline.of(reader).segments
    return any(b.t_start < a.t_stop for a, b in itertools.pairwise(segments))


def test_at_one_time_the_lower_channel_is_first_whichever_segment_it_is_in():
    events = {"a": [[], [(100, "x")]], "b": [[(100, "y")], []]}
    found = complete(TickReader([(0, 100), (100, 100)], events=events))
    assert rows(found) == [(1.0, 0, "x", None), (1.0, 1, "y", None)]


def test_lists_grow_as_they_are_read():
    reader = TickReader([(0, 100_000)], events={"e": [[(n, "x") for n in range(0, 100_000, 4)]]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_list, "AT_ONCE", 1000)
        lists = list(list_events(reader, Timeline.of(reader)))
    assert [len(found) for found in lists] == [1000, 2000, 4000, 8000, 16000, 25000]
    for found in lists:
        assert found.time.tolist() == [4 * n / 100 for n in range(len(found))]
    assert len(reader.looks) == 25 and max(look[-1] for look in reader.looks) <= 1001


def test_no_more_is_read_than_is_listed():
    reader = TickReader([(0, 100_000)], events={"e": [[(n, "x") for n in range(0, 100_000, 4)]]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_list, "AT_ONCE", 1000)
        found = complete(reader, most=2500)
    assert found.time.tolist() == [4 * n / 100 for n in range(2500)]
    assert sum(look[-1] for look in reader.looks) < 3010
    assert found.remarks == ["22500 more events are not listed, after the first 2500."]


def test_what_is_not_listed_is_said():
    events = {"XD0": [[]], "key": [[(1, "a"), (2, "b")]], "XD1": [[]]}
    reader = TickReader([(0, 100)], events=events, lines={0, 2})
    one, two = (
        "1 more event is not listed, after the first 1.",
        "Not listed, since all samples would have to be read for them: XD0, XD1.",
    )
    assert complete(reader, most=1).remarks == [one, two]
    assert complete(reader, [1]).remarks == []
    assert complete(reader, [2]).remarks == [two.replace("XD0, ", "")]


def test_epochs_that_do_not_say_how_long_they_last_are_moments():
    class Unsaid(TickReader):
        def _rescale_epoch_duration(self, durations, dtype, channel):
            return np.array([np.nan, np.inf, -1.0, 2.0])

    reader = Unsaid([(0, 100)], epochs={"p": [[(n, 1, "x") for n in range(4)]]})
    assert complete(reader).duration.tolist() == [0.0, 0.0, 0.0, 2.0]


@pytest.mark.parametrize("allowed", [0, 1, 4])
def test_listing_ends_at_the_look_before_which_it_is_cancelled(allowed, monkeypatch):
    monkeypatch.setattr(event_list, "AT_ONCE", 10)
    events = {name: [[(n, "x") for n in range(40)]] for name in "ab"}
    reader = TickReader([(0, 100)], events=events)
    listing = list_events(reader, Timeline.of(reader), None, lambda: len(reader.looks) >= allowed)
    with pytest.raises(CancelledError):
        list(listing)
    assert len(reader.looks) == allowed


def test_a_recording_without_events_has_an_empty_list():
    found = complete(TickReader([(0, 100)]))
    assert (len(found), found.names, found.remarks) == (0, (), [])
    assert found.matching("x").tolist() == [] and found.labels(slice(None)).tolist() == []


# -- filtering -------------------------------------------------------------------------------------

TEXTS = st.text("oOnNfFß 1", max_size=3)


@given(tick_readers(lines=False), TEXTS, st.data())
def test_matching_has_a_text_in_its_label_or_in_the_name_of_its_channel(reader, text, data):
    found = complete(reader)
    numbers = range(len(found.names))
    channels = data.draw(st.one_of(st.none(), st.sets(st.sampled_from(numbers)))) if numbers else {}
    expected = [
        row
        for row, (_, channel, label, _) in enumerate(rows(found))
        if (channels is None or channel in channels)
        and (text.casefold() in label.casefold() or text.casefold() in found.names[channel])
    ]
    matching = found.matching(text, channels)
    assert matching.tolist() == expected and matching.dtype == np.int64
    assert found.labels(matching).tolist() == [found.label[row] for row in expected]


def test_names_of_channels_match_whatever_case_either_is_in():
    events = {"TTL in": [[(1, "a"), (4, "c")]], "Keys": [[(2, "ttl"), (3, "Straße")]]}
    found = complete(TickReader([(0, 100)], events=events))
    assert found.matching("ttl").tolist() == [0, 1, 3]
    assert found.matching("TTL", {1}).tolist() == [1]
    assert found.matching("STRASSE").tolist() == [2]
    assert found.matching("", {0}).tolist() == [0, 3]
    assert found.matching().tolist() == [0, 1, 2, 3]
    assert found.matching("nothing").tolist() == []


def test_a_long_label_is_held_once():
    events = {"note": [[(n, "long " * 1000 if n == 500 else f"{n % 3}") for n in range(1000)]]}
    found = complete(TickReader([(0, 1000)], events=events))
    assert len(found.texts) == 4 and found.code.dtype == np.int32
    assert found.labels(np.array([499, 500, 501])).tolist() == ["1", "long " * 1000, "0"]
    assert found.labels(slice(0, 3)).tolist() == ["0", "1", "2"]


def test_events_of_the_sample_are_those_of_its_timestamps():
    reader = open_recording(PLX)
    found = complete(reader)
    expected = []
    for channel in range(reader.event_channels_count()):
        ticks, _, labels = reader.event_timestamps(0, 0, channel)
        seconds = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
        expected += [
            (time, channel, str(label), None)
            for time, label in zip(seconds.tolist(), labels, strict=True)
        ]
    assert rows(found) == sorted(expected, key=lambda row: row[:2])
    assert len(found) > 3

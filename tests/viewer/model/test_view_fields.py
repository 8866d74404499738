"""Saved views that are wrong in any way: refused as a whole, in one sentence."""

import json
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.viewer.model.saved_views import a_reader, full, state
from viewer.model import View
from viewer.model.view_fields import CHANNEL, LOOK, STREAM
from viewer.model.view_file import apply_view, view_as_json


def test_the_view_that_is_spoiled_below_says_every_field():
    data = full()
    said = set(data["streams"]["s0"])
    assert said == set(STREAM)
    of_channels = [*data["streams"]["s0"]["channels"].values(), data["streams"]["s0"]["usual"]]
    assert {key for table in of_channels for key in table} == set(CHANNEL)
    assert set(data["look"]) == {*LOOK, "remove_dc"}
    assert set(data) == {
        *("format", "version", "recording", "process", "theme", "window", "selected", "look"),
        *("order", "streams", "units", "events"),
    }
    assert set(data["units"]) == set(data["events"]) == {"hidden", "colors", "selected"}


def places(value, path=()):
    """Return the paths of all values in a tree."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for number in range(len(value)):
            yield from places(value[number], (*path, number))


def spoiled(path, value):
    data = full()
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


def refused(data):
    """Return the one sentence that refuses a view, having checked that nothing was changed."""
    reader = a_reader(probe=True)
    view = View(reader)
    before, heard = state(view), []
    view.changed.connect(lambda: heard.append(1))
    (sentence,) = apply_view(view, data, reader)
    assert state(view) == before and heard == []
    assert sentence.startswith("The view cannot be applied: ") and sentence.endswith(".")
    assert "\n" not in sentence and len(sentence) < 500
    return sentence


DEEP = json.loads("[" * 500 + "]" * 500)
NEVER_RIGHT = [DEEP, math.nan, math.inf, 10**400, -(10**400), "x" * 100_000, b"x"]


@pytest.mark.parametrize("path", [path for path in places(full()) if path], ids=str)
def test_no_field_takes_what_makes_no_sense(path):
    for value in NEVER_RIGHT:
        if path != ("process",) or not isinstance(value, str):
            refused(spoiled(path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("format",), "rawscope-flat-binary", 'it has no "format": "rawscope-view"'),
        (("version",), 2, "it is version 2 of the format; this program reads version 1"),
        (("version",), True, "it is version True of the format"),
        (("version",), 1.5, "it is version 1.5 of the format"),
        (("recording", "name"), 3, "recording.name must be text, not 3"),
        (("recording", "channels"), -1, "recording.channels must be a whole number from 0 to"),
        (("recording", "channels"), 8.0, "not 8.0"),
        (("recording", "seconds"), 0, "recording.seconds must be a positive number, not 0"),
        (("recording",), [], "recording must be a table, not []"),
        (("process",), ["highpass:300"], "process must be text"),
        (("process",), "x" * (1 << 20 | 1), "process has more than 1048576 characters"),
        (("theme",), "blue", "theme must be 'dark' or 'light', not 'blue'"),
        (("window", "start"), "2", "window.start must be a time in seconds, not '2'"),
        (("window", "start"), True, "window.start must be a time in seconds, not True"),
        (("window", "duration"), 0.0, "window.duration must be a positive number, not 0.0"),
        (("window", "duration"), -1, "window.duration must be a positive number, not -1"),
        (("window",), {"start": 3.0}, "window.duration is missing"),
        (("selected",), [4.0, 3.0], "selected must be two times in seconds that do not fall"),
        (("selected",), [4.0], "selected must be two times"),
        (("selected", 0), None, "selected[0] must be a time in seconds, not None"),
        (("look", "display"), "dots", "look.display must be 'traces' or 'heat map', not 'dots'"),
        (("look", "shown"), "Raw", "look.shown must be 'processed' or 'raw' or 'both'"),
        (("look", "time_format"), 1, "look.time_format must be 'seconds' or 'clock' or"),
        (("look", "overlap"), 1, "look.overlap must be true or false, not 1"),
        (("look", "remove_dc"), "no", "look.remove_dc must be true or false, not 'no'"),
        (("order",), "probe", "order must be 'file', not 'probe'"),
        (("order",), [["s0", "1"]], "order[0] must be a table, not ['s0', '1']"),
        (("order",), [{"stream": "s0"}], "order[0].channels is missing"),
        (("order", 0, "channels", 1), 3, "order[0].channels[1] must be text, not 3"),
        (("streams",), [], "streams must be a table, not []"),
        (("streams", "s0"), 1, "streams['s0'] must be a table, not 1"),
        (("streams", "s0", "first_lane"), -1, "streams['s0'].first_lane must be a whole number"),
        (("streams", "s0", "lanes_per_page"), 0, "a whole number from 1 to 1000000, not 0"),
        (("streams", "s0", "lanes_per_page"), 10**9, "not 1000000000"),
        (("streams", "s0", "share"), 0.0, "share must be a number from 0.001 to 1000, not 0.0"),
        (("streams", "s0", "spans", "uV"), 0, "spans['uV'] must be a positive number, not 0"),
        (("streams", "s0", "raw_spans", "uV"), -1, "raw_spans['uV'] must be a positive number"),
        (("streams", "s0", "usual", "gain"), 0, "gain must be a number whose size is 1e-06 to"),
        (("streams", "s0", "usual", "gain"), 1e7, "not 10000000.0"),
        (("streams", "s0", "channels", "1", "bad"), None, "['1'].bad must be true or false"),
        (("streams", "s0", "channels", "4", "color"), "red", "a colour such as '#ff8000'"),
        (("streams", "s0", "channels", "4", "color"), "#12345", "not '#12345'"),
        (("streams", "s0", "channels", "4", "color"), "#" + "\u0661" * 6, "a colour such as"),
        (("streams", "s0", "channels", "4", "color"), [1, 2, 3], "not [1, 2, 3]"),
        (("streams", "s0", "rest", 2), "0", "streams['s0'].rest[2] must be a finite number"),
        (("units", "hidden"), "u1", "units.hidden must be a list, not 'u1'"),
        (("events", "selected"), 1, "events.selected must be text, not 1"),
        (("events", "colors", "stim"), 1, "events.colors['stim'] must be a colour"),
    ],
)
def test_what_is_wrong_with_a_field_is_said(path, value, said):
    if path[0] == "events" and "stim" in path:
        assert "stim" not in full()["events"]["colors"]
    assert said in refused(spoiled(path, value))


@pytest.mark.parametrize("data", [None, 3, [], "view", {}, {1: 2}, {"format": ["rawscope-view"]}])
def test_what_is_no_view_at_all_is_refused(data):
    assert 'it has no "format": "rawscope-view"' in refused(data)


def test_a_view_that_does_not_say_of_what_is_refused():
    data = full()
    del data["recording"]
    assert "recording is missing" in refused(data)
    assert "a view must be a table" in refused({**full(), 3: 4})


def test_a_name_without_end_does_not_make_a_sentence_without_end():
    refused(spoiled(("streams", "x" * 100_000), {"channels": {"y" * 100_000: {"gain": "z"}}}))


@settings(deadline=None)
@given(st.data())
def test_a_view_spoiled_anywhere_is_refused_or_applied_as_a_whole(data):
    path = data.draw(st.sampled_from([path for path in places(full()) if path]))
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=5,
    )
    content = spoiled(path, data.draw(junk))
    reader = a_reader(probe=True)
    view = View(reader)
    before = state(view)
    notes = apply_view(view, content, reader)
    assert all(re.fullmatch(r"[A-Z][^\n]*\.", note) for note in notes)
    if notes and notes[0].startswith("The view cannot be applied"):
        assert state(view) == before and len(notes) == 1
    else:
        assert view.channels.gain[0] != 1.0 or path[0] == "streams"
        view_as_json(view, reader)


def test_unknown_fields_are_left_out_and_said():
    data = full()
    data["colour"] = 1
    data["streams"]["s0"]["lanes\n"] = DEEP
    data["streams"]["s1"]["usual"]["shade"] = 1
    reader = a_reader(probe=True)
    view, plain = View(reader), View(reader)
    assert apply_view(view, data, reader) == [
        "The view has unknown fields, which are left out: streams['s0'].lanes\\n, "
        "streams['s1'].usual.shade, colour."
    ] or apply_view(view, data, reader) == [
        "The view has unknown fields, which are left out: colour, streams['s0'].lanes\\n, "
        "streams['s1'].usual.shade."
    ]
    apply_view(plain, full(), reader)
    assert state(view) == state(plain)


def test_resting_levels_that_do_not_fit_are_said():
    data = full()
    data["streams"]["s0"]["rest"].pop()
    view = View(a_reader(probe=True))
    (note,) = apply_view(view, data)
    assert note == (
        "The view has 4 resting levels for the 5 channels of stream 's0'; they are left out."
    )
    assert view.channels.rest.tolist() == [0.0] * 5 + [5.0, 6.0, 7.0]

"""Saved views on other recordings, or that say less: what fits is applied, the rest is said."""

import re

import numpy as np
import pytest

from tests.viewer.model.saved_views import a_reader, state
from viewer.model import View
from viewer.model.view_file import apply_view, view_as_json


def test_what_fits_of_a_view_for_another_recording_is_applied_and_the_rest_is_said():
    reader = a_reader((8, 3), seconds=60.0)
    reader.filename = "/data/long.dat"
    view = View(reader)
    view.channels.set_gain(3.0, [1, 6, 7])
    view.channels.set_rest(np.full(11, 50.0))
    view.channels.set_span(0, "uV", 250.0)
    view.channels.set_order(range(10, -1, -1))
    view.window.set(40.0, 1.0)
    view.span = (3.0, 5.0)
    view.units.set_visible([0, 2], False)
    data = view_as_json(view, reader)
    data["units"]["hidden"].append("u9")
    data["streams"]["lfp"] = {"usual": {"gain": 2.0}}
    data["streams"]["s0"]["spans"]["mV"] = 1.0

    small_reader = a_reader((5,))
    small = View(small_reader)
    notes = apply_view(small, data, small_reader)
    assert all(re.fullmatch(r"[A-Z][^\n]*\.", note) for note in notes)
    assert sorted(notes) == [
        "Stream 's0' has no channels '7', '6', '5'.",
        "Stream 's0' has no channels in 'mV'.",
        "The recording has no streams 's1', 'lfp'.",
        "The recording has no units 'u9'.",
        "The time of the view, from 40 s on, is not in the recording, which lasts from 2 to 6 s.",
        "The view was saved for another recording, 'long.dat' (11 channels, 60 s); what fits is "
        "applied.",
    ]
    assert small.channels.gain.tolist() == [1.0, 3.0, 1.0, 1.0, 1.0]
    assert small.channels.span == {(0, "uV"): 250.0}
    assert small.channels.order.tolist() == [4, 3, 2, 1, 0]
    assert not small.channels.rest.any(), "which were measured in the other recording"
    assert small.window.t_start == 2.0 and small.span == (3.0, 5.0)
    assert small.units.visible.tolist() == [False, True, False]


def test_channels_that_a_view_does_not_name_follow_those_it_names():
    reader = a_reader((3,))
    view, wide_reader = View(reader), a_reader((5,))
    view.channels.set_order([2, 0, 1])
    wide = View(wide_reader)
    wide.channels.set_order([4, 3, 2, 1, 0])
    apply_view(wide, view_as_json(view, reader))
    assert wide.channels.order.tolist() == [2, 0, 1, 3, 4]


@pytest.mark.parametrize(
    ("change", "another"),
    [
        ({}, False),
        ({"name": "other.dat"}, True),
        ({"channels": 9}, True),
        ({"seconds": 3.0}, False),  # it has grown
        ({"seconds": 4.5}, True),
    ],
)
def test_another_recording_is_one_of_another_name_or_size(change, another):
    reader = a_reader()
    view = View(reader)
    view.channels.set_rest(np.full(8, 7.0))
    data = view_as_json(view, reader)
    data["recording"].update(change)
    other = View(reader)
    notes = apply_view(other, data, reader)
    assert ["another recording" in note for note in notes] == [True] * another
    assert other.channels.rest.tolist() == [0.0 if another else 7.0] * 8
    without = apply_view(View(reader), data)
    assert len(without) == (another and "name" not in change), "the name of no reader is known"


def test_many_missing_channels_are_one_sentence():
    reader, small = a_reader((384,)), View(a_reader((5,)))
    view = View(reader)
    view.channels.set_gain(np.linspace(1, 2, 384))
    (note, *others) = apply_view(small, view_as_json(view, reader))[1:]
    assert note == "Stream 's0' has no channels '5', '6', '7', '8' and 375 others."
    assert others == []


@pytest.mark.parametrize("span", [(0.0, 1.0), (7.0, 7.0), (-1e308, 1.0)])
def test_a_selected_span_outside_the_recording_is_said(span):
    reader = a_reader()
    view, other = View(reader), View(reader)
    view.span = span
    other.span = (3.0, 4.0)
    (note,) = apply_view(other, view_as_json(view, reader))
    assert note.startswith("The selected span of the view, from ") and other.span is None


def test_a_window_partly_outside_is_moved_inside():
    reader = a_reader()
    view = View(reader)
    data = view_as_json(view, reader)
    data["window"] = {"start": 5.5, "duration": 2.0}
    assert apply_view(view, data) == []
    assert (view.window.t_start, view.window.duration) == (4.0, 2.0)


def test_what_is_not_said_of_looks_stays():
    reader = a_reader()
    view = View(reader)
    view.display, view.overlap = "heat map", False
    view.window.set(3.0, 0.25)
    view.channels.remove_dc = False
    view.channels.set_gain(5.0)
    before = state(view)
    data = {name: view_as_json(view, reader)[name] for name in ("format", "version", "recording")}
    assert apply_view(view, data, reader) == []
    assert state(view) == {**before, "gain": [1.0] * 8}

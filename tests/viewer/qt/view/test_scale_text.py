"""What a lane is worth, in words."""

import numpy as np

from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.qt.view.scale_text import change_text, lane_amounts


def view_of(*counts):
    streams = [(0.0, noise(1000, n)) for n in counts]
    return View(ArrayReader([streams], [1000.0] * len(counts)))


def test_amounts_are_by_the_gain_where_it_is_common():
    view = view_of(3, 2)
    view.channels.set_span(0, "uV", 120.0)
    view.channels.set_span(1, "uV", 1800.0)
    view.channels.set_gain(np.array([2.0, -2.0, 2.0, 1.0, 4.0]))
    assert lane_amounts(view) == {(0, "uV"): 60.0, (1, "uV"): 1800.0}


def test_panels_that_are_not_on_screen_are_not_spoken_of():
    view = view_of(3, 2)
    view.channels.set_visible([3, 4], False)
    assert list(lane_amounts(view)) == [(0, "uV")]
    before = {(0, "uV"): 2.0, (1, "uV"): 9.0}
    assert change_text(view, before, "Scale") == "Scale: 1 µV to a lane (was 2 µV)"


def test_several_panels_are_said_in_one_sentence_and_those_that_stay_not_at_all():
    view = view_of(2, 2, 2)
    before = {(0, "uV"): 1800.0, (1, "uV"): 500.0, (2, "uV"): 7.0}
    for stream, span in enumerate((120.0, 510.0, 1.0)):
        view.channels.set_span(stream, "uV", span)
    names = [view.channels.stream_name(stream) for stream in range(3)]
    assert change_text(view, before, "Scale fitted") == (
        f"Scale fitted: {names[0]} 120 µV to a lane (was 1.8 mV), "
        f"{names[2]} 1 µV to a lane (was 7 µV)"
    )


def test_of_many_panels_some_are_counted():
    view = view_of(1, 1, 1, 1, 1)
    words = change_text(view, dict.fromkeys(lane_amounts(view), 50.0), "Scale")
    assert words.count("was 50 µV") == 3 and words.endswith(" and 2 more")


def test_little_changes_are_no_change():
    view = view_of(2)
    view.channels.set_span(0, "uV", 100.0)
    for before, said in ((96.0, False), (104.0, False), (94.0, True), (107.0, True)):
        assert bool(change_text(view, {(0, "uV"): before}, "Scale")) == said


def test_units_that_are_new_were_nothing_and_a_butterfly_has_a_panel():
    view = view_of(2)
    view.channels.set_span(0, "uV", 1234.0)
    view.butterfly = True
    assert change_text(view, {(0, "SD"): 3.0}, "Scale") == "Scale: 1.2 mV to a panel"

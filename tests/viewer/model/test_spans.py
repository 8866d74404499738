"""`Spans`: the recording and what is made of it each keep how much fills a lane."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from viewer import HighPass, Layer
from viewer.compute.over import Over
from viewer.model import View

FAST, SLOW = (0, "uV"), (1, "uV")


def source():
    return ArrayReader([[(0.0, noise(4000, 3)), (0.0, noise(2000, 2))]], [1000.0, 500.0])


def layered():
    return View(Layer(source(), [HighPass(50)]))


class Standardised(Over):
    """A reader whose first two channels are in other units than its source's, as numbers are."""

    def _parse_header(self):
        super()._parse_header()
        self.header["signal_channels"]["units"][:2] = "SD"

    def derived_from(self):
        return self.source, "standardised"


def standardised():
    reader = Standardised(source())
    reader.parse_header()
    return View(reader)


# -- going from one to the other ----------------------------------------------------------------


def test_each_keeps_its_own_and_both_have_the_larger():
    view = layered()
    view.spans.set("processed", {FAST: 120.0, SLOW: 900.0})
    view.spans.set("raw", {FAST: 1800.0, SLOW: 400.0})
    view.channels.set_gain(3.0)
    want = {
        "processed": {FAST: 120.0, SLOW: 900.0},
        "raw": {FAST: 1800.0, SLOW: 400.0},
        "both": {FAST: 1800.0, SLOW: 900.0},
    }
    for shown in ("raw", "processed", "both", "raw", "both", "processed"):
        view.shown = shown
        assert view.channels.span == want[shown]
        assert (view.channels.gain == 3.0).all()  # which is one for both


def test_a_heat_map_has_the_scale_of_the_processed_signals_that_it_shows_alone():
    view = layered()
    view.spans.set("processed", {FAST: 120.0})
    view.spans.set("raw", {FAST: 1800.0})
    view.shown = "both"
    view.display = "heat map"
    assert view.seen == "processed" and view.channels.span[FAST] == 120.0
    view.spans.set("processed", {FAST: 60.0})
    view.display = "traces"
    assert view.seen == "both" and view.channels.span[FAST] == 1800.0
    view.display = "heat map"
    assert view.channels.span[FAST] == 60.0
    view.toggle_raw()
    assert view.seen == "raw" and view.channels.span[FAST] == 1800.0


def test_listeners_hear_of_a_change_once_the_spans_are_there():
    view = layered()
    view.spans.set("processed", {FAST: 10.0})
    view.spans.set("raw", {FAST: 70.0})
    heard = []
    view.changed.connect(lambda: heard.append((view.shown, view.channels.span[FAST])))
    view.shown = "raw"
    assert heard[-1] == ("raw", 70.0) and all(shown == "raw" for shown, _ in heard)


def test_without_a_layer_what_is_shown_is_the_recording_whatever_is_chosen():
    view = View(source())
    for number, shown in enumerate(("raw", "both", "processed")):
        view.shown = shown
        view.channels.set_span(*FAST, 50.0 + number)
        assert view.spans.shown == "raw" and view.spans.of("raw")[FAST] == 50.0 + number
        assert view.spans.of("processed") == {}


def test_as_long_as_one_is_not_known_the_other_stands_in():
    view = layered()
    view.spans.set("raw", {FAST: 70.0})
    for shown in ("processed", "both", "raw"):
        view.shown = shown
        assert view.channels.span == {FAST: 70.0, SLOW: 1.0}
    view.spans.set("processed", {FAST: 5.0})
    assert view.channels.span[FAST] == 70.0
    view.shown = "processed"
    assert view.channels.span[FAST] == 5.0


def test_what_stays_as_it_is_on_screen_changes_neither():
    view = layered()
    view.spans.set("processed", {FAST: 3.0})
    view.spans.set("raw", {FAST: 2.0})
    view.shown = "both"
    view.channels.set_span(*FAST, 3.0)
    view.shown = "raw"
    assert view.channels.span[FAST] == 2.0


@given(st.data())
def test_whatever_is_done_what_is_on_screen_is_what_was_set_last_for_it(data):
    view = layered()
    known = {"processed": {FAST: 3.0, SLOW: 4.0}, "raw": {FAST: 5.0, SLOW: 2.0}}
    for whose, spans in known.items():
        view.spans.set(whose, spans)
    spans, kinds = st.floats(0.1, 1e4), st.sampled_from([FAST, SLOW])
    for _ in range(data.draw(st.integers(0, 12))):
        act = data.draw(st.sampled_from(["show", "set", "on channels", "another layer", "reset"]))
        kind, span = data.draw(kinds), data.draw(spans)
        if act == "show":
            view.shown = data.draw(st.sampled_from(["processed", "raw", "both"]))
        elif act == "set":
            whose = data.draw(st.sampled_from(["processed", "raw"]))
            view.spans.set(whose, {kind: span})
            known[whose][kind] = span
        elif act == "on channels":  # of all that is on screen, where it is another there
            changes = span != view.channels.span[kind]
            view.channels.set_span(*kind, span)
            for whose in known:
                if changes and view.shown in (whose, "both"):
                    known[whose][kind] = span
        elif act == "another layer":
            view.read_from(Layer(source(), [HighPass(90)]))
        else:
            view.reset_channels(keep=True)
            view.undo_reset()
        pairs = {k: (known["processed"][k], known["raw"][k]) for k in (FAST, SLOW)}
        pick = {"processed": lambda p: p[0], "raw": lambda p: p[1], "both": max}[view.shown]
        assert view.channels.span == {k: pick(pair) for k, pair in pairs.items()}
    assert view.spans.of("processed") == known["processed"]
    assert view.spans.of("raw") == known["raw"]


def test_the_recording_has_its_spans_again_when_a_layer_goes_and_another_begins_anew():
    reader = source()
    view = View(reader)
    view.channels.set_span(*FAST, 1800.0)
    view.read_from(Layer(reader, [HighPass(50)]))
    assert view.channels.span[FAST] == 1800.0
    view.spans.set("processed", {FAST: 120.0})
    assert view.channels.span[FAST] == 120.0
    view.read_from(reader)
    assert view.channels.span[FAST] == 1800.0 and view.spans.of("processed") == {}
    view.read_from(Layer(reader, [HighPass(60)]))
    assert view.channels.span[FAST] == 1800.0


# -- what is known ------------------------------------------------------------------------------


def test_what_is_measured_at_first_leaves_what_is_known():
    view = layered()
    view.spans.set("raw", {FAST: 70.0})
    view.spans.fill("raw", {FAST: 8.0, SLOW: 9.0})
    assert view.spans.of("raw") == {FAST: 70.0, SLOW: 9.0}
    view.spans.set("processed", {FAST: 1.0})  # what channels have that nobody has measured
    view.spans.fill("processed", {FAST: 8.0})
    assert view.spans.of("processed") == {FAST: 8.0}


def test_a_scale_may_be_said_to_be_that_of_a_layer_to_come():
    reader = source()
    view = View(reader)
    view.channels.set_span(*FAST, 77.0)
    view.spans.take_as_processed()
    view.read_from(Layer(reader, [HighPass(50)]))
    view.spans.set("raw", {FAST: 500.0})
    assert view.channels.span[FAST] == 77.0
    view.spans.take_as_processed()  # it is known already
    assert view.channels.span[FAST] == 77.0


@pytest.mark.parametrize("span", [0.0, -1.0, math.inf, math.nan])
def test_no_span_is_nothing_or_endless(span):
    view = layered()
    view.spans.set("raw", {FAST: 5.0})
    with pytest.raises(ValueError, match="positive and finite"):
        view.spans.set("raw", {SLOW: 2.0, FAST: span})
    assert view.spans.of("raw") == {FAST: 5.0}


# -- other units --------------------------------------------------------------------------------


def test_where_units_differ_channels_say_those_of_what_is_shown():
    view = standardised()
    view.spans.set("processed", {(0, "SD"): 8.0, FAST: 90.0, SLOW: 30.0})
    view.spans.set("raw", {FAST: 1800.0, SLOW: 20.0})
    units = [info.units for info in view.channels.infos]
    assert units == ["SD", "SD", "uV", "uV", "uV"]
    view.shown = "raw"
    assert [info.units for info in view.channels.infos] == ["uV"] * 5
    assert view.channels.span == {FAST: 1800.0, SLOW: 20.0}
    view.channels.set_span(*FAST, 1500.0)
    view.shown = "processed"
    assert [info.units for info in view.channels.infos] == units
    assert view.channels.span == {(0, "SD"): 8.0, FAST: 90.0, SLOW: 30.0}
    view.shown = "raw"
    assert view.channels.span == {FAST: 1500.0, SLOW: 20.0}
    view.shown = "both"  # as the numbers are
    assert view.channels.span == {(0, "SD"): 1500.0, FAST: 1500.0, SLOW: 30.0}
    slope, _ = view.channels.scale(np.arange(5), 300.0)
    assert -slope == pytest.approx([0.2, 0.2, 0.2, 10.0, 10.0])


def test_a_span_in_other_units_does_not_stand_in():
    view = standardised()
    view.spans.set("raw", {FAST: 1800.0})
    assert view.channels.span == {(0, "SD"): 1.0, FAST: 1800.0, SLOW: 1.0}

"""Views of some steps on what other steps make, which is of another size and rests elsewhere."""

import copy

import numpy as np
import pytest

from tests.viewer.model.saved_views import a_reader
from viewer.compute.layer import Layer
from viewer.compute.text import parse_chain
from viewer.model import View
from viewer.model.view_file import apply_view, says_scale, view_as_json, with_steps

RAW, OWN, REST = {(0, "uV"): 70.0, (1, "uV"): 30.0}, {(0, "uV"): 5.0, (1, "uV"): 4.0}, 250.0


def said_of(steps):
    """Return what is saved of a view of some steps, with scales and levels of its own."""
    reader = a_reader()
    view = View(Layer(reader, parse_chain(steps)) if steps else reader)
    view.spans.set("raw", RAW)
    if steps:
        view.spans.set("processed", OWN)
    view.channels.set_rest(np.full(8, REST))
    view.channels.set_gain(2.0, [1])
    view.shown = "raw"
    return view_as_json(view, reader, steps)


@pytest.mark.parametrize("own", ["", "lowpass:100"])
def test_of_other_steps_nothing_of_their_size_is_taken(own):
    data = said_of(own)
    before = copy.deepcopy(data)
    layer = Layer(a_reader(), parse_chain("highpass:50"))
    view = View(layer)
    other = with_steps(data, "highpass:50")
    assert apply_view(view, other, a_reader()) == [] and not says_scale(other)
    assert data == before and other["process"] == "highpass:50"
    assert view.spans.of("raw") == RAW and view.spans.of("processed") == {}
    assert not view.channels.rest.any() and view.channels.gain.tolist() == [1, 2] + [1] * 6
    assert view.shown == "processed"


def test_of_the_same_steps_all_is_taken_but_they_are_shown():
    data = said_of("highpass:50")
    view = View(Layer(a_reader(), parse_chain("highpass:50")))
    same = with_steps(data, "highpass:50")
    assert apply_view(view, same, a_reader()) == [] and says_scale(same)
    assert view.spans.of("raw") == RAW and view.spans.of("processed") == OWN
    assert (view.channels.rest == REST).all() and view.shown == "processed"


def test_a_view_of_a_layer_that_names_no_steps_has_the_spans_of_both():
    layer = Layer(a_reader(), parse_chain("highpass:50"))
    view, other = View(layer), View(layer)
    view.spans.set("raw", RAW)
    view.spans.set("processed", OWN)
    assert apply_view(other, view_as_json(view, layer), layer) == []
    assert other.spans.of("raw") == RAW and other.spans.of("processed") == OWN


@pytest.mark.parametrize("streams", [None, 5, [], {"s0": 3}, {"s0": {"spans": 4}}])
@pytest.mark.parametrize("look", [None, 5, {"shown": "raw"}])
def test_what_makes_no_sense_raises_nothing(streams, look):
    data = {"streams": streams, "look": look}
    says_scale(data)
    assert with_steps(data, "highpass:50")["process"] == "highpass:50"

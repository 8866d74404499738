"""What is said of the signals on screen: each stream's caption is true of what is drawn."""

import numpy as np
import pytest

from rawio import OptionError
from tests.readers import ArrayReader, noise
from viewer.compute.layer import Layer, done_to
from viewer.compute.steps import CommonReference, HighPass, LowPass, Notch
from viewer.model import View
from viewer.picture import compose
from viewer.render.captions import caption_text, captions_of
from viewer.render.drawing import Text

RATES = [1000.0, 100.0, 1000.0]
SHOWN = ["processed", "raw", "both"]


def recording(counts=(3, 2, 1), rates=RATES):
    """Return a reader of 5 s of noise; its second stream is too slow for most filters."""
    signals = [
        (0.0, noise(round(5 * rate), count, seed=stream) // 16)
        for stream, (rate, count) in enumerate(zip(rates, counts, strict=True))
    ]
    return ArrayReader([signals], rates)


def said(reader, shown="processed", **changes):
    view = View(reader)
    view.shown = shown
    for name, value in changes.items():
        setattr(view, name, value)
    captions = captions_of(view, reader)
    return captions, caption_text(view, captions)


@pytest.mark.parametrize("shown", SHOWN)
def test_of_a_recording_nothing_is_said(shown):
    assert said(recording(), shown) == (("", "", ""), "")


def test_streams_that_the_steps_do_not_touch_are_said_to_be_as_recorded():
    layer = Layer(recording(), [HighPass(300), LowPass(400)])
    done = "high-pass 300 Hz · low-pass 400 Hz"
    assert said(layer) == ((done, "as recorded", done), f"{done}, but s1 as recorded")
    below = f"raw + {done}"
    assert said(layer, "both") == ((below, "as recorded", below), f"{below}, but s1 as recorded")
    assert said(layer, "raw") == (("as recorded",) * 3, "as recorded")
    # As heat maps the two cannot be drawn over one another.
    assert said(layer, "both", display="heat map") == said(layer)


def test_streams_that_all_take_the_steps_are_not_told_apart():
    layer = Layer(recording(), [HighPass(20)])
    assert said(layer) == (("high-pass 20 Hz",) * 3, "high-pass 20 Hz")
    assert said(layer, "both") == (("raw + high-pass 20 Hz",) * 3, "raw + high-pass 20 Hz")


def test_of_layers_over_layers_each_stream_has_its_own():
    inner = Layer(recording(), [HighPass(20)], streams=[0, 1])
    outer = Layer(inner, [CommonReference("median"), Notch(50)], streams=[0])
    captions, text = said(outer)
    whole = "high-pass 20 Hz · median reference · notch 50 Hz"
    assert captions == (whole, "high-pass 20 Hz", "as recorded")
    assert text == f"{whole}, but s1 high-pass 20 Hz, s2 as recorded"
    assert captions[:2] == (done_to(outer, 0), done_to(outer, 1)) and done_to(outer, 2) == ""
    assert done_to(outer) == whole


def test_only_panels_on_screen_are_told_of_and_what_is_done_comes_first():
    layer = Layer(recording(), [HighPass(300)])
    view = View(layer)
    captions = captions_of(view, layer)
    view.channels.set_order([3, 4, 0, 1, 2, 5])
    assert [panel.stream for panel in view.channels.panels] == [1, 0, 2]
    assert caption_text(view, captions) == "high-pass 300 Hz, but s1 as recorded"
    view.channels.set_visible([0, 1, 2, 5], False)
    assert caption_text(view, captions) == "as recorded"
    view.channels.set_visible([0], True)
    view.channels.set_visible([3, 4], False)
    assert caption_text(view, captions) == "high-pass 300 Hz"
    view.channels.set_visible([0], False)
    assert caption_text(view, captions) == ""


def test_of_many_streams_that_are_left_alone_a_few_are_named():
    layer = Layer(recording([1] * 6, [100.0, 1000.0, *[100.0] * 4]), [HighPass(300)])
    assert said(layer)[1] == "high-pass 300 Hz, but s0, s2, s3 and 2 others as recorded"


def beside(composed, stream):
    """Return the words beside a panel, but for the amount at its scale bar."""
    box, plot = composed.layout.panel_of(stream).box, composed.layout.plot
    texts = [i for i in composed.drawing if isinstance(i, Text) and i.x > plot.x1]
    return [t.text for t in texts if box.y0 <= t.y < box.y1 and not t.text.endswith("V")]


def values_of(composed, stream, below=False):
    """Return the least and the greatest value that a picture draws of a stream, in physical units.

    Of what lies below where `below` is true.
    """
    layers = [i for i in composed.scene.layers if i.tiles[0].key.stream == stream]
    tiles = layers[0 if below else -1].tiles
    data = np.concatenate([tile.data.reshape(-1, tile.data.shape[-1]) for tile in tiles])
    return float(np.nanmin(data)), float(np.nanmax(data))


@pytest.mark.parametrize("shown", SHOWN)
def test_in_a_picture_the_words_beside_each_panel_are_true_of_its_samples(shown):
    # A level of 3000, which any high-pass takes out.
    source = recording((2, 1), [1000.0, 100.0])
    for _, samples in source.segments[0]:
        samples[...] = 3000 + samples // 64
    layer = Layer(source, [HighPass(300)])
    view = View(layer)
    view.shown = shown
    composed = compose(layer, 1.0, 2.0, size=(900, 500), view=view)
    words = {
        "processed": ["high-pass", "300 Hz"],
        "raw": ["as recorded"],
        "both": ["raw +", "high-pass", "300 Hz"],
    }
    assert beside(composed, 0)[0] == "s0" and beside(composed, 0)[1:4] == words[shown]
    assert beside(composed, 1) == ["s1", "as recorded"]
    assert values_of(composed, 1)[0] > 2000
    assert (values_of(composed, 0)[0] > 2000) == (shown == "raw")
    assert (values_of(composed, 0, below=True)[0] > 2000) == (shown != "processed")


def test_a_layer_tells_which_streams_it_processes():
    assert Layer(recording(), [HighPass(300)]).processed == (True, False, True)
    assert Layer(recording(), [HighPass(20)], streams=[1]).processed == (False, True, False)
    assert Layer(recording(), [CommonReference("median")]).processed == (True, True, False)
    with pytest.raises(OptionError, match="needs samples at more than 1000 Hz"):
        Layer(recording(), [HighPass(500)])

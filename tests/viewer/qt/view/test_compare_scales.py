"""Raw and processed signals compared by a key: each at the scale where it can be read."""

import json
import re

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from rawio import RawIOError
from tests.readers import ArrayReader, waves_and_spikes
from tests.viewer.qt.conftest import pixels, settle
from tests.viewer.qt.hands import Key, Mod, microvolts, press, shown
from viewer import HighPass, Layer, picture
from viewer.engine.autoscale import HEADROOM, LANE_SPREADS
from viewer.model import View
from viewer.model.view_file import apply_view
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.restoring import restore, view_data

RATE = 2000.0
STEPS = (HighPass(200),)
KIND = (0, "uV")


SAMPLES = waves_and_spikes(8, RATE)


def robust(samples):
    """Return eight robust standard deviations of the middling channel."""
    distances = np.abs(samples - np.median(samples, axis=0))
    return np.median(LANE_SPREADS * 1.4826 * np.median(distances, axis=0))


def filtered(samples, cutoff=200):
    return sosfiltfilt(butter(3, cutoff, "highpass", fs=RATE, output="sos"), samples, axis=0)


RAW, PROCESSED = robust(SAMPLES * 0.5), robust(filtered(SAMPLES * 0.5))


@pytest.fixture
def source():
    return ArrayReader.of(SAMPLES, rate=RATE, gain=0.5)


@pytest.fixture
def view(qtbot, source):
    """Return a view of the recording whose lanes are too low to be fitted to peaks."""
    widget = shown(qtbot, source)
    widget.told = []
    widget.said.connect(widget.told.append)
    assert widget.frame.layout.panels[0].lane_height < 100
    return widget


def restored(qtbot, data):
    """Return another view of the recording, restored, once its filter is there."""
    other = SignalView(ArrayReader.of(SAMPLES, rate=RATE, gain=0.5), renderer="software")
    qtbot.addWidget(other, before_close_func=lambda w: w.stop())
    assert restore(other, data) == []
    other.show()
    qtbot.waitUntil(lambda: other.steps == STEPS)
    settle(qtbot, other)
    return other


def process(qtbot, view, steps):
    with qtbot.waitSignal(view.reader_changed):
        view.process(steps)
    settle(qtbot, view)


def compare(qtbot, view, modifier=Mod.NoModifier):
    press(view, Key.Key_C, modifier)
    settle(qtbot, view)


def fit(qtbot, view, key=Key.Key_Y, modifier=Mod.NoModifier):
    press(view, key, modifier)
    qtbot.waitUntil(lambda: not view.crew.scaler.busy)
    qtbot.wait(20)
    settle(qtbot, view)


def units_to_a_lane(view):
    """Return what a lane shows of each source of the picture, lowest first, in microvolts."""
    height = view.frame.layout.panels[0].lane_height
    layers = view.frame.scene.layers
    counts = [0.5 if layer.tiles[0].data.dtype == np.int16 else 1.0 for layer in layers]
    return [
        pytest.approx(height / np.abs(layer.slope / count), rel=1e-5)
        for layer, count in zip(layers, counts, strict=True)
    ]


def near(value):
    return pytest.approx(value, rel=0.15)  # of some thousand samples, not of all


def amounts(words, pattern):
    """Return the amounts that stand for ``#`` in what is said, in microvolts."""
    match = re.fullmatch(re.escape(pattern).replace(r"\#", r"(\S+ [µm]V)"), words)
    assert match, words
    return [microvolts(amount) for amount in match.groups()]


def spans(view):
    """Return the spans on screen in each state, by the keys."""
    out = {}
    for state in ("processed", "raw", "both"):
        view.view.shown = state
        out[state] = view.view.channels.span[KIND]
    view.view.shown = "processed"
    return out


# -- three states ---------------------------------------------------------------------------------


def test_each_is_shown_at_its_scale_and_both_at_the_larger(view, qtbot):
    first = view.view.channels.span[KIND]
    assert first == near(RAW) and RAW > 100 * PROCESSED
    process(qtbot, view, STEPS)
    processed = view.view.channels.span[KIND]
    assert processed == near(PROCESSED)
    picture_before = pixels(view).copy()
    assert units_to_a_lane(view) == [np.full(8, processed)]
    compare(qtbot, view)
    assert view.view.channels.span[KIND] == first and units_to_a_lane(view) == [np.full(8, first)]
    compare(qtbot, view, Mod.AltModifier)
    assert units_to_a_lane(view) == [np.full(8, first)] * 2
    compare(qtbot, view, Mod.AltModifier)
    assert np.array_equal(pixels(view), picture_before)
    process(qtbot, view, ())
    assert view.view.channels.span[KIND] == first


def test_gains_are_one_for_both(view, qtbot):
    process(qtbot, view, STEPS)
    before = spans(view)
    compare(qtbot, view)
    press(view, Key.Key_Plus)
    settle(qtbot, view)
    gain = view.view.channels.gain[0]
    assert gain > 1 and units_to_a_lane(view) == [np.full(8, before["raw"] / gain)]
    compare(qtbot, view)
    assert units_to_a_lane(view) == [np.full(8, before["processed"] / gain)]


def test_the_scale_bar_is_true_of_what_is_shown(view, qtbot):
    process(qtbot, view, STEPS)
    for _ in range(2):
        bar = [item for item in view.frame.drawing if type(item).__name__ == "Fill"][-3]
        (text,) = {
            t.text for t in view.frame.drawing if getattr(t, "text", "").endswith(("µV", "mV"))
        }
        number, units = text.split()
        amount = float(number) * {"µV": 1, "mV": 1000}[units]
        pixels_high = bar.y1 - bar.y0
        height = view.frame.layout.panels[0].lane_height
        want = amount * height / view.view.channels.span[KIND]
        assert pixels_high == pytest.approx(want, abs=1)
        compare(qtbot, view)


@pytest.mark.parametrize("state", ["processed", "raw", "both"])
def test_a_fit_is_of_what_is_shown(view, qtbot, state):
    process(qtbot, view, STEPS)
    for whose in ("processed", "raw"):
        view.view.spans.set(whose, {KIND: 5000.0})
    view.view.shown = state
    settle(qtbot, view)
    fit(qtbot, view)
    found = spans(view)
    assert found["processed"] == (5000.0 if state == "raw" else near(PROCESSED))
    assert found["raw"] == (5000.0 if state == "processed" else near(RAW))


def test_who_opens_a_layer_can_compare_as_well(qtbot, source):
    widget = shown(qtbot, Layer(source, STEPS))
    assert spans(widget) == {"processed": near(PROCESSED), "raw": near(RAW), "both": near(RAW)}


def test_another_filter_leaves_the_scale_of_the_recording(view, qtbot):
    process(qtbot, view, STEPS)
    view.view.shown = "raw"
    view.view.channels.set_span(*KIND, 4321.0)
    process(qtbot, view, (HighPass(400),))
    found = spans(view)
    assert found["raw"] == 4321.0
    assert found["processed"] == near(robust(filtered(SAMPLES * 0.5, 400)))
    process(qtbot, view, ())
    assert view.view.channels.span[KIND] == 4321.0


def test_going_back_and_undoing_a_reset_leave_the_scales(view, qtbot):
    process(qtbot, view, STEPS)
    before = spans(view)
    view.view.shown = "raw"
    view.view.leave()
    view.view.window.set(5.0, 2.0)
    press(view, Key.Key_R, Mod.ShiftModifier)
    press(view, Key.Key_Z, Mod.ControlModifier)
    press(view, Key.Key_Backspace)
    settle(qtbot, view)
    assert view.view.window.t_start == pytest.approx(0.0, abs=0.01)
    assert spans(view) == before


# -- tall lanes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["processed", "raw"])
def test_in_tall_lanes_what_is_on_screen_is_whole_after_a_fit(view, qtbot, state):
    process(qtbot, view, STEPS)
    view.view.channels.solo(3)
    view.view.shown = state
    view.view.window.set(7.0, 2.0)
    settle(qtbot, view)
    fit(qtbot, view)
    samples = SAMPLES[:, 3] * 0.5
    if state == "processed":
        samples = view.reader.get_analogsignal_chunk(0, 0, 0, 60_000, stream_index=0)[:, 3]
    rest = view.view.channels.rest[3] if state == "processed" else view.feeds._rest_below[3]
    # Windows begin at a column, and a column of 4 samples more on either side is looked at.
    reach = np.abs(samples[14_000 - 16 : 18_000 + 16] - rest).max()
    tight = np.abs(samples[14_000:18_000] - rest).max()
    span = view.view.channels.span[KIND]
    assert span >= 2 * HEADROOM * tight - 1e-6
    assert span == near(max(2 * HEADROOM * reach, robust(samples[:, np.newaxis])))
    if state == "processed":
        assert span > 1.5 * robust(samples[:, np.newaxis])  # which spikes do not count for


def test_in_low_lanes_and_at_first_noise_counts_and_spikes_do_not(qtbot, source):
    widget = SignalView(Layer(source, STEPS), renderer="software")
    widget.view.channels.solo(3)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(900, 600)
    widget.show()
    settle(qtbot, widget)
    assert widget.frame.layout.panels[0].lane_height > 300
    assert widget.view.channels.span[KIND] == near(PROCESSED)


# -- what is saved --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["processed", "raw", "both"])
def test_a_saved_view_shows_the_same_in_a_fresh_one_and_in_a_picture(view, qtbot, source, state):
    process(qtbot, view, STEPS)
    view.view.window.set(6.0, 1.5)
    view.view.shown = "raw"
    fit(qtbot, view)
    press(view, Key.Key_Plus)
    view.view.shown = state
    settle(qtbot, view)
    data = json.loads(json.dumps(view_data(view)))
    other = SignalView(ArrayReader.of(SAMPLES, rate=RATE, gain=0.5), renderer="software")
    qtbot.addWidget(other, before_close_func=lambda w: w.stop())
    assert restore(other, data) == []
    other.resize(900, 600)
    other.show()
    qtbot.waitUntil(lambda: other.steps == STEPS)
    settle(qtbot, other)
    slopes = [layer.slope.tolist() for layer in view.frame.scene.layers]
    assert [layer.slope.tolist() for layer in other.frame.scene.layers] == slopes
    layer = Layer(source, STEPS)
    drawn = View(layer)
    assert apply_view(drawn, data, layer) == []
    picture.fit(layer, drawn)
    composed = picture.compose(layer, size=(900, 600), view=drawn)
    assert composed.layout.panels == view.frame.layout.panels
    assert [layer.slope.tolist() for layer in composed.scene.layers] == slopes
    want = spans(view)
    assert spans(other) == want
    for one in ("processed", "raw", "both"):
        drawn.shown = one
        assert drawn.channels.span[KIND] == want[one]
    assert view_data(other)["streams"] == view_data(view)["streams"]


def test_a_view_that_was_saved_before_is_read_and_what_it_lacks_is_measured(view, qtbot):
    process(qtbot, view, STEPS)
    view.view.spans.set("processed", {KIND: 777.0})
    data = view_data(view)
    (stream,) = data["streams"].values()
    assert stream.pop("raw_spans")["uV"] == near(RAW)
    other = restored(qtbot, data)
    assert spans(other) == {"processed": 777.0, "raw": near(RAW), "both": near(RAW)}


def test_a_view_of_the_recording_replaces_one_of_its_layer(view, qtbot):
    view.view.channels.set_span(*KIND, 3210.0)
    plain = view_data(view)
    process(qtbot, view, STEPS)
    view.view.spans.set("raw", {KIND: 9.0})
    with qtbot.waitSignal(view.reader_changed):
        assert restore(view, plain) == []
    settle(qtbot, view)
    assert view.steps == () and view.view.channels.span[KIND] == 3210.0


def test_a_view_left_before_its_layer_is_there_is_measured_when_it_is(view, qtbot, held_layers):
    view.process(STEPS)
    data = view_data(view)
    held_layers.let_go()
    other = restored(qtbot, data)
    first = view.view.spans.of("raw")[KIND]
    assert spans(other) == {"processed": near(PROCESSED), "raw": first, "both": first}


# -- what is said ---------------------------------------------------------------------------------


def test_a_scale_that_was_refitted_is_said_and_one_that_stays_is_not(view, qtbot):
    process(qtbot, view, STEPS)
    (words,) = view.told
    now, before = amounts(words, "Scale fitted to the processed signals: # to a lane (was #)")
    assert now == near(PROCESSED) and before == near(RAW)
    process(qtbot, view, (HighPass(210),))
    assert len(view.told) == 1
    process(qtbot, view, ())
    now, before = amounts(view.told[1], "Scale as recorded: # to a lane (was #)")
    assert now == near(RAW) and before == near(PROCESSED)
    assert len(view.told) == 2


def test_what_is_not_on_screen_is_not_spoken_of(view, qtbot):
    view.view.shown = "raw"
    process(qtbot, view, STEPS)
    assert view.told == []


def test_the_keys_that_compare_say_what_a_lane_is_worth(view, qtbot):
    process(qtbot, view, STEPS)
    press(view, Key.Key_Plus)
    view.told.clear()
    compare(qtbot, view)
    compare(qtbot, view, Mod.AltModifier)
    compare(qtbot, view, Mod.AltModifier)
    by_gain = [near(RAW / 2**0.5), near(PROCESSED / 2**0.5)]
    first, between, last = view.told
    assert between == "Processed over raw, at the same scale"
    assert amounts(first, "As recorded: # to a lane (was #)") == by_gain
    assert amounts(last, "Processed: # to a lane (was #)") == by_gain[::-1]


# -- while a layer is being made ------------------------------------------------------------------


def says_filtering(view):
    words = {getattr(item, "text", "") for item in view.frame.drawing}
    on_screen = "filtering…" in words
    assert view.status.endswith("filtering…") == on_screen
    return on_screen


@pytest.mark.parametrize("refused", [False, True])
def test_while_a_layer_is_made_the_view_says_so(view, qtbot, held_layers, refused):
    held_layers.error = RawIOError("there is no such filter.") if refused else None
    assert not says_filtering(view) and not view.filtering
    view.process(STEPS)
    assert view.filtering
    qtbot.waitUntil(lambda: says_filtering(view))
    with qtbot.waitSignal(view.reader_changed):
        held_layers.let_go()
    settle(qtbot, view)
    assert not says_filtering(view) and not view.filtering


def test_taking_filters_off_is_not_called_filtering(view, qtbot):
    process(qtbot, view, STEPS)
    said = []
    view.shown.connect(said.append)
    process(qtbot, view, ())
    assert said and not any("filtering" in words for words in said)

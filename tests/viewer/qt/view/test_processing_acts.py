"""`SignalView.process`: another layer over the same recording while the view is on screen."""

import gc
import threading
import weakref

import numpy as np
import pytest
from PyQt6.QtCore import QPoint

from rawio import RawIOError
from tests.readers import ArrayReader
from tests.viewer.qt.conftest import pixels, settle
from tests.viewer.qt.hands import SAID, Key, Mod, drag, in_lane, microvolts, press, said_at, shown
from viewer import CommonReference, HighPass, Layer, LowPass
from viewer.engine import autoscale
from viewer.qt.view.signal_view import SignalView
from viewer.render import software

RATE = 1000.0
STEPS = (HighPass(60), CommonReference("median"))


def slow_and_fast():
    """Return 20 s of 4 channels: a slow wave and a resting level, and noise common to all."""
    rng = np.random.default_rng(3)
    t = np.arange(20_000) / RATE
    wave = 3000 * np.sin(2 * np.pi * 1.5 * t)[:, np.newaxis] + 500
    common = rng.normal(0, 200, (len(t), 1))
    return np.rint(wave + common + rng.normal(0, 60, (len(t), 4))).astype(np.int16)


@pytest.fixture
def source():
    return ArrayReader.of(slow_and_fast(), rate=RATE, gain=0.5)


@pytest.fixture
def view(qtbot, source):
    widget = shown(qtbot, source)
    widget.view.window.set(7.0, 1.0)
    settle(qtbot, widget)
    widget.told, widget.changes = [], []
    widget.message.connect(widget.told.append)
    widget.reader_changed.connect(lambda: widget.changes.append(widget.steps))
    return widget


def process(qtbot, view, steps):
    """Have steps done, and wait for the picture."""
    with qtbot.waitSignal(view.reader_changed):
        view.process(steps)
    settle(qtbot, view)


def on_screen(view):
    """Return samples 7200 to 7400 as the uppermost picture has them."""
    tile = next(t for t in view.frame.scene.layers[-1].tiles if t.key.number == 7)
    return tile.data[7200 - tile.first_bin :][:200]


# -- what is shown -------------------------------------------------------------------------------


def test_the_picture_is_that_of_a_view_opened_on_the_layer(view, qtbot, source):
    process(qtbot, view, STEPS)
    assert view.steps == STEPS and view.recorded is source
    assert view.changes == [STEPS] and view.told == []
    # A view finds its first scale where it is opened.
    other = shown(qtbot, Layer(source, STEPS))
    other.view.window.set(7.0, 1.0)
    other.crew.scaler.measure("again")
    qtbot.waitUntil(lambda: other.view.channels.span == view.view.channels.span)
    assert other.view.channels.rest == pytest.approx(view.view.channels.rest)
    settle(qtbot, other)
    assert np.array_equal(pixels(view), pixels(other))
    assert view.status == other.status
    assert view.status.endswith(" · high-pass 60 Hz · median reference")


def test_without_steps_it_is_as_it_was(view, qtbot, source):
    press(view, Key.Key_Y)
    settle(qtbot, view)
    qtbot.wait(50)
    settle(qtbot, view)
    before = pixels(view).copy()
    process(qtbot, view, STEPS)
    assert not np.array_equal(pixels(view), before)
    process(qtbot, view, ())
    assert view.reader is source and view.steps == ()
    assert np.array_equal(pixels(view), before)
    assert "pass" not in view.status


def test_what_is_set_by_hand_stays(view, qtbot):
    channels = view.view.channels
    channels.set_gain(np.array([1.0, -2.0, 1.0, 4.0]))
    channels.set_offset(20.0, [3])
    channels.set_visible([2], False)
    channels.set_order([3, 2, 1, 0])
    view.view.butterfly = True
    process(qtbot, view, STEPS)
    assert channels.gain.tolist() == [1.0, -2.0, 1.0, 4.0]
    assert channels.offset.tolist() == [0.0, 0.0, 0.0, 20.0]
    assert channels.shown.tolist() == [3, 1, 0] and view.view.butterfly
    assert view.view.window.t_start == 7.0


def test_one_layer_may_follow_another(view, qtbot, source):
    for steps in (STEPS, (LowPass(20),), (HighPass(100),)):
        process(qtbot, view, steps)
        layer = Layer(source, steps)
        want = layer.get_analogsignal_chunk(0, 0, 7200, 7400, stream_index=0)
        assert on_screen(view) == pytest.approx(want, abs=1e-3)
        assert view.reader.derived_from()[0] is source


def test_of_several_wishes_the_last_counts(view, qtbot, held_layers):
    view.process(STEPS)
    qtbot.waitUntil(held_layers.begun.is_set)
    view.process((LowPass(20),))
    view.process((HighPass(100),))
    held_layers.let_go()
    qtbot.waitUntil(lambda: view.changes == [(HighPass(100),)])
    settle(qtbot, view)
    assert view.steps == (HighPass(100),)
    assert held_layers.made == [STEPS, (HighPass(100),)]


@pytest.mark.parametrize("levels", [None, [20.0, -30.0, 10.0, 0.0]])
def test_a_saved_view_of_a_layer_keeps_its_scale(qtbot, source, levels):
    """Resting levels it may lack; those of the recording below are not the layer's."""
    widget = SignalView(source, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.view.channels.set_span(0, "uV", 777.0)
    if levels is not None:
        widget.view.channels.set_rest(np.array(levels))
    widget.process(STEPS, keep_scale=True)
    widget.show()
    settle(qtbot, widget)
    qtbot.waitUntil(lambda: widget.steps == STEPS)
    settle(qtbot, widget)
    assert widget.view.channels.span == {(0, "uV"): 777.0}
    if levels is None:
        layer, view = Layer(source, STEPS), widget.view
        span = view.window.t_start, view.window.t_stop
        levels = autoscale.measure(layer, view.channels, view.timeline, span).rest
    assert widget.view.channels.rest == pytest.approx(levels)


def test_a_view_whose_first_steps_are_refused_has_a_scale_all_the_same(qtbot, source, held_layers):
    held_layers.error = RawIOError("there is no such filter.")
    widget = SignalView(source, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.process(STEPS)
    widget.show()
    qtbot.waitUntil(lambda: not widget.crew.scaler.busy)
    qtbot.wait(20)  # what was measured of the recording is told, and of no use to a layer
    assert not widget.view.channels.rest.any()
    held_layers.let_go()
    settle(qtbot, widget)
    assert widget.view.channels.span[0, "uV"] > 100 and widget.view.channels.rest.any()


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("before", [(), STEPS])
def test_steps_that_cannot_be_done_leave_all_as_it_was(view, qtbot, before):
    process(qtbot, view, before)
    reader, picture, threads = view.reader, pixels(view).copy(), view.crew
    view.changes.clear()
    process(qtbot, view, (HighPass(600),))
    assert len(view.told) == 1 and "600 Hz" in view.told[0]
    assert view.changes == [before]  # whoever shows other steps hears that they are not done
    assert view.reader is reader and view.crew is threads
    assert np.array_equal(pixels(view), picture)
    process(qtbot, view, (HighPass(100),))
    assert view.steps == (HighPass(100),)


def test_an_error_while_a_layer_is_made_is_told(view, qtbot, held_layers):
    held_layers.error = RawIOError("the probe is gone.")
    held_layers.let_go()
    process(qtbot, view, STEPS)
    assert view.told == ["the probe is gone."] and view.steps == ()


# -- comparing -----------------------------------------------------------------------------------


def test_afterwards_c_shows_what_was_recorded_below_and_back(view, qtbot, source):
    process(qtbot, view, STEPS)
    processed = pixels(view).copy()
    press(view, Key.Key_C)
    settle(qtbot, view)
    assert view.status.endswith(" · as recorded")
    recorded = on_screen(view)
    assert recorded.dtype == np.int16
    assert np.array_equal(recorded, source.segments[0][0][1][7200:7400])
    press(view, Key.Key_C, Mod.AltModifier)
    settle(qtbot, view)
    below, above = view.frame.scene.layers
    assert below.tiles[0].data.dtype == np.int16 and above.tiles[0].data.dtype == np.float32
    assert np.array_equal(pixels(view), software.render(view.frame.scene))
    press(view, Key.Key_C, Mod.AltModifier)
    settle(qtbot, view)
    assert np.array_equal(pixels(view), processed)


def test_who_looks_at_the_recording_still_does_when_steps_change(view, qtbot):
    process(qtbot, view, STEPS)
    view.view.shown = "raw"
    settle(qtbot, view)
    process(qtbot, view, (HighPass(100),))
    assert view.view.shown == "raw" and on_screen(view).dtype == np.int16


# -- measurements and the read-out ---------------------------------------------------------------


def noise_said(view):
    """Return RMS and peak to peak as they are said of a measurement, in microvolts."""
    lines = view.measured.lines(view.view)[2:4]
    return [microvolts(" ".join(line.split()[-2:])) for line in lines]


def test_a_measurement_is_made_anew_of_what_is_shown(view, qtbot, source):
    press(view, Key.Key_X)
    start, stop = in_lane(view, 1, across=0.2), in_lane(view, 1, across=0.9)
    drag(view, start, stop, modifier=Mod.ShiftModifier)
    first, last = view.view.span
    times = np.arange(20_000) / RATE
    inside = (times >= first) & (times < last)
    recorded = source.segments[0][0][1][inside, 1] * 0.5
    layer = Layer(source, STEPS)
    processed = layer.get_analogsignal_chunk(0, 0, 0, 20_000, stream_index=0)[inside, 1]

    def measured(samples):
        statistics = view.measured.statistics
        assert statistics is not None and statistics.physical.std == pytest.approx(
            samples.std(), rel=1e-5
        )
        assert noise_said(view) == pytest.approx([samples.std(), np.ptp(samples)], rel=1e-3)

    qtbot.waitUntil(lambda: measured(recorded))
    process(qtbot, view, STEPS)
    assert view.view.span == (first, last)
    qtbot.waitUntil(lambda: measured(processed))
    press(view, Key.Key_C)
    settle(qtbot, view)
    qtbot.waitUntil(lambda: measured(recorded))
    process(qtbot, view, ())
    qtbot.waitUntil(lambda: measured(recorded))


def test_the_read_out_follows_under_a_mouse_that_rests(view, qtbot, source):
    place, said = in_lane(view, 2, across=0.4), []
    first = SAID.fullmatch(said_at(qtbot, view, place))
    samples = source.segments[0][0][1]
    assert int(first["raw"]) == samples[int(first["sample"]), 2]
    view.pointed.connect(said.append)
    process(qtbot, view, STEPS)
    processed = view.reader.get_analogsignal_chunk(0, 0, 0, 20_000, stream_index=0)

    def follows():
        assert said
        match = SAID.fullmatch(said[-1])
        assert match["raw"] is None
        value = microvolts(f"{match['value']} {match['units']}")
        assert value == pytest.approx(processed[int(match["sample"]), 2], rel=6e-4, abs=1e-3)

    qtbot.waitUntil(follows)
    process(qtbot, view, ())
    qtbot.waitUntil(lambda: SAID.fullmatch(said[-1])["raw"] is not None)


# -- how it ends ---------------------------------------------------------------------------------


def test_a_view_that_is_closed_meanwhile_does_it_once_it_is_shown_again(view, qtbot, held_layers):
    view.process(STEPS)
    view.close()
    held_layers.let_go()
    qtbot.wait(50)
    assert view.steps == () and view.changes == []
    view.show()
    qtbot.waitUntil(lambda: view.changes == [STEPS])
    settle(qtbot, view)
    assert np.array_equal(pixels(view), software.render(view.frame.scene))
    other = shown(qtbot, Layer(view.recorded, STEPS))
    assert view.view.channels.rest == pytest.approx(other.view.channels.rest, abs=30)


def test_threads_of_former_layers_end_and_their_memory_is_let_go(view, qtbot):
    process(qtbot, view, STEPS)
    drag(view, in_lane(view, 1), in_lane(view, 1) + QPoint(50, 9), modifier=Mod.ShiftModifier)
    said_at(qtbot, view, in_lane(view, 2))
    view.view.shown = "both"
    settle(qtbot, view)
    count = threading.active_count()
    former = [weakref.ref(x) for x in (view.crew, view.feeds.main, view.reader)]
    process(qtbot, view, (HighPass(100),))
    qtbot.waitUntil(lambda: threading.active_count() <= count)

    def gone():
        gc.collect()
        return all(ref() is None for ref in former)

    qtbot.waitUntil(gone)

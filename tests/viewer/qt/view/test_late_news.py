"""What threads find, or fail at, once nobody wants it any more: nothing of it is told or taken in.

A reader holds whoever reads while something is under way; then the view is closed, or shows the
recording after other steps; then the reader lets them go on.
"""

import threading
import time

import numpy as np
import pytest
from PyQt6.QtCore import QPoint

from rawio import RawIOError
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import Key, Mod, center, drag, in_lane, move, press, shown
from viewer import HighPass
from viewer.qt.view import crew as crew_module
from viewer.qt.view import plots
from viewer.qt.view.signal_view import SignalView

SENTENCE = "the disk says no, too late."


class Gate:
    """Holds threads that come while it is shut, and lets them go on, perhaps with an error."""

    def __init__(self):
        self.shut, self.fails = False, False
        self.held = self.gone = 0
        self._lock, self._open = threading.Lock(), threading.Event()

    def pass_through(self):
        if not self.shut:
            return
        with self._lock:
            self.held += 1
        assert self._open.wait(30)
        with self._lock:
            self.gone += 1
        if self.fails:
            raise RawIOError(SENTENCE)

    def leave(self):
        """Hold nobody who comes from now on; those who are held stay."""
        self.shut = False

    def open(self):
        self._open.set()


class HeldReader(ArrayReader):
    """Has gates before its samples and before its events."""

    samples: Gate
    points: Gate

    @classmethod
    def of(cls, *args, **rest):
        made = super().of(*args, **rest)
        made.samples, made.points = Gate(), Gate()
        return made

    def _get_analogsignal_chunk(self, *args):
        if hasattr(self, "samples"):
            self.samples.pass_through()
        return super()._get_analogsignal_chunk(*args)

    def _get_event_timestamps(self, *args):
        if hasattr(self, "points"):
            self.points.pass_through()
        return super()._get_event_timestamps(*args)


@pytest.fixture
def view(qtbot):
    """Return a view of 60 s, 2 s of it on screen."""
    samples = (noise(60_000, 4) // 64).astype(np.int16)
    events = {"stim": [(5.5, "on"), (40.25, "off")]}
    units = {"a": np.array([3.0, 30.0])}
    widget = shown(qtbot, HeldReader.of(samples, events=events, units=units))
    widget.view.window.set(20.0, 2.0)
    settle(qtbot, widget)
    widget.recording = widget.reader
    yield widget
    widget.recording.samples.open()
    widget.recording.points.open()


def measure(view):
    drag(
        view, in_lane(view, 1, across=0.2), in_lane(view, 1, across=0.6), modifier=Mod.ShiftModifier
    )


ACTS = {
    "tiles": ("samples", lambda view: view.view.window.set(50.0, 4.0)),
    "points": ("points", lambda view: view.view.window.set(50.0, 4.0)),
    "scale": ("samples", lambda view: view.autoscale()),
    "each scale": ("samples", lambda view: view.autoscale(each=True)),
    "read-out": ("samples", lambda view: move(view, center(view) + QPoint(3, 3))),
    "measuring": ("samples", measure),
    "search": ("points", lambda view: press(view, Key.Key_N)),
}
"""What is under way: the gate that holds it, and what begins it."""


class Heard:
    """All that a view tells."""

    def __init__(self, view):
        self.words = []
        for name in ("message", "said", "pointed", "shown"):
            getattr(view, name).connect(lambda word, name=name: self.words.append((name, word)))
        view.reader_changed.connect(lambda: self.words.append(("reader_changed", "")))


def state(view):
    """Return all that late news might change."""
    channels, overlay = view.view.channels, view.overlay
    return (
        view.view.place,
        dict(channels.span),
        channels.gain.tolist(),
        channels.rest.tolist(),
        view._points,
        view.frame,
        view.measured,
        overlay.sample,
        view.reader,
    )


def let_go(qtbot, gate):
    """Let all go on who are held, and wait until what they have to say would have come."""
    gate.open()
    qtbot.waitUntil(lambda: gate.gone == gate.held)
    qtbot.wait(60)


def hold(qtbot, view, what, *, fails):
    """Begin something, and wait until it is held; return the gate."""
    name, begin = ACTS[what]
    gate = getattr(view.recording, name)
    gate.shut, gate.fails = True, fails
    begin(view)
    qtbot.waitUntil(lambda: gate.held > 0)
    return gate


def let_go_unheard(gate):
    """Let all go on who are held, and have what they say on its way: nobody listens meanwhile."""
    gate.open()
    end = time.monotonic() + 20
    while gate.gone < gate.held:
        assert time.monotonic() < end
        time.sleep(0.001)
    time.sleep(0.03)


@pytest.mark.parametrize("on_its_way", [True, False])
@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("what", list(ACTS))
def test_a_view_that_was_closed_hears_nothing_any_more(qtbot, view, what, fails, on_its_way):
    gate = hold(qtbot, view, what, fails=fails)
    if on_its_way:
        let_go_unheard(gate)
    view.close()
    heard, before = Heard(view), state(view)
    let_go(qtbot, gate)
    assert heard.words == []
    assert state(view) == before


@pytest.mark.parametrize("what", list(ACTS))
def test_what_failed_in_a_view_before_it_was_closed_is_not_told_when_it_is_shown_again(
    qtbot, view, what
):
    heard = Heard(view)
    gate = hold(qtbot, view, what, fails=True)
    view.close()
    gate.leave()
    view.show()
    settle(qtbot, view)
    let_go(qtbot, gate)
    settle(qtbot, view)
    assert not [words for words in heard.words if SENTENCE in words[1]]
    assert "exact" in view.status


@pytest.mark.parametrize("what", list(ACTS))
def test_what_failed_before_other_steps_were_shown_is_not_told(qtbot, view, what):
    heard = Heard(view)
    gate = hold(qtbot, view, what, fails=True)
    gate.leave()
    with qtbot.waitSignal(view.reader_changed, timeout=20_000):
        view.process([HighPass(60)])
    settle(qtbot, view)
    let_go(qtbot, gate)
    settle(qtbot, view)
    assert not [words for words in heard.words if SENTENCE in words[1]]
    assert view.steps == (HighPass(60),)


@pytest.mark.parametrize("what", ["scale", "each scale"])
def test_a_scale_of_the_recording_is_not_taken_for_that_of_what_is_processed(qtbot, view, what):
    gate = hold(qtbot, view, what, fails=False)
    gate.leave()
    with qtbot.waitSignal(view.reader_changed, timeout=20_000):
        view.process([HighPass(60)])
    settle(qtbot, view)
    before = state(view)
    let_go(qtbot, gate)
    settle(qtbot, view)
    assert state(view)[1:4] == before[1:4]


# -- steps -------------------------------------------------------------------------------------


@pytest.fixture
def slow_layers(monkeypatch):
    """Return a gate at which the making of layers of less than 100 Hz is held, and then fails."""
    gate = Gate()
    real = crew_module.Layer

    def layer(reader, steps):
        if steps[0].cutoff < 100:
            gate.pass_through()
        return real(reader, steps)

    monkeypatch.setattr(crew_module, "Layer", layer)
    gate.shut = True
    yield gate
    gate.open()


def test_levels_of_the_recording_are_not_taken_for_those_of_a_layer_to_come(qtbot, slow_layers):
    samples = (noise(6000, 4) // 64 + 5000).astype(np.int16)
    widget = SignalView(ArrayReader.of(samples), renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.process([HighPass(50)], keep_scale=True)  # as with a saved view that knows no levels
    widget.show()
    qtbot.waitUntil(lambda: slow_layers.held == 1 and not widget.crew.scaler.busy)
    qtbot.wait(30)
    slow_layers.open()
    qtbot.waitUntil(lambda: len(widget.steps) == 1)
    settle(qtbot, widget)
    assert np.abs(widget.view.channels.rest).max() < 500


@pytest.mark.parametrize("fails", [True, False])
def test_of_steps_that_others_took_the_place_of_nothing_is_told(qtbot, view, slow_layers, fails):
    heard, slow_layers.fails = Heard(view), fails
    view.process([HighPass(50)])
    qtbot.waitUntil(lambda: slow_layers.held == 1)
    with qtbot.waitSignal(view.reader_changed, timeout=20_000):
        view.process([HighPass(200)])
        slow_layers.open()
    settle(qtbot, view)
    qtbot.wait(30)
    assert view.steps == (HighPass(200),) and view.steps_wanted == view.steps
    assert not [words for words in heard.words if SENTENCE in words[1]]
    assert heard.words.count(("reader_changed", "")) == 1


def test_steps_that_fail_and_are_still_wanted_are_told_of_before_the_refusal(
    qtbot, view, slow_layers
):
    heard, slow_layers.fails = Heard(view), True
    view.process([HighPass(50)])
    slow_layers.open()
    qtbot.waitUntil(lambda: ("reader_changed", "") in heard.words)
    told = [words for words in heard.words if words[0] != "shown"]
    assert told == [("message", SENTENCE), ("reader_changed", "")]
    assert view.steps == () == view.steps_wanted


def test_steps_that_fail_once_the_view_is_closed_are_tried_again_when_it_is_shown(
    qtbot, view, slow_layers
):
    heard, slow_layers.fails = Heard(view), True
    view.process([HighPass(50)])
    qtbot.waitUntil(lambda: slow_layers.held == 1)
    view.close()
    let_go(qtbot, slow_layers)
    assert not [words for words in heard.words if words[0] != "shown"]
    slow_layers.leave()
    with qtbot.waitSignal(view.reader_changed, timeout=20_000):
        view.show()
    settle(qtbot, view)
    assert view.steps == (HighPass(50),)


# -- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("on_its_way", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_a_picture_that_is_ready_too_late_is_not_shown(qtbot, view, monkeypatch, fails, on_its_way):
    gate = Gate()
    real = plots.SoftwareRenderer.draw

    def draw(renderer, scene):
        gate.pass_through()
        return real(renderer, scene)

    monkeypatch.setattr(plots.SoftwareRenderer, "draw", draw)
    gate.shut, gate.fails = True, fails
    view.view.window.set(50.0, 4.0)
    qtbot.waitUntil(lambda: gate.held == 1)
    if on_its_way:
        let_go_unheard(gate)
    view.close()
    heard, before = Heard(view), state(view)
    let_go(qtbot, gate)
    assert heard.words == [] and state(view) == before


# -- measurements ------------------------------------------------------------------------------


def figures(view, samples):
    """Return mean, standard deviation and peak to peak of the samples of what is measured."""
    times = np.arange(len(samples)) / 1000.0
    first, last = view.measured.span
    there = samples[(times >= first) & (times < last)].astype(float)
    return there.mean(), there.std(), np.ptp(there)


def known(view):
    assert view.measured.complete
    found = view.measured.statistics.physical
    return found.mean, found.std, found.peak_to_peak


def test_a_measurement_goes_on_when_a_view_that_was_closed_is_shown_again(qtbot, view):
    gate = hold(qtbot, view, "measuring", fails=False)
    view.close()
    gate.leave()
    let_go(qtbot, gate)
    assert view.measured is not None and view.measured.statistics is None
    view.show()
    qtbot.waitUntil(lambda: view.measured.complete)
    samples = view.recording.segments[0][0][1][:, 1]
    assert known(view) == pytest.approx(figures(view, samples))
    assert view.overlay.isVisible()
    assert view.measured.lines(view.view)[2].startswith("c1: RMS ")


def test_a_measurement_that_is_known_is_not_made_again(qtbot, view):
    measure(view)
    qtbot.waitUntil(lambda: view.measured.complete)
    before = view.measured
    view.close()
    view.recording.reads.clear()
    view.show()
    settle(qtbot, view)
    qtbot.wait(30)
    assert view.measured is before and not view.crew.measurer.busy


def test_late_figures_of_the_recording_are_not_taken_for_those_of_what_is_processed(qtbot, view):
    gate = hold(qtbot, view, "measuring", fails=False)
    gate.leave()
    with qtbot.waitSignal(view.reader_changed, timeout=20_000):
        view.process([HighPass(200)])
    settle(qtbot, view)
    qtbot.waitUntil(lambda: view.measured.complete)
    after = known(view)
    let_go(qtbot, gate)
    layer = view.reader
    samples = layer.get_analogsignal_chunk(channel_indexes=[1])[:, 0]
    assert known(view) == after == pytest.approx(figures(view, samples), rel=1e-3, abs=1e-3)
    raw = view.recording.segments[0][0][1][:, 1]
    assert after[1] < 0.95 * figures(view, raw)[1]


def test_figures_come_no_more_once_somebody_else_has_selected_a_span(qtbot, view):
    gate = hold(qtbot, view, "measuring", fails=False)
    gate.leave()
    view.view.span = (20.0, 20.5)
    settle(qtbot, view)
    assert view.measured is None
    let_go(qtbot, gate)
    assert view.measured is None and view.view.span == (20.0, 20.5)

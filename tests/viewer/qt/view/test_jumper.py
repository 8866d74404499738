"""Going to the next and previous spike and event, by key, with what is said about it."""

import threading
import time

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import Key, Mod, press, shown
from viewer.qt.view import jumper as module

UNITS = {"a": np.array([1.5, 10.0, 10.25, 40.0]), "b": np.array([0.01, 10.1, 59.99])}
EVENTS = {"stim": [(2.0, "on"), (20.0, "off")], "lick": [(5.0, ""), (20.0, ""), (59.9, "3")]}

NEXT_EVENT = [(Key.Key_N, Mod.NoModifier), (Key.Key_Period, Mod.NoModifier)]
LAST_EVENT = [(Key.Key_P, Mod.NoModifier), (Key.Key_Comma, Mod.NoModifier)]
NEXT_SPIKE = [(Key.Key_N, Mod.ShiftModifier)]
LAST_SPIKE = [(Key.Key_P, Mod.ShiftModifier)]


class Gated(ArrayReader):
    """Looks up events and spikes only while a gate is open."""

    gate = None

    def _get_event_timestamps(self, *args):
        if self.gate is not None:
            self.gate.wait(30)
        return super()._get_event_timestamps(*args)


@pytest.fixture
def view(qtbot):
    """Return a view of 60 s with spikes and events, 1 s of it on screen."""
    samples = (noise(60_000, 3) // 64).astype(np.int16)
    widget = shown(qtbot, Gated.of(samples, units=UNITS, events=EVENTS))
    widget.heard = []
    widget.said.connect(widget.heard.append)
    widget.view.window.set(0.0, 1.0)
    yield widget
    if widget.reader.gate is not None:
        widget.reader.gate.set()


def go(qtbot, view, keys, number=0):
    """Press a key; return the middle of the window once something is said."""
    before = len(view.heard)
    press(view, *keys[number % len(keys)])
    qtbot.waitUntil(lambda: len(view.heard) > before)
    return view.view.window.t_start + view.view.window.duration / 2


def test_from_event_to_event_of_all_channels_and_no_further(view, qtbot):
    times = [go(qtbot, view, NEXT_EVENT, number) for number in range(4)]
    assert times == pytest.approx([2.0, 5.0, 20.0, 59.5])  # as near to the last as the end lets
    assert view.heard == [
        "stim on at 2.0000 s",
        "lick at 5.0000 s",
        "stim off at 20.0000 s",
        "lick 3 at 59.9000 s",
    ]
    assert go(qtbot, view, NEXT_EVENT) == pytest.approx(59.5)
    assert view.heard[-1] == "There is no later event."
    back = [go(qtbot, view, LAST_EVENT, number) for number in range(3)]
    assert back == pytest.approx([20.0, 5.0, 2.0])
    assert go(qtbot, view, LAST_EVENT) == pytest.approx(2.0)
    assert view.heard[-1] == "There is no earlier event."


def test_from_spike_to_spike_of_all_units_at_either_end_of_the_recording(view, qtbot):
    view.view.window.set(9.0, 1.0)
    times = [go(qtbot, view, NEXT_SPIKE) for _ in range(5)]
    assert times == pytest.approx([10.0, 10.1, 10.25, 40.0, 59.5])
    go(qtbot, view, NEXT_SPIKE)
    assert view.heard[-2:] == ["b at 59.9900 s", "There is no later spike."]
    back = [go(qtbot, view, LAST_SPIKE) for _ in range(6)]
    assert back == pytest.approx([40.0, 10.25, 10.1, 10.0, 1.5, 0.5])
    assert view.heard[-1] == "b at 0.0100 s"
    go(qtbot, view, LAST_SPIKE)
    assert view.heard[-1] == "There is no earlier spike."


def test_the_selected_unit_alone_is_gone_through(view, qtbot):
    view.view.units.select(0)
    times = [go(qtbot, view, NEXT_SPIKE) for _ in range(4)]
    assert times == pytest.approx([1.5, 10.0, 10.25, 40.0])
    view.view.units.select(None)
    assert go(qtbot, view, LAST_SPIKE) == pytest.approx(10.25)


def test_the_selected_event_channel_alone_is_gone_through(view, qtbot):
    view.view.events.select(1)
    times = [go(qtbot, view, NEXT_EVENT) for _ in range(3)]
    assert times == pytest.approx([5.0, 20.0, 59.5])
    assert view.heard[1] == "lick at 20.0000 s"


def test_what_is_hidden_is_skipped(view, qtbot):
    view.view.units.set_visible([1], False)
    view.view.events.set_visible([0], False)
    assert [go(qtbot, view, NEXT_SPIKE) for _ in range(2)] == pytest.approx([1.5, 10.0])
    view.view.window.set(0.0, 1.0)
    assert [go(qtbot, view, NEXT_EVENT) for _ in range(2)] == pytest.approx([5.0, 20.0])
    assert view.heard[-1] == "lick at 20.0000 s"
    view.view.units.set_visible([0], False)
    view.view.events.set_visible([1], False)
    for keys, what in ((NEXT_SPIKE, "spikes"), (LAST_EVENT, "events")):
        assert go(qtbot, view, keys) == pytest.approx(20.0)
        assert view.heard[-1] == f"There are no {what} to go to."


def test_a_recording_without_any_says_so(qtbot):
    view = shown(qtbot, ArrayReader.of(noise(5000, 2)))
    heard = []
    view.said.connect(heard.append)
    press(view, Key.Key_N)
    press(view, Key.Key_N, Mod.ShiftModifier)
    assert heard == ["There are no events to go to.", "There are no spikes to go to."]


def test_it_goes_on_from_the_middle_once_the_view_was_moved_by_hand(view, qtbot):
    go(qtbot, view, NEXT_EVENT)
    view.view.window.set(30.0, 1.0)
    assert go(qtbot, view, LAST_EVENT) == pytest.approx(20.0)
    view.view.window.zoom(2.0, 20.4)  # the middle is elsewhere now
    assert go(qtbot, view, LAST_EVENT) == pytest.approx(20.0)


def test_times_are_said_as_the_view_writes_them(view, qtbot):
    view.view.time_format = "clock"
    go(qtbot, view, NEXT_EVENT)
    assert view.heard == ["stim on at 0:00:02.0000"]


def test_a_jump_can_be_taken_back(view, qtbot, monkeypatch):
    monkeypatch.setattr("viewer.model.history.SETTLE", 0.0)
    settle(qtbot, view)
    go(qtbot, view, NEXT_EVENT)
    settle(qtbot, view)
    press(view, Key.Key_Backspace)
    assert view.view.window.t_start == 0.0


# -- searches that take long -------------------------------------------------------------------


def shut(view):
    view.reader.gate = threading.Event()


def test_esc_gives_up_looking(view, qtbot):
    shut(view)
    press(view, Key.Key_N)
    qtbot.waitUntil(lambda: view.jumper.busy)
    press(view, Key.Key_Escape)
    view.reader.gate.set()
    qtbot.waitUntil(lambda: not view.jumper.busy)
    qtbot.wait(20)
    assert view.heard == [] and view.view.window.t_start == 0.0


def test_what_was_found_before_another_search_is_not_gone_to_any_more(view, qtbot):
    view.view.window.set(10.0, 1.0)
    settle(qtbot, view)
    press(view, Key.Key_P)
    while view.jumper.busy:  # it is found by then, but nobody was told yet
        time.sleep(0.001)
    assert view.heard == []
    view.jumper.to_event(forward=True)
    qtbot.waitUntil(lambda: bool(view.heard))
    assert view.heard == ["stim off at 20.0000 s"]


def test_of_two_searches_the_later_counts(view, qtbot):
    view.view.window.set(10.0, 1.0)
    settle(qtbot, view)
    shut(view)
    press(view, Key.Key_P)
    press(view, Key.Key_N)
    view.reader.gate.set()
    qtbot.waitUntil(lambda: bool(view.heard))
    qtbot.waitUntil(lambda: not view.jumper.busy)
    qtbot.wait(20)
    assert len(view.heard) == 1 and view.heard[0].endswith(" at 20.0000 s")


@pytest.mark.parametrize("late", [True, False])
def test_what_is_found_late_is_not_gone_to_once_somebody_has_moved_on(
    view, qtbot, monkeypatch, late
):
    monkeypatch.setattr(module, "LATE", 0.0 if late else 1e9)
    shut(view)
    press(view, Key.Key_N)
    view.view.window.set(30.0, 1.0)
    view.reader.gate.set()
    qtbot.waitUntil(lambda: bool(view.heard))
    if late:
        assert view.heard == ["Found stim on at 2.0000 s; the view has been moved since."]
        assert view.view.window.t_start == 30.0
    else:
        assert view.heard == ["stim on at 2.0000 s"]
        assert view.view.window.t_start == 1.5


def test_what_cannot_be_read_is_told(view, qtbot, monkeypatch):
    from rawio import RawIOError

    def broken(*args):
        raise RawIOError("the events are gone.")

    told = []
    view.message.connect(told.append)
    monkeypatch.setattr(view.reader, "_get_event_timestamps", broken)
    press(view, Key.Key_N)
    qtbot.waitUntil(lambda: "the events are gone." in told)
    assert view.heard == []

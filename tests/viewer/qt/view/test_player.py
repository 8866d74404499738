"""Playing: by a clock of our own, so that nothing depends on how fast this machine is."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PyQt6.QtGui import QHideEvent
from PyQt6.QtWidgets import QApplication, QVBoxLayout, QWidget

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import Key, press, shown
from viewer.model import View
from viewer.qt.view import player as module
from viewer.qt.view.player import SPEEDS, Player
from viewer.qt.view.signal_view import SignalView


class Clock:
    """A monotonic clock that stands still until it is told to go on."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def player(qapp, clock):
    """Return a player at second 5 of 20, with half a second on screen; ticks are made by hand."""
    view = View(ArrayReader.of(noise(20_000, 2)))
    view.window.set(5.0, 0.5)
    player = Player(view)
    player.window = view.window
    player.told = []
    player.changed.connect(lambda: player.told.append((player.playing, player.speed)))
    yield player
    player.pause()


def tick(player, clock, seconds):
    clock.now += seconds
    player._step()


def test_the_window_moves_as_the_clock_does(player, clock):
    player.toggle()
    assert player.playing and player.window.t_start == 5.0
    for seconds, start in ((0.016, 5.016), (0.5, 5.516), (0.0, 5.516), (2.0, 7.516)):
        tick(player, clock, seconds)  # late ticks make up for the time
        assert player.window.t_start == pytest.approx(start)
    assert player.window.duration == 0.5
    player.toggle()
    assert not player.playing
    clock.now += 60.0  # while it is paused no time passes
    player.toggle()
    tick(player, clock, 0.25)
    assert player.window.t_start == pytest.approx(7.766)


def test_speeds_count_from_where_they_are_set(player, clock):
    player.toggle()
    tick(player, clock, 1.0)
    player.speed = 10.0
    tick(player, clock, 0.1)
    assert player.window.t_start == pytest.approx(7.0)
    player.speed = 0.01
    tick(player, clock, 10.0)
    assert player.window.t_start == pytest.approx(7.1)


def test_faster_and_slower_go_through_the_speeds_to_their_ends(player):
    seen = []
    for _ in range(20):
        player.faster()
        seen.append(player.speed)
    assert seen[:7] == [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 100.0]
    seen = [player.speed]
    for _ in range(20):
        player.slower()
        seen.append(player.speed)
    assert tuple(reversed(seen[: len(SPEEDS)])) == SPEEDS and set(seen[len(SPEEDS) :]) == {0.01}
    player.speed = 3.0  # between two of them
    player.faster()
    assert player.speed == 5.0
    player.speed = 3.0
    player.slower()
    assert player.speed == 2.0


def test_speeds_stay_within_their_limits(player):
    for speed, want in ((1e9, 100.0), (-1.0, 0.01), (0.0, 0.01)):
        player.speed = speed
        assert player.speed == want


def test_it_tells_what_changed_and_only_that(player, clock):
    player.toggle()
    player.speed = 1.0
    player.speed = 2.0
    tick(player, clock, 0.01)
    player.pause()
    player.pause()
    assert player.told == [(True, 1.0), (True, 2.0), (False, 2.0)]


@settings(deadline=None)
@given(st.floats(0.01, 40.0), st.floats(-100.0, 1e6), st.integers(1, 30_000))
@example(11.187, 0.0, 28_877)  # whose end less its length plus its length is a little less
def test_at_the_end_it_pauses_and_begins_again_at_the_start(duration, t_start, samples):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", clock)
        view = View(ArrayReader.of(noise(samples, 1), t_start=t_start))
        view.window.set(t_start, duration)
        player = Player(view)
        player.speed = 100.0
        player.toggle()
        for _ in range(3):
            tick(player, clock, 1.0)
        assert not player.playing
        end = view.window.t_start
        view.window.go_to_end()
        assert view.window.t_start == end
        player.toggle()
        assert view.window.t_start == view.window.t_min and player.playing
        player.pause()


def test_by_key_it_plays_in_real_time_until_the_end(qtbot):
    view = shown(qtbot, ArrayReader.of(noise(2000, 2)))
    view.view.window.set(0.0, 1.8)
    seen = []
    view.view.window.changed.connect(lambda: seen.append(view.view.window.t_start))
    press(view, Key.Key_Less)
    assert view.player.speed == 0.5
    press(view, Key.Key_Greater)
    press(view, Key.Key_Space)
    assert view.player.playing
    qtbot.waitUntil(lambda: not view.player.playing)
    assert seen == sorted(seen) and len(seen) > 3 and seen[-1] == pytest.approx(0.2)
    settle(qtbot, view)
    assert view.frame.viewport.t_left == pytest.approx(0.2, abs=0.01)
    press(view, Key.Key_Space)
    assert view.player.playing and view.view.window.t_start == 0.0
    press(view, Key.Key_Space)
    assert not view.player.playing


def test_a_view_that_is_closed_plays_no_longer(qtbot):
    view = shown(qtbot, ArrayReader.of(noise(20_000, 2)))
    press(view, Key.Key_Space)
    view.close()
    assert not view.player.playing


def in_a_box(qtbot):
    """Return a view that lies in another widget, which is on screen, and plays."""
    box = QWidget()
    qtbot.addWidget(box)
    view = SignalView(ArrayReader.of(noise(20_000, 2)), renderer="software")
    QVBoxLayout(box).addWidget(view)
    box.resize(900, 600)
    box.show()
    settle(qtbot, view)
    press(view, Key.Key_Space)
    qtbot.waitUntil(lambda: view.view.window.t_start > 0)
    return box, view


def test_a_view_that_is_hidden_with_what_it_lies_in_plays_no_further(qtbot):
    box, view = in_a_box(qtbot)
    told = []
    view.player.changed.connect(lambda: told.append(view.player.playing))
    box.hide()
    assert not view.player.playing and told == [False]
    t_start = view.view.window.t_start
    qtbot.wait(100)
    assert view.view.window.t_start == t_start
    box.show()
    settle(qtbot, view)
    assert not view.player.playing and view.view.window.t_start == t_start
    press(view, Key.Key_Space)
    assert view.player.playing
    view.stop()


def test_behind_an_icon_it_plays_no_further(qtbot):
    _, view = in_a_box(qtbot)
    # What Qt sends to all that lies in a window when the window is minimised: nothing is hidden.
    QApplication.sendEvent(view, QHideEvent())
    assert view.isVisible() and not view.player.playing
    view.stop()


def test_what_is_destroyed_while_it_plays_leaves_no_fault(qtbot):
    box, view = in_a_box(qtbot)
    window = view.view.window
    box.deleteLater()
    del view
    qtbot.wait(50)
    t_start = window.t_start
    qtbot.wait(100)
    assert window.t_start == t_start


# -- gaps --------------------------------------------------------------------------------------


def with_gaps():
    """Return three runs of 2 s, with 1.5 s between the first two and 10 s before the third."""
    samples = (noise(6000, 2) // 64).astype(np.int16)
    starts = (0.0, 3.5, 15.5)
    return ArrayReader(
        [[(t, samples[2000 * n : 2000 * (n + 1)])] for n, t in enumerate(starts)], [1000.0]
    )


def test_gaps_are_played_across_at_the_same_pace(qapp, clock):
    view = View(with_gaps())
    view.window.set(0.0, 1.0)
    player = Player(view)
    player.toggle()
    length = view.window.t_max - view.window.t_min
    assert length == pytest.approx(17.5), "the axis of a recording has its gaps"
    seen = []
    for _ in range(165):
        tick(player, clock, 0.1)
        seen.append(view.window.t_start)
    assert seen == pytest.approx(np.arange(1, 166) * 0.1)
    assert not player.playing and view.window.t_start == pytest.approx(length - 1.0)


def test_in_the_midst_of_a_gap_there_is_nothing_to_draw_and_after_it_there_is(qtbot):
    view = shown(qtbot, with_gaps())
    view.view.window.set(1.5, 1.0)
    view.player.speed = 5.0
    runs = set()
    view.shown.connect(lambda: runs.add(len(view.frame.runs)))
    press(view, Key.Key_Space)
    qtbot.waitUntil(lambda: not view.player.playing, timeout=15_000)
    settle(qtbot, view)
    assert view.view.window.t_start == pytest.approx(16.5)
    assert runs >= {0, 1} and len(view.frame.runs) == 1 and "exact" in view.status

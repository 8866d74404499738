"""Every act of a view by each of its keys: the model is changed as it says, and in nothing else."""

from datetime import datetime

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import pixels, settle
from tests.viewer.qt.hands import (
    BESIDE,
    Button,
    Key,
    Mod,
    double_click,
    drag,
    in_lane,
    logical,
    move,
    press,
    screen,
    shown,
    wait_for_screen,
)
from viewer import HighPass
from viewer.engine import autoscale
from viewer.model.history import History
from viewer.qt.view.actions import VIEW_ACTIONS, by_key
from viewer.qt.view.navigation import key_name
from viewer.render import software

STEP = 2**0.5
CHOICES = ("display", "shown", "overlap", "butterfly", "time_format")
FLAGS = ("scale_bars", "crosshair", "events_shown", "spikes_shown")
LANES = np.arange(24)


@pytest.fixture
def plain(qtbot):
    """Return 24 channels of 60 s, 8 of them and seconds 20 to 22 on screen, drawn by software."""
    samples = (noise(60_000, 24) // 64).astype(np.int16)
    units, events = {"a": np.array([5.5, 40.25])}, {"stim": [(2.5, ""), (50.0, "")]}
    widget = shown(qtbot, ArrayReader.of(samples, units=units, events=events))
    widget.view.window.set(20.0, 2.0)
    channels = widget.view.channels
    channels.show_page(8, 8)
    channels.set_gain(np.where(LANES % 2, -2.0, 2.0))
    settle(qtbot, widget)
    widget.view.history = History()  # as if it had been opened here
    widget.note_place()
    return widget


def state(view):
    """Return all that an act may change."""
    model, channels = view.view, view.view.channels
    (panel,) = channels.panels
    return {
        "window": (model.window.t_start, model.window.duration),
        "page": (panel.first_lane, panel.lanes_per_page),
        "gain": np.abs(channels.gain).tolist(),
        "signs": np.sign(channels.gain).tolist(),
        "remove_dc": channels.remove_dc,
        "player": (view.player.playing, view.player.speed),
        **{name: getattr(model, name) for name in (*CHOICES, *FLAGS)},
    }


ACTS = {
    "A quarter window back": {"window": (19.5, 2.0)},
    "A quarter window on": {"window": (20.5, 2.0)},
    "A tenth of a window back": {"window": (19.8, 2.0)},
    "A tenth of a window on": {"window": (20.2, 2.0)},
    "A whole window back": {"window": (18.0, 2.0)},
    "A whole window on": {"window": (22.0, 2.0)},
    "Start of the recording": {"window": (0.0, 2.0)},
    "End of the recording": {"window": (58.0, 2.0)},
    "Back to where the view was": {},
    "Forward again": {},
    "Next event": {"window": (49.0, 2.0)},
    "Previous event": {"window": (1.5, 2.0)},
    "Next spike": {"window": (39.25, 2.0)},
    "Previous spike": {"window": (4.5, 2.0)},
    "Play": {"player": (True, 1.0)},
    "Play faster": {"player": (False, 2.0)},
    "Play slower": {"player": (False, 0.5)},
    "Zoom in on time": {"window": (21 - 1 / STEP, 2 / STEP)},
    "Zoom out of time": {"window": (21 - STEP, 2 * STEP)},
    "The whole recording": {"window": (0.0, 60.0)},
    "Channels above": {"page": (6, 8)},
    "Channels below": {"page": (10, 8)},
    "A page of channels up": {"page": (0, 8)},
    "A page of channels down": {"page": (16, 8)},
    "Next panel": {},
    "Heat map": {"display": "heat map"},
    "Butterfly": {"butterfly": True},
    "Let traces cross lanes": {"overlap": False},
    "Crosshair": {"crosshair": True},
    "Scale bars": {"scale_bars": False},
    "Show events": {"events_shown": False},
    "Show spikes": {"spikes_shown": False},
    "Next way to write times": {"time_format": "clock"},
    "More gain": {"gain": [2 * STEP] * 24},
    "Less gain": {"gain": [2 / STEP] * 24},
    "Gain 1": {"gain": [1.0] * 24},
    "Fit to the noise": {"gain": [1.0] * 24},
    "Fit each channel": None,
    "Take out resting levels": {"remove_dc": False},
    "Fewer, taller lanes": {"page": (8, 4)},
    "More, lower lanes": {"page": (8, 16)},
    "Lanes further apart": {"page": (9, 6), "gain": [1.5] * 24},
    "Lanes closer together": {"page": (6, 11), "gain": [2.75] * 24},
    "Show all channels": {},
    "Reset all channels": {"gain": [1.0] * 24, "signs": [1.0] * 24},
    "Undo reset": {},
    "Compare with raw": {},
    "Processed over raw": {},
}
"""What differs after an act, from the state of the fixture; None: see a test of its own."""

KEYS = [(action.text, key) for action in VIEW_ACTIONS for key in action.keys]


def strike(view, key):
    """Press a key as the table spells it."""
    stroke = QKeySequence(key)[0]
    press(view, stroke.key(), stroke.keyboardModifiers())


def test_all_acts_are_known_here_and_no_key_does_two_things():
    assert [action.text for action in VIEW_ACTIONS] == list(ACTS)
    keys = [QKeySequence(key).toString() for _, key in KEYS]
    assert len(set(keys)) == len(keys) == len(by_key())


@pytest.mark.parametrize(("text", "key"), [pair for pair in KEYS if ACTS[pair[0]] is not None])
def test_a_key_does_what_its_act_says_and_nothing_else(plain, qtbot, text, key):
    plain.player._timer.setInterval(10**9)  # where it goes is for others to hold
    want = {**state(plain), **ACTS[text]}

    def done():
        now = state(plain)
        for name, value in want.items():
            assert now[name] == (value if isinstance(value, str) else pytest.approx(value)), name

    strike(plain, key)
    qtbot.waitUntil(done)
    settle(qtbot, plain)
    done()
    assert np.array_equal(pixels(plain), software.render(plain.frame.scene))


@pytest.mark.parametrize("action", [a for a in VIEW_ACTIONS if a.on], ids=lambda a: a.text)
def test_a_switch_is_on_when_it_says_so_and_the_same_key_turns_it_back(plain, qtbot, action):
    if action.menu == "Signals":
        with qtbot.waitSignal(plain.reader_changed, timeout=20_000):
            plain.process([HighPass(60)])
    before = action.on(plain)
    for want in (not before, before):
        strike(plain, action.keys[0])
        assert action.on(plain) is want
    plain.player.pause()


def test_what_does_nothing_now_cannot_be_switched_by_its_key(plain):
    press(plain, Key.Key_M)
    press(plain, Key.Key_B)
    assert not plain.view.butterfly
    press(plain, Key.Key_C)
    press(plain, Key.Key_C, Mod.AltModifier)
    assert plain.view.shown == "processed", "there is nothing else"
    press(plain, Key.Key_M)
    press(plain, Key.Key_B)
    assert plain.view.butterfly


# -- acts that need more than a glance -----------------------------------------------------------


def again(view, key):
    """Tell of a key that is being held."""
    event = QKeyEvent(QEvent.Type.KeyPress, key, Mod.NoModifier, "", True)
    QApplication.sendEvent(view, event)


def test_every_act_leaves_a_visit_however_fast_they_follow(plain, qtbot):
    window = plain.view.window
    places = [plain.view.place]
    for key in (Key.Key_End, Key.Key_Home, Key.Key_PageDown, Key.Key_W):
        press(plain, key)  # with no picture in between
        places.append(plain.view.place)
    double_click(plain, in_lane(plain, 3))
    places.append(plain.view.place)
    settle(qtbot, plain)
    drag(
        plain,
        in_lane(plain, 2, across=0.2),
        in_lane(plain, 2, across=0.6),
        button=Button.RightButton,
    )
    places.append(plain.view.place)
    assert len(set(places)) == len(places) == 7 and window.duration < 1.0
    for want in places[-2::-1]:
        press(plain, Key.Key_Backspace)
        assert plain.view.place == want
    for want in places[1:]:
        press(plain, Key.Key_Backspace, Mod.ShiftModifier)
        assert plain.view.place == want


def test_what_a_held_key_does_is_one_visit(plain, qtbot):
    before = plain.view.place
    press(plain, Key.Key_Right)
    for _ in range(5):
        again(plain, Key.Key_Right)
        settle(qtbot, plain)
    assert plain.view.window.t_start == pytest.approx(23.0)
    press(plain, Key.Key_End)
    press(plain, Key.Key_Backspace)
    assert plain.view.window.t_start == pytest.approx(23.0)
    press(plain, Key.Key_Backspace)
    assert plain.view.place == before


def test_a_reset_is_undone_by_a_key_and_says_so(plain):
    said, channels = [], plain.view.channels
    plain.said.connect(said.append)
    channels.set_visible([3], False)
    before = channels.gain.copy()
    press(plain, Key.Key_R, Mod.ShiftModifier)
    assert channels.visible.all() and (channels.gain == 1).all() and "Ctrl+Z" in said[-1]
    press(plain, Key.Key_Z, Mod.ControlModifier)
    assert np.flatnonzero(~channels.visible).tolist() == [3]
    assert np.array_equal(channels.gain, before)


def test_fitting_measures_what_is_on_screen(plain, qtbot):
    channels = plain.view.channels
    channels.set_span(0, "uV", 7.0)
    want = autoscale.measure(plain.reader, channels, plain.view.timeline, (20.0, 22.0))
    press(plain, Key.Key_Y)
    qtbot.waitUntil(lambda: channels.span[0, "uV"] == want.span[0, "uV"])
    assert channels.rest == pytest.approx(want.rest)
    assert channels.gain.tolist() == np.where(LANES % 2, -1.0, 1.0).tolist()
    press(plain, Key.Key_Y, Mod.ShiftModifier)
    each = want.span[0, "uV"] / want.extent * np.where(LANES % 2, -1.0, 1.0)
    qtbot.waitUntil(lambda: channels.gain == pytest.approx(each))


def test_back_and_forward_lead_through_where_the_view_was(plain, qtbot, monkeypatch):
    monkeypatch.setattr("viewer.model.history.SETTLE", 0.0)
    window, channels = plain.view.window, plain.view.channels
    press(plain, Key.Key_End)
    settle(qtbot, plain)
    press(plain, Key.Key_PageUp, Mod.ControlModifier)
    settle(qtbot, plain)

    def go(modifier):
        press(plain, Key.Key_Backspace, modifier)
        settle(qtbot, plain)
        return window.t_start, channels.panel_of(0).first_lane

    assert [go(Mod.NoModifier) for _ in range(3)] == [(58.0, 8), (20.0, 8), (20.0, 8)]
    want = [(58.0, 8), (58.0, 0), (58.0, 0)]
    assert [go(Mod.ShiftModifier) for _ in range(3)] == want


def test_traces_are_cut_off_at_their_lanes_or_may_cross_them(plain, qtbot):
    plain.view.channels.set_gain(9.0)
    settle(qtbot, plain)
    top = plain.frame.layout.panels[0].box.y0 - plain.frame.layout.plot.y0
    height = plain.frame.layout.panels[0].box.height / 8
    color = plain.view.channels.color[9]

    def rows():
        inked = (pixels(plain)[..., :3] == color).all(axis=2).any(axis=1)
        return np.flatnonzero(inked)

    assert rows().min() < top + height - 3 and rows().max() > top + 2 * height + 3
    press(plain, Key.Key_L)
    settle(qtbot, plain)
    own = rows()[(rows() < top + 4 * height)]  # hues come again after eight
    assert own.min() >= round(top + height) and own.max() < round(top + 2 * height)


def test_times_go_round_through_their_formats_on_the_ruler(plain, qtbot):
    plain.view.recorded_at = datetime(2024, 5, 1, 14, 3, 0)
    words = []
    for _ in range(3):
        press(plain, Key.Key_T)
        settle(qtbot, plain)
        words.append({getattr(item, "text", "") for item in plain.frame.drawing})
    assert plain.view.time_format == "seconds"
    assert "14:03:21.0" in words[0] and "21\u2009000" in words[1] and "21.0" in words[2]


# -- keyboards ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "want"),
    [
        (Key.Key_Plus, Mod.NoModifier, "+", "+"),  # German
        (Key.Key_Plus, Mod.ShiftModifier, "+", "+"),  # American
        (Key.Key_Plus, Mod.KeypadModifier, "+", "+"),
        (Key.Key_Plus, Mod.ControlModifier | Mod.ShiftModifier, "+", "Ctrl++"),
        (Key.Key_0, Mod.ShiftModifier, "0", "0"),  # French
        (Key.Key_0, Mod.KeypadModifier, "0", "0"),
        (Key.Key_Period, Mod.ShiftModifier, ".", "."),  # French
        (Key.Key_Less, Mod.GroupSwitchModifier, "<", "<"),  # with AltGr, where < has no key
        (Key.Key_Greater, Mod.ShiftModifier, ">", ">"),
        (Key.Key_N, Mod.NoModifier, "n", "N"),
        (Key.Key_N, Mod.NoModifier, "N", "N"),  # with the capitals lock
        (Key.Key_N, Mod.ShiftModifier, "N", "Shift+N"),
        (Key.Key_N, Mod.ShiftModifier, "n", "Shift+N"),  # and Shift, which undoes it
        (Key.Key_Left, Mod.ShiftModifier | Mod.KeypadModifier, "", "Shift+Left"),
        (Key.Key_Backspace, Mod.ShiftModifier, "\x08", "Shift+Backspace"),
        (Key.Key_Space, Mod.NoModifier, " ", "Space"),
        (Key.Key_C, Mod.AltModifier, "c", "Alt+C"),
        (Key.Key_PageDown, Mod.ControlModifier, "", "Ctrl+PgDown"),
    ],
)
def test_keys_are_named_alike_on_all_keyboards(key, modifiers, text, want):
    assert key_name(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)) == want


@pytest.mark.parametrize("key", [0, 0x0422, 0x05D0, 0x3042, 0x01FFFFFF, Key.Key_Shift])
def test_letters_of_the_world_and_keys_without_a_name_are_left_to_the_window(plain, key):
    before = state(plain)
    event = QKeyEvent(QEvent.Type.KeyPress, key, Mod.NoModifier, chr(key) if 0 < key < 9999 else "")
    plain.keyPressEvent(event)
    assert not event.isAccepted() and state(plain) == before


# -- the crosshair -----------------------------------------------------------------------------


def test_the_crosshair_is_seen_on_the_screen_and_lets_the_mouse_through(view, qtbot):
    view.view.channels.set_visible(range(12), False)
    view.view.channels.set_visible([0], True)
    view.view.channels.set_gain(1e-6)
    view.view.events_shown = view.view.spikes_shown = False
    view.view.window.set(20.03, 0.5)
    settle(qtbot, view)
    place = in_lane(view, 0, across=0.3) + QPoint(0, 40)
    move(view, BESIDE)
    before = wait_for_screen(qtbot, view)
    press(view, Key.Key_X)
    move(view, place)
    settle(qtbot, view)
    plot, x, y = view.frame.layout.plot, place.x(), place.y()

    def changed():
        return (screen(view) != before).any(axis=2)

    def beside():
        """Return where the screen is changed beside the cross."""
        away = changed()
        away[:, x] = away[y] = False
        return np.argwhere(away)

    def crossed():
        upright, level = changed()[plot.y0 : plot.y1, x], changed()[y, plot.x0 : plot.x1]
        assert (~upright).sum() < 9 and level.all()  # in the ring around the sample it is hidden
        assert len(beside()) > 8

    qtbot.waitUntil(crossed)
    assert np.ptp(beside(), axis=0).max() < 12
    handle = view.window().windowHandle()
    QTest.mousePress(handle, Button.LeftButton, pos=logical(view, place.x(), place.y()))
    qtbot.waitUntil(lambda: view.drag is not None)
    QTest.mouseRelease(handle, Button.LeftButton, pos=place)
    qtbot.waitUntil(lambda: view.drag is None)
    move(view, BESIDE)
    qtbot.waitUntil(lambda: not changed().any())
    press(view, Key.Key_X)
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor and not view.overlay.isVisible()

"""Menus: every act stands in one, says what is true, and keys get where they belong."""

from functools import partial

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QMenu, QPushButton

from tests.viewer.qt.conftest import settle
from tests.viewer.qt.windows import (
    Key,
    Mod,
    choose_in,
    click,
    in_lane,
    make_window,
    open_path,
    press,
    right_click,
    write,
)
from viewer import HighPass
from viewer.qt.view.actions import VIEW_ACTIONS
from viewer.qt.window import docks
from viewer.qt.window.actions import WINDOW_ACTIONS
from viewer.qt.window.menus import ALWAYS


@pytest.fixture
def empty(qtbot):
    return make_window(qtbot)


@pytest.fixture
def window(qtbot, empty):
    open_path(qtbot, empty)
    return empty


def items(menu):
    """Return the acts of a menu, without lines and menus below it."""
    return [item for item in menu.actions() if not item.isSeparator() and item.menu() is None]


def item(window, menu, text):
    (found,) = (item for item in items(window.menus.menus[menu]) if item.text() == text)
    return found


# -- what stands in the menus --------------------------------------------------------------------


def test_every_act_stands_in_its_menu_with_its_keys_and_a_tip(empty):
    for name, menu in empty.menus.menus.items():
        acts = [act for act in (*WINDOW_ACTIONS, *VIEW_ACTIONS) if act.menu == name]
        keys = {item.text(): [key.toString() for key in item.shortcuts()] for item in items(menu)}
        assert keys == {
            act.text: [QKeySequence(key).toString() for key in act.keys] for act in acts
        }
        assert all(len(item.toolTip()) > 3 for item in items(menu))
        assert menu.toolTipsVisible()
    titles = [action.text() for action in empty.menuBar().actions()]
    assert titles == ["&File", "&Go", "&View", "&Scale", "&Signals", "&Window", "&Help"]


def test_acts_of_one_group_stand_together(empty):
    for name, menu in empty.menus.menus.items():
        of_text = {a.text: a.group for a in (*WINDOW_ACTIONS, *VIEW_ACTIONS) if a.menu == name}
        groups = [[]]
        for entry in menu.actions():
            if entry.isSeparator():
                groups.append([])
            elif entry.menu() is None:
                groups[-1].append(of_text[entry.text()])
        assert all(len(set(group)) == 1 for group in groups), name
        assert [group[0] for group in groups] == sorted(set(of_text.values())), name


def test_acts_that_need_a_recording_are_possible_only_with_one(qtbot, empty):
    def enabled():
        menus = empty.menus.menus.values()
        return {item.text() for menu in menus for item in items(menu) if item.isEnabled()}

    QTest.mouseClick(empty.menuBar(), Qt.MouseButton.LeftButton, pos=QPoint(10, 8))
    press(empty, Key.Key_Escape)
    press(empty, Key.Key_Escape)
    assert enabled() == ALWAYS
    assert not (empty.bars.time.isEnabled() or empty.bars.filters.isEnabled())
    open_path(qtbot, empty)
    every = {act.text for act in (*WINDOW_ACTIONS, *VIEW_ACTIONS)}
    moot = {"Compare with raw", "Processed over raw", "Show all channels", "Undo reset"}
    moot.add("Describe this file…")  # no flat binary one
    assert enabled() == every - moot
    assert empty.bars.time.isEnabled() and empty.bars.filters.isEnabled()


def test_what_can_be_done_follows_what_is_shown(qtbot, window):
    view = window.signal_view
    can = {text: act.isEnabled for text, act in window.menus.actions.items()}
    press(window, Key.Key_B)
    qtbot.waitUntil(window.menus.actions["Butterfly"].isChecked)
    press(window, Key.Key_M)
    qtbot.waitUntil(lambda: not can["Butterfly"]())
    assert not window.menus.actions["Butterfly"].isChecked() and view.view.butterfly
    press(window, Key.Key_M)
    qtbot.waitUntil(can["Butterfly"])
    assert window.menus.actions["Butterfly"].isChecked()
    view.process([HighPass(60)])
    qtbot.waitUntil(lambda: can["Compare with raw"]() and can["Processed over raw"]())
    view.process([])
    qtbot.waitUntil(lambda: not (can["Compare with raw"]() or can["Processed over raw"]()))
    view.view.channels.set_visible([2], False)
    qtbot.waitUntil(can["Show all channels"])
    view.view.channels.set_gain(2.0)
    item(window, "Scale", "Reset all channels").trigger()
    qtbot.waitUntil(lambda: can["Undo reset"]() and not can["Show all channels"]())
    item(window, "Scale", "Undo reset").trigger()
    assert view.view.channels.gain.tolist() == [2.0] * 9
    assert np.flatnonzero(~view.view.channels.visible).tolist() == [2]
    assert not can["Undo reset"]()


def test_no_entry_of_a_menu_has_an_icon(qtbot, window):
    qtbot.waitUntil(lambda: not window.menus.actions["Heat map"].icon().isNull())
    assert not any(act.isIconVisibleInMenu() for act in window.menus.actions.values())


def test_without_a_recording_keys_that_need_one_do_nothing(empty):
    before = empty.saveState()
    for act in (*WINDOW_ACTIONS, *VIEW_ACTIONS):
        if act.text not in ALWAYS:
            for key in act.keys:
                QTest.keySequence(empty, QKeySequence(key))
    assert empty.saveState() == before
    assert not empty.zen.on and empty.menuBar().isVisible() and empty.statusBar().isVisible()
    assert QApplication.activeModalWidget() is None


# -- what is on ----------------------------------------------------------------------------------


SWITCHES = [
    ("View", "Heat map", "display", "traces", "heat map"),
    ("View", "Butterfly", "butterfly", False, True),
    ("View", "Let traces cross lanes", "overlap", False, True),
    ("View", "Crosshair", "crosshair", False, True),
    ("View", "Scale bars", "scale_bars", False, True),
    ("View", "Show events", "events_shown", False, True),
    ("View", "Show spikes", "spikes_shown", False, True),
    ("Signals", "Compare with raw", "shown", "processed", "raw"),
    ("Signals", "Processed over raw", "shown", "processed", "both"),
]


def test_what_is_on_follows_the_model_and_the_model_what_is_clicked(qtbot, window):
    view = window.signal_view.view
    with qtbot.waitSignal(window.signal_view.reader_changed, timeout=20_000):
        window.signal_view.process([HighPass(60)])
    for menu, text, name, off, on in SWITCHES:
        switch = item(window, menu, text)
        for value in (on, off, on):
            setattr(view, name, value)
            qtbot.waitUntil(lambda switch=switch, is_on=value == on: switch.isChecked() == is_on)
        switch.trigger()
        assert getattr(view, name) == off and not switch.isChecked(), text
        switch.trigger()
        assert getattr(view, name) == on and switch.isChecked(), text
        setattr(view, name, off)
    checkable = {a.text for a in VIEW_ACTIONS if a.on is not None}
    assert checkable == {text for _, text, *_ in SWITCHES} | {"Play", "Take out resting levels"}


def test_what_the_channels_and_the_player_do_is_on_in_the_menu(qtbot, window):
    view = window.signal_view
    level = item(window, "Scale", "Take out resting levels")
    view.view.channels.remove_dc = True
    qtbot.waitUntil(level.isChecked)
    press(window, Key.Key_D)
    qtbot.waitUntil(lambda: not level.isChecked())
    assert not view.view.channels.remove_dc
    play = item(window, "Go", "Play")
    press(window, Key.Key_Space)
    qtbot.waitUntil(play.isChecked)
    view.player.pause()
    qtbot.waitUntil(lambda: not play.isChecked())


def test_what_is_shown_around_the_view_is_right_when_a_menu_opens(qtbot, window):
    dock = window.docks["units"]
    window.menus.menus["Window"].aboutToShow.emit()
    assert item(window, "Window", "Units").isChecked()
    dock.close()  # by the button in its title
    window.removeToolBar(window.bars.time)  # as the toolbars' own menu does
    window.menus.menus["Window"].aboutToShow.emit()
    assert not item(window, "Window", "Units").isChecked()
    assert not item(window, "Window", "Time bar").isChecked()
    item(window, "Window", "Units").trigger()
    assert window.docks.shown("units") and item(window, "Window", "Units").isChecked()


def test_a_button_of_the_toolbar_is_the_same_act(qtbot, window):
    button = window.bars.time.widgetForAction(window.menus.actions["Heat map"])
    click(button)
    assert window.signal_view.view.display == "heat map" and button.isChecked()
    window.signal_view.view.display = "traces"
    qtbot.waitUntil(lambda: not button.isChecked())
    assert window.signal_view.hasFocus()


def test_choices_below_menus_mark_what_is_so(qtbot, window):
    view = window.signal_view
    (below,) = (a.menu() for a in window.menus.menus["View"].actions() if a.text() == "Times as")
    below.aboutToShow.emit()
    assert [a.text() for a in below.actions() if a.isChecked()] == ["Seconds"]
    next(a for a in below.actions() if a.text() == "Samples").trigger()
    assert view.view.time_format == "samples"
    press(window, Key.Key_T)
    below.aboutToShow.emit()
    assert [a.text() for a in below.actions() if a.isChecked()] == ["Seconds"]


# -- where keys go -------------------------------------------------------------------------------


def test_letters_written_into_a_line_do_not_act(window):
    view = window.signal_view.view
    press(window, Key.Key_G)
    before = view.place, view.display, view.butterfly, view.crosshair, view.shown
    write(window, "mbxzcko hwnp0+-=.,<>?")
    press(window, Key.Key_Home)
    press(window, Key.Key_Right)
    press(window, Key.Key_N, Mod.ShiftModifier)
    assert window.bars.time.place.text() == "mnbxzcko hwnp0+-=.,<>?"
    press(window, Key.Key_Backspace)
    press(window, Key.Key_End)
    press(window, Key.Key_Space)
    assert window.bars.time.place.text() == "mbxzcko hwnp0+-=.,<>? "
    assert (view.place, view.display, view.butterfly, view.crosshair, view.shown) == before
    assert not window.zen.on and not window.signal_view.player.playing
    press(window, Key.Key_S, Mod.ControlModifier)  # no letter: it acts from anywhere
    assert QApplication.activeModalWidget().windowTitle() == "Save the view"
    QApplication.activeModalWidget().reject()


@pytest.mark.parametrize("place", ["toolbar", "dock", "floating dock"])
def test_keys_pressed_beside_the_view_reach_it(qtbot, monkeypatch, place):
    monkeypatch.setattr(docks, "_info", lambda view: QPushButton("a button"))
    window = make_window(qtbot)
    view = open_path(qtbot, window)
    button = window.bars.filters.clear_button
    button.setEnabled(True)
    if place != "toolbar":
        dock = window.docks["info"]
        dock.raise_()
        qtbot.waitUntil(lambda: window.docks.content("info") is not None)
        dock.setFloating(place.startswith("floating"))
        button = window.docks.content("info")
    button.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    view.view.window.set(20.0, 2.0)
    hand = button.window()
    press(hand, Key.Key_PageDown)
    assert view.view.window.t_start == 22.0
    press(hand, Key.Key_M)
    assert view.view.display == "heat map"
    press(hand, Key.Key_Plus)
    assert np.allclose(view.view.channels.gain, 2**0.5)
    press(hand, Key.Key_O)
    assert not window.overview_shown
    press(hand, Key.Key_Return, Mod.ControlModifier)
    qtbot.waitUntil(view.hasFocus)


# -- the context menu ----------------------------------------------------------------------------


def texts(menu):
    return [item.text() for item in menu.actions() if not item.isSeparator()]


def test_the_context_menu_of_a_channel_acts_on_it(qtbot, window):
    view = window.signal_view
    channels = view.view.channels
    open_menu = partial(right_click, qtbot, view)
    menu = open_menu(in_lane(view, 3))
    named = ["Show s0c3 alone", "Hide s0c3", "Turn s0c3 over", "Mark s0c3 as bad"]
    assert texts(menu)[:4] == named
    choose_in(menu, "Turn s0c3 over")
    assert channels.gain.tolist() == [1, 1, 1, -1, 1, 1, 1, 1, 1]
    choose_in(open_menu(in_lane(view, 3)), "Mark s0c3 as bad")
    assert np.flatnonzero(channels.bad).tolist() == [3]
    choose_in(open_menu(in_lane(view, 3)), "Mark s0c3 as good")
    assert not channels.bad.any()
    choose_in(open_menu(in_lane(view, 7)), "Hide s1c1")
    assert np.flatnonzero(~channels.visible).tolist() == [7]
    settle(qtbot, view)
    choose_in(open_menu(in_lane(view, 2)), "Show s0c2 alone")
    assert channels.shown.tolist() == [2]
    settle(qtbot, view)
    choose_in(open_menu(in_lane(view, 2)), "Show the others again")
    assert channels.shown.tolist() == [0, 1, 2, 3, 4, 5, 6, 8]


def test_the_context_menu_shows_all_channels_where_some_are_hidden(qtbot, window):
    view = window.signal_view
    channels = view.view.channels
    assert "Show all channels" not in texts(right_click(qtbot, view, in_lane(view, 3)))
    press(QApplication.activePopupWidget(), Key.Key_Escape)
    channels.set_gain(2.0)
    channels.set_visible([0, 7], False)
    settle(qtbot, view)
    choose_in(right_click(qtbot, view, in_lane(view, 3)), "Show all channels")
    assert channels.visible.all() and (channels.gain == 2).all()


def test_context_menus_go_when_they_close(qtbot, window):
    view = window.signal_view
    before = len(window.findChildren(QMenu))
    for _ in range(3):
        press(window, Key.Key_Escape) if QApplication.activePopupWidget() else None
        menu = right_click(qtbot, view, in_lane(view, 1))
        QTest.keyClick(menu, Key.Key_Escape)
        qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    qtbot.waitUntil(lambda: len(window.findChildren(QMenu)) == before)


def test_a_context_menu_whose_recording_is_replaced_does_no_harm(qtbot, window):
    view = window.signal_view
    menu = right_click(qtbot, view, in_lane(view, 1))
    open_path(qtbot, window)
    choose_in(menu, "Hide s0c1")
    assert window.signal_view is not view
    assert window.signal_view.view.channels.visible.all()

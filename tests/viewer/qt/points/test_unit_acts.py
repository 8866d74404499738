"""What mouse and keys on the table of units do to the view."""

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QColorDialog, QMenu, QVBoxLayout

from tests.viewer.qt.dialogs.asking import met_by_tab
from tests.viewer.qt.points.tables import (
    Listener,
    at,
    click,
    double_click,
    four_units,
    settle,
    units_reader,
)
from viewer.model import View
from viewer.model.theme import DARK, LIGHT
from viewer.qt.points.unit_table import UnitTable
from viewer.qt.window.look import palette_of

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def panel(qtbot):
    return four_units(qtbot)


# -- showing and hiding, colours -----------------------------------------------------------------


def test_a_click_on_a_check_box_hides_that_unit_and_selects_nothing(qtbot, panel, units):
    click(qtbot, panel.points, 2, "check")
    assert units.visible.tolist() == [True, True, False, True]
    assert units.selected is None and panel.points.selected_rows == []
    settle(qtbot, panel)
    assert panel.total.text() == "4 units · 1 hidden · 266 spikes"
    click(qtbot, panel.points, 2, "check")
    assert units.visible.all()


def test_two_quick_clicks_on_a_check_box_hide_and_show(qtbot, panel, units):
    changes = []
    units.changed.connect(lambda: changes.append(bool(units.visible[0])))
    double_click(qtbot, panel.points, 0, "check")
    assert changes == [False, True] and units.selected is None


def test_space_and_check_boxes_act_on_all_that_are_selected(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    click(qtbot, panel.points, 3, "Unit", held=Held.ShiftModifier)
    qtbot.keyClick(panel.points, Key.Key_Space)
    assert units.visible.tolist() == [True, False, False, False]
    click(qtbot, panel.points, 3, "check")
    assert units.visible.all()
    click(qtbot, panel.points, 0, "check")
    assert units.visible.tolist() == [False, True, True, True]


def test_del_hides_what_is_selected_or_what_has_the_keyboard(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    click(qtbot, panel.points, 2, "Unit", held=Held.ShiftModifier)
    for _ in range(2):
        qtbot.keyClick(panel.points, Key.Key_Delete)
        assert units.visible.tolist() == [True, False, False, True]
    panel.points.clearSelection()
    panel.points.setCurrentIndex(panel.points.rows.index(3, 0))
    panel.points.clearSelection()
    qtbot.keyClick(panel.points, Key.Key_Delete)
    assert units.visible.tolist() == [True, False, False, False]


def test_tab_goes_from_top_to_bottom(qtbot, panel):
    met = met_by_tab(qtbot, panel, panel.filter, 4)
    assert met == [panel.filter, panel.points, panel.previous, panel.next]


def choose(qtbot, panel, row, text):
    """Open a row's menu with the right button, and take an entry."""
    panel.points.open_menu(row, panel.points.viewport().mapToGlobal(at(panel.points, row, "Unit")))
    (menu,) = panel.findChildren(QMenu)
    entries = {action.text(): action for action in menu.actions() if action.text()}
    entries[text].trigger()
    menu.close()
    sip.delete(menu)
    return list(entries)


def test_the_menu_shows_hides_and_colours(qtbot, panel, units):
    fresh = units.color.copy()
    entries = choose(qtbot, panel, 1, "Show only these")
    assert entries == ["Show only these", "Hide", "Show all", "Colour…", "Colours as at first"]
    assert units.visible.tolist() == [False, True, False, False]
    assert "Hide" not in choose(qtbot, panel, 2, "Show")
    assert units.visible.tolist() == [False, True, True, False]
    choose(qtbot, panel, 2, "Hide")
    choose(qtbot, panel, 0, "Show all")
    assert units.visible.all() and units.selected is None
    units.set_color((1, 2, 3))
    choose(qtbot, panel, 0, "Colours as at first")
    assert np.array_equal(units.color, fresh)


def test_the_menu_acts_on_all_selected_rows_if_it_is_opened_on_one(qtbot, panel, units):
    panel.points.selectAll()
    choose(qtbot, panel, 2, "Hide")
    assert not units.visible.any()


def test_a_right_click_opens_the_menu_and_leaves_what_is_selected(qtbot, panel, units):
    click(qtbot, panel.points, 0, "Unit")
    click(qtbot, panel.points, 2, "Unit", button=Qt.MouseButton.RightButton)
    assert units.selected == 0 and panel.points.numbers == [0]


def test_a_double_click_on_a_colour_asks_for_another_and_shows_it_at_once(qtbot, panel, units):
    before = units.color.copy()
    double_click(qtbot, panel.points, 1, "colour")
    (dialog,) = panel.findChildren(QColorDialog)
    assert dialog.isVisible() and not dialog.isModal()
    assert dialog.testOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
    assert dialog.currentColor().getRgb()[:3] == tuple(before[1].tolist())
    dialog.setCurrentColor(QColor(9, 8, 7))
    assert units.color[1].tolist() == [9, 8, 7]
    dialog.reject()
    assert np.array_equal(units.color, before) and units.selected is None
    qtbot.waitUntil(lambda: not panel.findChildren(QColorDialog))
    double_click(qtbot, panel.points, 1, "colour")
    (dialog,) = panel.findChildren(QColorDialog)
    dialog.setCurrentColor(QColor(9, 8, 7))
    dialog.accept()
    assert units.color[1].tolist() == [9, 8, 7]
    assert np.array_equal(np.delete(units.color, 1, 0), np.delete(before, 1, 0))


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_swatches_have_the_colours_of_the_theme_selected_or_not(qtbot, panel, theme):
    panel._view.theme = theme
    panel.setPalette(palette_of(theme))
    click(qtbot, panel.points, 1, "Unit")
    settle(qtbot, panel)
    image = panel.points.viewport().grab().toImage()
    for row in range(3):
        color = image.pixelColor(at(panel.points, row, "colour")).getRgb()[:3]
        # The screen of tests may have 16 bits a pixel.
        assert color == pytest.approx(panel._view.units.color[row].tolist(), abs=8)
    panel._view.units.set_visible([2], False)
    settle(qtbot, panel)
    image = panel.points.viewport().grab().toImage()
    hollow = image.pixelColor(at(panel.points, 2, "colour")).getRgb()[:3]
    assert hollow == pytest.approx(theme.background, abs=8)


# -- going through ---------------------------------------------------------------------------------


def test_a_click_selects_a_unit_and_another_click_gives_it_up(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    assert units.selected == 1 and units.gone_through == [1]
    click(qtbot, panel.points, 2, "Spikes")
    assert units.selected == 2
    click(qtbot, panel.points, 2, "Unit")
    assert units.selected is None and panel.points.selected_rows == []


def test_arrows_go_from_unit_to_unit_and_escape_gives_up(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    qtbot.keyClick(panel.points, Key.Key_Down)
    assert units.selected == 2
    qtbot.keyClick(panel.points, Key.Key_Home)
    assert units.selected == 0
    qtbot.keyClick(panel.points, Key.Key_End)
    assert units.selected == 3
    qtbot.keyClick(panel.points, Key.Key_Escape)
    assert units.selected is None and panel.points.selected_rows == []


def test_of_several_selected_units_none_is_gone_through_alone(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    click(qtbot, panel.points, 2, "Unit", held=Held.ControlModifier)
    assert units.selected is None and panel.points.numbers == [1, 2]
    settle(qtbot, panel)
    assert panel.points.numbers == [1, 2]


def test_a_unit_selected_elsewhere_is_selected_here(qtbot, panel, units):
    units.select(3)
    settle(qtbot, panel)
    assert panel.points.numbers == [3] and panel.points.current_row == 3
    units.select(None)
    settle(qtbot, panel)
    assert panel.points.numbers == []


@pytest.mark.parametrize("before", [None, 1, 2])
def test_a_double_click_goes_to_the_next_spike_of_that_unit(qtbot, panel, units, before):
    units.select(before)
    settle(qtbot, panel)
    told = []
    panel.next_wanted.connect(lambda: told.append(units.selected))
    double_click(qtbot, panel.points, 2, "Unit")
    assert told == [2] and units.selected == 2 and panel.points.numbers == [2]


def test_buttons_and_keys_go_to_spikes(qtbot, panel, units):
    told = []
    panel.next_wanted.connect(lambda: told.append("next"))
    panel.previous_wanted.connect(lambda: told.append("previous"))
    qtbot.mouseClick(panel.next, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.previous, Qt.MouseButton.LeftButton)
    click(qtbot, panel.points, 1, "Unit")
    qtbot.keyClick(panel.points, Key.Key_N, Held.ShiftModifier)
    qtbot.keyClick(panel.points, Key.Key_P, Held.ShiftModifier)
    qtbot.keyClick(panel.points, Key.Key_Return)
    assert told == ["next", "previous", "next", "previous", "next"]
    assert "Shift+N" in panel.next.toolTip() and "Shift+P" in panel.previous.toolTip()


def test_other_keys_go_on_to_the_window_around(qtbot):
    reader = units_reader()
    around = Listener()
    panel = UnitTable(reader, View(reader), around)
    QVBoxLayout(around).addWidget(panel)
    qtbot.addWidget(around, before_close_func=lambda _: panel.stop())
    around.show()
    settle(qtbot, panel)
    panel.points.setFocus()
    keys = [Key.Key_N, Key.Key_Left, Key.Key_Right, Key.Key_Escape, Key.Key_U, Key.Key_Plus]
    for key in keys:
        qtbot.keyClick(panel.points, key)
    assert around.keys == keys
    assert panel.points.selected_rows == []
    panel.filter.setFocus()
    qtbot.keyClicks(panel.filter, "n")
    assert around.keys == keys and panel.filter.text() == "n"

"""What is done to channels in their table, by mouse and keyboard, against the model's values."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QGuiApplication
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QToolButton

from rawio import open_recording
from tests.viewer.qt.channels.channel_tables import (
    GAIN,
    LEFT,
    OFF,
    OFFSET,
    ON,
    PARTLY,
    SAMPLE,
    Held,
    Key,
    act,
    box,
    center,
    click,
    double_click,
    enabled,
    heading,
    lines,
    pick,
    press,
    recording,
    settle,
    tool,
    write,
)
from viewer.model.theme import LIGHT
from viewer.qt.channels.columns import Column, number_of

# -- showing and hiding ----------------------------------------------------------------------------


def test_a_click_on_a_box_hides_a_channel_and_the_next_shows_it(table):
    at = box(table, table.model.index_of(3))
    click(table, at)
    assert np.flatnonzero(~table.view.channels.visible).tolist() == [3]
    assert table.model.index_of(3).data(Qt.ItemDataRole.CheckStateRole) == OFF
    assert table.foot.text().startswith("11 of 12 shown")
    click(table, at)
    assert table.view.channels.visible.all()


def test_a_click_on_a_box_of_several_selected_is_for_all_of_them(table):
    pick(table, 1, 4, 6)
    click(table, box(table, table.model.index_of(4)))
    assert np.flatnonzero(~table.view.channels.visible).tolist() == [1, 4, 6]
    assert table.selected_rows.tolist() == [1, 4, 6]
    click(table, box(table, table.model.index_of(8)))
    assert np.flatnonzero(~table.view.channels.visible).tolist() == [1, 4, 6, 8]


def test_boxes_of_headings_are_for_all_below_and_say_when_it_is_some(make):
    table = make(recording(8, 3, probe=True))
    channels, state = table.view.channels, Qt.ItemDataRole.CheckStateRole
    group = np.array([info.shank == "1" for info in channels.infos])
    click(table, box(table, heading(table, "shank 1")))
    assert channels.visible.tolist() == (~group).tolist()
    states = [heading(table, text).data(state) for text in ("s0", "shank 0", "shank 1", "s1")]
    assert states == [PARTLY, ON, OFF, ON]
    click(table, box(table, heading(table, "s0")))
    assert channels.visible.all()
    click(table, box(table, heading(table, "s0")))
    assert np.flatnonzero(channels.visible).tolist() == [8, 9, 10]
    assert [panel.stream for panel in channels.panels] == [1]
    table.tree.collapse(heading(table, "s0"))
    click(table, box(table, heading(table, "s0")))
    assert channels.visible.all()
    assert not table.tree.isExpanded(heading(table, "s0"))


def test_keys_show_and_hide(table):
    channels = table.view.channels
    channels.set_visible([5], False)
    pick(table, 4, 5)
    press(table, Key.Key_Space)
    assert channels.visible.all()
    press(table, Key.Key_Space)
    assert np.flatnonzero(~channels.visible).tolist() == [4, 5]
    pick(table, 0, 7)
    press(table, Key.Key_Delete)
    assert np.flatnonzero(~channels.visible).tolist() == [0, 4, 5, 7]
    press(table, Key.Key_A, Held.ControlModifier)
    press(table, Key.Key_Space)
    assert channels.visible.all() and len(table.selected_rows) == 12


def test_only_the_selected_and_their_order_stays(table):
    channels = table.view.channels
    channels.set_order([*range(6, 12), *range(6)])
    settle(table)
    pick(table, 2, 7)
    tool(table, "Only").click()
    assert np.flatnonzero(channels.visible).tolist() == [2, 7]
    assert channels.order.tolist() == [*range(6, 12), *range(6)]
    act(table.row_menu, "Show the hidden, hide the shown")
    assert np.flatnonzero(~channels.visible).tolist() == [2, 7]
    tool(table, "All").click()
    settle(table)
    assert channels.visible.all()
    assert not enabled(table.row_menu, "Show the hidden, hide the shown")
    tool(table, "Hide").click()
    assert np.flatnonzero(~channels.visible).tolist() == [2, 7]
    act(table.row_menu, "Show")
    assert channels.visible.all()


def test_solo_and_back(table):
    channels = table.view.channels
    channels.set_visible([11], False)
    pick(table, 3)
    button = tool(table, "Solo")
    QTest.mouseClick(button, LEFT)
    settle(table)
    assert np.flatnonzero(channels.visible).tolist() == [3] and button.isChecked()
    pick(table, 5)
    act(table.row_menu, "Solo c5")
    assert np.flatnonzero(channels.visible).tolist() == [5]
    QTest.mouseClick(button, LEFT)
    settle(table)
    assert np.flatnonzero(~channels.visible).tolist() == [11] and not button.isChecked()
    assert channels.page_of(0).tolist() == [2, 3, 4, 5, 6]
    assert not enabled(table.row_menu, "Back from solo")
    act(table.row_menu, "Solo c5")
    act(table.row_menu, "Back from solo")
    assert np.flatnonzero(~channels.visible).tolist() == [11]


def test_with_nothing_selected_nothing_is_done(table):
    assert [tool(table, text).isEnabled() for text in ("Only", "Solo", "Hide", "Bad", "All")] == [
        *[False] * 4,
        True,
    ]
    assert not enabled(table.row_menu, "Hide") and not enabled(table.gain_menu, "Double")
    events = []
    table.view.changed.connect(lambda: events.append(1))
    for key in (Key.Key_Space, Key.Key_Delete):
        press(table, key)
    assert table.view.channels.visible.all()
    pick(table, 1)
    assert tool(table, "Only").isEnabled() and enabled(table.gain_menu, "Double")


# -- gain, offset, colour --------------------------------------------------------------------------


def test_writing_a_gain_and_an_offset(table):
    channels = table.view.channels
    write(table, 3, GAIN, "2.5")
    write(table, 4, OFFSET, "-1e-3")
    write(table, 5, GAIN, " -0,25 ")
    expected = np.ones(12)
    expected[[3, 5]] = 2.5, -0.25
    assert channels.gain.tolist() == expected.tolist()
    assert channels.offset.tolist() == [0, 0, 0, 0, -1e-3, *[0] * 7]
    assert table.model.index_of(4, OFFSET).data() == "\N{MINUS SIGN}0.001"
    write(table, 3, GAIN, "7", end=Key.Key_Escape)
    assert channels.gain.tolist() == expected.tolist()


def test_writing_into_one_of_several_selected_is_for_all_of_them(table):
    pick(table, 2, 5, 9)
    write(table, 5, GAIN, "3")
    assert np.flatnonzero(table.view.channels.gain == 3).tolist() == [2, 5, 9]
    write(table, 9, OFFSET, "12")
    assert np.flatnonzero(table.view.channels.offset == 12).tolist() == [2, 5, 9]
    write(table, 7, OFFSET, "4")
    assert np.flatnonzero(table.view.channels.offset == 4).tolist() == [7]
    press(table, Key.Key_F2)
    editor = table.focusWidget()
    assert editor.text() == "4"
    QTest.keyClicks(editor, "8")
    QTest.keyClick(editor, Key.Key_Return)
    settle(table)
    assert table.view.channels.offset[7] == 8


@pytest.mark.parametrize("text", ["abc", "", "nan", "inf", "1.5.2", "1e9", "0"])
def test_a_gain_that_is_none_is_said_and_the_old_one_stays(table, text):
    table.view.channels.set_gain(0.3333333333, [3])
    settle(table)
    write(table, 3, GAIN, text or " ")
    assert table.view.channels.gain.tolist() == [1, 1, 1, 0.3333333333, *[1] * 8]
    assert "gain" in table.foot.text() and table.foot.text().endswith(".")
    assert table.model.index_of(3, GAIN).data() == "0.3333"
    pick(table, 5)
    assert "gain" in table.foot.text()


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3.0), (" -0,5 ", -0.5), ("\N{MINUS SIGN}2e-3", -0.002), ("+1.", 1.0)]
)
def test_numbers_as_people_write_them(text, value):
    assert number_of(OFFSET, text) == number_of(GAIN, text) == value


def test_leaving_a_number_as_it_is_keeps_all_its_digits(table):
    table.view.channels.set_gain(0.123456789012345, [3])
    settle(table)
    double_click(table, center(table, 3, GAIN))
    QTest.keyClick(table.focusWidget(), Key.Key_Return)
    settle(table)
    assert table.view.channels.gain[3] == 0.123456789012345


def test_gains_of_the_selected(table):
    channels, menu = table.view.channels, table.gain_menu
    channels.set_gain(np.arange(1.0, 13.0))
    channels.invert([4])
    channels.set_offset(2.0)
    pick(table, 2, 4, 6)
    act(menu, "Double")
    assert channels.gain[[2, 4, 6, 7]].tolist() == [6, -10, 14, 8]
    act(menu, "Halve")
    assert channels.gain[[2, 4, 6, 7]].tolist() == [3, -5, 7, 8]
    act(menu, "Same as c6")
    assert channels.gain[[2, 4, 6, 7]].tolist() == [7, -7, 7, 8]
    act(menu, "Turn over")
    assert channels.gain[[2, 4, 6, 7]].tolist() == [-7, 7, -7, 8]
    act(menu, "Set to 1")
    assert channels.gain[[2, 4, 6, 7]].tolist() == [-1, 1, -1, 8]
    act(menu, "No offset")
    assert np.flatnonzero(channels.offset == 0).tolist() == [2, 4, 6]


def test_marking_as_bad(table):
    pick(table, 1, 2)
    button = tool(table, "Bad")
    QTest.mouseClick(button, LEFT)
    settle(table)
    assert np.flatnonzero(table.view.channels.bad).tolist() == [1, 2] and button.isChecked()
    pick(table, 2, 3)
    assert not button.isChecked()
    act(table.row_menu, "Mark as bad")
    assert np.flatnonzero(table.view.channels.bad).tolist() == [1, 2, 3]
    settle(table)
    QTest.mouseClick(button, LEFT)
    assert np.flatnonzero(table.view.channels.bad).tolist() == [1]
    pick(table, 1)
    act(table.row_menu, "Mark as good")
    assert not table.view.channels.bad.any()


def test_a_click_on_a_colour_offers_others(table):
    channels = table.view.channels
    before = channels.color.copy()
    pick(table, 4, 7)
    click(table, center(table, 7, Column.COLOR))
    menu = QApplication.activePopupWidget()
    assert menu is table.color_menu
    for _ in range(4):
        QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Return)
    settle(table)
    assert (channels.color[[4, 7]] == table.view.theme.channel_colors(8)[3]).all()
    before[[4, 7]] = channels.color[[4, 7]]
    assert (channels.color == before).all()
    act(table.color_menu, "As at first")
    assert (channels.color == table.view.fresh_colors()).all()


def test_any_colour_and_back_again(table, qtbot):
    channels = table.view.channels
    before = channels.color.copy()
    pick(table, 4, 7)
    act(table.color_menu, "Other…")
    dialog = table.color_dialog
    qtbot.waitExposed(dialog)
    assert not dialog.isModal() and dialog.currentColor() == QColor(*before[7].tolist())
    dialog.setCurrentColor(QColor(1, 2, 3))
    assert channels.color[[4, 7, 5]].tolist() == [[1, 2, 3], [1, 2, 3], before[5].tolist()]
    dialog.reject()
    assert (channels.color == before).all() and table.color_dialog is None
    act(table.color_menu, "Other…")
    dialog = table.color_dialog
    pick(table, 0)
    dialog.setCurrentColor(QColor(9, 8, 7))
    dialog.accept()
    assert np.flatnonzero((channels.color == [9, 8, 7]).all(axis=1)).tolist() == [4, 7]


def test_colours_by_what_is_known(make):
    table = make(recording(8, 2, probe=True))
    channels, theme = table.view.channels, table.view.theme
    fresh = channels.color.copy()
    act(table.color_menu, "By group")
    assert channels.color.tolist() == theme.channel_colors(5)[[0, 1, 2, 3] * 2 + [4, 4]].tolist()
    act(table.color_menu, "As at first")
    pick(table, 4, 0)
    act(table.color_menu, "By depth")
    changed = np.flatnonzero((channels.color != fresh).any(axis=1))
    assert changed.tolist() == [0, 4]
    assert channels.color[4].sum() > channels.color[0].sum()
    assert not enabled(make(recording(3)).color_menu, "By depth")


def test_colours_follow_the_theme(table):
    table.view.theme = LIGHT
    settle(table)
    role = Qt.ItemDataRole.DecorationRole
    colors = [table.model.index_of(row, Column.COLOR).data(role).getRgb()[:3] for row in range(12)]
    assert np.array_equal(colors, LIGHT.channel_colors(12))


# -- filter ----------------------------------------------------------------------------------------


def test_writing_a_filter_and_going_to_the_rows(make):
    table = make(open_recording(SAMPLE))
    press(table, Key.Key_F, Held.ControlModifier)
    assert table.focusWidget() is table.filter
    QTest.keyClicks(table.filter, "fp")
    settle(table)
    assert lines(table) == ["FP", 4, 5, 6, 7]
    assert table.foot.text() == "4 found, 8 of 8 shown, 8 on screen"
    QTest.keyClick(table.filter, Key.Key_Down)
    assert table.focusWidget() is table.tree and table.selected_rows.tolist() == [4]
    press(table, Key.Key_A, Held.ControlModifier)
    press(table, Key.Key_Delete)
    assert np.flatnonzero(table.view.channels.visible).tolist() == [0, 1, 2, 3]
    press(table, Key.Key_Escape)
    assert table.filter.text() == "" and lines(table)[0] == "SPKC"
    assert table.selected_rows.tolist() == [4, 5, 6, 7]


def test_esc_in_the_filter_clears_it(table):
    table.filter.setFocus()
    QTest.keyClicks(table.filter, "#3-5, 9")
    assert lines(table) == [3, 4, 5, 9]
    QTest.keyClick(table.filter, Key.Key_Escape)
    assert lines(table) == list(range(12)) and table.focusWidget() is table.filter


def test_a_filter_that_is_none_is_said_and_what_is_listed_stays(table):
    table.filter.setFocus()
    QTest.keyClicks(table.filter, "#3-5")
    assert lines(table) == [3, 4, 5]
    QTest.keyClicks(table.filter, "x")
    settle(table)
    assert lines(table) == [3, 4, 5]
    assert table.foot.text() == "'#3-5x' is no list of channels; write numbers such as #1-32, 40."
    table.filter.setText("zz")
    settle(table)
    assert lines(table) == [] and table.foot.text().startswith("No channel found")


def test_a_closed_heading_opens_for_what_is_found_and_closes_again(make):
    table = make(recording(8, probe=True))
    table.tree.collapse(heading(table, "shank 1"))
    table.filter.setText("shank 1")
    assert lines(table) == ["shank 1", 5, 1]
    assert table.tree.isExpanded(heading(table, "shank 1"))
    table.filter.clear()
    open_ = {i.data(): table.tree.isExpanded(i) for i in table.model.headings()}
    assert open_ == {"shank 0": True, "shank 1": False, "shank 2": True, "shank 3": True}


# -- finding ---------------------------------------------------------------------------------------


def test_enter_and_a_double_click_show_a_channel_in_the_view(table):
    channels = table.view.channels
    pick(table, 10)
    press(table, Key.Key_Return)
    assert channels.page_of(0).tolist() == [6, 7, 8, 9, 10]
    channels.set_visible([1], False)
    settle(table)
    double_click(table, center(table, 1))
    assert channels.visible[1] and channels.page_of(0).tolist() == [1, 2, 3, 4, 5]


def test_typing_goes_to_a_name(make):
    table = make(open_recording(SAMPLE))
    QTest.keyClicks(table.tree, "fp03")
    assert table.selected_rows.tolist() == [6]
    table.tree._typing.invalidate()
    QTest.keyClicks(table.tree, "s")
    table.tree._typing.invalidate()
    QTest.keyClicks(table.tree, "s")
    assert table.selected_rows.tolist() == [1]
    table.tree._typing.invalidate()
    QTest.keyClicks(table.tree, "q")
    assert table.foot.text() == "No name begins with 'q'." and table.selected_rows.tolist() == [1]


def test_names_are_copied_in_the_order_of_the_table(table):
    table.view.channels.set_order(list(range(11, -1, -1)))
    settle(table)
    pick(table, 2, 9, 4)
    press(table, Key.Key_C, Held.ControlModifier)
    assert QGuiApplication.clipboard().text() == "c9\nc4\nc2"


def test_the_menu_opens_at_the_rows_and_says_their_keys(table):
    pick(table, 3)
    QTest.keyClick(table.tree, Key.Key_Menu)
    table.tree.menu_wanted.emit(QPoint(200, 200))
    menu = QApplication.activePopupWidget()
    assert menu is table.row_menu
    keys = {a.text(): a.shortcut().toString() for a in menu.actions() if a.shortcut().toString()}
    assert keys == {
        "Reveal in the view": "Return",
        "Hide": "Del",
        "Move up": "Alt+Up",
        "Move down": "Alt+Down",
        "Copy names": "Ctrl+C",
        "Select all": "Ctrl+A",
    }
    menu.close()


def test_every_control_says_what_it_does(table):
    for button in table.findChildren(QToolButton):
        if button.parent() is table:
            assert len(button.toolTip()) > 5 or button.toolTip() == "Show all"
    assert table.filter.toolTip() and table.tree.accessibleName()
    for column in Column:
        assert table.model.headerData(
            column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
        )

"""Looking through the list of events, walking through it, and copying from it."""

import threading

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QVBoxLayout

from tests.viewer.qt.dialogs.asking import met_by_tab
from tests.viewer.qt.points.events import event_panel, middle, reader_of, rows_of, with_view
from tests.viewer.qt.points.tables import (
    Listener,
    click,
    double_click,
    settle,
    shown,
    texts,
)
from viewer.engine.event_list import EventList
from viewer.model.theme import DARK, LIGHT
from viewer.qt.points import event_model
from viewer.qt.points.event_panel import EventPanel
from viewer.qt.window.look import palette_of

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def panel(qtbot):
    return event_panel(qtbot)


def test_tab_goes_from_top_to_bottom(qtbot, panel):
    assert met_by_tab(qtbot, panel, panel.points, 7) == [
        panel.points,
        panel.filter,
        panel.only_shown,
        panel.table,
        panel.previous,
        panel.next,
        panel.walking,
    ]


# -- looking for some -----------------------------------------------------------------------------


def test_a_text_lists_what_has_it_in_its_label_or_in_its_channel(qtbot, panel):
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Key.Key_F, Held.ControlModifier)
    assert panel.focusWidget() is panel.filter
    for text in ("left", "TRIAL", "code 3", "key", "nothing"):
        panel.filter.selectAll()
        qtbot.keyClicks(panel.filter, text)
        settle(qtbot, panel)
        names = ("stim", "key", "trial")
        wanted = [
            label
            for _, number, label, _ in rows_of(panel._reader)
            if text.lower() in label.lower() or text.lower() in names[number]
        ]
        assert texts(panel.table, "Label") == wanted
        assert panel.total.text() == f"{len(wanted)} of 27 events"
    qtbot.keyClick(panel.filter, Key.Key_Escape)
    settle(qtbot, panel)
    assert panel.model.rowCount() == 27 and panel.total.text() == "27 events"


def test_a_text_is_looked_for_once_it_is_written(qtbot, panel):
    looks = []
    panel.model.modelReset.connect(lambda: looks.append(panel.filter.text()))
    qtbot.keyClicks(panel.filter, "left")
    settle(qtbot, panel)
    assert looks == ["left"]


def test_only_what_is_shown_or_selected_can_be_listed(qtbot, panel, view):
    qtbot.mouseClick(
        panel.only_shown, Qt.MouseButton.LeftButton, pos=panel.only_shown.rect().center()
    )
    settle(qtbot, panel)
    assert panel.only_shown.isChecked() and panel.model.rowCount() == 27
    view.events.set_visible([0], False)
    settle(qtbot, panel)
    assert set(texts(panel.table, "Channel")) == {"key", "trial"}
    view.events.select(1)
    settle(qtbot, panel)
    assert texts(panel.table, "Label") == ["Left", "right", "left again"]
    panel.only_shown.click()
    settle(qtbot, panel)
    assert panel.model.rowCount() == 27


def test_what_next_and_previous_pass_over_is_fainter(qtbot, panel, view):
    rows = rows_of(panel._reader)

    def faint():
        return [row[1] for n, row in enumerate(rows) if panel.model.is_passed_over(n)]

    assert faint() == []
    view.events.set_visible([2], False)
    settle(qtbot, panel)
    assert faint() == [2] * 4
    view.events.select(2)
    settle(qtbot, panel)
    assert faint() == [number for _, number, _, _ in rows if number != 2]


def test_the_selected_event_is_kept_in_sight_when_the_list_changes(qtbot):
    events = {"e": [(n / 100, "odd" if n % 2 else "even") for n in range(2000)]}
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events=events))))
    row = panel.model.row_of(1001)
    panel.table.selectRow(row)
    panel.table.scrollTo(panel.model.index(row, 0))
    panel.filter.setText("odd")
    settle(qtbot, panel)
    assert panel.model.rowCount() == 1000 and panel.table.selected_rows == [500]
    assert panel.table.shows(500)
    panel.filter.clear()
    settle(qtbot, panel)
    assert panel.table.selected_rows == [1001] and panel.table.shows(1001)


def test_a_selected_event_is_where_it_was_found_when_the_text_is_cleared(qtbot):
    events = {"e": [(n / 100, "rare" if n in (3, 900, 1800) else "") for n in range(2000)]}
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events=events))))
    panel.filter.setText("rare")
    settle(qtbot, panel)
    click(qtbot, panel.table, 2, "Label")
    panel.filter.clear()
    settle(qtbot, panel)
    assert panel.table.selected_rows == [1800] and panel.table.shows(1800)


def test_an_answer_that_comes_too_late_is_dropped(qtbot, panel, monkeypatch):
    gate, match = threading.Event(), EventList.matching
    asked, answered = threading.Event(), threading.Event()

    def slowly(found, *wanted):
        asked.set()
        gate.wait(30)
        answered.set()
        return match(found, *wanted)

    monkeypatch.setattr(EventList, "matching", slowly)
    panel.filter.setText("left")
    qtbot.waitUntil(asked.is_set)
    panel.filter.clear()
    settle(qtbot, panel)
    gate.set()
    qtbot.waitUntil(answered.is_set)
    qtbot.wait(30)
    assert panel.model.rowCount() == 27


def test_a_list_that_is_read_through_stays_where_it_was_scrolled_to(qtbot):
    events = {"e": [(n / 100, "odd" if n % 2 else "even") for n in range(2000)]}
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events=events))))
    panel.table.verticalScrollBar().setValue(1201)
    panel.filter.setText("odd")
    settle(qtbot, panel)
    top = panel.table.rowAt(0)
    assert panel.model.time_at(top) == 12.01


# -- going through --------------------------------------------------------------------------------


def test_enter_and_a_double_click_go_to_an_event(qtbot, panel, view):
    rows = rows_of(panel._reader)
    click(qtbot, panel.table, 6, "Label")
    qtbot.keyClick(panel.table, Key.Key_Return)
    assert middle(view) == pytest.approx(rows[6][0])
    double_click(qtbot, panel.table, 9, "Time")
    assert middle(view) == pytest.approx(rows[9][0])


def test_the_view_goes_along_when_that_is_wanted(qtbot, panel, view):
    rows = rows_of(panel._reader)
    click(qtbot, panel.table, 6, "Label")
    qtbot.keyClick(panel.table, Key.Key_Down)
    assert middle(view) == 1.0
    panel.walking.click()
    for key, row in ((Key.Key_Down, 8), (Key.Key_Down, 9), (Key.Key_Up, 8), (Key.Key_End, 26)):
        qtbot.keyClick(panel.table, key)
        assert panel.table.selected_rows == [row]
        assert middle(view) == pytest.approx(min(rows[row][0], 39.0))
    row = panel.table.rowAt(50)
    click(qtbot, panel.table, row, "Label")
    assert rows[row][0] > 2 and middle(view) == pytest.approx(rows[row][0])


def test_the_keyboard_alone_moves_nothing(qtbot, panel, view):
    """A table that gets the keyboard has a current row at once; nobody has come to it."""
    panel.walking.click()
    panel.table.setFocus(Qt.FocusReason.TabFocusReason)
    panel.filter.setText("right")
    settle(qtbot, panel)
    assert middle(view) == 1.0


def test_the_row_nearest_to_the_middle_of_the_window_is_marked(qtbot, panel, view):
    times = np.array([row[0] for row in rows_of(panel._reader)])
    for start in (*np.linspace(0, 38, 23), 9.0, 2.25):
        view.window.set(start, 2.0)
        settle(qtbot, panel)
        distances = np.abs(times - middle(view))
        assert panel.model.near == np.argmin(distances)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_mark_is_seen_and_is_not_a_selection(qtbot, panel, view, theme):
    view.theme = theme
    panel.setPalette(palette_of(theme))
    view.window.set(2.3, 2.0)
    settle(qtbot, panel)
    image = panel.table.viewport().grab().toImage()
    near = panel.model.near

    def ground(row):
        place = panel.table.visualRect(panel.model.index(row, event_model.LABEL))
        return image.pixelColor(place.right() - 3, place.center().y()).getRgb()[:3]

    assert ground(near + 1) == pytest.approx(theme.background, abs=8)
    far = sum(abs(a - b) for a, b in zip(ground(near), theme.background, strict=True))
    assert far > 30 and panel.table.selected_rows == []


def test_the_list_scrolls_along_with_the_view_when_that_is_wanted(qtbot):
    events = {"e": [(n / 100, "") for n in range(3000)]}
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events=events))))
    panel._view.window.set(19.0, 2.0)
    settle(qtbot, panel)
    assert panel.model.near == 2000 and not panel.table.shows(2000)
    panel.walking.click()
    panel._view.window.set(9.0, 2.0)
    settle(qtbot, panel)
    assert panel.table.shows(1000)


def test_a_selected_channel_is_what_is_gone_through(qtbot, panel, view):
    click(qtbot, panel.points, 1, "Channel")
    assert view.events.selected == 1
    click(qtbot, panel.points, 1, "Channel")
    assert view.events.selected is None
    told = []
    panel.next_wanted.connect(lambda: told.append(view.events.selected))
    double_click(qtbot, panel.points, 2, "Channel")
    assert told == [2]
    click(qtbot, panel.points, 0, "check")
    assert view.events.visible.tolist() == [False, True, True] and view.events.selected == 2


def test_buttons_and_keys_go_to_events_and_other_keys_to_the_window(qtbot):
    reader, view = with_view(reader_of())
    around = Listener()
    panel = EventPanel(reader, view, around)
    QVBoxLayout(around).addWidget(panel)
    qtbot.addWidget(around, before_close_func=lambda _: panel.stop())
    around.show()
    settle(qtbot, panel)
    told = []
    panel.next_wanted.connect(lambda: told.append("next"))
    panel.previous_wanted.connect(lambda: told.append("previous"))
    qtbot.mouseClick(panel.next, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.previous, Qt.MouseButton.LeftButton)
    for key in "n.p,":
        qtbot.keyClick(panel.table, key)
    assert told == ["next", "previous", "next", "next", "previous", "previous"]
    keys = [Key.Key_Left, Key.Key_Space, Key.Key_Escape, Key.Key_C]
    for key in keys:
        qtbot.keyClick(panel.table, key)
    qtbot.keyClick(panel.table, Key.Key_N, Held.ShiftModifier)
    assert around.keys == [*keys, Key.Key_N] and len(told) == 6
    assert "(N)" in panel.next.toolTip() and "(P)" in panel.previous.toolTip()


# -- copying --------------------------------------------------------------------------------------


def copied():
    return [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]


def test_what_is_copied_are_the_values_of_the_selected_rows_in_full(qtbot, panel):
    rows = rows_of(panel._reader)
    click(qtbot, panel.table, 2, "Label")
    click(qtbot, panel.table, 4, "Label", held=Held.ShiftModifier)
    click(qtbot, panel.table, 7, "Label", held=Held.ControlModifier)
    qtbot.keyClick(panel.table, Key.Key_C, Held.ControlModifier)
    names = ("stim", "key", "trial")
    head, *lines = copied()
    assert head == ["Time (s)", "Channel", "Label", "Duration (s)"]
    assert [
        (float(time), names.index(name), label, float(lasts) if lasts else None)
        for time, name, label, lasts in lines
    ] == [rows[n] for n in (2, 3, 4, 7)]
    assert panel.remark.text() == "Copied 4 events."


def test_copies_have_samples_too_where_the_view_has_them(qtbot):
    events = {"tab\there": [(3.25, "two\nlines"), (33.0, "x" * 5000)]}
    reader, view = with_view(reader_of(events=events))
    view.time_format = "samples"
    panel = shown(qtbot, EventPanel(reader, view))
    panel.table.selectAll()
    panel.table.copy()
    assert copied() == [
        ["Time (s)", "Sample", "Channel", "Label"],
        ["3.25", "325", "tab\\there", "two\\nlines"],
        ["33.0", "3300", "tab\\there", "x" * 5000],
    ]


def test_of_very_many_rows_the_first_are_copied_and_that_is_said(qtbot, panel, monkeypatch):
    monkeypatch.setattr(event_model, "MOST_COPIED", 3)
    monkeypatch.setattr("viewer.qt.points.event_table.MOST_COPIED", 3)
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Key.Key_A, Held.ControlModifier)
    qtbot.keyClick(panel.table, Key.Key_C, Held.ControlModifier)
    assert len(copied()) == 4
    assert panel.remark.text() == "Copied the first 3 events of 27."

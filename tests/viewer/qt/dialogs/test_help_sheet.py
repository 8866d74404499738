"""The help sheet: all that the table of actions says, found by words and keys."""

import re
from importlib import metadata

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QWidget

from viewer.model.theme import DARK, LIGHT
from viewer.qt.dialogs.help_sheet import WIDE, HelpSheet, about_text
from viewer.qt.view.wheel import ACTS
from viewer.qt.window.look import palette_of
from viewer.qt.window.shortcuts import sections

Key = Qt.Key


@pytest.fixture
def sheet(qtbot):
    widget = HelpSheet(None)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def said(sheet):
    """Return the text of the list, without the blanks around keys, entry by entry."""
    text = sheet.text.toPlainText().replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r" +", " ", text)


def entries_of(sheet, wheel=None):
    """Return the entries of the table that the sheet shows."""
    text = said(sheet)
    found = []
    for title, rows in (sections() if wheel is None else sections(wheel)).items():
        for keys, words in rows:
            if re.search(rf"^ ?{re.escape(keys)} ?\n{re.escape(words)}$", text, re.MULTILINE):
                found.append((title, keys, words))
    return found


@pytest.mark.parametrize("width", [WIDE - 100, WIDE + 100])
def test_every_entry_is_there_once_in_as_many_columns_as_there_is_room_for(sheet, width):
    sheet.resize(width, 600)
    every = [(title, *row) for title, rows in sections().items() for row in rows]
    assert entries_of(sheet) == every and len(every) > 60
    for title in sections():
        assert len(re.findall(rf"^{title}$", said(sheet), re.MULTILINE)) == 1
    outer = "table" if width > WIDE else "h3"
    body = sheet.text.toHtml().split("<body")[1]
    first = re.search(r"<(table|h3)", body)[1]
    assert first == outer


def test_what_the_wheel_does_is_what_was_set(qtbot):
    wheel = {"": "gain", "Ctrl": "channels", "Shift": "time", "Alt": "zoom"}
    sheet = HelpSheet(wheel)
    qtbot.addWidget(sheet)
    sheet.show()
    found = entries_of(sheet, wheel)
    assert ("Mouse", "wheel", ACTS["gain"]) in found
    assert ("Mouse", "Ctrl + wheel", ACTS["channels"]) in found


@pytest.mark.parametrize("words", ["wheel", "CTRL+E", "next spike", "  label gain ", "scale", "<"])
def test_only_what_has_all_words_is_listed(qtbot, sheet, words):
    assert sheet.search.hasFocus() or sheet.focusWidget() is sheet.search
    qtbot.keyClicks(sheet.search, words)
    want = [
        (title, keys, text)
        for title, rows in sections().items()
        for keys, text in rows
        if all(word in f"{title} {keys} {text}".lower() for word in words.lower().split())
    ]
    assert entries_of(sheet) == want and 0 < len(want) < 25
    qtbot.keyClick(sheet.search, Key.Key_Return)
    assert sheet.isVisible(), "Enter does not close"
    sheet.search.clear()
    assert len(entries_of(sheet)) > 60


def test_what_is_not_found_is_said(qtbot, sheet):
    qtbot.keyClicks(sheet.search, "<b>q qq")
    assert said(sheet) == "No key and no act has <b>q and qq in it."


def test_the_list_scrolls_while_words_are_written_and_esc_closes(qtbot, sheet):
    bar = sheet.text.verticalScrollBar()
    assert bar.maximum() > 0 and bar.value() == 0
    qtbot.keyClick(sheet.search, Key.Key_PageDown)
    down = bar.value()
    assert down > 100
    qtbot.keyClick(sheet.search, Key.Key_Up)
    assert 0 < bar.value() < down
    qtbot.keyClick(sheet.search, Key.Key_Escape)
    assert not sheet.isVisible()


def test_colours_follow_the_palette(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.setPalette(palette_of(DARK))
    sheet = HelpSheet(None, window)
    sheet.show()
    assert palette_of(DARK).button().color().name() in sheet.text.toHtml()
    sheet.setPalette(palette_of(LIGHT))
    html = sheet.text.toHtml()
    assert palette_of(LIGHT).button().color().name() in html
    assert palette_of(DARK).button().color().name() not in html


def test_version_and_licence_are_said(sheet):
    assert metadata.version("rawscope") in about_text() and "BSD-3-Clause" in about_text()
    assert any(label.text() == about_text() for label in sheet.findChildren(QLabel))

"""The notice: how it looks, and when it goes away."""

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QToolButton

from tests.viewer.qt.windows import Key, click, make_window, open_path, press
from viewer.model.theme import THEMES
from viewer.qt.window import notice as module


@pytest.fixture
def window(qtbot):
    main = make_window(qtbot)
    open_path(qtbot, main)
    return main


def leftmost(notice, x=1):
    color = notice.grab().toImage().pixelColor(QPoint(x, notice.height() // 2))
    return color.red(), color.green(), color.blue()


def test_esc_in_the_view_dismisses_it_when_nothing_else_is_to_be_let_go(window):
    view, notice = window.signal_view, window.notice
    notice.say("The disk is full.")
    view.view.span = 0.2, 0.4
    press(window, Key.Key_Escape)
    assert view.view.span is None and notice.isVisible()
    press(window, Key.Key_Escape)
    assert not notice.isVisible() and notice.text == ""
    press(window, Key.Key_Escape)  # which is left to whom it concerns


def test_esc_leaves_what_is_waited_for(window):
    given_up = []
    window.notice.wait("Opening slow …", lambda: given_up.append(1))
    window.notice.say("The disk is full.")
    for _ in range(2):
        press(window, Key.Key_Escape)
        assert window.notice.text == "Opening slow …" and not given_up
    click(window.notice.findChild(QToolButton))
    assert given_up == [1] and not window.notice.isVisible()


def test_it_goes_away_by_itself(qtbot, window, monkeypatch):
    monkeypatch.setattr(module, "SHOWN_MS", 20)
    window.notice.say("The disk is full.")
    qtbot.waitUntil(lambda: not window.notice.isVisible())


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_went_wrong_has_a_bar_of_the_theme_and_what_takes_long_none(qtbot, theme):
    main = make_window(qtbot, theme=theme)
    open_path(qtbot, main)
    main.notice.wait("Opening slow …", lambda: None)
    plain = leftmost(main.notice)
    main.notice.say("The disk is full.")
    assert leftmost(main.notice) == THEMES[theme].approximate != plain
    assert leftmost(main.notice, module.BAR) == plain
    main.notice.dismiss()
    assert leftmost(main.notice) == plain

"""Themes: all of a window has the colours of one, and follows the desktop where that is wanted."""

from types import SimpleNamespace

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QPalette
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog, QFileDialog, QPushButton, QToolTip

from tests.viewer.qt.conftest import settle
from tests.viewer.qt.windows import Key, in_lane, make_window, open_path, press, right_click
from viewer.model.theme import DARK, LIGHT, THEMES
from viewer.qt.window import docks, look

Role = QPalette.ColorRole


def colors(widget):
    """Return the colours a widget is drawn in: behind, of texts, and of what is written into."""
    palette = widget.palette()
    return tuple(
        palette.color(role).getRgb()[:3] for role in (Role.Window, Role.WindowText, Role.Base)
    )


def of(theme):
    return theme.gutter, theme.text, theme.background


def all_parts(window):
    """Return everything of a window with colours of its own."""
    parts = [window, window.menuBar(), window.statusBar(), window.notice, window.overview]
    parts += [window.docks[name] for name in ("channels", "units", "events", "info")]
    parts += [window.docks.content("channels"), window.bars.time, window.bars.filters]
    parts += [window.bars.time.place, window.bars.filters.high_pass.view()]
    return [*parts, *window.menus.menus.values()]


@pytest.fixture(autouse=True)
def content(monkeypatch):
    for name in ("_channels", "_units", "_events", "_info"):
        monkeypatch.setattr(docks, name, lambda view: QPushButton("a button"))


@pytest.mark.parametrize("word", ["dark", "light"])
def test_everything_is_in_the_colours_of_the_theme(qtbot, word):
    window = make_window(qtbot, theme=word)
    view = open_path(qtbot, window)
    theme = THEMES[word]
    assert view.view.theme is theme
    for part in all_parts(window):
        assert colors(part) == of(theme), part
    window.docks["channels"].setFloating(True)
    window.bars.filters.setParent(window, Qt.WindowType.Tool)
    for part in (window.docks["channels"], window.docks.content("channels"), window.bars.filters):
        assert part.window() is not window
        assert colors(part) == of(theme), part
    menu = right_click(qtbot, view, in_lane(view, 0))
    assert colors(menu) == of(theme)
    QTest.keyClick(menu, Key.Key_Escape)


def test_what_is_drawn_has_these_colours(qtbot):
    window = make_window(qtbot, theme="light")
    settle(qtbot, open_path(qtbot, window))
    image = window.grab().toImage()

    def at(widget, x, y):
        return image.pixelColor(widget.mapTo(window, QPoint(x, y))).getRgb()[:3]

    view = window.signal_view
    lanes = view.frame.layout.lanes
    assert at(view, lanes.x0 + 3, lanes.y0 + 3) == LIGHT.background
    for bar in (window.menuBar(), window.statusBar()):  # shaded a little by the style
        assert at(bar, bar.width() // 2, 8) == pytest.approx(LIGHT.gutter, abs=12)
    inked = [at(window.statusBar(), x, 12) for x in range(window.width())]
    assert min(sum(color) for color in inked) < 300, "texts are dark"


def test_another_theme_changes_all_that_is_open(qtbot):
    window = make_window(qtbot, theme="dark")
    view = open_path(qtbot, window)
    window.docks["channels"].setFloating(True)
    window.dialogs.show_help()
    window.dialogs.show_settings()
    window.dialogs.ask_for_file()
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 3 and {colors(dialog) for dialog in dialogs} == {of(DARK)}
    (below,) = (a.menu() for a in window.menus.menus["View"].actions() if a.text() == "Theme")
    for text, theme in (("Light", LIGHT), ("Dark", DARK)):
        next(a for a in below.actions() if a.text() == text).trigger()
        below.aboutToShow.emit()
        assert [a.text() for a in below.actions() if a.isChecked()] == [text]
        assert view.view.theme is theme
        for part in (*all_parts(window), *dialogs):
            assert colors(part) == of(theme), part
    window.dialogs.close()
    later = open_path(qtbot, window)
    assert later.view.theme is DARK


def test_a_dialog_opened_later_has_the_colours(qtbot):
    window = make_window(qtbot, theme="light")
    window.dialogs.ask_for_file()
    dialog = window.findChild(QFileDialog)
    assert colors(dialog) == of(LIGHT)
    dialog.reject()


def test_tips_have_the_colours(qtbot):
    window = make_window(qtbot, theme="light")
    QToolTip.showText(window.mapToGlobal(window.rect().center()), "a tip", window)
    tips = (w for w in QApplication.topLevelWidgets() if w.inherits("QTipLabel"))
    (tip,) = (w for w in tips if w.isVisible())
    assert tip.palette().color(Role.ToolTipText).getRgb()[:3] == LIGHT.text
    assert tip.palette().color(Role.ToolTipBase).getRgb()[:3] == LIGHT.gutter
    QToolTip.hideText()


def test_icons_have_the_colour_of_texts(qtbot):
    window = make_window(qtbot, theme="light")
    play = window.menus.actions["Play"]
    qtbot.waitUntil(lambda: not play.icon().isNull(), timeout=20_000)
    open_path(qtbot, window)

    def ink():
        image = play.icon().pixmap(48, 48).toImage()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        drawn = [image.pixelColor(x, y) for x, y in places]
        solid = {color.getRgb()[:3] for color in drawn if color.alpha() == 255}
        assert len(solid) == 1
        return solid.pop()

    assert ink() == LIGHT.text
    window._preferences.set_theme("dark")
    assert ink() == DARK.text


# -- as the desktop has it -----------------------------------------------------------------------


class Hints:
    """Stands for those of a desktop that says what it prefers; the virtual one does not."""

    def __init__(self, scheme):
        self.scheme = scheme

    def colorScheme(self):  # noqa: N802
        return self.scheme


@pytest.fixture
def desktop(monkeypatch):
    hints = Hints(Qt.ColorScheme.Light)

    monkeypatch.setattr(look, "QGuiApplication", SimpleNamespace(styleHints=lambda: hints))
    return hints


def prefer(desktop, scheme):
    """Have the desktop prefer another scheme, and say so."""
    desktop.scheme = scheme
    QGuiApplication.styleHints().colorSchemeChanged.emit(scheme)


def test_the_theme_of_the_system_is_the_desktops_and_changes_with_it(qtbot, desktop):
    window = make_window(qtbot, theme="system")
    view = open_path(qtbot, window)
    assert view.view.theme is LIGHT and colors(window) == of(LIGHT)
    prefer(desktop, Qt.ColorScheme.Dark)
    assert view.view.theme is DARK and colors(window.docks["info"]) == of(DARK)
    prefer(desktop, Qt.ColorScheme.Unknown)
    assert view.view.theme is DARK
    prefer(desktop, Qt.ColorScheme.Light)
    assert view.view.theme is LIGHT


def test_a_chosen_theme_stays_whatever_the_desktop_prefers(qtbot, desktop):
    window = make_window(qtbot, theme="dark")
    prefer(desktop, Qt.ColorScheme.Light)
    assert colors(window) == of(DARK)
    window._preferences.set_theme("system")
    assert colors(window) == of(LIGHT)


def test_channels_that_somebody_coloured_keep_their_colour(qtbot):
    window = make_window(qtbot, theme="dark")
    view = open_path(qtbot, window)
    view.view.channels.set_color((1, 2, 3), [4])
    window._preferences.set_theme("light")
    want = LIGHT.channel_colors(9)
    want[4] = 1, 2, 3
    assert (view.view.channels.color == want).all()
    press(window, Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert (view.view.channels.color == LIGHT.channel_colors(9)).all()


def test_what_cannot_be_done_is_fainter_than_what_can(qtbot):
    for theme in (DARK, LIGHT):
        palette = look.palette_of(theme)
        back = QColor(*theme.gutter).lightness()
        texts = [
            abs(palette.color(group, Role.WindowText).lightness() - back)
            for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Disabled)
        ]
        assert texts[0] > 120 and 30 < texts[1] < texts[0] / 1.5

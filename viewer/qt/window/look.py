"""How the window looks: palettes of both themes, what the desktop prefers, icons."""

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction, QColor, QFontDatabase, QGuiApplication, QIcon, QPalette
from PyQt6.QtWidgets import QAbstractButton

from viewer.model.theme import DARK, LIGHT, THEMES, Theme, oklch
from viewer.qt.bridge import Relay, while_alive

log = logging.getLogger("viewer")

FONT = "mdi6"
"""Material Design icons, as qtawesome calls them."""


def theme_of(word: str) -> Theme:
    """Return the theme that ``dark`` or ``light`` names, or, for ``system``, the desktop's."""
    if word in THEMES:
        return THEMES[word]
    hints = QGuiApplication.styleHints()
    light = hints is not None and hints.colorScheme() == Qt.ColorScheme.Light
    return LIGHT if light else DARK


def palette_of(theme: Theme) -> QPalette:
    """Return the palette that gives menus, bars and dialogs the colours of the view."""
    role = QPalette.ColorRole
    palette = QPalette()
    raised = oklch(0.29, 0.015, 265) if theme is DARK else oklch(0.94, 0.005, 265)
    for roles, color in (
        ((role.Window, role.ToolTipBase), theme.gutter),
        ((role.Button, role.AlternateBase), raised),
        ((role.Base,), theme.background),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), theme.text),
        ((role.Mid, role.Dark, role.Shadow), theme.grid),
        ((role.Light, role.Midlight), raised),
        ((role.PlaceholderText,), theme.faint),
        ((role.Highlight, role.Accent), oklch(0.58, 0.12, 250)),
        ((role.HighlightedText,), (255, 255, 255)),
        ((role.Link,), oklch(0.72 if theme is DARK else 0.5, 0.12, 250)),
    ):
        for each in roles:
            palette.setColor(each, QColor(*color))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, _halfway(theme.faint, theme.gutter))
    return palette


def _halfway(a: tuple[int, int, int], b: tuple[int, int, int]) -> QColor:
    return QColor(*((x + y) // 2 for x, y in zip(a, b, strict=True)))


def _maker() -> Callable[..., QIcon]:
    """Return a function that makes icons of `FONT`. Not for the GUI thread: it reads files.

    By itself, qtawesome loads all of its fonts when it is asked for the first icon, which keeps the
    window waiting ten times as long.
    """
    import qtawesome
    from qtawesome.iconic_font import IconicFont

    folder = Path(qtawesome.__file__).parent / "fonts"
    fonts = sorted(folder.glob("materialdesignicons6-webfont-[0-9]*.ttf"))
    names = sorted(folder.glob("materialdesignicons6-webfont-charmap-*.json"))
    if not (fonts and names):  # some systems have the fonts elsewhere
        return qtawesome.icon
    data = fonts[0].read_bytes()
    glyphs = {name: chr(int(code, 16)) for name, code in json.loads(names[0].read_text()).items()}
    made: list[IconicFont] = []

    def make(name: str, **colors: QColor) -> QIcon:
        if not made:  # in the GUI thread, which reads no file for it
            font, number = IconicFont(), QFontDatabase.addApplicationFontFromData(data)
            font.fontids[FONT], font.fontdata[FONT] = number, data
            font.fontname[FONT] = QFontDatabase.applicationFontFamilies(number)[0]
            font.charmap[FONT] = glyphs
            made.append(font)
        # By their names: icons are kept by what they are made of, and two colours are never one.
        named = {key: color.name(QColor.NameFormat.HexArgb) for key, color in colors.items()}
        return made[0].icon(name, **named)

    return make


class Icons(QObject):
    """Icons from a font, which is loaded in a thread: the window need not wait for it.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted: list[tuple[QAction | QAbstractButton, str]] = []
        self._color: QColor | None = None
        self._make: Callable[..., QIcon] | None = None
        relay = Relay()
        relay.said.connect(self._take)
        say = relay.teller("said")

        def load() -> None:
            try:
                make = _maker()
            except Exception:  # icons are an ornament: words do without
                log.warning("icons cannot be loaded", exc_info=True)
            else:
                say(make)

        threading.Thread(target=load, name="rawscope icons", daemon=True).start()

    def give(self, target: QAction | QAbstractButton, name: str) -> None:
        """Give something an icon, by its name among Material Design icons, once they are there."""
        self._wanted.append((target, name))
        self._draw(target, name)

    def set_color(self, color: QColor) -> None:
        """Draw all icons in a colour."""
        self._color = color
        for target, name in self._wanted:
            self._draw(target, name)

    @while_alive
    def _take(self, make: Callable[..., QIcon]) -> None:
        self._make = make
        for target, name in self._wanted:
            self._draw(target, name)

    def _draw(self, target: QAction | QAbstractButton, name: str) -> None:
        if self._make is not None and self._color is not None:
            faint = QColor(self._color)
            faint.setAlpha(90)
            try:
                icon = self._make(f"{FONT}.{name}", color=self._color, color_disabled=faint)
            except Exception:  # a font that is damaged
                log.warning("icons cannot be drawn", exc_info=True)
                self._make = None
            else:
                target.setIcon(icon)

"""Somebody who does one thing after the other to a desktop window, at random, by real events."""

import random
import time
from collections import deque

from PyQt6 import sip
from PyQt6.QtCore import QPoint, Qt, QTimer
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractScrollArea, QApplication, QDialog, QDockWidget

from tests.viewer.qt.conftest import wheel
from viewer.qt.view.actions import VIEW_ACTIONS
from viewer.qt.window.actions import WINDOW_ACTIONS
from viewer.qt.window.docks import TITLES

Button, Mod = Qt.MouseButton, Qt.KeyboardModifier

BUTTONS = (Button.LeftButton, Button.LeftButton, Button.RightButton, Button.MiddleButton)
HELD = (Mod.NoModifier,) * 4 + (Mod.ShiftModifier, Mod.ControlModifier, Mod.AltModifier)
KEYS = tuple(
    key
    for action in (*VIEW_ACTIONS, *WINDOW_ACTIONS)
    if action.text != "Quit"
    for key in action.keys
)
OTHER_KEYS = (
    *("Escape", "Return", "Tab", "Shift+Tab", "Ctrl+F", "Ctrl+A", "Ctrl+C", "Del", "F2", "Space"),
    *("Up", "Down", "PgUp", "PgDown", "Home", "End", "Alt+Up", "Alt+Down", "a", "1"),
)
TEXTS = (
    *(
        "12.5",
        "1:02",
        "50%",
        "+5 s",
        "-2",
        "#1000",
        "350 ms",
        "all",
        "0",
        "1e400",
        "nan",
        "",
        "\u00b5",
    ),
    *("c1", "#1-3", "unit", "300 Hz", "3000", "50 Hz and 2 harmonics", "abc", "60 min", "\u2212 3"),
)
LEAST, MOST = (420, 360), (1800, 1100)
"""Sizes of the window, logical pixels."""


class RandomActs:
    """Acts on a window.

    Parameters
    ----------
    window : MainWindow
    seed : int
    paths : sequence of str
        What to open, some of which cannot be opened.

    Attributes
    ----------
    random : random.Random
    done : deque of str
        The last acts, in words.
    """

    def __init__(self, window, seed, paths):
        self.window, self.paths = window, paths
        self.random = random.Random(seed)
        self.done = deque(maxlen=60)
        self._began = None
        # Menus of buttons turn an event loop of their own, within the click, until they are closed.
        self._rescue = QTimer(window)
        self._rescue.timeout.connect(self._close_forgotten)
        self._rescue.start(100)
        self._kinds = {
            self.press_key: 30,
            self.turn_wheel: 14,
            self.click_anywhere: 12,
            self.drag: 12,
            self.move_mouse: 8,
            self.choose_from_menu: 8,
            self.change_dock: 5,
            self.work_in_dock: 8,
            self.write_somewhere: 5,
            self.filter_signals: 3,
            self.resize: 3,
            self.choose_setting: 2,
            self.open: 2,
            self.reopen_window: 0.3,
        }

    def act(self):
        """Do one thing; of what has been opened over the window, close most at once."""
        if self._close_something():
            return
        if not self.window.isVisible():
            self._note("show the window")
            self.window.show()
            return
        kinds, weights = zip(*self._kinds.items(), strict=True)
        self._began = time.monotonic()
        self.random.choices(kinds, weights)[0]()
        self._began = None

    def close_all(self):
        """Close all that is open over the window."""
        while self._close_something(always=True):
            QApplication.processEvents()

    def _note(self, words):
        self.done.append(words)

    def _close_forgotten(self):
        popup = QApplication.activePopupWidget()
        if popup is not None and self._began and time.monotonic() - self._began > 0.3:
            self._note(f"close {type(popup).__name__}, which was waited for")
            popup.close()

    def _close_something(self, always=False):
        popup = QApplication.activePopupWidget()
        if popup is not None:
            key = "Escape" if always else self.random.choice(("Escape", "Down", "Up", "Return"))
            self._note(f"{key} in {type(popup).__name__}")
            if always:
                popup.close()
            else:
                QTest.keyClick(popup, QKeySequence(key)[0].key())
            return True
        dialogs = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]
        for dialog in filter(QDialog.isVisible, dialogs):
            if always or dialog.isModal() or self.random.random() < 0.3:
                self._note(f"close {dialog.windowTitle()}")
                dialog.close()
                return True
        return False

    # -- keys ------------------------------------------------------------------------------------

    def press_key(self):
        """Press a key that means something, wherever the keyboard is."""
        key = self.random.choice(KEYS if self.random.random() < 0.8 else OTHER_KEYS)
        for _ in range(self.random.choice((1, 1, 1, 2, 5))):
            self._press(key)

    def _press(self, key):
        self._note(f"key {key}")
        combination = QKeySequence(key)[0]
        handle = self.window.windowHandle()
        QTest.keyClick(handle, combination.key(), combination.keyboardModifiers())

    def _write(self, text):
        self._note(f"write {text!r}")
        for character in text:
            if character.isascii():
                QTest.keyClick(self.window.windowHandle(), character)

    def write_somewhere(self):
        """Write a time, or into whatever has the keyboard."""
        if self.random.random() < 0.7:
            self._press("G")
        self._write(self.random.choice(TEXTS))
        self._press(self.random.choice(("Return", "Escape")))

    # -- mouse -------------------------------------------------------------------------------------

    def _place(self, widget):
        return QPoint(
            self.random.randrange(max(1, widget.width())),
            self.random.randrange(max(1, widget.height())),
        )

    def _parts(self):
        """Return what the mouse is used on most."""
        window = self.window
        parts = [part for part in (window.signal_view, window.overview) if part is not None]
        contents = [window.docks.content(name) for name in TITLES]
        for content in contents:
            if content is not None and content.isVisible():
                areas = content.findChildren(QAbstractScrollArea)
                parts += [area.viewport() for area in areas if area.isVisible()]
        return parts or [window]

    def turn_wheel(self):
        """Turn the wheel over one of the parts."""
        part, held = self.random.choice(self._parts()), self.random.choice(HELD)
        notches = self.random.choice((-3, -1, 1, 3))
        self._note(f"wheel {notches} {held.name} over {type(part).__name__}")
        wheel(part, self._place(part), notches, held)

    def click_anywhere(self):
        """Click, once or twice, on whatever is there."""
        handle, at = self.window.windowHandle(), self._place(self.window)
        there = self.window.childAt(at)
        button = self.random.choice(BUTTONS)
        self._note(f"{button.name} at {at.x()}, {at.y()} on {type(there).__name__}")
        QTest.mouseClick(handle, button, self.random.choice(HELD), at)
        if self.random.random() < 0.2:
            QTest.mouseDClick(handle, button, Mod.NoModifier, at)
            QTest.mouseRelease(handle, button, Mod.NoModifier, at)

    def move_mouse(self):
        """Move the mouse over one of the parts."""
        part = self.random.choice(self._parts())
        self._note(f"mouse over {type(part).__name__}")
        for _ in range(self.random.randrange(1, 6)):
            if sip.isdeleted(part):
                return
            QTest.mouseMove(part, self._place(part))

    def drag(self):
        """Drag over the view or the overview, and now and then give it up."""
        parts = [p for p in (self.window.signal_view, self.window.overview) if p is not None]
        if not parts:
            return
        part, button = self.random.choice(parts), self.random.choice(BUTTONS)
        held, at = self.random.choice(HELD), self._place(part)
        self._note(f"{button.name} {held.name} drag from {at.x()}, {at.y()}")
        QTest.mousePress(part, button, held, at)
        for _ in range(self.random.randrange(1, 8)):
            if sip.isdeleted(part):
                return
            at = self._place(part)
            QTest.mouseMove(part, at)
        if self.random.random() < 0.1:
            self._press("Escape")
        if not sip.isdeleted(part):
            QTest.mouseRelease(part, button, held, at)

    # -- menus, docks, bars ------------------------------------------------------------------------

    def choose_from_menu(self):
        """Trigger something that is in a menu."""
        menus = self.window.menus
        menus.refresh()
        possible = [t for t, item in menus.actions.items() if item.isEnabled() and t != "Quit"]
        text = self.random.choice(possible)
        self._note(f"menu: {text}")
        menus.actions[text].trigger()

    def change_dock(self):
        """Show, hide, float or bring forward a dock."""
        name = self.random.choice(tuple(TITLES))
        dock = self.window.docks[name]
        change = self.random.choice(("toggle", "toggle", "raise", "float", "move"))
        self._note(f"dock {name}: {change}")
        if change == "toggle":
            self.window.docks.toggle(name)
        elif change == "raise":
            dock.raise_()
        elif change == "float" and QDockWidget.DockWidgetFeature.DockWidgetFloatable in (
            dock.features()
        ):
            dock.setFloating(not dock.isFloating())
        elif change == "move":
            left, right = (
                Qt.DockWidgetArea.LeftDockWidgetArea,
                Qt.DockWidgetArea.RightDockWidgetArea,
            )
            self.window.addDockWidget(self.random.choice((left, right)), dock)

    def work_in_dock(self):
        """Give a dock's table the keyboard and press keys there, or look for a text in it."""
        name = self.random.choice(tuple(TITLES))
        content = self.window.docks.content(name)
        if content is None or not content.isVisible():
            return
        areas = [a for a in content.findChildren(QAbstractScrollArea) if a.isVisible()]
        if not areas:
            return
        area = self.random.choice(areas)
        self._note(f"into {name}, {type(area).__name__}")
        area.setFocus()
        QTest.mouseClick(area.viewport(), Button.LeftButton, pos=self._place(area.viewport()))
        for _ in range(self.random.randrange(4)):
            self._press(self.random.choice(OTHER_KEYS))
        if sip.isdeleted(content):  # another recording has come in between
            return
        if self.random.random() < 0.2 and hasattr(content, "filter"):
            text = self.random.choice(TEXTS)
            self._note(f"filter {name} by {text!r}")
            content.filter.setText(text)

    def filter_signals(self):
        """Choose a filter or a reference, or write one."""
        bar = self.window.bars.filters
        if not bar.isEnabled():
            return
        box = self.random.choice((bar.high_pass, bar.low_pass, bar.notch, bar.reference))
        self._note(f"filters: {box.accessibleName()}")
        if self.random.random() < 0.4:
            bar.clear_button.click()
        elif self.random.random() < 0.2 and box.isEditable():
            box.lineEdit().setText(self.random.choice(TEXTS))
            box.lineEdit().editingFinished.emit()
        else:
            box.setCurrentIndex(self.random.randrange(box.count()))
            box.activated.emit(box.currentIndex())

    # -- the window --------------------------------------------------------------------------------

    def resize(self):
        """Give the window another size."""
        size = tuple(map(self.random.randint, LEAST, MOST))
        self._note(f"size {size}")
        self.window.resize(*size)

    def choose_setting(self):
        """Choose a theme, or how times are written."""
        titles = self.random.choice(("Theme", "Times as"))
        items = self.window.menus.menus["View"].actions()
        below = next(i.menu() for i in items if i.menu() is not None and i.text() == titles)
        item = self.random.choice(below.actions())
        self._note(f"{titles}: {item.text()}")
        item.trigger()

    def open(self):
        """Open another recording."""
        path = self.random.choice(self.paths)
        self._note(f"open {path}")
        self.window.open(path)

    def reopen_window(self):
        """Close the window; it is shown again by the next act."""
        self._note("close the window")
        self.window.close()

"""A desktop window whose event loop a watchdog turns, and hands for it."""

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog

from tests.viewer.qt.conftest import wheel

Button, Mod = Qt.MouseButton, Qt.KeyboardModifier
PATIENCE = 60
"""Seconds."""


class Desk:
    """Does things to a window, and lets it come to rest after each.

    Parameters
    ----------
    window : MainWindow
    dog : Watchdog
    """

    def __init__(self, window, dog):
        self.window, self.dog = window, dog

    @property
    def view(self):
        """The view of what is open, None without."""
        return self.window.signal_view

    @property
    def at_rest(self):
        """Whether nothing is left to be done, but for what goes on by itself."""
        view = self.view
        return view is None or view.player.playing or not view.busy

    def do(self, words, act, rest=0.02):
        """Do something, and wait until what it comes to is on screen."""
        self.dog.act = words
        with self.dog.turn():
            act()
        self.dog.rest(rest)
        assert self.dog.spin(lambda: self.at_rest, PATIENCE), f"no rest after {words}"

    def wait(self, until, words):
        """Wait until something is true."""
        assert self.dog.spin(until, PATIENCE), words

    def open(self, path="recording", recording=None):
        """Open a recording."""
        before = self.view
        self.do(f"opening {path}", lambda: self.window.open(str(path), recording))
        self.wait(lambda: self.view is not before, f"{path} does not open")
        self.do(f"opening {path}", lambda: None)

    # -- keys ------------------------------------------------------------------------------------

    def press(self, key, words="", rest=0.02):
        """Press a key, as Qt writes it; what it comes to is up to what has the keyboard."""
        combination = QKeySequence(key)[0]
        window = QApplication.activeWindow() or self.window
        self.do(
            words or f"key {key}",
            lambda: QTest.keyClick(
                window.windowHandle(), combination.key(), combination.keyboardModifiers()
            ),
            rest,
        )

    def write(self, text):
        """Write on the keyboard."""
        window = QApplication.activeWindow() or self.window
        for character in text:
            self.do(
                f"writing {text}",
                lambda character=character: QTest.keyClick(window.windowHandle(), character),
            )

    # -- mouse -------------------------------------------------------------------------------------

    def click(self, widget, at=None, button=Button.LeftButton, held=Mod.NoModifier, words=""):
        """Click on a widget, in its middle or at a place."""
        place = widget.rect().center() if at is None else at
        self.do(
            words or f"click on {type(widget).__name__}",
            lambda: QTest.mouseClick(widget, button, held, place),
        )

    def double_click(self, widget, at, words=""):
        """Do what a hand does: a click, and a double click where it was."""

        def twice():
            QTest.mouseClick(widget, Button.LeftButton, pos=at)
            QTest.mouseDClick(widget, Button.LeftButton, pos=at)
            QTest.mouseRelease(widget, Button.LeftButton, pos=at)

        self.do(words or f"double click on {type(widget).__name__}", twice)

    def move(self, widget, at, words=""):
        """Move the mouse to a place of a widget."""
        self.do(
            words or f"mouse over {type(widget).__name__}",
            lambda: QTest.mouseMove(widget, at),
            rest=0.005,
        )

    def drag(self, widget, start, stop, button=Button.LeftButton, held=Mod.NoModifier, words=""):
        """Press a button, move to another place in a few steps, and let go."""
        words = words or f"drag over {type(widget).__name__}"
        self.do(words, lambda: QTest.mousePress(widget, button, held, start))
        for step in range(1, 7):
            way = (stop - start) * (step / 6)
            self.move(widget, start + way, words)
        self.do(words, lambda: QTest.mouseRelease(widget, button, held, stop))

    def turn_wheel(self, widget, at, notches, held=Mod.NoModifier, words=""):
        """Turn the wheel over a place."""
        self.do(
            words or f"wheel over {type(widget).__name__}",
            lambda: wheel(widget, at, notches, held),
        )

    def choose(self, menu, title, text):
        """Choose an entry of a menu below one of the menu bar's."""
        below = next(
            item.menu()
            for item in self.window.menus.menus[menu].actions()
            if item.menu() is not None and item.text() == title
        )
        item = next(item for item in below.actions() if item.text() == text)
        self.do(f"{title}: {text}", item.trigger)

    # -- what an act opens -------------------------------------------------------------------------

    def close_extras(self):
        """Close the dialogs and menus that are open."""
        while (popup := QApplication.activePopupWidget()) is not None:
            self.do("closing a menu", popup.close)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                self.do(f"closing {widget.windowTitle()}", widget.close)

    # -- places of the view ------------------------------------------------------------------------

    def in_plot(self, across, down):
        """Return a place of the view at these shares of its plot."""
        layout = self.view.frame.layout
        plot = layout.plot
        x, y = plot.x0 + across * (plot.width - 1), plot.y0 + down * (plot.height - 1)
        return QPoint(int(x / layout.ratio), int(y / layout.ratio))

    def on_label(self, down):
        """Return a place of the view beside its plot, where labels of channels are."""
        return QPoint(20, self.in_plot(0, down).y())

    def on_border(self):
        """Return a place of the view on the border between its first two panels."""
        layout = self.view.frame.layout
        y = layout.separators[0].y0 + layout.separators[0].height / 2
        return QPoint(self.in_plot(0.5, 0).x(), int(y / layout.ratio))

"""Desktop windows for tests, and hands for them: keys and mouse as a person uses them."""

import threading

import numpy as np
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from viewer.qt.window.main_window import MainWindow
from viewer.settings import Settings

Key, Mod, Left = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton


def two_streams():
    """Return 60 s of 6 channels at 1 kHz and 3 at 250 Hz, with units and events."""
    fast = (noise(60_000, 6) // 64).astype("int16")
    slow = (noise(15_000, 3, seed=1) // 64).astype("int16")
    return ArrayReader(
        [[(0.0, fast), (0.0, slow)]],
        [1000.0, 250.0],
        units={"a": np.arange(0.25, 60, 0.5), "b": np.array([0.1, 30.0])},
        events={"stim": [(t + 0.75, str(t)) for t in range(60)]},
        unit_channel={0: 2},
    )


def make_window(qtbot, opener=lambda path: two_streams(), *, keep=False, **settings):
    """Return a shown window without a recording, which has the keyboard."""
    window = window_to_delete(qtbot, opener, keep=keep, **settings)
    # Kept until it is closed: Python might collect it while it is being painted after its test.
    qtbot.addWidget(window, before_close_func=lambda _, kept=window: None)
    return window


def window_to_delete(qtbot, opener=lambda path: two_streams(), *, keep=False, **settings):
    """Return such a window, which the test itself ends."""
    wanted = {"renderer": "software", "theme": "dark"} | settings
    window = MainWindow(opener, Settings(**wanted), keep=keep)
    if not keep:
        window.resize(1200, 700)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
    return window


def open_path(qtbot, window, path="arrays", recording=None):
    """Open a recording and return its view, at rest."""
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open(str(path), recording)
    settle(qtbot, window.signal_view)
    return window.signal_view


def press(window, key, modifier=Mod.NoModifier):
    """Press a key of the keyboard: what it comes to is up to whatever has the focus."""
    QTest.keyClick(window.windowHandle(), key, modifier)


def write(window, text):
    """Write on the keyboard."""
    for character in text:
        QTest.keyClick(window.windowHandle(), character)


def click(widget, at=None, button=Left):
    """Click in the middle of a widget, or at a place of it."""
    QTest.mouseClick(widget, button, pos=widget.rect().center() if at is None else at)


def choose(box, text):
    """Choose an entry from the list of a box, with the mouse."""
    box.showPopup()
    rows = box.view()
    index = rows.model().index(box.findText(text), 0)
    assert index.isValid(), f"{text!r} is not in the list"
    rows.scrollTo(index)
    QTest.mouseClick(rows.viewport(), Left, pos=rows.visualRect(index).center())


def choose_in(menu, text):
    """Click on an entry of a menu that is open."""
    item = next(item for item in menu.actions() if item.text() == text)
    QTest.mouseClick(menu, Left, pos=menu.actionGeometry(item).center())


def in_lane(view, row):
    """Return a place in the middle of a channel's lane, in logical pixels of the view."""
    layout = view.frame.layout
    x = (layout.plot.x0 + layout.plot.x1) / 2
    ys = [y for y in range(layout.height) if layout.row_at(y, view.view) == row]
    assert ys, f"channel {row} is not on screen"
    return QPointF(x, (ys[0] + ys[-1]) / 2) / layout.ratio


def right_click(qtbot, view, at):
    """Click with the right button and return the menu that it opens."""
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=QPoint(round(at.x()), round(at.y())))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    return QApplication.activePopupWidget()


def running(*names):
    """Return the names of the program's threads, or of those that begin with one of `names`."""
    there = [thread.name for thread in threading.enumerate()]
    return [name for name in there if name.startswith(names or ("rawscope",))]

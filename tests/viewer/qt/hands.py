"""A person's hands on the real widget: keys, the mouse, and places to put it."""

import re

import numpy as np
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QImage, QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from viewer.qt.view.signal_view import SignalView

Button = Qt.MouseButton
Key = Qt.Key
Mod = Qt.KeyboardModifier

BESIDE = QPoint(2, 2)
"""A place of any view that is beside the plot."""

SAID = re.compile(
    r"(?P<time>-?[0-9.]+) s · sample (?P<sample>\d+) · (?P<name>\S+)(?: · raw (?P<raw>\S+))?"
    r" · (?P<value>\S+) (?P<units>\S+)"
)
"""What the read-out says of one sample, times in seconds and within the first minute."""

MINUS = "\N{MINUS SIGN}"

FACTORS = {"nV": 1e-3, "µV": 1.0, "mV": 1e3, "V": 1e6}
"""Microvolts."""


def shown(qtbot, reader, renderer="software", size=(900, 600), **options):
    """Return a view that is on screen and at rest."""
    widget = SignalView(reader, renderer=renderer, **options)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(*size)
    widget.show()
    settle(qtbot, widget)
    return widget


def two_streams(seconds=60):
    """Return 8 channels of 1 kHz, and 3 of another stream of 250 Hz beside them."""
    fast = (noise(1000 * seconds, 8, seed=1) // 64).astype(np.int16)
    slow = (noise(250 * seconds, 3, seed=2) // 8).astype(np.int16)
    return ArrayReader([[(0.0, fast), (0.0, slow)]], [1000.0, 250.0], gain=0.5)


def press(view, key, modifier=Mod.NoModifier):
    QTest.keyClick(view, key, modifier)


def logical(view, x, y):
    """Return physical pixels of a view as a place for the mouse."""
    ratio = view.frame.layout.ratio
    return QPoint(round(x / ratio), round(y / ratio))


def center(view):
    plot = view.frame.layout.plot
    return logical(view, (plot.x0 + plot.x1) / 2, (plot.y0 + plot.y1) / 2)


def in_lane(view, lane, panel=0, across=0.5):
    """Return the middle of a lane, at a share of the plot's width."""
    layout = view.frame.layout
    x = layout.plot.x0 + across * layout.plot.width
    return logical(view, x, layout.panels[panel].centers[lane])


def label_of(view, lane, panel=0):
    layout = view.frame.layout
    return logical(view, layout.plot.x0 - 12 * layout.ratio, layout.panels[panel].centers[lane])


def _tell(view, kind, place, button, held, modifier):
    # To the widget itself: what QTest sends through the window comes when the window gets to it.
    where = QPointF(place)
    event = QMouseEvent(kind, where, view.mapToGlobal(where), button, held, modifier)
    QApplication.sendEvent(view, event)


def move(view, place, held=Button.NoButton, modifier=Mod.NoModifier):
    _tell(view, QEvent.Type.MouseMove, place, Button.NoButton, held, modifier)


def hold(view, place, button=Button.LeftButton, modifier=Mod.NoModifier):
    _tell(view, QEvent.Type.MouseButtonPress, place, button, button, modifier)


def let_go(view, place, button=Button.LeftButton, modifier=Mod.NoModifier):
    _tell(view, QEvent.Type.MouseButtonRelease, place, button, Button.NoButton, modifier)


def click(view, place, button=Button.LeftButton, modifier=Mod.NoModifier):
    hold(view, place, button, modifier)
    let_go(view, place, button, modifier)


def double_click(view, place, button=Button.LeftButton):
    """Click twice, as Qt tells of it: of a press, a release, a double click, a release."""
    click(view, place, button)
    _tell(view, QEvent.Type.MouseButtonDblClick, place, button, button, Mod.NoModifier)
    let_go(view, place, button)


def drag(view, start, *stops, button=Button.LeftButton, modifier=Mod.NoModifier, release=True):
    """Press a button, go from place to place, and let it go at the last."""
    hold(view, start, button, modifier)
    for stop in stops:
        move(view, stop, button, modifier)
    if release:
        let_go(view, stops[-1], button, modifier)


def said_at(qtbot, view, place):
    """Return what the read-out says once the mouse is at a place, with hyphens for minus signs."""
    said = []
    move(view, BESIDE)  # what was asked before has no answer any more
    view.pointed.connect(said.append)
    move(view, place)
    qtbot.waitUntil(lambda: bool(said))
    view.pointed.disconnect(said.append)
    assert not re.search(r"(?<!\w)-\d", said[-1]), "numbers are written with minus signs"
    return said[-1].replace(MINUS, "-")


def microvolts(words):
    """Return an amplitude as it is said, in microvolts."""
    number, units = words.split()
    return float(number.replace(MINUS, "-")) * FACTORS[units]


def screen(view):
    """Return what the screen shows of a view of pixel ratio 1: RGB, int (height, width, 3)."""
    window = view.window().windowHandle()
    corner = view.mapToGlobal(QPoint(0, 0))
    image = window.screen().grabWindow(0, corner.x(), corner.y(), view.width(), view.height())
    image = image.toImage().convertToFormat(QImage.Format.Format_RGB888)
    bits = image.constBits().asstring(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def wait_for_screen(qtbot, view):
    """Wait until the screen shows a view as it is by now; return what it shows."""
    seen = [screen(view)]

    def rests():
        view.repaint()
        qtbot.wait(30)
        seen.append(screen(view))
        return np.array_equal(*seen[-2:])

    qtbot.waitUntil(rests)
    return seen[-1]

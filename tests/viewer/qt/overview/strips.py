"""A strip over the whole recording with its view, and a mouse on it."""

from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from viewer.qt.overview.strip import HEIGHT, Overview
from viewer.qt.view.signal_view import SignalView

Left = Qt.MouseButton.LeftButton
WIDTH = 900
PIXEL = 60 / WIDTH
"""Seconds to a pixel of the strip over the reader of `conftest`."""


def shown(qtbot, reader, index=False):
    """Return a box with a view and its strip, on screen."""
    box = QWidget()
    view = SignalView(reader, renderer="software", index=index)
    strip = Overview(view)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    strip.setFixedHeight(HEIGHT)
    layout.addWidget(strip)
    layout.addWidget(view)
    box.strip, box.signals = strip, view
    qtbot.addWidget(box, before_close_func=lambda b: (strip.stop(), view.stop()))
    box.resize(WIDTH, 500)
    box.show()
    qtbot.waitExposed(box)
    return box


def drawn(qtbot, strip):
    """Wait until the strip shows all that it can."""
    qtbot.waitUntil(lambda: not strip.busy, timeout=20_000)


def at(x, y=25):
    return QPoint(round(x), y)


def drag(strip, start, *stops):
    QTest.mousePress(strip, Left, pos=at(start))
    for stop in stops:
        QTest.mouseMove(strip, at(stop))
    QTest.mouseRelease(strip, Left, pos=at(stops[-1]))


def window(strip):
    return strip.view.window.t_start, strip.view.window.duration

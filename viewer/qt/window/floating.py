"""Docks and bars that float: they keep the colours of the window, and hand keys on to it."""

from collections.abc import Iterable

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QMainWindow, QWidget


class FloatingParts(QObject):
    """Has parts of a window belong to it, also while they float.

    A part that floats is a window of its own for Qt, to which palettes are not handed down, and
    beyond which keys that nothing takes are not handed on.

    Parameters
    ----------
    window : QMainWindow
    parts : iterable of QWidget
        Its docks and bars.
    """

    def __init__(self, window: QMainWindow, parts: Iterable[QWidget]) -> None:
        super().__init__(window)
        self._window = window
        for part in parts:
            part.setAttribute(Qt.WidgetAttribute.WA_WindowPropagation)
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Hand keys on to the window."""
        if not (isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress):
            return False
        if not (isinstance(watched, QWidget) and watched.isWindow()):
            return False
        self._window.keyPressEvent(event)
        return event.isAccepted()

"""From worker threads to widgets, safely whatever becomes of the widgets.

A thread must not emit a signal of a widget that is being destroyed. So threads emit the signals of
an object of their own, which lives as long as anybody holds it; Qt delivers them in the GUI thread
to receivers that still exist, and drops the rest.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal


class _Teller(QObject):
    """An object whose signals threads may emit. Make it in the GUI thread, without a parent."""

    def teller(self, name: str) -> Callable[..., None]:
        """Return a function that emits a signal, and keeps this object alive as long as it is held.

        ``bridge.changed.emit`` does not: a thread that calls it when the bridge is gone crashes.
        """

        def tell(*arguments: object) -> None:
            with suppress(RuntimeError):  # the program ends, and Qt with it
                getattr(self, name).emit(*arguments)

        return tell


class Relay(_Teller):
    """One signal, of anything."""

    said = pyqtSignal(object)


class Bridge(_Teller):
    """The signals of a view's threads."""

    changed = pyqtSignal()
    progressed = pyqtSignal()
    tile_unreadable = pyqtSignal(str)
    points_read = pyqtSignal(object)
    scale_measured = pyqtSignal(object)
    frame_drawn = pyqtSignal(object, object)
    message = pyqtSignal(str)
    said = pyqtSignal(str)


def while_alive(method: Callable[..., None]) -> Callable[..., None]:
    """Make a widget's method do nothing once the widget is gone.

    Models, and what was on its way from a thread, may outlive a widget that went with its parent:
    Qt has destroyed it then, while Python still holds its shell.
    """

    @wraps(method)
    def call(self: Any, *arguments: Any) -> None:
        if not sip.isdeleted(self):
            method(self, *arguments)

    return call

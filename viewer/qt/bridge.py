"""From worker threads to widgets, safely whatever becomes of the widgets.

A thread must not emit a signal of a widget that is being destroyed. So threads emit the signals of
an object of their own, which lives as long as anybody holds it; Qt delivers them in the GUI thread
to receivers that still exist, and drops the rest.

Where a receiver lives on while what it was told is of no use any more, a `Messenger` stands
between: once it is closed, nothing that threads have said arrives, not even what is on its way.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from types import MethodType
from typing import Any
from weakref import WeakMethod

from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal

PATIENCE_SECONDS = 2.0
"""How long the end of the program waits for a thread that is just saying something."""


class _Line:
    """What all threads speak through, so that the end of the program can wait for who speaks.

    A signal that a thread emits while Qt is taken down crashes.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._speaking = 0
        self._open = True

    @contextmanager
    def speaking(self) -> Iterator[bool]:
        """Speak; nothing is to be said where this gives False."""
        with self._change:
            heard = self._open
            self._speaking += heard
        try:
            yield heard
        finally:
            with self._change:
                self._speaking -= heard
                self._change.notify_all()

    def join(self) -> None:
        """Let everybody speak."""
        with self._change:
            self._open = True

    def cut(self, seconds: float) -> None:
        """Let nobody speak any more, and wait for those who do, for some seconds."""
        with self._change:
            self._open = False
            self._change.wait_for(lambda: not self._speaking, seconds)


_line = _Line()


def hear() -> None:
    """Have what threads say reach Qt: a program begins, maybe after another in this process."""
    _line.join()


def hear_no_more() -> None:
    """Have nothing of what threads say reach Qt from now on: the program ends.

    Call it in the GUI thread, when nothing is shown any more; threads may go on.
    """
    _line.cut(PATIENCE_SECONDS)


class _Teller(QObject):
    """An object whose signals threads may emit. Make it in the GUI thread, without a parent."""

    def teller(self, name: str) -> Callable[..., None]:
        """Return a function that emits a signal, and keeps this object alive as long as it is held.

        ``bridge.changed.emit`` does not: a thread that calls it when the bridge is gone crashes.
        """

        def tell(*arguments: object) -> None:
            with _line.speaking() as heard, suppress(RuntimeError):  # Qt may be gone otherwise
                if heard:
                    getattr(self, name).emit(*arguments)

        return tell


class Relay(_Teller):
    """One signal, of anything."""

    said = pyqtSignal(object)


class Messenger(QObject):
    """Has what threads say taken in by the GUI thread, in the order in which it is said.

    It is made and closed in the GUI thread, and that is where it is looked at whether it is closed:
    threads need not know, and whatever they do, nobody is called after `close`.
    """

    _said = pyqtSignal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._closed = False
        self._said.connect(self._hand_over)

    def to(self, take: Callable[..., object]) -> Callable[..., None]:
        """Return a function that any thread may call, and that has `take` called by the GUI thread.

        Called by the GUI thread itself, it calls `take` at once. It keeps this messenger alive, but
        not the object whose method `take` is: a thread that works for a widget must not hold it.
        """
        found: Callable[[], Callable[..., object] | None]
        found = WeakMethod(take) if isinstance(take, MethodType) else lambda: take

        def tell(*arguments: object) -> None:
            with _line.speaking() as heard, suppress(RuntimeError):  # Qt may be gone otherwise
                if heard:
                    self._said.emit(found, arguments)

        return tell

    def close(self) -> None:
        """Call nobody any more."""
        self._closed = True

    def _hand_over(
        self,
        found: Callable[[], Callable[..., object] | None],
        arguments: tuple[object, ...],
    ) -> None:
        take = None if self._closed else found()
        if take is not None:
            take(*arguments)


class Bridge(_Teller):
    """The signals of a view's threads."""

    changed = pyqtSignal()
    progressed = pyqtSignal()
    tile_unreadable = pyqtSignal(str)
    points_read = pyqtSignal(object)
    scale_measured = pyqtSignal(object)
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

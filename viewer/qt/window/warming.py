"""Imports, in idle time, what docks and dialogs take: they are quick when they are first wanted."""

import importlib
import logging
import sys

from PyQt6.QtCore import QObject, QTimer

log = logging.getLogger("viewer")

WAIT_MS = 500
"""After a recording is opened: the first picture comes first."""

MODULES = (
    "viewer.qt.channels.table",
    "viewer.qt.points.unit_table",
    "viewer.qt.points.event_panel",
    "viewer.qt.info.panel",
    "viewer.qt.dialogs.help_sheet",
    "viewer.qt.dialogs.data_dialog",
    "viewer.qt.dialogs.picture_dialog",
    "viewer.qt.dialogs.settings_dialog",
)
"""What docks and dialogs are made from, those first that are wanted first."""


class Warming(QObject):
    """Imports one module after the other, in between letting the window do what it is asked for.

    Nothing but imports is done: what nobody looks at is not made.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = [*MODULES]
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._step)

    def begin(self) -> None:
        """Begin when the window has been left alone for a while."""
        if self._left:
            self._timer.start(WAIT_MS)

    def _step(self) -> None:
        while self._left and self._left[0] in sys.modules:
            self._left.pop(0)
        if not self._left:
            return
        name = self._left.pop(0)
        try:
            importlib.import_module(name)
        except ImportError:  # whoever wants it is told then
            log.warning("%s cannot be imported", name, exc_info=True)
        self._timer.start(0)

"""`ExportDialog`: what the dialogs have in common that write what a view shows to a file."""

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.qt.bridge import while_alive
from viewer.qt.dialogs.save_path import Chooser
from viewer.qt.dialogs.working import Working
from viewer.qt.view.signal_view import SignalView

GAP = 12
"""Logical pixels between the parts of a dialog."""


class ExportDialog(QDialog):
    """Follows a view, asks for a path, and has one thing at a time written in a thread.

    Parameters
    ----------
    signal_view : SignalView
        The dialog closes with it.
    title : str
    parent : QWidget or None
    choose : callable
        Asks for a path; see `viewer.qt.dialogs.save_path.Chooser`.

    Attributes
    ----------
    working : Working
    """

    def __init__(
        self, signal_view: SignalView, title: str, parent: QWidget | None, choose: Chooser
    ) -> None:
        super().__init__(parent)
        self._widget, self._choose = signal_view, choose
        self.setWindowTitle(title)
        if parent is not None:
            self.setPalette(parent.palette())
        self.working = Working()
        self.working.busy_changed.connect(lambda _: self._allow())
        self.working.done.connect(self.working.say)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._refresh)
        signal_view.view.changed.connect(self._schedule)
        signal_view.destroyed.connect(self.close)

    def _refresh(self) -> None:
        """Follow the view."""
        raise NotImplementedError

    def _allow(self) -> None:
        """Have the button be enabled where something can be written now."""
        raise NotImplementedError

    def _ask(self) -> None:
        """Ask for a path, and write there."""
        raise NotImplementedError

    @while_alive
    def _schedule(self) -> None:
        """Follow the view once the events that are under way are done with."""
        if not self._soon.isActive():
            self._soon.start()

    def _button(self, text: str, tip: str) -> QPushButton:
        """Return the button that asks for a path."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setDefault(True)
        button.clicked.connect(self._ask)
        return button

    def _stack(
        self, least_width: int, parts: list[QWidget | QLayout], act: QPushButton, given_up: str
    ) -> None:
        """Lay parts out above what works and the buttons.

        Parameters
        ----------
        least_width : int
            Logical pixels; sentences have to be read in it.
        parts : list of QWidget or QLayout
        act : QPushButton
            From `_button`.
        given_up : str
            What is said of closing.
        """
        self.setMinimumWidth(least_width)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(act, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert close is not None
        close.setAutoDefault(False)
        close.setIcon(QIcon())
        close.setToolTip(given_up)
        column = QVBoxLayout(self)
        column.setSpacing(GAP)
        for part in parts:
            if isinstance(part, QWidget):
                column.addWidget(part)
            else:
                column.addLayout(part)
        column.addWidget(self.working)
        column.addStretch(1)
        column.addWidget(buttons)

    def done(self, result: int) -> None:
        """Close, and give up what is not written yet."""
        self.working.cancel()
        super().done(result)

"""`ChoiceBox`: a box to choose from a list or to write in."""

from collections.abc import Callable, Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PyQt6.QtWidgets import QComboBox, QWidget

_NOT_LEFT = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
"""The keyboard is elsewhere for a moment, and what is written stays."""


class ChoiceBox(QComboBox):
    """Shows one of several texts, or what is written in their place.

    What is written counts with Enter or when the box is left, and is given up with Esc. Qt's own
    box would complete it to what it knows: of "10", "100 Hz" would be made.

    Parameters
    ----------
    name : str
        For those who do not see it.
    tip : str
    take : callable
        Takes another text than the one on show, chosen or written, and returns whether it made
        sense of it.
    editable : bool
        Whether other texts than the listed ones can be written.
    parent : QWidget or None

    Attributes
    ----------
    left : Qt signal
        After a choice from the list, Enter or Esc: something else may have the keyboard. Whoever
        goes through the list by arrow keys or wheel keeps it.
    """

    left = pyqtSignal()

    def __init__(
        self,
        name: str,
        tip: str,
        take: Callable[[str], bool],
        *,
        editable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._take = take
        self._shown = ""
        self._stepping = False
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # and not by a wheel that passes over it
        if editable:
            self.setEditable(True)
            self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            self.setCompleter(None)
        self.activated.connect(lambda _: self._choose())

    def set_texts(self, texts: Sequence[str]) -> None:
        """Set what is listed; the first of it is shown."""
        self.clear()
        self.addItems(list(texts))
        self._shown = self.currentText()

    def show_text(self, text: str) -> None:
        """Show a text that counts now; what is just being written in its place stays."""
        being_written = self.isEditable() and self.hasFocus() and self.currentText() != self._shown
        self._shown = text
        if not being_written:
            self._set(text)

    def _set(self, text: str) -> None:
        index = self.findText(text)
        if index >= 0:
            self.setCurrentIndex(index)
        if self.isEditable():
            self.setEditText(text)

    def _count(self) -> bool:
        """Have what is in the box count; return whether that made sense."""
        text = self.currentText()
        understood = text == self._shown or self._take(text)
        if understood:
            self._set(self._shown)  # as it is usually written
        return understood

    def _choose(self) -> None:
        """Take what is chosen; Qt says so as well when the box is left, of what it shows anyhow."""
        had_keyboard, stepping = self.hasFocus(), self._stepping
        if not self._count():
            self._set(self._shown)
        if had_keyboard and not stepping:
            self.left.emit()

    # -- Qt events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Take what is written with Enter, give it up with Esc; else write, or go through."""
        assert event is not None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            edit = self.lineEdit()
            if self._count():
                self.left.emit()
            elif edit is not None:
                edit.selectAll()
        elif event.key() == Qt.Key.Key_Escape:
            self._set(self._shown)
            self.left.emit()
        else:
            self._stepping = True
            super().keyPressEvent(event)
            self._stepping = False

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Go through the list, if the box has the keyboard: else a passing wheel would filter."""
        assert event is not None
        if not self.hasFocus():
            event.ignore()
            return
        self._stepping = True
        super().wheelEvent(event)
        self._stepping = False

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Take what is written when the box is left for good."""
        assert event is not None
        super().focusOutEvent(event)
        if event.reason() not in _NOT_LEFT and not self._count():
            self._set(self._shown)

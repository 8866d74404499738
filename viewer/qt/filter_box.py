"""`FilterBox`: a line for a text that what is listed must have in it."""

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLineEdit, QWidget


class FilterBox(QLineEdit):
    """A line for a text. Esc clears it; Esc once more, Down or Enter go on to the list.

    Parameters
    ----------
    words : str
        That stand in it while it is empty.
    tip : str
    parent : QWidget or None

    Attributes
    ----------
    left : Qt signal
        The list may have the keyboard.
    """

    left = pyqtSignal()

    def __init__(self, words: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(words)
        self.setToolTip(tip)
        self.setAccessibleName(words)
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(60)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Clear or leave the line; other keys write."""
        assert event is not None
        key = event.key()
        if key == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif key in (
            Qt.Key.Key_Escape,
            Qt.Key.Key_Down,
            Qt.Key.Key_Return,
            Qt.Key.Key_Enter,
        ):
            self.left.emit()
        else:
            super().keyPressEvent(event)

"""A sentence in a dialog: what an act came to, or what went wrong with it."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStyle, QWidget

from viewer.qt.names import breakable

ICON = 16
"""Logical pixels."""


class Saying(QWidget):
    """Says a sentence, with a sign that tells whether something went wrong; hidden without one.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._icon, self._label = QLabel(), QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; "" where nothing is."""
        return self._text

    def note(self, sentence: str) -> None:
        """Say a sentence without a sign, in place of what was said."""
        self._put(sentence, None)

    def say(self, sentence: str) -> None:
        """Say what came of something."""
        self._put(sentence, QStyle.StandardPixmap.SP_MessageBoxInformation)

    def complain(self, sentence: str) -> None:
        """Say what went wrong."""
        self._put(sentence, QStyle.StandardPixmap.SP_MessageBoxWarning)

    def clear(self) -> None:
        """Say nothing."""
        self._text = ""
        self._label.clear()
        self.hide()

    def _put(self, sentence: str, icon: QStyle.StandardPixmap | None) -> None:
        style = self.style()
        assert style is not None
        self._text = sentence
        if icon is not None:
            self._icon.setPixmap(style.standardIcon(icon).pixmap(ICON, ICON))
        self._icon.setVisible(icon is not None)
        self._label.setText(breakable(sentence))
        self.show()

"""Lines of text in panels: short ones that say what is there, and one for what is not."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

from viewer.qt.names import breakable, on_one_line, tip_of

LONGEST = 240
"""Characters of a remark that are shown; its tooltip has more."""


class Line(QLabel):
    """Says a sentence in the width there is; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        # However long a word is, it does not make the panel wider.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said = ""
        self.hide()

    def say(self, sentence: str) -> None:
        """Say a sentence in place of what was said, or nothing."""
        if sentence == self.said:
            return
        self.said = sentence
        self.setText(breakable(on_one_line(sentence, LONGEST)))
        self.setToolTip(tip_of(sentence) if len(sentence) > LONGEST else "")
        self.setVisible(bool(sentence))


class Calm(QLabel):
    """A sentence in place of a table that would be empty."""

    def __init__(self, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(sentence, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(24)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)

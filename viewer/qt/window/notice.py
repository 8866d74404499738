"""A line below the view that says what went wrong, for half a minute or until it is dismissed."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from viewer.qt.names import breakable, tip_of

SHOWN_MS = 30_000
BAR = 3
"""Logical pixels: how wide the bar is that tells a sentence from what waits."""


class Notice(QFrame):
    """Says a sentence; hidden while there is none.

    Attributes
    ----------
    act_button : QPushButton
        Does what can be done about it; hidden where there is nothing of the kind.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)  # raised from what is around it
        self._sentence = ""
        self._color = QColor()
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._wait: tuple[str, Callable[[], None]] | None = None
        self._act: Callable[[], None] | None = None
        self.act_button = QPushButton()
        self.act_button.clicked.connect(self._do)
        self.act_button.hide()
        self._close = QToolButton()
        self._close.setText("Dismiss")
        self._close.setAutoRaise(True)
        self._close.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 5)
        row.addWidget(self._label, 1)
        row.addWidget(self.act_button)
        row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; "" where nothing is."""
        return self._sentence

    @property
    def waiting(self) -> bool:
        """Whether something takes long, be it that another sentence is before it."""
        return self._wait is not None

    def say(
        self, sentence: str, whole: str = "", act: tuple[str, Callable[[], None]] | None = None
    ) -> None:
        """Say a sentence in place of what was said.

        Parameters
        ----------
        sentence : str
        whole : str
            The same with whole paths, for whoever waits with the mouse.
        act : (str, callable) or None
            What can be done about it, in words, and what does it.
        """
        self._show(sentence, "Dismiss")
        self._label.setToolTip(tip_of(whole) if whole not in ("", sentence) else "")
        if act is not None:
            text, self._act = act
            self.act_button.setText(text)
            self.act_button.show()
        self._timer.start(SHOWN_MS)

    def wait(self, sentence: str, give_up: Callable[[], None]) -> None:
        """Say what takes long, until `clear`; dismissing it gives it up."""
        self._wait = sentence, give_up
        self._timer.stop()
        self._show(sentence, "Cancel")

    def set_color(self, color: QColor) -> None:
        """Set the colour of the bar beside what went wrong."""
        self._color = color
        self.update()

    def dismiss(self) -> bool:
        """Say a sentence no longer; return whether one was said. What waits goes on waiting."""
        if not self._timer.isActive():
            return False
        self._go_on()
        return True

    def take_back(self, sentence: str) -> None:
        """Say this sentence no longer, if it is the one that is said."""
        if sentence == self._sentence:
            self.dismiss()

    def clear(self) -> None:
        """Say nothing."""
        self._wait = None
        self._go_on()

    def _show(self, sentence: str, button: str) -> None:
        self._sentence = sentence
        self._act = None
        self.act_button.hide()
        self._label.setToolTip("")
        self._label.setText(breakable(sentence))  # paths are long
        self._close.setText(button)
        self.show()
        self.update()

    def _go_on(self) -> None:
        """After a sentence: say what still takes long, or nothing."""
        self._timer.stop()
        if self._wait is not None:
            self._show(self._wait[0], "Cancel")
        else:
            self._sentence = ""
            self._label.clear()
            self.hide()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a bar at the left of what went wrong; what only takes long has none."""
        super().paintEvent(event)
        if self._timer.isActive():
            painter = QPainter(self)
            painter.fillRect(0, 0, BAR, self.height(), self._color)
            painter.end()

    def _do(self) -> None:
        act = self._act
        self.dismiss()
        if act is not None:
            act()

    def _press(self) -> None:
        if self.dismiss() or self._wait is None:
            return
        _, give_up = self._wait
        self.clear()
        give_up()

"""The line below the view: how exact it is, what is under the mouse, which part is shown."""

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QMainWindow

from viewer.model import Channels
from viewer.qt.names import tip_of
from viewer.qt.view.signal_view import SignalView
from viewer.render.pages import page_words
from viewer.render.quantities import format_duration

SAID_MS = 6000


class Elided(QLabel):
    """A line of text of which what does not fit is left out, with an ellipsis in its place."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Write as much as fits."""
        box = self.contentsRect()
        metrics = QFontMetrics(self.font())
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, box.width())
        painter = QPainter(self)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()


class StatusBar:
    """The labels of a window's status bar.

    Parameters
    ----------
    window : QMainWindow
    """

    def __init__(self, window: QMainWindow) -> None:
        bar = window.statusBar()
        assert bar is not None
        self._bar = bar
        self.state, self.sample, self.place = Elided(), QLabel(), QLabel()
        self.state.setContentsMargins(8, 0, 0, 0)
        self.place.setContentsMargins(12, 0, 8, 0)
        self.sample.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.sample.setToolTip("The sample under the mouse")
        for label in (self.state, self.sample, self.place):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setMinimumWidth(100)  # what does not fit must not make the window wider
        bar.addWidget(self.state, 1)
        bar.addPermanentWidget(self.sample)
        bar.addPermanentWidget(self.place)

    def say(self, words: str) -> None:
        """Say what an act came to, for a few seconds."""
        self._bar.showMessage(words, SAID_MS)

    def show_view(self, view: SignalView) -> None:
        """Say how exact the picture on screen is, and what part of the recording it shows."""
        window = view.view.window
        whole = format_duration(window.t_max - window.t_min)
        self.state.setText(view.status)
        self.state.setToolTip(
            tip_of(view.status, "Whether every sample counts in what is drawn, and the zoom")
        )
        drawn = f"Drawn by the {view.renderer} renderer."
        self.place.setToolTip(tip_of(" ".join(filter(None, (drawn, view.why_software)))))
        self.place.setText(
            f"{page_text(view.view.channels)} · {format_duration(window.duration)} of {whole}"
        )

    def clear(self) -> None:
        """Say nothing."""
        for label in (self.state, self.sample, self.place):
            label.clear()


def page_text(channels: Channels) -> str:
    """Return which channels are on screen, in words."""
    panels = channels.panels
    if not panels:
        return "no channels shown"
    if len(panels) > 1:
        return f"{len(channels.shown)} of {len(channels.listed)} channels"
    words = page_words(channels, panels[0].stream)
    count = len(channels.listed)
    return words[0] if words else f"{count} channel{'s' * (count > 1)}"

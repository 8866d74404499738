"""The line below the view: how exact it is, what is under the mouse, which part is shown."""

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QMainWindow

from viewer.model import Channels
from viewer.qt.view.signal_view import SignalView
from viewer.render.quantities import format_duration

SAID_MS = 6000


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
        self.state, self.sample, self.place = QLabel(), QLabel(), QLabel()
        self.state.setContentsMargins(8, 0, 0, 0)
        self.place.setContentsMargins(12, 0, 8, 0)
        self.sample.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.state.setToolTip("Zoom, and whether every sample counts in what is drawn")
        self.sample.setToolTip("The sample under the mouse")
        for label in (self.state, self.sample, self.place):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setMinimumWidth(40)  # what does not fit is cut off, not the window made wider
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
        self.place.setToolTip(view.why_software or "")
        self.place.setText(
            f"{page_text(view.view.channels)}   {format_duration(window.duration)} of {whole}   "
            f"{view.renderer} renderer"
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
        return f"{len(channels.shown)} of {len(channels.listed)} channels in {len(panels)} panels"
    (panel,) = panels
    count = len(channels.listed)
    last = min(count, panel.first_lane + panel.lanes_per_page)
    return f"channels {panel.first_lane + 1} to {last} of {count}"

"""The toolbars of the window."""

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QToolBar, QToolButton

from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.go_bar import GoBar
from viewer.qt.window.look import Icons
from viewer.qt.window.menus import Menus
from viewer.qt.window.process_bar import ProcessBar

if TYPE_CHECKING:
    from viewer.qt.window.main_window import MainWindow

MOVES = (
    ("Start of the recording", "skip-backward"),
    ("A whole window back", "step-backward"),
    ("A whole window on", "step-forward"),
    ("End of the recording", "skip-forward"),
)
PLAY = (
    ("Previous event", "chevron-double-left"),
    ("Next event", "chevron-double-right"),
    ("Play", "play"),
)
SCALE = (
    ("Less gain", "arrow-collapse-vertical"),
    ("More gain", "arrow-expand-vertical"),
    ("Fit to the noise", "fit-to-page-outline"),
)
DISPLAY = (
    ("Heat map", "view-grid"),
    ("Butterfly", "sine-wave"),
    ("Crosshair", "crosshairs"),
)
COMPARE = (("Compare with raw", "compare"),)
"""Acts by their text, and the names of their icons."""


class Bars:
    """Two toolbars: time and scale, and filters.

    Parameters
    ----------
    window : MainWindow
    menus : Menus
    icons : Icons

    Attributes
    ----------
    time : GoBar
    filters : ProcessBar
    """

    def __init__(self, window: "MainWindow", menus: Menus, icons: Icons) -> None:
        self._window, self._menus, self._icons = window, menus, icons
        self._refusal = ""
        self._view: SignalView | None = None
        self.time, self.filters = GoBar(), ProcessBar()
        self.time.fill(lambda: self._add(self.time, MOVES), lambda: self._add(self.time, PLAY))
        self.time.addSeparator()
        self._add(self.time, SCALE)
        self.time.addSeparator()
        self._add(self.time, DISPLAY)
        self._add(self.filters, COMPARE)
        self.filters.steps_wanted.connect(self._process)
        for bar in (self.time, self.filters):
            bar.setMovable(True)
            window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        window.insertToolBarBreak(self.filters)
        for bar in (self.time, self.filters):
            bar.refused.connect(self._say)
            bar.done.connect(self._finish)
        self.time.said.connect(self._tell)

    def __getitem__(self, name: str) -> QToolBar:
        """Return a bar by its name: ``time`` or ``filters``."""
        return {"time": self.time, "filters": self.filters}[name]

    def follow(self, view: SignalView | None) -> None:
        """Have the bars act on another view, or on none."""
        self._view = view
        if view is None:
            self.time.follow(None, None)
            self.filters.show_steps(())
            self.filters.show_working(False)
            return
        self.time.follow(view.view, view.player)
        self.filters.show_steps(view.steps_wanted)  # as it was left, before its layer is made
        self._show_working(view)
        view.reader_changed.connect(lambda: self._show_steps(view))

    def set_enabled(self, enabled: bool) -> None:
        """Let the bars act, or not."""
        for bar in (self.time, self.filters):
            bar.setEnabled(enabled)

    def shown(self, name: str) -> bool:
        """Return whether a bar is there."""
        return not self[name].isHidden()

    def toggle(self, name: str) -> None:
        """Show or hide a bar."""
        self[name].setVisible(self[name].isHidden())

    def hide_all(self) -> list[str]:
        """Hide all bars; return those that were there."""
        there = [name for name in ("time", "filters") if self.shown(name)]
        for name in there:
            self[name].hide()
        return there

    def _add(self, bar: QToolBar, acts: tuple[tuple[str, str], ...]) -> None:
        for text, icon in acts:
            action = self._menus.actions[text]
            bar.addAction(action)
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
                self._icons.give(action, icon)

    def _process(self, steps: object) -> None:
        if self._view is not None:
            self._view.process(steps)  # type: ignore[arg-type]
            self._show_working(self._view)

    def _show_steps(self, view: SignalView) -> None:
        if view is self._view:  # and not one that has been replaced meanwhile
            self.filters.show_steps(view.steps)
            self._show_working(view)

    def _show_working(self, view: SignalView) -> None:
        self.filters.show_working(view.filtering and bool(view.steps_wanted))

    def _finish(self) -> None:
        """Take back what was refused, now that it is mended or given up; go on with the view."""
        self._window.notice.take_back(self._refusal)
        self._refusal = ""
        if self._view is not None:
            self._view.setFocus()

    def _say(self, sentence: str) -> None:
        self._refusal = sentence
        if self._view is not None:
            self._view.message.emit(sentence)

    def _tell(self, sentence: str) -> None:
        if self._view is not None:
            self._view.said.emit(sentence)

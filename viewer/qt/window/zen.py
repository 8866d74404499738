"""Nothing but the view: everything around it is hidden, and comes back as it was."""

from typing import TYPE_CHECKING

from PyQt6.QtCore import QByteArray

if TYPE_CHECKING:
    from viewer.qt.window.main_window import MainWindow


class Zen:
    """Hides and brings back what is around a window's view.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._before: QByteArray | None = None

    @property
    def on(self) -> bool:
        """Whether nothing but the view is there."""
        return self._before is not None

    def toggle(self) -> None:
        """Hide all but the view, or bring it back."""
        if self.on:
            self.leave()
        else:
            self._enter()

    def leave(self) -> None:
        """Bring back what was there."""
        before, self._before = self._before, None
        if before is not None:
            self._window.restoreState(before)
            self._window.show_overview(True)
            self._show_lines(True)

    def _enter(self) -> None:
        window = self._window
        self._before = window.saveState()
        window.show_overview(False)
        window.docks.hide_all()
        window.bars.hide_all()
        self._show_lines(False)
        window.focus_view()

    def _show_lines(self, shown: bool) -> None:
        """Show or hide the menu bar and the status bar."""
        menus, status = self._window.menuBar(), self._window.statusBar()
        assert menus is not None and status is not None
        menus.setVisible(shown)
        status.setVisible(shown)

"""The docks of the window: tables and facts about what is on show."""

from collections.abc import Callable, Mapping

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from viewer.qt.lines import Calm
from viewer.qt.view.signal_view import SignalView

TITLES: Mapping[str, str] = {
    "channels": "Channels",
    "units": "Units",
    "events": "Events",
    "info": "Info",
}
CALM: Mapping[str, str] = {
    "channels": "Channels of the recording appear here.",
    "units": "Units, and how many spikes they have, appear here.",
    "events": "Events and epochs appear here.",
    "info": "What the files say of the recording appears here.",
}
"""What is said in them without a recording."""
WIDTH = 320
"""Logical pixels that docks have at first."""


class _Dock(QDockWidget):
    """A dock that tells by its name when somebody sees it.

    Lambdas would not do: a window that Python collects hides its docks when these have lost their
    defaults already.
    """

    seen = pyqtSignal(str)

    def __init__(self, name: str, title: str, window: QMainWindow) -> None:
        super().__init__(title, window)
        self.setObjectName(name)
        self.visibilityChanged.connect(self._tell)
        # Of a dock that leaves its tabs no visibility is told.
        self.topLevelChanged.connect(self._tell)

    def _tell(self, seen: bool) -> None:
        if seen:
            self.seen.emit(self.objectName())


class Docks:
    """One dock for each of `TITLES`, on the right, one behind the other until they are moved.

    What is in them is made when they are first seen: a window opens faster without.

    Parameters
    ----------
    window : QMainWindow
    """

    def __init__(self, window: QMainWindow) -> None:
        self._window = window
        self._view: SignalView | None = None
        self._docks: dict[str, QDockWidget] = {}
        self._filled: set[str] = set()
        makers: dict[str, Callable[[SignalView], QWidget]] = {
            "channels": _channels,
            "units": _units,
            "events": _events,
            "info": _info,
        }
        self._makers = makers
        first: QDockWidget | None = None
        for name, title in TITLES.items():
            dock = _Dock(name, title, window)
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
            if first is not None:
                window.tabifyDockWidget(first, dock)
            first = first or dock
            dock.setWidget(Calm(CALM[name]))
            dock.seen.connect(self._fill)
            self._docks[name] = dock
        assert first is not None
        first.raise_()
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.resizeDocks([first], [WIDTH], Qt.Orientation.Horizontal)

    def __getitem__(self, name: str) -> QDockWidget:
        """Return a dock by its name."""
        return self._docks[name]

    def content(self, name: str) -> QWidget | None:
        """Return what is in a dock, None as long as nobody has seen it."""
        return self._docks[name].widget() if name in self._filled else None

    def follow(self, view: SignalView | None) -> None:
        """Fill the docks anew, for another view or none."""
        for name in list(self._filled):
            self._empty(name)
        self._view = view
        for name, dock in self._docks.items():
            if view is not None and _is_seen(dock):
                self._fill(name)

    def shown(self, name: str) -> bool:
        """Return whether a dock is there, be it behind another."""
        return not self._docks[name].isHidden()

    def toggle(self, name: str) -> None:
        """Show a dock in front, or, if that is where it is, hide it."""
        dock = self._docks[name]
        if _is_seen(dock):
            dock.hide()
        else:
            dock.show()
            dock.raise_()

    def hide_all(self) -> list[str]:
        """Hide all docks; return those that were there."""
        there = [name for name in self._docks if self.shown(name)]
        for name in there:
            self._docks[name].hide()
        return there

    def _fill(self, name: str) -> None:
        if self._view is None or name in self._filled:
            return
        self._filled.add(name)
        self._put(name, self._makers[name](self._view))

    def _empty(self, name: str) -> None:
        self._filled.discard(name)
        stop = getattr(self._docks[name].widget(), "stop", None)
        if stop is not None:
            stop()
        self._put(name, Calm(CALM[name]))

    def _put(self, name: str, widget: QWidget) -> None:
        before = self._docks[name].widget()
        self._docks[name].setWidget(widget)
        if before is not None:
            # Not without a parent until then: its colours would change, and be drawn, on its way.
            before.hide()
            before.deleteLater()


def _is_seen(dock: QDockWidget) -> bool:
    """Return whether a dock is there and not behind another."""
    return dock.isVisible() and not dock.visibleRegion().isEmpty()


def _channels(view: SignalView) -> QWidget:
    from viewer.qt.channels.table import ChannelTable

    return ChannelTable(view.view)


def _units(view: SignalView) -> QWidget:
    from viewer.qt.points.unit_table import UnitTable

    table = UnitTable(view.recorded, view.view)
    table.next_wanted.connect(lambda: view.jumper.to_spike(forward=True))
    table.previous_wanted.connect(lambda: view.jumper.to_spike(forward=False))
    return table


def _events(view: SignalView) -> QWidget:
    from viewer.qt.points.event_panel import EventPanel

    panel = EventPanel(view.recorded, view.view)
    panel.next_wanted.connect(lambda: view.jumper.to_event(forward=True))
    panel.previous_wanted.connect(lambda: view.jumper.to_event(forward=False))
    return panel


def _info(view: SignalView) -> QWidget:
    from viewer.qt.info.panel import InfoPanel

    panel = InfoPanel(view.reader, view.view)
    view.reader_changed.connect(lambda: panel.set_reader(view.reader))
    return panel

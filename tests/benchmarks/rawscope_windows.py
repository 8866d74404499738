"""Pictures of windows in rawscope's widget; run as a process by ``tests.benchmarks.windows``."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from PyQt6 import QtCore
from PyQt6.QtWidgets import QApplication, QWidget

from rawio import open_recording
from tests.benchmarks.painted import watch
from tests.benchmarks.processes import memory
from viewer.engine.grid import Viewport
from viewer.qt.view.signal_view import SignalView

FIRST_WINDOW = 1.0
PAN = 0.2
STEP = 0.381966
"""Of what is left of the recording, from one fresh window to the next: never twice the same."""


def clear_tiles(view: SignalView) -> None:
    """Let go of all tiles, so that the next picture is of samples never looked at."""
    view.feeds.main.cache.clear()


class Paints(QtCore.QObject):
    """Calls back at every paint of a widget.

    Parameters
    ----------
    widget : QWidget
    call : callable
    """

    def __init__(self, widget: QWidget, call: Callable[[], None]) -> None:
        super().__init__(widget)
        self._call = call
        widget.installEventFilter(self)

    def eventFilter(  # noqa: N802
        self, watched: QtCore.QObject | None, event: QtCore.QEvent | None
    ) -> bool:
        """Look on, and let everything through."""
        if event is not None and event.type() == QtCore.QEvent.Type.Paint:
            self._call()
        return False


class Windows:
    """A view of a recording and the clock on it.

    Parameters
    ----------
    view : SignalView
    """

    def __init__(self, view: SignalView) -> None:
        self.view, self.window = view, view.view.window
        self.total = self.window.t_max - self.window.t_min
        self._watch = watch(QtCore)
        self._paints = Paints(view.plot, self._watch.painting)
        view.shown.connect(self._check)

    def _check(self) -> None:
        frame, model = self.view.frame, self.view.view
        assert frame is not None
        width = frame.layout.plot.width
        asked = Viewport.of(self.window, width, model.reference)
        (panel,) = model.channels.panels
        lanes = min(panel.lanes_per_page, len(model.channels.listed))
        if frame.exact and frame.viewport == asked and len(model.channels.shown) == lanes:
            self._watch.data_came()

    def open(self) -> None:
        """Show the view and wait for its first exact picture."""
        self._watch.seconds_of(self.view.show)

    def wait_for_index(self) -> float | None:
        """Wait until the recording is indexed as far as it will be; return how much is, 0 to 1."""
        indexer = self.view.feeds.main.indexer
        self._wait_while(lambda: indexer.running or self.view.feeds.main.reading)
        return indexer.share

    def settle(self) -> None:
        """Wait until nothing that is on screen is being read or drawn."""
        self._wait_while(lambda: self.view.busy)

    def _wait_while(self, busy: Callable[[], bool]) -> None:
        while busy():
            QtCore.QCoreApplication.processEvents()
            time.sleep(0.002)

    def go(self, t_start: float, duration: float) -> float:
        """Return milliseconds from asking for a window to its exact picture on screen."""
        took = self._watch.seconds_of(lambda: self.window.set(t_start, duration))
        self.settle()
        return 1000 * took

    def fresh(self, duration: float, repeat: int) -> list[float]:
        """Return the times of windows all over the recording, with no tile in memory."""
        room, times = self.total - duration, []
        for number in range(repeat):
            start = self.window.t_min + room * ((0.1 + STEP * number) % 1)
            if (start, duration) == (self.window.t_start, self.window.duration):
                self.go(start, duration / 2)  # there is nowhere else to come from
            clear_tiles(self.view)
            times.append(self.go(start, duration))
        return times

    def panned(self, duration: float, repeat: int) -> list[float]:
        """Return the times of moves by a fifth of the window, always to what was not seen yet."""
        times: list[float] = []
        while len(times) < repeat and self.total >= (1 + PAN) * duration:
            if not times or self.window.t_stop + PAN * duration > self.window.t_max:
                clear_tiles(self.view)
                self._go_if_elsewhere(self.window.t_min, duration)
            times.append(self.go(self.window.t_start + PAN * duration, duration))
        return times

    def _go_if_elsewhere(self, t_start: float, duration: float) -> None:
        if (t_start, duration) != (self.window.t_start, self.window.duration):
            self.go(t_start, duration)


def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Time every window for every number of lanes.

    Parameters
    ----------
    spec : dict
        ``path``, ``channels``, ``rate``, ``size``, ``lanes``, ``durations``, ``repeat`` and
        ``started``; ``span`` if a lane is to be of so many units.
    """
    application = QApplication(sys.argv[:1])
    reader = open_recording(
        spec["path"], n_channels=spec["channels"], sampling_rate=float(spec["rate"])
    )
    view = SignalView(reader, renderer="software")
    view.resize(*spec["size"])
    windows = Windows(view)
    view.view.window.set(0.0, FIRST_WINDOW)
    view.view.channels.show_page(0, spec["channels"])
    windows.open()
    for stream, units in dict(view.view.channels.span) if "span" in spec else ():
        view.view.channels.set_span(stream, units, spec["span"])
    figures: dict[str, Any] = {"opened_s": time.time() - spec["started"], "windows": []}
    figures["indexed"] = windows.wait_for_index()
    for lanes in spec["lanes"]:
        view.view.channels.show_page(0, lanes)
        windows.settle()
        for duration in spec["durations"]:
            fresh = windows.fresh(duration, spec["repeat"])
            panned = windows.panned(duration, spec["repeat"])
            figures["windows"].append(
                {
                    "lanes": len(view.view.channels.shown),
                    "seconds": view.view.window.duration,
                    "fresh_ms": fresh,
                    "panned_ms": panned,
                }
            )
    figures["size"] = [view.width(), view.height()]
    figures["memory"] = memory()
    view.close()
    application.processEvents()
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))

"""``rawscope FILE`` that says when its first pictures were painted, and ends once all of it is.

Run as a process by ``tests.benchmarks.windows`` in place of ``python -m viewer``. It prints in JSON
the seconds since the epoch at which there was on screen: something of the recording (``first``),
the exact picture (``exact``), and with it the overview and what is in the docks (``whole``).
"""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication, QWidget

from tests.benchmarks.rawscope_windows import Paints
from viewer import app
from viewer.qt.overview.strip import Overview
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.docks import Docks

PARTS = frozenset({"exact", "overview", "docks"})
"""Of a whole window."""


class Notes:
    """When what was painted for the first time."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._watched: list[object] = []

    def painted(self, *names: str) -> None:
        """Note what is on screen now; once all is, say so and quit."""
        now = time.time()
        for name in names:
            self._times.setdefault(name, now)
        if self._times.keys() >= PARTS and "whole" not in self._times:
            whole = max(self._times[part] for part in PARTS)
            said = {name: self._times[name] for name in ("first", "exact")}
            self._times["whole"] = whole
            print(json.dumps({**said, "whole": whole}), flush=True)
            QApplication.quit()

    def watch(self, widget: QWidget, name: str, ready: Callable[[], bool]) -> None:
        """Note a widget's first paint from when it is ready on."""

        def painting() -> None:
            if ready():
                QTimer.singleShot(0, lambda: self.painted(name))  # once the paint is done

        self._watched.append(Paints(widget, painting))

    def watch_view(self, view: SignalView) -> None:
        """Note a view's first picture and its first exact one."""
        came: list[str] = []

        def shown() -> None:
            frame = view.frame
            assert frame is not None
            came[:] = ["first", "exact"] if frame.exact else ["first"]
            if view.renderer == "gpu":  # says so when it is on screen
                self.painted(*came)

        def painting() -> None:
            if came:
                names = tuple(came)
                came.clear()
                QTimer.singleShot(0, lambda: self.painted(*names))

        view.shown.connect(shown)
        self._watched.append(Paints(view.plot, painting))


notes = Notes()


def after(method: Callable[..., None], note: Callable[..., None]) -> Callable[..., None]:
    """Return a method that also takes a note when it is done."""

    @wraps(method)
    def both(self: Any, *arguments: Any, **options: Any) -> None:
        method(self, *arguments, **options)
        note(self, *arguments)

    return both


def _watch_overview(overview: Overview, *_: object) -> None:
    notes.watch(overview, "overview", lambda: overview.picture is not None)


def _watch_dock(docks: Docks, name: str) -> None:
    content = docks.content(name)
    if content is not None:
        notes.watch(content, "docks", lambda: True)


def _watch_view(view: SignalView, *_: object) -> None:
    notes.watch_view(view)


if __name__ == "__main__":
    for kind, name, note in (
        (SignalView, "__init__", _watch_view),
        (Overview, "__init__", _watch_overview),
        (Docks, "_fill", _watch_dock),
    ):
        setattr(kind, name, after(getattr(kind, name), note))
    app.main()

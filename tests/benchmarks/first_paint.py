"""``rawscope FILE`` that says when its first pictures were painted, and ends with the exact one.

Run as a process by ``tests.benchmarks.windows`` in place of ``python -m viewer``.
"""

import json
import time
from typing import Any

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from tests.benchmarks.rawscope_windows import Paints
from viewer import app
from viewer.qt.view.signal_view import SignalView

_init = SignalView.__init__


class _Note:
    """Notes when a view's first picture and its first exact one were painted."""

    def __init__(self, view: SignalView) -> None:
        self._view = view
        self._times: dict[str, Any] = {}
        self._came: list[str] = []
        view.shown.connect(self._shown)
        self._paints = Paints(view.plot, self._painting)

    def _shown(self) -> None:
        frame = self._view.frame
        assert frame is not None
        self._came = ["first", "exact"] if frame.exact else ["first"]
        if self._view.renderer == "gpu":  # says so when it is on screen
            self._painted(self._came)

    def _painting(self) -> None:
        if self._came:
            names, self._came = self._came, []
            QTimer.singleShot(0, lambda: self._painted(names))  # once the paint is done

    def _painted(self, names: list[str]) -> None:
        now = time.time()
        for name in names:
            self._times.setdefault(name, now)
        if "exact" in self._times:
            print(json.dumps(self._times), flush=True)
            QApplication.quit()


def _noting(self: SignalView, *arguments: Any, **options: Any) -> None:
    _init(self, *arguments, **options)
    self.benchmark_note = _Note(self)  # type: ignore[attr-defined]


if __name__ == "__main__":
    SignalView.__init__ = _noting  # type: ignore[method-assign]
    app.main()

"""From an act to its finished picture, in either Qt binding."""

import time
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

LONGEST_SECONDS = 300


class NotPaintedError(RuntimeError):
    """No picture came."""


def watch(core: ModuleType) -> Any:
    """Return an object that times acts until a widget is painted after their data came.

    Call its ``data_came`` when what the act asked for is there, and its ``painting`` from every
    paint of the widget; ``seconds_of(act)`` runs the event loop until the first paint after the
    data has been done.

    Parameters
    ----------
    core : module
        ``QtCore`` of PyQt6 or PySide6.
    """

    class Watch(core.QObject):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self._came = False
            self._number = 0  # of the act that is timed
            self._loop = core.QEventLoop()
            self._patience = core.QTimer()
            self._patience.setSingleShot(True)
            self._patience.timeout.connect(lambda: self._loop.exit(1))

        def painting(self) -> None:
            if self._came:
                self._came = False
                # Runs once the paint is done, unless that was of the act before.
                core.QTimer.singleShot(0, partial(self._finish, self._number))

        def _finish(self, number: int) -> None:
            if number == self._number:
                self._loop.quit()

        def data_came(self) -> None:
            self._came = True

        def seconds_of(self, act: Callable[[], object]) -> float:
            self._came = False
            self._number += 1
            self._patience.start(1000 * LONGEST_SECONDS)
            start = time.perf_counter()
            act()
            failed = self._loop.exec()
            took = time.perf_counter() - start
            self._patience.stop()
            if failed:
                raise NotPaintedError(f"no picture within {LONGEST_SECONDS} s")
            return took

    return Watch()

"""Pictures of the same windows in ephyviewer; run as a process by ``tests.benchmarks.windows``."""

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import metadata, util
from typing import Any

from tests.benchmarks.painted import watch
from tests.benchmarks.processes import memory

FIRST_WINDOW = 1.0
SHORT_SECONDS = 10.0
"""Longer windows are timed once: they take many seconds each."""


def version() -> str | None:
    """Return which ephyviewer is installed, None where it or its Qt binding is not."""
    if util.find_spec("ephyviewer") is None or util.find_spec("PySide6") is None:
        return None
    return metadata.version("ephyviewer")


def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Time every window with all channels.

    Parameters
    ----------
    spec : dict
        ``path``, ``channels``, ``rate``, ``size``, ``durations``, ``repeat``, ``source``
        (``memmap`` or ``neo``) and ``started``.
    """
    _hold_constants()
    import ephyviewer
    from ephyviewer.myqt import QtCore

    application = ephyviewer.mkQApp()  # noqa: F841  # goes when nobody holds it
    clock = watch(QtCore)
    _tell_paints(clock.painting)

    class Viewer(ephyviewer.TraceViewer):  # type: ignore[misc]
        def on_data_ready(self, *data: Any) -> None:
            super().on_data_ready(*data)  # puts the curves in place
            clock.data_came()

    viewer = Viewer(source=_source(spec), name="signals")
    viewer.resize(*spec["size"])
    # The window first: setting a scale has its thread read the window there is.
    viewer.params["xratio"] = 0.0
    viewer.params["xsize"] = FIRST_WINDOW
    viewer.params["scale_mode"] = "same_for_all"  # as traces one below the other
    viewer.auto_scale()
    clock.seconds_of(viewer.show)
    settle = _settler(viewer)
    figures: dict[str, Any] = {"opened_s": time.time() - spec["started"], "windows": []}
    total = viewer.source.t_stop - viewer.source.t_start
    for duration in spec["durations"]:
        repeat = spec["repeat"] if duration <= SHORT_SECONDS else 1
        seconds_of = partial(_settled, settle, clock.seconds_of)
        figures["windows"].append(_window(viewer, seconds_of, duration, total, repeat))
    figures["size"] = [viewer.width(), viewer.height()]
    figures["memory"] = memory()
    return figures


def _hold_constants() -> None:
    """Give True, False and None references to spare.

    PySide6 6.12 drops some that are not its own, a few for each channel; where Python counts
    them (before 3.12) it ends with "deallocating True or False" before 384 channels are set up.
    """
    if sys.version_info < (3, 12):
        for value in (True, False, None):
            ctypes.c_ssize_t.from_address(id(value)).value += 1 << 40


def _tell_paints(call: Callable[[], None]) -> None:
    """Have `call` called at every paint of the curves."""
    from pyqtgraph import GraphicsView

    paint = GraphicsView.paintEvent

    def noted(self: Any, event: Any) -> None:
        call()
        paint(self, event)

    GraphicsView.paintEvent = noted


def _source(spec: dict[str, Any]) -> Any:
    """Return the recording as a user of ephyviewer would hand it over."""
    import ephyviewer

    if spec["source"] == "neo":
        from neo.rawio import RawBinarySignalRawIO

        reader = RawBinarySignalRawIO(
            spec["path"], "int16", float(spec["rate"]), spec["channels"], signal_gain=1.0
        )
        return ephyviewer.AnalogSignalFromNeoRawIOSource(reader)
    import numpy as np

    samples = np.memmap(spec["path"], np.int16, "r").reshape(-1, spec["channels"])
    return ephyviewer.InMemoryAnalogSignalSource(samples, float(spec["rate"]), 0.0)


def _settler(viewer: Any) -> Callable[[], None]:
    """Return a function that waits until the viewer's thread has done all it was asked for.

    Setting up asks for many pictures, which would count as the next window's.
    """
    from ephyviewer.myqt import QtCore

    class Echo(QtCore.QObject):  # type: ignore[name-defined,misc]
        call, answer = QtCore.Signal(), QtCore.Signal()

    here, there, loop = Echo(), Echo(), QtCore.QEventLoop()
    there.moveToThread(viewer.thread)
    here.call.connect(there.answer)  # passed on in the viewer's thread, after what waits there
    there.answer.connect(loop.quit)

    def settle() -> None:
        QtCore.QTimer.singleShot(0, here.call.emit)
        loop.exec()
        QtCore.QCoreApplication.processEvents()

    settle.ends = here, there  # type: ignore[attr-defined]  # they live as long as it does
    return settle


def _settled(
    settle: Callable[[], None],
    seconds_of: Callable[[Callable[[], object]], float],
    act: Callable[[], object],
) -> float:
    settle()
    return seconds_of(act)


def _window(
    viewer: Any,
    seconds_of: Callable[[Callable[[], object]], float],
    duration: float,
    total: float,
    repeat: int,
) -> dict[str, Any]:
    """Time the change to a window length, then moves by a fifth of it while there is room."""

    def resize() -> None:
        viewer.t = 0.0
        viewer.params["xsize"] = duration

    times = [seconds_of(resize)]
    move = min(duration / 5, total - duration)
    for number in range(1, repeat):
        start = (number * move) % max(total - duration, move)
        times.append(seconds_of(partial(viewer.seek, start)))
    x = viewer.curves[0].xData
    return {
        "lanes": sum(curve.isVisible() for curve in viewer.curves),
        "seconds": float(x[-1] - x[0]),
        "fresh_ms": [1000 * each for each in times],
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))), flush=True)
    os._exit(0)  # PySide6 6.12 may abort or hang while Python 3.11 takes its objects down

"""Playing: the window moves on by itself, at a speed."""

import time

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from viewer.model import View
from viewer.qt.bridge import while_alive

SPEEDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Seconds of the recording to a second of ours."""

TICK_MS = 16


class Player(QObject):
    """Moves a view's window on as time passes, until the end of the recording.

    Parameters
    ----------
    view : View
    parent : QObject or None

    Attributes
    ----------
    changed : Qt signal
        Playing began or ended, or the speed changed.
    """

    changed = pyqtSignal()

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._speed = 1.0
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._step)

    @property
    def playing(self) -> bool:
        """Whether the window moves."""
        return self._timer.isActive()

    @property
    def speed(self) -> float:
        """Seconds of the recording to a second of ours."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = min(max(float(speed), SPEEDS[0]), SPEEDS[-1])
        if speed != self._speed:
            self._speed = speed
            self.changed.emit()

    def toggle(self) -> None:
        """Play, or pause; at the end of the recording, play from its start."""
        if self.playing:
            self.pause()
            return
        if self._at_end:
            self._view.window.go_to_start()
        self._last = time.monotonic()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """Stop where it is."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def faster(self) -> None:
        """Go to the next higher of the `SPEEDS`."""
        self.speed = next((s for s in SPEEDS if s > self._speed * 1.001), SPEEDS[-1])

    def slower(self) -> None:
        """Go to the next lower of the `SPEEDS`."""
        self.speed = next((s for s in reversed(SPEEDS) if s < self._speed * 0.999), SPEEDS[0])

    @while_alive
    def _step(self) -> None:
        # By the clock, not by ticks: a slow picture makes it jerk, but not late.
        now = time.monotonic()
        passed, self._last = now - self._last, now
        self._view.window.pan(passed * self._speed)
        if self._at_end:
            self.pause()

    @property
    def _at_end(self) -> bool:
        """Whether the window is as far on as it can be, by the very reckoning that keeps it so."""
        window = self._view.window
        return window.t_start >= window.t_max - window.duration

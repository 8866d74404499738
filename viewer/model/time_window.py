"""The span of time on screen."""

import math

from psygnal import Signal


class TimeWindow:
    """A window `t_start` to `t_start + duration` that stays within limits.

    Parameters
    ----------
    t_min, t_max : float
        Limits in seconds: start and end of the recording.
    t_start, duration : float
        The window in seconds, clamped to the limits.
    min_duration : float
        Seconds; zooming in stops here.

    Attributes
    ----------
    changed : psygnal.Signal
        Emitted after every change that made a difference.
    """

    changed = Signal()

    def __init__(
        self,
        t_min: float,
        t_max: float,
        t_start: float | None = None,
        duration: float | None = None,
        min_duration: float = 1e-4,
    ) -> None:
        if not (math.isfinite(t_min) and math.isfinite(t_max) and t_min < t_max):
            raise ValueError(f"time limits must be finite and rising, not {t_min} to {t_max}")
        self.t_min, self.t_max = float(t_min), float(t_max)
        self.min_duration = min(float(min_duration), self.t_max - self.t_min)
        self._t_start, self._duration = self.t_min, self.t_max - self.t_min
        self.set(self.t_min if t_start is None else t_start, duration)

    @property
    def t_start(self) -> float:
        """Seconds: left edge."""
        return self._t_start

    @property
    def duration(self) -> float:
        """Seconds from left to right edge."""
        return self._duration

    @property
    def t_stop(self) -> float:
        """Seconds: right edge."""
        return min(self._t_start + self._duration, self.t_max)

    def set(self, t_start: float, duration: float | None = None) -> None:
        """Move and resize in one step; None keeps the duration.

        Raises
        ------
        ValueError
            When a value is not finite or the duration is not positive.
        """
        duration = self._duration if duration is None else float(duration)
        if not (math.isfinite(t_start) and math.isfinite(duration) and duration > 0):
            raise ValueError(f"no such time window: start {t_start} s, duration {duration} s")
        duration = min(max(duration, self.min_duration), self.t_max - self.t_min)
        # The lower limit last: t_max - duration may round to below it.
        t_start = max(min(float(t_start), self.t_max - duration), self.t_min)
        if (t_start, duration) != (self._t_start, self._duration):
            self._t_start, self._duration = t_start, duration
            self.changed.emit()

    def pan(self, seconds: float) -> None:
        """Move right by `seconds` (left when negative)."""
        self.set(self._t_start + seconds)

    def page(self, fraction: float) -> None:
        """Move by a fraction of the window."""
        self.pan(fraction * self._duration)

    def zoom(self, factor: float, anchor: float | None = None) -> None:
        """Divide the duration by `factor`; the time `anchor` (the middle if None) stays put.

        Raises
        ------
        ValueError
            When the factor is not a positive number or the anchor is no time.
        """
        if not (math.isfinite(factor) and factor > 0):
            raise ValueError(f"no such zoom: by a factor of {factor}")
        anchor = self._t_start + self._duration / 2 if anchor is None else anchor
        duration = min(max(self._duration / factor, self.min_duration), self.t_max - self.t_min)
        share = (anchor - self._t_start) / self._duration
        self.set(anchor - share * duration, duration)

    def go_to_start(self) -> None:
        """Show the beginning of the recording."""
        self.set(self.t_min)

    def go_to_end(self) -> None:
        """Show the end of the recording."""
        self.set(self.t_max - self._duration)

"""The window as a handle on a strip: where it lies, what of it is under the mouse, how it moves."""

from dataclasses import dataclass
from typing import Literal

from viewer.model import TimeWindow

Part = Literal["inside", "left", "right"]

LEAST_WIDTH = 10.0
"""Logical pixels of the handle of a window however short."""

GRIP_OUT, GRIP_IN = 5.0, 6.0
"""Logical pixels outside and inside an edge in which it can be taken hold of."""


@dataclass(frozen=True)
class Handle:
    """A window on a strip that shows all that it may.

    Attributes
    ----------
    left, right : float
        Logical pixels: its edges as they are drawn.
    """

    left: float
    right: float

    @classmethod
    def of(cls, window: TimeWindow, width: float) -> "Handle":
        """Return the handle of a window on a strip of so many logical pixels."""
        left, right = x_of(window, window.t_start, width), x_of(window, window.t_stop, width)
        if right - left < LEAST_WIDTH:
            left = min(max((left + right - LEAST_WIDTH) / 2, 0.0), max(width - LEAST_WIDTH, 0.0))
            right = left + LEAST_WIDTH
        return cls(left, right)

    def part_at(self, x: float) -> Part | None:
        """Return what a place on the strip belongs to, None outside the handle."""
        inward = min(GRIP_IN, (self.right - self.left) / 4)
        if self.left - GRIP_OUT <= x < self.left + inward:
            return "left"
        if self.right - inward < x <= self.right + GRIP_OUT:
            return "right"
        return "inside" if self.left <= x <= self.right else None


@dataclass(frozen=True)
class Drag:
    """A handle that is held.

    Attributes
    ----------
    part : {'inside', 'left', 'right'}
    offset : float
        Seconds from the place held to the cursor.
    before : tuple of float
        Start and duration of the window when it was taken hold of, in seconds.
    """

    part: Part
    offset: float
    before: tuple[float, float]

    @classmethod
    def at(cls, window: TimeWindow, part: Part, time: float) -> "Drag":
        """Take hold of a part of a window, with the cursor at a time."""
        held = window.t_stop if part == "right" else window.t_start
        return cls(part, time - held, (window.t_start, window.duration))

    def to(self, window: TimeWindow, time: float) -> None:
        """Move the window, or one of its edges, so that the place held follows the cursor."""
        held = time - self.offset
        least = window.min_duration
        if self.part == "inside":
            window.set(held)
        elif self.part == "left":
            stop = window.t_stop
            start = max(min(held, stop - least), window.t_min)
            window.set(start, stop - start)
        else:
            start = window.t_start
            window.set(start, max(min(held, window.t_max) - start, least))

    def cancel(self, window: TimeWindow) -> None:
        """Put the window back."""
        window.set(*self.before)


def x_of(window: TimeWindow, time: float, width: float) -> float:
    """Return where a time lies on a strip of `width` from the window's least time to its last."""
    return (time - window.t_min) / (window.t_max - window.t_min) * width


def time_at(window: TimeWindow, x: float, width: float) -> float:
    """Return the time at a place on the strip, in seconds; the inverse of `x_of`."""
    return window.t_min + x / width * (window.t_max - window.t_min)

"""The ruler's ticks: round numbers of seconds, of the clock, or of samples."""

import math
from dataclasses import dataclass

import numpy as np

from viewer.engine.grid import Viewport
from viewer.model import View
from viewer.render.layout import CHARACTER
from viewer.render.quantities import DAY, round_step, signed, time_step

LEAST_PITCH = 90.0
"""Logical pixels from one label to the next."""

LABEL_GAP = 16.0
"""Logical pixels between two labels."""

MINOR = 5
"""Parts that minor ticks divide a step into; a step of fewer samples, into these."""


@dataclass(frozen=True)
class Ticks:
    """What the ruler shows.

    Attributes
    ----------
    times : ndarray of float64
        Seconds on the axis of the major ticks.
    labels : tuple of str
        Of these.
    minor : ndarray of float64
        Seconds of the ticks between.
    caption : str
        What the labels are.
    """

    times: np.ndarray
    labels: tuple[str, ...]
    minor: np.ndarray
    caption: str


def ruler_ticks(view: View, viewport: Viewport, ratio: float) -> Ticks:
    """Return the ruler of a viewport, in the view's way of writing times.

    Parameters
    ----------
    view, viewport
    ratio : float
        Physical pixels to a logical one.
    """
    scale, kind = view.time_scale, view.time_format
    origin, unit, next_step = scale.zero(kind), 1.0, time_step
    if kind == "samples" and scale.sampling_rate is not None:
        unit, next_step = 1 / scale.sampling_rate, _whole_step
    ends = viewport.t_left, viewport.t_right

    def label(time: float, step: float) -> str:
        if kind == "clock" and step >= DAY:  # of days the time of day says nothing
            return scale.date_of(time, step) or signed(scale.format(time, kind, step))
        return signed(scale.format(time, kind, step * unit))

    def pitch(step: float) -> float:
        longest = max(len(label(time, step)) for time in ends)
        return (longest * CHARACTER + LABEL_GAP) * ratio

    per_pixel = viewport.seconds_per_pixel / unit
    step = next_step(LEAST_PITCH * ratio * per_pixel)
    while pitch(step) > step / per_pixel:
        step = next_step(step * 1.01)
    left, right = ((time - origin) / unit for time in ends)
    parts = min(MINOR, round(step)) if next_step is _whole_step else MINOR
    times = origin + _multiples(step, left, right) * unit
    return Ticks(
        times,
        tuple(label(time, step) for time in times.tolist()),
        origin + _multiples(step / parts, left, right) * unit,
        _caption(view, viewport, kind),
    )


def _multiples(step: float, left: float, right: float) -> np.ndarray:
    """Return the multiples of a step from one number to another, these included."""
    first, last = math.ceil(left / step - 1e-9), math.floor(right / step + 1e-9)
    return np.arange(first, last + 1) * step


def _whole_step(least: float) -> float:
    return max(1.0, round_step(max(least, 1.0)))


def _caption(view: View, viewport: Viewport, kind: str) -> str:
    scale = view.time_scale
    if kind == "samples" and scale.sampling_rate is not None:
        return "samples"
    if kind == "clock":
        return scale.date_of(viewport.t_left) or "h:min:s"
    furthest = max(abs(viewport.t_left), abs(viewport.t_right))
    return "h:min:s" if furthest >= 3600 else "min:s" if furthest >= 60 else "s"

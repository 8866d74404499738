"""Slow, readable versions of lines with width, heat maps and marks, pixel by pixel in float64."""

import math

import numpy as np


def covered(points: list[tuple[float, float] | None], x: int, y: int, width: float, dot: float):
    """Return how much of pixel (x, y) a line through points covers; None breaks the line.

    All within half the width of the line is covered, nothing a pixel further; samples are dots. A
    point without neighbours is a line of no length.
    """
    middle = (x + 0.5, y + 0.5)
    share = 0.0
    for here, following in zip(points, [*points[1:], None], strict=True):
        if here is not None:
            share = max(share, max(dot, width / 2) + 0.5 - math.dist(here, middle))
        if here is not None and following is not None:
            share = max(share, width / 2 + 0.5 - _distance(here, following, middle))
    return min(max(share, 0.0), 1.0)


def _distance(a, b, point) -> float:
    """Return the distance of a point to a piece of a line."""
    along = (b[0] - a[0], b[1] - a[1])
    length = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length
    share = min(max(share, 0.0), 1.0)
    return math.dist((a[0] + share * along[0], a[1] + share * along[1]), point)


def over(image: np.ndarray, x: int, y: int, color, share: float) -> None:
    """Lay a colour over a pixel of a float64 image."""
    image[y, x] = share * np.asarray(color, float) + (1 - share) * image[y, x]


def furthest(values) -> float | None:
    """Return the value furthest from 0 of those that are numbers, None where there is none."""
    numbers = [v for v in values if not np.isnan(v)]
    return max(numbers, key=abs) if numbers else None

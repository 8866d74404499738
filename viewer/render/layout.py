"""Where everything of a view lies, in physical pixels.

::

    +--------+------------------------------+-------+
    |        |  event labels                |       |
    | labels +------------------------------+ scale |
    |        |  plot: lanes                 | bars  |
    |        |        spike raster          |       |
    +--------+------------------------------+       |
    |           time ruler                  |       |
    +---------------------------------------+-------+
"""

import math
from dataclasses import dataclass

import numpy as np

from viewer.model import View

FONT = 11.5
"""Size of all text, logical pixels."""

CHARACTER = 6.6
"""Width of a character at that size, roughly; only to choose the width of the label gutter."""

RASTER_SHARE = 0.25
"""The spike raster takes at most this share of the plot."""


@dataclass(frozen=True)
class Box:
    """A rectangle in physical pixels, half-open."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies inside."""
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1


@dataclass(frozen=True)
class Layout:
    """Boxes of a view of a given size.

    Attributes
    ----------
    ratio : float
        Physical pixels to a logical one.
    width, height : int
        Physical pixels of the whole view.
    plot : Box
        Traces and spike raster.
    lanes : Box
        The part of the plot with the traces.
    raster : Box
        The part of the plot with the units of no known channel; may have no height.
    raster_units : tuple of int
        Those units, from the top row down.
    """

    ratio: float
    width: int
    height: int
    plot: Box
    lanes: Box
    raster: Box
    raster_units: tuple[int, ...]

    def px(self, logical: float) -> int:
        """Return logical pixels as whole physical ones, at least 1."""
        return max(1, round(logical * self.ratio))

    @property
    def labels(self) -> Box:
        """The gutter left of the plot."""
        return Box(0, self.plot.y0, self.plot.x0, self.plot.y1)

    def lane_height(self, lanes: int) -> float:
        """Return the height of one of `lanes` lanes."""
        return self.lanes.height / max(1, lanes)

    def lane_centers(self, lanes: int) -> np.ndarray:
        """Return y of the middle of each lane, in pixels of the plot."""
        return (np.arange(lanes) + 0.5) * self.lane_height(lanes)

    def lane_at(self, y: float, lanes: int) -> int | None:
        """Return the lane at y of the view, or None."""
        if not lanes or not self.lanes.y0 <= y < self.lanes.y1:
            return None
        return min(lanes - 1, int((y - self.lanes.y0) / self.lane_height(lanes)))


def lay_out(
    view: View,
    size: tuple[int, int],
    ratio: float,
    raster_units: tuple[int, ...],
    has_events: bool,
) -> Layout:
    """Divide a view of `size` physical pixels.

    Parameters
    ----------
    view : View
    size : tuple of int
        Width and height.
    ratio : float
        Physical pixels to a logical one.
    raster_units : tuple of int
        Units to be shown as rows of a raster.
    has_events : bool
        Whether to leave room for event labels.
    """
    width, height = size

    def px(logical: float) -> int:
        return max(1, round(logical * ratio))

    names = [view.channels.infos[row].name for row in view.channels.shown]
    longest = max((len(name) for name in names), default=0)
    longest = max(longest, len("999 units") if raster_units else len("channel"))
    left = min(px(min(longest * CHARACTER + 18, 170)), width // 3)
    right = min(px(96), width // 4)
    top = min(px(34) if has_events else px(8), height // 4)
    bottom = min(px(34), height // 2)
    # The plot is a widget of its own in a window, so its edges lie on logical pixels.
    grid = _common_pixels(ratio)
    left, top = -(-left // grid) * grid, -(-top // grid) * grid
    plot = Box(
        left,
        top,
        max(left + grid, (width - right) // grid * grid),
        max(top + grid, (height - bottom) // grid * grid),
    )
    raster_height = 0
    if raster_units and not names:
        raster_height = plot.height
    elif raster_units:
        raster_height = min(px(8) * len(raster_units) + px(8), int(plot.height * RASTER_SHARE))
    split = plot.y1 - raster_height
    return Layout(
        ratio,
        width,
        height,
        plot,
        Box(plot.x0, plot.y0, plot.x1, split),
        Box(plot.x0, split, plot.x1, plot.y1),
        raster_units,
    )


def raster_rows(layout: Layout) -> np.ndarray:
    """Return (top, bottom) of each raster row in pixels of the plot, int64 (units, 2).

    All rows lie in the raster; where there are more of them than pixels, neighbours share some.
    """
    count, room = len(layout.raster_units), layout.raster.height
    if not count or not room:
        return np.empty((0, 2), np.int64)
    margin = min(layout.px(4), room // 4)
    start = layout.raster.y0 - layout.plot.y0
    pitch = (room - 2 * margin) / count
    height = min(max(layout.px(1.5), math.floor(pitch * 0.8)), room)
    tops = np.floor(start + margin + np.arange(count) * pitch).astype(np.int64)
    tops = np.minimum(tops, start + room - height)
    return np.stack([tops, tops + height], axis=1)


def _common_pixels(ratio: float) -> int:
    """Return the least number of physical pixels that is a whole number of logical ones."""
    for count in range(1, 21):
        if abs(count / ratio - round(count / ratio)) < 1e-6:
            return count
    return 1

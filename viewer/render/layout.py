"""Where everything of a view lies, in physical pixels.

::

    +--------+------------------------------+-------+
    |        |  event labels                |       |
    | labels +------------------------------+ scale |
    |        |  plot: marks of events       | bars  |
    |        |        a panel of lanes      |       |
    |        |        another panel         |       |
    |        |        spike raster          |       |
    +--------+------------------------------+       |
    |           time ruler                  |       |
    +---------------------------------------+-------+
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.model import View

FONT = 11.5
"""Size of all text, logical pixels."""

CHARACTER = 6.6
"""Width of a character at that size, roughly; only to choose the width of the label gutter."""

RASTER_SHARE = 0.25
"""The spike raster takes at most this share of the plot."""

LEGEND = 104.0
"""Logical pixels of the column right of the plot."""

MARK = 4.0
"""Logical pixels of a bar that says how long epochs last, and of what ticks reach below all."""

MOST_MARKS = 5
"""The strip of such bars and of ticks is as high as so many at most."""

SEPARATOR = 5.0
"""Logical pixels between two panels."""

LEAST_PANEL = 18.0
"""Logical pixels that a panel is high at least, where there is room for all."""

LEAST_LANE = 8.0
"""Logical pixels that a lane is high at least where nobody chose how many there are."""

FULL = 2.0
"""Channels that make a panel taller, against the lanes an equal part of the height has room for.

Of eight panels on a small screen none can show many lanes, and one of few channels says as much as
one of many."""


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
class PanelBox:
    """Where a panel lies.

    Attributes
    ----------
    stream : int
    box : Box
        Of the lanes, in pixels of the view.
    lanes : int
        Channels that it shows.
    overlaid : bool
        Whether all of them share one lane, as high as the panel.
    """

    stream: int
    box: Box
    lanes: int
    overlaid: bool = False

    @property
    def lane_height(self) -> float:
        """Height of a lane."""
        return self.box.height / (1 if self.overlaid else max(1, self.lanes))

    @property
    def edges(self) -> np.ndarray:
        """Top and bottom of each lane in pixels of the view, float64 (lanes, 2)."""
        if self.overlaid:
            return np.tile(np.array([self.box.y0, self.box.y1], float), (self.lanes, 1))
        borders = self.box.y0 + np.arange(self.lanes + 1) * self.lane_height
        return np.stack([borders[:-1], borders[1:]], axis=1)

    @property
    def centers(self) -> np.ndarray:
        """The middle of each lane: y in pixels of the view, float64 (lanes,)."""
        return self.edges.mean(axis=1)

    def lane_at(self, y: float) -> int | None:
        """Return the lane at y of the view; None outside, and where lanes share one place."""
        if self.overlaid or not self.lanes or not self.box.y0 <= y < self.box.y1:
            return None
        return min(self.lanes - 1, int((y - self.box.y0) / self.lane_height))


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
        Marks of events, traces and spike raster.
    lanes : Box
        The part of the plot with the panels.
    raster : Box
        The part of the plot with the units of no known channel; may have no height.
    raster_units : tuple of int
        Those units, from the top row down.
    panels : tuple of PanelBox
        From the top down.
    """

    ratio: float
    width: int
    height: int
    plot: Box
    lanes: Box
    raster: Box
    raster_units: tuple[int, ...]
    panels: tuple[PanelBox, ...] = ()

    def px(self, logical: float) -> int:
        """Return logical pixels as whole physical ones, at least 1."""
        return max(1, round(logical * self.ratio))

    @property
    def labels(self) -> Box:
        """The gutter left of the plot."""
        return Box(0, self.plot.y0, self.plot.x0, self.plot.y1)

    @property
    def marks(self) -> Box:
        """The strip at the top of the plot that is the events' alone; may have no height."""
        return Box(self.plot.x0, self.plot.y0, self.plot.x1, self.lanes.y0)

    @property
    def separators(self) -> list[Box]:
        """What lies between panels, in pixels of the view."""
        pairs = zip(self.panels, self.panels[1:], strict=False)
        return [Box(self.plot.x0, a.box.y1, self.plot.x1, b.box.y0) for a, b in pairs]

    def panel_of(self, stream: int) -> PanelBox | None:
        """Return where a stream's panel lies, None when it is not on screen."""
        return next((panel for panel in self.panels if panel.stream == stream), None)

    def panel_at(self, y: float) -> PanelBox | None:
        """Return the panel at y of the view, or None."""
        return next((p for p in self.panels if p.box.y0 <= y < p.box.y1), None)

    def row_at(self, y: float, view: View) -> int | None:
        """Return the channel whose lane is at y of the view, or None."""
        panel = self.panel_at(y)
        lane = None if panel is None else panel.lane_at(y)
        if panel is None or lane is None:
            return None
        page = view.channels.page_of(panel.stream)
        return int(page[lane]) if lane < len(page) else None


def lay_out(
    view: View,
    size: tuple[int, int],
    ratio: float,
    raster_units: tuple[int, ...],
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
        Units of no known channel; those that are visible are rows of a raster.
    """
    width, height = size
    raster_units = tuple(u for u in raster_units if view.spikes_shown and view.units.visible[u])
    has_events = view.events_shown and bool(view.events.visible.any())

    def px(logical: float) -> int:
        return max(1, round(logical * ratio))

    names = [view.channels.infos[row].name for row in view.channels.shown]
    longest = max((len(name) for name in names), default=0)
    longest = max(longest, len("999 units") if raster_units else len("channel"))
    left = min(px(min(longest * CHARACTER + 18, 170)), width // 3)
    right = min(px(LEGEND), width // 4)
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
    lanes_top = plot.y0 + (_marks_height(view, plot, px(MARK)) if has_events else 0)
    room = plot.y1 - lanes_top
    raster_height = 0
    if raster_units and not names:
        raster_height = room
    elif raster_units:
        raster_height = min(px(8) * len(raster_units) + px(8), int(room * RASTER_SHARE))
    split = plot.y1 - raster_height
    lanes = Box(plot.x0, lanes_top, plot.x1, split)
    return Layout(
        ratio,
        width,
        height,
        plot,
        lanes,
        Box(plot.x0, split, plot.x1, plot.y1),
        raster_units,
        _panels(view, lanes, ratio),
    )


def _marks_height(view: View, plot: Box, mark: int) -> int:
    """Return the height of the strip of events: that of a tick and of the epochs' bars.

    It is for the channels that are shown, not for those in sight: lanes stay where they are while
    one pans.
    """
    epochs = np.count_nonzero(view.events.lasting & view.events.visible)
    return min(mark * min(max(1, int(epochs)) + 1, MOST_MARKS), plot.height // 4)


def _panels(view: View, lanes: Box, ratio: float) -> tuple[PanelBox, ...]:
    """Stack the panels, their heights by their weights, whatever their pages."""
    channels = view.channels
    panels = channels.panels
    separator, least = (max(1, round(logical * ratio)) for logical in (SEPARATOR, LEAST_PANEL))
    room = lanes.height - separator * (len(panels) - 1)
    if room < len(panels):  # fewer rows than panels: those that fit
        separator, room = 0, lanes.height
        panels = panels[:room]
    most = FULL * room / (max(1, len(panels)) * LEAST_LANE * ratio)
    counts = (len(channels.listed_of(panel.stream)) for panel in panels)
    weights = [p.weight(min(count, most)) for p, count in zip(panels, counts, strict=True)]
    heights = _shares(room, weights, min(least, room // max(1, len(panels))))
    out, y = [], lanes.y0
    for panel, height in zip(panels, heights, strict=True):
        box = Box(lanes.x0, y, lanes.x1, y + height)
        overlaid = view.butterfly and view.display == "traces"
        shown = len(channels.page_of(panel.stream))
        out.append(PanelBox(panel.stream, box, shown, overlaid))
        y += height + separator
    return tuple(out)


def _shares(room: int, weights: Sequence[float], least: int) -> list[int]:
    """Divide `room` by weights into whole numbers of at least `least`, which sum up to it."""
    if not weights:
        return []
    spare = room - least * len(weights)
    ends = np.cumsum(weights) / sum(weights) * spare
    # Halves go one way, also those that are not quite: panels stay put as their lanes are spread.
    ends = np.floor(ends + (0.5 + 1e-6)).astype(int)
    return [least + int(share) for share in np.diff(ends, prepend=0)]


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

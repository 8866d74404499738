"""What dragging the mouse does: one class for each kind of drag, from its start to its end."""

import math
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt

from viewer.qt.view.measurer import Measurement
from viewer.qt.view.overlay import logical
from viewer.render.layout import LEAST_PANEL, PanelBox
from viewer.render.places import spot_at

if TYPE_CHECKING:
    from viewer.qt.view.navigation import NavigableWidget

SLOP = 4.0
"""Logical pixels that a click may move by; a box that is not wider says nothing about time."""

LEAST_LANES = 0.9
"""A box zooms into channels where it holds less than this share of the panel's."""


class Drag:
    """A drag of the mouse over a view.

    Parameters
    ----------
    widget : NavigableWidget
        With a frame.
    start : QPointF
        Logical pixels of the widget.

    Attributes
    ----------
    moved : bool
        Whether it is more than a click. Once it is it stays so, wherever the mouse goes.
    """

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, widget: "NavigableWidget", start: QPointF) -> None:
        self.widget, self.start, self.at = widget, start, start
        self.moved = False
        frame = widget.frame
        assert frame is not None
        self.frame = frame

    def move(self, at: QPointF) -> None:
        """Take in where the mouse is."""
        self.at = at
        way = at - self.start
        self.moved = self.moved or abs(way.x()) + abs(way.y()) > SLOP
        if self.moved:
            self.follow()

    def follow(self) -> None:
        """Do what is done all the while."""

    def end(self) -> None:
        """Do what is done when the button is let go."""

    def cancel(self) -> None:
        """Undo what was done."""

    @property
    def box(self) -> QRectF | None:
        """What to show as a rubber band, in logical pixels of the widget."""
        return None

    @property
    def measurement(self) -> Measurement | None:
        """What is being measured."""
        return None


class Pan(Drag):
    """The point under the cursor stays under it."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, widget: "NavigableWidget", start: QPointF) -> None:
        super().__init__(widget, start)
        view = widget.view
        self._t_start = view.window.t_start
        self._panel = widget.panel_at(start)
        self._first = 0
        if self._panel is not None:
            self._first = view.channels.panel_of(self._panel.stream).first_lane

    def follow(self) -> None:
        """Move in time, and through the channels of the panel."""
        self.widget.take_over()
        layout, way = self.frame.layout, self.at - self.start
        lanes = 0
        if self._panel is not None:
            # Where lanes share one place, the panel's height is a page of them all the same.
            pitch = self._panel.box.height / max(1, self._panel.lanes)
            lanes = round(way.y() * layout.ratio / pitch)
        self._set(way.x() * layout.ratio * self.frame.viewport.seconds_per_pixel, lanes)

    def cancel(self) -> None:
        """Go back to where it began."""
        self._set(0.0, 0)

    def _set(self, seconds: float, lanes: int) -> None:
        view = self.widget.view
        view.window.set(self._t_start - seconds)
        if self._panel is not None:
            view.channels.show_page(self._first - lanes, stream=self._panel.stream)


class Resize(Drag):
    """Give two panels other heights."""

    cursor = Qt.CursorShape.SplitVCursor

    def __init__(self, widget: "NavigableWidget", start: QPointF, number: int) -> None:
        super().__init__(widget, start)
        self._pair = self.frame.layout.panels[number : number + 2]
        channels = widget.view.channels
        self._shares = [channels.panel_of(panel.stream).share for panel in self._pair]

    def follow(self) -> None:
        """Let the border follow the mouse; other panels keep their heights."""
        # What a panel has at least it has whatever its share.
        least = self.frame.layout.px(LEAST_PANEL)
        upper, lower = (max(2.0, panel.box.height - least) for panel in self._pair)
        way = (self.at - self.start).y() * self.frame.layout.ratio
        way = min(max(way, 1 - upper), lower - 1)
        self._set((upper + way) / upper, (lower - way) / lower)

    def cancel(self) -> None:
        """Put the border back."""
        self._set(1.0, 1.0)

    def _set(self, *factors: float) -> None:
        channels = self.widget.view.channels
        for panel, share, factor in zip(self._pair, self._shares, factors, strict=True):
            channels.set_share(panel.stream, share * factor)


class Lift(Drag):
    """Move one trace up or down in its lane."""

    cursor = Qt.CursorShape.SizeVerCursor

    def __init__(self, widget: "NavigableWidget", start: QPointF, row: int) -> None:
        super().__init__(widget, start)
        self._row, self._offset = row, float(widget.view.channels.offset[row])
        self._per_pixel = _units_per_pixel(widget, row)

    def follow(self) -> None:
        """Move the trace with the mouse."""
        up = (self.start - self.at).y() * self.frame.layout.ratio
        self._set(self._offset + up * self._per_pixel)

    def cancel(self) -> None:
        """Put the trace back."""
        self._set(self._offset)

    def _set(self, offset: float) -> None:
        self.widget.view.channels.set_offset(offset, [self._row])


class Zoom(Drag):
    """Zoom into a box: its time, its channels, or both, as it is wide and high enough."""

    cursor = Qt.CursorShape.CrossCursor

    @property
    def box(self) -> QRectF | None:
        """The box; as high as the plot where it is for time alone."""
        if not self.moved:
            return None
        box, picked = QRectF(self.start, self.at).normalized(), self._lanes()
        area = self.frame.layout.plot if picked is None else picked[0].box
        limits = logical(area, self.frame.layout.ratio)
        if picked is None:
            box.setTop(limits.top())
            box.setBottom(limits.bottom())
        return box & limits

    def end(self) -> None:
        """Show what is in the box."""
        view, picked = self.widget.view, self._lanes()
        view.leave()
        if picked is not None:
            panel, first, last = picked
            top = view.channels.panel_of(panel.stream).first_lane
            view.channels.show_page(top + first, last - first + 1, panel.stream)
        if abs(self.at.x() - self.start.x()) > SLOP:
            first_time, last_time = sorted(map(self.widget.time_near, (self.start, self.at)))
            if last_time > first_time:
                view.window.set(first_time, last_time - first_time)

    def _lanes(self) -> tuple[PanelBox, int, int] | None:
        """Return the panel and its first and last lane in the box; None for time alone."""
        panel = self.widget.panel_at(self.start)
        if panel is None or panel.overlaid or not panel.lanes:
            return None
        ratio = self.frame.layout.ratio
        ends = sorted(at.y() * ratio for at in (self.start, self.at))
        # A flick sideways means time: less than half a lane, or so few pixels, is no height.
        if ends[1] - ends[0] < max(panel.lane_height / 2, SLOP * 4 * ratio):
            return None
        low, high = (min(max(y, panel.box.y0), panel.box.y1 - 1) for y in ends)
        first, last = panel.lane_at(low), panel.lane_at(high)
        if first is None or last is None or last - first + 1 > LEAST_LANES * panel.lanes:
            return None
        return panel, first, last


class Measure(Drag):
    """Measure from one point to another, on the scale of the channel at the first.

    Outside the lanes, and in a heat map, heights mean no amplitudes, and only time is measured.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, widget: "NavigableWidget", start: QPointF) -> None:
        super().__init__(widget, start)
        layout, view = self.frame.layout, widget.view
        spot = spot_at(view, layout, start.y() * layout.ratio, widget.heights)
        self._time = widget.time_near(start)  # the picture may move on while the mouse is held
        self._row = None if spot is None else spot.row
        self._sure = spot is not None and spot.sure
        self._value, self._per_pixel = math.nan, 0.0
        if spot is not None and view.display == "traces":
            self._value, self._per_pixel = spot.value, _units_per_pixel(widget, spot.row)

    def end(self) -> None:
        """Measure what lies between."""
        self.widget.take_measurement(self.measurement)

    @property
    def measurement(self) -> Measurement | None:
        """The way from where it began to where the mouse is."""
        if not self.moved:
            return None
        up = (self.start - self.at).y() * self.frame.layout.ratio
        start = self._time, self._value
        stop = self.widget.time_near(self.at), self._value + up * self._per_pixel
        return Measurement(self._row, self._sure, start, stop)


def _units_per_pixel(widget: "NavigableWidget", row: int) -> float:
    """Return the physical units of a channel that a physical pixel upwards is."""
    frame, channels = widget.frame, widget.view.channels
    assert frame is not None
    info = channels.infos[row]
    panel = frame.layout.panel_of(info.stream)
    assert panel is not None
    return channels.span[info.stream, info.units] / (panel.lane_height * float(channels.gain[row]))

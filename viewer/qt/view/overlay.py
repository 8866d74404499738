"""What lies over the traces as long as the mouse is there: crosshair, rubber band, measurement."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from viewer.qt.view.measurer import Measurement
from viewer.render.layout import FONT, Box
from viewer.render.places import height_of

if TYPE_CHECKING:
    from viewer.qt.view.navigation import NavigableWidget

SPAN_ALPHA = 26
BAND_ALPHA = 40
HALO_ALPHA = 150
PADDING = 7.0
LINE = 16.0
RADIUS = 4.0
BEYOND = 20.0
"""Logical pixels; nothing is drawn further outside: Qt takes for ever over dashes to infinity."""


class Overlay(QWidget):
    """Draws over the plot of a view; the mouse goes through it.

    Parameters
    ----------
    widget : NavigableWidget

    Attributes
    ----------
    cursor_at : QPointF or None
        Where the mouse is, in logical pixels of the view.
    sample : tuple of (int, float, float) or None
        The sample that the read-out names: channel, seconds on the axis, raw value.
    """

    def __init__(self, widget: "NavigableWidget") -> None:
        super().__init__(widget)
        self._widget = widget
        self.cursor_at: QPointF | None = None
        self.sample: tuple[int, float, float] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def measurement(self) -> Measurement | None:
        """What is being measured, else what was."""
        drag = self._widget.drag
        found = None if drag is None else drag.measurement
        return self._widget.measured if found is None else found

    @property
    def span(self) -> tuple[float, float] | None:
        """The stretch of time that is tinted, in seconds from its start to its end."""
        found = self.measurement
        return self._widget.view.span if found is None else found.span

    def refresh(self) -> None:
        """Draw anew what there is to draw; with nothing, go out of the way."""
        frame, view = self._widget.frame, self._widget.view
        drag = self._widget.drag
        band = drag is not None and drag.box is not None
        crosshair = view.crosshair and self.cursor_at is not None
        if frame is None or not (band or crosshair or self.span is not None):
            self.hide()
            return
        self.setGeometry(logical(frame.layout.plot, frame.layout.ratio).toRect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw."""
        if self._widget.frame is None:
            return
        painter = QPainter(self)
        painter.translate(-QPointF(self.pos()))  # from here on, pixels of the view
        if self.span is not None:
            self._paint_span(painter, *self.span)
        if self._widget.view.crosshair and self.cursor_at is not None:
            self._paint_crosshair(painter, self.cursor_at)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_band(painter)
        if self.measurement is not None:
            self._paint_measurement(painter, self.measurement)
        painter.end()

    # -- parts ---------------------------------------------------------------------------------

    def _paint_span(self, painter: QPainter, first: float, last: float) -> None:
        left, right = self._x_of(first), self._x_of(last)
        color = QColor(*self._widget.view.theme.text)
        box = QRectF(left, self.y(), right - left, self.height())
        painter.fillRect(box, _with_alpha(color, SPAN_ALPHA))
        for x in (left, right):
            self._paint_line(painter, x, _with_alpha(color, 120))

    def _paint_line(self, painter: QPainter, x: float, color: QColor) -> None:
        """Draw a line from the top of the plot to its bottom, in whole pixels."""
        painter.fillRect(QRectF(math.floor(x), self.y(), 1, self.height()), color)

    def _paint_band(self, painter: QPainter) -> None:
        drag = self._widget.drag
        box = None if drag is None else drag.box
        if box is None:
            return
        color = self.palette().highlight().color()
        painter.setPen(QPen(color, 1))
        painter.setBrush(_with_alpha(color, BAND_ALPHA))
        painter.drawRect(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_crosshair(self, painter: QPainter, at: QPointF) -> None:
        color = _with_alpha(QColor(*self._widget.view.theme.text), 130)
        self._paint_line(painter, at.x(), color)
        if self._widget.panel_at(at) is not None:
            painter.fillRect(QRectF(self.x(), math.floor(at.y()), self.width(), 1), color)
        if self.sample is not None and self._widget.view.display == "traces":
            self._paint_sample(painter, *self.sample)

    def _paint_sample(self, painter: QPainter, row: int, time: float, raw: float) -> None:
        """Draw a ring around the sample of the read-out."""
        frame, view = self._widget.frame, self._widget.view
        assert frame is not None
        y = height_of(view, frame.layout, row, raw, self._widget.readings)
        if y is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(*view.theme.background))
        painter.setPen(QPen(QColor(*view.theme.text), 1.5))
        painter.drawEllipse(QPointF(self._x_of(time), self._near(y)), 3.5, 3.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_measurement(self, painter: QPainter, found: Measurement) -> None:
        """Draw the way between the points, as far as it is on screen, and say what it comes to."""
        start, stop = self._point(found.row, *found.start), self._point(found.row, *found.stop)
        color = QColor(*self._widget.view.theme.text)
        if start is not None and stop is not None:
            corner = QPointF(stop.x(), start.y())
            below = _with_alpha(QColor(*self._widget.view.theme.background), HALO_ALPHA)
            painter.setPen(QPen(below, 4))
            painter.drawPolyline(QPolygonF([start, corner, stop]))
            painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
            painter.drawPolyline(QPolygonF([start, corner, stop]))
            painter.setPen(QPen(color, 1.5))
            for end in (start, stop):
                painter.drawLine(end + QPointF(-4, 0), end + QPointF(4, 0))
                painter.drawLine(end + QPointF(0, -4), end + QPointF(0, 4))
        frame = self._widget.frame
        assert frame is not None
        first, last = found.span
        if first < frame.viewport.t_right and last > frame.viewport.t_left:
            aside = QPointF(self._x_of(found.stop[0]), self.y())
            self._paint_box(painter, found.lines(self._widget.view), stop or aside)

    def _paint_box(self, painter: QPainter, lines: Sequence[str], near: QPointF) -> None:
        """Write lines into a box beside a point, within the plot."""
        theme = self._widget.view.theme
        font = QFont(painter.font())
        font.setPixelSize(round(FONT))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * PADDING
        height = LINE * len(lines) + 2 * PADDING - 3
        x = near.x() + 12
        if x + width > self.x() + self.width() - 4:
            x = near.x() - 12 - width
        x = max(x, self.x() + 4)
        y = min(max(near.y() + 12, self.y() + 4), self.y() + self.height() - height - 4)
        painter.setPen(QPen(QColor(*theme.grid), 1))
        painter.setBrush(_with_alpha(QColor(*theme.gutter), 235))
        painter.drawRoundedRect(QRectF(x, y, width, height), RADIUS, RADIUS)
        painter.setPen(QColor(*theme.text))
        for number, line in enumerate(lines):
            baseline = y + PADDING + LINE * number + metrics.ascent() - 1
            painter.drawText(QPointF(round(x + PADDING), round(baseline)), line)

    # -- places --------------------------------------------------------------------------------

    def _x_of(self, time: float) -> float:
        """Return x of a time in logical pixels; of what is far off, nearer by."""
        frame = self._widget.frame
        assert frame is not None
        x = float((frame.layout.plot.x0 + frame.viewport.x_of(time)) / frame.layout.ratio)
        return min(max(x, self.x() - BEYOND), self.x() + self.width() + BEYOND)

    def _near(self, y: float) -> float:
        """Return y of the view in logical pixels; of what is far off, nearer by."""
        frame = self._widget.frame
        assert frame is not None
        y /= frame.layout.ratio
        return min(max(y, self.y() - BEYOND), self.y() + self.height() + BEYOND)

    def _point(self, row: int | None, time: float, value: float) -> QPointF | None:
        """Return where a channel has a physical value at a time; None where it is not shown."""
        frame, view = self._widget.frame, self._widget.view
        assert frame is not None
        if row is None or view.display == "heat map":
            return None
        y = height_of(view, frame.layout, row, value, self._widget.heights)
        return None if y is None else QPointF(self._x_of(time), self._near(y))


def logical(box: Box, ratio: float) -> QRectF:
    """Return a box of physical pixels in logical ones."""
    return QRectF(box.x0 / ratio, box.y0 / ratio, box.width / ratio, box.height / ratio)


def _with_alpha(color: QColor, alpha: int) -> QColor:
    out = QColor(color)
    out.setAlpha(alpha)
    return out

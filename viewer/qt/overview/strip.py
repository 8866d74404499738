"""`Overview`: the whole recording as a strip, with the window on it as a handle to drag."""

import math
from dataclasses import replace

from PyQt6 import sip
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PyQt6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from viewer.engine.grid import Viewport
from viewer.engine.overview import MOST_BANDS
from viewer.model import TimeWindow
from viewer.qt.names import tip_of
from viewer.qt.overview.handle import Drag, Handle, time_at, x_of
from viewer.qt.overview.picture import OverviewPicture
from viewer.qt.view.navigation import key_name
from viewer.qt.view.signal_view import SignalView
from viewer.qt.view.wheel import NOTCH, ZOOM
from viewer.render.overview import LABELS, Strip, accent
from viewer.render.quantities import time_step
from viewer.render.ruler import ruler_ticks

HEIGHT, LEAST_HEIGHT = 64, 36
"""Logical pixels: what it asks for at least, and what it needs."""

FONT = 10
"""Size of its text, logical pixels."""

KEYS = {
    "Left": lambda window: window.page(-0.25),
    "Right": lambda window: window.page(0.25),
    "PgUp": lambda window: window.page(-1),
    "PgDown": lambda window: window.page(1),
    "Home": TimeWindow.go_to_start,
    "End": TimeWindow.go_to_end,
}
"""What keys do to the window, as in the signal view."""

KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class Overview(OverviewPicture):
    """A strip over the whole recording: what is where in it, and the window to move.

    Drag the window to move it, and its edges to make it longer or shorter; a click beside it
    brings it there. The wheel goes from window to window, with Ctrl it zooms; a double click shows
    the whole recording. The picture is drawn in a thread; moving the window only paints it again.

    Parameters
    ----------
    signal_view : SignalView
        Whose recording and window to show. It may go first.
    parent : QWidget or None
    """

    def __init__(self, signal_view: SignalView, parent: QWidget | None = None) -> None:
        super().__init__(signal_view, parent)
        self._drag: Drag | None = None
        self._brought = False
        self._hover: float | None = None
        self._ringed = False
        self.setAccessibleName("Overview of the whole recording")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumSize(120, LEAST_HEIGHT)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        """Return the size it asks for: with many groups of channels a little more height."""
        count = min(len(self.view.channels.group_names), MOST_BANDS)
        height = Strip.height_of(count, len(self.view.events) > 0)
        return QSize(1000, max(HEIGHT, math.ceil(height)))

    # -- painting --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Copy the picture to the screen, with times below it and the window over it."""
        super().paintEvent(event)
        painter = QPainter(self)
        bottom = self.height() - LABELS
        self._paint_times(painter, bottom)
        self._paint_window(painter, bottom)
        if self._ringed:
            painter.setPen(QPen(QColor(*accent(self.view.theme)), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1))
        painter.end()

    def _paint_times(self, painter: QPainter, bottom: float) -> None:
        font = QFont(self.font())
        font.setPixelSize(FONT)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        painter.setPen(QColor(*self.view.theme.faint))
        base = round(bottom + (LABELS + metrics.capHeight()) / 2)
        right = self.width() - 6.0
        if self.progress_text:
            right -= metrics.horizontalAdvance(self.progress_text)
            painter.drawText(QPointF(right, base), self.progress_text)
            right -= 12
        window = self.view.window
        span = window.t_max - window.t_min
        viewport = Viewport(window.t_min, span / self.width(), self.width())
        ticks = ruler_ticks(self.view, viewport, 1.0)
        for time, label in zip(ticks.times.tolist(), ticks.labels, strict=True):
            x, room = viewport.x_of(time), metrics.horizontalAdvance(label)
            left = max(x - room / 2, 4.0)
            if left + room <= right:
                painter.fillRect(QRectF(round(x), bottom, 1, 3), painter.pen().color())
                painter.drawText(QPointF(round(left), base), label)

    @property
    def progress_text(self) -> str:
        """How much is indexed, in words; "" when nothing is being indexed."""
        indexer = self._engine.indexer
        share = indexer.share
        if share is None or not indexer.running:
            return ""
        return f"indexed {int(100 * share)} %"

    def _paint_window(self, painter: QPainter, bottom: float) -> None:
        handle, theme = self.handle, self.view.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(*theme.background)
        veil.setAlpha(80)
        for x0, x1 in ((0.0, handle.left), (handle.right, float(self.width()))):
            painter.fillRect(QRectF(x0, 0, x1 - x0, bottom), veil)
        if self._hover is not None and self._drag is None:
            line = QColor(*theme.text)
            line.setAlpha(90)
            painter.fillRect(QRectF(round(self._hover), 0, 1, bottom), line)
        color = QColor(*accent(theme))
        painter.setPen(QPen(color, 1.5))
        color.setAlpha(56 if self._drag is not None else 34)
        painter.setBrush(color)
        box = QRectF(handle.left, 0, handle.right - handle.left, bottom)
        painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 3, 3)
        if box.width() >= 24:
            self._paint_grips(painter, box)

    def _paint_grips(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*accent(self.view.theme)))
        height = min(16.0, box.height() / 2)
        for x in (box.left() + 1, box.right() - 5):
            painter.drawRoundedRect(QRectF(x, box.center().y() - height / 2, 4, height), 2, 2)

    # -- places ----------------------------------------------------------------------------------

    @property
    def handle(self) -> Handle:
        """The window on the strip, in logical pixels."""
        return Handle.of(self.view.window, self.width())

    def x_of(self, time: float) -> float:
        """Return where a time in seconds lies, in logical pixels."""
        return x_of(self.view.window, time, self.width())

    def time_at(self, x: float) -> float:
        """Return the time in seconds at a place, in logical pixels."""
        return time_at(self.view.window, x, self.width())

    # -- mouse and keys --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Take hold of the window or one of its edges, or bring it here and take hold of it."""
        assert event is not None
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        window, x = self.view.window, event.position().x()
        part = self.handle.part_at(x)
        before = window.t_start, window.duration
        self._brought = part is None
        if part is None:
            part = "inside"
            self.view.leave()
            window.set(self.time_at(x) - window.duration / 2)
        self._drag = replace(Drag.at(window, part, self.time_at(x)), before=before)
        self._point(x)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag what is held."""
        assert event is not None
        x = event.position().x()
        if self._drag is not None:
            self._drag.to(self.view.window, self.time_at(x))
        self._point(x)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self._point(event.position().x())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Show the whole recording."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            window = self.view.window
            if not self._brought:  # else the first of the two clicks did
                self.view.leave()
            window.set(window.t_min, window.t_max - window.t_min)

    def _point(self, x: float) -> None:
        """Let the cursor say what a drag from here does, and a line where it is."""
        self._hover = x
        part = self._drag.part if self._drag is not None else self.handle.part_at(x)
        shape = Qt.CursorShape.ArrowCursor
        if part in ("left", "right"):
            shape = Qt.CursorShape.SizeHorCursor
        elif part == "inside":
            held = self._drag is not None
            shape = Qt.CursorShape.ClosedHandCursor if held else Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)
        self.update()

    def leaveEvent(self, event: QEvent | None) -> None:
        """Take the line away with the cursor."""
        self._hover = None
        self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Go from window to window; with Ctrl, zoom at the cursor if it is in the window."""
        assert event is not None
        turned = event.angleDelta()
        notches = (turned.y() or turned.x()) / NOTCH
        window, time = self.view.window, self.time_at(event.position().x())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            within = window.t_start <= time <= window.t_stop
            window.zoom(ZOOM**notches, time if within else None)
        else:
            window.page(-notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move the window; other keys do what they do in the signal view."""
        assert event is not None
        act = KEYS.get(key_name(event))
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._drag.cancel(self.view.window)
            self._drag = None
        elif act is not None:
            if not event.isAutoRepeat():
                self.view.leave()
            act(self.view.window)
        elif sip.isdeleted(self._signal_view):
            super().keyPressEvent(event)
        else:
            QApplication.sendEvent(self._signal_view, event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show that keys go here, if keys were what brought them here."""
        assert event is not None
        self._ringed = event.reason() in KEYBOARD
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """Show that keys do not go here any more."""
        self._ringed = False
        self.update()

    # -- tooltips --------------------------------------------------------------------------------

    def event(self, event: QEvent | None) -> bool:
        """Say the time under the cursor when it rests."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            lines = self.tip_at(QPointF(event.pos())).split("\n")
            QToolTip.showText(event.globalPos(), tip_of(*lines), self)
            return True
        return super().event(event)

    def tip_at(self, position: QPointF) -> str:
        """Return what there is to say of a place: the time, and whose bands are there."""
        window = self.view.window
        step = time_step((window.t_max - window.t_min) / max(self.width(), 1))
        time = min(max(self.time_at(position.x()), window.t_min), window.t_max)
        lines = [self.view.time_scale.format(time, self.view.time_format, step)]
        groups = () if self._picture is None else self._picture.wish.groups
        if len(groups) > 1 or any(len(group.names) > 1 for group, _ in groups):
            strip = self._strip()
            y = position.y() * strip.ratio
            for number, (group, _) in enumerate(groups):
                top, bottom = strip.band(number, len(groups))
                if top <= y < bottom:
                    lines.append(group.name)
        return "\n".join(lines)

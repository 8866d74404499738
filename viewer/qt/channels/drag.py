"""Dragging channels and headings of the channels table to another place in the order."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QEvent, QModelIndex, QObject, QPoint, QPointF, QRect, Qt, QTimer
from PyQt6.QtGui import QMouseEvent, QPainter, QPalette, QPen
from PyQt6.QtWidgets import QApplication

from viewer.qt.channels.order import moved_stream, moved_within

if TYPE_CHECKING:
    from viewer.qt.channels.tree import ChannelTree

EDGE = 14
"""Logical pixels from the upper or lower end where the table scrolls by itself."""
SCROLL_MS = 50


@dataclass(frozen=True)
class Gap:
    """Where what is dragged would go: beside a channel, or of a stream, beside another.

    Attributes
    ----------
    anchor : int
        Row of a channel.
    after : bool
        Below it.
    y : int
        Where to draw a line, in logical pixels of the viewport.
    """

    anchor: int
    after: bool
    y: int


class RowDrag(QObject):
    """Moves rows with the mouse; Qt's own drags leave the program, and these need not.

    A channel takes along what else is selected of its stream. A heading takes along what is below
    it, to another place among headings.

    Parameters
    ----------
    tree : ChannelTree

    Attributes
    ----------
    gap : Gap or None
        Where what is dragged would go now.
    """

    def __init__(self, tree: "ChannelTree") -> None:
        super().__init__(tree)
        self.gap: Gap | None = None
        self._tree = tree
        self._pressed: tuple[QPoint, QModelIndex] | None = None
        self._dragging = False
        self._at = QPoint()
        self._clock = QTimer(self)
        self._clock.setInterval(SCROLL_MS)
        self._clock.timeout.connect(self._scroll)
        port = tree.viewport()
        assert port is not None
        self._port = port
        port.installEventFilter(self)
        tree.rows.rearranging.connect(self.cancel)  # what is held may be elsewhere then

    @property
    def dragging(self) -> bool:
        """Whether something is being dragged."""
        return self._dragging

    def cancel(self) -> None:
        """Leave everything where it is."""
        self._pressed, self._dragging, self.gap = None, False, None
        self._clock.stop()
        self._port.unsetCursor()
        self._port.update()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Watch the mouse over the rows."""
        if not isinstance(event, QMouseEvent):
            return False
        kind, at = event.type(), event.position().toPoint()
        if kind == QEvent.Type.MouseButtonPress:
            return self._press(event, at)
        if kind == QEvent.Type.MouseMove and self._pressed is not None:
            return self._move(event, at)
        if kind == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            return self._release()
        return False

    def _press(self, event: QMouseEvent, at: QPoint) -> bool:
        if self._dragging:
            return True
        index = self._tree.indexAt(at)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.button() == Qt.MouseButton.LeftButton and plain and self._tree.on_item(at, index):
            self._pressed = at, index.siblingAtColumn(0)
        return False

    def _move(self, event: QMouseEvent, at: QPoint) -> bool:
        assert self._pressed is not None
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.cancel()  # the release went elsewhere
            return False
        far = (at - self._pressed[0]).manhattanLength() >= QApplication.startDragDistance()
        if far and not self._dragging:
            self._dragging = True
            self._clock.start()
        if self._dragging:
            self._at = at
            self._look()
        return True  # rows are not selected by sweeping over them

    def _release(self) -> bool:
        assert self._pressed is not None
        was, gap, index = self._dragging, self.gap, self._pressed[1]
        self.cancel()
        if was and gap is not None and index.isValid():
            self._drop(index, gap)
        return was

    def _look(self) -> None:
        """Find the gap under the mouse, and show it."""
        assert self._pressed is not None
        self.gap = self._gap_at(self._at, self._pressed[1])
        shape = Qt.CursorShape
        self._port.setCursor(shape.ForbiddenCursor if self.gap is None else shape.ClosedHandCursor)
        self._port.update()

    def _scroll(self) -> None:
        """Scroll on while the mouse is held at an end of the table."""
        bar = self._tree.verticalScrollBar()
        assert bar is not None
        y, height = self._at.y(), self._port.height()
        step = -1 if y < EDGE else 1 if y > height - EDGE else 0
        if step:
            bar.setValue(bar.value() + step)
            self._look()

    # -- places ----------------------------------------------------------------------------------

    def _gap_at(self, at: QPoint, dragged: QModelIndex) -> Gap | None:
        tree, model = self._tree, self._tree.rows
        y = min(max(at.y(), 0), self._port.height() - 1)
        target = tree.indexAt(QPoint(0, y)).siblingAtColumn(0)
        below = not target.isValid()
        if below:
            target = tree.last_index()
        row = model.row_at(dragged)
        if row is None:
            return self._gap_of_heading(target, dragged)
        node = model.node(target)
        stream = model.channels.stream
        first = int((model.rows_below(target) if node is None else node.rows)[0])
        if stream[first] != stream[row]:
            return None
        rect = tree.visualRect(target)
        if node is None or not tree.isExpanded(target):
            after = below or y > rect.center().y()
            anchor = int(node.rows[-1]) if node is not None and after else first
            return Gap(anchor, after, rect.bottom() + 1 if after else rect.top())
        return Gap(first, False, rect.bottom() + 1)

    def _gap_of_heading(self, target: QModelIndex, dragged: QModelIndex) -> Gap | None:
        """Find the heading beside the dragged one that the mouse is on, or whose channels it is on.

        Dragged onto that it takes its place.
        """
        model, tree = self._tree.rows, self._tree
        while target.isValid() and target.parent() != dragged.parent():
            target = target.parent().siblingAtColumn(0)
        node = model.node(target)
        if not target.isValid() or target == dragged or node is None:
            return None
        after = target.row() > dragged.row()
        edge = tree.visualRect(target)
        if after:
            edge = self._extent(target)
        return Gap(
            int(node.whole[-1 if after else 0]), after, edge.bottom() + 1 if after else edge.top()
        )

    def _extent(self, heading: QModelIndex) -> QRect:
        """Return where a heading and all that is open below it is."""
        model, tree = self._tree.rows, self._tree
        last = heading
        while tree.isExpanded(last) and model.rowCount(last):
            last = model.index(model.rowCount(last) - 1, 0, last)
        return tree.visualRect(heading).united(tree.visualRect(last))

    def _drop(self, dragged: QModelIndex, gap: Gap) -> None:
        model = self._tree.rows
        channels, node = model.channels, model.node(dragged)
        stream = int(channels.stream[gap.anchor])
        if node is not None and node.key[1] < 0:
            order = moved_stream(channels, node.key[0], stream, after=gap.after)
        elif node is not None:
            order = moved_within(channels, node.whole, gap.anchor, after=gap.after)
        else:
            row = model.row_at(dragged)
            rows = self._tree.selected_rows()
            rows = rows[channels.stream[rows] == stream]
            picked = rows if row in rows else np.array([row])
            order = moved_within(channels, picked, gap.anchor, after=gap.after)
        if not np.array_equal(order, channels.order):
            channels.set_order(order)

    def paint(self, painter: QPainter) -> None:
        """Draw a line where what is dragged would go."""
        if self.gap is None:
            return
        color = self._tree.palette().color(QPalette.ColorRole.Highlight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 2))
        painter.setBrush(self._tree.palette().color(QPalette.ColorRole.Base))
        y = float(max(self.gap.y, 1))
        painter.drawLine(QPointF(8, y), QPointF(self._port.width(), y))
        painter.drawEllipse(QPointF(6, y), 3, 3)

"""Keys and mouse: what a person does on a view of a recording."""

import numpy as np
from PyQt6.QtCore import QKeyCombination, QPointF, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from viewer.model import View
from viewer.qt.actions import ACTIONS
from viewer.qt.frame import Frame

WHEEL_SCROLL = 0.1
"""Of the window, for a notch of the wheel."""
WHEEL_ZOOM = 1.25
WHEEL_GAIN = 1.15
NOTCH = 120.0
"""Qt's units of a notch of the wheel: eighths of a degree, 15 degrees."""


class NavigableWidget(QWidget):
    """A widget that shows a view, and on which keys and mouse change it.

    Parameters
    ----------
    view : View
    parent : QWidget or None

    Attributes
    ----------
    view : View
    """

    def __init__(self, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._frame: Frame | None = None
        self._drag: tuple[QPointF, float, int] | None = None
        self._actions = {
            QKeySequence(key).toString(): action for action in ACTIONS for key in action.keys
        }
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def frame(self) -> Frame | None:
        """The picture on screen."""
        return self._frame

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what the table of actions says; other keys go on to the window around."""
        assert event is not None
        action = self._actions.get(key_name(event))
        if action is None:
            super().keyPressEvent(event)
        else:
            action.run(self.view)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin to drag."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton and self._in_plot(event.position()):
            window, channels = self.view.window, self.view.channels
            self._drag = (event.position(), window.t_start, channels.first_lane)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag: the point under the cursor stays under it."""
        assert event is not None
        if self._drag is None or self._frame is None:
            return
        origin, t_start, first_lane = self._drag
        moved = event.position() - origin
        layout = self._frame.layout
        seconds = moved.x() * layout.ratio * self._frame.viewport.seconds_per_pixel
        self.view.window.set(t_start - seconds)
        lane = layout.lane_height(len(self.view.channels.shown)) / layout.ratio
        self.view.channels.show_page(first_lane - round(moved.y() / lane))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End the drag."""
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """On a label: that channel alone, and back."""
        assert event is not None
        row = self.row_at_label(event.position())
        if row is not None:
            self.view.channels.solo(row)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll, zoom or change gain, by the modifier held and the place."""
        assert event is not None
        # With Alt held, Qt turns the vertical wheel into a horizontal one.
        turned = event.angleDelta()
        notches = (turned.y() or turned.x()) / NOTCH
        held = event.modifiers()
        row = self.row_at_label(event.position())
        view = self.view
        if held & Qt.KeyboardModifier.ControlModifier:
            view.window.zoom(WHEEL_ZOOM**notches, self.time_at(event.position()))
        elif held & Qt.KeyboardModifier.ShiftModifier:
            lanes = max(1, view.channels.lanes_per_page // 8)
            view.channels.scroll(-round(np.sign(notches)) * lanes)
        elif row is not None:
            view.channels.scale_gain(WHEEL_GAIN**notches, [row])
        elif held & Qt.KeyboardModifier.AltModifier:
            view.channels.scale_gain(WHEEL_GAIN**notches)
        else:
            view.window.page(-WHEEL_SCROLL * notches)
        event.accept()

    def time_at(self, position: QPointF) -> float | None:
        """Return the time in seconds at a place of the widget, None outside the plot."""
        if self._frame is None or not self._in_plot(position):
            return None
        layout, viewport = self._frame.layout, self._frame.viewport
        return viewport.time_at(position.x() * layout.ratio - layout.plot.x0)

    def row_at_label(self, position: QPointF) -> int | None:
        """Return the channel whose label is at a place of the widget, or None."""
        if self._frame is None:
            return None
        layout, shown = self._frame.layout, self.view.channels.shown
        x, y = position.x() * layout.ratio, position.y() * layout.ratio
        lane = layout.lane_at(y, len(shown))
        return int(shown[lane]) if lane is not None and x < layout.plot.x0 else None

    def _in_plot(self, position: QPointF) -> bool:
        if self._frame is None:
            return False
        ratio = self._frame.layout.ratio
        return self._frame.layout.plot.holds(position.x() * ratio, position.y() * ratio)


def key_name(event: QKeyEvent) -> str:
    """Return a key press as Qt writes it, wherever on the keyboard the key lies.

    The keypad counts as the main block, and Shift counts only where it does not make the
    character: on many keyboards ``+`` is Shift and ``=``.
    """
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if event.text().strip() and event.text().isprintable():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(QKeyCombination(modifiers, event.keyCombination().key())).toString()

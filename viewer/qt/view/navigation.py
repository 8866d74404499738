"""Keys and mouse: what a person does on a view of a recording."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QWidget

from viewer.model import View
from viewer.model.channel_info import Readings
from viewer.qt.view.drags import Drag, Lift, Measure, Pan, Resize, Zoom
from viewer.qt.view.frame import Frame
from viewer.qt.view.layouts import american
from viewer.qt.view.measurer import Measurement
from viewer.qt.view.overlay import Overlay
from viewer.qt.view.wheel import Act, Held, Wheel, Where
from viewer.render.layout import PanelBox

if TYPE_CHECKING:
    from viewer.qt.view.actions import Action

Button = Qt.MouseButton
GRIP = 3.0
"""Logical pixels beside a border of panels where it can be taken hold of."""


class NavigableWidget(QWidget):
    """A widget that shows a view, and on which keys and mouse change it.

    Parameters
    ----------
    view : View
    actions : mapping of str to Action
        What each key does, keys as Qt writes them.
    parent : QWidget or None

    Attributes
    ----------
    view : View
    wheel : viewer.qt.view.wheel.Wheel
    overlay : viewer.qt.view.overlay.Overlay
    drag : viewer.qt.view.drags.Drag or None
        What is being dragged.
    measured : viewer.qt.view.measurer.Measurement or None
        What was measured last, until it is forgotten.
    menu_wanted : Qt signal
        The context menu is asked for at a place of this widget, in logical pixels.
    """

    menu_wanted = pyqtSignal(QPointF)

    def __init__(
        self, view: View, actions: "Mapping[str, Action]", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.view: View = view
        self.wheel = Wheel(view)
        self.drag: Drag | None = None
        self.measured: Measurement | None = None
        self._pressed: Button | None = None
        self._frame: Frame | None = None
        self._actions = actions
        self.overlay = Overlay(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    @property
    def frame(self) -> Frame | None:
        """The picture on screen."""
        return self._frame

    @property
    def readings(self) -> Readings | None:
        """What the values on top of the picture mean, where not what the channels say."""
        return None

    @property
    def heights(self) -> Readings:
        """By which what is physical units above the middle of a lane has its place there."""
        count = len(self.view.channels)
        return Readings(np.ones(count), np.zeros(count), np.zeros(count))

    # -- what subclasses add to --------------------------------------------------------------------

    def take_measurement(self, found: Measurement | None) -> None:
        """Take a measurement that is made, and select its span; None forgets both."""
        self.measured = found
        self.view.span = None if found is None else found.span
        self.overlay.refresh()

    def point_at(self, position: QPointF | None) -> None:
        """Take in where the mouse is, None where it is not over the plot."""
        self.overlay.cursor_at = position
        self.overlay.refresh()

    def take_over(self) -> None:
        """Let nothing but the mouse move the view."""

    # -- keys ----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what the table of actions says; other keys go on to the window around."""
        assert event is not None
        if event.key() == Qt.Key.Key_Escape and self._let_go():
            return
        action = self._actions.get(key_name(event))
        if action is None:
            super().keyPressEvent(event)
        else:
            self.do(action, again=event.isAutoRepeat())

    def do(self, action: "Action", *, again: bool = False) -> None:
        """Do an act of the table, if it can be done now.

        Parameters
        ----------
        action : Action
        again : bool
            Whether its key is being held: then it belongs to what it did before.
        """
        if not action.is_possible(self):
            return
        if action.moves and not again:
            self.view.leave()
        action.run(self)

    def _let_go(self) -> bool:
        """Give up what is being dragged or was measured; return whether there was anything."""
        if self.drag is not None:
            self._give_up()
        elif self._something_measured:
            self.take_measurement(None)
        elif self.view.channels.active is not None:
            self.view.channels.activate(None)
        else:
            return False
        return True

    # -- mouse ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Begin to drag; of several buttons the first counts."""
        assert event is not None
        if self._pressed not in (None, event.button()):
            return
        self._give_up()  # of a drag that never ended: its release went elsewhere
        self._pressed = event.button()
        if self._frame is not None:
            self.drag = self._drag_from(event)
        if self.drag is not None:
            self.setCursor(self.drag.cursor)

    def _drag_from(self, event: QMouseEvent) -> Drag | None:
        at, button = event.position(), event.button()
        if button == Button.LeftButton:
            border, row = self._border_at(at), self.row_at_label(at)
            if border is not None:
                return Resize(self, at, border)
            if row is not None:
                return Lift(self, at, row)
        if not self._in_plot(at):
            return None
        if button == Button.RightButton:
            return Zoom(self, at)
        if button == Button.LeftButton and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return Measure(self, at)
        return Pan(self, at) if button in (Button.LeftButton, Button.MiddleButton) else None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag, or show what is under the mouse."""
        assert event is not None
        at = event.position()
        if self.drag is not None:
            self.drag.move(at)
        else:
            self._show_cursor(at)
        self.point_at(at if self._in_plot(at) else None)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End the drag; what did not move was a click."""
        assert event is not None
        if event.button() != self._pressed:
            return
        drag = self.drag
        if drag is not None and drag.moved:
            drag.end()
        self._end_drag()
        if drag is None or not drag.moved:
            self._click(event.position(), event.button())

    def _give_up(self) -> None:
        """Undo what was dragged; letting the button go does nothing then."""
        if self.drag is not None:
            self.drag.cancel()
        self._end_drag()

    def _end_drag(self) -> None:
        if self.drag is not None:
            self.drag = None
            self.unsetCursor()
            self.overlay.refresh()
        self._pressed = None

    def _click(self, at: QPointF, button: Button) -> None:
        if button == Button.RightButton:
            self.menu_wanted.emit(at)
        elif button == Button.LeftButton and not self._in_plot(at):
            self._turn_panel(at)
        elif button == Button.LeftButton and self._something_measured:
            self.take_measurement(None)

    @property
    def _something_measured(self) -> bool:
        return self.measured is not None or self.view.span is not None

    def _turn_panel(self, at: QPointF) -> None:
        """Have keys act on the panel at a place alone, or again on all."""
        panel, channels = self.panel_at(at), self.view.channels
        if panel is not None and len(channels.panels) > 1:
            channels.activate(None if channels.active == panel.stream else panel.stream)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """On a label: that channel alone, and back. In the plot: the usual zoom, around there."""
        assert event is not None
        at = event.position()
        row, when = self.row_at_label(at), self.time_at(at)
        if event.button() != Button.LeftButton or (row is None and when is None):
            self.mousePressEvent(event)
        elif row is not None:
            self._turn_panel(at)  # as it was before the first of the two clicks
            self.view.channels.solo(row)
        elif when is not None:
            self.view.leave()
            self.view.reset_zoom(when)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Scroll, zoom or change gain, by the modifier held and the place."""
        assert event is not None
        event.accept()
        if self.drag is not None:  # a wheel that is pressed turns a little
            return
        at = event.position()
        panel = self.panel_at(at)
        stream, lanes = (None, 0) if panel is None else (panel.stream, panel.lanes)
        time = self.time_near(at) if self._above_or_below(at) else None
        self.wheel.turn(event, Where(time, self.row_at_label(at), stream, lanes))

    def set_wheel(self, acts: Mapping[Held, Act]) -> None:
        """Set what the wheel does by itself (``""``) and with Ctrl, Shift or Alt held."""
        self.wheel.acts.update(acts)

    def leaveEvent(self, event: QEvent | None) -> None:
        """Show nothing under the mouse any more."""
        self.point_at(None)

    # -- places --------------------------------------------------------------------------------

    def time_at(self, position: QPointF) -> float | None:
        """Return the time in seconds at a place of the widget, None outside the plot."""
        return self.time_near(position) if self._in_plot(position) else None

    def time_near(self, position: QPointF) -> float:
        """Return the time in seconds at a place of the widget, or of the plot's nearest edge."""
        assert self._frame is not None
        layout, viewport = self._frame.layout, self._frame.viewport
        x = position.x() * layout.ratio - layout.plot.x0
        return viewport.time_at(min(max(x, 0.0), float(viewport.width)))

    def row_at_label(self, position: QPointF) -> int | None:
        """Return the channel whose label is at a place of the widget, or None."""
        if self._frame is None:
            return None
        layout = self._frame.layout
        x, y = position.x() * layout.ratio, position.y() * layout.ratio
        return layout.row_at(y, self.view) if x < layout.plot.x0 else None

    def row_at(self, position: QPointF) -> int | None:
        """Return the channel whose lane or label is at a place of the widget, or None."""
        if self._frame is None:
            return None
        layout = self._frame.layout
        return layout.row_at(position.y() * layout.ratio, self.view)

    def panel_at(self, position: QPointF) -> PanelBox | None:
        """Return the panel at a place of the widget, or None."""
        if self._frame is None:
            return None
        return self._frame.layout.panel_at(position.y() * self._frame.layout.ratio)

    def _border_at(self, position: QPointF) -> int | None:
        """Return the number of the border between panels at a place of the widget, or None."""
        if self._frame is None:
            return None
        layout = self._frame.layout
        y, reach = position.y() * layout.ratio, GRIP * layout.ratio
        near = (n for n, b in enumerate(layout.separators) if b.y0 - reach <= y < b.y1 + reach)
        return next(near, None)

    def _show_cursor(self, at: QPointF) -> None:
        if self._border_at(at) is not None:
            self.setCursor(Qt.CursorShape.SplitVCursor)
        else:
            self.unsetCursor()

    def _in_plot(self, position: QPointF) -> bool:
        if self._frame is None:
            return False
        ratio = self._frame.layout.ratio
        return self._frame.layout.plot.holds(position.x() * ratio, position.y() * ratio)

    def _above_or_below(self, position: QPointF) -> bool:
        """Return whether a place is in the plot, above it or below it."""
        if self._frame is None:
            return False
        plot, ratio = self._frame.layout.plot, self._frame.layout.ratio
        return plot.x0 <= position.x() * ratio < plot.x1

    def note_place(self) -> None:
        """Remember where the view is, for going back."""
        self.view.history.note(self.view.place, time.monotonic())


def key_name(event: QKeyEvent) -> str:
    """Return a key press as Qt writes it, wherever on the keyboard the key lies.

    The keypad counts as the main block, and Shift counts only where it does not make the
    character: on many keyboards ``+`` is Shift and ``=``. Of letters it always counts. A key that
    writes letters that are not Latin counts as what is in its place on an American keyboard.
    """
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key, text, there = event.key(), event.text().strip(), american(event)
    if there is not None:
        key, text = ord(there.upper()), there
    if text and text.isprintable() and not text.isalpha():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    # By numbers: of many letters of the world there is no `Qt.Key`.
    return QKeySequence(cast(int, modifiers.value) | key).toString()

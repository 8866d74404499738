"""Finding the scale of a view: has it measured, takes in what was found, and says what changed."""

from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QObject

from viewer.model.spans import Kind
from viewer.qt.bridge import while_alive
from viewer.qt.view.scale_text import change_text, lane_amounts
from viewer.qt.view.scaling import How, Measured, in_sight

if TYPE_CHECKING:
    from viewer.qt.view.signal_view import SignalView


class Fitting(QObject):
    """The scale of a `SignalView`, from one reader to the next.

    Parameters
    ----------
    widget : SignalView

    Attributes
    ----------
    done : bool
        Whether the signals on show have been measured.
    """

    def __init__(self, widget: "SignalView") -> None:
        super().__init__(widget)
        self._widget = widget
        self._how: How = "at first"
        self._before: dict[Kind, float] = {}
        self._rest_below: np.ndarray | None = None
        self.done = False

    def begin(self) -> None:
        """Tell threads that are new what is known, and have them measure what is not."""
        self._widget.crew.center_below(self._rest_below)
        self.measure()

    def measure(self) -> None:
        """Have the signals measured, if they are not yet."""
        if not self.done:
            self._widget.crew.scaler.measure(self._how)

    def start_over(self, how: How) -> None:
        """Have all measured anew, of another reader that is to come."""
        if self.done:
            self._before = lane_amounts(self._widget.view)
        self._rest_below, self.done, self._how = None, False, how

    def fit(self, *, each: bool) -> None:
        """Have what is on screen measured, to fit it to its lanes."""
        widget = self._widget
        sight = in_sight(widget.view, widget.frame, widget.feeds)
        widget.crew.scaler.measure("each" if each else "together", sight)

    @while_alive
    def take(self, measured: Measured) -> None:
        """Apply what was measured of the reader on show."""
        widget = self._widget
        # Levels of what is to give way to a layer would be taken for the layer's.
        if measured.how == "at first" and widget.filtering:
            return
        self.done = True
        if measured.rest_below is not None:
            self._rest_below = measured.rest_below
            widget.crew.center_below(measured.rest_below)
        measured.apply(widget.view)
        widget.view.changed.emit()  # also where the recording below alone rests elsewhere now
        before, self._before = self._before, {}
        if measured.how == "again" and before:
            layered = widget.view.spans.layered
            start = "Scale fitted to the processed signals" if layered else "Scale as recorded"
            words = change_text(widget.view, before, start)
            if words:
                widget.said.emit(words)

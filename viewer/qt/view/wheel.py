"""What the mouse wheel does, by the keys held and the place; which of it is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QWheelEvent

from viewer.model import View

Act = Literal["time", "zoom", "channels", "gain"]
Held = Literal["", "Ctrl", "Shift", "Alt"]

ACTS: Mapping[Act, str] = {
    "time": "scroll in time",
    "zoom": "zoom in time at the cursor",
    "channels": "scroll through the channels of that panel",
    "gain": "gain of that panel's channels",
}
"""What each act is called in the help."""

USUAL: Mapping[Held, Act] = {"": "time", "Ctrl": "zoom", "Shift": "channels", "Alt": "gain"}

SCROLL = 0.1
"""Of the window, for a notch of the wheel."""
ZOOM = 1.25
GAIN = 1.15
NOTCH = 120.0
"""Qt's units of a notch of the wheel: eighths of a degree, 15 degrees."""
SWAPPING = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
"""With Alt held, Qt says of the vertical wheel that it is a horizontal one, and so does macOS with
Shift."""
PAGE_SHARE = 8
"""A notch scrolls through this part of a page of channels."""


@dataclass(frozen=True)
class Where:
    """The place at which the wheel is turned.

    Attributes
    ----------
    time : float or None
        Seconds on the axis; None left or right of the plot.
    row : int or None
        The channel whose label is there.
    stream : int or None
        Of the panel that is there.
    lanes : int
        Channels that it shows.
    """

    time: float | None
    row: int | None
    stream: int | None
    lanes: int


class Wheel:
    """Does what the wheel says.

    Parameters
    ----------
    view : View

    Attributes
    ----------
    acts : dict of str to str
        What the wheel does by itself (``""``) and with Ctrl, Shift or Alt held.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self.acts: dict[Held, Act] = dict(USUAL)
        self._left = 0.0

    def turn(self, event: QWheelEvent, where: Where) -> None:
        """Take in an event of the wheel, or of two fingers on a pad."""
        turned = event.angleDelta()
        held = event.modifiers()
        sideways = abs(turned.x()) > abs(turned.y())  # fingers are never quite level
        if sideways and not held & SWAPPING:
            self._view.window.page(-SCROLL * turned.x() / NOTCH)
            return
        notches = (turned.x() if sideways else turned.y()) / NOTCH
        if where.row is not None:
            self._turn_on_label(notches, where.row, held)
            return
        self._do(self.acts[_held(held)], notches, where)

    def _turn_on_label(self, notches: float, row: int, held: Qt.KeyboardModifier) -> None:
        channels = self._view.channels
        group = np.flatnonzero(channels.group == channels.group[row])
        whole = bool(held & Qt.KeyboardModifier.ShiftModifier)
        channels.scale_gain(GAIN**notches, group if whole else [row])

    def _do(self, act: Act, notches: float, where: Where) -> None:
        view = self._view
        if act == "zoom":
            view.window.zoom(ZOOM**notches, where.time)
        elif act == "channels":
            lanes = self._whole(notches * max(1, where.lanes // PAGE_SHARE))
            view.channels.scroll(-lanes, where.stream)
        elif act == "gain":
            there = np.flatnonzero(view.channels.stream == where.stream)
            rows = view.channels.acted_on() if where.stream is None else there
            view.channels.scale_gain(GAIN**notches, rows)
        else:
            view.window.page(-SCROLL * notches)

    def _whole(self, amount: float) -> int:
        """Return whole lanes; what a pad turns by less is kept for the next time."""
        if amount * self._left < 0:
            self._left = 0.0
        self._left += amount
        whole = int(self._left)
        self._left -= whole
        return whole


def _held(modifiers: Qt.KeyboardModifier) -> Held:
    names: tuple[tuple[Held, Qt.KeyboardModifier], ...] = (
        ("Ctrl", Qt.KeyboardModifier.ControlModifier),
        ("Shift", Qt.KeyboardModifier.ShiftModifier),
        ("Alt", Qt.KeyboardModifier.AltModifier),
    )
    return next((name for name, modifier in names if modifiers & modifier), "")

"""The toolbar of time: where the window is, how long it is, and playing."""

from collections.abc import Callable

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLabel, QLineEdit, QToolBar, QWidget

from rawio import OptionError
from viewer.model import View
from viewer.model.times import TimeScale
from viewer.qt.bridge import while_alive
from viewer.qt.choice_box import ChoiceBox
from viewer.qt.view.player import SPEEDS, Player
from viewer.qt.view.reading_text import time_text
from viewer.render.quantities import format_duration

LENGTHS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Seconds: lengths of the window to choose from."""

ALL = "all"
"""What the length of the whole recording is called."""


class TimeBox(QLineEdit):
    """A line in which a time is shown, and written; Esc gives up what is written.

    Attributes
    ----------
    given_up : Qt signal
    """

    given_up = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Give up on Esc, and else write."""
        assert event is not None
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
            return
        super().keyPressEvent(event)


class GoBar(QToolBar):
    """Where the window is, as text that can be changed, and how fast it plays.

    Parameters
    ----------
    parent : QWidget or None

    Attributes
    ----------
    place : TimeBox
        Shows the middle of the window; Enter goes where it says.
    refused : Qt signal
        With a sentence: what somebody wrote is no time.
    said : Qt signal
        With a sentence: what somebody wrote is not in the recording.
    done : Qt signal
        The view may have the keyboard again.
    """

    refused = pyqtSignal(str)
    said = pyqtSignal(str)
    done = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Time", parent)
        self.setObjectName("time")
        self._view: View | None = None
        self._player: Player | None = None
        self.place = TimeBox()
        self.place.setAccessibleName("Go to")
        self.place.setFixedWidth(150)
        self.place.returnPressed.connect(self._go)
        self.place.given_up.connect(self._give_up)
        self.place.editingFinished.connect(self._refresh)
        self.place.setToolTip(
            "Go to a time: seconds, h:min:s, 50%, +5 s, a clock time, or #sample (G)"
        )
        self.length = ChoiceBox(
            "Length of the window",
            "How long the window is: choose, or write such as 350 ms or 2 min",
            self._resize,
            editable=True,
        )
        self.length.setMinimumContentsLength(8)
        self.speed = ChoiceBox(
            "Speed of playing",
            "How fast it plays: seconds of the recording in a second",
            self._set_speed,
        )
        self.speed.set_texts([_speed_text(speed) for speed in SPEEDS])
        self.speed.show_text(_speed_text(1.0))
        for box in (self.length, self.speed):
            box.left.connect(self.done)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._refresh)

    def fill(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Put the boxes in, between what others put into the bar."""
        before()
        self._add("Go to", self.place)
        self._add("Window", self.length)
        after()
        self.addWidget(self.speed)

    def follow(self, view: View | None, player: Player | None) -> None:
        """Show another view's time, or none."""
        if self._view is not None:
            self._view.changed.disconnect(self._schedule, missing_ok=True)
        self._view, self._player = view, player
        self.setEnabled(view is not None)
        if view is None or player is None:
            self.place.clear()
            return
        view.changed.connect(self._schedule)
        player.changed.connect(self._show_speed)
        self._fill_lengths(view)
        self._show_speed()
        self._refresh()

    def focus(self) -> None:
        """Let a time be written."""
        self.place.setFocus()
        self.place.selectAll()

    def _add(self, name: str, box: QWidget) -> None:
        label = QLabel(name)
        label.setContentsMargins(8, 0, 4, 0)
        label.setBuddy(box)
        self.addWidget(label)
        self.addWidget(box)

    def _fill_lengths(self, view: View) -> None:
        window = view.window
        lengths = (s for s in LENGTHS if window.min_duration <= s < window.t_max - window.t_min)
        self.length.set_texts([*map(format_duration, lengths), ALL])

    @while_alive
    def _schedule(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        if self._view is None:
            return
        if not self.place.hasFocus():
            self._show_place()
        window = self._view.window
        all_of_it = window.duration >= window.t_max - window.t_min
        self.length.show_text(ALL if all_of_it else format_duration(window.duration))

    def _show_place(self) -> None:
        view = self._view
        if view is None:
            return
        window = view.window
        middle = window.t_start + window.duration / 2
        self.place.setText(view.time_scale.format(middle, view.time_format, window.duration / 1000))

    def _go(self) -> None:
        view = self._view
        if view is None:
            return
        now = view.window.t_start + view.window.duration / 2
        try:
            time = view.time_scale.parse(self.place.text(), view.time_format, now)
        except OptionError as error:
            self.refused.emit(str(error))
            self.place.selectAll()
            return
        view.leave()
        view.go_to(time)
        self._give_up()
        beyond = _beyond(view, time)
        if beyond:
            self.said.emit(beyond)

    def _give_up(self) -> None:
        self.done.emit()
        self._refresh()
        self._show_place()

    def _resize(self, text: str) -> bool:
        """Make the window as long as a text says, around its middle; return whether it is one."""
        view = self._view
        if view is None:
            return False
        window = view.window
        whole = window.t_max - window.t_min
        try:
            wanted = whole if text.strip() == ALL else _seconds(text, whole)
        except OptionError as error:
            self.refused.emit(str(error))
            return False
        wanted = min(max(wanted, window.min_duration), whole)
        view.leave()
        window.set(window.t_start + (window.duration - wanted) / 2, wanted)
        self._refresh()
        return True

    def _set_speed(self, text: str) -> bool:
        if self._player is not None:
            self._player.speed = SPEEDS[self.speed.findText(text)]
        return True

    @while_alive
    def _show_speed(self) -> None:
        player = self._player
        if player is not None:
            nearest = min(SPEEDS, key=lambda speed: abs(speed - player.speed))
            self.speed.show_text(_speed_text(nearest))


def _speed_text(speed: float) -> str:
    return f"{speed:g} \N{MULTIPLICATION SIGN}"


def _beyond(view: View, time: float) -> str:
    """Return that a recording does not reach as far as a time, "" where it does."""
    window = view.window
    if time > window.t_max:
        return f"The recording ends at {time_text(view, window.t_max, 1e-3)}."
    if time < window.t_min:
        return f"The recording begins at {time_text(view, window.t_min, 1e-3)}."
    return ""


def _seconds(text: str, whole: float) -> float:
    """Return a length of time that somebody wrote, in seconds.

    Raises
    ------
    OptionError
        When it is none.
    """
    seconds = TimeScale(0.0, whole).parse(text, "seconds", 0.0)
    if seconds <= 0:
        raise OptionError(f"a window of {text[:40]!r} has no length; write, for example, 350 ms.")
    return seconds

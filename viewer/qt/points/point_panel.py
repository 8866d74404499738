"""`PointPanel`: what the panels of units and of events have in common: reading, keys, buttons."""

import weakref
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from PyQt6.QtCore import QEvent, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShowEvent
from PyQt6.QtWidgets import QPushButton, QStackedLayout, QWidget

from rawio import BaseRawIO
from viewer.model import View
from viewer.qt.bridge import while_alive
from viewer.qt.filter_box import FilterBox
from viewer.qt.lines import Calm, Line
from viewer.qt.points.point_model import Failure, PointModel
from viewer.qt.points.point_table import PointTable
from viewer.qt.telling import Telling
from viewer.qt.view.navigation import key_name

REFRESH_MS = 50
"""What was read is shown this often at most."""

Work = Callable[[Callable[[], bool]], Iterator[Any]]


class PointPanel(QWidget):
    """A panel of what lies at points in time.

    What it shows is read in a thread once it is first seen. It follows the view, and may outlive
    it or go before.

    Parameters
    ----------
    reader : rawio.BaseRawIO
        With its header parsed.
    view : View
        Of the reader, or of a layer over it.
    parent : QWidget or None

    Attributes
    ----------
    points : PointTable
    filter : FilterBox
    previous, next : QPushButton
        Made by subclasses with `make_parts`.
    total, remark : Line
        How many there are, and what else a person must know.
    why : str
        Why reading ended early, a sentence; "" if it did not.
    previous_wanted, next_wanted : Qt signal
        The view is to go to the previous or the next of what is selected or shown.
    """

    previous_wanted = pyqtSignal()
    next_wanted = pyqtSignal()

    points: PointTable
    filter: FilterBox
    previous: QPushButton
    next: QPushButton
    thread_name = "rawscope points"

    def __init__(self, reader: BaseRawIO, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader, self._view = reader, view
        self._telling: Telling[Any] | None = None
        self._pieces: list[Any] = []
        self.why = ""
        self.total, self.remark = Line(self), Line(self)
        self._soon, self._later = self.timer(0, self.follow), self.timer(REFRESH_MS, self._pass_on)
        view.changed.connect(self._on_change)

    # -- what subclasses do ------------------------------------------------------------------------

    def work(self) -> Work | None:
        """Return what is to be done in a thread, None when nothing is left to do.

        It holds no widget.
        """
        raise NotImplementedError

    def take(self, pieces: list[Any]) -> None:
        """Take in what the work has yielded."""
        raise NotImplementedError

    def follow(self) -> None:
        """Show what the view is like now."""
        raise NotImplementedError

    def say(self) -> None:
        """Say how many there are, and what a person must know about them."""
        raise NotImplementedError

    def acts(self) -> Mapping[str, Callable[[], None]]:
        """Return what keys do, as Qt writes them."""
        raise NotImplementedError

    # -- parts -------------------------------------------------------------------------------------

    def timer(self, milliseconds: int, act: Callable[[], None]) -> QTimer:
        """Return a timer that does something once, so long after it was started."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(act)
        return timer

    def make_parts(
        self,
        name: str,
        model: PointModel,
        fresh_colors: Callable[[], np.ndarray],
        sought: tuple[str, str],
        steps: tuple[tuple[str, str], tuple[str, str]],
    ) -> None:
        """Make the table, the line to filter by, and the buttons, in no layout yet.

        Parameters
        ----------
        name : str
            Of the table, for those who do not see it.
        model : PointModel
        fresh_colors : callable
            As for `PointTable`.
        sought : (str, str)
            What stands in the empty filter, and its tooltip.
        steps : pair of (str, str)
            What the buttons for the previous and the next say, each with its tooltip.
        """
        self.filter = FilterBox(*sought, self)
        self.points = PointTable(model, fresh_colors, self)
        self.points.setAccessibleName(name)
        self.points.entered.connect(self.next_wanted)
        self.previous, self.next = (QPushButton(text, self) for text, _ in steps)
        for button, wanted, (_, tip) in zip(
            (self.previous, self.next), (self.previous_wanted, self.next_wanted), steps, strict=True
        ):
            button.setToolTip(tip)
            button.clicked.connect(wanted)

    def keys_go(self, *widgets: QWidget) -> None:
        """Have Tab go through widgets as the eye does, from top to bottom."""
        for before, after in pairwise(widgets):
            self.setTabOrder(before, after)

    def end_with_me(self, end: Callable[[], None]) -> None:
        """Have a thread ended with this widget, by a function that does not hold it.

        One that goes with its parent gets no close event, and one that nobody holds any more is
        taken apart before it can tell of its end.
        """
        self.destroyed.connect(end)
        weakref.finalize(self, end)

    def lay_out(self, page: QWidget, nothing: str) -> None:
        """Show a page, or, where there is nothing to show, a sentence that says so."""
        pages = QStackedLayout(self)
        pages.addWidget(page)
        pages.addWidget(Calm(nothing, self))
        pages.setCurrentIndex(0 if len(self.points.points) else 1)

    def failures(self) -> str:
        """Return what could not be counted and why; "" for nothing."""
        tallies = self.points.rows.tallies.values()
        failed = [each.sentence for each in tallies if isinstance(each, Failure)]
        if len(failed) < 2:
            return "".join(failed)
        return f"{failed[0]} It is not the only one: {len(failed)} could not be counted."

    # -- reading -----------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether there is more to come."""
        return self._telling is not None

    @property
    def busy(self) -> bool:
        """Whether anything is being read, or about to be shown."""
        return self.reading or self._later.isActive() or self._soon.isActive()

    def stop(self) -> None:
        """End the thread; what is left is read when the panel is shown again."""
        if self._telling is not None:
            self._telling.close()
        self._telling, self.why = None, ""
        self.say()

    def _start(self) -> None:
        work = None if self.reading or self.why else self.work()
        if work is not None:
            self._telling = Telling(work, self._take, self._end, self.thread_name)
            self.end_with_me(self._telling.end)
            self.say()

    @while_alive
    def _take(self, piece: object) -> None:
        self._pieces.append(piece)
        if not self._later.isActive():
            self._later.start()

    @while_alive
    def _end(self, why: str) -> None:
        self._telling, self.why = None, why
        self._pass_on()

    def _pass_on(self) -> None:
        self._later.stop()
        pieces, self._pieces = self._pieces, []
        self.take(pieces)
        self.say()

    @while_alive
    def _on_change(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    # -- Qt events ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent | None) -> None:
        """Read what is not read yet."""
        self._start()
        self.follow()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """End the thread with the widget."""
        self.stop()
        super().closeEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Claim the keys that are for this widget before shortcuts of the window get them."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(self._act_of(event) is not None)
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what keys do here; others go on to the window around."""
        assert event is not None
        act = self._act_of(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _act_of(self, event: QKeyEvent) -> Callable[[], None] | None:
        if not len(self.points.points):
            return None
        if event.matches(QKeySequence.StandardKey.Find):
            return self._focus_filter
        return self.acts().get(key_name(event))

    def _focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

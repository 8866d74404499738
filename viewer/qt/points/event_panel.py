"""`EventPanel`: the event channels of a recording, and a list of all their events."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from rawio import BaseRawIO
from viewer.engine.event_list import EventList
from viewer.engine.workers import LatestWorker
from viewer.model import View
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.check_box import CheckBox
from viewer.qt.points.event_model import EventModel
from viewer.qt.points.event_reading import Sieve, Sieved, look, sieved
from viewer.qt.points.event_table import EventTable
from viewer.qt.points.point_model import Kind, PointModel, grouped
from viewer.qt.points.point_panel import PointPanel, Work

DEBOUNCE_MS = 150
"""A text is looked for when it has been the same for so long."""

NOTED_MS = 8_000
"""How long it says what was copied."""

ROWS_AT_FIRST = 6
"""Rows of channels that there is room for at first, if there are as many."""

COLUMNS: dict[Kind, tuple[str, str]] = {
    "visible": ("", "Whether its events are shown"),
    "color": ("", "Its colour: double click for another"),
    "name": ("Channel", "Its name"),
    "count": ("Events", "How many there are in the whole recording"),
}
WHICH = "of the selected channel, or of all that are shown"


class EventPanel(PointPanel):
    """The event channels, and below them all events in order of time.

    Events are counted and listed in a thread once the panel is first seen, and looked through for
    a text in another. All else is as for `PointPanel`.

    Attributes
    ----------
    table : EventTable
        The list of events; `points` are the channels.
    only_shown, walking : CheckBox
    """

    thread_name = "rawscope events"

    def __init__(self, reader: BaseRawIO, view: View, parent: QWidget | None = None) -> None:
        super().__init__(reader, view, parent)
        self._found: EventList | None = None
        self._wanted: Sieve | None = None
        self._shown: Sieve | None = None
        self._sifting: LatestWorker[Sieve, Sieved] | None = None
        self._copied = ""
        self.make_parts(
            "Event channels",
            PointModel(view.events, COLUMNS, "read from samples", self),
            lambda: view.theme.event_colors(len(view.events)),
            (
                "Filter by label or channel",
                "List only events with this in their label, or in the name of their channel "
                "(Ctrl+F)",
            ),
            (
                ("Previous", f"Go to the previous event {WHICH} (P)"),
                ("Next", f"Go to the next event {WHICH} (N)"),
            ),
        )
        self.model = EventModel(view, self)
        self.table = EventTable(self.model, self)
        self.table.setAccessibleName("Events")
        self.table.entered.connect(self._go_to)
        self.table.walked.connect(self._go_along)
        self.table.copied.connect(self._note)
        self._typed, self._noted = (
            self.timer(DEBOUNCE_MS, self._sift),
            self.timer(NOTED_MS, self._note),
        )
        self._make_controls()
        self.lay_out(self._page(), "This recording has no events.")
        self.say()

    def _make_controls(self) -> None:
        self.filter.textChanged.connect(self._on_text)
        self.filter.left.connect(self.table.setFocus)
        self.only_shown = CheckBox("Shown only", self)
        self.only_shown.setToolTip(f"List only events {WHICH}: those that next and previous go to")
        self.only_shown.toggled.connect(self._sift)
        self.walking = CheckBox("Follow", self)
        self.walking.setToolTip(
            "Have the view go along while you walk through the list with Up and Down, and the list "
            "scroll along when the view moves"
        )

    def _page(self) -> QWidget:
        lower = QWidget(self)
        column, above, below = QVBoxLayout(lower), QHBoxLayout(), QHBoxLayout()
        for row in (column, above, below):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(4)
        above.addWidget(self.filter, 1)
        above.addWidget(self.only_shown)
        below.addWidget(self.previous, 1)
        below.addWidget(self.next, 1)
        below.addWidget(self.walking)
        column.addLayout(above)
        column.addWidget(self.table, 1)
        column.addWidget(self.total)
        column.addWidget(self.remark)
        column.addLayout(below)
        page = QSplitter(Qt.Orientation.Vertical, self)
        page.setContentsMargins(4, 4, 4, 4)
        page.setChildrenCollapsible(False)
        page.addWidget(self.points)
        page.addWidget(lower)
        page.setStretchFactor(1, 1)
        height = self.points.height_of(min(len(self.points.points), ROWS_AT_FIRST))
        page.setSizes([height, 10 * height])
        self.points.setMinimumHeight(self.points.height_of(1))
        self.keys_go(self.points, self.filter, self.only_shown, self.table)
        self.keys_go(self.table, self.previous, self.next, self.walking)
        return page

    # -- reading -----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is being read or looked for, or about to be shown."""
        return super().busy or self._typed.isActive() or self._wanted is not self._shown

    def work(self) -> Work | None:
        """Return the counting and listing, if it has not come to its end."""
        if not len(self._view.events):
            return None
        if self._sifting is None:
            self._start_sifting()
        done = self._found is not None and self._found.complete
        return None if done else partial(look, self._reader, self._view.timeline)

    def _start_sifting(self) -> None:
        relay, told = Relay(), Relay()
        relay.said.connect(self._take_sieved)
        told.said.connect(self._take_failure)
        self._sifting = LatestWorker(
            sieved, relay.teller("said"), told.teller("said"), "rawscope filter"
        )
        self.end_with_me(self._sifting.close)
        self._wanted = self._shown
        self._sift()

    def stop(self) -> None:
        """End the threads; what is left is read when the panel is shown again."""
        super().stop()
        self._typed.stop()
        if self._sifting is not None:
            self._sifting.close()
            self._sifting, self._wanted = None, self._shown

    def take(self, pieces: list[Any]) -> None:
        """Show what was counted and listed."""
        lists = [piece for piece in pieces if isinstance(piece, EventList)]
        counted = [piece for piece in pieces if not isinstance(piece, EventList)]
        self.points.rows.take(counted)
        self.points.fit(piece.number for piece in counted)
        if lists:
            self._found = lists[-1]
            self._sift()

    def _on_text(self) -> None:
        self._typed.start()

    def _sift(self) -> None:
        """Have those listed that are wanted now."""
        self._typed.stop()
        if self._found is None or self._sifting is None:
            return
        going = frozenset(self._view.events.gone_through)
        some = self.only_shown.isChecked() and len(going) < len(self._view.events)
        sieve = Sieve(self._found, self.filter.text(), going if some else None)
        wanted = self._wanted
        if wanted is not None and wanted.asks(sieve):
            return
        self._wanted = sieve
        if sieve.takes_all:
            self._take_sieved(sieved(sieve))
        else:
            self._sifting.submit(sieve)

    @while_alive
    def _take_sieved(self, got: Sieved) -> None:
        if got.sieve is self._wanted:
            self._shown = got.sieve
            self.model.show(got.sieve.found, got.rows, got.times)
            self.say()

    @while_alive
    def _take_failure(self, why: str) -> None:
        self.why, self._shown = why, self._wanted
        self.say()

    # -- what is said and shown --------------------------------------------------------------------

    def follow(self) -> None:
        """Show what the view is like now."""
        near = self.model.near
        self.points.follow()
        self.model.follow()
        if self.only_shown.isChecked():
            self._sift()
        if self.walking.isChecked() and self.model.near != near and not self.table.hasFocus():
            self.table.show_near()

    def say(self) -> None:
        """Say how many events are listed, and what is not."""
        found, listed = self._found, self.model.rowCount()
        count = 0 if found is None else len(found)
        words = f"{grouped(count)} {'event' if count == 1 else 'events'}"
        if listed < count and self._shown is not None and not self._shown.takes_all:
            words = f"{grouped(listed)} of {words}"
        if self.reading:
            words = f"reading, {words} so far" if count else "reading events"
        self.total.say(words)
        remarks = [] if found is None else found.remarks
        said = dict.fromkeys((self.why, self.failures(), self._copied, *remarks))
        self.remark.say(" ".join(filter(None, said)))

    def _note(self, what: str = "") -> None:
        self._copied = what
        if what:
            self._noted.start()
        self.say()

    # -- acts --------------------------------------------------------------------------------------

    def acts(self) -> Mapping[str, Callable[[], None]]:
        """Return what keys do."""
        forward, back = self.next_wanted.emit, self.previous_wanted.emit
        return {"N": forward, ".": forward, "P": back, ",": back}

    def _go_to(self, row: int) -> None:
        self._view.leave()
        self._view.go_to(self.model.time_at(row))

    def _go_along(self, row: int) -> None:
        if self.walking.isChecked():
            self._view.go_to(self.model.time_at(row))

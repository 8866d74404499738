"""`UnitTable`: the sorted units of a recording, to show and hide, colour, and go through."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from rawio import BaseRawIO
from viewer.engine.tallies import Tally, unit_tallies
from viewer.model import Timeline, View
from viewer.qt.points.counting import or_failure
from viewer.qt.points.point_model import Failure, Kind, Place, PointModel, grouped
from viewer.qt.points.point_panel import PointPanel, Work

COLUMNS: dict[Kind, tuple[str, str]] = {
    "visible": ("", "Whether its spikes are shown"),
    "color": ("", "Its colour: double click for another"),
    "name": ("Unit", "Its name"),
    "place": ("Channel", "The channel it was detected on"),
    "count": ("Spikes", "How many spikes it has in the whole recording"),
    "rate": ("Hz", "Spikes per second recorded"),
}
WHICH = "of the selected unit, or of all that are shown"


class UnitTable(PointPanel):
    """A table of all units of a recording.

    Spikes are counted in a thread, one unit after the other, once the table is first seen. All
    else is as for `PointPanel`.
    """

    thread_name = "rawscope units"

    def __init__(self, reader: BaseRawIO, view: View, parent: QWidget | None = None) -> None:
        super().__init__(reader, view, parent)
        model = PointModel(view.units, COLUMNS, "not counted", self)
        self.make_parts(
            "Units",
            model,
            lambda: view.theme.unit_colors(len(view.units)),
            (
                "Filter by name or channel",
                "List only units with this in their name, or in that of their channel (Ctrl+F)",
            ),
            (
                ("Previous spike", f"Go to the previous spike {WHICH} (Shift+P)"),
                ("Next spike", f"Go to the next spike {WHICH} (Shift+N)"),
            ),
        )
        self.filter.textChanged.connect(model.filter)
        self.filter.left.connect(self.points.setFocus)
        model.modelReset.connect(self.say)
        self.lay_out(self._page(), "This recording has no sorted units.")
        self.say()

    def _page(self) -> QWidget:
        page = QWidget(self)
        column, row = QVBoxLayout(page), QHBoxLayout()
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        row.setSpacing(4)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        column.addWidget(self.filter)
        column.addWidget(self.points, 1)
        column.addWidget(self.total)
        column.addWidget(self.remark)
        column.addLayout(row)
        self.keys_go(self.filter, self.points, self.previous, self.next)
        return page

    def work(self) -> Work | None:
        """Return the counting of what is not counted yet."""
        reader, timeline, counted = self._reader, self._view.timeline, self.points.rows.tallies
        left = [unit for unit in range(len(self._view.units)) if unit not in counted]
        return (lambda cancelled: _look(reader, timeline, left, cancelled)) if left else None

    def take(self, pieces: list[Any]) -> None:
        """Show what was counted."""
        self.points.rows.take(pieces)
        self.points.fit(piece.number for piece in pieces)

    def follow(self) -> None:
        """Show what the view is like now."""
        self.points.follow()
        self.say()

    def say(self) -> None:
        """Say how many units there are, how many are listed and shown, and their spikes."""
        model = self.points.rows
        count, listed, done = len(model.points), model.rowCount(), len(model.tallies)
        words = "unit" if count == 1 else "units"
        parts = [f"{listed} of {count} {words}" if listed < count else f"{count} {words}"]
        hidden = count - int(model.points.visible.sum())
        if hidden:
            parts.append(f"{hidden} hidden")
        if self.reading:
            parts.append(f"counting, {done} of {count}")
        elif done:
            parts.append(f"{grouped(model.total)} spikes")
        self.total.say(" · ".join(parts))
        self.remark.say(" ".join(filter(None, (self.why, self.failures()))))

    def acts(self) -> Mapping[str, Callable[[], None]]:
        """Return what keys do."""
        return {"Shift+N": self.next_wanted.emit, "Shift+P": self.previous_wanted.emit}


def _look(
    reader: BaseRawIO, timeline: Timeline, units: list[int], cancelled: Callable[[], bool]
) -> Iterator[Place | Tally | Failure]:
    """Count the spikes of one unit after another, and look up the channels they are of."""
    assert reader.header is not None
    names = reader.header["unit_channels"]["name"]
    for unit in units:
        found = _look_at(reader, timeline, unit, cancelled)
        yield from or_failure(unit, str(names[unit]), "spikes", found)


def _look_at(
    reader: BaseRawIO, timeline: Timeline, unit: int, cancelled: Callable[[], bool]
) -> Iterator[Place | Tally]:
    assert reader.header is not None
    row = reader.unit_signal_channel(unit)
    yield Place(unit, "" if row is None else str(reader.header["signal_channels"]["name"][row]))
    yield from unit_tallies(reader, timeline, [unit], cancelled)

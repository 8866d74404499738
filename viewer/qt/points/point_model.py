"""`PointModel`: units, or event channels, as the rows of a table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QColor

from viewer.engine.tallies import Tally
from viewer.model.point_channels import PointChannels
from viewer.model.times import THIN_SPACE
from viewer.qt.names import LONGEST_TIP, on_one_line, tip_of

Kind = Literal["visible", "color", "name", "place", "count", "rate"]
"""What a column holds; ``place`` is the signal channel that a unit was detected on."""

WAITING = "\N{HORIZONTAL ELLIPSIS}"
UNREADABLE = "unreadable"
LEAST_RATE = "< 0.01"
"""What stands in place of a rate that would be rounded to none."""

NUMBERS = frozenset({"count", "rate"})
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

Role = Qt.ItemDataRole
COLOR, SHOWN = Role.UserRole, Role.UserRole + 1
"""For delegates: the colour of a row, which Qt would tint as a decoration, and if it is shown."""


@dataclass(frozen=True)
class Place:
    """The name of the signal channel that a unit was detected on; "" where nothing says."""

    number: int
    name: str


@dataclass(frozen=True)
class Failure:
    """Why one of them could not be counted, a sentence."""

    number: int
    sentence: str


class PointModel(QAbstractTableModel):
    """Units, or event channels: how they are shown, and what is known of them by and by.

    Rows are sorted and filtered here; the numbers that `PointChannels` counts by stay.

    Parameters
    ----------
    points : PointChannels
    columns : mapping of Kind to (str, str)
        The columns, each with its title and what a tooltip says of it.
    uncounted : str
        What stands in place of a count that would read all samples.
    parent : QObject or None

    Attributes
    ----------
    points : PointChannels
    kinds : tuple of Kind
        Of the columns.
    numbers : ndarray of int64
        Those that are listed, in the order of the rows.
    tallies : dict of int to Tally or Failure
        What was counted so far, by number.
    """

    def __init__(
        self,
        points: PointChannels,
        columns: Mapping[Kind, tuple[str, str]],
        uncounted: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.points = points
        self.kinds = tuple(columns)
        self.tallies: dict[int, Tally | Failure] = {}
        self.numbers = np.arange(len(points))
        self._titles, self._uncounted = tuple(columns.values()), uncounted
        self._names = [on_one_line(name) for name in points.names]
        self._places: dict[int, str] = {}
        self._text, self._column, self._falling = "", -1, False
        self._shown = self._state()

    # -- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many are listed."""
        return 0 if parent is not None and parent.isValid() else len(self.numbers)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.kinds)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """Return that rows can be selected, and the first column checked."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.kinds[index.column()] == "visible":
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return self._titles[section][0]
        if role == Role.ToolTipRole:
            return self._titles[section][1]
        if role == Role.TextAlignmentRole:
            return RIGHT if self.kinds[section] in NUMBERS else LEFT
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        number, kind = int(self.numbers[index.row()]), self.kinds[index.column()]
        if role == Role.DisplayRole:
            return self.text_of(number, kind)
        if role == Role.TextAlignmentRole:
            return RIGHT if kind in NUMBERS else LEFT
        if role == Role.CheckStateRole and kind == "visible":
            shown = bool(self.points.visible[number])
            return Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        if role == SHOWN:
            return bool(self.points.visible[number])
        if role == COLOR:
            return QColor(*self.points.color[number].tolist())
        if role == Role.ToolTipRole:
            return self._tip_of(number, kind)
        if role == Role.AccessibleTextRole and kind in ("visible", "color"):
            return self._words_of(number, kind)
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:
        """Show or hide one by its check box."""
        if role != Role.CheckStateRole or self.kinds[index.column()] != "visible":
            return False
        shown = Qt.CheckState(value) == Qt.CheckState.Checked
        self.points.set_visible([self.number_at(index.row())], shown)
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort rows by a column, -1 for the order of the recording."""
        falling = order == Qt.SortOrder.DescendingOrder
        if (column, falling) != (self._column, self._falling):
            self._column, self._falling = column, falling
            self._arrange()

    def text_of(self, number: int, kind: Kind) -> str | None:
        """Return what is written of one in a column of a kind; None for nothing."""
        if kind == "name":
            return self._names[number]
        if kind == "place":
            return self._places.get(number, "")
        tally = self.tallies.get(number)
        if kind == "count":
            if tally is None:
                return WAITING
            if isinstance(tally, Failure):
                return UNREADABLE
            return self._uncounted if tally.count is None else grouped(tally.count)
        if kind == "rate" and isinstance(tally, Tally) and tally.rate is not None:
            return LEAST_RATE if 0 < tally.rate < 0.005 else f"{tally.rate:.2f}"
        return None

    def _tip_of(self, number: int, kind: Kind) -> str:
        tally = self.tallies.get(number)
        if kind == "count" and isinstance(tally, Failure):
            return tip_of(tally.sentence)
        if kind in ("visible", "color"):
            return tip_of(self._words_of(number, kind))
        lines = [on_one_line(self.points.names[number], LONGEST_TIP)]
        if self._places.get(number):
            lines.append(f"detected on {self._places[number]}")
        return tip_of(*lines)

    def _words_of(self, number: int, kind: Kind) -> str:
        if kind == "visible":
            return "shown" if self.points.visible[number] else "hidden"
        name = QColor(*self.points.color[number].tolist()).name()
        return f"colour {name}: double click for another"

    # -- which is where --------------------------------------------------------------------------

    def number_at(self, row: int) -> int:
        """Return whose row it is."""
        return int(self.numbers[row])

    @property
    def has_places(self) -> bool:
        """Whether of any of them the signal channel is known."""
        return any(self._places.values())

    def row_of(self, number: int | None) -> int | None:
        """Return the row of one, None where it is not listed."""
        if number is None:
            return None
        found = np.flatnonzero(self.numbers == number)
        return int(found[0]) if len(found) else None

    def filter(self, text: str) -> None:
        """List only those whose name, or whose channel's, has a text in it; "" for all."""
        if text.casefold() != self._text:
            self._text = text.casefold()
            self._arrange()

    def _arrange(self) -> None:
        """List anew what is listed, in the order it is listed in."""
        self.beginResetModel()
        numbers = np.arange(len(self.points))
        if self._text:
            names, places = self.points.names, self._places
            numbers = np.array(
                [
                    number
                    for number, name in enumerate(names)
                    if self._text in name.casefold()
                    or self._text in places.get(number, "").casefold()
                ],
                dtype=np.int64,
            )
        if self._column >= 0:
            keys = self._keys(self.kinds[self._column])[numbers]
            # What has no value is last both ways: nan sorts behind all.
            numbers = numbers[np.argsort(-keys if self._falling else keys, kind="stable")]
        self.numbers = numbers
        self.endResetModel()

    def _keys(self, kind: Kind) -> np.ndarray:
        """Return what a column is sorted by, float64, one for each of the points."""
        count = len(self.points)
        if kind == "visible":
            return ~self.points.visible + 0.0
        if kind == "color":
            return np.array([QColor(*rgb).hueF() for rgb in self.points.color.tolist()], float)
        if kind == "name":
            return _ranks(self.points.names)
        if kind == "place":
            return _ranks([self._places.get(number, "") for number in range(count)])
        tallies = [self.tallies.get(number) for number in range(count)]
        known = [getattr(tally, kind, None) for tally in tallies]
        return np.array([np.nan if value is None else value for value in known], float)

    # -- what changes ----------------------------------------------------------------------------

    def take(self, found: Iterable[Place | Tally | Failure]) -> None:
        """Take in what was found out."""
        kinds: set[Kind] = set()
        for each in found:
            if isinstance(each, Place):
                self._places[each.number] = on_one_line(each.name)
                kinds.add("place")
            else:
                self.tallies[each.number] = each
                kinds |= {"count", "rate"}
        filtered = "place" in kinds and bool(self._text)
        if filtered or (self._column >= 0 and self.kinds[self._column] in kinds):
            self._arrange()
        elif kinds:
            self._tell_changed()

    def follow(self) -> None:
        """Show what `points` are like now, if they changed."""
        state = self._state()
        if state != self._shown:
            self._shown = state
            self._tell_changed()

    @property
    def total(self) -> int:
        """Sum of what was counted of those listed."""
        found = (self.tallies.get(number) for number in self.numbers.tolist())
        return sum(each.count or 0 for each in found if isinstance(each, Tally))

    def _state(self) -> tuple[bytes, bytes]:
        return self.points.visible.tobytes(), self.points.color.tobytes()

    def _tell_changed(self) -> None:
        if len(self.numbers):
            last = self.index(len(self.numbers) - 1, len(self.kinds) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


def grouped(count: int) -> str:
    """Return a whole number with thin spaces between its thousands."""
    return f"{count:,}".replace(",", THIN_SPACE)


def _ranks(names: Iterable[str]) -> np.ndarray:
    """Return where each name is when they are sorted, 2 before 10; nan for empty ones."""
    keys = [_natural(name) for name in names]
    order = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return np.array([order[key] if key else np.nan for key in keys], float)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what names are sorted by: numbers in them by their size, letters without case."""
    parts = re.split(r"([0-9]{1,18})", name[:200].casefold())
    return tuple(
        (0, int(part), "") if at % 2 else (1, 0, part) for at, part in enumerate(parts) if part
    )

"""`ChannelModel`: the channels of a view as an item model of Qt's."""

import math
from typing import Any

import numpy as np
from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont

from rawio import OptionError
from viewer.model import Channels
from viewer.qt.channels.changes import Snapshot, runs_of
from viewer.qt.channels.columns import EDITABLE, TITLES, Column, alignment, number_of, title_of
from viewer.qt.channels.outline import Node, Outline, group_labels
from viewer.qt.names import on_one_line, tip_of
from viewer.render.quantities import signed, spelled

Role = Qt.ItemDataRole
Flag = Qt.ItemFlag

FAINT = Role.UserRole
"""Whether a channel is hidden or bad."""
HIDDEN = Role.UserRole + 3
"""Whether a channel is hidden."""
ON_SCREEN = Role.UserRole + 1
"""Whether a channel is on the page of its panel."""
COUNT = Role.UserRole + 2
"""How many channels below a heading are visible, in words."""

MOST_RUNS = 32
"""Runs of changed neighbours that are told one by one."""


NOWHERE = QModelIndex()

# Made once: Qt asks for flags often, and Python joins them slowly.
CELL = Flag.ItemIsEnabled | Flag.ItemIsSelectable | Flag.ItemIsDragEnabled
HEADING_FLAGS = [CELL | Flag.ItemIsUserCheckable, *[CELL] * (len(Column) - 1)]
CHANNEL_FLAGS = [
    flags
    | Flag.ItemNeverHasChildren
    | (Flag.ItemIsEditable if column in EDITABLE else Flag.NoItemFlags)
    for column, flags in zip(Column, HEADING_FLAGS, strict=True)
]


class ChannelModel(QAbstractItemModel):
    """Channels below headings of their streams and groups; see `viewer.qt.channels.outline`.

    It reads values straight from the channels, and tells of changes when `sync` is called: of the
    rows and columns that changed since the last time, and no others.

    Parameters
    ----------
    channels : viewer.model.Channels
    parent : QObject or None

    Attributes
    ----------
    outline : viewer.qt.channels.outline.Outline
    refused : Qt signal
        With a sentence: what somebody wrote is no such number.
    rearranging : Qt signal
        Channels are about to go to other places.
    """

    rearranging = pyqtSignal()
    refused = pyqtSignal(str)

    def __init__(self, channels: Channels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.channels = channels
        self._count = len(channels)
        self._kept = np.ones(len(channels), bool)
        streams = np.unique(channels.stream).tolist()
        self._titles = {s: on_one_line(channels.stream_name(s)) for s in streams}
        self._set_texts()
        self._struck = QFont()
        self._struck.setStrikeOut(True)
        self._seen = Snapshot(channels)
        self._make_outline()

    def _set_texts(self) -> None:
        """Take the texts of all channels, as a row can show them."""
        infos = self.channels.infos
        self._labels = [on_one_line(label) for label in group_labels(self.channels)]
        self._texts = {
            Column.NAME: [on_one_line(info.name) for info in infos],
            Column.ID: [on_one_line(info.id) for info in infos],
            Column.UNITS: [on_one_line(spelled(info.units)) for info in infos],
        }

    # -- places ----------------------------------------------------------------------------------

    def node(self, index: QModelIndex) -> Node | None:
        """Return the heading at an index, the root for an invalid one; None for a channel."""
        if not index.isValid():
            return self.outline.nodes[0]
        number = index.internalId() - self._count
        return self.outline.nodes[number] if number >= 0 else None

    def row_at(self, index: QModelIndex) -> int | None:
        """Return the channel at an index; None for a heading."""
        row = index.internalId() if index.isValid() else self._count
        return int(row) if row < self._count else None

    def rows_below(self, index: QModelIndex) -> np.ndarray:
        """Return the channel at an index, or those below a heading that the filter lets through."""
        row = self.row_at(index)
        if row is not None:
            return np.array([row])
        node = self.node(index)
        assert node is not None
        return node.rows

    def index_of(self, row: int, column: Column = Column.VISIBLE) -> QModelIndex:
        """Return where a channel is; an invalid index where the filter keeps it away."""
        place = self.outline.place_of[row]
        return NOWHERE if place < 0 else self.createIndex(place, column, row)

    def heading(self, number: int, column: Column = Column.VISIBLE) -> QModelIndex:
        """Return the index of a node; an invalid one for the root."""
        if number == 0:
            return NOWHERE
        return self.createIndex(self.outline.nodes[number].place, column, self._count + number)

    def headings(self) -> list[QModelIndex]:
        """Return the indexes of all headings."""
        return [self.heading(number) for number in range(1, len(self.outline.nodes))]

    @property
    def listed(self) -> np.ndarray:
        """Rows that the filter lets through, from top to bottom."""
        return self.outline.nodes[0].rows

    def index(self, place: int, column: int, parent: QModelIndex = NOWHERE) -> QModelIndex:
        """Return the index of the channel or heading at a place below another."""
        node = self.node(parent)
        if node is None or not (0 <= column < len(Column) and place >= 0):
            return NOWHERE
        if node.children:
            if place >= len(node.children):
                return NOWHERE
            return self.createIndex(place, column, self._count + node.children[place])
        if place >= len(node.rows):
            return NOWHERE
        return self.createIndex(place, column, int(node.rows[place]))

    def parent(self, index: QModelIndex | None = None) -> Any:
        """Return the heading above; of no index, the object that owns this model."""
        if index is None:
            return super().parent()
        if not index.isValid():
            return NOWHERE
        return self._parents[index.internalId()]

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:
        """Return how many headings or channels are right below."""
        node = self.node(parent) if parent.column() <= 0 else None
        return 0 if node is None else len(node.children) or len(node.rows)

    def columnCount(self, parent: QModelIndex = NOWHERE) -> int:
        """Return how many columns there are."""
        return len(Column)

    # -- contents --------------------------------------------------------------------------------

    @property
    def unit(self) -> str | None:
        """What all channels measure in; None where they differ."""
        units = set(self._texts[Column.UNITS])
        return units.pop() if len(units) == 1 else None

    def tells(self, column: Column) -> bool:
        """Return whether a column says anything that other columns and headings do not."""
        infos = self.channels.infos
        if column == Column.ID:
            return any(info.id not in info.name for info in infos)
        if column == Column.GROUP:
            return self.outline.mixed
        if column == Column.Y:
            return any(math.isfinite(info.y) for info in infos)
        if column == Column.X:
            return len({info.x for info in infos if math.isfinite(info.x)}) > 1
        if column == Column.UNITS:
            return self.unit is None
        return True

    def flags(self, index: QModelIndex) -> Flag:
        """Return what can be done with a cell."""
        if not index.isValid():
            return Flag.NoItemFlags
        return (HEADING_FLAGS if self.row_at(index) is None else CHANNEL_FLAGS)[index.column()]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        """Return what the header says of a column."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        column = Column(section)
        if role == Role.DisplayRole:
            unit = self.unit if column == Column.OFFSET else None
            return f"{TITLES[column][0]} {unit}" if unit else TITLES[column][0]
        if role == Role.ToolTipRole:
            return TITLES[column][1]
        if role == Role.AccessibleTextRole:
            return title_of(column)
        if role == Role.TextAlignmentRole:
            return alignment(column)
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        row, column = self.row_at(index), Column(index.column())
        if row is None:
            node = self.node(index)
            assert node is not None
            return self._heading_data(node, column, role)
        if role in (Role.DisplayRole, Role.EditRole):
            return self.text(row, column, exact=role == Role.EditRole)
        channels = self.channels
        if role == Role.CheckStateRole:
            return _check(bool(channels.visible[row])) if column == Column.VISIBLE else None
        if role == Role.DecorationRole:
            return QColor(*channels.color[row].tolist()) if column == Column.COLOR else None
        if role == FAINT:
            return bool(channels.bad[row] or not channels.visible[row])
        if role == HIDDEN:
            return not channels.visible[row]
        if role == ON_SCREEN:
            return bool(self._seen.on_screen[row])
        if role == Role.FontRole:
            return self._struck if column == Column.NAME and channels.bad[row] else None
        if role == Role.TextAlignmentRole:
            return alignment(column)
        if role == Role.ToolTipRole:
            return tip_of(*self._known_of(row))
        if role == Role.AccessibleDescriptionRole:
            return "; ".join(self._known_of(row))
        return None

    def text(self, row: int, column: Column, *, exact: bool = False) -> str | None:
        """Return what a cell says of a channel in words; `exact`, with all digits."""
        channels, info = self.channels, self.channels.infos[row]
        if column in self._texts:
            return self._texts[column][row]
        if column == Column.GROUP:
            return self._labels[info.group]
        if column in (Column.Y, Column.X):
            value = info.y if column == Column.Y else info.x
            return signed(f"{value:.6g}") if math.isfinite(value) else ""
        if column in EDITABLE:
            value = (channels.gain if column == Column.GAIN else channels.offset)[row]
            return f"{value:.12g}" if exact else signed(f"{value:.4g}")
        return None

    def _heading_data(self, node: Node, column: Column, role: int) -> Any:
        if column != Column.VISIBLE:
            return None
        shown, count = int(self.channels.visible[node.rows].sum()), len(node.rows)
        stream, group, _ = node.key
        title = self._titles[stream] if group < 0 else self._labels[group]
        if role == Role.DisplayRole:
            return title
        if role == Role.CheckStateRole:
            return _check(None if 0 < shown < count else shown > 0)
        if role == COUNT:
            return f"{count}" if shown == count else f"{shown} of {count}"
        if role == Role.ToolTipRole:
            return tip_of(title, f"{shown} of {count} channels shown")
        return None

    def _known_of(self, row: int) -> list[str]:
        """Return what is known of a channel, in words."""
        channels, info = self.channels, self.channels.infos[row]
        name, number = self._texts[Column.NAME][row], self._texts[Column.ID][row]
        parts = [f"{name}, id {number}", self._titles[info.stream]]
        label = self._labels[info.group]
        if len(self._labels) > 1 and label != parts[-1]:
            parts.append(label)
        if math.isfinite(info.y):
            parts.append(signed(f"y {info.y:.6g} µm, x {info.x:.6g} µm"))
        if channels.bad[row]:
            parts.append("marked as bad")
        return parts

    def setData(self, index: QModelIndex, value: Any, role: int = Role.EditRole) -> bool:
        """Show, hide or scale the channel at an index, or those below a heading."""
        rows, column = self.rows_below(index), Column(index.column())
        if role == Role.CheckStateRole and column == Column.VISIBLE:
            self.channels.set_visible(rows, Qt.CheckState(value) != Qt.CheckState.Unchecked)
            return True
        if role == Role.EditRole and column in EDITABLE:
            return self.write(column, str(value), rows)
        return False

    def write(self, column: Column, text: str, rows: np.ndarray) -> bool:
        """Set the gain or the offset of channels to what somebody wrote; return whether it is one.

        Else the values stay, and `refused` is emitted.
        """
        channels = self.channels
        try:
            value = number_of(column, text)
        except OptionError as error:
            self.refused.emit(str(error))
            return False
        if column == Column.GAIN:
            channels.set_gain(value, rows)
        else:
            channels.set_offset(value, rows)
        return True

    # -- following the channels ------------------------------------------------------------------

    def set_filter(self, kept: np.ndarray) -> None:
        """Show only some channels, a bool for each row."""
        if not np.array_equal(kept, self._kept):
            self._kept = np.array(kept, bool)
            self._rearrange()

    def sync(self) -> None:
        """Tell what changed since the last time."""
        channels, before = self.channels, self._seen
        now = self._seen = Snapshot(channels)
        if channels.infos is not before.infos:
            self._set_texts()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
            self._tell(np.ones(len(channels), bool), Column.VISIBLE, Column.UNITS)
        if channels.infos is not before.infos or not np.array_equal(now.order, before.order):
            self._rearrange()
        looks = (now.visible != before.visible) | (now.bad != before.bad)
        looks |= now.on_screen != before.on_screen
        self._tell(looks, Column.VISIBLE, Column.UNITS)
        self._tell((now.color != before.color).any(axis=1), Column.COLOR, Column.COLOR)
        self._tell(now.gain != before.gain, Column.GAIN, Column.GAIN)
        self._tell(now.offset != before.offset, Column.OFFSET, Column.OFFSET)
        turned = now.visible != before.visible
        if turned.any():
            for number, node in enumerate(self.outline.nodes[1:], 1):
                if turned[node.rows].any():
                    index = self.heading(number)
                    self.dataChanged.emit(index, index)

    def _tell(self, changed: np.ndarray, first: Column, last: Column) -> None:
        """Emit `dataChanged` for the rows that changed, neighbours together."""
        if not changed.any():
            return
        for node in self.outline.nodes:
            if node.children:
                continue
            runs = runs_of(changed[node.rows])
            if len(runs) > MOST_RUNS:
                runs = [np.concatenate(runs)]
            for run in runs:
                top, bottom = int(node.rows[run[0]]), int(node.rows[run[-1]])
                self.dataChanged.emit(self.index_of(top, first), self.index_of(bottom, last))

    def _make_outline(self) -> None:
        channels = self.channels
        self.outline = Outline(self._seen.order, channels.stream, channels.group, self._kept)
        nodes = [self.heading(number) for number in range(len(self.outline.nodes))]
        self._parents = [nodes[max(number, 0)] for number in self.outline.node_of]
        self._parents += [nodes[max(node.parent, 0)] for node in self.outline.nodes]

    def _rearrange(self) -> None:
        """Put channels into their places; what is current or expanded goes with them."""
        self.rearranging.emit()
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        keys = [None if (node := self.node(i)) is None else node.key for i in old]
        self._make_outline()
        numbers = {node.key: number for number, node in enumerate(self.outline.nodes)}
        new = []
        for index, key in zip(old, keys, strict=True):
            column = Column(index.column())
            if key is None:
                new.append(self.index_of(int(index.internalId()), column))
            else:
                new.append(self.heading(numbers.get(key, 0), column))
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()


def _check(state: bool | None) -> Qt.CheckState:
    """Return a check box's state; None is between."""
    if state is None:
        return Qt.CheckState.PartiallyChecked
    return Qt.CheckState.Checked if state else Qt.CheckState.Unchecked

"""`ChannelRows`: the rows of the channels table as Qt shows them: columns, headings, selection."""

from collections.abc import Iterable

import numpy as np
from PyQt6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QFontMetrics, QPainter, QPalette, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTreeView, QWidget

from viewer.qt.channels.changes import runs_of
from viewer.qt.channels.columns import EDITABLE, Column
from viewer.qt.channels.delegate import ChannelDelegate
from viewer.qt.channels.model import ON_SCREEN, ChannelModel
from viewer.qt.channels.outline import Key

INDENT = 10
MARK = 3
"""Logical pixels: indentation, and the width of the mark of what is on screen."""
MOST_MEASURED = 50
"""Texts of a column whose widths are looked at: measuring all would take long."""
MOST_NAME = 150
LEAST_NAME = 30
"""Logical pixels: what a column of texts takes at first at most, and names at least."""
SHORT_NAME = 90
"""Logical pixels that names of more are shortened to before other columns go beyond the edge."""


class ChannelRows(QTreeView):
    """The rows of a `ChannelModel`; those on screen have a mark at the left.

    Parameters
    ----------
    rows : ChannelModel
    parent : QWidget or None

    Attributes
    ----------
    rows : ChannelModel
    picked : Qt signal
        The selection changed.
    """

    picked = pyqtSignal()

    def __init__(self, rows: ChannelModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self.cells = ChannelDelegate(self)
        self._collapsed: set[Key] = set()
        self._all_open = False
        self._spare = 0  # logical pixels that names have beyond what they need, or lack
        self._selected: tuple[np.ndarray, set[Key]] = np.empty(0, int), set()
        self._chosen: dict[Column, bool] = {}
        self.setItemDelegate(self.cells)
        self.setModel(rows)
        self._set_behaviour()
        self._set_header()
        self.expanded.connect(lambda index: self._note(index, collapsed=False))
        self.collapsed.connect(lambda index: self._note(index, collapsed=True))
        rows.rearranging.connect(self._remember)
        rows.layoutChanged.connect(self._arrange)
        rows.layoutChanged.connect(self._select_again)
        self._arrange()

    def _set_behaviour(self) -> None:
        view = QAbstractItemView
        self.setAccessibleName("Channels")
        self.setUniformRowHeights(True)
        self.setSelectionMode(view.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(view.SelectionBehavior.SelectRows)
        self.setEditTriggers(view.EditTrigger.DoubleClicked)
        self.setDragEnabled(True)  # so that pressing on one of several keeps them selected
        self.setAllColumnsShowFocus(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setHorizontalScrollMode(view.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setMinimumHeight(80)

    def _set_header(self) -> None:
        header = self.header()
        assert header is not None
        header.setSectionsClickable(False)
        header.setSectionsMovable(False)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(18)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        self.fit_columns()

    # -- columns ---------------------------------------------------------------------------------

    def fit_columns(self) -> None:
        """Make columns as wide as what stands in them."""
        metrics = self.fontMetrics()
        infos, title = self.rows.channels.infos, self.rows.headerData
        for column in Column:
            if column in (Column.VISIBLE, Column.COLOR):
                continue
            texts = [self.rows.text(row, column) or "" for row in range(len(infos))]
            texts = sorted(set(texts), key=len)[-MOST_MEASURED:]
            if column in EDITABLE:
                texts.append("0.125")
            width = _width(metrics, [*texts, title(column, Qt.Orientation.Horizontal)])
            self.setColumnWidth(column, min(width, MOST_NAME))
        self.setColumnWidth(Column.COLOR, 20)

    def dataChanged(self, top: QModelIndex, bottom: QModelIndex, roles: Iterable[int] = ()) -> None:
        """Paint what changed, and make room for longer numbers."""
        super().dataChanged(top, bottom, roles)
        if top.column() in EDITABLE:
            column, channels = Column(top.column()), self.rows.channels
            values = channels.gain if column == Column.GAIN else channels.offset
            _, rows = np.unique(values, return_index=True)
            some = rows[:: 1 + len(rows) // MOST_MEASURED].tolist()
            width = _width(self.fontMetrics(), [self.rows.text(r, column) or "" for r in some])
            if width > self.columnWidth(column):
                self.setColumnWidth(column, width)
                self._spread()

    def show_column(self, column: Column, shown: bool) -> None:
        """Show or hide a column, whatever it says."""
        self._chosen[column] = shown
        self._arrange()

    def _arrange(self) -> None:
        """Fit headings and columns to what there is."""
        headed = len(self.rows.outline.nodes) > 1
        indent = INDENT if headed else MARK + 2
        self.setIndentation(indent)
        deepest, wanted, closed = 0, self._all_open, set(self._collapsed)
        for index in self.rows.headings():
            node = self.rows.node(index)
            assert node is not None
            self.setFirstColumnSpanned(index.row(), index.parent(), True)
            self.setExpanded(index, wanted or node.key not in closed)
            deepest = max(deepest, 1 + (node.parent > 0))
        self.setColumnWidth(Column.VISIBLE, 18 + indent * (deepest + 1))
        for column in Column:
            self.setColumnHidden(column, not self._chosen.get(column, self.rows.tells(column)))
        self._spread()
        self._collapsed = closed  # what was opened for a while is not opened for good

    def _spread(self) -> None:
        """Give the names what room is left, and take it back when there is less."""
        header, port = self.header(), self.viewport()
        assert header is not None and port is not None
        names = max(self.columnWidth(Column.NAME) - self._spare, LEAST_NAME)
        others = header.length() - self.columnWidth(Column.NAME)
        self._spare = max(port.width() - others - names, min(SHORT_NAME - names, 0))
        self.setColumnWidth(Column.NAME, names + self._spare)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Fit the columns to the width."""
        super().resizeEvent(event)
        self._spread()

    def open_all(self, open_: bool) -> None:
        """Open all headings for a while, such as while a filter is on, or close them again."""
        if open_ != self._all_open:
            self._all_open = open_
            self._arrange()

    def _note(self, index: QModelIndex, *, collapsed: bool) -> None:
        """Remember which headings are closed: they may go away and come back."""
        node = self.rows.node(index)
        if node is not None:
            (self._collapsed.add if collapsed else self._collapsed.discard)(node.key)

    # -- selection -------------------------------------------------------------------------------

    def selected_rows(self) -> np.ndarray:
        """Return the channels that are selected, or stand below a selected heading, in order."""
        picked, keys = self._picked()
        if keys:
            for node in self.rows.outline.nodes:
                if node.key in keys:
                    picked[node.rows] = True
        return self.rows.listed[picked[self.rows.listed]]

    def _picked(self) -> tuple[np.ndarray, set[Key]]:
        """Return which channels are selected, a bool for each row, and which headings."""
        model, selection = self.rows, self.selectionModel()
        picked, keys = np.zeros(len(model.channels), bool), set()
        assert selection is not None
        for part in _ranges(selection):
            node = model.node(part.parent())
            assert node is not None
            places = slice(part.top(), part.bottom() + 1)
            keys |= {model.outline.nodes[number].key for number in node.children[places]}
            if not node.children:
                picked[node.rows[places]] = True
        return picked, keys

    def _remember(self) -> None:
        """Note what is selected: Qt would follow each row by itself, and slowly."""
        selection = self.selectionModel()
        assert selection is not None
        self._selected = self._picked()
        selection.clearSelection()

    def _select_again(self) -> None:
        self._select(*self._selected)

    def current_row(self) -> int | None:
        """Return the selected channel that the keyboard is on, else the first that is selected."""
        current, selection = self.currentIndex(), self.selectionModel()
        assert selection is not None
        row = self.rows.row_at(current)
        if row is not None and selection.isSelected(current):
            return row
        rows = self.selected_rows()
        return int(rows[0]) if len(rows) else None

    def select_rows(self, rows: np.ndarray) -> None:
        """Select these channels and no others, as far as the filter lets them through."""
        wanted = np.zeros(len(self.rows.channels), bool)
        wanted[rows] = True
        self._select(wanted, set())

    def _select(self, wanted: np.ndarray, headings: set[Key]) -> None:
        """Select channels, given a bool for each, and headings."""
        model, selection, picked = self.rows, self.selectionModel(), QItemSelection()
        assert selection is not None
        for number, node in enumerate(model.outline.nodes):
            if node.key in headings:
                picked.select(model.heading(number), model.heading(number))
            if not node.children:
                for run in runs_of(wanted[node.rows]):
                    top, bottom = (int(node.rows[place]) for place in (run[0], run[-1]))
                    picked.select(model.index_of(top), model.index_of(bottom))
        flags = QItemSelectionModel.SelectionFlag
        selection.select(picked, flags.ClearAndSelect | flags.Rows)

    def selectionChanged(self, selected: object, deselected: object) -> None:
        """Tell of it."""
        super().selectionChanged(selected, deselected)  # type: ignore[arg-type]
        self.picked.emit()

    def selectionCommand(
        self, index: QModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Keep several rows selected when a box, a colour or a number of theirs is clicked."""
        command = super().selectionCommand(index, event)
        selection = self.selectionModel()
        if event is None or selection is None or event.type() != QEvent.Type.MouseButtonRelease:
            return command
        keeps = index.column() in (Column.VISIBLE, Column.COLOR, *EDITABLE)
        if keeps and selection.isSelected(index):
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return command

    def last_index(self) -> QModelIndex:
        """Return the lowest row that is open."""
        index = QModelIndex()
        while self.rows.rowCount(index) and (not index.isValid() or self.isExpanded(index)):
            index = self.rows.index(self.rows.rowCount(index) - 1, 0, index)
        return index

    def on_item(self, at: QPoint, index: QModelIndex) -> bool:
        """Return whether a place of the viewport is on a row, not on its arrow or check box."""
        if not index.isValid() or index.column() != Column.VISIBLE:
            return index.isValid()
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        box = self.cells.check_box(option, index)
        return option.rect.contains(at) and not box.contains(at)

    # -- painting --------------------------------------------------------------------------------

    def drawRow(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paint a row, a band behind headings, and a mark beside what is on screen."""
        assert painter is not None
        palette, role = self.palette(), QPalette.ColorRole
        if self.rows.row_at(index) is None:
            painter.fillRect(option.rect, palette.brush(role.AlternateBase))
        super().drawRow(painter, option, index)
        if index.data(ON_SCREEN):
            selection = self.selectionModel()
            selected = selection is not None and selection.isSelected(index)
            color = palette.color(role.Highlight)
            color = color.darker(150) if selected else color
            painter.fillRect(QRect(0, option.rect.top(), MARK, option.rect.height()), color)


def _ranges(selection: QItemSelectionModel) -> list[QItemSelectionRange]:
    picked = selection.selection()
    return [picked[k] for k in range(len(picked))]


def _width(metrics: QFontMetrics, texts: list[str]) -> int:
    return max((metrics.horizontalAdvance(text) for text in texts), default=0) + 11

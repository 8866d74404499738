"""`EventTable`: the list of events, to walk through and to copy."""

from dataclasses import dataclass

from PyQt6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import (
    QBrush,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
)
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyleOptionViewItem, QWidget

from viewer.qt.points.event_model import CHANNEL, DURATION, LABEL, MOST_COPIED, TIME, EventModel
from viewer.qt.points.point_model import grouped
from viewer.qt.points.row_table import ENTER, NONE, RowDelegate, RowTable, held

NEAR_ALPHA = 70
"""Of 255: how much of the colour of selected rows the one in the middle of the window has."""

CHANNEL_WIDTH = 150
"""Logical pixels that names of channels get at most, until somebody drags them: labels have more
to say.
"""


@dataclass(frozen=True)
class _Kept:
    """Where a table was: events of the list, whether the current is selected, and was seen."""

    top: int
    current: int | None
    selected: bool
    seen: bool


class EventDelegate(RowDelegate):
    """Marks the row in the middle of the window, and draws what is passed over fainter."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """Fill in how a cell is drawn."""
        super().initStyleOption(option, index)
        model = index.model()
        assert option is not None and isinstance(model, EventModel)
        role = QPalette.ColorRole
        if index.row() == model.near:
            mark = QColor(option.palette.color(role.Highlight))
            mark.setAlpha(NEAR_ALPHA)
            option.backgroundBrush = QBrush(mark)
        if model.is_passed_over(index.row()):
            option.palette.setColor(role.Text, option.palette.color(role.PlaceholderText))


class EventTable(RowTable):
    """Events in order of time.

    Enter or a double click on an event goes there. Ctrl+C copies what is selected as text.

    Parameters
    ----------
    model : EventModel
    parent : QWidget or None

    Attributes
    ----------
    entered : Qt signal
        With the row that the view is to go to.
    walked : Qt signal
        With the row that somebody has come to, by keys or with the mouse.
    copied : Qt signal
        With a sentence about what was copied.
    """

    entered = pyqtSignal(int)
    walked = pyqtSignal(int)
    copied = pyqtSignal(str)

    def __init__(self, model: EventModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self.rows, self.giving = model, CHANNEL
        self._kept: _Kept | None = None
        self.setItemDelegate(EventDelegate(self))
        titles = self.horizontalHeader()
        assert titles is not None
        titles.setSectionsClickable(False)
        titles.setSectionResizeMode(LABEL, QHeaderView.ResizeMode.Stretch)
        for column, title in ((CHANNEL, "Channel"), (DURATION, "Lasts")):
            titles.resizeSection(column, 0)
            self.widen(column, [title])
        self.fit_times()
        self.fit()
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        model.headerDataChanged.connect(self.fit_times)

    def fit(self) -> None:
        """Make columns as wide as what is in them."""
        rows = self.rows
        self.setColumnHidden(DURATION, not rows.lasting)
        self.widen(TIME, rows.widest_times)
        self.widen(DURATION, rows.first_durations)
        if rows.found is not None:
            self.widen(CHANNEL, rows.found.names, CHANNEL_WIDTH)

    def fit_times(self) -> None:
        """Make the column of times as wide as what is in it, and no wider."""
        self.setColumnWidth(TIME, 0)
        self.widen(TIME, [*self.rows.widest_times, "Sample"])

    # -- places ------------------------------------------------------------------------------------

    @property
    def count_selected(self) -> int:
        """How many rows are selected."""
        return sum(last + 1 - first for first, last in self.selected_spans)

    def show_near(self) -> None:
        """Scroll to the row that is in the middle of the window."""
        if self.rows.near is not None:
            self.scrollTo(self.rows.index(self.rows.near, TIME))

    def _keep(self) -> None:
        """Remember, by events of the list, what was on top, and which one was current."""
        top, row = self.rowAt(0), self.current_row
        self._kept = None
        if top >= 0:
            event = None if row is None else self.rows.event_at(row)
            selected = row is not None and self.count_selected == 1
            seen = row is not None and selected and self.shows(row)
            self._kept = _Kept(self.rows.event_at(top), event, selected, seen)

    def _restore(self) -> None:
        self.fit()
        kept, count = self._kept, self.rows.rowCount()
        if kept is None or not count:
            return
        row = None if kept.current is None else self.rows.row_of(kept.current)
        if row is not None and (row >= count or self.rows.event_at(row) != kept.current):
            row = None
        if row is not None:
            flag = QItemSelectionModel.SelectionFlag
            act = flag.ClearAndSelect | flag.Rows if kept.selected else flag.NoUpdate
            selection = self.selectionModel()
            assert selection is not None
            selection.setCurrentIndex(self.rows.index(row, TIME), act)
        top = self.rows.index(min(self.rows.row_of(kept.top), count - 1), TIME)
        self.scrollTo(top, QAbstractItemView.ScrollHint.PositionAtTop)
        if row is not None and kept.seen:
            self.scrollTo(self.rows.index(row, TIME))

    # -- acts --------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Put what is selected on the clipboard, as text."""
        count, clipboard = self.count_selected, QGuiApplication.clipboard()
        if not count or clipboard is None:
            return
        clipboard.setText(self.rows.as_text(self.selected_spans))
        words = "1 event" if count == 1 else f"{grouped(min(count, MOST_COPIED))} events"
        if count > MOST_COPIED:
            words = f"the first {words} of {grouped(count)}"
        self.copied.emit(f"Copied {words}.")

    def open_menu(self, row: int, place: QPoint) -> None:
        """Open the menu of a row at a place of the screen."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setPalette(self.palette())
        menu.addAction("Go there", lambda: self.entered.emit(row))
        menu.addAction("Copy", self.copy)
        menu.popup(place)

    # -- mouse and keys ----------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Tell where somebody has come to."""
        super().mouseReleaseEvent(event)
        assert event is not None
        left, row = event.button() == Qt.MouseButton.LeftButton, self.current_row
        if left and row is not None and self.count_selected == 1:
            self.walked.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Go to an event."""
        assert event is not None
        index = self.indexAt(event.pos())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.entered.emit(index.row())

    def takes(self, event: QKeyEvent) -> bool:
        """Return whether a key is for this table."""
        if event.key() == Qt.Key.Key_Escape:
            return held(event) == NONE and bool(self.selected_spans)
        if event.key() in ENTER:
            return held(event) == NONE
        return event.matches(QKeySequence.StandardKey.Copy) or super().takes(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Walk, go to an event with Enter, copy with Ctrl+C, select nothing with Esc."""
        assert event is not None
        key, mine, before = event.key(), self.takes(event), self.current_row
        if mine and key == Qt.Key.Key_Escape:
            self.clearSelection()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif not mine or key not in ENTER:
            super().keyPressEvent(event)
            if self.current_row not in (None, before):
                self.walked.emit(self.current_row)
        elif before is not None:
            self.entered.emit(before)

"""`RowTable`: a compact table of rows that takes few keys and leaves the others to the view."""

from collections.abc import Iterable

from PyQt6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPoint, Qt
from PyQt6.QtGui import QContextMenuEvent, QFont, QKeyEvent, QKeySequence, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

LEAST_ROW = 20
"""Height of a row, logical pixels; more where the font is large."""

PADDING = 12
"""Logical pixels of a cell that are not text."""

Key = Qt.Key
Stretch = QHeaderView.ResizeMode.Stretch
MOVES = frozenset({Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown})
ENDS = frozenset({Key.Key_Home, Key.Key_End})
ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class RowDelegate(QStyledItemDelegate):
    """Draws cells without a frame around the one that has the keyboard, where its row shows it."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """Fill in how a cell is drawn."""
        super().initStyleOption(option, index)
        assert option is not None
        if option.state & QStyle.StateFlag.State_Selected:
            option.state &= ~QStyle.StateFlag.State_HasFocus


class RowTable(QTableView):
    """A table of which rows are selected, one or several.

    Up, Down, Page up, Page down, Home and End go from row to row, with Shift they select all
    between; Ctrl+A selects all. All other keys that a subclass does not take go on to the widgets
    around: letters and arrows are for the view.

    Parameters
    ----------
    model : QAbstractTableModel
    parent : QWidget or None

    Attributes
    ----------
    giving : int or None
        A column that is no wider than the one that takes the room left, in narrow tables: a table
        has no scroll bar for what goes beyond its edge.
    """

    giving: int | None = None

    def __init__(self, model: QAbstractTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        font = self.font()
        if hasattr(QFont, "setFeature"):  # since Qt 6.7
            font.setFeature(QFont.Tag("tnum"), 1)  # digits of one width, so that columns line up
        self.setFont(font)
        self._given: int | None = None
        self._wanted_width = 0
        rows, titles = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and titles is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self.row_height)
        titles.setHighlightSections(False)
        titles.setTextElideMode(Qt.TextElideMode.ElideRight)
        titles.setMinimumSectionSize(16)
        titles.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    @property
    def row_height(self) -> int:
        """Logical pixels."""
        return max(LEAST_ROW, self.fontMetrics().height() + 2)

    def height_of(self, rows: int) -> int:
        """Return how high the table is with so many rows, in logical pixels."""
        titles = self.horizontalHeader()
        assert titles is not None
        return titles.sizeHint().height() + rows * self.row_height + 2 * self.frameWidth()

    @property
    def selected_rows(self) -> list[int]:
        """Which rows are selected, rising; as many as there are, so mind the large ones."""
        return [row for first, last in self.selected_spans for row in range(first, last + 1)]

    @property
    def selected_spans(self) -> list[tuple[int, int]]:
        """First and last row of what is selected, rising."""
        selection = self.selectionModel()
        assert selection is not None
        picked = selection.selection()
        return sorted({(picked[at].top(), picked[at].bottom()) for at in range(len(picked))})

    @property
    def current_row(self) -> int | None:
        """The row that has the keyboard."""
        row = self.currentIndex().row()
        return row if row >= 0 else None

    def shows(self, row: int) -> bool:
        """Return whether a row is in view."""
        port, model = self.viewport(), self.model()
        assert port is not None and model is not None
        return self.visualRect(model.index(row, 0)).intersects(port.rect())

    def widen(self, column: int, texts: Iterable[str], most: int = 10_000) -> None:
        """Make a column wide enough for texts, but for what goes beyond `most` logical pixels.

        One that is wide enough stays as it is, as somebody may have made it.
        """
        metrics = self.fontMetrics()
        # The longest in characters are measured, which may miss a pixel or two.
        longest = sorted(set(texts), key=len)[-3:]
        width = max(map(metrics.horizontalAdvance, longest), default=0) + PADDING
        width = min(width, most)
        if column == self.giving:
            self._wanted_width = max(width, self._wanted_width)
        elif width > self.columnWidth(column):
            self.setColumnWidth(column, width)
        self.share_width()

    def share_width(self) -> None:
        """Give the column that gives what it needs, but no more than the one that takes the rest.

        One that somebody has dragged stays as it is.
        """
        column, titles, port = self.giving, self.horizontalHeader(), self.viewport()
        assert titles is not None and port is not None
        if column is None or self.isColumnHidden(column):
            return
        if self._given not in (None, self.columnWidth(column)):
            return
        modes = {each: titles.sectionResizeMode(each) for each in range(titles.count())}
        fixed = [each for each in modes if each != column and modes[each] != Stretch]
        room = port.width() - sum(map(self.columnWidth, fixed))
        self._given = max(min(self._wanted_width, room // 2), titles.minimumSectionSize())
        self.setColumnWidth(column, self._given)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Share out another width."""
        super().resizeEvent(event)
        self.share_width()

    # -- keys ------------------------------------------------------------------------------------

    def takes(self, event: QKeyEvent) -> bool:
        """Return whether a key is for this table."""
        key, with_it = event.key(), held(event)
        if key in MOVES:
            return with_it in (NONE, SHIFT)
        return (key in ENDS and with_it == NONE) or event.matches(
            QKeySequence.StandardKey.SelectAll
        )

    def event(self, event: QEvent | None) -> bool:
        """Claim the keys that are for this table before shortcuts of the window get them."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(self.takes(event))
            return event.isAccepted()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Go to another row; other keys go on to the widgets around."""
        assert event is not None
        if self.takes(event):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def keyboardSearch(self, search: str | None) -> None:
        """Look for nothing by its first letters: these are for the view."""

    def moveCursor(
        self, act: QAbstractItemView.CursorAction, held: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Return where a key goes to: Home and End to the first and the last row."""
        model = self.model()
        ends = (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd)
        if act not in ends or model is None:
            return super().moveCursor(act, held)
        row = 0 if act == ends[0] else model.rowCount() - 1
        return model.index(row, max(self.currentIndex().column(), 0))

    # -- menus -----------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Open the menu of a row: the one under the mouse, or the one that has the keyboard."""
        assert event is not None
        index, place = self.indexAt(event.pos()), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            port = self.viewport()
            assert port is not None
            place = port.mapToGlobal(self.visualRect(index).bottomLeft())
        if index.isValid():
            self.open_menu(index.row(), place)

    def open_menu(self, row: int, place: QPoint) -> None:
        """Open the menu of a row at a place of the screen."""


def held(event: QKeyEvent) -> Qt.KeyboardModifier:
    """Return the modifiers that are held, but for the one that says keys are of the keypad."""
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier

"""`PointTable`: units, or event channels, to show and hide, colour, and go through."""

from collections.abc import Callable, Iterable

import numpy as np
from PyQt6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QColorDialog, QHeaderView, QMenu, QWidget

from viewer.qt.bridge import while_alive
from viewer.qt.names import on_one_line
from viewer.qt.points.point_delegates import CheckDelegate, PointDelegate, SwatchDelegate
from viewer.qt.points.point_model import Kind, PointModel
from viewer.qt.points.row_table import ENTER, NONE, Key, RowTable, held

CONTROLS: tuple[Kind, ...] = ("visible", "color")
"""Columns on which a click does something and selects nothing."""

WIDEST = 110
"""Logical pixels that other columns than that of names get at most, until somebody drags them."""


class PointTable(RowTable):
    """Units, or event channels, as a table.

    A click on a check box shows or hides, a double click on a colour asks for another. A row that
    is selected alone is what next and previous go through; Esc, or another click on it, gives that
    up. Space shows or hides what is selected, Del hides it.

    Parameters
    ----------
    model : PointModel
    fresh_colors : callable
        Returns the colours they have at first, uint8 (n, 3).
    parent : QWidget or None

    Attributes
    ----------
    entered : Qt signal
        By a double click, or with Enter on a row: what is in it is now selected, and wanted.
    """

    entered = pyqtSignal()

    def __init__(
        self,
        model: PointModel,
        fresh_colors: Callable[[], np.ndarray],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(model, parent)
        self.rows, self.points = model, model.points
        self._fresh_colors = fresh_colors
        self._following = False
        self._on_control = False
        self._pressed_again: int | None = None
        self._kept: tuple[list[int], int | None] = [], None
        self._set_up_columns()
        self.setItemDelegate(PointDelegate(self))
        self.setItemDelegateForColumn(model.kinds.index("visible"), CheckDelegate(self))
        self.setItemDelegateForColumn(model.kinds.index("color"), SwatchDelegate(self))
        self.setSortingEnabled(True)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        selection = self.selectionModel()
        assert selection is not None
        selection.selectionChanged.connect(self._on_selection)
        self.follow()

    def _set_up_columns(self) -> None:
        titles = self.horizontalHeader()
        assert titles is not None
        titles.setSortIndicatorClearable(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        if "place" in self.rows.kinds:
            self.giving = self.rows.kinds.index("place")
        for column, kind in enumerate(self.rows.kinds):
            if kind == "name":
                titles.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            elif kind in CONTROLS:
                titles.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                titles.resizeSection(column, 24 if kind == "visible" else 19)
            else:
                title = self.rows.headerData(column, Qt.Orientation.Horizontal)
                titles.resizeSection(column, 0)
                self.widen(column, [f"{title}    "])  # and the arrow of the sorted column
        self.hide_empty()

    def fit(self, numbers: Iterable[int]) -> None:
        """Make columns as wide as what they say of some."""
        some = list(numbers)
        for column, kind in enumerate(self.rows.kinds):
            if kind not in (*CONTROLS, "name"):
                texts = (self.rows.text_of(number, kind) or "" for number in some)
                self.widen(column, texts, WIDEST)
        self.hide_empty()

    def hide_empty(self) -> None:
        """Hide the column of signal channels as long as none is known: names need the room."""
        if self.giving is not None:
            self.setColumnHidden(self.giving, not self.rows.has_places)
            self.share_width()

    # -- which are selected ----------------------------------------------------------------------

    @property
    def numbers(self) -> list[int]:
        """Those selected, in the order of the rows."""
        return [self.rows.number_at(row) for row in self.selected_rows]

    def acted_on(self, row: int) -> list[int]:
        """Return on which an act on a row is done: all selected if it is, else it alone."""
        number, selected = self.rows.number_at(row), self.numbers
        return selected if number in selected else [number]

    @while_alive
    def follow(self) -> None:
        """Show what the points are like now, and which of them is selected."""
        self.rows.follow()
        wanted = self.points.selected
        if wanted is None and len(self.selected_rows) > 1:
            return  # several, all of which nothing goes through
        wanted_rows = [row for row in [self.rows.row_of(wanted)] if row is not None]
        if self.selected_rows != wanted_rows:
            self._select(wanted_rows)
            if wanted_rows:
                self.scrollTo(self.rows.index(wanted_rows[0], 0))

    def _select(self, rows: list[int], current: int | None = None) -> None:
        """Select rows without a word to the points."""
        picked = QItemSelection()
        for row in rows:
            picked.select(self.rows.index(row, 0), self.rows.index(row, len(self.rows.kinds) - 1))
        selection = self.selectionModel()
        assert selection is not None
        self._following = True
        flag = QItemSelectionModel.SelectionFlag
        selection.select(picked, flag.ClearAndSelect)
        current = rows[0] if current is None and len(rows) == 1 else current
        if current is not None:
            selection.setCurrentIndex(self.rows.index(current, 0), flag.NoUpdate)
        self._following = False

    def _on_selection(self) -> None:
        if not self._following:
            numbers = self.numbers
            self.points.select(numbers[0] if len(numbers) == 1 else None)

    def _keep(self) -> None:
        current = self.current_row
        self._kept = self.numbers, None if current is None else self.rows.number_at(current)

    def _restore(self) -> None:
        numbers, current = self._kept
        rows = (self.rows.row_of(number) for number in numbers)
        self._select([row for row in rows if row is not None], self.rows.row_of(current))
        self.follow()

    # -- acts --------------------------------------------------------------------------------------

    def show_only(self, numbers: list[int]) -> None:
        """Show some and hide the others."""
        others = np.setdiff1d(np.arange(len(self.points)), numbers)
        self.points.set_visible(others.tolist(), False)
        self.points.set_visible(numbers, True)

    def turn(self, numbers: list[int]) -> None:
        """Show them if the first is hidden, else hide them."""
        if numbers:
            self.points.set_visible(numbers, not self.points.visible[numbers[0]])

    def ask_for_color(self, numbers: list[int]) -> None:
        """Ask for a colour; it is shown while it is chosen."""
        for open_one in self.findChildren(QColorDialog):
            open_one.reject()
        before = self.points.color[numbers].copy()
        dialog = QColorDialog(QColor(*before[0].tolist()), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setPalette(self.palette())  # a window of its own inherits none
        name = on_one_line(self.points.names[numbers[0]], 40)
        dialog.setWindowTitle(f"Colour of {name if len(numbers) == 1 else len(numbers)}")
        dialog.currentColorChanged.connect(
            lambda color: self.points.set_color(color.getRgb()[:3], numbers)
        )
        dialog.rejected.connect(lambda: self.points.set_color(before, numbers))
        dialog.setModal(False)
        dialog.show()

    def enter(self, row: int) -> None:
        """Have what is in a row gone through from now on, and say that it is wanted."""
        self._select([row])
        self.points.select(self.rows.number_at(row))
        self.entered.emit()

    def open_menu(self, row: int, place: QPoint) -> None:
        """Open the menu of a row at a place of the screen."""
        numbers = self.acted_on(row)
        visible = self.points.visible
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setPalette(self.palette())
        menu.addAction("Show only these", lambda: self.show_only(numbers))
        if visible[numbers].any():
            menu.addAction("Hide", lambda: self.points.set_visible(numbers, False))
        if not visible[numbers].all():
            menu.addAction("Show", lambda: self.points.set_visible(numbers, True))
        menu.addAction("Show all", lambda: self.points.set_visible(range(len(visible)), True))
        menu.addSeparator()
        menu.addAction("Colour…", lambda: self.ask_for_color(numbers))
        menu.addAction("Colours as at first", lambda: self.points.set_color(self._fresh_colors()))
        menu.popup(place)

    # -- mouse and keys ----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Select a row, or show and hide by a check box."""
        assert event is not None
        index, left = self.indexAt(event.pos()), event.button() == Qt.MouseButton.LeftButton
        kind = self._kind_at(index)
        self._pressed_again = None
        self._on_control = not left or kind in CONTROLS
        if self._on_control:
            if left and kind == "visible":
                self.turn_at(index.row())
            return
        if event.modifiers() == NONE and index.isValid() and self.selected_rows == [index.row()]:
            self._pressed_again = index.row()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Drag on over other rows, if it was a row that the mouse was pressed on."""
        assert event is not None
        if not (self._on_control and event.buttons()):
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Give up what was selected if it was clicked again."""
        assert event is not None
        super().mouseReleaseEvent(event)
        again, self._pressed_again = self._pressed_again, None
        if again is not None and self.indexAt(event.pos()).row() == again:
            self.clearSelection()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Go to the next one of a row, or ask for a colour."""
        assert event is not None
        index = self.indexAt(event.pos())
        if event.button() != Qt.MouseButton.LeftButton or not index.isValid():
            return
        kind = self._kind_at(index)
        if kind == "visible":
            self.turn_at(index.row())
        elif kind == "color":
            self.ask_for_color(self.acted_on(index.row()))
        else:
            self.enter(index.row())

    def turn_at(self, row: int) -> None:
        """Show or hide what a row's check box is of, and with it all selected if it is."""
        number = self.rows.number_at(row)
        self.points.set_visible(self.acted_on(row), not self.points.visible[number])

    def takes(self, event: QKeyEvent) -> bool:
        """Return whether a key is for this table."""
        key = event.key()
        if key == Key.Key_Escape:
            any_selected = bool(self.selected_rows) or self.points.selected is not None
            return held(event) == NONE and any_selected
        mine = key in (Key.Key_Space, Key.Key_Delete) or key in ENTER
        return (mine and held(event) == NONE) or super().takes(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Show or hide with Space, hide with Del, go on with Enter, select nothing with Esc."""
        assert event is not None
        key, mine, row = event.key(), self.takes(event), self.current_row
        if mine and key == Key.Key_Escape:
            self.clearSelection()
            self.points.select(None)
        elif mine and key == Key.Key_Space:
            self.turn(self._meant())
        elif mine and key == Key.Key_Delete:
            self.points.set_visible(self._meant(), False)
        elif not mine or key not in ENTER:
            super().keyPressEvent(event)
        elif row is not None:
            self.enter(row)

    def _meant(self) -> list[int]:
        """Return on which a key is done: all selected, else that of the row with the keyboard."""
        row = self.current_row
        return self.numbers or ([] if row is None else [self.rows.number_at(row)])

    def _kind_at(self, index: QModelIndex) -> Kind | None:
        return self.rows.kinds[index.column()] if index.isValid() else None

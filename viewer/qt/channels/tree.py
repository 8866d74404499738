"""`ChannelTree`: what mouse and keys do to the rows of the channels table."""

import numpy as np
from PyQt6.QtCore import QElapsedTimer, QEvent, QModelIndex, QPoint, Qt, pyqtSignal
from PyQt6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PyQt6.QtWidgets import QWidget

from viewer.qt.channels.columns import EDITABLE, Column
from viewer.qt.channels.drag import RowDrag
from viewer.qt.channels.model import ChannelModel
from viewer.qt.channels.order import moved_stream, moved_within, nudged, placed
from viewer.qt.channels.rows import ChannelRows
from viewer.qt.names import on_one_line

Key = Qt.Key
Modifier = Qt.KeyboardModifier


class ChannelTree(ChannelRows):
    """The rows of the channels table, to write into, to move and to type in.

    Parameters
    ----------
    rows : ChannelModel
    parent : QWidget or None

    Attributes
    ----------
    drag : viewer.qt.channels.drag.RowDrag
    reveal_wanted : Qt signal
        With a row: somebody wants to see this channel in the view.
    menu_wanted, colors_wanted : Qt signal
        With a place on the screen: the context menu, or the choice of colours, is asked for.
    said : Qt signal
        A sentence for people.
    """

    reveal_wanted = pyqtSignal(int)
    menu_wanted = pyqtSignal(QPoint)
    colors_wanted = pyqtSignal(QPoint)
    said = pyqtSignal(str)

    def __init__(self, rows: ChannelModel, parent: QWidget | None = None) -> None:
        super().__init__(rows, parent)
        self._typed, self._typing = "", QElapsedTimer()
        self._held = Modifier.NoModifier
        self.drag = RowDrag(self)
        self.cells.toggled.connect(self._toggle_box)
        self.cells.written.connect(self._write)
        self.clicked.connect(self._click)
        self.doubleClicked.connect(self._double_click)

    # -- what is done with rows ------------------------------------------------------------------

    def _meant(self, index: QModelIndex) -> np.ndarray:
        """Return all selected channels where the index is one of them, else what is at it."""
        selection = self.selectionModel()
        assert selection is not None
        return self.selected_rows() if selection.isSelected(index) else self.rows.rows_below(index)

    def _toggle_box(self, index: QModelIndex) -> None:
        checked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        self.rows.channels.set_visible(self._meant(index), not checked)

    def _write(self, index: QModelIndex, text: str) -> None:
        self.rows.write(Column(index.column()), text, self._meant(index))

    def toggle(self) -> None:
        """Hide what is selected, or show it if any of it is hidden."""
        rows, channels = self.selected_rows(), self.rows.channels
        if len(rows):
            channels.set_visible(rows, not channels.visible[rows].all())

    def nudge(self, *, up: bool) -> None:
        """Move what is selected one place up or down, among what stands below the same heading."""
        model, channels = self.rows, self.rows.channels
        current = self.currentIndex().siblingAtColumn(0)
        node = model.node(current)
        selection = self.selectionModel()
        assert selection is not None
        if current.isValid() and node is not None and selection.isSelected(current):
            self._nudge_heading(current, up=up)
            return
        order = channels.order
        rows = self.selected_rows().tolist()
        for each in model.outline.nodes:
            if not each.children:
                order = placed(order, nudged(each.rows.tolist(), rows, up=up))
        self._set_order(order)

    def _nudge_heading(self, index: QModelIndex, *, up: bool) -> None:
        model, channels = self.rows, self.rows.channels
        node = model.node(index)
        beside = model.node(index.sibling(index.row() + (-1 if up else 1), 0))
        if node is None or beside is None or beside.parent < 0:
            return
        stream, group, _ = node.key
        if group < 0:
            order = moved_stream(channels, stream, beside.key[0], after=not up)
        else:
            anchor = int(beside.whole[0 if up else -1])
            order = moved_within(channels, node.whole, anchor, after=not up)
        self._set_order(order)

    def _set_order(self, order: np.ndarray) -> None:
        if not np.array_equal(order, self.rows.channels.order):
            self.rows.channels.set_order(order)
            self.rows.sync()
            self.scrollTo(self.currentIndex())

    def copy_names(self) -> None:
        """Put the names of what is selected on the clipboard, one a line."""
        infos, clipboard = self.rows.channels.infos, QGuiApplication.clipboard()
        names = [infos[row].name for row in self.selected_rows().tolist()]
        names = [on_one_line(name, len(name)) for name in names]
        if names and clipboard is not None:
            clipboard.setText("\n".join(names))

    def edit_number(self) -> None:
        """Write into the number that the keyboard is on, else into the gain."""
        index = self.currentIndex()
        if self.state() == self.State.EditingState:
            return
        if self.rows.row_at(index) is not None:
            column = index.column() if index.column() in EDITABLE else Column.GAIN
            self.edit(index.siblingAtColumn(column))

    # -- mouse and keys --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Note what is held with the mouse, and select."""
        assert event is not None
        self._held = event.modifiers()
        super().mousePressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Do nothing: rows are dragged by `RowDrag`."""

    def _click(self, index: QModelIndex) -> None:
        plain = self._held == Modifier.NoModifier
        if index.column() == Column.COLOR and plain and self.rows.row_at(index) is not None:
            corner = self.visualRect(index).bottomLeft()
            self.colors_wanted.emit(self.viewport().mapToGlobal(corner))  # type: ignore[union-attr]

    def _double_click(self, index: QModelIndex) -> None:
        row = self.rows.row_at(index)
        if row is not None and index.column() not in (Column.VISIBLE, Column.COLOR, *EDITABLE):
            self.reveal_wanted.emit(row)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """Ask for the menu, where the mouse is or below the current row."""
        assert event is not None
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            corner = self.visualRect(self.currentIndex()).bottomLeft()
            at = self.viewport().mapToGlobal(corner)  # type: ignore[union-attr]
        self.menu_wanted.emit(at)

    def event(self, event: QEvent | None) -> bool:
        """Keep from the window's shortcuts what this table takes."""
        taken = event is not None and event.type() == QEvent.Type.ShortcutOverride
        if taken and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def _takes(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & ~(Modifier.ShiftModifier | Modifier.KeypadModifier)
        if held == Modifier.NoModifier:
            own = (Key.Key_Delete, Key.Key_F2, Key.Key_Return, Key.Key_Enter)
            moves = (Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown)
            ends = (Key.Key_Home, Key.Key_End, Key.Key_Left, Key.Key_Right)
            types = event.text() != "" and event.text().isprintable()
            return types or event.key() in (*own, *moves, *ends)
        standard = QKeySequence.StandardKey
        if event.matches(standard.Copy) or event.matches(standard.SelectAll):
            return True
        alt = held == Modifier.AltModifier
        return alt and event.key() in (Key.Key_Up, Key.Key_Down)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what a key does to the rows."""
        assert event is not None
        key, alt = event.key(), bool(event.modifiers() & Modifier.AltModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_names()
        elif key == Key.Key_Space:
            self.toggle()
        elif key == Key.Key_Delete:
            self.rows.channels.set_visible(self.selected_rows(), False)
        elif key in (Key.Key_Return, Key.Key_Enter):
            self._enter()
        elif key == Key.Key_F2:
            self.edit_number()
        elif alt and key in (Key.Key_Up, Key.Key_Down):
            self.nudge(up=key == Key.Key_Up)
        elif key == Key.Key_Escape and self.drag.dragging:
            self.drag.cancel()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        index = self.currentIndex().siblingAtColumn(0)
        row = self.rows.row_at(index)
        if row is not None:
            self.reveal_wanted.emit(row)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def keyboardSearch(self, search: str | None) -> None:
        """Go to the next channel whose name begins with what is typed."""
        hints = QGuiApplication.styleHints()
        pause = 400 if hints is None else hints.keyboardInputInterval()
        goes_on = self._typing.isValid() and self._typing.elapsed() < pause
        self._typed = (self._typed if goes_on else "") + (search or "")
        self._typing.start()
        model, listed = self.rows, self.rows.listed.tolist()
        row = model.row_at(self.currentIndex())
        start = listed.index(row) if row in listed else 0
        if row is not None and len(self._typed) == 1:
            start += 1  # the same letter again goes to the next
        for each in listed[start:] + listed[:start]:
            if model.channels.infos[each].name.casefold().startswith(self._typed.casefold()):
                self.setCurrentIndex(model.index_of(each, Column.NAME))
                return
        self.said.emit(f"No name begins with {self._typed!r}.")

    # -- painting --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Paint the rows, and where what is dragged would go."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        self.drag.paint(painter)
        painter.end()

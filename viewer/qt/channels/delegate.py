"""How cells of the channels table look, and how values are written into them."""

from PyQt6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from viewer.qt.channels.columns import Column
from viewer.qt.channels.model import COUNT, FAINT, HIDDEN

ROW_HEIGHT = 20
SWATCH = 11
"""Logical pixels: how high a row is at least, and how large a colour."""


class ChannelDelegate(QStyledItemDelegate):
    """Paints swatches, counts beside headings, and what is hidden or bad in a faint colour.

    Attributes
    ----------
    toggled : Qt signal
        With the index whose check box was clicked.
    written : Qt signal
        With an index and what somebody wrote there.
    """

    toggled = pyqtSignal(QModelIndex)
    written = pyqtSignal(QModelIndex, str)

    # -- looks -----------------------------------------------------------------------------------

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return a low row, as high as its text needs."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(ROW_HEIGHT, option.fontMetrics.height() + 4))

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """Set colours, and the text of headings so that their counts fit beside it."""
        super().initStyleOption(option, index)
        assert option is not None
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.data(FAINT):
            faint = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, faint)
        count = index.data(COUNT)
        if count is not None:
            room = _right_edge(option) - option.rect.left()
            room -= option.fontMetrics.horizontalAdvance(count) + 44
            option.text = option.fontMetrics.elidedText(
                option.text, Qt.TextElideMode.ElideRight, room
            )

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paint a cell."""
        assert painter is not None
        if index.column() == Column.COLOR:
            self._paint_swatch(painter, option, index)
            return
        super().paint(painter, option, index)
        role = QPalette.ColorRole
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(
            option.palette.color(role.HighlightedText if selected else role.PlaceholderText)
        )
        if index.column() == Column.VISIBLE:
            # Fusion's box has no outline of its own on a dark background.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.check_box(option, index).adjusted(0, 0, -1, -1))
        count = index.data(COUNT)
        if count is not None:
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            rect = QRect(option.rect)
            rect.setRight(_right_edge(option) - 8)
            painter.drawText(rect, side, count)

    def _paint_swatch(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Paint a channel's colour: full where it is shown, an outline where it is hidden."""
        opt = QStyleOptionViewItem(option)
        self.initStyleOption(opt, index)
        color = index.data(Qt.ItemDataRole.DecorationRole)
        selected = bool(opt.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(opt.rect, opt.palette.brush(QPalette.ColorRole.Highlight))
        if not isinstance(color, QColor):
            return
        box = QRectF(0, 0, SWATCH, SWATCH)
        box.moveCenter(QRectF(opt.rect).center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = opt.palette.color(QPalette.ColorRole.HighlightedText) if selected else color
        painter.setPen(QPen(around, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush if index.data(HIDDEN) else color)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2.5, 2.5)
        painter.restore()

    # -- check boxes -----------------------------------------------------------------------------

    def check_box(self, option: QStyleOptionViewItem, index: QModelIndex) -> QRect:
        """Return where the check box of a cell is, in logical pixels of the viewport."""
        opt = QStyleOptionViewItem(option)
        self.initStyleOption(opt, index)
        style = opt.widget.style() if opt.widget is not None else None
        if style is None or not opt.features & opt.ViewItemFeature.HasCheckIndicator:
            return QRect()
        part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        return style.subElementRect(part, opt, opt.widget)

    def editorEvent(
        self,
        event: QEvent | None,
        model: QAbstractItemModel | None,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> bool:
        """Tell of clicks on check boxes, and leave it to the table what they do."""
        kinds = QEvent.Type
        if not isinstance(event, QMouseEvent) or event.button() != Qt.MouseButton.LeftButton:
            return False
        if not self.check_box(option, index).contains(event.position().toPoint()):
            return False
        if event.type() in (kinds.MouseButtonRelease, kinds.MouseButtonDblClick):
            # Of a double click, Qt passes on the second press but not its release.
            self.toggled.emit(index)
        return True

    # -- writing ---------------------------------------------------------------------------------

    def createEditor(
        self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> QWidget:
        """Return a line to write a number in."""
        editor = QLineEdit(parent)
        editor.setFrame(False)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setAutoFillBackground(True)
        palette = editor.palette()
        palette.setColor(QPalette.ColorRole.Base, palette.color(QPalette.ColorRole.AlternateBase))
        editor.setPalette(palette)
        return editor

    def setModelData(
        self, editor: QWidget | None, model: QAbstractItemModel | None, index: QModelIndex
    ) -> None:
        """Tell what was written, where it was changed."""
        assert isinstance(editor, QLineEdit)
        if editor.isModified():
            self.written.emit(index, editor.text())

    def updateEditorGeometry(
        self, editor: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Let the editor fill its cell."""
        assert editor is not None
        editor.setGeometry(option.rect)


def _right_edge(option: QStyleOptionViewItem) -> int:
    """Return where a row ends for the eye: at its end, or that of the viewport."""
    tree = option.widget
    assert isinstance(tree, QAbstractItemView)
    port = tree.viewport()
    assert port is not None
    return min(option.rect.right(), port.width())

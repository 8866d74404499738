"""How the cells of units and event channels are drawn: check boxes, colours, names."""

from PyQt6.QtCore import QModelIndex, QRectF
from PyQt6.QtGui import QColor, QPainter, QPalette, QPen
from PyQt6.QtWidgets import QStyle, QStyleOptionViewItem

from viewer.qt.check_box import SIDE, draw_check
from viewer.qt.points.point_model import COLOR, SHOWN
from viewer.qt.points.row_table import RowDelegate


class PointDelegate(RowDelegate):
    """Draws what is hidden fainter than what is shown."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """Fill in how a cell is drawn."""
        super().initStyleOption(option, index)
        assert option is not None
        if not index.data(SHOWN):
            faint = option.palette.color(QPalette.ColorRole.PlaceholderText)
            option.palette.setColor(QPalette.ColorRole.Text, faint)


class BoxDelegate(RowDelegate):
    """Draws a box in the middle of a cell."""

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw a cell."""
        super().paint(painter, option, index)
        assert painter is not None
        box = QRectF(0, 0, SIDE, SIDE)
        box.moveCenter(QRectF(option.rect).center())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette, role = option.palette, QPalette.ColorRole
        line = palette.color(role.HighlightedText if selected else role.PlaceholderText)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, box, line, index)
        painter.restore()

    def draw(self, painter: QPainter, box: QRectF, line: QColor, index: QModelIndex) -> None:
        """Draw a box, the colour of lines being that of faint text."""


class CheckDelegate(BoxDelegate):
    """Draws check boxes that are seen in dark themes too, which Qt's own are not."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:
        """Leave Qt's own check box out."""
        super().initStyleOption(option, index)
        assert option is not None
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator

    def draw(self, painter: QPainter, box: QRectF, line: QColor, index: QModelIndex) -> None:
        """Draw the box, and the tick of what is shown."""
        draw_check(painter, box.center(), line, bool(index.data(SHOWN)))


class SwatchDelegate(BoxDelegate):
    """Draws colours, the same whether the row is selected or not."""

    def draw(self, painter: QPainter, box: QRectF, line: QColor, index: QModelIndex) -> None:
        """Draw the colour; of what is hidden, a frame in it."""
        color = index.data(COLOR)
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(color if index.data(SHOWN) else QColor(0, 0, 0, 0))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 2, 2)

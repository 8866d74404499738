"""`CheckBox`: a check box that is seen in dark themes too, which that of Qt's style is not."""

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton, QStylePainter

SIDE = 12.0
"""Logical pixels of a side."""


def draw_check(painter: QPainter, center: QPointF, line: QColor, checked: bool) -> None:
    """Draw a check box around a point."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(0, 0, SIDE, SIDE)
    box.moveCenter(center)
    painter.setPen(QPen(line, 1))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
    if checked:
        corners = ((0.24, 0.52), (0.43, 0.72), (0.78, 0.28))
        tick = [QPointF(box.x() + x * SIDE, box.y() + y * SIDE) for x, y in corners]
        painter.setPen(QPen(line, 1.8, cap=Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(tick))
    painter.restore()


class CheckBox(QCheckBox):
    """A check box with words beside it."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw box and words, and a frame around these while they have the keyboard."""
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        style = painter.style()
        assert style is not None
        box = style.subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        role = QPalette.ColorRole
        on = self.isChecked() or self.underMouse()
        line = option.palette.color(role.WindowText if on else role.PlaceholderText)
        draw_check(painter, QRectF(box).center(), line, self.isChecked())
        words = style.subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, self)
        option.rect = words
        painter.drawControl(QStyle.ControlElement.CE_CheckBoxLabel, option)
        if self.hasFocus():
            painter.setPen(option.palette.color(role.Highlight))
            painter.drawRect(words.adjusted(-2, 0, 1, -1).intersected(self.rect()))
        painter.end()

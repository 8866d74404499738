"""Executing a drawing with QPainter: the window's labels, ruler and scale bars."""

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from viewer.render.drawing import Drawing, Fill, Text


def paint(painter: QPainter, drawing: Drawing, ratio: float) -> None:
    """Draw in physical pixels.

    Parameters
    ----------
    painter : QPainter
        On a widget of device pixel ratio `ratio`.
    drawing : list of Fill and Text
    ratio : float
        Physical pixels to a logical one.
    """
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    font = QFont(painter.font())
    for item in drawing:
        if isinstance(item, Fill):
            box = QRectF(item.x0, item.y0, item.x1 - item.x0, item.y1 - item.y0)
            painter.fillRect(box, QColor(*item.color))
        else:
            font.setPixelSize(max(1, round(item.size)))
            painter.setFont(font)
            _write(painter, item)
    painter.restore()


def _write(painter: QPainter, item: Text) -> None:
    metrics = QFontMetricsF(painter.font())
    words = item.text
    if item.max_width is not None:
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, item.max_width)
    width = metrics.horizontalAdvance(words)
    x = item.x - {"left": 0.0, "center": width / 2, "right": width}[item.align]
    # Whole physical pixels keep the glyphs crisp; the middle of the capitals lies on y.
    y = item.y + metrics.capHeight() / 2
    painter.setPen(QColor(*item.color))
    painter.drawText(QPointF(round(x), round(y)), words)

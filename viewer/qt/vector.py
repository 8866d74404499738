"""Pictures for print: `save_picture` writes what a view shows as SVG or PDF, sharp at any size."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from PyQt6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QPointF,
    QRect,
    QRectF,
    QSizeF,
    Qt,
    QUuid,
)
from PyQt6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QPen,
    QPolygonF,
)

from rawio import OptionError
from viewer.picture import Composed
from viewer.picture_files import LOGICAL_DPI, write_picture
from viewer.qt.painter import paint
from viewer.render.drawing import Drawing, Fill
from viewer.render.figure import MOST_POINTS, Figure, figure_of
from viewer.render.outline import Channel, Image, Outline, Stroke
from viewer.render.scene import Rects
from viewer.render.svg import svg_of

Format = Literal["svg", "pdf"]

POINTS_DPI = 72
"""Of PDF's unit of length."""

BEYOND = 4
"""Physical pixels by which a PDF's page may be larger than the picture: it is of whole points."""


@dataclass(frozen=True)
class SavedPicture:
    """What was written.

    Attributes
    ----------
    path : pathlib.Path
    point_count : int
        What outlines and lines of the plot have, or would have.
    as_image : bool
        Whether the traces are an image for that reason.
    """

    path: Path
    point_count: int
    as_image: bool

    @property
    def remark(self) -> str | None:
        """A sentence on what is not as one may expect, None where nothing is."""
        if not self.as_image:
            return None
        return (
            f"{self.path}: the traces are an image, for as lines they have {self.point_count:,} "
            "points; fewer channels or a smaller picture would stay lines."
        )


def save_picture(
    path: str | os.PathLike[str],
    composed: Composed,
    kind: Format | None = None,
    *,
    title: str = "",
    names: Mapping[Channel, str] | None = None,
    most_points: int = MOST_POINTS,
) -> SavedPicture:
    """Write a picture as shapes and texts to an SVG or PDF file.

    A page is as large as the picture is on a screen of 96 pixels to an inch; columns are as fine as
    the pixel ratio that it was composed with, for which `viewer.render.figure.PRINT_RATIO` is
    meant. Heat maps are images. Files of the same picture are the same but for dates in a PDF.

    Works without a screen: where there is no Qt application yet, one without windows is made,
    which must be in the main thread. Where there is one, any thread may save.

    Parameters
    ----------
    path : path-like
        What is there is replaced, in one step.
    composed : Composed
        From `viewer.picture.compose`.
    kind : {'svg', 'pdf'} or None
        None means what the name ends in.
    title : str
        What the picture shows, for programs that say so; not drawn.
    names : mapping of (stream, column) to str, or None
        Names of channels, by which drawing programs list the traces of an SVG.
    most_points : int
        Beyond so many points the traces are written as an image, as fine as the columns; labels,
        the ruler and scale bars stay what they are.

    Raises
    ------
    OptionError
        When the kind is neither, or the name tells none.
    NewFileError
        When the file cannot be written. What was there is there still.
    """
    path = Path(path)
    wanted = _ending(path) if kind is None else kind
    if wanted not in get_args(Format):
        raise OptionError(f"pictures for print are written as svg or pdf, not {wanted!r}.")
    figure = figure_of(composed.scene, composed.drawing, composed.layout, most_points)
    content = svg_of(figure, title, names) if wanted == "svg" else pdf_of(figure, title)
    write_picture(path, content)
    return SavedPicture(path, figure.point_count, figure.as_image)


def _ending(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in get_args(Format):
        raise OptionError(f"{path}: a picture for print has a name that ends in .svg or .pdf.")
    return ending


_application: QGuiApplication | None = None


def _need_application() -> None:
    """Make a Qt application without windows where there is none; fonts are known to it alone."""
    global _application
    if QGuiApplication.instance() is None:
        _application = QGuiApplication(["rawscope", "-platform", "offscreen"])


def pdf_of(figure: Figure, title: str = "") -> bytes:
    """Return the content of a PDF file of one page.

    Parameters
    ----------
    figure : Figure
    title : str
    """
    _need_application()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(LOGICAL_DPI)
    # Whole points, not less than the picture: other sizes are rounded by Qt.
    inches = figure.width / figure.ratio / LOGICAL_DPI, figure.height / figure.ratio / LOGICAL_DPI
    page = QSizeF(*(float(ceil(side * POINTS_DPI - 1e-6)) for side in inches))
    exactly = QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(page, QPageSize.Unit.Point, "picture", exactly))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(" ".join(title.splitlines()))
    writer.setCreator("rawscope")
    if hasattr(writer, "setDocumentId"):  # from Qt 6.8 on
        writer.setDocumentId(_identity(figure, title))
    painter = QPainter(writer)
    try:
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        _paint_figure(painter, figure)
    finally:
        painter.end()
        buffer.close()
    return content.data()


def _identity(figure: Figure, title: str) -> QUuid:
    """Return an id that is the same for the same figure, and for no other."""
    digest = hashlib.sha256(repr((title, figure.width, figure.height, figure.drawing)).encode())
    for part in figure.parts:
        for value in vars(part).values():
            for array in value if isinstance(value, tuple) else (value,):
                digest.update(np.asarray(array).tobytes())
    return QUuid.fromRfc4122(digest.digest()[:16])


def _paint_figure(painter: QPainter, figure: Figure) -> None:
    painter.scale(1 / figure.ratio, 1 / figure.ratio)
    whole = QRectF(0, 0, figure.width + BEYOND, figure.height + BEYOND)
    painter.fillRect(whole, QColor(*figure.background))
    font = QFont(painter.font())
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # there are no pixels
    painter.setFont(font)
    paint(painter, _to_the_edges(figure), 1.0)
    painter.translate(figure.plot.x0, figure.plot.y0)
    plot = QRectF(0, 0, figure.plot.width, figure.plot.height)
    painter.fillRect(plot, QColor(*figure.background))
    for part in figure.parts:
        if isinstance(part, Rects):
            _paint_rects(painter, part)
        elif isinstance(part, Outline):
            _paint_outline(painter, part)
        elif isinstance(part, Stroke):
            _paint_stroke(painter, part)
        else:
            _paint_image(painter, part)


def _to_the_edges(figure: Figure) -> Drawing:
    """Return the drawing with what reaches the right or lower edge extended to the page's."""
    return [
        replace(
            item,
            x1=item.x1 + (BEYOND if item.x1 == figure.width else 0),
            y1=item.y1 + (BEYOND if item.y1 == figure.height else 0),
        )
        if isinstance(item, Fill)
        else item
        for item in figure.drawing
    ]


def _paint_rects(painter: QPainter, rects: Rects) -> None:
    for (x0, y0, x1, y1), rgba in zip(rects.box.tolist(), rects.rgba.tolist(), strict=True):
        painter.fillRect(QRectF(x0, y0, x1 - x0, y1 - y0), QColor(*rgba))


def _paint_outline(painter: QPainter, outline: Outline) -> None:
    path = QPainterPath()
    for ring in outline.rings():
        path.addPolygon(_polygon(ring))
        path.closeSubpath()
    painter.fillPath(path, QColor(*outline.color))


def _paint_stroke(painter: QPainter, stroke: Stroke) -> None:
    x0, y0, x1, y1 = stroke.box
    color = QColor(*stroke.color)
    painter.save()
    painter.setClipRect(QRect(x0, y0, x1 - x0, y1 - y0))
    lines, dots = QPainterPath(), QPainterPath()
    for line in stroke.lines:
        lines.addPolygon(_polygon(line))
    for x, y in stroke.dots.tolist():
        dots.addEllipse(QPointF(x, y), stroke.radius, stroke.radius)
    round_ends = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.strokePath(lines, QPen(color, stroke.width, Qt.PenStyle.SolidLine, *round_ends))
    dots.setFillRule(Qt.FillRule.WindingFill)  # large dots may overlap
    painter.fillPath(dots, color)
    painter.restore()


def _paint_image(painter: QPainter, image: Image) -> None:
    height, width = image.rgba.shape[:2]
    content = np.ascontiguousarray(image.rgba).tobytes()
    painter.drawImage(
        QPointF(0, 0), QImage(content, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    )


def _polygon(points: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points.tolist()])

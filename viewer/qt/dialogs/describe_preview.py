"""`Preview`: the first samples of a file as it is described, to see whether they are signals."""

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import QFrame, QSizePolicy, QWidget

from viewer.qt.names import on_one_line

HEIGHT = 180
"""Logical pixels."""

NAMES = 72
"""Logical pixels for the names of channels."""

EMPTY = "The first samples appear here once the number of channels is known."


class Preview(QFrame):
    """Draws a few channels one below the other, all on one scale, each around its median.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAccessibleName("The first samples")
        self.setToolTip(
            "The first samples of the first channels. With a wrong number of channels, a wrong "
            "sample type or a wrong header they look like noise."
        )
        self._lanes = np.empty((0, 0))
        self._names: tuple[str, ...] = ()

    @property
    def lanes(self) -> np.ndarray:
        """What is drawn: of each channel, from -1 to 1, nan where there is no number.

        Shape (n_channels, n_samples), float64.
        """
        return self._lanes

    def sizeHint(self) -> QSize:
        """Return a size in which six channels can be told apart."""
        return QSize(480, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the least size that says something."""
        return QSize(200, HEIGHT // 2)

    def show_samples(self, samples: np.ndarray, names: Sequence[str]) -> None:
        """Draw samples of shape (n_samples, n_channels)."""
        self._lanes, self._names = lanes_of(samples), tuple(names)
        self.update()

    def clear(self) -> None:
        """Draw none."""
        self._lanes, self._names = np.empty((0, 0)), ()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw names and traces, or words in their place."""
        super().paintEvent(event)
        painter, role = QPainter(self), QPalette.ColorRole
        inside = QRectF(self.contentsRect()).adjusted(8, 4, -8, -4)
        painter.setPen(self.palette().color(role.PlaceholderText))
        if not len(self._lanes):
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(inside, flags, EMPTY)
        height = inside.height() / max(1, len(self._lanes))
        for row, (lane, name) in enumerate(zip(self._lanes, self._names, strict=True)):
            box = QRectF(inside.left(), inside.top() + row * height, inside.width(), height)
            self._draw_name(painter, box, name)
            self._draw_trace(painter, box.adjusted(NAMES, 1, 0, -1), lane)
        painter.end()

    def _draw_name(self, painter: QPainter, box: QRectF, name: str) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        text = painter.fontMetrics().elidedText(
            on_one_line(name), Qt.TextElideMode.ElideRight, NAMES - 8
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_trace(self, painter: QPainter, box: QRectF, lane: np.ndarray) -> None:
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = np.linspace(box.left(), box.right(), len(lane))
        y = box.center().y() - lane * box.height() / 2
        known = np.isfinite(y)
        points = zip(x[known].tolist(), y[known].tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))


def lanes_of(samples: np.ndarray) -> np.ndarray:
    """Return channels around their medians, the widest of them from -1 to 1 at most.

    Parameters
    ----------
    samples : ndarray, shape (n_samples, n_channels)

    Returns
    -------
    ndarray of float64, shape (n_channels, n_samples)
        nan where a sample is no finite number.
    """
    with np.errstate(invalid="ignore"):  # of what are no floats at all some are NaNs that signal
        # Halved, so that no difference is beyond what a float64 can be.
        lanes = np.array(samples.T, np.float64) / 2
    lanes[~np.isfinite(lanes)] = np.nan
    for lane in lanes:
        known = lane[np.isfinite(lane)]
        if len(known):
            lane -= np.median(known)
    most = np.nanmax(np.abs(lanes), initial=0.0, where=np.isfinite(lanes))
    return lanes / most if most > 0 else lanes

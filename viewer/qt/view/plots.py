"""What plots share, and the one that paints images of the software renderer.

Plots take frames by ``submit`` and emit ``ready`` when the frame is what they show, so that the
labels around the plot always belong to the traces in it. The other one is an OpenGL canvas, see
`viewer.qt.view.gpu_plot`.
"""

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QRect, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget

from viewer.engine.workers import LatestWorker
from viewer.qt.bridge import Messenger
from viewer.qt.view.frame import Frame
from viewer.render.software import SoftwareRenderer


class Plot(QWidget):
    """What all plots share: they pass the mouse on to the view they lie in."""

    ready = pyqtSignal(object)
    """Emitted with the frame that is now shown."""
    failed = pyqtSignal(str)
    """Emitted with a sentence when a frame cannot be drawn."""

    renderer = ""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._submitted: Frame | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def submit(self, frame: Frame) -> None:
        """Show a frame as soon as can be; a frame that waits is replaced."""
        raise NotImplementedError(f"{type(self).__name__} must write submit")

    @property
    def busy(self) -> bool:
        """Whether a frame was submitted that is not on screen yet."""
        return self._submitted is not None

    def place(self, frame: Frame) -> None:
        """Take the place of the frame's plot box."""
        plot, ratio = frame.layout.plot, frame.layout.ratio
        self.setGeometry(
            QRect(
                round(plot.x0 / ratio),
                round(plot.y0 / ratio),
                round(plot.width / ratio),
                round(plot.height / ratio),
            )
        )

    def stop(self) -> None:
        """Let go of threads and contexts."""


class SoftwarePlot(Plot):
    """Paints images that a worker thread draws with NumPy."""

    renderer = "software"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._image: np.ndarray | None = None
        self._ratio = 1.0
        self._messenger = messenger = Messenger()
        renderer = SoftwareRenderer()  # for the worker's thread alone
        self._worker: LatestWorker[Frame, tuple[Frame, np.ndarray]] = LatestWorker(
            lambda frame: (frame, renderer.draw(frame.scene)),
            messenger.to(self._show),
            messenger.to(self._fail),
            "rawscope software renderer",
        )
        self.destroyed.connect(self._worker.close)
        self.destroyed.connect(messenger.close)

    def submit(self, frame: Frame) -> None:
        """Draw a frame in the worker."""
        self._submitted = frame
        self._worker.submit(frame)

    @property
    def image(self) -> np.ndarray | None:
        """The RGBA image on screen."""
        return self._image

    def _fail(self, sentence: str) -> None:
        self.failed.emit(sentence)

    def _show(self, drawn: tuple[Frame, np.ndarray]) -> None:
        frame, image = drawn
        self._image, self._ratio = image, frame.layout.ratio
        if frame is self._submitted:
            self._submitted = None
        self.place(frame)
        self.update()
        self.ready.emit(frame)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Copy the image to the screen, pixel for pixel."""
        if self._image is None:
            return
        height, width = self._image.shape[:2]
        # The address, not the bytes: no copy. `self._image` keeps the memory alive.
        address = sip.voidptr(self._image.ctypes.data)
        kind = QImage.Format.Format_RGBA8888
        # PyQt6's stubs do not list this overload, which its documentation does.
        image = QImage(address, width, height, 4 * width, kind)  # type: ignore[call-overload]
        image.setDevicePixelRatio(self._ratio)
        painter = QPainter(self)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(0, 0, image)
        painter.end()

    def stop(self) -> None:
        """Stop the worker; of what it has drawn nothing is shown any more."""
        self._messenger.close()
        self._worker.close()

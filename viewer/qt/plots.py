"""The two plots: a widget painting images of the software renderer, and an OpenGL canvas.

Both take frames by ``submit`` and emit ``ready`` when the frame is what they show, so that the
labels around the plot always belong to the traces in it.
"""

import logging
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QRect, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from viewer.engine.workers import LatestWorker
from viewer.qt.bridge import Bridge
from viewer.qt.frame import Frame
from viewer.render.gl import make_canvas
from viewer.render.software import SoftwareRenderer

if TYPE_CHECKING:
    from viewer.render.gpu import GpuRenderer, Uploads

log = logging.getLogger("viewer")

CONTEXT_MS = 500
"""Milliseconds after the first frame within which Qt makes a context, if it can."""


class Plot(QWidget):
    """What both plots share: they pass the mouse on to the view they lie in."""

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
        bridge = Bridge()
        bridge.frame_drawn.connect(self._show)
        bridge.message.connect(self.failed)
        renderer = SoftwareRenderer()  # for the worker's thread alone
        self._worker: LatestWorker[Frame, tuple[Frame, np.ndarray]] = LatestWorker(
            lambda frame: (frame, renderer.draw(frame.scene)),
            lambda result: bridge.frame_drawn.emit(*result),
            bridge.teller("message"),
            "rawscope software renderer",
        )
        self.destroyed.connect(self._worker.close)

    def submit(self, frame: Frame) -> None:
        """Draw a frame in the worker."""
        self._submitted = frame
        self._worker.submit(frame)

    @property
    def image(self) -> np.ndarray | None:
        """The RGBA image on screen."""
        return self._image

    def _show(self, frame: Frame, image: np.ndarray) -> None:
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
        """Stop the worker."""
        self._worker.close()


class GpuPlot(Plot):
    """A vispy canvas in which the gpu renderer draws.

    Parameters
    ----------
    parent : QWidget
    budget : int
        Bytes of textures to keep.
    """

    renderer = "gpu"

    def __init__(self, parent: QWidget, budget: int) -> None:
        super().__init__(parent)
        self._budget = budget
        self._frame: Frame | None = None
        self.drawn = False
        """Whether anything was drawn: OpenGL that worked and fails lost its context."""
        self._renderer: GpuRenderer | None = None
        self._canvas = make_canvas("pyqt6", keys=None, parent=self, show=False)
        self._canvas.events.draw.connect(self._draw)
        native = self._canvas.native
        native.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        native.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(native)

    @property
    def uploads(self) -> "Uploads | None":
        """What the renderer sent to the GPU so far, None before the first frame."""
        return None if self._renderer is None else self._renderer.uploads

    def submit(self, frame: Frame) -> None:
        """Draw a frame at the next repaint."""
        self._frame = self._submitted = frame
        self.place(frame)
        self._canvas.update()
        if not self.drawn:
            QTimer.singleShot(CONTEXT_MS, self._check_context)

    def _check_context(self) -> None:
        """Say so where Qt cannot make a context: it then never asks for a picture."""
        if not self.drawn and self.isVisible() and not self._canvas.native.isValid():
            self.failed.emit("OpenGL failed (no context can be made here)")

    def pixels(self) -> np.ndarray:
        """Return the RGBA image on screen."""
        image = self._canvas.native.grabFramebuffer().convertToFormat(QImage.Format.Format_RGBA8888)
        bits = image.constBits()
        assert bits is not None
        rows = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint8)
        return rows.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width()]

    def _draw(self, event: object) -> None:
        if self._frame is None:
            return
        try:
            if self._renderer is None:
                from viewer.render.gpu import GpuRenderer

                self._renderer = GpuRenderer(self._budget)
            self._renderer.draw(self._frame.scene)
        except Exception as error:
            log.exception("the gpu renderer failed")
            what = (str(error).strip() or type(error).__name__).splitlines()[0]
            # Later: the canvas must not be taken down while it is being painted.
            QTimer.singleShot(0, partial(self.failed.emit, f"OpenGL failed ({what})"))
            return
        self.drawn = True
        if self._submitted is not None:
            frame, self._submitted = self._submitted, None
            self.ready.emit(frame)

    def stop(self) -> None:
        """Close the canvas."""
        self._canvas.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close the canvas with the widget."""
        self.stop()
        super().closeEvent(event)


def software_gl() -> str | None:
    """Return why OpenGL should not be used here, or None when a GPU draws it.

    A software OpenGL (llvmpipe and its kin, what remote desktops and virtual machines offer) works
    but is slower than our software renderer.
    """
    name = gl_name()
    if name is None:
        return "no OpenGL here"
    slow = ("llvmpipe", "softpipe", "swrast", "swiftshader", "gdi generic", "basic render")
    if any(part in name.lower() for part in slow):
        return f"OpenGL is drawn by the CPU here ({name})"
    return None


@cache
def gl_name() -> str | None:
    """Return what the OpenGL driver calls its renderer; None without OpenGL. Asked once."""
    from PyQt6.QtGui import QOffscreenSurface, QOpenGLContext

    context = QOpenGLContext()
    surface = QOffscreenSurface()
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return None
    try:
        from OpenGL import GL

        return (GL.glGetString(GL.GL_RENDERER) or b"").decode(errors="replace")
    except Exception:
        log.exception("asking for the OpenGL driver's name failed")
        return None
    finally:
        context.doneCurrent()

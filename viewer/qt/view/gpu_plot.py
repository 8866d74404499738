"""The plot that the gpu renderer draws, on an OpenGL canvas of vispy's."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QImage
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from rawio import RawIOError
from viewer.qt.view.frame import Frame
from viewer.qt.view.plots import Plot
from viewer.render.gl import let_go, make_canvas

if TYPE_CHECKING:
    from viewer.render.gpu import GpuRenderer, Uploads

log = logging.getLogger("viewer")

CONTEXT_MS = 500
"""Milliseconds after the first frame within which Qt makes a context, if it can."""

PATIENCE_SECONDS = 0.1
"""For which the last frame stays while the next one's tiles go up, a part with each repaint."""


class GpuPlot(Plot):
    """A vispy canvas in which the gpu renderer draws.

    OpenGL that fails, in words or by drawing nothing, is told by ``failed``.

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
        self._shown: Frame | None = None
        self._whole = False
        self._submitted_at = 0.0
        self._contexts = 0
        self._why = ""
        # Children of the plot, which go with it: what is due then is not done any more.
        self._again = self._soon(self._repaint)
        self._telling = self._soon(self._tell)
        self._checking = self._soon(self._check_context)
        self.drawn = False
        """Whether anything was drawn: OpenGL that worked and fails lost its context."""
        self._renderer: GpuRenderer | None = None
        self._canvas = make_canvas("pyqt6", keys=None, parent=self, show=False)
        self._canvas.events.initialize.connect(self._take_context)
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
        """Draw a frame at the next repaint, or as soon as its tiles are on the GPU."""
        # While one frame after the other comes, patience is with all of them together.
        if self._submitted is None:
            self._submitted_at = time.monotonic()
        self._frame = self._submitted = frame
        self.place(frame)
        self._canvas.update()
        if not self.drawn:
            self._checking.start(CONTEXT_MS)

    def _check_context(self) -> None:
        """Say so where Qt cannot make a context: it then never asks for a picture."""
        if not self.drawn and self.isVisible() and not self._canvas.native.isValid():
            self.failed.emit("OpenGL failed (no context can be made here)")

    def _take_context(self, event: object) -> None:
        """Notice when Qt makes another context: all that was in the first is gone."""
        self._contexts += 1
        if self._contexts > 1:
            self._fail("OpenGL failed (its context was lost)")

    def pixels(self) -> np.ndarray:
        """Return the RGBA image on screen."""
        image = self._canvas.native.grabFramebuffer().convertToFormat(QImage.Format.Format_RGBA8888)
        bits = image.constBits()
        assert bits is not None
        rows = np.frombuffer(bits.asstring(image.sizeInBytes()), np.uint8)
        return rows.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width()]

    def _draw(self, event: object) -> None:
        if self._frame is None or self._contexts > 1:
            return
        try:
            ready, shows = self._draw_frame(self._frame)
        except Exception as error:
            log.exception("the gpu renderer failed")
            what = str(error).strip() or type(error).__name__
            self._fail(f"OpenGL failed ({_first_sentence(error, what)})")
            return
        self.drawn = True
        if not ready:
            self._again.start()
        elif self._submitted is self._frame:
            self._submitted = None
        whole = ready or shows is not self._frame
        if shows is not self._shown or whole > self._whole:
            self._shown, self._whole = shows, whole
            self._submitted_at = time.monotonic()
            self.ready.emit(shows if whole else replace(shows, tiles_missing=1))

    def _draw_frame(self, frame: Frame) -> tuple[bool, Frame]:
        """Draw a frame, or the last once more while tiles of this one go up; return which."""
        from vispy import gloo

        from viewer.render.textures import UploadLimit
        from viewer.render.verify import check_drawn, verified_renderer

        if self._renderer is None:
            self._renderer = verified_renderer(self._budget)
        ready = self._renderer.prepare(frame.scene, UploadLimit())
        waits = not ready and time.monotonic() - self._submitted_at < PATIENCE_SECONDS
        shows = self._shown if waits and self._fits(frame) else frame
        assert shows is not None
        self._renderer.paint(shows.scene)
        if not self.drawn:
            check_drawn(shows.scene)
        gloo.gl.check_error("drawing")
        return ready, shows

    def _fits(self, frame: Frame) -> bool:
        """Return whether the last frame can stand in for another: it is of the same size."""
        return self._shown is not None and self._shown.layout == frame.layout

    def _fail(self, why: str) -> None:
        # Later: the canvas must not be taken down while it is being painted.
        self._why = why
        self._telling.start()

    def _tell(self) -> None:
        self.failed.emit(self._why)

    def _repaint(self) -> None:
        self._canvas.update()

    def _soon(self, act: Callable[[], None]) -> QTimer:
        """Return a timer that does something once the events at hand are dealt with."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(act)
        return timer

    def stop(self) -> None:
        """Close the canvas, and have OpenGL keep nothing of it."""
        renderer, self._renderer = self._renderer, None
        # Of a context that is gone, all is gone; its numbers are other things' in a new one.
        if renderer is not None and self._contexts == 1 and self._canvas.native.isValid():
            self._frame = None  # there is nothing left to draw it with
            let_go(self._canvas)
        self._canvas.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Close the canvas with the widget."""
        self.stop()
        super().closeEvent(event)


def _first_sentence(error: Exception, what: str) -> str:
    """Return what an error says to people: our own say it whole, others in their first line."""
    text = what if isinstance(error, RawIOError) else what.splitlines()[0]
    return text.removesuffix(".")

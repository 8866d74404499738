"""Places in which scenes are drawn: by NumPy, in OpenGL off screen, in the OpenGL of windows."""

from typing import Any, Protocol

import numpy as np

from viewer.render import headless, software
from viewer.render.driver import Driver, current_driver
from viewer.render.gl import prefer_egl
from viewer.render.scene import Scene


class Place(Protocol):
    """Where scenes are drawn."""

    def draw(self, scene: Scene) -> np.ndarray:
        """Return the pixels of a scene, uint8 of shape (height, width, 4)."""

    def frame(self, scene: Scene) -> None:
        """Draw a scene as a window does, without fetching its pixels, and wait until it is."""


class SoftwarePlace:
    """The software renderer; no OpenGL."""

    def draw(self, scene: Scene) -> np.ndarray:
        """Return the pixels of a scene."""
        return software.render(scene)

    def frame(self, scene: Scene) -> None:
        """Draw a scene, all of it anew."""
        software.render(scene)


class OpenGlPlace:
    """The gpu renderer in an OpenGL context of this process: first `open`, then `start`."""

    _renderer: Any

    def __init__(self) -> None:
        self._targets: dict[tuple[int, int], Any] = {}

    def open(self) -> Driver:
        """Make a context current and return what its driver says of itself.

        Raises
        ------
        GpuUnavailableError
        """
        raise NotImplementedError(f"{type(self).__name__} must write open")

    def start(self) -> str:
        """Make the renderer that is used here, and return by which primitives it draws.

        Raises
        ------
        RawIOError
            When the driver draws wrong.
        """
        raise NotImplementedError(f"{type(self).__name__} must write start")

    def draw(self, scene: Scene) -> np.ndarray:
        """Return the pixels of a scene."""
        from viewer.render.verify import draw_offscreen

        return draw_offscreen(self._renderer, scene)

    def frame(self, scene: Scene) -> None:
        """Draw a scene and wait for the GPU."""
        from vispy import gloo

        size = (scene.height, scene.width)
        if size not in self._targets:
            self._targets[size] = gloo.FrameBuffer(color=gloo.RenderBuffer(size, "color"))
        with self._targets[size]:
            self._renderer.draw(scene)
            gloo.finish()


class OffscreenPlace(OpenGlPlace):
    """OpenGL as pictures without a window have it."""

    def open(self) -> Driver:
        """Make a context without a window current and return what its driver says."""
        headless.canvas().set_current()
        return current_driver()

    def start(self) -> str:
        """Take the renderer that `viewer.snapshot` takes."""
        _, self._renderer = headless.context()
        return str(self._renderer.primitive)


class WindowPlace(OpenGlPlace):
    """OpenGL as Qt's windows have it. No window appears."""

    def open(self) -> Driver:
        """Make a context of Qt's current and return what its driver says."""
        prefer_egl()
        from PyQt6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

        self._application = QGuiApplication(["rawscope"])
        self._context, self._surface = QOpenGLContext(), QOffscreenSurface()
        self._surface.create()
        if not self._context.create() or not self._context.makeCurrent(self._surface):
            raise headless.GpuUnavailableError("Qt can make no OpenGL context here.")
        return current_driver()

    def start(self) -> str:
        """Make the renderer that windows make."""
        from vispy import gloo
        from vispy.gloo.context import FakeCanvas

        from viewer.render.verify import verified_renderer

        gloo.gl.use_gl("gl+")
        self._canvas = FakeCanvas()  # gloo's commands go to whatever context is current
        self._renderer = verified_renderer()
        return str(self._renderer.primitive)

"""The gpu renderer without a window: an EGL context and an off-screen framebuffer."""

import os
import sys
from functools import cache

import numpy as np

from rawio import RawIOError
from viewer.render.scene import Scene


class GpuUnavailableError(RawIOError):
    """No OpenGL context can be had here without a display."""


def render(scene: Scene) -> np.ndarray:
    """Draw a scene with the gpu renderer and return its pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)

    Raises
    ------
    GpuUnavailableError
        When there is no EGL, or OpenGL is already in use with another platform.
    """
    canvas, renderer = _context()
    from vispy import gloo

    with canvas:
        target = gloo.FrameBuffer(color=gloo.RenderBuffer((scene.height, scene.width), "color"))
        with target:
            renderer.draw(scene)
            pixels = gloo.read_pixels((0, 0, scene.width, scene.height), alpha=True)
        target.delete()
    return np.ascontiguousarray(pixels)


@cache
def _context():  # type: ignore[no-untyped-def]
    """Make the one off-screen context of the process."""
    if "OpenGL" in sys.modules and os.environ.get("PYOPENGL_PLATFORM") != "egl":
        raise GpuUnavailableError(
            "OpenGL is already in use for windows in this process; use the software renderer, or "
            "set PYOPENGL_PLATFORM=egl before starting Python."
        )
    os.environ["PYOPENGL_PLATFORM"] = "egl"
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
    try:
        import vispy
        from vispy import app

        vispy.use(app="egl", gl="gl+")
        canvas = app.Canvas(size=(16, 16), show=False)
        with canvas:
            from viewer.render.gpu import GpuRenderer

            return canvas, GpuRenderer()
    except Exception as error:
        raise GpuUnavailableError(
            f"no off-screen OpenGL here ({error}); use the software renderer."
        ) from error

"""The gpu renderer without a window: an EGL context and an off-screen framebuffer."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rawio import RawIOError
from viewer.render.gl import make_canvas, prefer_egl
from viewer.render.scene import Scene

if TYPE_CHECKING:
    from viewer.render.gpu import GpuRenderer


class GpuUnavailableError(RawIOError):
    """No OpenGL context can be had here without a window."""


def render(scene: Scene) -> np.ndarray:
    """Draw a scene with the gpu renderer and return its pixels.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)

    Raises
    ------
    GpuUnavailableError
        When there is no EGL, when what it draws is wrong, when the process already uses OpenGL
        through GLX, or in a thread other than the first to draw.
    """
    made, renderer = context()
    from viewer.render.verify import draw_offscreen

    try:
        made.set_current()  # not ``with made``: that sleeps a quarter of a second
    except RuntimeError:
        raise GpuUnavailableError(
            "the off-screen OpenGL of this process belongs to the thread that used it first; draw "
            "there, or use the software renderer."
        ) from None
    return draw_offscreen(renderer, scene)


@cache
def context() -> "tuple[Any, GpuRenderer]":
    """Return the one off-screen canvas of the process, and its renderer.

    Raises
    ------
    GpuUnavailableError
        When there is no OpenGL, or what it draws is wrong.
    """
    made = canvas()
    try:
        made.set_current()
        from viewer.render.verify import verified_renderer

        return made, verified_renderer()
    except Exception as error:
        raise _unavailable(error) from error


@cache
def canvas() -> Any:
    """Return the one off-screen canvas of the process, current in the thread that makes it.

    Raises
    ------
    GpuUnavailableError
    """
    prefer_egl()
    if sys.platform.startswith("linux") and os.environ.get("PYOPENGL_PLATFORM") != "egl":
        raise GpuUnavailableError(
            "OpenGL is in use through GLX in this process; use the software renderer, or set "
            "PYOPENGL_PLATFORM=egl and QT_XCB_GL_INTEGRATION=xcb_egl before it starts."
        )
    try:
        with _surfaceless():
            made = make_canvas("egl", size=(16, 16), show=False)
        made.set_current()
    except Exception as error:
        raise _unavailable(error) from error
    return made


def _unavailable(error: Exception) -> GpuUnavailableError:
    why = " ".join(str(error).split()).removesuffix(".")  # vispy breaks its lines
    return GpuUnavailableError(f"no off-screen OpenGL here ({why}); use the software renderer.")


@contextmanager
def _surfaceless() -> Iterator[None]:
    """Ask Mesa for a context of no window system, which needs no display server."""
    name, before = "EGL_PLATFORM", os.environ.get("EGL_PLATFORM")
    os.environ.setdefault(name, "surfaceless")
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]

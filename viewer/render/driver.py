"""`Driver`: what an OpenGL driver says of itself, and whether that is worth drawing with."""

import contextlib
import ctypes
import ctypes.util
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Driver:
    """What the current context's driver reports.

    Attributes
    ----------
    vendor, renderer, version, shading_language : str
        As `glGetString` has them.
    indirect : bool
        Whether each call goes through a GLX connection, as with ``ssh -X``.
    max_texture_size : int
        Texels a side.
    vertex_textures : int
        Textures that a vertex shader may read; the gpu renderer needs one.
    texture_units : int
        Textures that a fragment shader may read.
    max_renderbuffer_size : int
        Pixels a side.
    """

    vendor: str
    renderer: str
    version: str
    shading_language: str = ""
    indirect: bool = False
    max_texture_size: int = 0
    vertex_textures: int = 0
    texture_units: int = 0
    max_renderbuffer_size: int = 0


def current_driver() -> Driver:
    """Ask the driver of the current OpenGL context.

    What it does not know is empty or 0.

    Raises
    ------
    Exception
        What PyOpenGL makes of there being no OpenGL.
    """
    from OpenGL import GL
    from OpenGL.error import GLError

    def text(name: int) -> str:
        with contextlib.suppress(GLError):
            return (GL.glGetString(name) or b"").decode(errors="replace")
        return ""

    def number(name: int) -> int:
        with contextlib.suppress(GLError):
            return int(GL.glGetIntegerv(name))
        return 0

    return Driver(
        text(GL.GL_VENDOR),
        text(GL.GL_RENDERER),
        text(GL.GL_VERSION),
        text(GL.GL_SHADING_LANGUAGE_VERSION),
        _is_indirect(),
        number(GL.GL_MAX_TEXTURE_SIZE),
        number(GL.GL_MAX_VERTEX_TEXTURE_IMAGE_UNITS),
        number(GL.GL_MAX_TEXTURE_IMAGE_UNITS),
        number(GL.GL_MAX_RENDERBUFFER_SIZE),
    )


def _is_indirect() -> bool:
    """Return whether the current context is one of GLX that sends its calls to the X server."""
    if not sys.platform.startswith("linux"):
        return False
    # By the system's own libGL: PyOpenGL may be set to EGL, whose contexts GLX does not know.
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(ctypes.util.find_library("GL") or "libGL.so.1")
        for name in ("glXGetCurrentDisplay", "glXGetCurrentContext"):
            getattr(library, name).restype = ctypes.c_void_p
        library.glXIsDirect.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        display, context = library.glXGetCurrentDisplay(), library.glXGetCurrentContext()
        return bool(display and context) and not library.glXIsDirect(display, context)
    return False

"""`Driver`: what an OpenGL driver says of itself, and whether that is worth drawing with."""

import contextlib
import ctypes
import ctypes.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

VENDOR, RENDERER, VERSION, SHADING_LANGUAGE_VERSION = 0x1F00, 0x1F01, 0x1F02, 0x8B8C
MAX_TEXTURE_SIZE, MAX_TEXTURE_IMAGE_UNITS = 0x0D33, 0x8872
MAX_VERTEX_TEXTURE_IMAGE_UNITS, MAX_RENDERBUFFER_SIZE = 0x8B4C, 0x84E8
"""What OpenGL's headers call by these names with ``GL_`` before them."""

Asking = tuple[Callable[[int], str], Callable[[int], int]]
"""Functions that return a text and a number of the driver's, by such a name."""


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
    text, number = _system_gl() or _py_opengl()
    return Driver(
        text(VENDOR),
        text(RENDERER),
        text(VERSION),
        text(SHADING_LANGUAGE_VERSION),
        _is_indirect(),
        number(MAX_TEXTURE_SIZE),
        number(MAX_VERTEX_TEXTURE_IMAGE_UNITS),
        number(MAX_TEXTURE_IMAGE_UNITS),
        number(MAX_RENDERBUFFER_SIZE),
    )


def _system_gl() -> Asking | None:
    """Return how to ask the system's own library; None where it has no context that is current.

    Loading PyOpenGL takes a tenth of a second, for which a window that may not need it would wait.
    """
    if not sys.platform.startswith("linux"):
        return None
    for name in ("libGL.so.1", "libOpenGL.so.0"):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(name)
            library.glGetString.restype = ctypes.c_char_p
            library.glGetString.argtypes = (ctypes.c_uint,)
            library.glGetIntegerv.argtypes = (ctypes.c_uint, ctypes.POINTER(ctypes.c_int))
            if library.glGetString(VENDOR):
                return partial(_text, library), partial(_number, library)
    return None


def _text(library: ctypes.CDLL, name: int) -> str:
    text = library.glGetString(name)
    library.glGetError()  # what it does not know is an error that would be found later
    return (text or b"").decode(errors="replace")


def _number(library: ctypes.CDLL, name: int) -> int:
    number = ctypes.c_int(0)
    library.glGetIntegerv(name, ctypes.byref(number))
    library.glGetError()
    return number.value


def _py_opengl() -> Asking:
    """Return how to ask by PyOpenGL, which finds the library on any system."""
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

    return text, number


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

"""Which OpenGL a process uses, and vispy canvases in it.

PyOpenGL settles at its first import whether contexts come from GLX or EGL, for the whole process.
EGL serves windows and off-screen pictures alike, GLX only windows; so where the process is ours,
it is EGL throughout.
"""

import os
import sys
from typing import Any


def prefer_egl() -> None:
    """Make OpenGL use EGL, for windows too, unless the user or an earlier import decided.

    Works only before Qt's application object and PyOpenGL; changes nothing after.
    """
    if sys.platform.startswith("linux") and "OpenGL" not in sys.modules:
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
        if os.environ["PYOPENGL_PLATFORM"] == "egl":
            os.environ.setdefault("QT_XCB_GL_INTEGRATION", "xcb_egl")


def make_canvas(backend: str, **options: Any) -> Any:
    """Return a `vispy.app.Canvas` with instancing, without touching vispy's default backend.

    Parameters
    ----------
    backend : {'pyqt6', 'egl'}
    **options
        Of `vispy.app.Canvas`.
    """
    from vispy import app, gloo

    gloo.gl.use_gl("gl+")
    return app.Canvas(app=app.Application(backend), **options)


def let_go(canvas: Any) -> None:
    """Delete all that a vispy canvas has made in OpenGL.

    Contexts of widgets in one window share it: what a canvas that is closed leaves behind would
    stay until the window goes. Nothing can be drawn on the canvas any more.

    Parameters
    ----------
    canvas : vispy.app.Canvas
        Whose context can be made current.
    """
    canvas.set_current()
    context = canvas.context
    context.flush_commands()  # what is deleted here is all there is to be
    for number in list(context.shared.parser._objects):
        context.glir.command("DELETE", number)
    context.flush_commands()

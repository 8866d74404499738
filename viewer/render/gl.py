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

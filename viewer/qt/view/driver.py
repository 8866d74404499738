"""What draws OpenGL in the windows of this process: a GPU, or the CPU."""

import logging
from functools import cache

from viewer.render.choice import why_software
from viewer.render.driver import Driver, current_driver

log = logging.getLogger("viewer")


def software_gl() -> str | None:
    """Return why OpenGL should not be used in windows here, or None when a GPU draws it.

    Returns
    -------
    str or None
        A sentence; see `viewer.render.choice.why_software`.
    """
    return why_software(window_driver())


@cache
def window_driver() -> Driver | None:
    """Return the OpenGL driver of Qt's contexts; None without OpenGL. Asked once.

    Qt's application object must be there.
    """
    from PyQt6.QtGui import QOffscreenSurface, QOpenGLContext

    context = QOpenGLContext()
    surface = QOffscreenSurface()
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return None
    try:
        return current_driver()
    except Exception:
        log.exception("asking the OpenGL driver failed")
        return None
    finally:
        context.doneCurrent()

"""What the driver of the current context says: the same, whoever is asked."""

import sys

import pytest
from OpenGL import GL

from viewer.render import driver, headless

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def context():
    """Make the context of off-screen pictures current."""
    canvas, _ = headless.context()
    canvas.set_current()
    assert GL.glGetError() == GL.GL_NO_ERROR


def test_names_are_those_of_the_headers():
    for name in ("VENDOR", "RENDERER", "VERSION", "SHADING_LANGUAGE_VERSION", "MAX_TEXTURE_SIZE"):
        assert getattr(driver, name) == getattr(GL, f"GL_{name}")
    for name in ("VERTEX_TEXTURE_IMAGE_UNITS", "TEXTURE_IMAGE_UNITS", "RENDERBUFFER_SIZE"):
        assert getattr(driver, f"MAX_{name}") == getattr(GL, f"GL_MAX_{name}")


def test_it_is_what_pyopengl_says(monkeypatch):
    found = driver.current_driver()
    assert found.renderer == GL.glGetString(GL.GL_RENDERER).decode()
    assert found.max_texture_size == GL.glGetIntegerv(GL.GL_MAX_TEXTURE_SIZE) > 0
    monkeypatch.setattr(driver, "_system_gl", lambda: None)
    assert driver.current_driver() == found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the libraries of Linux")
def test_the_system_s_library_is_asked_and_leaves_no_error_behind():
    text, number = driver._system_gl()
    assert text(driver.VERSION) == GL.glGetString(GL.GL_VERSION).decode()
    unknown = 0x7FFF
    assert (text(unknown), number(unknown)) == ("", 0)
    assert GL.glGetError() == GL.GL_NO_ERROR


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the libraries of Linux")
def test_windows_need_not_wait_for_pyopengl(monkeypatch):
    found = driver.current_driver()
    monkeypatch.setitem(sys.modules, "OpenGL", None)  # to import it would raise
    assert driver.current_driver() == found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the libraries of Linux")
def test_where_no_context_is_current_the_system_s_library_knows_nothing():
    from OpenGL import EGL

    display = EGL.eglGetCurrentDisplay()
    EGL.eglMakeCurrent(display, EGL.EGL_NO_SURFACE, EGL.EGL_NO_SURFACE, EGL.EGL_NO_CONTEXT)
    assert driver._system_gl() is None

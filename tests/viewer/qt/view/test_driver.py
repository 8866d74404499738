"""What is asked of Qt's OpenGL driver."""

import json
import os
import subprocess
import sys

import pytest

from viewer.qt.view import driver
from viewer.render.choice import why_software
from viewer.render.driver import Driver


@pytest.mark.gl
def test_the_driver_of_windows_tells_its_name_and_limits(qtbot):
    found = driver.window_driver()
    assert found.renderer and found.vendor and "." in found.version
    assert found.shading_language and not found.indirect
    # The least that OpenGL 2.1 lets a driver have; vertex textures are what we need.
    assert found.max_texture_size >= 64 and found.texture_units >= 2 and found.vertex_textures >= 1
    assert found.max_renderbuffer_size >= 1
    assert driver.window_driver() is found, "it is asked once"


@pytest.mark.parametrize(
    "found",
    [None, Driver("", "llvmpipe (LLVM 15)", "4.5"), Driver("", "Apple M1", "2.1", "", False, 1, 1)],
)
def test_the_reason_is_that_of_the_driver(monkeypatch, found):
    monkeypatch.setattr(driver, "window_driver", lambda: found)
    assert driver.software_gl() == why_software(found)


@pytest.fixture
def indirect_screen():
    """Start an X server that lets OpenGL come over its connection; return its DISPLAY."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "+iglx", "-screen", "0", "320x240x24"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        try:
            with os.fdopen(read) as told:
                yield f":{told.readline().strip()}"
        finally:
            server.terminate()


@pytest.mark.gl
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GLX is a matter of X11")
@pytest.mark.parametrize("indirect", [True, False])
def test_opengl_over_a_connection_is_recognised(indirect_screen, indirect):
    code = (
        "import json; from dataclasses import asdict\n"
        "from PyQt6.QtGui import QGuiApplication; app = QGuiApplication([])\n"
        "from viewer.qt.view.driver import window_driver\n"
        "print(json.dumps(asdict(window_driver())))\n"
    )
    environment = {
        **os.environ,
        "DISPLAY": indirect_screen,
        "QT_QPA_PLATFORM": "xcb",
        "QT_XCB_GL_INTEGRATION": "xcb_glx",
        "PYOPENGL_PLATFORM": "glx",
        "LIBGL_ALWAYS_INDIRECT": "1" if indirect else "",
    }
    if not indirect:
        del environment["LIBGL_ALWAYS_INDIRECT"]
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    found = Driver(**json.loads(done.stdout.splitlines()[-1]))
    assert found.indirect == indirect
    if indirect:
        assert "slow connection" in why_software(found, {})

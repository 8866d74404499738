"""Arguments, environment and settings, as the commands heed them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from rawio import open_recording
from viewer.app import app
from viewer.picture import snapshot

SAMPLES = Path(__file__).parents[2] / "sample_data"
PLX = SAMPLES / "sample.plx"


@pytest.fixture
def opened(monkeypatch):
    """Return a function that runs ``rawscope open`` and returns what the window is told."""
    calls = []

    def run(path, opener, settings, view, unkept):
        assert path == str(PLX) and view is None and unkept <= {"order"}
        told = settings.renderer, settings.theme, settings.order, settings.memory, settings.index
        calls.append(told)
        return 0

    monkeypatch.setattr("viewer.qt.window.desktop.run", run)
    monkeypatch.setenv("DISPLAY", ":0")

    def open_with(*arguments):
        done = CliRunner().invoke(app, [str(PLX), *arguments])
        return done, calls.pop() if calls else None

    return open_with


ALL = """
renderer = "software"
theme = "light"
order = "file"
memory = 100
index = false
"""


def test_without_settings_windows_are_as_built_in(opened):
    done, told = opened()
    assert done.exit_code == 0 and done.stderr == ""
    assert told == ("auto", "system", "probe", 512, True)


def test_settings_stand_in_for_options(opened, settings_folder):
    (settings_folder / "settings.toml").write_text(ALL)
    assert opened()[1] == ("software", "light", "file", 100, False)


def test_options_come_before_settings(opened, settings_folder):
    (settings_folder / "settings.toml").write_text(ALL)
    options = ("--renderer", "gpu", "--theme", "dark", "--order", "probe", "--memory", "64")
    assert opened(*options, "--index")[1] == ("gpu", "dark", "probe", 64, True)
    (settings_folder / "settings.toml").write_text("index = true")
    assert opened("--no-index")[1] == ("auto", "system", "probe", 512, False)
    (settings_folder / "settings.toml").write_text('theme = "dark"')
    assert opened("--theme", "system")[1] == ("auto", "system", "probe", 512, True)


def test_the_variable_comes_between_option_and_setting(opened, settings_folder, monkeypatch):
    (settings_folder / "settings.toml").write_text('renderer = "software"')
    monkeypatch.setenv("RAWSCOPE_RENDERER", "gpu")
    assert opened()[1][0] == "gpu"
    assert opened("--renderer", "auto")[1][0] == "auto"


def test_what_is_wrong_in_the_settings_is_said_once_and_the_window_opens(opened, settings_folder):
    (settings_folder / "settings.toml").write_text('theme = "blue"\nmemory = 100')
    done, told = opened()
    assert done.exit_code == 0 and told == ("auto", "system", "probe", 100, True)
    (line,) = done.stderr.splitlines()
    assert line.startswith("warning: ") and 'theme must be "system" or "dark" or "light"' in line


def test_an_unknown_renderer_in_the_variable_is_refused(opened, monkeypatch):
    monkeypatch.setenv("RAWSCOPE_RENDERER", "opengl")
    done, told = opened()
    assert done.exit_code == 2 and told is None
    (line,) = done.stderr.splitlines()
    assert line == (
        "rawscope: the environment variable RAWSCOPE_RENDERER is 'opengl', not one of auto, "
        "software, gpu."
    )
    assert opened("--renderer", "auto")[1][0] == "auto", "what is not asked for does not matter"


def picture(tmp_path, *arguments, **env):
    """Run ``rawscope snapshot`` as a process; return it and the picture."""
    path = tmp_path / "view.png"
    path.unlink(missing_ok=True)
    size = ("--size", "700x500")
    done = subprocess.run(
        [sys.executable, "-m", "viewer", "snapshot", str(PLX), "-o", str(path), *size, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        timeout=120,
    )
    return done, np.asarray(Image.open(path)) if path.exists() else None


NO_EGL = {"PYOPENGL_PLATFORM": "glx"}  # which serves windows only


@pytest.fixture
def expected():
    """Return the picture of the sample that the software renderer draws."""
    return snapshot(open_recording(PLX), size=(700, 500))


def test_pictures_heed_theme_and_order_of_the_settings(tmp_path, settings_folder, expected):
    (settings_folder / "settings.toml").write_text('theme = "light"\nrenderer = "software"')
    done, light = picture(tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    want = snapshot(open_recording(PLX), size=(700, 500), theme="light")
    assert np.array_equal(light, want)
    assert np.array_equal(picture(tmp_path, "--theme", "dark")[1], expected)
    # There may be no desktop to ask.
    assert np.array_equal(picture(tmp_path, "--theme", "system")[1], expected)


@pytest.mark.parametrize("how", ["setting", "variable"])
def test_a_preferred_gpu_that_is_not_there_is_said_and_the_picture_drawn(
    tmp_path, settings_folder, expected, how
):
    env = dict(NO_EGL)
    if how == "setting":
        (settings_folder / "settings.toml").write_text('renderer = "gpu"')
    else:
        env["RAWSCOPE_RENDERER"] = "gpu"
    done, image = picture(tmp_path, **env)
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("warning: the software renderer draws, not the gpu renderer: ")
    assert np.array_equal(image, expected)


def test_a_gpu_that_the_option_asks_for_and_is_not_there_is_refused(tmp_path):
    done, image = picture(tmp_path, "--renderer", "gpu", **NO_EGL)
    assert done.returncode == 2 and image is None
    (line,) = done.stderr.splitlines()
    assert line.startswith("rawscope: ") and "OpenGL" in line


@pytest.mark.parametrize("env", [{}, {"RAWSCOPE_RENDERER": "software"}, NO_EGL])
def test_auto_draws_a_picture_wherever_it_is(tmp_path, expected, env):
    done, image = picture(tmp_path, "--renderer", "auto", **env)
    assert done.returncode == 0 and done.stderr == ""
    assert np.abs(image.astype(int) - expected).max(axis=2).mean() < 0.01

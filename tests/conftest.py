"""One OpenGL platform for windows and off-screen pictures, before anything imports OpenGL."""

import os
import signal
from pathlib import Path

import pytest

from rawio import open_files
from viewer.render.gl import prefer_egl

prefer_egl()

# Shells start what runs in their background with Ctrl+C ignored, and so would be what tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory, monkeypatch):
    """Give every test a cache directory of its own, so that none sees the user's."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("RAWSCOPE_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def settings_folder(tmp_path_factory, monkeypatch):
    """Give every test a settings folder of its own, and no renderer from the environment."""
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("RAWSCOPE_CONFIG_DIR", str(folder))
    monkeypatch.delenv("RAWSCOPE_RENDERER", raising=False)
    return folder


@pytest.fixture(autouse=True)
def state_folder(tmp_path_factory, monkeypatch):
    """Give every test sessions and recent recordings of its own."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("RAWSCOPE_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def three_open_files(monkeypatch):
    """Let no more than three files of recordings be open, counted from none."""
    monkeypatch.setattr(open_files, "MOST_OPEN", 3)
    open_files._kept.clear()


@pytest.fixture(scope="session")
def recordings():
    """Return the folder of real recordings, a folder of which is there for each format."""
    root = os.environ.get("RAWSCOPE_RECORDINGS")
    if not root:
        pytest.skip("RAWSCOPE_RECORDINGS does not name the folder of real recordings")
    return Path(root)


@pytest.fixture(scope="session")
def plexon_recordings(recordings):
    """Return the folder of real .plx files."""
    return recordings / "plexon"


def pytest_make_parametrize_id(config, val, argname):
    """Name tests so that the processes they are shared out to can be told: in whole characters."""
    if isinstance(val, str) and any("\ud800" <= character <= "\udfff" for character in val):
        return ascii(val)
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell what was logged in characters that may go from process to process."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report

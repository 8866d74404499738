"""``rawscope open`` as a real process: views in files, no file at all, and what is kept."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.viewer.test_app import PLX, open_window, rawscope
from viewer import sessions
from viewer.sessions import Key

VIEW = {
    "format": "rawscope-view",
    "version": 1,
    "recording": {"name": "sample.plx", "channels": 8, "seconds": 10.02},
    "window": {"start": 4.0, "duration": 0.5},
    "process": "highpass:20",
    "look": {"butterfly": True},
    "streams": {"FP": {"usual": {"gain": 2.0}, "channels": {"9": {"visible": False}}}},
}


def wait_until(process, condition):
    """Wait for a window's process to get somewhere; it may not end before."""
    end = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


def threads_of(process):
    """Return the names of a process's threads; Qt has one for the display."""
    tasks = Path(f"/proc/{process.pid}/task")
    return {task.joinpath("comm").read_text().strip() for task in tasks.iterdir()}


def left(*arguments, path=PLX, **env):
    """Open a window, end it with Ctrl+C once it shows the recording; return its session."""
    shutil.rmtree(os.environ["RAWSCOPE_STATE_DIR"])
    process = open_window(*arguments, **env)
    try:
        wait_until(process, lambda: sessions.recent() != [])
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
    return sessions.session_of(Key.of(path))


@pytest.fixture
def view_file(tmp_path):
    path = tmp_path / "view.json"
    path.write_text(json.dumps(VIEW))
    return path


def test_a_recording_is_shown_as_a_view_file_says(view_file):
    session = left(PLX, "--view", view_file)
    assert session["window"] == VIEW["window"] and session["process"] == "highpass:20"
    assert session["look"]["butterfly"] is True
    assert session["streams"]["FP"]["usual"] == {"gain": 2.0}
    assert session["streams"]["FP"]["channels"] == {"9": {"visible": False}}
    assert Path(sessions.state_folder() / "window.json").is_file()


def test_steps_given_as_an_option_count_more_than_the_files(view_file):
    session = left("--view", view_file, "--process", "reference:median", PLX)
    assert session["process"] == "reference:median" and session["look"]["butterfly"] is True


def test_a_view_that_is_none_ends_with_a_sentence(view_file, tmp_path):
    """Before a window is thought of: also where there is no display."""
    for content, said in (
        ("{not json", "is no view for rawscope"),
        ("{}", "is no view for rawscope"),
        (json.dumps(VIEW | {"window": {"start": "now", "duration": 1}}), "window"),
        (None, "there is no such file"),
    ):
        view_file.unlink() if content is None else view_file.write_text(content)
        done = rawscope(PLX, "--view", view_file)
        (line,) = done.stderr.splitlines()
        assert done.returncode == 2 and done.stdout == ""
        assert line.startswith(f"rawscope: {view_file}: ") and said in line and line[-1] == "."


def test_without_a_file_a_window_opens_on_none():
    process = open_window("open")
    try:
        wait_until(process, lambda: "QXcbEventQueue" in threads_of(process))
        time.sleep(1.5)  # by then it listens to Ctrl+C
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")
    assert sessions.recent() == [] and sessions.window_state() is not None


def test_without_a_file_or_a_display_there_is_a_sentence():
    done = rawscope("open")
    assert done.returncode == 2 and "there is no display" in done.stderr


FAULT = """
import sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from rawio import open_recording
from viewer.qt.window.desktop import run
from viewer.settings import Settings

def look():
    window = next(w for w in QApplication.topLevelWidgets() if hasattr(w, "notice"))
    if window.notice.text:
        print(window.notice.text)
        window.close()
    else:
        1 / 0

def start():
    start.timer = QTimer()
    start.timer.timeout.connect(look)
    start.timer.start(100)

application = QApplication([])
QTimer.singleShot(300, start)
sys.exit(run(None, open_recording, Settings(renderer="software")))
"""


def test_a_fault_of_the_program_is_told_and_it_goes_on():
    """By itself, PyQt would end the process with an abort, and with it what was not yet kept."""
    done = subprocess.run([sys.executable, "-c", FAULT], capture_output=True, text=True, timeout=60)
    assert done.stdout == "Something in rawscope went wrong: division by zero.\n", done.stderr
    assert done.returncode == 0 and "ZeroDivisionError: division by zero" in done.stderr
    assert sessions.window_state() is not None


PAINTING = """
import signal, sys
from rawio import open_recording
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.desktop import run
from viewer.settings import Settings

paint = SignalView.paintEvent

def interrupted(self, event):
    paint(self, event)
    signal.raise_signal(signal.SIGINT)

SignalView.paintEvent = interrupted
sys.exit(run(sys.argv[1], open_recording, Settings(renderer="software")))
"""


def test_ctrl_c_in_the_midst_of_painting_ends_it_as_well():
    done = subprocess.run(
        [sys.executable, "-c", PAINTING, PLX], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sessions.session_of(Key.of(PLX)) is not None


TWICE = """
import sys
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication
from rawio import open_recording
from viewer.qt.window.desktop import run
from viewer.settings import Settings

def look():
    for window in QApplication.topLevelWidgets():
        view = getattr(window, "signal_view", None)
        if view is not None and view.status and window.isVisible():
            print("shown")
            window.close()

application = QApplication([])
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
for _ in range(2):
    run(sys.argv[1], open_recording, Settings(renderer="software"))
"""


def test_a_window_after_another_in_one_process_shows_its_recording():
    done = subprocess.run(
        [sys.executable, "-c", TWICE, PLX], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "shown\nshown\n", "")

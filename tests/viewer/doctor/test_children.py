"""What becomes of a child process, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from viewer.doctor.children import check_place, run_child

TELL = (
    "import json, os, signal, sys, time\n"
    "def tell(**line): print(json.dumps(line), flush=True)\n"
    "print('Mesa says hello'); print(json.dumps([1])); print('{')\n"
    "tell(begin='driver'); tell(done='driver', result={'renderer': 'x'}); tell(begin='decode')\n"
)


def child(code, timeout=30.0):
    return run_child([sys.executable, "-c", TELL + code], timeout)


def test_all_that_is_told_is_there_and_noise_is_not():
    outcome = child("tell(done='decode', result=3)")
    assert outcome.results == {"driver": {"renderer": "x"}, "decode": 3}
    assert outcome.failures == {} and outcome.trouble is None


def test_a_check_that_fails_is_no_trouble():
    outcome = child("tell(failed='decode', why='it rained.')")
    assert outcome.results == {"driver": {"renderer": "x"}}
    assert outcome.failures == {"decode": "it rained."} and outcome.trouble is None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import faulthandler; faulthandler._sigsegv()", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_a_crash_is_told_with_its_signal_and_what_was_being_done(code, name):
    outcome = child(code)
    assert outcome.results == {"driver": {"renderer": "x"}}, "what was told before stays"
    assert outcome.trouble == f"crashed ({name}) while drawing every 16-bit value."


def test_what_a_library_says_before_it_aborts_is_told():
    outcome = child(
        "sys.stderr.write('no screen\\n\\nno plugin.\\n'); sys.stderr.flush(); os.abort()"
    )
    assert outcome.trouble == "crashed (SIGABRT) while drawing every 16-bit value: no screen."


def test_a_process_that_hangs_is_ended_and_told():
    outcome = child("time.sleep(600)", timeout=2.0)
    assert outcome.results == {"driver": {"renderer": "x"}}
    assert outcome.trouble == "hung while drawing every 16-bit value: it was ended after 2 s."


def test_a_process_that_heeds_no_signal_is_ended_too():
    outcome = child("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", timeout=2.0)
    assert outcome.trouble.startswith("hung ")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_check_ends_with_the_process_that_waits_for_it(how):
    code = "from viewer.doctor.children import check_place; check_place('software', 30.0)"
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        child = wait_for(lambda: children_of(parent.pid))
        wait_for(lambda: b"viewer.doctor" in command_of(child) and threads_of(child) > 1)
        parent.send_signal(how)
        parent.wait(timeout=30)
        wait_for(lambda: not is_running(child))
    finally:
        parent.kill()


def children_of(pid):
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(said[0]) if said else None


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def threads_of(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(found, seconds=30.0):
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return value


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, None])
def test_a_check_started_by_hand_does_not_end_for_want_of_input(stdin, tmp_path):
    with (tmp_path / "empty").open("w+") as empty:
        done = subprocess.run(
            [sys.executable, "-m", "viewer.doctor", "software"],
            stdin=empty if stdin is None else stdin,
            capture_output=True,
            timeout=120,
        )
    assert done.returncode == 0 and b'"done": "decode"' in done.stdout


def test_an_exception_outside_of_checks_is_told_by_its_last_line():
    outcome = run_child([sys.executable, "-c", "raise ImportError('no libEGL.so.1')"], 30.0)
    assert outcome.results == {}
    assert outcome.trouble == (
        "ended with exit code 1 while starting: ImportError: no libEGL.so.1."
    )


def test_what_is_said_at_length_is_cut():
    outcome = run_child([sys.executable, "-c", "raise SystemExit('x' * 5000)"], 30.0)
    assert len(outcome.trouble) < 300


def test_a_module_in_the_folder_at_hand_is_not_taken_for_ours(tmp_path, monkeypatch):
    (tmp_path / "viewer.py").write_text("raise SystemExit('wrong viewer')")
    (tmp_path / "numpy.py").write_text("raise SystemExit('wrong numpy')")
    monkeypatch.chdir(tmp_path)
    outcome = check_place("software")
    assert outcome.trouble is None
    assert outcome.results == {"decode": {"int16": 0, "uint16": 0}}


@pytest.mark.gl
@pytest.mark.parametrize("place", ["offscreen", "window"])
def test_places_of_opengl_are_checked_on_the_driver_at_hand(place, qapp):
    outcome = check_place(place)
    assert outcome.trouble is None and outcome.failures == {}
    found = outcome.results
    assert list(found) == ["driver", "renderer", "decode", "agreement"]
    assert found["driver"]["renderer"] and found["driver"]["max_texture_size"] >= 64
    assert found["decode"] == {"int16": 0, "uint16": 0}
    assert all(p["differing"] == 0 for p in found["agreement"].values())
    assert json.loads(json.dumps(found)) == found


def test_a_screen_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    outcome = check_place("window")
    assert outcome.results == {}
    assert outcome.trouble.startswith("crashed (SIGABRT) while asking the driver: ")
    assert "could not connect to display :4711" in outcome.trouble


def test_opengl_off_screen_that_cannot_be_had_is_told(monkeypatch):
    monkeypatch.setenv("EGL_PLATFORM", "nonsense")
    monkeypatch.delenv("DISPLAY", raising=False)  # EGL would take a screen instead
    outcome = check_place("offscreen")
    assert outcome.results == {} and outcome.trouble is None
    assert outcome.failures["driver"].startswith("no off-screen OpenGL here (")
    assert "\\n" not in outcome.failures["driver"], "vispy breaks its lines"

"""What becomes of a child process, however it ends."""

import json
import sys

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
    monkeypatch.setenv("PYOPENGL_PLATFORM", "nonsense")
    outcome = check_place("offscreen")
    assert outcome.results == {} and outcome.trouble is None
    assert outcome.failures["driver"].startswith("no off-screen OpenGL here (")

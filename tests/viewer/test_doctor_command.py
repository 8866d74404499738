"""``rawscope doctor``, as a process on this machine and in this process on made-up ones."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.viewer.doctor.reports import machine
from viewer.app import app
from viewer.doctor import children
from viewer.doctor.advice import advise
from viewer.doctor.children import Outcome, check_place
from viewer.doctor.examine import examine


def doctor(*arguments, display=True, **env):
    environment = {**os.environ, **env}
    if not display:
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "viewer", "doctor", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
    )


@pytest.mark.gl
def test_it_tells_scripts_all_that_it_finds_on_this_machine():
    done = doctor("--json", "--seconds", "0.1")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["version"] and report["platform"]["cores"] == os.cpu_count()
    for place in ("software", "offscreen", "window"):
        assert report[place]["trouble"] is None and report[place]["failures"] == {}
        assert report[place]["results"]["decode"] == {"int16": 0, "uint16": 0}
    for place in ("offscreen", "window"):
        assert report[place]["results"]["driver"]["renderer"]
        pictures = report[place]["results"]["agreement"].values()
        assert [p["differing"] for p in pictures] == [0] * 5
    for place in ("software", "window"):
        for channels in ("64", "384"):
            frame = report[place]["results"]["speed"][channels]
            assert frame["frames"] >= 3
            # Both are rounded: where frames are few, to tenths of a frame.
            rate = pytest.approx(1000 / frame["milliseconds"], rel=0.02, abs=0.06)
            assert frame["frames_per_second"] == rate
    assert "speed" not in report["offscreen"]["results"], "frames are timed where windows draw"
    assert report["cuda"]["trouble"] is None and report["cuda"]["results"]["report"]
    assert report["recommendation"]["usable"]
    assert (report["window"]["why_software"] is None) == (report["recommendation"]["auto"] == "gpu")


@pytest.mark.gl
def test_without_a_display_it_does_without_windows():
    done = doctor("--skip-speed", display=False, RAWSCOPE_RENDERER="software")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert "OpenGL in windows\n  no display here\n" in text
    assert "all right: 65536 of int16, 65536 of uint16" in text
    assert "not timed" in text and "rawscope snapshot FILE" in text
    assert "RAWSCOPE_RENDERER" in text
    assert "\x1b" not in text, "a pipe gets no colours"
    assert done.stderr == ""


def test_a_wrong_variable_is_a_finding(monkeypatch):
    monkeypatch.setenv("RAWSCOPE_RENDERER", "fast")
    report = examine(0.0, check=lambda place, seconds: Outcome())
    assert any("RAWSCOPE_RENDERER is 'fast'" in h for h in report["recommendation"]["hints"])


def test_settings_are_told_with_what_is_wrong_in_them(settings_folder):
    path = settings_folder / "settings.toml"
    path.write_text('renderer = "software"\nthem = 1\n')
    settings = examine(0.0, check=lambda place, seconds: Outcome())["settings"]
    assert settings["file"] == str(path) == settings["said_by"] and settings["exists"]
    assert settings["renderer"] == "software" and "no setting 'them'" in settings["warnings"][0]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("import faulthandler; faulthandler._sigsegv()", "crashed (SIGSEGV) while starting."),
        ("import time; time.sleep(600)", "hung while starting: it was ended after 1 s."),
    ],
)
def test_drivers_that_crash_or_hang_are_findings(monkeypatch, code, trouble):
    """All that asks a driver ends badly; the software renderer is checked as it is."""
    monkeypatch.setenv("DISPLAY", ":0")

    def check(place, seconds):
        if place == "software":
            return check_place(place, seconds)
        return children.run_child([sys.executable, "-c", code], 1.0)

    told = []
    report = examine(0.0, told.append, check)
    assert [report[p]["trouble"] for p in ("offscreen", "window", "cuda")] == [trouble] * 3
    assert report["software"]["results"]["decode"] == {"int16": 0, "uint16": 0}
    advice = report["recommendation"]
    assert advice["auto"] == "software" and advice["usable"]
    assert any("RAWSCOPE_RENDERER=software" in hint for hint in advice["hints"])
    assert len(told) == 4


def run(monkeypatch, report, *arguments):
    asked = []

    def made_up(seconds, tell):
        asked.append(seconds)
        return report

    report["recommendation"] = advise(report)
    monkeypatch.setattr("viewer.doctor.examine.examine", made_up)
    return CliRunner().invoke(app, ["doctor", *arguments]), asked


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_exit_code_says_whether_anything_draws(monkeypatch, arguments):
    report = machine("cpu")
    done, asked = run(monkeypatch, report, *arguments)
    assert done.exit_code == 0 and asked == [1.0]
    report["software"] = {"results": {}, "failures": {}, "trouble": "crashed (SIGILL)."}
    done, _ = run(monkeypatch, report, *arguments)
    assert done.exit_code == 1
    assert "does not work here (crashed (SIGILL))" in done.stdout, "it is told all the same"


def test_the_seconds_of_timing_are_handed_on(monkeypatch):
    assert run(monkeypatch, machine("gpu"), "--seconds", "2.5")[1] == [2.5]
    assert run(monkeypatch, machine("gpu"), "--seconds", "2.5", "--skip-speed")[1] == [0.0]


def test_names_with_brackets_are_printed_as_they_are(monkeypatch):
    report = machine("gpu")
    report["window"]["results"]["driver"]["renderer"] = "AMD [bold]Radeon[/bold] 1e3 [link]"
    done, _ = run(monkeypatch, report)
    assert "renderer        AMD [bold]Radeon[/bold] 1e3 [link]\n" in done.stdout


def test_long_lines_are_kept_whole_in_a_pipe(monkeypatch):
    report = machine("gpu")
    report["window"]["results"]["driver"]["version"] = "4.6 " + "very " * 60 + "long"
    done, _ = run(monkeypatch, report)
    assert "very " * 60 + "long\n" in done.stdout

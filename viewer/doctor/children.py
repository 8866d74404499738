"""Running checks in a child process, and what becomes of one that crashes or hangs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import viewer
from rawio.errors import one_line

PATIENCE = 60.0
"""Seconds for the checks of a place, besides those of timing."""

DOING = {
    "driver": "asking the driver",
    "renderer": "drawing a first picture",
    "decode": "drawing every 16-bit value",
    "agreement": "comparing pictures",
    "speed": "timing frames",
    "report": "asking CuPy",
}
"""Checks in words."""

LONGEST = 200
"""Characters of what a library said."""


@dataclass
class Outcome:
    """What came of the checks of a place.

    Attributes
    ----------
    results : dict
        What the checks found, by their names.
    failures : dict of str
        Why a check could not be made, a sentence each.
    trouble : str or None
        How the process ended, where that was not as it should: a sentence.
    """

    results: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None


def check_place(place: str, seconds: float = 0.0) -> Outcome:
    """Run the checks of a place in a child process.

    Parameters
    ----------
    place : str
        One of `viewer.doctor.checks.CHECKS`.
    seconds : float
        Of timing, for each number of channels.
    """
    # -P: a folder that happens to hold a numpy.py or viewer/ must not be imported from.
    command = [sys.executable, "-P", "-m", "viewer.doctor", place, "--seconds", str(seconds)]
    return run_child(command, PATIENCE + 8 * seconds)


def run_child(command: Sequence[str], timeout: float) -> Outcome:
    """Run a command that tells of its checks as `viewer.doctor.checks` says.

    Parameters
    ----------
    command : sequence of str
    timeout : float
        Seconds after which it is taken to hang, and ended.

    Returns
    -------
    Outcome
        Also of what was told before a crash.
    """
    # Nothing is said to the child: its input ends when this process does, however, and so does it.
    theirs, ours = os.pipe()
    try:
        return _outcome(_started(command, theirs), timeout)
    finally:
        os.close(ours)


def _started(command: Sequence[str], stdin: int) -> "subprocess.Popen[str]":
    """Start a command and close the input it was given, which is its own now."""
    home = str(Path(viewer.__file__).parents[1])
    paths = filter(None, [home, os.environ.get("PYTHONPATH")])
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
    finally:
        os.close(stdin)


def _outcome(child: "subprocess.Popen[str]", timeout: float) -> Outcome:
    hung, out, err = False, "", ""
    try:
        out, err = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        hung = True
        child.kill()
        # One that sits in the kernel cannot be ended; it is left behind.
        with suppress(subprocess.TimeoutExpired):
            out, err = child.communicate(timeout=5)
    except BaseException:
        child.kill()
        raise
    outcome, doing = _read(out)
    if hung:
        outcome.trouble = f"hung while {doing}: it was ended after {timeout:.0f} s."
    elif child.returncode:
        said = _said(err, crashed=child.returncode < 0)
        outcome.trouble = f"{_end(child.returncode)} while {doing}{said}."
    return outcome


def _read(out: str) -> tuple[Outcome, str]:
    """Return what the lines tell, and what was being done at the last of them, in words."""
    outcome, doing = Outcome(), "starting"
    for line in out.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if not isinstance(told, dict):
            continue
        if "begin" in told:
            doing = DOING.get(told["begin"], str(told["begin"]))
        elif "done" in told:
            outcome.results[told["done"]] = told.get("result")
            doing = "ending"
        elif "failed" in told:
            outcome.failures[told["failed"]] = str(told.get("why"))
            doing = "ending"
    return outcome, doing


def _said(err: str, *, crashed: bool) -> str:
    """Return the line of standard error that most likely says why, as the end of a sentence."""
    lines = [one_line(line.strip()) for line in err.splitlines() if line.strip()]
    if not lines:
        return ""
    # What a library says before it aborts comes first; a traceback says it last.
    return f": {(lines[0] if crashed else lines[-1])[:LONGEST].removesuffix('.')}"


def _end(code: int) -> str:
    if code > 0:
        return f"ended with exit code {code}"
    try:
        return f"crashed ({signal.Signals(-code).name})"
    except ValueError:
        return f"crashed (signal {-code})"

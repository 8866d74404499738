"""Measuring in a process of its own: two Qt bindings never meet, and memory is one's own."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 1800


class ChildError(RuntimeError):
    """A process that measures ended without figures; says its last words."""


def environment(cache: Path) -> dict[str, str]:
    """Return the environment of all that is measured: one platform of Qt, and folders of its own.

    Modules are compiled once, as those of an installed package are.
    """
    given = dict(os.environ)
    if given.pop("PYTHONDONTWRITEBYTECODE", None):
        given.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "build" / "bytecode"))
    kept = {f"RAWSCOPE_{name}_DIR": str(cache) for name in ("CACHE", "STATE", "CONFIG")}
    platform = "xcb" if os.environ.get("DISPLAY") else "offscreen"
    return {**given, **kept, "QT_QPA_PLATFORM": platform}


def run_python(arguments: Sequence[str], cache: Path) -> str:
    """Run Python and return what it printed.

    Raises
    ------
    ChildError
        When it fails or takes too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(cache),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise ChildError(f"took longer than {LONGEST_SECONDS} s") from None
    if done.returncode:
        said = [line.strip("│ ") for line in done.stderr.splitlines() if re.search(r"\w", line)]
        raise ChildError(said[-1] if said else f"exit code {done.returncode}")
    return done.stdout


def run_measure(module: str, spec: Mapping[str, Any], cache: Path) -> dict[str, Any]:
    """Run a module that takes a specification in JSON and prints its figures in JSON.

    The specification gets ``started``: seconds since the epoch at which the process started.
    """
    given = json.dumps({**spec, "started": time.time()})
    return last_json(run_python(["-m", f"tests.benchmarks.{module}", given], cache))


def last_json(printed: str) -> dict[str, Any]:
    """Return the JSON of the last line that was printed."""
    try:
        return dict(json.loads(printed.strip().splitlines()[-1]))
    except (IndexError, ValueError):
        raise ChildError("printed no figures") from None


def memory() -> dict[str, int]:
    """Return this process's memory in bytes, of which systems other than Linux say nothing.

    Returns
    -------
    dict of str to int
        ``most`` resident at any time, ``now``, and ``own``, the part of it that is no file's.
    """
    path = Path("/proc/self/status")
    if not path.exists():
        return {}
    names = {"VmHWM": "most", "VmRSS": "now", "RssAnon": "own"}
    lines = (line.split(":", 1) for line in path.read_text().splitlines())
    return {names[key]: 1024 * int(value.split()[0]) for key, value in lines if key in names}

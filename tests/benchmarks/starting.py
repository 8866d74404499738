"""From the start of the process to the first picture of a recording that was never seen."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import ROOT, last_json, run_python
from tests.benchmarks.reference_file import drop_pages

SAMPLE = ROOT / "sample_data" / "sample.plx"
"""The recording that ``make demo`` opens."""


def starts(path: Path, options: Sequence[str], folder: Path, repeat: int) -> dict[str, float]:
    """Return median seconds from process start to what there is on screen.

    Each start has an empty cache folder and a file that has to come from the disk; one start
    before is not counted.

    Parameters
    ----------
    path : pathlib.Path
    options : sequence of str
        What the command line needs besides.
    folder : pathlib.Path
        For caches, a new one each time.
    repeat : int

    Returns
    -------
    dict of str to float
        See `tests.benchmarks.first_paint`.
    """
    times = [_start(path, options, folder) for _ in range(repeat + 1)][1:]
    return {name: statistics.median(each[name] for each in times) for name in times[0]}


def _start(path: Path, options: Sequence[str], folder: Path) -> dict[str, Any]:
    drop_pages(path)
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        started = time.time()
        arguments = ["-m", "tests.benchmarks.first_paint", str(path), *options]
        printed = run_python(arguments, Path(cache))
    return {name: at - started for name, at in last_json(printed).items()}

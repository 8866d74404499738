"""From the start of the process to the first picture of a recording that was never seen."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import last_json, run_python
from tests.benchmarks.reference_file import Reference, drop_pages


def starts(reference: Reference, folder: Path, repeat: int) -> dict[str, float]:
    """Return median seconds from process start to the first paint and the first exact one.

    Each start has an empty cache folder and a file that has to come from the disk; one start
    before is not counted.
    """
    times = [_start(reference, folder) for _ in range(repeat + 1)][1:]
    return {name: statistics.median(each[name] for each in times) for name in ("first", "exact")}


def _start(reference: Reference, folder: Path) -> dict[str, Any]:
    drop_pages(reference.path)
    arguments = [str(reference.path), *reference.options]
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        started = time.time()
        printed = run_python(["-m", "tests.benchmarks.first_paint", *arguments], Path(cache))
    return {name: at - started for name, at in last_json(printed).items()}

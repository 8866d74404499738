"""How fast a recording is indexed, beside a `cat` that does nothing with it."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks.processes import ChildError, run_python
from tests.benchmarks.reference_file import Reference, drop_pages


def index(reference: Reference, cache: Path) -> str | None:
    """Index a recording into a cache folder; return why that failed, or None."""
    arguments = ["-m", "viewer", "index", str(reference.path), "--where", "cache"]
    try:
        run_python([*arguments, *reference.options], cache)
    except ChildError as error:
        return f"rawscope index: {error}"
    return None


def rates(reference: Reference, folder: Path, repeat: int, cold: bool) -> dict[str, float]:
    """Return median seconds of indexing, of `cat`, and of a start of rawscope that opens the file.

    Turn by turn, so that a slow moment hits all alike. Indexing is a process as users start it.

    Parameters
    ----------
    reference : Reference
    folder : pathlib.Path
        For caches, a new one each time.
    repeat : int
    cold : bool
        Whether the file has to come from the disk each time.

    Raises
    ------
    ChildError
        When indexing fails.
    """
    times: dict[str, list[float]] = {"index": [], "cat": [], "start": []}
    runs = {
        "index": partial(_index, reference, folder),
        "cat": partial(_cat, reference),
        "start": partial(_info, reference, folder),
    }
    if not cold:
        _cat(reference)
    for _ in range(repeat):
        for name, run in runs.items():
            if cold:
                drop_pages(reference.path)
            times[name].append(_seconds(run))
    return {name: statistics.median(each) for name, each in times.items()}


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _index(reference: Reference, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        why_not = index(reference, Path(cache))
    if why_not:
        raise ChildError(why_not)


def _cat(reference: Reference) -> None:
    subprocess.run(["cat", str(reference.path)], stdout=subprocess.DEVNULL, check=True)


def _info(reference: Reference, folder: Path) -> None:
    run_python(["-m", "viewer", "info", str(reference.path), *reference.options], folder)

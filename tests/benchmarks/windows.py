"""Views of a long recording in rawscope and in ephyviewer, first pictures, memory, indexing.

``python -m tests.benchmarks.windows`` prints the tables; ``--write`` puts them into the docs.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import indexing, page, peer_ephyviewer, window_tables
from tests.benchmarks.processes import ChildError, run_measure
from tests.benchmarks.reference_file import RATE, Reference, write_reference, write_sparse
from tests.benchmarks.starting import SAMPLE, starts

PROGRAM = "python -m tests.benchmarks.windows"
DURATIONS = (0.1, 1.0, 10.0, 60.0)
FEW_LANES = 64
TEN_SECONDS = 10.0
SPAN = 480.0
"""Raw units to a lane: what the reference's noise is given, for the noise of the made-up index."""


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes
    ----------
    channels, seconds : int
        Of the recording.
    repeat, peer_repeat, start_repeat, index_repeat : int
        Medians are of so many.
    hours : float
        Length of the sparse recording.
    whole : bool
        Whether that one is shown as a whole, with an index made up for it.
    size : tuple of int
        Width and height of the view.
    """

    channels: int = 384
    seconds: int = 120
    repeat: int = 7
    peer_repeat: int = 3
    start_repeat: int = 5
    index_repeat: int = 5
    hours: float = 10.0
    whole: bool = False
    size: tuple[int, int] = (1600, 900)

    @property
    def durations(self) -> list[float]:
        """Seconds of the windows; the longest is a second less than the recording."""
        longest = float(self.seconds - 1)
        return [*(each for each in DURATIONS if each < longest), longest]

    @property
    def lanes(self) -> list[int]:
        """Channels shown at a time."""
        return sorted({self.channels, min(self.channels, FEW_LANES)}, reverse=True)


@dataclass
class Figures:
    """What came out; what could not be measured is absent, and `notes` says why.

    Attributes
    ----------
    nbytes, sparse_nbytes : int
        Of the two recordings.
    rawscope, ephyviewer, whole : dict or None
        From `rawscope_windows.measure` and `peer_ephyviewer.measure`.
    few : dict or None
        From the former, of a recording that has few channels.
    starts : dict
        For each recording's name, from `starting.starts`.
    index : dict
        ``warm`` and ``cold``, from `indexing.rates`.
    notes : list of str
    """

    nbytes: int = 0
    sparse_nbytes: int = 0
    rawscope: dict[str, Any] | None = None
    ephyviewer: dict[str, Any] | None = None
    whole: dict[str, Any] | None = None
    few: dict[str, Any] | None = None
    starts: dict[str, dict[str, float]] = field(default_factory=dict)
    index: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def measure(plan: Plan, folder: Path) -> Figures:
    """Write the recordings into `folder` and measure."""
    reference = write_reference(folder, plan.channels, plan.seconds)
    sparse = write_sparse(folder, plan.channels, plan.hours)
    figures = Figures(nbytes=reference.nbytes, sparse_nbytes=sparse.nbytes)
    _index(plan, figures, reference, folder)
    for name, path, options in (
        ("sample", SAMPLE, []),
        ("reference", reference.path, reference.options),
        ("sparse", sparse.path, sparse.options),
    ):
        try:
            figures.starts[name] = starts(path, options, folder, plan.start_repeat)
        except ChildError as error:
            figures.notes.append(f"No first picture of the {name} recording: {error}.")
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        _windows(plan, figures, reference, Path(cache))
        if plan.channels > FEW_LANES:
            _few(plan, figures, folder, Path(cache))
        if plan.whole:
            _whole(plan, figures, sparse, Path(cache))
    sparse.path.unlink()
    return figures


def _index(plan: Plan, figures: Figures, reference: Reference, folder: Path) -> None:
    for name in ("warm", "cold"):
        try:
            rates = indexing.rates(reference, folder, plan.index_repeat, name == "cold")
        except ChildError as error:
            figures.notes.append(f"Nothing on indexing: {error}.")
            return
        figures.index[name] = rates


def _windows(plan: Plan, figures: Figures, reference: Reference, cache: Path) -> None:
    why_not = indexing.index(reference, cache)
    if why_not:
        figures.notes.append(f"The widget made the index of the views itself: {why_not}.")
    spec = _spec(plan, reference, plan.durations, plan.lanes)
    figures.rawscope = run_measure("rawscope_windows", spec, cache)
    if peer_ephyviewer.version() is None:
        figures.notes.append("ephyviewer with PySide6 is not installed: nothing beside it.")
        return
    try:
        peer = {**spec, "repeat": plan.peer_repeat, "source": "memmap"}
        figures.ephyviewer = run_measure("peer_ephyviewer", peer, cache)
    except ChildError as error:
        figures.notes.append(f"ephyviewer did not run: {error}.")


def _few(plan: Plan, figures: Figures, folder: Path, cache: Path) -> None:
    recording = write_reference(folder, FEW_LANES, plan.seconds)
    indexing.index(recording, cache)
    spec = {**_spec(plan, recording, plan.durations, [FEW_LANES]), "channels": FEW_LANES}
    figures.few = run_measure("rawscope_windows", spec, cache)


def _whole(plan: Plan, figures: Figures, sparse: Reference, cache: Path) -> None:
    spec = _spec(plan, sparse, [sparse.seconds], [plan.channels])
    run_measure("pretend_index", spec, cache)
    figures.whole = run_measure("rawscope_windows", {**spec, "span": SPAN}, cache)


def _spec(
    plan: Plan, recording: Reference, durations: Sequence[float], lanes: Sequence[int]
) -> dict[str, Any]:
    return {
        "path": str(recording.path.resolve()),
        "channels": plan.channels,
        "rate": RATE,
        "size": plan.size,
        "durations": durations,
        "lanes": lanes,
        "repeat": plan.repeat,
    }


def run(plan: Plan, folder: Path | None = None) -> str:
    """Measure in `folder`, or in one of its own that goes again, and return the tables."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return window_tables.text(plan, measure(plan, folder))
    with tempfile.TemporaryDirectory() as own:
        return window_tables.text(plan, measure(plan, Path(own)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--folder", type=Path, help="keeps the recording for the next time")
    parser.add_argument("--seconds", type=int, default=Plan.seconds, help="of the recording")
    parser.add_argument("--channels", type=int, default=Plan.channels)
    parser.add_argument("--hours", type=float, default=Plan.hours, help="of the sparse recording")
    parser.add_argument(
        "--whole", action="store_true", help="show the sparse recording as a whole, too (20 GB)"
    )
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    given = parser.parse_args(arguments)
    if given.seconds < 2:
        parser.error("a recording of at least 2 seconds is needed")
    plan = Plan(
        channels=given.channels, seconds=given.seconds, hours=given.hours, whole=given.whole
    )
    text = page.measured([run(plan, given.folder)])
    if given.write:
        page.put(PROGRAM, text)
    print(text)


if __name__ == "__main__":
    main()

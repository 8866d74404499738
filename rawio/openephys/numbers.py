"""Sample numbers: where the rows of a stream lie on its clock, and where samples were lost.

Every stream counts its samples from the start of acquisition. A file has the number of each row
(``sample_numbers.npy``, before GUI 0.6 ``timestamps.npy``): eight bytes a row, so it is not read
as a whole but searched for the places where the count is not even.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.counting import find_runs
from rawio.errors import RawIOError, Warn
from rawio.openephys.npy import NpyFile, open_npy

LEAF = 1 << 14
"""Numbers that are read at once, rather than searched."""

MAX_BREAKS = 100_000
MAX_SETBACKS = 16
DENSE = 1500
"""Counts broken more often than once in so many rows are of something else than samples."""

FARTHEST = 1 << 53
"""Numbers beyond are no counts of samples; up to it float64 is exact."""


@dataclass(frozen=True)
class Stretches:
    """Runs of rows whose sample numbers rise by one, in the order of the file.

    Attributes
    ----------
    row, size, tick : ndarray of int64
        First row in continuous.dat, number of rows, and sample number of the first.
    """

    row: np.ndarray
    size: np.ndarray
    tick: np.ndarray

    def t_start(self, rate: float) -> np.ndarray:
        """Return the time of each run's first row in seconds."""
        return self.tick / rate


def one_stretch(tick: int, size: int) -> Stretches:
    """Return a single run, or none where there are no rows."""
    n = 1 if size else 0
    row, length, first = (np.array([v], np.int64)[:n] for v in (0, size, tick))
    return Stretches(row, length, first)


def find_stretches(folder: Path, n_rows: int, rate: float, old: bool, note: Warn) -> Stretches:
    """Return the runs of a stream.

    Parameters
    ----------
    folder : pathlib.Path
        Of the stream.
    n_rows : int
        Whole rows in its continuous.dat.
    rate : float
        Hertz.
    old : bool
        Whether a GUI before 0.6 wrote it: those put a row where its number says and left rows of
        zeros where samples were lost; later ones put row after row.
    note : callable
        Takes a sentence about whatever is not as it should be.
    """
    numbers = open_numbers(folder, note)
    if not n_rows:
        if numbers is not None and numbers.count:
            note(f"continuous.dat has no rows, {numbers.path.name} is of {numbers.count}.")
        return one_stretch(0, 0)
    if numbers is None or not numbers.count:
        return one_stretch(_first_number(folder, rate, note), n_rows)
    runs = _counted(numbers)
    if runs is None:
        note(
            f"{numbers.path.name} does not count samples, so gaps cannot be told; the samples are "
            "read as one run."
        )
        first = int(numbers.read(0, 1)[0])
        return one_stretch(first if abs(first) <= FARTHEST else 0, n_rows)
    return _laid_out(runs, numbers, n_rows, old, note)


def open_numbers(folder: Path, note: Warn) -> NpyFile | None:
    """Return the file with the sample numbers of rows, events or spikes, None if there is none."""
    for name in ("sample_numbers", "timestamps", "spike_times"):
        path = folder / f"{name}.npy"
        if not path.is_file():
            continue
        try:
            file = open_npy(path, "iuf")
        except RawIOError as error:
            note(f"its sample numbers cannot be read ({error})")
            continue
        if file.dtype.kind == "f":
            continue  # seconds
        if file.shape and file.record_bytes != file.dtype.itemsize:
            note(f"{path.name} has several numbers a record and is not used.")
            continue
        _note_count(file, note)
        return NpyFile(file.file, file.offset, file.dtype, (), file.count, file.stated)
    return None


def open_seconds(folder: Path) -> NpyFile | None:
    """Return the file with synchronised times in seconds, None if there is none of use."""
    for name in ("synchronized_timestamps", "timestamps"):
        try:
            file = open_npy(folder / f"{name}.npy", "f")
        except RawIOError:  # not there, or of sample numbers
            continue
        if file.count and not file.shape:
            return file
    return None


def _counted(numbers: NpyFile) -> Stretches | None:
    """Return the runs of all numbers, None if they cannot be counts of samples."""

    def read(start: int, stop: int) -> np.ndarray:
        some = numbers.read(start, stop)
        if some.dtype == np.uint64:
            some = np.minimum(some, np.uint64(FARTHEST + 1))
        return some.astype(np.int64, copy=False)

    runs = find_runs(read, numbers.count, leaf=LEAF, most=MAX_BREAKS)
    if runs is None or not _plausible(runs[1], numbers.count):
        return None
    first, tick = runs
    return Stretches(first, np.diff(np.append(first, numbers.count)), tick)


def _plausible(ticks: np.ndarray, count: int) -> bool:
    """Return whether runs that start with these numbers can be of samples that were lost."""
    if len(ticks) > 100 and len(ticks) * DENSE > count:
        return False
    if (ticks > FARTHEST).any() or (ticks < -FARTHEST).any():
        return False
    return int(np.count_nonzero(np.diff(ticks) < 0)) <= MAX_SETBACKS


def _note_count(file: NpyFile, note: Warn) -> None:
    if file.count != file.stated:
        note(
            f"the header of {file.path.name} says {file.stated} records, the file holds "
            f"{file.count}, which are read; the program was stopped or the file was cut."
        )


def _laid_out(runs: Stretches, numbers: NpyFile, n_rows: int, old: bool, note: Warn) -> Stretches:
    """Return the runs with their rows in continuous.dat, of which there are `n_rows`."""
    span = int(runs.tick[-1] - runs.tick[0] + runs.size[-1])
    forward = bool((runs.tick[1:] >= runs.tick[:-1] + runs.size[:-1]).all())
    filled = forward and span != numbers.count != n_rows and (old or n_rows == span)
    if filled:
        note(
            f"{span - numbers.count} rows of zeros in continuous.dat stand for samples that were "
            "lost; they are left out."
        )
    elif old and forward and span != numbers.count == n_rows:
        note(
            "its sample numbers have gaps for which continuous.dat, against the custom of GUIs "
            "before 0.6, has no rows; its rows are taken to follow one another."
        )
    expected = span if filled else numbers.count
    if n_rows != expected:
        note(
            f"continuous.dat has {n_rows} rows, {numbers.path.name} is of {expected}; "
            + (
                "the rows past its end are taken to follow the last one."
                if n_rows > expected
                else "numbers without a row are not used."
            )
        )
    if not forward:
        note("its sample numbers go back: the clock was set back; each part is its own segment.")
    return _fitted(runs, runs.tick - runs.tick[0] if filled else runs.row, n_rows)


def _fitted(runs: Stretches, row: np.ndarray, n_rows: int) -> Stretches:
    """Return the runs cut to the rows there are, the last one made longer if there are more."""
    size = np.clip(n_rows - row, 0, runs.size)
    size[-1] = max(n_rows - int(row[-1]), 0)
    there = size > 0
    return Stretches(row[there], size[there], runs.tick[there])


def _first_number(folder: Path, rate: float, note: Warn) -> int:
    """Return the sample number of the first row from what else is said about it."""
    why = "it has no sample numbers, so gaps cannot be told; its start is taken from"
    first = _from_sync_messages(folder)
    if first is not None:
        note(f"{why} sync_messages.txt.")
        return first
    seconds = open_seconds(folder)
    if seconds is not None:
        start = float(seconds.read(0, 1)[0])
        if np.isfinite(start) and start >= 0 and start * rate < FARTHEST:
            note(f"{why} {seconds.path.name}.")
            return round(start * rate)
    note("it has no sample numbers, so gaps cannot be told and it is taken to start at 0 s.")
    return 0


def _from_sync_messages(folder: Path) -> int | None:
    """Return the first sample number of a stream from sync_messages.txt of its recording."""
    path = folder.parent.parent / "sync_messages.txt"
    try:
        with path.open("rb") as file:
            text = file.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return None
    new = r"Start Time for (.+) \((\d+)\) - (.+) @ .+ Hz: (-?\d{1,15})\s*$"
    old = r"Processor: (.+) Id: (\d+) subProcessor: (\d+) start time: (-?\d{1,15})@"
    for line in text.splitlines():
        found = re.match(new, line) or re.match(old, line)
        if found and re.search(f"[-_]{found[2]}[.]{re.escape(found[3])}$", folder.name):
            return int(found[4])
    return None

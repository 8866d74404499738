"""When the blocks of a key were recorded: time order, restarts of the clock, unbroken runs.

A block of a continuous channel holds n samples from its timestamp on, so the next is expected
``n * clock / rate`` ticks later. A block that comes later than that, beyond a tolerance, ends a
*run*. Blocks are sorted by time, as they need not be in time order in the file. Where sorted
blocks of a channel overlap, one clock reading stands for two moments: the clock was set back, or
files were joined. Then file order decides: wherever a channel jumps back, the file is split into
*parts*, each with a clock of its own. Within a part no block then starts before the last one ends.
A file that would fall into more than `MAX_RESTARTS` parts has timestamps that are no times; the
blocks of its channels are then taken one after the other as they are in the file.
"""

import tempfile
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from rawio.plexon import layout

RUN = np.dtype(
    [
        ("key", "<i8"),
        ("part", "<i8"),
        ("tick", "<i8"),  # of the first sample
        ("first", "<i8"),  # samples of the key before it
        ("samples", "<i8"),
        ("last_tick", "<i8"),  # of the last block
        ("last_first", "<i8"),  # samples of the key before that block
    ]
)

MAX_RESTARTS = 1000

COLUMN_BYTES = 64 << 20
"""A column of an index larger than this is built in a temporary file."""

_SLACK = 1e-6  # samples; well above the rounding error of a float64 time difference


class _Rhythm(NamedTuple):
    samples_per_tick: float
    tolerance: float


@dataclass(frozen=True)
class Timed:
    """Result of `sort_in_time`; arrays are those of `index.Index`, restarts byte positions."""

    part_rows: np.ndarray
    first: np.ndarray
    runs: np.ndarray
    restarts: np.ndarray
    backward: int
    """Jumps back in time, if there are so many that timestamps of signals mean nothing."""


def tolerance(rate: int, clock: int) -> float:
    """Return how many samples off its expected time a block may be and still continue a run.

    Half a sample, and one tick more where a sample is no whole number of ticks, as the tick of
    a block is then rounded.
    """
    return (0.5 if clock % rate == 0 else 0.5 + rate / clock) + _SLACK


def sort_in_time(
    keys: np.ndarray, columns: dict[str, np.ndarray], rates: np.ndarray, clock: int
) -> Timed:
    """Sort the rows of every key by part and time, in place, and find the runs.

    Parameters
    ----------
    keys : ndarray of index.KEY
        Those of continuous channels first.
    columns : dict of ndarray
        ``position``, ``tick``, ``shape``, ``unit``; rows in file order within each key.
    rates : ndarray of int, shape (K,)
        Samples a second; 0 for keys that hold no signal.
    clock : int
        Ticks a second.

    Returns
    -------
    Timed
    """
    slices = [slice(int(k["start"]), int(k["start"] + k["count"])) for k in keys]
    signals = {
        int(k): _Rhythm(rates[k] / clock, tolerance(int(rates[k]), clock))
        for k in np.flatnonzero(rates > 0)
    }
    restarts, backward = np.empty(0, dtype=np.int64), 0
    if any(_overlaps(columns, slices[k], rhythm) for k, rhythm in signals.items()):
        jumps = [_backward_jumps(columns, slices[k], rhythm) for k, rhythm in signals.items()]
        restarts = stab(np.concatenate(jumps))
        if len(restarts) > MAX_RESTARTS:
            restarts, backward = restarts[:0], sum(map(len, jumps))
    part_rows = np.array(
        [_part_rows(columns["position"], rows, restarts) for rows in slices], dtype=np.int64
    ).reshape(len(keys), len(restarts) + 2)
    for k, bounds in enumerate(part_rows.tolist()):
        if backward and k in signals:
            continue
        for start, stop in pairwise(bounds):
            _sort_rows(columns, slice(start, stop))
    first = _samples_before(keys, columns["shape"], slices)
    if backward:
        found = [_one_run(columns, first, slices[k], k) for k in signals]
    else:
        found = [
            _find_runs(columns, first, part_rows[k], k, rhythm) for k, rhythm in signals.items()
        ]
    all_runs = np.concatenate(found) if found else np.empty(0, dtype=RUN)
    return Timed(part_rows, first, all_runs, restarts, backward)


def stab(intervals: np.ndarray) -> np.ndarray:
    """Return the fewest numbers such that each interval holds at least one of them.

    Parameters
    ----------
    intervals : ndarray of int64, shape (n, 2)
        Each from, but without, its first number up to its second.

    Returns
    -------
    ndarray of int64
        Ascending; each is the end of an interval.
    """
    chosen: list[int] = []
    for start, stop in intervals[np.argsort(intervals[:, 1], kind="stable")].tolist():
        if not chosen or start >= chosen[-1]:
            chosen.append(stop)
    return np.array(chosen, dtype=np.int64)


def empty_column(count: int, dtype: np.dtype) -> np.ndarray:
    """Return an uninitialised column: in memory, or if large in a file without a name.

    The system writes pages of such a file out when memory is wanted elsewhere.
    """
    if count * dtype.itemsize > COLUMN_BYTES:
        try:
            with tempfile.TemporaryFile() as file:
                column = np.memmap(file, dtype=dtype, mode="w+", shape=(count,))
                return column.view(np.ndarray)  # holds the map, which outlives the file object
        except OSError:
            pass  # no room for temporary files: memory must do
    return np.empty(count, dtype=dtype)


def words_of(shape: np.ndarray) -> np.ndarray:
    """Return the samples of blocks, int64, from their NumberOfWaveforms and of words."""
    return shape[:, 0].astype(np.int64) * shape[:, 1]


def _samples_before(keys: np.ndarray, shape: np.ndarray, slices: list[slice]) -> np.ndarray:
    continuous = np.flatnonzero(keys["type"] == layout.CONTINUOUS)
    first = empty_column(int(keys["count"][continuous].sum()), np.dtype(np.int64))
    for k in continuous:
        n_words = words_of(shape[slices[k]])
        first[slices[k]] = np.cumsum(n_words) - n_words
    return first


def _deviation(ticks: np.ndarray, shape: np.ndarray, rhythm: _Rhythm) -> np.ndarray:
    """Return how many samples later than expected each block but the first starts."""
    return np.diff(ticks) * rhythm.samples_per_tick - words_of(shape[:-1])


def _overlaps(columns: dict[str, np.ndarray], rows: slice, rhythm: _Rhythm) -> bool:
    ticks, shape = columns["tick"][rows], columns["shape"][rows]
    if (ticks[1:] < ticks[:-1]).any():
        order = np.argsort(ticks, kind="stable")
        ticks, shape = ticks[order], shape[order]
    late = _deviation(ticks, shape, rhythm)
    return bool((late < -rhythm.tolerance).any())


def _backward_jumps(columns: dict[str, np.ndarray], rows: slice, rhythm: _Rhythm) -> np.ndarray:
    """Return, in file order, the positions before and at each block that overlaps the last."""
    late = _deviation(columns["tick"][rows], columns["shape"][rows], rhythm)
    at = np.flatnonzero(late < -rhythm.tolerance)
    positions = columns["position"][rows]
    return np.stack([positions[at], positions[at + 1]], axis=1)


def _part_rows(positions: np.ndarray, rows: slice, restarts: np.ndarray) -> np.ndarray:
    inner = rows.start + np.searchsorted(positions[rows], restarts)
    return np.concatenate([[rows.start], inner, [rows.stop]])


def _sort_rows(columns: dict[str, np.ndarray], rows: slice) -> None:
    ticks = columns["tick"][rows]
    if (ticks[1:] >= ticks[:-1]).all():
        return
    order = np.argsort(ticks, kind="stable")
    for column in columns.values():
        column[rows] = column[rows][order]


def _find_runs(
    columns: dict[str, np.ndarray],
    first: np.ndarray,
    bounds: np.ndarray,
    key: int,
    rhythm: _Rhythm,
) -> np.ndarray:
    """Return the runs of one key, part by part and in time order."""
    found = []
    for part, (start, stop) in enumerate(pairwise(bounds.tolist())):
        if start == stop:
            continue
        ticks, shape = columns["tick"][start:stop], columns["shape"][start:stop]
        late = _deviation(ticks, shape, rhythm)
        begins = np.concatenate([[0], np.flatnonzero(late > rhythm.tolerance) + 1])
        lasts = np.append(begins[1:], stop - start) - 1
        samples = first[start:stop]
        runs = np.zeros(len(begins), dtype=RUN)
        runs["key"], runs["part"] = key, part
        runs["tick"], runs["first"] = ticks[begins], samples[begins]
        runs["last_tick"], runs["last_first"] = ticks[lasts], samples[lasts]
        runs["samples"] = runs["last_first"] + words_of(shape[lasts]) - runs["first"]
        found.append(runs)
    return np.concatenate(found) if found else np.empty(0, dtype=RUN)


def _one_run(
    columns: dict[str, np.ndarray], first: np.ndarray, rows: slice, key: int
) -> np.ndarray:
    """Return all blocks of a key as one run from the earliest timestamp on."""
    run = np.zeros(1, dtype=RUN)
    run["key"] = key
    run["tick"] = run["last_tick"] = columns["tick"][rows].min()
    run["samples"] = first[rows.stop - 1] + words_of(columns["shape"][rows][-1:])
    return run

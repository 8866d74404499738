"""Columns of numbers that rise evenly, and where they do not, found without reading all of them.

Sample counters and timestamps are as long as the recording. Between two places at which they are
as far apart as they should be nothing is missing, so they are looked at there, and looked for
closer only where they are not. What is lost at one place and gained back before the next look goes
unseen.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np

T = TypeVar("T")
ReadNumbers = Callable[[int, int], np.ndarray]
"""Gives numbers `start` to `stop` of a column, of an integer type, 1-D."""


def uneven_spans(
    ends: Sequence[tuple[int, T]],
    probe: Callable[[int], T],
    even: Callable[[tuple[int, T], tuple[int, T]], bool],
    leaf: int,
) -> Iterator[tuple[int, int]]:
    """Yield the spans of a column in which it cannot be even, rising.

    Parameters
    ----------
    ends : sequence of (int, object)
        Places to begin with, rising, and what the column holds there.
    probe : callable
        Gives what the column holds at a place.
    even : callable
        Takes two places with what they hold, and says whether nothing need be between them.
    leaf : int
        Spans of no more rows are not parted any further.

    Yields
    ------
    (int, int)
        First and last place of a span.
    """
    todo = list(pairwise(ends))
    todo.reverse()
    while todo:
        low, high = todo.pop()
        if even(low, high):
            continue
        if high[0] - low[0] <= leaf:
            yield low[0], high[0]
            continue
        place = (low[0] + high[0]) // 2
        middle = place, probe(place)
        todo += [(middle, high), (low, middle)]


def find_runs(
    read: ReadNumbers, size: int, *, leaf: int, most: int, apart: int | None = None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the runs of a column in which each number is that before it plus one.

    Numbers wrap around as their type does: behind the greatest comes the least.

    Parameters
    ----------
    read : callable
    size : int
        Length of the column, at least 1.
    leaf : int
        So many rows are read at once rather than searched.
    most : int
        More breaks than this are none: the numbers count something else.
    apart : int, optional
        Rows from one look to the next; only the ends are looked at first if it is not given.

    Returns
    -------
    (first, number) : tuple of ndarray of int64, shape (n_runs,), or None
        First row of each run, beginning with 0, and the number there. None if there are more than
        `most` breaks.
    """
    first, number = [np.zeros(1, np.int64)], [read(0, 1).astype(np.int64)]
    n_found = 0
    for low, high in _spans(read, size, leaf, apart or size):
        numbers = read(low, high + 1)
        at = 1 + np.flatnonzero(np.diff(numbers) != 1)
        first.append(low + at)
        number.append(numbers[at].astype(np.int64))
        n_found += len(at)
        if n_found > most:
            return None
    return np.concatenate(first), np.concatenate(number)


def _spans(read: ReadNumbers, size: int, leaf: int, apart: int) -> Iterator[tuple[int, int]]:
    """Return the spans that must be read."""
    if size - 1 <= leaf:
        return iter([(0, size - 1)])
    modulus = 1 << 8 * read(0, 1).dtype.itemsize

    def probe(place: int) -> int:
        return int(read(place, place + 1)[0])

    def even(low: tuple[int, int], high: tuple[int, int]) -> bool:
        return (high[1] - low[1] - (high[0] - low[0])) % modulus == 0

    places = np.unique(np.append(np.arange(0, size, apart, dtype=np.int64), size - 1)).tolist()
    return uneven_spans([(place, probe(place)) for place in places], probe, even, leaf)

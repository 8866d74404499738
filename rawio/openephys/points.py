"""Events and spikes of a recording, sorted into its segments."""

from dataclasses import dataclass

import numpy as np

from rawio._points import time_slice
from rawio.openephys.numbers import FARTHEST
from rawio.segmenting import Segments


@dataclass(frozen=True)
class Points:
    """Points in time of one channel or unit in one recording, by segment and then by time.

    Attributes
    ----------
    tick : ndarray of int64
        Sample numbers.
    order : ndarray of intp
        Places of the points in their file.
    bounds : ndarray of intp, shape (n_segments + 1,)
        Where each segment's points start and end.
    """

    tick: np.ndarray
    order: np.ndarray
    bounds: np.ndarray

    def count(self, segment: int) -> int:
        """Return the number of points in a segment."""
        return int(self.bounds[segment + 1] - self.bounds[segment])

    def between(
        self, segment: int, rate: float, t_start: float | None, t_stop: float | None
    ) -> slice:
        """Return the points of a segment within time limits in seconds, both inclusive."""
        first, last = int(self.bounds[segment]), int(self.bounds[segment + 1])
        some = time_slice(self.tick[first:last], rate, t_start, t_stop)
        return slice(first + some.start, first + some.stop)


def sorted_points(tick: np.ndarray, order: np.ndarray, rate: float, segments: Segments) -> Points:
    """Return points of sample numbers `tick`, at places `order` of a file."""
    segment = segment_of(tick, rate, segments)
    by_time = np.lexsort((tick, segment))
    n = max(1, len(segments))
    bounds = np.searchsorted(segment[by_time], np.arange(n + 1), "left")
    return Points(tick[by_time], order[by_time], bounds)


def segment_of(tick: np.ndarray, rate: float, segments: Segments) -> np.ndarray:
    """Return the segment of each point: that it lies in, otherwise the last one before it.

    Where the clock was set back, times are had twice; the nearest segment is taken then, and the
    later of two.
    """
    best = np.zeros(len(tick), dtype=np.intp)
    if len(segments) < 2:
        return best
    seconds = tick / rate
    nearest = np.full(len(tick), np.inf)
    for epoch in np.unique(segments.epoch):
        members = np.flatnonzero(segments.epoch == epoch)
        starts, stops = segments.t_start[members], segments.t_stop[members]
        # A quarter of a sample, so that no rounding parts a point from the sample it is at.
        at = np.searchsorted(starts, seconds + 0.25 / rate, "right") - 1
        at = np.maximum(at, 0)
        away = np.maximum(np.maximum(starts[at] - seconds, seconds - stops[at]), 0)
        closer = away <= nearest
        best[closer], nearest[closer] = members[at[closer]], away[closer]
    return best


def believable(tick: np.ndarray) -> np.ndarray:
    """Return which numbers can be counts of samples."""
    return (tick >= -FARTHEST) & (tick <= FARTHEST)

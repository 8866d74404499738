"""Which segment a spike or an event is in, and from when to when segments last.

What falls between two segments belongs to the nearer one. Where the clock was set back, one time
stands for several moments; points are then told apart by their order in the file, or by which
stretch of the recording their time fits.
"""

from dataclasses import dataclass

import numpy as np

from rawio.segmenting import Segments

RESTART_US = 1_000_000
"""Timestamps of points that go back further than this follow a clock that was set back."""

ALWAYS = 1 << 62
"""Microseconds that are before or after everything."""


@dataclass(frozen=True, eq=False)
class Windows:
    """The times whose points belong to each segment.

    Attributes
    ----------
    epoch : ndarray of int64, shape (n_segments,)
        How often the clock was set back before.
    low, high : ndarray of int64, shape (n_segments,)
        Microseconds; `high` itself belongs to the next segment.
    ranges : ndarray of int64, shape (n_epochs, 2)
        First and last microsecond of the signals of each epoch.
    """

    epoch: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ranges: np.ndarray

    @property
    def n_epochs(self) -> int:
        """One more than the clock was set back."""
        return len(self.ranges)

    def bounds(self, seg_index: int) -> tuple[int, int]:
        """Return `low` and `high` of a segment."""
        return int(self.low[seg_index]), int(self.high[seg_index])

    def epochs_of(self, ticks: np.ndarray) -> np.ndarray:
        """Return the epoch of each point, from times in the order of the file."""
        if self.n_epochs == 1:
            return np.zeros(len(ticks), np.int64)
        back = np.diff(ticks, prepend=ticks[:1]) < -RESTART_US
        if int(back.sum()) == self.n_epochs - 1:
            return np.cumsum(back)
        nearest = np.zeros(len(ticks), np.int64)
        least = np.full(len(ticks), ALWAYS)
        for epoch, (first, last) in enumerate(self.ranges.tolist()):
            away = np.maximum(np.maximum(first - ticks, ticks - last), 0)
            nearest = np.where(away < least, epoch, nearest)
            least = np.minimum(least, away)
        return nearest


def make_windows(segments: Segments, origin: int) -> Windows:
    """Return the windows of segments whose times count from `origin`, in microseconds."""
    if not len(segments):
        zero, always = np.zeros(1, np.int64), np.array([ALWAYS], np.int64)
        return Windows(zero, -always, always, np.zeros((1, 2), np.int64))
    start = origin + np.rint(segments.t_start * 1e6).astype(np.int64)
    stop = origin + np.rint(segments.t_stop * 1e6).astype(np.int64)
    low, high = np.full_like(start, -ALWAYS), np.full_like(start, ALWAYS)
    same = segments.epoch[1:] == segments.epoch[:-1]
    middle = stop[:-1] + (start[1:] - stop[:-1] + 1) // 2
    low[1:][same] = middle[same]
    high[:-1][same] = middle[same]
    epochs = np.unique(segments.epoch)
    ranges = [(start[segments.epoch == e].min(), stop[segments.epoch == e].max()) for e in epochs]
    place = np.searchsorted(epochs, segments.epoch)
    return Windows(place, low, high, np.array(ranges, np.int64))

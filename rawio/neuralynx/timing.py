"""When the samples of a channel were recorded: runs over all parts of the channel.

A *run* is a stretch without a gap. It may go on from one file to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rawio.neuralynx.layout import RECORD_SAMPLES
from rawio.neuralynx.periods import ROUNDING_US, Tolerance
from rawio.neuralynx.records import RecordIndex

LIKELY_DRIFT = 2e-4
"""Part by which a whole run may be slower or faster than from one record to the next."""

END_PART, END_SECONDS = 0.01, 2.0
"""Channels of one stream may end so much of their last run apart, and not longer, as they do when
the system crashed. A record apart is always near enough."""


@dataclass(frozen=True, eq=False)
class Timing:
    """Runs of a channel.

    Attributes
    ----------
    parts : tuple of RecordIndex
    part_first : ndarray of int64, shape (n_parts + 1,)
        Samples of the channel before each part, and in all.
    period : float
        Microseconds of a sample, from one record to the next.
    start, last : ndarray of int64, shape (n_runs,)
        Microseconds of the first sample and of the last record.
    first, size : ndarray of int64
        Samples of the channel before each run, and in it.
    span : ndarray of int64
        Samples of the run before its last record.
    """

    parts: tuple[RecordIndex, ...]
    part_first: np.ndarray
    period: float
    start: np.ndarray
    last: np.ndarray
    first: np.ndarray
    size: np.ndarray
    span: np.ndarray

    def drift(self, rate: float) -> float:
        """Return how many samples the last records come later than `rate` says, at most."""
        late = (self.last - self.start) * rate / 1e6 - self.span
        return float(late[np.argmax(np.abs(late))]) if len(late) else 0.0


def join(parts: Sequence[RecordIndex], tolerance: Tolerance) -> Timing:
    """Return the runs of a channel whose files follow each other."""
    period = parts[0].period
    totals = np.array([part.n_samples for part in parts], np.int64)
    part_first = np.concatenate([[0], np.cumsum(totals)])
    edges = [part.samples_before(part.begins) for part in parts]
    before_last = [part.samples_before(part.lasts) for part in parts]
    first = np.concatenate([f + e for f, e in zip(part_first, edges, strict=False)])
    last_first = np.concatenate([f + e for f, e in zip(part_first, before_last, strict=False)])
    start = np.concatenate([part.t_first for part in parts])
    last = np.concatenate([part.t_last for part in parts])
    # A run is the last of its part, and the next part goes on from it: they are one.
    goes_on = np.zeros(len(first), bool)
    ends = np.cumsum([len(part.begins) for part in parts])[:-1]
    expected = last[ends - 1] + (first[ends] - last_first[ends - 1]) * period
    goes_on[ends] = np.abs(start[ends] - expected) <= tolerance.us(period)
    begins = np.flatnonzero(~goes_on)
    lasts = np.append(begins[1:], len(first)) - 1
    size = np.diff(np.append(first[begins], part_first[-1]))
    some = size > 0
    begins, lasts, size = begins[some], lasts[some], size[some]
    return Timing(
        tuple(parts),
        part_first,
        period,
        start[begins],
        last[lasts],
        first[begins],
        size,
        last_first[lasts] - first[begins],
    )


def fits(timing: Timing, other: Timing) -> bool:
    """Return whether samples of both were taken at the same times, but for their ends."""
    if timing is other:
        return True
    if len(timing.start) != len(other.start):
        return False
    if not len(timing.start):
        return True
    if (np.abs(timing.start - other.start) > 0.5 * timing.period).any():
        return False
    if not np.array_equal(timing.size[:-1], other.size[:-1]):
        return False
    shortest, longest = sorted((int(timing.size[-1]), int(other.size[-1])))
    enough = min(END_PART * longest, END_SECONDS * 1e6 / timing.period)
    return longest - shortest <= max(enough, RECORD_SAMPLES)


def true_rate(timing: Timing, stated: float) -> float:
    """Return the sampling rate: the stated one, unless timestamps prove it wrong.

    Parameters
    ----------
    timing : Timing
    stated : float
        Samples a second by the header.

    Returns
    -------
    float
        `stated` where it puts every record within a sample of its timestamp; else the mean over
        the longest run.
    """
    if not len(timing.start) or abs(timing.drift(stated)) <= 1 + ROUNDING_US * stated / 1e6:
        return stated
    longest = int(np.argmax(timing.span))
    samples = int(timing.span[longest])
    length = int(timing.last[longest] - timing.start[longest])
    if samples <= 0 or length <= 0:
        return stated
    period = length / samples
    if abs(period - timing.period) > LIKELY_DRIFT * timing.period:
        return stated
    whole = round(period)
    if whole and abs(length - whole * samples) <= 2 * ROUNDING_US:
        period = whole
    return 1e6 / period

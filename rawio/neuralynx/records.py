"""Which records of a continuous file are full, and where its timestamps jump.

Small recordings are indexed by reading every record's head. Of large ones that would be most of
the data, as heads lie closer together than the pages of a disk: there, timestamps are read at
coarse steps, and only where the time between two is not that of the records between them is
looked further. What that cannot show, a record that is not full though the next comes as if it
were, is noticed when the samples are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rawio.counting import uneven_spans
from rawio.files import RawFile, aligned_empty
from rawio.neuralynx import layout
from rawio.neuralynx.periods import ROUNDING_US, Tolerance, measured_period, stated_as

SLAB_RECORDS = 8000
COARSE = 4096
FINE = 256
"""Records between timestamps at first, and up to which all heads are read."""

FEW = 4
"""Of so few coarse steps the usual one cannot be told; such files are small, too."""

CHECKED = 64
"""Records looked at to see whether a file has the timing of another."""

ENOUGH = 64
"""Steps from one record to the next by which a period can be told to be wrong."""

MOST_GAPS = 100_000
MOST_RESTARTS = 1000

FULL = layout.RECORD_SAMPLES

Head = tuple[int, tuple[int, int]]
"""A record, and its timestamp and number of valid samples."""


class RecordIndex:
    """Where the samples of one file are, and the runs between its gaps.

    Parameters
    ----------
    n_records : int
    period : float
        Microseconds of a sample.
    short, valid : ndarray of int64
        Records that are not full, ascending, and how many samples they hold.
    begins : ndarray of int64
        Records that start a run; the first is 0.
    t_first, t_last : ndarray of int64
        Microseconds of the first and last record of each run.

    Attributes
    ----------
    n_samples : int
    """

    def __init__(
        self,
        n_records: int,
        period: float,
        short: np.ndarray,
        valid: np.ndarray,
        begins: np.ndarray,
        t_first: np.ndarray,
        t_last: np.ndarray,
    ) -> None:
        self.n_records, self.period = n_records, period
        self.short, self.valid = short, valid
        self.begins, self.t_first, self.t_last = begins, t_first, t_last
        self._missing = np.concatenate([[0], np.cumsum(FULL - valid)]).astype(np.int64)
        # Behind a short record a new piece of full ones starts.
        self._piece_record = np.concatenate([[0], short + 1]).astype(np.int64)
        self._piece_sample = self.samples_before(self._piece_record)
        self.n_samples = int(self.samples_before(n_records))

    @property
    def lasts(self) -> np.ndarray:
        """Last record of each run."""
        return np.append(self.begins[1:], self.n_records) - 1

    def samples_before(self, records: npt.ArrayLike) -> np.ndarray:
        """Return how many samples the file holds before each record, int64."""
        at = np.searchsorted(self.short, records, "left")
        return FULL * np.asarray(records, np.int64) - self._missing[at]

    def record_of(self, sample: int) -> int:
        """Return the record that a sample is in."""
        piece = int(np.searchsorted(self._piece_sample, sample, "right")) - 1
        into = (sample - int(self._piece_sample[piece])) // FULL
        return int(self._piece_record[piece]) + into

    def counts(self, start: int, stop: int) -> np.ndarray | None:
        """Return how many samples each of the records holds; None if all are full."""
        low, high = np.searchsorted(self.short, [start, stop]).tolist()
        if low == high:
            return None
        counts = np.full(stop - start, FULL, np.int64)
        counts[self.short[low:high] - start] = self.valid[low:high]
        return counts

    def same_as(self, other: "RecordIndex") -> bool:
        """Return whether samples and times are the same in both files."""
        return (self.n_records, self.n_samples) == (other.n_records, other.n_samples) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("short", "valid", "begins", "t_first", "t_last")
        )


@dataclass
class Scan:
    """One file to be indexed, and what was odd in it.

    Parameters
    ----------
    file : RawFile
    n_records : int
        Whole records in it, at least one.
    stated : sequence of float
        From `periods.stated_periods`.
    tolerance : Tolerance

    Attributes
    ----------
    overfull, timeless : int
        Records that claim more samples than fit, and such whose timestamp is no time.
    meaningless : bool
        Whether timestamps go back and forth so often that they are not followed.
    """

    file: RawFile
    n_records: int
    stated: Sequence[float]
    tolerance: Tolerance
    overfull: int = 0
    timeless: int = 0
    meaningless: bool = False

    def complete(self) -> RecordIndex:
        """Index the file by the heads of all its records."""
        times, counts = self._heads(0, self.n_records)
        times = self._mended(times, counts)
        period = self._fine_period(times, counts)
        breaks = self._breaks(times, counts, period)
        return self._index(period, np.flatnonzero(counts != FULL), counts, breaks, times)

    def sparse(self) -> RecordIndex:
        """Index the file by as few heads as show all jumps of its timestamps."""
        if self.n_records < FEW * COARSE:
            return self.complete()
        at = np.unique(np.append(np.arange(0, self.n_records, COARSE), self.n_records - 1))
        times, counts = self.heads_at(at)
        slopes = np.diff(times) / (FULL * np.diff(at))
        typical = float(np.median(slopes))
        resolution = 4 * ROUNDING_US / (FULL * COARSE)
        if (times >= layout.LAST_TIME).any() or not stated_as(typical, resolution, self.stated):
            return self.complete()
        found = self._descend(at, times, counts, typical)
        if found is None:
            return self.complete()
        breaks, short, valid = found
        edges = np.unique(np.concatenate([[0], breaks, breaks + 1, [self.n_records - 1]]))
        times, counts = self.heads_at(edges)
        if counts[-1] != FULL:
            short = np.append(short, self.n_records - 1)
            valid = np.append(valid, counts[-1])
        begins = np.concatenate([[0], breaks + 1])
        lasts = np.append(breaks, self.n_records - 1)
        first, last = (times[np.searchsorted(edges, which)] for which in (begins, lasts))
        return RecordIndex(self.n_records, typical, short, valid, begins, first, last)

    def matches(self, index: RecordIndex) -> bool:
        """Return whether the file has the gaps and times of another, looking at a few records."""
        at = np.unique(np.concatenate([index.begins, index.lasts, index.short]))
        if len(at) > CHECKED:
            at = at[np.unique(np.linspace(0, len(at) - 1, CHECKED).astype(np.int64))]
        times, counts = self.heads_at(at)
        expected = np.full(len(at), FULL, np.int64)
        place = np.searchsorted(index.short, at)
        inside = place < len(index.short)
        inside[inside] = index.short[place[inside]] == at[inside]
        expected[inside] = index.valid[place[inside]]
        if not np.array_equal(counts, expected):
            return False
        for records, known in ((index.begins, index.t_first), (index.lasts, index.t_last)):
            place = np.searchsorted(records, at)
            inside = place < len(records)
            inside[inside] = records[place[inside]] == at[inside]
            if (np.abs(times[inside] - known[place[inside]]) > 2 * ROUNDING_US).any():
                return False
        return True

    # -- heads -----------------------------------------------------------------------------------

    def heads_at(self, records: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return timestamps and numbers of valid samples of single records."""
        heads = np.empty(len(records), layout.NCS_HEAD)
        for place, record in enumerate(records.tolist()):
            self.file.read_into(heads[place : place + 1], _offset(record))
        return self._checked(heads)

    def _heads(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return timestamps and numbers of valid samples of all records of a range."""
        times, counts = np.empty((2, stop - start), np.int64)
        buffer = aligned_empty(min(stop - start, SLAB_RECORDS), layout.NCS)
        for low in range(start, stop, SLAB_RECORDS):
            slab = buffer[: min(SLAB_RECORDS, stop - low)]
            self.file.read_into(slab, _offset(low))
            part = slice(low - start, low - start + len(slab))
            times[part], counts[part] = self._checked(slab)
        return times, counts

    def _checked(self, heads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        times = np.minimum(heads["timestamp"], layout.LAST_TIME).astype(np.int64)
        counts = heads["n_valid"].astype(np.int64)
        overfull = counts > FULL
        self.overfull += int(overfull.sum())
        counts[overfull] = FULL
        return times, counts

    # -- all heads -------------------------------------------------------------------------------

    def _mended(self, times: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return timestamps with such that are no times replaced by those expected there."""
        bad = times >= layout.LAST_TIME
        self.timeless = int(bad.sum())
        if not self.timeless:
            return times
        place = np.cumsum(counts) - counts
        if bad.all():
            return np.rint(place * self.stated[0]).astype(np.int64)
        good = np.flatnonzero(~bad)
        before = good[np.maximum(np.searchsorted(good, np.flatnonzero(bad)) - 1, 0)]
        times = times.copy()
        since = (place[bad] - place[before]) * self.stated[0]
        times[bad] = np.maximum(times[before] + np.rint(since).astype(np.int64), 0)
        return times

    def _fine_period(self, times: np.ndarray, counts: np.ndarray) -> float:
        steps, samples = np.diff(times), counts[:-1]
        use = samples == FULL if (samples == FULL).any() else samples > 0
        return measured_period(steps[use], samples[use], self.stated)

    def _breaks(self, times: np.ndarray, counts: np.ndarray, period: float) -> np.ndarray:
        """Return the records after which there is a gap, or the clock was set back."""
        late = np.diff(times) - counts[:-1] * period
        breaks = np.flatnonzero(np.abs(late) > self.tolerance.us(period))
        back = int((late < -1.5 * period - ROUNDING_US).sum())
        often = back > MOST_RESTARTS or (back > 16 and 2 * back > len(late))
        if often or len(breaks) > MOST_GAPS:
            self.meaningless = True
            return breaks[:0]
        return breaks

    def _index(
        self,
        period: float,
        short: np.ndarray,
        counts: np.ndarray,
        breaks: np.ndarray,
        times: np.ndarray,
    ) -> RecordIndex:
        begins = np.concatenate([[0], breaks + 1])
        lasts = np.append(breaks, self.n_records - 1)
        return RecordIndex(
            self.n_records,
            period,
            short,
            counts[short],
            begins,
            times[begins],
            times[lasts],
        )

    # -- few heads -------------------------------------------------------------------------------

    def _descend(
        self, at: np.ndarray, times: np.ndarray, counts: np.ndarray, period: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return breaks, short records and their sizes, as far as timestamps show them.

        Short is only a record before the last. None is returned if a timestamp is no time, there
        are too many gaps, or so many among the records looked at that the period must be wrong.
        """
        tolerance = min(Tolerance().us(period), self.tolerance.us(period))

        def probe(record: int) -> tuple[int, int]:
            time, count = (int(column[0]) for column in self.heads_at(np.array([record])))
            return time, count

        def even(low: Head, high: Head) -> bool:
            (a, (time, count)), (b, (after, _)) = low, high
            return count == FULL and abs(after - time - (b - a) * FULL * period) <= tolerance

        heads = zip(times.tolist(), counts.tolist(), strict=True)
        ends = list(zip(at.tolist(), heads, strict=True))
        breaks, short, valid = ([np.empty(0, np.int64)] for _ in range(3))
        n_breaks = n_steps = 0
        for first, last in uneven_spans(ends, probe, even, FINE):
            fine_t, fine_n = self._heads(first, last + 1)
            late = np.diff(fine_t) - fine_n[:-1] * period
            breaks.append(first + np.flatnonzero(np.abs(late) > self.tolerance.us(period)))
            here = np.flatnonzero(fine_n[:-1] != FULL)
            short.append(first + here)
            valid.append(fine_n[here])
            n_breaks, n_steps = n_breaks + len(breaks[-1]), n_steps + len(late)
            wrong = n_steps >= ENOUGH and 2 * n_breaks > n_steps
            if wrong or n_breaks > MOST_RESTARTS or (fine_t >= layout.LAST_TIME).any():
                return None
        return np.concatenate(breaks), np.concatenate(short), np.concatenate(valid)


def _offset(record: int) -> int:
    return layout.HEADER_BYTES + record * layout.NCS.itemsize

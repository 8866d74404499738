"""Measuring a span of one channel: mean, RMS, extremes; and the way from one point to another.

Sums of whole numbers are exact, however long the span. Those of floats are in float64, piece by
piece, and the pieces are put together by the updating formula of Chan, Golub and LeVeque (1983,
"Algorithms for Computing the Sample Variance", The American Statistician 37, pages 242-247).
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.engine.readout import Calibration
from viewer.engine.samples import frame_bytes
from viewer.model import SignalRun, Timeline

PIECE_BYTES = 16 << 20
"""Memory that a piece takes: its samples of all channels, and what is reckoned with one of them."""

WORK_BYTES = 40
"""Of a sample of the channel that is measured, while it is: it and what is made of it in float64 or
int64."""


class Difference(NamedTuple):
    """The way from one point to another.

    Attributes
    ----------
    seconds : float
        Negative where the second point is the earlier.
    hertz : float or None
        Of something that takes so long, ``1 / abs(seconds)``; None between points of one time.
    value : float
        In the units of the points' values.
    """

    seconds: float
    hertz: float | None
    value: float


def difference(first: tuple[float, float], second: tuple[float, float]) -> Difference:
    """Return the way from one point (seconds, value) to another."""
    seconds = second[0] - first[0]
    hertz = 1 / abs(seconds) if seconds else None
    return Difference(seconds, hertz, second[1] - first[1])


@dataclass(frozen=True)
class Figures:
    """What the samples of a span come to.

    Attributes
    ----------
    mean : float
    rms : float
        Root of the mean square: about zero.
    std : float
        Root of the mean square of the distances from the mean (divided by n, not by n - 1).
    low, high : int or float
        The least and greatest value.
    t_low, t_high : float
        Seconds on the axis of the first sample of that value.
    """

    mean: float
    rms: float
    std: float
    low: int | float
    high: int | float
    t_low: float
    t_high: float

    @property
    def peak_to_peak(self) -> int | float:
        """How far the greatest value is from the least."""
        return self.high - self.low

    def scaled(self, scale: Calibration) -> "Figures":
        """Return raw figures in physical units."""
        mean, std = scale.value(self.mean), abs(scale.gain) * self.std
        ends = (scale.value(self.low), self.t_low), (scale.value(self.high), self.t_high)
        # With a negative gain the least raw value is the greatest.
        (low, t_low), (high, t_high) = ends if scale.gain >= 0 else ends[::-1]
        rms = abs(scale.gain) * self.rms if scale.offset == 0 else math.hypot(mean, std)
        return Figures(mean, rms, std, low, high, t_low, t_high)


@dataclass(frozen=True)
class SpanStatistics:
    """The outcome of `measure`, or what is known of it so far.

    Attributes
    ----------
    stream, column : int
        Which channel: a column of the stream's chunks.
    t_start, t_stop : float
        Seconds on the axis: the span, half-open.
    units : str
        Of `physical`.
    count : int
        Samples that count.
    skipped : int
        Samples that are NaN, which do not.
    missing : float
        Seconds of the span in which nothing was recorded; gaps of less than half a sample do not
        count.
    share : float
        Of the span's samples, how many have been looked at: 1.0 when that is all.
    raw, physical : Figures or None
        In the numbers of the file, and in `units`; None as long as no sample counts.
    """

    stream: int
    column: int
    t_start: float
    t_stop: float
    units: str
    count: int
    skipped: int
    missing: float
    share: float
    raw: Figures | None
    physical: Figures | None


def measure(
    reader: BaseRawIO,
    timeline: Timeline,
    stream: int,
    column: int,
    span: tuple[float, float],
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda share: None,
) -> SpanStatistics:
    """Measure a span of one channel, over all runs of samples in it.

    Parameters
    ----------
    reader, timeline, stream, column, span, cancelled
        As of `measuring`.
    progress : callable
        Told after every piece which share of the span, of 1.0, is done.

    Raises
    ------
    CancelledError
        Between two pieces, once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    for part in measuring(reader, timeline, stream, column, span, cancelled):
        progress(part.share)
    return part


def measuring(
    reader: BaseRawIO,
    timeline: Timeline,
    stream: int,
    column: int,
    span: tuple[float, float],
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[SpanStatistics]:
    """Measure a span piece by piece, and tell after each what is known by then.

    Parameters
    ----------
    reader : BaseRawIO
        Of a layer, the values are the processed ones.
    timeline : Timeline
        Of the reader.
    stream, column : int
        Which channel: a column of the stream's chunks.
    span : tuple of float
        Seconds on the axis, in either order. A sample is in it when its own time is, the later end
        left out.
    cancelled : callable
        Looked at before each piece.

    Yields
    ------
    SpanStatistics
        At least one; the last is of the whole span.

    Raises
    ------
    CancelledError
        Between two pieces, once ``cancelled()`` is true.
    RawIOError
        What the reader raises.
    """
    t_start, t_stop = sorted(span)
    runs = timeline.runs_in(stream, t_start, t_stop)
    spans = [(run, first_at(run, t_start), first_at(run, t_stop)) for run in runs]
    size = sum(stop - start for _, start, stop in spans)
    least = 0.5 / reader.get_signal_sampling_rate(stream)
    missing = _missing(runs, t_start, t_stop, least)
    scale = Calibration.of(reader, stream, column)
    sums, done = _Sums(), 0

    def told() -> SpanStatistics:
        share = done / size if size else 1.0
        raw = sums.figures()
        physical = None if raw is None else raw.scaled(scale)
        counts = sums.count, sums.skipped, missing, share
        return SpanStatistics(stream, column, t_start, t_stop, scale.units, *counts, raw, physical)

    for run, start, stop in _pieces(spans, frame_bytes(reader, stream) + WORK_BYTES):
        if cancelled():
            raise CancelledError
        samples = reader.get_analogsignal_chunk(
            run.block, run.segment, start, stop, stream_index=stream, channel_indexes=[column]
        )
        sums.add(run, start, samples[:, 0])
        done += stop - start
        if done < size:
            yield told()
    yield told()


def first_at(run: SignalRun, time: float) -> int:
    """Return the first sample of a run that is not before a time, seconds on the axis."""
    # By the very times that are shown of samples, so that no rounding moves one over the edge.
    return bisect_left(range(run.size), time, key=lambda i: run.t_start + i / run.sampling_rate)


def _pieces(
    spans: Sequence[tuple[SignalRun, int, int]], sample_bytes: int
) -> Iterator[tuple[SignalRun, int, int]]:
    """Split spans of samples into pieces that take no more than `PIECE_BYTES`."""
    step = max(1, PIECE_BYTES // sample_bytes)
    for run, first, last in spans:
        for start in range(first, last, step):
            yield run, start, min(start + step, last)


def _missing(runs: Sequence[SignalRun], t_start: float, t_stop: float, least: float) -> float:
    """Return how many seconds of a span are in no run, of gaps longer than the least."""
    missing, reached = 0.0, t_start
    for start, stop in [*((run.t_start, run.t_stop) for run in runs), (t_stop, t_stop)]:
        gap = start - reached
        missing += gap if gap > least else 0.0
        reached = stop
    return missing


# -- sums ------------------------------------------------------------------------------------------


@dataclass
class _Whole:
    """Sums of whole numbers, exact: Python's own have no end.

    Attributes
    ----------
    count : int
        Samples.
    total : int or float
        Their sum.
    second : int or float
        What their spread is reckoned from: the sum of their squares.
    """

    count: int = 0
    total: int | float = 0
    second: int | float = 0

    def add(self, samples: np.ndarray) -> None:
        """Add samples, at least one."""
        total, second = self._sums(samples)
        self.count += len(samples)
        self.total += total
        self.second += second

    def _sums(self, samples: np.ndarray) -> tuple[int | float, int | float]:
        """Return by how much samples add to the total, and to the second sum."""
        return _exact_sums(samples)

    def moments(self) -> tuple[float, float, float]:
        """Return mean, rms and std; of each the quotient is the nearest float64 to the true one."""
        n = self.count
        variance = (n * self.second - self.total**2) / n**2
        return self.total / n, math.sqrt(self.second / n), math.sqrt(variance)


class _Floats(_Whole):
    """Sums of float64; the second is that of squared distances from the mean."""

    def _sums(self, samples: np.ndarray) -> tuple[int | float, int | float]:
        values = samples.astype(np.float64)
        n, before = len(values), self.count
        with np.errstate(over="ignore", invalid="ignore"):  # infinite values are not an error
            total = float(values.sum())
            values -= total / n
            distances = float(values @ values)
        if before:
            apart = total / n - self.total / before
            distances += apart * (before * (n / (before + n))) * apart
        return total, distances

    def moments(self) -> tuple[float, float, float]:
        """Return mean, rms and std."""
        mean, std = self.total / self.count, math.sqrt(self.second / self.count)
        return mean, math.hypot(mean, std), std


@dataclass
class _Sums:
    """All that is kept of the samples that have been looked at."""

    skipped: int = 0
    low: tuple[int | float, float] = (math.inf, math.nan)
    high: tuple[int | float, float] = (-math.inf, math.nan)
    sums: _Whole = field(default_factory=_Whole)

    @property
    def count(self) -> int:
        return self.sums.count

    def add(self, run: SignalRun, start: int, samples: np.ndarray) -> None:
        """Add samples of a run, the first of which is `start`."""
        numbers = None
        if samples.dtype.kind == "f":
            numbers = np.flatnonzero(~np.isnan(samples))
            self.skipped += len(samples) - len(numbers)
            samples = samples[numbers]
            if not isinstance(self.sums, _Floats):
                self.sums = _Floats()
        if not len(samples):
            return

        def at(i: int) -> tuple[int | float, float]:
            index = start + int(i if numbers is None else numbers[i])
            return samples[i].item(), run.t_start + index / run.sampling_rate

        low, high = at(int(samples.argmin())), at(int(samples.argmax()))
        if not self.count or low[0] < self.low[0]:
            self.low = low
        if not self.count or high[0] > self.high[0]:
            self.high = high
        self.sums.add(samples)

    def figures(self) -> Figures | None:
        if not self.count:
            return None
        (low, t_low), (high, t_high) = self.low, self.high
        return Figures(*self.sums.moments(), low, high, t_low, t_high)


def _exact_sums(samples: np.ndarray) -> tuple[int, int]:
    """Return the sum of whole numbers and that of their squares, exactly.

    Parameters
    ----------
    samples : ndarray of integers, shape (n,)
        At most ``2**30``, which a piece is far from.
    """
    if samples.dtype.itemsize > 4:
        values = samples.tolist()
        return sum(values), sum(value * value for value in values)
    wide = samples.astype(np.int64)
    if samples.dtype.itemsize <= 2:
        return int(wide.sum()), int(wide @ wide)
    # x = high * 2**16 + low; none of the products has more than 32 bits.
    high, low = wide >> 16, wide & 0xFFFF
    squares = (int(high @ high) << 32) + (int(high @ low) << 17) + int(low @ low)
    return int(wide.sum()), squares

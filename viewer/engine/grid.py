"""The absolute column grid, and the level of detail a zoom needs.

A column is one physical pixel wide. Column k of a run of samples covers the samples
``[k*spp, (k+1)*spp)``, spp being samples per pixel, wherever the window is; panning moves whole
columns. Bins to a column (samples, at level 0) keep 12 significant bits and places are reckoned in
whole numbers, so that columns are the same at sample 10**11 as at 0; relative to a tile they are
exact in a shader's float32, so that both renderers put every sample in the same column. The zoom
differs from the one asked for by at most 1 part in 4096.

A level is a number of samples to a *bin* (see `viewer.engine.levels`). At level 0 bins are samples,
in the column they belong to; above, a bin is at most half a column, so an extremum drawn in the
column that holds its bin's middle is never more than half a pixel off.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.engine.levels import RAW_LIMIT, bin_count, bin_samples, level_of
from viewer.model import SignalRun, TimeWindow

SPP_BITS = 12


def quantise(spp: float) -> float:
    """Return the nearest samples per pixel with 12 significant bits of bins to a column."""
    if spp >= RAW_LIMIT:
        return 3 * _rounded(spp / 3)
    # What rounds up to the limit is there, and as above a multiple of 3.
    return _rounded(spp)


def _rounded(value: float) -> float:
    mantissa, exponent = math.frexp(value)
    return math.ldexp(round(math.ldexp(mantissa, SPP_BITS)), exponent - SPP_BITS)


def bins_per_column(spp: float, level: int) -> float:
    """Return how many bins of `level` a column of `spp` samples holds, exactly."""
    return spp / bin_samples(level)


def first_bins(columns: np.ndarray, spp: float, level: int) -> np.ndarray:
    """Return for each column k the first bin that belongs to it.

    Parameters
    ----------
    columns : ndarray of int64
        Absolute column numbers.
    spp : float
        Samples per pixel, quantised.
    level : int

    Returns
    -------
    ndarray of int64
        ``ceil(k*spp)`` for samples; for bins of several samples ``ceil(k*spp/bin - 1/2)``, the
        first whose middle is not left of the column. Exact for any k below 2**50.
    """
    numerator, shift = _fixed_point(spp, level)
    half = 0 if level == 0 else 1 << (shift - 1)
    up = (1 << shift) - 1 - half
    return (np.asarray(columns, np.int64) * numerator + up) >> shift


def first_samples(columns: np.ndarray, spp: float) -> np.ndarray:
    """Return for each column k the sample at its left edge or the last before: ``floor(k*spp)``."""
    numerator, shift = _fixed_point(spp, 0)
    return (np.asarray(columns, np.int64) * numerator) >> shift


def _fixed_point(spp: float, level: int) -> tuple[int, int]:
    """Return integers of which ``numerator / 2**shift`` is exactly the bins to a column."""
    mantissa, exponent = math.frexp(bins_per_column(spp, level))
    return int(math.ldexp(mantissa, SPP_BITS)), SPP_BITS - exponent


@dataclass(frozen=True)
class Viewport:
    """A window resolved to whole physical pixels: the one map between times and columns.

    Attributes
    ----------
    t_left : float
        Seconds at the left edge of column 0.
    seconds_per_pixel : float
    width : int
        Physical pixels.
    """

    t_left: float
    seconds_per_pixel: float
    width: int

    @classmethod
    def of(cls, window: TimeWindow, width: int, reference: SignalRun | None) -> "Viewport":
        """Snap a window to the column grid of `reference`, the run that rules the picture."""
        return cls.at(window.t_start, window.duration, width, reference)

    @classmethod
    def at(
        cls, t_start: float, duration: float, width: int, reference: SignalRun | None
    ) -> "Viewport":
        """Snap the window `t_start`, `duration` (seconds) to the grid of `reference`."""
        if reference is None:
            return cls(t_start, duration / width, width)
        rate = reference.sampling_rate
        spp = quantise(duration * rate / width)
        first = round((t_start - reference.t_start) * rate / spp)
        return cls(reference.t_start + first * spp / rate, spp / rate, width)

    @property
    def t_right(self) -> float:
        """Seconds at the right edge of the last column."""
        return self.t_left + self.width * self.seconds_per_pixel

    def x_of(self, time: Any) -> Any:
        """Return the pixel position of a time in seconds, or of an array of times."""
        return (time - self.t_left) / self.seconds_per_pixel

    def time_at(self, x: float) -> float:
        """Return the time at a pixel position."""
        return self.t_left + x * self.seconds_per_pixel


@dataclass(frozen=True)
class RunView:
    """One run of samples as a viewport shows it.

    Attributes
    ----------
    run : SignalRun
    spp : float
        Samples per pixel, quantised.
    level : int
        Bins of ``2**level`` samples.
    first_column : int
        Absolute column of the run's grid at pixel 0 of the viewport.
    x_start, x_stop : int
        Pixels of the viewport that the run reaches, half-open.
    """

    run: SignalRun
    spp: float
    level: int
    first_column: int
    x_start: int
    x_stop: int

    @classmethod
    def of(cls, run: SignalRun, viewport: Viewport) -> "RunView | None":
        """Return how `viewport` shows `run`, or None when it is out of sight."""
        spp = quantise(viewport.seconds_per_pixel * run.sampling_rate)
        level = level_of(spp)
        first_column = round((viewport.t_left - run.t_start) * run.sampling_rate / spp)
        columns = _column_count(run.size, spp, level)
        x_start = max(0, -first_column)
        x_stop = min(viewport.width, columns - first_column)
        if x_start >= x_stop:
            return None
        return cls(run, spp, level, first_column, x_start, x_stop)

    @property
    def interpolated(self) -> bool:
        """Whether the trace is the line through samples more than a pixel apart."""
        return self.spp < 1

    @property
    def bin_count(self) -> int:
        """Number of bins that the run has at this level; the last may be short."""
        return bin_count(self.run.size, self.level)

    @property
    def bins_per_column(self) -> float:
        """Bins (samples, at level 0) to a column."""
        return bins_per_column(self.spp, self.level)

    def position(self, x: int, first_bin: int = 0) -> float:
        """Return where pixel `x` of the viewport begins, in bins counted from `first_bin`.

        Exact wherever in the recording, as long as the result is not far from `first_bin`.
        """
        numerator, shift = _fixed_point(self.spp, self.level)
        fixed = (self.first_column + x) * numerator - (first_bin << shift)
        return math.ldexp(fixed, -shift)

    def bin_range(self) -> tuple[int, int]:
        """Return the half-open range of bins of the visible columns and one more on each side."""
        k_start = self.first_column + self.x_start
        k_stop = self.first_column + self.x_stop
        if self.interpolated:
            numerator, shift = _fixed_point(self.spp, 0)
            first = (k_start - 1) * numerator >> shift
            last = -(-k_stop * numerator >> shift) + 1
        else:
            edges = first_bins(np.array([k_start - 1, k_stop + 1]), self.spp, self.level)
            first, last = int(edges[0]), int(edges[1])
        return max(0, first), min(self.bin_count, last)


def _column_count(size: int, spp: float, level: int) -> int:
    """Return one more than the last column that a run of `size` samples reaches."""
    numerator, shift = _fixed_point(spp, level)
    if level == 0:
        return ((size - 1) << shift) // numerator + 1
    middle = (bin_count(size, level) << shift) - (1 << (shift - 1))
    return middle // numerator + 1

"""The absolute column grid, and the level of detail a zoom needs.

A column is one physical pixel wide. Column k of a run of samples covers the samples
``[k*spp, (k+1)*spp)``, spp being samples per pixel, wherever the window is; panning moves whole
columns. spp keeps 12 significant bits: then ``k*spp`` is exact in float64 for every k below 2**41
(19 years at 30 kHz), and column edges relative to a tile are exact in a shader's float32, so that
both renderers put every sample in the same column. The zoom differs from the one asked for by at
most 1 part in 4096.

A level is a power of two of samples to a *bin*. At level 0 bins are samples, in the column they
belong to; above, a bin is at most half a column, so an extremum drawn in the column that holds its
bin's middle is never more than half a pixel off.
"""

import math
from dataclasses import dataclass

import numpy as np

from viewer.model import SignalRun, TimeWindow

SPP_BITS = 12


def quantise(spp: float) -> float:
    """Return samples per pixel rounded to 12 significant bits."""
    mantissa, exponent = math.frexp(spp)
    return math.ldexp(round(math.ldexp(mantissa, SPP_BITS)), exponent - SPP_BITS)


def level_of(spp: float) -> int:
    """Return the level for `spp` samples per pixel: bins of ``2**level`` samples.

    Level 0, the samples themselves, serves up to 4 samples a pixel; above, a bin is between a
    quarter and a half of a pixel.
    """
    return 0 if spp < 4 else math.floor(math.log2(spp)) - 1


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
        first whose middle is not left of the column.
    """
    edges = columns * math.ldexp(spp, -level)
    return np.ceil(edges if level == 0 else edges - 0.5).astype(np.int64)


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

    def x_of(self, time: float) -> float:
        """Return the pixel position of a time."""
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
        return -(-self.run.size >> self.level)

    def bin_range(self) -> tuple[int, int]:
        """Return the half-open range of bins of the visible columns and one more on each side."""
        k_start = self.first_column + self.x_start
        k_stop = self.first_column + self.x_stop
        if self.interpolated:
            first, last = math.floor((k_start - 1) * self.spp), math.ceil(k_stop * self.spp) + 1
        else:
            first, last = first_bins(np.array([k_start - 1, k_stop + 1]), self.spp, self.level)
        return max(0, int(first)), min(self.bin_count, int(last))


def _column_count(size: int, spp: float, level: int) -> int:
    """Return one more than the last column that a run of `size` samples reaches."""
    if level == 0:
        return math.floor((size - 1) / spp) + 1
    bins = -(-size >> level)
    return math.floor(math.ldexp(bins - 0.5, level) / spp) + 1

"""Filters as second-order sections: their design, their state at rest, and how long they ring.

SciPy is imported when the first filter is designed, not before.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from rawio import OptionError

Band = Literal["highpass", "lowpass", "bandpass"]

TOLERANCE = 1e-6
"""A filter has rung out when what is left of its response to an impulse, all magnitudes together,
is at most this. What came before then changes a sample by less than this share of the range of the
signal."""

MOST_RING = 1 << 20
"""Samples, of all steps of a chain together, that are read beyond what is asked for; at 30 kHz,
35 s. Impulse responses are looked at for twice as long."""


@dataclass(frozen=True, eq=False)
class Filter:
    """A stable filter, ready for `viewer.compute.backend.Backend.sosfilt`.

    Attributes
    ----------
    sos : ndarray of float64, shape (sections, 6)
    rest : ndarray of float64, shape (sections, 2)
        State of the delays when the input has been 1 for ever (`scipy.signal.sosfilt_zi`).
    ring : int
        Samples within which it rings out, to `TOLERANCE`.
    """

    sos: np.ndarray
    rest: np.ndarray
    ring: int

    @classmethod
    def of(cls, sos: np.ndarray) -> "Filter":
        """Take sections in.

        Raises
        ------
        ValueError
            When they are not stable to the precision of float64.
        """
        from scipy.signal import sosfilt_zi

        radius = max(float(np.abs(np.roots(section[3:])).max(initial=0)) for section in sos)
        # Of poles this near to the circle, rounding decides on which side of it they lie.
        if not radius < 1 - 1e-9:
            raise ValueError("not stable")
        sos = np.ascontiguousarray(sos, np.float64)
        rest = np.asarray(sosfilt_zi(sos), np.float64)
        if not np.isfinite(rest).all():
            raise ValueError("no state at rest")
        return cls(sos, rest, _ring(sos, radius))

    def carry(self, count: int) -> np.ndarray:
        """Return what becomes of each delay alone while the input is 0 for `count` samples.

        A filter is linear, so what another state would have come to is added afterwards:
        ``after += carry @ (other - state)``, with states of shape (2 * sections, channels).

        Returns
        -------
        ndarray of float64, shape (2 * sections, 2 * sections)
        """
        return carried(self.sos, count)


def carried(sos: np.ndarray, count: int) -> np.ndarray:
    """Return `Filter.carry` of sections.

    It is found by filtering, from each delay alone at 1, so that it is as exact as the filter;
    powers of a matrix would not be.
    """
    from scipy.signal import sosfilt

    delays = 2 * len(sos)
    ones = np.eye(delays).reshape(len(sos), 2, delays)
    _, after = sosfilt(sos, np.zeros((count, delays)), axis=0, zi=ones)
    return after.reshape(delays, delays)


@lru_cache(maxsize=64)
def butterworth(band: Band, corners: tuple[float, ...], order: int, rate: float) -> Filter:
    """Return a Butterworth filter.

    Parameters
    ----------
    band : {'highpass', 'lowpass', 'bandpass'}
    corners : tuple of float
        Hertz at which it passes half the power: one, or two of a band.
    order : int
        As `scipy.signal.butter` takes it: of a band-pass there are twice as many poles.
    rate : float
        Hertz; all corners are below half of it.

    Raises
    ------
    OptionError
        When it cannot be computed; without a subject or a full stop.
    """
    from scipy.signal import butter

    edges = corners if len(corners) > 1 else corners[0]
    several = len(corners) > 1
    what = "the edges of its band" if several else "its cutoff"
    others = ", from half of it or from each other" if several else " or from half of it"
    with _refused(f"at this sampling rate, {what} cannot be told apart from 0 Hz{others}"):
        return Filter.of(butter(order, edges, band, output="sos", fs=rate))


@lru_cache(maxsize=64)
def notch(frequencies: tuple[float, ...], quality: float, rate: float) -> Filter:
    """Return a filter that takes out frequencies.

    Parameters
    ----------
    frequencies : tuple of float
        Hertz, below half of `rate`.
    quality : float
        Frequency over the width, in hertz, of the gap at half the power (`scipy.signal.iirnotch`).
    rate : float
        Hertz.

    Raises
    ------
    OptionError
        When it cannot be computed; without a subject or a full stop.
    """
    from scipy.signal import iirnotch

    if 2 * half_gap(max(frequencies), quality) >= rate / 2:
        raise OptionError("its quality is too low for the sampling rate")
    with _refused("its quality is too high for the sampling rate, or its frequency too low"):
        sections = [np.concatenate(iirnotch(f, quality, fs=rate)) for f in frequencies]
        return Filter.of(np.array(sections))


def half_gap(frequency: float, quality: float) -> float:
    """Return how far the gap of a notch, at half the power, reaches to either side, in hertz.

    Parameters
    ----------
    frequency : float
        Hertz.
    quality : float
        As of `notch`.
    """
    return frequency / quality / 2


@contextmanager
def _refused(reason: str) -> Iterator[None]:
    """Give the reason for whatever NumPy and SciPy find wrong where float64 does not suffice."""
    try:
        with np.errstate(all="ignore"):
            yield
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        raise OptionError(reason) from None


def _ring(sos: np.ndarray, radius: float) -> int:
    """Return after how many samples the rest of the impulse response is below `TOLERANCE`."""
    from scipy.signal import sosfilt

    guess = math.ceil(math.log(TOLERANCE) / math.log(radius)) if radius else 0
    # Several poles at one place fade later than a single one, but not twice as late.
    count = 2 * guess + 64
    if guess > MOST_RING:
        return guess
    impulse = np.zeros(count)
    impulse[0] = 1
    left = np.cumsum(np.abs(sosfilt(sos, impulse))[::-1])[::-1]
    return int(np.count_nonzero(left > TOLERANCE))

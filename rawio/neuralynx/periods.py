"""How long a sample takes, and when a record comes too late to follow the one before.

The rate in the header may be rounded, and before Cheetah 5 it is the one that was asked for while
a sample takes whole microseconds of a 1 MHz clock. Records state a whole rate. So the timestamps
decide between these; nothing is summed up over records, hence no rounding adds up to a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROUNDING_US = 1.0
"""Timestamps are whole microseconds, and real ones now and then one more off."""

CLOSE = 1e-4
"""Part by which a period may differ from a stated one and still be it."""

FAR = 0.05
"""Part by which timestamps may contradict all stated rates and still be believed, if most of at
least `WITNESSES` steps from one record to the next say the same."""

WITNESSES = 16


@dataclass(frozen=True)
class Tolerance:
    """How far from its expected time a record may be without a gap before it.

    Parameters
    ----------
    samples : float
    least_us : float
        At least this many microseconds.
    """

    samples: float = 0.5
    least_us: float = 0.0

    def us(self, period: float) -> float:
        """Return it in microseconds, for samples of `period` microseconds."""
        return max(self.samples * period + ROUNDING_US, self.least_us)


def stated_periods(header_rate: float | None, record_rate: int) -> list[float]:
    """Return the periods in us that a file states in any way, the likeliest first.

    Parameters
    ----------
    header_rate : float or None
    record_rate : int
        Of the first record; 0 when it has none.
    """
    periods: list[float] = []
    for rate in (header_rate, record_rate):
        if rate:
            period = 1e6 / rate
            periods += [period, float(np.floor(period)), float(np.round(period))]
    return [period for period in dict.fromkeys(periods) if period > 0]


def stated_as(measured: float, resolution: float, stated: Sequence[float]) -> float | None:
    """Return the stated period that timestamps speak for, None if there is none.

    Parameters
    ----------
    measured : float
        Microseconds of a sample by the timestamps.
    resolution : float
        Microseconds that it may be wrong by.
    stated : sequence of float
    """
    for period in stated:
        if abs(measured - period) <= resolution + CLOSE * period:
            return period
    return None


def measured_period(steps: np.ndarray, samples: np.ndarray, stated: Sequence[float]) -> float:
    """Return the period by which most records follow each other.

    Parameters
    ----------
    steps : ndarray of int64
        Microseconds from one record to the next.
    samples : ndarray of int64
        In the first of the two; not zero.
    stated : sequence of float

    Returns
    -------
    float
        The first of `stated` where the steps do not agree on anything near them.
    """
    if not len(steps):
        return stated[0]
    typical = float(np.median(steps / samples))
    known = stated_as(typical, 2 * ROUNDING_US / float(samples.max()), stated)
    period = typical if known is None else known
    near = np.abs(steps - samples * period) <= Tolerance().us(period)
    count = int(near.sum())
    if known is None:
        agreed = count >= WITNESSES and 2 * count > len(steps)
        if not (agreed and any(abs(typical - one) <= FAR * one for one in stated)):
            return stated[0]
    return float(steps[near].sum() / samples[near].sum()) if count else period

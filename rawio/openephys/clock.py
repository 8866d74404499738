"""The clocks of a session: sample numbers, and the synchronised times between devices.

Each stream counts its own samples from the start of acquisition. Where lines that all devices
share were recorded, the GUI also gives each row a time in seconds of the main stream's clock
(-1 until it knows). `shift_of` is by how many samples such times move a stream on its own clock.
"""

from pathlib import Path

import numpy as np

from rawio.errors import RawIOError
from rawio.openephys.npy import NpyFile
from rawio.openephys.numbers import FARTHEST, Stretches, open_seconds

APART_SECONDS = 1e-3
"""Clocks that differ by more are worth a sentence."""

DRIFT = 0.01
"""Greatest relative error of a sampling rate; the GUI synchronises no clocks beyond."""


def offset_of(folder: Path, stretches: Stretches, rate: float) -> float | None:
    """Return how much later a stream's rows are by synchronised times than by sample numbers.

    Parameters
    ----------
    folder : pathlib.Path
        Of the stream.
    stretches : Stretches
    rate : float
        Hertz.

    Returns
    -------
    float or None
        Seconds, at the first row whose time is known. None where times are not given or cannot
        be right.
    """
    seconds = open_seconds(folder)
    if seconds is None or not len(stretches.size):
        return None
    last = min(seconds.count, int(stretches.size.sum())) - 1
    try:
        times = _at(seconds, 0), _at(seconds, last)
    except RawIOError:
        return None
    ticks = _tick(stretches, 0), _tick(stretches, last)
    known = [bool(t >= 0 and t * rate < FARTHEST) for t in times]
    if not known[1]:
        return None
    if all(known) and ticks[1] > ticks[0]:
        passed = (ticks[1] - ticks[0]) / rate
        if abs((times[1] - times[0]) - passed) > DRIFT * passed + 1 / rate:
            return None
    which = 0 if known[0] else 1
    return times[which] - ticks[which] / rate


def _at(seconds: NpyFile, place: int) -> float:
    return float(seconds.read(place, place + 1)[0])


def _tick(stretches: Stretches, place: int) -> int:
    """Return the sample number of a row, counted without rows that stand for lost samples."""
    before = np.cumsum(stretches.size) - stretches.size
    run = int(np.searchsorted(before, place, "right")) - 1
    return int(stretches.tick[run]) + place - int(before[run])

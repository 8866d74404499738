"""Gaps: where there are samples, for a while none, and then samples again."""

from collections.abc import Sequence

import numpy as np

from viewer.model import SignalRun

LEAST_GAP = 0.5
"""Sampling intervals between two runs below which they are next to each other."""


def gaps_between(runs: Sequence[SignalRun]) -> np.ndarray:
    """Return the gaps between runs.

    Parameters
    ----------
    runs : sequence of SignalRun
        In any order; they may overlap.

    Returns
    -------
    ndarray of float64, shape (gaps, 2)
        Start and stop in seconds on the axis, rising.
    """
    if not runs:
        return np.empty((0, 2))
    runs = sorted(runs, key=lambda run: run.t_start)
    start, stop, step = np.array([(r.t_start, r.t_stop, 1 / r.sampling_rate) for r in runs]).T
    reach = np.maximum.accumulate(stop)[:-1]
    gap = start[1:] - reach > LEAST_GAP * step[1:]
    return np.stack([reach[gap], start[1:][gap]], axis=1)

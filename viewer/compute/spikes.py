"""Spikes from samples beyond a threshold: which of them is each excursion's, and dead time.

Both backends find the samples, which is work for all of the data; they are few, so what makes
spikes of them runs here for both.
"""

import numpy as np


def spikes_of(
    channels: np.ndarray, samples: np.ndarray, values: np.ndarray, dead_time: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes from all samples beyond their channel's threshold.

    Parameters
    ----------
    channels, samples : ndarray of int64, shape (hits,)
        Sorted by channel, then by sample.
    values : ndarray of float32, shape (hits,)
    dead_time : int

    Returns
    -------
    samples, channels : ndarray of int64
        As `Backend.detect` returns them.
    """
    peaks = _peaks(channels, samples, values)
    channels, samples = channels[peaks], samples[peaks]
    kept = _outside_dead_time(channels, samples, np.abs(values[peaks]), dead_time)
    channels, samples = channels[kept], samples[kept]
    order = np.lexsort((channels, samples))
    return samples[order], channels[order]


def _peaks(channels: np.ndarray, samples: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return which hit is the extremum of each excursion, the first of equals."""
    if not len(values):
        return np.empty(0, np.int64)
    goes_on = (
        (channels[1:] == channels[:-1])
        & (samples[1:] == samples[:-1] + 1)
        & ((values[1:] < 0) == (values[:-1] < 0))
    )
    starts = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    sizes = np.diff(starts, append=len(values))
    magnitudes = np.abs(values)
    largest = np.repeat(np.maximum.reduceat(magnitudes, starts), sizes)
    of_run = np.repeat(np.arange(len(starts)), sizes)
    tops = np.flatnonzero(magnitudes == largest)
    first: np.ndarray = np.unique(of_run[tops], return_index=True)[1]
    return tops[first]


def _outside_dead_time(
    channels: np.ndarray, samples: np.ndarray, magnitudes: np.ndarray, dead_time: int
) -> np.ndarray:
    """Return which candidates, sorted by channel and sample, are spikes.

    Only candidates that have another near them need the loop.
    """
    near = (channels[1:] == channels[:-1]) & (np.diff(samples) <= dead_time)
    kept = np.ones(len(samples), bool)
    sample, magnitude = samples.tolist(), magnitudes.tolist()
    last = -1
    for at in (np.flatnonzero(near) + 1).tolist():
        # The candidate before is the first of a cluster, unless it went through here, too.
        if last < 0 or not near[at - 2 : at - 1].any():
            last = at - 1
        if sample[at] - sample[last] > dead_time:
            last = at
        elif magnitude[at] > magnitude[last]:
            kept[last] = False
            last = at
        else:
            kept[at] = False
    return kept

"""When the samples of an NSx file were recorded: runs without a gap, and resets of the clock."""

from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nsx_header import NsxHeader
from rawio.blackrock.packets import Rhythm

TOLERANCE = 1.5
"""Samples: a packet that is one off, give or take the jitter of its clock, leaves no gap."""

STEP_BACK_SECONDS = 1.0
"""A PTP clock that is set back by less was corrected, by more it was reset."""

MAX_RESETS = 1000
MAX_GAPS = 100_000


@dataclass(frozen=True)
class StreamRuns:
    """The runs of a stream, in file order; each is an unbroken series of samples.

    Attributes
    ----------
    tick : ndarray of int64, shape (n_runs,)
        Timestamp of the first sample, counted on where 32 bits overflow.
    first, size : ndarray of int64, shape (n_runs,)
        Samples of the file before the run, and in it.
    epoch : ndarray of int64, shape (n_runs,)
        How often the clock had been reset before.
    resolution : int
        Ticks a second.
    sampling_rate : float
    drift : float
        Samples by which, within a run, timestamps are furthest from the sampling rate.
    ignored : str
        '' or why gaps were ignored: 'resets' or 'gaps' are more than can be true.
    """

    tick: np.ndarray
    first: np.ndarray
    size: np.ndarray
    epoch: np.ndarray
    resolution: int
    sampling_rate: float
    drift: float = 0.0
    ignored: str = ""

    def seconds(self, origin: int) -> np.ndarray:
        """Return when each run starts, in seconds behind `origin`, a second of the clock."""
        return (self.tick - origin * self.resolution) / self.resolution


def rhythm_of(header: NsxHeader, gap_tolerance_ms: float | None) -> Rhythm:
    """Return when packets are due.

    Parameters
    ----------
    header : NsxHeader
    gap_tolerance_ms : float or None
        Timestamps further apart than this make a gap, if also further than two samples; None for
        the latter alone.
    """
    late = TOLERANCE
    if gap_tolerance_ms is not None:
        late = max(late, gap_tolerance_ms / 1000 * header.sampling_rate - 1)
    return Rhythm(header.ticks_per_sample, late, TOLERANCE if _is_steered(header) else 0.5)


def find_runs(groups: np.ndarray, header: NsxHeader, rhythm: Rhythm) -> StreamRuns:
    """Join the packets of a file to runs.

    Parameters
    ----------
    groups : ndarray of packets.GROUP
    header : NsxHeader
    rhythm : Rhythm

    Returns
    -------
    StreamRuns
        Runs without samples are among them, since they too tell of resets.
    """
    if not len(groups):
        none = np.empty(0, np.int64)
        return StreamRuns(none, none, none, none, header.resolution, header.sampling_rate)
    tick, last_tick, points = groups["tick"], groups["last_tick"], groups["points"]
    off = rhythm.off(last_tick[:-1], tick[1:], points[:-1])
    wraps = np.zeros(len(groups), np.int64)
    if header.stamp_bytes == 4:
        wrapped = rhythm.continues(off + (1 << 32) / header.ticks_per_sample)
        off[wrapped] += (1 << 32) / header.ticks_per_sample
        wraps[1:] = np.cumsum(wrapped)
    breaks = ~rhythm.continues(off)
    resets = off < -rhythm.early
    if _is_steered(header):
        resets &= off < -STEP_BACK_SECONDS * header.sampling_rate
    ignored = ""
    if np.count_nonzero(resets) > MAX_RESETS:
        ignored = "resets"
    elif np.count_nonzero(breaks) > MAX_GAPS:
        ignored = "gaps"
    if ignored:
        breaks[:], resets[:] = False, False
    start = np.append(0, np.flatnonzero(breaks) + 1)
    samples = groups["packets"] * points
    before = np.cumsum(samples) - samples
    timed = groups.copy()
    timed["tick"] += wraps << 32
    timed["last_tick"] += wraps << 32
    return StreamRuns(
        tick=timed["tick"][start],
        first=before[start],
        size=np.add.reduceat(samples, start),
        epoch=np.append(0, np.cumsum(resets))[start],
        resolution=header.resolution,
        sampling_rate=header.sampling_rate,
        drift=0.0 if ignored else _drift(timed, before, start, header),
        ignored=ignored,
    )


def _drift(timed: np.ndarray, before: np.ndarray, start: np.ndarray, header: NsxHeader) -> float:
    """Return by how many samples a group's last packet is furthest from where its run puts it.

    Parameters
    ----------
    timed : ndarray of packets.GROUP
    before : ndarray of int64
        Samples of the file before each group.
    start : ndarray of int64
        The first group of each run.
    header : NsxHeader
    """
    run = np.repeat(start, np.diff(np.append(start, len(timed))))
    elapsed = before + (timed["packets"] - 1) * timed["points"] - before[run]
    off = (timed["last_tick"] - timed["tick"][run]) / header.ticks_per_sample - elapsed
    return float(off[np.argmax(np.abs(off))])


def _is_steered(header: NsxHeader) -> bool:
    """Return whether timestamps are times of a clock that is set by others, not sample counts."""
    return header.resolution > layout.CLOCK

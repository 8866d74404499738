"""When the samples of an NSx file were recorded: runs without a gap, and resets of the clock."""

from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nsx_header import NsxHeader
from rawio.blackrock.packets import STEADY, Rhythm

TOLERANCE = 1.5
"""Samples: if one is lost, give or take the jitter of the clock, that is no gap."""

STEP_BACK_SECONDS = 1.0
"""A PTP clock that is set back by less was corrected, by more it was reset."""

MAX_RESETS = 1000
MAX_GAPS = 100_000
MAX_RATE_ERROR = 1e-3


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
        That of the header, or as the timestamps of a PTP clock have it.
    drift : float
        Samples by which, within a run, timestamps are furthest from that rate.
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
        Timestamps further apart than this make a gap, if also further than two samples. None: two
        samples lost make a gap, be it in two places.
    """
    late = total = TOLERANCE
    if gap_tolerance_ms is not None:
        late = max(late, gap_tolerance_ms / 1000 * header.sampling_rate - 1)
        total = np.inf
    early = TOLERANCE if _is_steered(header) else STEADY
    return Rhythm(header.ticks_per_sample, late, early, total)


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
    _break_where_piled_up(breaks, off, rhythm.total)
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
    run = np.repeat(start, np.diff(np.append(start, len(timed))))
    # From a run's first sample to the last packet of each group.
    elapsed = before + samples - points - before[run]
    ticks = timed["last_tick"] - timed["tick"][run]
    rate, drift = header.sampling_rate, 0.0
    if not ignored:
        last = np.append(start[1:], len(timed)) - 1
        rate, drift = _rate_and_drift(elapsed, ticks, last, header)
    return StreamRuns(
        tick=timed["tick"][start],
        first=before[start],
        size=np.add.reduceat(samples, start),
        epoch=np.append(0, np.cumsum(resets))[start],
        resolution=header.resolution,
        sampling_rate=rate,
        drift=drift,
        ignored=ignored,
    )


def _break_where_piled_up(breaks: np.ndarray, off: np.ndarray, total: float) -> None:
    """Break also where what packets are off has come to more than `total` since the last break."""
    piled = 0.0
    for place in np.flatnonzero(breaks | (np.abs(off) > STEADY)).tolist():
        piled = 0.0 if breaks[place] else piled + float(off[place])
        if abs(piled) > total:
            breaks[place], piled = True, 0.0


def _rate_and_drift(
    elapsed: np.ndarray, ticks: np.ndarray, last: np.ndarray, header: NsxHeader
) -> tuple[float, float]:
    """Return the sampling rate, and how many samples timestamps are furthest from it.

    Samples of a PTP system come at the pace of its own clock, timestamps at that of the network,
    so the rate is not exactly the nominal one, and after an hour signals would be many samples
    away from their spikes.

    Parameters
    ----------
    elapsed, ticks : ndarray of int64
        From the start of its run to the last packet of each group.
    last : ndarray of int64
        The last group of each run.
    header : NsxHeader
    """

    def drift(rate: float) -> float:
        off = ticks * (rate / header.resolution) - elapsed
        return float(off[np.argmax(np.abs(off))])

    nominal = header.sampling_rate
    found = drift(nominal)
    if _is_steered(header) and abs(found) > TOLERANCE:
        measured = header.resolution * int(elapsed[last].sum()) / max(1, int(ticks[last].sum()))
        if abs(measured / nominal - 1) < MAX_RATE_ERROR:
            return measured, drift(measured)
    return nominal, found


def _is_steered(header: NsxHeader) -> bool:
    """Return whether timestamps are times of a clock that is set by others, not sample counts."""
    return header.resolution > layout.CLOCK

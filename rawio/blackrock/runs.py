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

LASTING = 30
"""Samples after one that is off that must follow in time for it to be late for good."""

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


def rhythm_of(header: NsxHeader, single: bool, gap_tolerance_ms: float | None) -> Rhythm:
    """Return when packets are due.

    Parameters
    ----------
    header : NsxHeader
    single : bool
        Whether packets have one sample each, that is, whether samples are timed one by one.
    gap_tolerance_ms : float or None
        Timestamps further apart than this make a gap, if also further than two samples. None: two
        samples lost make a gap, be it in two places.
    """
    late = total = TOLERANCE
    if gap_tolerance_ms is not None:
        late = max(late, gap_tolerance_ms / 1000 * header.sampling_rate - 1)
        total = np.inf
    steered = single or header.resolution > layout.CLOCK
    early = TOLERANCE if steered else STEADY
    return Rhythm(header.ticks_per_sample, late, early, total, steered)


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
    groups = _unwrapped(groups, header, rhythm)
    samples = groups["packets"] * groups["points"]
    before = np.cumsum(samples) - samples
    off = _off(groups, rhythm)
    breaks, resets, ignored = _judged(off, samples, header, rhythm)
    start = np.append(0, np.flatnonzero(breaks) + 1)
    rate, drift = header.sampling_rate, 0.0
    if not ignored:
        rate = _pace(groups, np.abs(off) <= STEADY, header) if rhythm.steered else rate
        drift = _drift(groups, before, start, rate / header.resolution)
    return StreamRuns(
        tick=groups["tick"][start],
        first=before[start],
        size=np.add.reduceat(samples, start),
        epoch=np.append(0, np.cumsum(resets))[start],
        resolution=header.resolution,
        sampling_rate=rate,
        drift=drift,
        ignored=ignored,
    )


def _off(groups: np.ndarray, rhythm: Rhythm) -> np.ndarray:
    """Return by how many samples each group but the first is off what the one before it says."""
    return rhythm.off(groups["last_tick"][:-1], groups["tick"][1:], groups["points"][:-1])


def _unwrapped(groups: np.ndarray, header: NsxHeader, rhythm: Rhythm) -> np.ndarray:
    """Return groups with timestamps counted on where 32 bits overflow."""
    groups = groups.copy()
    if header.stamp_bytes == 4:
        wrapped = rhythm.continues(_off(groups, rhythm) + (1 << 32) / header.ticks_per_sample)
        more = np.append(0, np.cumsum(wrapped)) << 32
        groups["tick"] += more
        groups["last_tick"] += more
    return groups


def _judged(
    off: np.ndarray, samples: np.ndarray, header: NsxHeader, rhythm: Rhythm
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return which groups but the first start runs, and which of them follow a reset.

    And why gaps are ignored, if they are.
    """
    breaks = ~rhythm.continues(off)
    _break_where_piled_up(breaks, off, samples[1:] >= LASTING, rhythm.total)
    resets = off < -rhythm.early
    if rhythm.steered:
        resets &= off < -STEP_BACK_SECONDS * header.sampling_rate
    ignored = ""
    if np.count_nonzero(resets) > MAX_RESETS:
        ignored = "resets"
    elif np.count_nonzero(breaks) > MAX_GAPS:
        ignored = "gaps"
    if ignored:
        breaks[:], resets[:] = False, False
    return breaks, resets, ignored


def _break_where_piled_up(
    breaks: np.ndarray, off: np.ndarray, lasts: np.ndarray, total: float
) -> None:
    """Break also where what packets are off has come to more than `total` since the last break.

    What is off the other way soon after is jitter; `lasts` are where time is steady afterwards.
    """
    piled = 0.0
    for place in np.flatnonzero(breaks | (np.abs(off) > STEADY)).tolist():
        piled = 0.0 if breaks[place] else piled + float(off[place])
        if abs(piled) > total and lasts[place]:
            breaks[place], piled = True, 0.0


def _pace(groups: np.ndarray, steady: np.ndarray, header: NsxHeader) -> float:
    """Return the sampling rate by the timestamps, if it is not that of the header.

    Samples of a PTP system come at the pace of its own clock, timestamps at that of the network;
    if the rate were taken for the nominal one, after an hour signals would be many samples away
    from their spikes.

    Parameters
    ----------
    groups : ndarray of packets.GROUP
    steady : ndarray of bool
        Which groups but the first are in time with the one before.
    header : NsxHeader
    """
    within = groups["last_tick"] - groups["tick"]
    between = groups["tick"][1:] - groups["last_tick"][:-1]
    ticks = int(within.sum()) + int(between[steady].sum())
    samples = int(((groups["packets"] - 1) * groups["points"]).sum())
    samples += int(groups["points"][:-1][steady].sum())
    nominal = header.sampling_rate
    if abs(ticks / header.ticks_per_sample - samples) <= TOLERANCE:
        return nominal
    measured = header.resolution * samples / max(1, ticks)
    return measured if abs(measured / nominal - 1) < MAX_RATE_ERROR else nominal


def _drift(
    groups: np.ndarray, before: np.ndarray, start: np.ndarray, samples_per_tick: float
) -> float:
    """Return by how many samples a group's last packet is furthest from where its run puts it.

    Parameters
    ----------
    groups : ndarray of packets.GROUP
    before : ndarray of int64
        Samples of the file before each group.
    start : ndarray of int64
        The first group of each run.
    samples_per_tick : float
    """
    run = np.repeat(start, np.diff(np.append(start, len(groups))))
    elapsed = before + (groups["packets"] - 1) * groups["points"] - before[run]
    off = (groups["last_tick"] - groups["tick"][run]) * samples_per_tick - elapsed
    return float(off[np.argmax(np.abs(off))])

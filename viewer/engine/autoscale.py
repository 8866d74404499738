"""A first scale by which every channel is readable: centred, and sized by its robust spread."""

from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.compute.layer import rough_of
from viewer.model import Channels, Timeline

PROBES = 8
PROBE_SAMPLES = 128
LANE_SPREADS = 8.0
"""A lane is this many robust standard deviations high: noise fills half of it, spikes stand out."""

TAIL = 1.0
"""Per cent of the samples at either end that may lie outside the lane."""

HEADROOM = 1.2
"""How much higher a lane is than all the rest needs."""

LEAST_SPAN = 1e-30
"""Physical units to a lane; less, or more than its inverse, is no amplitude."""

MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""


@dataclass(frozen=True)
class Scale:
    """The outcome of `measure`.

    Attributes
    ----------
    rest : ndarray of float64, one for each channel
        The median in physical units: what lies in the middle of the lane.
    extent : ndarray of float64, one for each channel
        Physical units that a lane of this channel alone would show; 0 where it has no spread.
    span : dict of (int, str) to float
        For each stream and unit of measure, physical units to a lane.
    """

    rest: np.ndarray
    extent: np.ndarray
    span: dict[tuple[int, str], float]

    def within(self, stream: int, channels: Channels) -> "Scale":
        """Return this scale for one stream; for others, what `channels` have."""
        member = channels.stream == stream
        rest = np.where(member, self.rest, channels.rest)
        span = {kind: amount for kind, amount in self.span.items() if kind[0] == stream}
        return Scale(rest, self.extent, span)

    def fill_lanes(self, channels: Channels, rows: np.ndarray) -> None:
        """Set gains by which each of `rows` fills its lane, by the spans that there are.

        What is turned over stays so. Of a channel without a spread the gain is 1.
        """
        infos = [channels.infos[row] for row in rows]
        span = np.array([channels.span[info.stream, info.units] for info in infos])
        there = _sensible(self.extent[rows])
        gain = np.where(there, span / np.where(there, self.extent[rows], 1.0), 1.0)
        channels.set_gain(gain * np.where(np.signbit(channels.gain[rows]), -1.0, 1.0), rows)


def measure(
    reader: BaseRawIO,
    channels: Channels,
    timeline: Timeline,
    window: tuple[float, float] | None = None,
    peaks: np.ndarray | None = None,
) -> Scale:
    """Measure centre and spread of every channel from a few short reads.

    The cost does not depend on the length of the recording: `PROBES` reads of `PROBE_SAMPLES`
    over each stream's longest run, and as many over what is to be shown first.

    Parameters
    ----------
    reader : BaseRawIO
    channels : Channels
    timeline : Timeline
    window : tuple of float, or None
        Seconds from which to which is shown first.
    peaks : ndarray of float64, shape (channels, 2), or None
        Raw values that are to lie within the lanes, whatever else is measured: the least and the
        greatest of each channel, NaN for any. Where there are some, lanes of the stream are as high
        as the largest of these channels needs, not as most channels need; bad ones do not count
        beside good ones.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    reader = rough_of(reader)
    rest = np.zeros(len(channels))
    extent = np.zeros(len(channels))
    for stream in {info.stream for info in channels.infos}:
        rows = [row for row, info in enumerate(channels.infos) if info.stream == stream]
        groups = _probes(reader, timeline, stream, window)
        if not groups:
            continue
        gain = np.array([channels.infos[row].gain for row in rows])
        base = np.array([channels.infos[row].offset for row in rows])
        with np.errstate(over="ignore", invalid="ignore"):  # of gains beyond reason
            center, height = _center_and_height(groups)
            if peaks is not None:
                reach = np.abs(peaks[rows] - center[:, np.newaxis]).max(axis=1)
                height = np.fmax(height, HEADROOM * 2 * reach)
            rest[rows] = _finite(center * gain + base)
            extent[rows] = _finite(height * np.abs(gain))
    return Scale(rest, extent, _spans(channels, extent, peaks))


def _spans(
    channels: Channels, extent: np.ndarray, peaks: np.ndarray | None
) -> dict[tuple[int, str], float]:
    """Return the height of lanes for each stream and unit of measure."""
    span = {}
    kinds = [(info.stream, info.units) for info in channels.infos]
    peaked = np.zeros(len(channels), bool) if peaks is None else np.isfinite(peaks).all(axis=1)
    for kind in dict.fromkeys(kinds):
        member = np.array([other == kind for other in kinds]) & _sensible(extent)
        good = member & ~channels.bad
        seen = good & peaked if (good & peaked).any() else member & peaked
        if seen.any():
            span[kind] = float(extent[seen].max())
        elif good.any():
            span[kind] = float(np.median(extent[good]))
    return span


def _sensible(extent: np.ndarray) -> np.ndarray:
    return (extent > LEAST_SPAN) & (extent < 1 / LEAST_SPAN)


def _probes(
    reader: BaseRawIO, timeline: Timeline, stream: int, window: tuple[float, float] | None
) -> list[np.ndarray]:
    """Read short pieces all over the stream's longest run, and as another group, the window."""
    runs = [run for run in timeline.runs if run.stream == stream]
    if not runs:
        return []
    longest = max(runs, key=lambda run: run.size)
    spans = [(longest, 0, longest.size)]
    if window is not None:
        near = timeline.nearest_run([stream], (window[0] + window[1]) / 2)
        assert near is not None
        first, last = (int((t - near.t_start) * near.sampling_rate) for t in window)
        first, last = max(0, first), min(near.size, last)
        if first < last:
            spans.append((near, first, last))
    return [
        np.concatenate(
            [
                reader.get_analogsignal_chunk(
                    run.block,
                    run.segment,
                    start,
                    min(start + PROBE_SAMPLES, last),
                    stream_index=stream,
                )
                for start in _starts(first, last)
            ]
        )
        for run, first, last in spans
    ]


def _starts(first: int, last: int) -> list[int]:
    latest = max(first, last - PROBE_SAMPLES)
    return np.unique(np.linspace(first, latest, PROBES).astype(np.int64)).tolist()


def _center_and_height(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of each channel, and the height of a lane that shows all groups well."""
    samples = np.concatenate(groups)
    # A channel at a time in memory: medians along the other axis are several times slower.
    kind = np.float32 if samples.dtype.itemsize <= 2 else np.float64
    by_channel: np.ndarray = np.ascontiguousarray(samples.T, dtype=kind)
    if samples.dtype.kind == "f":
        by_channel = _without_holes(by_channel)
    center = np.median(by_channel, axis=1)
    centered = by_channel - center[:, np.newaxis]
    deviation = MAD_TO_SIGMA * np.median(np.abs(centered), axis=1)
    # A channel that rests most of the time (a trigger line) still has a spread.
    resting = deviation == 0
    deviation[resting] = centered[resting].std(axis=1, dtype=np.float64)
    height = LANE_SPREADS * deviation
    for group in np.split(centered, np.cumsum([len(g) for g in groups[:-1]]), axis=1):
        low, high = np.percentile(group, [TAIL, 100 - TAIL], axis=1)
        height = np.maximum(height, HEADROOM * 2 * np.maximum(-low, high))
    return center.astype(np.float64), height.astype(np.float64)


def _without_holes(by_channel: np.ndarray) -> np.ndarray:
    """Return float channels with NaN and infinities replaced by the channel's median."""
    holes = ~np.isfinite(by_channel)
    if not holes.any():
        return by_channel
    out = by_channel.copy()
    for channel in np.flatnonzero(holes.any(axis=1)):
        good = out[channel][~holes[channel]]
        out[channel][holes[channel]] = np.median(good) if good.size else 0.0
    return out


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0.0)

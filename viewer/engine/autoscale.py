"""A first scale by which every channel is readable: centred, and sized by its robust spread."""

from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.model import Channels, SignalRun

PROBES = 8
PROBE_SAMPLES = 256
LANE_SPREADS = 8.0
"""A lane is this many robust standard deviations high: noise fills half of it, spikes stand out."""

MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""


@dataclass(frozen=True)
class Scale:
    """The outcome of `measure`.

    Attributes
    ----------
    offset : ndarray of float64, one for each channel
        Physical units to add so that the channel's median lies in the middle of its lane.
    span : dict of str to float
        For each unit of measure, physical units to a lane.
    """

    offset: np.ndarray
    span: dict[str, float]

    def apply(self, channels: Channels) -> None:
        """Set the offsets and spans of `channels`."""
        channels.set_offset(self.offset)
        for units, span in self.span.items():
            channels.set_span(units, span)


def measure(reader: BaseRawIO, channels: Channels, runs: tuple[SignalRun, ...]) -> Scale:
    """Measure centre and spread of every channel from a few short reads over its first run.

    The cost does not depend on the length of the recording: `PROBES` reads of `PROBE_SAMPLES`.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    offset = np.zeros(len(channels))
    spread = np.full(len(channels), np.nan)
    largest: dict[int, SignalRun] = {}
    for run in runs:
        if run.stream not in largest or run.size > largest[run.stream].size:
            largest[run.stream] = run
    for stream, run in largest.items():
        rows = [row for row, info in enumerate(channels.infos) if info.stream == stream]
        gain = np.array([channels.infos[row].gain for row in rows])
        base = np.array([channels.infos[row].offset for row in rows])
        center, deviation = _probe(reader, run)
        offset[rows] = -(center * gain + base)
        spread[rows] = deviation * np.abs(gain)
    span = {}
    for units in {info.units for info in channels.infos}:
        of_units = np.array([info.units == units for info in channels.infos])
        typical = spread[of_units & (spread > 0)]
        if typical.size:
            span[units] = LANE_SPREADS * float(np.median(typical))
    return Scale(offset, span)


def _probe(reader: BaseRawIO, run: SignalRun) -> tuple[np.ndarray, np.ndarray]:
    """Return the median and the robust standard deviation of each channel, in raw units."""
    starts = np.unique(np.linspace(0, max(0, run.size - PROBE_SAMPLES), PROBES).astype(np.int64))
    probes = [
        reader.get_analogsignal_chunk(
            run.block,
            run.segment,
            int(start),
            int(min(start + PROBE_SAMPLES, run.size)),
            stream_index=run.stream,
        )
        for start in starts
    ]
    # A channel at a time in memory: medians along the other axis are several times slower.
    samples = np.ascontiguousarray(np.concatenate(probes).T, dtype=np.float32)
    center = np.median(samples, axis=1)
    deviation = MAD_TO_SIGMA * np.median(np.abs(samples - center[:, np.newaxis]), axis=1)
    # A channel that rests most of the time (a trigger line) still has a spread.
    resting = deviation == 0
    deviation[resting] = samples[resting].std(axis=1, dtype=np.float64)
    return center.astype(np.float64), deviation.astype(np.float64)

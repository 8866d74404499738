"""Recordings of spikes and events at whole ticks, other ones in every segment."""

import numpy as np
from hypothesis import strategies as st

from tests.readers import ArrayReader


class TickReader(ArrayReader):
    """Points of segments with clocks of their own; every look for them is written down.

    Parameters
    ----------
    spans : list of (int, int)
        First tick and number of ticks of each segment.
    units : dict of name to list, for each segment, of ticks
    events : dict of name to list, for each segment, of (tick, label)
    epochs : dict of name to list, for each segment, of (tick, ticks that it lasts, label)
    lines : collection of int
        Event channels that claim to be edges among the samples.
    rate : float
        Ticks to a second, and samples.
    """

    def __init__(self, spans, units=None, events=None, epochs=None, lines=(), rate=100.0):
        self.rate, self.lines, self.looks = rate, lines, []
        segments = [[(start / rate, np.zeros((count, 1), np.int16))] for start, count in spans]
        super().__init__(segments, [rate], units=units, events=events, epochs=epochs)

    def _cut(self, where, ticks, t_start, t_stop):
        kind, number, _ = where
        if kind == "unit":
            seconds = self._rescale_spike_timestamp(ticks, float)
        else:
            seconds = self._rescale_event_timestamp(ticks, float, number)
        there = self._between(seconds, t_start, t_stop)
        self.looks.append((*where, t_start, t_stop, int(there.sum())))
        return there

    def _spike_count(self, block, segment, unit):
        return len(list(self.units.values())[unit][segment])

    def _get_spike_timestamps(self, block, segment, unit, t_start, t_stop):
        ticks = np.array(list(self.units.values())[unit][segment], np.int64)
        return ticks[self._cut(("unit", unit, segment), ticks, t_start, t_stop)]

    def _rescale_spike_timestamp(self, timestamps, dtype):
        return (timestamps / self.rate).astype(dtype)

    def _event_count_reads_samples(self, channel):
        return channel in self.lines

    def _event_count(self, block, segment, channel):
        assert channel not in self.lines, "all samples would be read"
        return len(self._entries(channel)[segment])

    def _get_event_timestamps(self, block, segment, channel, t_start, t_stop):
        entries = self._entries(channel)[segment]
        ticks = np.array([entry[0] for entry in entries], np.int64)
        labels = np.array([entry[-1] for entry in entries], "U")
        there = self._cut(("event", channel, segment), ticks, t_start, t_stop)
        if channel < len(self.events):
            return ticks[there], None, labels[there]
        lasting = np.array([entry[1] for entry in entries], np.int64)
        return ticks[there], lasting[there], labels[there]

    def _rescale_event_timestamp(self, timestamps, dtype, channel):
        return (timestamps / self.rate).astype(dtype)


@st.composite
def tick_readers(draw, lines=True):
    """Draw readers of segments in order, with gaps, overlaps and clocks that were restarted.

    At 10 kHz an overlap may be less than what a segment is moved for.
    """
    rate = draw(st.sampled_from([100.0, 10_000.0]))
    spans, end = [], draw(st.integers(-50, 500))
    for _ in range(draw(st.integers(1, 4))):
        start = 0 if draw(st.booleans()) else end + draw(st.integers(-8, 300))
        count = draw(st.integers(1, 1500))
        spans.append((start, count))
        end = start + count

    def ticks():
        return [sorted(draw(st.lists(st.integers(s, s + n), max_size=6))) for s, n in spans]

    labels = st.sampled_from(["on", "off", "ON again"])
    units = {f"u{n}": ticks() for n in range(draw(st.integers(0, 3)))}
    events = {
        f"e{n}": [[(t, draw(labels)) for t in some] for some in ticks()]
        for n in range(draw(st.integers(0, 2)))
    }
    epochs = {
        f"p{n}": [[(t, draw(st.integers(0, 90)), draw(labels)) for t in some] for some in ticks()]
        for n in range(draw(st.integers(0, 1)))
    }
    numbers = range(len(events) + len(epochs))
    among = {n for n in numbers if lines and draw(st.booleans())}
    return TickReader(spans, units, events, epochs, among, rate)


def all_points(reader, timeline):
    """Return (time, kind, number, label, seconds it lasts, segment) of everything, slowly."""
    out = []
    for where, segment in enumerate(timeline.segments):
        for unit, name in enumerate(reader.units):
            for tick in reader.units[name][where]:
                time = tick / reader.rate + segment.shift
                out.append((time, "unit", unit, "", np.nan, segment))
        for channel in range(len(reader.events) + len(reader.epochs)):
            for tick, *lasting, label in reader._entries(channel)[where]:
                time = tick / reader.rate + segment.shift
                seconds = lasting[0] / reader.rate if lasting else np.nan
                out.append((time, "event", channel, label, seconds, segment))
    return out

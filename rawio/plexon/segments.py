"""Segments and streams: where all signals are cut, and which channels are read together.

A segment is a stretch in which no channel has a gap. Cuts go through every channel, also through
those that have no gap there, and through spikes and events: what is before the tick of a cut
belongs to the segment before. The fewest cuts that separate all gaps are taken.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rawio.plexon.index import Index
from rawio.plexon.runs import stab

ALWAYS = np.iinfo(np.int64)
"""Its ``min`` and ``max`` bound the first and last segment of a part."""

MAX_CUTS = 100_000
"""Beyond this the rate in the header is wrong, not the recording full of gaps."""

MAX_PREFIXES = 4


@dataclass(frozen=True)
class Segments:
    """Bounds of the segments, in time order within each part and part by part.

    Attributes
    ----------
    part : ndarray of int64, shape (S,)
    low, high : ndarray of int64, shape (S,)
        A segment holds the ticks of its part from `low` up to but without `high`.
    ignored : int
        Cuts that were not made because there were more than `MAX_CUTS`.
    """

    part: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ignored: int

    def __len__(self) -> int:
        return len(self.part)


@dataclass(frozen=True)
class Stretches:
    """The samples of every signal channel in every segment.

    Attributes
    ----------
    first : ndarray of int64, shape (C, S)
        Samples of the channel in the whole file before the segment.
    size : ndarray of int64, shape (C, S)
    tick : ndarray of float64, shape (C, S)
        Time of the first sample in ticks; 0 where there is none.
    """

    first: np.ndarray
    size: np.ndarray
    tick: np.ndarray


@dataclass(frozen=True)
class Stream:
    """Channels that are read together.

    Attributes
    ----------
    members : ndarray of intp
        Which of the signal channels, ascending.
    rate : int
        Samples a second.
    size : ndarray of int64, shape (S,)
        Samples that all members have.
    tick : ndarray of float64, shape (S,)
        Time of the first sample.
    lost : int
        Samples of members beyond `size`, over all segments.
    """

    members: np.ndarray
    rate: int
    size: np.ndarray
    tick: np.ndarray
    lost: int


def find_segments(runs: np.ndarray, rates: np.ndarray, clock: int, parts: int) -> Segments:
    """Cut the recording at the gaps of its signals.

    Parameters
    ----------
    runs : ndarray of runs.RUN
    rates : ndarray of int
        Samples a second, by the keys that `runs` refers to.
    clock : int
        Ticks a second.
    parts : int
        Number of parts with a clock of their own.

    Returns
    -------
    Segments
    """
    end = runs["tick"] + runs["samples"] * (clock / rates[runs["key"]])
    same = (runs["key"][1:] == runs["key"][:-1]) & (runs["part"][1:] == runs["part"][:-1])
    before = np.flatnonzero(same)
    gaps = np.stack([np.floor(end[before]).astype(np.int64), runs["tick"][before + 1]], axis=1)
    all_cuts = [stab(gaps[runs["part"][before] == p]) for p in range(parts)]
    ignored = sum(map(len, all_cuts))
    if ignored > MAX_CUTS:
        all_cuts = [cuts[:0] for cuts in all_cuts]
    else:
        ignored = 0
    part, low, high = [], [], []
    for p, cuts in enumerate(all_cuts):
        bounds = [int(ALWAYS.min), *cuts.tolist(), int(ALWAYS.max)]
        part += [p] * (len(bounds) - 1)
        low += bounds[:-1]
        high += bounds[1:]
    int64 = np.int64
    return Segments(np.array(part, int64), np.array(low, int64), np.array(high, int64), ignored)


def find_stretches(
    runs: np.ndarray, signal_keys: np.ndarray, rates: np.ndarray, clock: int, segments: Segments
) -> Stretches:
    """Find the samples of every signal channel in every segment.

    Parameters
    ----------
    runs : ndarray of runs.RUN
    signal_keys : ndarray of int, shape (C,)
        Keys of the signal channels.
    rates : ndarray of int
        Samples a second, by key.
    clock : int
    segments : Segments

    Returns
    -------
    Stretches
    """
    shape = (len(signal_keys), len(segments))
    first, size = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    tick = np.zeros(shape, dtype=np.float64)
    for c, key in enumerate(signal_keys.tolist()):
        own = runs[runs["key"] == key]
        ratio = clock / rates[key]
        for part in np.unique(own["part"]).tolist():
            where = np.flatnonzero(segments.part == part)
            these = own[own["part"] == part]
            cuts = _samples_before(these, segments.low[where[1:]], ratio)
            bounds = np.concatenate(
                [these["first"][:1], cuts, these["first"][-1:] + these["samples"][-1:]]
            )
            first[c, where] = bounds[:-1]
            size[c, where] = np.diff(bounds)
            run = np.searchsorted(these["first"], bounds[:-1], "right") - 1
            start = these["tick"][run] + (bounds[:-1] - these["first"][run]) * ratio
            tick[c, where] = np.where(size[c, where] > 0, start, 0.0)
    return Stretches(first, size, tick)


def find_streams(
    stretches: Stretches, rates: np.ndarray, clock: int, block_words: np.ndarray
) -> list[Stream]:
    """Group the channels of one rate whose samples are at the same times.

    Channels belong together when, in every segment, they start within half a sample of each
    other and their sizes differ by no more than the longest block of either: a file that was
    cut, or a pause, leaves some channels a block behind. The common samples are the stream's.

    Parameters
    ----------
    stretches : Stretches
    rates : ndarray of int, shape (C,)
    clock : int
    block_words : ndarray of int, shape (C,)
        Samples in the longest block of each channel.

    Returns
    -------
    list of Stream
    """
    groups: list[_Group] = []
    for c in range(len(rates)):
        for group in groups:
            if group.takes(stretches, c, int(rates[c]), int(block_words[c]), clock):
                group.add(stretches, c, int(block_words[c]))
                break
        else:
            groups.append(_Group(stretches, c, int(rates[c]), int(block_words[c])))
    return [group.stream(stretches) for group in groups]


def stream_names(streams: list[Stream], channel_names: list[str]) -> list[str]:
    """Return a name for each stream: what its channels' names have before their numbers.

    Where names would repeat the rate is added, and where that does not help a number.
    """
    names = [_common_name([channel_names[m] for m in stream.members]) for stream in streams]
    if len(set(names)) < len(names):
        names = [
            f"{name} {stream.rate} Hz" if names.count(name) > 1 else name
            for name, stream in zip(names, streams, strict=True)
        ]
    unique: list[str] = []
    for name in names:
        number = 1
        while (name if number == 1 else f"{name} #{number}") in unique:
            number += 1
        unique.append(name if number == 1 else f"{name} #{number}")
    return unique


def greatest_drift(runs: np.ndarray, rates: np.ndarray, clock: int) -> float:
    """Return by how many samples the blocks of a run drift, at most, from its nominal rate.

    Positive when blocks come later than the rate says.
    """
    if not len(runs):
        return 0.0
    elapsed = (runs["last_tick"] - runs["tick"]) * (rates[runs["key"]] / clock)
    drift = elapsed - (runs["last_first"] - runs["first"])
    return float(drift[np.argmax(np.abs(drift))])


def find_extents(
    segments: Segments, streams: list[Stream], index: Index, point_keys: np.ndarray, clock: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return when each segment starts and stops, in seconds.

    From the first to the end of the last of signals, spikes and events. A first segment that
    holds no more than a moment starts at 0, any other such segment lasts one tick.

    Parameters
    ----------
    segments : Segments
    streams : list of Stream
    index : Index
    point_keys : ndarray of int
        Keys of units and event channels.
    clock : int

    Returns
    -------
    t_start, t_stop : ndarray of float64, shape (S,)
    """
    start = np.full(len(segments), np.inf)
    stop = np.full(len(segments), -np.inf)
    for stream in streams:
        some = stream.size > 0
        end = stream.tick + stream.size * (clock / stream.rate)
        start[some] = np.minimum(start, stream.tick)[some]
        stop[some] = np.maximum(stop, end)[some]
    for key in point_keys.tolist():
        for part, (first, last) in enumerate(pairwise(index.part_rows[key].tolist())):
            where = np.flatnonzero(segments.part == part)
            ticks = index.tick[first:last]
            inner = np.searchsorted(ticks, segments.low[where[1:]])
            bounds = np.concatenate([[0], inner, [last - first]])
            some = bounds[1:] > bounds[:-1]
            where = where[some]
            start[where] = np.minimum(start[where], ticks[bounds[:-1][some]])
            stop[where] = np.maximum(stop[where], ticks[bounds[1:][some] - 1])
    nothing = stop < start
    start[nothing] = stop[nothing] = np.maximum(segments.low[nothing], 0)
    if not start[0] < stop[0]:
        start[0] = 0.0
    stop = np.where(stop > start, stop, start + 1)
    return start / clock, stop / clock


def rows_in_segment(index: Index, key: int, segments: Segments, seg_index: int) -> slice:
    """Return the rows of a unit or event key whose ticks are in a segment."""
    part = segments.part[seg_index]
    first, last = index.part_rows[key, part : part + 2].tolist()
    ticks = index.tick[first:last]
    low, high = np.searchsorted(ticks, [segments.low[seg_index], segments.high[seg_index]])
    return slice(first + int(low), first + int(high))


class _Group:
    """A stream in the making."""

    def __init__(self, stretches: Stretches, c: int, rate: int, block: int) -> None:
        self.members = [c]
        self.rate = rate
        self.block = block
        self.least = stretches.size[c].copy()
        self.most = stretches.size[c].copy()
        self.tick = stretches.tick[c].copy()

    def takes(self, stretches: Stretches, c: int, rate: int, block: int, clock: int) -> bool:
        if rate != self.rate:
            return False
        size = stretches.size[c]
        spread = np.maximum(self.most, size) - np.minimum(self.least, size)
        if (spread > max(self.block, block)).any():
            return False
        both = (size > 0) & (self.least > 0)
        apart = np.abs(stretches.tick[c][both] - self.tick[both])
        return bool((apart <= 0.5 * clock / rate).all())

    def add(self, stretches: Stretches, c: int, block: int) -> None:
        self.members.append(c)
        self.block = max(self.block, block)
        np.minimum(self.least, stretches.size[c], out=self.least)
        np.maximum(self.most, stretches.size[c], out=self.most)

    def stream(self, stretches: Stretches) -> Stream:
        members = np.array(self.members, dtype=np.intp)
        lost = int((stretches.size[members] - self.least).sum())
        return Stream(members, self.rate, self.least, self.tick, lost)


def _samples_before(runs: np.ndarray, cuts: np.ndarray, ratio: float) -> np.ndarray:
    """Return how many samples of a channel come before each cut, to the nearest sample.

    To the nearest, not up: channels whose blocks were stamped a tick apart are then cut at the
    same sample.
    """
    run = np.searchsorted(runs["tick"], cuts, "right") - 1
    into = np.rint((cuts - runs["tick"][run]) / ratio).astype(np.int64)
    into = np.clip(into, 0, runs["samples"][run])
    return np.where(run < 0, runs["first"][0], runs["first"][run] + into)


def _common_name(channel_names: list[str]) -> str:
    prefixes = list(dict.fromkeys(_prefix(name) for name in channel_names))
    if len(prefixes) > MAX_PREFIXES:
        prefixes = [*prefixes[:MAX_PREFIXES], "..."]
    return "+".join(prefixes)


def _prefix(name: str) -> str:
    found = re.match(r"[^\W\d]+", name)
    return found.group() if found else name or "signals"

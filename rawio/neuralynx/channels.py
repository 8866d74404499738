"""Signal channels and the streams they form."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rawio.errors import Warn
from rawio.neuralynx import layout
from rawio.neuralynx.folder import DataFile, Entity
from rawio.neuralynx.headers import MOST_RATE, Filters
from rawio.neuralynx.notes import Notes
from rawio.neuralynx.periods import Tolerance, stated_periods
from rawio.neuralynx.records import RecordIndex, Scan
from rawio.neuralynx.timing import Timing, fits, join, true_rate
from rawio.segmenting import Runs

SCANNED_BYTES = 256 << 20
"""Recordings up to this size are scanned whole; of larger ones, as many files as fit into it."""

StreamKey = tuple[float, int | None, Filters]


@dataclass(frozen=True, eq=False)
class Channel:
    """A signal channel.

    Attributes
    ----------
    entity : Entity
    rate : float
        Samples a second as stated.
    timing : Timing
        Shared by channels of which it is the same.
    """

    entity: Entity
    rate: float
    timing: Timing

    @property
    def key(self) -> StreamKey:
        """What the channels of a stream have in common, besides their timing."""
        header = self.entity.header
        return self.rate, header.input_range, header.filters


@dataclass(frozen=True, eq=False)
class Stream:
    """Channels that are read together.

    Attributes
    ----------
    key : StreamKey
    members : list of int
        Of the channels, ascending.
    rate : float
        Samples a second.
    timing : Timing
        Of the first member.
    size : ndarray of int64
        Samples of each run that all members have.
    lost : int
        Samples of members beyond that.
    """

    key: StreamKey
    members: list[int]
    rate: float
    timing: Timing
    size: np.ndarray
    lost: int

    def runs(self, origin: int) -> Runs:
        """Return the runs in seconds since `origin`, in us."""
        return Runs((self.timing.start - origin) / 1e6, self.size, self.rate)


class Indexer:
    """Indexes continuous files; what they share is kept once.

    Parameters
    ----------
    total : int
        Bytes of all files that will come.
    tolerance : Tolerance
    notes : Notes
    """

    def __init__(self, total: int, tolerance: Tolerance, notes: Notes) -> None:
        self._tolerance, self._notes = tolerance, notes
        self._whole = total <= SCANNED_BYTES
        self._left = SCANNED_BYTES
        self._known: dict[tuple[int, float], list[RecordIndex]] = {}
        self._joined: dict[tuple[int, ...], Timing] = {}

    def timing(self, files: Iterable[DataFile], rate: float) -> Timing:
        """Return the timing of a channel of these files."""
        parts = [self._index(file, rate) for file in files]
        key = tuple(id(part) for part in parts)  # all of them are kept in `_known`
        if key not in self._joined:
            self._joined[key] = join(parts, self._tolerance)
        return self._joined[key]

    def _index(self, data: DataFile, rate: float) -> RecordIndex:
        known = self._known.setdefault((data.n_records, rate), [])
        stated = stated_periods(rate, self.record_rate(data))
        scan = Scan(data.file, data.n_records, stated, self._tolerance)
        if not self._whole:
            for index in known:
                if scan.matches(index):
                    return index
        if self._whole or data.file.size <= self._left:
            self._left -= data.file.size
            index = scan.complete()
        else:
            index = scan.sparse()
        self._note(scan, int((index.valid == 0).sum()), data.file.path.name)
        for other in known:
            if other.same_as(index):
                return other
        known.append(index)
        return index

    def record_rate(self, data: DataFile) -> int:
        """Return the rate that the first record states, 0 where it cannot be one."""
        head = np.empty(1, layout.NCS_HEAD)
        data.file.read_into(head, layout.HEADER_BYTES)
        rate = int(head["rate"][0])
        return rate if rate <= MOST_RATE else 0

    def _note(self, scan: Scan, n_empty: int, name: str) -> None:
        if n_empty:
            self._notes.add(
                "{files}: "
                + f"{n_empty} records hold no samples; was the recorder stopped by force?",
                name,
            )
        if scan.overfull:
            self._notes.add("{files}: records claim more than 512 samples; read as 512.", name)
        if scan.timeless:
            self._notes.add(
                "{files}: timestamps of records are no times; their samples are placed after "
                "those of the record before.",
                name,
            )
        if scan.meaningless:
            self._notes.add(
                "{files}: timestamps go back or jump so often that they cannot be times; records "
                "are read one after the other without gaps.",
                name,
            )


def find_channels(entities: Iterable[Entity], indexer: Indexer, notes: Notes) -> list[Channel]:
    """Return the channels that have samples, in the order of their entities."""
    channels = []
    for entity in entities:
        files = [file for file in entity.files if file.n_records]
        name = entity.header.path.name
        if not files:
            notes.add("{files}: no records follow the header; left out.", name)
            continue
        rate = entity.header.rate or float(indexer.record_rate(files[0]))
        if not rate:
            notes.add("{files}: neither header nor records state a rate; left out.", name)
            continue
        timing = indexer.timing(files, rate)
        if not len(timing.start):
            notes.add("{files}: no record has a valid sample; left out.", name)
            continue
        channels.append(Channel(Entity(entity.name, tuple(files)), rate, timing))
    return channels


def find_streams(channels: list[Channel], warn: Warn) -> list[Stream]:
    """Put channels together that have one key and one timing.

    Streams of the highest rate come first; among those of one rate, that of the first channel.
    """
    groups: dict[StreamKey, list[list[int]]] = {}
    for c, channel in enumerate(channels):
        same_key = groups.setdefault(channel.key, [])
        for group in same_key:
            if fits(channels[group[0]].timing, channel.timing):
                group.append(c)
                break
        else:
            same_key.append([c])
    streams = [
        _stream(key, group, channels) for key, same_key in groups.items() for group in same_key
    ]
    streams.sort(key=lambda stream: (-stream.key[0], stream.members[0]))
    for stream in streams:
        _warn_of_timing(stream, channels, warn)
    return streams


def _stream(key: StreamKey, members: list[int], channels: list[Channel]) -> Stream:
    timings = [channels[c].timing for c in members]
    sizes = np.array([int(timing.size[-1]) for timing in timings], np.int64)
    size = timings[0].size.copy()
    size[-1] = sizes.min()
    lost = int((sizes - size[-1]).sum())
    return Stream(key, members, true_rate(timings[0], key[0]), timings[0], size, lost)


def _warn_of_timing(stream: Stream, channels: list[Channel], warn: Warn) -> None:
    first = channels[stream.members[0]].entity.name
    who = first if len(stream.members) == 1 else f"{first} and {len(stream.members) - 1} others"
    stated = stream.key[0]
    if stream.rate != stated:
        late = abs(stream.timing.drift(stated)) * 1e3 / stated
        warn(
            f"{who}: the rate stated is {stated:.12g} Hz, by the timestamps it is "
            f"{stream.rate:.12g} Hz; the latter is used, as samples would else be {late:.3g} ms "
            "off."
        )
    drift = stream.timing.drift(stream.rate)
    if abs(drift) > 1 + stream.rate / 1e6:
        warn(
            f"{who}: without a gap, records come up to {abs(drift):.1f} samples "
            f"{'later' if drift > 0 else 'earlier'} than the rate says; samples are shown evenly "
            "spaced from the start of each run."
        )
    if stream.lost:
        warn(
            f"{who}: the channels do not end together and are read up to the shortest: "
            f"{stream.lost} samples in all are left out."
        )
    delay = max(channels[c].entity.header.uncompensated_us for c in stream.members)
    if delay > 0:
        warn(
            f"{who}: timestamps are not corrected for the delay of the filters, {delay:g} us "
            "(DspDelayCompensation is off); what was recorded happened that much earlier."
        )

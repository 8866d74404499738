"""The index of a NEV file: all spikes by unit and time, and all other packets.

With it what is known of a unit is a slice, and so is what falls between two times. It takes 12
bytes a spike, and can be kept in the cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nev_clock import find_resets
from rawio.blackrock.nev_header import NevHeader
from rawio.blackrock.nev_scan import EVENT, PIECE_BYTES, Piece, scan_pieces, written_packets
from rawio.cache import CacheEntry, fingerprint
from rawio.files import RawFile

VERSION = 2
KEY = np.dtype([("electrode", "<i4"), ("unit", "<i4"), ("start", "<i8"), ("count", "<i8")])
ARRAYS = ("keys", "epoch_rows", "tick", "packet", "events", "resets", "noted")

WORTH_KEEPING_BYTES = 8 << 20
"""Smaller files are scanned faster than an entry of the cache is written."""

ABSOLUTE_SECONDS = 1 << 26
"""Timestamps of more than two years count from 1970, not from when a clock was started."""

RESTART_HEAD = layout.RESTART_TEXT[:8]
"""What an index keeps of a comment starts with two bytes, a colour and this text."""


@dataclass(frozen=True)
class NevIndex:
    """Where everything is. Rows are spikes, by unit, epoch and time.

    Attributes
    ----------
    keys : ndarray of KEY, shape (U,)
        The units, by electrode and number, and their rows.
    epoch_rows : ndarray of int64, shape (U, epochs + 1)
        First row of each unit in each epoch, and one past its last.
    tick : ndarray of int64, shape (N,)
        Timestamps less `base` seconds.
    packet : ndarray of uint32 or int64, shape (N,)
        Which packet of the file it is.
    events : ndarray of nev_scan.EVENT
        Packets that are no spikes, in file order; ticks are less `base` seconds, too.
    resets : ndarray of int64, shape (epochs - 1,)
        The first packet of each epoch but the first.
    noted : ndarray of bool, shape (epochs - 1,)
        Whether a comment says so.
    facts : dict
        ``base``: whole seconds, 0 unless timestamps count from 1970; ``ignored``: backward jumps
        that are too many to be resets; ``unsorted``: units whose spikes are not in time order in
        the file; ``unwritten``: packets at the end that are zeros, which do not count.
    """

    keys: np.ndarray
    epoch_rows: np.ndarray
    tick: np.ndarray
    packet: np.ndarray
    events: np.ndarray
    resets: np.ndarray
    noted: np.ndarray
    facts: dict[str, Any]

    @property
    def base(self) -> int:
        """Whole seconds that ticks are less than the file's."""
        return int(self.facts["base"])

    @property
    def n_epochs(self) -> int:
        """Stretches between resets of the clock."""
        return len(self.resets) + 1


def load_or_build(file: RawFile, header: NevHeader, use_cache: bool) -> NevIndex:
    """Return the index of a file, from the cache if it is there."""
    if not use_cache or file.size < WORTH_KEEPING_BYTES:
        return build_index(file, header)
    entry = CacheEntry("blackrock", VERSION, file.path, fingerprint(file, header.data_start))
    kept = _load(entry)
    if kept is not None:
        return kept
    index = build_index(file, header)
    entry.store({name: getattr(index, name) for name in ARRAYS}, index.facts)
    return index


def _load(entry: CacheEntry) -> NevIndex | None:
    found = entry.load()
    if found is None or sorted(found[0]) != sorted(ARRAYS):
        return None
    return NevIndex(**found[0], facts=found[1])


def build_index(file: RawFile, header: NevHeader, piece_bytes: int = PIECE_BYTES) -> NevIndex:
    """Scan the packets of a file and sort them.

    Parameters
    ----------
    file : RawFile
    header : NevHeader
    piece_bytes : int
        About so many of the file are scanned at a time, by each thread.

    Returns
    -------
    NevIndex
    """
    count = written_packets(file, header)
    pieces = list(scan_pieces(file, header, count, piece_bytes))
    events = np.concatenate([p.events for p in pieces]) if pieces else np.empty(0, EVENT)
    watches = [p.watch for p in pieces]
    resets = find_resets(watches, _restarts(file, header, events), header)
    first = next((w.ends[0] for w in watches if w.ends is not None), 0)
    base = first // header.resolution
    base = base if base >= ABSOLUTE_SECONDS else 0
    keys, tick, packet = _assembled(pieces, count)
    for column, packets in ((tick, packet), (events["tick"], events["packet"])):
        if len(resets.wraps):
            turns = np.append(0, np.cumsum(resets.wraps[:, 1]))
            column += turns[np.searchsorted(resets.wraps[:, 0], packets, "right")] << 32
        if base:
            column -= base * header.resolution
    epoch_rows = _epoch_rows(keys, packet, resets.packets)
    unsorted = sort_rows(epoch_rows, tick, packet)
    return NevIndex(
        keys,
        epoch_rows,
        tick,
        packet,
        events,
        resets.packets,
        resets.noted,
        {
            "base": base,
            "ignored": resets.ignored,
            "unsorted": unsorted,
            "unwritten": (file.size - header.data_start) // header.packet_bytes - count,
        },
    )


def _restarts(file: RawFile, header: NevHeader, events: np.ndarray) -> np.ndarray:
    """Return the packets that are comments which say that the clock was set back."""
    wanted = np.frombuffer(bytes(6) + RESTART_HEAD, "u1")
    likely = (events["id"] == layout.COMMENT) & (events["head"] == wanted).all(axis=1)
    found = []
    for packet in events["packet"][likely].tolist():
        at = header.data_start + packet * header.packet_bytes + header.payload + 4
        raw = file.read(at, header.packet_bytes - header.payload - 4).tobytes()
        if raw.split(b"\0", 1)[0] == layout.RESTART_TEXT:
            found.append(packet)
    return np.array(found, np.int64)


def _assembled(pieces: list[Piece], count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return keys, ticks and packets of all pieces; each unit's in file order."""
    codes = np.unique(np.concatenate([p.codes for p in pieces] or [np.empty(0, np.int64)]))
    keys = np.zeros(len(codes), KEY)
    keys["electrode"], keys["unit"] = codes >> 8, codes & 0xFF
    parts: list[list[tuple[int, int, int]]] = [[] for _ in codes]
    for number, piece in enumerate(pieces):
        place = np.searchsorted(codes, piece.codes)
        keys["count"][place] += piece.counts
        stops = np.cumsum(piece.counts)
        bounds = zip(place.tolist(), (stops - piece.counts).tolist(), stops.tolist(), strict=True)
        for unit, start, stop in bounds:
            parts[unit].append((number, start, stop))
    keys["start"] = np.cumsum(keys["count"]) - keys["count"]
    total = int(keys["count"].sum())
    tick = np.empty(total, np.int64)
    packet = np.empty(total, np.uint32 if count <= 1 << 32 else np.int64)
    ticks = [p.ticks for p in pieces]
    packets = [p.packets + packet.dtype.type(p.first) for p in pieces]
    for key, some in zip(keys, parts, strict=True):
        rows = slice(int(key["start"]), int(key["start"] + key["count"]))
        np.concatenate([ticks[k][a:b] for k, a, b in some], out=tick[rows], casting="unsafe")
        np.concatenate([packets[k][a:b] for k, a, b in some], out=packet[rows])
    return keys, tick, packet


def _epoch_rows(keys: np.ndarray, packet: np.ndarray, resets: np.ndarray) -> np.ndarray:
    rows = np.empty((len(keys), len(resets) + 2), np.int64)
    rows[:, 0] = keys["start"]
    rows[:, -1] = keys["start"] + keys["count"]
    if len(resets):
        for row in rows:
            row[1:-1] = row[0] + np.searchsorted(packet[row[0] : row[-1]], resets)
    return rows


def sort_rows(epoch_rows: np.ndarray, tick: np.ndarray, packet: np.ndarray) -> int:
    """Sort the rows of each unit in each epoch by time, in place; equal times keep their order.

    Returns
    -------
    int
        How many units were not sorted.
    """
    starts = epoch_rows[:, :-1].ravel()
    back = np.flatnonzero(tick[1:] < tick[:-1]) + 1
    within = np.unique(np.searchsorted(starts, back, "right") - 1)
    units = set()
    for place in within.tolist():
        unit, epoch = divmod(place, epoch_rows.shape[1] - 1)
        rows = slice(*epoch_rows[unit, epoch : epoch + 2].tolist())
        if (tick[rows][1:] >= tick[rows][:-1]).all():
            continue  # it is where one unit follows another
        order = np.argsort(tick[rows], kind="stable")
        tick[rows], packet[rows] = tick[rows][order], packet[rows][order]
        units.add(unit)
    return len(units)


def merged(index: NevIndex, match: np.ndarray, n_epochs: int) -> NevIndex:
    """Return the index with its epochs put together as those of the signals.

    Parameters
    ----------
    index : NevIndex
    match : ndarray of int64, shape (index.n_epochs,)
        Rising: the number each epoch shall have.
    n_epochs : int

    Returns
    -------
    NevIndex
        ``resets`` and ``noted`` are those of the new epochs.
    """
    before = np.searchsorted(match, np.arange(n_epochs + 1))
    rows = index.epoch_rows[:, before]
    tick, packet = index.tick, index.packet
    if len(np.unique(match)) < len(match):
        tick, packet = tick.copy(), packet.copy()
        sort_rows(rows, tick, packet)
    bounds = np.concatenate([[0], index.resets, [np.iinfo(np.int64).max]])
    noted = np.concatenate([[False], index.noted, [False]])
    inner = before[1:-1]
    return NevIndex(
        index.keys, rows, tick, packet, index.events, bounds[inner], noted[inner], index.facts
    )


def spans_of(index: NevIndex, resolution: int, shift: int) -> np.ndarray:
    """Return when spikes and inputs of each epoch start and stop, in seconds; NaN without any.

    Parameters
    ----------
    index : NevIndex
    resolution : int
        Ticks a second.
    shift : int
        Seconds to add.
    """
    spans = np.full((index.n_epochs, 2), np.nan)
    inputs = index.events[index.events["id"] == layout.DIGITAL]
    epoch_of_input = epochs_of(index, inputs["packet"])
    starts, stops = index.epoch_rows[:, :-1], index.epoch_rows[:, 1:]
    for epoch in range(index.n_epochs):
        some = starts[:, epoch] < stops[:, epoch]
        found = [
            index.tick[starts[some, epoch]],
            index.tick[stops[some, epoch] - 1],
            inputs["tick"][epoch_of_input == epoch],
        ]
        ticks = np.concatenate(found)
        if len(ticks):
            spans[epoch] = ticks.min() / resolution + shift, ticks.max() / resolution + shift
    return spans


def epochs_of(index: NevIndex, packets: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return the epoch that each packet is in."""
    return np.searchsorted(index.resets, packets, "right")

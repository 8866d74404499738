"""The packets of a NEV file, read in pieces and each piece sorted by unit.

Packets all have one size, so what identifies them (timestamp, packet id, class) is copied from
small slabs that a core's cache holds, piece by piece, and pieces are independent of each other:
two threads do them in half the time, since NumPy and the system work without the interpreter.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nev_clock import Watch, watch
from rawio.blackrock.nev_header import NevHeader
from rawio.files import RawFile, aligned_empty

PIECE_BYTES = 16 << 20
SLAB_BYTES = 1 << 20
MAX_THREADS = 4

HEAD_BYTES = 14
"""Of a packet that is no spike: two bytes after its id, and twelve of what it holds."""

EVENT = np.dtype([("tick", "<i8"), ("packet", "<i8"), ("id", "<u2"), ("head", "u1", (HEAD_BYTES,))])


@dataclass(frozen=True)
class Piece:
    """Consecutive packets of a file.

    Attributes
    ----------
    codes : ndarray of int64, shape (U,)
        Electrode times 256 plus unit of those that have spikes here, ascending.
    counts : ndarray of int64, shape (U,)
        Spikes of each.
    ticks : ndarray of unsigned int, shape (counts.sum(),)
        Timestamps, by unit and then in file order.
    packets : ndarray of uint32
        Which packets they are, counted from the start of the piece.
    first : int
        Packets of the file before the piece.
    events : ndarray of EVENT
        All other packets, in file order.
    watch : nev_clock.Watch
        What the clock did.
    """

    codes: np.ndarray
    counts: np.ndarray
    ticks: np.ndarray
    packets: np.ndarray
    first: int
    events: np.ndarray
    watch: Watch


def written_packets(file: RawFile, header: NevHeader) -> int:
    """Return how many packets there are before the zeros that a crash may leave at the end."""
    size = header.packet_bytes
    stop, step = (file.size - header.data_start) // size, 8
    while stop > 0:
        start = max(0, stop - step)
        packets = file.read(header.data_start + start * size, (stop - start) * size)
        written = np.flatnonzero(packets.reshape(-1, size).any(axis=1))
        if len(written):
            return start + int(written[-1]) + 1
        stop, step = start, max(1, min(4 * step, SLAB_BYTES // size))
    return 0


def scan_pieces(
    file: RawFile, header: NevHeader, count: int, piece_bytes: int = PIECE_BYTES
) -> Iterator[Piece]:
    """Yield the packets of a file, piece by piece, in order.

    Parameters
    ----------
    file : RawFile
    header : NevHeader
    count : int
        Whole packets in the file.
    piece_bytes : int
        About so many of the file make a piece.
    """
    size = max(1, piece_bytes // header.packet_bytes)
    starts = range(0, count, size)

    def scan(first: int) -> Piece:
        return _scan(file, header, first, min(size, count - first))

    if len(starts) < 2:
        yield from map(scan, starts)
        return
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as pool:
        yield from pool.map(scan, starts)


def _scan(file: RawFile, header: NevHeader, first: int, count: int) -> Piece:
    ticks, ids, classes, events = _columns(file, header, first, count)
    key, meaning = _keys(ids, classes)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.append(0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1)
    codes, counts = meaning[ordered[starts]], np.diff(np.append(starts, count))
    # Packets that are no spikes have the least and the greatest ids.
    electrodes = codes >> 8
    units = (electrodes > layout.DIGITAL) & (electrodes <= layout.LAST_ELECTRODE)
    before = int(counts[electrodes == layout.DIGITAL].sum())
    order = order[before : before + int(counts[units].sum())]
    return Piece(
        codes=codes[units],
        counts=counts[units],
        ticks=ticks[order],
        packets=order.astype(np.uint32),
        first=first,
        events=events,
        watch=watch(ticks, ids, first, header),
    )


def _columns(
    file: RawFile, header: NevHeader, first: int, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return timestamps, ids and classes of packets, and the packets that are no spikes."""
    size, stamp = header.packet_bytes, header.stamp_bytes
    step = max(1, min(count, SLAB_BYTES // size))
    slab = aligned_empty(step * size, "u1")
    columns = [np.empty(count, dtype) for dtype in (f"<u{stamp}", "<u2", "u1")]
    views = [
        np.ndarray((step,), column.dtype, slab.data, offset, (size,))
        for column, offset in zip(columns, (0, stamp, stamp + 2), strict=True)
    ]
    found = []
    for start in range(0, count, step):
        n = min(step, count - start)
        file.read_into(slab[: n * size], header.data_start + (first + start) * size)
        for column, view in zip(columns, views, strict=True):
            column[start : start + n] = view[:n]
        ids = columns[1][start : start + n]
        if ids.min() == layout.DIGITAL or ids.max() > layout.LAST_ELECTRODE:
            others = np.flatnonzero((ids == layout.DIGITAL) | (ids > layout.LAST_ELECTRODE))
            found.append(_events(slab, header, others, first + start))
    ticks, ids, classes = columns
    if stamp == 8:
        ticks = np.minimum(ticks, layout.FARTHEST_TICK)
    return ticks, ids, classes, np.concatenate(found) if found else np.empty(0, EVENT)


def _events(slab: np.ndarray, header: NevHeader, rows: np.ndarray, first: int) -> np.ndarray:
    size, stamp = header.packet_bytes, header.stamp_bytes
    events = np.zeros(len(rows), EVENT)
    ticks = np.ndarray((len(slab) // size,), f"<u{stamp}", slab.data, 0, (size,))
    events["tick"] = np.minimum(ticks[rows].astype(np.uint64), layout.FARTHEST_TICK)
    events["packet"] = first + rows
    events["id"] = np.ndarray((len(slab) // size,), "<u2", slab.data, stamp, (size,))[rows]
    n = min(HEAD_BYTES, size - stamp - 2)
    events["head"][:, :n] = slab.reshape(-1, size)[rows, stamp + 2 : stamp + 2 + n]
    return events


def _keys(ids: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each packet, and which electrode times 256 plus unit each number is.

    Numbers rise with these, and have 16 bits if that is enough: NumPy sorts such by radix.
    """
    if int(ids.max(initial=0)) < 1 << 8:
        return ids << 8 | classes, np.arange(1 << 16)
    present, number = _numbered(ids, 1 << 16)
    if len(present) <= 1 << 8:
        key = number.astype(np.uint16) << 8 | classes
        return key, (present[:, None] << 8 | np.arange(1 << 8)).ravel()
    pairs, key = _numbered(number.astype(np.uint32) << 8 | classes, len(present) << 8)
    return key, (present[pairs >> 8] << 8) | (pairs & 0xFF)


def _numbered(values: np.ndarray, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the values there are, ascending, and for each which one it is."""
    there = np.zeros(limit, bool)
    there[values] = True
    present = np.flatnonzero(there)
    table = np.zeros(limit, np.uint16 if len(present) <= 1 << 16 else np.uint32)
    table[present] = np.arange(len(present))
    return present, table.take(values)

"""Data packets of an NSx file read many at a time: where they are irregular or pauses many."""

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.packets import GROUP, STEADY, PacketFile, Rhythm

ALIKE = 16
"""So many packets of the size of the first are worth taking before others are looked for."""


UNSTEADY = 8
"""If more than one in so many packets is off its time, and as much early as late, the clock jitters
and none is singled out."""


def read_slab(
    packets: PacketFile, rhythm: Rhythm, at: int, slab_bytes: int
) -> tuple[np.ndarray, int]:
    """Return the groups of the packets whose headers lie in a slab of the file.

    Parameters
    ----------
    packets : PacketFile
    rhythm : Rhythm
    at : int
        Byte of a packet's header, where the slab starts.
    slab_bytes : int

    Returns
    -------
    groups : ndarray of GROUP
        May end before the slab does, or be none: what is not plainly a packet that is followed by
        a packet is left to the caller.
    end : int
        Byte after the last packet.
    """
    slab = packets.file.read(at, slab_bytes)
    head = packets.head_bytes
    where, whole = _alike(packets, slab)
    if not whole and len(where) < ALIKE:
        where = _chain(packets, slab, packets.file.size - at)
    if not len(where):
        return np.empty(0, GROUP), at
    ticks, points = _fields(packets, slab, where)
    ends = at + where + head + points * packets.frame_bytes
    if ends[-1] > packets.file.size:
        where, ticks, points, ends = where[:-1], ticks[:-1], points[:-1], ends[:-1]
        if not len(where):
            return np.empty(0, GROUP), at
    return _grouped(rhythm, at + where, ticks, points), int(ends[-1])


def _alike(packets: PacketFile, slab: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return where the first packet and those after it of its size start, and if that is all."""
    head = packets.head_bytes
    points = int(_fields(packets, slab, np.zeros(1, np.int64))[1][0])
    stride = packets.stride(points)
    count = (len(slab) - head) // stride + 1
    heads = np.ndarray((count, head), "u1", slab.data, strides=(stride, 1))
    same = heads[:, 0] == 1
    same &= (heads[:, head - 4 :] == heads[0, head - 4 :]).all(axis=1)
    whole = bool(same.all())
    count = count if whole else int(np.argmin(same))
    return np.arange(count, dtype=np.int64) * stride, whole


def _chain(packets: PacketFile, slab: np.ndarray, most: int) -> np.ndarray:
    """Return where the packets of the slab start, whatever their sizes.

    Every byte that could be the flag of a packet is a candidate, and each leads to one place.
    Those that lead to no candidate, or more than `most` bytes on, where the file ends, are struck
    out, twice, which leaves few that are no packets.
    Then the chain from the first byte is followed by doubling: from the places that 1, 2, 4, ...
    steps reach, as many more steps on are known at once.
    """
    head = packets.head_bytes
    limit = len(slab) - head + 1  # of bytes that a whole header can start at
    flags = slab[:limit] == 1
    for _ in range(2):
        where = np.flatnonzero(flags)
        points = _fields(packets, slab, where)[1]
        leads_to = where + head + points * packets.frame_bytes
        outside = leads_to >= limit
        kept = np.where(outside, leads_to <= most, flags[np.where(outside, 0, leads_to)])
        flags = np.zeros(limit, bool)
        where, leads_to, outside = where[kept], leads_to[kept], outside[kept]
        flags[where] = True
    if not len(where) or where[0] != 0:
        return where[:0]
    # Its own number stands for the end, from which all steps lead to the end.
    end = len(where)
    onward = np.minimum(np.searchsorted(where, leads_to), end)
    onward[outside | (where[np.minimum(onward, end - 1)] != leads_to)] = end
    onward = np.append(onward, end)
    path = np.zeros(1, np.int64)
    while path[-1] != end:
        path = np.concatenate([path, onward[path]])
        onward = onward[onward]
    return where[path[path != end]]


def _fields(
    packets: PacketFile, slab: np.ndarray, where: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return timestamps and numbers of samples of the packets at `where`, as int64."""
    stamp = packets.header.stamp_bytes
    ticks = _numbers(slab, 1, f"<u{stamp}")[where]
    points = _numbers(slab, 1 + stamp, "<u4")[where]
    ticks = np.minimum(ticks, layout.FARTHEST_TICK) if stamp == 8 else ticks
    return ticks.astype(np.int64), points.astype(np.int64)


def _numbers(slab: np.ndarray, offset: int, dtype: str) -> np.ndarray:
    """Return a view with, for each byte of the slab, the number `offset` bytes behind it."""
    count = len(slab) - offset - np.dtype(dtype).itemsize + 1
    return np.ndarray((count,), dtype, slab.data, offset=offset, strides=(1,))


def _grouped(
    rhythm: Rhythm, positions: np.ndarray, ticks: np.ndarray, points: np.ndarray
) -> np.ndarray:
    """Return packets that follow each other in the file as groups."""
    off = rhythm.off(ticks[:-1], ticks[1:], points[:-1])
    ends = np.abs(off) > STEADY
    much = np.abs(off[ends]).sum()
    if UNSTEADY * np.count_nonzero(ends) > len(ends) and 4 * abs(off[ends].sum()) < much:
        ends = ~rhythm.continues(off)
    ends |= (points[1:] != points[:-1]) | (points[1:] == 0)
    first = np.append(0, np.flatnonzero(ends) + 1)
    last = np.append(first[1:], len(positions)) - 1
    groups = np.empty(len(first), GROUP)
    groups["position"], groups["packets"] = positions[first], last - first + 1
    groups["points"] = points[first]
    groups["tick"], groups["last_tick"] = ticks[first], ticks[last]
    return groups

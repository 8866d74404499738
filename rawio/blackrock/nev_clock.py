"""What the clock of a NEV file did: where it was set back, and where 32 bits overflowed.

Central says in a comment that it set the clock back. Without one, timestamps that go back by more
than `STEP_BACK_SECONDS` say so; less than that is packets that were not written in time order.
Only spikes and inputs count: the timestamps of comments and videos are others' times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nev_header import NevHeader

STEP_BACK_SECONDS = 1
OVERFLOW_SECONDS = 60
"""A clock of 32 bits that goes from so little before its end to so little after 0 overflowed."""

MAX_RESETS = 1000


@dataclass(frozen=True)
class Watch:
    """What spikes and inputs in a piece of a file say; packets are numbered in the file.

    Attributes
    ----------
    jumps : ndarray of int64
        Packets before which the clock had gone back.
    before_jumps : ndarray of int64
        The last packet before each.
    wraps : ndarray of int64, shape (n, 2)
        Packets at which the clock overflowed, and 1; or those before it that came late, and -1.
    ends : tuple or None
        First and last of them: (tick, packet, tick, packet).
    """

    jumps: np.ndarray
    before_jumps: np.ndarray
    wraps: np.ndarray
    ends: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Resets:
    """Where epochs start.

    Attributes
    ----------
    packets : ndarray of int64
        The first packet of each epoch but the first, ascending.
    noted : ndarray of bool
        Whether a comment says so.
    wraps : ndarray of int64, shape (n, 2)
        As of `Watch`.
    ignored : int
        Jumps that are too many to be resets.
    """

    packets: np.ndarray
    noted: np.ndarray
    wraps: np.ndarray
    ignored: int


def watch(ticks: np.ndarray, ids: np.ndarray, first: int, header: NevHeader) -> Watch:
    """Look at the timestamps of consecutive packets.

    Parameters
    ----------
    ticks, ids : ndarray
        Of all packets, in file order.
    first : int
        Packets of the file before them.
    header : NevHeader
    """
    counts = ids <= layout.LAST_ELECTRODE
    if counts.all():
        return _look(ticks, None, first, header)
    packets = np.flatnonzero(counts)
    return _look(ticks[packets], packets, first, header)


def _look(ticks: np.ndarray, packets: np.ndarray | None, first: int, header: NevHeader) -> Watch:
    def numbered(at: np.ndarray) -> np.ndarray:
        return first + (at if packets is None else packets[at])

    if not len(ticks):
        none = np.empty(0, np.int64)
        return Watch(none, none, np.empty((0, 2), np.int64), None)
    back = np.flatnonzero(ticks[1:] < ticks[:-1])
    far = ticks[back].astype(np.int64) - ticks[back + 1].astype(np.int64)
    back = back[far > STEP_BACK_SECONDS * header.resolution]
    at, signs = _wraps(ticks, header)
    start, stop = numbered(np.array([0, len(ticks) - 1])).tolist()
    return Watch(
        jumps=numbered(back + 1),
        before_jumps=numbered(back),
        wraps=np.column_stack([numbered(at), signs]),
        ends=(int(ticks[0]), start, int(ticks[-1]), stop),
    )


def _wraps(ticks: np.ndarray, header: NevHeader) -> tuple[np.ndarray, np.ndarray]:
    """Return where 32 bits overflowed, and 1 there; -1 where a late packet is from before."""
    margin = OVERFLOW_SECONDS * header.resolution
    most = (1 << 32) - margin
    if header.stamp_bytes != 4 or most < margin or int(ticks.max()) < most:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    high, low = ticks >= most, ticks < margin
    over, under = high[:-1] & low[1:], low[:-1] & high[1:]
    at = np.flatnonzero(over | under)
    return at + 1, np.where(over[at], 1, -1)


def find_resets(watches: Sequence[Watch], restarts: np.ndarray, header: NevHeader) -> Resets:
    """Return where the clock of a file was set back.

    Parameters
    ----------
    watches : sequence of Watch
        Of all pieces of the file, in order.
    restarts : ndarray of int64
        Packets that are comments which say so, ascending.
    header : NevHeader

    Returns
    -------
    Resets
    """
    seen = _with_seams([w for w in watches if w.ends is not None], header)
    jumps, before, wraps = (
        np.concatenate([getattr(w, name) for w in seen] or [empty])
        for name, empty in (
            ("jumps", np.empty(0, np.int64)),
            ("before_jumps", np.empty(0, np.int64)),
            ("wraps", np.empty((0, 2), np.int64)),
        )
    )
    told = np.searchsorted(restarts, before, "right") < np.searchsorted(restarts, jumps, "right")
    jumps = jumps[~told & ~np.isin(jumps, wraps[wraps[:, 1] > 0, 0])]
    ignored = 0
    if len(jumps) > MAX_RESETS:
        ignored, jumps = len(jumps), jumps[:0]
    packets = np.concatenate([restarts, jumps])
    order = np.argsort(packets, kind="stable")
    noted = np.arange(len(packets)) < len(restarts)
    return Resets(packets[order], noted[order], wraps, ignored)


def _with_seams(watches: list[Watch], header: NevHeader) -> list[Watch]:
    """Put between pieces what the last timestamp of one and the first of the next say."""
    seen = watches[:1]
    for one, other in pairwise(watches):
        assert one.ends is not None and other.ends is not None
        ticks = np.array([one.ends[2], other.ends[0]])
        seen += [_look(ticks, np.array([one.ends[3], other.ends[1]]), 0, header), other]
    return seen

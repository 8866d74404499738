"""Reading a part of some of the packets of a NEV file, without the packets between them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rawio.files import RawFile

APART_BYTES = 8 << 10
"""Packets further apart are read by a call each: cheaper than the bytes between them."""

BATCH_BYTES = 4 << 20


def read_records(
    file: RawFile, origin: int, record_bytes: int, records: np.ndarray, start: int, stop: int
) -> np.ndarray:
    """Return bytes `start` to `stop` of some records.

    Parameters
    ----------
    file : RawFile
    origin : int
        Byte of record 0.
    record_bytes : int
    records : ndarray of int, shape (n,)
        Which ones, in any order.
    start, stop : int
        Within a record.

    Returns
    -------
    ndarray of uint8, shape (n, stop - start)

    Raises
    ------
    FormatError, UnreadableFileError
        When the file has shrunk or cannot be read.
    """
    out = np.empty((len(records), stop - start), np.uint8)
    if not out.size:
        return out
    wanted = records.astype(np.int64)
    order = None
    if (wanted[1:] < wanted[:-1]).any():
        order = np.argsort(wanted, kind="stable")
        wanted = wanted[order]
    for low, high in _batches(wanted, record_bytes):
        first = int(wanted[low])
        offset = origin + first * record_bytes + start
        if high - low == 1:
            file.read_into(out[low if order is None else int(order[low])], offset)
            continue
        span = int(wanted[high - 1]) - first
        raw = np.empty(span * record_bytes + stop - start, np.uint8)
        file.read_into(raw, offset)
        rows = np.ndarray((span + 1, stop - start), np.uint8, raw.data, 0, (record_bytes, 1))
        target = slice(low, high) if order is None else order[low:high]
        out[target] = rows[wanted[low:high] - first]
    return out


def _batches(wanted: np.ndarray, record_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of ascending records that lie close together."""
    places = wanted * record_bytes
    apart = np.diff(places) > APART_BYTES
    part = (places - places[0]) // BATCH_BYTES
    edges = np.flatnonzero(apart | (part[1:] != part[:-1])) + 1
    bounds = [0, *edges.tolist(), len(wanted)]
    yield from pairwise(bounds)

"""Reading the samples of channels that lie in files of their own.

Slabs of whole records are read from one file after the other; the valid samples of their records
are put side by side. Memory beside the result is bounded by the two slabs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rawio.files import RawFile, aligned_empty
from rawio.neuralynx import layout
from rawio.neuralynx.channels import Channel
from rawio.neuralynx.records import RecordIndex

READ_RECORDS = 4000
BLOCK_SAMPLES = 2 << 20
TURNED_VALUES = 16 << 10
"""Values turned from channels to time at once: what they touch stays in the cache."""

Unexpected = Callable[[str], None]


def read_channels(
    channels: Sequence[Channel],
    starts: Sequence[int],
    count: int,
    unexpected: Unexpected,
) -> np.ndarray:
    """Return samples of channels side by side.

    Parameters
    ----------
    channels : sequence of Channel
    starts : sequence of int
        First sample of each channel, counted through all of it.
    count : int
        Samples of each.
    unexpected : callable
        Called with the name of a file whose records hold other numbers of samples than its index
        has, since it was indexed without looking at all of them.

    Returns
    -------
    ndarray of int16, shape (count, n_channels)

    Raises
    ------
    RawIOError
    """
    out = aligned_empty((count, len(channels)), "int16")
    if not out.size:
        return out
    if len(channels) == 1:
        _read_channel(channels[0], starts[0], out[:, 0], unexpected)
        return out
    turned = max(1, TURNED_VALUES // len(channels))
    step = max(turned, BLOCK_SAMPLES // len(channels))
    block = aligned_empty((len(channels), min(step, count)), "int16")
    for low in range(0, count, step):
        n = min(step, count - low)
        for row, (channel, start) in enumerate(zip(channels, starts, strict=True)):
            _read_channel(channel, start + low, block[row, :n], unexpected)
        for at in range(0, n, turned):
            part = slice(at, min(at + turned, n))
            out[low + part.start : low + part.stop] = block[:, part].T
    return out


def _read_channel(channel: Channel, start: int, out: np.ndarray, unexpected: Unexpected) -> None:
    """Fill `out` with samples of one channel, from all of its files that hold some of them."""
    timing = channel.timing
    stop = start + len(out)
    first = timing.part_first
    lowest = int(np.searchsorted(first, start, "right")) - 1
    highest = int(np.searchsorted(first, stop, "left"))
    for part in range(lowest, highest):
        low, high = max(start, int(first[part])), min(stop, int(first[part + 1]))
        if low >= high:
            continue
        file = channel.entity.files[part].file
        index, base = timing.parts[part], int(first[part])
        if not _read_part(file, index, low - base, high - base, out[low - start : high - start]):
            unexpected(file.path.name)


def _read_part(file: RawFile, index: RecordIndex, start: int, stop: int, out: np.ndarray) -> bool:
    """Fill `out` with samples of one file; return whether records held what the index says."""
    first, last = index.record_of(start), index.record_of(stop - 1) + 1
    buffer = aligned_empty(min(READ_RECORDS, last - first), layout.NCS)
    expected = True
    done = 0
    skip = start - int(index.samples_before(first))
    for record in range(first, last, READ_RECORDS):
        slab = buffer[: min(READ_RECORDS, last - record)]
        file.read_into(slab, layout.HEADER_BYTES + record * layout.NCS.itemsize)
        counts = index.counts(record, record + len(slab))
        wanted = layout.RECORD_SAMPLES if counts is None else counts
        found = np.minimum(slab["n_valid"], layout.RECORD_SAMPLES)
        expected = expected and bool((found == wanted).all())
        samples = slab["samples"]
        if counts is None:
            valid = samples.reshape(-1)
        else:
            valid = samples[np.arange(layout.RECORD_SAMPLES) < counts[:, None]]
        valid = valid[skip : skip + len(out) - done]
        out[done : done + len(valid)] = valid
        done, skip = done + len(valid), 0
    return expected

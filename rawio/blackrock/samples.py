"""Reading samples of an NSx file across its packets."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rawio.blackrock.nsx_header import NsxHeader
from rawio.files import RawFile, aligned_empty
from rawio.frames import Frames
from rawio.selection import Selection

SAMPLE = np.dtype("<i2")
LARGE_GROUP_BYTES = 256 << 10
"""Smaller groups are read together, with the packet headers between them taken out."""

LONG_BYTES = 256
"""Packets of so many bytes are sooner copied one by one than byte by byte through a mask."""

BATCH_BYTES = 2 << 20


class Samples:
    """The samples of a file, counted through all its packets.

    Parameters
    ----------
    file : RawFile
    header : NsxHeader
    groups : ndarray of packets.GROUP
    """

    def __init__(self, file: RawFile, header: NsxHeader, groups: np.ndarray) -> None:
        self._file = file
        self._groups = groups[groups["points"] > 0]
        self._n_channels = header.n_channels
        self._frame = header.frame_bytes
        self._head = header.packet_header_bytes
        samples = self._groups["packets"] * self._groups["points"]
        self._first = np.append(0, np.cumsum(samples))
        self._stride = self._head + self._groups["points"] * self._frame
        self._bytes = self._groups["packets"] * self._stride

    def read(self, start: int, stop: int, channels: Selection) -> np.ndarray:
        """Return samples `start` to `stop` of some channels.

        Returns
        -------
        ndarray of int16, shape (stop - start, number of channels)
        """
        n = len(range(self._n_channels)[channels]) if isinstance(channels, slice) else len(channels)
        if start == stop:
            return np.empty((0, n), np.int16)
        low = int(np.searchsorted(self._first, start, "right")) - 1
        high = int(np.searchsorted(self._first, stop, "left"))
        if high - low == 1:
            frames = self._evenly_spaced(low)
            if frames is not None:
                first = int(self._first[low])
                return frames.read(start - first, stop - first, channels)
        out = aligned_empty((stop - start, n), np.dtype(np.int16))
        for first, last in self._batches(low, high):
            a = max(start, int(self._first[first]))
            b = min(stop, int(self._first[last]))
            self._fill(out[a - start : b - start], first, last, a, channels)
        return out

    def _fill(
        self, out: np.ndarray, first: int, last: int, start: int, channels: Selection
    ) -> None:
        """Put samples from `start` on, of groups `first` up to `last`, into `out`."""
        stop = start + len(out)
        if last - first > 1:
            out[...] = self._of_many(first, last, start, stop)[:, channels]
            return
        start, stop = start - int(self._first[first]), stop - int(self._first[first])
        frames = self._evenly_spaced(first)
        if frames is not None:
            out[...] = frames.read(start, stop, channels)
        else:
            self._fill_from_packets(out, first, start, stop, channels)

    def _batches(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield ranges of groups: each large one by itself, small ones by the batch."""
        sizes = self._bytes[low:high]
        large = sizes >= LARGE_GROUP_BYTES
        # A batch ends with each large group, before it, and when enough bytes have come together.
        part = np.cumsum(sizes) // BATCH_BYTES
        cut = (part[1:] != part[:-1]) | large[1:] | large[:-1]
        edges = [low, *(low + 1 + np.flatnonzero(cut)).tolist(), high]
        yield from pairwise(edges)

    def _evenly_spaced(self, group: int) -> Frames | None:
        """Return a group whose samples are, being one packet or packets of one sample each."""
        position, packets, points = self._groups[group].tolist()[:3]
        data = position + self._head
        if packets == 1:
            return Frames(self._file, data, points, self._n_channels, SAMPLE)
        if points == 1:
            stride = int(self._stride[group])
            return Frames(self._file, data, packets, self._n_channels, SAMPLE, stride)
        return None

    def _fill_from_packets(
        self, out: np.ndarray, group: int, start: int, stop: int, channels: Selection
    ) -> None:
        """Put samples `start` to `stop` of a group of packets into `out`, a slab at a time."""
        position, packets, points = self._groups[group].tolist()[:3]
        stride = int(self._stride[group])
        width = points * self._n_channels
        frames = Frames(self._file, position + self._head, packets, width, SAMPLE, stride)
        step = max(1, BATCH_BYTES // stride)
        for first in range(start // points, -(-stop // points), step):
            last = min(first + step, -(-stop // points))
            a, b = max(start, first * points), min(stop, last * points)
            some = frames.read(first, last).reshape(-1, self._n_channels)
            out[a - start : b - start] = some[a - first * points : b - first * points, channels]

    def _of_many(self, low: int, high: int, start: int, stop: int) -> np.ndarray:
        """Return all channels of samples of small groups that follow each other."""
        groups = self._groups[low:high]
        of = np.repeat(np.arange(len(groups)), groups["packets"])
        nth = np.arange(len(of)) - np.repeat(
            np.cumsum(groups["packets"]) - groups["packets"], groups["packets"]
        )
        points = groups["points"][of]
        data = groups["position"][of] + nth * self._stride[low:high][of] + self._head
        first = self._first[low:high][of] + nth * points
        begin = data + np.clip(start - first, 0, points) * self._frame
        end = data + np.clip(stop - first, 0, points) * self._frame
        used = begin < end
        begin, end = begin[used], end[used]
        raw = self._file.read(int(begin[0]), int(end[-1] - begin[0]))
        begin, end = begin - begin[0], end - begin[0]
        if len(raw) >= LONG_BYTES * len(begin):
            bounds = zip(begin.tolist(), end.tolist(), strict=True)
            kept = np.concatenate([raw[a:b] for a, b in bounds])
        else:
            marks = np.zeros(len(raw) + 1, np.int8)
            marks[begin] += 1
            marks[end] -= 1
            kept = raw[np.cumsum(marks[:-1], dtype=np.int8).view(bool)]
        return kept.view(SAMPLE).reshape(-1, self._n_channels)

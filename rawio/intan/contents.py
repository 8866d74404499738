"""What an Intan recording holds, however its files are laid out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.intan.headers import Channel, IntanHeader
from rawio.intan.signals import Scale
from rawio.intan.sources import Source


@dataclass(frozen=True, eq=False)
class Stream:
    """The channels of one signal.

    Attributes
    ----------
    signal : str
    channels : tuple of Channel
        With ids and names as in the header tables.
    scale : Scale
    source : Source
        A column a channel.
    step : int
        Timestamps from one sample to the next; sample k was taken at timestamp ``k * step``.
    """

    signal: str
    channels: tuple[Channel, ...]
    scale: Scale
    source: Source
    step: int

    @property
    def extent(self) -> int:
        """Number of timestamps up to the last sample."""
        return (self.source.size - 1) * self.step + 1 if self.source.size else 0


@dataclass(frozen=True, eq=False)
class Timestamps:
    """The timestamps of a source with one column; called with a range of samples."""

    source: Source

    def __call__(self, i_start: int, i_stop: int) -> np.ndarray:
        """Return timestamps as they are stored, int32 or uint32, 1-D."""
        return self.source.read(i_start, i_stop)[:, 0]


@dataclass(frozen=True, eq=False)
class Words:
    """The words in which digital lines are sampled; called with a range of samples.

    Attributes
    ----------
    source : Source
    column : int
    mask : int or None
        The bits that are lines of interest; None where words are of one line, and 1 stands for any
        but 0.
    """

    source: Source
    column: int = 0
    mask: int | None = None

    def __call__(self, i_start: int, i_stop: int) -> np.ndarray:
        """Return words as uint16, shape (n, 1)."""
        words = self.source.read(i_start, i_stop, slice(self.column, self.column + 1))
        return (words != 0).astype(np.uint16) if self.mask is None else words & np.uint16(self.mask)


@dataclass(frozen=True, eq=False)
class EventLines:
    """Digital lines whose edges are events, with the bit of each in their words."""

    words: Words
    channels: tuple[Channel, ...]
    bits: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Contents:
    """A recording.

    Attributes
    ----------
    layout : str
        "header-attached", "one-file-per-signal" or "one-file-per-channel".
    header : IntanHeader
    times : Source or None
        Timestamps, int32 or uint32, one column.
    streams : tuple of Stream
        In the order of a data block.
    lines : tuple of EventLines
    files : tuple of Path
        Those with headers.
    """

    layout: str
    header: IntanHeader
    times: Source | None
    streams: tuple[Stream, ...]
    lines: tuple[EventLines, ...]
    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Number of timestamps up to the end of the longest stream."""
        if self.streams:
            return max(stream.extent for stream in self.streams)
        return 0 if self.times is None else self.times.size


def word_lines(words: Source, channels: Iterable[Channel]) -> EventLines:
    """Return the lines of words that hold all lines of a board."""
    channels = tuple(channels)
    bits = tuple(channel.order for channel in channels)
    return EventLines(Words(words, mask=sum(1 << bit for bit in set(bits))), channels, bits)

"""What the checks share: the error, the truth to compare with, and where to look."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import RawIOError

WINDOW = 200_000
"""Samples (of all channels) read at once; longer recordings are looked at in three places."""


class ReaderError(AssertionError):
    """A reader does not do what every reader must."""


@dataclass(frozen=True)
class Expected:
    """What a recording holds, by block, segment and stream, unit or event channel.

    Attributes
    ----------
    signals : mapping of (block, segment, stream) to ndarray, shape (samples, channels)
        Raw integers.
    spikes : mapping of (block, segment, unit) to ndarray of int64
        Timestamps in ticks, rising.
    waveforms : mapping of (block, segment, unit) to ndarray
        Shape (spikes, channels, samples).
    events : mapping of (block, segment, event channel) to (ticks, durations or None, labels)
    """

    signals: Mapping[tuple[int, int, int], np.ndarray] = field(default_factory=dict)
    spikes: Mapping[tuple[int, int, int], np.ndarray] = field(default_factory=dict)
    waveforms: Mapping[tuple[int, int, int], np.ndarray] = field(default_factory=dict)
    events: Mapping[tuple[int, int, int], Any] = field(default_factory=dict)


def require(true: Any, sentence: str) -> None:
    """Raise `ReaderError` with the sentence unless the first argument is true."""
    if not true:
        raise ReaderError(sentence)


def same(found: Any, wanted: Any, what: str) -> None:
    """Raise `ReaderError` unless two arrays have one shape and the same values."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    require(found.shape == wanted.shape, f"{what}: shape {found.shape}, expected {wanted.shape}.")
    numeric = found.dtype.kind in "iuf" and wanted.dtype.kind in "iuf"
    if np.array_equal(found, wanted, equal_nan=numeric):
        return
    at = np.argwhere(~((found == wanted) | ((found != found) & (wanted != wanted))))[0]
    where = tuple(at.tolist())
    raise ReaderError(f"{what}: {found[where]!r} at {where}, expected {wanted[where]!r}.")


@contextmanager
def raises(kind: type[RawIOError], what: str) -> Iterator[None]:
    """Check that a `RawIOError` of a kind is raised, with one sentence."""
    try:
        yield
    except kind as error:
        text = str(error)
        require(text.strip() and "\n" not in text, f"{what}: the error is no sentence: {text!r}.")
    except Exception as error:
        raise ReaderError(f"{what}: raises {error!r} in place of {kind.__name__}.") from error
    else:
        raise ReaderError(f"{what}: raises nothing in place of {kind.__name__}.")


def places(reader: BaseRawIO) -> Iterator[tuple[int, int]]:
    """Yield every block and segment."""
    for block in range(reader.block_count()):
        for segment in range(reader.segment_count(block)):
            yield block, segment


def runs(reader: BaseRawIO) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield block, segment, stream, its samples and its channels, of what has samples."""
    for block, segment in places(reader):
        for stream in range(reader.signal_streams_count()):
            size = reader.get_signal_size(block, segment, stream)
            if size:
                yield block, segment, stream, size, reader.signal_channels_count(stream)


def windows(size: int, n_channels: int) -> list[tuple[int, int]]:
    """Return the parts to look at: all of a short run; start, middle and end of a long one."""
    length = max(16, WINDOW // n_channels)
    if size <= 3 * length:
        return [(0, size)]
    return [(start, start + length) for start in (0, (size - length) // 2, size - length)]


def chunk(
    reader: BaseRawIO,
    block: int,
    segment: int,
    stream: int,
    start: int,
    stop: int,
    **selection: Any,
) -> np.ndarray:
    """Return samples, with all arguments by name."""
    return reader.get_analogsignal_chunk(
        block_index=block,
        seg_index=segment,
        stream_index=stream,
        i_start=start,
        i_stop=stop,
        **selection,
    )

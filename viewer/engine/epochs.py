"""Epochs by the time they last: those that began long before a window may reach into it."""

import threading
import weakref
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.model import Segment

_lock = threading.Lock()
_known: "weakref.WeakKeyDictionary[BaseRawIO, dict[tuple[int, int, int], Epochs]]" = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True)
class Epochs:
    """All epochs of one channel in one segment, in the reader's own times.

    Attributes
    ----------
    start, stop : ndarray of float64, shape (n,)
        Seconds; rising starts.
    labels : ndarray of str, shape (n,)
    reach : ndarray of float64, shape (n,)
        The latest stop of all up to each, by which those are found that reach into a window.
    """

    start: np.ndarray
    stop: np.ndarray
    labels: np.ndarray
    reach: np.ndarray

    def within(self, t_start: float, t_stop: float) -> np.ndarray:
        """Return which epochs reach into a span of time, by bisection."""
        first = int(np.searchsorted(self.reach, t_start, "left"))
        last = int(np.searchsorted(self.start, t_stop, "right"))
        which = np.arange(first, max(first, last))
        return which[self.stop[which] >= t_start]


def epochs_of(reader: BaseRawIO, segment: Segment, channel: int) -> Epochs:
    """Return the epochs of a channel in a segment.

    They are read whole the first time, and kept as long as the reader is: no reader knows which
    epochs reach into a window, only which begin there.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    key = (segment.block, segment.index, channel)
    with _lock:
        found = _known.setdefault(reader, {}).get(key)
    if found is None:
        found = _read(reader, segment, channel)
        with _lock:
            _known.setdefault(reader, {})[key] = found
    return found


def is_epoch_channel(reader: BaseRawIO, channel: int) -> bool:
    """Return whether the header says that a channel's events last."""
    assert reader.header is not None
    return _text(reader.header["event_channels"]["type"][channel]) == "epoch"


def _read(reader: BaseRawIO, segment: Segment, channel: int) -> Epochs:
    ticks, durations, labels = reader.event_timestamps(segment.block, segment.index, channel)
    start = reader.rescale_event_timestamp(ticks, event_channel_index=channel)
    lasting = np.zeros(len(start))
    if durations is not None:
        lasting = reader.rescale_epoch_duration(durations, event_channel_index=channel)
        lasting = np.where(np.isfinite(lasting), np.maximum(lasting, 0), 0)
    order = np.argsort(start, kind="stable")
    start, stop = start[order], (start + lasting)[order]
    return Epochs(start, stop, np.asarray(labels)[order], np.maximum.accumulate(stop))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

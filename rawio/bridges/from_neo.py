"""`from_neo`: a reader of the neo library behind our API."""

import threading
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from rawio._points import Events
from rawio.base import BaseRawIO
from rawio.errors import FormatError, OptionError, RawIOError, SelectionError
from rawio.header import (
    EVENT_CHANNEL_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    UNIT_CHANNEL_DTYPE,
    make_header,
)
from rawio.selection import Selection

TABLES = {
    "signal_streams": SIGNAL_STREAM_DTYPE,
    "signal_channels": SIGNAL_CHANNEL_DTYPE,
    "spike_channels": UNIT_CHANNEL_DTYPE,
    "event_channels": EVENT_CHANNEL_DTYPE,
}


class NeoRawIO(BaseRawIO):
    """A ``neo.rawio`` reader of neo 0.10 or later; made by `from_neo`.

    Parameters
    ----------
    reader : neo.rawio.baserawio.BaseRawIO
        Its header is parsed if it is not yet.

    Notes
    -----
    Samples and timestamps are those that neo gives, raw and in its types. Its readers are asked by
    one thread at a time, and never for samples beyond the ends, where their answers differ. Spikes
    and events of a channel are read once, put in order of time and kept.
    """

    name: ClassVar[str] = "neo"
    description: ClassVar[str] = "a format read by the neo library"

    def __init__(self, reader: Any) -> None:
        super().__init__(str(reader.source_name()))
        self._neo = reader
        self._lock = threading.RLock()

    @property
    def format_name(self) -> str:
        """Name of the neo class that reads the format."""
        return type(self._neo).__name__

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        if getattr(self._neo, "header", None) is None:
            self._ask("parse_header")
        header = self._neo.header
        missing = [name for name in TABLES if name not in header]
        if missing:
            raise OptionError(
                f"{self.filename}: its header has no {missing[0]}; readers of neo 0.10 and later "
                "can be wrapped."
            )
        tables = {name: _table(header[name], dtype) for name, dtype in TABLES.items()}
        channels, streams = tables["signal_channels"], tables["signal_streams"]
        channels["dtype"] = [np.dtype(kind).newbyteorder("=").name for kind in channels["dtype"]]
        for number, stream in enumerate(streams):
            channels["group_id"][channels["stream_id"] == stream["id"]] = number
        self._times: dict[tuple[str, int, int, int], Any] = {}
        floats = sorted({str(k) for k in channels["dtype"] if np.dtype(k).kind == "f"})
        if floats:
            self._warn(
                f"{self.format_name} of neo gives {' and '.join(floats)} samples, not the file's "
                "integers; they take more memory and time."
            )
        self.header = make_header(
            [int(n) for n in header["nb_segment"]],
            streams,
            channels,
            tables["spike_channels"],
            tables["event_channels"],
        )

    def _ask(self, method: str, *arguments: Any, **named: Any) -> Any:
        """Call a method of the neo reader; what it raises becomes one sentence."""
        try:
            with self._lock:
                return getattr(self._neo, method)(*arguments, **named)
        except RawIOError:
            raise
        except Exception as error:  # neo's readers raise whatever their libraries do
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FormatError(
                f"{self.filename}: {self.format_name} of neo cannot read it ({reason})."
            ) from error

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    # -- segments and signals --------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return float(self._ask("segment_t_start", block_index, seg_index))

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return float(self._ask("segment_t_stop", block_index, seg_index))

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return int(self._ask("get_signal_size", block_index, seg_index, stream_index))

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return float(self._ask("get_signal_t_start", block_index, seg_index, stream_index))

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        rows = self._stream_members[stream_index][channels]
        if i_start == i_stop or not len(rows):
            kinds = self._checked_header()["signal_channels"]["dtype"]
            kind = kinds[self._stream_members[stream_index][0]]
            return np.empty((i_stop - i_start, len(rows)), kind)
        every = isinstance(channels, slice) and channels == slice(None)
        chunk = self._ask(
            "get_analogsignal_chunk",
            block_index=block_index,
            seg_index=seg_index,
            i_start=i_start,
            i_stop=i_stop,
            stream_index=stream_index,
            channel_indexes=None
            if every
            else np.arange(len(self._stream_members[stream_index]))[channels],
        )
        chunk = np.asarray(chunk)
        if chunk.shape != (i_stop - i_start, len(rows)):
            raise FormatError(
                f"{self.filename}: {self.format_name} of neo gave {chunk.shape} values for samples "
                f"{i_start} to {i_stop} of {len(rows)} channels."
            )
        return chunk.astype(chunk.dtype.newbyteorder("="), copy=False)

    # -- spikes ----------------------------------------------------------------------------------

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        return len(self._spikes(block_index, seg_index, unit_index)[0])

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        timestamps, seconds, _ = self._spikes(block_index, seg_index, unit_index)
        return timestamps[_between(seconds, t_start, t_stop)].copy()

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return np.asarray(self._ask("rescale_spike_timestamp", timestamps, dtype=dtype))

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        _, seconds, order = self._spikes(block_index, seg_index, unit_index)
        found = self._ask(
            "get_spike_raw_waveforms",
            block_index=block_index,
            seg_index=seg_index,
            spike_channel_index=unit_index,
            t_start=None,
            t_stop=None,
        )
        if found is None:
            return None
        return np.asarray(found)[order][_between(seconds, t_start, t_stop)]

    def _spikes(
        self, block_index: int, seg_index: int, unit_index: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return timestamps in order of time, the same in seconds, and their order in neo."""

        def read() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            timestamps = np.asarray(
                self._ask(
                    "get_spike_timestamps",
                    block_index=block_index,
                    seg_index=seg_index,
                    spike_channel_index=unit_index,
                    t_start=None,
                    t_stop=None,
                )
            )
            timestamps = _signed(timestamps)
            seconds = np.asarray(self._ask("rescale_spike_timestamp", timestamps, dtype="float64"))
            order = np.argsort(seconds, kind="stable")
            return timestamps[order], seconds[order], order

        return self._once(("spikes", block_index, seg_index, unit_index), read)

    def _once(self, key: tuple[str, int, int, int], read: Callable[[], Any]) -> Any:
        with self._lock:
            if key not in self._times:
                self._times[key] = read()
            return self._times[key]

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        return len(self._events(block_index, seg_index, event_channel_index)[1])

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        (timestamps, durations, labels), seconds = self._events(
            block_index, seg_index, event_channel_index
        )
        part = _between(seconds, t_start, t_stop)
        return (
            timestamps[part].copy(),
            None if durations is None else durations[part].copy(),
            labels[part].copy(),
        )

    def _events(
        self, block_index: int, seg_index: int, event_channel_index: int
    ) -> tuple[Events, np.ndarray]:
        """Return the events of a channel in order of time, and their times in seconds."""

        def read() -> tuple[Events, np.ndarray]:
            timestamps, durations, labels = self._ask(
                "get_event_timestamps",
                block_index=block_index,
                seg_index=seg_index,
                event_channel_index=event_channel_index,
                t_start=None,
                t_stop=None,
            )
            timestamps = _signed(np.asarray(timestamps))
            seconds = self._rescale_event_timestamp(
                timestamps, np.dtype("float64"), event_channel_index
            )
            order = np.argsort(seconds, kind="stable")
            lasts = None if durations is None else _signed(np.asarray(durations))[order]
            return (timestamps[order], lasts, np.asarray(labels).astype("U")[order]), seconds[order]

        return self._once(("events", block_index, seg_index, event_channel_index), read)

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return np.asarray(
            self._ask(
                "rescale_event_timestamp",
                timestamps,
                dtype=dtype,
                event_channel_index=event_channel_index,
            )
        )

    def _rescale_epoch_duration(
        self, durations: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return np.asarray(
            self._ask(
                "rescale_epoch_duration",
                durations,
                dtype=dtype,
                event_channel_index=event_channel_index,
            )
        )


def from_neo(neo_reader: Any) -> BaseRawIO:
    """Return a reader of what a ``neo.rawio`` reader reads.

    Parameters
    ----------
    neo_reader : neo.rawio.baserawio.BaseRawIO
        Or any object with its methods; of neo 0.10 or later.

    Returns
    -------
    BaseRawIO
        With its header parsed.

    Raises
    ------
    OptionError
        When it has not the methods of such a reader.
    RawIOError
        When neo cannot read the file.
    """
    needed = ("parse_header", "source_name", "get_analogsignal_chunk", "signal_streams_count")
    missing = [name for name in needed if not hasattr(neo_reader, name)]
    if missing:
        kind = type(neo_reader).__name__
        raise OptionError(f"a {kind} is no reader of neo 0.10 or later (it has no {missing[0]}).")
    reader = NeoRawIO(neo_reader)
    reader.parse_header()
    return reader


def _table(rows: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return neo's table with our fields; what neo lacks stays empty."""
    out = np.zeros(len(rows), dtype)
    for name in dtype.names or ():
        if name in (rows.dtype.names or ()):
            out[name] = rows[name]
    return out


def _signed(timestamps: np.ndarray) -> np.ndarray:
    """Return whole numbers as int64, so that differences do not wrap; floats as they are."""
    return timestamps.astype(np.int64) if timestamps.dtype.kind in "iu" else timestamps


def _between(seconds: np.ndarray, t_start: float | None, t_stop: float | None) -> slice:
    """Return where sorted times lie within limits, inclusive to a nanosecond."""
    for limit in (t_start, t_stop):
        if limit is not None and np.isnan(limit):
            raise SelectionError(f"a time limit of {limit} s is not a time.")
    first = 0 if t_start is None else int(np.searchsorted(seconds, t_start - 1e-9, "left"))
    last = len(seconds)
    if t_stop is not None:
        last = int(np.searchsorted(seconds, t_stop + 1e-9, "right"))
    return slice(first, max(first, last))

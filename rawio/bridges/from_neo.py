"""`from_neo`: a reader of the neo library behind our API."""

import inspect
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rawio._annotations import annotations_of
from rawio._points import Events
from rawio.base import BaseRawIO
from rawio.bridges._neo_dates import recorded_at
from rawio.bridges._neo_header import convert_header, merge_annotations
from rawio.bridges._neo_points import NeoEvents, NeoSpikes, between
from rawio.bridges._neo_source import NeoSource, Recipe, what_neo_says
from rawio.errors import FormatError, OptionError
from rawio.selection import Selection

NEEDED = ("parse_header", "source_name", "get_analogsignal_chunk", "signal_streams_count")


class _Extent(NamedTuple):
    """How long a segment is, and sizes and starts of its signals by stream."""

    t_start: float
    t_stop: float
    sizes: list[int]
    starts: list[float]


class NeoRawIO(BaseRawIO):
    """A ``neo.rawio`` reader of neo 0.10 or later; made by `from_neo`.

    Parameters
    ----------
    reader : neo.rawio.baserawio.BaseRawIO
        Its header is parsed if it is not yet.

    Notes
    -----
    Samples are those that neo gives, raw and in its types; timestamps too, except that fractions
    of seconds become nanoseconds. neo's readers are asked by one thread at a time, and never for
    samples beyond the ends, where their answers differ. Spikes and events of a channel are read
    once, put in order of time and kept.
    """

    name: ClassVar[str] = "neo"
    description: ClassVar[str] = "a format read by the neo library"

    def __init__(self, reader: Any) -> None:
        super().__init__(str(reader.source_name()))
        self._neo: NeoSource | None = NeoSource(self.filename, reader, _recipe_of(reader))

    @property
    def format_name(self) -> str:
        """Name of the neo class that reads the format."""
        return self._source().name

    def _source(self) -> NeoSource:
        assert self._neo is not None
        return self._neo

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        source = self._source()
        with what_neo_says() as said:
            if getattr(source.reader, "header", None) is None:
                source.ask("parse_header")
            header, self._streams, sentences = convert_header(source.reader.header, self.filename)
            self.header = header
            self._extents = self._find_extents(source)
        self._spikes = NeoSpikes(source, header)
        self._events = NeoEvents(source, header, self._warn)
        for sentence in dict.fromkeys(said + sentences):
            self._warn(sentence)
        floats = sorted({str(k) for k in header["signal_channels"]["dtype"] if k[0] == "f"})
        if floats:
            self._warn(
                f"samples are {' and '.join(floats)}, no whole numbers; they take more memory and "
                "time to show."
            )
        self._annotations = annotations_of(header, self.filename)
        merge_annotations(self._annotations, getattr(source.reader, "raw_annotations", None))
        first = self._extents.get((0, 0))
        self._recorded = first and recorded_at(source.reader, first.t_start)

    def _find_extents(self, source: NeoSource) -> dict[tuple[int, int], _Extent]:
        """Return limits in time, sizes and starts of signals, of every block and segment.

        They are asked for once, so that who wants to know them need not wait for a chunk that is
        being read.
        """
        header = self._checked_header()
        rates = [self._rate_of(stream) for stream in header["signal_streams"]["id"]]
        return {
            (block, segment): self._find_extent(source, (block, segment), rates)
            for block, count in enumerate(header["nb_segment"])
            for segment in range(count)
        }

    def _find_extent(
        self, source: NeoSource, place: tuple[int, int], rates: list[float]
    ) -> _Extent:
        """Return that of a segment, which reaches around its signals, whatever neo says."""
        first = [float(source.ask("segment_t_start", *place))]
        last = [float(source.ask("segment_t_stop", *place))]
        sizes, starts = [], []
        for stream, rate in zip(self._streams, rates, strict=True):
            sizes.append(int(source.ask("get_signal_size", *place, stream)))
            if sizes[-1] < 0:
                raise FormatError(
                    f"{self.filename}: {self.format_name} of neo finds {sizes[-1]} samples in it; "
                    "its header is damaged."
                )
            start = float(source.ask("get_signal_t_start", *place, stream))
            starts.append(start if np.isfinite(start) else 0.0)
            first.append(starts[-1])
            last.append(starts[-1] + sizes[-1] / rate)
        t_start = min((t for t in first if np.isfinite(t)), default=0.0)
        t_stop = max((t for t in last if np.isfinite(t)), default=t_start)
        return _Extent(t_start, max(t_start, t_stop), sizes, starts)

    def _rate_of(self, stream_id: str) -> float:
        channels = self._checked_header()["signal_channels"]
        return float(channels["sampling_rate"][channels["stream_id"] == stream_id][0])

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- segments and signals --------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._extents[block_index, seg_index].t_start

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._extents[block_index, seg_index].t_stop

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._extents[block_index, seg_index].sizes[stream_index]

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return self._extents[block_index, seg_index].starts[stream_index]

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        members = self._stream_members[stream_index]
        kind = np.dtype(str(self._checked_header()["signal_channels"]["dtype"][members[0]]))
        shape = (i_stop - i_start, len(members[channels]))
        if 0 in shape:  # to some of neo's readers no samples means all
            return np.empty(shape, kind)
        # Rising channels without repeats are what all of neo's readers understand.
        columns = np.arange(len(members))[channels]
        asked, places = np.unique(columns, return_inverse=True)
        chunk = self._source().ask(
            "get_analogsignal_chunk",
            block_index=block_index,
            seg_index=seg_index,
            i_start=i_start,
            i_stop=i_stop,
            stream_index=self._streams[stream_index],
            channel_indexes=None if len(asked) == len(members) else asked,
        )
        chunk = self._as_promised(np.asarray(chunk), (shape[0], len(asked)), kind)
        return chunk if np.array_equal(asked, columns) else chunk[:, places]

    def _as_promised(self, chunk: np.ndarray, shape: tuple[int, int], kind: np.dtype) -> np.ndarray:
        """Return a chunk in the header's type, in memory of its own.

        What neo gives may be a view of a mapped file, which would be read only when looked at, by
        another thread, and kept open for as long.
        """
        if chunk.shape != shape:
            raise FormatError(
                f"{self.filename}: {self.format_name} of neo gave {chunk.shape} values in place of "
                f"{shape}."
            )
        native = np.array(chunk, dtype=chunk.dtype.newbyteorder("="), order="C", copy=_must(chunk))
        if native.dtype == kind:
            return native
        with np.errstate(invalid="ignore"):
            promised = native.astype(kind)
        if not np.array_equal(promised, native):
            raise FormatError(
                f"{self.filename}: {self.format_name} of neo gave {native.dtype} samples that are "
                f"no {kind}, which its header says."
            )
        return promised

    # -- spikes ----------------------------------------------------------------------------------

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        return len(self._spikes.times(block_index, seg_index, unit_index).ticks)

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        times = self._spikes.times(block_index, seg_index, unit_index)
        return times.ticks[between(times.seconds, t_start, t_stop)].copy()

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return self._spikes.seconds(timestamps).astype(dtype, copy=False)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        return self._spikes.waveforms(block_index, seg_index, unit_index, t_start, t_stop)

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        return len(self._events.events(block_index, seg_index, event_channel_index)[1])

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        (ticks, durations, labels), seconds = self._events.events(
            block_index, seg_index, event_channel_index
        )
        part = between(seconds, t_start, t_stop)
        return (
            ticks[part].copy(),
            None if durations is None else durations[part].copy(),
            labels[part].copy(),
        )

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._events.seconds(timestamps, event_channel_index).astype(dtype, copy=False)

    def _rescale_epoch_duration(
        self, durations: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._events.durations(durations, event_channel_index).astype(dtype, copy=False)


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
    missing = [name for name in NEEDED if not hasattr(neo_reader, name)]
    if missing:
        kind = type(neo_reader).__name__
        raise OptionError(f"a {kind} is no reader of neo 0.10 or later (it has no {missing[0]}).")
    reader = NeoRawIO(neo_reader)
    reader.parse_header()
    return reader


def _recipe_of(reader: Any) -> Recipe | None:
    """Return how one of neo's own readers can be made again, from what it keeps of its arguments.

    None for readers that are not neo's: those are sent to other processes as they are.
    """
    if not type(reader).__module__.startswith("neo.rawio."):
        return None
    names = list(inspect.signature(type(reader).__init__).parameters)[1:]
    kept = vars(reader)
    arguments = {name: kept[key] for name in names for key in (name, f"_{name}") if key in kept}
    return Recipe(type(reader).__name__, arguments)


def _must(chunk: np.ndarray) -> Any:
    """Return what np.array is told of copying: a view is copied, an array of its own if need be."""
    if chunk.base is not None:
        return True
    return None if int(np.__version__.split(".")[0]) >= 2 else False

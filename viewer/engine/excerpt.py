"""`Excerpt`: which samples of a recording lie in a span of time."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO, OptionError
from rawio.selection import as_slice, check_stream
from viewer.engine.samples import frame_bytes
from viewer.model import SignalRun, Timeline

ROUNDING = 1e-3
"""Of a sample: times that are so near to that of a sample mean it."""


@dataclass(frozen=True)
class Part:
    """Samples of an excerpt from one segment.

    Attributes
    ----------
    block, segment : int
    i_start, i_stop : int
        Samples of the segment, half-open; at least one.
    t_zero : float
        Seconds on the axis of the segment's sample 0.
    follows : bool
        Whether it goes on where the part before it ends, to half a sample.
    """

    block: int
    segment: int
    i_start: int
    i_stop: int
    t_zero: float
    follows: bool = False

    @property
    def size(self) -> int:
        """Samples of each channel."""
        return self.i_stop - self.i_start


@dataclass(frozen=True)
class Piece:
    """A few samples of an excerpt.

    Attributes
    ----------
    times : ndarray of float64, shape (n,)
        Seconds on the axis.
    raw : ndarray, shape (n, channels)
        As the reader gives them.
    """

    times: np.ndarray
    raw: np.ndarray


@dataclass(frozen=True)
class Excerpt:
    """The samples in a span of time of some channels of one stream; made by `Excerpt.of`.

    Attributes
    ----------
    reader : BaseRawIO
    stream : int
    columns : tuple of int
        Channels, as the stream counts them, in the order in which they are wanted.
    parts : tuple of Part
        In the order of time; at least one.
    """

    reader: BaseRawIO
    stream: int
    columns: tuple[int, ...]
    parts: tuple[Part, ...]

    @classmethod
    def of(
        cls,
        reader: BaseRawIO,
        t_start: float,
        t_stop: float,
        stream: int = 0,
        columns: Sequence[int] | None = None,
        timeline: Timeline | None = None,
    ) -> "Excerpt":
        """Find the samples at ``t_start <= time < t_stop``; nothing is read.

        Parameters
        ----------
        reader : BaseRawIO
            With its header parsed.
        t_start, t_stop : float
            Seconds on the axis (`viewer.model.Timeline`).
        stream : int
        columns : sequence of int, or None
            None takes all channels of the stream.
        timeline : Timeline or None
            The reader's, where it is at hand.

        Raises
        ------
        SelectionError
            When there is no such stream.
        OptionError
            When the span or the channels make no sense, or the span holds no samples.
        """
        stream = check_stream(stream, reader.signal_streams_count())
        columns = _checked(columns, reader.signal_channels_count(stream))
        if not (math.isfinite(t_start) and math.isfinite(t_stop) and t_start < t_stop):
            raise OptionError(f"a span from {t_start:g} s to {t_stop:g} s has no length.")
        timeline = timeline or Timeline.of(reader)
        parts = _parts(timeline, stream, t_start, t_stop)
        if not parts:
            raise OptionError(
                f"{reader.source_name()}: stream {_name(reader, stream)!r} has no samples from "
                f"{t_start:.9g} s to {t_stop:.9g} s{_where_there_are(timeline, stream)}."
            )
        return cls(reader, stream, columns, tuple(parts))

    @property
    def size(self) -> int:
        """Samples of each channel."""
        return sum(part.size for part in self.parts)

    @property
    def sampling_rate(self) -> float:
        """Hertz."""
        return self.reader.get_signal_sampling_rate(self.stream)

    @property
    def t_start(self) -> float:
        """Seconds on the axis of the first sample."""
        return self._span(self.parts[0], self.parts[0])[0]

    @property
    def t_stop(self) -> float:
        """Seconds on the axis at which the last sample ends."""
        return self._span(self.parts[-1], self.parts[-1])[1]

    @property
    def channels(self) -> np.ndarray:
        """The channels' rows of ``header['signal_channels']``, in the order of `columns`."""
        assert self.reader.header is not None
        rows = self.reader.get_group_channel_indexes()[self.stream]
        return self.reader.header["signal_channels"][rows[list(self.columns)]]

    @property
    def dtype(self) -> np.dtype:
        """Of the samples as the reader gives them."""
        return np.dtype(str(self.channels["dtype"][0]))

    @property
    def stream_name(self) -> str:
        """What the stream is called."""
        return _name(self.reader, self.stream)

    @property
    def unbroken(self) -> tuple[tuple[float, float], ...]:
        """Spans of seconds between which samples are missing, or the clock was set anew."""
        starts = [number for number, part in enumerate(self.parts) if not part.follows]
        ends = [*starts[1:], len(self.parts)]
        parts = self.parts
        return tuple(self._span(parts[a], parts[b - 1]) for a, b in zip(starts, ends, strict=True))

    @property
    def selection(self) -> slice | np.ndarray:
        """The columns, as readers serve them fastest."""
        return as_slice(np.array(self.columns, np.intp))

    def pieces(self, most_bytes: int) -> Iterator[Piece]:
        """Read the samples, a few at a time.

        Parameters
        ----------
        most_bytes : int
            What the samples of all channels of the stream take at the same time.

        Raises
        ------
        RawIOError
            What the reader raises.
        """
        step = max(1, most_bytes // frame_bytes(self.reader, self.stream))
        selection, rate = self.selection, self.sampling_rate
        for part in self.parts:
            for start in range(part.i_start, part.i_stop, step):
                stop = min(start + step, part.i_stop)
                raw = self.reader.get_analogsignal_chunk(
                    part.block,
                    part.segment,
                    start,
                    stop,
                    stream_index=self.stream,
                    channel_indexes=selection,
                )
                yield Piece(part.t_zero + np.arange(start, stop) / rate, raw)

    def physical(self, raw: np.ndarray, dtype: str) -> np.ndarray:
        """Return raw samples of these channels in physical units, as float32 or float64."""
        return self.reader.rescale_signal_raw_to_float(
            raw, dtype, stream_index=self.stream, channel_indexes=self.selection
        )

    def _span(self, first: Part, last: Part) -> tuple[float, float]:
        rate = self.sampling_rate
        return first.t_zero + first.i_start / rate, last.t_zero + last.i_stop / rate


def _parts(timeline: Timeline, stream: int, t_start: float, t_stop: float) -> list[Part]:
    shifts = {(s.block, s.index): s.shift for s in timeline.segments}
    parts: list[Part] = []
    begin, count, shift = 0.0, 0, 0.0
    for run in timeline.runs_in(stream, t_start, t_stop):
        i_start, i_stop = _first_at(run, t_start), _first_at(run, t_stop)
        if i_start >= i_stop:
            continue
        own = shifts[run.block, run.segment]
        start = run.t_start + i_start / run.sampling_rate
        # From where the unbroken stretch began: what is off must not add up over many segments.
        off = (start - begin) * run.sampling_rate - count
        follows = bool(parts) and max(abs(off), abs(own - shift) * run.sampling_rate) < 0.5
        if not follows:
            begin, count, shift = start, 0, own
        count += i_stop - i_start
        parts.append(Part(run.block, run.segment, i_start, i_stop, run.t_start, follows))
    return parts


def _first_at(run: SignalRun, time: float) -> int:
    """Return the first sample at a time or later; the run's size if there is none."""
    time = min(max(time, run.t_start), run.t_stop)
    first = math.ceil((time - run.t_start) * run.sampling_rate - ROUNDING)
    return min(max(first, 0), run.size)


def _checked(columns: Sequence[int] | None, count: int) -> tuple[int, ...]:
    if columns is None:
        return tuple(range(count))
    chosen = tuple(int(column) for column in columns)
    if not chosen:
        raise OptionError("no channels are chosen.")
    wrong = next((column for column in chosen if not 0 <= column < count), None)
    if wrong is not None:
        raise OptionError(f"channel {wrong} is not one of the {count} of the stream.")
    if len(set(chosen)) < len(chosen):
        raise OptionError("a channel is chosen twice.")
    return chosen


def _name(reader: BaseRawIO, stream: int) -> str:
    assert reader.header is not None
    return str(reader.header["signal_streams"]["name"][stream])


def _where_there_are(timeline: Timeline, stream: int) -> str:
    """Return words that say where a stream has samples; empty if it has none at all."""
    runs = [run for run in timeline.runs if run.stream == stream]
    if not runs:
        return " or at any time"
    return f"; it has some from {runs[0].t_start:.9g} s to {runs[-1].t_stop:.9g} s"

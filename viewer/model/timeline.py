"""All segments of a recording on one time axis."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rawio import BaseRawIO


@dataclass(frozen=True)
class Segment:
    """One segment and where it lies on the axis.

    Attributes
    ----------
    block, index : int
        As the reader counts them.
    t_start, t_stop : float
        Seconds on the axis.
    shift : float
        Seconds to add to the reader's times of this segment to get times on the axis; zero unless
        segments overlap in the reader's own time.
    """

    block: int
    index: int
    t_start: float
    t_stop: float
    shift: float


@dataclass(frozen=True)
class SignalRun:
    """An unbroken run of samples: one stream in one segment.

    Attributes
    ----------
    stream, block, segment : int
    t_start : float
        Seconds on the axis of sample 0.
    sampling_rate : float
        Hertz.
    size : int
        Samples of each channel.
    """

    stream: int
    block: int
    segment: int
    t_start: float
    sampling_rate: float
    size: int

    @property
    def t_stop(self) -> float:
        """Seconds on the axis of the end of the last sample."""
        return self.t_start + self.size / self.sampling_rate


@dataclass(frozen=True)
class Timeline:
    """Segments, runs and the limits of the axis. Made by `Timeline.of`."""

    segments: tuple[Segment, ...]
    runs: tuple[SignalRun, ...]

    @classmethod
    def of(cls, reader: BaseRawIO) -> "Timeline":
        """Lay out a reader's segments.

        Segments keep their own times as long as each starts no earlier than the one before it
        ends; one that does not (its clock was restarted) is put behind it.
        """
        segments: list[Segment] = []
        runs: list[SignalRun] = []
        end = float("-inf")
        for block in range(reader.block_count()):
            for index in range(reader.segment_count(block)):
                start = reader.segment_t_start(block, index)
                stop = reader.segment_t_stop(block, index)
                # A tick of overlap is rounding; a restarted clock is a matter of whole blocks.
                shift = 0.0 if start >= end - 1e-3 else end - start
                segment = Segment(block, index, start + shift, stop + shift, shift)
                segments.append(segment)
                end = max(end, segment.t_stop)
                runs += _runs(reader, segment)
        return cls(tuple(segments), tuple(runs))

    @property
    def t_start(self) -> float:
        """Seconds: start of the axis."""
        return min((s.t_start for s in self.segments), default=0.0)

    @property
    def t_stop(self) -> float:
        """Seconds: end of the axis."""
        return max((s.t_stop for s in self.segments), default=1.0)

    @property
    def first_signal(self) -> float:
        """Seconds: where there is first something to see."""
        return min((run.t_start for run in self.runs), default=self.t_start)

    def runs_in(self, stream: int, t_start: float, t_stop: float) -> Sequence[SignalRun]:
        """Return the runs of a stream that reach into a span of time, found by bisection."""
        runs = self._of_stream.get(stream, ())
        first = bisect_left(runs, t_start, key=lambda run: run.t_stop)
        return runs[first : bisect_right(runs, t_stop, key=lambda run: run.t_start)]

    def first_run(self, stream: int) -> SignalRun | None:
        """Return the first run of a stream; None where it has no samples."""
        return next(iter(self._of_stream.get(stream, ())), None)

    def nearest_run(self, streams: Iterable[int], time: float) -> SignalRun | None:
        """Return the run nearest to a time, of the fastest of these streams."""
        found = [self._of_stream[s] for s in streams if s in self._of_stream]
        fastest = max((runs[0].sampling_rate for runs in found), default=0.0)
        near: list[SignalRun] = []
        for runs in found:
            if runs[0].sampling_rate == fastest:
                after = bisect_right(runs, time, key=lambda run: run.t_start)
                near += runs[max(0, after - 1) : after + 1]
        return min(near, key=lambda run: max(run.t_start - time, time - run.t_stop), default=None)

    def segments_in(self, t_start: float, t_stop: float) -> Sequence[Segment]:
        """Return the segments that reach into a span of time, found by bisection."""
        first = bisect_left(self.segments, t_start, key=lambda segment: segment.t_stop)
        last = bisect_right(self.segments, t_stop, key=lambda segment: segment.t_start)
        return self.segments[first:last]

    @cached_property
    def _of_stream(self) -> dict[int, tuple[SignalRun, ...]]:
        """The runs of each stream, rising in time as the segments do."""
        out: dict[int, list[SignalRun]] = {}
        for run in self.runs:
            out.setdefault(run.stream, []).append(run)
        return {stream: tuple(runs) for stream, runs in out.items()}

    @property
    def shifted(self) -> bool:
        """Whether any segment had to be moved from its own time."""
        return any(segment.shift for segment in self.segments)

    @property
    def warnings(self) -> list[str]:
        """What a person must know to read the axis, one sentence each."""
        if not self.shifted:
            return []
        moved = sum(1 for segment in self.segments if segment.shift)
        return [
            f"{moved} of {len(self.segments)} segments overlap others in time and are shown behind "
            "them; the ruler is not their own time."
        ]


def _runs(reader: BaseRawIO, segment: Segment) -> list[SignalRun]:
    runs = []
    for stream in range(reader.signal_streams_count()):
        size = reader.get_signal_size(segment.block, segment.index, stream)
        if size:
            t_start = reader.get_signal_t_start(segment.block, segment.index, stream)
            runs.append(
                SignalRun(
                    stream,
                    segment.block,
                    segment.index,
                    t_start + segment.shift,
                    reader.get_signal_sampling_rate(stream),
                    size,
                )
            )
    return runs

"""All segments of a recording on one time axis."""

from dataclasses import dataclass

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

    @property
    def shifted(self) -> bool:
        """Whether any segment had to be moved from its own time."""
        return any(segment.shift for segment in self.segments)


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

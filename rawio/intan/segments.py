"""Segments: what each stream has of each run of timestamps.

All streams are cut at the same timestamps. A sample belongs to the run that its own timestamp is
in, which for slow signals is that of the first of the samples it stands for.
"""

import math
from dataclasses import dataclass

from rawio.intan.clock import Runs
from rawio.intan.contents import Contents


@dataclass(frozen=True)
class Piece:
    """Samples `first` to ``first + size`` of a stream, the first of them at `t_start` seconds."""

    first: int
    size: int
    t_start: float


@dataclass(frozen=True)
class Segment:
    """Timestamps `tick` on of samples `first` to `stop`, and a piece of each stream."""

    first: int
    stop: int
    tick: int
    pieces: tuple[Piece, ...]
    t_start: float
    t_stop: float

    def samples_between(
        self, t_start: float | None, t_stop: float | None, rate: float
    ) -> tuple[int, int]:
        """Return limits of the segment's samples that hold all from `t_start` to `t_stop` seconds.

        There is a sample more to each side, for times are rounded. The limits may not be nan.
        """
        n = self.stop - self.first
        first, stop = 0.0, float(n)
        if t_start is not None:
            first = min(max((t_start - self.t_start) * rate - 1, 0.0), n)
        if t_stop is not None:
            stop = min(max((t_stop - self.t_start) * rate + 2, 0.0), n)
        return self.first + math.floor(first), self.first + math.ceil(stop)


def cut(contents: Contents, runs: Runs) -> list[Segment]:
    """Return the segments of a recording; runs of which no stream has a sample are left out."""
    size = contents.size
    first = [at for at in runs.first.tolist() if at < size]
    segments = []
    for at, stop, tick in zip(first, [*first[1:], size], runs.tick.tolist(), strict=False):
        segment = _segment(contents, at, stop, tick)
        if not contents.streams or any(piece.size for piece in segment.pieces):
            segments.append(segment)
    return segments


def _segment(contents: Contents, first: int, stop: int, tick: int) -> Segment:
    rate = contents.header.sample_rate
    t_start = tick / rate
    t_stop = t_start if contents.streams else (tick + stop - first) / rate
    pieces = []
    for stream in contents.streams:
        begin = -(-first // stream.step)
        end = min(-(-stop // stream.step), stream.source.size)
        piece = Piece(begin, max(0, end - begin), t_start)
        if piece.size:
            start = tick + begin * stream.step - first
            piece = Piece(begin, piece.size, start / rate)
            t_stop = max(t_stop, (start + piece.size * stream.step) / rate)
        pieces.append(piece)
    return Segment(first, stop, tick, tuple(pieces), t_start, t_stop)

"""`Survey`: the extremes of every channel in a few columns over the whole recording.

What the pyramid has is taken from there, at the coarsest level whose bins are no wider than a
column, so that the cost is that of the columns whatever the recording's length. Short runs, which
have no pyramid, are read whole while they are little together. Of what is left a few hundred short
reads give an impression.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from rawio import BaseRawIO, RawIOError
from viewer.compute.bins import coarser, extremes_of, minmax
from viewer.compute.layer import rough_of
from viewer.engine.grid import Viewport
from viewer.engine.indexer import Indexer
from viewer.engine.levels import bin_count, bin_samples
from viewer.engine.pyramid.layout import BASE_LEVEL
from viewer.engine.pyramid.store import StreamStore
from viewer.engine.samples import frame_bytes
from viewer.model import SignalRun, Timeline

log = logging.getLogger("viewer")

GAP, ABSENT, GUESSED, PART, SURE = range(5)
"""What is known of a column: the stream has no samples there, nothing yet, some samples, some of
the bins, all of it."""

WHOLE_BYTES = 64 << 20
"""Runs that the pyramid does not serve are read whole if they are at most so much together."""

PIECE_BYTES = 2 << 20
"""Read at a time, between two looks at whether it is still wanted."""

PARTS = 16
"""What cannot be read is tried once more in so many parts."""

TABLE_BYTES = 64 << 20
"""The extremes take at most so much memory; with very many channels columns are fewer for it."""

GUESS_READS = 256
GUESS_SAMPLES = 96
"""Reads that give an impression of all that is not indexed, and samples of each."""

FIRST_PASS = 8
"""Every so many of these reads are made first, and stand for the others until those are made."""

REST_READS = 16
REST_SAMPLES = 64
"""Reads all over a stream by which the channels' resting levels are found."""

EDGE = 1e-6
"""Of a column or bin: what is nearer to an edge lies on it, and was only rounded."""


@dataclass
class _Stretch:
    """The columns that a run reaches, and which of these are not known in full."""

    run: SignalRun
    x_start: int
    x_stop: int
    nbytes: int
    todo: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.todo = np.ones(self.x_stop - self.x_start, bool)

    def bins(self, viewport: Viewport, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return for each column its bins of `count` samples, half-open; at least one each.

        Samples belong to the column that they lie in, wider bins to that of their middle, but those
        at the ends to the columns there. A column without any, as of a run with few samples, has
        the one before it.
        """
        run = self.run
        spp = viewport.seconds_per_pixel * run.sampling_rate / count
        left = (viewport.t_left - run.t_start) * run.sampling_rate / count
        middle = 0.0 if count == 1 else 0.5
        x = np.arange(self.x_start, self.x_stop + 1)
        edges = np.ceil(left + x * spp - middle - EDGE).astype(np.int64)
        total = -(-run.size // count)
        edges[0], edges[-1] = 0, total
        first = np.clip(np.minimum(edges[:-1], edges[1:] - 1), 0, total - 1)
        return first, np.clip(edges[1:], first + 1, total)


class StreamColumns:
    """The extremes of a stream's channels in each column.

    Attributes
    ----------
    low, high : ndarray, shape (columns, channels)
        In the stream's dtype, as it is in the file; meaningless where `state` is `GAP` or `ABSENT`.
    rest : ndarray of float64, shape (channels,)
        The median of a few samples, in raw units.
    """

    def __init__(self, width: int, channels: int, dtype: np.dtype) -> None:
        self.low = np.zeros((width, channels), dtype)
        self.high = np.zeros((width, channels), dtype)
        self.rest = np.zeros(channels)
        self._known = np.full(width, GAP, np.uint8)
        self._lacking = np.zeros(width, np.int32)

    @property
    def state(self) -> np.ndarray:
        """What is known of each column, uint8 (columns,): `GAP` to `SURE`."""
        return np.where((self._known == PART) & (self._lacking == 0), SURE, self._known)

    def expect(self, stretch: _Stretch) -> None:
        """Take note of a run."""
        reached = slice(stretch.x_start, stretch.x_stop)
        self._known[reached] = ABSENT
        self._lacking[reached] += 1

    def take(self, column: int, extremes: np.ndarray) -> None:
        """Take in the extremes, shape (2, channels), of samples of a column."""
        if self._known[column] == PART:
            smaller, larger = extremes_of(self.low.dtype)
            smaller(self.low[column], extremes[0], out=self.low[column])
            larger(self.high[column], extremes[1], out=self.high[column])
        else:  # a guess gives way: that of a layer may be wrong
            self.low[column], self.high[column] = extremes
            self._known[column] = PART

    def settle(self, column: int) -> None:
        """Take note that a run has no more to say of a column."""
        self._lacking[column] -= 1

    def guess(self, first: int, last: int, extremes: np.ndarray) -> None:
        """Show extremes of some samples in columns of which nothing better is known."""
        bare = first + np.flatnonzero(self._known[first:last] < PART)
        self.low[bare], self.high[bare] = extremes
        self._known[bare] = GUESSED


class Survey:
    """Looks over a whole recording, in the caller's thread; for one thread at a time.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed.
    timeline : Timeline
        Of `reader`.
    indexer : Indexer
        Of `reader`.
    width : int
        Columns wished for; fewer where the extremes of all channels would take too much memory.

    Attributes
    ----------
    viewport : Viewport
        The columns: from the start of the axis to its end.
    columns : tuple of StreamColumns
        By stream.
    problems : list of str
        Why places could not be read, which are left out: a sentence each.
    """

    def __init__(self, reader: BaseRawIO, timeline: Timeline, indexer: Indexer, width: int) -> None:
        self.reader, self.timeline, self.indexer = reader, timeline, indexer
        self._rough = rough_of(reader)
        streams = range(reader.signal_streams_count())
        frame = sum(2 * frame_bytes(reader, stream) for stream in streams)
        width = max(1, min(width, TABLE_BYTES // max(frame, 1)))
        span = max(timeline.t_stop - timeline.t_start, 1e-3)  # as `View` has it
        self.viewport = Viewport(timeline.t_start, span / width, width)
        self.columns = tuple(self._empty(stream) for stream in streams)
        self.problems: list[str] = []
        self._stretches = [self._stretch(run) for run in timeline.runs]
        for stretch in self._stretches:
            self.columns[stretch.run.stream].expect(stretch)
        self._rested = False
        self._guesses_left = GUESS_READS

    def _empty(self, stream: int) -> StreamColumns:
        assert self.reader.header is not None
        rows = self.reader.get_group_channel_indexes()[stream]
        dtype = np.dtype(str(self.reader.header["signal_channels"]["dtype"][rows[0]]))
        return StreamColumns(self.viewport.width, len(rows), dtype)

    def _stretch(self, run: SignalRun) -> _Stretch:
        last = self.viewport.width - 1
        x_start = int(np.floor(self.viewport.x_of(run.t_start) + EDGE))
        x_stop = int(np.ceil(self.viewport.x_of(run.t_stop) - EDGE))
        x_start = min(max(x_start, 0), last)
        x_stop = min(max(x_stop, x_start + 1), last + 1)
        return _Stretch(run, x_start, x_stop, run.size * frame_bytes(self.reader, run.stream))

    @property
    def complete(self) -> bool:
        """Whether all columns are known, or cannot be read."""
        return not any(stretch.todo.any() for stretch in self._stretches)

    def read(self) -> Iterator[None]:
        """Read what can be read now and was not before, piece by piece.

        Yields
        ------
        None
            After each piece; who has enough, or no use for it any more, goes on no further. A
            later call goes on from there.
        """
        if not self._rested:
            self._rested = True
            self._find_rests()
        left = [stretch for stretch in self._stretches if stretch.todo.any()]
        short = [s for s in left if self._is_fine(s) or not self.indexer.serves(s.run)]
        whole = short if sum(s.nbytes for s in short) <= WHOLE_BYTES else []
        for stretch in whole:
            yield from self._from_samples(stretch)
        for stretch in left:
            store = self.indexer.store_of(stretch.run)
            if store is not None and stretch.todo.any():
                yield from self._from_index(stretch, store)
        # While the pyramid is being opened nobody knows how much it has.
        if not (self.indexer.running and self.indexer.share is None):
            yield from self._guess([s for s in left if s.todo.any()])

    def _is_fine(self, stretch: _Stretch) -> bool:
        """Return whether a column holds less of a run than a bin of any stored level."""
        spp = self.viewport.seconds_per_pixel * stretch.run.sampling_rate
        return spp < bin_samples(BASE_LEVEL)

    # -- from the pyramid --------------------------------------------------------------------------

    def _from_index(self, stretch: _Stretch, store: StreamStore) -> Iterator[None]:
        layout, run = store.layout, stretch.run
        number = layout.find(run.block, run.segment)
        assert number is not None
        spp = self.viewport.seconds_per_pixel * run.sampling_rate
        levels = [level for level in layout.levels_of(number) if bin_samples(level) <= spp]
        level = max(levels, default=BASE_LEVEL)
        first, last = stretch.bins(self.viewport, bin_samples(level))
        try:
            written = store.written(number, level, 0, bin_count(run.size, level))
            count = np.concatenate([[0], np.cumsum(written)])
            columns = np.flatnonzero(stretch.todo & (count[last] > count[first]))
            for piece in _pieces(columns, first, last, layout.row_bytes):
                start = int(first[piece[0]])
                rows, there = store.read(number, level, start, int(last[piece[-1]]))
                for column in piece.tolist():
                    own = slice(int(first[column]) - start, int(last[column]) - start)
                    self._take_rows(stretch, column, rows[own], there[own])
                yield
        except OSError as error:  # its disk is not that of the recording
            log.warning("the index cannot be read (%s)", error)

    def _take_rows(
        self, stretch: _Stretch, column: int, rows: np.ndarray, there: np.ndarray
    ) -> None:
        """Take in the rows of a column, those that are there."""
        sound = rows if there.all() else rows[there]
        if len(sound):
            x = stretch.x_start + column
            self.columns[stretch.run.stream].take(x, coarser(sound, len(sound))[0])
        if len(sound) == len(rows):
            self._settle(stretch, column)

    # -- from the recording ------------------------------------------------------------------------

    def _from_samples(self, stretch: _Stretch) -> Iterator[None]:
        first, last = stretch.bins(self.viewport, 1)
        row_bytes = frame_bytes(self.reader, stretch.run.stream)
        for piece in _pieces(np.flatnonzero(stretch.todo), first, last, row_bytes):
            if not self._take_samples(stretch, piece, first, last):
                # Only a part of it may be beyond reading.
                for part in _pieces(piece, first, last, row_bytes * PARTS):
                    if not self._take_samples(stretch, part, first, last):
                        stretch.todo[part] = False
            yield

    def _take_samples(
        self, stretch: _Stretch, columns: np.ndarray, first: np.ndarray, last: np.ndarray
    ) -> bool:
        """Take in the samples of neighbouring columns; return whether they can be read."""
        start, run = int(first[columns[0]]), stretch.run
        samples = self._chunk(self.reader, run, start, int(last[columns[-1]]))
        if samples is None:
            return False
        for column in columns.tolist():
            own = samples[int(first[column]) - start : int(last[column]) - start]
            self.columns[run.stream].take(stretch.x_start + column, minmax(own, len(own))[0])
            self._settle(stretch, column)
        return True

    def _guess(self, stretches: Sequence[_Stretch]) -> Iterator[None]:
        """Read a few samples here and there where nothing is known yet."""
        bare = [columns.state == ABSENT for columns in self.columns]
        places = [
            (s, column)
            for s in stretches
            for column in np.flatnonzero(s.todo & bare[s.run.stream][s.x_start : s.x_stop]).tolist()
        ]
        if not places or self._guesses_left <= 0:
            return
        every = -(-len(places) // self._guesses_left)
        chosen = range(0, len(places), every)
        for stride in (FIRST_PASS, 1):
            for index in range(0, len(chosen), stride):
                if stride == 1 and index % FIRST_PASS == 0:
                    continue
                self._guesses_left -= 1
                start = chosen[index]
                self._guess_at(places[start : start + every * stride])
                yield

    def _guess_at(self, places: Sequence[tuple[_Stretch, int]]) -> None:
        """Let some samples of the first of these columns stand for those of its run."""
        stretch, column = places[0]
        first, last = (int(i[column]) for i in stretch.bins(self.viewport, 1))
        start = max(first, (first + last - GUESS_SAMPLES) // 2)
        samples = self._chunk(self._rough, stretch.run, start, min(start + GUESS_SAMPLES, last))
        if samples is not None:
            extremes = minmax(samples, len(samples))[0]
            beside = max(x for other, x in places if other is stretch)
            self.columns[stretch.run.stream].guess(
                stretch.x_start + column, stretch.x_start + beside + 1, extremes
            )

    def _find_rests(self) -> None:
        for stream, columns in enumerate(self.columns):
            runs = [run for run in self.timeline.runs if run.stream == stream]
            parts = [self._chunk(self._rough, *place) for place in _places_to_rest(runs)]
            found = [part for part in parts if part is not None]
            if found:
                samples = np.concatenate(found).astype(np.float64)
                for channel, values in enumerate(samples.T):
                    good = values[np.isfinite(values)]
                    columns.rest[channel] = np.median(good) if good.size else 0.0

    def _chunk(self, reader: BaseRawIO, run: SignalRun, first: int, last: int) -> np.ndarray | None:
        """Return samples, or None where they cannot be read, which is told once."""
        try:
            return reader.get_analogsignal_chunk(
                run.block, run.segment, first, last, stream_index=run.stream
            )
        except RawIOError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return None

    def _settle(self, stretch: _Stretch, column: int) -> None:
        stretch.todo[column] = False
        self.columns[stretch.run.stream].settle(stretch.x_start + column)


def _pieces(
    columns: np.ndarray, first: np.ndarray, last: np.ndarray, row_bytes: int
) -> Iterator[np.ndarray]:
    """Cut columns into runs of neighbours whose rows, read at once, are at most a piece."""
    most = max(1, PIECE_BYTES // row_bytes)
    start = 0
    for index in range(1, len(columns) + 1):
        if index < len(columns):
            beside = columns[index] == columns[index - 1] + 1
            if beside and last[columns[index]] - first[columns[start]] <= most:
                continue
        yield columns[start:index]
        start = index


def _places_to_rest(runs: Sequence[SignalRun]) -> list[tuple[SignalRun, int, int]]:
    """Return runs with the samples to read, spread evenly over all samples of a stream."""
    ends = np.cumsum([run.size for run in runs])
    if not len(ends):
        return []
    out = []
    for place in np.unique(np.linspace(0, ends[-1] - 1, REST_READS).astype(np.int64)).tolist():
        number = int(np.searchsorted(ends, place, "right"))
        run = runs[number]
        first = max(0, min(place - int(ends[number] - run.size), run.size - REST_SAMPLES))
        out.append((run, first, min(first + REST_SAMPLES, run.size)))
    return out

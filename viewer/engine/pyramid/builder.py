"""Building a pyramid with threads: where the user looks first, in batches, to be cancelled."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO, RawIOError
from viewer.engine.errors import CancelledError
from viewer.engine.pyramid.blocks import build_blocks, build_parents
from viewer.engine.pyramid.layout import StreamLayout
from viewer.engine.pyramid.store import Pyramid
from viewer.engine.workers import sentence_of

BATCH_BYTES = 32 << 20
"""Samples of small blocks that are computed in one go."""

PAUSE_SECONDS = 0.002
LONGEST_PAUSE = 0.25
"""Seconds a build waits at most, at a time, for what a person waits for."""


@dataclass(frozen=True)
class Span:
    """Samples `i_start` to `i_stop` of one run of a stream."""

    stream: int
    block: int
    segment: int
    i_start: int
    i_stop: int


class PyramidBuilder:
    """Threads that compute what a pyramid lacks.

    Parameters
    ----------
    reader : BaseRawIO
    pyramid : Pyramid
        Writable.
    jobs : int
        Threads.
    on_built : callable
        Called in a builder's thread with the `Span` that is now exact.
    on_finished : callable
        Called in a builder's thread when there is nothing left to do.
    on_error : callable
        Called in a builder's thread with a sentence: a place that cannot be read, which is left
        out, or a disk that takes no more, after which the build stops.
    give_way : callable
        While it returns True the build pauses for a moment: something more urgent is being read.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        pyramid: Pyramid,
        jobs: int = 1,
        on_built: Callable[[Span], None] = lambda span: None,
        on_finished: Callable[[], None] = lambda: None,
        on_error: Callable[[str], None] = lambda sentence: None,
        give_way: Callable[[], bool] = lambda: False,
    ) -> None:
        self._reader, self._pyramid, self._jobs = reader, pyramid, max(1, jobs)
        self._on_built, self._on_finished = on_built, on_finished
        self._on_error, self._give_way = on_error, give_way
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._work = {
            stream: _StreamWork(store.layout, store.all_done())
            for stream, store in pyramid.streams.items()
        }
        self._focus: list[Span] = []
        self._active = 0
        self._stuck: str | None = None
        self._threads: list[threading.Thread] = []

    # -- for those who wait --------------------------------------------------------------------

    @property
    def total_bytes(self) -> int:
        """Bytes of samples that the pyramid is to cover."""
        return sum(work.total_bytes for work in self._work.values())

    @property
    def done_bytes(self) -> int:
        """Bytes of samples that it covers."""
        with self._lock:
            return sum(work.done_bytes for work in self._work.values())

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        with self._lock:
            return all(work.done.all() for work in self._work.values())

    @property
    def running(self) -> bool:
        """Whether threads are at work."""
        return self._active > 0

    @property
    def stuck(self) -> bool:
        """Whether it has stopped because its disk takes no more."""
        return self._stuck is not None

    def start(self) -> None:
        """Start the threads, unless they are at work or there is nothing to do."""
        with self._lock:
            if self._active or self._closed.is_set() or self._nothing_free():
                return
            self._active = self._jobs
            self._threads = [
                threading.Thread(target=self._run, name=f"rawscope index {number}", daemon=True)
                for number in range(self._jobs)
            ]
            for thread in self._threads:
                thread.start()

    def focus(self, spans: Sequence[Span]) -> None:
        """Build these first, then what follows them."""
        with self._lock:
            self._focus = list(spans)

    def again(self, span: Span) -> bool:
        """Build once more what was found damaged and struck out.

        Returns
        -------
        bool
            Whether there is anything that can be built.

        Raises
        ------
        OSError
            When the disk fails.
        """
        store = self._pyramid.streams[span.stream]
        run = store.layout.find(span.block, span.segment)
        if run is None or not self._pyramid.writable or self._closed.is_set():
            return False
        written = build_parents(store, run, span.i_start, span.i_stop)
        done = store.all_done()
        with self._lock:
            work = self._work[span.stream]
            first, last = work.blocks_of(span)
            free = ~work.claimed[first:last]
            work.done[first:last][free] = done[first:last][free]
            left = bool((~work.done[first:last] & ~work.unreadable[first:last]).any())
        self.start()
        if written and not left:
            self._on_built(span)
        return written or left

    def close(self) -> None:
        """Stop after the pieces under way, not waiting, and call nobody any more."""
        self._closed.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the threads have ended; return whether they have."""
        deadline = None if timeout is None else time.monotonic() + timeout
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    # -- threads -------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._lock:
                batch = None if self._closed.is_set() else self._claim()
                if batch is None:
                    self._active -= 1
                    last_one = not self._active
                    break
            stream, first, last = batch
            try:
                self._build(stream, first, last)
            except CancelledError:
                self._settle(stream, first, last, done=False)
            except RawIOError as error:
                self._settle(stream, first, last, done=False, unreadable=True)
                self._tell(f"indexing goes on without a place that cannot be read: {error}")
            except (OSError, MemoryError) as error:
                self._settle(stream, first, last, done=False)
                self._give_up(error)
            except Exception as error:  # our own fault, or another library's that reads for us
                self._settle(stream, first, last, done=False, unreadable=True)
                self._tell(sentence_of(error, "indexing a place"))
            else:
                self._settle(stream, first, last, done=True)
                if not self._closed.is_set():
                    self._on_built(self._work[stream].span_of(first, last))
        if last_one and not self._closed.is_set():
            self._complete_parents()
            self._on_finished()

    def _complete_parents(self) -> None:
        """Write what no block was the last for: above blocks of a recording that has grown."""
        try:
            complete_parents(self._pyramid)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Stop building: a disk that takes no more takes nothing of the next block either."""
        reason = getattr(error, "strerror", None) or "out of memory"
        with self._lock:
            first = self._stuck is None
            self._stuck = f"{self._pyramid.folder}: the index cannot be written ({reason})."
        if first:
            self._tell(self._stuck)

    def _tell(self, sentence: str) -> None:
        if not self._closed.is_set():
            self._on_error(sentence)

    def _build(self, stream: int, first: int, last: int) -> None:
        store = self._pyramid.streams[stream]
        run, block = store.layout.run_of_block(first)
        build_blocks(self._reader, store, run, block, block + last - first, self._cancelled)

    def _cancelled(self) -> bool:
        waited = 0.0
        while waited < LONGEST_PAUSE and self._give_way() and not self._closed.is_set():
            time.sleep(PAUSE_SECONDS)
            waited += PAUSE_SECONDS
        return self._closed.is_set()

    def _claim(self) -> tuple[int, int, int] | None:
        """Return blocks that nobody has claimed, those in focus first."""
        if self._stuck is not None:
            return None
        for span in self._focus:
            work = self._work.get(span.stream)
            batch = work.claim(*work.blocks_of(span)) if work is not None else None
            if batch is not None:
                return (span.stream, *batch)
        ordered = sorted(self._work, key=lambda s: s not in {f.stream for f in self._focus})
        for stream in ordered:
            batch = self._work[stream].claim_after(self._focus)
            if batch is not None:
                return (stream, *batch)
        return None

    def _nothing_free(self) -> bool:
        return self._stuck is not None or not any(work.free.any() for work in self._work.values())

    def _settle(
        self, stream: int, first: int, last: int, *, done: bool, unreadable: bool = False
    ) -> None:
        with self._lock:
            work = self._work[stream]
            work.claimed[first:last] = False
            work.done[first:last] = done
            work.unreadable[first:last] = unreadable


class _StreamWork:
    """Which blocks of a stream are done, being done, or cannot be done."""

    def __init__(self, layout: StreamLayout, done: np.ndarray) -> None:
        self.layout = layout
        self.done = done
        self.claimed = np.zeros(len(self.done), bool)
        self.unreadable = np.zeros(len(self.done), bool)
        self._nbytes = _block_bytes(layout)
        self.total_bytes = int(self._nbytes.sum())

    @property
    def free(self) -> np.ndarray:
        """Blocks that are to be done and nobody does."""
        return ~(self.done | self.claimed | self.unreadable)

    @property
    def done_bytes(self) -> int:
        """Bytes of samples of the blocks that are done."""
        return int(self._nbytes[self.done].sum())

    def blocks_of(self, span: Span) -> tuple[int, int]:
        """Return the blocks that a span of samples touches, half-open; none if not indexed."""
        run = self.layout.find(span.block, span.segment)
        if run is None:
            return 0, 0
        start, samples = int(self.layout.block_starts[run]), self.layout.block_samples
        stop = min(start - (-span.i_stop // samples), int(self.layout.block_starts[run + 1]))
        return start + max(0, span.i_start) // samples, stop

    def span_of(self, first: int, last: int) -> Span:
        """Return the samples of blocks of one run."""
        run, block = self.layout.run_of_block(first)
        place, samples = self.layout.runs[run], self.layout.block_samples
        stop = min((block + last - first) * samples, place.size)
        return Span(self.layout.stream, place.block, place.segment, block * samples, stop)

    def claim_after(self, focus: Sequence[Span]) -> tuple[int, int] | None:
        """Claim the next blocks behind those in focus, or from the start on."""
        ends = [self.blocks_of(span)[1] for span in focus if span.stream == self.layout.stream]
        after = max(ends, default=0)
        return self.claim(after, len(self.done)) or self.claim(0, after)

    def claim(self, first: int, last: int) -> tuple[int, int] | None:
        """Claim the first free blocks among these, of one run and not too many."""
        free = self.free[first:last]
        if not free.any():
            return None
        start = first + int(np.argmax(free))
        run, _ = self.layout.run_of_block(start)
        most = max(1, BATCH_BYTES // (self.layout.block_samples * self.layout.frame_bytes))
        stop = min(start + most, last, int(self.layout.block_starts[run + 1]))
        taken = free[start - first : stop - first]
        if not taken.all():
            stop = start + int(np.argmin(taken))
        self.claimed[start:stop] = True
        return start, stop


def _block_bytes(layout: StreamLayout) -> np.ndarray:
    """Return bytes of samples of every block; the last of a run may be short."""
    samples = np.full(int(layout.block_starts[-1]), layout.block_samples, np.int64)
    for run, place in enumerate(layout.runs):
        last = int(layout.block_starts[run + 1]) - 1
        samples[last] = place.size - (layout.block_count(run) - 1) * layout.block_samples
    return samples * layout.frame_bytes


def complete_parents(pyramid: Pyramid) -> None:
    """Write rows of the upper levels that are missing though all below is there.

    A build that was killed between the two may leave such, and workers that cannot see at once
    what others wrote.
    """
    for store in pyramid.streams.values():
        for run, place in enumerate(store.layout.runs):
            build_parents(store, run, 0, place.size)

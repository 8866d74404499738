"""`Indexer`: the pyramid of an open recording, found or built in the background."""

import os
import threading
import time
from collections.abc import Callable, Sequence

from rawio import BaseRawIO
from viewer.engine.pyramid.builder import PyramidBuilder, Span
from viewer.engine.pyramid.layout import LEAST_RUN
from viewer.engine.pyramid.places import open_or_create
from viewer.engine.pyramid.store import Pyramid, StreamStore
from viewer.engine.workers import sentence_of
from viewer.model import SignalRun

NEWS_SECONDS = 0.1
"""What is built is told at most this often."""


class Indexer:
    """Opens or makes a recording's pyramid in a thread and builds what it lacks.

    Parameters
    ----------
    reader : BaseRawIO
    opened : callable
        Called in a thread once it is known whether there is a pyramid.
    built : callable
        Called in a thread with a `Span` that was built, or None for many; a few times a second.
    told : callable
        Called in a thread with a sentence for people.
    give_way : callable
        While it returns True the build pauses for a moment.
    enabled : bool
        Without, there is no pyramid.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        opened: Callable[[], None],
        built: Callable[[Span | None], None],
        told: Callable[[str], None],
        give_way: Callable[[], bool],
        *,
        enabled: bool = True,
    ) -> None:
        self._reader, self._opened, self._built, self._told = reader, opened, built, told
        self._give_way = give_way
        self._pyramid: Pyramid | None = None
        self._builder: PyramidBuilder | None = None
        self._pending = enabled
        self._closed = False
        self._lock = threading.Lock()
        self._focus: list[Span] = []
        self._untold: list[Span] = []
        self._told_at = 0.0
        self.count = 0
        """How many spans were built so far."""
        if enabled:
            threading.Thread(target=self._open, name="rawscope index", daemon=True).start()

    # -- what there is -------------------------------------------------------------------------

    def serves(self, run: SignalRun) -> bool:
        """Return whether the pyramid has a run, or will have it."""
        if run.size < LEAST_RUN or self._closed:
            return False
        if self._pending:
            return True
        store = self.store_of(run)
        if store is None:
            return False
        builder = self._builder
        return builder is not None and (builder.complete or not builder.stuck)

    def store_of(self, run: SignalRun) -> StreamStore | None:
        """Return the levels of a run's stream, where the pyramid has the run."""
        pyramid = self._pyramid
        store = None if pyramid is None else pyramid.streams.get(run.stream)
        if store is None or store.layout.find(run.block, run.segment) is None:
            return None
        return store

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self._builder is not None and self._builder.complete

    @property
    def share(self) -> float | None:
        """How much is indexed, 0 to 1; None where there is nothing to index, or no index."""
        builder = self._builder
        if builder is None or not builder.total_bytes:
            return None
        return builder.done_bytes / builder.total_bytes

    @property
    def running(self) -> bool:
        """Whether it is being opened or built."""
        return self._pending or (self._builder is not None and self._builder.running)

    def focus(self, spans: Sequence[Span]) -> None:
        """Build these first."""
        with self._lock:
            self._focus = list(spans)
            if self._builder is not None:
                self._builder.focus(self._focus)

    def mend(self, span: Span) -> bool:
        """Have a span that is not exact built again; return whether that can be."""
        builder = self._builder
        if builder is None or self._closed:
            return False
        return builder.running or builder.again(span)

    def close(self) -> None:
        """Stop after the piece under way, not waiting, and call nobody any more."""
        self._closed = True
        with self._lock:
            if self._builder is not None:
                self._builder.close()

    # -- threads -------------------------------------------------------------------------------

    def _open(self) -> None:
        pyramid = builder = None
        try:
            pyramid = open_or_create(self._reader)
            if pyramid is not None:
                builder = self._builder_of(pyramid)
        except Exception as error:
            self._tell(
                f"{sentence_of(error, 'opening the index')} Wide windows are read from the "
                "recording each time."
            )
        with self._lock:
            if builder is not None and not self._closed:
                self._pyramid, self._builder = pyramid, builder
                builder.focus(self._focus)
                builder.start()
            self._pending = False
        if not self._closed:
            self._opened()

    def _builder_of(self, pyramid: Pyramid) -> PyramidBuilder:
        return PyramidBuilder(
            self._reader,
            pyramid,
            jobs=max(1, (os.cpu_count() or 1) // 2),
            on_built=self._take_span,
            on_finished=self._finish,
            on_error=self._tell,
            give_way=self._give_way,
        )

    def _tell(self, sentence: str) -> None:
        if not self._closed:
            self._told(sentence)

    def _take_span(self, span: Span) -> None:
        with self._lock:
            self.count += 1
            self._untold.append(span)
            if time.monotonic() - self._told_at < NEWS_SECONDS:
                return
            self._told_at = time.monotonic()
            news, self._untold = self._untold, []
        if not self._closed:
            self._built(news[0] if len(news) == 1 else None)

    def _finish(self) -> None:
        with self._lock:
            self._untold = []
        if not self._closed:
            self._built(None)

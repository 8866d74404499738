"""`Engine`: which tiles a view needs, where from, in which order, and how sure they are."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rawio import BaseRawIO
from viewer.engine.ahead import tiles_ahead
from viewer.engine.budget import Budget
from viewer.engine.cache import TileCache
from viewer.engine.grid import RunView
from viewer.engine.indexer import Indexer
from viewer.engine.levels import bin_samples
from viewer.engine.loader import Job, JobId, TileLoader
from viewer.engine.pyramid.builder import Span
from viewer.engine.pyramid.layout import BASE_LEVEL
from viewer.engine.pyramid.store import StreamStore
from viewer.engine.samples import read_preview, read_tile, sample_bytes
from viewer.engine.stored import read_stored, stand_in, with_guess
from viewer.engine.tiles import MARGIN_BINS, TILE_BINS, Tile, TileKey, bins_of, keys_of
from viewer.engine.watch import FileWatch
from viewer.model import SignalRun

log = logging.getLogger("viewer")

STAND_IN, READ, PREVIEW, FINER, FINEST, HEAVY, AHEAD = range(7)
"""Urgencies of jobs. A preview is read three times, with ever more samples."""

STRIDES = {PREVIEW: 256, FINER: 64, FINEST: 16}
"""Bins that share the samples of a preview: 17, 65 or 130 reads a tile."""

PATIENCE_SECONDS = 0.04
"""For which a view is not told of tiles while others are missing: it shows the last picture."""

PREVIEW_SECONDS = 0.25
"""Previews are not made better once a view has waited so long for its first picture."""

HEAVY_BYTES = 64 << 20
"""A view made of more samples than this shows a preview first."""


@dataclass
class Listener:
    """Whom an engine calls, in its threads; each must return at once.

    Attributes
    ----------
    changed : callable
        Something that is on screen can be drawn better now.
    progressed : callable
        More is indexed; nothing on screen changed.
    unreadable : callable
        With a sentence: a tile on screen cannot be read.
    message : callable
        With a sentence for people.
    """

    changed: Callable[[], None] = lambda: None
    progressed: Callable[[], None] = lambda: None
    unreadable: Callable[[str], None] = lambda sentence: None
    message: Callable[[str], None] = lambda sentence: None


class Engine:
    """Serves tiles of a recording, from its samples or from its pyramid, which it builds meanwhile.

    No method reads a file: all reading is in threads.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed.
    listener : Listener
    budget : Budget
    index : bool
        Whether to look for a pyramid, and to build one.

    Attributes
    ----------
    cache : TileCache
    """

    def __init__(
        self,
        reader: BaseRawIO,
        listener: Listener | None = None,
        budget: Budget | None = None,
        *,
        index: bool = True,
    ) -> None:
        self._reader, self._listener = reader, listener or Listener()
        self._budget = budget or Budget()
        self.cache = TileCache(self._budget.tiles)
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._closed = False
        self._views: tuple[RunView, ...] = ()
        self._before: tuple[RunView, ...] = ()
        self._wanted: dict[TileKey, SignalRun] = {}
        self._dirty: set[TileKey] = set()
        self._failed: set[TileKey] = set()
        self._asked_at: float | None = None
        self._lost: str | None = None
        threads = max(2, min(4, os.cpu_count() or 1))
        self._loader = TileLoader(self._tell_unreadable, threads)
        self.indexer = Indexer(
            reader,
            opened=self._take_index,
            built=self._take_span,
            told=self._tell_people,
            give_way=lambda: self._loader.busy_below(HEAVY),
            enabled=index,
        )
        self._watch = FileWatch(reader.source_files(), self._take_change)

    # -- for the view ------------------------------------------------------------------------

    def request(self, views: Sequence[RunView]) -> list[TileKey]:
        """Have the tiles of a view read, and drop what was asked for before and is not part of it.

        Parameters
        ----------
        views : sequence of RunView
            What is on screen.

        Returns
        -------
        list of TileKey
            Those that are not at hand, exact or not.
        """
        wanted = {key: view.run for view in views for key in keys_of(view)}
        missing = self.cache.missing(wanted)
        with self._lock:
            if self._views != tuple(views):
                self._before, self._views = self._views, tuple(views)
            if not missing:
                self._asked_at = None
            elif self._asked_at is None:
                self._asked_at = time.monotonic()
            self._wanted = wanted
            # What could not be read is tried again once it was out of sight.
            self._failed &= wanted.keys()
            lost = self._lost is not None
        if lost:
            self._loader.request([])
            return list(wanted)
        self.cache.keep(wanted)
        self.indexer.focus(_spans(wanted))
        weight = self._weight(wanted)
        jobs = [job for key, run in wanted.items() for job in self._jobs(run, key, weight)]
        self._loader.request(jobs)
        return missing

    def look_ahead(self) -> None:
        """Read what a view that moves on will want; for when it is on screen."""
        with self._lock:
            before, now = self._before, self._views
        self._loader.add(self._jobs_ahead(before, now))

    def hurry(self) -> None:
        """Show something coarse in place of tiles that are not there yet."""
        with self._lock:
            wanted = dict(self._wanted)
        missing = self.cache.missing(wanted)
        self._loader.add(Job(JobId(STAND_IN, k), wanted[k], self._stand_in) for k in missing)

    def tile(self, key: TileKey) -> Tile | None:
        """Return a tile at hand, or None."""
        return None if self._lost is not None else self.cache.get(key)

    @property
    def failed(self) -> frozenset[TileKey]:
        """Tiles of the view that could not be read."""
        with self._lock:
            return frozenset(self._failed)

    @property
    def lost(self) -> str | None:
        """Why nothing is shown any more, as a sentence: the recording is not what it was."""
        return self._lost

    @property
    def busy(self) -> bool:
        """Whether something on screen will get better: it is not exact, and can be read."""
        with self._lock:
            left = self._wanted.keys() - self._failed
        return self._lost is None and not all(
            (tile := self.cache.peek(key)) is not None and tile.exact for key in left
        )

    @property
    def reading(self) -> bool:
        """Whether anything is being read, for the view or ahead of it."""
        return self._loader.busy

    def close(self) -> None:
        """Stop all threads, not waiting; once this returns nobody is called any more."""
        with self._telling:
            self._closed = True
        self._watch.close()
        self.indexer.close()
        self._loader.close()
        self.cache.clear()  # whoever still holds the engine does not need its tiles

    # -- which jobs ----------------------------------------------------------------------------

    def _jobs(self, run: SignalRun, key: TileKey, weight: int) -> list[Job]:
        """Return what has to be done for a tile."""
        held = self.cache.peek(key)
        with self._lock:
            stale, failed = key in self._dirty, key in self._failed
        if failed or (held is not None and held.exact):
            return []
        if self._is_stored(run, key):
            job = Job(JobId(READ, key), run, self._read, afresh=stale)
            return [job] if held is None or stale else []
        if weight <= HEAVY_BYTES:
            return [_job(READ, run, key, self._read)]
        jobs = [_job(HEAVY, run, key, self._read)]
        return jobs if held is not None else [*self._previews(run, key), *jobs]

    def _previews(self, run: SignalRun, key: TileKey) -> list[Job]:
        return [_job(urgency, run, key, self._preview(urgency)) for urgency in STRIDES]

    def _jobs_ahead(self, before: Sequence[RunView], now: Sequence[RunView]) -> list[Job]:
        jobs, room = [], self._budget.ahead
        for run, key in tiles_ahead(before, now):
            cost = sample_bytes(self._reader, run, key)
            stored = self._is_stored(run, key) and self.indexer.complete
            if stored:
                cost = cost // bin_samples(key.level) * 2
            room -= cost
            if room < 0:
                break
            if self.cache.peek(key) is None and (stored or key.level < BASE_LEVEL):
                jobs.append(_job(AHEAD, run, key, self._read))
        return jobs

    def _weight(self, wanted: dict[TileKey, SignalRun]) -> int:
        """Return how many bytes of samples must be read for what is missing of a view."""
        return sum(
            sample_bytes(self._reader, run, key)
            for key, run in wanted.items()
            if not self._is_stored(run, key)
            and ((held := self.cache.peek(key)) is None or not held.exact)
        )

    def _is_stored(self, run: SignalRun, key: TileKey) -> bool:
        """Return whether the pyramid has a tile, or will have it."""
        return key.level >= BASE_LEVEL and self.indexer.serves(run)

    # -- in the loader's threads -----------------------------------------------------------------

    def _read(self, run: SignalRun, key: TileKey, cancelled: Callable[[], bool]) -> None:
        with self._lock:
            self._dirty.discard(key)
        if not self._is_stored(run, key):
            self._take(read_tile(self._reader, run, key, cancelled))
            return
        built = self.indexer.count
        store = self.indexer.store_of(run)
        if store is None:  # its pyramid is only being opened: the view asks again then
            if self.cache.peek(key) is None:
                self._loader.add(self._previews(run, key))
            return
        tile = self._from_index(store, run, key)
        if tile is None:
            self._take(read_tile(self._reader, run, key, cancelled))
            return
        held = self.cache.peek(key)
        if not tile.exact and held is None:
            self._loader.add(self._previews(run, key))
        if tile.exact or held is not None or (tile.sure is not None and tile.sure.any()):
            self._take(with_guess(tile, held), built)

    def _from_index(self, store: StreamStore, run: SignalRun, key: TileKey) -> Tile | None:
        """Return what the pyramid has of a tile; None if it cannot have the rest built, or fails.

        Its disk is not that of the recording, and somebody may have removed it.
        """
        try:
            tile = read_stored(store, run, key)
            return tile if tile.exact or self.indexer.mend(_span(run, key)) else None
        except OSError as error:
            log.warning("the index cannot be read (%s)", error)
            return None

    def _preview(self, urgency: int) -> Callable[[SignalRun, TileKey, Callable[[], bool]], None]:
        def do(run: SignalRun, key: TileKey, cancelled: Callable[[], bool]) -> None:
            late = self._waited() > PREVIEW_SECONDS
            held = self.cache.peek(key)
            if (held is not None and held.exact) or (late and urgency > PREVIEW):
                return
            guess = read_preview(self._reader, run, key, STRIDES[urgency], cancelled)
            held = self.cache.peek(key)
            self._take(guess if held is None else with_guess(held, guess))

        return do

    def _stand_in(self, run: SignalRun, key: TileKey, cancelled: Callable[[], bool]) -> None:
        tile = stand_in(run, key, self.cache.peek)
        if tile is not None and self.cache.peek(key) is None:
            self._take(tile)

    def _take(self, tile: Tile, built: int | None = None) -> None:
        """Keep a tile and have it shown.

        One that is not exact is looked up again, unless it is what the pyramid had when so many
        spans were built as are now: of a guess, what the pyramid has is not known.
        """
        with self._lock:
            if self._lost is not None or self._closed:
                return
            shown = tile.key in self._wanted
        self.cache.put(tile)
        if not tile.exact and self.indexer.count != built:
            self._mark_dirty([tile.key])
        if shown and (self._waited() > PATIENCE_SECONDS or not self.cache.missing(self._wanted)):
            self._tell(self._listener.changed)

    def _waited(self) -> float:
        """Return for how many seconds the view has been waiting for its tiles."""
        return 0.0 if self._asked_at is None else time.monotonic() - self._asked_at

    # -- what others tell ------------------------------------------------------------------------

    def _take_index(self) -> None:
        """Look again at what is not exact: the pyramid was opened, or will not be there."""
        self._mark_dirty(self.cache.unsure())
        self._tell(self._listener.changed)

    def _take_span(self, span: Span | None) -> None:
        """Note which tiles a newly built span makes more exact."""
        touched = [k for k in self.cache.unsure() if span is None or _touches(k, span)]
        self._mark_dirty(touched)
        with self._lock:
            shown = any(key in self._wanted for key in touched)
        self._tell(self._listener.changed if shown else self._listener.progressed)

    def _mark_dirty(self, keys: Sequence[TileKey]) -> None:
        with self._lock:
            self._dirty.update(keys)

    def _take_change(self, sentence: str, still_true: bool) -> None:
        if not still_true:
            with self._lock:
                self._lost = sentence
            self.indexer.close()
            self.cache.clear()
            self._tell(self._listener.changed)
        self._tell_people(sentence)

    # -- telling ---------------------------------------------------------------------------------

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        """Call the listener, unless closed: who listens may be gone then."""
        with self._telling:
            if not self._closed:
                callback(*arguments)

    def _tell_people(self, sentence: str) -> None:
        self._tell(self._listener.message, sentence)

    def _tell_unreadable(self, key: TileKey, sentence: str) -> None:
        with self._lock:
            if key not in self._wanted:  # was only read ahead
                return
            self._failed.add(key)
        self._tell(self._listener.unreadable, sentence)


def _job(urgency: int, run: SignalRun, key: TileKey, do: Any) -> Job:
    return Job(JobId(urgency, key), run, do)


def _span(run: SignalRun, key: TileKey) -> Span:
    first, last = bins_of(run, key)
    count = bin_samples(key.level)
    return Span(run.stream, run.block, run.segment, first * count, min(last * count, run.size))


def _spans(wanted: dict[TileKey, SignalRun]) -> list[Span]:
    return [_span(run, key) for key, run in wanted.items() if key.level >= BASE_LEVEL]


def _touches(key: TileKey, span: Span) -> bool:
    if (key.stream, key.block, key.segment) != (span.stream, span.block, span.segment):
        return False
    count = bin_samples(key.level)
    first = (key.number * TILE_BINS - MARGIN_BINS) * count
    last = ((key.number + 1) * TILE_BINS + MARGIN_BINS) * count
    return first < span.i_stop and span.i_start < last

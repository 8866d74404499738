"""Reading off the GUI thread: the latest request wins, what is no longer wanted is dropped."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from rawio import BaseRawIO, RawIOError
from viewer.engine.cache import TileCache
from viewer.engine.tiles import CancelledError, TileKey, read_tile
from viewer.model import SignalRun

log = logging.getLogger("viewer")

Job = TypeVar("Job")
Result = TypeVar("Result")
Wanted = tuple[SignalRun, TileKey]


class TileLoader:
    """A thread that reads tiles into a cache.

    Parameters
    ----------
    reader : BaseRawIO
    cache : TileCache
    on_tile : callable
        Called in the loader's thread after each tile is in the cache; like the next one it must
        return at once and not call back, and is not called after `close`.
    on_error : callable
        Called in the loader's thread with a tile's key and a sentence when it cannot be read.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        cache: TileCache,
        on_tile: Callable[[], None],
        on_error: Callable[[TileKey, str], None],
    ) -> None:
        self._reader, self._cache = reader, cache
        self._on_tile, self._on_error = on_tile, on_error
        self._condition = threading.Condition()
        self._wanted: list[Wanted] = []
        self._still_wanted: set[TileKey] = set()
        self._reading: TileKey | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="rawscope tiles", daemon=True)
        self._thread.start()

    def request(self, wanted: Sequence[Wanted]) -> None:
        """Replace what is to be read; the first comes first.

        The tile being read is given up unless it is among them.
        """
        with self._condition:
            self._wanted = [(run, key) for run, key in wanted if key != self._reading]
            self._still_wanted = {key for _, key in wanted}
            self._condition.notify()

    @property
    def busy(self) -> bool:
        """Whether anything is being read or waits to be."""
        with self._condition:
            return bool(self._wanted) or self._reading is not None

    def close(self) -> None:
        """Call nobody any more and let the thread end after the read under way, not waiting."""
        with self._condition:
            self._closed = True
            self._wanted = []
            self._still_wanted = set()
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._reading = None
                self._condition.wait_for(lambda: self._wanted or self._closed)
                if self._closed:
                    return
                run, key = self._wanted.pop(0)
                self._reading = key
            try:
                self._cache.put(read_tile(self._reader, run, key, self._dropped))
            except CancelledError:
                with self._condition:
                    self._reading = None
                    if key in self._still_wanted:  # wanted again while it was being given up
                        self._wanted.insert(0, (run, key))
                continue
            except Exception as error:
                self._tell(self._on_error, key, sentence_of(error, "reading a tile"))
                continue
            with self._condition:
                self._reading = None
            self._tell(self._on_tile)

    def _tell(self, callback: Callable[..., None], *arguments: object) -> None:
        """Call back, unless closed: after `close` returns nobody is called any more."""
        with self._condition:
            if not self._closed:
                callback(*arguments)

    def _dropped(self) -> bool:
        with self._condition:
            return self._reading not in self._still_wanted


class LatestWorker(Generic[Job, Result]):
    """A thread that computes one thing at a time for the latest job given.

    Parameters
    ----------
    compute : callable
        ``compute(job) -> result``, run in the worker's thread.
    on_result : callable
        Called in the worker's thread with every result, also while a newer job waits: what is a
        little late still shows where a drag is going.
    on_error : callable
        Called in the worker's thread with a sentence when `compute` raises.
    name : str
        Of the thread.
    """

    def __init__(
        self,
        compute: Callable[[Job], Result],
        on_result: Callable[[Result], None],
        on_error: Callable[[str], None],
        name: str,
    ) -> None:
        self._compute, self._on_result, self._on_error = compute, on_result, on_error
        self._condition = threading.Condition()
        self._job: list[Job] = []
        self._working = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Compute `job` next; a job that waits is replaced."""
        with self._condition:
            self._job = [job]
            self._condition.notify()

    @property
    def busy(self) -> bool:
        """Whether a job is being computed or waits to be."""
        with self._condition:
            return bool(self._job) or self._working

    def close(self) -> None:
        """Call nobody any more and let the thread end after the job under way, not waiting."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._working = False
                self._condition.wait_for(lambda: self._job or self._closed)
                if self._closed:
                    return
                job = self._job.pop()
                self._working = True
            try:
                result = self._compute(job)
            except Exception as error:
                sentence = sentence_of(error, self._thread.name)
                with self._condition:
                    if not self._closed:
                        self._on_error(sentence)
                continue
            with self._condition:
                self._working = False
                if not self._closed:
                    self._on_result(result)


def sentence_of(error: Exception, act: str) -> str:
    """Return an error as a sentence for people; one that is our own fault goes to the log too."""
    if isinstance(error, RawIOError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{act} needs more memory than there is."
    log.exception("%s failed", act)
    return f"{act} failed: {error}"

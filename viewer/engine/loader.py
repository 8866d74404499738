"""Jobs of reading off the GUI thread: the latest request wins, what is not wanted is dropped."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from viewer.engine.errors import CancelledError
from viewer.engine.tiles import TileKey
from viewer.engine.workers import sentence_of
from viewer.model import SignalRun


class JobId(NamedTuple):
    """What tells jobs apart.

    Attributes
    ----------
    urgency : int
        Lower comes first; of equals, the one asked for first.
    key : TileKey
    """

    urgency: int
    key: TileKey


@dataclass(frozen=True)
class Job:
    """Something to be read.

    Attributes
    ----------
    id : JobId
    run : SignalRun
    do : callable
        ``do(run, key, cancelled)``, called in a loader's thread; it raises `CancelledError` soon
        after ``cancelled()`` has become true.
    afresh : bool
        Whether to do it once more where it is under way: what it reads has changed since it began.
    """

    id: JobId
    run: SignalRun
    do: Callable[[SignalRun, TileKey, Callable[[], bool]], None]
    afresh: bool = False


class TileLoader:
    """Threads that work off jobs.

    Parameters
    ----------
    on_error : callable
        Called in a loader's thread with a tile's key and a sentence when a job fails. Not called
        after `close`.
    threads : int
    """

    def __init__(self, on_error: Callable[[TileKey, str], None], threads: int = 1) -> None:
        self._on_error = on_error
        self._condition = threading.Condition()
        self._waiting: dict[JobId, Job] = {}
        self._running: dict[JobId, Job] = {}
        self._given_up: set[JobId] = set()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"rawscope tiles {n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def request(self, jobs: Sequence[Job]) -> None:
        """Do these and nothing else; jobs under way that are not among them are given up."""
        with self._condition:
            wanted = {job.id: job for job in jobs}
            self._given_up = {id_ for id_ in self._running if id_ not in wanted}
            running = self._running
            self._waiting = {i: j for i, j in wanted.items() if j.afresh or i not in running}
            self._condition.notify_all()

    def add(self, jobs: Iterable[Job]) -> None:
        """Do these, too, as long as the last request stands."""
        with self._condition:
            if not self._closed:
                for job in jobs:
                    if job.id in self._running:
                        self._given_up.discard(job.id)
                    else:
                        self._waiting.setdefault(job.id, job)
                self._condition.notify_all()

    @property
    def busy(self) -> bool:
        """Whether anything is being read or waits to be."""
        with self._condition:
            return bool(self._waiting or self._running)

    def busy_below(self, urgency: int) -> bool:
        """Whether anything more urgent than this is being read or waits to be."""
        with self._condition:
            return any(id_.urgency < urgency for id_ in (*self._waiting, *self._running))

    def close(self) -> None:
        """Call nobody any more and let the threads end after the reads under way, not waiting."""
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._given_up = set(self._running)
            self._condition.notify_all()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._ready() or self._closed)
                if self._closed:
                    return
                id_ = min(self._ready(), key=lambda i: i.urgency)  # of equals the first
                job = self._running[id_] = self._waiting.pop(id_)
            try:
                job.do(job.run, id_.key, lambda id_=id_: self._dropped(id_))  # type: ignore[misc]
                error = None
            except CancelledError:
                error = None
                with self._condition:
                    if id_ not in self._given_up and not self._closed:
                        self._waiting[id_] = job  # wanted again while it was being given up
            except Exception as caught:
                error = caught
            with self._condition:
                del self._running[id_]
                self._given_up.discard(id_)
                self._condition.notify_all()
                if error is not None and not self._closed:
                    self._on_error(id_.key, sentence_of(error, "reading a tile"))

    def _ready(self) -> list[JobId]:
        return [id_ for id_ in self._waiting if id_ not in self._running]

    def _dropped(self, id_: JobId) -> bool:
        with self._condition:
            return id_ in self._given_up or self._closed

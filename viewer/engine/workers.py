"""A thread that works for the latest wish, and errors as sentences."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from rawio import RawIOError

log = logging.getLogger("viewer")

Job = TypeVar("Job")
Result = TypeVar("Result")


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
    """Return an error as a sentence for people; one that is our own fault goes to the log too.

    Parameters
    ----------
    error : Exception
    act : str
        What it was that failed, such as ``reading a tile``.
    """
    if isinstance(error, RawIOError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{act[:1].upper()}{act[1:]} needs more memory than there is."
    log.error("%s failed", act, exc_info=error)
    return f"{act[:1].upper()}{act[1:]} failed: {str(error).rstrip('.')}."

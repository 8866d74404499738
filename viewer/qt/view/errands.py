"""What the GUI thread has a thread find out, of which the latest alone counts."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from viewer.engine.errors import CancelledError
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.qt.bridge import Messenger

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Errand(Generic[Job]):
    job: Job
    over: threading.Event = field(default_factory=threading.Event)


class Errands(Generic[Job, Result]):
    """Does one thing after the other in a thread of its own, the latest that it is sent for.

    Of an errand that was given up, or that another came after, nothing is taken in any more and no
    failure is told, also where either is on its way. All methods are for the GUI thread.

    Parameters
    ----------
    run : callable
        ``run(job, given_up)`` returns an iterator of results, gone through in the thread. It may
        raise `CancelledError` once ``given_up()`` is true. It should hold no widget.
    messenger : Messenger
        By which results and failures come.
    took : callable
        Called in the GUI thread with each result.
    tell : callable
        Called there with a sentence when `run` raises.
    name : str
        Of the thread.
    act : str
        What is being done, for a sentence: "measuring".
    """

    def __init__(
        self,
        run: Callable[[Job, Callable[[], bool]], Iterator[Result]],
        messenger: Messenger,
        took: Callable[[Result], object],
        tell: Callable[[str], object],
        name: str,
        act: str,
    ) -> None:
        self._latest: _Errand[Job] | None = None
        self._took, self._tell = took, tell
        bring, complain = messenger.to(self._take), messenger.to(self._fail)

        def go(errand: _Errand[Job]) -> None:
            try:
                for result in run(errand.job, errand.over.is_set):
                    bring(errand, result)
            except CancelledError:
                return
            except Exception as error:
                complain(errand, sentence_of(error, act))

        self._worker: LatestWorker[_Errand[Job], None] = LatestWorker(
            go, lambda _: None, lambda _: None, f"rawscope {name}"
        )

    def send(self, job: Job) -> None:
        """Begin an errand as soon as can be; the one before it is given up."""
        self.give_up()
        self._latest = _Errand(job)
        self._worker.submit(self._latest)

    def give_up(self) -> None:
        """Want to hear nothing more of the errand under way."""
        if self._latest is not None:
            self._latest.over.set()

    @property
    def busy(self) -> bool:
        """Whether the thread is at work, or is to be."""
        return self._worker.busy

    def close(self) -> None:
        """Give up, and let the thread end, not waiting."""
        self.give_up()
        self._worker.close()

    def _take(self, errand: _Errand[Job], result: Result) -> None:
        if not errand.over.is_set():
            self._took(result)

    def _fail(self, errand: _Errand[Job], sentence: str) -> None:
        if not errand.over.is_set():
            self._tell(sentence)

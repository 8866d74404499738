"""Work that yields piece after piece, done in a thread and told in the GUI thread."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from viewer.engine.errors import CancelledError
from viewer.engine.workers import LatestWorker
from viewer.qt.bridge import Relay

Piece = TypeVar("Piece")


@dataclass(frozen=True)
class _Told(Generic[Piece]):
    piece: Piece


@dataclass(frozen=True)
class _Ended:
    why: str


class Telling(Generic[Piece]):
    """Runs through a generator in a thread of its own, which ends with it.

    Parameters
    ----------
    work : callable
        ``work(cancelled)`` returns the iterator, and is called in the thread; it may raise
        `CancelledError` once ``cancelled()`` is true. It should hold no widget.
    took : callable
        Called in the GUI thread with each piece.
    ended : callable
        Called there at last: with "", or with a sentence if the work failed.
    name : str
        Of the thread.

    Attributes
    ----------
    end : callable
        Does what `close` does, and holds nothing but the thread: for when a widget is destroyed.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], bool]], Iterator[Piece]],
        took: Callable[[Piece], None],
        ended: Callable[[str], None],
        name: str,
    ) -> None:
        self._took, self._ended = took, ended
        self._stop = stop = threading.Event()
        self._busy = True
        relay = Relay()
        relay.said.connect(self._take)
        say = relay.teller("said")

        def run(_: None) -> None:
            try:
                for piece in work(stop.is_set):
                    if stop.is_set():
                        return
                    say(_Told(piece))
            except CancelledError:
                return

        worker: LatestWorker[None, None] = LatestWorker(
            run, lambda _: say(_Ended("")), lambda why: say(_Ended(why)), name
        )
        worker.submit(None)

        def end() -> None:
            stop.set()
            worker.close()

        self.end: Callable[[], None] = end

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self._busy

    def close(self) -> None:
        """End the thread, not waiting, and tell nothing any more."""
        self._busy = False
        self.end()

    def _take(self, told: Any) -> None:
        if self._stop.is_set():
            return
        if isinstance(told, _Ended):
            self.close()
            self._ended(told.why)
        else:
            self._took(told.piece)

"""Jumping to the next or previous spike or event, which a thread looks for."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.engine.search import Find, Found, next_time, previous_time
from viewer.engine.workers import LatestWorker
from viewer.model import View
from viewer.qt.bridge import Relay
from viewer.qt.view.reading_text import time_text

LATE = 2.0
"""Seconds of looking after which a view that has been moved meanwhile is left where it is."""


@dataclass(frozen=True)
class Jump:
    """What to look for, and from where.

    Attributes
    ----------
    find : Find
    start : float
        Seconds on the axis.
    forward : bool
    place : tuple of float
        Start and duration of the window that was on screen, in seconds.
    asked_at : float
        Seconds on the monotonic clock.
    """

    find: Find
    start: float
    forward: bool
    place: tuple[float, float]
    asked_at: float


class Jumper:
    """Looks for spikes and events, and moves the view to what is found.

    What was jumped to is remembered while the view stays there, so that the next jump goes on from
    it, and not from the middle of the window, which at the ends of a recording is elsewhere.

    Parameters
    ----------
    reader : rawio.BaseRawIO
    view : View
    say : callable
        Called with what was found, or that there is nothing.
    tell : callable
        Called in the thread with a sentence when reading fails.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        view: View,
        say: Callable[[str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._view, self._say = view, say
        self._number = 0
        self._from: tuple[float, tuple[float, float]] | None = None
        relay = Relay()
        relay.said.connect(self._take)

        def look(job: tuple[int, Jump]) -> tuple[int, Jump, Found | None] | None:
            number, jump = job
            search = next_time if jump.forward else previous_time
            try:
                found = search(
                    reader, view.timeline, jump.find, jump.start, lambda: self._number != number
                )
            except CancelledError:
                return None
            return number, jump, found

        self._worker: LatestWorker[tuple[int, Jump], object] = LatestWorker(
            look, relay.teller("said"), tell, "rawscope search"
        )

    def to_event(self, *, forward: bool) -> None:
        """Go to the next or previous event, of the selected channel or of all visible ones."""
        events = tuple(self._view.events.gone_through)
        self._jump(Find(events=events), "event", forward, bool(events))

    def to_spike(self, *, forward: bool) -> None:
        """Go to the next or previous spike, of the selected unit or of all visible ones."""
        units = tuple(self._view.units.gone_through)
        self._jump(Find(units=units), "spike", forward, bool(units))

    def _jump(self, find: Find, what: str, forward: bool, possible: bool) -> None:
        if not possible:
            self._say(f"There are no {what}s to go to.")
            return
        self._number += 1
        jump = Jump(find, self._start, forward, self._place, time.monotonic())
        self._worker.submit((self._number, jump))

    @property
    def _place(self) -> tuple[float, float]:
        return self._view.window.t_start, self._view.window.duration

    @property
    def _start(self) -> float:
        t_start, duration = self._place
        if self._from is not None and self._from[1] == (t_start, duration):
            return self._from[0]
        return t_start + duration / 2

    @property
    def busy(self) -> bool:
        """Whether anything is being looked for."""
        return self._worker.busy

    def _take(self, answer: tuple[int, Jump, Found | None] | None) -> None:
        if answer is None or answer[0] != self._number:
            return
        _, jump, found = answer
        if found is None:
            what = "spike" if jump.find.units else "event"
            self._say(f"There is no {'later' if jump.forward else 'earlier'} {what}.")
            return
        said = f"{found.name} {found.label}".strip()
        said = f"{said} at {time_text(self._view, found.time, 1e-4)}"
        if self._place != jump.place and time.monotonic() - jump.asked_at > LATE:
            self._say(f"Found {said}; the view has been moved since.")
            return
        self._view.leave()
        self._view.go_to(found.time)
        self._from = found.time, self._place
        self._say(said)

    def cancel(self) -> None:
        """Look for nothing any more."""
        self._number += 1

    def close(self) -> None:
        """End the thread, not waiting."""
        self.cancel()
        self._worker.close()

"""Jumping to the next or previous spike or event, which a thread looks for."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rawio import BaseRawIO
from viewer.engine.search import Find, Found, next_time, previous_time
from viewer.model import View
from viewer.qt.bridge import Messenger
from viewer.qt.view.errands import Errands
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
    messenger : Messenger
    say : callable
        Called in the GUI thread with what was found, or that there is nothing.
    tell : callable
        Called there with a sentence when reading fails.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        view: View,
        messenger: Messenger,
        say: Callable[[str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._view, self._say = view, say
        self._from: tuple[float, tuple[float, float]] | None = None

        def look(jump: Jump, given_up: Callable[[], bool]) -> Iterator[tuple[Jump, Found | None]]:
            search = next_time if jump.forward else previous_time
            yield jump, search(reader, view.timeline, jump.find, jump.start, given_up)

        self._errands: Errands[Jump, tuple[Jump, Found | None]] = Errands(
            look, messenger, self._take, tell, "search", "looking for spikes and events"
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
        self._errands.send(Jump(find, self._start, forward, self._place, time.monotonic()))

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
        return self._errands.busy

    def _take(self, answer: tuple[Jump, Found | None]) -> None:
        jump, found = answer
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
        self._errands.give_up()

    def close(self) -> None:
        """End the thread, not waiting."""
        self._errands.close()

"""Where a view was, to come back to, as a browser does with pages."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

SETTLE = 1.0
"""Seconds: what follows sooner belongs to the same visit, as the steps of a drag do."""
MOST = 200
"""Visits kept; the oldest are forgotten."""


@dataclass(frozen=True)
class Place:
    """What a view shows of a recording.

    Attributes
    ----------
    t_start, duration : float
        Seconds: left edge and length of the window.
    pages : tuple of (int, int, int or None)
        Stream, first lane and lanes per page of each panel; None where nobody chose how many.
    """

    t_start: float
    duration: float
    pages: tuple[tuple[int, int, int | None], ...] = ()


PlaceT = TypeVar("PlaceT", bound=Hashable)


class History(Generic[PlaceT]):
    """The visits of a view, and which of them it is at.

    A visit is decided upon only when the view has come to rest, so that what is noted on the way to
    where `back` and `forward` lead does no harm. Where the view then comes to lie is told to
    `arrived`.
    """

    def __init__(self) -> None:
        self._visits: list[PlaceT] = []
        self._index = -1
        self._moving: PlaceT | None = None
        self._noted_at = 0.0

    def __len__(self) -> int:
        return len(self._visits)

    def note(self, place: PlaceT, at: float) -> None:
        """Say where the view is, after any change.

        Parameters
        ----------
        place : PlaceT
            Places noted within `SETTLE` of each other are one visit, of the last of them, unless
            `leave` parts them. The very first is always a visit.
        at : float
            Seconds on a clock that never goes back, such as `time.monotonic`.
        """
        if at - self._noted_at > SETTLE:
            self._rest()
        self._moving, self._noted_at = place, at
        if not self._visits:
            self._rest()

    def leave(self, current: PlaceT) -> None:
        """Make a visit of where the view is, before an act that takes it elsewhere at once.

        Parameters
        ----------
        current : PlaceT
            Where the view is, noted or not.
        """
        self._moving = current
        self._rest()

    def back(self, current: PlaceT) -> PlaceT | None:
        """Return the place before the one the view is at, None at the first.

        Parameters
        ----------
        current : PlaceT
            Where the view is, noted or not: `forward` leads back to it.
        """
        self._moving = current
        self._rest()
        return self._go(-1)

    def forward(self) -> PlaceT | None:
        """Return the place from which `back` came, None if there is none or the view went on."""
        self._rest()
        return self._go(1)

    def arrived(self, place: PlaceT) -> None:
        """Say where the view came to lie after `back` or `forward` returned a place.

        It may be beside it, if channels were hidden since. Then it stands for it from now on, and
        is no visit of its own.
        """
        self._moving = None
        self._visits[self._index] = place

    def _go(self, steps: int) -> PlaceT | None:
        if not 0 <= self._index + steps < len(self._visits):
            return None
        self._index += steps
        return self._visits[self._index]

    def _rest(self) -> None:
        """Make a visit of where the view has come to rest, unless it was there already."""
        place, self._moving = self._moving, None
        if place is None or (self._visits and place == self._visits[self._index]):
            return
        self._visits = [*self._visits[: self._index + 1], place][-MOST:]
        self._index = len(self._visits) - 1

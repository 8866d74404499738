"""Panels: each stream's lanes as a strip of the view, one stacked upon the other."""

from dataclasses import dataclass, replace

MIN_SHARE, MAX_SHARE = 1e-3, 1e3
DEFAULT_LANES = 64
"""A panel has no more lanes than these where nobody chose how many."""


@dataclass(frozen=True)
class Panel:
    """The strip of the view that shows one stream.

    Attributes
    ----------
    stream : int
    first_lane : int
        Position among the stream's visible channels of the one in the top lane.
    lanes_per_page : int
        How many lanes the panel has at most.
    share : float
        Of the view's height, against other panels of as many channels.
    chosen : bool
        Whether somebody chose the number of lanes; else it follows the panel's height.
    wanted : int or None
        Where the page was put, if it begins earlier now, to be full: with fewer lanes it begins
        there again.
    revealed : int or None
        Position of a channel that the page shall have once its lanes are counted anew.
    """

    stream: int
    first_lane: int
    lanes_per_page: int
    share: float = 1.0
    chosen: bool = False
    wanted: int | None = None
    revealed: int | None = None

    @property
    def put(self) -> tuple[int, int | None]:
        """Where the page was put and how many lanes somebody chose, None where nobody did.

        It changes by acts alone, not with the panel's height.
        """
        first = self.first_lane if self.wanted is None else self.wanted
        return first, self.lanes_per_page if self.chosen else None

    def moved(self, first_lane: int, lanes_per_page: int | None, count: int) -> "Panel":
        """Return this panel with another page of `count` channels, kept within these."""
        chosen = self.chosen or lanes_per_page is not None
        lanes = max(1, self.lanes_per_page if lanes_per_page is None else int(lanes_per_page))
        first = _within(first_lane, lanes, count)
        return replace(self._at(first, lanes), chosen=chosen, wanted=None, revealed=None)

    def revealing(self, place: int, count: int) -> "Panel":
        """Return this panel with its page moved no further than needed to show a position.

        Also if the panel has fewer lanes in a moment, because another has come on screen.
        """
        first = min(max(self.first_lane, place - self.lanes_per_page + 1), place)
        return replace(self.moved(first, None, count), revealed=place)

    def settled(self, count: int) -> "Panel":
        """Return this panel with its page kept within `count` channels, which are others now."""
        first = _within(self.first_lane, self.lanes_per_page, count)
        return self if first == self.first_lane else replace(self, first_lane=first, wanted=None)

    def fitted(self, lanes: int, count: int) -> "Panel":
        """Return this panel with as many lanes as its height has room for.

        The first lane stays, or has been put further down than the page could begin so far.
        """
        first, _ = self.put
        if self.revealed is not None:
            first = min(max(first, self.revealed - lanes + 1), self.revealed)
        return self._automatic(first, max(1, lanes), count)

    def freed(self, first_lane: int, lanes: int, count: int) -> "Panel":
        """Return this panel with a number of lanes that follows its height, `lanes` for now."""
        return self._automatic(max(0, min(int(first_lane), count - 1)), lanes, count)

    def weight(self, count: float) -> float:
        """Return how tall the panel is against others, with `count` channels to show.

        By the root of the lanes that it has at most by itself: one of a single channel beside one
        of 64 is low, and yet can be read. Having fewer lanes for a while moves no border.
        """
        return self.share * float(min(count, DEFAULT_LANES)) ** 0.5

    def _automatic(self, put: int, lanes: int, count: int) -> "Panel":
        first = _within(put, lanes, count)
        wanted = None if first == put else put
        return replace(self._at(first, lanes), chosen=False, wanted=wanted, revealed=None)

    def _at(self, first: int, lanes: int) -> "Panel":
        return replace(self, first_lane=first, lanes_per_page=lanes)


def _within(first: int, lanes: int, count: int) -> int:
    """Return where a page begins that is put at `first`, full or with all channels there are."""
    return max(0, min(int(first), count - min(lanes, count)))

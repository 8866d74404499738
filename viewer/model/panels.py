"""Panels: each stream's lanes as a strip of the view, one stacked upon the other."""

from dataclasses import dataclass, replace

MIN_SHARE, MAX_SHARE = 1e-3, 1e3


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
        Of the view's height, against other panels of as many lanes.
    """

    stream: int
    first_lane: int
    lanes_per_page: int
    share: float = 1.0

    def moved(self, first_lane: int, lanes_per_page: int | None, count: int) -> "Panel":
        """Return this panel with another page of `count` channels, kept within these."""
        lanes = max(1, self.lanes_per_page if lanes_per_page is None else int(lanes_per_page))
        first = max(0, min(int(first_lane), count - min(lanes, count)))
        return replace(self, first_lane=first, lanes_per_page=lanes)

    def weight(self, count: int) -> float:
        """Return how tall the panel is against others, with `count` channels to show.

        By the root of its lanes: a panel of one lane among 64 is low, and yet can be read.
        """
        return self.share * float(min(self.lanes_per_page, count)) ** 0.5

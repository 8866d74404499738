"""What the panel of events does in threads: counting, listing, and looking for a text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO, RawIOError
from viewer.engine.errors import CancelledError
from viewer.engine.event_list import EventList, list_events
from viewer.engine.tallies import Tally, event_tallies
from viewer.engine.workers import sentence_of
from viewer.model import Timeline
from viewer.qt.points.counting import or_failure
from viewer.qt.points.point_model import Failure


def look(
    reader: BaseRawIO, timeline: Timeline, cancelled: Callable[[], bool]
) -> Iterator[Tally | Failure | EventList]:
    """Count the events of one channel after another, then list all of them, in growing lists."""
    assert reader.header is not None
    for channel, name in enumerate(reader.header["event_channels"]["name"]):
        tallies = event_tallies(reader, timeline, [channel], cancelled)
        yield from or_failure(channel, str(name), "events", tallies)
    try:
        yield from list_events(reader, timeline, cancelled=cancelled)
    except (CancelledError, RawIOError):
        raise
    except Exception as error:
        raise RawIOError(sentence_of(error, "Listing the events")) from error


@dataclass(frozen=True, eq=False)
class Sieve:
    """Which events of a list are wanted.

    Attributes
    ----------
    found : EventList
    text : str
        That is in the label, or in the name of the channel.
    channels : frozenset of int, or None
        Of which they are; None for all.
    """

    found: EventList
    text: str = ""
    channels: frozenset[int] | None = None

    @property
    def takes_all(self) -> bool:
        """Whether all events of the list are wanted."""
        return not self.text and self.channels is None

    def asks(self, other: "Sieve") -> bool:
        """Return whether another asks for the same."""
        same = self.text == other.text and self.channels == other.channels
        return same and self.found is other.found


@dataclass(frozen=True, eq=False)
class Sieved:
    """What is wanted of a list, and which it is.

    Attributes
    ----------
    sieve : Sieve
    rows : ndarray of int64, or None
        Which of the list, rising; None for all.
    times : ndarray of float64
        Theirs, seconds on the axis.
    """

    sieve: Sieve
    rows: np.ndarray | None
    times: np.ndarray


def sieved(sieve: Sieve) -> Sieved:
    """Return which events of a list are wanted: with a million some tenths of a second."""
    found = sieve.found
    if sieve.takes_all:
        return Sieved(sieve, None, found.time)
    rows = found.matching(sieve.text, sieve.channels)
    return Sieved(sieve, rows, found.time[rows])

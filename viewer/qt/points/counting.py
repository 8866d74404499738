"""Counting one unit or event channel after another, of which some may be unreadable."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from viewer.engine.errors import CancelledError
from viewer.engine.workers import sentence_of
from viewer.qt.names import on_one_line
from viewer.qt.points.point_model import Failure

Piece = TypeVar("Piece")


def or_failure(
    number: int, name: str, counted: str, pieces: Iterable[Piece]
) -> Iterator[Piece | Failure]:
    """Yield what is found out about one of them, or why that fails: the others are counted.

    Parameters
    ----------
    number : int
        Its row in the header.
    name : str
        Its name there.
    counted : str
        What it has many of, such as ``spikes``.
    pieces : iterable
        What is found out; made as it is gone through.

    Raises
    ------
    CancelledError
        What going through raises.
    """
    try:
        yield from pieces
    except CancelledError:
        raise
    except Exception as error:
        act = f"Counting the {counted} of {on_one_line(name, 40)}"
        yield Failure(number, sentence_of(error, act))

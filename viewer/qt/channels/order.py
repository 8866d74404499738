"""Orders of channels: sorted by what is known of them, and with some moved by hand."""

import math
import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from viewer.model import ChannelInfo, Channels
from viewer.qt.channels.outline import gather

_DIGITS = re.compile(r"(\d+)")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts texts as people do: numbers by their size, case apart."""
    parts = _DIGITS.split(text.casefold())
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)


def by_name(channels: Channels) -> np.ndarray:
    """Return an order in which the channels of each stream are sorted by name."""
    names = [natural(info.name) for info in channels.infos]
    return _sorted_within(channels, lambda row: (names[row], row))


def by_probe(channels: Channels) -> np.ndarray | None:
    """Return an order by shank, then from the top down to the tip, as a view has it at first.

    None where no position is known. Streams come as in the file then.
    """
    if all(math.isnan(info.y) for info in channels.infos):
        return None
    rows = range(len(channels))
    order = sorted(rows, key=lambda row: _place_on_probe(channels.infos[row], row))
    return np.array(order, int)


def _place_on_probe(info: ChannelInfo, row: int) -> tuple[int, bool, str, float, float, int]:
    unknown = math.isnan(info.y)
    y, x = (0.0, 0.0) if unknown else (info.y, info.x)
    return info.stream, unknown, info.shank, -y, x, info.column


def by_file(channels: Channels) -> np.ndarray:
    """Return the order of the file."""
    return np.arange(len(channels))


def reversed_within(channels: Channels) -> np.ndarray:
    """Return the order with the channels of each stream the other way round."""
    place = {row: -k for k, row in enumerate(channels.order.tolist())}
    return _sorted_within(channels, lambda row: place[row])


def _sorted_within(channels: Channels, key: Callable[[int], object]) -> np.ndarray:
    """Sort the channels of each stream, which stay in the places that its channels have."""
    order = channels.order.copy()
    for stream in np.unique(channels.stream).tolist():
        places = channels.stream[order] == stream
        rows = order[places].tolist()
        order[places] = sorted(rows, key=key)  # type: ignore[arg-type]
    return order


def moved(sequence: np.ndarray, rows: Iterable[int], anchor: int, *, after: bool) -> np.ndarray:
    """Return a sequence with some of its rows brought together beside one.

    Parameters
    ----------
    sequence : ndarray of int
    rows : iterable of int
        They keep the order that they have among each other.
    anchor : int
        It may be one of `rows`: they gather where it is then.
    after : bool
        Below the anchor, else above it.
    """
    picked = np.isin(sequence, np.fromiter(rows, int))
    gap = int(np.flatnonzero(sequence == anchor)[0]) + after
    before, behind = sequence[:gap], sequence[gap:]
    return np.concatenate([before[~picked[:gap]], sequence[picked], behind[~picked[gap:]]])


def nudged(sequence: Sequence[int], rows: Iterable[int], *, up: bool) -> list[int]:
    """Return a sequence with some rows each one place further up or down.

    What stands at the end already stays, and what follows it closes up.
    """
    picked = set(rows)
    out = list(sequence) if up else list(sequence)[::-1]
    for k in range(1, len(out)):
        if out[k] in picked and out[k - 1] not in picked:
            out[k - 1], out[k] = out[k], out[k - 1]
    return out if up else out[::-1]


def placed(order: np.ndarray, members: Iterable[int]) -> np.ndarray:
    """Return an order in which some rows share their places among themselves, in a new sequence."""
    rows = np.fromiter(members, int)
    out = order.copy()
    out[np.isin(order, rows)] = rows
    return out


def moved_within(
    channels: Channels, rows: Iterable[int], anchor: int, *, after: bool
) -> np.ndarray:
    """Return the order with rows moved beside a channel of their stream; see `moved`."""
    order = channels.order
    members = order[channels.stream[order] == channels.stream[anchor]]
    return placed(order, moved(members, rows, anchor, after=after))


def moved_stream(channels: Channels, stream: int, beside: int, *, after: bool) -> np.ndarray:
    """Return the order with a whole stream above or below another, all streams in one piece."""
    sequence = gather(channels.order, channels.stream)
    others = sequence[channels.stream[sequence] == beside]
    anchor = int(others[-1] if after else others[0])
    return moved(sequence, np.flatnonzero(channels.stream == stream), anchor, after=after)

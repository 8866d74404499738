"""Which channels of which stream a call means.

The rules: at most one of indexes, ids and names is given; ids are compared as text, so ``1`` and
``"1"`` are the same; the order asked for is the order returned; nothing wraps around and an
unknown or ambiguous name is an error that says which.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from rawio.errors import SelectionError

Selection = slice | np.ndarray
"""Channels local to a stream: ``slice(None)``, another slice, or an intp array."""

ChannelIndexes = int | slice | Sequence[int] | np.ndarray | None


def resolve(
    channels: np.ndarray,
    members: Sequence[np.ndarray],
    stream_index: int | None,
    channel_indexes: ChannelIndexes = None,
    channel_names: Iterable[str] | None = None,
    channel_ids: Iterable[Any] | None = None,
) -> tuple[int, Selection]:
    """Return the stream and the channels within it that a call selects.

    Parameters
    ----------
    channels : ndarray
        ``header['signal_channels']``.
    members : sequence of ndarray of int
        For each stream, the rows of `channels` that belong to it.
    stream_index : int or None
        With a stream given, indexes are local to it and ids and names are looked up in it. Without
        one, indexes count through all channels of the header, ids and names are looked up in all,
        and the stream is the one they belong to; no selector at all needs a single-stream file.
    channel_indexes, channel_names, channel_ids
        At most one of them.

    Returns
    -------
    stream_index : int
    selection : slice or ndarray of intp
        Local to the stream.

    Raises
    ------
    SelectionError
    """
    if channel_indexes is channel_names is channel_ids is None:
        if stream_index is None and len(members) == 1:
            return 0, slice(None)
        if type(stream_index) is int and 0 <= stream_index < len(members):
            return stream_index, slice(None)
    given = [
        name
        for name, value in (
            ("channel_indexes", channel_indexes),
            ("channel_names", channel_names),
            ("channel_ids", channel_ids),
        )
        if value is not None
    ]
    if len(given) > 1:
        raise SelectionError(f"{' and '.join(given)} are both given; give one of them.")
    if not members:
        raise SelectionError("This recording has no signal channels.")
    if stream_index is not None:
        stream_index = check_stream(stream_index, len(members))
    elif len(members) == 1:
        stream_index = 0

    if not given:
        if stream_index is None:
            raise SelectionError(
                f"This recording has {len(members)} streams; give stream_index (0 to "
                f"{len(members) - 1}) or channels of one stream."
            )
        return stream_index, slice(None)
    scope = np.arange(len(channels)) if stream_index is None else members[stream_index]
    if channel_indexes is not None:
        local = indexes_to_local(channel_indexes, len(scope))
    elif channel_names is not None:
        local = labels_to_local(channels["name"][scope], channel_names, "name")
    else:
        assert channel_ids is not None
        local = labels_to_local(channels["id"][scope], channel_ids, "id")
    if stream_index is not None:
        return stream_index, local
    return _stream_of(np.arange(len(channels))[local], members)


def check_stream(stream_index: int, count: int) -> int:
    """Return `stream_index` as an int, or raise `SelectionError` when there is no such stream."""
    if not count:
        raise SelectionError("This recording has no streams of signals.")
    if not isinstance(stream_index, (int, np.integer)) or not 0 <= stream_index < count:
        raise SelectionError(
            f"stream_index {stream_index!r} is not one of the {count} streams (0 to {count - 1})."
        )
    return int(stream_index)


def indexes_to_local(indexes: ChannelIndexes, count: int) -> Selection:
    """Check channel indexes (list, array, slice, boolean mask or one int) against `count`."""
    if isinstance(indexes, slice):
        try:
            indexes.indices(count)
        except (TypeError, ValueError) as error:
            raise SelectionError(f"channel slice {indexes} cannot be used: {error}.") from None
        for bound in (indexes.start, indexes.stop):
            if bound is not None and not 0 <= bound <= count:
                raise SelectionError(f"channel slice {indexes} exceeds the {count} channels.")
        return indexes
    try:
        array = np.atleast_1d(np.asarray(indexes))
    except (TypeError, ValueError):  # lists of different lengths in a list
        array = np.empty(1, dtype=object)
    if array.dtype == bool:
        if array.shape != (count,):
            raise SelectionError(
                f"a mask of {array.size} channels is given for a stream of {count}."
            )
        return np.flatnonzero(array)
    if array.size == 0:
        return np.empty(0, dtype=np.intp)
    if array.ndim != 1 or not np.issubdtype(array.dtype, np.integer):
        raise SelectionError(f"channel_indexes must be whole numbers, not {indexes!r}.")
    bad = array[(array < 0) | (array >= count)]
    if bad.size:
        raise SelectionError(
            f"channel index {bad[0]} is not one of the {count} channels (0 to {count - 1})."
        )
    return array.astype(np.intp, copy=False)


def as_slice(columns: np.ndarray) -> Selection:
    """Return columns as a slice if each is that before it plus one, which is read faster."""
    n = len(columns)
    if not n or columns[-1] - columns[0] != n - 1 or (np.diff(columns) != 1).any():
        return columns
    return slice(int(columns[0]), int(columns[0]) + n)


def labels_to_local(labels: np.ndarray, asked: Iterable[Any], kind: str) -> np.ndarray:
    """Return the positions of ids or names in `labels`, in the order asked."""
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        asked = [asked]
    positions: dict[str, int] = {}
    repeated: set[str] = set()
    for position, label in enumerate(labels.tolist()):
        if label in positions:
            repeated.add(label)
        positions.setdefault(label, position)
    local = []
    for item in asked:
        text = str(item)
        if text in repeated:
            raise SelectionError(
                f"channel {kind} {text!r} stands for several channels here; select by index "
                "or give stream_index."
            )
        if text not in positions:
            raise SelectionError(f"there is no channel with {kind} {text!r}.")
        local.append(positions[text])
    return np.array(local, dtype=np.intp)


def _stream_of(rows: np.ndarray, members: Sequence[np.ndarray]) -> tuple[int, Selection]:
    """Turn rows of the whole header into one stream and positions within it."""
    if rows.size == 0:
        raise SelectionError("an empty channel selection needs stream_index in this recording.")
    for stream_index, member in enumerate(members):
        if not np.isin(rows[0], member):
            continue
        if not np.isin(rows, member).all():
            break
        return stream_index, np.searchsorted(member, rows)
    raise SelectionError(
        "the channels asked for belong to several streams, which differ in sampling rate or "
        "timing; ask for one stream at a time."
    )

"""When a recording was made, by what a reader of neo has put into its annotations.

Most of neo's readers that know have it as ``rec_datetime`` of the block or the first segment, that
of .pl2 files as ``m_CreatorDateTime``, that of the first Open Ephys format as ``date_created``. It
is the moment at which the recording started, by the recorder's local time: that of the start of
the first segment, except where the format says otherwise.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rawio.base import BaseRawIO
from rawio.dates import EPOCH, MONTHS, as_known, later, moment

AT_ZERO = ("BlackrockRawIO", "PlexonRawIO")
"""Readers whose date is that of second 0, whenever the first segment starts."""

IN_UTC = ("BlackrockRawIO",)

ABSOLUTE_SECONDS = 10 * 365 * 86_400.0
"""Times of more than ten years count from 1970, in UTC."""

_KEYS = ("rec_datetime", "m_CreatorDateTime", "date_created")
_CREATED = re.compile(r"'?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{1,2}:\d{1,2}:\d{1,2}|\d{4,6})'?")
_CLOCKS = (
    re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})"),
    re.compile(r"(\d\d)(\d\d)(\d\d)"),
    re.compile(r"([1-9]\d|\d)(\d\d)([1-9]\d)"),
    re.compile(r"([1-9]\d|\d)(\d\d)(\d)"),
)


def recorded_at(reader: Any, t_start: float) -> datetime | None:
    """Return when second 0 of the first segment's times was.

    Parameters
    ----------
    reader : neo.rawio.baserawio.BaseRawIO
        Or an object with its methods; one of ours in its place (`rawio.as_neo`) knows it itself.
    t_start : float
        Seconds of the start of the first segment.
    """
    if isinstance(reader, BaseRawIO):
        return reader.recorded_at()
    annotations, kind = getattr(reader, "raw_annotations", None), type(reader).__name__
    date = next(filter(None, map(_known, _candidates(annotations))), None)
    if date is None:
        return None
    if t_start >= ABSOLUTE_SECONDS:
        return EPOCH
    if kind in IN_UTC and date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return date if kind in AT_ZERO else later(date, -t_start)


def _candidates(annotations: Any) -> list[Any]:
    """Return what the first block and its first segment have for dates."""
    block = _first(annotations, "blocks")
    nodes = (block, _first(block, "segments"))
    return [node[key] for key in _KEYS for node in nodes if key in node]


def _first(node: Any, key: str) -> Mapping[str, Any]:
    children = node.get(key) if isinstance(node, Mapping) else None
    child = children[0] if isinstance(children, (list, tuple)) and children else None
    return child if isinstance(child, Mapping) else {}


def _known(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return as_known(value)
    return created(value) if isinstance(value, str) else None


def created(text: str) -> datetime | None:
    """Return the moment of a ``date_created`` of Open Ephys, such as ``1-Feb-2020 101112``.

    Hours and seconds below ten have one digit there. With five digits in all they may be read in
    two ways, so it is None if both give a time of day.
    """
    found = _CREATED.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year, clock = found.groups()
    date = [int(year), MONTHS.get(month.lower(), 0), int(day)]
    readings = (kind.fullmatch(clock) for kind in _CLOCKS)
    moments = {moment([*date, *map(int, r.groups())]) for r in readings if r is not None} - {None}
    return moments.pop() if len(moments) == 1 else None

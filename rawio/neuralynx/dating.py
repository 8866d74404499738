"""When a Neuralynx recording was made.

The text of a file has when it was opened, by the local time of the recording computer: Cheetah up
to 5.6 and BML ``## Time Opened (m/d/y): 12/14/2015  (h:m:s.ms) 17:39:9.531`` or ``At Time:``
before the time of day, Neuraview ``## Date Opened``, later programs ``-TimeCreated 2016/11/28
21:50:33``. Recording may have begun some while after that.

Timestamps are microseconds since the acquisition system was started, most often. Those of systems
set to the time of day count from 1970, in UTC, and are as good as the timestamps are.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from rawio.dates import EPOCH, after_1970, later, moment_of_fields, nonsense
from rawio.errors import Warn
from rawio.neuralynx.channels import Channel
from rawio.neuralynx.headers import TextHeader
from rawio.neuralynx.points import Points
from rawio.texts import shown

MICROSECONDS = 1_000_000

ABSOLUTE_US = 10 * 365 * 86_400 * MICROSECONDS
"""Timestamps of more than ten years count from 1970: no system runs for so long."""

_WRITTEN = re.compile(
    r".*?(?<!\d)(\d{1,4})/(\d{1,2})/(\d{1,4})\D+?"
    r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3})\d*)?[\s\"]*",
    re.ASCII,
)


def recorded_at(
    channels: Iterable[Channel], points: Iterable[Points], zero: int, warn: Warn
) -> datetime | None:
    """Return when second 0 of the recording's times was.

    Parameters
    ----------
    channels : iterable of Channel
    points : iterable of Points
        Not sorted yet.
    zero : int
        The timestamp at second 0.
    warn : callable
        Takes a sentence if there are dates and none of them can be one.

    Returns
    -------
    datetime or None
        Of files with dates the first counts, signals before others: it is taken to have been
        opened at its first timestamp.
    """
    said: list[str] = []
    for tick, header in _firsts(channels, points):
        if tick >= ABSOLUTE_US:
            likely = after_1970(tick / MICROSECONDS) is not None
            return later(EPOCH, zero / MICROSECONDS) if likely else None
        date = opened_at(header, said.append)
        if date is not None:
            return later(date, (zero - tick) / MICROSECONDS)
    if said:
        warn(said[0])
    return None


def _firsts(
    channels: Iterable[Channel], points: Iterable[Points]
) -> Iterator[tuple[int, TextHeader]]:
    """Yield the first timestamp of whatever has one, with its header."""
    for channel in channels:
        if len(channel.timing.start):
            yield int(channel.timing.start[0]), channel.entity.header
    for some in points:
        extent = some.extent
        if extent is not None:
            yield extent[0], some.entity.header


def opened_at(header: TextHeader, warn: Warn) -> datetime | None:
    """Return when a file was opened, None if its header does not say."""
    if header.opened is None:
        return None
    where = f"{header.path.name}, time opened"
    found = _WRITTEN.fullmatch(header.opened)
    if found is None:
        warn(nonsense(where, shown(header.opened.strip())))
        return None
    year, month, day = map(int, found.groups()[:3])
    if len(found[1]) < 4:  # month, day and year, which may have its last two digits only
        year, month, day = day + (2000 if len(found[3]) < 3 else 0), year, month
    clock = map(int, found.groups()[3:6])
    return moment_of_fields([year, month, day, *clock, 1000 * int(found[7] or 0)], where, warn)

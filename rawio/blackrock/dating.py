"""When a Blackrock recording was made.

The headers of NSx (from 2.2 on) and NEV files have a time origin, a SYSTEMTIME of Windows in UTC:
the moment of timestamp 0 (Blackrock's file specifications; its own readers, NPMK and brpylib, show
it as it is). Timestamps of a PTP clock say it themselves: they count from 1970, in UTC.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rawio.dates import after_1970, moment_of_fields
from rawio.errors import Warn


def recorded_at(origins: Iterable[Sequence[int]], clock_origin: int, warn: Warn) -> datetime | None:
    """Return when second 0 of the recording's times was.

    Parameters
    ----------
    origins : iterable of sequence of int
        The time origins of its files: year, month, day of the week, day, hour, minute, second and
        millisecond. The first that is a date counts.
    clock_origin : int
        Seconds of the files' clock at which times are 0; not 0 where that counts from 1970.
    warn : callable
        Takes a sentence if there are time origins and none of them can be one.
    """
    if clock_origin:
        return after_1970(clock_origin)
    said: list[str] = []
    for year, month, _, day, hour, minute, second, millisecond in origins:
        fields = [year, month, day, hour, minute, second, 1000 * millisecond]
        date = moment_of_fields(fields, "time origin", said.append, utc=True)
        if date is not None:
            return date
    if said:
        warn(said[0])
    return None

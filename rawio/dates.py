"""Moments of the wall clock out of files, which may have anything in the place of a date.

A moment is naive where a file has the time of day of where it was recorded without saying where
that was, and aware, in UTC, where it has that. What cannot be the date of a recording is None:
fields that were never filled in in silence, nonsense with a sentence.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rawio.errors import Warn
from rawio.texts import shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FIRST_YEAR, LAST_YEAR = 1980, 2199
"""Dates of other years are of clocks that were never set, or are none at all."""

MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
"""By what English names start with; `strptime` would take those of the user's language."""

_ISO = re.compile(r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d.*", re.ASCII)


def moment(fields: Sequence[int], utc: bool = False) -> datetime | None:
    """Return the moment that some numbers name.

    Parameters
    ----------
    fields : sequence of int
        Year, month, day, hour, minute and second; a seventh would be the microsecond.
    utc : bool
        Whether they are in UTC.

    Returns
    -------
    datetime or None
        None when they name none, or none of the years `FIRST_YEAR` to `LAST_YEAR`.
    """
    try:
        found = datetime(*fields, tzinfo=UTC if utc else None)  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError):
        return None
    return _likely(found)


def moment_of_fields(
    fields: Sequence[int], where: str, warn: Warn, utc: bool = False
) -> datetime | None:
    """Return `moment` of the numbers in a header, with a sentence if they are nonsense.

    Parameters
    ----------
    fields : sequence of int
        All zeros where the recorder did not fill them in.
    where : str
        Name of the file or header, for the sentence.
    warn : callable
    utc : bool
    """
    found = moment(fields, utc)
    if found is None and any(fields):
        warn(nonsense(where, "-".join(map(str, fields))))
    return found


def moment_of_text(text: str, where: str, warn: Warn) -> datetime | None:
    """Return the moment that a text in the format of ISO 8601 names, with date and time of day.

    Parameters
    ----------
    text : str
        Empty where there is none. With a zone the moment is aware, in UTC.
    where : str
        Name of the file and the field, for the sentence that is said of nonsense.
    warn : callable
    """
    text = text.strip()
    found = None
    if _ISO.fullmatch(text):
        try:
            found = as_known(datetime.fromisoformat(text))
        except ValueError:
            found = None
    if found is None and text:
        warn(nonsense(where, shown(text)))
    return found


def after_1970(seconds: float) -> datetime | None:
    """Return the moment, in UTC, so many seconds after 1970 began; None if of no likely year."""
    found = later(EPOCH, seconds)
    return None if found is None else _likely(found)


def later(date: datetime | None, seconds: float) -> datetime | None:
    """Return the moment so many seconds after another; negative is before.

    Returns
    -------
    datetime or None
        None without the other, and where there is no such moment.
    """
    if date is None:
        return None
    try:
        return date + timedelta(seconds=seconds)
    except (OverflowError, ValueError):  # of seconds that are not finite the latter
        return None


def as_known(date: datetime) -> datetime | None:
    """Return a moment as it is, or in UTC if it has a zone; None if of no likely year."""
    try:
        return _likely(date if date.tzinfo is None else date.astimezone(UTC))
    except (OverflowError, ValueError):
        return None


def nonsense(where: str, value: str) -> str:
    """Return the sentence about what stands in the place of a date."""
    return f"{where}: {value} is no date, so when it was recorded is not known."


def _likely(date: datetime) -> datetime | None:
    return date if FIRST_YEAR <= date.year <= LAST_YEAR else None

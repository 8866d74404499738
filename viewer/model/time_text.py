"""Numbers, durations and times of day out of what people type, to the last digit.

All take text in lower case with single blanks, as `tidied` returns it.
"""

import re
from datetime import date
from fractions import Fraction

from rawio import OptionError
from rawio.texts import shown

DAY = 86400
"""Seconds."""

_NAMES = {
    Fraction(DAY): "d day days",
    Fraction(3600): "h hr hrs hour hours",
    Fraction(60): "m min mins minute minutes",
    Fraction(1): "s sec secs second seconds",
    Fraction(1, 10**3): "ms msec millisecond milliseconds",
    Fraction(1, 10**6): "us usec microsecond microseconds",
}
UNITS = {name: seconds for seconds, names in _NAMES.items() for name in names.split()}
"""Seconds of each unit of time."""

_NEXT_UNIT = {UNITS["d"]: UNITS["h"], UNITS["h"]: UNITS["min"], UNITS["min"]: UNITS["s"]}
"""What a number without a unit counts after one with it: ``1h30``, ``2 min 30``."""

_SAME = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00b5": "u", "\u03bc": "u", "\u2019": "'"})
_GROUPED = re.compile(r"([0-9]{1,3})(?P<mark>[ ',.])([0-9]{3}(?:(?P=mark)[0-9]{3})*)([.,][0-9]*)?")
_PLAIN = re.compile(r"(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:e[+-]?[0-9]{1,2})?")
_PART = re.compile(r"([0-9.,](?:[0-9 .,']*[0-9.,])?(?:e[+-]?[0-9]{1,2}(?![0-9]))?) ?([a-z]*) ?")
_ELAPSED = re.compile(r"(?:([0-9]+):)?([0-9]+):([0-9]{1,2}(?:[.,][0-9]*)?)(?: ?(h|min))?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?: |t)(.+))?")
_CLOCK = re.compile(
    r"([0-9]+)(?::([0-9]{1,2})(?::([0-9]{1,2}(?:[.,][0-9]*)?))?)?(?: ?([ap])\.?m\.?)?"
)


def tidied(text: str) -> str:
    """Return `text` in lower case, with single blanks, and in ASCII the signs that have twins."""
    return " ".join(text.translate(_SAME).lower().split())


def number(text: str, whole: bool = False) -> Fraction | None:
    """Return the number that a text without a sign is; None if it is none, or not `whole`.

    A mark before three digits groups thousands if it is a blank or an apostrophe, if it comes
    again, or if another mark follows it; a comma also where the number is to be whole.
    """
    match = _GROUPED.fullmatch(text)
    if match:
        head, mark, groups, tail = match.groups()
        sure = mark in " '" or mark in groups or tail or (whole and mark == ",")
        if sure and not (tail and tail[0] == mark):
            text = head + groups.replace(mark, "") + (tail or "")
    if not _PLAIN.fullmatch(text) or (whole and not text.isdigit()):
        return None
    return Fraction(text.replace(",", "."))


def duration(text: str) -> Fraction | None:
    """Return the seconds of ``12.5``, ``350 ms``, ``1h 2m 3s`` or ``1:02:03``, None of others.

    Raises
    ------
    OptionError
        When minutes or seconds after a colon are 60 or more.
    """
    return _elapsed(text) if ":" in text else _in_units(text)


def _in_units(text: str) -> Fraction | None:
    total, last, at = Fraction(0), None, 0
    while at < len(text):
        match = _PART.match(text, at)
        amount = match and number(match[1])
        if not match or amount is None:
            return None
        unit = UNITS.get(match[2])
        if not match[2] and match.end() == len(text):
            unit = Fraction(1) if last is None else _NEXT_UNIT.get(last)
        if unit is None or (last is not None and unit >= last):
            return None
        total, last, at = total + amount * unit, unit, match.end()
    return total if last else None


def _elapsed(text: str) -> Fraction | None:
    """Return the seconds of ``1:02:03.25`` or ``2:03``; of ``2:03 h`` the 2 are hours."""
    match = _ELAPSED.fullmatch(text)
    if not match or (match[1] and match[4] == "min"):
        return None
    if match[1]:
        return int(match[1]) * 3600 + _sixtieth(match[2], text) * 60 + _sixtieth(match[3], text)
    return (int(match[2]) * 60 + _sixtieth(match[3], text)) * (60 if match[4] == "h" else 1)


def time_of_day(text: str, always: bool) -> tuple[Fraction, int | None] | None:
    """Return what ``14:03:22.5``, ``2:03 pm`` or ``2024-05-01 14:03`` says, None of others.

    Parameters
    ----------
    text : str
    always : bool
        Whether ``14:03`` is one; otherwise only what can be no duration is.

    Returns
    -------
    seconds : Fraction
        Since midnight.
    day : int or None
        Proleptic ordinal of the date; None without one.

    Raises
    ------
    OptionError
        When there is no such time or date.
    """
    dated = _DATE.fullmatch(text)
    match = _CLOCK.fullmatch((dated[4] or "0:00") if dated else text)
    if match is None or not (match[4] or (match[2] and (dated or always))):
        return None
    hour, half = int(match[1]), match[4]
    if hour >= 24 or (half and not 1 <= hour <= 12):
        raise OptionError(
            f"{shown(text)} is not a time of day; its hours run from "
            f"{'1 to 12' if half else '0 to 23'}."
        )
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    minute, second = _sixtieth(match[2] or "0", text), _sixtieth(match[3] or "0", text)
    return hour * 3600 + minute * 60 + second, _ordinal(dated, text) if dated else None


def _sixtieth(digits: str, text: str) -> Fraction:
    """Return minutes or seconds that belong to something greater."""
    value = Fraction(digits.replace(",", "."))
    if value >= 60:
        raise OptionError(
            f"{shown(text)} is not a time; after a colon, minutes and seconds run from 0 to 59."
        )
    return value


def _ordinal(match: re.Match[str], text: str) -> int:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).toordinal()
    except ValueError:
        raise OptionError(
            f"{shown(text)} has a date that is not in the calendar; write year, month and day, for "
            "example 2024-05-01."
        ) from None

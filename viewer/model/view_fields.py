"""What may stand in a saved view: each field, and whether it makes sense.

A view comes from a colleague, a disk or a stranger. It is checked as a whole before any of it is
used, and the first thing that is wrong in it is said.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args

from rawio.texts import shown
from viewer.model.channels import MAX_GAIN, MIN_GAIN
from viewer.model.panels import MAX_SHARE, MIN_SHARE
from viewer.model.spans import Shown
from viewer.model.theme import THEMES
from viewer.model.times import TimeFormat
from viewer.model.view import Display

FORMAT = "rawscope-view"
VERSION = 1

MOST_LANES = 1_000_000
MOST_CHANNELS = 1 << 30
LONGEST_CHAIN = 1 << 20
"""Characters of a processing chain, which may name channels."""

Check = Callable[[str, Any, list[str]], Any]
"""Called with where a value stands, the value, and a list for the names of unknown fields; returns
the value as the program has it, or raises `FieldError`."""


class FieldError(Exception):
    """What is wrong with a view: the end of a sentence, without its full stop."""


def checked(data: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a view that are known, and the names of those that are not.

    Numbers are floats or ints then, colours are (red, green, blue), and channels of streams are
    told apart by their ids.

    Raises
    ------
    FieldError
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise FieldError(f'it has no "format": "{FORMAT}"')
    if data.get("version") != VERSION or isinstance(data["version"], bool):
        raise FieldError(
            f"it is version {shown(data.get('version'))} of the format; this program reads "
            f"version {VERSION}"
        )
    unknown: list[str] = []
    return VIEW("", data, unknown), unknown


# -- kinds of values -------------------------------------------------------------------------------


def number(what: str, fits: Callable[[float], bool] = math.isfinite) -> Check:
    """Return a check for a finite number."""

    def check(where: str, value: Any, unknown: list[str]) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                real = float(value)
            except OverflowError:  # JSON sets no limit to whole numbers
                real = math.inf
            if math.isfinite(real) and fits(real):
                return real
        raise FieldError(f"{where} must be {what}, not {shown(value)}")

    return check


def whole(least: int, most: int) -> Check:
    """Return a check for a whole number."""

    def check(where: str, value: Any, unknown: list[str]) -> int:
        if type(value) is int and least <= value <= most:
            return value
        limits = f"a whole number from {least} to {most}"
        raise FieldError(f"{where} must be {limits}, not {shown(value)}")

    return check


def word(*words: Any) -> Check:
    """Return a check for one of several words."""

    def check(where: str, value: Any, unknown: list[str]) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise FieldError(f"{where} must be {' or '.join(map(repr, words))}, not {shown(value)}")

    return check


def switch(where: str, value: Any, unknown: list[str]) -> bool:
    """Check for true or false."""
    if not isinstance(value, bool):
        raise FieldError(f"{where} must be true or false, not {shown(value)}")
    return value


def text(longest: int) -> Check:
    """Return a check for text."""

    def check(where: str, value: Any, unknown: list[str]) -> str:
        if not isinstance(value, str):
            raise FieldError(f"{where} must be text, not {shown(value)}")
        if len(value) > longest:
            raise FieldError(f"{where} has more than {longest} characters")
        return value

    return check


def color(where: str, value: Any, unknown: list[str]) -> tuple[int, int, int] | None:
    """Check for a colour such as ``"#ff8000"``; null is the one that the theme gives."""
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise FieldError(f"{where} must be a colour such as '#ff8000', not {shown(value)}")
    red, green, blue = bytes.fromhex(value[1:])
    return red, green, blue


def every(each: Check) -> Check:
    """Return a check for a list."""

    def check(where: str, value: Any, unknown: list[str]) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise FieldError(f"{where} must be a list, not {shown(value)}")
        return [each(f"{where}[{n}]", entry, unknown) for n, entry in enumerate(value)]

    return check


def by_name(each: Check) -> Check:
    """Return a check for a table of anything by names that the recording has."""

    def check(where: str, value: Any, unknown: list[str]) -> dict[str, Any]:
        _check_table(where, value)
        return {key: each(f"{where}[{shown(key)}]", entry, unknown) for key, entry in value.items()}

    return check


def table(fields: Mapping[str, Check], needed: Iterable[str] = ()) -> Check:
    """Return a check for a table of fields, of which those `needed` must be there."""

    def check(where: str, value: Any, unknown: list[str]) -> dict[str, Any]:
        _check_table(where, value)
        inside = f"{where}." if where else ""
        for name in needed:
            if name not in value:
                raise FieldError(f"{inside}{name} is missing")
        unknown.extend(inside + shown(key)[1:-1] for key in value if key not in fields)
        return {
            key: fields[key](inside + key, entry, unknown)
            for key, entry in value.items()
            if key in fields
        }

    return check


def _check_table(where: str, value: Any) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise FieldError(f"{where or 'a view'} must be a table, not {shown(value)}")


def _span_of_time(where: str, value: Any, unknown: list[str]) -> tuple[float, float]:
    times: list[float] = every(number("a time in seconds"))(where, value, unknown)
    if len(times) != 2 or times[0] > times[1]:
        raise FieldError(f"{where} must be two times in seconds that do not fall")
    return times[0], times[1]


def _order(where: str, value: Any, unknown: list[str]) -> Any:
    if isinstance(value, str):
        return word("file")(where, value, unknown)
    run = table({"stream": _NAME, "channels": every(_NAME)}, ("stream", "channels"))
    return every(run)(where, value, unknown)


# -- the fields ------------------------------------------------------------------------------------

_NAME = text(1 << 16)
_POSITIVE = number("a positive number", lambda x: x > 0)

CHANNEL: dict[str, Check] = {
    "visible": switch,
    "gain": number(
        f"a number whose size is {MIN_GAIN:g} to {MAX_GAIN:g}",
        lambda x: MIN_GAIN <= abs(x) <= MAX_GAIN,
    ),
    "offset": number("a finite number"),
    "color": color,
    "bad": switch,
}
"""Of a channel."""

STREAM: dict[str, Check] = {
    "first_lane": whole(0, MOST_LANES),
    "lanes_per_page": whole(1, MOST_LANES),
    "share": number(
        f"a number from {MIN_SHARE:g} to {MAX_SHARE:g}", lambda x: MIN_SHARE <= x <= MAX_SHARE
    ),
    "spans": by_name(_POSITIVE),
    "raw_spans": by_name(_POSITIVE),
    "usual": table(CHANNEL),
    "channels": by_name(table(CHANNEL)),
    "rest": every(number("a finite number")),
}
"""Of a stream."""

LOOK: dict[str, Check] = {
    "display": word(*get_args(Display)),
    "shown": word(*get_args(Shown)),
    "time_format": word(*get_args(TimeFormat)),
    "overlap": switch,
    "butterfly": switch,
    "scale_bars": switch,
    "crosshair": switch,
    "events_shown": switch,
    "spikes_shown": switch,
}
"""Attributes of `viewer.model.View`."""

_POINTS = table({"hidden": every(_NAME), "colors": by_name(color), "selected": _NAME})

VIEW = table(
    {
        "format": word(FORMAT),
        "version": whole(VERSION, VERSION),
        "recording": table(
            {
                "name": _NAME,
                "channels": whole(0, MOST_CHANNELS),
                "seconds": _POSITIVE,
            },
            ("name", "channels", "seconds"),
        ),
        "process": text(LONGEST_CHAIN),
        "theme": word(*THEMES),
        "window": table(
            {"start": number("a time in seconds"), "duration": _POSITIVE}, ("start", "duration")
        ),
        "selected": _span_of_time,
        "look": table({**LOOK, "remove_dc": switch}),
        "order": _order,
        "streams": by_name(table(STREAM)),
        "units": _POINTS,
        "events": _POINTS,
    },
    ("recording",),
)

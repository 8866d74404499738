"""Numbers as people read them: times on a ruler, amplitudes with SI prefixes, round steps."""

import math
import re

from viewer.model.times import format_time

PREFIXES = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
MICRO = re.compile(r"[uμ](?=(?:V|A|s|m|M|T|S|W|N|g|l|L|[Oo]hm|[\u2126\u03a9])(?![^\W\d_]))")
"""Letters that stand for the micro sign in units of measure, where those can have prefixes."""

SHOWN_PREFIXES = (("n", 1e-9), ("µ", 1e-6), ("m", 1e-3), ("", 1.0), ("k", 1e3))

MINUS = "\N{MINUS SIGN}"
MINUS_OF_NUMBER = re.compile(r"(?<!\w)-(?=[\d.])|(?<=\de)-(?=\d)")
"""Not the hyphens of dates, names and ranges."""

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LONG_STEPS = (
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 28)),
)


def round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is at least `least` (> 0)."""
    power = 10.0 ** math.floor(math.log10(least))
    for factor in (1, 2, 5):
        if factor * power >= least * (1 - 1e-9):
            return factor * power
    return 10 * power


def round_amount(most: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is at most `most` (> 0)."""
    power = 10.0 ** math.floor(math.log10(most))
    for factor in (10, 5, 2):
        if factor * power <= most * (1 + 1e-9):
            return factor * power
    return power


def time_step(least: float) -> float:
    """Return a ruler step in seconds of at least `least`: decimal, then minutes, hours, days."""
    if least <= 20:
        return round_step(least)
    if least <= 30:
        return 30.0
    return next((step for step in LONG_STEPS if step >= least), DAY * round_step(least / DAY))


def format_duration(seconds: float) -> str:
    """Return a duration with its unit: ``350 µs``, ``12.5 ms``, ``3.2 s``, ``2:05:00 h``."""
    if seconds < 0.9995:
        return format_amount(seconds, "s")
    if seconds < 60:
        return f"{seconds:.3g} s"
    text = format_time(seconds, 1.0)
    return text + (" h" if text.count(":") == 2 else " min")


def format_amount(value: float, units: str) -> str:
    """Return an amplitude with the SI prefix that reads best: 1500 ``uV`` is ``1.5 mV``.

    It is for people to read: what is negative has a minus sign, not a hyphen; see `signed`.
    """
    prefix, base = _split(units)
    if base is None:
        text = _four_digits(value)
        units = "count" if units == "counts" and text.lstrip(MINUS) == "1" else units
        return f"{text} {spelled(units)}".rstrip()
    # Rounded before the prefix is chosen, so that 999.99 uV is 1 mV.
    amount = float(f"{value * PREFIXES[prefix]:.4g}")
    if amount == 0:
        return f"0 {base}"
    fitting = (p for p in reversed(SHOWN_PREFIXES) if abs(amount) >= p[1] * (1 - 1e-9))
    symbol, factor = next(fitting, SHOWN_PREFIXES[0])
    return f"{_four_digits(amount / factor)} {symbol}{base}"


def spelled(units: str) -> str:
    """Return a unit of measure as people write it: ``µV`` for ``uV``, others as they are.

    The micro sign is that of Latin-1, which more fonts and terminals have than the Greek letter.
    """
    if MICRO.match(units):
        return f"µ{units[1:]}"
    prefix, base = _split(units)
    return units if base is None else f"{prefix}{base}"


def signed(text: str) -> str:
    """Return a text with minus signs for the hyphens that numbers in it begin with.

    For what is only read: programs, and people who copy numbers into them, need the hyphen.
    """
    return MINUS_OF_NUMBER.sub(MINUS, text)


def _four_digits(value: float) -> str:
    """Return a number to four digits, and large ones without an exponent: ``20000``."""
    text = f"{value:.4g}"
    return signed(f"{float(text):.0f}" if "e+" in text and abs(value) < 1e9 else text)


def _split(units: str) -> tuple[str, str | None]:
    """Split ``mV`` into its prefix and base; the base is None where prefixes make no sense."""
    for base in ("V", "A", "s"):
        if units.endswith(base) and units[:-1] in PREFIXES:
            return units[:-1], base
    if units.lower() in ("volt", "volts"):
        return "", "V"
    return "", None

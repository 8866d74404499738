"""Numbers as people read them: times on a ruler, amplitudes with SI prefixes, round steps."""

import math

from viewer.model.times import format_time

PREFIXES = {"n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
SHOWN_PREFIXES = (("n", 1e-9), ("µ", 1e-6), ("m", 1e-3), ("", 1.0), ("k", 1e3))

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
    """Return an amplitude with the SI prefix that reads best: 1500 ``uV`` is ``1.5 mV``."""
    prefix, base = _split(units)
    if base is None:
        return f"{_four_digits(value)} {units}".rstrip()
    # Rounded before the prefix is chosen, so that 999.99 uV is 1 mV.
    amount = float(f"{value * PREFIXES[prefix]:.4g}")
    if amount == 0:
        return f"0 {base}"
    fitting = (p for p in reversed(SHOWN_PREFIXES) if abs(amount) >= p[1] * (1 - 1e-9))
    symbol, factor = next(fitting, SHOWN_PREFIXES[0])
    return f"{_four_digits(amount / factor)} {symbol}{base}"


def _four_digits(value: float) -> str:
    """Return a number to four digits, and large ones without an exponent: ``20000``."""
    text = f"{value:.4g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < 1e9 else text


def _split(units: str) -> tuple[str, str | None]:
    """Split ``mV`` into its prefix and base; the base is None where prefixes make no sense."""
    for base in ("V", "A", "s"):
        if units.endswith(base) and units[:-1] in PREFIXES:
            return units[:-1], base
    if units.lower() in ("volt", "volts"):
        return "", "V"
    return "", None

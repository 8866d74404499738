"""Amounts in words: of bytes, of hertz, and of things."""


def size_text(nbytes: float) -> str:
    """Return a number of bytes with three digits or so, such as 1.25 MB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if nbytes < 999.5:
            return f"{nbytes:.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:.3g} TB" if nbytes < 999.5 else f"{nbytes:.0f} TB"


def rate_text(hertz: float) -> str:
    """Return a sampling rate to all its digits, in kHz from 1000 Hz on."""
    return f"{hertz / 1000:.12g} kHz" if hertz >= 1000 else f"{hertz:.12g} Hz"


def count_text(number: int, what: str) -> str:
    """Return how many there are of something, with commas between thousands."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"

"""Amounts in words: of hertz, and of things."""


def rate_text(hertz: float) -> str:
    """Return a sampling rate to all its digits, in kHz from 1000 Hz on."""
    return f"{hertz / 1000:.12g} kHz" if hertz >= 1000 else f"{hertz:.12g} Hz"


def count_text(number: int, what: str) -> str:
    """Return how many there are of something, with commas between thousands."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"

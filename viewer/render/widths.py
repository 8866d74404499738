"""How wide texts are, roughly, before anyone paints them: what fits a place, and where to break."""

import math
import re

from viewer.render.layout import FONT

NARROW, USUAL, CAPITAL, WIDE = 0.42, 0.64, 0.79, 1.0
"""Widths of characters in heights of the font: those of DejaVu Sans, the widest of the usual ones,
rounded up."""
NARROW_ONES = frozenset(" ijlfrtI|!.,:;'()[]/\\-")
WIDE_ONES = frozenset("mwMW@%&+=<>~#^±\N{HORIZONTAL ELLIPSIS}")
FIRST_IDEOGRAPH = 0x2E80
BREAK = r"(?<!\d)\s+|\s+(?=\S{4})"
"""Blanks, but for those between a number and a short word."""


def text_width(text: str, ratio: float) -> float:
    """Return how many physical pixels a text takes at most, in the size of all text.

    Parameters
    ----------
    text : str
    ratio : float
        Physical pixels to a logical one.
    """
    return sum(map(_share, text)) * math.ceil(FONT * ratio)


def wrapped(text: str, room: float, ratio: float) -> list[str]:
    """Return lines of up to `room` physical pixels, broken at blanks.

    A unit of measure stays with its number. Words that are too long for a line are also broken
    behind ``_``, ``-`` and ``.``; what is then still too long is a line all the same.
    """
    lines: list[str] = []
    for words in re.split(BREAK, text.strip()):
        whole = text_width(words, ratio) <= room
        for word in [words] if whole else words.split():
            joined = f"{lines[-1]} {word}" if lines else word
            if text_width(joined, ratio) <= room:
                lines[-1:] = [joined]
            else:
                lines += _broken(word, room, ratio)
    return lines


def _broken(word: str, room: float, ratio: float) -> list[str]:
    if text_width(word, ratio) <= room:
        return [word]
    pieces = [""]
    for piece in re.findall(r"[^_.\-]*[_.\-]+|[^_.\-]+", word):
        if not pieces[-1] or text_width(pieces[-1] + piece, ratio) <= room:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _share(character: str) -> float:
    if character in NARROW_ONES:
        return NARROW
    if character in WIDE_ONES or ord(character) >= FIRST_IDEOGRAPH:
        return WIDE
    return CAPITAL if character.isupper() else USUAL

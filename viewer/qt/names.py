"""Names and labels out of files as widgets can show them: on one line, and not without end."""

import re
from html import escape

from rawio.errors import one_line

LONGEST = 200
"""Characters of a name that a row of a table shows at most, were it that wide."""

LONGEST_TIP = 500
"""Characters of a tooltip, about."""

_TURNS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_ASTRAY: dict[int, str | None] = {
    **dict.fromkeys(_TURNS),  # marks that would turn round what is written beside a name
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),  # halves of pairs
}
_UNBROKEN = re.compile(r"(\S{40})(?=\S)")


def on_one_line(text: str, most: int = LONGEST) -> str:
    """Return the start of a text, control characters escaped.

    Parameters
    ----------
    text : str
    most : int
        Characters of it that are taken.
    """
    if len(text) > most:
        text = text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return one_line(text.translate(_ASTRAY))


def breakable(text: str) -> str:
    """Return a text in which lines can be broken within words too, if they are very long."""
    return _UNBROKEN.sub("\\1\N{ZERO WIDTH SPACE}", text)


def tip_of(*lines: str) -> str:
    """Return a tooltip that says these lines, each as it stands: none of it is taken for HTML.

    It is HTML nevertheless, since Qt breaks long lines of nothing else.
    """
    most = LONGEST_TIP // max(len(lines), 1)
    texts = (escape(breakable(on_one_line(line, most))) for line in lines)
    return f"<qt>{'<br>'.join(texts)}</qt>"

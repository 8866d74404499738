"""Names out of files, cut and on one line, as they are and as tooltips."""

import html
import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.viewer.qt.points.tables import ODD
from viewer.qt.names import breakable, on_one_line, tip_of

odd = st.one_of(st.sampled_from(ODD), st.text(st.characters(codec=None), max_size=60))


TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def spelt(char):
    """Return what stands for a character of a name."""
    if unicodedata.bidirectional(char) in TURNS or char in "\u061c\u200e\u200f":
        return ""
    kind = unicodedata.category(char)
    if kind == "Cs":
        return "\ufffd"
    return repr(char)[1:-1] if kind in ("Cc", "Zl", "Zp") else char


@settings(deadline=None)
@given(odd, st.integers(1, 300))
def test_a_name_is_on_one_line_and_cut_where_it_is_long(text, most):
    kept = text if len(text) <= most else text[: most - 1] + "…"
    line = on_one_line(text, most)
    assert line == "".join(map(spelt, kept))
    assert len(line.splitlines()) <= 1
    line.encode()  # can be shown


@settings(deadline=None)
@given(st.lists(odd, min_size=1, max_size=3))
def test_a_tooltip_says_each_line_as_it_stands_in_500_characters(lines):
    tip = tip_of(*lines)
    bare = tip.removeprefix("<qt>").removesuffix("</qt>").replace("<br>", "\n")
    assert "<" not in bare
    said = html.unescape(bare).replace("\N{ZERO WIDTH SPACE}", "").split("\n")
    most = 500 // len(lines)
    assert said == [on_one_line(line, most).replace("\N{ZERO WIDTH SPACE}", "") for line in lines]
    assert sum(min(len(line), most) for line in lines) <= 500


def test_long_words_can_be_broken():
    assert breakable("a b") == "a b"
    parts = breakable("x" * 95 + " y").split("\N{ZERO WIDTH SPACE}")
    assert [len(part) for part in parts] == [40, 40, 17]
    assert not re.search(r"\S{41}", breakable("y" * 1000).replace("\N{ZERO WIDTH SPACE}", " "))


def test_marks_that_turn_text_round_are_left_out():
    assert on_one_line("a\u202eb\u2066c\u200fd") == "abcd"

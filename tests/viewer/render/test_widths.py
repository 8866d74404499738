"""How wide texts are taken to be, against the font that paints them; where they are broken."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.render.text import font_of
from viewer.render.widths import text_width, wrapped

WORDS = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=30)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@given(
    text=st.text(string.printable.strip() + " µ±", max_size=40), ratio=st.sampled_from([1, 1.5, 2])
)
def test_no_text_is_painted_wider_than_it_is_taken_to_be(text, ratio):
    font, complete = font_of(round(11.5 * ratio))
    if not complete:
        text = text.replace("µ", "u").replace("±", "-")
    assert font.getlength(text) <= text_width(text, ratio) + 0.5


@pytest.mark.parametrize(
    "text", ["all channels are hidden", "100000 counts", "imec0.ap-SYNC", "2 mV"]
)
def test_texts_are_not_taken_to_be_much_wider_than_they_are(text):
    font, _ = font_of(12)
    assert text_width(text, 1.0) < 1.3 * font.getlength(text)


@given(text=TEXTS, room=st.floats(20, 300), ratio=st.sampled_from([1.0, 2.0]))
def test_lines_hold_the_text_and_are_no_longer_than_can_be(text, room, ratio):
    lines = wrapped(text, room, ratio)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        if text_width(line, ratio) > room:  # nowhere to break it
            assert not any(c in "_-. " for c in line.rstrip("_-."))


def test_numbers_and_words_that_fit_are_not_broken():
    assert wrapped("low-pass 0.5 Hz", text_width("low-pass", 1.0), 1.0) == ["low-pass", "0.5 Hz"]
    assert wrapped("imec0.ap-SYNC", text_width("imec0.ap-", 1.0), 1.0) == ["imec0.ap-", "SYNC"]


def test_a_unit_of_measure_stays_with_its_number_where_both_fit():
    room = text_width("high-pass 300", 1.0)
    assert wrapped("high-pass 300 Hz", room, 1.0) == ["high-pass", "300 Hz"]
    assert wrapped("100000 counts", text_width("100000 co", 1.0), 1.0) == ["100000", "counts"]
    assert wrapped("300 Hz", text_width("300", 1.0), 1.0) == ["300", "Hz"]

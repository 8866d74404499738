"""The Pillow painter: fills to the pixel, text where its anchor says and within its width."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.render import text as text_module
from viewer.render.drawing import Fill, Text
from viewer.render.text import paint

BACK = (10, 20, 30)
INK = (250, 240, 230)
HEIGHT, WIDTH = 60, 300


def blank(height=HEIGHT, width=WIDTH):
    image = np.empty((height, width, 4), np.uint8)
    image[:] = (*BACK, 255)
    return image


def written(text, x=150.0, y=30.0, align="left", size=12.0, max_width=None):
    """Return the image and the box of pixels that differ from the background: x0, y0, x1, y1."""
    image = blank()
    paint(image, [Text(x, y, text, INK, align, size, max_width)])
    rows, columns = np.nonzero((image[..., :3] != BACK).any(axis=2))
    if not len(rows):
        return image, None
    return image, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@pytest.fixture
def no_fonts(monkeypatch):
    """Make the machine one without any of the fonts that are looked for."""
    monkeypatch.setattr(text_module, "FONT_FILES", ("no such font.ttf",))
    text_module.font_of.cache_clear()
    yield
    text_module.font_of.cache_clear()


# -- fills -----------------------------------------------------------------------------------------


CORNER = st.integers(-10, 40)
FILLS = st.builds(Fill, CORNER, CORNER, CORNER, CORNER, st.tuples(*[st.integers(0, 255)] * 3))


@settings(deadline=None)
@given(st.lists(FILLS, max_size=5), st.integers(0, 255))
def test_fills_are_exact(fills, alpha):
    image = np.zeros((20, 30, 4), np.uint8)
    image[..., 3] = alpha
    expected = image.copy()
    for fill in fills:
        for y in range(20):
            for x in range(30):
                if fill.x0 <= x < fill.x1 and fill.y0 <= y < fill.y1:
                    expected[y, x, :3] = fill.color
    paint(image, list(fills))
    np.testing.assert_array_equal(image, expected)


def test_nothing_to_draw_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (7, 9, 4), np.uint8)
    before = image.copy()
    paint(image, [])
    np.testing.assert_array_equal(image, before)


def test_text_lies_on_fills():
    image = blank()
    paint(image, [Text(5, 30, "####", INK, "left", 20), Fill(0, 0, WIDTH, HEIGHT, (0, 0, 90))])
    assert (image[..., 0] > 100).any() and tuple(image[0, 0]) == (0, 0, 90, 255)


# -- text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [9, 11.5, 17, 23])
@pytest.mark.parametrize(
    "text", ["SPK01a", "12.5", "1:02:03", "200 µV", "\N{MINUS SIGN}3", "Ag|jy"]
)
def test_text_lies_at_its_anchor(text, size):
    boxes = {}
    for align in ("left", "center", "right"):
        image, box = written(text, align=align, size=size)
        boxes[align] = box
        assert (image[..., 3] == 255).all()
        # Half-transparent edges of glyphs lie between ink and background.
        assert (image[..., :3] >= BACK).all() and (image[..., :3] <= INK).all()
    width = boxes["left"][2] - boxes["left"][0]
    assert abs(boxes["left"][0] - 150) <= 2
    assert abs(boxes["right"][2] - 150) <= 2
    assert abs((boxes["center"][0] + boxes["center"][2]) / 2 - 150) <= 2
    assert all(abs(box[2] - box[0] - width) <= 1 for box in boxes.values())
    for _, y0, _, y1 in boxes.values():
        assert 30 - size <= y0 < 30 + size / 2 and 30 < y1 <= 30 + size


def test_ink_is_the_color_asked_for():
    image, (x0, y0, x1, y1) = written("HHH", size=24)
    assert (image[y0:y1, x0:x1, :3] == INK).all(axis=2).any()


def test_capitals_have_their_middle_on_y():
    for size in (12, 23):
        _, (_, y0, _, y1) = written("H", size=size)
        assert abs((y0 + y1) / 2 - 30) <= 2


def test_larger_text_is_larger():
    heights = []
    for size in (8, 12, 16, 24):
        _, (_, y0, _, y1) = written("H", size=size)
        heights.append(y1 - y0)
    assert heights == sorted(set(heights))


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize("width", [3, 10, 25, 60, 120])
@pytest.mark.parametrize(
    "text", ["W" * 40, "channel with a long name", "iiiiiiiiiiiiiiiiiiiiii", "ab"]
)
def test_long_text_is_shortened_to_its_width(align, width, text):
    _, box = written(text, align=align, max_width=width)
    if box is not None:
        assert box[2] - box[0] <= width + 2  # glyphs may lean over by a pixel


def test_what_fits_is_whole_and_what_does_not_ends_in_an_ellipsis():
    whole, box = written("channel 12")
    room = box[2] - box[0] + 3
    np.testing.assert_array_equal(written("channel 12", max_width=room)[0], whole)
    cut, cut_box = written("channel 12", max_width=room - 12)
    assert cut_box[2] < box[2] and not np.array_equal(cut, whole)
    font, _ = text_module.font_of(12)
    mark = "\N{HORIZONTAL ELLIPSIS}"
    for width in range(0, 80, 3):
        short = text_module.shortened("channel 12", font, width, mark)
        if short != "channel 12":
            assert short == "" or (short[-1] == mark and "channel 12".startswith(short[:-1]))
            longer = "channel 12"[: len(short)] + mark
            assert font.getlength(longer) > width  # no more letters would have fitted
        assert font.getlength(short) <= width


@settings(deadline=None)
@given(st.text(max_size=12), st.sampled_from([None, 30.0, 0.0]))
def test_any_text_can_be_drawn(text, max_width):
    image, _ = written(text, max_width=max_width)
    assert image.shape == (HEIGHT, WIDTH, 4)


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines", "two\u2028lines", "two\x0blines"])
def test_a_text_is_one_line(text):
    for max_width in (None, 150.0):
        np.testing.assert_array_equal(
            written(text, max_width=max_width)[0], written("two lines", max_width=max_width)[0]
        )


def test_text_beyond_the_image_is_cut():
    image = blank()
    paint(image, [Text(x, y, "WWWW", INK, "left", 12) for x in (-15, 290) for y in (-3, 62)])
    assert (image != blank()).any()
    untouched = blank()
    paint(untouched, [Text(5000, 5000, "WWWW", INK, "left", 12)])
    np.testing.assert_array_equal(untouched, blank())


def test_tiny_text():
    written("tiny", size=0.3)


def test_without_fonts(no_fonts):
    for text, plain in (("200 µV", "200 uV"), ("\N{MINUS SIGN}3", "-3")):
        image, box = written(text)
        np.testing.assert_array_equal(image, written(plain)[0])
        assert box is not None
    _, box = written("channel with a long name", max_width=60)
    assert box[2] - box[0] <= 62

"""Executing a drawing on an RGBA image with Pillow: text without Qt and without a display."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from viewer.render.drawing import Drawing, Fill, Text

FONT_FILES = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Ubuntu-R.ttf",
    "segoeui.ttf",
    "Helvetica.ttc",
    "Arial.ttf",
    "arial.ttf",
)
"""Looked for in the system's font folders, in this order."""

PLAIN = str.maketrans(
    {
        "µ": "u",
        "μ": "u",
        "±": "+/-",
        "\N{MINUS SIGN}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "~",
        "\N{THIN SPACE}": " ",
    }
)
"""What the built-in font lacks, for machines without any fonts."""


def paint(image: np.ndarray, drawing: Drawing) -> None:
    """Draw on `image` in place.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 4)
        C-contiguous RGBA.
    drawing : list of Fill and Text
    """
    fills = [item for item in drawing if isinstance(item, Fill)]
    for item in fills:
        y0, x0 = max(0, item.y0), max(0, item.x0)
        image[y0 : max(0, item.y1), x0 : max(0, item.x1), :3] = item.color
    texts = [item for item in drawing if isinstance(item, Text)]
    canvas = Image.fromarray(image)
    pen = ImageDraw.Draw(canvas)
    for text in texts:
        _write(pen, text)
    image[:] = np.asarray(canvas)


def _write(pen: ImageDraw.ImageDraw, item: Text) -> None:
    font, complete = font_of(max(1, round(item.size)))
    words = " ".join(item.text.splitlines())  # lengths are known of single lines only
    if not complete:
        words = words.translate(PLAIN)
    if item.max_width is not None:
        words = shortened(
            words, font, item.max_width, "\N{HORIZONTAL ELLIPSIS}" if complete else "~"
        )
    anchor = {"left": "lm", "center": "mm", "right": "rm"}[item.align]
    pen.text(
        (round(item.x), round(item.y)), words, fill=(*item.color, 255), font=font, anchor=anchor
    )


def shortened(words: str, font: ImageFont.FreeTypeFont, width: float, ellipsis: str) -> str:
    """Return a text that is no wider than `width` pixels, with an ellipsis for what is left out."""
    if font.getlength(words) <= width:
        return words
    while words and font.getlength(words + ellipsis) > width:
        words = words[:-1]
    return words + ellipsis if words or font.getlength(ellipsis) <= width else ""


@cache
def font_of(size: int) -> tuple[ImageFont.FreeTypeFont, bool]:
    """Return a font of a size in pixels, and whether it has more than basic characters."""
    for name in FONT_FILES:
        try:
            return ImageFont.truetype(name, size), True
        except OSError:
            continue
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font, False

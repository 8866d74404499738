"""A drawing: rectangles and texts that any painter can execute, in physical pixels."""

from dataclasses import dataclass

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Fill:
    """A filled rectangle, half-open."""

    x0: int
    y0: int
    x1: int
    y1: int
    color: Rgb


@dataclass(frozen=True)
class Text:
    """A line of text.

    Attributes
    ----------
    x, y : float
        The anchor point.
    text : str
    color : tuple of int
    align : {'left', 'center', 'right'}
        Where the anchor lies along the text; across it is the middle.
    size : float
        Height of the font in physical pixels.
    max_width : float or None
        Physical pixels; a longer text is shortened with an ellipsis.
    """

    x: float
    y: float
    text: str
    color: Rgb
    align: str
    size: float
    max_width: float | None = None


Drawing = list[Fill | Text]

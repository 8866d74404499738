"""Colours: two themes, and palettes of even lightness for channels and units."""

import math
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """The colours of a view, each (red, green, blue) of 0 to 255."""

    name: str
    background: Color
    void: Color
    """Where the recording has no data."""
    loading: Color
    """Where data is still being read."""
    approximate: Color
    """Stripes over what does not show all samples yet."""
    gutter: Color
    grid: Color
    text: Color
    faint: Color
    """Text of second rank and ruler lines."""
    trace_lightness: float
    trace_chroma: float

    def channel_colors(self, count: int) -> np.ndarray:
        """Return uint8 (count, 3): a calm cycle of eight hues of one lightness."""
        hues = [230, 160, 90, 300, 200, 60, 130, 270]
        cycle = [oklch(self.trace_lightness, self.trace_chroma, h) for h in hues]
        return np.array([cycle[i % len(cycle)] for i in range(count)], np.uint8).reshape(-1, 3)

    @cached_property
    def heat_colors(self) -> np.ndarray:
        """Colours of a heat map, from the lower end of a lane to its upper, uint8 (256, 3).

        From blue over the background to orange: what rests does not show, both signs differ for
        the colour-blind, and lightness rises evenly with the distance from rest (in a light theme,
        it falls).
        """
        rest, far = (0.17, 0.88) if self.name == "dark" else (0.99, 0.40)
        share = np.linspace(-1, 1, 256)
        colors = [
            oklch(rest + (far - rest) * abs(s), 0.15 * abs(s) ** 0.7, 250 if s < 0 else 60)
            for s in share
        ]
        return np.array(colors, np.uint8)

    def unit_colors(self, count: int) -> np.ndarray:
        """Return uint8 (count, 3): strong hues, neighbours far apart (golden angle)."""
        lightness = 0.75 if self.name == "dark" else 0.55
        colors = [oklch(lightness, 0.17, 25 + 137.508 * i) for i in range(count)]
        return np.array(colors, np.uint8).reshape(-1, 3)

    def event_colors(self, count: int) -> np.ndarray:
        """Return uint8 (count, 3): hues between those of the units."""
        lightness = 0.85 if self.name == "dark" else 0.45
        colors = [oklch(lightness, 0.12, 70 + 137.508 * i) for i in range(count)]
        return np.array(colors, np.uint8).reshape(-1, 3)


@cache
def oklch(lightness: float, chroma: float, hue: float) -> Color:
    """Return the sRGB colour nearest to OKLCH `lightness` 0..1, `chroma` and `hue` in degrees.

    The matrices are those of Björn Ottosson's Oklab definition (2020).
    """
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _srgb(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _srgb(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _srgb(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _srgb(linear: float) -> int:
    linear = min(max(linear, 0.0), 1.0)
    coded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * coded)


DARK = Theme(
    name="dark",
    background=(16, 18, 24),
    void=(30, 32, 38),
    loading=(38, 42, 54),
    approximate=(150, 108, 34),
    gutter=(23, 26, 33),
    grid=(36, 40, 50),
    text=(216, 220, 228),
    faint=(138, 145, 160),
    trace_lightness=0.80,
    trace_chroma=0.09,
)
LIGHT = Theme(
    name="light",
    background=(255, 255, 255),
    void=(236, 237, 240),
    loading=(226, 232, 244),
    approximate=(196, 132, 30),
    gutter=(245, 246, 248),
    grid=(228, 230, 235),
    text=(28, 32, 40),
    faint=(98, 104, 117),
    trace_lightness=0.48,
    trace_chroma=0.10,
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

"""Colours: the right sRGB for OKLCH, palettes that can be told apart, text that can be read."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.model.theme import DARK, LIGHT, THEMES, oklch


def linear(color):
    coded = np.asarray(color, float) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Return the contrast ratio of WCAG 2: 1 for the same, 21 for black on white."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted([linear(one) @ weights, linear(other) @ weights])
    return (high + 0.05) / (low + 0.05)


def oklab(color):
    """Return Oklab by the forward matrices, which the code under test does not hold."""
    lms = linear(color) @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(lms) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


@pytest.mark.parametrize(
    ("lch", "rgb"),
    [
        ((0.0, 0.0, 0.0), (0, 0, 0)),
        ((1.0, 0.0, 0.0), (255, 255, 255)),
        ((0.5999, 0.0, 123.0), (128, 128, 128)),
        ((0.62796, 0.25768, 29.234), (255, 0, 0)),
        ((0.86644, 0.29483, 142.495), (0, 255, 0)),
        ((0.45201, 0.31321, 264.052), (0, 0, 255)),
        ((0.96798, 0.21101, 109.769), (255, 255, 0)),
    ],
)
def test_known_colors(lch, rgb):
    assert oklch(*lch) == rgb


@settings(deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_screen_color_comes_back(rgb):
    lightness, a, b = oklab(rgb)
    hue = np.degrees(np.arctan2(b, a))
    assert np.abs(np.subtract(oklch(lightness, np.hypot(a, b), hue), rgb)).max() <= 1


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 0.5), st.floats(-720, 720))
def test_colors_beyond_the_screen_are_clamped(lightness, chroma, hue):
    color = oklch(lightness, chroma, hue)
    assert all(isinstance(c, int) and 0 <= c <= 255 for c in color)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@pytest.mark.parametrize("palette", ["channel_colors", "unit_colors", "event_colors"])
@pytest.mark.parametrize("count", [0, 1, 8, 300])
def test_palettes(theme, palette, count):
    colors = getattr(theme, palette)(count)
    assert colors.shape == (count, 3) and colors.dtype == np.uint8
    np.testing.assert_array_equal(colors, getattr(theme, palette)(400)[:count])
    for color in colors[:30]:
        assert contrast(color, theme.background) >= 3, tuple(color)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_neighbours_differ_at_one_lightness(theme):
    for colors, least in (
        (theme.channel_colors(16), 0.04),
        (theme.unit_colors(40), 0.15),
        (theme.event_colors(40), 0.1),
    ):
        lab = np.array([oklab(color) for color in colors])
        assert (np.linalg.norm(np.diff(lab, axis=0), axis=1) > least).all()
        assert np.ptp(lab[:, 0]) < 0.08
    channels = [tuple(color) for color in theme.channel_colors(8).tolist()]
    lab = [oklab(color) for color in channels]
    gaps = [np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2)]
    assert len(set(channels)) == 8 and min(gaps) > 0.04
    assert [tuple(c) for c in theme.channel_colors(9).tolist()][8] == channels[0]


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_text_can_be_read(theme):
    for back in (theme.background, theme.gutter):
        assert contrast(theme.text, back) >= 7
        assert contrast(theme.faint, back) >= 4.5
        for color in theme.channel_colors(8):
            assert contrast(color, back) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_states_of_the_plot_can_be_told_apart(theme):
    plot = {theme.background, theme.void, theme.loading, theme.gutter, theme.grid}
    assert len(plot) == 5


def test_themes_by_name():
    assert THEMES == {"dark": DARK, "light": LIGHT}
    assert sum(DARK.background) < sum(DARK.text) and sum(LIGHT.background) > sum(LIGHT.text)

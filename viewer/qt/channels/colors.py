"""Colours for channels by what is known of them: their group, or their depth."""

import math

import numpy as np

from viewer.model import Channels
from viewer.model.theme import Theme, oklch

NAMES = ("Sky blue", "Sea green", "Ochre", "Violet", "Teal", "Orange", "Leaf green", "Blue")
"""What to call the cycle of `viewer.model.theme.Theme.channel_colors`."""

DEEP, HIGH = (0.12, 265.0), (0.13, 100.0)
"""Chroma and hue at the ends of the ramp: blue and yellow, which nearly all people tell apart."""


def depth_ramp(theme: Theme, share: np.ndarray) -> np.ndarray:
    """Return colours of a ramp from the tip of a probe (0) to its top (1), uint8 (n, 3).

    A straight line through Oklab (Ottosson, 2020): equal steps look equal, lightness alone tells
    them apart, and the ends stay clear of the background of the theme.
    """
    low, high = (0.50, 0.92) if theme.name == "dark" else (0.30, 0.74)
    start, end = (_ab(*each) for each in (DEEP, HIGH))
    out = np.empty((len(share), 3), np.uint8)
    for k, s in enumerate(share.tolist()):
        a, b = (p + (q - p) * s for p, q in zip(start, end, strict=True))
        hue = math.degrees(math.atan2(b, a))
        out[k] = oklch(low + (high - low) * s, math.hypot(a, b), hue)
    return out


def _ab(chroma: float, hue: float) -> tuple[float, float]:
    angle = math.radians(hue)
    return chroma * math.cos(angle), chroma * math.sin(angle)


def by_depth(channels: Channels, rows: np.ndarray, theme: Theme) -> tuple[np.ndarray, np.ndarray]:
    """Return those of `rows` whose depth is known, and their colours, uint8 (n, 3).

    The ramp runs over each stream, whatever is asked for of it, so that equal colours are equal
    heights.
    """
    y = np.array([info.y for info in channels.infos])
    share = np.full(len(y), math.nan)
    for stream in np.unique(channels.stream).tolist():
        known = (channels.stream == stream) & np.isfinite(y)
        if known.any():
            low, high = y[known].min(), y[known].max()
            share[known] = (y[known] - low) / (high - low) if high > low else 0.5
    known_rows = rows[np.isfinite(share[rows])]
    return known_rows, depth_ramp(theme, share[known_rows])


def by_group(channels: Channels, rows: np.ndarray, theme: Theme) -> np.ndarray:
    """Return a colour for each of `rows`, the same within a group, uint8 (n, 3)."""
    return theme.channel_colors(len(channels.group_names))[channels.group[rows]]

"""Traces of lanes that are too low for them: faint within their lanes, in full colour beyond them.

A few hundred channels on a screen have lanes of a pixel or two, which noise alone fills: drawn in
one colour, they are a block in which nothing is seen. So a layer of such lanes is drawn twice:
faint, and over that in full colour without the rows around the middle of each lane. Together both
ink what the layer inks, no more and no less; what leaves its lane stands out.
"""

from dataclasses import replace

import numpy as np

from viewer.model.theme import Color
from viewer.render.scene import NO_MARKS, TraceLayer

LOW, ROOMY = 3.0, 7.0
"""Heights of lanes, in thicknesses of a trace, up to which traces are as faint as can be, and from
which on they are not faint at all."""
FAINTEST = 0.62
"""How far colours are mixed with the background at most: full colours then have a contrast of 3:1
and more against faint ones, in both themes."""
SLACK = 0.5
"""Thicknesses of a trace by which it may leave its lane and still be faint: noise at the lane's
border, of a sample in thousands, is no more than that beyond it."""


def faintness(lane_height: float, thickness: int) -> float:
    """Return how far to mix colours with the background, for lanes of so many physical pixels."""
    share = (ROOMY - lane_height / thickness) / (ROOMY - LOW)
    return FAINTEST * min(max(share, 0.0), 1.0)


def mixed(color: np.ndarray, background: Color, share: float) -> np.ndarray:
    """Return colours, uint8 (n, 3), mixed with so much of the background."""
    return np.rint(color * (1 - share) + np.array(background) * share).astype(np.uint8)


def lane_rows(centers: np.ndarray, lane_height: float, thickness: int) -> np.ndarray:
    """Return the rows of the plot that a trace inks within its lane, int64 (lanes, 2), half-open.

    Parameters
    ----------
    centers : ndarray of float64, shape (lanes,)
        In physical pixels, as is `lane_height`.
    lane_height : float
    thickness : int
        Of a flat trace.
    """
    reach = lane_height / 2 + SLACK * thickness
    above = (thickness - 1) // 2
    first = np.floor(centers - reach) - above
    last = np.floor(centers + reach) - above + thickness
    return np.stack([first, last], axis=1).astype(np.int64)


def divided(
    layer: TraceLayer,
    centers: np.ndarray,
    lane_height: float,
    thickness: int,
    background: Color,
) -> tuple[TraceLayer, ...]:
    """Return the layers to draw in place of one, of columns: two where lanes are low.

    The second, which has no marks, is to lie over all first ones. See `lane_rows` for parameters.
    """
    share = faintness(lane_height, thickness)
    if not share:
        return (layer,)
    rows = lane_rows(centers, lane_height, thickness)
    faint = replace(layer, color=mixed(layer.color, background, share))
    return faint, replace(layer, marks=NO_MARKS, spared=rows)

"""What a lane is worth, in words for the status bar."""

from collections.abc import Mapping

import numpy as np

from viewer.model import View
from viewer.model.spans import Kind
from viewer.render.quantities import format_amount

LEAST_CHANGE = 0.05
"""A lane that is worth less than this share more or less looks the same."""

MOST_NAMED = 3
"""Panels whose scales are said in one sentence."""


def lane_amounts(view: View) -> dict[Kind, float]:
    """Return how much a lane shows, by the stream and unit of measure of what is on screen.

    By the gain of the channels there; where they have different ones, at gain 1.
    """
    channels, out = view.channels, {}
    for panel in channels.panels:
        page = channels.page_of(panel.stream).tolist()
        for units in dict.fromkeys(channels.infos[row].units for row in page):
            rows = [row for row in page if channels.infos[row].units == units]
            gains = np.abs(channels.gain[rows])
            gain = float(gains[0]) if np.allclose(gains, gains[0]) else 1.0
            out[panel.stream, units] = channels.span[panel.stream, units] / gain
    return out


def change_text(view: View, before: Mapping[Kind, float], start: str) -> str:
    """Return a short sentence on what lanes show now and did before; "" where they show the same.

    Parameters
    ----------
    view : View
    before : mapping
        From `lane_amounts`.
    start : str
        What the scale is of, such as "Scale of what was recorded".
    """
    now = lane_amounts(view)
    changed = [kind for kind, amount in now.items() if _differ(amount, before.get(kind))]
    lane = "panel" if view.butterfly and view.display == "traces" else "lane"
    several = len({stream for stream, _ in now}) > 1
    parts = []
    for kind in changed[:MOST_NAMED]:
        name = f"{view.channels.stream_name(kind[0])} " if several else ""
        was = f" (was {_amount(before[kind], kind)})" if kind in before else ""
        parts.append(f"{name}{_amount(now[kind], kind)} to a {lane}{was}")
    left = len(changed) - MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    return f"{start}: {', '.join(parts)}{more}" if parts else ""


def _differ(now: float, before: float | None) -> bool:
    return before is None or abs(now - before) > LEAST_CHANGE * before


def _amount(amount: float, kind: Kind) -> str:
    return format_amount(float(f"{amount:.2g}"), kind[1] or "counts")

"""From places in the picture to channels and values, and back."""

from dataclasses import dataclass

import numpy as np

from viewer.model import View
from viewer.model.channel_info import Readings
from viewer.render.layout import Layout, PanelBox


@dataclass(frozen=True)
class Spot:
    """A height in the picture, on the scale of one channel.

    Attributes
    ----------
    row : int
        The channel whose lane is there; where lanes share one place, the first of them.
    sure : bool
        Whether the place says which channel is meant.
    raw, value : float
        The raw value that is drawn at that height, and the same in physical units.
    units : str
    """

    row: int
    sure: bool
    raw: float
    value: float
    units: str


def spot_at(view: View, layout: Layout, y: float, readings: Readings | None = None) -> Spot | None:
    """Return what a height in the picture means; None outside the lanes.

    Parameters
    ----------
    view, layout
    y : float
        Physical pixels of the view.
    readings : Readings or None
        Of the raw values drawn, where they are not of the view's channels themselves.
    """
    panel = layout.panel_at(y)
    if panel is None or not panel.lanes:
        return None
    rows = view.channels.page_of(panel.stream)
    lane = panel.lane_at(y)
    index = 0 if lane is None else lane
    if index >= len(rows):
        return None
    return spot_on(view, panel, index, y, readings, sure=lane is not None)


def spot_on(
    view: View,
    panel: PanelBox,
    lane: int,
    y: float,
    readings: Readings | None = None,
    *,
    sure: bool = True,
) -> Spot:
    """Return what a height means on the scale of one lane of a panel, in it or outside."""
    row = int(view.channels.page_of(panel.stream)[lane])
    slope, shift = _line(view, panel, row, readings)
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = (y - panel.centers[lane] - shift) / slope
    info = view.channels.infos[row]
    gain, offset = info.gain, info.offset
    if readings is not None:
        gain, offset = readings.gain[row], readings.offset[row]
    return Spot(row, sure, float(raw), float(raw * gain + offset), info.units)


def height_of(
    view: View, layout: Layout, row: int, raw: float, readings: Readings | None = None
) -> float | None:
    """Return y of the view, in physical pixels, at which a raw value is drawn.

    None where the channel is not on screen, or the value has no place.
    """
    panel = layout.panel_of(int(view.channels.stream[row]))
    if panel is None:
        return None
    lanes = np.flatnonzero(view.channels.page_of(panel.stream) == row)
    if not len(lanes) or lanes[0] >= panel.lanes:
        return None
    slope, shift = _line(view, panel, row, readings)
    y = float(panel.centers[lanes[0]] + slope * raw + shift)
    return y if np.isfinite(y) else None


def _line(view: View, panel: PanelBox, row: int, readings: Readings | None) -> tuple[float, float]:
    slope, shift = view.channels.scale(np.array([row]), panel.lane_height, readings)
    return float(slope[0]), float(shift[0])

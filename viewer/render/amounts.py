"""What amplitudes mean: scale bars and bars of colours beside panels, or amounts in words."""

from collections.abc import Sequence

import numpy as np

from viewer.model import View
from viewer.render.drawing import Drawing, Fill, Text
from viewer.render.layout import FONT, Layout, PanelBox
from viewer.render.quantities import format_amount, round_amount
from viewer.render.widths import text_width, wrapped

LINE = 15.0
"""Logical pixels from one line of text to the next."""
CLOSE_LINE = 14.0
"""The same, of lines that belong together."""
COLOR_BAR = 96.0
"""Logical pixels that a bar of colours is high, where there is room."""
LEAST_BAR, LEAST_COLOR_BAR = 8.0, 24.0
"""Logical pixels below which there is no room for a scale bar, or for one of colours."""


def scale_bars(view: View, layout: Layout, panel: PanelBox, top: int) -> Drawing:
    """Return one bar for each unit of measure of a panel, one below the other, below `top`.

    Those that there is no room for are said in words.
    """
    x, line, serif = layout.plot.x1 + layout.px(10), layout.px(2), layout.px(3)
    out: Drawing = []
    bottom = panel.box.y1 - layout.px(8)
    units = _units(view, panel)
    for number, unit in enumerate(units):
        gain, common = _gain_of(view, panel, unit)
        pixels_per_unit = panel.lane_height * gain / view.channels.span[panel.stream, unit]
        room = min(90 * layout.ratio, bottom - top)
        if room < layout.px(LEAST_BAR):
            return out + _in_words(view, layout, panel, units[number:], top, bottom)
        amount = round_amount(room / pixels_per_unit)
        up = bottom - max(1, round(amount * pixels_per_unit))
        color = view.theme.text
        out += [
            Fill(x, up, x + line, bottom, color),
            Fill(x, up, x + serif, up + layout.px(1), color),
            Fill(x, bottom - layout.px(1), x + serif, bottom, color),
            *_beside(view, layout, panel, (up + bottom) / 2, amount, unit, common),
        ]
        bottom = up - layout.px(24)
    return out


def _beside(
    view: View,
    layout: Layout,
    panel: PanelBox,
    middle: float,
    amount: float,
    unit: str,
    common: bool,
) -> Drawing:
    """Return what a scale bar says: its amount, in two lines where one is too narrow."""
    x = layout.plot.x1 + layout.px(17)
    room, pitch = layout.width - x - layout.px(2), layout.px(CLOSE_LINE)
    text = format_amount(amount, unit or "counts")
    lines = [(line, view.theme.text) for line in wrapped(text, room, layout.ratio)]
    lines += [] if common else [("at gain 1", view.theme.faint)]
    # Further lines stand below the middle, as far as the panel reaches.
    y = min(middle, panel.box.y1 - layout.px(7) - pitch * (len(lines) - 1))
    size = FONT * layout.ratio
    return [
        Text(x, y + number * pitch, line, color, "left", size, room)
        for number, (line, color) in enumerate(lines)
    ]


def color_bars(view: View, layout: Layout, panel: PanelBox, top: int) -> Drawing:
    """Return the colours of a heat map for each unit of measure of a panel, with their ends.

    Those that there is no room for are said in words.
    """
    x, width, size = layout.plot.x1 + layout.px(10), layout.px(8), FONT * layout.ratio
    bottom = panel.box.y1 - layout.px(8)
    height = max(layout.px(LEAST_COLOR_BAR), min(layout.px(COLOR_BAR), bottom - top))
    steps = np.linspace(0, len(view.theme.heat_colors) - 1, height).round().astype(int)
    colors = view.theme.heat_colors[steps].tolist()
    out: Drawing = []
    units = _units(view, panel)
    for number, unit in enumerate(units):
        if bottom - height < top:
            return out + _in_words(view, layout, panel, units[number:], top, bottom)
        gain, common = _gain_of(view, panel, unit)
        for row, (r, g, b) in enumerate(colors):
            out.append(Fill(x, bottom - row - 1, x + width, bottom - row, (r, g, b)))
        half = view.channels.span[panel.stream, unit] / gain / 2
        text_x, room = x + width + layout.px(5), layout.width - x - width - layout.px(7)
        for place, amount in (
            (bottom - height + layout.px(5), half),
            (bottom - layout.px(5), -half),
        ):
            text = format_amount(float(f"{amount:.2g}"), unit or "counts")
            out.append(Text(text_x, float(place), text, view.theme.text, "left", size, room))
        if not common:
            y = bottom - height / 2
            out.append(Text(text_x, y, "at gain 1", view.theme.faint, "left", size, room))
        bottom -= height + layout.px(24)
    return out


def _in_words(
    view: View, layout: Layout, panel: PanelBox, units: Sequence[str], top: int, bottom: int
) -> Drawing:
    """Return what the height of a lane means, as far as there are whole lines above `bottom`."""
    x, pitch, size = layout.plot.x1 + layout.px(10), layout.px(LINE), FONT * layout.ratio
    width = layout.width - x - layout.px(4)
    out: Drawing = []
    y = top - layout.px(7)
    for unit in units:
        gain, common = _gain_of(view, panel, unit)
        lane = view.channels.span[panel.stream, unit] / gain
        lines = wrapped(_amount_of_lane(view, panel, lane, unit), width, layout.ratio)
        lines += [] if common else ["at gain 1"]
        last = y + pitch * (len(lines) - 1)
        cut = any(text_width(line, layout.ratio) > width for line in lines)
        if cut or last > bottom + layout.px(1):
            break
        out += [
            Text(x, float(y + n * pitch), line, view.theme.text, "left", size, width)
            for n, line in enumerate(lines)
        ]
        y = last + pitch
    return out


def _amount_of_lane(view: View, panel: PanelBox, lane: float, unit: str) -> str:
    if view.display == "heat map":
        return f"±{format_amount(float(f'{lane / 2:.2g}'), unit or 'counts')}"
    per = "panel" if panel.overlaid else "lane"
    return f"{format_amount(float(f'{lane:.2g}'), unit or 'counts')}/{per}"


def _units(view: View, panel: PanelBox) -> list[str]:
    rows = view.channels.page_of(panel.stream)
    return list(dict.fromkeys(view.channels.infos[row].units for row in rows))


def _gain_of(view: View, panel: PanelBox, unit: str) -> tuple[float, bool]:
    """Return the display gain of a panel's channels of a unit of measure; 1 where they differ."""
    channels = view.channels
    rows = [r for r in channels.page_of(panel.stream) if channels.infos[r].units == unit]
    gains = np.abs(channels.gain[rows])
    common = bool(np.allclose(gains, gains[0]))
    return (float(gains[0]) if common else 1.0), common

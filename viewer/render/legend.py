"""The column right of the plot: what was done to the signals, and what amplitudes mean."""

import numpy as np

from viewer.model import View
from viewer.render.drawing import Drawing, Fill, Text
from viewer.render.layout import CHARACTER, FONT, Layout
from viewer.render.quantities import format_amount, round_amount

LINE = 15.0
"""Logical pixels from one line of text to the next."""
COLOR_BAR = 96.0
"""Logical pixels that a bar of colours is high, where there is room."""


def legend(view: View, layout: Layout, caption: str) -> Drawing:
    """Return the legend, in pixels of the whole view.

    Parameters
    ----------
    view, layout
    caption : str
        What was done to the signals, in parts divided by ``" · "``.
    """
    bars = _color_bars if view.display == "heat map" else _scale_bars
    return [*_caption(view, layout, caption), *bars(view, layout)]


def _caption(view: View, layout: Layout, caption: str) -> Drawing:
    x, size = layout.plot.x1 + layout.px(10), FONT * layout.ratio
    width = layout.width - x - layout.px(4)
    most = max(1, int(width / (CHARACTER * layout.ratio)))
    lines = [line for part in caption.split(" · ") for line in _wrapped(part, most)]
    pitch = layout.px(LINE)
    room = max(0, (layout.lanes.height // 2) // pitch)
    y = layout.plot.y0 + layout.px(8)
    color = view.theme.text
    return [
        Text(x, float(y + number * pitch), line, color, "left", size, width)
        for number, line in enumerate(lines[:room])
    ]


def _wrapped(text: str, most: int) -> list[str]:
    """Return lines of up to `most` characters, broken at blanks."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _scale_bars(view: View, layout: Layout) -> Drawing:
    """Return one bar for each unit of measure on screen, one below the other."""
    channels, rows = view.channels, view.channels.shown
    lane = layout.lane_height(len(rows))
    x, line, size = layout.plot.x1 + layout.px(10), layout.px(2), FONT * layout.ratio
    serif = layout.px(3)
    out: Drawing = []
    bottom = layout.lanes.y1 - layout.px(8)
    for unit in _units(view):
        gain, common = _gain_of(view, unit)
        pixels_per_unit = lane * gain / channels.span[unit]
        amount = round_amount(min(90 * layout.ratio, layout.lanes.height * 0.6) / pixels_per_unit)
        top = bottom - max(1, round(amount * pixels_per_unit))
        color = view.theme.text
        out += [
            Fill(x, top, x + line, bottom, color),
            Fill(x, top, x + serif, top + layout.px(1), color),
            Fill(x, bottom - layout.px(1), x + serif, bottom, color),
            Text(
                x + layout.px(7),
                (top + bottom) / 2,
                format_amount(amount, unit or "counts"),
                color,
                "left",
                size,
                layout.width - x - layout.px(9),
            ),
        ]
        if not common:
            y = (top + bottom) / 2 + layout.px(14)
            out.append(Text(x + layout.px(7), y, "at gain 1", view.theme.faint, "left", size))
        bottom = top - layout.px(24)
    return out


def _color_bars(view: View, layout: Layout) -> Drawing:
    """Return the colours of a heat map for each unit of measure on screen, with their ends."""
    channels = view.channels
    x, width, size = layout.plot.x1 + layout.px(10), layout.px(8), FONT * layout.ratio
    height = min(layout.px(COLOR_BAR), layout.lanes.height // 2)
    steps = np.linspace(0, len(view.theme.heat_colors) - 1, height).round().astype(int)
    colors = view.theme.heat_colors[steps].tolist()
    out: Drawing = []
    bottom = layout.lanes.y1 - layout.px(8)
    for unit in _units(view):
        gain, common = _gain_of(view, unit)
        for row, (r, g, b) in enumerate(colors):
            out.append(Fill(x, bottom - row - 1, x + width, bottom - row, (r, g, b)))
        half = channels.span[unit] / gain / 2
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
        if bottom - height < layout.lanes.y0:
            break
    return out


def _units(view: View) -> list[str]:
    return list(dict.fromkeys(view.channels.infos[row].units for row in view.channels.shown))


def _gain_of(view: View, unit: str) -> tuple[float, bool]:
    """Return the display gain of all channels of a unit of measure; 1 where they differ."""
    channels = view.channels
    gains = np.abs([channels.gain[r] for r in channels.shown if channels.infos[r].units == unit])
    common = bool(np.allclose(gains, gains[0]))
    return (float(gains[0]) if common else 1.0), common

"""The column right of the plot: what was done to the signals, and what amplitudes mean."""

from collections.abc import Sequence

import numpy as np

from viewer.model import View
from viewer.render.drawing import Drawing, Fill, Rgb, Text
from viewer.render.layout import CHARACTER, FONT, Layout, PanelBox
from viewer.render.quantities import format_amount, round_amount

LINE = 15.0
"""Logical pixels from one line of text to the next."""
COLOR_BAR = 96.0
"""Logical pixels that a bar of colours is high, where there is room."""
LEAST_BAR, LEAST_COLOR_BAR = 8.0, 24.0
"""Logical pixels below which there is no room for a scale bar, or for one of colours."""


def legend(view: View, layout: Layout, caption: str) -> Drawing:
    """Return the legend, in pixels of the whole view.

    Parameters
    ----------
    view, layout
    caption : str
        What was done to the signals, in parts divided by ``" · "``.
    """
    out: Drawing = []
    several = len(layout.panels) > 1
    for number, panel in enumerate(layout.panels):
        parts = [part for part in caption.split(" · ") if part] if number == 0 else []
        texts = [(part, view.theme.text) for part in parts]
        if several:
            active = view.channels.active == panel.stream
            color = view.theme.text if active else view.theme.faint
            texts = [(view.channels.stream_name(panel.stream), color), *texts]
        lines = _lines(layout, panel, texts)
        out += lines
        top = panel.box.y0 + (len(lines) + 1) * layout.px(LINE)
        bars = _color_bars if view.display == "heat map" else _scale_bars
        out += bars(view, layout, panel, top) if view.scale_bars else []
    return out


def _lines(layout: Layout, panel: PanelBox, texts: Sequence[tuple[str, Rgb]]) -> Drawing:
    """Return texts from the panel's top down, as far as they leave room for a scale bar."""
    x, size = layout.plot.x1 + layout.px(10), FONT * layout.ratio
    width = layout.width - x - layout.px(4)
    most = max(1, int(width / (CHARACTER * layout.ratio)))
    lines = [(line, color) for text, color in texts for line in _wrapped(text, most)]
    pitch = layout.px(LINE)
    room = max(1, (panel.box.height // 2) // pitch)
    y = panel.box.y0 + layout.px(8)
    return [
        Text(x, float(y + number * pitch), line, color, "left", size, width)
        for number, (line, color) in enumerate(lines[:room])
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


def _scale_bars(view: View, layout: Layout, panel: PanelBox, top: int) -> Drawing:
    """Return one bar for each unit of measure of a panel, one below the other, below `top`."""
    x, line, size = layout.plot.x1 + layout.px(10), layout.px(2), FONT * layout.ratio
    serif = layout.px(3)
    out: Drawing = []
    bottom = panel.box.y1 - layout.px(8)
    for unit in _units(view, panel):
        gain, common = _gain_of(view, panel, unit)
        pixels_per_unit = panel.lane_height * gain / view.channels.span[panel.stream, unit]
        room = min(90 * layout.ratio, bottom - top)
        if room < layout.px(LEAST_BAR):
            break
        amount = round_amount(room / pixels_per_unit)
        up = bottom - max(1, round(amount * pixels_per_unit))
        color = view.theme.text
        text = format_amount(amount, unit or "counts")
        text_x, middle = x + layout.px(7), (up + bottom) / 2
        out += [
            Fill(x, up, x + line, bottom, color),
            Fill(x, up, x + serif, up + layout.px(1), color),
            Fill(x, bottom - layout.px(1), x + serif, bottom, color),
            Text(text_x, middle, text, color, "left", size, layout.width - x - layout.px(9)),
        ]
        if not common:
            y = middle + layout.px(14)
            out.append(Text(text_x, y, "at gain 1", view.theme.faint, "left", size))
        bottom = up - layout.px(24)
    return out


def _color_bars(view: View, layout: Layout, panel: PanelBox, top: int) -> Drawing:
    """Return the colours of a heat map for each unit of measure of a panel, with their ends."""
    x, width, size = layout.plot.x1 + layout.px(10), layout.px(8), FONT * layout.ratio
    bottom = panel.box.y1 - layout.px(8)
    height = min(layout.px(COLOR_BAR), bottom - top)
    if height < layout.px(LEAST_COLOR_BAR):
        return []
    steps = np.linspace(0, len(view.theme.heat_colors) - 1, height).round().astype(int)
    colors = view.theme.heat_colors[steps].tolist()
    out: Drawing = []
    for unit in _units(view, panel):
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
        if bottom - height < top:
            break
    return out


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

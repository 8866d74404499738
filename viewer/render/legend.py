"""The column right of the plot: what each panel shows, and what amplitudes mean there."""

from collections.abc import Sequence

from viewer.model import View
from viewer.render.amounts import LINE, color_bars, scale_bars
from viewer.render.drawing import Drawing, Rgb, Text
from viewer.render.layout import FONT, Layout, PanelBox
from viewer.render.pages import page_words
from viewer.render.widths import wrapped

LEAST_LINES = 3
"""Lines of text that a panel has although they leave less than half of it to its scale bar."""


def legend(view: View, layout: Layout, captions: Sequence[str] = ()) -> Drawing:
    """Return the legend, in pixels of the whole view.

    Parameters
    ----------
    view, layout
    captions : sequence of str
        What was done to each stream, in parts divided by ``" · "``; none where nothing was.
    """
    out: Drawing = []
    bars = color_bars if view.display == "heat map" else scale_bars
    for panel in layout.panels:
        caption = captions[panel.stream] if captions else ""
        parts = [(part, view.theme.text) for part in caption.split(" · ") if part]
        lines = _lines(view, layout, panel, parts)
        out += lines
        top = panel.box.y0 + (len(lines) + 1) * layout.px(LINE)
        out += bars(view, layout, panel, top) if view.scale_bars else []
    return out + _nothing(view, layout)


def _name(view: View, layout: Layout, panel: PanelBox) -> list[tuple[str, Rgb]]:
    """Return the name of a panel's stream, where there are others."""
    if len(layout.panels) == 1:
        return []
    active = view.channels.active == panel.stream
    color = view.theme.text if active else view.theme.faint
    return [(view.channels.stream_name(panel.stream), color)]


def _room(view: View, layout: Layout, panel: PanelBox) -> int:
    """Return how many lines of text there are beside a panel, besides its scale bar."""
    lines = panel.box.height // layout.px(LINE)
    # One more at least for an amount in words.
    return max(1, lines // 2, min(LEAST_LINES, lines - 1) if view.scale_bars else lines)


def _lines(
    view: View, layout: Layout, panel: PanelBox, parts: Sequence[tuple[str, Rgb]]
) -> Drawing:
    """Return texts from the panel's top down, the last line with an ellipsis for what is left.

    Which channels these are is said in as many words as there is room for, besides all the rest.
    """
    x, size = layout.plot.x1 + layout.px(10), FONT * layout.ratio
    width, room = layout.width - x - layout.px(4), _room(view, layout, panel)

    def broken(texts: Sequence[tuple[str, Rgb]]) -> list[tuple[str, Rgb]]:
        return [(line, color) for t, color in texts for line in wrapped(t, width, layout.ratio)]

    name, done = broken(_name(view, layout, panel)), broken(parts)
    words = [broken([(w, view.theme.faint)]) for w in page_words(view.channels, panel.stream)]
    fitting = (page for page in words if len(name) + len(page) + len(done) <= room)
    lines = [*name, *next(fitting, []), *done]
    if len(lines) > room:
        line, color = lines[room - 1]
        lines[room - 1 :] = [(f"{line}\N{HORIZONTAL ELLIPSIS}", color)]
    pitch, y = layout.px(LINE), panel.box.y0 + layout.px(8)
    return [
        Text(x, float(y + number * pitch), line, color, "left", size, width)
        for number, (line, color) in enumerate(lines)
    ]


def _nothing(view: View, layout: Layout) -> Drawing:
    """Return why there is no panel, half-way down the column, which nothing else needs then."""
    if layout.panels:
        return []
    why = "all channels are hidden" if len(view.channels) else "no signals"
    x, size, pitch = layout.plot.x1 + layout.px(10), FONT * layout.ratio, layout.px(LINE)
    width = layout.width - x - layout.px(4)
    lines = wrapped(why, width, layout.ratio)
    y = (layout.plot.y0 + layout.plot.y1 - pitch * (len(lines) - 1)) / 2
    return [
        Text(x, y + number * pitch, line, view.theme.text, "left", size, width)
        for number, line in enumerate(lines)
    ]

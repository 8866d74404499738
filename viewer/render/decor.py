"""What surrounds the traces: channel labels, event labels, time ruler, the legend."""

import math
from bisect import bisect_right, insort
from collections.abc import Sequence

import numpy as np

from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.render.drawing import Drawing, Fill, Rgb, Text
from viewer.render.layout import CHARACTER, FONT, Layout, PanelBox, raster_rows
from viewer.render.legend import legend
from viewer.render.ruler import ruler_ticks
from viewer.render.widths import text_width

MIN_LABEL_PITCH = 13.0
"""Logical pixels between the middles of two labels."""
LABEL_GAP = 8.0
"""Logical pixels from the end of an event's label to the next."""


def decorate(
    view: View,
    layout: Layout,
    viewport: Viewport,
    points: Points,
    captions: Sequence[str] = (),
) -> Drawing:
    """Return everything around the plot, in pixels of the whole view.

    Parameters
    ----------
    view, layout, viewport, points
    captions : sequence of str
        What was done to each stream, in parts divided by ``" · "``; none where nothing was.
    """
    return [
        *_gutters(view, layout),
        *_names(view, layout),
        *_event_labels(view, layout, points.shown_by(view)),
        *_ruler(view, layout, viewport),
        *legend(view, layout, captions),
    ]


def _gutters(view: View, layout: Layout) -> Drawing:
    plot, color = layout.plot, view.theme.gutter
    return [
        Fill(0, 0, layout.width, plot.y0, color),
        Fill(0, plot.y1, layout.width, layout.height, color),
        Fill(0, plot.y0, plot.x0, plot.y1, color),
        Fill(plot.x1, plot.y0, layout.width, plot.y1, color),
        *_active_mark(view, layout),
    ]


def _active_mark(view: View, layout: Layout) -> Drawing:
    """Return a bar beside the panel that keys act on, where they do not act on all."""
    active = view.channels.active
    panel = None if active is None else layout.panel_of(active)
    if panel is None:
        return []
    x = layout.plot.x0 - layout.px(4)
    return [Fill(x, panel.box.y0, x + layout.px(2), panel.box.y1, view.theme.faint)]


def _names(view: View, layout: Layout) -> Drawing:
    """Return the names of channels and units, without those that would collide."""
    groups = [_channel_labels(view, layout, panel) for panel in layout.panels]
    groups.append(_unit_labels(view, layout))
    pitch = MIN_LABEL_PITCH * layout.ratio
    kept: list[list[Text]] = []
    for group in groups:
        mine = list(group)
        above = kept[-1] if kept else []
        # The first of a panel says more than one of many above; one that stands alone, as much.
        while len(above) > 1 and mine and mine[0].y - above[-1].y < pitch - 1e-6:
            above.pop()
        while above and mine and mine[0].y - above[-1].y < pitch - 1e-6:
            mine.pop(0)
        kept += [mine] if mine else []
    return [text for group in kept for text in group]


def _channel_labels(view: View, layout: Layout, panel: PanelBox) -> list[Text]:
    rows = view.channels.page_of(panel.stream)
    if panel.overlaid:
        return _overlaid_labels(view, layout, panel, rows)
    every = max(1, math.ceil(MIN_LABEL_PITCH * layout.ratio / max(panel.lane_height, 1e-9)))
    lanes = list(zip(rows.tolist(), panel.centers.tolist(), strict=True))
    return [_channel_label(view, layout, row, y) for row, y in lanes[::every]]


def _overlaid_labels(view: View, layout: Layout, panel: PanelBox, rows: np.ndarray) -> list[Text]:
    """Return the names of channels that share a lane, one below the other, as far as they fit."""
    pitch = MIN_LABEL_PITCH * layout.ratio
    room = max(1, int(panel.box.height / pitch))
    if len(rows) > room:
        return _count_label(view, layout, panel, len(rows), room)
    top = (panel.box.y0 + panel.box.y1 - pitch * (len(rows) - 1)) / 2
    return [
        _channel_label(view, layout, row, top + number * pitch)
        for number, row in enumerate(rows.tolist())
    ]


def _count_label(view: View, layout: Layout, panel: PanelBox, count: int, room: int) -> list[Text]:
    """Return how many channels a panel has, in as many words as its gutter holds."""
    x, width = layout.plot.x0 - layout.px(9), layout.plot.x0 - layout.px(14)
    choices = [[f"{count} channels"], [f"{count}", "channels"], [f"{count} ch."], [f"{count}"]]
    fitting = (
        lines
        for lines in choices
        if len(lines) <= room and max(text_width(s, layout.ratio) for s in lines) <= width
    )
    lines = next(fitting, choices[-1])
    pitch, size = MIN_LABEL_PITCH * layout.ratio, FONT * layout.ratio
    y = (panel.box.y0 + panel.box.y1 - pitch * (len(lines) - 1)) / 2
    return [
        Text(x, y + number * pitch, line, view.theme.text, "right", size, width)
        for number, line in enumerate(lines)
    ]


def _channel_label(view: View, layout: Layout, row: int, y: float) -> Text:
    channels = view.channels
    color = view.theme.faint if channels.bad[row] else _rgb(channels.color[row])
    x, width = layout.plot.x0 - layout.px(9), layout.plot.x0 - layout.px(14)
    name = channels.infos[row].name
    return Text(x, float(y), name, color, "right", FONT * layout.ratio, width)


def _unit_labels(view: View, layout: Layout) -> list[Text]:
    names, colors = view.units.names, view.units.color
    rows = raster_rows(layout)
    if not len(rows):
        return []
    middles = rows.mean(axis=1) + layout.plot.y0
    x, size = layout.plot.x0 - layout.px(9), FONT * layout.ratio
    width = layout.plot.x0 - layout.px(14)
    pitch = float(middles[1] - middles[0]) if len(rows) > 1 else float(layout.raster.height)
    if pitch < MIN_LABEL_PITCH * layout.ratio:
        y = (layout.raster.y0 + layout.raster.y1) / 2
        return [Text(x, y, f"{len(rows)} units", view.theme.text, "right", size, width)]
    return [
        Text(x, float(y), names[unit], _rgb(colors[unit]), "right", size, width)
        for unit, y in zip(layout.raster_units, middles, strict=True)
    ]


def _event_labels(view: View, layout: Layout, points: Points) -> Drawing:
    """Label events in two rows, leaving out those that would collide.

    Epochs come first, then the channels with the fewest events in sight: of what happens once, the
    name says more than of what happens all the time.
    """
    names, colors = view.events.names, view.events.color
    rank = sorted(points.events, key=lambda marks: (marks.x_stop is None, len(marks.x)))
    rows = [_Row(layout.plot.y0 - layout.px(up)) for up in (9, 23)]
    gap, size = layout.px(LABEL_GAP), FONT * layout.ratio
    out: list[Text] = []
    for marks in rank:
        color = _rgb(colors[marks.channel])
        for x, label in zip(marks.x.tolist(), marks.labels, strict=True):
            left = float(layout.plot.x0 + x)
            free = [row for row in rows if row.is_free(left, left)]
            if not free:  # before it is measured: there may be thousands
                continue
            text = _event_text(names[marks.channel], label)
            right = left + text_width(text, layout.ratio)
            row = next((row for row in free if row.is_free(left, right + gap)), None)
            if row is not None and right <= layout.width:
                row.take(left, right + gap)
                out.append(Text(left, row.y, text, color, "left", size))
    out.sort(key=lambda text: text.x)
    return [*out]


class _Row:
    """A row of labels, some of it taken.

    Attributes
    ----------
    y : float
    """

    def __init__(self, y: float) -> None:
        self.y = y
        self._taken: list[tuple[float, float]] = []

    def is_free(self, left: float, right: float) -> bool:
        """Return whether nothing stands between two places."""
        after = bisect_right(self._taken, (left, math.inf))
        before = self._taken[after - 1][1] if after else -math.inf
        return before <= left and (after == len(self._taken) or right <= self._taken[after][0])

    def take(self, left: float, right: float) -> None:
        """Take the room between two places."""
        insort(self._taken, (left, right))


def _event_text(name: str, label: str) -> str:
    # A label that only repeats "there was an event" says no more than the channel's name.
    if label in ("", "0"):
        return name
    return label if label.startswith(name) else f"{name} {label}"


def _ruler(view: View, layout: Layout, viewport: Viewport) -> Drawing:
    plot, theme = layout.plot, view.theme
    line = layout.px(1)
    out: Drawing = [Fill(plot.x0, plot.y1, plot.x1, plot.y1 + line, theme.faint)]
    ticks = ruler_ticks(view, viewport, layout.ratio)
    for times, length in ((ticks.minor, 3), (ticks.times, 7)):
        for time in times.tolist():
            x = plot.x0 + round(viewport.x_of(time))
            if plot.x0 <= x < plot.x1:
                out.append(Fill(x, plot.y1, x + line, plot.y1 + layout.px(length), theme.faint))
    y, size = plot.y1 + layout.px(18), FONT * layout.ratio
    for time, text in zip(ticks.times.tolist(), ticks.labels, strict=True):
        center = plot.x0 + viewport.x_of(time)
        half = len(text) * CHARACTER * layout.ratio / 2
        if center + half <= plot.x1 and center - half >= 0:
            out.append(Text(center, y, text, theme.text, "center", size))
    x = plot.x1 + layout.px(9)
    out.append(Text(x, y, ticks.caption, theme.faint, "left", size, layout.width - x))
    return out


def _rgb(color: np.ndarray) -> Rgb:
    return int(color[0]), int(color[1]), int(color[2])

"""What surrounds the traces: channel labels, event labels, time ruler, the legend."""

import numpy as np

from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.render.drawing import Drawing, Fill, Rgb, Text
from viewer.render.layout import CHARACTER, FONT, Layout, raster_rows
from viewer.render.legend import legend
from viewer.render.quantities import format_time, time_step

MIN_LABEL_PITCH = 13.0
"""Logical pixels between the middles of two labels."""


def decorate(
    view: View,
    layout: Layout,
    viewport: Viewport,
    points: Points,
    unit_names: list[str],
    event_names: list[str],
    caption: str = "",
) -> Drawing:
    """Return everything around the plot, in pixels of the whole view.

    Parameters
    ----------
    view, layout, viewport, points
    unit_names, event_names : list of str
    caption : str
        What was done to the signals, in parts divided by ``" · "``.
    """
    return [
        *_gutters(view, layout),
        *_channel_labels(view, layout),
        *_unit_labels(view, layout, unit_names),
        *_event_labels(view, layout, points, event_names),
        *_ruler(view, layout, viewport),
        *legend(view, layout, caption),
    ]


def ruler_ticks(viewport: Viewport, ratio: float) -> tuple[np.ndarray, float]:
    """Return the times of the ruler's major ticks and their step, both in seconds."""
    span = viewport.width * viewport.seconds_per_pixel
    step = time_step(90 * ratio * viewport.seconds_per_pixel)
    while True:
        label = len(format_time(viewport.t_left + span, step)) * CHARACTER * ratio
        if label + 16 * ratio <= step / viewport.seconds_per_pixel:
            break
        step = time_step(step * 1.01)
    first = int(np.ceil(viewport.t_left / step - 1e-9))
    last = int(np.floor((viewport.t_left + span) / step + 1e-9))
    return np.arange(first, last + 1) * step, step


def _gutters(view: View, layout: Layout) -> Drawing:
    plot, color = layout.plot, view.theme.gutter
    return [
        Fill(0, 0, layout.width, plot.y0, color),
        Fill(0, plot.y1, layout.width, layout.height, color),
        Fill(0, plot.y0, plot.x0, plot.y1, color),
        Fill(plot.x1, plot.y0, layout.width, plot.y1, color),
    ]


def _channel_labels(view: View, layout: Layout) -> Drawing:
    rows = view.channels.shown
    pitch = layout.lane_height(len(rows))
    every = max(1, int(np.ceil(MIN_LABEL_PITCH * layout.ratio / max(pitch, 1e-9))))
    centers = layout.lane_centers(len(rows)) + layout.lanes.y0
    x = layout.plot.x0 - layout.px(9)
    return [
        Text(
            x,
            float(centers[lane]),
            view.channels.infos[row].name,
            _rgb(view.channels.color[row]),
            "right",
            FONT * layout.ratio,
            layout.plot.x0 - layout.px(14),
        )
        for lane, row in enumerate(rows)
        if lane % every == 0
    ]


def _unit_labels(view: View, layout: Layout, names: list[str]) -> Drawing:
    rows = raster_rows(layout)
    if not len(rows):
        return []
    colors = view.theme.unit_colors(len(names))
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


def _event_labels(view: View, layout: Layout, points: Points, names: list[str]) -> Drawing:
    """Label events from left to right in two rows, leaving out those that would collide."""
    colors = view.theme.event_colors(len(names))
    marks = sorted(
        (int(x), marks.channel, label)
        for marks in points.events
        for x, label in zip(marks.x, marks.labels, strict=True)
    )
    out: Drawing = []
    rows = [layout.plot.y0 - layout.px(9), layout.plot.y0 - layout.px(23)]
    free_from = [0.0, 0.0]
    character = CHARACTER * layout.ratio
    for x, channel, label in marks:
        # A label that only repeats "there was an event" says no more than the channel's name.
        text = names[channel] if label in ("", "0") else f"{names[channel]} {label}"
        left = layout.plot.x0 + x
        width = len(text) * character
        row = next((row for row in (0, 1) if free_from[row] <= left), None)
        if row is None or left + width > layout.width:
            continue
        color = _rgb(colors[channel])
        out.append(Text(left, rows[row], text, color, "left", FONT * layout.ratio))
        free_from[row] = left + width + layout.px(12)
    return out


def _ruler(view: View, layout: Layout, viewport: Viewport) -> Drawing:
    plot, theme = layout.plot, view.theme
    line = layout.px(1)
    out: Drawing = [Fill(plot.x0, plot.y1, plot.x1, plot.y1 + line, theme.faint)]
    times, step = ruler_ticks(viewport, layout.ratio)
    size = FONT * layout.ratio
    minor = (
        (np.arange(round((times[-1] - times[0]) / step * 5) + 11) - 5) * step / 5 + times[0]
        if len(times)
        else np.empty(0)
    )
    for time, length in [(t, 3) for t in minor] + [(t, 7) for t in times]:
        x = plot.x0 + round(viewport.x_of(float(time)))
        if plot.x0 <= x < plot.x1:
            out.append(Fill(x, plot.y1, x + line, plot.y1 + layout.px(length), theme.faint))
    y = plot.y1 + layout.px(18)
    for time in times:
        text = format_time(float(time), step)
        center = plot.x0 + viewport.x_of(float(time))
        half = len(text) * CHARACTER * layout.ratio / 2
        if center + half <= plot.x1 and center - half >= 0:
            out.append(Text(center, y, text, theme.text, "center", size))
    furthest = max(abs(viewport.t_left), abs(viewport.t_right))
    caption = "h:min:s" if furthest >= 3600 else "min:s" if furthest >= 60 else "s"
    out.append(Text(plot.x1 + layout.px(9), y, caption, theme.faint, "left", size))
    return out


def _rgb(color: np.ndarray) -> Rgb:
    return int(color[0]), int(color[1]), int(color[2])

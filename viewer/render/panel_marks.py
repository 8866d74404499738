"""What is to be said of a stream's samples, over or below its panel alone.

Where it has none, where they are still being read or cannot be, where not all of them show yet, and
where it pauses for too short a time to leave a place empty.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from viewer.engine.gaps import LEAST_GAP
from viewer.engine.grid import RunView, Viewport
from viewer.model import View
from viewer.render.layout import Layout, PanelBox

Part = tuple[np.ndarray, tuple[int, int, int, int] | np.ndarray]
Span = tuple[int, int]

STRIPES = 8
"""Logical pixels from one stripe over what is approximate to the next."""
BAR = 4
"""Logical pixels of the bar on top of it."""
NARROW_GAP = 4
"""Logical pixels of a gap below which it has a line of its own."""
DENSE_GAPS = 12
"""Gaps closer than this many logical pixels, on average, are notches instead of lines."""
DASH, PERIOD = 3, 12
"""Logical pixels of a dash of these lines, and from one to the next."""
NOTCH = 5
"""Logical pixels of a notch."""


class Stretch(NamedTuple):
    """Columns of a stream.

    Attributes
    ----------
    stream : int
    x_start, x_stop : int
        Pixels of the viewport, half-open.
    """

    stream: int
    x_start: int
    x_stop: int


def panel_rows(layout: Layout, panel: PanelBox) -> tuple[int, int]:
    """Return the rows of the plot that a panel has, half-open."""
    return panel.box.y0 - layout.plot.y0, panel.box.y1 - layout.plot.y0


# -- samples that are not there ------------------------------------------------------------------


def void(layout: Layout, runs: Sequence[RunView], viewport: Viewport) -> np.ndarray:
    """Return the stretches in which a panel's stream has no samples, or none has; boxes (n, 4)."""
    boxes = [_boxes(_empty(runs, viewport), 0, layout.plot.height)] if layout.panels else []
    for panel in layout.panels if len(layout.panels) > 1 else ():
        own = _empty(_runs_of(runs, panel), viewport)
        boxes.append(_boxes(own, *panel_rows(layout, panel)))
    return np.concatenate([np.empty((0, 4), np.int64), *boxes])


def loading(layout: Layout, stretches: Sequence[Stretch]) -> np.ndarray:
    """Return boxes (n, 4) of what is not at hand, in the panels of its streams."""
    boxes = [
        _boxes(spans, *panel_rows(layout, panel)) for panel, spans in _by_panel(layout, stretches)
    ]
    return np.concatenate([np.empty((0, 4), np.int64), *boxes])


def stripes(view: View, layout: Layout, stretches: Sequence[Stretch]) -> list[Part]:
    """Return what marks columns that do not show all their samples: stripes and a bar on top."""
    every, width = layout.px(STRIPES), layout.px(1)
    boxes = []
    for panel, spans in _by_panel(layout, stretches):
        top, bottom = panel_rows(layout, panel)
        x = np.unique(np.concatenate([np.arange(a + -a % every, b, every) for a, b in spans]))
        boxes.append(bars(x, x + width, top, bottom))
        boxes.append(_boxes(spans, top, min(bottom, top + layout.px(BAR))))
    return [(np.concatenate(boxes), (*view.theme.approximate, 255))] if boxes else []


def _by_panel(
    layout: Layout, stretches: Sequence[Stretch]
) -> Iterator[tuple[PanelBox, list[Span]]]:
    """Yield panels with the stretches of their streams, but those without any."""
    for panel in layout.panels:
        spans = [(s.x_start, s.x_stop) for s in stretches if s.stream == panel.stream]
        spans = [(x0, x1) for x0, x1 in spans if x0 < x1]
        if spans:
            yield panel, spans


# -- gaps ----------------------------------------------------------------------------------------


def gap_lines(
    view: View, layout: Layout, runs: Sequence[RunView], viewport: Viewport
) -> list[Part]:
    """Return dashed lines where a panel's stream pauses, and too little of it is empty to be seen.

    In a heat map, in which rest looks much like nothing, wide gaps have one at each end as well.
    Where there would be more traces hidden than seen, a notch at the top and bottom of the panel
    stands for each line. Dashes have dark ends on light colours and light ones on dark, so that
    they are seen on any; what is in the column shows between them.
    """
    width, edge = layout.px(1), layout.px(1)
    outer, inner = [], []
    for panel in layout.panels:
        top, bottom = panel_rows(layout, panel)
        x = _lines_at(_pauses(_runs_of(runs, panel), viewport), layout, view.display == "heat map")
        if len(x) > layout.plot.width / (DENSE_GAPS * layout.ratio):
            first = np.array([top, max(top, bottom - layout.px(NOTCH))])
            last = np.minimum(first + layout.px(NOTCH), bottom)
        else:
            first = np.arange(top, bottom, layout.px(PERIOD))
            last = np.minimum(first + layout.px(DASH) + 2 * edge, bottom)
        x, first, last = np.repeat(x, len(first)), np.tile(first, len(x)), np.tile(last, len(x))
        outer.append(bars(x, x + width, first, last))
        inner.append(bars(x, x + width, first + edge, np.maximum(last - edge, first + edge)))
    if not sum(map(len, outer)):
        return []
    return [
        (np.concatenate(outer), (*view.theme.background, 255)),
        (np.concatenate(inner), (*view.theme.text, 255)),
    ]


def _lines_at(spans: Sequence[Span], layout: Layout, heat: bool) -> np.ndarray:
    """Return the columns at which gaps have lines, rising."""
    width, out = layout.px(1), []
    for start, stop in spans:
        if stop - start < layout.px(NARROW_GAP):
            out.append(max(start, (start + stop - width) // 2))
        elif heat:
            out += [start, stop - width]
    return np.array(out, np.int64)


def _runs_of(runs: Sequence[RunView], panel: PanelBox) -> list[RunView]:
    return [run for run in runs if run.run.stream == panel.stream]


def _empty(runs: Sequence[RunView], viewport: Viewport) -> list[Span]:
    """Return the columns without samples: before all runs, between them, after them."""
    if not runs:
        return [(0, viewport.width)]
    first = min(run.x_start for run in runs)
    last = max(run.x_stop for run in runs)
    return [(0, first), *_pauses(runs, viewport), (last, viewport.width)]


def _pauses(runs: Sequence[RunView], viewport: Viewport) -> list[Span]:
    """Return the columns between runs; of gaps narrower than one, the column that they lie in."""
    spans: list[Span] = []
    x, end = 0, math.inf
    for view in sorted(runs, key=lambda view: view.run.t_start):
        run = view.run
        if end < math.inf and x < view.x_start:
            spans.append((x, view.x_start))
        elif run.t_start - end > LEAST_GAP / run.sampling_rate:
            column = min(max(0, int(viewport.x_of((end + run.t_start) / 2))), viewport.width - 1)
            spans.append((column, column + 1))
        x = max(x, view.x_stop)
        end = run.t_stop if end == math.inf else max(end, run.t_stop)
    return spans


# -- boxes ---------------------------------------------------------------------------------------


def bars(
    x: np.ndarray, x_stop: np.ndarray, top: int | np.ndarray, bottom: int | np.ndarray
) -> np.ndarray:
    """Return boxes, int64 (n, 4), from their sides."""
    box = np.empty((len(x), 4), np.int64)
    box[:, 0], box[:, 1], box[:, 2], box[:, 3] = x, top, x_stop, bottom
    return box


def _boxes(spans: Sequence[Span], top: int, bottom: int) -> np.ndarray:
    return np.array([(x0, top, x1, bottom) for x0, x1 in spans if x0 < x1], np.int64).reshape(-1, 4)

"""From what a view shows to the file of a picture, in a thread, while the view goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rawio import BaseRawIO, OptionError
from viewer.engine.errors import CancelledError
from viewer.engine.exact import read_exact
from viewer.engine.grid import Viewport
from viewer.engine.new_files import check_targets
from viewer.engine.points import read_points
from viewer.model import View
from viewer.model.channel_info import Readings
from viewer.model.theme import Theme
from viewer.model.view import Order
from viewer.model.view_file import apply_view, view_as_json
from viewer.picture import Composed, drawn, raster_units
from viewer.picture_files import format_of, save_png
from viewer.qt.vector import save_picture
from viewer.qt.view.signal_view import SignalView
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.captions import captions_of
from viewer.render.decor import decorate
from viewer.render.layout import lay_out
from viewer.render.quantities import format_duration, signed

TIMES = "\N{MULTIPLICATION SIGN}"

DRAWING_SHARE = 0.1
"""Of the work, about, that is not reading."""


@dataclass(frozen=True)
class _Below:
    """A source of traces: which reader, what its values mean, whether it lies below another."""

    reader: BaseRawIO
    readings: Readings | None
    faded: bool


@dataclass(frozen=True)
class Still:
    """A view as it is at one moment; made in the GUI thread, drawn in any. Made by `Still.of`."""

    reader: BaseRawIO
    captions: tuple[str, ...]
    _data: dict[str, Any]
    _theme: Theme
    _rest: np.ndarray
    _fresh_colors: np.ndarray
    _recorded_at: datetime | None
    _sources: tuple[_Below, ...]

    @classmethod
    def of(cls, widget: SignalView) -> "Still":
        """Take down what a widget shows; nothing is read.

        Raises
        ------
        OptionError
            When it is to show what was recorded below a layer, which it has not looked into yet.
        """
        view, feeds = widget.view, widget.feeds
        found = [
            _Below(
                widget.reader if source.readings is None else widget.recorded,
                source.readings,
                source.faded,
            )
            for source in feeds.sources(())
        ]
        if len(found) < (2 if feeds.below is not None and view.shown == "both" else 1):
            raise OptionError("what was recorded is still being read; try again in a moment.")
        return cls(
            widget.reader,
            captions_of(view, widget.reader),
            view_as_json(view, widget.reader, theme=True, pages=True),
            view.theme,
            view.channels.rest.copy(),
            view.fresh_colors(),
            view.recorded_at,
            tuple(found),
        )

    def view(self, theme: Theme | None = None) -> View:
        """Return a new view that shows the same, in its theme or another one.

        Raises
        ------
        OptionError
            When something of the view cannot be told to another one.
        """
        orders: tuple[Order, ...] = get_args(Order)
        views = (View(self.reader, self._theme, order) for order in orders)
        # By the colours, which are those of the order that the view was made in.
        alike = (v for v in views if np.array_equal(v.fresh_colors(), self._fresh_colors))
        view = next(alike, None) or View(self.reader, self._theme)
        notes = apply_view(view, self._data, self.reader)
        if notes:  # rather no picture than one of something else
            raise OptionError(f"the view cannot be drawn as it is shown: {notes[0]}")
        view.channels.set_rest(self._rest)  # the levels in the data are rounded
        view.recorded_at = self._recorded_at
        if theme is not None:
            view.theme = theme
        return view

    def compose(
        self,
        view: View,
        size: tuple[int, int],
        ratio: float,
        progress: Callable[[float], None] = lambda share: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Composed:
        """Read what the picture needs, and lay it out.

        Parameters
        ----------
        view : View
            From `view`.
        size : tuple of int
            Physical pixels.
        ratio : float
            Physical pixels to a logical one.
        progress : callable
            Called with the share that is read, from 0 to 1.
        cancelled : callable

        Raises
        ------
        CancelledError
            Once ``cancelled()`` is true.
        RawIOError
            What the reader raises.
        """
        layout = lay_out(view, size, ratio, raster_units(self.reader))
        viewport = Viewport.of(view.window, layout.plot.width, view.reference)
        runs = visible_runs(view, viewport)
        points = read_points(self.reader, view.timeline, viewport)
        sources, count = [], len(self._sources)

        def tell(number: int, share: float) -> None:
            progress((number + share) / count)

        for number, below in enumerate(self._sources):
            tiles = read_exact(below.reader, runs, partial(tell, number), cancelled)
            sources.append(Source(runs, tiles.get, below.readings, below.faded))
        scene = build_scene(view, layout, viewport, sources, points)
        return Composed(layout, scene, decorate(view, layout, viewport, points, self.captions))


@dataclass(frozen=True)
class PictureWish:
    """What picture is wanted.

    Attributes
    ----------
    size : tuple of int
        Logical pixels, of which 96 are an inch.
    ratio : float
        Physical pixels to a logical one.
    theme : Theme or None
        None means that of the view.
    """

    size: tuple[int, int]
    ratio: float
    theme: Theme | None = None

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in physical pixels."""
        width, height = self.size
        return round(width * self.ratio), round(height * self.ratio)


def save_still(
    still: Still,
    wish: PictureWish,
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> str:
    """Draw a picture and write it, of the kind that its name says, in place of what is there.

    Returns
    -------
    str
        A sentence on what was written.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true; nothing is written then.
    OptionError
        When the name ends in no kind of picture.
    NewFileError
        When the file is the recording's own, in no folder, or cannot be written.
    RawIOError
        What the reader raises.
    """
    kind = format_of(path)
    check_targets((path,), still.reader, overwrite=True)
    view = still.view(wish.theme)
    composed = still.compose(
        view,
        wish.pixels,
        wish.ratio,
        lambda share: progress(share * (1 - DRAWING_SHARE)),
        cancelled,
    )
    if cancelled():
        raise CancelledError
    if kind == "png":
        save_png(drawn(composed), path, wish.ratio)
        width, height = wish.pixels
        return f"Saved {path.name}, {width} {TIMES} {height} pixels."
    names = {(info.stream, info.column): info.name for info in view.channels.infos}
    saved = save_picture(path, composed, kind, title=_title(still, view), names=names)
    return " ".join(filter(None, (f"Saved {path.name}.", saved.remark)))


def _title(still: Still, view: View) -> str:
    return f"{Path(still.reader.source_name()).name}, {span_text(view)}"


def span_text(view: View) -> str:
    """Return when a view's window is, in words, with its start as the view writes times."""
    window, scale = view.window, view.time_scale
    start = signed(scale.format(window.t_start, view.time_format, window.duration / 100))
    if view.time_format == "samples" and scale.sampling_rate is not None:
        start = f"sample {start}"
    elif ":" not in start:
        start = f"{start} s"
    return f"{format_duration(window.duration)} from {start}"

"""A picture of a recording without a window: `snapshot`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rawio import BaseRawIO, OptionError
from viewer.engine import autoscale
from viewer.engine.exact import read_exact
from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import read_points
from viewer.engine.scales import measure_view
from viewer.model import Channels, View
from viewer.model.channel_info import Readings
from viewer.model.theme import THEMES, Color
from viewer.model.view import Order
from viewer.render import software
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.captions import captions_of
from viewer.render.decor import decorate
from viewer.render.drawing import Drawing
from viewer.render.layout import Layout, lay_out
from viewer.render.pages import fit_pages
from viewer.render.scene import Scene
from viewer.render.text import paint

Renderer = Literal["software", "gpu"]

MIN_SECONDS = 1e-7
"""The shortest span of a picture: less than a sample of any recording of this field."""

MAX_SIDE = 16384
"""Pixels; the largest image either renderer makes (a texture's limit on common GPUs)."""


def snapshot(
    reader: BaseRawIO,
    t_start: float | None = None,
    t_stop: float | None = None,
    *,
    size: tuple[int, int] = (1600, 900),
    channels: Sequence[str | int] | None = None,
    renderer: Renderer = "software",
    theme: Literal["dark", "light"] | None = None,
    pixel_ratio: float = 1.0,
    order: Order = "probe",
    view: View | None = None,
) -> np.ndarray:
    """Draw a span of a recording, exactly as the window would.

    Parameters
    ----------
    reader : rawio.BaseRawIO
        With its header parsed; a `viewer.Layer` is drawn as it is after its steps.
    t_start, t_stop : float or None
        Seconds; None means where the signals start, and a second later (of a `view`: its window).
        The edges move by less than a pixel, so that columns are whole (see `viewer.engine.grid`).
        What lies beyond the recording is shown as empty; of more than a minute, events that are
        the edges of digital lines are left out.
    size : tuple of int
        Width and height in physical pixels.
    channels : sequence of str or int, or None
        Names or ids of the channels to show, in this order; None shows of each stream the first
        ones, as many as can be read.
    renderer : {'software', 'gpu'}
    theme : {'dark', 'light'} or None
        None means dark.
    pixel_ratio : float
        Physical pixels to a logical one; 2 draws text and lines twice as large.
    order : {'probe', 'file'}
        Of the channels when all are shown; see `viewer.model.View`.
    view : viewer.model.View or None
        Draw this view's channels, gains and theme instead of a fresh one's; it is not changed.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        RGBA.

    Raises
    ------
    OptionError
        When a channel is unknown, or the time or the size makes no sense.
    RawIOError
        What the reader raises.
    """
    composed = compose(
        reader,
        t_start,
        t_stop,
        size=size,
        channels=channels,
        theme=theme,
        pixel_ratio=pixel_ratio,
        order=order,
        view=view,
    )
    return drawn(composed, renderer)


@dataclass(frozen=True)
class Composed:
    """A picture that only has to be drawn.

    Attributes
    ----------
    layout : Layout
    scene : Scene
        The plot, with all its tiles.
    drawing : Drawing
        What surrounds the plot.
    background : tuple of int
    """

    layout: Layout
    scene: Scene
    drawing: Drawing

    @property
    def background(self) -> Color:
        """What lies below the plot."""
        return self.scene.background


def drawn(composed: Composed, renderer: Renderer = "software") -> np.ndarray:
    """Return the image of a picture.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)
        RGBA, of the layout's size.
    """
    layout = composed.layout
    image = np.empty((layout.height, layout.width, 4), np.uint8)
    image[..., 3] = 255
    paint(image, composed.drawing)
    plot = layout.plot
    image[plot.y0 : plot.y1, plot.x0 : plot.x1] = _render(composed.scene, renderer)
    return image


def compose(
    reader: BaseRawIO,
    t_start: float | None = None,
    t_stop: float | None = None,
    *,
    size: tuple[int, int] = (1600, 900),
    channels: Sequence[str | int] | None = None,
    theme: Literal["dark", "light"] | None = None,
    pixel_ratio: float = 1.0,
    order: Order = "probe",
    view: View | None = None,
) -> Composed:
    """Read what a picture needs and lay it out; see `snapshot`.

    Raises
    ------
    OptionError
        When a channel is unknown, or the time or the size makes no sense.
    RawIOError
        What the reader raises.
    """
    check_size(size, pixel_ratio)
    fresh = view is None
    if view is None:
        view = fresh_view(reader, theme or "dark", order, channels)
    elif channels is not None or theme is not None:
        raise OptionError("a view has its own channels and theme; set them there.")
    start, stop = _span(view, t_start, t_stop)
    if fresh:
        view.window.set(start, stop - start)
        fit(reader, view)
        fill(reader, view, size, pixel_ratio)
    layout = lay_out(view, size, pixel_ratio, raster_units(reader))
    reference = view.timeline.nearest_run(view.streams, (start + stop) / 2)
    viewport = Viewport.at(start, stop - start, layout.plot.width, reference)
    runs = visible_runs(view, viewport)
    points = read_points(reader, view.timeline, viewport)
    scene = build_scene(view, layout, viewport, _sources(reader, view, runs), points)
    drawing = decorate(view, layout, viewport, points, captions_of(view, reader))
    return Composed(layout, scene, drawing)


def raster_units(reader: BaseRawIO) -> tuple[int, ...]:
    """Return the units that no signal channel is known for: rows of the spike raster."""
    return tuple(
        unit
        for unit in range(reader.unit_channels_count())
        if reader.unit_signal_channel(unit) is None
    )


def find_channels(view: View, labels: Sequence[str | int]) -> list[int]:
    """Return the rows of channels by name or id.

    Raises
    ------
    OptionError
        Which label is unknown or ambiguous.
    """
    rows = []
    for label in labels:
        found = view.channels.find(str(label))
        if not found:
            raise OptionError(f"there is no channel with the name or id {str(label)!r}.")
        if len(found) > 1:
            raise OptionError(f"channel {str(label)!r} stands for {len(found)} channels; use ids.")
        rows.append(found[0])
    return rows


def fresh_view(
    reader: BaseRawIO, theme: str, order: Order, channels: Sequence[str | int] | None = None
) -> View:
    """Return a view of a recording that nobody has changed; it has no scale yet, see `fit`.

    Raises
    ------
    OptionError
        When the theme or a channel is unknown.
    """
    if theme not in THEMES:
        raise OptionError(f"theme {theme!r} is not one of {', '.join(THEMES)}.")
    view = View(reader, THEMES[theme], order)
    if channels is not None:
        show_only(view, channels)
    return view


def show_only(view: View, labels: Sequence[str | int]) -> None:
    """Show these channels, by name or id, and no others, all of them at once.

    Raises
    ------
    OptionError
        Which label is unknown or ambiguous.
    """
    rows = find_channels(view, labels)
    view.channels.show_only(rows)
    for panel in view.channels.panels:
        view.channels.show_page(0, len(rows), panel.stream)


def fill(reader: BaseRawIO, view: View, size: tuple[int, int], pixel_ratio: float) -> None:
    """Show as many channels as can be read in a picture, where nobody chose how many.

    Raises
    ------
    OptionError
        When the size makes no sense.
    """
    check_size(size, pixel_ratio)
    fit_pages(view, lay_out(view, size, pixel_ratio, raster_units(reader)))


def fit(reader: BaseRawIO, view: View) -> None:
    """Measure the scale of a view, and apply it where nobody has set one.

    Raises
    ------
    RawIOError
        What the reader raises.
    """
    window = view.window
    span = window.t_start, window.t_start + window.duration
    measure_view(reader, view, span).fill(view)


def _sources(reader: BaseRawIO, view: View, runs: Sequence[RunView]) -> list[Source]:
    """Return what a view draws, the lowest first, with all its tiles."""
    main = Source(runs, read_exact(reader, runs).get)
    derived = reader.derived_from()
    if derived is None or view.shown == "processed":
        return [main]
    below, channels, window = derived[0], Channels.of(derived[0]), view.window
    span = window.t_start, window.t_start + window.duration
    rest = autoscale.measure(below, channels, view.timeline, span).rest
    gain, offset = (np.array([getattr(i, n) for i in channels.infos]) for n in ("gain", "offset"))
    shift = view.channels.offset - (rest if view.channels.remove_dc else 0.0)
    both = view.shown == "both"
    raw = Source(runs, read_exact(below, runs).get, Readings(gain, offset, shift), faded=both)
    return [raw, main] if both else [raw]


def _span(view: View, t_start: float | None, t_stop: float | None) -> tuple[float, float]:
    """Return the seconds to draw, checked against the recording."""
    start = view.window.t_start if t_start is None else t_start
    stop = start + view.window.duration if t_stop is None else t_stop
    if not np.isfinite([start, stop]).all() or stop - start < MIN_SECONDS:
        raise OptionError(f"a picture from {start} s to {stop} s has no length.")
    limits = f"{view.window.t_min:g} s to {view.window.t_max:g} s"
    if start >= view.window.t_max or stop <= view.window.t_min:
        raise OptionError(f"{start:g} s to {stop:g} s is outside the recording ({limits}).")
    return start, stop


def check_size(size: tuple[int, int], pixel_ratio: float = 1.0, most: int = MAX_SIDE) -> None:
    """Check that a picture can be that large.

    Raises
    ------
    OptionError
    """
    width, height = size
    if not (64 <= width <= most and 64 <= height <= most):
        raise OptionError(f"a picture of {width}x{height} is not within 64 to {most} pixels.")
    if not 0.25 <= pixel_ratio <= 8:
        raise OptionError(f"a pixel ratio of {pixel_ratio} is not within 0.25 to 8.")


def _render(scene: Scene, renderer: Renderer) -> np.ndarray:
    if renderer == "software":
        return software.render(scene)
    if renderer == "gpu":
        from viewer.render.headless import render

        return render(scene)
    raise OptionError(f"renderer {renderer!r} is not one of software, gpu.")

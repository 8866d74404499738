"""A picture of a recording without a window: `snapshot`."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from rawio import BaseRawIO, OptionError, UnreadableFileError
from viewer.compute.layer import done_to
from viewer.engine import autoscale
from viewer.engine.grid import RunView, Viewport
from viewer.engine.points import read_points
from viewer.engine.pyramid import Pyramid, places
from viewer.engine.pyramid.layout import BASE_LEVEL
from viewer.engine.pyramid.store import StreamStore
from viewer.engine.samples import read_tile
from viewer.engine.stored import read_stored
from viewer.engine.tiles import Tile, TileKey, keys_of
from viewer.model import SignalRun, View
from viewer.model.theme import THEMES
from viewer.model.view import Order
from viewer.render import software
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.decor import decorate
from viewer.render.layout import lay_out
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
        Names or ids of the channels to show, in this order; None shows all.
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
    _check_size(size, pixel_ratio)
    fresh = view is None
    if view is None:
        view = _fresh_view(reader, theme or "dark", order, channels)
    elif channels is not None or theme is not None:
        raise OptionError("a view has its own channels and theme; set them there.")
    start, stop = _span(view, t_start, t_stop)
    if fresh:
        scale = autoscale.measure(reader, view.channels, view.timeline, (start, stop))
        scale.apply(view.channels)
    assert reader.header is not None
    unit_names = [str(name) for name in reader.header["unit_channels"]["name"]]
    event_names = [str(name) for name in reader.header["event_channels"]["name"]]
    raster = raster_units(reader)
    layout = lay_out(view, size, pixel_ratio, raster, bool(event_names))
    reference = view.timeline.nearest_run(view.streams, (start + stop) / 2)
    viewport = Viewport.at(start, stop - start, layout.plot.width, reference)
    runs = visible_runs(view, viewport)
    points = read_points(reader, view.timeline, viewport)
    scene = build_scene(
        view,
        layout,
        viewport,
        [Source(runs, _load(reader, runs).get)],
        points,
        len(unit_names),
        len(event_names),
    )
    image = np.empty((size[1], size[0], 4), np.uint8)
    image[..., 3] = 255
    plot = layout.plot
    names = unit_names, event_names
    paint(image, decorate(view, layout, viewport, points, *names, done_to(reader)))
    image[plot.y0 : plot.y1, plot.x0 : plot.x1] = _render(scene, renderer)
    return image


def save_png(image: np.ndarray, path: str | os.PathLike[str]) -> None:
    """Write an RGBA image to a PNG file.

    Raises
    ------
    UnreadableFileError
        When the file cannot be written.
    """
    from PIL import Image

    try:
        Image.fromarray(image).save(Path(path), format="PNG")
    except OSError as error:
        raise UnreadableFileError(f"{path}: cannot be written ({error.strerror}).") from None


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


def _fresh_view(
    reader: BaseRawIO, theme: str, order: Order, channels: Sequence[str | int] | None
) -> View:
    if theme not in THEMES:
        raise OptionError(f"theme {theme!r} is not one of {', '.join(THEMES)}.")
    view = View(reader, THEMES[theme], order)
    if channels is not None:
        view.channels.show_only(find_channels(view, channels))
    return view


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


def _check_size(size: tuple[int, int], pixel_ratio: float) -> None:
    width, height = size
    if not (64 <= width <= MAX_SIDE and 64 <= height <= MAX_SIDE):
        raise OptionError(f"a picture of {width}x{height} is not within 64 to {MAX_SIDE} pixels.")
    if not 0.25 <= pixel_ratio <= 8:
        raise OptionError(f"a pixel ratio of {pixel_ratio} is not within 0.25 to 8.")


def _load(reader: BaseRawIO, runs: Sequence[RunView]) -> dict[TileKey, Tile]:
    """Return the tiles of a picture, all exact: from the index as far as there is one."""
    wide = any(run.level >= BASE_LEVEL for run in runs)
    pyramid = places.find(reader) if wide else None
    return {key: _tile(reader, pyramid, run.run, key) for run in runs for key in keys_of(run)}


def _tile(reader: BaseRawIO, pyramid: Pyramid | None, run: SignalRun, key: TileKey) -> Tile:
    store = None if pyramid is None else pyramid.streams.get(run.stream)
    if store is not None and key.level >= BASE_LEVEL and _has(store, run):
        with contextlib.suppress(OSError):
            tile = read_stored(store, run, key)
            if tile.exact:
                return tile
    return read_tile(reader, run, key)


def _has(store: StreamStore, run: SignalRun) -> bool:
    return store.layout.find(run.block, run.segment) is not None


def _render(scene: Scene, renderer: Renderer) -> np.ndarray:
    if renderer == "software":
        return software.render(scene)
    if renderer == "gpu":
        from viewer.render.headless import render

        return render(scene)
    raise OptionError(f"renderer {renderer!r} is not one of software, gpu.")

"""Views of made-up recordings, laid out, and their scenes with all tiles read."""

import numpy as np

from tests.readers import ArrayReader, noise
from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import View
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.layout import lay_out


def streams_of(*counts, seconds=8.0, **rest):
    """Return a reader of streams of 1 kHz of so many channels of noise each."""
    signals = [
        (0.0, noise(round(seconds * 1000), count, seed=n) // 16) for n, count in enumerate(counts)
    ]
    return ArrayReader([signals], [1000.0] * len(counts), **rest)


class Shown:
    """A view, its layout and what it shows of a window.

    Parameters
    ----------
    reader : rawio.BaseRawIO
    start, duration : float
        Seconds.
    change : callable
        Called with the view before it is laid out.
    points : callable
        Returns units' and events' marks, given the viewport.
    """

    def __init__(
        self, reader, start=1.0, duration=2.0, size=(600, 400), ratio=1.0, change=None, points=None
    ):
        self.reader, self.view = reader, View(reader)
        for stream, units in self.view.channels.span:
            self.view.channels.set_span(stream, units, 4000.0)
        if change is not None:
            change(self.view)
        raster = tuple(
            unit
            for unit in range(reader.unit_channels_count())
            if reader.unit_signal_channel(unit) is None
        )
        self.layout = lay_out(self.view, size, ratio, raster)
        run = self.view.reference
        self.viewport = Viewport.at(start, duration, self.layout.plot.width, run)
        self.runs = visible_runs(self.view, self.viewport)
        self.tiles = {key: read_tile(reader, v.run, key) for v in self.runs for key in keys_of(v)}
        self.points = Points(self.viewport, *(points(self.viewport) if points else ()))

    def scene(self, over=(), below=None):
        """Return the scene; `below` are readings of a recording that is shown below."""
        sources = [Source(self.runs, self.tiles.get), *over]
        if below is not None:
            sources.insert(0, Source(self.runs, self.tiles.get, below, faded=True))
        return build_scene(self.view, self.layout, self.viewport, sources, self.points)

    def rows(self, stream):
        """Return the first and one more than the last row of the plot that a panel has."""
        box = self.layout.panel_of(stream).box
        return box.y0 - self.layout.plot.y0, box.y1 - self.layout.plot.y0

    def edges(self, stream):
        """Return top and bottom of a panel's lanes in rows of the plot."""
        return self.layout.panel_of(stream).edges - self.layout.plot.y0


def ink(image, background):
    """Return which pixels are not the background, bool (height, width)."""
    return (image[..., :3] != np.array(background, np.uint8)).any(axis=2)

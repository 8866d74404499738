"""Scenes of made-up recordings, for self-tests and for timing on the machine at hand."""

import numpy as np

from rawio.bridges.arrays import from_array
from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import View
from viewer.render.build import Source, build_scene, visible_runs
from viewer.render.layout import Layout, lay_out
from viewer.render.scene import Scene

RATE = 30_000.0
"""Hertz."""


class Trial:
    """A recording in memory and a view of it, from which scenes are made.

    Parameters
    ----------
    samples : ndarray, shape (samples, channels)
    rate : float
        Hertz.
    size : tuple of int
        Width and height of the whole view, physical pixels; the plot takes less.

    Attributes
    ----------
    view : viewer.model.View
    layout : viewer.render.layout.Layout
    """

    def __init__(self, samples: np.ndarray, rate: float, size: tuple[int, int]) -> None:
        self._reader = from_array(samples, rate, units="uV")
        self.view = View(self._reader)
        self.view.channels.show_page(0, samples.shape[1])
        self.layout: Layout = lay_out(self.view, size, 1.0, ())

    def scene(self, t_start: float, duration: float) -> Scene:
        """Return the scene of a window in seconds, with all its tiles, read anew."""
        view, layout = self.view, self.layout
        run = view.timeline.runs[0]
        viewport = Viewport.at(t_start, duration, layout.plot.width, run)
        runs = visible_runs(view, viewport)
        tiles = {
            key: read_tile(self._reader, shown.run, key) for shown in runs for key in keys_of(shown)
        }
        return build_scene(view, layout, viewport, [Source(runs, tiles.get)], Points(viewport))


def noise_trial(channels: int, seconds: float, size: tuple[int, int]) -> Trial:
    """Return a trial of reproducible int16 noise at 30 kHz, a lane four of its widths high."""
    rng = np.random.default_rng(0)
    samples = rng.integers(-200, 200, (round(seconds * RATE), channels), np.int16)
    trial = Trial(samples, RATE, size)
    trial.view.channels.set_span(0, "uV", 1600.0)
    return trial

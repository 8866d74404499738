"""An eye on an engine: asks as a window does, only when it is told that something has changed."""

import functools
import threading
import time

import numpy as np

from tests.oracles import columns as oracle
from viewer.engine import engine as engine_module
from viewer.engine.columns import reduce_columns
from viewer.engine.engine import Engine, Listener
from viewer.engine.grid import RunView, Viewport
from viewer.engine.levels import bin_samples
from viewer.engine.tiles import keys_of
from viewer.engine.watch import FileWatch
from viewer.model import Timeline

SECONDS = 20
PATIENCE = 0.04


def watch_often(monkeypatch):
    """Look for changes of files fifty times a second."""
    monkeypatch.setattr(engine_module, "FileWatch", functools.partial(FileWatch, seconds=0.02))


class Eye:
    """Looks at a recording through an engine.

    Parameters
    ----------
    reader : BaseRawIO
    on_look : callable
        Called whenever something has changed on screen.
    """

    def __init__(self, reader, on_look=lambda: None, **rest):
        self.reader, self.on_look = reader, on_look
        self.timeline = Timeline.of(reader)
        self.changed = threading.Event()
        self.messages, self.failures, self.views = [], [], []
        listener = Listener(
            changed=self.changed.set,
            unreadable=lambda *what: self.failures.append(what),
            message=self.messages.append,
        )
        self.engine = Engine(reader, listener, **rest)
        self.asked_at = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.engine.close()

    def look(self, t_start, duration, width):
        """Ask for a window."""
        reference = self.timeline.nearest_run([0], t_start + duration / 2)
        viewport = Viewport.at(t_start, duration, width, reference)
        seen = [RunView.of(run, viewport) for run in self.timeline.runs]
        self.views = [view for view in seen if view is not None]
        self.asked_at = time.monotonic()
        self.engine.request(self.views)
        return self

    def keys(self):
        return [key for view in self.views for key in keys_of(view)]

    def tiles(self):
        return [self.engine.tile(key) for key in self.keys()]

    @property
    def exact(self):
        return not self.engine.busy and all(t is not None and t.exact for t in self.tiles())

    def wait(self, condition):
        """Do as a window does until something is so."""
        end, patient = time.monotonic() + SECONDS, True
        while not condition():
            assert time.monotonic() < end, "what was waited for has not come"
            if patient and time.monotonic() > self.asked_at + PATIENCE:
                patient = False
                self.engine.hurry()
            if self.changed.wait(0.002):
                self.changed.clear()
                self.engine.request(self.views)
                self.on_look()
        return self

    def settle(self):
        """Wait until the picture is the exact one."""
        return self.wait(lambda: self.exact)

    def assert_right(self, samples_of, channels=slice(None)):
        """Compare every column on screen with the oracle's."""
        for view in self.views:
            samples = samples_of(view.run.stream, view.run.segment)
            tiles = [self.engine.tile(key) for key in keys_of(view)]
            assert all(tile is not None for tile in tiles)
            assert_columns(view, tiles, samples, channels)


def assert_columns(view, tiles, samples, channels=slice(None)):
    """Compare the columns of a run's view with those of its samples."""
    wanted = range(view.first_column + view.x_start, view.first_column + view.x_stop)
    samples = samples[:, channels]
    if view.interpolated:
        want = oracle.line_spans(samples, view.spp, wanted)
    else:
        want = oracle.spans(samples, view.spp, bin_samples(view.level), wanted)
    got = {}
    for part in reduce_columns(view, tiles, channels):
        for x, low, high in zip(part.x, part.low, part.high, strict=True):
            got[int(x) + view.first_column] = (low, high)
    assert list(got) == list(want)
    tolerance = float(np.abs(samples.astype(float)).max()) * (2e-3 if view.interpolated else 1e-6)
    for k, expected in want.items():
        for mine, theirs in zip(got[k], expected, strict=True):
            assert np.abs(mine - theirs).max() <= tolerance, (view, k)

"""Recordings of ten hours and of a day: nothing is lost, and the end looks as the start does."""

import os
from dataclasses import replace

import numpy as np
import pytest

from rawio.rawbinary import RawBinaryRawIO
from tests.readers import noise
from viewer.engine.grid import Viewport
from viewer.engine.pyramid import PyramidBuilder, Span
from viewer.engine.pyramid.places import open_or_create
from viewer.model import View
from viewer.model.theme import DARK
from viewer.picture import snapshot
from viewer.render.layout import lay_out

RATE = 30_000.0
SIZE = (500, 240)
SPIKE = -20_000

TEN_HOURS = 36_000 * 30_000
WHOLE = TEN_HOURS * 102 // 100
"""Samples of a window that shows them all, and a little on both sides."""

SPIKES = [0, 1_234_567, 399_999_999, 777_777_777, TEN_HOURS - 1]
"""Odd places of ten hours, each with one sample that is not zero."""

DAY = 24 * 3600 * 30_000
COPY = 823 * 3 * 2**20
"""Where a day's first minute is there again; on the column grid of every zoom 3*2**n."""


def opened(path, channels):
    reader = RawBinaryRawIO(path, sampling_rate=RATE, n_channels=channels, dtype="int16")
    reader.parse_header()
    return reader


def indexed(path, channels, places=()):
    """Return a reader of a recording that has its index beside it, or only some places of it."""
    reader, built = opened(path, channels), []

    def take(span):
        built.append(span)
        if len(built) == len(places):
            builder.close()

    pyramid = open_or_create(reader, "beside")
    builder = PyramidBuilder(reader, pyramid, 1 if places else 2, on_built=take)
    builder.focus(places)
    builder.start()
    assert builder.join(60) and builder.complete == (not places)
    return opened(path, channels)


@pytest.fixture(scope="module")
def ten_hours(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "ten_hours.dat"
    path.touch()
    os.truncate(path, TEN_HOURS * 4)
    with path.open("r+b") as file:
        for place in SPIKES:
            file.seek(place * 4)
            file.write(np.array([SPIKE], "<i2").tobytes())
    return indexed(path, 2)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "day.dat"
    path.touch()
    os.truncate(path, DAY * 2)
    minute = noise(2_000_000, 1).tobytes()
    with path.open("r+b") as file:
        for place in (0, COPY):
            file.seek(place * 2)
            file.write(minute)
    return indexed(path, 1, [Span(0, 0, 0, 0, 2_000_000), Span(0, 0, 0, COPY, DAY)])


class Plot:
    """Pictures of a recording at a fixed scale, and where its first channel is inked in them."""

    def __init__(self, reader):
        # No grid lines, over which blended edges look otherwise.
        self.reader, self.view = reader, View(reader, replace(DARK, grid=DARK.background))
        channels = self.view.channels
        for stream, units in channels.span:
            channels.set_span(stream, units, 80_000.0)
        self.plot = lay_out(self.view, SIZE, 1.0, ()).plot
        self.color = channels.color[0]

    def ink(self, start, samples):
        """Return the picture's viewport, and where the trace is, bool (height, width)."""
        t_start, t_stop = start / RATE, (start + samples) / RATE
        image = snapshot(self.reader, t_start, t_stop, size=SIZE, view=self.view)
        box = self.plot
        image = image[box.y0 : box.y1, box.x0 : box.x1, :3]
        run = self.view.timeline.runs[0]
        viewport = Viewport.at(t_start, t_stop - t_start, box.width, run)
        # Between samples the edges of the line are blended: ink is what is more trace than not.
        ends = (self.color, self.view.theme.background)
        trace, rest = (np.abs(image.astype(int) - end).sum(axis=2) for end in ends)
        return viewport, trace < rest


@pytest.mark.parametrize("samples", [*(8 * 3**n for n in range(17)), WHOLE])
def test_a_single_sample_of_ten_hours_is_on_screen_at_every_zoom(ten_hours, samples):
    plot = Plot(ten_hours)
    for place, share in zip(SPIKES, [0.01, 0.31, 0.77, 0.5, 0.99], strict=True):
        start = place - round(share * samples) if samples < WHOLE else TEN_HOURS - WHOLE * 99 // 100
        viewport, ink = plot.ink(start, samples)
        lane = ink[: len(ink) // 2]
        rest = int(np.argmax(lane.sum(axis=1)))  # the row of zeros
        reach = np.array([max(np.flatnonzero(c) - rest, default=0) for c in lane.T])
        furthest = np.flatnonzero(reach == reach.max())
        assert reach.max() >= 20
        column = int(viewport.x_of(place / RATE))
        assert np.abs(furthest - column).min() <= 1
        spp = viewport.seconds_per_pixel * RATE
        # Each of the others in sight has a column of its own, or shares one.
        seen = {int(viewport.x_of(other / RATE)) for other in SPIKES}
        if spp >= 1:
            assert all(min(abs(x - other) for other in seen) <= 1 for x in furthest)
            assert np.count_nonzero(reach > 2) <= len(seen)


@pytest.mark.parametrize("spp", [0.25, 0.75, 1, 3, 6, 24, 96, 192, 384, 1536, 3072])
def test_the_end_of_a_day_looks_as_its_start(day, spp):
    plot = Plot(day)
    samples = spp * plot.plot.width
    for first in (3 * 2**10, 3 * 2**17):  # not 0: before it there is no neighbour
        _, start = plot.ink(first, samples)
        _, end = plot.ink(COPY + first, samples)
        assert start.any() and np.array_equal(start, end)

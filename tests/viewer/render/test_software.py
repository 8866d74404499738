"""Picture after picture: whatever is kept of the last one, each is as `render` draws it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from tests.viewer.render.scenes import COLORS, keys_of, read_tile, rects, scene_of
from viewer.engine.grid import RunView, Viewport
from viewer.model import Timeline
from viewer.render import software
from viewer.render.scene import NO_RECTS, Scene, TraceLayer
from viewer.render.software import SoftwareRenderer, render

WIDTH, HEIGHT = 260, 70


def recording():
    """Return a recording of three runs with gaps; streams of three rates, one has holes."""
    segments = []
    for start, seconds in ((0.0, 6.0), (6.3, 0.4), (7.9, 5.1)):
        streams = []
        for stream, rate in enumerate((1000, 250, 333)):
            kind = np.float32 if stream == 1 else np.int16
            samples = noise(int(seconds * rate), 3, seed=len(segments) + stream, dtype=kind)
            if stream == 1:
                samples[5::7, 0] = np.nan
                samples[40:90, 1] = np.nan
                samples[95, 2] = np.inf
            streams.append((start + 0.01 * stream, samples))
        segments.append(streams)
    return ArrayReader(segments, [1000.0, 250.0, 333.0])


READER = recording()
TIMELINE = Timeline.of(READER)
TILES = {}


class Walk:
    """What a person does and what comes and goes meanwhile; `scene` is what to draw."""

    def __init__(self):
        self.spp, self.first, self.size = 2.5, 100, (WIDTH, HEIGHT)
        self.gain, self.thickness, self.raster = 1.0, 1, 0
        self.turned = self.hidden = self.cut = self.spared = 0
        self.colors = COLORS
        self.tiles, self.absent = dict(TILES), set()
        self.marks = NO_RECTS, NO_RECTS

    def tile(self, run, key):
        """Return a tile; None for one that is absent."""
        if key in self.absent:
            return None
        if key not in self.tiles:
            self.tiles[key] = TILES[key] = read_tile(READER, run, key)
        return self.tiles[key]

    def layers(self, view):
        stream = view.run.stream
        lanes = np.roll(np.arange(3), self.turned)[: 3 - self.hidden]
        scale = 0.02 if stream == 1 else 0.002
        base = (3 * np.arange(len(lanes)) + stream + 0.5) * self.size[1] / 9
        reach = (200, 12, 3)[self.cut]
        clip = np.rint(np.stack([base - reach, base + reach], axis=1)).astype(np.int64)
        found = (self.tile(view.run, key) for key in keys_of(view))
        layer = TraceLayer(
            view,
            tuple(tile for tile in found if tile is not None),
            lanes,
            np.full(len(lanes), -scale * self.gain, np.float32),
            base.astype(np.float32),
            np.full(len(lanes), 7.0),
            self.colors[lanes],
            clip=clip if self.cut else None,
        )
        middle = np.rint(base).astype(np.int64)
        spared = np.stack([middle - self.spared, middle + self.spared], axis=1)
        above = replace(layer, color=layer.color // 2, spared=spared)
        return [layer, above] if self.spared else [layer]

    def views(self):
        width, reference = self.size[0], TIMELINE.runs[0]
        rate = reference.sampling_rate
        start = reference.t_start + self.first * self.spp / rate
        viewport = Viewport.at(start, self.spp * width / rate, width, reference)
        views = (RunView.of(run, viewport) for run in TIMELINE.runs)
        return [view for view in views if view is not None]

    def scene(self):
        width, height = self.size
        layers = tuple(layer for view in self.views() for layer in self.layers(view))
        lowest = height - self.raster
        under, over = self.marks
        return Scene(width, height, lowest, self.thickness, (9, 8, 7), under, layers, over)

    def step(self, act, number):
        """Do something; `number` says which way, or how much."""
        shown = [key for view in self.views() for key in keys_of(view)]
        key = shown[number % len(shown)] if shown else None
        if act == "pan":
            self.first += number
        elif act == "zoom":
            self.spp = (0.3, 1.0, 2.5, 3.9, 7.3, 11.0)[number % 6]
        elif act == "gain":
            self.gain *= (0.5, 1.0, -1.0, 2.0)[number % 4]
        elif act == "lanes":
            self.turned, self.hidden = number % 3, number % 4
        elif act == "cut":
            self.cut = number % 3
        elif act == "spare":
            self.spared = (0, 2, 7)[number % 3]
        elif act == "colors":
            self.colors = np.roll(COLORS, number % 2, axis=0)
        elif act == "go":
            self.absent ^= {key}
        elif act == "anew":  # the same place holds other samples
            self._read_anew(key)
        elif act == "size":
            self.size = WIDTH - 20 * (number % 2), HEIGHT - 10 * (number % 3)
        elif act == "look":
            self.thickness, self.raster = 1 + number % 3, 5 * (number % 2)
        else:
            self._mark(number)

    def _read_anew(self, key):
        tile = self.tiles.get(key)
        if tile is not None:
            self.tiles[key] = replace(tile, data=tile.data[::-1].copy())

    def _mark(self, number):
        x = number % WIDTH
        grid = rects((x, 0, x + 1, 99, (50, 50, 50, 255)), (x - 30, 0, x - 9, 99, (1, 2, 3, 255)))
        lines = rects((x + 9, 0, x + 11, 99, (250, 0, 0, 90)), (x, 5, x + 2, 9, (4, 5, 6, 255)))
        self.marks = grid, lines


ACTS = (
    ["pan"] * 8
    + ["go"] * 3
    + ["gain", "zoom", "lanes", "cut", "spare", "colors", "anew", "size", "look", "mark"]
)
NUMBERS = st.one_of(st.integers(-40, 40), st.integers(-4000, 4000))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(ACTS), NUMBERS), min_size=1, max_size=25))
def test_each_picture_of_a_walk_is_as_if_it_were_the_first(steps):
    walk, renderer = Walk(), SoftwareRenderer()
    assert np.array_equal(renderer.draw(walk.scene()), render(walk.scene()))
    for act, number in steps:
        walk.step(act, number)
        scene = walk.scene()
        assert np.array_equal(renderer.draw(scene), render(scene)), act


@pytest.fixture
def drawn(monkeypatch):
    """Return a list that every stretch of columns is noted in when it is drawn."""
    spans, draw = [], software._draw_columns

    def note(ink, traces, x_start, x_stop):
        spans.append((x_start, x_stop))
        draw(ink, traces, x_start, x_stop)

    monkeypatch.setattr(software, "_draw_columns", note)
    return spans


SAMPLES = noise(20_000, 3)
LANES = [(0, -0.001, 40.0), (1, -0.002, 100.0), (2, -0.001, 120.0)]


def seen_from(first, tiles, spp=2.0, lanes=LANES, **rest):
    """Return a scene on the tiles of earlier ones, as a cache gives them."""
    scene = scene_of(SAMPLES, spp, first, lanes, **rest)
    layer = scene.layers[0]
    same = tuple(tiles.setdefault(tile.key, tile) for tile in layer.tiles)
    return replace(scene, layers=(replace(layer, tiles=same),))


@pytest.mark.parametrize("spp", [0.2, 2.0, 9.0])
@pytest.mark.parametrize(("pan", "span"), [(40, (260, 300)), (-25, (0, 25)), (299, (1, 300))])
def test_panning_draws_only_what_comes_into_sight(drawn, spp, pan, span):
    tiles, renderer = {}, SoftwareRenderer()
    renderer.draw(seen_from(500, tiles, spp))
    assert drawn == [(0, 300)]
    got = renderer.draw(seen_from(500 + pan, tiles, spp))
    assert drawn[1:] == [span]
    assert np.array_equal(got, render(seen_from(500 + pan, tiles, spp)))


def test_a_picture_that_is_the_same_is_not_drawn_again(drawn):
    tiles, renderer = {}, SoftwareRenderer()
    renderer.draw(seen_from(0, tiles))
    renderer.draw(seen_from(0, tiles))
    over = rects((10, 10, 12, 20, (1, 2, 3, 255)))
    renderer.draw(seen_from(0, tiles, over=over, under=over))
    assert drawn == [(0, 300)]


def test_a_tile_that_comes_or_goes_draws_its_own_columns(drawn):
    tiles, renderer = {}, SoftwareRenderer()
    whole = seen_from(400, tiles)
    layer = whole.layers[0]
    part = replace(whole, layers=(replace(layer, tiles=layer.tiles[:1]),))
    for scene in (part, whole, part):
        assert np.array_equal(renderer.draw(scene), render(scene))
    border = 1024 // 2 - 400
    assert [span for span in drawn if span != (0, 300)] == [(border, 300)] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"lanes": [(0, -0.002, 40.0), *LANES[1:]]},
        {"lanes": [(2, -0.001, 40.0), *LANES[1:]]},
        {"lanes": LANES[:2]},
        {"spp": 2.5},
        {"pivot": 3.0},
        {"thickness": 2},
        {"trace_height": 190},
        {"clip": [(0, 200), (80, 120), (110, 130)]},
        {"spared": [(30, 50), (80, 120), (110, 130)]},
        {"size": (310, 200)},
        {"size": (300, 210)},
    ],
)
def test_all_is_drawn_when_lanes_zoom_or_size_change(drawn, change):
    tiles, renderer = {}, SoftwareRenderer()
    renderer.draw(seen_from(0, tiles))
    scene = seen_from(0, tiles, **change)
    assert np.array_equal(renderer.draw(scene), render(scene))
    assert drawn[1] == (0, scene.width)


def two_layers(first, tiles, lag=0, lanes=LANES):
    """Return a scene of two runs, the second's column grid `lag` columns off."""
    scene = seen_from(first, tiles)
    layer = scene.layers[0]
    run = replace(layer.view.run, segment=1)
    view = replace(layer.view, run=run, first_column=layer.view.first_column + lag)
    arrays = [np.array(values) for values in zip(*lanes, strict=True)]
    columns, slope, base = arrays[0], *(values.astype(np.float32) for values in arrays[1:])
    other = replace(layer, view=view, columns=columns, slope=slope, base=base)
    colors = np.roll(COLORS, 1, axis=0)[: len(lanes)]
    other = replace(other, pivot=np.zeros(len(lanes)), color=colors)
    return replace(scene, layers=(layer, other))


def test_later_layers_lie_above_earlier_ones():
    scene = two_layers(100, {}, 30, [(2, -0.002, 50.0), (0, -0.002, 90.0)])
    lower, upper = (render(replace(scene, layers=(layer,))) for layer in scene.layers)
    free = (upper == (*scene.background, 255)).all(axis=2, keepdims=True)
    assert np.array_equal(render(scene), np.where(free, lower, upper))
    assert (free & (lower != upper)).any() and (~free & (lower != upper)).any()


@pytest.mark.parametrize(
    ("lag", "turned", "span"), [(5, False, (280, 300)), (6, False, (0, 300)), (5, True, (0, 300))]
)
def test_layers_are_kept_if_they_move_together_and_stay_in_order(drawn, lag, turned, span):
    tiles, renderer = {}, SoftwareRenderer()
    renderer.draw(two_layers(100, tiles, 5))
    scene = two_layers(120, tiles, lag)
    if turned:
        scene = replace(scene, layers=scene.layers[::-1])
    assert np.array_equal(renderer.draw(scene), render(scene))
    assert drawn[1] == span


def test_a_run_that_is_there_twice_is_not_mistaken_for_itself():
    renderer = SoftwareRenderer()
    lower, upper = (scene := two_layers(100, {}, 5)).layers
    upper = replace(upper, view=replace(upper.view, run=lower.view.run))
    for gain in (1, 2):
        twice = replace(scene, layers=(replace(lower, slope=lower.slope * gain), upper))
        assert np.array_equal(renderer.draw(twice), render(twice))


def test_a_failure_leaves_nothing_half_drawn_behind(drawn, monkeypatch):
    tiles, renderer = {}, SoftwareRenderer()
    renderer.draw(seen_from(0, tiles))
    with monkeypatch.context() as broken:
        broken.setattr(software, "owners", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            renderer.draw(seen_from(50, tiles))
    assert np.array_equal(renderer.draw(seen_from(0, tiles)), render(seen_from(0, tiles)))


def test_each_picture_has_memory_of_its_own():
    tiles, renderer = {}, SoftwareRenderer()
    first = renderer.draw(seen_from(0, tiles))
    kept = first.copy()
    renderer.draw(seen_from(50, tiles))
    assert np.array_equal(first, kept)


def test_nothing_to_see():
    empty = Scene(30, 20, 20, 1, (1, 2, 3), NO_RECTS, (), NO_RECTS)
    renderer = SoftwareRenderer()
    for _ in range(2):
        assert (renderer.draw(empty) == (1, 2, 3, 255)).all()
    scene = seen_from(0, {}, lanes=[])
    assert (renderer.draw(scene) == render(scene)).all()


def test_more_lanes_than_small_numbers_have():
    """Beyond 2**14 lanes, their numbers take 32 bits."""
    count, height = 17_001, 180
    lanes = [(0, 0.0, i % height + 0.5) for i in range(count)]
    image = render(scene_of(SAMPLES[:100], 2.0, 0, lanes, size=(20, height)))
    last = [max(range(row, count, height)) for row in range(height)]
    assert np.array_equal(image[:, 7, :3], COLORS[np.array(last) % len(COLORS)])

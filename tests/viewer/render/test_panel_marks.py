"""What is said of one stream's samples lies over its panel, and nowhere else."""

from dataclasses import replace
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from tests.viewer.model.test_theme import contrast
from tests.viewer.render.test_svg import SVG, color_of, rings_of
from tests.viewer.render.views import Shown, streams_of
from viewer.engine.tiles import Tile, columns_of
from viewer.model.theme import THEMES
from viewer.render import headless, software
from viewer.render.build import Source, build_scene
from viewer.render.figure import figure_of
from viewer.render.gpu import GpuRenderer
from viewer.render.svg import svg_of
from viewer.render.verify import draw_offscreen

DISPLAYS = ("traces", "heat map")
UNITS = {"units": {"u": np.array([1.5])}}  # of no channel, so that there is a raster


def gpu(scene):
    canvas, _ = headless.context()
    canvas.set_current()
    return draw_offscreen(GpuRenderer(), scene)


RENDERERS = [
    pytest.param(software.render, id="software"),
    pytest.param(gpu, id="gpu", marks=pytest.mark.gl),
]


def change_to(display, theme="dark"):
    def change(view):
        view.display, view.theme = display, THEMES[theme]

    return change


def scene_with(shown, tile):
    """Return a scene whose tiles are what `tile` makes of those that were read."""
    tiles = {key: tile(key, value) for key, value in shown.tiles.items()}
    source = Source(shown.runs, tiles.get)
    return build_scene(shown.view, shown.layout, shown.viewport, [source], shown.points)


def absent(stream):
    return lambda key, tile: None if key.stream == stream else tile


def unsure(stream):
    def change(key, tile):
        if key.stream != stream:
            return tile
        return Tile(key, tile.first_bin, tile.data, np.arange(len(tile.data)) % 900 < 300)

    return change


def differing(one, other):
    return (one != other).any(axis=2)


# -- loading, unreadable, approximate --------------------------------------------------------------


@pytest.mark.parametrize("draw", RENDERERS)
@pytest.mark.parametrize(
    ("stream", "made", "display"), list(product((0, 1), (absent, unsure), DISPLAYS))
)
def test_marks_of_a_stream_leave_the_other_s_panel_and_the_raster_untouched(
    draw, stream, made, display
):
    shown = Shown(streams_of(2, 3, **UNITS), 0.0, 4.0, change=change_to(display))
    assert shown.layout.raster.height
    whole, marked = shown.scene(), scene_with(shown, made(stream))
    pictures = draw(whole), draw(marked)
    changed = differing(*pictures)
    top, bottom = shown.rows(stream)
    assert changed[top:bottom].any()
    changed[top:bottom] = False
    assert not changed.any()
    assert np.abs(pictures[1].astype(int) - software.render(marked)).max() <= 1


@pytest.mark.parametrize("draw", RENDERERS)
@pytest.mark.parametrize("display", DISPLAYS)
def test_what_is_absent_is_all_loading_from_the_top_of_its_panel_to_its_foot(draw, display):
    shown = Shown(streams_of(2, 3), 0.0, 4.0, change=change_to(display))
    theme, (top, bottom) = shown.view.theme, shown.rows(1)
    panel = draw(scene_with(shown, absent(1)))[top:bottom, :, :3]
    loading = (panel == theme.loading).all(axis=2)
    assert (loading | (panel == theme.grid).all(axis=2)).all() and loading.mean() > 0.9


@pytest.mark.parametrize("draw", RENDERERS)
@pytest.mark.parametrize("display", DISPLAYS)
def test_what_is_approximate_has_stripes_from_top_to_foot_and_a_bar_on_top(draw, display):
    shown = Shown(streams_of(2, 3), 0.0, 4.0, change=change_to(display))
    (top, bottom), scene = shown.rows(1), scene_with(shown, unsure(1))
    assert scene.approximate
    panel = (draw(scene)[top:bottom, :, :3] == shown.view.theme.approximate).all(axis=2)
    striped = np.flatnonzero(panel.all(axis=0))
    assert len(striped) > 5 and (striped % 8 == 0).all()
    assert (panel[:4] == panel[:1]).all() and panel[0].sum() > 4 * len(striped)
    assert not panel[4:, np.setdiff1d(np.arange(panel.shape[1]), striped)].any()


def test_streams_without_a_panel_leave_no_marks():
    shown = Shown(streams_of(2, 3), 0.0, 4.0)
    shown.layout = replace(shown.layout, panels=shown.layout.panels[:1])
    (panel,) = shown.layout.panels
    other = 1 - panel.stream
    plain = scene_with(shown, lambda key, tile: tile)
    for made in (absent, unsure):
        scene = scene_with(shown, made(other))
        assert not scene.approximate
        assert np.array_equal(software.render(scene), software.render(plain))


@pytest.mark.gl
@pytest.mark.parametrize("display", DISPLAYS)
def test_tiles_that_are_not_on_the_gpu_yet_are_loading_in_their_stream_s_panel(display):
    canvas, _ = headless.context()
    canvas.set_current()
    renderer = GpuRenderer()
    shown = Shown(streams_of(2, 3, **UNITS), 0.0, 4.0, change=change_to(display))
    scene = shown.scene()
    late = next(layer for layer in scene.layers if layer.view.run.stream == 1)
    early = replace(scene, layers=tuple(layer for layer in scene.layers if layer is not late))

    class Unprepared:
        """What uploads one layer and paints both."""

        def draw(self, _):
            renderer.prepare(early)
            renderer.paint(scene)

    found = draw_offscreen(Unprepared(), scene)
    top, bottom = shown.rows(1)
    x = columns_of(late.view, late.tiles[0].key)[0]
    assert (found[top:bottom, x:, :3] == shown.view.theme.loading).all()
    there = np.ones(scene.height, bool)
    there[top:bottom] = False
    complete = software.render(scene)
    assert np.abs(found[there].astype(int) - complete[there]).max() <= 1


# -- in figures ------------------------------------------------------------------------------------


def rectangles_of(root, color):
    """Return (x0, y0, x1, y1) of what an SVG's plot has in a colour, but for traces."""
    out = []
    (plot,) = [group for group in root.iter(f"{SVG}g") if group.get("id") == "plot"]
    for group in plot.iter(f"{SVG}g"):
        for item in group if group.get("class") == "rectangles" else ():
            if color_of(item.get("fill")) != color:
                continue
            if item.tag == f"{SVG}rect":
                x, y, w, h = (int(item.get(key)) for key in ("x", "y", "width", "height"))
                out.append((x, y, x + w, y + h))
            else:
                rings = rings_of(item.get("d"))
                out += [(*ring.min(axis=0).tolist(), *ring.max(axis=0).tolist()) for ring in rings]
    return out


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(("made", "name"), [(absent, "loading"), (unsure, "approximate")])
def test_marks_keep_to_their_panel_in_svg(display, made, name):
    shown = Shown(streams_of(2, 3, **UNITS), 0.0, 4.0, change=change_to(display))
    color = getattr(shown.view.theme, name)
    figure = figure_of(scene_with(shown, made(1)), [], shown.layout)
    boxes = rectangles_of(ElementTree.fromstring(svg_of(figure)), color)
    top, bottom = shown.rows(1)
    assert boxes and min(box[1] for box in boxes) == top and max(box[3] for box in boxes) == bottom


# -- gaps ------------------------------------------------------------------------------------------

BEFORE = 3.0
"""Seconds at which a stream of `paused` pauses."""


def paused(missing, stream=1, counts=(3, 2)):
    """Return streams of 1 kHz, one of which has so many samples less before `BEFORE` seconds."""
    first = [(0.0, noise(3000, count, seed=count) // 40) for count in counts]
    second = [(BEFORE, noise(3000, count, seed=count + 9) // 40) for count in counts]
    first[stream] = (0.0, first[stream][1][: 3000 - missing])
    return ArrayReader([first, second], [1000.0] * len(counts), **UNITS)


@pytest.mark.parametrize("draw", RENDERERS)
@pytest.mark.parametrize(
    ("display", "theme", "missing", "stream"),
    list(product(DISPLAYS, THEMES, (2, 9, 40), (0, 1))),
)
def test_a_narrow_gap_is_a_line_in_its_stream_s_panel_alone(draw, display, theme, missing, stream):
    shown = Shown(paused(missing, stream), 0.0, 6.0, change=change_to(display, theme))
    assert 0.1 < missing / 1000 / shown.viewport.seconds_per_pixel < 4
    image = draw(shown.scene())[..., :3]
    dashes = (image == shown.view.theme.text).all(axis=2)
    rows = np.zeros(len(image), bool)
    rows[slice(*shown.rows(stream))] = True
    assert not dashes[~rows].any()
    (x,) = np.flatnonzero(dashes[rows].sum(axis=0) > 10)
    middle = shown.viewport.x_of(BEFORE - missing / 2000)
    assert abs(x + 0.5 - middle) <= 1.5
    there = np.flatnonzero(dashes[rows][:, x])
    assert np.diff(there).max() <= 12 and there[0] < 12 and there[-1] >= rows.sum() - 12
    assert 0.2 < len(there) / rows.sum() < 0.3  # the rest of the column is seen between dashes
    none = Shown(paused(0, stream), 0.0, 6.0, change=change_to(display, theme))
    assert not (draw(none.scene())[..., :3] == none.view.theme.text).all(axis=2).any()


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_dashes_are_seen_on_any_colour_of_traces_and_heat_maps(theme):
    around = (theme.background, theme.text)
    for color in [*theme.heat_colors.tolist(), *theme.channel_colors(8).tolist()]:
        assert max(contrast(color, one) for one in around) >= 3
    assert contrast(*around) >= 7


@pytest.mark.parametrize("draw", RENDERERS)
def test_a_wide_gap_is_void_and_in_a_heat_map_has_a_line_at_each_end(draw):
    for display, lines in (("traces", 0), ("heat map", 2)):
        shown = Shown(paused(700), 0.0, 6.0, change=change_to(display))
        image = draw(shown.scene())[slice(*shown.rows(1)), :, :3]
        start, stop = np.rint(shown.viewport.x_of(np.array([2.3, 3.0]))).astype(int)
        inside = image[:, start + 3 : stop - 3]
        empty = (inside == shown.view.theme.void) | (inside == shown.view.theme.grid)
        assert empty.all()
        x = np.flatnonzero((image == shown.view.theme.text).all(axis=2).sum(axis=0) > 10)
        assert len(x) == lines
        if lines:
            assert np.abs(x - [start, stop - 1]).max() <= 2


def test_gaps_too_many_for_lines_have_notches_at_the_top_and_foot_of_their_panel():
    segments = [
        [(0.05 * n, noise(48, 2, seed=n) // 40), (0.05 * n, noise(50, 2) // 40)] for n in range(160)
    ]
    shown = Shown(ArrayReader(segments, [1000.0, 1000.0]), 0.0, 8.0)
    scene, (top, bottom) = shown.scene(), shown.rows(0)
    color = np.array(shown.view.theme.text)
    boxes = scene.over.box[(scene.over.rgba[:, :3] == color).all(axis=1)]
    assert set(map(tuple, boxes[:, 1::2].tolist())) == {
        (top + 1, top + 4),
        (bottom - 4, bottom - 1),
    }
    wanted = np.floor(shown.viewport.x_of(0.05 * np.arange(1, 160) - 0.001))
    found = np.unique(boxes[:, 0])
    assert np.abs(found[:, np.newaxis] - wanted).min(axis=0).max() <= 1
    assert np.abs(found[:, np.newaxis] - wanted).min(axis=1).max() <= 1


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 400),
    st.floats(-0.5, 2.9),
    st.floats(0.02, 40.0),
    st.sampled_from([1.0, 1.5, 2.0]),
    st.sampled_from(DISPLAYS),
)
def test_a_gap_in_sight_always_shows(missing, before, duration, ratio, display):
    """Whatever the zoom: as a line, or as columns that are void from top to foot."""
    size = (round(600 * ratio), round(400 * ratio))
    start = BEFORE - before * min(duration / 3, 1.0) - duration / 3
    shown = Shown(paused(missing), start, duration, size, ratio, change=change_to(display))
    left, right = shown.viewport.x_of(np.array([BEFORE - missing / 1000, BEFORE]))
    if left < 2 or right > shown.layout.plot.width - 2:
        return
    panel = software.render(shown.scene())[slice(*shown.rows(1)), :, :3]
    theme = shown.view.theme
    around = slice(int(left) - 1, int(right) + 2)
    dashed = (panel[:, around] == theme.text).all(axis=2).sum(axis=0) > 0.15 * len(panel)
    empty = np.zeros(panel[:, around].shape[:2], bool)
    for color in (theme.void, theme.grid):
        empty |= (panel[:, around] == color).all(axis=2)
    assert dashed.any() or empty.all(axis=0).sum() >= 4 * ratio - 2

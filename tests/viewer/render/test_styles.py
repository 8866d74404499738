"""Lines with width, heat maps and marks of both renderers against pixel-by-pixel oracles."""

from dataclasses import replace

import numpy as np
import pytest

from tests.oracles import styles as oracle
from tests.readers import noise
from tests.viewer.render.scenes import BACKGROUND, COLORS, scene_of
from viewer.engine.levels import bin_samples
from viewer.render import software
from viewer.render.scene import LineStyle, Marks

PALETTE = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 40)], axis=1).astype(
    np.uint8
)


@pytest.fixture(params=["software", pytest.param("gpu", marks=pytest.mark.gl)])
def draw(request):
    """Return the function that draws a scene with the renderer of this run."""
    if request.param == "software":
        return software.render
    from viewer.render import headless

    return headless.render


def with_layer(scene, **changes):
    return replace(scene, layers=tuple(replace(layer, **changes) for layer in scene.layers))


def marks_of(*entries):
    lane, start, stop, color = zip(*entries, strict=True)
    return Marks(
        np.array(lane), np.array(start), np.array(stop), np.array(color, np.uint8).reshape(-1, 3)
    )


# -- lines ---------------------------------------------------------------------------------------

LANES = [(0, -0.0012, 20.3), (1, 0.0009, 42.0), (2, -0.0002, 30.5)]


def expected_lines(samples, scene):
    """Return the picture of a scene of lines, float64."""
    layer = scene.layers[0]
    view, style = layer.view, layer.line
    image = np.empty((scene.height, scene.width, 3))
    image[:] = BACKGROUND
    shown = []
    for lane, channel in enumerate(layer.columns):
        points = []
        for i, value in enumerate(samples[:, channel].astype(float)):
            y = float(layer.slope[lane]) * (value - layer.pivot[lane]) + float(layer.base[lane])
            points.append(None if np.isnan(y) else (i / view.spp - view.first_column, y))
        shown.append((lane, points, layer.color[lane], range(view.x_start, view.x_stop)))
    marks = layer.marks
    for n in range(len(marks)):
        columns = range(max(marks.x_start[n], view.x_start), min(marks.x_stop[n], view.x_stop))
        shown.append((marks.lane[n], shown[marks.lane[n]][1], marks.color[n], columns))
    for _, points, color, columns in shown:
        for x in columns:
            # Only pieces that can reach the column: all others are too far away.
            first = max(0, int((view.first_column + x - 8) * view.spp) - 2)
            last = int((view.first_column + x + 8) * view.spp) + 4
            near = points[first:last]
            for y in range(scene.trace_height):
                share = oracle.covered(near, x, y, style.width, style.dot)
                if share:
                    oracle.over(image, x, y, color, share)
    return image


def assert_close(got, want, most=3):
    apart = np.abs(got[..., :3].astype(float) - want)
    assert apart.max() <= most, np.argwhere(apart.max(axis=2) > most)[:5]
    assert (got[..., 3] == 255).all()


@pytest.mark.parametrize("spp", [0.02, 0.11, 0.4, 0.97])
@pytest.mark.parametrize("style", [LineStyle(1.2), LineStyle(3.0), LineStyle(1.5, 3.2)])
def test_lines_cover_pixels_by_their_distance(draw, spp, style):
    samples = noise(400, 3)
    scene = scene_of(samples, spp, int(40 / spp), LANES, size=(90, 60), trace_height=55)
    scene = with_layer(scene, line=style)
    assert_close(draw(scene), expected_lines(samples, scene))


@pytest.mark.parametrize("first_column", [-20, 560])
def test_lines_end_with_the_recording(draw, first_column):
    samples = noise(300, 3)
    scene = scene_of(samples, 0.5, first_column, LANES, size=(80, 60))
    scene = with_layer(scene, line=LineStyle(2.0, 2.5))
    got = draw(scene)
    assert_close(got, expected_lines(samples, scene))
    assert (got[:, :15] == got[0, 0]).all() == (first_column < 0)
    assert (got[:, 45:] == got[0, -1]).all() == (first_column > 0)


def test_lines_across_tiles_are_whole(draw):
    samples = noise(3000, 3)
    scene = scene_of(samples, 0.9, int(1000 / 0.9), LANES, size=(90, 60))
    assert len(scene.layers[0].tiles) == 2
    scene = with_layer(scene, line=LineStyle(3.0))
    assert_close(draw(scene), expected_lines(samples, scene))


def test_lines_break_where_samples_are_no_numbers(draw):
    samples = noise(200, 3, dtype="float32")
    scale = 1000 / np.abs(samples).max()
    samples *= scale
    samples[25:27, 0], samples[30, 1] = np.nan, np.nan
    samples[33, 0], samples[35, 0] = np.nan, np.nan  # a sample alone is a dot
    lanes = [(0, -0.02, 20.3), (1, 0.02, 42.0), (2, -0.02, 30.5)]
    scene = scene_of(samples, 0.3, 60, lanes, size=(90, 60))
    for style in (LineStyle(2.0), LineStyle(2.0, 3.0)):
        styled = with_layer(scene, line=style)
        assert_close(draw(styled), expected_lines(samples, styled))


@pytest.mark.parametrize("spp", [0.9, 0.4, 0.1])
def test_a_sample_alone_is_seen_at_every_zoom_and_in_every_style(draw, spp):
    alone = np.full((200, 1), np.nan, np.float32)
    alone[50] = 100.0
    single = np.array([[100]], np.int16)
    for samples, place in ((alone, 50), (single, 0)):
        first = int(place / spp) - 30
        for style in (None, LineStyle(1.3), LineStyle(1.3, 2.0)):
            scene = scene_of(samples, spp, first, [(0, -0.1, 40.0)], size=(90, 60))
            got = draw(with_layer(scene, line=style))
            ink = np.argwhere((got[..., :3] != BACKGROUND).any(axis=2))
            assert len(ink) and np.abs(ink - [30, 30]).max() <= 1 / spp + 2
            assert (got[ink[:, 0], ink[:, 1], 0] > 100).any()


def test_marked_lines(draw):
    samples = noise(200, 3)
    marks = marks_of((0, 10, 22, COLORS[3]), (0, 40, 41, (9, 8, 7)), (1, 15, 30, (250, 0, 250)))
    scene = scene_of(samples, 0.3, 60, LANES, size=(90, 60))
    scene = with_layer(scene, line=LineStyle(2.0), marks=marks)
    assert_close(draw(scene), expected_lines(samples, scene))


# -- marks on columns ----------------------------------------------------------------------------


@pytest.mark.parametrize("spp", [1.0, 4.7, 33.0])
def test_marks_colour_the_trace_itself_above_all_lanes(draw, spp):
    samples = noise(20_000, 3)
    plain = scene_of(samples, spp, 20, [(0, -0.001, 60.3), (1, -0.002, 100.7)], size=(120, 160))
    marks = marks_of((0, 5, 30, (200, 0, 200)), (0, 70, 71, (0, 200, 200)), (1, 20, 25, (9, 9, 9)))
    got = draw(with_layer(plain, marks=marks))
    # What a lane inks by itself is what its marks colour, in the order of marks.
    want = draw(plain)
    for n in range(len(marks)):
        layer = plain.layers[0]
        lane = slice(int(marks.lane[n]), int(marks.lane[n]) + 1)
        alone = with_layer(
            plain,
            columns=layer.columns[lane],
            slope=layer.slope[lane],
            base=layer.base[lane],
            pivot=layer.pivot[lane],
            color=layer.color[lane],
        )
        ink = (draw(alone)[..., :3] != BACKGROUND).any(axis=2)
        ink[:, : marks.x_start[n]] = ink[:, marks.x_stop[n] :] = False
        assert ink.any()
        want[ink, :3] = marks.color[n]
    assert np.array_equal(got, want)


def test_marks_across_tiles_and_beyond_the_picture(draw):
    samples = noise(5000, 2)
    scene = scene_of(samples, 2.0, 462, [(0, -0.001, 60.3)], size=(100, 120))
    assert len(scene.layers[0].tiles) == 2
    got = draw(with_layer(scene, marks=marks_of((0, -30, 300, (1, 2, 3)))))
    colors = np.unique(got[..., :3].reshape(-1, 3), axis=0).tolist()
    assert sorted(colors) == sorted([[1, 2, 3], list(BACKGROUND)])


# -- heat maps -----------------------------------------------------------------------------------


def expected_heat(samples, scene):
    layer, view = scene.layers[0], scene.layers[0].view
    image = np.empty((scene.height, scene.width, 4), np.uint8)
    image[:] = (*BACKGROUND, 255)
    count = bin_samples(view.level)
    middles = (
        (np.arange(len(samples)) // count + 0.5) * count if count > 1 else np.arange(len(samples))
    )
    column_of = np.floor(middles / view.spp).astype(int) - view.first_column
    for x in range(view.x_start, view.x_stop):
        if view.interpolated:
            nearest = int(np.floor((view.first_column + x + 0.5) * view.spp + 0.5))
            members = np.array([min(max(nearest, 0), len(samples) - 1)])
        else:
            members = np.flatnonzero(column_of == x)
        for y in range(scene.trace_height):
            values = []
            for lane in range(*layer.heat[y]):
                raw = samples[members, layer.columns[lane]].astype(np.float64) - layer.pivot[lane]
                for value in (raw.min(initial=np.inf), raw.max(initial=-np.inf)):
                    scaled = np.float32(value) * layer.slope[lane] + layer.base[lane]
                    values.append(min(max(float(scaled), -1.0), 1.0))
            value = oracle.furthest(values)
            if value is not None:
                color = min(int((value + 1) / 2 * len(PALETTE)), len(PALETTE) - 1)
                image[y, x, :3] = PALETTE[color]
    return image


def heat_scene(samples, spp, first_column, lanes, rows, size=(70, 40)):
    scene = scene_of(samples, spp, first_column, lanes, size=size, trace_height=len(rows))
    return replace(with_layer(scene, heat=np.array(rows)), colors=PALETTE)


HEAT_LANES = [(0, 0.00003, 0.1), (2, -0.00005, 0.0), (1, 0.0001, -0.2), (0, 0.00001, 0.0)]


@pytest.mark.parametrize("spp", [0.07, 0.6, 1.0, 3.5, 7.3, 50.0])
def test_a_heat_map_shows_the_furthest_value_of_each_column(draw, spp):
    samples = noise(8000, 3)
    rows = [(0, 1)] * 10 + [(1, 2)] * 9 + [(2, 3)] * 10 + [(3, 4)] * 6
    scene = heat_scene(samples, spp, int(100 / spp), HEAT_LANES, rows)
    assert_heat(draw(scene), expected_heat(samples, scene))


def test_lanes_that_share_a_row_show_the_furthest_of_them(draw):
    samples = noise(8000, 3)
    rows = [(0, 3), (3, 4), (0, 0), (1, 4), (0, 4), (2, 2)]
    scene = heat_scene(samples, 2.2, 30, HEAT_LANES, rows)
    assert_heat(draw(scene), expected_heat(samples, scene))


def test_a_spike_of_one_sample_is_seen_in_a_heat_map_of_many_lanes(draw):
    samples = np.zeros((40_000, 60), np.int16)
    samples[20_123, 41] = -2000
    lanes = [(channel, 0.0005, 0.0) for channel in range(60)]
    rows = [(first, first + 20) for first in (0, 20, 40)]
    scene = heat_scene(samples, 400.0, 0, lanes, rows, size=(100, 3))
    got = draw(scene)
    column = int((20_123 // 192 + 0.5) * 192 / 400)
    lit = np.argwhere((got[..., :3] != PALETTE[128]).any(axis=2))
    assert lit.tolist() == [[2, column]]
    assert got[2, column, :3].tolist() == PALETTE[0].tolist()


def test_more_lanes_to_a_row_than_a_screen_has_rows_lose_nothing(draw):
    samples = np.zeros((3000, 300), np.int16)
    samples[1234, 290] = 2000
    lanes = [(channel, 0.0005, 0.0) for channel in range(300)]
    scene = heat_scene(samples, 12.0, 0, lanes, [(0, 300)], size=(200, 1))
    got = draw(scene)
    lit = np.argwhere((got[..., :3] != PALETTE[128]).any(axis=2))
    assert lit.tolist() == [[0, 1234 // 12]] and got[0, 102, :3].tolist() == PALETTE[255].tolist()


@pytest.mark.parametrize("order", [1, -1])
def test_streams_that_share_a_row_show_the_furthest_of_both(draw, order):
    samples, rows = noise(8000, 3), [(0, 2)] * 6
    scenes = [
        heat_scene(samples, 2.2, 30, lanes, rows) for lanes in (HEAT_LANES[:2], HEAT_LANES[2:])
    ]
    layers = [replace(scene.layers[0], view=scene.layers[0].view) for scene in scenes]
    both = replace(scenes[0], layers=tuple(layers[::order]))
    together = heat_scene(samples, 2.2, 30, HEAT_LANES, [(0, 4)] * 6)
    assert_heat(draw(both), expected_heat(samples, together))


def test_heat_maps_end_with_the_recording_and_across_tiles(draw):
    samples = noise(3000, 3)
    rows = [(0, 1)] * 5 + [(1, 4)] * 5
    for spp, first in ((2.0, -20), (2.0, 1460), (2.0, 490), (0.5, 5970)):
        scene = heat_scene(samples, spp, first, HEAT_LANES, rows)
        assert_heat(draw(scene), expected_heat(samples, scene))


def test_no_number_has_no_colour(draw):
    samples = noise(100, 3, dtype="float32")
    samples[20:30] = np.nan
    scene = heat_scene(samples, 1.0, 0, [(0, 0.1, 0.0)], [(0, 1)] * 4)
    got = draw(scene)
    assert (got[:4, 20:30, :3] == BACKGROUND).all()
    assert (got[:4, :20, 2] == 40).all() and (got[:4, 30:, 2] == 40).all()


def assert_heat(got, want):
    """Colours are the same, but for neighbours where float32 and float64 round differently."""
    apart = np.abs(got.astype(int) - want.astype(int)).max(axis=2)
    assert apart.max() <= 1
    assert (apart > 0).mean() < 0.005


# -- together --------------------------------------------------------------------------------------


def test_kinds_lie_above_each_other_whatever_the_order_of_layers(draw):
    samples = noise(4000, 3)
    columns = scene_of(samples, 2.0, 40, [(0, -0.001, 20.3)], size=(70, 40)).layers[0]
    lines = with_layer(
        scene_of(samples, 0.5, 160, [(1, -0.001, 22.0)], size=(70, 40)), line=LineStyle(2.0)
    ).layers[0]
    heat = heat_scene(samples, 2.0, 40, HEAT_LANES, [(0, 1)] * 20 + [(1, 2)] * 20)
    backwards = replace(heat, layers=(lines, columns, *heat.layers))
    forwards = replace(heat, layers=(*heat.layers, columns, lines))
    assert np.array_equal(draw(backwards), draw(forwards))
    without = draw(replace(heat, layers=(*heat.layers, columns)))
    under = draw(heat)
    ink = (without != under).any(axis=2)
    assert (without[ink][:, :3] == columns.color[0]).all() and 100 < ink.sum() < 2500

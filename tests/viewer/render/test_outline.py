"""Shapes for print against the software renderer's ink, filled in by a few lines of this file."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.oracles import styles as oracle
from tests.readers import noise
from tests.viewer.render.scenes import BACKGROUND, COLORS, scene_of
from viewer.render import software
from viewer.render.outline import Image, Outline, Stroke, _rings, shapes_of
from viewer.render.scene import LineStyle, Marks

LANES = [(0, -0.004, 60.3), (1, -0.003, 140.7), (2, 0.002, 95.1)]


def filled(rings, height, width):
    """Return which pixels lie inside rings: those with an odd number of edges to their left."""
    inside = np.zeros((height, width), bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            assert (x0 == x1) != (y0 == y1), "an edge is horizontal or vertical, and has a length"
            if x0 == x1:
                inside[min(y0, y1) : max(y0, y1), x0:] ^= True
    return inside


def drawn(scene, shapes):
    """Return the picture of shapes, float64, on the scene's background."""
    image = np.empty((scene.height, scene.width, 3))
    image[:] = BACKGROUND
    for shape in shapes:
        if isinstance(shape, Outline):
            image[filled(shape.rings(), scene.height, scene.width)] = shape.color
        elif isinstance(shape, Image):
            there = shape.rgba[..., 3] == 255
            image[: len(there)][there] = shape.rgba[there][:, :3]
        else:
            stroke(image, shape)
    return image


def stroke(image, shape):
    """Lay a stroke over an image, pixel by pixel."""
    x0, y0, x1, y1 = shape.box
    for x in range(x0, x1):
        near = []
        for line in shape.lines:
            picked = np.flatnonzero((line[1:, 0] > x - 8) & (line[:-1, 0] < x + 9))
            if len(picked):
                near += [tuple(point) for point in line[picked[0] : picked[-1] + 2]] + [None]
        dots = [tuple(dot) for dot in shape.dots if abs(dot[0] - x) < 9]
        for y in range(y0, y1):
            share = oracle.covered(near, x, y, shape.width, 0.0)
            for dot in dots:
                share = max(share, oracle.covered([dot], x, y, 2 * shape.radius, 0.0))
            if share:
                oracle.over(image, x, y, shape.color, share)


def with_layer(scene, **changes):
    return replace(scene, layers=tuple(replace(layer, **changes) for layer in scene.layers))


def marks_of(*entries):
    lane, start, stop, color = zip(*entries, strict=True)
    return Marks(
        np.array(lane), np.array(start), np.array(stop), np.array(color, np.uint8).reshape(-1, 3)
    )


def assert_same_ink(scene):
    shapes = shapes_of(scene)
    assert np.array_equal(drawn(scene, shapes), software.render(scene)[..., :3])
    return shapes


# -- columns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spp", [0.013, 0.3, 1.0, 3.999, 64.0, 301.5])
@pytest.mark.parametrize("thickness", [1, 2, 3])
def test_outlines_hold_the_pixels_that_the_renderer_inks(spp, thickness):
    samples = noise(30_000, 3)
    scene = scene_of(
        samples, spp, int(100 / spp), LANES, size=(90, 200), thickness=thickness, trace_height=170
    )
    shapes = assert_same_ink(scene)
    lanes = [shape.channel[1] for shape in shapes]  # one may lie below the traces' part
    assert lanes == sorted(set(lanes)) and len(lanes) >= 2
    assert [shape.color for shape in shapes] == [tuple(COLORS[lane].tolist()) for lane in lanes]


@given(
    data=st.lists(st.integers(-40, 40) | st.just(None), min_size=1, max_size=60),
    spp=st.sampled_from([0.4, 1.0, 1.5, 3.0]),
    first_column=st.integers(-5, 20),
    thickness=st.integers(1, 3),
    limits=st.tuples(st.integers(-5, 30), st.integers(-5, 45)) | st.none(),
    spared=st.tuples(st.integers(-5, 30), st.integers(0, 25)) | st.none(),
    marked=st.lists(
        st.tuples(st.integers(0, 1), st.integers(-3, 32), st.integers(0, 9), st.integers(2, 3)),
        max_size=6,
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_data_gaps_limits_and_marks(data, spp, first_column, thickness, limits, spared, marked):
    samples = np.array([np.nan if v is None else v for v in data], np.float32)[:, np.newaxis]
    assume(first_column * spp < len(data) - 1)
    lanes = [(0, -0.7, 15.2), (0, 1.0, 24.0)]
    scene = scene_of(
        samples, spp, first_column, lanes, (30, 40), thickness=thickness, trace_height=36
    )
    if limits is not None:
        scene = with_layer(scene, clip=np.array([limits, (0, 20)], np.int64))
    if spared is not None:
        first, rows = spared
        scene = with_layer(scene, spared=np.array([(first, first + rows), (10, 30)], np.int64))
    if marked:
        marks = [(lane, start, start + n, COLORS[color]) for lane, start, n, color in marked]
        scene = with_layer(scene, marks=marks_of(*marks))
    assert_same_ink(scene)


def test_a_flat_trace_is_one_rectangle_and_a_step_two_corners_more():
    samples = np.zeros((400, 2), np.int16)
    samples[100:200, 1] = -30
    scene = scene_of(samples, 2.0, 0, [(0, -1.0, 50.0), (1, -1.0, 90.0)], thickness=2)
    flat, step = shapes_of(scene)
    assert flat.corners.tolist() == [[0, 50], [200, 50], [200, 52], [0, 52]]
    # Of a flank, from 90 to 120 and back, each of two columns reaches half way, to 105.
    assert step.corners.tolist() == [
        *([0, 90], [50, 90], [50, 105], [51, 105], [51, 120], [99, 120], [99, 105], [100, 105]),
        *([100, 90], [200, 90], [200, 92], [101, 92], [101, 107], [100, 107], [100, 122]),
        *([50, 122], [50, 107], [49, 107], [49, 92], [0, 92]),
    ]
    assert flat.starts.tolist() == step.starts.tolist() == [0]


def test_a_gap_parts_the_outline_in_two_rings():
    samples = np.zeros((60, 1), np.float32)
    samples[20:30] = np.nan
    scene = scene_of(samples, 1.0, 0, [(0, -1.0, 50.0)])
    (shape,) = shapes_of(scene)
    assert [ring.tolist() for ring in shape.rings()] == [
        [[0, 50], [20, 50], [20, 51], [0, 51]],
        [[30, 50], [60, 50], [60, 51], [30, 51]],
    ]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5)), min_size=1, max_size=40))
def test_rings_hold_any_columns_and_only_such_as_touch_share_one(columns):
    top = np.array([start for start, _ in columns])
    bottom = top + [height for _, height in columns]
    assume((top < bottom).any())
    corners, starts = _rings(top, bottom)
    row = np.arange(20)[:, np.newaxis]
    inside = filled(np.split(corners, starts[1:]), 20, len(top))
    assert np.array_equal(inside, (row >= top) & (row < bottom))
    shared = [set(range(a, b)) for a, b in zip(top, bottom, strict=True)]
    apart = sum(
        bool(rows) and not (rows & before)
        for before, rows in zip([set(), *shared], shared, strict=False)
    )
    assert len(starts) == apart


def test_columns_of_a_missing_tile_are_left_out():
    samples = noise(5000, 3)
    scene = scene_of(samples, 5.0, 0, LANES, size=(900, 200))
    assert len(scene.layers[0].tiles) == 5
    scene = with_layer(scene, tiles=(scene.layers[0].tiles[0], scene.layers[0].tiles[2]))
    shapes = assert_same_ink(scene)
    assert all(len(shape.starts) >= 2 for shape in shapes)


def test_marks_lie_over_all_traces_in_their_own_order():
    samples = noise(20_000, 3)
    marks = marks_of(
        (0, 5, 30, (200, 0, 200)), (0, 30, 41, (0, 200, 200)), (0, 41, 50, (200, 0, 200)),
        (2, 7, 60, (9, 9, 9)), (1, 20, 25, (9, 9, 9)), (0, 22, 24, (1, 1, 1)),
    )  # fmt: skip
    lanes = [(0, -0.004, 80.3), (1, -0.003, 90.7), (2, 0.002, 95.1)]
    scene = with_layer(scene_of(samples, 4.7, 20, lanes, size=(90, 160)), marks=marks)
    shapes = assert_same_ink(scene)
    # Neighbours of one lane are one shape for each colour.
    assert [shape.channel[1] for shape in shapes] == [0, 1, 2, 0, 0, 2, 1, 0]


def test_later_layers_lie_over_earlier_ones_and_all_marks_over_both():
    samples = noise(20_000, 3)
    first = scene_of(samples, 4.7, 20, LANES, size=(90, 200))
    second = scene_of(samples, 4.7, 35, [(1, -0.006, 80.0)], size=(90, 200))
    marks = marks_of((0, 10, 70, (7, 8, 9)))
    layers = (replace(first.layers[0], marks=marks), second.layers[0])
    assert_same_ink(replace(first, layers=layers))


# -- lines ---------------------------------------------------------------------------------------

LINE_LANES = [(0, -0.0012, 20.3), (1, 0.0009, 42.0), (2, -0.0002, 30.5)]


def assert_same_lines(scene, most=2):
    shapes = shapes_of(scene)
    apart = np.abs(drawn(scene, shapes) - software.render(scene)[..., :3])
    assert apart.max() <= most, np.argwhere(apart.max(axis=2) > most)[:5]
    return shapes


@pytest.mark.parametrize("spp", [0.02, 0.4, 0.97])
@pytest.mark.parametrize("style", [LineStyle(1.2), LineStyle(3.0), LineStyle(1.5, 3.2)])
def test_strokes_cover_what_the_renderer_covers(spp, style):
    samples = noise(400, 3)
    scene = scene_of(samples, spp, int(40 / spp), LINE_LANES, size=(60, 60), trace_height=55)
    shapes = assert_same_lines(with_layer(scene, line=style))
    assert {shape.width for shape in shapes} == {style.width}
    assert all(len(shape.dots) > 0 for shape in shapes) == (style.dot > 0)


@pytest.mark.parametrize("first_column", [-20, 560])
def test_strokes_end_with_the_recording(first_column):
    scene = scene_of(noise(300, 3), 0.5, first_column, LINE_LANES, size=(80, 60))
    assert_same_lines(with_layer(scene, line=LineStyle(2.0, 2.5)))


def test_strokes_across_tiles_are_one_line_and_end_where_a_tile_is_missing():
    samples = noise(3000, 3)
    scene = scene_of(samples, 0.9, int(1000 / 0.9), LINE_LANES, size=(90, 60))
    scene = with_layer(scene, line=LineStyle(3.0))
    tiles = scene.layers[0].tiles
    assert len(tiles) == 2
    assert [len(shape.lines) for shape in assert_same_lines(scene)] == [1, 1, 1]
    for tile in tiles:
        assert_same_lines(with_layer(scene, tiles=(tile,)))


def test_strokes_are_cut_off_at_their_lanes():
    scene = scene_of(noise(400, 3), 0.4, 100, LINE_LANES, size=(60, 60))
    clip = np.array([(10, 24), (30, 50), (58, 90)], np.int64)
    scene = with_layer(scene, line=LineStyle(2.0, 3.0), clip=clip)
    shapes = assert_same_lines(scene)
    assert [shape.box[1::2] for shape in shapes] == [(10, 24), (30, 50), (58, 60)]


def test_lines_break_where_samples_are_no_numbers_and_one_alone_is_a_dot():
    samples = noise(200, 3, dtype="float32")
    samples *= 1000 / np.abs(samples).max()
    samples[25:27, 0] = samples[30, 1] = samples[33, 0] = samples[35, 0] = np.nan
    lanes = [(0, -0.02, 20.3), (1, 0.02, 42.0), (2, -0.02, 30.5)]
    scene = scene_of(samples, 0.3, 60, lanes, size=(60, 60))
    for style in (LineStyle(2.0), LineStyle(2.0, 3.0)):
        shapes = assert_same_lines(with_layer(scene, line=style))
        assert [len(shape.lines) for shape in shapes] == [3, 2, 1]
    alone = shapes_of(with_layer(scene, line=LineStyle(2.0)))[0]
    assert len(alone.dots) == 1 and alone.radius == 1.0
    assert alone.dots[0, 0] == pytest.approx(34 / 0.3 - 60, abs=0.05)


def test_marked_lines_have_the_marks_colour_between_its_columns():
    marks = marks_of((0, 10, 22, COLORS[3]), (0, 40, 41, (9, 8, 7)), (1, 15, 30, (250, 0, 250)))
    scene = scene_of(noise(200, 3), 0.3, 60, LINE_LANES, size=(60, 60))
    shapes = assert_same_lines(with_layer(scene, line=LineStyle(2.0), marks=marks))
    assert [shape.box[::2] for shape in shapes[3:]] == [(10, 22), (40, 41), (15, 30)]
    assert isinstance(shapes[3], Stroke)


# -- heat maps -----------------------------------------------------------------------------------


def test_a_heat_map_is_an_image_of_its_own_that_is_empty_where_nothing_is_shown():
    rows = [(0, 1)] * 20 + [(1, 3)] * 10 + [(0, 0)] * 10
    lanes = [(0, 0.00003, 0.1), (2, -0.00005, 0.0), (1, 0.0001, -0.2)]
    scene = scene_of(noise(8000, 3), 3.5, -20, lanes, size=(70, 44), trace_height=40)
    palette = np.stack([np.arange(256), np.arange(256)[::-1], np.full(256, 40)], axis=1)
    scene = replace(with_layer(scene, heat=np.array(rows)), colors=palette.astype(np.uint8))
    (image,) = assert_same_ink(scene)
    assert image.rgba.shape == (40, 70, 4)
    assert (image.rgba[:30, 20:, 3] == 255).all()
    assert not image.rgba[30:, :, 3].any() and not image.rgba[:, :20, 3].any()

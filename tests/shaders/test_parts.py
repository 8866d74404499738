"""Every shared part of the shaders by itself: what its functions return, number by number."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import shaders
from tests.readers import noise
from tests.shaders.evaluate import evaluate, float_texture, tile_texture
from tests.viewer.render.scenes import scene_of
from viewer.render.buffers import lane_texels
from viewer.render.textures import ABSENT

pytestmark = pytest.mark.gl


def test_parts_are_included_where_they_are_named():
    source = shaders.load("trace.vert")
    assert "#include" not in source and source.startswith("#version 120")
    for part in ("tile", "columns", "lanes", "place", "item"):
        assert shaders.load(f"{part}.glsl") in source


# -- tile.glsl -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_every_16_bit_value_is_fetched_as_it_is(dtype):
    lowest = np.iinfo(dtype).min
    values = np.arange(lowest, lowest + 65536)
    data = values.astype(dtype).reshape(256, 256)
    places = np.stack([np.tile(np.arange(256), 256), np.repeat(np.arange(256), 256)], axis=1)
    got = evaluate(
        ["tile.glsl"], "vec4(fetch(given.x, given.y, 0.0, 0.0))", places, **tile_texture(data)
    )
    assert np.array_equal(got[:, 0], values)


def test_pairs_are_a_row_for_the_least_and_one_for_the_greatest():
    data = noise(2 * 7 * 5, 1).reshape(7, 2, 5)
    places = [(c, b, s) for b in range(7) for s in range(2) for c in range(5)]
    got = evaluate(
        ["tile.glsl"], "vec4(fetch(given.x, given.y, given.z, 0.0))", places, **tile_texture(data)
    )
    assert np.array_equal(got[:, 0], data.ravel())


def test_bins_are_counted_from_the_draw_s_own_row():
    data = noise(2 * 9 * 2, 1).reshape(9, 2, 2)
    got = evaluate(
        ["tile.glsl"], "vec4(fetch(1.0, given.x, 1.0, 0.0))", [-4, 0, 4], **tile_texture(data, 4)
    )
    assert got[:, 0].tolist() == [data[bin_, 1, 1] for bin_ in (0, 4, 8)]


def test_values_are_counted_from_the_pivot_and_absent_ones_stay_absent():
    data = np.array([[1.5, np.nan], [8_000_001, -np.inf]], np.float32)
    got = evaluate(
        ["tile.glsl"],
        "vec4(fetch(given.x, given.y, 0.0, 8000000.0))",
        [(0, 0), (1, 0), (0, 1), (1, 1)],
        **tile_texture(data),
    )[:, 0]
    assert got[0] == np.float32(1.5) - np.float32(8e6)
    assert got[1] == ABSENT and got[2] == 1.0 and got[3] < -9e37


def test_further_of_two_values():
    absent = float(ABSENT)
    cases = [
        ((1, 2, 1), 2),
        ((1, 2, -1), 1),
        ((-3, 2, 1), 2),
        ((-3, 2, -1), -3),
        ((absent, 2, -1), 2),
        ((1, absent, 1), 1),
        ((absent, absent, 1), absent),
    ]
    got = evaluate(
        ["tile.glsl"],
        "vec4(further(given.x, given.y, given.z))",
        [case for case, _ in cases],
        **tile_texture(np.zeros((1, 1), np.int16)),
    )
    assert got[:, 0].tolist() == [np.float32(want) for _, want in cases]


# -- columns.glsl ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "origin", "half"),
    [(2.75, 0.5, 0.5), (4095 / 1024, 0.25, 0.0), (2049 / 2**19, 2047 / 2**19, 0.0)],
)
@pytest.mark.parametrize("row", [0, 7, 1000])
def test_the_first_bin_of_a_column_is_exact(ratio, origin, half, row):
    data = noise(1048, 1)
    columns = np.arange(-3, 4096)
    got = evaluate(
        ["tile.glsl", "columns.glsl"],
        "vec4(edge(given.x))",
        columns,
        u_ratio=ratio,
        u_origin=origin,
        u_half=half,
        **tile_texture(data, row),
    )[:, 0]
    exact = [
        math.ceil(int(k) * Fraction(ratio) + Fraction(origin) - Fraction(half)) for k in columns
    ]
    assert got.tolist() == [min(max(edge, -row), 1048 - row) for edge in exact]


def test_the_extremes_of_bins():
    data = np.sort(noise(2 * 40 * 3, 1).reshape(40, 2, 3), axis=1)
    spans = [
        (c, start, start + n, sign)
        for c in range(3)
        for start in (0, 5, 33)
        for n in (1, 2, 6)
        for sign in (-1, 1)
    ]
    got = evaluate(
        ["tile.glsl", "columns.glsl"],
        "vec4(extreme(given.x, 100.0, given.y, given.z, given.w))",
        spans,
        u_ratio=1.0,
        u_origin=0.0,
        u_half=0.0,
        **tile_texture(data),
    )[:, 0]
    want = [
        (data[a:b, 0, c].min() if sign < 0 else data[a:b, 1, c].max()) - 100.0
        for c, a, b, sign in spans
    ]
    assert got.tolist() == want


def test_bins_of_no_sample_have_no_extreme():
    got = evaluate(
        ["tile.glsl", "columns.glsl"],
        "vec4(extreme(0.0, 0.0, given.x, given.y, 1.0))",
        [(3, 3), (4, 2)],
        u_ratio=1.0,
        u_origin=0.0,
        u_half=0.0,
        **tile_texture(noise(10, 1)),
    )
    assert (got[:, 0] == ABSENT).all()


def test_the_line_between_samples():
    data = np.array([[10.0], [20.0], [np.nan], [40.0], [-8.0]], np.float32)
    got = evaluate(
        ["tile.glsl", "columns.glsl"],
        "vec4(line(0.0, 5.0, given.x))",
        [0, 0.25, 0.5, 1.5, 2.5, 3.0, 3.75, 4.0],
        u_ratio=1.0,
        u_origin=0.0,
        u_half=0.0,
        **tile_texture(data),
    )[:, 0]
    absent = float(ABSENT)
    assert got.tolist() == [5, 7.5, 10, absent, absent, 35, -1, -13]


# -- lanes.glsl ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lanes", [1, 3, 384, 5000])
def test_each_lane_has_its_own_texels(lanes):
    values = np.random.default_rng(1).normal(size=(3, lanes, 4)).astype(np.float32)
    uniforms = {"u_lanes": float_texture(values), "u_lane_count": lanes}
    scale = evaluate(["lanes.glsl"], "lane_scale(given.x)", np.arange(lanes), **uniforms)
    assert np.array_equal(scale, values[0])
    color = evaluate(["lanes.glsl"], "vec4(lane_color(given.x), 1.0)", np.arange(lanes), **uniforms)
    assert np.array_equal(color[:, :3], values[1, :, :3])
    limits = evaluate(
        ["lanes.glsl"], "vec4(lane_limits(given.x), 0.0, 1.0)", np.arange(lanes), **uniforms
    )
    assert np.array_equal(limits[:, :2], values[2, :, :2])


def test_a_lane_is_read_as_it_was_written():
    """Whole rows, also beyond the plot and of many lanes, come out of the texture as they are."""
    lanes, height = 300, 900
    clip = np.stack([np.arange(lanes) * 3 - 5, np.arange(lanes) * 3 + 40], axis=1)
    given = [(c % 7, 0.01 * c, 5.0 + c) for c in range(lanes)]
    layer = scene_of(noise(100, 7), 1.0, 0, given, pivot=17.0, clip=clip).layers[0]
    spared = np.stack([np.arange(lanes) * 4 - 9, np.arange(lanes) * 4 + 2], axis=1)
    layer = replace(layer, spared=spared)
    texels = lane_texels(layer, height)
    assert texels.shape == (3, lanes, 4) and texels.dtype == np.float32
    uniforms = {"u_lanes": float_texture(texels), "u_lane_count": lanes}
    at = np.arange(lanes)
    limits = evaluate(["lanes.glsl"], "vec4(lane_limits(given.x), 0.0, 1.0)", at, **uniforms)
    assert np.array_equal(limits[:, :2], np.clip(clip, 0, height))
    free = evaluate(["lanes.glsl"], "vec4(lane_free(given.x), 0.0, 1.0)", at, **uniforms)
    assert np.array_equal(free[:, :2], np.clip(spared, 0, height))
    scale = evaluate(["lanes.glsl"], "lane_scale(given.x)", at, **uniforms)
    want = np.stack([layer.columns, layer.slope, layer.pivot, layer.base], axis=1)
    assert np.array_equal(scale, want.astype(np.float32))
    color = evaluate(["lanes.glsl"], "vec4(lane_color(given.x), 1.0)", at, **uniforms)
    assert np.array_equal(np.rint(color[:, :3] * 255), layer.color)
    whole = lane_texels(replace(layer, clip=None, spared=None), height)
    assert (whole[2] == (0, height, 0, 0)).all()


# -- place.glsl ------------------------------------------------------------------------------------


def test_the_plot_is_counted_from_its_top_left_corner():
    got = evaluate(
        ["place.glsl"],
        "place(given.xy)",
        [(0, 0), (300, 200), (150, 100), (0, 200)],
        u_size=(300, 200),
    )
    assert got[:, :2].tolist() == [[-1, 1], [1, -1], [0, 0], [-1, -1]]

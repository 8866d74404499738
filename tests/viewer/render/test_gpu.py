"""What goes up to the GPU, and how the shaders read it."""

from dataclasses import replace

import numpy as np
import pytest

from tests.readers import noise
from tests.viewer.render.scenes import rects, scene_of
from viewer.render import headless, software
from viewer.render.gpu import GpuRenderer
from viewer.render.textures import BYTES_INT16, BYTES_UINT16, FLOAT32, texels_of
from viewer.render.verify import draw_offscreen as draw

pytestmark = pytest.mark.gl


@pytest.fixture
def renderer():
    """Return a renderer of its own, so that uploads are counted from zero."""
    canvas, _ = headless.context()
    canvas.set_current()
    return GpuRenderer()


def test_int16_goes_up_as_its_own_bytes():
    data = noise(50, 3)
    texels, decode = texels_of(data)
    assert decode == BYTES_INT16
    assert texels.dtype == np.uint8 and texels.shape == (50, 3, 2)
    assert texels.tobytes() == data.astype("<i2").tobytes()
    assert np.shares_memory(texels, data)
    pairs = noise(60, 4).reshape(30, 2, 4)
    assert texels_of(pairs)[0].shape == (60, 4, 2)


def test_other_types_go_up_without_loss():
    for dtype, decode in (("uint16", BYTES_UINT16), ("int8", BYTES_INT16), ("uint8", BYTES_INT16)):
        data = noise(20, 2, dtype=dtype)
        texels, found = texels_of(data)
        kind = "<u2" if found == BYTES_UINT16 else "<i2"
        assert found == decode
        assert np.array_equal(texels.reshape(20, -1).view(kind), data)
    floats, found = texels_of(noise(20, 2, dtype="float32"))
    assert found == FLOAT32 and floats.dtype == np.float32


SAMPLES = noise(20_000, 6)
LANES = [(c, -0.001, 20.0 + 30 * c) for c in range(6)]


def test_two_bytes_a_sample_and_each_once(renderer):
    scene = scene_of(SAMPLES, 2.0, 0, LANES)
    draw(renderer, scene)
    values = sum(tile.data.size for tile in scene.layers[0].tiles)
    assert renderer.uploads.samples == 2 * values
    draw(renderer, scene)
    assert renderer.uploads.samples == 2 * values


def again(scene, samples=None, **changes):
    """Return a scene on the same tiles with other uniforms, as a pan or a gain makes it."""
    layer = scene.layers[0]
    tiles = {tile.key: tile for tile in layer.tiles}
    spp = changes.pop("spp", layer.view.spp)
    first = changes.pop("first_column", layer.view.first_column)
    lanes = changes.pop("lanes", LANES)
    other = scene_of(SAMPLES, spp, first, lanes)
    known = tuple(tiles[tile.key] for tile in other.layers[0].tiles)
    return replace(other, layers=(replace(other.layers[0], tiles=known),))


def test_pan_and_zoom_within_loaded_tiles_send_no_samples_and_no_lanes(renderer):
    scene = scene_of(SAMPLES, 2.0, 100, LANES)
    draw(renderer, scene)
    before = vars(renderer.uploads).copy()
    for changed in (
        again(scene, first_column=130),
        again(scene, spp=2.5, first_column=80),
        again(scene, spp=1.25, first_column=10),
    ):
        got = draw(renderer, changed)
        assert np.array_equal(got, software.render(changed))
    after = vars(renderer.uploads)
    assert after["samples"] == before["samples"]
    assert after["lanes"] == before["lanes"]


def test_gain_order_and_colour_send_only_the_lanes(renderer):
    scene = scene_of(SAMPLES, 2.0, 100, LANES)
    draw(renderer, scene)
    before = vars(renderer.uploads).copy()
    lanes = [(c, 0.003, 50.0 + 20 * c) for c in reversed(range(6))]
    changed = again(scene, lanes=lanes)
    assert np.array_equal(draw(renderer, changed), software.render(changed))
    after = vars(renderer.uploads)
    assert after["samples"] == before["samples"]
    assert after["geometry"] == before["geometry"]
    assert after["lanes"] - before["lanes"] == 6 * 12 * 4  # twelve float32 for each of six lanes


def test_cutting_traces_off_at_their_lanes_sends_only_the_lanes(renderer):
    scene = scene_of(SAMPLES, 2.0, 100, LANES)
    draw(renderer, scene)
    before = vars(renderer.uploads).copy()
    clip = np.array([(30 * lane, 30 * lane + 30) for lane in range(6)])
    cut = replace(scene, layers=(replace(scene.layers[0], clip=clip),))
    assert np.array_equal(draw(renderer, cut), software.render(cut))
    assert not np.array_equal(software.render(cut), software.render(scene))
    after = vars(renderer.uploads)
    assert after["samples"] == before["samples"] and after["geometry"] == before["geometry"]
    assert after["lanes"] - before["lanes"] == 6 * 12 * 4
    draw(renderer, scene)
    assert vars(renderer.uploads) == after  # what the lanes were is still there


def test_rows_that_traces_leave_free_send_only_the_lanes(renderer):
    scene = scene_of(SAMPLES, 2.0, 100, LANES)
    draw(renderer, scene)
    before = vars(renderer.uploads).copy()
    spared = np.array([(30 * lane + 5, 30 * lane + 25) for lane in range(6)])
    above = replace(scene.layers[0], spared=spared, color=255 - scene.layers[0].color)
    divided = replace(scene, layers=(*scene.layers, above))
    assert np.array_equal(draw(renderer, divided), software.render(divided))
    assert not np.array_equal(software.render(divided), software.render(scene))
    after = vars(renderer.uploads)
    assert after["samples"] == before["samples"] and after["geometry"] == before["geometry"]
    assert after["lanes"] - before["lanes"] == 6 * 12 * 4


def test_a_tile_of_another_recording_is_not_mistaken_for_one_held(renderer):
    draw(renderer, scene_of(SAMPLES, 2.0, 0, LANES))
    other = scene_of(noise(20_000, 6, seed=9), 2.0, 0, LANES)
    assert np.array_equal(draw(renderer, other), software.render(other))


def test_textures_beyond_the_budget_are_let_go(renderer):
    renderer.budget = 40_000
    for first in range(0, 9000, 1000):
        scene = scene_of(SAMPLES, 2.0, first, LANES)
        assert np.array_equal(draw(renderer, scene), software.render(scene))
        one = 2 * (1024 + 2 * 12) * 6
        assert renderer.textures.nbytes <= max(renderer.budget, one * len(scene.layers[0].tiles))


def test_both_renderers_agree_on_a_full_scene(renderer):
    under = rects((30, 0, 31, 200, (90, 90, 90, 255)))
    over = rects((60, 5, 62, 25, (250, 10, 250, 255)), (90, 180, 92, 200, (0, 250, 250, 255)))
    scene = scene_of(SAMPLES, 9.7, 33, LANES, thickness=2, trace_height=170, under=under, over=over)
    assert np.array_equal(draw(renderer, scene), software.render(scene))

"""The self-tests find nothing where all is right, and every kind of fault where it is not."""

from dataclasses import replace

import numpy as np
import pytest

import shaders
from viewer.render import headless, software
from viewer.render.gpu import GpuRenderer
from viewer.render.selftest import WINDOWS, differing_pixels, wrong_values
from viewer.render.trial import noise_trial


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_the_software_renderer_draws_every_value_where_it_belongs(dtype):
    assert wrong_values(software.render, dtype) == 0


@pytest.mark.gl
@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_the_gpu_renderer_draws_every_value_where_it_belongs(dtype):
    assert wrong_values(headless.render, dtype) == 0


@pytest.mark.parametrize("rows", [1, -1])
def test_pictures_that_are_a_pixel_off_are_wrong_throughout(rows):
    assert wrong_values(lambda scene: np.roll(software.render(scene), rows, axis=0)) == 65536


def test_pictures_without_ink_or_with_too_much_of_it_are_wrong_throughout():
    def red(scene):
        return np.full((scene.height, scene.width, 4), (255, 0, 0, 255), np.uint8)

    assert wrong_values(lambda scene: np.zeros_like(red(scene))) == 65536
    assert wrong_values(red) == 65536


@pytest.mark.parametrize("change", [1, -1, 200, -30_000])
def test_just_the_values_that_are_wrong_are_counted(change):
    """A renderer to which the tiles come with three values changed."""

    def draw(scene):
        tiles = []
        for tile in scene.layers[0].tiles:
            data = tile.data.copy()
            for value in (-20_000, 300, 20_000):
                data[tile.data == value] = (value + change + 32768) % 65536 - 32768
            tiles.append(replace(tile, data=data))
        layer = replace(scene.layers[0], tiles=tuple(tiles))
        return software.render(replace(scene, layers=(layer,)))

    assert wrong_values(draw) == 3


FAULTS = {
    "one value off by one": ("value == 77.0 ? 78.0 : value", lambda v: v + (v == 77)),
    "no sign": ("value < 0.0 ? value + 65536.0 : value", lambda v: v % 65536),
    "the greatest value cut": ("min(value, 32766.0)", lambda v: np.minimum(v, 32766)),
    "half precision": (
        "abs(value) > 2048.0 ? floor(value / 2.0) * 2.0 : value",
        lambda v: np.where(abs(v) > 2048, v // 2 * 2, v),
    ),
    "the high byte rounded down": (
        "value - (mod(value, 256.0) > 254.5 ? 256.0 : 0.0)",
        lambda v: v - 256 * (v % 256 == 255),
    ),
}
"""Faults of decoding: in the shader, and in NumPy."""


@pytest.fixture
def faulty_draw(monkeypatch):
    """Return a function that draws with a decoding that is spoiled by an expression of `value`."""
    load = shaders.load
    head, right = "float decode(vec4 texel) {", "float right(vec4 texel)"
    spoiled = []

    def draw_with(expression):
        def load_spoiled(name):
            source = load(name)
            if head not in source or right in source:
                return source
            spoiled.append(name)
            wrong = f"{head} float value = right(texel); return {expression}; }}"
            return source.replace(head, f"{right};\n{wrong}\n{right} {{")

        canvas, _ = headless.context()
        canvas.set_current()
        with monkeypatch.context() as patch:
            patch.setattr(shaders, "load", load_spoiled)
            renderer = GpuRenderer()
        assert spoiled, "the shaders decode otherwise now"
        monkeypatch.setattr(headless, "context", lambda: (canvas, renderer))
        return headless.render

    return draw_with


@pytest.mark.gl
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_shader_that_decodes_wrong_is_found_out(faulty_draw, fault):
    expression, decoded = FAULTS[fault]
    values = np.arange(-32768, 32768)
    assert wrong_values(faulty_draw(expression)) == np.count_nonzero(decoded(values) != values)


@pytest.mark.gl
def test_a_shader_that_decodes_wrong_draws_other_pictures(faulty_draw):
    found = differing_pixels(faulty_draw("value > 100.0 ? 100.0 : value"))
    assert all(differing > 0 for differing, _ in found.values())


@pytest.mark.gl
def test_the_two_renderers_draw_the_same_pictures():
    assert {w: differ for w, (differ, _) in differing_pixels(headless.render).items()} == (
        dict.fromkeys(WINDOWS, 0)
    )


def test_each_pixel_that_differs_by_more_than_rounding_is_counted_once():
    def spotted(scene):
        image = software.render(scene).copy()
        image[3, 5] ^= 255
        image[7, 2, 1] ^= 2
        image[9, 9] ^= 1
        return image

    for differing, pixels in differing_pixels(spotted).values():
        assert differing == 2 and pixels > 300_000


def test_the_pictures_go_from_lines_between_samples_to_bins_and_are_full_of_ink():
    trial = noise_trial(16, WINDOWS[-1], size=(900, 600))
    views = []
    for window in WINDOWS:
        scene = trial.scene(0.1 if window < 1 else 0.0, window)
        views.append(scene.layers[0].view)
        colors = {tuple(c) for c in scene.layers[0].color.tolist()}
        image = software.render(scene)
        drawn = {tuple(c) for c in np.unique(image[..., :3].reshape(-1, 3), axis=0).tolist()}
        assert len(scene.layers[0].columns) == 16 and colors <= drawn
    assert views[0].interpolated and views[0].spp < 1
    assert views[-1].level > 1 and views[-1].spp > 50

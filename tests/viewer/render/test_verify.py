"""A renderer is looked at before it is used: drivers err, and some say nothing."""

import numpy as np
import pytest

import shaders
from tests.readers import noise
from tests.viewer.render.scenes import scene_of
from viewer.render import headless, software, verify
from viewer.render.gpu import GpuRenderer
from viewer.render.verify import WrongPicturesError, draw_offscreen, verified_renderer

pytestmark = pytest.mark.gl


@pytest.fixture(autouse=True)
def current():
    canvas, _ = headless.context()
    canvas.set_current()


@pytest.fixture
def shader_changed(monkeypatch):
    """Return a function that replaces a piece of every shader, as a driver may misread it."""
    load = shaders.load

    def change(old, new):
        names = [
            f"{stage}.{end}" for stage in ("trace", "line", "heat") for end in ("vert", "frag")
        ]
        assert any(old in load(name) for name in names)
        monkeypatch.setattr(shaders, "load", lambda name: load(name).replace(old, new))

    return change


def test_the_kind_that_is_chosen_draws_exactly():
    assert verify.wrong_pixels(verified_renderer()) == 0


def test_triangles_are_exact_here_and_lines_miss_no_more_than_their_ends():
    scene = scene_of(noise(20_000, 3), 2.0, 50, [(0, -0.004, 60.3), (1, -0.003, 140.7)])
    want = software.render(scene)
    assert np.array_equal(draw_offscreen(GpuRenderer(primitive="triangles"), scene), want)
    got = draw_offscreen(GpuRenderer(primitive="lines"), scene)
    wrong = (got != want).any(axis=2)
    # OpenGL lets a driver be off by one pixel at either end of each line.
    assert wrong.sum(axis=0).max() <= 2 * 2


def test_lines_that_are_not_exact_are_not_used(monkeypatch):
    monkeypatch.setattr(
        verify, "wrong_pixels", lambda renderer: 3 * (renderer.primitive == "lines")
    )
    assert verified_renderer().primitive == "triangles"
    monkeypatch.setattr(verify, "wrong_pixels", lambda renderer: 0)
    assert verified_renderer().primitive == "lines"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("256.0 * floor(texel.a", "255.0 * floor(texel.a"),
        ("value >= 32768.0", "value > 32768.5e3"),
        ("value - pivot", "value"),
        ("ceil(i * u_ratio", "floor(i * u_ratio"),
        ("(value + far) * 0.5", "value"),
        ("gl_FragColor = vec4(v_color, 1.0)", "gl_FragColor = vec4(0.0)"),
        ("gl_FragColor = vec4(v_color, ink)", "discard"),
        ("u_half_width + 0.5 - ", "u_half_width - "),
        ("(furthest + 1.0) * 0.5", "(1.0 - furthest) * 0.5"),
        ("0.75 - 0.5 * abs(furthest)", "0.5"),
        ("if (u_decode > 1.5) return texel.r;", "if (u_decode > 1.5) return 0.0;"),
        ("u_decode < 0.5 && value", "value"),
        ("a_tint.a > 0.0 ? a_tint.rgb : ", ""),
        ("ceil(left)", "floor(left)"),
        ("lane_limits(a_item.x);\n    float y = clamp", "vec2(0.0, 60.0);\n    float y = clamp"),
        ("lane_limits(a_item.x);\n    v_at", "lane_limits(0.0);\n    v_at"),
        ("2.5 / 3.0)).rg", "2.5 / 3.0)).gr"),
        ("2.5 / 3.0)).ba", "2.5 / 3.0)).rg"),
        ("middle > v_rows.y && middle < v_rows.z", "false"),
        ("middle > v_rows.y && ", ""),
    ],
)
def test_a_driver_that_draws_wrongly_is_found_out(shader_changed, old, new):
    shader_changed(old, new)
    with pytest.raises(WrongPicturesError, match=r"OpenGL draws \d+ pixels"):
        verified_renderer()


def test_a_picture_that_stays_black_is_found_out():
    from vispy import gloo

    scene = scene_of(noise(2000, 1), 2.0, 0, [(0, -0.001, 60.3)])
    target = gloo.FrameBuffer(color=gloo.RenderBuffer((scene.height, scene.width), "color"))
    with target:
        gloo.set_viewport(0, 0, scene.width, scene.height)
        gloo.clear(color=(0, 0, 0, 1))
        with pytest.raises(WrongPicturesError, match="stays black"):
            verify.check_drawn(scene)
        GpuRenderer().draw(scene)
        verify.check_drawn(scene)
    target.delete()

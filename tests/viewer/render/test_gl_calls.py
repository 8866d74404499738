"""How often a frame calls OpenGL and what it sends: counted, call by call."""

from dataclasses import replace

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from tests.viewer.render.gl_calls import counted, draws, made, sent
from tests.viewer.render.scenes import BACKGROUND, scene_of
from viewer.engine.grid import RunView, Viewport
from viewer.engine.samples import read_tile
from viewer.engine.tiles import keys_of
from viewer.model import Timeline
from viewer.render import headless, software
from viewer.render.gpu import GpuRenderer
from viewer.render.scene import LineStyle, Marks
from viewer.render.verify import draw_offscreen as draw

pytestmark = pytest.mark.gl

CHANNELS = 60
SAMPLES = noise(200_000, CHANNELS)
LANES = [(c, -0.0001, 3.0 * c) for c in range(CHANNELS)]
TILE_BYTES = (1024 + 2 * 12) * 2 * CHANNELS * 2  # of pairs of int16


@pytest.fixture
def renderer():
    canvas, _ = headless.context()
    canvas.set_current()
    return GpuRenderer()


class Panned:
    """Scenes of one recording whose tiles are read once, as an engine's cache has them."""

    def __init__(self):
        self.reader = ArrayReader.of(SAMPLES)
        self.run = Timeline.of(self.reader).runs[0]
        self.tiles = {}
        self.first = scene_of(None, 9.0, 0, LANES, reader=self.reader, run=self.run)

    def at(self, first_column, spp=9.0):
        start = self.run.t_start + first_column * spp / self.run.sampling_rate
        seconds = spp * 300 / self.run.sampling_rate
        view = RunView.of(self.run, Viewport.at(start, seconds, 300, self.run))
        for key in keys_of(view):
            if key not in self.tiles:
                self.tiles[key] = read_tile(self.reader, self.run, key)
        tiles = tuple(self.tiles[key] for key in keys_of(view))
        layer = replace(self.first.layers[0], view=view, tiles=tiles)
        return replace(self.first, layers=(layer,))


def test_one_draw_call_a_tile_whatever_the_number_of_channels(renderer):
    recording = Panned()
    scene = recording.at(330)
    assert len(scene.layers[0].tiles) == 2
    for lanes in (LANES, LANES[:1]):
        some = scene_of(None, 9.0, 330, lanes, reader=recording.reader, run=recording.run)
        draw(renderer, some)
        with counted() as counts:
            draw(renderer, some)
        assert draws(counts) == 2


def test_a_heat_map_and_lines_are_one_draw_call_a_tile_too(renderer):
    rows = np.repeat(np.arange(60), 3)
    scene = scene_of(SAMPLES, 0.9, 1100, LANES)
    assert len(scene.layers[0].tiles) == 2
    for change in ({"line": LineStyle(1.5)}, {"heat": np.stack([rows, rows + 1], axis=1)}):
        styled = replace(scene, trace_height=180, layers=(replace(scene.layers[0], **change),))
        draw(renderer, styled)
        with counted() as counts:
            draw(renderer, styled)
        assert draws(counts) == 2


def test_marks_are_one_more_for_tiles_that_have_any(renderer):
    scene = Panned().at(330)
    marks = Marks(np.array([3]), np.array([5]), np.array([9]), np.array([[1, 2, 3]], np.uint8))
    marked = replace(scene, layers=(replace(scene.layers[0], marks=marks),))
    draw(renderer, marked)
    with counted() as counts:
        draw(renderer, marked)
    assert draws(counts) == 3 and sent(counts) == 0


def test_the_same_frame_again_sends_nothing(renderer):
    scene = Panned().at(100)
    draw(renderer, scene)
    with counted() as counts:
        renderer.paint(scene)
    assert draws(counts) >= 1
    assert sent(counts) == 0 and made(counts) == 0
    assert counts["glCompileShader"] == 0
    assert counts["glUniform1f"] + counts["glUniform2fv"] <= 5 * draws(counts)


def test_panning_sends_a_new_tile_once_in_its_own_bytes_and_nothing_else(renderer):
    recording = Panned()
    draw(renderer, recording.at(0))
    for first in range(1, 900, 37):
        scene = recording.at(first)
        before, corners = renderer.uploads.samples, renderer.uploads.geometry
        with counted() as counts:
            renderer.prepare(scene)
            renderer.paint(scene)
        new = renderer.uploads.samples - before
        assert new % (2 * CHANNELS) == 0 and new <= TILE_BYTES
        assert counts["bytes of glTexSubImage2D"] == new
        assert counts["bytes of glBufferSubData"] == renderer.uploads.geometry - corners


def test_steady_panning_makes_no_texture_and_no_buffer(renderer):
    recording = Panned()
    renderer.budget = 4 * TILE_BYTES
    for first in range(0, 3000, 100):  # until the budget is used
        draw(renderer, recording.at(first))
    made_before, grids = renderer.uploads.textures, 0
    for first in range(3000, 12_000, 90):
        scene, corners = recording.at(first), renderer.uploads.geometry
        with counted() as counts:
            renderer.prepare(scene)
            renderer.paint(scene)
        # Corners of as many columns as no tile has had in sight so far: static, and of few sizes.
        new = 3 * (renderer.uploads.geometry > corners)
        grids += new > 0
        assert made(counts) == new
        assert renderer.textures.nbytes <= 4 * TILE_BYTES
    assert renderer.uploads.textures == made_before and grids <= 6
    assert renderer.uploads.samples > 20 * TILE_BYTES
    last = recording.at(11_990)
    assert np.array_equal(draw(renderer, last), software.render(last))


def test_textures_of_tiles_that_are_gone_are_used_again(renderer):
    for seed in range(6):
        scene = scene_of(noise(20_000, CHANNELS, seed=seed), 9.0, 0, LANES)
        assert np.array_equal(draw(renderer, scene), software.render(scene))
        del scene
    assert renderer.uploads.textures <= 2


def test_tiles_go_up_in_parts_within_the_limit_and_show_as_loading_until_then(renderer):
    from viewer.render.textures import PIECE_BYTES, UploadLimit

    wide = noise(20_000, 600)
    lanes = [(c, -0.001, 100.0) for c in range(600)]
    scene = replace(scene_of(wide, 9.0, 0, lanes), loading=(200, 0, 200))
    tile_bytes = sum(tile.data.nbytes for tile in scene.layers[0].tiles)
    assert tile_bytes > 2 * PIECE_BYTES
    frames = 0
    while True:
        with counted() as counts:
            ready = renderer.prepare(scene, UploadLimit(nbytes=PIECE_BYTES, seconds=60.0))
        # When it is told what went up, it has: that is what makes time a limit.
        assert 0 < counts["bytes of glTexSubImage2D"] <= PIECE_BYTES
        if ready:
            break
        frames += 1
        assert renderer.uploads.samples <= frames * PIECE_BYTES
        renderer.paint(scene)
    renderer.paint(scene)
    assert frames == tile_bytes // (873 * 1200)  # rows to a piece, bytes to a row
    assert renderer.uploads.samples == tile_bytes
    assert np.array_equal(draw(renderer, scene), software.render(scene))


def test_what_is_not_there_yet_is_drawn_as_loading(renderer):
    from viewer.render.textures import UploadLimit

    wide = noise(20_000, 600)
    lanes = [(c, -0.001, 100.0) for c in range(600)]
    scene = replace(scene_of(wide, 9.0, 330, lanes), loading=(200, 0, 200))
    assert len(scene.layers[0].tiles) == 2
    renderer.prepare(
        replace(scene, layers=(replace(scene.layers[0], tiles=scene.layers[0].tiles[:1]),))
    )
    renderer.prepare(scene, UploadLimit(nbytes=1, seconds=60.0))
    first_of_second = 1024 * 3 // 9 - 330 + 1
    got = paint_only(renderer, scene)
    assert (got[:, 20:, :3] == (200, 0, 200)).all(axis=2).all(axis=0).any()
    assert (got[:, : first_of_second - 1, :3] != (200, 0, 200)).any(axis=2).all()
    renderer.prepare(scene)
    assert np.array_equal(paint_only(renderer, scene), software.render(scene))


def test_time_limits_uploads_too(renderer):
    from viewer.render.textures import PIECE_BYTES, UploadLimit

    wide = noise(20_000, 600)
    scene = scene_of(wide, 9.0, 0, [(c, -0.001, 100.0) for c in range(600)])
    assert not renderer.prepare(scene, UploadLimit(nbytes=1 << 40, seconds=0.0))
    assert 0 < renderer.uploads.samples <= PIECE_BYTES


def test_what_is_on_screen_is_not_let_go_while_the_next_goes_up(renderer):
    from viewer.render.textures import UploadLimit

    recording = Panned()
    renderer.budget = 0
    before, after = recording.at(0), recording.at(9000)
    want = draw(renderer, before)
    renderer.prepare(after, UploadLimit(nbytes=1, seconds=60.0))
    assert np.array_equal(paint_only(renderer, before), want)


def test_textures_beyond_the_budget_are_given_back_once_they_are_out_of_sight(renderer):
    recording = Panned()
    renderer.budget = 2 * TILE_BYTES
    wide = recording.at(0, spp=36.0)
    tiles = [recording.at(first) for first in range(0, 3000, 300)]
    many = replace(
        wide, layers=tuple(scene.layers[0] for scene in tiles)
    )  # as many runs in sight at once
    draw(renderer, many)
    assert renderer.textures.nbytes > 5 * TILE_BYTES
    draw(renderer, tiles[0])
    draw(renderer, tiles[1])
    assert renderer.textures.nbytes <= 2 * TILE_BYTES
    assert np.array_equal(draw(renderer, tiles[5]), software.render(tiles[5]))


def test_what_is_not_uploaded_yet_is_neither_converted_nor_given_a_texture(renderer, monkeypatch):
    from viewer.render import textures
    from viewer.render.textures import PIECE_BYTES, UploadLimit

    converted = []
    convert = textures.texels_of
    monkeypatch.setattr(
        textures, "texels_of", lambda data: converted.append(data.nbytes) or convert(data)
    )
    scene = scene_of(noise(30_000, 300, dtype="float32"), 9.0, 330, [(0, -0.001, 100.0)])
    assert len(scene.layers[0].tiles) == 2
    assert not renderer.prepare(scene, UploadLimit(nbytes=1, seconds=60.0))
    assert sum(converted) <= PIECE_BYTES and renderer.uploads.textures == 1
    renderer.prepare(scene)
    assert sum(converted) == sum(tile.data.nbytes for tile in scene.layers[0].tiles)


def test_more_channels_than_a_texture_has_columns_are_refused_in_words(renderer):
    from viewer.render.textures import TextureLimitError

    renderer.textures._most_columns = 16
    with pytest.raises(TextureLimitError, match=r"60 channels are more than .* software renderer"):
        renderer.draw(Panned().at(0))


def paint_only(renderer, scene):
    from vispy import gloo

    target = gloo.FrameBuffer(color=gloo.RenderBuffer((scene.height, scene.width), "color"))
    with target:
        renderer.paint(scene)
        pixels = gloo.read_pixels((0, 0, scene.width, scene.height), alpha=True)
    target.delete()
    return pixels


def test_nothing_is_inked_without_channels(renderer):
    scene = scene_of(SAMPLES, 9.0, 0, [])
    assert (draw(renderer, scene)[..., :3] == BACKGROUND).all()
    assert renderer.uploads.samples == 0

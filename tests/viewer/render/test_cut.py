"""Traces that are cut off at their lanes, pixel by pixel in both renderers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import noise
from tests.viewer.render.scenes import BACKGROUND, expected_picture, scene_of
from tests.viewer.render.views import Shown, streams_of
from viewer.engine.points import UnitMarks
from viewer.render import software
from viewer.render.scene import LineStyle, Marks


@pytest.fixture(params=["software", pytest.param("gpu", marks=pytest.mark.gl)])
def draw(request):
    """Return the function that draws a scene with the renderer of this run."""
    if request.param == "software":
        return software.render
    from viewer.render import headless

    return headless.render


LANES = [(0, -0.004, 40.3), (1, 0.003, 90.7), (2, -0.006, 120.0), (0, -0.02, 170.0)]
CUTS = {
    "lanes": [(0, 65), (65, 105), (105, 145), (145, 200)],
    "one row": [(40, 41), (90, 91), (0, 1), (199, 200)],
    "panels": [(0, 100), (0, 100), (100, 200), (100, 200)],
    "beyond the plot": [(-50, 60), (180, 900), (-10, 5000), (150, 201)],
    "none": [(40, 40), (0, 0), (200, 200), (100, 100)],
}


def one_lane(scene, lane, **changes):
    """Return the scene with one of its lanes alone, which is not cut off."""
    layer = scene.layers[0]
    names = ("columns", "slope", "base", "pivot", "color")
    alone = {name: getattr(layer, name)[lane : lane + 1] for name in names}
    return replace(scene, layers=(replace(layer, **alone, clip=None, **changes),))


def cut_ink(picture, limits):
    """Return which pixels a lane inks of those that it may, from its picture alone."""
    ink = (picture[..., :3] != BACKGROUND).any(axis=2)
    ink[: max(0, limits[0])] = ink[max(0, limits[1]) :] = False
    return ink


@pytest.mark.parametrize("spp", [0.3, 1.0, 7.3])
@pytest.mark.parametrize("thickness", [1, 3])
@pytest.mark.parametrize("clip", CUTS.values(), ids=CUTS)
def test_columns_ink_what_of_them_lies_within_their_lane(draw, spp, thickness, clip):
    samples = noise(10_000, 3)
    scene = scene_of(
        samples, spp, int(50 / spp), LANES, (120, 200), thickness, trace_height=190, clip=clip
    )
    want = np.empty((200, 120, 4), np.uint8)
    want[:] = (*BACKGROUND, 255)
    for lane, limits in enumerate(clip):
        ink = cut_ink(expected_picture(samples, one_lane(scene, lane)), limits)
        want[ink, :3] = scene.layers[0].color[lane]
    got = draw(scene)
    wrong = (got != want).any(axis=2)
    if spp < 1:  # of lines between samples, float32 may move an edge by a row
        assert wrong.any(axis=0).mean() <= 0.02 and wrong.sum(axis=0).max() <= 4
    else:
        assert not wrong.any()


@pytest.mark.parametrize("style", [LineStyle(1.3), LineStyle(3.0, 4.5)])
@pytest.mark.parametrize("clip", CUTS.values(), ids=CUTS)
def test_lines_ink_what_of_them_lies_within_their_lane(draw, style, clip):
    samples = noise(400, 3)
    scene = scene_of(samples, 0.2, 500, LANES[:3], (120, 200), clip=clip[:3])
    scene = replace(scene, layers=(replace(scene.layers[0], line=style),))
    want = np.empty((200, 120, 3))
    want[:] = BACKGROUND
    for lane, limits in enumerate(clip[:3]):
        alone = draw(one_lane(scene, lane))[..., :3].astype(float)
        color = scene.layers[0].color[lane].astype(float)
        channel = np.argmax(np.abs(color - BACKGROUND))
        share = (alone - BACKGROUND)[..., channel] / (color - BACKGROUND)[channel]
        share = np.where(cut_ink(alone, limits), share, 0)[..., np.newaxis]
        want = want * (1 - share) + color * share
    assert np.abs(draw(scene)[..., :3] - want).max() <= 4


@pytest.mark.parametrize(("spp", "line"), [(2.5, None), (0.25, LineStyle(2.0))])
def test_spikes_on_a_trace_are_cut_off_with_it(draw, spp, line):
    samples = noise(4000, 3)
    color = (250, 10, 200)
    marks = Marks(np.array([1]), np.array([20]), np.array([60]), np.array([color], np.uint8))
    scene = scene_of(samples, spp, 100, LANES[:3], (120, 200), clip=[(0, 0), (80, 101), (0, 0)])
    scene = with_layers(scene, lambda layer: replace(layer, line=line))
    marked = with_layers(scene, lambda layer: replace(layer, marks=marks))
    found = np.argwhere((draw(marked) != draw(scene)).any(axis=2))
    rows, columns = found.T
    assert (rows.min(), rows.max()) == (80, 100)
    assert 20 <= columns.min() < 25 and 55 < columns.max() < 60


def with_layers(scene, change):
    return replace(scene, layers=tuple(change(layer) for layer in scene.layers))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-20, 220), st.integers(0, 120)), min_size=4, max_size=4),
    st.sampled_from([0.3, 2.0, 40.0]),
    st.sampled_from([1, 2]),
    st.booleans(),
)
def test_the_software_renderer_cuts_at_any_rows(cuts, spp, thickness, lines):
    clip = [(top, top + height) for top, height in cuts]
    scene = scene_of(noise(8000, 3), spp, 20, LANES, (80, 200), thickness, clip=clip)
    style = LineStyle(2.0) if lines and spp < 1 else None
    scene = replace(scene, layers=(replace(scene.layers[0], line=style),))
    inked = np.zeros((200, 80), bool)
    for lane, limits in enumerate(clip):
        inked |= cut_ink(software.render(one_lane(scene, lane)), limits)
    got = (software.render(scene)[..., :3] != BACKGROUND).any(axis=2)
    assert np.array_equal(got, inked)


# -- of a view -------------------------------------------------------------------------------------


def spikes(viewport):
    return ((UnitMarks(0, np.arange(10, 300, 17), 4),),)


def loud(view):
    """Let every channel reach over several lanes, and none of them leave its own."""
    view.overlap = False
    view.channels.set_gain(np.resize([4.0, -6.0], len(view.channels)))
    view.channels.set_bad([2], True)


def shown_of(duration, butterfly, ratio=1.0):
    def change(view):
        loud(view)
        view.butterfly = butterfly

    reader = streams_of(7, 3, units={"u": np.empty(0)}, unit_channel={0: 4})
    size = (round(600 * ratio), round(400 * ratio))
    return Shown(reader, 1.0, duration, size, ratio, change, spikes)


def otherwise(layer, lane):
    """Return a layer with one of its lanes, and its spikes, in other colours."""
    color, marks = layer.color.copy(), layer.marks.color.copy()
    color[lane] ^= 255
    marks[layer.marks.lane == lane] ^= 255
    return replace(layer, color=color, marks=replace(layer.marks, color=marks))


@pytest.mark.parametrize("duration", [0.05, 0.3, 1.0, 6.0])
@pytest.mark.parametrize("butterfly", [False, True])
def test_without_overlap_no_trace_leaves_its_lane(draw, duration, butterfly):
    shown = shown_of(duration, butterfly)
    scene = shown.scene()
    plain = draw(scene)
    for layer, stream in zip(scene.layers, (0, 1), strict=True):
        for lane, edges in enumerate(np.rint(shown.edges(stream)).astype(int).tolist()):
            layers = [otherwise(other, lane) if other is layer else other for other in scene.layers]
            changed = draw(replace(scene, layers=tuple(layers)))
            rows = np.flatnonzero((changed != plain).any(axis=(1, 2)))
            if butterfly:  # of which one may hide the other
                assert not len(rows) or (rows.min() >= edges[0] and rows.max() < edges[1])
            else:
                assert [rows.min(), rows.max() + 1] == edges


@pytest.mark.gl
@pytest.mark.parametrize("duration", [0.05, 0.3, 1.0, 6.0])
@pytest.mark.parametrize("butterfly", [False, True])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_both_renderers_cut_traces_off_alike(duration, butterfly, ratio):
    from viewer.render import headless

    scene = shown_of(duration, butterfly, ratio).scene()
    got, want = headless.render(scene), software.render(scene)
    if all(layer.view.spp >= 1 for layer in scene.layers):
        assert np.array_equal(got, want)
    else:  # blended, or between samples, where float32 may move an edge by a row
        apart = np.abs(got.astype(int) - want).max(axis=2)
        assert (apart > 3).mean() < 1e-3

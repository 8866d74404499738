"""Figures: what they are made of, and when the plot is an image."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.readers import noise
from tests.viewer.render.scenes import rects, scene_of
from viewer.render import software
from viewer.render.drawing import Fill
from viewer.render.figure import figure_of
from viewer.render.layout import Box, Layout
from viewer.render.outline import Image, Outline
from viewer.render.scene import NO_RECTS, Rects

LANES = [(0, -0.004, 60.3), (1, -0.003, 140.7)]
PLOT = Box(20, 10, 320, 210)
LAYOUT = Layout(2.0, 400, 240, PLOT, PLOT, Box(20, 210, 320, 210), ())
DRAWING = [Fill(0, 0, 400, 10, (1, 2, 3))]

side = st.integers(-3, 24)
box = st.tuples(side, side, side, side)
look = st.sampled_from([(1, 2, 3, 255), (90, 80, 70, 255), (200, 10, 10, 100), (9, 9, 9, 0)])


def painted(rects, width, height):
    """Return rectangles laid over one another, float64 (height, width, 3)."""
    image = np.zeros((height, width, 3))
    for (x0, y0, x1, y1), (*color, alpha) in zip(rects.box, rects.rgba, strict=True):
        area = image[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        area[:] = area * (1 - alpha / 255) + np.array(color) * (alpha / 255)
    return image


@given(st.lists(st.tuples(box, look), max_size=30))
def test_rectangles_that_are_cut_off_and_joined_look_the_same(entries):
    samples = np.zeros((100, 1), np.int16)
    given_ = rects(*((*box, color) for box, color in entries))
    scene = scene_of(samples, 1.0, 0, [(0, 1.0, 5.0)], size=(20, 16), over=given_)
    kept = figure_of(scene, [], LAYOUT).parts[-1]
    assert np.array_equal(painted(kept, 20, 16), painted(given_, 20, 16))
    if len(kept.box):
        assert kept.box.min() >= 0 and kept.box[:, 2].max() <= 20 and kept.box[:, 3].max() <= 16
        assert (kept.box[:, 0] < kept.box[:, 2]).all() and (kept.rgba[:, 3] > 0).all()


def test_ticks_that_touch_are_one_rectangle_and_those_apart_are_not():
    x = np.array([40, 7, 5, 9, 20])
    ticks = np.stack([x, x * 0 + 3, x + 2, x * 0 + 8], axis=1)
    over = Rects.of([(ticks, (1, 2, 3, 255)), (ticks[:2], (1, 2, 3, 128))])
    scene = scene_of(np.zeros((100, 1), np.int16), 1.0, 0, [(0, 1.0, 5.0)], over=over)
    kept = figure_of(scene, [], LAYOUT).parts[-1]
    assert kept.box[:3].tolist() == [[5, 3, 11, 8], [20, 3, 22, 8], [40, 3, 42, 8]]
    assert kept.box[3:].tolist() == ticks[:2].tolist()


def figure_scene():
    under = rects((0, 0, 50, 200, (40, 50, 60, 255)))
    over = rects((100, 0, 101, 200, (255, 255, 255, 128)), (140, 9, 160, 12, (1, 2, 3, 255)))
    return scene_of(noise(5000, 3), 4.0, 10, LANES, under=under, over=over)


def test_a_figure_holds_the_plot_from_the_lowest_to_the_highest():
    scene = figure_scene()
    figure = figure_of(scene, DRAWING, LAYOUT)
    under, *traces, over = figure.parts
    assert under.box.tolist() == scene.under.box.tolist()
    assert over.box.tolist() == scene.over.box.tolist()
    assert all(isinstance(trace, Outline) for trace in traces)
    assert figure.point_count == sum(len(trace.corners) for trace in traces) + 4 * 3
    assert not figure.as_image
    assert (figure.width, figure.height, figure.ratio, figure.plot) == (400, 240, 2.0, PLOT)
    assert figure.drawing == DRAWING and figure.background == scene.background


def test_of_too_many_points_the_traces_are_an_image_and_what_lies_over_them_is_not():
    scene = figure_scene()
    points = figure_of(scene, DRAWING, LAYOUT).point_count
    assert not figure_of(scene, DRAWING, LAYOUT, points).as_image
    figure = figure_of(scene, DRAWING, LAYOUT, points - 1)
    image, over = figure.parts
    assert figure.as_image and figure.point_count == points
    assert isinstance(image, Image)
    assert np.array_equal(image.rgba, software.render(replace(scene, over=NO_RECTS)))
    assert over.box.tolist() == scene.over.box.tolist()


def test_of_too_many_rectangles_these_are_in_the_image_as_well():
    scene = figure_scene()
    image, over = figure_of(scene, DRAWING, LAYOUT, 7).parts
    assert np.array_equal(image.rgba, software.render(scene)) and not len(over.box)

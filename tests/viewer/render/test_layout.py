"""Boxes of a view: apart, inside, on whole logical pixels; lanes and rows of the raster."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader
from viewer.model import View
from viewer.render.layout import Box, Layout, lay_out, raster_rows

RATIOS = {1.0: 1, 1.25: 5, 1.5: 3, 1.75: 7, 2.0: 2, 3.0: 3, 0.5: 1}
"""Ratio, and the least number of physical pixels that are whole logical ones."""


class OnlyUnits(ArrayReader):
    """A recording without signals."""

    def _segment_t_start(self, block, segment):
        return 0.0

    def _segment_t_stop(self, block, segment):
        return 10.0


def view_of(count, name="c"):
    view = View(ArrayReader.of(np.zeros((100, count), np.int16)))
    infos = view.channels.infos
    view.channels.infos = tuple(replace(info, name=f"{name}{info.column}") for info in infos)
    return view


VIEWS = {count: view_of(count) for count in (1, 3, 70)}
VIEWS |= {0: View(OnlyUnits([[]], [])), -1: view_of(2, "long name " * 9)}


@st.composite
def layouts(draw, least=64):
    view = VIEWS[draw(st.sampled_from(list(VIEWS)))]
    ratio = draw(st.sampled_from(list(RATIOS)))
    size = draw(st.tuples(st.integers(least, 4000), st.integers(least, 3000)))
    units = tuple(range(draw(st.sampled_from([0, 1, 5, 40, 1000]))))
    return view, lay_out(view, size, ratio, units, draw(st.booleans()))


def overlap(one, other):
    return min(one.x1, other.x1) > max(one.x0, other.x0) and min(one.y1, other.y1) > max(
        one.y0, other.y0
    )


@settings(deadline=None)
@given(layouts())
def test_boxes_lie_inside_and_apart(case):
    _, layout = case
    boxes = [layout.labels, layout.lanes, layout.raster]
    for box in [*boxes, layout.plot]:
        assert 0 <= box.x0 <= box.x1 <= layout.width
        assert 0 <= box.y0 <= box.y1 <= layout.height
    assert layout.plot.width > 0 and layout.plot.height > 0
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))
    lanes, raster, plot = layout.lanes, layout.raster, layout.plot
    assert (lanes.x0, lanes.x1, raster.x0, raster.x1) == (plot.x0, plot.x1) * 2
    assert (lanes.y0, lanes.y1, raster.y1) == (plot.y0, raster.y0, plot.y1)
    assert (layout.labels.x1, layout.labels.y0, layout.labels.y1) == (plot.x0, plot.y0, plot.y1)


@settings(deadline=None)
@given(layouts())
def test_the_plot_lies_on_logical_pixels(case):
    _, layout = case
    plot, ratio = layout.plot, Fraction(layout.ratio)
    for edge in (plot.x0, plot.y0, plot.x1, plot.y1):
        assert (edge / ratio).denominator == 1
        assert edge % RATIOS[layout.ratio] == 0


@settings(deadline=None)
@given(layouts(least=400))
def test_most_of_a_view_of_ordinary_size_is_plot(case):
    view, layout = case
    if layout.ratio <= 1.25:
        assert layout.plot.width >= 0.3 * layout.width
        assert layout.plot.height >= 0.75 * layout.height - 10
        assert layout.height - layout.plot.y1 >= 30 * layout.ratio  # the ruler has its room
    if len(view.channels.shown):
        assert layout.lanes.height >= 0.75 * layout.plot.height


@settings(deadline=None)
@given(layouts())
def test_the_raster_has_room_only_for_units(case):
    view, layout = case
    if not layout.raster_units:
        assert layout.raster.height == 0
    elif not len(view.channels.shown):
        assert layout.lanes.height == 0 and layout.raster == layout.plot


def test_room_for_long_names_and_for_events():
    def plot(view, events=False):
        return lay_out(view, (1600, 900), 1.0, (), events).plot

    short, long = plot(VIEWS[3]), plot(VIEWS[-1])
    assert short.x0 < long.x0 <= 170
    assert plot(VIEWS[3], events=True).y0 > short.y0
    assert plot(VIEWS[3]).x1 == 1600 - 96


@settings(deadline=None)
@given(layouts(), st.integers(1, 200))
def test_every_lane_is_found_where_it_is(case, lanes):
    _, layout = case
    centers = layout.lane_centers(lanes)
    assert centers.shape == (lanes,)
    height = layout.lane_height(lanes)
    assert height * lanes == pytest.approx(layout.lanes.height)
    if layout.lanes.height:
        found = [layout.lane_at(layout.plot.y0 + y, lanes) for y in centers.tolist()]
        assert found == list(range(lanes))
        assert layout.lane_at(layout.lanes.y0, lanes) == 0
        assert layout.lane_at(np.nextafter(layout.lanes.y1, 0), lanes) == lanes - 1
    for y in (layout.lanes.y0 - 0.01, layout.lanes.y1, -1e9, 1e9):
        assert layout.lane_at(y, lanes) is None
    assert layout.lane_at(layout.lanes.y0, 0) is None


def test_lane_borders():
    layout = Layout(
        1.0, 100, 130, Box(10, 5, 90, 125), Box(10, 5, 90, 105), Box(10, 105, 90, 125), ()
    )
    assert layout.lane_centers(4).tolist() == [12.5, 37.5, 62.5, 87.5]
    places = [(5, 0), (29.99, 0), (30, 1), (54.9, 1), (55, 2), (80, 3), (104.9, 3)]
    assert [layout.lane_at(y, 4) for y, _ in places] == [lane for _, lane in places]


@settings(deadline=None)
@given(layouts())
def test_rows_of_the_raster(case):
    _, layout = case
    rows = raster_rows(layout)
    if not layout.raster.height:
        assert rows.shape == (0, 2)
        return
    assert rows.shape == (len(layout.raster_units), 2) and rows.dtype == np.int64
    tops, bottoms = rows.T
    assert (bottoms > tops).all() and (np.diff(tops) >= 0).all()
    top = layout.raster.y0 - layout.plot.y0
    assert tops.min() >= top and bottoms.max() <= top + layout.raster.height
    if layout.raster.height >= len(rows) * layout.px(4) + layout.px(8):
        assert (tops[1:] >= bottoms[:-1]).all()  # there is room enough for each


def test_rows_of_the_raster_by_hand():
    units = (7, 3, 5, 1)
    layout = Layout(
        1.0, 100, 160, Box(0, 10, 90, 150), Box(0, 10, 90, 102), Box(0, 102, 90, 150), units
    )
    assert raster_rows(layout).tolist() == [[96, 104], [106, 114], [116, 124], [126, 134]]


@pytest.mark.parametrize("ratio", RATIOS)
def test_whole_pixels(ratio):
    layout = lay_out(VIEWS[1], (500, 400), ratio, (), False)
    for logical in (0.1, 1, 1.5, 8, 13.3):
        pixels = layout.px(logical)
        assert pixels >= 1 and isinstance(pixels, int)
        assert abs(pixels - logical * ratio) <= 0.5 or pixels == 1


def test_boxes():
    box = Box(2, 3, 10, 20)
    assert (box.width, box.height) == (8, 17)
    inside = [(2, 3), (9.99, 19.99), (5, 5)]
    outside = [(1.99, 5), (10, 5), (5, 2.99), (5, 20)]
    assert all(box.holds(*p) for p in inside) and not any(box.holds(*p) for p in outside)

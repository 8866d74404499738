"""Boxes of a view: apart, inside, on whole logical pixels; panels, lanes and rows of the raster."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader
from viewer.model import View
from viewer.render.layout import (
    FULL,
    LEAST_LANE,
    LEAST_PANEL,
    MARK,
    SEPARATOR,
    Box,
    Layout,
    PanelBox,
    lay_out,
    raster_rows,
)

RATIOS = {1.0: 1, 1.25: 5, 1.5: 3, 1.75: 7, 2.0: 2, 3.0: 3, 0.5: 1}
"""Ratio, and the least number of physical pixels that are whole logical ones."""

UNITS = {f"u{number}": np.empty(0) for number in range(1000)}


class OnlyUnits(ArrayReader):
    """A recording without signals."""

    def _segment_t_start(self, block, segment):
        return 0.0

    def _segment_t_stop(self, block, segment):
        return 10.0


def view_of(*counts, name="c", events=(), epochs=()):
    """Return a view of streams of so many channels each, 1000 units, some events and epochs."""
    signals = [(0.0, np.zeros((100, count), np.int16)) for count in counts]
    rates = [1000.0] * len(counts)
    points = {"events": dict.fromkeys(events, ()), "epochs": dict.fromkeys(epochs, ())}
    view = View(ArrayReader([signals], rates, units=UNITS, **points))
    infos = enumerate(view.channels.infos)
    view.channels.infos = tuple(replace(info, name=f"{name}{row}") for row, info in infos)
    return view


VIEWS = {
    "one": view_of(1),
    "three": view_of(3),
    "many": view_of(70),
    "two streams": view_of(64, 1),
    "four streams": view_of(9, 300, 2, 30),
    "long names": view_of(2, name="long name " * 9),
    "events": view_of(64, 3, events=("go", "stop")),
    "epochs": view_of(30, 2, events=("go",), epochs="abcdef"),
    "no signals": View(OnlyUnits([[]], [], units=UNITS)),
    "no signals, epochs": View(OnlyUnits([[]], [], units=UNITS, epochs={"rest": []})),
}


@st.composite
def views(draw):
    """Return a view whose panels have pages and shares of any size, in any order."""
    view = VIEWS[draw(st.sampled_from(list(VIEWS)))]
    channels = view.channels
    streams = draw(st.permutations(np.unique(channels.stream).tolist()))
    channels.set_order(np.argsort([streams.index(s) for s in channels.stream], kind="stable"))
    for stream in streams:
        lanes = draw(st.sampled_from([1, 2, 7, 64, 1000]))
        channels.show_page(draw(st.sampled_from([0, 5])), lanes, stream)
        channels.set_share(stream, draw(st.sampled_from([1.0, 0.1, 2.5, 1000.0])))
    view.butterfly = draw(st.booleans())
    view.display = draw(st.sampled_from(["traces", "heat map"]))
    return view


@st.composite
def layouts(draw, least=64):
    view = draw(views())
    ratio = draw(st.sampled_from(list(RATIOS)))
    size = draw(st.tuples(st.integers(least, 4000), st.integers(least, 3000)))
    units = tuple(range(draw(st.sampled_from([0, 1, 5, 40, 1000]))))
    return view, lay_out(view, size, ratio, units)


def overlap(one, other):
    return min(one.x1, other.x1) > max(one.x0, other.x0) and min(one.y1, other.y1) > max(
        one.y0, other.y0
    )


# -- boxes -----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(layouts())
def test_boxes_lie_inside_and_apart(case):
    _, layout = case
    boxes = [layout.labels, layout.marks, layout.lanes, layout.raster]
    for box in [*boxes, layout.plot]:
        assert 0 <= box.x0 <= box.x1 <= layout.width
        assert 0 <= box.y0 <= box.y1 <= layout.height
    assert layout.plot.width > 0 and layout.plot.height > 0
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))
    marks, lanes, raster, plot = layout.marks, layout.lanes, layout.raster, layout.plot
    for box in (marks, lanes, raster):
        assert (box.x0, box.x1) == (plot.x0, plot.x1)
    edges = (marks.y0, marks.y1, lanes.y1, raster.y1)
    assert edges == (plot.y0, lanes.y0, raster.y0, plot.y1)
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
        assert layout.lanes.height >= 0.75 * (layout.plot.height - layout.marks.height)


@settings(deadline=None)
@given(layouts())
def test_the_raster_has_room_only_for_units(case):
    view, layout = case
    if not layout.raster_units:
        assert layout.raster.height == 0
    elif not len(view.channels.shown):
        assert layout.lanes.height == 0 and layout.raster.y0 == layout.marks.y1


def test_the_raster_has_rows_for_the_units_that_are_shown():
    view = view_of(3)
    units = (7, 2, 5, 9)
    assert lay_out(view, (800, 600), 1.0, units).raster_units == units
    view.units.set_visible([2, 9, 500], False)
    layout = lay_out(view, (800, 600), 1.0, units)
    assert layout.raster_units == (7, 5) and layout.raster.height == 2 * 8 + 8
    view.spikes_shown = False
    layout = lay_out(view, (800, 600), 1.0, units)
    assert layout.raster_units == () and layout.lanes == layout.plot


def test_room_for_long_names_and_for_events_that_are_shown():
    def plot(view):
        return lay_out(view, (1600, 900), 1.0, ()).plot

    short, long = plot(view_of(3)), plot(view_of(2, name="long name " * 9))
    assert short.x0 < long.x0 <= 170
    assert short.x1 == 1600 - 104
    view = view_of(3, events=("go", "stop"))
    assert plot(view).y0 == 34 > short.y0
    view.events.set_visible([0], False)
    assert plot(view).y0 == 34
    view.events.set_visible([1], False)
    assert plot(view).y0 == short.y0
    view.events.set_visible([0], True)
    view.events_shown = False
    assert plot(view).y0 == short.y0


def strip_of(view, ratio=1.0, size=(1600, 900)):
    return lay_out(view, size, ratio, ()).marks.height


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_strip_of_events_has_a_row_for_ticks_and_one_for_each_channel_of_four(ratio):
    mark = max(1, round(MARK * ratio))
    for count, rows in enumerate((2, 2, 3, 4, 5, 5, 5)):
        view = view_of(3, events=("go",), epochs="abcdef"[:count])
        assert strip_of(view, ratio) == rows * mark
    view.events.set_visible([1, 2, 3], False)  # three are left
    assert strip_of(view, ratio) == 4 * mark
    view.events.set_visible([0], False)
    assert strip_of(view, ratio) == 4 * mark
    view.events_shown = False
    assert strip_of(view, ratio) == 0
    assert strip_of(view_of(3), ratio) == 0


@settings(deadline=None)
@given(layouts(least=4))
def test_the_strip_of_events_takes_little_of_the_plot(case):
    view, layout = case
    shown = view.events_shown and view.events.visible.any()
    assert layout.marks.height <= layout.plot.height / 4
    assert bool(layout.marks.height) == bool(shown and layout.plot.height >= 4)


# -- panels ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(layouts())
def test_panels_and_separators_tile_the_lanes(case):
    view, layout = case
    streams = [panel.stream for panel in view.channels.panels]
    fitting = streams[: layout.lanes.height]
    assert [panel.stream for panel in layout.panels] == fitting
    if not fitting:
        assert layout.separators == []
        return
    pieces = [layout.panels[0].box]
    for separator, panel in zip(layout.separators, layout.panels[1:], strict=True):
        pieces += [separator, panel.box]
    lanes = layout.lanes
    assert (pieces[0].y0, pieces[-1].y1) == (lanes.y0, lanes.y1)
    assert all(above.y1 == below.y0 for above, below in itertools.pairwise(pieces))
    assert {(box.x0, box.x1) for box in pieces} == {(lanes.x0, lanes.x1)}
    roomy = lanes.height - layout.px(SEPARATOR) * (len(streams) - 1) >= len(streams)
    assert {s.height for s in layout.separators} <= {layout.px(SEPARATOR) if roomy else 0}


@settings(deadline=None)
@given(layouts())
def test_panels_have_a_least_height_and_of_the_rest_what_their_weights_say(case):
    view, layout = case
    if not layout.panels:
        return
    heights = [panel.box.height for panel in layout.panels]
    room = sum(heights)
    least = min(layout.px(LEAST_PANEL), room // len(heights))
    assert min(heights) >= least >= 1
    most = min(64, FULL * room / len(heights) / (LEAST_LANE * layout.ratio))
    weights = []
    for panel in layout.panels:
        assert panel.lanes == len(view.channels.page_of(panel.stream))
        count = min(most, len(view.channels.listed_of(panel.stream)))
        weights.append(view.channels.panel_of(panel.stream).share * count**0.5)
    spare = room - least * len(heights)
    wanted = [least + spare * weight / sum(weights) for weight in weights]
    assert np.abs(np.array(heights) - wanted).max() <= 1 + 1e-6


@settings(deadline=None)
@given(layouts(), st.data())
def test_every_height_is_of_the_panel_lane_and_channel_that_lie_there(case, data):
    view, layout = case
    height = layout.height
    for y in data.draw(st.lists(st.floats(-2, height + 2) | st.integers(0, height), max_size=20)):
        panels = [p for p in layout.panels if p.box.y0 <= y and y < p.box.y1]
        assert len(panels) <= 1 and layout.panel_at(y) is (panels[0] if panels else None)
        if not panels or panels[0].overlaid:
            assert layout.row_at(y, view) is None
            continue
        (panel,) = panels
        page, pitch = view.channels.page_of(panel.stream), Fraction(panel.box.height, panel.lanes)
        lane = (Fraction(y) - panel.box.y0) / pitch
        if abs(lane - round(lane)) * pitch > 1e-9:  # not on a border, which floats may miss
            assert panel.lane_at(y) == int(lane)
            assert layout.row_at(y, view) == page[int(lane)]


@settings(deadline=None)
@given(layouts())
def test_lanes_tile_their_panel_or_share_all_of_it(case):
    view, layout = case
    for panel in layout.panels:
        edges, box = panel.edges, panel.box
        assert edges.shape == (panel.lanes, 2) and edges.dtype == np.float64
        assert panel.overlaid == (view.butterfly and view.display == "traces")
        if panel.overlaid:
            assert (edges == (box.y0, box.y1)).all() and panel.lane_height == box.height
        else:
            assert edges[0, 0] == box.y0 and edges[-1, 1] == pytest.approx(box.y1, abs=1e-9)
            assert (edges[1:, 0] == edges[:-1, 1]).all()
            assert np.diff(edges) == pytest.approx(box.height / panel.lanes)
            assert panel.lane_height * panel.lanes == pytest.approx(box.height)
            found = [panel.lane_at(y) for y in panel.centers.tolist()]
            assert found == list(range(panel.lanes))
        assert panel.centers == pytest.approx(edges.mean(axis=1))
        for y in (box.y0 - 0.01, box.y1, -1e9, 1e9):
            assert panel.lane_at(y) is None
        assert layout.panel_of(panel.stream) is panel
    assert layout.panel_of(99) is None


def test_panels_by_hand():
    view = view_of(64, 4, 1)
    layout = lay_out(view, (800, 8 + 34 + 300), 1.0, ())
    # 300 rows but for two separators of 5; a third has room for 12 lanes, of twice as many the
    # root is 4.9. 18 for each, and of the other 236 4.9, 2 and 1 parts.
    assert [p.box.height for p in layout.panels] == [18 + 147, 18 + 59, 18 + 30]
    assert [(b.y0, b.y1) for b in layout.separators] == [(173, 178), (255, 260)]
    assert [p.lane_height for p in layout.panels] == [165 / 64, 77 / 4, 48]
    view.channels.set_share(1, 2.0)
    layout = lay_out(view, (800, 8 + 34 + 300), 1.0, ())
    assert [p.box.height for p in layout.panels] == [18 + 117, 18 + 95, 18 + 24]


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_few_channels_take_less_than_many_and_less_so_where_many_panels_compete(ratio):
    def heights(*counts):
        size = round(1400 * ratio), round(770 * ratio)
        return [p.box.height / ratio for p in lay_out(view_of(*counts), size, ratio, ()).panels]

    *pair, sync = heights(384, 384, 1)
    assert pair == pytest.approx([325, 325], abs=10) and sync == pytest.approx(60, abs=8)
    *probes, analog, digital = heights(384, 384, 384, 384, 384, 384, 8, 1)
    assert probes == pytest.approx([96] * 6, abs=4)
    assert 8 * LEAST_LANE <= analog < 80 and 30 < digital < 40  # two lines beside it


def test_pages_move_no_border():
    view = view_of(64, 4, 1)
    before = [p.box for p in lay_out(view, (800, 500), 1.0, ()).panels]
    for lanes in (1, 3, 17, 1000):
        view.channels.show_page(2, lanes, 0)
        layout = lay_out(view, (800, 500), 1.0, ())
        assert [p.box.y1 for p in layout.panels] == [box.y1 for box in before]
        assert layout.panels[0].lanes == min(lanes, 64)


def test_lane_borders_by_hand():
    panel = PanelBox(3, Box(10, 5, 90, 105), 4)
    assert panel.centers.tolist() == [17.5, 42.5, 67.5, 92.5]
    assert panel.edges.tolist() == [[5, 30], [30, 55], [55, 80], [80, 105]]
    places = [(5, 0), (29.99, 0), (30, 1), (54.9, 1), (55, 2), (80, 3), (104.9, 3)]
    assert [panel.lane_at(y) for y, _ in places] == [lane for _, lane in places]
    assert panel.lane_at(4.99) is None and panel.lane_at(105) is None
    shared = replace(panel, overlaid=True)
    assert shared.centers.tolist() == [55.0] * 4 and shared.lane_at(50) is None


@settings(deadline=None)
@given(views(), st.integers(200, 1500), st.sampled_from([0.5, 2**0.5, 1.7, 4.0]), st.data())
def test_spreading_lanes_moves_no_panel_and_leaves_amplitudes_as_they_are(
    view, height, factor, data
):
    view.butterfly = False
    channels = view.channels
    channels.set_gain(1.0)
    channels.show_page(0, 1000)
    for panel in channels.panels:  # what examples before have left
        channels.set_share(panel.stream, 1.0)
    which = data.draw(st.sampled_from([None, *[p.stream for p in channels.panels]]))
    before = lay_out(view, (900, height), 1.0, ())
    slopes = [slopes_of(view, panel) for panel in before.panels]
    channels.spread(factor, which)
    after = lay_out(view, (900, height), 1.0, ())
    assert [p.box for p in after.panels] == [p.box for p in before.panels]
    assert [slopes_of(view, panel) for panel in after.panels] == [
        pytest.approx(slope, rel=1e-12) for slope in slopes
    ]


@pytest.mark.parametrize("height", range(140, 146))
def test_spreading_moves_no_panel_where_a_border_lies_half_way_between_pixels(height):
    for lanes, factor in itertools.product(range(2, 12), (0.5, 2**0.5, 2.0, 3.0)):
        view = view_of(40, 40)
        view.channels.show_page(0, lanes)
        before = lay_out(view, (900, height), 1.0, ())
        view.channels.spread(factor, 1)
        assert lay_out(view, (900, height), 1.0, ()).panels[0].box == before.panels[0].box


def slopes_of(view, panel):
    rows = np.flatnonzero(view.channels.stream == panel.stream)
    return view.channels.scale(rows, panel.lane_height)[0].tolist()


# -- the raster ------------------------------------------------------------------------------------


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
    layout = lay_out(VIEWS["one"], (500, 400), ratio, ())
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

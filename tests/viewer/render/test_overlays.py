"""What lies below and above the traces: gaps, grid, separators, events and epochs, spikes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from tests.viewer.model.test_theme import contrast
from tests.viewer.render.views import Shown, streams_of
from viewer.engine.grid import Viewport
from viewer.engine.points import EventMarks, Points, UnitMarks
from viewer.model import View
from viewer.model.theme import THEMES
from viewer.render.event_marks import EPOCH_ALPHA, EVENT_ALPHA
from viewer.render.layout import lay_out, raster_rows
from viewer.render.overlays import rects_over, rects_under
from viewer.render.panel_marks import Stretch
from viewer.render.ruler import ruler_ticks

BOTH = np.array([True, True])


@pytest.fixture
def view():
    events = {"go": [(1.0, "")], "stop": [(2.0, "")]}
    return View(ArrayReader.of(noise(4000, 3), events=events))


@pytest.fixture
def lasting():
    """Return a view of two channels of epochs: their strip is 12 pixels high, bars 4."""
    return View(ArrayReader.of(noise(4000, 3), epochs={"rest": [], "move": []}))


def boxes_of(rects, color):
    """Return the boxes of one colour with their alpha."""
    mine = (rects.rgba[:, :3] == color).all(axis=1)
    return [
        (*b, int(c[3])) for b, c in zip(rects.box[mine].tolist(), rects.rgba[mine], strict=True)
    ]


# -- events and epochs -----------------------------------------------------------------------------


def drawn(view, marks, ratio=1.0):
    """Return boxes with their alpha, below and above the traces, without grid and gaps."""
    layout = lay_out(view, (round(700 * ratio), round(400 * ratio)), ratio, ())
    viewport = Viewport(0.0, 0.01, layout.plot.width)
    points = Points(viewport, (), (marks,))
    under = rects_under(view, layout, viewport, [], [], points)
    over = rects_over(view, layout, viewport, [], [], points)
    color = view.events.color[marks.channel]
    return layout, boxes_of(under, color), boxes_of(over, color)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_events_are_lines_over_the_whole_plot(view, ratio):
    layout, under, over = drawn(view, EventMarks(1, np.array([10, 300]), ("", "")), ratio)
    height, width = layout.plot.height, round(ratio)
    assert under == []
    tick = round(8 * ratio)
    assert over == [
        (10, 0, 10 + width, tick, 255),
        (300, 0, 300 + width, tick, 255),
        (10, tick, 10 + width, height, EVENT_ALPHA),
        (300, tick, 300 + width, height, EVENT_ALPHA),
    ]


def test_epochs_are_bands_below_the_traces_and_bars_in_the_strip(lasting):
    marks = EventMarks(0, np.array([10, 300]), ("a", "b"), np.array([50, 301]), BOTH)
    layout, under, over = drawn(lasting, marks)
    height = layout.plot.height
    assert under == [(10, 12, 50, height, EPOCH_ALPHA), (300, 12, 301, height, EPOCH_ALPHA)]
    assert (10, 0, 11, 12, 255) in over and (10, 12, 11, height, EVENT_ALPHA) in over
    assert (10, 0, 50, 4, 255) in over
    assert max(box[2] for box in over if box[0] >= 300) == 301  # no longer than it lasts


def test_events_have_the_colour_that_their_channel_was_given(lasting):
    lasting.events.set_color((1, 2, 3), [1])
    for channel, color in ((1, [1, 2, 3]), (0, lasting.theme.event_colors(2)[0].tolist())):
        assert lasting.events.color[channel].tolist() == color
        marks = EventMarks(channel, np.array([10]), ("",), np.array([50]), BOTH[:1])
        _, under, over = drawn(lasting, marks)
        assert len(under) == 1 and len(over) == 3


def test_one_that_began_before_has_no_line_where_the_window_begins(lasting):
    marks = EventMarks(0, np.array([0]), ("a",), np.array([50]), np.array([False]))
    layout, under, over = drawn(lasting, marks)
    assert under == [(0, 12, 50, layout.plot.height, EPOCH_ALPHA)]
    assert over == [(0, 0, 50, 4, 255)]


def test_dense_ones_leave_the_traces_free(lasting):
    x = np.arange(0, 500, 5)
    _, under, over = drawn(lasting, EventMarks(0, x, ("",) * len(x), x + 3, np.ones(len(x), bool)))
    assert under == []
    assert {(box[1], box[3]) for box in over} == {(8, 12), (0, 4)}  # ticks below all bars
    assert len(over) == 2 * len(x)


def shaded(spans, width):
    """Return which columns each channel's epochs take, by going through them one by one."""
    out = np.zeros((len(spans), width), bool)
    for channel, places in enumerate(spans):
        for start, stop in places:
            out[channel, start:stop] = True
    return out


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.dictionaries(st.integers(0, 300), st.integers(1, 200), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_epochs_that_overlap_share_what_one_alone_has_of_its_colour(channels):
    epochs = {f"e{n}": [] for n in range(len(channels))}
    view = View(ArrayReader.of(noise(4000, 3), epochs=epochs))
    layout = lay_out(view, (700, 400), 1.0, ())
    viewport = Viewport(0.0, 0.01, layout.plot.width)
    spans = [sorted((x, x + length) for x, length in places.items()) for places in channels]
    marks = [
        EventMarks(n, x, ("",) * len(x), x_stop, np.ones(len(x), bool))
        for n, places in enumerate(spans)
        for x, x_stop in [np.array(places).T]
    ]
    under = rects_under(view, layout, viewport, [], [], Points(viewport, (), tuple(marks)))
    mine = under.rgba[:, 3] < 255
    alpha = np.zeros((len(channels), layout.plot.width), int)
    for (x0, y0, x1, y1), rgba in zip(under.box[mine], under.rgba[mine], strict=True):
        (channel,) = np.flatnonzero((view.events.color == rgba[:3]).all(axis=1))
        assert (y0, y1) == (layout.marks.height, layout.plot.height) and not alpha[
            channel, x0:x1
        ].any()
        alpha[channel, x0:x1] = rgba[3]
    wanted = shaded(spans, layout.plot.width)
    assert ((alpha > 0) == wanted).all()
    assert (np.abs(alpha.sum(axis=0) - EPOCH_ALPHA * wanted.any(axis=0)) <= 2).all()


def test_bars_of_epochs_lie_below_one_another_and_ticks_reach_beyond_them():
    epochs = {f"e{n}": [] for n in range(3)}
    view = View(ArrayReader.of(noise(4000, 3), events={"go": []}, epochs=epochs))
    layout = lay_out(view, (700, 400), 1.0, ())
    viewport = Viewport(0.0, 0.01, layout.plot.width)
    whole = (np.array([0]), ("",), np.array([300]), np.array([False]))
    marks = [EventMarks(0, np.array([50]), ("",)), *(EventMarks(n, *whole) for n in (1, 2, 3))]
    over = rects_over(view, layout, viewport, [], [], Points(viewport, (), tuple(marks)))
    for row, channel in enumerate((1, 2, 3)):
        bar = (0, 4 * row, 300, 4 * row + 4, 255)
        assert bar in boxes_of(over, view.events.color[channel])
    assert boxes_of(over, view.events.color[0])[0] == (50, 0, 51, 16, 255)


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_marks_have_three_times_the_light_of_what_lies_below_them_or_a_third(theme):
    """WCAG 2.1, 1.4.11: of graphics a contrast of 3:1; also where an epoch shades the plot."""
    events = theme.event_colors(12)
    grounds = [theme.background, *(mixed(theme.background, c, EPOCH_ALPHA) for c in events)]
    for ground in grounds:
        for color in (*theme.unit_colors(30), *theme.channel_colors(8), *events):
            assert contrast(color, ground) >= 3
        for color in events:
            assert contrast(mixed(ground, color, EVENT_ALPHA), ground) >= 3
    assert min(contrast(color, theme.gutter) for color in events) >= 3  # in the strip
    assert contrast(theme.approximate, theme.background) >= 3


def mixed(ground, color, alpha):
    return np.array(ground) + (np.array(color, float) - ground) * alpha / 255


# -- what is hidden --------------------------------------------------------------------------------


def pointed():
    """Return a reader with units on channels 1 and 4 and on none, and with two event channels."""
    return streams_of(
        3,
        2,
        units={n: np.empty(0) for n in "abc"},
        unit_channel={0: 1, 1: 4},
        events={"go": [], "stop": []},
    )


def marks(viewport):
    units = tuple(UnitMarks(n, np.array([20 * n + 30]), (1, 4, None)[n]) for n in range(3))
    events = tuple(EventMarks(n, np.array([10 * n + 100]), ("",)) for n in range(2))
    return units, events


def points_drawn(change=None):
    """Return which units and which event channels a scene shows."""
    shown = Shown(pointed(), change=change, points=marks)
    over = shown.scene().over
    columns = set(over.box[:, 0].tolist())
    return [n for n in range(3) if 20 * n + 30 in columns], [
        n for n in range(2) if 10 * n + 100 in columns
    ]


def test_all_that_is_shown_is_drawn_and_all_that_is_hidden_is_not():
    assert points_drawn() == ([0, 1, 2], [0, 1])
    assert points_drawn(lambda v: v.units.set_visible([1, 2], False)) == ([0], [0, 1])
    assert points_drawn(lambda v: v.events.set_visible([0], False)) == ([0, 1, 2], [1])
    assert points_drawn(lambda v: setattr(v, "spikes_shown", False)) == ([], [0, 1])
    assert points_drawn(lambda v: setattr(v, "events_shown", False)) == ([0, 1, 2], [])
    assert points_drawn(lambda v: v.channels.set_visible([4], False)) == ([0, 2], [0, 1])


@pytest.mark.parametrize("butterfly", [False, True])
def test_spikes_are_ticks_at_the_foot_of_their_lane_in_their_unit_s_colour(butterfly):
    def change(view):
        view.butterfly = butterfly
        view.units.set_color(np.array([[1, 0, 0], [2, 0, 0], [3, 0, 0]]))

    shown = Shown(pointed(), change=change, points=marks)
    over = shown.scene().over
    for unit, (stream, lane) in enumerate([(0, 1), (1, 1)]):
        ((x0, top, x1, bottom, alpha),) = boxes_of(over, (unit + 1, 0, 0))
        above, below = shown.edges(stream)[lane]
        assert (x0, x1, bottom, alpha) == (20 * unit + 30, 20 * unit + 32, round(below) - 1, 255)
        tick = min(0.22 * (below - above), 6)
        assert bottom - top == round(tick)
        if butterfly:
            assert bottom == shown.rows(stream)[1] - 1
    ((_, top, _, bottom, _),) = boxes_of(over, (3, 0, 0))
    assert [[top, bottom]] == raster_rows(shown.layout).tolist()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_ticks_have_a_rim_on_a_heat_map_whose_lanes_have_room(ratio):
    def change(view):
        view.display = "heat map"
        view.units.set_color(np.array([[1, 0, 0], [2, 0, 0], [3, 0, 0]]))

    for height, rimmed in ((400, True), (150, False)):
        size = (round(600 * ratio), round(height * ratio))
        shown = Shown(pointed(), size=size, ratio=ratio, change=change, points=marks)
        over = shown.scene().over
        rims = boxes_of(over, shown.view.theme.background)
        ((x0, top, x1, bottom, _),) = boxes_of(over, (1, 0, 0))
        rim, wide = round(ratio), (x0, top, x1, bottom)
        around = (wide[0] - rim, wide[1] - rim, wide[2] + rim, wide[3] + rim, 255)
        assert (around in rims) == rimmed
        assert len(rims) == (3 if rimmed else 0)
    assert not boxes_of(Shown(pointed(), points=marks).scene().over, shown.view.theme.background)


# -- panels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_separators_lie_over_the_traces_between_panels(ratio):
    size = (round(600 * ratio), round(400 * ratio))
    shown = Shown(streams_of(3, 2, 1), size=size, ratio=ratio)
    over = shown.scene().over
    found = boxes_of(over, shown.view.theme.gutter)
    rows = [shown.rows(stream) for stream in (0, 1, 2)]
    width = shown.layout.plot.width
    wanted = [(0, above[1], width, below[0], 255) for above, below in pairwise(rows)]
    assert found == wanted and all(box[3] - box[1] == round(5 * ratio) for box in wanted)
    assert boxes_of(Shown(streams_of(3)).scene().over, shown.view.theme.gutter) == []


def void(shown):
    """Return where the picture says that there is nothing, bool (height, width)."""
    out = np.zeros((shown.layout.plot.height, shown.layout.plot.width), bool)
    for x0, y0, x1, y1, _ in boxes_of(shown.scene().under, shown.view.theme.void):
        out[y0:y1, x0:x1] = True
    return out


def with_gaps():
    """Return three streams that have samples at the times of `SAMPLES`."""
    return ArrayReader(
        [
            [(0.0, noise(2000, 2)), (0.5, noise(500, 1)), (1.0, noise(0, 1))],
            [(3.0, noise(2000, 2)), (4.0, noise(2000, 1)), (4.5, noise(500, 1))],
        ],
        [1000.0, 1000.0, 1000.0],
    )


# The last stream is one of no samples in the first segment.
SAMPLES = ([(0.0, 2.0), (3.0, 5.0)], [(0.5, 1.0), (4.0, 6.0)], [(4.5, 5.0)])


@pytest.mark.parametrize(("start", "duration"), [(-1.0, 9.0), (0.0, 6.0), (1.2, 3.1), (2.2, 0.5)])
def test_gaps_of_each_stream_are_void_in_its_panel_and_those_of_all_over_the_whole_plot(
    start, duration
):
    shown = Shown(with_gaps(), start, duration)
    found = void(shown)
    times = shown.viewport.time_at(np.arange(shown.layout.plot.width) + 0.5)
    there = []
    for stream, spans in enumerate(SAMPLES):
        inside = np.array([((times >= a) & (times < b)) for a, b in spans]).any(axis=0)
        near = np.abs(times[:, np.newaxis] - np.ravel(spans)).min(axis=1)
        sure = near > shown.viewport.seconds_per_pixel
        top, bottom = shown.rows(stream)
        assert (found[top:bottom, sure] == ~inside[sure]).all()
        there.append(inside)
    separators = [s.y0 - shown.layout.plot.y0 for s in shown.layout.separators]
    nothing = ~np.any(there, axis=0)
    assert np.abs(found[separators].astype(int) - nothing).mean() < 0.02


def with_short_gaps():
    """Return streams of 1 kHz that pause at 2 s (the first), at 3 s, and at 4 s not at all."""
    first = [(0.0, noise(2000, 2)), (0.0, noise(2000, 1))]
    second = [(2.003, noise(997, 2)), (2.0, noise(1000, 1))]
    third = [(3.002, noise(998, 2)), (3.002, noise(998, 1))]
    fourth = [(4.0, noise(2000, 2)), (4.0, noise(2000, 1))]
    return ArrayReader([first, second, third, fourth], [1000.0, 1000.0])


def columns_void(shown, stream):
    return np.flatnonzero(void(shown)[shown.rows(stream)[0]])


@pytest.mark.parametrize("width", [600, 601, 777])
def test_a_gap_narrower_than_a_pixel_is_one_pixel_wide_where_it_lies(width):
    shown = Shown(with_short_gaps(), 0.0, 6.0, size=(width, 400))
    assert shown.viewport.seconds_per_pixel > 0.007
    for stream, middles in ((0, [2.0015, 3.001]), (1, [3.001])):
        found = columns_void(shown, stream)
        inside = found[shown.viewport.time_at(found) < 5.9]
        assert len(inside) == len(middles)
        assert np.abs(inside - np.floor(shown.viewport.x_of(np.array(middles)))).max() <= 1


def test_gaps_are_as_wide_as_they_last_once_they_are_wider_than_a_pixel():
    shown = Shown(with_short_gaps(), 1.99, 0.03)
    step = shown.viewport.seconds_per_pixel
    assert len(columns_void(shown, 0)) * step == pytest.approx(0.003, abs=0.0011 + 2 * step)


def test_where_all_of_a_window_lies_in_a_gap_it_is_void_with_one_panel_too():
    reader = ArrayReader([[(0.0, noise(1000, 2))], [(5.0, noise(1000, 2))]], [1000.0])
    assert void(Shown(reader, 2.0, 1.0)).all()
    assert not void(Shown(reader, 0.2, 0.5)).any()
    assert void(Shown(reader, 0.5, 1.0))[:, -200:].all()


def test_without_signals_nothing_is_void():
    class OnlyUnits(ArrayReader):
        def _segment_t_start(self, block, segment):
            return 0.0

        def _segment_t_stop(self, block, segment):
            return 10.0

    assert not void(Shown(OnlyUnits([[]], [], units={"u": np.array([1.0])}))).any()


# -- time ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("time_format", ["seconds", "clock", "samples"])
def test_grid_lines_stand_at_the_ruler_s_ticks(time_format):
    def change(view):
        view.time_format = time_format

    shown = Shown(streams_of(2), 1.0, 0.7, change=change)
    found = boxes_of(shown.scene().under, shown.view.theme.grid)
    times = ruler_ticks(shown.view, shown.viewport, 1.0).times
    wanted = [round(shown.viewport.x_of(time)) for time in times.tolist()]
    height = shown.layout.plot.height
    assert len(wanted) >= 2
    assert found == [(x, 0, x + 1, height, 255) for x in wanted]


def test_what_is_being_read_is_marked_over_the_whole_of_a_lone_panel(view):
    layout = lay_out(view, (700, 400), 1.0, ())
    viewport = Viewport(0.0, 0.01, layout.plot.width)
    points, absent = Points(viewport), [Stretch(0, 10, 20), Stretch(0, 30, 30)]
    under = rects_under(view, layout, viewport, [], absent, points)
    assert boxes_of(under, view.theme.loading) == [(10, 8, 20, layout.plot.height, 255)]

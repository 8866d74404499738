"""From places in the picture to channels and values and back: against physics and the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader
from tests.viewer.render.views import Shown, streams_of
from viewer.model.channel_info import Readings
from viewer.render import software
from viewer.render.layout import lay_out
from viewer.render.places import height_of, spot_at, spot_on

COUNTS = (5, 1, 3)
SHOWN = Shown(streams_of(*COUNTS, seconds=0.1), 0.0, 0.1)
VIEW, ROWS = SHOWN.view, sum(COUNTS)

GAIN = st.floats(0.01, 100) | st.floats(-100, -0.01)
LEVEL = st.floats(-1e4, 1e4)


def many(strategy):
    return st.lists(strategy, min_size=ROWS, max_size=ROWS).map(np.array)


@st.composite
def views(draw):
    """Return a view of some gains, levels and pages, its layout, and readings or None."""
    channels = VIEW.channels
    channels.set_visible(range(ROWS), True)
    channels.set_order(draw(st.permutations(range(ROWS))))
    channels.set_visible(draw(st.sets(st.integers(0, ROWS - 1), max_size=ROWS - 1)), False)
    channels.set_gain(draw(many(GAIN)))
    channels.set_offset(draw(many(LEVEL)))
    channels.set_rest(draw(many(LEVEL)))
    channels.remove_dc = draw(st.booleans())
    for stream in range(len(COUNTS)):
        channels.set_span(stream, "uV", draw(st.floats(1, 1e5)))
        channels.show_page(draw(st.integers(0, 4)), draw(st.integers(1, 5)), stream)
    VIEW.butterfly = draw(st.booleans())
    layout = lay_out(VIEW, (600, draw(st.integers(120, 900))), 1.0, ())
    readings = draw(st.none() | st.builds(Readings, many(GAIN), many(LEVEL), many(LEVEL)))
    return layout, readings


def placed(layout, row, raw, readings):
    """Return where a raw value lies by physics, and pixels to a raw unit there."""
    channels = VIEW.channels
    info = channels.infos[row]
    panel = layout.panel_of(info.stream)
    page = channels.page_of(info.stream).tolist()
    lanes = 1 if VIEW.butterfly else len(page)
    height = panel.box.height / lanes
    middle = panel.box.y0 + height * ((0 if VIEW.butterfly else page.index(row)) + 0.5)
    if readings is None:
        gain, shown = info.gain, raw * info.gain + info.offset + channels.offset[row]
        shown -= channels.rest[row] if channels.remove_dc else 0.0
    else:
        gain = readings.gain[row]
        shown = raw * gain + readings.offset[row] + readings.shift[row]
    per_unit = height * channels.gain[row] / channels.span[info.stream, info.units]
    return middle - shown * per_unit, abs(gain * per_unit)


@settings(deadline=None, max_examples=150)
@given(views(), st.floats(-1, 901))
def test_a_place_has_a_value_that_is_drawn_at_that_very_place(case, y):
    layout, readings = case
    spot = spot_at(VIEW, layout, y, readings)
    panel = layout.panel_at(y)
    if panel is None:
        assert spot is None
        return
    page = VIEW.channels.page_of(panel.stream)
    assert spot.sure != VIEW.butterfly
    assert spot.row == (page[0] if VIEW.butterfly else layout.row_at(y, VIEW))
    gain, offset = (1.0, 0.0) if readings is None else (readings.gain, readings.offset)
    gain, offset = np.broadcast_to(gain, ROWS)[spot.row], np.broadcast_to(offset, ROWS)[spot.row]
    assert spot.value == pytest.approx(spot.raw * gain + offset) and spot.units == "uV"
    back, slope = placed(layout, spot.row, spot.raw, readings)
    reach = 1e-6 + 1e-12 * slope * (abs(spot.raw) + 1e6)
    assert back == pytest.approx(y, abs=reach)
    assert height_of(VIEW, layout, spot.row, spot.raw, readings) == pytest.approx(y, abs=reach)


@settings(deadline=None, max_examples=150)
@given(views(), st.integers(0, ROWS - 1), st.floats(-4e4, 4e4))
def test_a_value_lies_where_physics_has_it_and_only_on_lanes_that_are_on_screen(case, row, raw):
    layout, readings = case
    y = height_of(VIEW, layout, row, raw, readings)
    if row not in VIEW.channels.shown:
        assert y is None
        return
    want, slope = placed(layout, row, raw, readings)
    assert y == pytest.approx(want, abs=1e-6 + 1e-11 * slope * (abs(raw) + 1e6))
    panel = layout.panel_of(VIEW.channels.infos[row].stream)
    lane = VIEW.channels.page_of(panel.stream).tolist().index(row)
    spot = spot_on(VIEW, panel, lane, y, readings)
    assert spot.row == row and spot.sure
    error = 1e-6 + 1e-9 * (abs(raw) + 1e6) + 1e-9 * abs(y) / slope
    assert spot.raw == pytest.approx(raw, abs=error)
    assert spot_on(VIEW, panel, lane, y, sure=False).sure is False
    in_lane = panel.edges[lane, 0] + 1e-6 < y < panel.edges[lane, 1] - 1e-6
    if in_lane and not VIEW.butterfly:
        assert spot_at(VIEW, layout, y, readings) == spot


def test_values_without_a_place_have_none():
    shown = Shown(streams_of(2, seconds=0.1), 0.0, 0.1)
    for raw in (np.nan, np.inf, -np.inf):
        assert height_of(shown.view, shown.layout, 0, raw) is None
    assert height_of(shown.view, shown.layout, 0, 1e300) < -1e290


def test_outside_the_lanes_there_is_no_value():
    reader = streams_of(2, 1, seconds=0.1, units={"u": np.empty(0)})
    shown = Shown(reader, 0.0, 0.1)
    view, layout = shown.view, shown.layout
    (separator,) = layout.separators
    outside = [0, layout.plot.y0 - 1, separator.y0, separator.y1 - 1, layout.raster.y0, 399]
    assert all(spot_at(view, layout, y) is None for y in outside)
    assert all(spot_at(view, layout, p.box.y0) is not None for p in layout.panels)
    view.channels.set_visible(range(3), False)
    assert spot_at(view, lay_out(view, (600, 400), 1.0, ()), 200.0) is None


@pytest.mark.parametrize("butterfly", [False, True])
@pytest.mark.parametrize("raw", [-300, 0, 412])
def test_traces_are_drawn_where_their_values_lie(butterfly, raw):
    def change(view):
        view.butterfly = butterfly
        view.channels.set_order([3, 2, 1, 0])
        view.channels.set_gain(np.array([1.0, -0.5, 2.0, 1.0]))
        view.channels.set_rest(np.array([0.0, 30.0, 500.0, -40.0]))

    flat = [(0.0, np.full((3000, count), raw, np.int16)) for count in (3, 1)]
    shown = Shown(ArrayReader([flat], [1000.0, 1000.0]), 0.0, 2.0, change=change)
    image = software.render(shown.scene())[:, 150, :3]
    colors = shown.view.channels.color
    for row in range(4):
        y = height_of(shown.view, shown.layout, row, raw) - shown.layout.plot.y0
        assert image[int(y)].tolist() in colors.tolist()
        if not butterfly:
            assert (image[int(y)] == colors[row]).all()

"""From the model to the scene: which style, which rows, which scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers import ArrayReader, noise
from tests.viewer.render.views import Shown, streams_of
from viewer.engine.points import UnitMarks
from viewer.model.channel_info import Readings
from viewer.model.theme import THEMES
from viewer.render.build import FADED, _heat_rows, _Lanes


@pytest.fixture
def reader():
    return ArrayReader.of(noise(20_000, 4), units={"a": np.array([1.0])}, unit_channel={0: 1})


def spike(viewport):
    return ((UnitMarks(0, np.array([50]), 1),),)


# -- lines -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "lanes", "line", "dots"),
    [(0.2, 4, True, False), (0.02, 4, True, True), (0.2, 60, False, False), (1.0, 4, False, False)],
)
def test_lines_are_drawn_between_samples_where_lanes_have_room(duration, lanes, line, dots):
    for ratio in (1.0, 2.0):
        size = (round(600 * ratio), round(400 * ratio))
        reader = ArrayReader.of(noise(4000, lanes))
        style = Shown(reader, 0.5, duration, size, ratio).scene().layers[0].line
        assert (style is not None) == line
        if style is not None:
            assert style.width == pytest.approx(1.3 * ratio)
            assert style.dot == pytest.approx(2.2 * ratio * dots)


def test_each_panel_has_lines_where_its_own_lanes_have_room():
    low, high = Shown(streams_of(60, 1), duration=0.2, size=(600, 640)).scene().layers
    assert low.line is None and high.line is not None

    def butterfly(view):
        view.butterfly = True

    low, high = Shown(streams_of(60, 1), duration=0.2, change=butterfly).scene().layers
    assert low.line is not None and high.line is not None
    many, few = Shown(streams_of(65, 1), duration=0.2, change=butterfly).scene().layers
    assert many.line is None and few.line is not None


# -- places and scales -----------------------------------------------------------------------------


def places_of(layer, values):
    """Return the rows of the plot at which raw values are drawn, in float64."""
    slope, base = layer.slope.astype(float), layer.base.astype(float)
    return slope * (np.asarray(values, float) - layer.pivot) + base


def test_channels_lie_in_their_lanes_of_their_stream_s_panel():
    def change(view):
        view.channels.set_order([4, 1, 0, 3, 2])
        view.channels.set_rest(np.array([10.0, 20.0, 30.0, 40.0, 50.0]))
        view.channels.set_gain(np.array([1.0, 2.0, 1.0, -1.0, 1.0]))

    shown = Shown(streams_of(2, 3), change=change)
    first, second = shown.scene().layers
    assert [p.stream for p in shown.layout.panels] == [1, 0]
    assert first.columns.tolist() == [1, 0] and second.columns.tolist() == [2, 1, 0]
    for layer, stream, rests, gains in (
        (first, 0, [20.0, 10.0], [2, 1]),
        (second, 1, [50.0, 40.0, 30.0], [1, -1, 1]),
    ):
        edges = shown.edges(stream)
        assert places_of(layer, rests) == pytest.approx(edges.mean(axis=1), abs=1e-3)
        # Half a span above its rest, a channel of gain 1 reaches its lane's top.
        half = np.array(rests) + 2000 / np.array(gains)
        assert places_of(layer, half) == pytest.approx(edges[:, 0], abs=1e-3)
        assert layer.color.tolist() == [
            shown.view.channels.color[row].tolist() for row in shown.view.channels.page_of(stream)
        ]


def test_in_a_butterfly_all_of_a_panel_share_one_lane_as_high_as_it():
    def change(view):
        view.butterfly = True

    shown = Shown(streams_of(3, 2), change=change)
    for layer, stream in zip(shown.scene().layers, (0, 1), strict=True):
        top, bottom = shown.rows(stream)
        assert places_of(layer, 0) == pytest.approx((top + bottom) / 2, abs=1e-3)
        assert places_of(layer, 2000) == pytest.approx(top, abs=1e-3)


def test_spikes_mark_the_upper_source_alone(reader):
    four = np.ones(4)
    below = Readings(2 * four, 3 * four, -5 * four)
    shown = Shown(reader, 0.0, points=spike)
    low, high = shown.scene(below=below).layers
    assert len(low.marks) == 0 and high.marks.lane.tolist() == [1]
    assert high.marks.color.tolist() == [shown.view.units.color[0].tolist()]
    assert low.slope == pytest.approx(2 * high.slope)
    # Raw 1 is no units: 1 * 2 + 3 - 5.
    assert places_of(low, 1) == pytest.approx(shown.edges(0).mean(axis=1))


@pytest.mark.parametrize("hide", ["unit", "spikes"])
def test_spikes_that_are_hidden_mark_nothing_and_others_have_their_unit_s_colour(reader, hide):
    def change(view):
        view.units.set_color((9, 8, 7))
        if hide == "unit":
            view.units.set_visible([0], False)
        else:
            view.spikes_shown = False

    assert len(Shown(reader, 0.0, points=spike, change=change).scene().layers[0].marks) == 0
    shown = Shown(reader, 0.0, points=spike, change=lambda v: v.units.set_color((9, 8, 7)))
    assert shown.scene().layers[0].marks.color.tolist() == [[9, 8, 7]]


def test_bad_channels_and_what_lies_below_are_faint(reader):
    def change(view):
        view.channels.set_bad([1, 2], True)
        view.channels.set_order([2, 0, 1, 3])

    shown = Shown(reader, 0.0, change=change)
    plain = shown.view.channels.color[[2, 0, 1, 3]].astype(float)
    faint = plain + (np.array(shown.view.theme.background) - plain) * FADED
    four = np.ones(4)
    below, above = shown.scene(below=Readings(four, four, four)).layers
    assert below.color == pytest.approx(faint, abs=0.51)
    assert above.color[[1, 3]].tolist() == plain[[1, 3]].tolist()
    assert above.color[[0, 2]] == pytest.approx(faint[[0, 2]], abs=0.51)


# -- rows that lanes may ink -----------------------------------------------------------------------


@pytest.mark.parametrize("butterfly", [False, True])
def test_traces_that_cross_lanes_are_cut_off_at_their_panel(butterfly):
    def change(view):
        view.butterfly = butterfly

    shown = Shown(streams_of(7, 3), change=change)
    for layer, stream in zip(shown.scene().layers, (0, 1), strict=True):
        limits = layer.limits(shown.layout.lanes.height)
        assert limits.tolist() == [list(shown.rows(stream))] * len(layer.columns)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 150), st.integers(1, 150), st.integers(100, 700), st.booleans())
def test_traces_that_do_not_cross_lanes_have_rows_of_their_own(one, two, height, butterfly):
    def change(view):
        view.overlap, view.butterfly = False, butterfly

    shown = Shown(streams_of(one, two, seconds=0.1), 0.0, 0.1, (300, height), change=change)
    for layer, stream in zip(shown.scene().layers, (0, 1), strict=True):
        top, bottom = shown.rows(stream)
        limits = layer.limits(shown.layout.lanes.height)
        assert (limits[:, 0] < limits[:, 1]).all()  # every lane has a row at least
        assert limits.min() == top and limits.max() == bottom
        if butterfly:
            assert (limits == (top, bottom)).all()
            continue
        roomy = bottom - top >= len(limits)
        assert np.abs(limits - shown.edges(stream)).max() <= (0.5 if roomy else 1.5) + 1e-9
        if roomy:
            assert (limits[1:, 0] == limits[:-1, 1]).all()


# -- heat maps -------------------------------------------------------------------------------------


@given(st.integers(1, 300), st.integers(1, 120), st.integers(0, 30), st.integers(0, 30))
def test_rows_of_a_heat_map_show_every_lane_of_a_panel_in_order(count, rows, above, below):
    lanes = _Lanes(
        np.arange(count), rows / count, np.empty(count), np.empty((count, 2)), above, above + rows
    )
    found = _heat_rows(lanes, above + rows + below)
    assert found.shape == (above + rows + below, 2)
    outside = np.r_[found[:above], found[above + rows :]]
    assert (outside[:, 0] == outside[:, 1]).all()
    shown = [list(range(a, b)) for a, b in found[above : above + rows]]
    flat = [lane for row in shown for lane in row]
    assert flat == sorted(flat) and set(flat) == set(range(count))
    if count >= rows:
        assert flat == list(range(count))  # each once
    else:
        heights = [flat.count(lane) for lane in range(count)]
        assert min(heights) >= rows // count and max(heights) <= -(-rows // count)
        assert all(len(row) == 1 for row in shown)


def test_each_stream_s_heat_map_fills_its_own_panel():
    def change(view):
        view.display, view.butterfly = "heat map", True  # which is for traces

    shown = Shown(streams_of(5, 2), change=change)
    scene = shown.scene()
    for layer, stream in zip(scene.layers, (0, 1), strict=True):
        top, bottom = shown.rows(stream)
        assert len(layer.heat) == scene.trace_height
        filled = np.flatnonzero(layer.heat[:, 0] < layer.heat[:, 1])
        assert filled.tolist() == list(range(top, bottom))
        lane = ((filled - top) * len(layer.columns)) // (bottom - top)
        assert layer.heat[filled, 0].tolist() == lane.tolist()


@pytest.mark.parametrize("gain", [1.0, -2.5])
def test_a_lane_s_height_is_all_of_the_colours(reader, gain):
    def change(view):
        view.display = "heat map"
        view.channels.set_gain(gain)
        view.channels.set_offset(100.0)

    scene = Shown(reader, 0.0, change=change, points=spike).scene()
    layer = scene.layers[0]
    for raw, want in ((2000 / gain - 100, 1.0), (-2000 / gain - 100, -1.0), (-100, 0.0)):
        assert layer.slope * (raw - layer.pivot) + layer.base == pytest.approx(want)
    assert layer.heat.shape == (scene.trace_height, 2) and layer.line is None
    assert len(layer.marks) == 0
    assert scene.colors.shape == (256, 3)


def test_of_a_heat_map_only_the_upper_source_is_shown(reader):
    def change(view):
        view.display = "heat map"

    four = np.ones(4)
    scene = Shown(reader, 0.0, change=change).scene(below=Readings(four, four, four))
    assert len(scene.layers) == 1


def test_colours_of_a_heat_map_rise_evenly_from_rest():
    for name, rising in (("dark", True), ("light", False)):
        colors = THEMES[name].heat_colors.astype(float)
        light = colors @ [0.2126, 0.7152, 0.0722]
        halves = light[127::-1], light[128:]
        for half in halves:
            steps = np.diff(half) if rising else -np.diff(half)
            assert (steps >= -1.0).all() and np.ptp(half) > 80
        background = np.array(THEMES[name].background, float)
        assert np.abs(colors[127:129] - background).max() < 24
        # Blue below, orange above.
        assert colors[0, 2] > colors[0, 0] and colors[-1, 0] > colors[-1, 2]

"""What surrounds the plot: names of channels, units and events, the active mark, the ruler."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.viewer.render.views import Shown, streams_of
from viewer.engine.points import EventMarks
from viewer.render.decor import MIN_LABEL_PITCH, decorate
from viewer.render.drawing import Fill, Text
from viewer.render.layout import raster_rows
from viewer.render.ruler import ruler_ticks
from viewer.render.text import font_of
from viewer.render.widths import text_width


def drawing_of(shown, caption=""):
    return decorate(shown.view, shown.layout, shown.viewport, shown.points, caption)


def texts(drawing):
    return [item for item in drawing if isinstance(item, Text)]


def labels(shown):
    """Return the texts left of the plot."""
    return [item for item in texts(drawing_of(shown)) if item.x < shown.layout.plot.x0]


def with_change(change, *counts, size=(600, 400), ratio=1.0, **rest):
    return Shown(streams_of(*counts, seconds=0.5, **rest), 0.0, 0.5, size, ratio, change)


# -- channels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_each_channel_has_its_name_and_colour_beside_its_lane(ratio):
    def change(view):
        view.channels.set_order([4, 1, 0, 3, 2])
        view.channels.set_color((1, 2, 3), [4])
        view.channels.set_bad([0], True)

    size = (round(600 * ratio), round(400 * ratio))
    shown = with_change(change, 3, 2, size=size, ratio=ratio)
    found = labels(shown)
    assert [item.text for item in found] == ["s1c1", "s1c0", "s0c1", "s0c0", "s0c2"]
    middles = [panel.centers for panel in shown.layout.panels]
    assert [item.y for item in found] == pytest.approx(np.concatenate(middles).tolist())
    colors = [tuple(color) for color in shown.view.channels.color[[4, 3, 1, 0, 2]].tolist()]
    colors[3] = shown.view.theme.faint
    assert [item.color for item in found] == colors and colors[0] == (1, 2, 3)
    assert {(item.align, item.size) for item in found} == {("right", 11.5 * ratio)}


def test_names_leave_some_out_where_lanes_are_low_in_each_panel_by_itself():
    shown = with_change(None, 200, 2)
    found = labels(shown)
    first = shown.layout.panels[0]
    upper = [item for item in found if item.y < first.box.y1]
    every = int(np.ceil(MIN_LABEL_PITCH / first.lane_height))
    assert every > 5
    assert [item.text for item in upper] == [f"s0c{n}" for n in range(0, 200, every)]
    assert [item.y for item in upper] == pytest.approx(first.centers[::every])
    assert all(b.y - a.y >= MIN_LABEL_PITCH for a, b in pairwise(upper))
    assert [item.text for item in found[len(upper) :]] == ["s1c0", "s1c1"]


def butterfly(view):
    view.butterfly = True


def test_names_of_a_butterfly_stand_one_below_the_other_in_the_middle_of_their_panel():
    shown = with_change(butterfly, 5, 2)
    found = labels(shown)
    assert [item.text for item in found] == [f"s0c{n}" for n in range(5)] + ["s1c0", "s1c1"]
    for panel, mine in zip(shown.layout.panels, (found[:5], found[5:]), strict=True):
        y = np.array([item.y for item in mine])
        assert y.mean() == pytest.approx((panel.box.y0 + panel.box.y1) / 2)
        assert np.diff(y) == pytest.approx(MIN_LABEL_PITCH)
        assert panel.box.y0 < y.min() and y.max() < panel.box.y1
    colors = shown.view.channels.color.tolist()
    assert [list(item.color) for item in found] == colors


@pytest.mark.parametrize(
    ("prefix", "height", "wanted"),
    [
        ("a long one ", 400, ["90 channels"]),
        ("longer ", 400, ["90", "channels"]),
        ("longer ", 50, ["90 ch."]),
        ("", 400, ["90 ch."]),
    ],
)
def test_of_a_butterfly_of_more_than_fit_the_number_is_said(prefix, height, wanted):
    def change(view):
        view.butterfly = True
        for row, info in enumerate(view.channels.infos):
            infos = list(view.channels.infos)
            infos[row] = replace(info, name=prefix + info.name)
            view.channels.infos = tuple(infos)

    shown = with_change(change, 90, size=(600, height))
    found = labels(shown)
    assert [item.text for item in found] == wanted
    assert all(text_width(item.text, 1.0) <= item.max_width for item in found)
    box = shown.layout.panels[0].box
    assert np.mean([item.y for item in found]) == (box.y0 + box.y1) / 2
    assert np.diff([item.y for item in found]) == pytest.approx(MIN_LABEL_PITCH)


@pytest.mark.parametrize("counts", [(64, 64, 64), (90, 2, 77, 1), (1,) * 30, (200, 1, 1, 1)])
@pytest.mark.parametrize("height", [150, 231, 400])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_names_of_no_two_panels_collide(counts, height, ratio):
    units = {name: np.empty(0) for name in "ab"}
    size = (round(600 * ratio), round(height * ratio))
    shown = with_change(None, *counts, size=size, ratio=ratio, units=units)
    found = labels(shown)
    assert all(b.y - a.y >= MIN_LABEL_PITCH * ratio - 1e-6 for a, b in pairwise(found))
    for panel in shown.layout.panels:
        mine = [item for item in found if item.text.startswith(f"s{panel.stream}c")]
        assert mine or panel.box.height < 2 * MIN_LABEL_PITCH * ratio
        assert all(panel.box.y0 <= item.y < panel.box.y1 for item in mine)


def test_a_heat_map_has_its_names_beside_its_lanes_even_of_a_butterfly():
    def change(view):
        view.butterfly, view.display = True, "heat map"

    shown = with_change(change, 4)
    assert [item.y for item in labels(shown)] == pytest.approx(shown.layout.panels[0].centers)


# -- the active panel ------------------------------------------------------------------------------


def marks_beside(shown):
    """Return the bars between the names and the plot."""
    x0 = shown.layout.plot.x0
    return [f for f in drawing_of(shown) if isinstance(f, Fill) and x0 - 10 < f.x0 < x0]


@pytest.mark.parametrize("active", [0, 1])
def test_a_bar_stands_beside_the_active_panel(active):
    shown = with_change(lambda view: view.channels.activate(active), 5, 2)
    (bar,) = marks_beside(shown)
    box = shown.layout.panel_of(active).box
    assert (bar.y0, bar.y1, bar.color) == (box.y0, box.y1, shown.view.theme.faint)
    assert bar.x0 < bar.x1 < shown.layout.plot.x0


def test_no_bar_where_keys_act_on_all_panels():
    assert marks_beside(with_change(None, 5, 2)) == []
    assert marks_beside(with_change(lambda view: view.channels.activate(0), 5)) == []

    def hide(view):
        view.channels.activate(1)
        view.channels.set_visible([5, 6], False)

    assert marks_beside(with_change(hide, 5, 2, 1)) == []


# -- units and events ------------------------------------------------------------------------------


def test_units_of_the_raster_have_their_names_and_colours_beside_their_rows():
    def change(view):
        view.units.set_visible([1], False)
        view.units.set_color((1, 2, 3), [2])

    units = {name: np.empty(0) for name in ("a", "b", "c", "d")}
    shown = with_change(change, 2, size=(600, 800), ratio=2.0, units=units, unit_channel={3: 0})
    found = labels(shown)[2:]
    assert [item.text for item in found] == ["2 units"]  # rows are lower than names
    shown = with_change(
        lambda v: (change(v), v.channels.set_visible([0, 1], False)), 2, units=units
    )
    found = labels(shown)
    assert [item.text for item in found] == ["a", "c", "d"]
    assert found[1].color == (1, 2, 3)
    rows = raster_rows(shown.layout).mean(axis=1) + shown.layout.plot.y0
    assert [item.y for item in found] == pytest.approx(rows.tolist())


def test_events_that_are_shown_have_their_labels_above_the_plot():
    def marks(viewport):
        go = EventMarks(0, np.array([20, 22, 200]), ("a", "b", "0"))
        return (), (go, EventMarks(1, np.array([300]), ("",)))

    def above(change=None):
        reader = streams_of(2, seconds=0.5, events={"go": [(0.1, "a")], "stop": [(0.2, "")]})
        shown = Shown(reader, 0.0, 0.5, change=change, points=marks)
        found = [item for item in texts(drawing_of(shown)) if item.y < shown.layout.plot.y0]
        x0 = shown.layout.plot.x0
        return [(item.text, item.x - x0, item.color) for item in found]

    def color(view):
        view.events.set_color((1, 2, 3), [0])

    (first, second, third, fourth), mine = above(color), (1, 2, 3)
    assert [first, second, third] == [("go a", 20, mine), ("go b", 22, mine), ("go", 200, mine)]
    assert fourth[:2] == ("stop", 300) and fourth[2] != mine
    assert [t[0] for t in above(lambda v: v.events.set_visible([0], False))] == ["stop"]
    assert above(lambda v: setattr(v, "events_shown", False)) == []


def events_above(names, marks, ratio=1.0):
    def points(viewport):
        return (), tuple(EventMarks(n, np.array(x), labels) for n, (x, labels) in enumerate(marks))

    reader = streams_of(2, seconds=0.5, events={name: [] for name in names})
    size = (round(900 * ratio), round(400 * ratio))
    shown = Shown(reader, 0.0, 0.5, size, ratio, points=points)
    return [item for item in texts(drawing_of(shown)) if item.y < shown.layout.plot.y0]


def test_a_label_that_begins_with_its_channel_s_name_does_not_repeat_it():
    found = events_above(["XD0", "go"], [([10], ("XD0 ON",)), ([200], ("ongoing",))])
    assert [item.text for item in found] == ["XD0 ON", "go ongoing"]


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_labels_of_events_keep_apart_as_they_are_painted(ratio):
    x = list(range(0, round(700 * ratio), 7))
    found = events_above(["WXD0"], [(x, tuple(f"{'MXW0'[n % 4]} ON {n}" for n in x))], ratio)
    font, _ = font_of(round(11.5 * ratio))
    rows = {item.y for item in found}
    assert len(rows) == 2
    for y in rows:
        row = [item for item in found if item.y == y]
        assert len(row) > 3
        gaps = [b.x - a.x - font.getlength(a.text) for a, b in pairwise(row)]
        assert min(gaps) >= 8 * ratio - 0.5


def test_epochs_and_rare_events_have_their_labels_before_frequent_ones():
    x = list(range(0, 700, 7))
    often = (x, tuple(str(n) for n in x))
    rare = ([203, 431], ("a", "b"))
    found = events_above(["lick", "go", "trial"], [often, rare, ([100], ("7",))])
    said = [item.text for item in found]
    assert {"go a", "go b", "trial 7"} <= set(said)
    assert sum(text.startswith("lick") for text in said) > 5
    assert [item.x for item in found] == sorted(item.x for item in found)

    def points(viewport):
        lasting = np.array([50]), ("",), np.array([90]), np.array([True])
        return (), (EventMarks(0, np.array([40, 45]), ("a", "b")), EventMarks(1, *lasting))

    reader = streams_of(2, seconds=0.5, events={"often": []}, epochs={"asleep": []})
    shown = Shown(reader, 0.0, 0.5, points=points)
    above = [t.text for t in texts(drawing_of(shown)) if t.y < shown.layout.plot.y0]
    assert above == ["often a", "asleep"]


# -- the ruler -------------------------------------------------------------------------------------


@pytest.mark.parametrize("time_format", ["seconds", "clock", "samples"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_ruler_has_its_ticks_and_labels_below_the_plot(time_format, ratio):
    def change(view):
        view.time_format = time_format

    size = (round(800 * ratio), round(400 * ratio))
    shown = with_change(change, 2, size=size, ratio=ratio)
    plot, viewport = shown.layout.plot, shown.viewport
    ticks = ruler_ticks(shown.view, viewport, ratio)
    drawing = drawing_of(shown)
    below = [item for item in texts(drawing) if item.y > plot.y1]
    inside = [
        (text, plot.x0 + viewport.x_of(time))
        for time, text in zip(ticks.times.tolist(), ticks.labels, strict=True)
        if plot.x0 + viewport.x_of(time) + len(text) * 6.6 * ratio / 2 <= plot.x1
    ]
    assert len(inside) >= 2
    assert [(item.text, item.x) for item in below] == [*inside, (ticks.caption, below[-1].x)]
    assert below[-1].x > plot.x1
    lines = {f.x0: f.y1 - f.y0 for f in drawing if isinstance(f, Fill) and f.y0 == plot.y1}
    for times, length in ((ticks.minor, 3), (ticks.times, 7)):
        x = plot.x0 + np.rint(viewport.x_of(times)).astype(int)
        x = x[(x > plot.x0) & (x < plot.x1)]
        lengths = [lines[place] for place in x.tolist()]
        assert min(lengths) == round(length * ratio)

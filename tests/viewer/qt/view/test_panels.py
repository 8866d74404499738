"""Two streams, one above the other: what acts on one of them, and what on both."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt

from tests.viewer.qt.conftest import pixels, settle, wheel
from tests.viewer.qt.hands import (
    BESIDE,
    Button,
    Key,
    Mod,
    click,
    double_click,
    drag,
    in_lane,
    label_of,
    logical,
    move,
    press,
    shown,
    two_streams,
)

FAST, SLOW = slice(0, 8), slice(8, 11)
"""Rows of either stream."""


@pytest.fixture
def view(qtbot):
    """Return a view of two streams, the upper with 4 of 8 channels, the lower with 2 of 3."""
    widget = shown(qtbot, two_streams())
    widget.view.channels.show_page(0, 4, stream=0)
    widget.view.channels.show_page(0, 2, stream=1)
    settle(qtbot, widget)
    return widget


def first_lanes(view):
    return [panel.first_lane for panel in view.view.channels.panels]


def heights(view):
    return [panel.box.height for panel in view.frame.layout.panels]


def border(view, number=0):
    box = view.frame.layout.separators[number]
    return logical(view, 400, (box.y0 + box.y1) / 2)


# -- by place ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("panel", "want"), [(0, [2, 0]), (1, [0, 1])])
def test_a_drag_scrolls_the_panel_that_it_begins_in(view, panel, want):
    start = in_lane(view, 1, panel)
    lane = view.frame.layout.panels[panel].lane_height
    drag(view, start, start + QPoint(0, round(-2 * lane)))
    assert first_lanes(view) == want  # of the lower one no more than that are left


@pytest.mark.parametrize(("panel", "want"), [(0, [1, 0]), (1, [0, 1])])
def test_the_wheel_scrolls_the_panel_under_it(view, panel, want):
    wheel(view, in_lane(view, 0, panel), -1, Mod.ShiftModifier)
    assert first_lanes(view) == want


@pytest.mark.parametrize(("panel", "rows"), [(0, FAST), (1, SLOW)])
def test_the_wheel_changes_the_gain_of_the_panel_under_it(view, panel, rows):
    wheel(view, in_lane(view, 0, panel), 2, Mod.AltModifier)
    gain = np.ones(11)
    gain[rows] = 1.15**2
    assert view.view.channels.gain == pytest.approx(gain)


def test_time_is_common_to_all(view, qtbot):
    view.view.window.set(10.0, 4.0)
    settle(qtbot, view)
    place = in_lane(view, 0, panel=1, across=0.7)
    when = view.time_at(place.toPointF())
    wheel(view, place, 3, Mod.ControlModifier)
    settle(qtbot, view)
    assert view.view.window.duration == pytest.approx(4.0 / 1.25**3)
    pixel = view.frame.viewport.seconds_per_pixel
    assert view.time_at(place.toPointF()) == pytest.approx(when, abs=1.01 * pixel)
    runs = {layer.view.run.stream: layer.view for layer in view.frame.scene.layers}
    assert set(runs) == {0, 1}
    for run in runs.values():
        left = run.run.t_start + run.first_column * run.spp / run.run.sampling_rate
        assert left == pytest.approx(view.frame.viewport.t_left, abs=pixel)


# -- the panel that keys act on ----------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        lambda view, panel: label_of(view, 1, panel),
        lambda view, panel: QPoint(view.width() - 5, in_lane(view, 0, panel).y()),
    ],
    ids=["label", "legend"],
)
@pytest.mark.parametrize(("panel", "rows"), [(0, FAST), (1, SLOW)])
def test_a_click_beside_a_panel_has_keys_act_on_it_alone_and_back(view, qtbot, place, panel, rows):
    click(view, place(view, panel))
    assert view.view.channels.active == panel
    press(view, Key.Key_Plus)
    gain = np.ones(11)
    gain[rows] = 2**0.5
    assert view.view.channels.gain == pytest.approx(gain)
    press(view, Key.Key_Down)
    assert first_lanes(view) == [1 - panel, panel]
    click(view, place(view, panel))
    assert view.view.channels.active is None
    press(view, Key.Key_Minus)
    gain /= 2**0.5
    assert view.view.channels.gain == pytest.approx(gain)


def test_the_panel_that_keys_act_on_is_marked(view, qtbot):
    def beside(panel):
        box = view.frame.layout.panels[panel].box
        image = view.grab(view.rect()).toImage()
        colors = {image.pixel(x, box.y0 + 3) for x in range(box.x0 - 5, box.x0 - 1)}
        return len(colors) > 1

    view.view.channels.activate(1)
    settle(qtbot, view)
    assert not beside(0) and beside(1)


def test_f6_goes_through_the_panels_and_esc_back_to_all(view):
    channels, seen = view.view.channels, []
    for _ in range(4):
        press(view, Key.Key_F6)
        seen.append(channels.active)
    assert seen == [0, 1, None, 0]
    press(view, Key.Key_Escape)
    assert channels.active is None


def test_keys_scroll_and_zoom_the_active_panel_alone(view):
    channels = view.view.channels
    channels.activate(0)
    press(view, Key.Key_PageDown, Mod.ControlModifier)
    assert first_lanes(view) == [4, 0]
    press(view, Key.Key_Up, Mod.ShiftModifier)
    assert [panel.lanes_per_page for panel in channels.panels] == [2, 2]
    channels.activate(1)
    press(view, Key.Key_Up, Mod.ShiftModifier)
    assert [panel.lanes_per_page for panel in channels.panels] == [2, 1]
    channels.set_gain(-3.0)
    press(view, Key.Key_0)
    assert channels.gain.tolist() == [-3.0] * 8 + [-1.0] * 3


def test_a_box_zooms_into_channels_of_its_panel_alone(view, qtbot):
    start, stop = in_lane(view, 1, across=0.3), in_lane(view, 2, across=0.4)
    drag(view, start, stop, button=Button.RightButton)
    channels = view.view.channels
    assert channels.page_of(0).tolist() == [1, 2] and channels.page_of(1).tolist() == [8, 9]


def test_a_double_click_solos_across_panels_and_leaves_no_panel_active(view, qtbot):
    channels = view.view.channels
    for active in (None, 1):
        channels.activate(active)
        settle(qtbot, view)
        double_click(view, label_of(view, 1, panel=1))
        assert channels.shown.tolist() == [9]
        settle(qtbot, view)
        double_click(view, label_of(view, 0))
        assert channels.shown.tolist() == [0, 1, 2, 3, 8, 9]
        assert channels.active == active
        settle(qtbot, view)


def test_a_panel_that_is_alone_cannot_be_made_active(view, qtbot):
    channels = view.view.channels
    channels.set_visible(range(8), False)
    settle(qtbot, view)
    click(view, label_of(view, 1))
    channels.set_visible(range(8), True)
    assert channels.active is None


# -- heights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [57, -40, 113])
def test_the_border_between_panels_follows_the_mouse(view, qtbot, way):
    before = heights(view)
    drag(view, border(view), border(view) + QPoint(3, way // 2), border(view) + QPoint(-9, way))
    settle(qtbot, view)
    assert np.subtract(heights(view), before) == pytest.approx([way, -way], abs=1)
    assert first_lanes(view) == [0, 0] and view.view.window.t_start == 0.0


def test_a_border_stops_where_a_panel_has_its_least_height(view, qtbot):
    total = sum(heights(view))
    for way in (-2000, 2000):
        at = border(view)
        drag(view, at, at + QPoint(0, way))
        settle(qtbot, view)
        assert min(heights(view)) == pytest.approx(18, abs=2) and sum(heights(view)) == total
    at = border(view)
    drag(view, at, at + QPoint(0, -100))  # and it can be had back
    settle(qtbot, view)
    assert min(heights(view)) == pytest.approx(118, abs=3)


def test_over_a_border_the_cursor_says_that_it_can_be_dragged(view):
    move(view, BESIDE)
    move(view, border(view))
    assert view.cursor().shape() == Qt.CursorShape.SplitVCursor
    move(view, in_lane(view, 1))
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


@pytest.mark.gl
def test_both_renderers_draw_panels_alike(view, qtbot):
    view.view.window.set(12.0, 1.5)
    drag(view, border(view), border(view) + QPoint(0, 30))
    settle(qtbot, view)
    drawn = pixels(view).astype(int)
    view.set_renderer("gpu")
    settle(qtbot, view)
    assert np.abs(pixels(view).astype(int) - drawn).max() <= 1
    colors = view.view.channels.color
    for panel in view.frame.layout.panels:
        top = panel.box.y0 - view.frame.layout.plot.y0
        part = drawn[top : top + panel.box.height, :, :3].reshape(-1, 3)
        there = {tuple(color) for color in np.unique(part, axis=0).tolist()}
        rows = view.view.channels.page_of(panel.stream)
        assert {tuple(color) for color in colors[rows].tolist()} <= there

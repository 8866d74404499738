"""What dragging the mouse does, from the button's press to its release, or to Esc."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt

from tests.viewer.qt.conftest import settle, wheel
from tests.viewer.qt.hands import (
    Button,
    Key,
    Mod,
    center,
    click,
    double_click,
    drag,
    hold,
    in_lane,
    label_of,
    let_go,
    logical,
    move,
    press,
    shown,
    two_streams,
)
from viewer.qt.view.drags import SLOP


def time_of(view, place):
    """Return the time at the left edge of a logical pixel."""
    plot, viewport = view.frame.layout.plot, view.frame.viewport
    return viewport.t_left + (place.x() - plot.x0) * viewport.seconds_per_pixel


# -- panning -----------------------------------------------------------------------------------


@pytest.mark.parametrize("button", [Button.LeftButton, Button.MiddleButton])
def test_dragging_keeps_the_time_under_the_cursor(view, qtbot, button):
    view.view.window.set(20.0, 2.0)
    settle(qtbot, view)
    start = center(view)
    stop = start + QPoint(-150, 0)
    held = view.time_at(start.toPointF())
    drag(view, start, *(start + QPoint(-15 * step, 0) for step in range(1, 11)), button=button)
    settle(qtbot, view)
    pixel = view.frame.viewport.seconds_per_pixel
    assert view.time_at(stop.toPointF()) == pytest.approx(held, abs=1.01 * pixel)
    assert view.view.window.t_start > 20.2
    move(view, start)  # the button is up: nothing moves any more
    assert view.time_at(stop.toPointF()) == pytest.approx(held, abs=1.01 * pixel)


def test_dragging_up_and_down_scrolls_channels(view, qtbot):
    view.view.channels.show_page(4, 4)
    settle(qtbot, view)
    lane = view.frame.layout.panels[0].lane_height / view.frame.layout.ratio
    drag(view, center(view), center(view) + QPoint(0, round(-2 * lane)))
    assert view.view.channels.panel_of(0).first_lane == 6


def test_a_page_of_traces_over_one_another_is_as_high_as_their_panel(plain, qtbot):
    plain.view.channels.show_page(4, 4)
    plain.view.butterfly = True
    settle(qtbot, plain)
    quarter = plain.frame.layout.panels[0].box.height / 4
    drag(plain, center(plain), center(plain) + QPoint(0, round(-2 * quarter)))
    assert plain.view.channels.panel_of(0).first_lane == 6


def test_what_moves_less_than_a_click_may_moves_nothing(plain):
    start = center(plain)
    drag(plain, start, start + QPoint(int(SLOP) - 1, 1))
    assert plain.view.window.t_start == 20.0


def test_who_drags_stops_what_plays(plain):
    plain.player.toggle()
    assert plain.player.playing
    drag(plain, center(plain), center(plain) + QPoint(50, 0))
    assert not plain.player.playing


def test_the_wheel_that_is_pressed_and_turns_does_not_disturb_a_drag(plain, qtbot):
    start = center(plain)
    held = plain.time_at(start.toPointF())
    stop = start + QPoint(90, 0)
    drag(plain, start, start + QPoint(40, 0), button=Button.MiddleButton, release=False)
    wheel(plain, start, 2)
    wheel(plain, start, 2, Mod.ControlModifier)
    move(plain, stop)
    let_go(plain, stop, Button.MiddleButton)
    settle(qtbot, plain)
    assert plain.view.window.duration == 2.0
    pixel = plain.frame.viewport.seconds_per_pixel
    assert plain.time_at(stop.toPointF()) == pytest.approx(held, abs=1.01 * pixel)


# -- zooming into a box ------------------------------------------------------------------------


def test_a_box_zooms_into_its_time_and_its_channels(plain):
    start, stop = in_lane(plain, 3, across=0.2), in_lane(plain, 6, across=0.7)
    first, last = time_of(plain, start), time_of(plain, stop)
    drag(plain, start, center(plain), stop, button=Button.RightButton)
    window = plain.view.window
    assert (window.t_start, window.t_stop) == (pytest.approx(first), pytest.approx(last))
    assert plain.view.channels.shown.tolist() == [3, 4, 5, 6]


def test_a_box_may_be_drawn_from_any_corner(plain, qtbot):
    start, stop = in_lane(plain, 5, across=0.8), in_lane(plain, 2, across=0.3)
    first, last = time_of(plain, stop), time_of(plain, start)
    drag(plain, start, stop, button=Button.RightButton)
    window = plain.view.window
    assert (window.t_start, window.t_stop) == (pytest.approx(first), pytest.approx(last))
    assert plain.view.channels.shown.tolist() == [2, 3, 4, 5]
    settle(qtbot, plain)  # of the lanes that are left, again
    drag(
        plain,
        in_lane(plain, 1, across=0.1),
        in_lane(plain, 2, across=0.2),
        button=Button.RightButton,
    )
    assert plain.view.channels.shown.tolist() == [3, 4]


def test_a_flick_sideways_zooms_into_time_alone(plain):
    start = in_lane(plain, 3, across=0.4)
    stop = start + QPoint(200, 10)
    first, last = time_of(plain, start), time_of(plain, stop)
    drag(plain, start, stop, button=Button.RightButton, release=False)
    box, plot = plain.drag.box, plain.frame.layout.plot
    assert (box.top(), box.bottom()) == (plot.y0, plot.y1)
    let_go(plain, stop, Button.RightButton)
    window = plain.view.window
    assert (window.t_start, window.t_stop) == (pytest.approx(first), pytest.approx(last))
    assert len(plain.view.channels.shown) == 12


def test_a_box_without_width_zooms_into_channels_alone(plain):
    start = in_lane(plain, 7)
    drag(plain, start, in_lane(plain, 9) + QPoint(2, 0), button=Button.RightButton)
    assert (plain.view.window.t_start, plain.view.window.duration) == (20.0, 2.0)
    assert plain.view.channels.shown.tolist() == [7, 8, 9]


def test_a_box_as_high_as_the_panel_is_for_time_alone(plain):
    drag(
        plain,
        in_lane(plain, 0, across=0.25),
        in_lane(plain, 11, across=0.75),
        button=Button.RightButton,
    )
    assert plain.view.window.duration == pytest.approx(1.0, abs=0.01)
    assert len(plain.view.channels.shown) == 12


def test_a_box_that_is_drawn_back_to_its_start_does_nothing(plain):
    asked = []
    plain.menu_wanted.connect(asked.append)
    start = center(plain)
    drag(plain, start, start + QPoint(200, 150), start + QPoint(1, 1), button=Button.RightButton)
    assert (plain.view.window.t_start, plain.view.window.duration) == (20.0, 2.0)
    assert len(plain.view.channels.shown) == 12 and asked == []


def test_a_box_stays_in_the_panel_where_it_begins(qtbot):
    view = shown(qtbot, two_streams())
    start, stop = in_lane(view, 6, across=0.3), in_lane(view, 1, panel=1, across=0.6)
    drag(view, start, stop, button=Button.RightButton, release=False)
    upper = view.frame.layout.panels[0].box
    assert view.drag.box.bottom() == upper.y1
    let_go(view, stop, Button.RightButton)
    channels = view.view.channels
    assert channels.page_of(0).tolist() == [6, 7] and channels.page_of(1).tolist() == [8, 9, 10]


def test_the_right_button_without_a_drag_asks_for_the_menu(plain):
    asked = []
    plain.menu_wanted.connect(asked.append)
    for place in (center(plain), label_of(plain, 3), QPoint(3, 3)):
        click(plain, place, Button.RightButton)
        assert asked.pop() == place.toPointF()
    click(plain, center(plain))
    drag(plain, center(plain), center(plain) + QPoint(60, 0), button=Button.RightButton)
    assert asked == []


# -- labels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [1.0, -2.5])
def test_a_label_that_is_dragged_takes_its_trace_along(plain, qtbot, gain):
    channels = plain.view.channels
    channels.set_gain(gain, [7])
    settle(qtbot, plain)
    before = plain.frame.scene.layers[0]
    drag(plain, label_of(plain, 7), label_of(plain, 7) + QPoint(5, -31))
    height = plain.frame.layout.panels[0].box.height / 12
    units = 31 * channels.span[0, "uV"] / (height * gain)
    assert channels.offset[7] == pytest.approx(units)
    assert not np.delete(channels.offset, 7).any()
    settle(qtbot, plain)
    after = plain.frame.scene.layers[0]
    moved = (after.base - after.slope * after.pivot) - (before.base - before.slope * before.pivot)
    assert moved == pytest.approx(np.where(np.arange(12) == 7, -31.0, 0.0), abs=0.01)


def test_a_double_click_on_a_label_solos_that_channel_and_back(view, qtbot):
    double_click(view, label_of(view, 7))
    assert view.view.channels.shown.tolist() == [7]
    settle(qtbot, view)
    assert view.frame.scene.layers[0].columns.tolist() == [7]
    double_click(view, label_of(view, 0))
    assert view.view.channels.shown.tolist() == list(range(12))


def test_a_double_click_in_the_plot_is_the_usual_zoom_around_there(plain, qtbot):
    plain.view.window.set(30.0, 0.05)
    plain.view.channels.show_page(4, 2)
    settle(qtbot, plain)
    place = center(plain) + QPoint(100, 0)
    when = time_of(plain, place)
    double_click(plain, place)
    window = plain.view.window
    assert (window.t_start, window.duration) == (pytest.approx(when - 0.5), 1.0)
    assert len(plain.view.channels.shown) == 12
    assert plain.drag is None


# -- giving up ---------------------------------------------------------------------------------


def state(view):
    channels, window = view.view.channels, view.view.window
    shares = [panel.share for panel in channels.panels]
    offset = channels.offset.tolist()
    return window.t_start, window.duration, channels.shown.tolist(), offset, shares


@pytest.mark.parametrize("what", ["pan", "box", "label", "border", "measure"])
def test_esc_gives_up_a_drag_and_puts_all_back(qtbot, what):
    view = shown(qtbot, two_streams())
    view.view.window.set(20.0, 2.0)
    view.view.channels.show_page(2, 4)
    settle(qtbot, view)
    asked = []
    view.menu_wanted.connect(asked.append)
    border = view.frame.layout.separators[0]
    start, button, modifier = {
        "pan": (center(view), Button.LeftButton, Mod.NoModifier),
        "box": (center(view), Button.RightButton, Mod.NoModifier),
        "label": (label_of(view, 1), Button.LeftButton, Mod.NoModifier),
        "border": (logical(view, 400, border.y0 + 2), Button.LeftButton, Mod.NoModifier),
        "measure": (center(view), Button.LeftButton, Mod.ShiftModifier),
    }[what]
    before = state(view)
    stop = start + QPoint(77, -61)
    drag(view, start, stop, button=button, modifier=modifier, release=False)
    assert view.drag is not None and view.cursor().shape() != Qt.CursorShape.ArrowCursor
    if what in ("box", "measure"):
        assert view.overlay.isVisible()
    else:
        assert state(view) != before
    press(view, Key.Key_Escape)
    move(view, stop + QPoint(5, 5))
    let_go(view, stop, button, modifier)
    assert state(view) == before
    assert view.drag is None and view.measured is None and view.view.span is None
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert not view.overlay.isVisible()
    assert asked == [] and view.view.channels.active is None  # nor was it a click


def test_a_second_button_does_not_disturb_a_drag(plain):
    start, stop = center(plain), center(plain) + QPoint(100, 0)
    drag(plain, start, stop, release=False)
    hold(plain, stop, Button.RightButton)
    let_go(plain, stop, Button.RightButton)
    assert plain.drag is not None
    let_go(plain, stop)
    assert plain.drag is None and plain.view.window.t_start < 19.9


def test_a_drag_whose_release_went_elsewhere_is_given_up_for_the_next(plain):
    start = center(plain)
    drag(plain, start, start + QPoint(100, 0), release=False)
    assert plain.view.window.t_start != 20.0
    hold(plain, start)
    assert plain.view.window.t_start == 20.0
    move(plain, start + QPoint(0, 30))
    let_go(plain, start)
    assert plain.drag is None


@pytest.mark.parametrize(
    ("button", "modifier"),
    [
        (Button.LeftButton, Mod.NoModifier),
        (Button.LeftButton, Mod.ShiftModifier),
        (Button.RightButton, Mod.NoModifier),
    ],
)
def test_lanes_that_go_while_something_is_dragged_do_no_harm(plain, qtbot, button, modifier):
    start = in_lane(plain, 11)
    drag(plain, start, start + QPoint(60, -9), button=button, modifier=modifier, release=False)
    plain.view.channels.show_page(0, 2)
    move(plain, start + QPoint(90, -60))
    settle(qtbot, plain)
    move(plain, start + QPoint(95, -90))
    plain.grab()
    let_go(plain, start + QPoint(95, -90), button, modifier)
    assert plain.drag is None

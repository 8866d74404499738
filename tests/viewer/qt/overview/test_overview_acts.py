"""What mouse and keyboard do on the strip over the whole recording."""

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest

from tests.viewer.qt.conftest import wheel
from tests.viewer.qt.overview.strips import PIXEL, WIDTH, Left, at, drag, window
from viewer.qt.overview.handle import LEAST_WIDTH

Key, Mod = Qt.Key, Qt.KeyboardModifier


# -- mouse -----------------------------------------------------------------------------------------


def test_dragging_the_window_moves_it_with_the_cursor(strip):
    strip.view.window.set(12.0, 6.0)
    inside = strip.x_of(15.0)
    drag(strip, inside, inside + 50, inside + 150)
    assert window(strip) == (pytest.approx(12.0 + 150 * PIXEL, abs=PIXEL), 6.0)
    drag(strip, strip.x_of(strip.view.window.t_start + 3), 0)
    assert window(strip) == (0.0, 6.0)


def test_a_drag_beyond_the_end_comes_back_to_where_the_cursor_is(strip):
    strip.view.window.set(30.0, 6.0)
    held = strip.x_of(33.0)
    drag(strip, held, held + 800, held + 15)
    assert strip.view.window.t_start == pytest.approx(30.0 + 15 * PIXEL, abs=PIXEL)


@pytest.mark.parametrize(
    ("edge", "by", "start", "stop"),
    [
        (12.0, -90, 12.0 - 90 * PIXEL, 18.0),
        (12.0, 45, 12.0 + 45 * PIXEL, 18.0),
        (18.0, 120, 12.0, 18.0 + 120 * PIXEL),
        (18.0, -60, 12.0, 18.0 - 60 * PIXEL),
        (12.0, -800, 0.0, 18.0),
        (18.0, 2000, 12.0, 60.0),
    ],
)
def test_dragging_an_edge_changes_the_duration_and_leaves_the_other(strip, edge, by, start, stop):
    strip.view.window.set(12.0, 6.0)
    x = strip.x_of(edge)
    drag(strip, x, x + by / 2, x + by)
    at_start, duration = window(strip)
    assert at_start == pytest.approx(start, abs=PIXEL)
    assert at_start + duration == pytest.approx(stop, abs=PIXEL)
    other = 12.0 if edge == 18.0 else 18.0
    assert min(abs(at_start - other), abs(at_start + duration - other)) < 1e-9


@pytest.mark.parametrize(("edge", "to"), [(12.0, 800), (18.0, 5)])
def test_an_edge_stops_short_of_the_other(strip, edge, to):
    strip.view.window.set(12.0, 6.0)
    drag(strip, strip.x_of(edge), to)
    least = strip.view.window.min_duration
    assert strip.view.window.duration == pytest.approx(least)
    assert strip.view.window.t_start == pytest.approx(18.0 - least if edge == 12.0 else 12.0)


def test_a_click_beside_the_window_brings_it_there_and_holds_it(strip):
    strip.view.window.set(12.0, 6.0)
    QTest.mouseClick(strip, Left, pos=at(600))
    assert window(strip) == (pytest.approx(600 * PIXEL - 3.0, abs=PIXEL), 6.0)
    drag(strip, 100, 130)
    assert window(strip) == (pytest.approx(130 * PIXEL - 3.0, abs=PIXEL), 6.0)


def test_a_click_on_the_window_leaves_it(strip):
    strip.view.window.set(12.0, 6.0)
    for place in (12.0, 15.0, 18.0):
        QTest.mouseClick(strip, Left, pos=at(strip.x_of(place)))
        assert window(strip) == (12.0, 6.0)


def test_a_short_window_can_be_seen_and_dragged(strip):
    strip.view.window.set(20.0, 0.01)
    handle = strip.handle
    assert handle.right - handle.left == pytest.approx(LEAST_WIDTH)
    assert (handle.left + handle.right) / 2 == pytest.approx(strip.x_of(20.005))
    middle = round(strip.x_of(20.005))
    drag(strip, middle, middle + 200)
    assert window(strip) == (pytest.approx(20.0 + 200 * PIXEL, abs=PIXEL), 0.01)
    x = round(strip.handle.right + 2)
    start = strip.view.window.t_start
    drag(strip, x, x + 30)
    assert window(strip) == (pytest.approx(start), pytest.approx(0.01 + 30 * PIXEL, abs=PIXEL))


def test_the_handle_of_a_short_window_stays_on_the_strip(strip):
    strip.view.window.set(0.0, 0.01)
    assert strip.handle.left == 0.0 and strip.handle.right == LEAST_WIDTH
    strip.view.window.go_to_end()
    assert strip.handle.right == pytest.approx(WIDTH)


def test_a_double_click_shows_the_whole_recording(strip):
    strip.view.window.set(12.0, 6.0)
    QTest.mouseDClick(strip, Left, pos=at(700))
    assert window(strip) == (0.0, 60.0)


def test_a_click_a_double_click_and_a_key_each_leave_a_visit_at_once(strip):
    strip.view.window.set(0.0, 2.0)
    QTest.mouseClick(strip, Left, pos=at(strip.x_of(30.0)))
    brought = window(strip)
    QTest.mouseClick(strip, Left, pos=at(strip.x_of(50.0)))
    clicked = window(strip)
    QTest.keyClick(strip, Qt.Key.Key_Home)
    QTest.mouseClick(strip, Left, pos=at(strip.x_of(1.0)))  # as Qt tells of the first of two
    QTest.mouseDClick(strip, Left, pos=at(strip.x_of(1.0)))
    assert window(strip) == (0.0, 60.0)
    for want in ((0.0, 2.0), clicked, brought, (0.0, 2.0)):
        strip.view.back()
        assert window(strip) == want
    QTest.mouseClick(strip, Left, pos=at(strip.x_of(30.0)))
    QTest.mouseDClick(strip, Left, pos=at(strip.x_of(30.0)))
    strip.view.back()
    assert window(strip) == (0.0, 2.0), "the first click of the two was no act of its own"


def test_other_buttons_and_moves_without_a_button_do_nothing(strip):
    strip.view.window.set(12.0, 6.0)
    QTest.mousePress(strip, Qt.MouseButton.RightButton, pos=at(600))
    QTest.mouseMove(strip, at(700))
    QTest.mouseRelease(strip, Qt.MouseButton.RightButton, pos=at(700))
    QTest.mouseMove(strip, at(200))
    assert window(strip) == (12.0, 6.0)


def test_escape_puts_the_window_back(strip):
    strip.view.window.set(12.0, 6.0)
    QTest.mousePress(strip, Left, pos=at(600))
    QTest.mouseMove(strip, at(700))
    assert strip.view.window.t_start > 30
    QTest.keyClick(strip, Key.Key_Escape)
    QTest.mouseMove(strip, at(100))
    assert window(strip) == (12.0, 6.0)


def test_the_wheel_goes_from_window_to_window(strip):
    strip.view.window.set(12.0, 6.0)
    wheel(strip, QPoint(300, 20), -2)
    assert window(strip) == (24.0, 6.0)
    wheel(strip, QPoint(300, 20), 1)
    assert window(strip) == (18.0, 6.0)


def test_the_wheel_with_ctrl_zooms_at_the_cursor_or_else_in_the_middle(strip):
    strip.view.window.set(12.0, 6.0)
    time = strip.time_at(200)
    share = (time - 12.0) / 6.0
    wheel(strip, QPoint(200, 20), 1, Mod.ControlModifier)
    start, duration = window(strip)
    assert duration == pytest.approx(6.0 / 1.25)
    assert (time - start) / duration == pytest.approx(share)
    strip.view.window.set(12.0, 6.0)
    wheel(strip, QPoint(700, 20), -1, Mod.ControlModifier)
    start, duration = window(strip)
    assert duration == pytest.approx(7.5) and start + duration / 2 == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("time", "shape"),
    [
        (12.0, Qt.CursorShape.SizeHorCursor),
        (15.0, Qt.CursorShape.OpenHandCursor),
        (18.0, Qt.CursorShape.SizeHorCursor),
        (40.0, Qt.CursorShape.ArrowCursor),
    ],
)
def test_the_cursor_says_what_a_drag_would_do(strip, time, shape):
    strip.view.window.set(12.0, 6.0)
    QTest.mouseMove(strip, at(strip.x_of(time)))
    assert strip.cursor().shape() == shape


# -- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "start"),
    [
        (Key.Key_Right, 13.5),
        (Key.Key_Left, 10.5),
        (Key.Key_PageDown, 18.0),
        (Key.Key_PageUp, 6.0),
        (Key.Key_Home, 0.0),
        (Key.Key_End, 54.0),
    ],
)
def test_keys_move_the_window(strip, key, start):
    strip.view.window.set(12.0, 6.0)
    QTest.keyClick(strip, key)
    assert window(strip) == (pytest.approx(start), 6.0)


def test_other_keys_do_what_they_do_in_the_view(strip):
    gain = strip.view.channels.gain[0]
    QTest.keyClick(strip, Key.Key_Plus)
    assert strip.view.channels.gain[0] > gain

"""What the wheel does, by the keys held and the place, and as the settings say."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle, wheel
from tests.viewer.qt.hands import Mod, center, in_lane, label_of, logical, shown
from viewer.qt.view.wheel import USUAL

NOTCH = 120


def turn(view, place, x, y, modifiers=Mod.NoModifier):
    """Turn a wheel, or move two fingers on a pad, by eighths of a degree."""
    where = QPointF(place)
    event = QWheelEvent(
        where,
        view.mapToGlobal(where),
        QPoint(),
        QPoint(x, y),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    assert event.isAccepted()


# -- over the traces ---------------------------------------------------------------------------


def test_the_wheel_scrolls_time(view):
    view.view.window.set(20.0, 2.0)
    wheel(view, center(view), -1)
    assert view.view.window.t_start == pytest.approx(20.2)
    wheel(view, center(view), 3)
    assert view.view.window.t_start == pytest.approx(19.6)


@pytest.mark.parametrize("notches", [-2, 1, 4])
def test_ctrl_wheel_zooms_at_the_cursor(view, qtbot, notches):
    view.view.window.set(20.0, 4.0)
    settle(qtbot, view)
    place = center(view) + QPoint(130, 0)
    before = view.time_at(place.toPointF())
    wheel(view, place, notches, Mod.ControlModifier)
    assert view.view.window.duration == pytest.approx(4.0 / 1.25**notches)
    settle(qtbot, view)
    pixel = view.frame.viewport.seconds_per_pixel
    assert view.time_at(place.toPointF()) == pytest.approx(before, abs=1.01 * pixel)


def test_alt_wheel_changes_gain_and_shift_wheel_scrolls_channels(view):
    wheel(view, center(view), 2, Mod.AltModifier)
    assert np.allclose(view.view.channels.gain, 1.15**2)
    assert view.view.window.t_start == 0.0
    view.view.channels.show_page(0, 8)
    wheel(view, center(view), -3, Mod.ShiftModifier)
    assert view.view.channels.panel_of(0).first_lane == 3
    wheel(view, center(view), 3, Mod.ShiftModifier)
    assert view.view.channels.panel_of(0).first_lane == 0


def test_a_notch_scrolls_an_eighth_of_a_page(qtbot):
    view = shown(qtbot, ArrayReader.of(noise(3000, 100)))
    wheel(view, center(view), -2, Mod.ShiftModifier)
    assert view.view.channels.panel_of(0).first_lane == 2 * (64 // 8)


def test_the_wheel_changes_nothing_but_what_it_is_for(plain):
    channels, window = plain.view.channels, plain.view.window
    channels.show_page(4, 4)
    before = (20.0, 2.0, [4, 5, 6, 7], [1.0] * 12)
    for modifier, part in (
        (Mod.NoModifier, 0),
        (Mod.ControlModifier, 1),
        (Mod.ShiftModifier, 2),
        (Mod.AltModifier, 3),
    ):
        wheel(plain, center(plain), 1, modifier)
        now = (window.t_start, window.duration, channels.shown.tolist(), channels.gain.tolist())
        changed = [number for number in range(4) if now[number] != before[number]]
        assert changed == ([0, 1] if part == 1 else [part])
        window.set(20.0, 2.0)
        channels.show_page(4, 4)
        channels.set_gain(1.0)


# -- pads and other hardware -------------------------------------------------------------------


def test_a_pad_scrolls_time_by_less_than_a_notch(plain):
    for _ in range(40):
        turn(plain, center(plain), 0, -3)
    assert plain.view.window.t_start == pytest.approx(20.2)


def test_small_turns_add_up_to_whole_channels(plain):
    plain.view.channels.show_page(4, 4)
    seen = []
    for _ in range(12):
        turn(plain, center(plain), 0, -NOTCH // 4, Mod.ShiftModifier)
        seen.append(plain.view.channels.panel_of(0).first_lane)
    assert seen == [4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7]


def test_who_turns_back_need_not_undo_what_was_left_over(plain):
    plain.view.channels.show_page(4, 4)
    turn(plain, center(plain), 0, -NOTCH * 3 // 4, Mod.ShiftModifier)
    turn(plain, center(plain), 0, NOTCH // 2, Mod.ShiftModifier)
    turn(plain, center(plain), 0, NOTCH // 2, Mod.ShiftModifier)
    assert plain.view.channels.panel_of(0).first_lane == 3


@pytest.mark.parametrize("jitter", [0, 3, -3])
def test_a_wheel_that_is_turned_sideways_scrolls_in_time(plain, jitter):
    plain.wheel.acts[""] = "gain"
    turn(plain, center(plain), -NOTCH, jitter)
    assert plain.view.window.t_start == pytest.approx(20.2)
    turn(plain, center(plain), 2 * NOTCH, jitter, Mod.ControlModifier)
    assert plain.view.window.t_start == pytest.approx(19.8)
    assert np.all(plain.view.channels.gain == 1)


@pytest.mark.parametrize("modifier", [Mod.AltModifier, Mod.ShiftModifier])
@pytest.mark.parametrize("sideways", [True, False])
def test_a_wheel_is_a_wheel_though_the_system_calls_it_sideways(plain, modifier, sideways):
    """With Alt, X11 does so; with Shift, macOS."""
    plain.view.channels.show_page(4, 4)
    turned = (-NOTCH, 0) if sideways else (0, -NOTCH)
    turn(plain, center(plain), *turned, modifier)
    scrolled = plain.view.channels.panel_of(0).first_lane
    gain = plain.view.channels.gain
    if modifier == Mod.AltModifier:
        assert scrolled == 4 and gain == pytest.approx(np.full(12, 1 / 1.15))
    else:
        assert scrolled == 5 and np.all(gain == 1)
    assert plain.view.window.t_start == 20.0


# -- settings ----------------------------------------------------------------------------------


def test_what_the_wheel_does_can_be_set(plain):
    assert plain.wheel.acts == dict(USUAL)
    plain.set_wheel({"": "zoom", "Ctrl": "time", "Shift": "gain", "Alt": "channels"})
    plain.view.channels.show_page(4, 4)
    wheel(plain, center(plain), 1)
    assert plain.view.window.duration == pytest.approx(2 / 1.25)
    plain.view.window.set(20.0, 2.0)
    wheel(plain, center(plain), -1, Mod.ControlModifier)
    assert plain.view.window.t_start == pytest.approx(20.2)
    wheel(plain, center(plain), 1, Mod.ShiftModifier)
    assert plain.view.channels.gain == pytest.approx(np.full(12, 1.15))
    wheel(plain, center(plain), -1, Mod.AltModifier)
    assert plain.view.channels.panel_of(0).first_lane == 5
    plain.set_wheel({"": "time"})
    wheel(plain, center(plain), -1)
    assert plain.view.window.t_start == pytest.approx(20.4)
    assert plain.wheel.acts["Shift"] == "gain"


# -- labels, and beside the traces -------------------------------------------------------------


def test_the_wheel_on_a_label_changes_that_channel_alone(view):
    wheel(view, label_of(view, 3), 1)
    assert view.view.channels.gain[3] == pytest.approx(1.15)
    assert np.all(np.delete(view.view.channels.gain, 3) == 1)


@pytest.mark.parametrize("held", [Mod.NoModifier, Mod.ControlModifier, Mod.AltModifier])
def test_on_a_label_it_is_gain_whatever_the_settings_say(plain, held):
    plain.set_wheel(dict.fromkeys(USUAL, "channels"))
    wheel(plain, label_of(plain, 5), 2, held)
    want = np.where(np.arange(12) == 5, 1.15**2, 1.0)
    assert plain.view.channels.gain == pytest.approx(want)


def test_shift_on_a_label_changes_all_of_that_group(qtbot):
    class Shanks(ArrayReader):
        def _parse_header(self):
            super()._parse_header()
            self.header["signal_channels"]["units"][::3] = "mV"

    view = shown(qtbot, Shanks.of((noise(5000, 9) // 64).astype(np.int16)))
    channels = view.view.channels
    assert channels.group_names == ("mV", "uV")
    channels.set_gain(-2.0, [4])
    wheel(view, label_of(view, 1), 2, Mod.ShiftModifier)
    want = np.where(np.arange(9) % 3 == 0, 1.0, 1.15**2)
    want[4] *= -2
    assert channels.gain == pytest.approx(want)


def test_over_the_raster_and_the_ruler_it_acts_on_all_panels(plain, qtbot):
    layout = plain.frame.layout
    raster = logical(plain, 300, (layout.raster.y0 + layout.raster.y1) / 2)
    ruler = logical(plain, 300, layout.plot.y1 + 10)
    plain.view.channels.show_page(4, 4)
    settle(qtbot, plain)
    for number, place in enumerate((raster, ruler), 1):
        wheel(plain, place, 1, Mod.AltModifier)
        assert plain.view.channels.gain == pytest.approx(np.full(12, 1.15**number))
        wheel(plain, place, -1, Mod.ShiftModifier)
        assert plain.view.channels.panel_of(0).first_lane == 4 + number


def test_over_the_ruler_it_zooms_at_the_cursor_and_beside_the_plot_at_the_middle(plain, qtbot):
    layout = plain.frame.layout
    place = logical(plain, 200, layout.plot.y1 + 10)
    above = logical(plain, 200, layout.plot.y0 + 10)
    when = plain.time_at(above.toPointF())
    wheel(plain, place, 2, Mod.ControlModifier)
    settle(qtbot, plain)
    pixel = plain.frame.viewport.seconds_per_pixel
    assert plain.time_at(above.toPointF()) == pytest.approx(when, abs=1.01 * pixel)
    window = plain.view.window
    middle = window.t_start + window.duration / 2
    wheel(plain, QPoint(plain.width() - 5, in_lane(plain, 2).y()), -1, Mod.ControlModifier)
    assert window.t_start + window.duration / 2 == pytest.approx(middle)

"""The strip over the whole recording, shown and driven by mouse and keyboard."""

import threading
import time
from datetime import datetime

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from rawio.rawbinary import RawBinaryRawIO
from tests.readers import ArrayReader, BrokenReader, noise
from tests.viewer.qt.conftest import settle, wheel
from viewer.compute.layer import Layer
from viewer.compute.steps import HighPass
from viewer.model.theme import DARK, LIGHT
from viewer.qt.overview.handle import LEAST_WIDTH
from viewer.qt.overview.strip import HEIGHT, Overview
from viewer.qt.view.signal_view import SignalView
from viewer.render.overview import accent

Key, Mod, Left = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton
WIDTH = 900
PIXEL = 60 / WIDTH
"""Seconds to a pixel of the strip over the reader of `conftest`."""


def shown(qtbot, reader, index=False):
    """Return a box with a view and its strip, on screen."""
    box = QWidget()
    view = SignalView(reader, renderer="software", index=index)
    strip = Overview(view)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    strip.setFixedHeight(HEIGHT)
    layout.addWidget(strip)
    layout.addWidget(view)
    box.strip, box.signals = strip, view
    qtbot.addWidget(box, before_close_func=lambda b: (strip.stop(), view.stop()))
    box.resize(WIDTH, 500)
    box.show()
    qtbot.waitExposed(box)
    return box


def drawn(qtbot, strip):
    """Wait until the strip shows all that it can."""
    qtbot.waitUntil(lambda: not strip.busy, timeout=20_000)


@pytest.fixture
def strip(qtbot, reader):
    box = shown(qtbot, reader)
    settle(qtbot, box.signals)
    drawn(qtbot, box.strip)
    box.strip.box = box
    assert box.strip.width() == WIDTH
    return box.strip


def at(x, y=25):
    return QPoint(round(x), y)


def drag(strip, start, *stops):
    QTest.mousePress(strip, Left, pos=at(start))
    for stop in stops:
        QTest.mouseMove(strip, at(stop))
    QTest.mouseRelease(strip, Left, pos=at(stops[-1]))


def window(strip):
    return strip.view.window.t_start, strip.view.window.duration


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


# -- what it shows ---------------------------------------------------------------------------------


def colors(strip):
    """Return what is on screen, as an array of (red, green, blue)."""
    image = strip.grab().toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    width, height = image.width(), image.height()
    data = np.frombuffer(image.constBits().asstring(4 * width * height), np.uint8)
    return data.reshape(height, width, 4)[..., :3].astype(int)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_the_window_has_clear_edges_where_it_is(strip, theme, qtbot):
    strip.view.theme = theme
    strip.view.window.set(12.0, 6.0)
    drawn(qtbot, strip)
    image = colors(strip)
    edge = np.abs(image[5] - accent(theme)).sum(axis=1) < 90
    assert set(np.flatnonzero(edge).tolist()) <= {180, 181, 267, 268, 269}
    assert edge[[180, 181]].any() and edge[[268, 269]].any()


def test_moving_the_window_paints_the_same_picture(strip, qtbot):
    picture = strip.picture
    for start in (0.0, 20.0, 40.0):
        strip.view.window.set(start, 6.0)
        qtbot.wait(5)
    settle(qtbot, strip.box.signals)
    drawn(qtbot, strip)
    assert strip.picture is picture


def test_gains_and_pages_leave_the_picture_and_what_is_shown_makes_a_new_one(strip, qtbot):
    picture, channels = strip.picture, strip.view.channels
    channels.scale_gain(2.0)
    channels.scroll(1)
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert strip.picture is picture
    for change in (
        lambda: channels.set_visible([0], False),
        lambda: channels.set_bad([1], True),
        lambda: channels.set_color((250, 0, 0)),
        lambda: setattr(strip.view, "theme", LIGHT),
        lambda: strip.view.events.set_visible([0], False),
    ):
        before = strip.picture
        change()
        qtbot.wait(20)
        drawn(qtbot, strip)
        assert strip.picture is not before
    (band,) = strip.picture.wish.groups
    assert band[0].rows.tolist() == list(range(2, 12)) and band[1] == (250, 0, 0)


def test_events_are_ticks_in_their_colour_where_they_are(strip, qtbot):
    def ticked():
        red = (strip.picture.image[2, :, :3] == (250, 0, 0)).all(axis=1)
        return np.flatnonzero(red).tolist()

    strip.view.events.set_color((250, 0, 0))
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert ticked() == [int((t + 0.75) / PIXEL + 1e-9) for t in range(60)]
    strip.view.events_shown = False
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert ticked() == []


def test_a_group_of_many_colours_has_one_of_its_own(qtbot):
    reader = ArrayReader([[(0.0, noise(600, 3)), (0.0, noise(60, 3))]], [100.0, 10.0])
    box = shown(qtbot, reader)
    drawn(qtbot, box.strip)
    own = [tuple(color) for color in DARK.channel_colors(2).tolist()]
    assert [color for _, color in box.strip.picture.wish.groups] == own


def test_it_shows_the_recording_that_is_on_top(qtbot, reader):
    layer = Layer(reader, [HighPass(100)])
    box = shown(qtbot, layer)
    settle(qtbot, box.signals)
    drawn(qtbot, box.strip)
    processed = box.strip.picture
    assert processed.wish.reader is layer
    for shown_now, wanted in (("raw", reader), ("both", layer), ("processed", layer)):
        box.strip.view.shown = shown_now
        qtbot.waitUntil(lambda wanted=wanted: box.strip.picture.wish.reader is wanted)
        settle(qtbot, box.signals)
        drawn(qtbot, box.strip)
        assert (box.strip.picture.image != processed.image).any() == (wanted is reader)


def test_a_new_size_gets_a_new_picture(strip, qtbot):
    strip.box.resize(700, 500)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[:2] == (HEIGHT, 700)
    strip.setFixedHeight(90)
    qtbot.wait(20)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[:2] == (90, 700)


def test_the_tooltip_says_the_time_in_the_view_s_way_and_whose_band_it_is(qtbot):
    reader = ArrayReader([[(0.0, noise(600, 3)), (0.0, noise(60, 3))]], [10.0, 1.0])
    box = shown(qtbot, reader)
    drawn(qtbot, box.strip)
    assert box.strip.tip_at(QPointF(450, 5)) == "30.0\ns0"
    assert box.strip.tip_at(QPointF(450, 40)) == "30.0\ns1"
    box.strip.view.recorded_at = datetime(2024, 5, 1, 14, 0, 0)
    box.strip.view.time_format = "clock"
    assert box.strip.tip_at(QPointF(450, 40)) == "14:00:30.0\ns1"
    assert box.strip.tip_at(QPointF(450, 60)) == "14:00:30.0"


# -- while it is being indexed ---------------------------------------------------------------------


class Gated(RawBinaryRawIO):
    """Gives short pieces at once, and long ones when the gate is open."""

    def __init__(self, *args, **rest):
        super().__init__(*args, **rest)
        self.gate = threading.Event()

    def _get_analogsignal_chunk(self, block, segment, i_start, i_stop, stream, channels):
        if i_stop - i_start > 200 and not self.gate.wait(30):
            raise AssertionError("nobody opened the gate")
        return super()._get_analogsignal_chunk(block, segment, i_start, i_stop, stream, channels)


def test_it_fills_in_while_the_recording_is_being_indexed(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("viewer.engine.survey.WHOLE_BYTES", 0)
    samples = noise(1_000_000, 4)
    samples.tofile(tmp_path / "recording.dat")
    reader = Gated(tmp_path / "recording.dat", n_channels=4, sampling_rate=1000.0, dtype="int16")
    reader.parse_header()
    box = shown(qtbot, reader, index=True)
    strip = box.strip
    qtbot.waitUntil(lambda: strip.picture is not None and strip.picture.final, timeout=20_000)
    qtbot.waitUntil(lambda: strip.progress_text == "indexed 0 %", timeout=20_000)
    line = 64 - 16 - 1
    blue = accent(strip.view.theme)
    assert not (strip.picture.image[line, :, :3] == blue).all(axis=1).any()
    pale = strip.picture.image.copy()
    reader.gate.set()
    drawn(qtbot, strip)
    assert strip.progress_text == ""
    assert not (strip.picture.image[line, :, :3] == blue).all(axis=1).any()
    solid, ground = strip.picture.image[:line, :, :3].astype(int), np.array(DARK.background)
    away = [np.abs(i - ground).sum() for i in (pale[:line, :, :3].astype(int), solid)]
    assert away[1] > 1.5 * away[0]


def test_it_is_drawn_anew_at_most_twice_a_second_for_the_index(strip, qtbot, monkeypatch):
    indexer = strip._engine.indexer
    asked = []
    monkeypatch.setattr(strip, "_ask", lambda: asked.append(strip._progress()))
    monkeypatch.setattr(type(indexer), "running", True)
    monkeypatch.setattr(type(indexer), "share", 0.3)
    began = time.monotonic()
    for _ in range(14):
        indexer.count += 1
        strip._on_shown("")
        strip._look()
        qtbot.wait(50)
    assert 1 <= len(asked) <= 2 + 2 * (time.monotonic() - began)
    assert strip.progress_text == "indexed 30 %"


# -- how it ends -----------------------------------------------------------------------------------


def test_its_thread_ends_with_it_and_begins_again_when_it_is_shown(qtbot, reader):
    before = threading.active_count()
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    strip.resize(400, 64)
    view.show(), strip.show()
    settle(qtbot, view)
    drawn(qtbot, strip)
    strip.close()
    view.view.channels.set_visible([0], False)
    strip.show()
    drawn(qtbot, strip)
    assert strip.picture.wish.groups[0][0].rows.tolist() == list(range(1, 12))
    strip.close(), view.close()
    qtbot.waitUntil(lambda: threading.active_count() <= before)
    strip.deleteLater(), view.deleteLater()


def test_models_that_outlive_it_find_nobody(qtbot, reader):
    view = SignalView(reader, renderer="software", index=False)
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    view.show()
    for step in range(10):
        strip = Overview(view)
        strip.resize(400, 64)
        strip.show()
        QTest.qWait(10 * step)
        sip.delete(strip)
        view.view.window.set(step, 1.0)
        view.view.channels.set_visible([step], False)
    settle(qtbot, view)


def test_it_outlives_the_view(qtbot, reader):
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    qtbot.addWidget(strip, before_close_func=lambda w: w.stop())
    strip.resize(400, 64)
    view.show(), strip.show()
    settle(qtbot, view)
    drawn(qtbot, strip)
    view.stop()
    sip.delete(view)
    strip.view.window.set(3.0, 1.0)
    strip.resize(500, 64)
    QTest.mouseClick(strip, Left, pos=at(250))
    QTest.keyClick(strip, Key.Key_Plus)
    drawn(qtbot, strip)
    assert strip.picture.image.shape[1] == 500
    assert strip.view.window.t_start == pytest.approx(29.5, abs=60 / 500)


def test_what_cannot_be_read_is_told_and_the_rest_is_drawn(qtbot):
    reader = BrokenReader.of(noise(60_000, 4))
    reader.bad = range(20_000, 20_010)
    view = SignalView(reader, renderer="software", index=False)
    strip = Overview(view)
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    qtbot.addWidget(strip, before_close_func=lambda w: w.stop())
    strip.resize(400, 64)
    with qtbot.waitSignal(strip.message) as caught:
        strip.show()
    assert caught.args == ["the disk says no."]
    drawn(qtbot, strip)
    assert (strip.picture.image[20, :50, :3] != DARK.background).any(axis=1).all()

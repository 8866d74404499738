"""Panels of a window with as many lanes as can be read, and how these follow its size and acts."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import Key, Mod, double_click, drag, in_lane, label_of, logical, press
from viewer import snapshot
from viewer.model.history import History
from viewer.model.view_file import apply_view, view_as_json
from viewer.qt.dialogs.picture_work import Still
from viewer.qt.view.signal_view import SignalView
from viewer.render.drawing import Text
from viewer.render.layout import LEAST_LANE

COUNTS = (60, 60, 1)


def recording():
    segment = [
        (0.0, (noise(4000, count, seed=n) // 64).astype(np.int16)) for n, count in enumerate(COUNTS)
    ]
    return ArrayReader([segment], [1000.0] * len(COUNTS))


@pytest.fixture
def view(qtbot):
    """Return a view of 60, 60 and 1 channels, drawn by software."""
    widget = SignalView(recording(), renderer="software", index=False)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(900, 500)
    widget.show()
    settle(qtbot, widget)
    return widget


def resize(qtbot, view, height):
    view.resize(900, height)
    qtbot.waitUntil(lambda: view.frame.layout.height == height, timeout=20_000)
    settle(qtbot, view)


def pages(view):
    """Return the rows of each panel, whose lanes are as many as can be read."""
    found = []
    for panel in view.frame.layout.panels:
        rows = view.view.channels.page_of(panel.stream).tolist()
        assert len(rows) == panel.lanes
        assert len(rows) == min(COUNTS[panel.stream], int(panel.box.height / LEAST_LANE))
        found.append(rows)
    return found


def drag_border(qtbot, view, way):
    box = view.frame.layout.separators[0]
    at = logical(view, 400, (box.y0 + box.y1) / 2)
    drag(view, at, at + QPoint(0, way // 2), at + QPoint(0, way))
    settle(qtbot, view)


def told(view):
    return " ".join(i.text for i in view.frame.drawing if isinstance(i, Text))


def test_lanes_follow_the_window_and_the_first_ones_stay(view, qtbot):
    channels = view.view.channels
    channels.show_page(30)
    settle(qtbot, view)
    few = pages(view)
    assert [rows[0] for rows in few] == [30, 90, 120] and 20 < len(few[0]) < 30
    resize(qtbot, view, 350)
    fewer = pages(view)
    assert [rows[0] for rows in fewer] == [30, 90, 120] and len(fewer[0]) < len(few[0])
    resize(qtbot, view, 1000)
    many = pages(view)
    assert [rows[-1] for rows in many] == [59, 119, 120] and len(many[0]) > 40
    resize(qtbot, view, 500)
    assert pages(view) == few


def test_what_is_not_on_screen_is_said_beside_the_panel(view, qtbot):
    first = pages(view)[0]
    assert f"channels 1\N{EN DASH}{len(first)} of 60" in told(view)
    resize(qtbot, view, 1800)
    assert len(pages(view)[0]) == 60 and "of 60" not in told(view)


def test_lanes_follow_a_border_that_is_dragged(view, qtbot):
    upper, lower, _ = map(len, pages(view))
    drag_border(qtbot, view, 100)
    taller, smaller, _ = map(len, pages(view))
    assert taller - upper in (12, 13) and lower - smaller in (12, 13)
    drag_border(qtbot, view, -400)
    assert len(pages(view)[0]) == 2
    assert [rows[0] for rows in pages(view)] == [0, 60, 120]


def test_a_size_that_stays_is_asked_about_once(view, qtbot):
    changes = []
    view.view.changed.connect(lambda: changes.append(1))
    resize(qtbot, view, 400)
    assert len(changes) == 1
    for _ in range(3):
        view.update()
        view._schedule()
        settle(qtbot, view)
    resize(qtbot, view, 401)
    assert len(changes) <= 2


def test_resizing_is_no_place_to_come_back_to(view, qtbot):
    view.view.channels.show_page(50)
    settle(qtbot, view)
    history = view.view.history = History()
    view.note_place()
    for height in (400, 900, 300):
        history._noted_at = -1e9  # as if it had rested
        resize(qtbot, view, height)
    view.view.leave()
    assert len(history) == 1


def test_a_number_that_is_chosen_stays_until_a_double_click(view, qtbot):
    channels = view.view.channels
    lanes = [len(rows) for rows in pages(view)]
    channels.activate(0)
    press(view, Key.Key_Up, Mod.ShiftModifier)
    chosen = round(lanes[0] / 2)
    resize(qtbot, view, 900)
    assert len(channels.page_of(0)) == chosen and len(channels.page_of(1)) > lanes[1]
    double_click(view, in_lane(view, 1))
    settle(qtbot, view)
    assert len(pages(view)[0]) > lanes[0]
    press(view, Key.Key_Backspace)
    settle(qtbot, view)
    assert len(channels.page_of(0)) == chosen


def test_keys_scroll_each_panel_by_what_it_has_on_screen(view, qtbot):
    drag_border(qtbot, view, 100)
    before = pages(view)
    assert len(before[0]) > len(before[1])
    press(view, Key.Key_PageDown, Mod.ControlModifier)
    settle(qtbot, view)
    after = pages(view)
    assert after[1][0] == before[1][-1] + 1  # none is skipped
    assert after[0][0] == min(before[0][-1] + 1, 60 - len(before[0]))
    press(view, Key.Key_PageUp, Mod.ControlModifier)
    settle(qtbot, view)
    assert [rows[0] for rows in pages(view)] == [0, 60, 120]


def test_solo_shows_one_lane_and_goes_back_to_all_pages(view, qtbot):
    channels = view.view.channels
    channels.show_page(20)
    settle(qtbot, view)
    before = pages(view)
    double_click(view, label_of(view, 2))
    settle(qtbot, view)
    assert channels.shown.tolist() == [22] and len(view.frame.layout.panels) == 1
    resize(qtbot, view, 600)
    double_click(view, label_of(view, 0))
    resize(qtbot, view, 500)
    assert pages(view) == before


def test_a_channel_of_a_hidden_panel_is_revealed_within_the_lanes_it_then_has(view, qtbot):
    channels = view.view.channels
    channels.set_visible(range(60, 121), False)
    settle(qtbot, view)
    assert len(view.frame.layout.panels) == 1
    channels.reveal(channels.shown[-1])
    channels.set_visible(range(60, 121), True)
    channels.reveal(110)
    settle(qtbot, view)
    assert 110 in pages(view)[1]


def test_a_view_saved_and_restored_in_a_lower_window_has_its_own_number(view, qtbot):
    channels = view.view.channels
    channels.show_page(12, stream=0)
    channels.show_page(3, 5, stream=1)
    settle(qtbot, view)
    data = view_as_json(view.view, view.reader)
    before = channels.page_of(0).tolist()
    channels.show_page(0, 40)
    resize(qtbot, view, 300)
    assert apply_view(view.view, data, view.reader) == []
    settle(qtbot, view)
    assert channels.page_of(1).tolist() == list(range(63, 68))
    lanes = int(view.frame.layout.panels[0].box.height / LEAST_LANE)
    assert channels.page_of(0).tolist() == before[:lanes] and lanes < len(before)
    resize(qtbot, view, 500)
    assert channels.page_of(0).tolist() == before


def test_a_picture_of_another_size_has_the_channels_that_are_on_screen(view, qtbot):
    still = Still.of(view)
    assert still.view().channels.shown.tolist() == view.view.channels.shown.tolist()


def test_a_fresh_picture_has_the_channels_that_a_window_of_its_size_has(view, qtbot):
    window = view.view.window
    start, stop = window.t_start, window.t_start + window.duration
    size = view.frame.layout.width, view.frame.layout.height
    fresh = snapshot(view.reader, start, stop, size=size)
    np.testing.assert_array_equal(
        fresh, snapshot(view.reader, start, stop, size=size, view=view.view)
    )

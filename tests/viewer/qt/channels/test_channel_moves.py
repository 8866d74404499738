"""Putting channels into another order in their table, against lists."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPoint
from PyQt6.QtTest import QTest

from tests.viewer.qt.channels.channel_tables import (
    LEFT,
    Held,
    Key,
    act,
    center,
    click,
    drag,
    enabled,
    heading,
    lines,
    lower,
    pick,
    press,
    quick,
    recording,
    settle,
    shown_columns,
    upper,
)
from viewer.qt.channels.columns import Column


def test_sorting(make):
    table = make(recording(24, probe=True))
    channels = table.view.channels
    first = channels.order.tolist()
    act(table.sort_menu, "By name")
    settle(table)
    assert lines(table) == list(range(24)) and Column.GROUP in shown_columns(table)
    assert table.model.index_of(6, Column.GROUP).data() == "shank 2"
    act(table.sort_menu, "Other way round")
    assert channels.order.tolist() == list(range(23, -1, -1))
    act(table.sort_menu, "By place on the probe")
    settle(table)
    assert channels.order.tolist() == first and Column.GROUP not in shown_columns(table)
    assert [x for x in lines(table) if isinstance(x, int)] == first
    act(table.sort_menu, "As in the file")
    assert channels.order.tolist() == list(range(24))
    assert not enabled(make(recording(3)).sort_menu, "By place on the probe")


@quick
@given(
    st.permutations(range(12)),
    st.sets(st.integers(0, 11), min_size=1, max_size=4),
    st.integers(0, 11),
    st.booleans(),
    st.data(),
)
def test_dragging_brings_the_selected_to_the_line(table, order, rows, anchor, after, data):
    channels = table.view.channels
    channels.set_order(order)
    settle(table)
    held = data.draw(st.sampled_from(sorted(rows)))
    pick(table, *rows)
    target = (lower if after else upper)(table, anchor)
    start = center(table, held)
    drag(table, start, start + QPoint(0, 15), target)
    gap = order.index(anchor) + after
    still = [[r for r in part if r not in rows] for part in (order[:gap], order[gap:])]
    expected = still[0] + [r for r in order if r in rows] + still[1]
    moved = start + QPoint(0, 15) != target and (target - start).manhattanLength() > 0
    assert channels.order.tolist() == (expected if moved else order)
    assert lines(table) == channels.order.tolist()
    assert set(table.selected_rows.tolist()) == rows


def test_dragging_what_is_not_selected_selects_and_moves_it_alone(table):
    pick(table, 1, 2)
    drag(table, center(table, 6), center(table, 8), lower(table, 9))
    expected = [0, 1, 2, 3, 4, 5, 7, 8, 9, 6, 10, 11]
    assert table.view.channels.order.tolist() == expected
    assert table.selected_rows.tolist() == [6]


def test_esc_gives_up_a_drag(table):
    drag(table, center(table, 6), center(table, 8), lower(table, 9), release=False)
    assert table.tree.drag.gap is not None
    press(table, Key.Key_Escape)
    assert table.tree.drag.gap is None
    QTest.mouseRelease(table.tree.viewport(), LEFT, Held.NoModifier, lower(table, 9))
    assert table.view.channels.order.tolist() == list(range(12))


def test_below_the_last_row_is_the_end(table):
    bottom = QPoint(100, table.tree.viewport().height() - 3)
    drag(table, center(table, 2), center(table, 5), bottom)
    assert table.view.channels.order.tolist() == [0, 1, *range(3, 12), 2]


def test_a_short_move_of_the_mouse_is_a_click(table):
    pick(table, 1, 2)
    drag(table, center(table, 2), center(table, 2) + QPoint(1, 1))
    assert table.view.channels.order.tolist() == list(range(12))
    assert table.selected_rows.tolist() == [2]


def test_channels_stay_in_their_stream_and_streams_go_as_a_whole(make):
    table = make(recording(3, 2, 2))
    channels = table.view.channels
    channels.set_order([0, 3, 1, 4, 2, 5, 6])
    settle(table)
    assert lines(table) == ["s0", 0, 1, 2, "s1", 3, 4, "s2", 5, 6]
    drag(table, center(table, 1), center(table, 2), lower(table, 5))
    assert channels.order.tolist() == [0, 3, 1, 4, 2, 5, 6]
    drag(table, center(table, 0), center(table, 1), lower(table, 2))
    assert channels.order.tolist() == [1, 3, 2, 4, 0, 5, 6]
    at = table.tree.visualRect(heading(table, "s2")).center()
    drag(table, at, at - QPoint(0, 20), center(table, 3))
    assert channels.order.tolist() == [1, 2, 0, 5, 6, 3, 4]
    assert lines(table) == ["s0", 1, 2, 0, "s2", 5, 6, "s1", 3, 4]
    assert [panel.stream for panel in channels.panels] == [0, 2, 1]


def test_shanks_are_dragged_by_their_headings_and_taken_apart_by_channels(make):
    table = make(recording(8, probe=True))
    channels = table.view.channels
    at = table.tree.visualRect(heading(table, "shank 0")).center()
    drag(table, at, at + QPoint(0, 30), center(table, 6))
    assert lines(table) == ["shank 1", 5, 1, "shank 2", 6, 2, "shank 0", 4, 0, "shank 3", 7, 3]
    drag(table, center(table, 1), center(table, 6), lower(table, 4))
    assert channels.order.tolist() == [5, 6, 2, 4, 1, 0, 7, 3]
    expected = ["shank 1", 5, "shank 2", 6, 2, "shank 0", 4, "shank 1", 1, "shank 0", 0, "shank 3"]
    assert lines(table) == [*expected, 7, 3]
    drag(table, center(table, 1), center(table, 4), lower(table, 5))
    assert lines(table) == ["shank 1", 5, 1, "shank 2", 6, 2, "shank 0", 4, 0, "shank 3", 7, 3]


def test_a_long_table_scrolls_while_something_is_dragged_at_its_end(make, qtbot):
    table = make(recording(200))
    bar, port = table.tree.verticalScrollBar(), table.tree.viewport()
    bottom = QPoint(100, port.height() - 4)
    drag(table, center(table, 2), center(table, 5), bottom, release=False)
    qtbot.waitUntil(lambda: bar.value() > 5)
    QTest.mouseRelease(port, LEFT, Held.NoModifier, bottom)
    settle(table)
    order = table.view.channels.order.tolist()
    assert order.index(2) > 30 and sorted(order) == list(range(200))


@quick
@given(st.permutations(range(12)), st.sets(st.integers(0, 11), min_size=1), st.booleans())
def test_alt_and_an_arrow_move_the_selected_by_one(table, order, rows, up):
    channels = table.view.channels
    channels.set_order(order)
    settle(table)
    table.tree.select_rows(np.array(sorted(rows)))
    expected = list(order) if up else list(order)[::-1]
    for k in range(1, 12):
        if expected[k] in rows and expected[k - 1] not in rows:
            expected[k - 1 : k + 1] = expected[k], expected[k - 1]
    press(table, Key.Key_Up if up else Key.Key_Down, Held.AltModifier)
    assert channels.order.tolist() == (expected if up else expected[::-1])
    assert set(table.selected_rows.tolist()) == rows


def test_alt_and_an_arrow_move_headings_and_stay_below_them(make):
    table = make(recording(8, probe=True))
    pick(table, 4, 5)
    press(table, Key.Key_Up, Held.AltModifier)
    assert table.view.channels.order.tolist() == [4, 0, 5, 1, 6, 2, 7, 3]
    click(table, table.tree.visualRect(heading(table, "shank 2")).center())
    assert table.selected_rows.tolist() == [6, 2]
    press(table, Key.Key_Up, Held.AltModifier)
    assert table.view.channels.order.tolist() == [4, 0, 6, 2, 5, 1, 7, 3]
    for _ in range(3):
        press(table, Key.Key_Down, Held.AltModifier)
    assert table.view.channels.order.tolist() == [4, 0, 5, 1, 7, 3, 6, 2]
    assert table.selected_rows.tolist() == [6, 2]


def test_moving_with_a_filter_passes_what_is_not_listed(table):
    table.filter.setText("#1, 4, 8")
    pick(table, 8)
    press(table, Key.Key_Up, Held.AltModifier)
    assert lines(table) == [1, 8, 4]
    assert table.view.channels.order.tolist() == [0, 1, 2, 3, 8, 5, 6, 7, 4, 9, 10, 11]

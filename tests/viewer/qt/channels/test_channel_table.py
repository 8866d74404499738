"""The channels table: what it shows, and how it follows the model."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6 import sip
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QKeyEvent, QPalette
from PyQt6.QtTest import QAbstractItemModelTester, QTest
from PyQt6.QtWidgets import QApplication, QLabel, QWidget

from rawio import open_recording
from tests.readers import ArrayReader
from tests.viewer.qt.channels.channel_tables import (
    GAIN,
    LEFT,
    NAME,
    OFF,
    OFFSET,
    ON,
    PARTLY,
    SAMPLE,
    Held,
    Key,
    act,
    center,
    click,
    drag,
    lines,
    lower,
    named,
    quick,
    recording,
    settle,
    shown_columns,
)
from tests.viewer.qt.points.tables import tip_text
from viewer.model import View
from viewer.model.theme import LIGHT
from viewer.qt.channels.columns import Column
from viewer.qt.channels.model import FAINT, ON_SCREEN
from viewer.qt.channels.rows import MOST_NAME, SHORT_NAME
from viewer.qt.channels.table import ChannelTable

# -- what it shows ---------------------------------------------------------------------------------


def test_two_streams_of_a_plexon_file(make):
    table = make(open_recording(SAMPLE))
    assert lines(table) == ["SPKC", 0, 1, 2, 3, "FP", 4, 5, 6, 7]
    unknown = {Column.GROUP, Column.X, Column.Y, Column.UNITS}
    assert shown_columns(table) == [column for column in Column if column not in unknown]
    table.view.channels.set_gain(0.123456, [5])
    table.view.channels.set_offset(-2.5, [5])
    settle(table)
    cells = [table.model.index_of(5, column).data() for column in Column]
    assert cells == [None, None, "FP02", "9", "FP", "", "", "0.1235", "\N{MINUS SIGN}2.5", "mV"]
    color = table.model.index_of(5, Column.COLOR).data(Qt.ItemDataRole.DecorationRole)
    assert color == QColor(*table.view.channels.color[5].tolist())


def test_shanks_get_headings_and_their_channels_places(make):
    table = make(recording(8, probe=True))
    order = table.view.channels.order.tolist()
    assert order == [4, 0, 5, 1, 6, 2, 7, 3]
    assert lines(table) == ["shank 0", 4, 0, "shank 1", 5, 1, "shank 2", 6, 2, "shank 3", 7, 3]
    assert {Column.X, Column.Y} <= set(shown_columns(table))
    assert Column.GROUP not in shown_columns(table)
    for row, info in enumerate(table.view.channels.infos):
        assert table.model.index_of(row, Column.X).data() == f"{info.x:g}"
        assert table.model.index_of(row, Column.Y).data() == f"{info.y:g}"


def test_streams_stand_above_shanks(make):
    table = make(recording(4, 2, probe=True))
    shank = [x for k in range(4) for x in (f"shank {k}", k)]
    assert lines(table) == ["s0", *shank, "s1", 4, 5]
    tree, model = table.tree, table.model
    assert all(tree.isExpanded(index) for index in model.headings())
    assert all(tree.isFirstColumnSpanned(i.row(), i.parent()) for i in model.headings())


def test_the_model_keeps_qts_rules(make, qtmodeltester):
    table = make(recording(8, 3, probe=True))
    qtmodeltester.check(table.model)


@pytest.mark.parametrize("reader", ["plexon", "probe", "many"])
def test_nothing_is_cut_off_in_a_narrow_dock(make, reader):
    readers = {
        "plexon": lambda: open_recording(SAMPLE),
        "probe": lambda: recording(64, probe=True),
        "many": lambda: recording(5000),
    }
    table = make(readers[reader]())
    assert table.minimumSizeHint().width() <= 320 and table.width() == 320
    metrics = table.tree.fontMetrics()
    for column in shown_columns(table):
        title = table.model.headerData(column, Qt.Orientation.Horizontal)
        texts = [table.model.text(row, column) or "" for row in table.model.listed.tolist()]
        need = max(metrics.horizontalAdvance(text) for text in {title, *texts})
        assert table.tree.columnWidth(column) >= need + 8
    assert sum(table.tree.columnWidth(column) for column in shown_columns(table)) == (
        table.tree.viewport().width()
    )
    height = table.tree.visualRect(table.model.index_of(int(table.model.listed[0]))).height()
    assert metrics.height() < height <= max(20, metrics.height() + 4)


def test_columns_of_numbers_grow_with_them(table):
    channels, metrics = table.view.channels, table.tree.fontMetrics()
    channels.set_gain(-0.00123456, [3])
    channels.set_offset(np.linspace(-1e-7, 1e7, 12))
    settle(table)
    for column in (GAIN, OFFSET):
        texts = [table.model.index_of(row, column).data() for row in range(12)]
        need = max(metrics.horizontalAdvance(text) for text in texts)
        assert table.tree.columnWidth(column) >= need + 8
    widths = [table.tree.columnWidth(column) for column in shown_columns(table)]
    assert sum(widths) == table.tree.viewport().width()


def test_columns_are_chosen_in_the_menu_of_the_header(make, qtbot):
    table = make(recording(4))
    assert Column.ID in shown_columns(make(open_recording(SAMPLE)))
    assert Column.ID not in shown_columns(table)
    header = table.tree.header()
    header.customContextMenuRequested.emit(QPoint(5, 5))
    menu = QApplication.activePopupWidget()
    (item,) = [a for a in menu.actions() if a.text() == "ID"]
    item.trigger()
    menu.close()
    assert Column.ID in shown_columns(table)
    table.view.channels.set_order([3, 2, 1, 0])
    settle(table)
    assert Column.ID in shown_columns(table)


def test_a_click_on_the_header_sorts_nothing(table):
    table.view.channels.set_order(list(range(11, -1, -1)))
    settle(table)
    header = table.tree.header()
    for x in range(5, 300, 20):
        QTest.mouseClick(header.viewport(), LEFT, Held.NoModifier, QPoint(x, 8))
    settle(table)
    assert lines(table) == table.view.channels.order.tolist() == list(range(11, -1, -1))


def test_sections_can_be_made_wider(table):
    header, before = table.tree.header(), table.tree.columnWidth(NAME)
    edge = header.sectionViewportPosition(NAME) + before - 1
    QTest.mousePress(header.viewport(), LEFT, Held.NoModifier, QPoint(edge, 8))
    QTest.mouseMove(header.viewport(), QPoint(edge + 30, 8))
    QTest.mouseRelease(header.viewport(), LEFT, Held.NoModifier, QPoint(edge + 30, 8))
    assert table.tree.columnWidth(NAME) == before + 30


def test_what_is_on_screen_has_a_mark(table):
    def marked():
        picture = table.tree.viewport().grab().toImage()
        color = table.palette().color(QPalette.ColorRole.Highlight).getRgb()
        seen = [picture.pixelColor(1, center(table, row).y()).getRgb() for row in range(12)]
        return [r for r in range(12) if np.abs(np.subtract(seen[r], color)).max() < 9]

    assert marked() == [2, 3, 4, 5, 6]
    assert [r for r in range(12) if table.model.index_of(r).data(ON_SCREEN)] == [2, 3, 4, 5, 6]
    table.view.channels.show_page(6, 2)
    settle(table)
    assert marked() == [6, 7]
    assert table.foot.text() == "12 of 12 shown, 2 on screen"


def test_bad_channels_are_struck_out_and_faint_like_hidden_ones(table):
    channels = table.view.channels
    channels.set_bad([1], True)
    channels.set_visible([2], False)
    settle(table)
    cells = [table.model.index_of(row, NAME) for row in range(4)]
    fonts = [cell.data(Qt.ItemDataRole.FontRole) for cell in cells]
    assert [font is not None and font.strikeOut() for font in fonts] == [False, True, False, False]
    assert [cell.data(FAINT) for cell in cells] == [False, True, True, False]


# -- following the model ---------------------------------------------------------------------------


def told(table):
    """Return a list to which the rows and columns of `dataChanged` are added."""
    out = []

    def take(top, bottom, roles):
        model = table.model
        for place in range(top.row(), bottom.row() + 1):
            row = model.row_at(model.index(place, 0, top.parent()))
            out.append((row, top.column(), bottom.column()))

    table.model.dataChanged.connect(take)
    return out


def test_only_what_changed_is_told_and_bursts_at_once(table):
    channels = table.view.channels
    heard = told(table)
    for gain in range(2, 50):
        channels.set_gain(gain, [4])
    channels.set_color((1, 2, 3), [0, 1, 7])
    assert heard == []
    settle(table)
    colored = [(row, Column.COLOR, Column.COLOR) for row in (0, 1, 7)]
    assert sorted(heard) == sorted([*colored, (4, GAIN, GAIN)])
    heard.clear()
    table.view.window.set(0.001, 0.002)
    table.view.scale_bars = False
    channels.set_gain(49, [4])
    settle(table)
    assert heard == []
    channels.scroll(1)
    settle(table)
    assert [row for row, *_ in heard] == [2, 7]


def test_a_change_of_a_channel_in_a_large_recording_asks_for_few_cells(make, monkeypatch):
    table = make(recording(5000))
    asked = []
    before = type(table.model).data
    monkeypatch.setattr(
        type(table.model), "data", lambda s, i, r=0: (asked.append(1), before(s, i, r))[1]
    )
    heard = told(table)
    table.view.channels.set_gain(2.0, [4000])
    settle(table)
    assert heard == [(4000, GAIN, GAIN)] and len(asked) < 100
    asked.clear()
    heard.clear()
    table.view.channels.set_visible(range(0, 5000, 2), False)
    settle(table)
    on_screen = table.tree.viewport().height() // 20 + 1
    assert len(asked) < on_screen * len(Column) * 40
    assert [row for row, *_ in heard] == list(range(4999))  # half of them, in one piece


@quick
@given(st.data())
def test_it_follows_whoever_changes_the_model_and_keeps_the_selection(make, data):
    table = make(recording(9, 3, probe=True))
    channels, model = table.view.channels, table.model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, table)
    some = st.lists(st.integers(0, 11), unique=True, min_size=1)
    chosen = data.draw(some)
    table.tree.select_rows(np.array(chosen))
    for _ in range(4):
        what = data.draw(st.sampled_from(("order", "show", "bad", "gain", "reset", "by name")))
        rows = data.draw(some)
        if what == "order":
            channels.set_order(data.draw(st.permutations(range(12))))
        elif what == "show":
            channels.set_visible(rows, data.draw(st.booleans()))
        elif what == "bad":
            channels.set_bad(rows, True)
        elif what == "gain":
            channels.set_gain(data.draw(st.floats(0.1, 9)), rows)
        elif what == "by name":
            act(table.sort_menu, "By name")
        else:
            table.view.reset_channels()
        settle(table)
        order, stream = channels.order.tolist(), channels.stream
        streams = dict.fromkeys(stream[order].tolist())
        listed = [x for x in lines(table) if isinstance(x, int)]
        assert listed == [row for s in streams for row in order if stream[row] == s]
        assert table.selected_rows.tolist() == [row for row in listed if row in chosen]
        states = [model.index_of(row).data(Qt.ItemDataRole.CheckStateRole) for row in range(12)]
        assert states == [ON if visible else OFF for visible in channels.visible]
        gains = [model.index_of(row, GAIN).data() for row in range(12)]
        assert gains == [f"{gain:.4g}" for gain in channels.gain]
        for index in model.headings():
            below = channels.visible[model.rows_below(index)]
            state = ON if below.all() else PARTLY if below.any() else OFF
            assert index.data(Qt.ItemDataRole.CheckStateRole) == state


def test_units_stand_in_the_heading_or_where_they_differ_in_a_column(make):
    table = make(recording(3))
    channels, horizontal = table.view.channels, Qt.Orientation.Horizontal
    assert table.model.headerData(OFFSET, horizontal) == "Offset µV"
    channels.read_as([replace(info, units="z") for info in channels.infos])
    settle(table)
    assert table.model.headerData(OFFSET, horizontal) == "Offset z"
    assert Column.UNITS not in shown_columns(table)
    channels.read_as([replace(info, units=f"u{k}") for k, info in enumerate(channels.infos)])
    settle(table)
    assert table.model.headerData(OFFSET, horizontal) == "Offset"
    assert Column.UNITS in shown_columns(table)
    assert [table.model.index_of(row, Column.UNITS).data() for row in range(3)] == [
        "u0",
        "u1",
        "u2",
    ]


@pytest.mark.parametrize(
    ("key", "held", "text", "taken"),
    [
        (Key.Key_Space, Held.NoModifier, " ", True),
        (Key.Key_N, Held.NoModifier, "n", True),
        (Key.Key_N, Held.ShiftModifier, "N", True),
        (Key.Key_Delete, Held.NoModifier, "\x7f", True),
        (Key.Key_Return, Held.NoModifier, "\r", True),
        (Key.Key_PageDown, Held.NoModifier, "", True),
        (Key.Key_Up, Held.AltModifier, "", True),
        (Key.Key_A, Held.ControlModifier, "\x01", True),
        (Key.Key_C, Held.ControlModifier, "\x03", True),
        (Key.Key_F, Held.ControlModifier, "\x06", True),
        (Key.Key_F1, Held.NoModifier, "", False),
        (Key.Key_G, Held.ControlModifier, "\x07", False),
        (Key.Key_Left, Held.AltModifier, "", False),
        (Key.Key_C, Held.AltModifier, "c", False),
    ],
)
def test_shortcuts_of_the_window_take_no_keys_that_the_rows_need(table, key, held, text, taken):
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, held, text)
    event.ignore()
    QApplication.sendEvent(table.tree, event)
    assert event.isAccepted() == taken


def test_a_hidden_table_catches_up_when_it_is_shown(table):
    table.hide()
    table.view.channels.set_order(list(range(11, -1, -1)))
    settle(table)
    assert lines(table) == list(range(12))
    table.show()
    settle(table)
    assert lines(table) == list(range(11, -1, -1))


def test_what_comes_after_the_table_went_with_its_parent_is_dropped(qtbot):
    view, box = View(recording(4)), QWidget()
    table = ChannelTable(view, box)
    box.show()
    view.channels.set_gain(2.0)
    sip.delete(box)
    assert sip.isdeleted(table)
    view.channels.set_order([3, 2, 1, 0])
    view.theme = LIGHT
    qtbot.wait(20)
    assert view.channels.gain.tolist() == [2.0] * 4


def test_an_order_that_comes_while_rows_are_dragged_ends_the_drag(table):
    drag(table, center(table, 6), center(table, 8), lower(table, 9), release=False)
    table.view.channels.set_order(list(range(11, -1, -1)))
    settle(table)
    QTest.mouseRelease(table.tree.viewport(), LEFT, Held.NoModifier, QPoint(100, 100))
    assert table.view.channels.order.tolist() == list(range(11, -1, -1))


# -- odd recordings --------------------------------------------------------------------------------


def test_names_are_one_plain_line_each_in_rows_tooltips_and_menus(make):
    names = ["<b>bold</b> & more", "two\nlines", "\u202ebackwards", "{name}"]
    table = make(named(*names))
    model = table.model
    said = [model.index_of(row, NAME).data() for row in range(4)]
    assert said == ["<b>bold</b> & more", "two\\nlines", "backwards", "{name}"]
    tips = [tip_text(model.index_of(row, NAME)).split("\n") for row in range(4)]
    assert [tip[0] for tip in tips] == [f"{name}, id {row}" for row, name in enumerate(said)]
    description = model.index_of(0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
    assert description == "<b>bold</b> & more, id 0; s0"
    click(table, center(table, 0))
    table.row_menu.refresh()
    (solo,) = [item for item in table.row_menu.actions() if item.text().startswith("Solo")]
    assert solo.text() == "Solo <b>bold</b> && more"
    assert table.row_menu.actions()[0].toolTip() == (
        "<qt>Scroll to &lt;b&gt;bold&lt;/b&gt; &amp; more</qt>"
    )
    table.tree.selectAll()
    table.tree.copy_names()
    assert QGuiApplication.clipboard().text().split("\n") == said


def test_headings_say_their_whole_title_in_a_tooltip_and_it_is_plain(make):
    reader = recording(3, 2)
    reader.header["signal_streams"]["name"][0] = "<i>a stream</i> of a long name"
    table = make(reader)
    table.view.channels.set_visible([1], False)
    tips = [tip_text(index) for index in table.model.headings()]
    assert tips == [
        "<i>a stream</i> of a long name\n2 of 3 channels shown",
        "s1\n2 of 2 channels shown",
    ]


def test_long_names_are_shortened_before_other_columns_are_cut(make):
    table = make(named(*(f"a channel that has a very long name, {n}" for n in range(4))))
    table.resize(table.minimumSizeHint().width(), 400)
    settle(table)
    port = table.tree.viewport().rect()
    offset = table.tree.visualRect(table.model.index_of(0, OFFSET))
    assert port.contains(offset) and SHORT_NAME <= table.tree.columnWidth(NAME) < MOST_NAME
    table.resize(800, 400)
    settle(table)
    assert table.tree.columnWidth(NAME) > MOST_NAME
    assert table.tree.header().length() == port.width() + 800 - table.minimumSizeHint().width()


def test_without_signals_there_is_one_sentence(make):
    reader = ArrayReader([[]], [], units={"a": np.array([0.5])})
    reader._segment_t_start = lambda block, segment: 0.0
    reader._segment_t_stop = lambda block, segment: 1.0
    table = make(reader)
    said = [label.text() for label in table.findChildren(QLabel) if label.isVisible()]
    assert said == ["This recording has no signals."] and not table.tree.isVisible()


def test_esc_clears_the_filter_and_once_more_goes_to_the_rows(qtbot, table):
    table.filter.setFocus()
    qtbot.keyClicks(table.filter, "c1")
    qtbot.keyClick(table.filter, Key.Key_Escape)
    assert table.filter.text() == "" and table.focusWidget() is table.filter
    qtbot.keyClick(table.filter, Key.Key_Escape)
    assert table.focusWidget() is table.tree and table.selected_rows.tolist() == [0]

"""The table of units: what it says against the reader, and what mouse and keys do to the view."""

import gc
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLabel

from rawio import open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.qt.points.tables import (
    ODD,
    FailingReader,
    GatedReader,
    Listener,
    click,
    click_title,
    column_of,
    four_units,
    settle,
    shown,
    texts,
    tip_text,
    units_reader,
)
from tests.viewer.test_app import PLX
from viewer.engine.tallies import Tally
from viewer.model import View
from viewer.model.point_channels import PointChannels
from viewer.qt.points.point_model import Failure, Place, PointModel
from viewer.qt.points.unit_table import COLUMNS, UnitTable

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def panel(qtbot):
    return four_units(qtbot)


# -- what it says --------------------------------------------------------------------------------


def test_names_channels_counts_and_rates_are_those_of_the_reader(qtbot):
    reader = open_recording(PLX)
    panel = shown(qtbot, UnitTable(reader, View(reader)))
    numbers = range(reader.unit_channels_count())
    spikes = [len(reader.spike_timestamps(unit_index=n)) for n in numbers]
    seconds = reader.segment_t_stop(0, 0) - reader.segment_t_start(0, 0)
    channels = reader.header["signal_channels"]["name"]
    assert sum(spikes) > 500
    assert texts(panel.points, "Unit") == reader.header["unit_channels"]["name"].tolist()
    assert texts(panel.points, "Spikes") == [str(count) for count in spikes]
    assert texts(panel.points, "Hz") == [f"{count / seconds:.2f}" for count in spikes]
    assert texts(panel.points, "Channel") == [
        channels[reader.unit_signal_channel(n)] for n in numbers
    ]
    assert panel.total.text() == f"9 units · {sum(spikes)} spikes"
    assert panel.remark.text() == "" and panel.remark.isHidden()


def test_what_is_not_counted_yet_is_left_open_and_comes_by_and_by(qtbot):
    reader = units_reader(GatedReader)
    panel = UnitTable(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    qtbot.waitUntil(lambda: texts(panel.points, "Spikes") == ["5", "…", "…", "…"])
    assert panel.total.text() == "4 units · counting, 1 of 4"
    assert texts(panel.points, "Hz")[1:] == [None] * 3
    reader.gate.set()
    settle(qtbot, panel)
    assert texts(panel.points, "Spikes") == ["5", "46", "87", "128"]
    assert panel.total.text() == "4 units · 266 spikes"


def test_nothing_is_counted_before_it_is_seen(qtbot):
    reader = units_reader()
    threads = threading.active_count()
    panel = UnitTable(reader, View(reader))
    qtbot.addWidget(panel)
    qtbot.wait(20)
    assert threading.active_count() <= threads and not panel.busy
    assert texts(panel.points, "Spikes") == ["…"] * 4


def test_large_counts_have_thin_spaces_and_what_would_read_samples_says_so():
    model = PointModel(PointChannels(["a", "b"]), COLUMNS, "not counted")
    model.take([Tally(0, 1_234_567, 12.345), Tally(1, None, None)])
    cells = [[model.index(row, column).data() for column in (4, 5)] for row in (0, 1)]
    assert cells == [["1\u2009234\u2009567", "12.35"], ["not counted", None]]


def test_a_unit_that_cannot_be_counted_is_a_sentence_and_the_others_are_counted(qtbot):
    reader = units_reader(FailingReader)
    panel = shown(qtbot, UnitTable(reader, View(reader)))
    assert texts(panel.points, "Spikes") == ["5", "unreadable", "87", "128"]
    assert panel.remark.text() == "the disk says no." and panel.remark.isVisible()
    assert tip_text(panel.points.rows.index(1, 4)) == "the disk says no."
    assert panel.total.text() == "4 units · 220 spikes"


def test_errors_of_our_own_are_sentences_too(qtbot):
    reader = units_reader(FailingReader)
    reader.error = KeyError("gone")
    panel = shown(qtbot, UnitTable(reader, View(reader)))
    assert panel.remark.text() == "Counting the spikes of u2 failed: 'gone'."
    assert texts(panel.points, "Spikes") == ["5", "unreadable", "87", "128"]


def test_without_units_there_is_one_sentence_and_no_thread(qtbot):
    reader = ArrayReader.of(noise(100, 2))
    threads = threading.active_count()
    panel = shown(qtbot, UnitTable(reader, View(reader)))
    assert threading.active_count() <= threads
    said = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert said == ["This recording has no sorted units."]
    assert not panel.points.isVisible() and not panel.next.isVisible()


def test_odd_names_are_one_short_line_each_and_nothing_in_them_is_html(qtbot):
    reader = units_reader(names=ODD)
    panel = shown(qtbot, UnitTable(reader, View(reader)))
    table = panel.points
    names = texts(table, "Unit")
    assert names[0] == "two\\nlines" and names[1] == "backwards" and names[5] == "\\x00\ufffd"
    assert all("\n" not in name for name in names)
    tips = [tip_text(table.rows.index(row, 2)) for row in range(len(ODD))]
    assert tips[3] == "<b>bold</b> & more"
    assert tips[4] == reader.header["unit_channels"]["name"][4]
    heights = {table.rowHeight(row) for row in range(len(ODD))}
    assert heights == {table.row_height} and table.row_height <= 24
    assert panel.minimumSizeHint().width() < 320


def test_the_model_keeps_to_the_rules_of_models(panel, qtmodeltester):
    qtmodeltester.check(panel.points.rows)
    panel.points.rows.filter("u")
    panel.points.rows.sort(2)


def test_columns_are_as_wide_as_what_is_in_them_and_stay_as_somebody_made_them(qtbot, panel):
    table = panel.points
    metrics = table.fontMetrics()
    for title in ("Channel", "Spikes", "Hz"):
        widest = max(metrics.horizontalAdvance(text or "") for text in texts(table, title))
        assert table.columnWidth(column_of(table, title)) >= widest + 6
    table.setColumnWidth(3, 150)
    table.fit([0])
    assert table.columnWidth(3) == 150


def test_the_column_of_channels_is_there_once_one_is_known(qtbot):
    reader = units_reader(GatedReader)
    reader.unit_channel = {2: 1}
    panel = UnitTable(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    column = column_of(panel.points, "Channel")
    qtbot.waitUntil(lambda: texts(panel.points, "Spikes")[0] == "5")
    assert panel.points.isColumnHidden(column)
    reader.gate.set()
    settle(qtbot, panel)
    assert texts(panel.points, "Channel") == ["", "", "c1", ""]
    assert not panel.points.isColumnHidden(column) and panel.points.columnWidth(column) > 30


@pytest.mark.parametrize("width", [200, 240, 300, 500])
def test_long_names_leave_room_for_numbers_and_for_each_other(qtbot, width):
    names = [f"a unit that somebody gave a long name {n}" for n in range(3)]
    reader = units_reader(names=names)
    reader.header["signal_channels"]["name"] = [f"a channel of a long name {n}" for n in range(3)]
    panel = shown(qtbot, UnitTable(reader, View(reader)), (width, 400))
    table = panel.points
    for title in ("Spikes", "Hz"):
        cell = table.visualRect(table.rows.index(0, column_of(table, title)))
        assert table.viewport().rect().contains(cell)
    unit, channel = (table.columnWidth(column_of(table, title)) for title in ("Unit", "Channel"))
    assert unit >= channel and (channel == 110 or unit <= channel + 1)


def test_a_column_of_channels_that_somebody_dragged_stays_in_any_width(qtbot, panel):
    column = column_of(panel.points, "Channel")
    panel.points.setColumnWidth(column, 33)
    for width in (250, 500):
        panel.resize(width, 400)
        qtbot.wait(1)
        assert panel.points.columnWidth(column) == 33


def test_a_rate_that_would_be_rounded_to_none_is_said_to_be_small():
    model = PointModel(PointChannels(["a", "b", "c"]), COLUMNS, "")
    model.take([Tally(0, 3, 0.00499), Tally(1, 3, 0.005), Tally(2, 0, 0.0)])
    assert [model.index(row, 5).data() for row in range(3)] == ["< 0.01", "0.01", "0.00"]


# -- sorting and filtering -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "rising"),
    [
        ("Unit", ["a", "B", "u2", "u10"]),
        ("Channel", ["a", "u2", "u10", "B"]),  # c0, c1, c2, unknown
        ("Spikes", ["u10", "u2", "a", "B"]),
        ("Hz", ["u10", "u2", "a", "B"]),
    ],
)
def test_a_click_on_a_title_sorts_then_turns_round_then_gives_up(qtbot, panel, title, rising):
    before = panel._view.units.visible.copy()
    table, first = panel.points, ["u10", "u2", "a", "B"]
    assert texts(table, "Unit") == first
    click_title(qtbot, table, title)
    assert texts(table, "Unit") == rising
    click_title(qtbot, table, title)
    falling = [*rising[2::-1], "B"] if title == "Channel" else rising[::-1]
    assert texts(table, "Unit") == falling
    click_title(qtbot, table, title)
    assert texts(table, "Unit") == first
    assert panel._view.units.names == tuple(first) and (panel._view.units.visible == before).all()


def test_sorting_by_check_boxes_puts_the_shown_first(qtbot, panel, units):
    units.set_visible([0, 2], False)
    panel.points.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert texts(panel.points, "Unit") == ["u2", "B", "u10", "a"]


def test_the_selected_unit_stays_selected_when_rows_are_sorted(qtbot, panel, units):
    click(qtbot, panel.points, 1, "Unit")
    told = []
    units.changed.connect(lambda: told.append(units.selected))
    click_title(qtbot, panel.points, "Unit")
    assert units.selected == 1 and panel.points.numbers == [1] and told == []
    assert panel.points.selected_rows == [2] and panel.points.current_row == 2


counts = st.one_of(st.none(), st.integers(0, 5))
rows = st.lists(st.tuples(st.text("aB1 2", max_size=3), st.sampled_from("cC10"), counts))


@settings(deadline=None)
@given(rows, st.text("aBc12", max_size=2), st.sampled_from([None, 2, 3, 4, 5]), st.booleans())
def test_rows_are_those_of_a_slow_sort_and_search(entries, text, column, falling):
    model = PointModel(PointChannels([name for name, _, _ in entries]), COLUMNS, "not counted")
    if column is not None:
        model.sort(column, Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder)
    model.filter(text)
    for number, (_, place, count) in enumerate(entries):
        found = Failure(number, "no.") if count is None else Tally(number, count, count / 2)
        model.take([Place(number, place), found])
    wanted = [
        number
        for number, (name, place, _) in enumerate(entries)
        if text.lower() in name.lower() or text.lower() in place.lower()
    ]

    assert sorted(model.numbers.tolist()) == wanted
    if column in (4, 5):
        known = [n for n in wanted if entries[n][2] is not None]
        known.sort(key=lambda n: -entries[n][2] if falling else entries[n][2])
        assert model.numbers.tolist() == known + [n for n in wanted if entries[n][2] is None]
    elif column == 3:
        ranks = {"1": 0, "0": 0, "c": 1, "C": 1}
        listed = [ranks[entries[n][1]] for n in model.numbers.tolist()]
        assert listed == sorted(listed, reverse=falling)
    elif column is None:
        assert model.numbers.tolist() == wanted
    assert model.total == sum(entries[n][2] or 0 for n in wanted)


def test_names_are_sorted_by_the_numbers_in_them():
    names = ["unit 10", "Unit 9", "unit 1a", "10", "9", "", "unit"]
    model = PointModel(PointChannels(names), COLUMNS, "")
    model.sort(2)
    assert [names[n] for n in model.numbers] == [
        "9",
        "10",
        "unit",
        "unit 1a",
        "Unit 9",
        "unit 10",
        "",
    ]


def test_ctrl_f_and_a_text_list_what_has_it_in_its_name_or_its_channel(qtbot, panel):
    panel.points.setFocus()
    qtbot.keyClick(panel.points, Key.Key_F, Held.ControlModifier)
    assert panel.focusWidget() is panel.filter
    qtbot.keyClicks(panel.filter, "U")
    assert texts(panel.points, "Unit") == ["u10", "u2"]
    assert panel.total.text() == "2 of 4 units · 51 spikes"
    panel.filter.selectAll()
    qtbot.keyClicks(panel.filter, "C0")
    assert texts(panel.points, "Unit") == ["a"]
    qtbot.keyClick(panel.filter, Key.Key_Escape)
    assert panel.filter.text() == "" and len(texts(panel.points, "Unit")) == 4
    assert panel.filter.isClearButtonEnabled()
    qtbot.keyClick(panel.filter, Key.Key_Down)
    assert panel.focusWidget() is panel.points


def test_the_selected_unit_stays_when_it_is_filtered_out_and_comes_back(qtbot, panel, units):
    click(qtbot, panel.points, 2, "Unit")
    panel.filter.setText("u")
    assert units.selected == 2 and panel.points.numbers == []
    panel.filter.clear()
    assert units.selected == 2 and panel.points.numbers == [2]
    panel.filter.setText("u")
    qtbot.keyClick(panel.points, Key.Key_Escape)
    assert units.selected is None


def test_a_unit_selected_elsewhere_that_is_filtered_out_stays_selected(qtbot, panel, units):
    click(qtbot, panel.points, 0, "Unit")
    panel.filter.setText("u")
    units.select(2)
    settle(qtbot, panel)
    assert units.selected == 2 and panel.points.numbers == []


def test_rows_move_to_their_places_when_counts_come_in(qtbot):
    reader = units_reader(GatedReader)
    panel = UnitTable(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    panel.points.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    reader.gate.set()
    settle(qtbot, panel)
    assert texts(panel.points, "Spikes") == ["128", "87", "46", "5"]


# -- how it ends -----------------------------------------------------------------------------------


def test_threads_end_when_all_is_counted(qtbot):
    threads = threading.active_count()
    reader = units_reader()
    shown(qtbot, UnitTable(reader, View(reader)))
    qtbot.waitUntil(lambda: threading.active_count() <= threads)


def test_what_was_stopped_goes_on_when_it_is_seen_again(qtbot):
    reader = units_reader(GatedReader)
    panel = UnitTable(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    qtbot.waitUntil(lambda: texts(panel.points, "Spikes")[0] == "5")
    panel.stop()
    assert not panel.busy
    reader.gate.set()
    qtbot.wait(80)
    assert texts(panel.points, "Spikes") == ["5", "…", "…", "…"]
    panel.hide()
    panel.show()
    settle(qtbot, panel)
    assert texts(panel.points, "Spikes") == ["5", "46", "87", "128"]


@pytest.mark.parametrize("how", ["deleted", "with its parent", "forgotten"])
def test_tables_that_go_while_spikes_are_counted_leave_no_threads_and_no_errors(qtbot, how):
    threads = threading.active_count()
    readers = []
    for step in range(12):
        reader = units_reader(GatedReader)
        readers.append(reader)
        view = View(reader)
        parent = Listener() if how == "with its parent" else None
        panel = UnitTable(reader, view, parent)
        (parent or panel).show()
        panel.show()
        QTest.qWait(step % 5)
        if how == "forgotten":
            del panel
            gc.collect()
        else:
            sip.delete(parent or panel)
        view.units.set_visible([1], False)
        view.window.set(3.0, 1.0)
        reader.gate.set()
    qtbot.waitUntil(lambda: threading.active_count() <= threads)
    qtbot.wait(20)

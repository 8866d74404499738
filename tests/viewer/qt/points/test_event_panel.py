"""The panel of events: what it says against the reader, and how it ends."""

import gc
import threading
from datetime import datetime
from functools import partial

import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLabel

from rawio import RawIOError, open_recording
from tests.readers import ArrayReader, noise
from tests.viewer.engine.ticking import TickReader
from tests.viewer.qt.points.events import event_panel, reader_of, rows_of, with_view
from tests.viewer.qt.points.tables import (
    ODD,
    FailingReader,
    GatedReader,
    Listener,
    settle,
    shown,
    texts,
    tip_text,
)
from tests.viewer.test_app import PLX
from viewer.engine.event_list import list_events
from viewer.model import View
from viewer.qt.points import event_model, event_reading, event_table
from viewer.qt.points.event_panel import EventPanel

Key = Qt.Key


@pytest.fixture
def panel(qtbot):
    return event_panel(qtbot)


# -- what it says ---------------------------------------------------------------------------------


def test_all_events_of_a_recording_are_listed_in_order(qtbot):
    reader = open_recording(PLX)
    panel = shown(qtbot, EventPanel(reader, View(reader)))
    names = reader.header["event_channels"]["name"].tolist()
    rows = []
    for number in range(len(names)):
        ticks, _, labels = reader.event_timestamps(event_channel_index=number)
        times = reader.rescale_event_timestamp(ticks, event_channel_index=number)
        rows += [(time, number, str(label)) for time, label in zip(times, labels, strict=True)]
    rows.sort(key=lambda row: row[:2])
    assert len(rows) == 24 and panel.total.text() == "24 events"
    assert texts(panel.table, "Channel") == [names[number] for _, number, _ in rows]
    assert texts(panel.table, "Label") == [label for _, _, label in rows]
    assert texts(panel.table, "Time") == [f"{time:.4f}" for time, _, _ in rows]
    assert panel.table.isColumnHidden(event_model.DURATION)
    assert texts(panel.points, "Channel") == names
    counted = [str(sum(1 for row in rows if row[1] == n)) for n in range(len(names))]
    assert texts(panel.points, "Events") == counted


def test_epochs_say_how_long_they_last(qtbot, panel):
    rows = rows_of(panel._reader)
    seconds = [row[3] for row in rows]
    assert texts(panel.table, "Lasts") == [
        "" if s is None else "0 s" if s == 0 else f"{1000 * s:.0f} ms" if s < 1 else f"{s:g} s"
        for s in seconds
    ]
    assert not panel.table.isColumnHidden(event_model.DURATION)
    assert texts(panel.table, "Label") == [row[2] for row in rows]


def test_times_are_written_as_the_view_writes_them(qtbot, panel, view):
    times = [row[0] for row in rows_of(panel._reader)]
    view.time_format = "samples"
    settle(qtbot, panel)
    assert texts(panel.table, "Sample") == [
        f"{round(time * 100):,}".replace(",", "\u2009") for time in times
    ]
    view.time_format = "clock"
    settle(qtbot, panel)
    assert texts(panel.table, "Clock") == [f"0:00:{time:07.4f}" for time in times]
    view.time_format = "seconds"
    settle(qtbot, panel)
    assert texts(panel.table, "Time") == [f"{time:.4f}" for time in times]


def test_clock_times_are_those_of_the_day(qtbot):
    reader = reader_of()
    view = View(reader)
    view.recorded_at = datetime(2024, 5, 1, 23, 59, 50)
    view.time_format = "clock"
    panel = shown(qtbot, EventPanel(reader, view))
    written = texts(panel.table, "Clock")
    assert written[0] == "23:59:50.0000" and written[-1] == "00:00:28.5000"
    last = panel.model.index(panel.model.rowCount() - 1, 0)
    assert tip_text(last).split("\n") == [
        "38.500000 s · 2024-05-02 00:00:28.5000 · sample 3\u2009850",
        "stim",
        "code 5",
    ]


def test_samples_are_counted_in_the_segment_of_the_event_wherever_the_window_is(qtbot):
    events = {"e": [[(7, "a"), (90, "b")], [(1010, "c"), (1500, "d")]]}
    reader = TickReader([(0, 100), (1000, 1000)], events=events)
    view = View(reader)
    view.time_format = "samples"
    panel = shown(qtbot, EventPanel(reader, view))
    for start in (0.0, 15.0):
        view.window.set(start, 1.0)
        settle(qtbot, panel)
        assert texts(panel.table, "Sample") == ["7", "90", "10", "500"]


def test_channels_have_their_colours_and_follow_them(qtbot, panel, view):
    rows = rows_of(panel._reader)

    def colors():
        cells = (panel.model.index(row, event_model.CHANNEL) for row in range(len(rows)))
        return [cell.data(Qt.ItemDataRole.ForegroundRole).getRgb()[:3] for cell in cells]

    assert colors() == [tuple(view.events.color[row[1]].tolist()) for row in rows]
    told = []
    panel.model.dataChanged.connect(lambda *span: told.append(span))
    view.events.set_color((7, 8, 9), [1])
    settle(qtbot, panel)
    assert told and colors()[rows.index((3.25, 1, "Left", None))] == (7, 8, 9)


def test_the_list_grows_while_it_is_read(qtbot, monkeypatch):
    gate = threading.Event()

    def slowly(*arguments, **rest):
        for found in list_events(*arguments, **rest):
            yield found
            gate.wait(30)

    monkeypatch.setattr("viewer.engine.event_list.FIRST_LOT", 5)
    monkeypatch.setattr("viewer.engine.event_list.AT_ONCE", 5)
    monkeypatch.setattr(event_reading, "list_events", slowly)
    reader = reader_of()
    panel = EventPanel(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    qtbot.waitUntil(lambda: panel.model.rowCount() > 0)
    some = panel.model.rowCount()
    assert 5 <= some < 27 and panel.total.text() == f"reading, {some} events so far"
    assert texts(panel.table, "Label") == [row[2] for row in rows_of(reader)[:some]]
    panel.table.selectRow(2)
    gate.set()
    settle(qtbot, panel)
    assert panel.total.text() == "27 events" and panel.table.selected_rows == [2]


def test_what_is_not_listed_is_said(qtbot, monkeypatch):
    events = {"XD0": [[]], "key": [[(1, "a"), (2, "b"), (3, "c")]]}
    reader = TickReader([(0, 100)], events=events, lines={0})
    monkeypatch.setattr(event_reading, "list_events", partial(list_events, most=2))
    panel = shown(qtbot, EventPanel(reader, View(reader)))
    assert texts(panel.points, "Events") == ["read from samples", "3"]
    assert panel.total.text() == "2 events"
    assert panel.remark.text() == (
        "1 more event is not listed, after the first 2. "
        "Not listed, since all samples would have to be read for them: XD0."
    )


def test_without_event_channels_there_is_one_sentence_and_no_thread(qtbot):
    reader = ArrayReader.of(noise(100, 2))
    threads = threading.active_count()
    panel = shown(qtbot, EventPanel(reader, View(reader)))
    assert threading.active_count() <= threads
    said = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert said == ["This recording has no events."]


def test_channels_without_events_are_listed_with_none(qtbot):
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events={"a": [], "b": []}))))
    assert texts(panel.points, "Events") == ["0", "0"] and panel.total.text() == "0 events"
    panel._view.window.set(1.0, 1.0)
    settle(qtbot, panel)
    qtbot.keyClick(panel.table, Key.Key_Down)
    qtbot.keyClick(panel.table, Key.Key_Return)


def test_odd_labels_are_one_short_line_each(qtbot):
    events = {"odd": [(1.0 + n, text) for n, text in enumerate(ODD)]}
    panel = shown(qtbot, EventPanel(*with_view(reader_of(events=events))))
    said = texts(panel.table, "Label")
    assert said[0] == "two\\nlines" and said[4] == "x" * 199 + "…"
    assert all(len(text.splitlines()) <= 1 and len(text) <= 210 for text in said)
    tips = [tip_text(panel.model.index(row, 0)) for row in range(len(ODD))]
    assert all(len(tip) <= 500 for tip in tips) and tips[3].endswith("\n<b>bold</b> & more")
    heights = {panel.table.rowHeight(row) for row in range(len(ODD))}
    assert heights == {panel.table.row_height}
    assert panel.minimumSizeHint().width() < 320


@pytest.mark.parametrize("width", [240, 300])
def test_long_names_of_channels_leave_room_for_labels(qtbot, width):
    reader = reader_of(
        events={f"a channel of a long name {n}": [(1.0 + n, "a label")] for n in range(3)},
        epochs={"trial": [(1.0, 2.5, "a label")]},
    )
    panel = shown(qtbot, EventPanel(*with_view(reader)), (width, 500))
    table = panel.table
    assert not table.isColumnHidden(event_model.DURATION)
    last = table.visualRect(panel.model.index(0, event_model.DURATION))
    assert table.viewport().rect().contains(last)
    label, channel = map(table.columnWidth, (event_model.LABEL, event_model.CHANNEL))
    assert label >= channel and (channel == event_table.CHANNEL_WIDTH or label <= channel + 1)


def test_names_of_event_channels_are_plain_in_tooltips_and_remarks(qtbot):
    events = {"<b>bold</b>": [[]], "<i>it</i>": [[(1, "a")]]}
    reader = TickReader([(0, 100)], events=events, lines={0})
    panel = shown(qtbot, EventPanel(reader, View(reader)))
    tips = [tip_text(panel.points.rows.index(row, 2)) for row in range(2)]
    assert tips == ["<b>bold</b>", "<i>it</i>"]
    assert panel.remark.text().endswith("<b>bold</b>.")
    assert panel.remark.textFormat() == Qt.TextFormat.PlainText


def test_a_channel_that_cannot_be_counted_and_a_list_that_ends_early_are_sentences(qtbot):
    reader = reader_of(FailingReader)
    panel = shown(qtbot, EventPanel(*with_view(reader)))
    assert texts(panel.points, "Events") == ["20", "unreadable", "4"]
    assert panel.remark.text() == "the disk says no."
    assert panel.model.rowCount() == 0 and panel.total.text() == "0 events"


class TornReader(ArrayReader):
    """Fails when events after 20 s are asked for."""

    def _get_event_timestamps(self, block, segment, channel, t_start, t_stop):
        if t_start is not None and t_start > 20:
            raise RawIOError("the file ends here.")
        return super()._get_event_timestamps(block, segment, channel, t_start, t_stop)


def test_errors_of_our_own_are_sentences_too(qtbot):
    reader = reader_of(FailingReader)
    reader.error = KeyError("gone")
    panel = shown(qtbot, EventPanel(*with_view(reader)))
    assert panel.remark.text() == (
        "Listing the events failed: 'gone'. Counting the events of key failed: 'gone'."
    )


def test_what_was_read_before_an_error_stays_and_can_be_looked_through(qtbot, monkeypatch):
    monkeypatch.setattr("viewer.engine.event_list.FIRST_LOT", 5)
    monkeypatch.setattr("viewer.engine.event_list.AT_ONCE", 5)
    reader = reader_of(TornReader)
    panel = shown(qtbot, EventPanel(*with_view(reader)))
    count = panel.model.rowCount()
    assert 5 <= count < 27 and panel.remark.text() == "the file ends here."
    assert texts(panel.table, "Label") == [row[2] for row in rows_of(reader)[:count]]
    panel.filter.setText("Left")
    settle(qtbot, panel)
    assert texts(panel.table, "Label") == ["Left"]


# -- how it ends ----------------------------------------------------------------------------------


def test_what_was_stopped_goes_on_when_it_is_seen_again(qtbot):
    reader = reader_of(GatedReader)
    threads = threading.active_count()
    panel = EventPanel(reader, View(reader))
    qtbot.addWidget(panel, before_close_func=lambda w: w.stop())
    panel.show()
    qtbot.waitUntil(lambda: texts(panel.points, "Events")[0] == "20")
    panel.stop()
    assert not panel.busy
    reader.gate.set()
    qtbot.waitUntil(lambda: threading.active_count() <= threads)
    assert texts(panel.points, "Events") == ["20", "…", "…"] and panel.model.rowCount() == 0
    panel.hide()
    panel.show()
    settle(qtbot, panel)
    assert panel.model.rowCount() == 27
    panel.filter.setText("left")
    settle(qtbot, panel)
    assert texts(panel.table, "Label") == ["Left", "left again"]


@pytest.mark.parametrize("how", ["deleted", "with its parent", "forgotten"])
def test_panels_that_go_while_events_are_read_leave_no_threads_and_no_errors(qtbot, how):
    threads = threading.active_count()
    for step in range(12):
        reader = reader_of(GatedReader if step % 2 else ArrayReader)
        view = View(reader)
        parent = Listener() if how == "with its parent" else None
        panel = EventPanel(reader, view, parent)
        (parent or panel).show()
        panel.show()
        panel.filter.setText("left")
        QTest.qWait(step * 15 % 190)
        if how == "forgotten":
            del panel
            gc.collect()
        else:
            sip.delete(parent or panel)
        view.events.set_visible([1], False)
        view.window.set(3.0, 1.0)
        if step % 2:
            reader.gate.set()
    qtbot.waitUntil(lambda: threading.active_count() <= threads)
    qtbot.wait(20)

"""The toolbar of time: going to one, length of the window, speed; whatever is written."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest

from tests.viewer.qt.windows import (
    Key,
    Mod,
    choose,
    click,
    make_window,
    open_path,
    press,
    two_streams,
    write,
)
from viewer.qt.view.player import SPEEDS
from viewer.qt.window.go_bar import LENGTHS


@pytest.fixture
def window(qtbot):
    """Return a window on 60 s at 1 kHz, recorded at 14:03 on a day in May."""
    reader = two_streams()
    reader._recorded_at = lambda: datetime(2024, 5, 1, 14, 3)
    main = make_window(qtbot, lambda path: reader)
    open_path(qtbot, main)
    return main


def middle(window):
    shown = window.signal_view.view.window
    return shown.t_start + shown.duration / 2


# -- go to ---------------------------------------------------------------------------------------


def test_enter_goes_to_the_time_that_is_written(window):
    shown = window.signal_view.view.window
    for text, time in (
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("7250 ms", 7.25),
        ("0:31", 31.0),
        ("0:00:20.25", 20.25),
        ("#30000", 30.0),
        ("1500 samples", 1.5),
        ("25%", 15.0),
        ("+5", 25.0),
        ("- 2.5", 17.5),
        ("end - 10 s", 50.0),
        ("2024-05-01 14:03:42", 42.0),
    ):
        shown.set(19.5, 1.0)
        press(window, Key.Key_G)
        write(window, text)
        press(window, Key.Key_Return)
        assert middle(window) == pytest.approx(time, abs=1e-9), text
        assert shown.duration == 1.0 and window.signal_view.hasFocus()
        parts = reversed(window.bars.time.place.text().split(":"))
        assert sum(float(part) * 60**n for n, part in enumerate(parts)) == time


def test_times_are_read_and_written_as_the_ruler_counts(qtbot, window):
    window.signal_view.view.time_format = "clock"
    place = window.bars.time.place
    qtbot.waitUntil(lambda: place.text().startswith("14:03:00.5"))
    press(window, Key.Key_G, Mod.ControlModifier)
    write(window, "14:03:22")
    press(window, Key.Key_Return)
    assert middle(window) == 22.0
    window.signal_view.view.time_format = "samples"
    qtbot.waitUntil(lambda: place.text() == "22\N{THIN SPACE}000")
    press(window, Key.Key_G)
    write(window, "41500")
    press(window, Key.Key_Return)
    assert middle(window) == 41.5


def test_what_is_no_time_is_said_and_stays_to_be_mended(window):
    before = window.signal_view.view.place
    press(window, Key.Key_G)
    write(window, "at noon")
    press(window, Key.Key_Return)
    place = window.bars.time.place
    assert window.notice.isVisible() and window.notice.text.startswith("'at noon' is not a time;")
    assert place.text() == "at noon" and place.selectedText() == "at noon" and place.hasFocus()
    assert window.signal_view.view.place == before
    write(window, "30")
    press(window, Key.Key_Return)
    assert middle(window) == 30.0
    assert not window.notice.isVisible(), "it is mended"


def test_a_refusal_goes_with_what_is_given_up_but_another_sentence_stays(window):
    for said in ("'at noon' is not a time;", "The disk is full."):
        press(window, Key.Key_G)
        write(window, "at noon")
        press(window, Key.Key_Return)
        if "disk" in said:
            window.notice.say(said)
        assert window.notice.text.startswith(said)
        press(window, Key.Key_Escape)
        assert window.notice.isVisible() == ("disk" in said)


def test_beyond_the_recording_it_says_where_that_is_and_goes_there(qtbot, window):
    shown, said = window.signal_view.view.window, window.statusBar().currentMessage
    for text, start, words in (
        ("1:30", 59.0, "The recording ends at 1:00.000."),
        ("now - 5 min", 0.0, "The recording begins at 0.000 s."),
        ("30", 29.5, ""),
        ("end", 59.0, ""),
    ):
        window.statusBar().clearMessage()
        press(window, Key.Key_G)
        write(window, text)
        press(window, Key.Key_Return)
        assert shown.t_start == start and said() == words, text
        assert window.signal_view.hasFocus() and not window.notice.isVisible()


def test_going_to_times_one_after_the_other_leaves_each_to_come_back_to(window):
    shown = window.signal_view.view.window
    for text in ("20", "40", "50"):
        press(window, Key.Key_G)
        write(window, text)
        press(window, Key.Key_Return)
    for want in (39.5, 19.5, 0.0):
        press(window, Key.Key_Backspace)
        assert shown.t_start == want


def test_escape_and_a_click_elsewhere_give_up_what_is_written(window):
    place = window.bars.time.place
    before = place.text()
    press(window, Key.Key_G)
    write(window, "99")
    press(window, Key.Key_Escape)
    assert window.signal_view.hasFocus() and place.text() == before
    press(window, Key.Key_G)
    write(window, "99")
    click(window.signal_view)
    assert place.text() == before and window.signal_view.view.window.t_start == 0


def test_the_box_follows_the_window_but_not_while_somebody_writes(qtbot, window):
    view, place = window.signal_view.view, window.bars.time.place
    view.window.set(40.0, 2.0)
    qtbot.waitUntil(lambda: place.text() == "41.000")
    press(window, Key.Key_G)
    write(window, "1")
    view.window.set(10.0, 2.0)
    qtbot.wait(20)
    assert place.text() == "1"


# -- how long the window is ----------------------------------------------------------------------


def test_each_listed_length_is_what_it_says(window):
    box, shown = window.bars.time.length, window.signal_view.view.window
    shown.set(30.0, 3.0)
    listed = [box.itemText(row) for row in range(box.count())]
    assert listed[-1] == "all" and len(listed) == 1 + sum(0.008 <= s < 60 for s in LENGTHS)
    for text, seconds in zip(listed, [s for s in LENGTHS if 0.008 <= s < 60], strict=False):
        choose(box, text)
        assert shown.duration == pytest.approx(seconds, rel=1e-12)
        assert middle(window) == pytest.approx(31.5)
        assert box.currentText() == text and window.signal_view.hasFocus()
    choose(box, "all")
    assert (shown.t_start, shown.duration) == (0.0, 60.0)


def test_a_length_can_be_written(window):
    """Also one that begins as a listed one does: nothing is completed."""
    box, shown = window.bars.time.length, window.signal_view.view.window
    lengths = (("350 ms", 0.35), ("5", 5.0), ("0:20", 20.0), ("90 s", 60.0), ("0.3 m", 18.0))
    for text, seconds in lengths:
        box.setFocus()
        box.lineEdit().selectAll()
        write(window, text)
        press(window, Key.Key_Return)
        assert shown.duration == seconds, text
        assert window.signal_view.hasFocus()


def test_what_is_no_length_is_said_and_given_up_with_escape(window):
    box = window.bars.time.length
    box.setFocus()
    for text, said in (("long", "'long' is not a time"), ("-5", "has no length")):
        box.lineEdit().selectAll()
        write(window, text)
        press(window, Key.Key_Return)
        assert said in window.notice.text and box.currentText() == text and box.hasFocus()
    press(window, Key.Key_Escape)
    assert box.currentText() == "1 s" and window.signal_view.hasFocus()
    assert window.signal_view.view.window.duration == 1.0


def test_the_length_follows_the_window(qtbot, window):
    box, view = window.bars.time.length, window.signal_view.view
    view.window.set(3.0, 0.25)
    qtbot.waitUntil(lambda: box.currentText() == "250 ms")
    press(window, Key.Key_W)
    qtbot.waitUntil(lambda: box.currentText() == "all")


# -- speed ---------------------------------------------------------------------------------------


def test_the_speed_is_the_players(qtbot, window):
    player, box = window.signal_view.player, window.bars.time.speed
    assert box.currentText() == "1 \N{MULTIPLICATION SIGN}"
    choose(box, "10 \N{MULTIPLICATION SIGN}")
    assert player.speed == 10.0 and window.signal_view.hasFocus()
    press(window, Key.Key_Less)
    assert player.speed == 5.0 and box.currentText() == "5 \N{MULTIPLICATION SIGN}"
    player.speed = SPEEDS[0]
    assert box.currentText() == "0.01 \N{MULTIPLICATION SIGN}"


def test_a_list_gone_through_by_keys_keeps_the_keyboard(window):
    player, box = window.signal_view.player, window.bars.time.speed
    box.setFocus()
    press(window, Key.Key_Down)
    press(window, Key.Key_Down)
    assert player.speed == 5.0 and box.hasFocus()
    press(window, Key.Key_Return)
    assert window.signal_view.hasFocus()


# -- whatever is written ---------------------------------------------------------------------------


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.one_of(st.text(max_size=30), st.from_regex(r"[-+#0-9.,:eE% ]{0,12}", fullmatch=True))
)
def test_whatever_is_written_is_taken_or_refused_in_a_sentence(window, text):
    """Nothing raises: pytest-qt fails a test for an exception in the event loop."""
    bars, shown = window.bars, window.signal_view.view.window
    boxes = (bars.time.place, bars.time.length, bars.filters.high_pass, bars.filters.notch)
    for box in boxes:
        window.notice.clear()
        edit = box if box is bars.time.place else box.lineEdit()
        box.setFocus()
        edit.setText(text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert not window.notice.text or window.notice.text.endswith(".")
        press(window, Key.Key_Escape)
        assert 0 <= shown.t_start < shown.t_stop <= 60

"""Opening: what takes long can be given up; several, refused, dropped, opened again, deleted."""

import threading

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QInputDialog, QToolButton

from rawio import RawIOError, open_recording
from tests.readers import ArrayReader
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.window.test_main_window import SAMPLES, action_of
from tests.viewer.qt.windows import (
    Key,
    Mod,
    choose,
    click,
    make_window,
    open_path,
    press,
    running,
    two_streams,
    window_to_delete,
)
from viewer.compute.steps import HighPass
from viewer.model.view_file import load_view, save_view
from viewer.qt.window.restoring import view_data

Action, Button = Qt.DropAction, Qt.MouseButton


class Gate:
    """An opener that waits, for names that begin with "slow", until it is opened."""

    def __init__(self):
        self.opened = threading.Event()
        self.asked = []

    def __call__(self, path, recording=None):
        self.asked.append(path)
        if path.startswith("slow"):
            self.opened.wait(20)
        if path.endswith("bad"):
            raise RawIOError("the disk says no.")
        return two_streams()


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.opened.set()


def ended(qtbot):
    """Wait until nothing is being opened any more, and what it came to has been told."""
    qtbot.waitUntil(lambda: not running("rawscope open"), timeout=20_000)
    qtbot.wait(50)


def cancel_of(window):
    """Return the button of the notice, which must be one to cancel with."""
    (button,) = window.notice.findChildren(QToolButton)
    assert window.notice.isVisible() and button.text() == "Cancel"
    return button


# -- what takes long -----------------------------------------------------------------------------


def test_without_a_recording_what_takes_long_can_be_given_up(qtbot, gate):
    window = make_window(qtbot, gate)
    page = window._welcome
    window.open("slow")
    assert page.text == "Opening slow …" and not page.open_file.isVisible()
    assert not page.cancel.isVisible(), "what is quick does not flicker"
    qtbot.waitUntil(page.cancel.isVisible, timeout=5_000)
    click(page.cancel)
    assert page.open_file.isVisible() and "drop one here" in page.text
    gate.opened.set()
    ended(qtbot)
    assert window.signal_view is None and window.windowTitle() == "rawscope"
    open_path(qtbot, window, "quick")


def test_what_is_open_stays_when_another_is_given_up(qtbot, gate):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window, "quick")
    window.open("slow")
    assert not window.notice.isVisible()
    qtbot.waitUntil(window.notice.isVisible, timeout=5_000)
    assert window.notice.text == "Opening slow …"
    press(window, Key.Key_PageDown)  # and it can be used meanwhile
    assert view.view.window.t_start == 1.0
    click(cancel_of(window))
    assert not window.notice.isVisible()
    gate.opened.set()
    ended(qtbot)
    assert window.signal_view is view


def test_what_is_said_meanwhile_takes_nobody_the_way_to_give_up(qtbot, gate):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window, "quick")
    window.open("slow")
    qtbot.waitUntil(window.notice.isVisible, timeout=5_000)
    view.message.emit("A tile cannot be read.")
    (button,) = window.notice.findChildren(QToolButton)
    assert window.notice.text == "A tile cannot be read." and button.text() == "Dismiss"
    click(button)
    assert window.notice.text == "Opening slow …"
    click(cancel_of(window))
    assert not window.notice.isVisible() and window.notice.text == ""


def test_another_wish_takes_the_place_of_the_one_that_takes_long(qtbot, gate):
    window = make_window(qtbot, gate)
    open_path(qtbot, window, "quick")
    window.open("slow")
    qtbot.waitUntil(window.notice.isVisible, timeout=5_000)
    window.open("slow too")
    assert window.notice.text == "Opening slow too …"
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open("quick too")
    assert not window.notice.isVisible()
    view = window.signal_view
    gate.opened.set()
    ended(qtbot)
    assert window.signal_view is view


def test_one_that_took_long_and_then_failed_is_refused(qtbot, gate):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window, "quick")
    window.open("slow and bad")
    qtbot.waitUntil(window.notice.isVisible, timeout=5_000)
    gate.opened.set()
    with qtbot.waitSignal(window.refused, timeout=20_000):
        pass
    (button,) = window.notice.findChildren(QToolButton)
    assert window.notice.text == "the disk says no." and button.text() == "Dismiss"
    click(button)
    assert not window.notice.isVisible() and window.signal_view is view


def test_a_window_deleted_while_it_opens_harms_nothing(qtbot, gate):
    for wait in (0, 10, 600):
        window = window_to_delete(qtbot, gate, keep=True)
        window.open("slow")
        qtbot.wait(wait)
        sip.delete(window)
    gate.opened.set()
    ended(qtbot)
    qtbot.waitUntil(lambda: not running("rawscope open", "rawscope points", "rawscope tiles"))


@pytest.mark.parametrize("after", [0, 1, 5, 20, 60])
def test_a_window_deleted_or_closed_soon_after_it_opened_harms_nothing(qtbot, after):
    for end in (sip.delete, lambda window: window.close()):
        window = window_to_delete(qtbot, keep=True)
        with qtbot.waitSignal(window.opened, timeout=20_000):
            window.open("arrays")
        choose(window.bars.filters.high_pass, "100 Hz")
        window.menus.actions["Play"].trigger()
        qtbot.wait(after)
        end(window)
        sip.delete(window) if not sip.isdeleted(window) else None
    qtbot.waitUntil(lambda: not running("rawscope t", "rawscope s", "rawscope p"), timeout=20_000)


# -- one of several, refused ---------------------------------------------------------------------


def test_after_a_choice_of_several_the_page_is_as_it_was(qtbot, tmp_path):
    for name in ("b.plx", "a.plx"):
        (tmp_path / name).write_bytes((SAMPLES / "sample.plx").read_bytes())
    window = make_window(qtbot, open_recording)
    with qtbot.waitSignal(window.asked, timeout=20_000):
        window.open(str(tmp_path))
    dialog = window.findChild(QInputDialog)
    assert dialog.isVisible() and window._welcome.open_file.isVisible()
    assert window._welcome.text == f"{tmp_path.name} holds 2 recordings."
    QTest.keyClick(dialog, Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(QInputDialog) is None)
    assert window.signal_view is None
    with qtbot.waitSignal(window.asked, timeout=20_000):
        window.open(str(tmp_path))
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("b.plx")
    with qtbot.waitSignal(window.opened, timeout=20_000):
        QTest.keyClick(dialog, Key.Key_Return)
    assert window.windowTitle() == "b.plx - rawscope"


def test_a_refusal_without_a_recording_is_on_the_page(qtbot, tmp_path):
    window = make_window(qtbot, open_recording)
    (tmp_path / "x" / ("long" * 50)).mkdir(parents=True)
    with qtbot.waitSignal(window.refused, timeout=20_000) as refused:
        window.open(str(tmp_path / "x" / ("long" * 50)))
    assert refused.args[0].startswith(f"{tmp_path / 'x' / 'longlong'}")
    assert window._welcome.text == refused.args[0].removeprefix(f"{tmp_path / 'x'}/")
    assert "holds no recording" in window._welcome.text
    assert window._welcome.open_file.isVisible() and window._welcome.open_folder.isVisible()
    assert window.minimumSizeHint().width() < 1000, "a long path makes no wide window"


# -- dropped -------------------------------------------------------------------------------------


def drop(window, *urls):
    """Drag URLs over the middle of the window and let them go; return whether it takes them."""
    data = QMimeData()
    data.setUrls(list(urls))
    at = QPointF(window.rect().center())
    arguments = Action.CopyAction, data, Button.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at.toPoint(), *arguments)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        event = QDropEvent(at, *arguments)
        QApplication.sendEvent(window, event)
    return enter.isAccepted()


def test_a_file_and_a_folder_are_opened_when_dropped(qtbot, tmp_path):
    window = make_window(qtbot, open_recording)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        assert drop(window, QUrl.fromLocalFile(str(SAMPLES / "sample.raw")))
    assert window.windowTitle() == "sample.raw - rawscope"
    (tmp_path / "one.plx").write_bytes((SAMPLES / "sample.plx").read_bytes())
    with qtbot.waitSignal(window.opened, timeout=20_000):
        assert drop(window, QUrl("https://example.org/x.plx"), QUrl.fromLocalFile(str(tmp_path)))
    assert window.windowTitle() == "one.plx - rawscope"


def test_what_is_no_local_file_is_not_taken(qtbot):
    window = make_window(qtbot)
    assert not drop(window, QUrl("https://example.org/x.plx"))
    assert not drop(window)


def test_a_view_dropped_on_a_recording_is_applied_to_it(qtbot, tmp_path):
    window = make_window(qtbot)
    view = open_path(qtbot, window)
    view.view.window.set(31.0, 4.0)
    view.view.butterfly = True
    view.view.channels.set_gain(3.0, [2])
    view.process((HighPass(20),))
    qtbot.waitUntil(lambda: view.steps == (HighPass(20),), timeout=20_000)
    save_view(tmp_path / "a view.JSON", view_data(view))
    view = open_path(qtbot, window)
    assert not view.view.butterfly
    assert drop(window, QUrl.fromLocalFile(str(tmp_path / "a view.JSON")))
    qtbot.waitUntil(lambda: view.steps == (HighPass(20),), timeout=20_000)
    assert window.signal_view is view and view.view.butterfly
    assert (view.view.window.t_start, view.view.window.duration) == (31.0, 4.0)
    assert view.view.channels.gain.tolist() == [1, 1, 3, 1, 1, 1, 1, 1, 1]
    (tmp_path / "bad.json").write_text("{}")
    drop(window, QUrl.fromLocalFile(str(tmp_path / "bad.json")))
    qtbot.waitUntil(lambda: "is no view for rawscope" in window.notice.text, timeout=5_000)
    assert view.view.butterfly


def test_a_view_for_another_recording_is_applied_and_said(qtbot, tmp_path):
    window = make_window(qtbot)
    save_view(tmp_path / "v.json", view_data(open_path(qtbot, window)))
    plx = make_window(qtbot, open_recording)
    plx.show_view(load_view(tmp_path / "v.json"))
    open_path(qtbot, plx, SAMPLES / "sample.plx")
    assert plx.notice.text.startswith("The view was saved for another recording, 'arrays'")
    again = open_path(qtbot, plx, SAMPLES / "sample.plx")
    assert not plx.notice.isVisible() and again.view.window.t_start == pytest.approx(0.01, abs=0.02)


# -- opened again --------------------------------------------------------------------------------


def test_what_is_opened_again_is_shown_as_it_was(qtbot):
    window = make_window(qtbot)
    view = open_path(qtbot, window)
    model = view.view
    model.window.set(12.5, 2.0)
    model.channels.set_order([8, 7, 6, 5, 4, 3, 2, 1, 0])
    model.channels.set_visible([1], False)
    model.channels.set_gain(np.array([2.0, -3.0]), [3, 4])
    model.channels.set_color((255, 0, 0), [2])
    model.channels.set_bad([5], True)
    model.channels.show_page(1, 2, stream=0)
    model.units.select(1)
    model.events.set_visible([0], False)
    model.display, model.time_format = "heat map", "samples"
    model.span = (12.6, 12.9)
    view.process((HighPass(20),))
    qtbot.waitUntil(lambda: view.steps == (HighPass(20),), timeout=20_000)
    settle(qtbot, view)
    model.channels.set_span(0, "uV", 77.0)
    before = view_data(view)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        press(window, Key.Key_R, Mod.ControlModifier)
    after = window.signal_view
    assert after is not view
    qtbot.waitUntil(lambda: after.steps == (HighPass(20),), timeout=20_000)
    settle(qtbot, after)
    now = view_data(after)
    assert now == before


def test_what_is_open_is_opened_again_and_not_what_was_refused_since(qtbot, gate):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window, "quick")
    view.view.window.set(7.0, 1.0)
    with qtbot.waitSignal(window.refused, timeout=20_000):
        window.open("bad")
    with qtbot.waitSignal(window.opened, timeout=20_000):
        action_of(window, "Open again").trigger()
    assert [path.rpartition("/")[2] for path in gate.asked] == ["quick", "bad", "quick"]
    assert window.signal_view.view.window.t_start == 7.0
    window.show_reader(ArrayReader.of(np.zeros((5000, 2), np.int16)))
    action_of(window, "Open again").trigger()  # nobody knows where that came from
    ended(qtbot)
    assert len(gate.asked) == 3


@pytest.mark.parametrize("end", ["refused", "given up"])
def test_a_view_given_for_what_is_not_opened_is_not_put_upon_another(qtbot, gate, end):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, make_window(qtbot, gate), "quick")
    view.view.window.set(7.0, 1.0)
    window.show_view(view_data(view))
    window.open("bad" if end == "refused" else "slow")
    if end == "given up":
        window._give_up()
        gate.opened.set()
    ended(qtbot)
    assert open_path(qtbot, window, "quick").view.window.t_start == 0.0


def test_a_view_given_for_what_still_loads_is_not_put_upon_what_is_opened_meanwhile(qtbot, gate):
    window = make_window(qtbot, gate)
    given = view_data(open_path(qtbot, make_window(qtbot, gate), "quick")) | {
        "window": {"start": 7.0, "duration": 1.0}
    }
    window.open("slow", view=given)
    assert open_path(qtbot, window, "quick").view.window.t_start == 0.0
    gate.opened.set()
    ended(qtbot)
    assert window.signal_view.view.window.t_start == 0.0
    assert open_path(qtbot, window, "quick too").view.window.t_start == 0.0
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open("slow", view=given)
    assert window.signal_view.view.window.t_start == 7.0


def test_a_view_shown_while_the_first_recording_loads_is_that_ones(qtbot, gate):
    given = view_data(open_path(qtbot, make_window(qtbot, gate), "quick")) | {
        "window": {"start": 7.0, "duration": 1.0}
    }
    window = make_window(qtbot, gate)
    window.open("slow")
    window.show_view(given)
    gate.opened.set()
    with qtbot.waitSignal(window.opened, timeout=20_000):
        pass
    assert window.signal_view.view.window.t_start == 7.0
    assert open_path(qtbot, window, "quick").view.window.t_start == 0.0


def test_a_view_given_goes_to_the_one_that_is_chosen_of_several(qtbot, tmp_path):
    for name in ("b.plx", "a.plx"):
        (tmp_path / name).write_bytes((SAMPLES / "sample.plx").read_bytes())
    window = make_window(qtbot, open_recording)
    given = view_data(open_path(qtbot, make_window(qtbot, open_recording), tmp_path / "a.plx"))
    with qtbot.waitSignal(window.asked, timeout=20_000):
        window.open(str(tmp_path), view=given | {"window": {"start": 7.0, "duration": 1.0}})
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("b.plx")
    with qtbot.waitSignal(window.opened, timeout=20_000):
        QTest.keyClick(dialog, Key.Key_Return)
    assert window.windowTitle() == "b.plx - rawscope"
    assert window.signal_view.view.window.t_start == 7.0


def test_how_one_was_shown_is_not_put_upon_another(qtbot, gate):
    """The wish to open it again was given up, or came to nothing."""
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window, "quick")
    view.view.window.set(7.0, 1.0)
    window.open_again()
    window._give_up()
    window.show_reader(two_streams())
    assert window.signal_view.view.window.t_start == 0.0
    ended(qtbot)
    assert window.signal_view.view.window.t_start == 0.0

"""View files that are dropped while a recording is being opened."""

import pytest
from PyQt6.QtCore import QUrl

from tests.viewer.qt.conftest import settle
from tests.viewer.qt.window.test_opening import Gate, drop
from tests.viewer.qt.windows import make_window, open_path
from viewer.model.view_file import save_view
from viewer.qt.window.restoring import view_data


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.opened.set()


@pytest.fixture
def saved(qtbot, tmp_path):
    """Return the address of a view from 31 s on, as butterfly."""
    view = open_path(qtbot, make_window(qtbot))
    view.view.window.set(31.0, 4.0)
    view.view.butterfly = True
    save_view(tmp_path / "v.json", view_data(view))
    return QUrl.fromLocalFile(str(tmp_path / "v.json"))


def test_what_is_being_opened_is_shown_as_a_view_says_that_is_dropped_meanwhile(qtbot, gate, saved):
    window = make_window(qtbot, gate)
    window.open("slow")
    drop(window, saved)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        gate.opened.set()
    settle(qtbot, window.signal_view)
    assert gate.asked == ["slow"]
    qtbot.waitUntil(lambda: window.signal_view.view.butterfly)
    assert window.signal_view.view.window.t_start == 31.0


def test_a_view_is_of_what_is_shown_while_another_recording_is_being_opened(qtbot, gate, saved):
    window = make_window(qtbot, gate)
    view = open_path(qtbot, window)
    window.open("slow")
    drop(window, saved)
    qtbot.waitUntil(lambda: view.view.butterfly)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        gate.opened.set()
    assert gate.asked == ["arrays", "slow"]
    assert window.signal_view is not view and not window.signal_view.view.butterfly

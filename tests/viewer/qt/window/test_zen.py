"""Nothing but the view: all else goes, and comes back as it was."""

import pytest
from PyQt6.QtCore import Qt

from tests.viewer.qt.windows import Key, Mod, make_window, open_path, press


@pytest.fixture
def window(qtbot):
    main = make_window(qtbot)
    open_path(qtbot, main)
    return main


def around(window):
    """Return what is visible around the view, and which dock is in front."""
    names = ("channels", "units", "events", "info")
    docks = [window.docks[name] for name in names]
    return {
        "docks": [name for name in names if window.docks.shown(name)],
        "in front": [d.objectName() for d in docks if not d.visibleRegion().isEmpty()],
        "widths": [d.width() for d in docks if not d.visibleRegion().isEmpty()],
        "bars": [name for name in ("time", "filters") if window.bars.shown(name)],
        "lines": [window.menuBar().isVisible(), window.statusBar().isVisible()],
        "overview": window.overview_shown,
    }


NOTHING = {
    "docks": [], "in front": [], "widths": [], "bars": [], "lines": [False] * 2, "overview": False,
}  # fmt: skip


def test_z_leaves_nothing_but_the_view_and_brings_all_back(qtbot, window):
    window.docks["units"].raise_()
    window.docks["events"].hide()
    window.bars.filters.hide()
    window.resizeDocks([window.docks["units"]], [410], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: around(window)["widths"] == [410])
    before = around(window)
    assert before["in front"] == ["units"]
    press(window, Key.Key_Z)
    assert around(window) == NOTHING and window.zen.on
    assert window.signal_view.hasFocus()
    qtbot.waitUntil(lambda: window.signal_view.size() == window.size())
    press(window, Key.Key_Z)
    qtbot.waitUntil(lambda: around(window) == before)
    assert not window.zen.on


def test_keys_act_while_there_is_nothing_else(qtbot, window):
    press(window, Key.Key_Z)
    press(window, Key.Key_PageDown)
    assert window.signal_view.view.window.t_start == 1.0
    press(window, Key.Key_3, Mod.ControlModifier)
    assert around(window)["docks"] == ["events"], "of the window, too"
    press(window, Key.Key_O)
    assert window.overview_shown
    press(window, Key.Key_Z)
    assert around(window)["docks"] == ["channels", "units", "events", "info"]
    assert window.overview_shown and window.menuBar().isVisible()


def test_an_overview_that_was_not_wanted_stays_away(qtbot, window):
    press(window, Key.Key_O)
    press(window, Key.Key_Z)
    press(window, Key.Key_Z)
    assert not window.overview_shown
    open_path(qtbot, window)
    assert not window.overview_shown


def test_another_recording_does_not_bring_anything_back(qtbot, window):
    press(window, Key.Key_Z)
    open_path(qtbot, window)
    assert around(window) == NOTHING
    press(window, Key.Key_Z)
    assert window.overview_shown and around(window)["bars"] == ["time", "filters"]


def test_going_to_a_time_brings_its_bar_for_that(window):
    press(window, Key.Key_Z)
    press(window, Key.Key_G)
    assert window.bars.time.place.isVisible() and window.bars.time.place.hasFocus()


def test_it_goes_with_the_full_screen(qtbot, window):
    size = window.size()
    press(window, Key.Key_F11)
    qtbot.waitUntil(window.isFullScreen)
    press(window, Key.Key_Z)
    assert window.isFullScreen() and window.menus.actions["Full screen"].isChecked()
    press(window, Key.Key_F11)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    press(window, Key.Key_Z)
    qtbot.waitUntil(lambda: not window.menus.actions["Full screen"].isChecked())
    assert window.menuBar().isVisible() and size == window.size()


def test_a_window_closed_meanwhile_is_not_kept_so(window):
    press(window, Key.Key_Z)
    window.close()
    assert not window.zen.on
    assert [name for name in ("time", "filters") if window.bars.shown(name)] == ["time", "filters"]

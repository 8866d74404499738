"""The desktop window: opening, failing to open, themes, help, status."""

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QInputDialog, QLabel

from rawio import open_recording
from rawio.sidecar import FlatBinaryLayout, sidecar_path, write_sidecar
from tests.readers import ArrayReader
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.windows import make_window, open_path, running, two_streams
from viewer.model.theme import THEMES
from viewer.qt.window.main_window import MainWindow
from viewer.settings import Settings

SAMPLES = Path(__file__).parents[4] / "sample_data"


@pytest.fixture
def window(qtbot):
    """Return a shown window with the Plexon sample open."""
    main = make_window(qtbot, open_recording)
    open_path(qtbot, main, SAMPLES / "sample.plx")
    return main


def text_of(bar):
    return [label.text() for label in bar.findChildren(QLabel)]


def test_it_shows_the_recording_and_says_how_exactly(window):
    assert window.windowTitle() == "sample.plx - rawscope"
    said = " ".join(text_of(window.statusBar()))
    for words in ("samples/pixel", "exact", "8 of 8 channels"):
        assert words in said
    assert window.centralWidget().isAncestorOf(window.signal_view)
    assert window.signal_view.isVisible() and not window._welcome.isVisible()


def test_a_second_file_replaces_the_first(window, qtbot):
    first = window.signal_view
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open(str(SAMPLES / "sample.raw"))
    settle(qtbot, window.signal_view)
    assert len(window.signal_view.view.channels) == 32
    assert window.centralWidget().isAncestorOf(window.signal_view)
    assert "32 channels" in " ".join(text_of(window.statusBar()))
    qtbot.waitUntil(lambda: sip.isdeleted(first))


def open_flat(window, qtbot, path):
    """Write a recording of 3 s to a flat file, open it, and return its samples."""
    samples = (np.arange(60_000) % 500).astype("<i2").reshape(-1, 2)
    path.write_bytes(samples.tobytes())
    write_sidecar(sidecar_path(path), FlatBinaryLayout(n_channels=2, sampling_rate=10_000.0))
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open(str(path))
    return samples


def open_again(window):
    """Choose File > Open again."""
    action = action_of(window, "Open again")
    assert action.shortcut().toString() == "Ctrl+R"
    action.trigger()


def test_a_recording_that_grew_is_opened_again_where_it_was(window, qtbot, tmp_path):
    path = tmp_path / "growing.raw"
    samples = open_flat(window, qtbot, path)
    window.signal_view.view.window.set(1.25, 0.5)
    settle(qtbot, window.signal_view)
    with (
        qtbot.waitSignal(window.signal_view.message, timeout=20_000) as said,
        path.open("ab") as file,
    ):
        file.write(samples.tobytes())
    assert said.args[0] == f"{path} has grown since it was opened; open it again to see all."
    assert window.signal_view.frame.exact
    with qtbot.waitSignal(window.opened, timeout=20_000):
        open_again(window)
    settle(qtbot, window.signal_view)
    shown = window.signal_view.view.window
    assert (shown.t_start, shown.duration, shown.t_max) == (1.25, 0.5, 6.0)


def test_nothing_is_shown_of_a_recording_that_was_replaced(window, qtbot, tmp_path):
    path = tmp_path / "replaced.raw"
    samples = open_flat(window, qtbot, path)
    window.signal_view.view.window.set(0.5, 0.05)
    settle(qtbot, window.signal_view)
    other = tmp_path / "other.raw"
    other.write_bytes((-samples).tobytes())
    other.replace(path)
    sentence = f"{path} was replaced while it was open; open it again."
    qtbot.waitUntil(lambda: window.signal_view.status == sentence, timeout=20_000)
    assert all(not layer.tiles for layer in window.signal_view.frame.scene.layers)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        open_again(window)
    settle(qtbot, window.signal_view)
    (tile,) = window.signal_view.frame.scene.layers[0].tiles[:1]
    assert np.array_equal(tile.data, -samples[tile.first_bin : tile.last_bin])


def test_a_file_that_cannot_be_opened_leaves_the_first_on_screen(window, qtbot, tmp_path):
    view = window.signal_view
    with qtbot.waitSignal(window.refused, timeout=20_000) as refused:
        window.open(str(tmp_path / "no.plx"))
    assert "no such file" in refused.args[0]
    assert window.signal_view is view
    assert window.notice.isVisible()
    assert refused.args[0] == f"{tmp_path}/{window.notice.text}", "the name comes first"
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    settle(qtbot, view)
    assert view.frame.viewport.t_left > 0.9


def test_a_fault_in_a_reader_is_said_not_raised(qtbot):
    def opener(path):
        raise RuntimeError("what a surprise")

    main = make_window(qtbot, opener)
    with qtbot.waitSignal(main.refused, timeout=20_000) as refused:
        main.open("x.plx")
    assert "what a surprise" in refused.args[0]
    assert main._welcome.text == refused.args[0] and main._welcome.open_file.isVisible()


def test_a_recording_that_cannot_be_shown_leaves_the_first_on_screen(window, qtbot, monkeypatch):
    view = window.signal_view
    broken = ArrayReader.of(np.zeros((100, 2), np.int16))
    monkeypatch.setattr(broken, "signal_streams_count", lambda: 1 / 0)
    with qtbot.waitSignal(window.refused, timeout=20_000) as refused:
        window.show_reader(broken)
    assert "division by zero" in refused.args[0] and refused.args[0] == window.notice.text
    assert window.signal_view is view and not sip.isdeleted(view)
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    settle(qtbot, view)
    assert view.frame.viewport.t_left > 0.9


def action_of(window, text):
    """Return an act of the menus, or one of a menu below them."""
    below = [a.menu() for menu in window.menus.menus.values() for a in menu.actions()]
    menus = [*window.menus.menus.values(), *(menu for menu in below if menu is not None)]
    (found,) = (a for menu in menus for a in menu.actions() if a.text() == text)
    return found


def test_themes_colour_the_whole_window(window, qtbot):
    window.signal_view.view.window.set(1.0)  # its signals begin after the axis
    action_of(window, "Light").trigger()
    settle(qtbot, window.signal_view)
    theme = THEMES["light"]
    image = window.grab().toImage()
    lanes = window.signal_view.frame.layout.lanes
    place = window.signal_view.mapTo(window, window.signal_view.rect().topLeft())
    color = image.pixelColor(place.x() + lanes.x0 + 3, place.y() + lanes.y0 + 3)
    assert (color.red(), color.green(), color.blue()) == theme.background
    corner = image.pixelColor(window.width() // 2, 4)
    assert corner.lightness() > 200, "the menu bar is light too"
    standard = theme.channel_colors(8)
    assert (window.signal_view.view.channels.color == standard).all()


def test_the_renderer_can_be_chosen_from_the_menu(window, qtbot):
    action_of(window, "GPU").trigger()
    settle(qtbot, window.signal_view)
    assert window.signal_view.renderer == "gpu"
    tips = [label.toolTip() for label in window.statusBar().findChildren(QLabel)]
    assert "<qt>Drawn by the gpu renderer.</qt>" in tips


def test_closing_stops_everything(window, qtbot):
    assert running()
    window.close()
    qtbot.waitUntil(lambda: not running())


def test_the_last_file_asked_for_wins(qtbot):
    first_may_go = threading.Event()

    def opener(path):
        if path.endswith("sample.plx"):
            first_may_go.wait(20)
        return open_recording(path)

    main = make_window(qtbot, opener)
    main.open(str(SAMPLES / "sample.plx"))
    with qtbot.waitSignal(main.opened, timeout=20_000):
        main.open(str(SAMPLES / "sample.raw"))
    first_may_go.set()
    qtbot.waitUntil(lambda: not running("rawscope open"))
    qtbot.wait(50)
    assert main.windowTitle() == "sample.raw - rawscope"


def test_a_window_closed_while_opening_stays_closed(qtbot):
    may_go = threading.Event()

    def opener(path):
        may_go.wait(20)
        return open_recording(path)

    main = make_window(qtbot, opener)
    main.open(str(SAMPLES / "sample.raw"))
    main.close()
    may_go.set()
    qtbot.waitUntil(lambda: not running("rawscope open"))
    qtbot.wait(50)
    assert main.signal_view is None


def test_warnings_are_said_below_the_view(qtbot, tmp_path):
    path = tmp_path / "cut.plx"
    path.write_bytes((SAMPLES / "sample.plx").read_bytes()[:-7])
    main = make_window(qtbot, open_recording)
    with qtbot.waitSignal(main.opened, timeout=20_000) as opened:
        main.open(str(path))
    reader = opened.args[0]
    assert len(reader.warnings) == 1
    assert main.notice.isVisible() and main.notice.text == f"Warning: {reader.warnings[0]}"


@pytest.fixture
def folder(tmp_path):
    """Return a folder with two recordings."""
    for name in ("b.plx", "a.plx"):
        (tmp_path / name).write_bytes((SAMPLES / "sample.plx").read_bytes())
    return tmp_path


def test_of_a_folder_with_several_recordings_one_is_chosen(qtbot, folder):
    main = make_window(qtbot, open_recording)
    with qtbot.waitSignal(main.asked, timeout=20_000) as asked:
        main.open(str(folder))
    assert asked.args[0] == ["a.plx", "b.plx"]
    dialog = main.findChild(QInputDialog)
    assert dialog.comboBoxItems() == ["a.plx", "b.plx"]
    with qtbot.waitSignal(main.opened, timeout=20_000) as opened:
        dialog.setTextValue("b.plx")
        dialog.accept()
    assert opened.args[0].source_name() == str(folder / "b.plx")
    assert main.windowTitle() == "b.plx - rawscope"


def test_choosing_none_leaves_what_is_open(qtbot, window, folder):
    before = window.signal_view
    with qtbot.waitSignal(window.asked, timeout=20_000):
        window.open(str(folder))
    window.findChild(QInputDialog).reject()
    qtbot.wait(50)
    assert window.signal_view is before


def test_a_folder_with_one_recording_opens(qtbot, window, folder):
    (folder / "a.plx").unlink()
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.open(str(folder))
    assert window.windowTitle() == "b.plx - rawscope"


# -- settings and docks ----------------------------------------------------------------------------


def test_other_settings_count_at_once(window, qtbot):
    view = window.signal_view
    others = Settings(
        renderer="gpu", theme="light", time="samples", scroll="zoom", scroll_ctrl="time"
    )
    window.apply_settings(others)
    assert window.settings is others
    assert (view.view.theme, view.view.time_format) == (THEMES["light"], "samples")
    assert view.renderer == "gpu"
    assert view.wheel.acts == {"": "zoom", "Ctrl": "time", "Shift": "channels", "Alt": "gain"}
    view.view.time_format = "clock"
    window.apply_settings(replace(others, theme="dark"))
    assert view.view.time_format == "clock", "what was not set is left alone"
    second = open_path(qtbot, window, SAMPLES / "sample.raw")
    assert (second.view.theme, second.view.time_format) == (THEMES["dark"], "samples")
    assert second.wheel.acts[""] == "zoom"


def test_docks_are_about_what_is_open(window, qtbot):
    docks = window.docks
    assert docks.content("channels").view is window.signal_view.view
    assert docks.content("units") is None, "nobody has seen it"
    action_of(window, "Units").trigger()
    qtbot.waitUntil(lambda: docks.content("units") is not None)
    before = [docks.content(name) for name in ("channels", "units")]
    view = open_path(qtbot, window, SAMPLES / "sample.raw")
    qtbot.waitUntil(lambda: all(sip.isdeleted(content) for content in before))
    action_of(window, "Channels").trigger()
    qtbot.waitUntil(lambda: docks.content("channels") is not None)
    assert docks.content("channels").view is view.view
    window.close()
    assert docks.content("channels") is None


def test_a_window_that_python_collects_is_gone_without_a_word(qtbot):
    window = MainWindow(lambda path: two_streams(), Settings(renderer="software"))
    window.show()
    qtbot.waitUntil(window.docks["channels"].isVisible, timeout=5_000)
    known = weakref.ref(window)
    del window
    gc.collect()
    assert known() is None

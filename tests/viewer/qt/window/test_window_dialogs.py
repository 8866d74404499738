"""Dialogs of the window: none stops the rest of it, and none outlives what it is for."""

import json

import pytest
from PyQt6 import sip
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QMessageBox

from rawio import open_recording
from tests.viewer.qt.window.test_main_window import SAMPLES, action_of
from tests.viewer.qt.windows import Key, Mod, make_window, open_path, press, window_to_delete
from viewer.model.view_file import load_view
from viewer.qt.window.dialogs import name_filters
from viewer.qt.window.restoring import view_data
from viewer.settings import Settings

KINDS = {
    "Export picture…": "PictureDialog",
    "Export data…": "DataDialog",
    "Settings…": "SettingsDialog",
    "Keys and mouse": "HelpSheet",
    "About rawscope": "QMessageBox",
    "Open…": "QFileDialog",
    "Open folder…": "QFileDialog",
    "Open view…": "QFileDialog",
    "Save view…": "QFileDialog",
}


def shown():
    """Return the dialogs on screen."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]


def answer(dialog, path):
    """Write a path into a dialog that asks for one."""
    dialog.findChild(QLineEdit).setText(str(path))
    QTest.keyClick(dialog, Key.Key_Return)


@pytest.mark.parametrize(("text", "kind"), KINDS.items())
def test_each_is_shown_by_its_act_and_closed_with_escape(qtbot, text, kind):
    window = make_window(qtbot)
    view = open_path(qtbot, window)
    action_of(window, text).trigger()
    (dialog,) = shown()
    assert type(dialog).__name__ == kind and dialog.windowTitle()
    view.view.window.set(5.0, 1.0)
    qtbot.waitUntil(lambda: view.frame.viewport.t_left > 4.9)  # the view goes on
    QTest.keyClick(dialog, Key.Key_Escape)
    assert shown() == []
    qtbot.waitUntil(lambda: window.findChildren(QDialog) == [])


def test_one_of_a_kind_is_open_at_a_time(qtbot):
    window = make_window(qtbot)
    open_path(qtbot, window)
    for text in ("Export picture…", "Settings…", "Keys and mouse"):
        action_of(window, text).trigger()
        (dialog,) = shown()
        action_of(window, text).trigger()
        assert shown() == [dialog]
        dialog.close()
        action_of(window, text).trigger()  # before the old one is gone for good
        qtbot.wait(30)
        (again,) = shown()
        assert again is not dialog
        again.close()


def test_settings_on_show_follow_those_chosen_in_menus(qtbot):
    window = make_window(qtbot)
    action_of(window, "Settings…").trigger()
    (dialog,) = shown()
    for text in ("Light", "GPU"):
        action_of(window, text).trigger()
    shown_now = [dialog.choices[key].currentData() for key in ("theme", "renderer")]
    assert shown_now == ["light", "gpu"]
    dialog.memory.setValue(640)
    assert window.settings == Settings(theme="light", renderer="gpu", memory=640)


def test_what_exports_a_recording_goes_with_it_and_the_rest_stays(qtbot):
    window = make_window(qtbot)
    open_path(qtbot, window)
    for text in ("Export picture…", "Export data…", "Settings…", "Keys and mouse"):
        action_of(window, text).trigger()
    assert len(shown()) == 4
    open_path(qtbot, window)
    left = {type(dialog).__name__ for dialog in shown()}
    assert left == {"SettingsDialog", "HelpSheet"}


def test_all_close_with_the_window(qtbot):
    window = make_window(qtbot)
    open_path(qtbot, window)
    for text in KINDS:
        if KINDS[text] != "QFileDialog":
            action_of(window, text).trigger()
    window.dialogs.ask_for_file()
    assert len(shown()) == 6
    window.close()
    assert shown() == []


@pytest.mark.parametrize("text", KINDS)
def test_a_window_deleted_with_a_dialog_harms_nothing(qtbot, text):
    window = window_to_delete(qtbot)
    open_path(qtbot, window)
    action_of(window, text).trigger()
    sip.delete(window)
    qtbot.wait(30)
    assert shown() == []


# -- what they do ----------------------------------------------------------------------------------


def test_a_view_is_saved_and_opened_again(qtbot, tmp_path):
    window = make_window(qtbot, open_recording)
    view = open_path(qtbot, window, SAMPLES / "sample.plx")
    view.view.window.set(3.0, 0.5)
    press(window, Key.Key_S, Mod.ControlModifier)
    dialog = window.findChild(QFileDialog)
    assert dialog.directory().path() == str(SAMPLES)
    assert [name.rpartition("/")[2] for name in dialog.selectedFiles()] == ["sample-view.json"]
    answer(dialog, tmp_path / "mine")
    path = tmp_path / "mine.json"
    said = window.statusBar().currentMessage
    qtbot.waitUntil(lambda: said() == f"Saved {path}", timeout=20_000)
    assert load_view(path) == json.loads(json.dumps(view_data(view)))
    view.view.window.set(0.0, 2.0)
    press(window, Key.Key_V, Mod.ControlModifier | Mod.ShiftModifier)
    dialog = window.findChild(QFileDialog)
    answer(dialog, path)
    qtbot.waitUntil(lambda: view.view.window.t_start == 3.0, timeout=20_000)
    assert view.view.window.duration == 0.5


def test_what_cannot_be_saved_or_opened_is_said(qtbot, tmp_path):
    window = make_window(qtbot)
    open_path(qtbot, window)
    window.dialogs.save_view(str(tmp_path / "no" / "view.json"))
    qtbot.waitUntil(lambda: "cannot be written" in window.notice.text, timeout=20_000)
    window.dialogs.open_view(str(tmp_path / "none.json"))
    qtbot.waitUntil(lambda: "there is no such file" in window.notice.text, timeout=20_000)


@pytest.mark.parametrize("wait", [0, 3, 30])
def test_a_window_deleted_while_a_view_is_saved_harms_nothing(qtbot, tmp_path, wait):
    window = window_to_delete(qtbot)
    open_path(qtbot, window)
    window.dialogs.save_view(str(tmp_path / "view.json"))
    window.dialogs.open_view(str(tmp_path / "none.json"))
    qtbot.wait(wait)
    sip.delete(window)
    qtbot.waitUntil(lambda: (tmp_path / "view.json").is_file(), timeout=20_000)
    qtbot.wait(30)


def test_a_file_is_opened_by_its_dialog(qtbot):
    window = make_window(qtbot, open_recording)
    press(window, Key.Key_O, Mod.ControlModifier)
    dialog = window.findChild(QFileDialog)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        answer(dialog, SAMPLES / "sample.raw")
    assert window.windowTitle() == "sample.raw - rawscope"


def test_the_filters_of_the_dialog_know_every_kind_of_file():
    filters = name_filters()
    assert filters[0].startswith("All recordings (") and filters[-1] == "All files (*)"
    for extension in ("plx", "ns5", "nev", "rhd", "ncs", "bin", "dat"):
        assert f"*.{extension} " in filters[0].replace(")", " "), extension
    assert any(f.startswith("Plexon (") and "*.plx" in f for f in filters)


def test_about_says_which_version_it_is(qtbot):
    from importlib import metadata

    window = make_window(qtbot)
    action_of(window, "About rawscope").trigger()
    box = window.findChild(QMessageBox)
    assert metadata.version("rawscope") in box.text()
    box.accept()

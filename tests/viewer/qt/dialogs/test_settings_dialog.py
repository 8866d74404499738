"""The settings: what is changed by mouse and keyboard against the file, read anew."""

import threading
from dataclasses import asdict

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPoint, Qt, QUrl
from PyQt6.QtWidgets import QWidget

from tests.viewer.qt.dialogs.asking import met_by_tab, mnemonics
from viewer.model.theme import DARK, LIGHT
from viewer.qt.dialogs.settings_dialog import KEYS, LABELS, WORDS, SettingsDialog
from viewer.qt.window.look import palette_of
from viewer.settings import CHOICES, Settings, load_settings, save_settings, settings_path

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot):
    """Return a dialog over the defaults; ``told`` has what it emits, ``urls`` what it opens."""
    urls = []

    def open_url(url):
        urls.append(url)
        return True

    widget = SettingsDialog(Settings(), None, open_url)
    widget.told, widget.urls = [], urls
    widget.changed.connect(widget.told.append)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def settle(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.busy)


def values(settings):
    return {key: value for key, value in asdict(settings).items() if key != "warnings"}


def choose(qtbot, dialog, key, word):
    """Choose a word with the keyboard, in the list that drops down."""
    box = dialog.choices[key]
    box.setFocus()
    box.showPopup()
    qtbot.waitUntil(box.view().isVisible)
    wanted = box.findData(word)
    qtbot.keyClick(box.view(), Key.Key_Home)
    for _ in range(wanted):
        qtbot.keyClick(box.view(), Key.Key_Down)
    qtbot.keyClick(box.view(), Key.Key_Return)
    assert box.currentData() == word


def test_every_setting_has_its_control_and_every_word_its_name(dialog):
    assert {key: tuple(words) for key, words in WORDS.items()} == dict(CHOICES)
    assert LABELS.keys() == WORDS.keys() == dialog.choices.keys()
    assert set(KEYS) == {*dialog.choices, *dialog.switches, "memory"} == set(values(Settings()))
    controls = [*dialog.choices.values(), *dialog.switches.values(), dialog.memory]
    assert all(control.toolTip() for control in controls)


@pytest.mark.parametrize("key", CHOICES)
def test_a_word_is_told_and_kept_at_once(qtbot, dialog, key):
    built_in = getattr(Settings(), key) or "auto"
    word = next(word for word in reversed(CHOICES[key]) if word != built_in)
    choose(qtbot, dialog, key, word)
    (told,) = dialog.told
    assert values(told) == {**values(Settings()), key: word}
    settle(qtbot, dialog)
    assert values(load_settings()) == values(told)
    choose(qtbot, dialog, key, built_in)
    settle(qtbot, dialog)
    assert values(load_settings()) == values(Settings()) == values(dialog.told[-1])
    choose(qtbot, dialog, key, built_in)
    assert len(dialog.told) == 2, "what stays is not told"


@pytest.mark.parametrize("key", ["index", "restore"])
def test_switches(qtbot, dialog, key):
    switch = dialog.switches[key]
    qtbot.mouseClick(switch, LEFT, pos=QPoint(8, switch.height() // 2))
    settle(qtbot, dialog)
    assert values(load_settings()) == {**values(Settings()), key: False} == values(dialog.told[-1])
    qtbot.keyClick(switch, Key.Key_Space)
    settle(qtbot, dialog)
    assert getattr(load_settings(), key) is True


def test_memory_is_taken_once_it_is_written(qtbot, dialog):
    dialog.memory.setFocus()
    dialog.memory.selectAll()
    qtbot.keyClicks(dialog.memory, "2048")
    assert not dialog.told, "2, 20 and 204 were never wanted"
    qtbot.keyClick(dialog.memory, Key.Key_Return)
    settle(qtbot, dialog)
    assert dialog.isVisible()
    assert load_settings().memory == 2048 == dialog.told[-1].memory
    assert len(dialog.told) == 1


def test_what_else_is_in_the_file_stays(qtbot, settings_folder):
    settings_path().write_text('# mine\norder = "file"  # as wired\n')
    dialog = SettingsDialog(load_settings())
    qtbot.addWidget(dialog)
    assert dialog.choices["order"].currentData() == "file"
    choose(qtbot, dialog, "scroll_alt", "time")
    settle(qtbot, dialog)
    assert settings_path().read_text() == (
        '# mine\norder = "file"  # as wired\nscroll_alt = "time"\n'
    )


def test_several_changes_in_a_row_are_all_kept(qtbot, dialog):
    for switch in dialog.switches.values():
        qtbot.keyClick(switch, Key.Key_Space)
    choose(qtbot, dialog, "theme", "light")
    choose(qtbot, dialog, "time", "clock")
    settle(qtbot, dialog)
    want = Settings(theme="light", time="clock", index=False, restore=False)
    assert values(load_settings()) == values(want) == values(dialog.told[-1])


def test_back_to_the_defaults(qtbot):
    save_settings({"theme": "light", "memory": 99, "index": False, "renderer": "software"})
    with settings_path().open("a") as file:
        file.write("# a comment\n")
    dialog = SettingsDialog(load_settings())
    qtbot.addWidget(dialog)
    told = []
    dialog.changed.connect(told.append)
    assert (dialog.choices["renderer"].currentData(), dialog.memory.value()) == ("software", 99)
    dialog.show()
    qtbot.mouseClick(dialog.reset_button, LEFT)
    settle(qtbot, dialog)
    assert values(load_settings()) == values(Settings()) and told == [Settings()]
    assert dialog.choices["theme"].currentData() == "system" and dialog.memory.value() == 512
    assert dialog.switches["index"].isChecked()
    assert "# a comment" in settings_path().read_text()


def test_what_cannot_be_kept_counts_nevertheless_and_is_said(qtbot, dialog):
    settings_path().write_text("theme = dark\n")
    choose(qtbot, dialog, "order", "file")
    settle(qtbot, dialog)
    assert dialog.told[-1].order == "file"
    assert "is no TOML" in dialog.saying.text and str(settings_path()) in dialog.saying.text
    assert settings_path().read_text() == "theme = dark\n"
    settings_path().unlink()
    choose(qtbot, dialog, "order", "probe")
    settle(qtbot, dialog)
    assert dialog.saying.text == ""


def test_what_was_left_out_of_the_file_is_said_at_first(qtbot):
    settings_path().write_text('theme = "mauve"\nspeed = 3\n')
    dialog = SettingsDialog(load_settings())
    qtbot.addWidget(dialog)
    assert '"mauve"' in dialog.saying.text and "'speed'" in dialog.saying.text


def test_the_file_is_opened_and_made_if_it_is_not_there(qtbot, dialog, monkeypatch, tmp_path):
    assert not settings_path().exists()
    qtbot.mouseClick(dialog.file_button, LEFT)
    qtbot.waitUntil(lambda: dialog.urls == [QUrl.fromLocalFile(str(settings_path()))])
    assert settings_path().read_text().startswith("#")
    assert load_settings() == Settings() and not load_settings().warnings
    settings_path().write_text("memory = 100\n")
    qtbot.mouseClick(dialog.file_button, LEFT)
    qtbot.waitUntil(lambda: len(dialog.urls) == 2)
    assert settings_path().read_text() == "memory = 100\n"


def test_a_desktop_without_a_program_for_it_is_said(qtbot):
    dialog = SettingsDialog(Settings(), None, lambda url: False)
    qtbot.addWidget(dialog)
    qtbot.mouseClick(dialog.file_button, LEFT)
    qtbot.waitUntil(lambda: "no program for it" in dialog.saying.text)
    assert str(settings_path()) in dialog.saying.text


def test_a_file_in_the_place_of_the_folder_is_said(qtbot, monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("RAWSCOPE_CONFIG_DIR", str(tmp_path / "taken" / "rawscope"))
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    qtbot.mouseClick(dialog.file_button, LEFT)
    qtbot.waitUntil(lambda: "cannot be made" in dialog.saying.text)
    choose(qtbot, dialog, "theme", "dark")
    qtbot.waitUntil(lambda: "cannot be kept" in dialog.saying.text)


def test_all_is_reached_with_the_tab_key_and_esc_closes(qtbot, dialog):
    first = dialog.choices["theme"]
    met = met_by_tab(qtbot, dialog, first)
    boxes = [dialog.choices[key] for key in CHOICES if key not in ("theme", "renderer")]
    assert met[0] is first and set(boxes) < set(met)
    for control in (dialog.memory, *dialog.switches.values(), dialog.reset_button):
        assert control in met
    qtbot.keyClick(dialog, Key.Key_Escape)
    assert not dialog.isVisible()


def test_no_two_mnemonics_are_the_same(dialog):
    letters = mnemonics(dialog)
    assert len(letters) == len(set(letters)) >= 13


def test_the_palette_is_that_of_the_parent_and_no_thread_is_left(qtbot):
    before = set(threading.enumerate())
    for theme in (DARK, LIGHT):
        window = QWidget()
        window.setPalette(palette_of(theme))
        dialog = SettingsDialog(Settings(), window)
        assert dialog.palette().window().color().getRgb()[:3] == theme.gutter
        dialog.show()
        qtbot.keyClick(dialog.switches["index"], Key.Key_Space)
        sip.delete(window)
    qtbot.waitUntil(lambda: set(threading.enumerate()) <= before)
    assert load_settings().index is False, "what was to be written is written"

"""What a window keeps: how recordings were left, which were opened lately, how it was itself."""

import json
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QPushButton

from rawio import open_recording
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.window.test_main_window import SAMPLES, action_of
from tests.viewer.qt.windows import Key, choose, click, make_window, open_path, press, running
from viewer import sessions
from viewer.app import NO_OPTIONS
from viewer.compute.steps import CommonReference, HighPass, Notch
from viewer.options import Opening
from viewer.qt.window.opening import Wish
from viewer.qt.window.restoring import view_data
from viewer.settings import load_settings


@pytest.fixture
def recording(tmp_path):
    """Return the path of a copy of the sample recording."""
    path = tmp_path / "a folder" / "one & two.plx"
    path.parent.mkdir()
    path.write_bytes((SAMPLES / "sample.plx").read_bytes())
    return path


def kept(qtbot, window):
    """Close a window and wait until all it keeps is kept."""
    window.close()
    qtbot.waitUntil(lambda: not running("rawscope keeper"), timeout=20_000)


def change_all(qtbot, view):
    """Change everything about a view that a session knows, as its user does in many ways."""
    model = view.view
    model.window.set(2.25, 0.5)
    model.channels.set_order([4, 5, 6, 7, 3, 2, 1, 0])
    model.channels.set_visible([1, 6], False)
    model.channels.set_gain(np.array([2.0, -0.5]), [2, 4])
    model.channels.set_offset(0.03, [3])
    model.channels.set_color((250, 10, 20), [5])
    model.channels.set_bad([7], True)
    model.channels.show_page(1, 2, stream=1)
    model.channels.set_share(0, 2.0)
    model.units.select(2)
    model.units.set_visible([0], False)
    model.units.set_color((1, 2, 3), [1])
    model.events.set_visible([0], False)
    model.display, model.time_format, model.overlap = "heat map", "samples", False
    model.butterfly = model.crosshair = True
    model.span = (2.3, 2.5)
    view.process((HighPass(5), CommonReference("average")))
    qtbot.waitUntil(lambda: len(view.steps) == 2, timeout=20_000)
    settle(qtbot, view)


# -- sessions ------------------------------------------------------------------------------------


def test_a_recording_is_shown_as_it_was_left(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, window, recording)
    fresh = view_data(view)
    change_all(qtbot, view)
    left = view_data(view)
    assert {key for key in left if left[key] != fresh.get(key)} >= {
        "window", "process", "selected", "look", "order", "streams", "units", "events",
    }  # fmt: skip
    kept(qtbot, window)
    again = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, again, recording)
    qtbot.waitUntil(lambda: len(view.steps) == 2, timeout=20_000)
    settle(qtbot, view)
    assert view_data(view) == left
    assert again.bars.filters.high_pass.currentText() == "5 Hz"
    assert again.bars.filters.reference.currentText() == "Average"
    assert not again.notice.isVisible()


@pytest.mark.parametrize("steps", [(), (HighPass(5),)])
def test_the_scale_that_was_left_is_not_measured_anew(qtbot, recording, steps):
    window = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, window, recording)
    view.process(steps)
    qtbot.waitUntil(lambda: view.steps == steps, timeout=20_000)
    settle(qtbot, view)
    view.view.channels.set_span(0, "mV", 0.7)
    left = view_data(view)
    kept(qtbot, window)
    view = open_path(qtbot, make_window(qtbot, open_recording, keep=True), recording)
    qtbot.waitUntil(lambda: view.steps == steps, timeout=20_000)
    settle(qtbot, view)
    qtbot.wait(100)
    assert view_data(view) == left and view.view.channels.span[0, "mV"] == 0.7


def test_filters_that_are_still_being_made_are_kept_as_well(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    choose_steps = open_path(qtbot, window, recording).process
    choose_steps((HighPass(5),))
    kept(qtbot, window)
    for _ in range(2):  # closed again before they are there
        window = make_window(qtbot, open_recording, keep=True)
        with qtbot.waitSignal(window.opened, timeout=20_000):
            window.open(str(recording))
        kept(qtbot, window)
    view = open_path(qtbot, make_window(qtbot, open_recording, keep=True), recording)
    qtbot.waitUntil(lambda: view.steps == (HighPass(5),), timeout=20_000)


def test_the_bar_says_filters_that_were_left_before_they_are_made(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording).process((HighPass(5),))
    kept(qtbot, window)
    window, said = make_window(qtbot, open_recording, keep=True), []
    window.opened.connect(lambda _: said.append(window.bars.filters.steps))
    view = open_path(qtbot, window, recording)
    assert said == [(HighPass(5),)]
    choose(window.bars.filters.notch, "50 Hz")  # to what was left, not in place of it
    qtbot.waitUntil(lambda: view.steps == (HighPass(5), Notch(50)), timeout=20_000)


def test_sessions_are_kept_but_not_given_out_where_that_is_not_wanted(qtbot, recording):
    for restores, start in ((False, 0.0), (True, 4.0)):
        window = make_window(qtbot, open_recording, keep=True, restore=restores)
        view = open_path(qtbot, window, recording)
        assert view.view.window.t_start == pytest.approx(start, abs=0.02)
        view.view.window.set(4.0, 1.0)
        kept(qtbot, window)


def test_a_window_that_keeps_nothing_reads_and_writes_nothing(qtbot, recording, state_folder):
    window = make_window(qtbot, open_recording)
    open_path(qtbot, window, recording).view.window.set(4.0, 1.0)
    action_of(window, "Light").trigger()
    window.close()
    assert list(state_folder.iterdir()) == [] and load_settings().theme == "system"


def test_a_recording_opened_in_between_is_left_as_well(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording).view.window.set(4.0, 1.0)
    open_path(qtbot, window, SAMPLES / "sample.raw").view.window.set(2.0, 1.0)
    assert open_path(qtbot, window, recording).view.window.t_start == 4.0
    assert open_path(qtbot, window, SAMPLES / "sample.raw").view.window.t_start == 2.0


def test_what_is_opened_once_more_stays_as_it_is_now_and_not_as_it_was_left(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording).view.window.set(4.0, 1.0)
    kept(qtbot, window)
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording).view.window.set(6.0, 1.0)
    assert open_path(qtbot, window, recording).view.window.t_start == 6.0


def test_recordings_of_one_folder_have_sessions_of_their_own(qtbot, tmp_path):
    for name in ("a.plx", "b.plx"):
        (tmp_path / name).write_bytes((SAMPLES / "sample.plx").read_bytes())
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, tmp_path, "a.plx").view.window.set(4.0, 1.0)
    open_path(qtbot, window, tmp_path, "b.plx").view.window.set(2.0, 1.0)
    kept(qtbot, window)
    window = make_window(qtbot, open_recording, keep=True)
    assert open_path(qtbot, window, tmp_path, "a.plx").view.window.t_start == 4.0
    assert open_path(qtbot, window, tmp_path, "b.plx").view.window.t_start == 2.0


def test_steps_of_the_command_line_count_more_than_those_that_were_left(qtbot, recording):
    window = make_window(qtbot, NO_OPTIONS.open, keep=True)
    view = open_path(qtbot, window, recording)
    view.process((HighPass(5),))
    qtbot.waitUntil(lambda: view.steps == (HighPass(5),), timeout=20_000)
    view.view.window.set(4.0, 1.0)
    kept(qtbot, window)
    window = make_window(qtbot, Opening(process="reference:median").open, keep=True)
    view = open_path(qtbot, window, recording)
    qtbot.wait(200)
    assert view.steps == (CommonReference("median"),) and view.view.window.t_start == 4.0


def test_steps_of_the_command_line_have_a_scale_that_suits_them(qtbot, recording):
    opener = Opening(process="highpass:50").open
    fresh = open_path(qtbot, make_window(qtbot, opener), recording)
    settle(qtbot, fresh)
    window = make_window(qtbot, NO_OPTIONS.open, keep=True)
    view = open_path(qtbot, window, recording)
    settle(qtbot, view)
    view.view.channels.set_span(0, "mV", 70.0)
    view.view.channels.set_rest(np.full(8, 500.0))
    kept(qtbot, window)
    view = open_path(qtbot, make_window(qtbot, opener, keep=True), recording)
    settle(qtbot, view)
    assert view.view.channels.span == pytest.approx(fresh.view.channels.span)
    assert view.view.channels.rest == pytest.approx(fresh.view.channels.rest)
    assert view.view.spans.of("raw")[0, "mV"] == 70.0


def test_a_view_that_is_given_counts_more_than_how_a_recording_was_left(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, window, recording)
    given = view_data(view)
    view.view.butterfly = True
    view.view.window.set(4.0, 1.0)
    kept(qtbot, window)
    window = make_window(qtbot, open_recording, keep=True)
    given["window"] = {"start": 7.0, "duration": 0.5}
    window.show_view(given)
    view = open_path(qtbot, window, recording)
    assert (view.view.window.t_start, view.view.butterfly) == (7.0, False)


def test_an_order_of_the_command_line_counts_more_than_the_one_that_was_left(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, window, recording)
    view.view.channels.set_order([4, 5, 6, 7, 3, 2, 1, 0])
    view.view.window.set(4.0, 1.0)
    kept(qtbot, window)
    window = make_window(qtbot, open_recording, keep=True)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        window.fulfil(Wish(str(recording), unkept=frozenset({"order"})))
    shown = window.signal_view.view
    assert shown.channels.order.tolist() == list(range(8)) and shown.window.t_start == 4.0


# -- recent recordings ---------------------------------------------------------------------------


def recent_menu(window):
    (menu,) = (a.menu() for a in window.menus.menus["File"].actions() if a.text() == "Open recent")
    return menu


def test_recordings_opened_lately_are_in_the_menu_and_on_the_page(qtbot, recording, tmp_path):
    for name in ("x.plx", "y.plx"):
        (tmp_path / name).write_bytes((SAMPLES / "sample.plx").read_bytes())
    (tmp_path / "gone.plx").write_bytes((SAMPLES / "sample.plx").read_bytes())
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording)
    open_path(qtbot, window, tmp_path / "gone.plx")
    kept(qtbot, window)
    sessions.note_recent(tmp_path, "y.plx")
    (tmp_path / "gone.plx").unlink()
    window = make_window(qtbot, open_recording, keep=True)
    menu = recent_menu(window)
    qtbot.waitUntil(lambda: len(menu.actions()) == 5, timeout=20_000)
    entries = menu.actions()[:3]
    names = [entry.text().split(" \N{EM DASH} ")[0] for entry in entries]
    assert names == [f"y.plx in {tmp_path.name}", "gone.plx", "one && two.plx"]
    assert [entry.isEnabled() for entry in entries] == [True, False, True]
    buttons = [b for b in window._welcome.findChildren(QPushButton) if "\N{EM DASH}" in b.text()]
    assert [b.text().split(" \N{EM DASH} ")[0] for b in buttons] == [names[0], names[2]]
    with qtbot.waitSignal(window.opened, timeout=20_000) as opened:
        click(buttons[0])
    assert opened.args[0].source_name() == str(tmp_path / "y.plx")
    settle(qtbot, window.signal_view)
    with qtbot.waitSignal(window.opened, timeout=20_000):
        menu.actions()[2].trigger()
    assert window.windowTitle() == "one & two.plx - rawscope"
    qtbot.waitUntil(lambda: menu.actions()[0].text().startswith("one && two"), timeout=20_000)
    menu.actions()[-1].trigger()
    qtbot.waitUntil(lambda: not menu.isEnabled(), timeout=20_000)
    assert sessions.recent() == []


def test_names_as_long_as_they_may_be_make_no_wide_window(qtbot, tmp_path):
    folder = tmp_path / ("deep " * 40) / ("d" * 200)
    folder.mkdir(parents=True)
    path = folder / f"{'<b>n</b>' * 20}\n.plx"
    path.parent.mkdir(exist_ok=True, parents=True)
    sessions.note_recent(folder, "r" * 200)
    window = make_window(qtbot, open_recording, keep=True)
    qtbot.waitUntil(lambda: recent_menu(window).isEnabled(), timeout=20_000)
    assert window.minimumSizeHint().width() < 1000
    assert recent_menu(window).sizeHint().width() < 1400


# -- the window ----------------------------------------------------------------------------------


def test_the_window_comes_back_as_it_was(qtbot, recording):
    window = make_window(qtbot, open_recording, keep=True)
    window.setGeometry(120, 90, 1111, 777)
    open_path(qtbot, window, recording)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.docks["units"])
    window.docks["events"].hide()
    window.bars.filters.hide()
    press(window, Key.Key_O)
    press(window, Key.Key_Z)  # nothing but the view: for a while, not for ever
    kept(qtbot, window)
    again = make_window(qtbot, open_recording, keep=True)
    assert again.geometry() == window.geometry()
    assert again.size().width() == 1111
    left = Qt.DockWidgetArea.LeftDockWidgetArea
    assert again.dockWidgetArea(again.docks["units"]) == left
    shown = {name: again.docks.shown(name) for name in ("channels", "units", "events", "info")}
    assert shown == {"channels": True, "units": True, "events": False, "info": True}
    assert again.bars.shown("time") and not again.bars.shown("filters")
    assert again.menuBar().isVisible() and not again.zen.on
    open_path(qtbot, again, recording)
    assert not again.overview_shown
    press(again, Key.Key_O)
    assert again.overview_shown


def test_what_is_chosen_in_menus_is_kept_in_the_settings(qtbot):
    window = make_window(qtbot, keep=True)
    for text in ("Light", "Dark", "Light", "GPU", "Software"):
        action_of(window, text).trigger()
    kept(qtbot, window)
    found = load_settings()
    assert (found.theme, found.renderer) == ("light", "software")


def test_settings_that_cannot_be_kept_are_said(qtbot, settings_folder):
    (settings_folder / "settings.toml").write_text("this is [no TOML")
    window = make_window(qtbot, keep=True)
    action_of(window, "Light").trigger()
    qtbot.waitUntil(lambda: "the settings are not kept" in window.notice.text, timeout=20_000)
    assert window.settings.theme == "light"


# -- damaged -------------------------------------------------------------------------------------


def damage(state, how):
    for file in state.rglob("*.json"):
        if how == "no JSON":
            file.write_bytes(b"{no\xffthing")
        elif how == "a folder":
            file.unlink()
            file.mkdir()
        else:
            body = json.loads(file.read_text())
            name = next(n for n in ("session", "parts", "opened") if n in body)
            body[name] = {"geometry": "AAAA", "docks": "bm90aGluZw=="} if name == "parts" else 7
            if name == "session" and how == "odd values":
                body[name] = {"format": "rawscope-view", "window": [], "streams": {"x": None}}
            file.write_text(json.dumps(body))


@pytest.mark.parametrize("how", ["no JSON", "a folder", "other values", "odd values"])
def test_damaged_files_harm_nothing(qtbot, recording, state_folder, how):
    window = make_window(qtbot, open_recording, keep=True)
    open_path(qtbot, window, recording).view.window.set(4.0, 1.0)
    kept(qtbot, window)
    assert len(list(Path(state_folder).rglob("*.json"))) == 3
    damage(state_folder, how)
    window = make_window(qtbot, open_recording, keep=True)
    assert window.width() > 600 and window.docks.shown("channels")
    view = open_path(qtbot, window, recording)
    assert view.view.window.t_start == pytest.approx(0.0, abs=0.02)
    assert not window.notice.isVisible()
    kept(qtbot, window)


def test_where_nothing_can_be_written_nothing_is_kept(qtbot, recording, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RAWSCOPE_STATE_DIR", str(tmp_path / "file" / "state"))
    window = make_window(qtbot, open_recording, keep=True)
    view = open_path(qtbot, window, recording)
    choose(window.bars.filters.high_pass, "1 Hz")
    qtbot.waitUntil(lambda: view.steps == (HighPass(1),), timeout=20_000)
    kept(qtbot, window)

"""No act of a person keeps the GUI thread for long, however long the recording.

Ten minutes of a probe are shown, with the docks around, and everything that can be done to the
window is done. No turn of the event loop may be more than 50 ms of work of the GUI thread.

Tests are not timed as a rule: how fast a machine is says nothing of a program. These are, since a
window that stands still is at fault whatever it shows. They count work, which other processes
disturb less than time. After a turn that was too long a fixed load is timed, too, and where that
takes longer than it should the turn is given as much more; never less (`watchdog.allowance`).
And as a neighbour may come and go meanwhile, all is done twice more if anything was too long: what
is too long each time is a fault. What is done for the first time, such as opening a dialog whose
modules are loaded then, may so take longer; three times the limit it never may.

Nor may the GUI thread open a file, however quick that is: another time it may not be. Modules that
are imported are no such files.
"""

import gc
from collections import Counter

import pytest
from PyQt6.QtCore import QPoint

from tests.viewer.qt.desk import Button, Desk, Mod
from tests.viewer.qt.long_recording import CHANNELS, long_recording
from tests.viewer.qt.watchdog import Watchdog
from viewer.qt.view.actions import VIEW_ACTIONS
from viewer.qt.window.actions import WINDOW_ACTIONS
from viewer.qt.window.main_window import MainWindow
from viewer.settings import Settings

LIMIT = 0.05
"""Seconds of work in one turn."""

EVER = 3
"""Limits that no turn may take, were it the first of its kind."""

ROUNDS = 3
SIZE = (1600, 1000)
MIDDLE = 300.0
"""Seconds: where windows lie."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "recording"
    path.write_bytes(b"claimed to be read")
    return long_recording(path)


@pytest.fixture
def desk(qtbot, reader):
    """Return a desk with all channels of the recording on screen."""
    gc.collect()
    gc.freeze()  # what the tests hold is no part of the program's garbage to look through
    dog = Watchdog()
    window = MainWindow(lambda path: reader, Settings(renderer="software", theme="dark"))
    qtbot.addWidget(window)
    window.resize(*SIZE)
    made = Desk(window, dog)
    made.do("showing the window", window.show)
    window.activateWindow()
    made.wait(window.isActiveWindow, "the window is not active")
    made.open()
    show_all(made)
    yield made
    window.close()
    dog.close()
    gc.unfreeze()


def show_all(desk, seconds=1.0):
    """Show all channels, for so long."""
    view = desk.view.view
    view.channels.show_page(0, CHANNELS)
    view.window.set(MIDDLE, seconds)
    desk.do("showing all channels", desk.window.focus_view)


def never_blocks(desk, acts):
    """Do acts, and say which of them keep the GUI thread too long, and where it is then.

    Parameters
    ----------
    desk : Desk
    acts : callable
        Takes the desk, and does what leaves it as it was.
    """
    found, times, said = set(desk.dog.files), Counter(), {}
    for number in range(1, ROUNDS + 1):
        desk.dog.forget()
        acts(desk)
        for turn in desk.dog.longest().values():
            assert turn.work < EVER * turn.allowed, str(turn)
            if turn.work > turn.allowed:
                times[turn.act] += 1
                said[turn.act] = str(turn)
        found.update(desk.dog.files)
        if max(times.values(), default=0) < number:
            break  # nothing was too long each time so far
    blocking = [said[act] for act, count in times.items() if count == ROUNDS]
    assert not blocking, "\n\n".join(blocking)
    assert not found, f"files that the GUI thread opened: {sorted(found)}"


# -- the tables of actions -------------------------------------------------------------------------


def act_of(desk, action):
    """Do an act by its first key, or, where it has none, by the menu."""
    if action.keys:
        desk.press(action.keys[0], action.text)
    else:
        desk.do(action.text, desk.window.menus.actions[action.text].trigger)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 600.0])
def test_no_act_of_the_view_blocks(desk, seconds):
    def acts(desk):
        for action in VIEW_ACTIONS:
            show_all(desk, seconds)
            for _ in range(2 if action.on else 1):  # what is turned on is turned off again
                act_of(desk, action)
                if desk.view.player.playing:
                    desk.dog.rest(0.3)
            desk.view.player.pause()
        desk.do("resetting channels", desk.view.view.reset_channels)

    never_blocks(desk, acts)


def test_no_act_of_the_window_blocks(desk):
    def acts(desk):
        for action in WINDOW_ACTIONS:
            if action.text == "Quit":
                continue
            for _ in range(2 if action.on else 1):
                act_of(desk, action)
                desk.close_extras()
                desk.window.focus_view()
        show_all(desk)

    never_blocks(desk, acts)


def test_neither_opening_nor_closing_blocks(desk):
    def acts(desk):
        desk.open()
        show_all(desk)
        desk.do("closing", desk.window.close)
        desk.do("showing the window again", desk.window.show)
        desk.open()

    never_blocks(desk, acts)


# -- the mouse -------------------------------------------------------------------------------------


def test_no_turn_of_the_wheel_blocks(desk):
    def acts(desk):
        view = desk.view
        places = (desk.in_plot(0.4, 0.3), desk.on_label(0.3), desk.in_plot(0.4, 0.99))
        for held in (Mod.NoModifier, Mod.ControlModifier, Mod.ShiftModifier, Mod.AltModifier):
            for place in places:
                for notches in (1, -1, -1, 1):
                    desk.turn_wheel(view, place, notches, held, f"wheel, {held.name}")
        strip = desk.window.overview
        for held in (Mod.NoModifier, Mod.ControlModifier):
            for notches in (1, -1):
                desk.turn_wheel(strip, QPoint(700, 20), notches, held, "wheel over the overview")

    never_blocks(desk, acts)


def test_no_drag_blocks(desk):
    def acts(desk):
        view, strip = desk.view, desk.window.overview
        here, there = desk.in_plot(0.3, 0.3), desk.in_plot(0.6, 0.5)
        view.view.crosshair = True
        for place in (here, there, desk.on_label(0.4), desk.on_border()):
            desk.move(view, place, "crosshair")
        view.view.crosshair = False
        desk.drag(view, here, there, words="pan")
        desk.drag(view, here, there, Button.MiddleButton, words="pan with the middle button")
        desk.drag(view, here, there, held=Mod.ShiftModifier, words="measure")
        desk.click(view, here, words="no measurement any more")
        desk.drag(view, here, there, Button.RightButton, words="zoom into a box")
        desk.double_click(view, here, "usual zoom")
        show_all(desk)
        label = desk.on_label(0.3)
        desk.drag(view, label, label + QPoint(0, 40), words="shift a trace")
        for _ in range(2):
            desk.double_click(view, label, "solo")
        border = desk.on_border()
        desk.drag(view, border, border - QPoint(0, 150), words="panels of other heights")
        desk.drag(view, border - QPoint(0, 150), border, words="panels of other heights")
        desk.click(view, here, Button.RightButton, words="context menu")
        desk.close_extras()
        middle = QPoint(int(strip.handle.left + strip.handle.right) // 2, 20)
        desk.drag(strip, middle, middle + QPoint(200, 0), words="drag over the overview")
        desk.double_click(strip, middle, "all by the overview")
        show_all(desk)

    never_blocks(desk, acts)


def test_no_other_size_blocks(desk):
    def acts(desk):
        for width, height in ((900, 600), (1900, 1100), SIZE):
            desk.do("another size", lambda w=width, h=height: desk.window.resize(w, h))

    never_blocks(desk, acts)


# -- docks and bars --------------------------------------------------------------------------------


def table_of(desk, name):
    """Show a dock in front, and return what is in it."""
    dock = desk.window.docks[name]
    desk.do(f"dock of {name}", dock.show)
    desk.do(f"dock of {name}", dock.raise_)
    content = desk.window.docks.content(name)
    desk.wait(lambda: not getattr(content, "busy", False), f"{name} are never read")
    return content


def test_nothing_in_the_channels_table_blocks(desk):
    def acts(desk):
        table = table_of(desk, "channels")
        desk.do("into the table", table.tree.setFocus)
        for key in ("Ctrl+A", "Space", "Space", "Del", "Ctrl+C"):
            desk.press(key, f"channels, {key}")
        desk.do("all shown again", desk.view.view.reset_channels)
        desk.press("Home")
        for key in ("Alt+Down", "Alt+Up", "Down", "Return", "PgDown", "End", "Left"):
            desk.press(key, f"channels, {key}")
        for title, menu in (("sort", table.sort_menu), ("gain", table.gain_menu)):
            desk.do("selecting all", table.tree.selectAll)
            for item in menu.actions():
                desk.do(f"{title}: {item.text()}", item.trigger)
        for item in table.color_menu.actions():
            if item.text() != "Other…":
                desk.do(f"colours: {item.text()}", item.trigger)
        for item in table.row_menu.actions():
            if item.menu() is None:
                desk.do(f"channels: {item.text()}", item.trigger)
                desk.do("all shown again", desk.view.view.reset_channels)
        desk.press("Ctrl+F")
        desk.write("c1")
        desk.press("Escape")
        desk.turn_wheel(table.tree.viewport(), QPoint(50, 50), -5)
        desk.do("channels as at first", desk.view.view.reset_channels)
        show_all(desk)

    never_blocks(desk, acts)


def test_nothing_in_the_units_table_blocks(desk):
    def acts(desk):
        table = table_of(desk, "units")
        desk.do("into the table", table.points.setFocus)
        for key in ("Ctrl+A", "Space", "Space", "Home", "Down", "Return", "End", "PgUp"):
            desk.press(key, f"units, {key}")
        titles = table.points.horizontalHeader()
        for column in range(titles.count()):
            at = QPoint(titles.sectionViewportPosition(column) + 6, titles.height() // 2)
            for _ in range(2):
                desk.click(titles.viewport(), at, words=f"units sorted by column {column}")
        desk.press("Ctrl+F")
        desk.write("unit 1")
        desk.do("all units again", table.filter.clear)
        desk.turn_wheel(table.points.viewport(), QPoint(50, 50), -5)
        desk.do("all units shown", lambda: desk.view.view.units.set_visible(range(240), True))
        show_all(desk)

    never_blocks(desk, acts)


def test_nothing_in_the_events_panel_blocks(desk):
    def acts(desk):
        panel = table_of(desk, "events")
        desk.do("into the list", panel.table.setFocus)
        for key in ("Home", "Down", "PgDown", "End", "Return", "Ctrl+A", "Ctrl+C", "Home"):
            desk.press(key, f"events, {key}")
        for box in (panel.only_shown, panel.walking):
            for _ in range(2):
                desk.click(box, QPoint(8, box.height() // 2), words=f"events, {box.text()}")
                desk.do("into the list", panel.table.setFocus)
                desk.press("Down", f"events, {box.text()}")
        desk.press("Ctrl+F")
        desk.write("trial 7")
        desk.do("all events again", panel.filter.clear)
        desk.wait(lambda: not panel.busy, "events are never sifted")
        table_of(desk, "info")
        show_all(desk)

    never_blocks(desk, acts)


def test_neither_filters_nor_settings_block(desk):
    def acts(desk):
        window, bar = desk.window, desk.window.bars.filters
        for box, text in ((bar.high_pass, "300 Hz"), (bar.reference, "Median")):
            recorded = desk.view.reader
            box.setCurrentText(text)
            desk.do(f"filter {text}", lambda box=box: box.activated.emit(box.currentIndex()))
            desk.wait(lambda seen=recorded: desk.view.reader is not seen, f"no {text}")
            desk.do(f"filter {text}", lambda: None)
        for key in ("C", "C", "Alt+C", "Alt+C", "Right", "+"):
            desk.press(key, f"filtered, {key}")
        desk.click(bar.clear_button, words="filters off")
        desk.wait(lambda: not desk.view.steps, "filters stay on")
        for theme in ("Light", "As the system", "Dark"):
            desk.choose("View", "Theme", theme)
        for times in ("Time of day", "Samples", "Seconds"):
            desk.choose("View", "Times as", times)
        desk.press("G")
        desk.write("125 s")
        desk.press("Return")
        box = window.bars.time.length
        for number in range(box.count()):
            box.setCurrentIndex(number)
            desk.do(f"length {box.itemText(number)}", lambda n=number: box.activated.emit(n))
        show_all(desk)

    never_blocks(desk, acts)

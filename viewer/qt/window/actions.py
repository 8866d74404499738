"""The acts of the window around a view, of the same table as `viewer.qt.view.actions`."""

from functools import partial
from typing import TYPE_CHECKING

from viewer.qt.view.actions import Action

if TYPE_CHECKING:
    from viewer.qt.window.main_window import MainWindow


def _toggle_dock(name: str, window: "MainWindow") -> None:
    window.docks.toggle(name)


def _dock_shown(name: str, window: "MainWindow") -> bool:
    return window.docks.shown(name)


WINDOW_ACTIONS: tuple[Action, ...] = (
    Action(
        "File",
        "Open…",
        ("Ctrl+O",),
        lambda w: w.dialogs.ask_for_file(),
        tip="A file of a recording",
    ),
    Action(
        "File",
        "Open folder…",
        ("Ctrl+Shift+O",),
        lambda w: w.dialogs.ask_for_folder(),
        tip="A folder that is a recording, or holds some",
    ),
    Action(
        "File",
        "Open again",
        ("Ctrl+R",),
        lambda w: w.open_again(),
        tip="As it is on the disk now, at the same place",
    ),
    Action(
        "File",
        "Describe this file…",
        (),
        lambda w: w.describing.describe_open(),
        tip="How the samples lie in a flat binary file: channels, rate, type",
        possible=lambda w: w.describing.possible,
    ),
    Action("File", "Open view…", ("Ctrl+Shift+V",), lambda w: w.dialogs.ask_for_view(), group=1),
    Action(
        "File",
        "Save view…",
        ("Ctrl+S",),
        lambda w: w.dialogs.ask_to_save_view(),
        group=1,
        tip="Time, channels, gains, colours and filters as a small file, for a colleague",
    ),
    Action("File", "Export picture…", ("Ctrl+E",), lambda w: w.dialogs.export_picture(), group=2),
    Action("File", "Export data…", ("Ctrl+Shift+E",), lambda w: w.dialogs.export_data(), group=2),
    Action("File", "Settings…", ("Ctrl+,",), lambda w: w.dialogs.show_settings(), group=3),
    Action("File", "Quit", ("Ctrl+Q",), lambda w: w.close(), group=4),
    Action("Go", "Go to…", ("G", "Ctrl+G"), lambda w: w.focus_go_to(), tip="Write a time"),
    Action(
        "View",
        "Overview",
        ("O",),
        lambda w: w.toggle_overview(),
        lambda w: bool(w.overview_shown),
        2,
        "A strip of the whole recording below the view",
    ),
    Action(
        "View",
        "Nothing but the view",
        ("Z",),
        lambda w: w.zen.toggle(),
        lambda w: bool(w.zen.on),
        3,
        "Hide bars, docks and menus; Z again brings them back",
    ),
    Action(
        "View",
        "Full screen",
        ("F11",),
        lambda w: w.toggle_full_screen(),
        lambda w: bool(w.isFullScreen()),
        3,
    ),
    *(
        Action(
            "Window",
            title,
            (f"Ctrl+{number}",),
            partial(_toggle_dock, name),
            partial(_dock_shown, name),
        )
        for number, (name, title) in enumerate(
            (
                ("channels", "Channels"),
                ("units", "Units"),
                ("events", "Events"),
                ("info", "Info"),
            ),
            1,
        )
    ),
    Action(
        "Window",
        "Time bar",
        (),
        lambda w: w.bars.toggle("time"),
        lambda w: bool(w.bars.shown("time")),
        1,
    ),
    Action(
        "Window",
        "Filters and references",
        (),
        lambda w: w.bars.toggle("filters"),
        lambda w: bool(w.bars.shown("filters")),
        1,
    ),
    Action("Window", "Back to the view", ("Ctrl+Return",), lambda w: w.focus_view(), group=2),
    Action("Help", "Keys and mouse", ("F1", "?", "H"), lambda w: w.dialogs.show_help()),
    Action("Help", "About rawscope", (), lambda w: w.dialogs.show_about()),
)

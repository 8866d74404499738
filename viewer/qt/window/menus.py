"""Menus and toolbar buttons, made from the table of actions."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, get_args

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu

from viewer.model import Channels
from viewer.qt.view.actions import VIEW_ACTIONS, Action, Menu
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.actions import WINDOW_ACTIONS

if TYPE_CHECKING:
    from viewer.qt.window.main_window import MainWindow

ALWAYS = frozenset(
    {
        "Open…",
        "Open folder…",
        "Settings…",
        "Quit",
        "Full screen",
        "Keys and mouse",
        "About rawscope",
    }
)
"""Acts that need no recording."""


CONTEXT = (
    "Go to…",
    "Back to where the view was",
    "The whole recording",
    "",
    "Fit to the noise",
    "Heat map",
    "Butterfly",
    "Crosshair",
    "",
    "Export picture…",
    "Export data…",
)
"""Acts of the context menu, by their text; "" is a line."""


def channel_acts(channels: Channels, row: int) -> list[tuple[str, Callable[[], None]]]:
    """Return what can be done with one channel, in words."""
    name = channels.infos[row].name.replace("&", "&&")  # which is no mnemonic
    bad = bool(channels.bad[row])
    alone = channels.soloed and bool(channels.visible[row])
    return [
        (
            f"Show {name} alone" if not alone else "Show the others again",
            lambda: channels.solo(row),
        ),
        (f"Hide {name}", lambda: channels.set_visible([row], False)),
        (f"Turn {name} over", lambda: channels.invert([row])),
        (f"Mark {name} as {'good' if bad else 'bad'}", lambda: channels.set_bad([row], not bad)),
    ]


class Menus:
    """The menu bar, and an action of Qt's for each of the table.

    Parameters
    ----------
    window : MainWindow

    Attributes
    ----------
    menus : dict of str to QMenu
    actions : dict of str to QAction
        By their text; of several with the same one, the first.
    """

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self.menus: dict[Menu, QMenu] = {}
        self.actions: dict[str, QAction] = {}
        self._table: list[tuple[Action, bool, QAction]] = []
        bar = window.menuBar()
        assert bar is not None
        for name in get_args(Menu):
            menu = bar.addMenu(f"&{name}")
            assert menu is not None
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.refresh)
            self.menus[name] = menu
            self._fill(menu, name)

    def refresh(self) -> None:
        """Set what is on, and what can be done, to what is true now."""
        view = self._window.signal_view
        for action, on_view, item in self._table:
            target = view if on_view else self._window
            possible = self.is_possible(action)
            item.setEnabled(possible)
            if action.on is not None:
                item.setChecked(possible and target is not None and action.on(target))

    def _fill(self, menu: QMenu, name: Menu) -> None:
        """Add the acts of a menu by their groups, those of the window first."""
        both = [(a, False) for a in WINDOW_ACTIONS if a.menu == name]
        both += [(a, True) for a in VIEW_ACTIONS if a.menu == name]
        last: int | None = None
        for action, on_view in sorted(both, key=lambda pair: pair[0].group):
            if last is not None and action.group != last:
                menu.addSeparator()
            last = action.group
            menu.addAction(self._make(action, on_view))

    def _make(self, action: Action, on_view: bool) -> QAction:
        item = QAction(action.text, self._window)
        item.setShortcuts([QKeySequence(key) for key in action.keys])
        if on_view or not all(_is_for_window(key) for key in action.keys):
            # Shown in the menu, but not listened for: the view does, and what else has the
            # keyboard, such as a table, gets its letters and arrows.
            item.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        item.setCheckable(action.on is not None)
        item.setToolTip(tip_of(action))
        item.setIconVisibleInMenu(False)  # few have one: they are for the toolbars
        item.triggered.connect(lambda: self.run(action, on_view))
        self.actions.setdefault(action.text, item)
        self._table.append((action, on_view, item))
        return item

    def is_possible(self, action: Action) -> bool:
        """Return whether an act can be done now: most take a recording, some more than that."""
        view = self._window.signal_view
        if view is None:
            return action.text in ALWAYS
        return action.is_possible(view if action in VIEW_ACTIONS else self._window)

    def run(self, action: Action, on_view: bool, *, again: bool = False) -> None:
        """Do an act, if it can be done; `again` while its key is held."""
        view = self._window.signal_view
        if on_view and view is not None:
            view.do(action, again=again)
        elif self.is_possible(action):
            action.run(self._window)
        self.refresh()

    def context_menu(self, view: SignalView, at: QPointF) -> QMenu:
        """Return what can be done at a place of a view, in its logical pixels."""
        self.refresh()
        menu = QMenu(self._window)
        menu.setPalette(self._window.palette())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        row = view.row_at(at)
        if row is not None:
            for text, act in channel_acts(view.view.channels, row):
                item = menu.addAction(text)
                assert item is not None
                item.triggered.connect(act)
        if self.actions["Show all channels"].isEnabled():
            menu.addAction(self.actions["Show all channels"])
        if not menu.isEmpty():
            menu.addSeparator()
        for text in CONTEXT:
            if text:
                menu.addAction(self.actions[text])
            else:
                menu.addSeparator()
        return menu

    def choices(
        self,
        menu: Menu,
        title: str,
        names: Iterable[tuple[str, str]],
        current: Callable[[], str],
        choose: Callable[[str], None],
    ) -> None:
        """Add a menu below a menu, of which one entry is on.

        Parameters
        ----------
        menu : str
        title : str
        names : iterable of (str, str)
            What is chosen, and its words.
        current : callable
            Returns which is on.
        choose : callable
            Takes which was chosen.
        """
        below = self.menus[menu].addMenu(title)
        assert below is not None
        items: dict[str, QAction] = {}
        for name, words in names:
            item = below.addAction(words)
            assert item is not None
            item.setCheckable(True)
            item.triggered.connect(lambda _, name=name: choose(name))
            items[name] = item

        def mark() -> None:
            for name, item in items.items():
                item.setChecked(name == current())

        below.aboutToShow.connect(mark)


def tip_of(action: Action) -> str:
    """Return what is said of an act to whoever waits with the mouse: words and keys."""
    words = action.tip or action.text.removesuffix("…")
    return f"{words} ({', '.join(action.keys)})" if action.keys else words


def _is_for_window(key: str) -> bool:
    """Return whether a key is listened for wherever the keyboard is: none that writes."""
    return key.startswith(("Ctrl+", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"))

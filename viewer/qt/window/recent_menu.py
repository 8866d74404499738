"""The recordings that were opened lately, in the menu and on the page without a recording."""

from collections.abc import Callable
from functools import partial

from PyQt6 import sip
from PyQt6.QtWidgets import QMenu

from viewer.qt.window.keeper import Keeper
from viewer.qt.window.menus import Menus
from viewer.qt.window.welcome import Welcome, title_of
from viewer.sessions import Recent


class RecentMenu:
    """Keeps the menu "Open recent" right.

    Parameters
    ----------
    menus : Menus
    keeper : Keeper
        Knows the recordings.
    welcome : Welcome
        Shows them as well.
    open_ : callable
        Takes a path and the name of the recording in it, or None.
    """

    def __init__(
        self,
        menus: Menus,
        keeper: Keeper,
        welcome: Welcome,
        open_: Callable[[str, str | None], None],
    ) -> None:
        self._keeper, self._welcome, self._open = keeper, welcome, open_
        file = menus.menus["File"]
        self._menu = QMenu("Open recent", file)
        self._menu.setEnabled(False)
        file.insertMenu(menus.actions["Open again"], self._menu)

    def refresh(self) -> None:
        """Look up what was opened lately, in a thread, and show it."""
        self._keeper.tell_recent(self._show)

    def _show(self, entries: list[Recent]) -> None:
        if sip.isdeleted(self._menu):
            return
        self._welcome.show_recent(entries)
        self._menu.clear()
        self._menu.setEnabled(bool(entries))
        for entry in entries:
            item = self._menu.addAction(title_of(entry))
            assert item is not None
            item.setEnabled(not entry.missing)
            item.triggered.connect(partial(self._choose, entry))
        if entries:
            self._menu.addSeparator()
            clear = self._menu.addAction("Clear this list")
            assert clear is not None
            clear.triggered.connect(self._forget)

    def _choose(self, entry: Recent) -> None:
        self._open(str(entry.path), entry.recording)

    def _forget(self) -> None:
        self._keeper.forget_recent()
        self.refresh()

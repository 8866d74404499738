"""The desktop window around a `SignalView`."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QEvent, QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
)
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QToolBar

from rawio import BaseRawIO
from viewer.compute.text import chain_text
from viewer.engine.workers import sentence_of
from viewer.model.view_file import with_steps
from viewer.qt.bridge import while_alive
from viewer.qt.overview.strip import Overview
from viewer.qt.view.actions import VIEW_ACTIONS, by_key
from viewer.qt.view.navigation import key_name
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.actions import WINDOW_ACTIONS
from viewer.qt.window.bars import Bars
from viewer.qt.window.center import Center
from viewer.qt.window.describing import Describing
from viewer.qt.window.dialogs import Dialogs
from viewer.qt.window.docks import Docks
from viewer.qt.window.drops import dropped, is_view
from viewer.qt.window.floating import FloatingParts
from viewer.qt.window.keeper import Keeper
from viewer.qt.window.look import Icons
from viewer.qt.window.menus import Menus
from viewer.qt.window.opening import Opened, Opener, Opening, Refusal, Wish
from viewer.qt.window.preferences import Preferences
from viewer.qt.window.recent_menu import RecentMenu
from viewer.qt.window.restoring import restore, session_of, view_data
from viewer.qt.window.status_bar import StatusBar
from viewer.qt.window.warming import Warming
from viewer.qt.window.zen import Zen
from viewer.render.choice import Renderer
from viewer.sessions import Key
from viewer.settings import Settings

SIZE = (1360, 860)
"""Logical pixels of a window that was never open before."""


class MainWindow(QMainWindow):
    """A window that opens recordings, with bars, docks and menus around the view of one.

    Parameters
    ----------
    opener : callable
        Returns a reader with its header parsed; see `viewer.qt.window.opening.Opener`. It runs in a
        thread.
    settings : Settings or None
        None means the defaults.
    keep : bool
        Whether to keep how recordings and the window are left, and which were opened lately.

    Attributes
    ----------
    settings : viewer.settings.Settings
    keeper : viewer.qt.window.keeper.Keeper
    docks : viewer.qt.window.docks.Docks
    bars : viewer.qt.window.bars.Bars
    menus : viewer.qt.window.menus.Menus
    notice : viewer.qt.window.notice.Notice
    dialogs : viewer.qt.window.dialogs.Dialogs
    describing : viewer.qt.window.describing.Describing
    zen : viewer.qt.window.zen.Zen
    """

    opened = pyqtSignal(object)
    """Emitted with the reader once it is on screen."""
    asked = pyqtSignal(list)
    """Emitted with their names when one of several recordings has to be chosen."""
    undescribed = pyqtSignal()
    """Emitted before `refused` when a description of a flat binary file would help."""
    refused = pyqtSignal(str)
    """Emitted with a sentence when a recording cannot be opened."""

    def __init__(
        self, opener: Opener, settings: Settings | None = None, *, keep: bool = False
    ) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.keeper = keeper = Keeper(enabled=keep, restore=self.settings.restore)
        self.destroyed.connect(lambda: keeper.close())  # one that is deleted gets no close event
        self._key: Key | None = None
        self._given: dict[str, Any] | None = None  # a view for what is opened next
        self._opening = Opening(opener, self.keeper, self)
        self._opening.opened.connect(self._take_opened)
        self._opening.refused.connect(self._refuse)
        self._opening.several.connect(self._choose)
        self._opening.slow.connect(self._say_slow)
        self.setWindowTitle("rawscope")
        self.setAcceptDrops(True)
        self.resize(*SIZE)
        self._keys = by_key((*WINDOW_ACTIONS, *VIEW_ACTIONS))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._refresh)
        self._make_parts()
        self._restore_window()
        self._preferences.color()
        hints = QGuiApplication.styleHints()
        assert hints is not None
        hints.colorSchemeChanged.connect(self._follow_system)
        self._recent.refresh()

    def _make_parts(self) -> None:
        self._status = StatusBar(self)
        self._icons = Icons(self)
        self.menus = Menus(self)
        self.bars = Bars(self, self.menus, self._icons)
        self.dialogs = Dialogs(self)
        self.docks = Docks(self)
        parts = self.findChildren(QDockWidget) + self.findChildren(QToolBar)
        FloatingParts(self, parts)
        self.zen = Zen(self)
        self.describing = Describing(self, self._opening.described)
        self._center = Center(self._give_up, self.describing.describe_refused)
        self.notice, self._welcome = self._center.notice, self._center.welcome
        self._welcome.file_wanted.connect(self.dialogs.ask_for_file)
        self._welcome.folder_wanted.connect(self.dialogs.ask_for_folder)
        self._welcome.recent_wanted.connect(self.open)
        self.setCentralWidget(self._center)
        self.bars.set_enabled(False)
        self._recent = RecentMenu(self.menus, self.keeper, self._welcome, self.open)
        self._preferences = Preferences(self, self._icons)
        self._warming = Warming(self)
        self.opened.connect(self._warming.begin)

    # -- what is shown -----------------------------------------------------------------------

    @property
    def signal_view(self) -> SignalView | None:
        """The view of the recording that is open."""
        return self._center.view

    @property
    def overview(self) -> Overview | None:
        """The strip of the whole recording that is open."""
        return self._center.overview

    def open(
        self, path: str, recording: str | None = None, view: dict[str, Any] | None = None
    ) -> None:
        """Open a recording in a thread; what is open stays until the new one is there.

        Of a folder with several recordings, a dialog asks for one.

        Parameters
        ----------
        path : str
            A file or a folder.
        recording : str or None
            Which of a folder's.
        view : dict or None
            From `viewer.model.view_file.load_view`: how to show this recording, and no other.
        """
        self.fulfil(Wish(path, recording, view if view is not None else self._given))

    def fulfil(self, wish: Wish) -> None:
        """Open a recording as somebody wants it."""
        self._given = None
        self._opening.open(wish)
        self._center.wait(wish.path, long=False)

    def show_reader(self, reader: BaseRawIO) -> None:
        """Show a recording whose header is parsed, in place of what is open."""
        self._show(reader, None, None)

    def show_view(self, data: dict[str, Any]) -> None:
        """Show what is open, or what is being opened, or is next, as a view file says.

        Parameters
        ----------
        data : dict
            From `viewer.model.view_file.load_view`.
        """
        if self.signal_view is not None:
            self.signal_view.view.leave()
            self._center.say_all(restore(self.signal_view, data))
        elif self._opening.busy:
            self._opening.show_as(data)
        else:
            self._given = data

    def _take_opened(self, opened: Opened) -> None:
        self._show(opened.reader, opened.wish, opened.session)

    def _show(self, reader: BaseRawIO, known: Wish | None, session: dict[str, Any] | None) -> None:
        wish = known or Wish(reader.source_name(), view=self._given)
        key = None if known is None else known.key
        try:
            view = self._new_view(reader)
        except Exception as error:  # whatever is odd about it, what is open stays
            what = sentence_of(error, f"showing {reader.source_name()}")
            self._refuse(Refusal(what, wish))
            return
        before, resume = self.signal_view, wish.resume
        again = key is not None and key == self._key and not wish.afresh
        if before is not None and again and self.keeper.restores:
            resume = resume or view_data(before)  # opened once more: as it is now
        if session is not None and view.steps:
            session = with_steps(session, chain_text(view.steps))  # as the command line says
        self._close_view()
        self._key = key
        self._given = None
        notes: list[str] = []
        for data in (session, resume, wish.view):  # the later ones count more
            if data is not None:
                notes = restore(view, data)
        self._lay_out(view)
        self.setWindowTitle(f"{Path(reader.source_name()).name} - rawscope")
        self.notice.clear()
        notes = [*wish.notes, *(notes if wish.view is not None else [])]
        warnings = reader.warnings + view.view.timeline.warnings
        self._center.say_all([*notes, *(f"Warning: {warning}" for warning in warnings)])
        if key is not None:
            self.keeper.note_opened(key)
            self._recent.refresh()
        self.opened.emit(reader)

    def _new_view(self, reader: BaseRawIO) -> SignalView:
        renderer: Renderer = self.settings.renderer or "auto"
        memory = self.settings.memory << 20
        order, index = self.settings.order, self.settings.index
        view = SignalView(reader, self, renderer, order, memory, index=index)
        self._preferences.apply_to_new(view)
        return view

    def _lay_out(self, view: SignalView) -> None:
        """Put a view into the window, in place of what was there without one."""
        self._connect(view)
        self._center.show_view(view, overview=not self.zen.on)
        self.bars.set_enabled(True)
        self.bars.follow(view)
        # In a turn of its own: tables of hundreds of channels take their time.
        QTimer.singleShot(0, partial(self._fill_docks, view))
        self.menus.refresh()
        view.setFocus()

    def _connect(self, view: SignalView) -> None:
        view.shown.connect(lambda _: self._show_status(view))
        view.message.connect(self.notice.say)
        view.said.connect(self._status.say)
        view.pointed.connect(self._status.sample.setText)
        view.menu_wanted.connect(self._show_context_menu)
        view.reader_changed.connect(lambda: self._tell_of_steps(view))
        view.reader_changed.connect(self._schedule)  # what takes filters can be done or not
        view.view.changed.connect(self._schedule)
        view.player.changed.connect(self._schedule)

    @while_alive
    def _schedule(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        self.menus.refresh()

    def _show_status(self, view: SignalView) -> None:
        if view is self.signal_view:
            self._status.show_view(view)

    def _tell_of_steps(self, view: SignalView) -> None:
        """Say what of the recording cannot be filtered, and is shown as it was recorded."""
        if view is self.signal_view:
            known = view.recorded.warnings
            self._center.say_all([w for w in view.reader.warnings if w not in known])

    @while_alive
    def _fill_docks(self, view: SignalView) -> None:
        if view is self.signal_view:
            self.docks.follow(view)

    def _close_view(self) -> None:
        view = self.signal_view
        if view is None:
            return
        if self._key is not None:
            self.keeper.keep_session(self._key, session_of(view))
        self._key = None
        view.view.changed.disconnect(self._schedule, missing_ok=True)
        self.bars.follow(None)
        self.bars.set_enabled(False)
        self.docks.follow(None)
        self._center.clear()
        self._status.clear()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the view's threads before it goes, and want nothing that is being opened."""
        self._opening.cancel()
        self.zen.leave()
        self.keeper.keep_window_state(
            {
                "geometry": self.saveGeometry().data(),
                "docks": self.saveState().data(),
                "overview": b"shown" if self._center.overview_wanted else b"hidden",
            }
        )
        self.dialogs.close()
        self._close_view()
        self.keeper.close()
        super().closeEvent(event)

    # -- saying ------------------------------------------------------------------------------

    @while_alive
    def say(self, words: str) -> None:
        """Say what an act came to, for a few seconds."""
        self._status.say(words)

    def _say_slow(self) -> None:
        assert self._opening.wish is not None
        self._center.wait(self._opening.wish.path, long=True)

    def _give_up(self) -> None:
        self._opening.cancel()
        self._center.end_waiting()

    def _refuse(self, refusal: Refusal) -> None:
        self._given = None  # which was for what is not shown after all
        self.describing.refusal = refusal
        self._center.refuse(refusal)
        if refusal.to_describe is not None:
            self.undescribed.emit()
        self.refused.emit(refusal.sentence)

    def _choose(self, wish: Wish, names: list[str]) -> None:
        self._center.end_waiting(f"{Path(wish.path).name} holds {len(names)} recordings.")
        choose = partial(self._choose_recording, wish)
        self.dialogs.choose_recording(wish.path, names, choose)
        self.asked.emit(names)

    def _choose_recording(self, wish: Wish, name: str) -> None:
        self.fulfil(replace(wish, recording=name))

    # -- acts, see viewer.qt.window.actions ----------------------------------------------------

    def open_again(self) -> None:
        """Open what is open once more, as it is on the disk now; it is shown as it was."""
        if self.signal_view is not None and self.place is not None:
            self.fulfil(replace(self.place, resume=view_data(self.signal_view)))

    @property
    def place(self) -> Wish | None:
        """Where what is open can be opened again; None where nobody knows."""
        return None if self._key is None else Wish(self._key.path, self._key.recording)

    def focus_go_to(self) -> None:
        """Let a time be written."""
        self.bars.time.show()
        self.bars.time.focus()

    def focus_view(self) -> None:
        """Give the view the keyboard, be it in a dock that floats."""
        if self.signal_view is not None:
            self.activateWindow()
            self.signal_view.setFocus()

    @property
    def overview_shown(self) -> bool:
        """Whether the strip of the whole recording is there."""
        return self._center.overview_shown

    def toggle_overview(self) -> None:
        """Show or hide the strip of the whole recording, of this recording and those to come."""
        self._center.toggle_overview()

    def show_overview(self, there: bool) -> None:
        """Have the strip there, if it is wanted at all, or put it away for a while."""
        self._center.show_overview(there)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or not."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    # -- settings ------------------------------------------------------------------------------

    def apply_settings(self, settings: Settings) -> None:
        """Take other settings as far as they concern what is open."""
        self.keeper.restore = settings.restore
        self._preferences.apply(settings)

    @while_alive
    def _follow_system(self, scheme: object) -> None:
        if self.settings.theme == "system":
            self._preferences.color()

    # -- Qt events -----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Do what the table of actions says with keys that nothing else has taken."""
        assert event is not None
        action = self._keys.get(key_name(event))
        if event.key() == Qt.Key.Key_Escape and self.notice.dismiss():
            return
        if action is None:
            super().keyPressEvent(event)
            return
        self.menus.run(action, action in VIEW_ACTIONS, again=event.isAutoRepeat())

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Take files and folders."""
        assert event is not None
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Open what is dropped; a view file is applied to what is open, or is being opened."""
        assert event is not None
        path = dropped(event)
        if path is None:
            return
        event.acceptProposedAction()
        if is_view(path) and (self.signal_view is not None or self._opening.busy):
            self.dialogs.open_view(path)
        else:
            self.open(path)

    def changeEvent(self, event: QEvent | None) -> None:
        """Keep the menu right about the full screen."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.WindowStateChange:
            self._schedule()

    def _show_context_menu(self, at: QPointF) -> None:
        view = self.signal_view
        if view is not None:
            menu = self.menus.context_menu(view, at)
            menu.popup(view.mapToGlobal(at.toPoint()))

    def _restore_window(self) -> None:
        state = self.keeper.window_state()
        if "geometry" in state:
            self.restoreGeometry(state["geometry"])
        if "docks" in state:
            self.restoreState(state["docks"])
        self._center.overview_wanted = state.get("overview") != b"hidden"

"""The desktop window around a `SignalView`."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast, get_args

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QCloseEvent, QColor, QKeySequence, QPalette
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMainWindow, QMessageBox

from rawio import BaseRawIO, SeveralRecordingsError
from rawio.opening import readers
from viewer.engine.budget import DEFAULT_BYTES
from viewer.engine.workers import sentence_of
from viewer.model.theme import THEMES, Theme, oklch
from viewer.model.view import Order
from viewer.qt.actions import help_text
from viewer.qt.bridge import Bridge
from viewer.qt.signal_view import Renderer, SignalView
from viewer.render.quantities import format_duration

Opener = Callable[..., BaseRawIO]
"""``opener(path)`` or, for one of the recordings in a folder, ``opener(path, recording=name)``."""


class MainWindow(QMainWindow):
    """A window that opens recordings.

    Parameters
    ----------
    opener : callable
        Returns a reader with its header parsed; see `Opener`. It runs in a thread.
    renderer : {'auto', 'software', 'gpu'}
    theme : {'dark', 'light'}
    order : {'probe', 'file'}
        Of the channels; see `viewer.model.View`.
    memory : int
        Bytes for tiles, textures and indexing; see `viewer.qt.signal_view.SignalView`.
    index : bool
        Whether to keep an index of what is opened.
    """

    opened = pyqtSignal(object)
    """Emitted with the reader once it is on screen."""
    asked = pyqtSignal(list)
    """Emitted with their names when one of several recordings has to be chosen."""
    refused = pyqtSignal(str)
    """Emitted with a sentence when a recording cannot be opened."""

    def __init__(
        self,
        opener: Opener,
        renderer: Renderer = "auto",
        theme: str = "dark",
        order: Order = "probe",
        memory: int = DEFAULT_BYTES,
        *,
        index: bool = True,
    ) -> None:
        super().__init__()
        self._memory, self._index = memory, index
        self._last: tuple[str, str | None] | None = None
        self._resume: tuple[float, float] | None = None
        self._opener, self._renderer, self._theme = opener, renderer, theme
        self._order: Order = order
        self._signal_view: SignalView | None = None
        self._opening = 0  # counts openings: only the latest one's outcome matters
        self._bridge = Bridge()
        self._bridge.opened.connect(self._take_reader)
        self._bridge.refused.connect(self._refuse)
        self._bridge.several.connect(self._choose)
        self.setWindowTitle("rawscope")
        self.resize(1280, 800)
        self._status = QLabel()
        self._place = QLabel()
        bar = self.statusBar()
        assert bar is not None
        self._status.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self._status, 1)
        bar.addPermanentWidget(self._place)
        self._make_menus()
        self._set_theme(theme)
        self._say("Open a recording with File > Open, or start rawscope with one.")

    @property
    def signal_view(self) -> SignalView | None:
        """The view of the recording that is open."""
        return self._signal_view

    def open(self, path: str, recording: str | None = None) -> None:
        """Open a recording in a thread; what is open stays until the new one is there.

        Of a folder with several recordings, a dialog asks for one.

        Parameters
        ----------
        path : str
            A file or a folder.
        recording : str or None
            Which of a folder's.
        """
        self._say(f"Opening {Path(path).name} ...")
        self._last, self._resume = (path, recording), None
        self._opening += 1
        number, opener, bridge = self._opening, self._opener, self._bridge

        def work() -> None:
            try:
                reader = opener(path) if recording is None else opener(path, recording=recording)
            except SeveralRecordingsError as error:
                bridge.several.emit(number, path, error.names)
            except Exception as error:
                bridge.refused.emit(number, sentence_of(error, f"opening {Path(path).name}"))
            else:
                bridge.opened.emit(number, reader)

        threading.Thread(target=work, name="rawscope open", daemon=True).start()

    def show_reader(self, reader: BaseRawIO) -> None:
        """Show a recording whose header is parsed, in place of what is open."""
        self._close_view()
        view = SignalView(
            reader, self, self._renderer, self._order, self._memory, index=self._index
        )
        view.view.theme = THEMES[self._theme]
        if self._resume is not None:
            view.view.window.set(*self._resume)
        view.shown.connect(self._show_status)
        view.message.connect(self._say_in_bar)
        self._signal_view = view
        self.setCentralWidget(view)
        view.setFocus()
        self.setWindowTitle(f"{Path(reader.source_name()).name} - rawscope")
        warnings = reader.warnings + view.view.timeline.warnings
        if warnings:
            count = "warning" if len(warnings) == 1 else f"{len(warnings)} warnings, the first"
            self._say_in_bar(f"{count}: {warnings[0]}")
        self.opened.emit(reader)

    def _take_reader(self, number: int, reader: BaseRawIO) -> None:
        if number == self._opening:
            self.show_reader(reader)

    def _refuse(self, number: int, sentence: str) -> None:
        if number == self._opening:
            self._say(sentence)
            self.refused.emit(sentence)

    def _choose(self, number: int, path: str, names: list[str]) -> None:
        """Ask which of the recordings in a folder to open."""
        if number != self._opening:
            return
        self._say(f"{Path(path).name} holds {len(names)} recordings.")
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setPalette(self.palette())  # a window of its own inherits none
        dialog.setWindowTitle("Choose a recording")
        dialog.setLabelText(f"{path} holds {len(names)} recordings:")
        dialog.setComboBoxItems(names)
        dialog.setOption(QInputDialog.InputDialogOption.UseListViewForComboBoxItems)
        dialog.textValueSelected.connect(partial(self.open, path))
        dialog.open()
        self.asked.emit(names)

    def _say(self, sentence: str) -> None:
        """Say something in the middle of an empty window, in the bar of one with a view."""
        if self._signal_view is not None:
            self._say_in_bar(sentence)
            return
        label = QLabel(sentence)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        label.setMargin(40)
        self.setCentralWidget(label)

    def _say_in_bar(self, sentence: str) -> None:
        bar = self.statusBar()
        assert bar is not None
        bar.showMessage(sentence, 15000)

    def _show_status(self, text: str) -> None:
        self._status.setText(text)
        if self._signal_view is not None:
            view = self._signal_view.view
            channels, window = view.channels, view.window
            first, count = channels.first_lane + 1, len(channels.listed)
            last = min(count, channels.first_lane + channels.lanes_per_page)
            whole = format_duration(window.t_max - window.t_min)
            lanes = f"channels {first} to {last} of {count}" if count else "no channels shown"
            self._place.setToolTip(self._signal_view.why_software or "")
            self._place.setText(
                f"{lanes}   "
                f"{format_duration(window.duration)} of {whole}   "
                f"{self._signal_view.renderer} renderer"
            )

    def _close_view(self) -> None:
        if self._signal_view is not None:
            self._signal_view.stop()
            self._signal_view = None
        self._status.clear()
        self._place.clear()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the view's threads before it goes, and want nothing that is being opened."""
        self._opening += 1
        self._close_view()
        super().closeEvent(event)

    # -- menus ---------------------------------------------------------------------------------

    def _make_menus(self) -> None:
        bar = self.menuBar()
        assert bar is not None
        file, view, help_ = bar.addMenu("&File"), bar.addMenu("&View"), bar.addMenu("&Help")
        assert file is not None and view is not None and help_ is not None
        file.addAction(self._act("&Open ...", self._ask_for_file, "Ctrl+O"))
        file.addAction(self._act("Open &folder ...", self._ask_for_folder, "Ctrl+Shift+O"))
        file.addAction(self._act("Open &again", self._open_again, "Ctrl+R"))
        file.addAction(self._act("&Quit", self.close, "Ctrl+Q"))
        view.addActions(self._choices("{} theme", list(THEMES), self._theme, self._set_theme))
        view.addSeparator()
        renderers = list(get_args(Renderer))
        view.addActions(
            self._choices("Renderer: {}", renderers, self._renderer, self._set_renderer)
        )
        help_.addAction(self._act("&Keys and mouse", self._show_help, "F1", "?"))

    def _act(self, text: str, run: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda: run())
        return action

    def _choices(
        self, text: str, names: list[str], current: str, choose: Callable[[str], None]
    ) -> list[QAction]:
        """Return one checkable action for each name, of which one is on."""
        group = QActionGroup(self)
        for name in names:
            action = self._act(text.format(name).capitalize(), partial(choose, name))
            action.setCheckable(True)
            action.setChecked(name == current)
            group.addAction(action)
        return group.actions()

    def _ask_for_file(self) -> None:
        known = " ".join(f"*.{e}" for e in sorted({e for r in readers() for e in r.extensions}))
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a recording", "", f"Recordings ({known});;All files (*)"
        )
        if path:
            self.open(path)

    def _ask_for_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open the recording in a folder")
        if path:
            self.open(path)

    def _open_again(self) -> None:
        """Open what is open once more, as it is on the disk now; the same time is shown."""
        view = self._signal_view
        if self._last is not None:
            self.open(*self._last)
        if view is not None:
            self._resume = view.view.window.t_start, view.view.window.duration

    def _set_theme(self, name: str) -> None:
        self._theme = name
        self.setPalette(palette_of(THEMES[name]))
        if self._signal_view is not None:
            self._signal_view.view.theme = THEMES[name]

    def _set_renderer(self, name: str) -> None:
        self._renderer = cast(Renderer, name)
        if self._signal_view is not None:
            self._signal_view.set_renderer(self._renderer)

    def _show_help(self) -> None:
        box = QMessageBox(self)
        box.setPalette(self.palette())
        box.setWindowTitle("Keys and mouse")
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(help_text())
        box.exec()


def palette_of(theme: Theme) -> QPalette:
    """Return the palette that gives menus, bars and dialogs the colours of the view."""
    role = QPalette.ColorRole
    palette = QPalette()
    for roles, color in (
        ((role.Window, role.Button, role.ToolTipBase), theme.gutter),
        ((role.Base, role.AlternateBase), theme.background),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), theme.text),
        ((role.Mid, role.Dark), theme.grid),
        ((role.PlaceholderText,), theme.faint),
        ((role.Highlight,), oklch(0.6, 0.12, 250)),
        ((role.HighlightedText,), (255, 255, 255)),
    ):
        for each in roles:
            palette.setColor(each, QColor(*color))
    return palette

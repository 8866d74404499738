"""The dialogs of the window: none of them stops the rest of it."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QDialog, QFileDialog, QInputDialog, QLabel, QMessageBox, QWidget

from rawio.opening import readers
from viewer.engine.workers import sentence_of
from viewer.model.view_file import load_view, save_view
from viewer.qt.bridge import Relay
from viewer.qt.names import on_one_line
from viewer.qt.window.restoring import view_data
from viewer.settings import Settings

if TYPE_CHECKING:
    from rawio.sidecar import FlatBinaryLayout
    from viewer.qt.dialogs.describe_work import Described
    from viewer.qt.window.main_window import MainWindow

VIEWS = "Views (*.json)"

LONGEST_PATH = 4096
"""Characters; what systems allow."""


class Dialogs:
    """Makes the dialogs of a window, and does what they are for.

    Parameters
    ----------
    window : MainWindow
    """

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._open: dict[str, QDialog] = {}

    # -- recordings ----------------------------------------------------------------------------

    def ask_for_file(self) -> None:
        """Ask for a file, and open it."""
        dialog = self._file_dialog("Open a recording", QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(name_filters())
        dialog.fileSelected.connect(self._window.open)
        dialog.open()

    def ask_for_folder(self) -> None:
        """Ask for a folder, and open the recording in it."""
        dialog = self._file_dialog("Open the recording in a folder", QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._window.open)
        dialog.open()

    def choose_recording(self, path: str, names: list[str], choose: Callable[[str], None]) -> None:
        """Ask which of the recordings in a folder to open, and call `choose` with its name."""
        dialog = QInputDialog(self._window)
        self._prepare(dialog)
        dialog.setWindowTitle("Choose a recording")
        dialog.setLabelText(f"{on_one_line(path, LONGEST_PATH)} holds {len(names)} recordings:")
        for label in dialog.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        dialog.setComboBoxItems(names)
        dialog.setOption(QInputDialog.InputDialogOption.UseListViewForComboBoxItems)
        dialog.textValueSelected.connect(choose)
        dialog.open()

    def describe(
        self, path: Path, layout: "FlatBinaryLayout | None", then: "Callable[[Described], None]"
    ) -> None:
        """Show the dialog that describes a flat binary file, and call `then` once it is.

        Parameters
        ----------
        path : pathlib.Path
        layout : FlatBinaryLayout or None
            As it is described now, None where nobody has.
        then : callable
        """
        from viewer.qt.dialogs.describe_dialog import DescribeDialog

        def make() -> QDialog:
            dialog = DescribeDialog(path, layout, self._window)
            dialog.described.connect(then)
            return dialog

        before = self._open.get("describe")
        if before is not None and before.path != path:  # type: ignore[attr-defined]
            before.close()
        self._show("describe", make)

    # -- views ---------------------------------------------------------------------------------

    def ask_for_view(self) -> None:
        """Ask for a view file, and show what is open as it says."""
        dialog = self._file_dialog("Open a view", QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(VIEWS)
        dialog.fileSelected.connect(self.open_view)
        dialog.open()

    def open_view(self, path: str) -> None:
        """Show what is open, or else what is being opened, as a view file says."""
        view = self._window.signal_view

        def show(data: dict[str, Any]) -> None:
            if view in (None, self._window.signal_view):  # not upon what came after
                self._window.show_view(data)

        self._in_thread("opening the view", partial(load_view, Path(path)), show)

    def ask_to_save_view(self) -> None:
        """Ask for a name, and save the view."""
        view = self._window.signal_view
        if view is None:
            return
        dialog = self._file_dialog("Save the view", QFileDialog.FileMode.AnyFile)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(VIEWS)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(f"{Path(view.reader.source_name()).stem}-view.json")
        dialog.fileSelected.connect(self.save_view)
        dialog.open()

    def save_view(self, path: str) -> None:
        """Save the view to a file."""
        view = self._window.signal_view
        if view is not None:
            work = partial(save_view, Path(path), view_data(view))
            self._in_thread("saving the view", work, lambda _: self._window.say(f"Saved {path}"))

    # -- export, settings, help ----------------------------------------------------------------

    def export_picture(self) -> None:
        """Show the dialog that exports a picture."""
        from viewer.qt.dialogs.picture_dialog import PictureDialog

        view = self._window.signal_view
        if view is not None:
            self._show("picture", lambda: PictureDialog(view, self._window))

    def export_data(self) -> None:
        """Show the dialog that exports samples."""
        from viewer.qt.dialogs.data_dialog import DataDialog

        view = self._window.signal_view
        if view is not None:
            self._show("data", lambda: DataDialog(view, self._window))

    def show_settings(self) -> None:
        """Show the settings."""
        from viewer.qt.dialogs.settings_dialog import SettingsDialog

        def make() -> QDialog:
            dialog = SettingsDialog(self._window.settings, self._window)
            dialog.changed.connect(self._window.apply_settings)
            return dialog

        self._show("settings", make)

    def tell_settings(self, settings: Settings) -> None:
        """Have the settings, where they are on show, be those that were chosen in a menu."""
        dialog = self._open.get("settings")
        if dialog is not None:
            dialog.follow(settings)  # type: ignore[attr-defined]

    def show_help(self) -> None:
        """Show all keys and what the mouse does."""
        from viewer.qt.dialogs.help_sheet import HelpSheet

        view = self._window.signal_view
        acts = None if view is None else view.wheel.acts
        self._show("help", lambda: HelpSheet(acts, self._window))

    def show_about(self) -> None:
        """Say what this program is."""
        from viewer.qt.dialogs.help_sheet import about_text

        box = QMessageBox(self._window)
        self._prepare(box)
        box.setWindowTitle("About rawscope")
        box.setText(about_text())
        box.open()

    # -- all of them ---------------------------------------------------------------------------

    def set_palette(self, palette: QPalette) -> None:
        """Give the dialogs that are open other colours: a window of its own inherits none."""
        for dialog in self._window.findChildren(QDialog):
            dialog.setPalette(palette)

    def close(self) -> None:
        """Close all that are open."""
        for dialog in self._window.findChildren(QDialog):
            dialog.close()

    def _show(self, name: str, make: Callable[[], QDialog]) -> None:
        """Show a dialog, the one that is open already if it is."""
        dialog = self._open.get(name)
        if dialog is None:
            dialog = make()
            self._prepare(dialog)
            self._open[name] = dialog
            dialog.finished.connect(lambda _: self._open.pop(name, None))
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    def _prepare(self, dialog: QWidget) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setPalette(self._window.palette())

    def _file_dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        self._prepare(dialog)
        dialog.setFileMode(mode)
        view = self._window.signal_view
        if view is not None:
            dialog.setDirectory(str(Path(view.recorded.source_name()).parent))
        return dialog

    def _in_thread(
        self, act: str, work: Callable[[], Any], then: Callable[[Any], None] = lambda _: None
    ) -> None:
        """Do something with files, and tell in words when that fails."""
        done, failed = Relay(), Relay()
        done.said.connect(then)
        failed.said.connect(self._window.notice.say)
        say, complain = done.teller("said"), failed.teller("said")

        def run() -> None:
            try:
                result = work()
            except Exception as error:
                complain(sentence_of(error, act))
            else:
                say(result)

        threading.Thread(target=run, name=f"rawscope {act}").start()


def name_filters() -> list[str]:
    """Return the kinds of files that recordings are, for a dialog: all of them, then each."""
    known: dict[str, list[str]] = {}
    for reader in readers():
        if reader.extensions:
            patterns = [f"*.{extension}" for extension in sorted(reader.extensions)]
            known.setdefault(reader.name, []).extend(patterns)
    every = sorted({pattern for patterns in known.values() for pattern in patterns})
    each = [f"{name} ({' '.join(sorted(set(p)))})" for name, p in sorted(known.items())]
    return [f"All recordings ({' '.join(every)})", *each, "All files (*)"]

"""`SettingsDialog`: the user's preferences, each kept as soon as it is changed."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices, QIcon
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from rawio import RawIOError
from viewer.engine.workers import sentence_of
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.check_box import CheckBox
from viewer.qt.dialogs.saying import Saying
from viewer.qt.names import breakable
from viewer.settings import (
    HEADING,
    LEAST_MEMORY,
    MOST_MEMORY,
    Settings,
    save_settings,
    settings_path,
)
from viewer.small_files import NoSmallFileError, write_whole

WHEEL = {
    "time": "Scroll in time",
    "zoom": "Zoom at the cursor",
    "gain": "Gain",
    "channels": "Scroll through channels",
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "theme": {"system": "As the desktop", "dark": "Dark", "light": "Light"},
    "renderer": {"auto": "Automatic", "software": "Software", "gpu": "GPU (OpenGL)"},
    "order": {"probe": "By shank and depth", "file": "As in the file"},
    "time": {"seconds": "Seconds", "clock": "Time of day", "samples": "Samples"},
    "scroll": WHEEL,
    "scroll_ctrl": WHEEL,
    "scroll_shift": WHEEL,
    "scroll_alt": WHEEL,
}
"""Of settings that are one of several: what each is called here."""

LABELS: Mapping[str, tuple[str, str]] = {
    "theme": ("&Theme", "Colours of windows and pictures"),
    "renderer": ("&Renderer", "Automatic takes OpenGL where a GPU draws it"),
    "order": ("Order of c&hannels", "Where the recording has a probe; counts when it is opened"),
    "time": ("T&imes as", "How times are written when a recording is opened"),
    "scroll": ("&By itself", "What the mouse wheel does"),
    "scroll_ctrl": ("With &Ctrl", "What the mouse wheel does with the key Ctrl held"),
    "scroll_shift": ("With &Shift", "What the mouse wheel does with the key Shift held"),
    "scroll_alt": ("With &Alt", "What the mouse wheel does with the key Alt held"),
}
"""Their labels, and what is to be said of them."""

GROUPS = (
    ("Look", ("theme", "renderer", "order", "time")),
    ("Mouse wheel", ("scroll", "scroll_ctrl", "scroll_shift", "scroll_alt")),
)

KEYS = tuple(field.name for field in fields(Settings) if field.compare)
"""All settings, by the names that the file has for them."""


class SettingsDialog(QDialog):
    """Shows the settings; what is changed is told and kept at once.

    Files are written in a thread, one after the other. Where that fails, the dialog says why; the
    change counts nevertheless, as long as the program runs.

    Parameters
    ----------
    settings : Settings
    parent : QWidget or None
    open_url : callable
        Opens the file with what the desktop has for it; returns whether there is anything.

    Attributes
    ----------
    choices : dict of str to QComboBox
        By the names that `Settings` has.
    memory : QSpinBox
        Megabytes.
    switches : dict of str to CheckBox
    reset_button, file_button : QPushButton
    saying : Saying
        Says what went wrong.
    changed : Qt signal
        With the new `Settings`.
    """

    changed = pyqtSignal(object)

    def __init__(
        self,
        settings: Settings,
        parent: QWidget | None = None,
        open_url: Callable[[QUrl], bool] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(parent)
        self._settings, self._open_url = settings, open_url
        self._path = settings_path()
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, "rawscope settings")
        # At the end of the program Python waits for what is still to be written.
        self.destroyed.connect(lambda _=None, thread=self._thread: thread.shutdown(wait=False))
        self._relay, self._opened = Relay(), Relay()
        self._relay.said.connect(self._take_kept)
        self._opened.said.connect(self._take_file)
        self.setWindowTitle("Settings")
        if parent is not None:
            self.setPalette(parent.palette())
        self.choices: dict[str, QComboBox] = {}
        self.switches: dict[str, CheckBox] = {}
        self.saying = Saying()
        self._lay_out()
        self._show_settings()
        if settings.warnings:
            self.saying.complain(" ".join(settings.warnings))

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    @property
    def busy(self) -> bool:
        """Whether something is still to be written."""
        return self._waiting > 0

    # -- what is in it ---------------------------------------------------------------------------

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(10)
        groups = QHBoxLayout()
        for title, keys in GROUPS:
            groups.addWidget(self._group(title, keys))
        column.addLayout(groups)
        column.addWidget(self._recordings())
        column.addLayout(self._file())
        column.addWidget(self.saying)
        column.addStretch(1)
        column.addWidget(self._buttons())

    def _group(self, title: str, keys: tuple[str, ...]) -> QGroupBox:
        group = QGroupBox(title)
        form = QFormLayout(group)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for key in keys:
            box = QComboBox()
            for word, text in WORDS[key].items():
                box.addItem(text, word)
            label, tip = LABELS[key]
            box.setToolTip(tip)
            box.activated.connect(lambda _, key=key: self._take_choice(key))
            form.addRow(label, box)
            self.choices[key] = box
        return group

    def _recordings(self) -> QGroupBox:
        group = QGroupBox("Recordings")
        self.memory = QSpinBox()
        self.memory.setRange(LEAST_MEMORY, MOST_MEMORY)
        self.memory.setSingleStep(64)
        self.memory.setAccelerated(True)
        self.memory.setSuffix(" MB")
        self.memory.setKeyboardTracking(False)
        self.memory.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.memory.setToolTip("For tiles, textures and indexing; counts when one is opened")
        self.memory.valueChanged.connect(lambda value: self._change("memory", value))
        form = QFormLayout(group)
        form.addRow("&Memory", self.memory)
        for key, text, tip in (
            (
                "index",
                "&Keep an index of what is opened",
                "Then wide windows are there at once",
            ),
            ("restore", "Show recordings as they were &left", "Time, channels, gains and filters"),
        ):
            box = CheckBox(text)
            box.setToolTip(tip)
            box.clicked.connect(lambda on, key=key: self._change(key, on))
            form.addRow("", box)
            self.switches[key] = box
        return group

    def _file(self) -> QHBoxLayout:
        where = QLabel(breakable(f"Kept in {self._path}"))
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setWordWrap(True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.file_button = QPushButton("&Open the file")
        self.file_button.setToolTip("Edit it with what the desktop has for such files")
        self.file_button.setAutoDefault(False)
        self.file_button.clicked.connect(self._open_file)
        row = QHBoxLayout()
        row.addWidget(where, 1)
        row.addWidget(self.file_button)
        return row

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.reset_button = QPushButton("Back to the &defaults")
        self.reset_button.setToolTip("Take all settings out of the file; what else is in it stays")
        self.reset_button.setAutoDefault(False)
        self.reset_button.clicked.connect(self._reset)
        buttons.addButton(self.reset_button, QDialogButtonBox.ButtonRole.ResetRole)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert close is not None
        close.setIcon(QIcon())
        close.setAutoDefault(False)  # Enter takes what is written for the memory, and no more
        buttons.rejected.connect(self.reject)
        return buttons

    def _show_settings(self) -> None:
        """Set the controls to the settings, changing none."""
        for key, box in self.choices.items():
            box.setCurrentIndex(box.findData(getattr(self._settings, key) or "auto"))
        blocked = self.memory.blockSignals(True)
        self.memory.setValue(self._settings.memory)
        self.memory.blockSignals(blocked)
        for key, switch in self.switches.items():
            switch.setChecked(getattr(self._settings, key))

    def follow(self, settings: Settings) -> None:
        """Take settings that were changed elsewhere, such as in a menu."""
        self._settings = settings
        self._show_settings()

    # -- changes ---------------------------------------------------------------------------------

    def _take_choice(self, key: str) -> None:
        word = self.choices[key].currentData()
        # Of pictures, what draws them is another question where the file does not say.
        self._change(key, None if key == "renderer" and word == "auto" else word)

    def _change(self, key: str, value: Any) -> None:
        before = getattr(self._settings, key)
        if value == before or (key == "renderer" and (value or "auto") == (before or "auto")):
            return
        self._take(replace(self._settings, **{key: value}), {key: value})

    def _reset(self) -> None:
        self._take(Settings(), dict.fromkeys(KEYS))
        self._show_settings()

    def _take(self, settings: Settings, changes: Mapping[str, Any]) -> None:
        self._settings = settings
        self.saying.clear()
        say = self._relay.teller("said")
        self._waiting += 1
        done = self._thread.submit(save_settings, changes, self._path)
        done.add_done_callback(lambda future: say(_failure(future, "keeping the settings")))
        self.changed.emit(settings)

    @while_alive
    def _take_kept(self, why: str) -> None:
        self._waiting -= 1
        if why:
            self.saying.complain(why)

    # -- the file --------------------------------------------------------------------------------

    def _open_file(self) -> None:
        """Open the file, which is made where it is not there."""
        say = self._opened.teller("said")
        self._waiting += 1
        done = self._thread.submit(_make_file, self._path)
        done.add_done_callback(lambda future: say(_failure(future, "opening the settings")))

    @while_alive
    def _take_file(self, why: str) -> None:
        self._waiting -= 1
        if not why and not self._open_url(QUrl.fromLocalFile(str(self._path))):
            why = f"{self._path}: the desktop has no program for it; open it with an editor."
        if why:
            self.saying.complain(why)


def _make_file(path: Path) -> None:
    """Make a file of settings where there is none.

    Raises
    ------
    RawIOError
        When that is not possible.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, HEADING.encode())
    except (OSError, NoSmallFileError) as error:
        why = getattr(error, "strerror", None) or error
        raise RawIOError(f"{path}: cannot be made ({why}).") from None


def _failure(future: "Future[None]", act: str) -> str:
    """Return why something failed as a sentence, "" where it did not."""
    error = future.exception()
    if error is None:
        return ""
    return sentence_of(error, act) if isinstance(error, Exception) else str(error)

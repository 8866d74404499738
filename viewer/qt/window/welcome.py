"""What the window shows without a recording: what can be done, and what was open lately."""

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.qt.names import breakable, on_one_line, tip_of
from viewer.sessions import Recent

MOST = 8
"""Recent recordings on the page; the menu has all."""

DESCRIBE = "Describe it…"

LONGEST = 60
"""Characters of a name or a folder: a path can be longer than a window is wide."""


class Welcome(QWidget):
    """A page that says what can be done, with buttons for that, and the recent recordings.

    Attributes
    ----------
    file_wanted, folder_wanted, describe_wanted, given_up : Qt signal
    recent_wanted : Qt signal
        With path and name of the recording in it, or None.
    """

    file_wanted = pyqtSignal()
    folder_wanted = pyqtSignal()
    describe_wanted = pyqtSignal()
    given_up = pyqtSignal()
    recent_wanted = pyqtSignal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = ""
        self._text = QLabel()
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QHBoxLayout()
        buttons.addStretch()
        self.describe = self._button(DESCRIBE, self.describe_wanted)
        self.describe.setToolTip("Say how the samples lie in the file")
        self.open_file = self._button("Open…", self.file_wanted)
        self.open_folder = self._button("Open folder…", self.folder_wanted)
        self.cancel = self._button("Cancel", self.given_up)
        for button in (self.describe, self.open_file, self.open_folder, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch()
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        page = QVBoxLayout(self)
        page.setContentsMargins(40, 40, 40, 40)
        page.addStretch(2)
        page.addWidget(self._text)
        page.addSpacing(12)
        page.addLayout(buttons)
        page.addSpacing(24)
        page.addLayout(self._recent)
        page.addStretch(3)
        self.invite()

    @property
    def text(self) -> str:
        """What is said."""
        return self._said

    def invite(self) -> None:
        """Say what to do."""
        self.say("Open a recording, or drop one here: a file, or a folder.")

    def say(self, sentence: str, whole: str = "", *, describable: bool = False) -> None:
        """Say a sentence, and what can be done about it.

        Parameters
        ----------
        sentence : str
        whole : str
            The same with whole paths, for whoever waits with the mouse.
        describable : bool
            Whether it can be mended by describing a flat binary file.
        """
        self._set_text(sentence, whole)
        self._offer(busy=False, describable=describable)
        if describable:
            self.describe.setFocus()

    def wait(self, sentence: str, *, long: bool) -> None:
        """Say what is being done; where it takes long, it can be given up."""
        self._set_text(sentence)
        self._offer(busy=True)
        self.cancel.setVisible(long)

    def show_recent(self, entries: Sequence[Recent]) -> None:
        """List recordings that were open lately; those that are gone are left out."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        there = [entry for entry in entries if not entry.missing][:MOST]
        if there:
            title = QLabel("Opened lately")
            title.setAlignment(Qt.AlignmentFlag.AlignCenter)
            title.setEnabled(False)
            self._recent.addWidget(title)
        for entry in there:
            button = QPushButton(title_of(entry))
            button.setFlat(True)
            button.setToolTip(tip_of(str(entry.path)))
            path, recording = str(entry.path), entry.recording
            button.clicked.connect(
                lambda _, path=path, recording=recording: self.recent_wanted.emit(path, recording)
            )
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)

    def _set_text(self, sentence: str, whole: str = "") -> None:
        self._said = sentence
        self._text.setText(breakable(sentence))
        self._text.setToolTip(tip_of(whole) if whole not in ("", sentence) else "")

    def _offer(self, *, busy: bool, describable: bool = False) -> None:
        self.describe.setVisible(describable)
        self.open_file.setVisible(not busy)
        self.open_folder.setVisible(not busy)
        self.cancel.setVisible(busy)

    def _button(self, text: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: signal.emit())  # type: ignore[attr-defined]
        return button


def title_of(entry: Recent) -> str:
    """Return what to call a recent recording: its name and the end of its folder's path."""
    name = entry.path.name if entry.recording is None else f"{entry.recording} in {entry.path.name}"
    folder = on_one_line(str(entry.path.parent), most=10**5)
    if len(folder) > LONGEST:
        folder = f"\N{HORIZONTAL ELLIPSIS}{folder[1 - LONGEST :]}"
    return f"{on_one_line(name, LONGEST)} \N{EM DASH} {folder}".replace("&", "&&")

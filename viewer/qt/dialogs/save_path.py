"""Asking where to save something, in a dialog that stops nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QStandardPaths, Qt
from PyQt6.QtWidgets import QFileDialog, QWidget

Location = QStandardPaths.StandardLocation

_last: dict[Location, Path] = {}
"""Where something was saved last, by what kind of thing it was."""


@dataclass(frozen=True)
class Question:
    """What is asked of the user.

    Attributes
    ----------
    title : str
    suggestion : pathlib.Path
        Folder and name to begin with.
    filters : sequence of str
        Such as ``PNG image (*.png)``, the chosen one first.
    suffix : str
        For names that have none, without a dot.
    """

    title: str
    suggestion: Path
    filters: Sequence[str]
    suffix: str


Chooser = Callable[[QWidget, Question, Callable[[str], None]], None]
"""``choose(parent, question, chosen)`` calls ``chosen`` with a path, now or later, or never. Who
was asked has agreed to replace a file that is there."""


def choose_path(parent: QWidget, question: Question, chosen: Callable[[str], None]) -> None:
    """Ask with the desktop's own dialog; the usual `Chooser`."""
    dialog = QFileDialog(parent, question.title, str(question.suggestion.parent))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setPalette(parent.palette())
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setNameFilters([*question.filters, "All files (*)"])
    dialog.setDefaultSuffix(question.suffix)
    dialog.selectFile(question.suggestion.name)
    dialog.fileSelected.connect(chosen)
    dialog.open()


def usual_folder(location: Location) -> Path:
    """Return where to save first: where that was done last, or the desktop's folder for it."""
    known = _last.get(location)
    if known is not None:
        return known
    folder = Path(QStandardPaths.writableLocation(location) or Path.home())
    return folder if folder.is_dir() else Path.home()


def note_folder(location: Location, path: Path) -> None:
    """Remember where something was saved."""
    _last[location] = path.parent

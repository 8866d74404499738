"""`Annotations`: what the header of a recording says, as a tree to unfold and to search."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QAbstractItemView, QToolButton, QTreeView, QVBoxLayout, QWidget

from rawio import BaseRawIO
from viewer.engine.errors import CancelledError
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.filter_box import FilterBox
from viewer.qt.info.annotation_tree import MOST_FOUND, AnnotationModel, search
from viewer.qt.lines import Line

KEYS_SHARE = 0.5
"""Of the width of the tree, that keys take at most by themselves."""

INDENT = 12
"""Logical pixels: annotations are nested deeply, and docks are narrow."""

ANY_HEIGHT = (1 << 24) - 1
"""What Qt has for a widget without a greatest height."""


@dataclass(frozen=True)
class _Answer:
    """What was looked for, and what there is of it.

    Attributes
    ----------
    number : int
        Of the question.
    tree : dict or Found
    count : int or None
        How much was found; None where nothing was looked for.
    why : str
        Why there is nothing, as a sentence, where that failed.
    """

    number: int
    tree: Any
    count: int | None = None
    why: str = ""


_Question = tuple[int, BaseRawIO, list[str]]


class _Looker:
    """Looks through annotations in a thread, for the latest words only.

    Parameters
    ----------
    answered : callable
        Called in the GUI thread with an `_Answer`.
    """

    def __init__(self, answered: Callable[[_Answer], None]) -> None:
        self.number = 0
        relay = Relay()
        relay.said.connect(answered)
        self._worker: LatestWorker[_Question, _Answer] = LatestWorker(
            self._work,
            relay.teller("said"),
            lambda sentence: None,  # what fails is told with its number
            "rawscope annotations",
        )

    def look(self, reader: BaseRawIO, words: list[str]) -> None:
        """Look for words, or without any for all there is."""
        self.number += 1
        self._worker.submit((self.number, reader, words))

    def _work(self, question: _Question) -> _Answer:
        number, reader, words = question
        try:
            tree = reader.raw_annotations  # which takes its time when it is made
            if not words:
                return _Answer(number, tree)
            return _Answer(number, *search(tree, words, lambda: number != self.number))
        except CancelledError:
            return _Answer(number, {}, 0)
        except Exception as error:
            return _Answer(number, {}, why=sentence_of(error, "looking through the annotations"))

    def close(self) -> None:
        """End the thread, not waiting."""
        self.number += 1
        self._worker.close()


class Annotations(QWidget):
    """A tree of keys and values, folded away at first, and a line to search it.

    Nothing is looked into before it is unfolded: of some recordings there is a lot.

    Parameters
    ----------
    parent : QWidget or None

    Attributes
    ----------
    fold : QToolButton
    search : FilterBox
    tree : AnnotationView
    said : Line
        How much was found.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader: BaseRawIO | None = None
        self._looker: _Looker | None = None
        self._waiting = False
        self.fold = QToolButton()
        self.fold.setText("Annotations of the file")
        self.fold.setToolTip("All that the header says, as keys and values")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setAutoRaise(True)
        self.fold.setCheckable(True)
        self.fold.toggled.connect(self._unfold)
        self.search = FilterBox(
            "Find a key or a value", "Words, all of which an entry, or what it is in, has to have"
        )
        self.search.textChanged.connect(self._look)
        self.tree = AnnotationView()
        self.search.left.connect(self.tree.enter)
        self.said = Line()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._look_now)
        self._lay_out()
        self._unfold(False)

    def _lay_out(self) -> None:
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(6, 0, 6, 6)
        inner.addWidget(self.search)
        inner.addWidget(self.tree, 1)
        inner.addWidget(self.said)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.fold)
        column.addWidget(self._body, 1)

    @property
    def busy(self) -> bool:
        """Whether annotations are being looked through."""
        return self._waiting or self._soon.isActive()

    def set_reader(self, reader: BaseRawIO) -> None:
        """Show those of another reader."""
        self._reader = reader
        self._look()

    def stop(self) -> None:
        """End the thread, not waiting."""
        self._soon.stop()
        self._waiting = False
        if self._looker is not None:
            self._looker.close()

    def _unfold(self, on: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._body.setVisible(on)
        self.setMaximumHeight(ANY_HEIGHT if on else self.fold.sizeHint().height())
        self._look()

    def _look(self) -> None:
        if self.fold.isChecked() and self._reader is not None:
            self._soon.start()

    def _look_now(self) -> None:
        if self._looker is None:
            self._looker = _Looker(self._take)
            self.destroyed.connect(self._looker.close)
        assert self._reader is not None
        self._waiting = True
        self._looker.look(self._reader, self.search.text().lower().split())

    @while_alive
    def _take(self, answer: _Answer) -> None:
        if self._looker is None or answer.number != self._looker.number:
            return
        self._waiting = False
        self.tree.show_tree(answer.tree)
        self.said.say(_words(answer))


def _words(answer: _Answer) -> str:
    """Return what is said below the tree; nothing where all of it is shown."""
    count = answer.count
    if count is None:
        return answer.why
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    return f"The first {entries} of what was found" if count == MOST_FOUND else f"Found {entries}"


class AnnotationView(QTreeView):
    """The tree; Ctrl+C copies the entries that are selected.

    Parameters
    ----------
    parent : QWidget or None
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = AnnotationModel(self)
        self.setModel(self._entries)
        self.setAccessibleName("Annotations")
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setIndentation(INDENT)
        self.expanded.connect(self._widen)

    def show_tree(self, tree: Any) -> None:
        """Show a tree; of what a search has left of it, all is unfolded."""
        self._entries.show(tree)
        for index in self._entries.branches_found():
            self.setExpanded(index, True)
        self._widen()

    def enter(self) -> None:
        """Take the keyboard, to the first entry if it was on none."""
        self.setFocus()
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._entries.index(0, 0))

    def _widen(self) -> None:
        """Give keys the room that they need, as far as values have some, too."""
        needed = self.sizeHintForColumn(0)
        most = round(KEYS_SHARE * self.width())
        self.setColumnWidth(0, max(self.columnWidth(0), min(needed, most)))

    @property
    def selected_text(self) -> str:
        """The entries that are selected, a line each."""
        selection = self.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        return "\n".join(self._entries.row_text(index) for index in rows)

    def event(self, event: QEvent | None) -> bool:
        """Claim copying before shortcuts of the window get it."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Copy, or go through the tree; letters and signs go on to the widgets around."""
        assert event is not None
        clipboard = QGuiApplication.clipboard()
        if event.matches(QKeySequence.StandardKey.Copy) and clipboard is not None:
            clipboard.setText(self.selected_text)
        elif event.text().isprintable() and event.text():
            event.ignore()
        else:
            super().keyPressEvent(event)

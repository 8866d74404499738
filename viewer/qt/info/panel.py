"""`InfoPanel`: what a recording says of itself, and what there is to be warned of."""

from pathlib import Path

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from rawio import BaseRawIO
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.model import Timeline, View
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.info.annotations import Annotations
from viewer.qt.info.text import Facts, as_html, as_text, facts_of

MARGIN = 8
"""Logical pixels around the text."""

Job = tuple[int, BaseRawIO, Timeline]


class InfoPanel(QWidget):
    """Facts about a recording as text to select and copy; below, its annotations as a tree.

    Facts are found out in a thread: some have to be counted. Annotations are looked into once they
    are unfolded.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed.
    view : View
        Of the reader.
    parent : QWidget or None

    Attributes
    ----------
    text : QTextBrowser
    copy_button : QPushButton
    annotations : Annotations
    """

    def __init__(self, reader: BaseRawIO, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = view.timeline
        self._facts: Facts | None = None
        self._number, self._waiting = 0, False
        self.text = QTextBrowser()
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setAccessibleName("About the recording")
        self.text.setTabChangesFocus(True)
        document = self.text.document()
        assert document is not None
        document.setDocumentMargin(MARGIN)
        self.copy_button = QPushButton("&Copy all")
        self.copy_button.setToolTip("Copy these facts as text, without the annotations")
        self.copy_button.clicked.connect(self.copy_all)
        self.annotations = Annotations()
        self._lay_out()
        relay = Relay()
        relay.said.connect(self._take)
        self._worker: LatestWorker[Job, tuple[int, Facts | str]] = LatestWorker(
            _facts_or_why_not,
            relay.teller("said"),
            lambda sentence: None,  # what fails is told with its number
            "rawscope facts",
        )
        self.destroyed.connect(self._worker.close)
        self.set_reader(reader)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(6, 0, 6, 6)
        foot.addStretch(1)
        foot.addWidget(self.copy_button)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.text)
        parts.addWidget(self.annotations)
        parts.setStretchFactor(0, 1)
        parts.setStretchFactor(1, 1)
        self._parts = parts
        self.annotations.fold.toggled.connect(self._share_height)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(parts, 1)
        column.addLayout(foot)

    def _share_height(self, unfolded: bool) -> None:
        height = self._parts.height()
        self._parts.setSizes([height // 2, height // 2] if unfolded else [height, 0])

    @property
    def busy(self) -> bool:
        """Whether facts are being found out, or annotations looked through."""
        return self._waiting or self.annotations.busy

    def set_reader(self, reader: BaseRawIO) -> None:
        """Show another reader of the same recording, such as a layer over it."""
        self._number += 1
        self._facts, self._waiting = None, True
        self.copy_button.setEnabled(False)
        self.text.setPlainText(f"Looking through {Path(reader.source_name()).name} …")
        self._worker.submit((self._number, reader, self._timeline))
        self.annotations.set_reader(reader)

    def stop(self) -> None:
        """End the threads, not waiting."""
        self._number += 1
        self._waiting = False
        self._worker.close()
        self.annotations.stop()

    @while_alive
    def _take(self, told: tuple[int, Facts | str]) -> None:
        number, found = told
        if number != self._number:
            return
        self._waiting = False
        if isinstance(found, str):
            self.text.setPlainText(found)
            return
        self._facts = found
        self.copy_button.setEnabled(True)
        self._write()

    def _write(self) -> None:
        if self._facts is not None:
            self.text.setHtml(as_html(self._facts, self.palette()))

    def copy_all(self) -> None:
        """Put all facts on the clipboard, as text."""
        clipboard = QGuiApplication.clipboard()
        if self._facts is not None and clipboard is not None:
            clipboard.setText(as_text(self._facts))

    def changeEvent(self, event: QEvent | None) -> None:
        """Write in the colours of another palette."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._write()


def _facts_or_why_not(job: Job) -> tuple[int, Facts | str]:
    """Find out the facts about a reader, or a sentence on why that fails."""
    number, reader, timeline = job
    try:
        return number, facts_of(reader, timeline)
    except Exception as error:
        return number, sentence_of(error, "looking through the recording")

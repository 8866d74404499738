"""`HelpSheet`: all keys and what the mouse does, to look through and to search."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib import metadata
from platform import python_version

from PyQt6.QtCore import PYQT_VERSION_STR, QEvent, Qt, qVersion
from PyQt6.QtGui import QIcon, QKeyEvent, QPalette, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractSlider,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from viewer.qt.view.wheel import USUAL, Act, Held
from viewer.qt.window.shortcuts import Rows, sections

SIZE = (980, 680)
"""Logical pixels at first."""

WIDE = 820
"""Logical pixels of the sheet from which the list has two columns."""

_Act = QAbstractSlider.SliderAction
SCROLLS: dict[int, QAbstractSlider.SliderAction] = {
    Qt.Key.Key_Up: _Act.SliderSingleStepSub,
    Qt.Key.Key_Down: _Act.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: _Act.SliderPageStepSub,
    Qt.Key.Key_PageDown: _Act.SliderPageStepAdd,
}

SPACE = 28
"""Logical pixels between the columns."""


class HelpSheet(QDialog):
    """Lists keys and mouse acts; what is written above the list is searched for.

    Parameters
    ----------
    wheel : mapping of str to str, or None
        What the wheel does, see `viewer.qt.view.wheel.Wheel`; None means the usual.
    parent : QWidget or None

    Attributes
    ----------
    search : QLineEdit
    text : QTextBrowser
    """

    def __init__(self, wheel: Mapping[Held, Act] | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sections = sections(USUAL if wheel is None else wheel)
        self._columns = 0
        self.setWindowTitle("Keys and mouse")
        if parent is not None:
            self.setPalette(parent.palette())
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a key or an act")
        self.search.setToolTip("Words or keys, all of which an entry has to have")
        self.search.setAccessibleName("Find")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._write)
        self.text = QTextBrowser()
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setAccessibleName("Keys and mouse")
        self.text.setTabChangesFocus(True)
        document = self.text.document()
        assert document is not None
        document.setDocumentMargin(10)
        self._lay_out()
        self.resize(*SIZE)
        self.search.setFocus()

    def _lay_out(self) -> None:
        about = QLabel(about_text())
        about.setTextFormat(Qt.TextFormat.PlainText)
        about.setWordWrap(True)
        about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert close is not None
        close.setIcon(QIcon())
        close.setAutoDefault(False)  # Enter is for what is searched
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(about, 1)
        foot.addWidget(buttons, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.addWidget(self.search)
        column.addWidget(self.text, 1)
        column.addLayout(foot)

    # -- the list --------------------------------------------------------------------------------

    def _write(self) -> None:
        """Write the entries that have all words that are searched for."""
        words = self.search.text().lower().split()
        found = _having(self._sections, words)
        self._columns = self._columns_wanted()
        if found:
            self.text.setHtml(_as_html(found, self._columns, self.palette()))
        else:
            self.text.setPlainText(f"No key and no act has {' and '.join(words)} in it.")

    def _columns_wanted(self) -> int:
        return 2 if self.width() >= WIDE else 1

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Scroll the list from where words are written, too."""
        assert event is not None
        act, bar = SCROLLS.get(event.key()), self.text.verticalScrollBar()
        if act is None or bar is None:
            super().keyPressEvent(event)
        else:
            bar.triggerAction(act)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use as many columns as there is room for."""
        super().resizeEvent(event)
        if self._columns != self._columns_wanted():
            self._write()

    def changeEvent(self, event: QEvent | None) -> None:
        """Write in the colours of another palette."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and self._columns:
            self._write()


def _having(every: Mapping[str, Rows], words: Sequence[str]) -> dict[str, Rows]:
    """Return the rows that have all words, in their keys, their text or the title above them."""
    found: dict[str, Rows] = {}
    for title, rows in every.items():
        kept = [
            row for row in rows if all(w in f"{title} {row[0]} {row[1]}".lower() for w in words)
        ]
        if kept:
            found[title] = kept
    return found


def _as_html(found: Mapping[str, Rows], columns: int, palette: QPalette) -> str:
    parts = {title: _section(title, rows, palette) for title, rows in found.items()}
    if columns == 1:
        return "".join(parts.values())
    left = _left({title: len(rows) for title, rows in found.items()})
    cells = (
        "".join(part for title, part in parts.items() if title in left),
        "".join(part for title, part in parts.items() if title not in left),
    )
    return (
        "<table width='100%' cellspacing='0' cellpadding='0'><tr>"
        f"<td width='50%' style='padding-right: {SPACE // 2}px'>{cells[0]}</td>"
        f"<td width='50%' style='padding-left: {SPACE // 2}px'>{cells[1]}</td></tr></table>"
    )


def _left(lengths: Mapping[str, int]) -> set[str]:
    """Return the first titles, which make the left of two columns of nearly one length."""
    titles = list(lengths)
    total = sum(lengths.values()) + 2 * len(titles)  # a title takes the room of two rows

    def unevenness(count: int) -> int:
        first = sum(lengths[title] + 2 for title in titles[:count])
        return abs(total - 2 * first)

    return set(titles[: min(range(1, len(titles) + 1), key=unevenness)])


def _section(title: str, rows: Rows, palette: QPalette) -> str:
    cells = "".join(
        f"<tr><td style='padding: 3px 14px 3px 0; white-space: nowrap'>{_keys(keys, palette)}</td>"
        f"<td style='padding: 3px 0'>{escape(text)}</td></tr>"
        for keys, text in rows
    )
    return (
        f"<h3 style='margin-top: 10px; margin-bottom: 4px'>{escape(title)}</h3>"
        f"<table cellspacing='0' cellpadding='0'>{cells}</table>"
    )


def _keys(keys: str, palette: QPalette) -> str:
    """Return keys as they look on a keyboard."""
    paper = palette.color(QPalette.ColorRole.Button).name()
    style = f"background-color: {paper}; font-weight: 600"
    caps = (escape(key) for key in keys.split(" or "))
    return " or ".join(f"<span style='{style}'>&nbsp;{cap}&nbsp;</span>" for cap in caps)


def about_text() -> str:
    """Return what this program is, in a few lines: name, version, licence, what it runs on."""
    about = metadata.metadata("rawscope")
    return (
        f"rawscope {about['Version']}: {about['Summary']}\n"
        f"\N{COPYRIGHT SIGN} {about['Author']}; free software under the licence "
        f"{about['License-Expression']}.\n"
        f"Python {python_version()}, Qt {qVersion()}, PyQt {PYQT_VERSION_STR}, "
        f"NumPy {metadata.version('numpy')}."
    )

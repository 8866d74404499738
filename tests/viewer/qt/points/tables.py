"""What tests of tables need: a mouse on their cells, their texts, readers that wait or fail."""

import html
import re
import threading

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QWidget

from rawio import RawIOError
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from viewer.model import View
from viewer.qt.points.unit_table import UnitTable

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
ODD = (
    "two\nlines",
    "\u202ebackwards",
    "שלום עולם " * 30,
    "<b>bold</b> & more",
    "x" * 10_000,
    "\x00\ud800",
    "",
)
"""Names that files may hold."""


def shown(qtbot, widget, size=(320, 480)):
    """Show a panel and wait until it has read all."""
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(*size)
    widget.show()
    qtbot.waitExposed(widget)
    settle(qtbot, widget)
    return widget


def column_of(table, title):
    """Return which column has a title, or, for "check" and "colour", one of the first two."""
    if title in ("check", "colour"):
        return ("check", "colour").index(title)
    model = table.model()
    titles = [
        model.headerData(n, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for n in range(model.columnCount())
    ]
    return titles.index(title)


def texts(table, title):
    """Return what the cells of a column say, from the first row to the last."""
    column, model = column_of(table, title), table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def at(table, row, title):
    """Return the middle of a cell."""
    return table.visualRect(table.model().index(row, column_of(table, title))).center()


def click(qtbot, table, row, title, button=LEFT, held=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(table.viewport(), button, held, at(table, row, title))


def double_click(qtbot, table, row, title):
    """Do what a hand does: a click, and a double click where it was."""
    place = at(table, row, title)
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(table.viewport(), LEFT, pos=place)
    qtbot.mouseRelease(table.viewport(), LEFT, pos=place)


def click_title(qtbot, table, title):
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(column_of(table, title)) + 8
    qtbot.mouseClick(header.viewport(), LEFT, pos=QPoint(x, header.height() // 2))


def tip_text(cell):
    """Return what a tooltip says."""
    tip = cell.data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<qt>")
    plain = re.sub("<[^>]*>", "", tip.replace("<br>", "\n"))
    return html.unescape(plain).replace("\N{ZERO WIDTH SPACE}", "")


class Listener(QWidget):
    """A widget around others that notes the keys they leave to it."""

    def __init__(self):
        super().__init__()
        self.keys = []

    def keyPressEvent(self, event):  # noqa: N802 - Qt's name
        if event.key() != Qt.Key.Key_Shift:
            self.keys.append(Qt.Key(event.key()))


class GatedReader(ArrayReader):
    """Counts the first unit or event channel at once, and the others when a gate opens."""

    def __init__(self, *args, **rest):
        self.gate = threading.Event()
        super().__init__(*args, **rest)

    def _spike_count(self, block, segment, unit):
        if unit:
            self.gate.wait(30)
        return super()._spike_count(block, segment, unit)

    def _event_count(self, block, segment, channel):
        if channel:
            self.gate.wait(30)
        return super()._event_count(block, segment, channel)


class FailingReader(ArrayReader):
    """Fails to count what is number 1, units and event channels."""

    error: Exception = RawIOError("the disk says no.")

    def _spike_count(self, block, segment, unit):
        if unit == 1:
            raise self.error
        return super()._spike_count(block, segment, unit)

    def _event_count(self, block, segment, channel):
        if channel == 1:
            raise self.error
        return super()._event_count(block, segment, channel)


def units_reader(kind=ArrayReader, names=("u10", "u2", "a", "B"), seconds=20):
    """Return a reader of units with different numbers of spikes, on some of 3 channels."""
    units = {
        name: np.linspace(0, seconds - 1, count, endpoint=False)
        for name, count in zip(names, range(5, 500, 41), strict=False)
    }
    samples = noise(seconds * 100, 3)
    on = {number: 2 - number for number in range(min(3, len(units)))}
    return kind.of(samples, rate=100.0, units=units, unit_channel=on)


def four_units(qtbot):
    """Return a table of four units, u10, u2, a and B, of 5, 46, 87 and 128 spikes in 20 s."""
    reader = units_reader()
    return shown(qtbot, UnitTable(reader, View(reader)))

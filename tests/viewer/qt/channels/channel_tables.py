"""Tables of channels for tests, and what a person does to them."""

from pathlib import Path

import numpy as np
import probeinterface
from hypothesis import HealthCheck, settings
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit, QToolButton

from tests.readers import ArrayReader
from viewer.model import View
from viewer.qt.channels.columns import Column
from viewer.qt.channels.table import ChannelTable

SAMPLE = Path(__file__).parents[4] / "sample_data" / "sample.plx"
Key, Held = Qt.Key, Qt.KeyboardModifier
LEFT = Qt.MouseButton.LeftButton
CHECK, NAME, GAIN, OFFSET = Column.VISIBLE, Column.NAME, Column.GAIN, Column.OFFSET
quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""For properties of tables that are on screen."""
PARTLY, ON, OFF = (
    Qt.CheckState.PartiallyChecked,
    Qt.CheckState.Checked,
    Qt.CheckState.Unchecked,
)


def shanks(count, shank_count=4):
    """Return a probe whose contacts go round its shanks, from the tip up."""
    probe = probeinterface.Probe(ndim=2, si_units="um")
    k = np.arange(count)
    places = np.c_[k % shank_count * 250, k // shank_count * 20.0]
    probe.set_contacts(places, shank_ids=(k % shank_count).astype(str))
    probe.set_device_channel_indices(k)
    return probe


def recording(*counts, probe=False):
    """Return a reader of streams with so many channels."""
    streams = [(0.0, np.zeros((10, count), np.int16)) for count in counts]
    reader = ArrayReader([streams], [1000.0] * len(counts))
    if probe:
        reader.set_probe(shanks(counts[0]))
    return reader


def named(*names):
    """Return a reader of channels with these names."""
    reader = recording(len(names))
    reader.header["signal_channels"]["name"] = names
    return reader


def maker(qtbot):
    """Return a function that shows the table of a recording."""
    tables = []

    def make(reader):
        table = ChannelTable(View(reader))
        tables.append(table)  # Qt would ask a model that Python has half thrown away
        qtbot.addWidget(table)
        table.resize(320, 640)
        table.show()
        qtbot.waitExposed(table)
        table.tree.setFocus()
        settle(table)
        return table

    return make


def twelve(make):
    """Return the table of 12 channels, 5 of them on screen from the third on."""
    out = make(recording(12))
    out.view.channels.show_page(2, 5)
    settle(out)
    return out


def settle(table):
    """Let the table catch up with the model."""
    while table._soon.isActive():
        QApplication.processEvents()
    QApplication.processEvents()


def lines(table):
    """Return what is listed, from top to bottom: rows, and headings as their text."""
    out, model = [], table.model

    def walk(parent):
        for place in range(model.rowCount(parent)):
            index = model.index(place, 0, parent)
            row = model.row_at(index)
            out.append(index.data() if row is None else row)
            walk(index)

    walk(table.tree.rootIndex())
    return out


def heading(table, text):
    return next(index for index in table.model.headings() if index.data() == text)


def center(table, row, column=NAME):
    return table.tree.visualRect(table.model.index_of(row, column)).center()


def box(table, index):
    """Return the middle of a check box."""
    rect = table.tree.visualRect(index)
    return QPoint(rect.left() + 9, rect.center().y())


def click(table, at, held=Held.NoModifier):
    QTest.mouseClick(table.tree.viewport(), LEFT, held, at)
    settle(table)


def double_click(table, at):
    click(table, at)
    QTest.mouseDClick(table.tree.viewport(), LEFT, Held.NoModifier, at)  # the second press alone
    settle(table)


def pick(table, *rows):
    """Select channels with the mouse."""
    for number, row in enumerate(rows):
        click(table, center(table, row), Held.ControlModifier if number else Held.NoModifier)
    assert table.selected_rows.tolist() == [r for r in lines(table) if r in rows]


def press(table, key, held=Held.NoModifier):
    QTest.keyClick(table.tree, key, held)
    settle(table)


def drag(table, start, *path, release=True):
    """Drag with the mouse over places of the viewport."""
    port = table.tree.viewport()
    QTest.mousePress(port, LEFT, Held.NoModifier, start)
    for at in path:
        QTest.mouseMove(port, at)
    if release:
        QTest.mouseRelease(port, LEFT, Held.NoModifier, path[-1])
    settle(table)


def upper(table, row):
    return center(table, row) - QPoint(0, 6)


def lower(table, row):
    return center(table, row) + QPoint(0, 6)


def act(menu, text):
    """Choose an entry of a menu."""
    menu.refresh()
    (item,) = [a for a in menu.actions() if a.text() == text]
    assert item.isEnabled()
    item.trigger()


def enabled(menu, text):
    menu.refresh()
    (item,) = [a for a in menu.actions() if a.text() == text]
    return item.isEnabled()


def tool(table, text):
    (button,) = [b for b in table.findChildren(QToolButton) if b.text() == text]
    return button


def shown_columns(table):
    return [column for column in Column if not table.tree.isColumnHidden(column)]


def write(table, row, column, text, end=Key.Key_Return):
    """Double click on a number and write another."""
    double_click(table, center(table, row, column))
    editor = table.tree.viewport().findChild(QLineEdit)
    assert editor is not None and table.focusWidget() is editor
    QTest.keyClick(editor, Key.Key_A, Held.ControlModifier)
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, end)
    settle(table)

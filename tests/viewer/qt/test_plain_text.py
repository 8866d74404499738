"""Names out of files that look like HTML: every label and tooltip says them as they stand."""

from html import unescape

import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, Qt
from PyQt6.QtGui import QHelpEvent, QTextDocument
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QToolTip,
    QWidget,
)

from tests.readers import ArrayReader, noise
from tests.viewer.qt.windows import make_window, open_path

NAME = "<b>x</b><img src=x> &"
PIECE = "<b>x</b><img src=x>"
"""Of the name; a menu says an ampersand in a way of its own."""

TIP = Qt.ItemDataRole.ToolTipRole


class Named(ArrayReader):
    """Calls all that has a name the same."""

    def _parse_header(self):
        super()._parse_header()
        for table in ("signal_channels", "signal_streams", "unit_channels", "event_channels"):
            self.header[table]["name"] = NAME
        self.warnings.append(f"{NAME} is odd.")

    def source_name(self):
        return f"/recordings/{NAME}"

    @property
    def raw_annotations(self):
        return {NAME: {"value": NAME}}


def recording(path=""):
    samples = (noise(5000, 4) // 64).astype(np.int16)
    return Named(
        [[(0.0, samples), (0.0, samples[:, :2])]],
        [1000.0, 1000.0],
        units={"a": np.arange(0.25, 4, 0.5)},
        events={"go": [(0.75, NAME), (2.0, NAME)]},
        unit_channel={0: 2},
    )


@pytest.fixture
def window(qtbot):
    """Return a window with a recording in which all docks have been seen."""
    window = make_window(qtbot, recording)
    open_path(qtbot, window, NAME)
    for name in ("units", "events", "info", "channels"):
        window.docks[name].show()
        window.docks[name].raise_()
        qtbot.waitUntil(lambda name=name: window.docks.content(name) is not None)
    for name in ("units", "events"):
        panel = window.docks.content(name)
        qtbot.waitUntil(lambda panel=panel: not panel.busy)
    qtbot.waitUntil(lambda: not window.docks.content("info").busy)
    return window


def is_as_it_stands(text):
    """Return whether Qt shows a tooltip as it is meant: as plain text, or as lines that say it."""
    if "<" not in text:
        return "&lt;" not in text  # no tag in it, so that Qt takes it for no HTML
    if not (text.startswith("<qt>") and text.endswith("</qt>")):
        return False
    lines = text[len("<qt>") : -len("</qt>")].split("<br>")
    document = QTextDocument()
    document.setHtml(text)
    said = document.toPlainText().split("\n")
    return said == [" ".join(unescape(line).split()) for line in lines]


def tips_of_cells(table):
    """Return the tooltips of all cells of a table or tree, and of its header."""
    model, found = table.model(), []

    def below(parent):
        for row in range(model.rowCount(parent)):
            for column in range(model.columnCount(parent)):
                index = model.index(row, column, parent)
                found.append(index.data(TIP))
                if column == 0:
                    below(index)

    below(table.rootIndex())
    count = model.columnCount(table.rootIndex())
    found += [model.headerData(n, Qt.Orientation.Horizontal, TIP) for n in range(count)]
    return [text for text in found if text]


def check_labels(widget):
    """Check that no label below a widget takes a name for HTML; return how many say it."""
    saying = 0
    for label in widget.findChildren(QLabel):
        if "<" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
            saying += "<b>x</b>" in label.text().replace("\N{ZERO WIDTH SPACE}", "")
    return saying


def test_the_oracle_knows_what_is_wrong():
    assert is_as_it_stands("plain & simple, 3 > 2") and is_as_it_stands("<qt>one<br>two</qt>")
    assert not is_as_it_stands("3 &lt; 4") and not is_as_it_stands("<qt>one<p>two</qt>")
    assert not is_as_it_stands(f"Hide {NAME}")
    assert not is_as_it_stands(f"<qt>Hide {NAME}</qt>")
    assert is_as_it_stands("<qt>Hide &lt;b&gt;x&lt;/b&gt;&lt;img src=x&gt; &amp;</qt>")


def test_tooltips_of_tables_and_widgets(window):
    saying = {}
    for table in window.findChildren(QAbstractItemView):
        for tip in tips_of_cells(table):
            assert is_as_it_stands(tip), (table, tip)
            saying[type(table).__name__] = saying.get(type(table).__name__, 0) + (
                "&lt;b&gt;" in tip
            )
    assert len([name for name, count in saying.items() if count]) >= 3, saying
    for widget in (window, *window.findChildren(QWidget)):
        assert is_as_it_stands(widget.toolTip()), (widget, widget.toolTip())


def test_menus_of_a_channel(window):
    table = window.docks.content("channels")
    tree = table.tree
    first = tree.model().index(0, 0)
    tree.setCurrentIndex(tree.model().index(0, 0, first))
    menus = [table.row_menu, table.gain_menu, table.sort_menu, table.color_menu]
    said = []
    for menu in menus:
        menu.refresh()
        said += [action.text() for action in menu.actions()]
        for action in menu.actions():
            assert is_as_it_stands(action.toolTip()) or action.toolTip() == action.text()
    view = window.signal_view
    lane = view.layout_now().panels[0].box
    context = window.menus.context_menu(view, QPoint(400, lane.y0 + 20).toPointF())
    said += [action.text() for action in context.actions()]
    named = [text for text in said if PIECE in text]
    assert len(named) >= 4 and all(f"{PIECE} &&" in text for text in named), named
    assert isinstance(context, QMenu)
    context.close()


def test_the_strip_says_under_the_mouse_what_there_is(window, qtbot):
    strip = next(w for w in window.findChildren(QWidget) if type(w).__name__ == "Overview")
    for x in range(2, strip.width(), 7):
        at = QPoint(x, strip.height() // 2)
        QApplication.sendEvent(strip, QHelpEvent(QEvent.Type.ToolTip, at, strip.mapToGlobal(at)))
        assert is_as_it_stands(QToolTip.text()), QToolTip.text()


def test_sentences_of_the_window(window):
    sentence = f"{NAME}: cannot be read (no such file)."
    window.notice.say(sentence)
    window.docks.content("channels").say(sentence)
    window.say(sentence)
    assert check_labels(window) == 2  # the status bar needs no label


def test_labels_of_dialogs(window, qtbot):
    chosen = []
    window.dialogs.choose_recording(f"/{NAME}", [NAME, "other"], chosen.append)
    window.dialogs.export_picture()
    window.dialogs.export_data()
    window.dialogs.show_about()
    window.dialogs.show_settings()
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 5
    for dialog in dialogs:
        if hasattr(dialog, "working"):
            dialog.working.complain(f"{NAME}: cannot be written.")
            qtbot.waitUntil(lambda dialog=dialog: not getattr(dialog, "busy", False))
    saying = [check_labels(d) for d in dialogs if not isinstance(d, QMessageBox)]
    assert sorted(saying) == [0, 1, 1, 1], "all but the settings"
    for dialog in dialogs:
        for widget in dialog.findChildren(QWidget):
            assert is_as_it_stands(widget.toolTip()), (widget, widget.toolTip())
        dialog.close()

"""Dialogs over a view, somebody who gives the paths they ask for, and panels of a reader."""

from contextlib import contextmanager

from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QLabel, QWidget

from tests.readers import SlowReader
from tests.viewer.qt.conftest import settle
from viewer.model import View
from viewer.qt.dialogs import save_path
from viewer.qt.info.panel import InfoPanel
from viewer.qt.view.signal_view import SignalView

SIZE = (700, 450)
"""Of the view, pixels."""


class Chosen:
    """Stands for somebody who is asked for a path: gives `path`, or none.

    Attributes
    ----------
    asked : list of Question
    """

    def __init__(self):
        self.path, self.asked = None, []

    def __call__(self, parent, question, chosen):
        self.asked.append(question)
        if self.path is not None:
            chosen(str(self.path))


class GatedReader(SlowReader):
    """Gives no samples while its gate is there and closed."""


@contextmanager
def dialogs_over_views(qtbot, make):
    """Yield a function from a reader to a view of it, a dialog over it, and its `Chosen`."""
    kept = []

    def show(reader):
        window = QWidget()
        view = SignalView(reader, window, renderer="software")
        view.resize(*SIZE)
        window.resize(*SIZE)
        window.show()
        settle(qtbot, view)
        choose = Chosen()
        dialog = make(view, window, choose)
        kept.append((view, dialog, window))
        dialog.show()
        qtbot.waitExposed(dialog)
        return view, dialog, choose

    try:
        yield show
    finally:
        for view, dialog, window in kept:
            if not sip.isdeleted(dialog):
                dialog.close()
            if not sip.isdeleted(view):
                view.stop()
            sip.delete(window)


@contextmanager
def info_panels(qtbot):
    """Yield a function that shows the panel of a reader, as in a dock, once it is ready."""
    panels = []

    def make(reader, parent=None):
        panel = InfoPanel(reader, View(reader), parent)
        panels.append(panel)
        if parent is None:
            qtbot.addWidget(panel)
        panel.resize(320, 700)
        (parent or panel).show()
        qtbot.waitUntil(lambda: not panel.busy)
        return panel

    try:
        yield make
    finally:
        for panel in panels:
            if not sip.isdeleted(panel):
                panel.stop()


def save_first_in(monkeypatch, folder):
    """Have a folder suggested, as if something had been saved there."""
    folder.mkdir()
    monkeypatch.setattr(save_path, "_last", dict.fromkeys(save_path.Location, folder))


def mnemonics(dialog):
    """Return the letters that go to a control of a dialog with Alt."""
    letters = []
    for widget in (*dialog.findChildren(QLabel), *dialog.findChildren(QAbstractButton)):
        _, mark, tail = widget.text().partition("&")
        if mark and (not isinstance(widget, QLabel) or widget.buddy() is not None):
            letters.append(tail[0].lower())
    return letters


def met_by_tab(qtbot, dialog, first, count=30):
    """Return what gets the keyboard from a control on with the tab key."""
    first.setFocus()
    met = []
    for _ in range(count):
        met.append(dialog.focusWidget())
        qtbot.keyClick(met[-1], Qt.Key.Key_Tab)
    return met

"""Annotations of a recording: unfolded, searched, copied."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtTest import QAbstractItemModelTester
from PyQt6.QtWidgets import QApplication, QWidget

from rawio import RawIOError
from tests.readers import ArrayReader, noise
from tests.viewer.qt.points.tables import tip_text
from viewer.engine.errors import CancelledError
from viewer.qt.info import annotation_tree
from viewer.qt.info.annotation_tree import AnnotationModel, parts_of, search, text_of

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def unfold(qtbot, panel):
    qtbot.mouseClick(panel.annotations.fold, LEFT)
    qtbot.waitUntil(lambda: not panel.busy)
    return panel.annotations.tree


def rows_of(view, parent=None):
    """Return what a tree view shows unfolded, as (depth, key, value)."""
    model, out = view.model(), []

    def go(index, depth):
        for row in range(model.rowCount(index)):
            child = model.index(row, 0, index)
            texts = (child.data(), model.index(row, 1, index).data())
            out.append((depth, *texts))
            if view.isExpanded(child):
                go(child, depth + 1)

    go(QModelIndex(), 0)
    return out


class Untouched(ArrayReader):
    """Tells whether its annotations were asked for."""

    asked = 0

    def _annotate(self, tree):
        type(self).asked += 1
        tree["probe"] = {"maker": "Ann & Co", "sites": [{"name": "tip", "um": 12}, {"um": 30}]}
        tree["rates"] = np.arange(100)


def test_annotations_are_looked_into_when_they_are_unfolded(qtbot, made):
    Untouched.asked = 0
    panel = made(Untouched.of(noise(500, 2)))
    assert Untouched.asked == 0 and not panel.annotations.tree.isVisible()
    tree = unfold(qtbot, panel)
    assert Untouched.asked == 1 and tree.isVisible()
    keys = {key: text for _, key, text in rows_of(tree)}
    assert keys["probe"] == "(2)" and keys["rates"].startswith("0, 1, 2,")
    assert keys["rates"].endswith("49, …") and keys["signal_channels"] == "(2)"
    index = tree.model().index(list(keys).index("probe"), 0)
    tree.setCurrentIndex(index)
    qtbot.keyClick(tree, Key.Key_Right)
    assert (1, "maker", "Ann & Co") in rows_of(tree)
    qtbot.keyClick(tree, Key.Key_Left)
    assert (1, "maker", "Ann & Co") not in rows_of(tree)
    qtbot.mouseClick(panel.annotations.fold, LEFT)
    assert not tree.isVisible()


def test_a_search_leaves_what_has_all_words_and_unfolds_it(qtbot, made):
    panel = made(Untouched.of(noise(500, 2)))
    tree = unfold(qtbot, panel)
    qtbot.keyClicks(panel.annotations.search, "PROBE tip")
    qtbot.waitUntil(lambda: not panel.busy)
    assert rows_of(tree) == [(0, "probe", ""), (1, "sites", ""), (2, "0: tip", "(2)")]
    assert panel.annotations.said.text() == "Found 1 entry"
    panel.annotations.search.clear()
    qtbot.keyClicks(panel.annotations.search, "nowhere")
    qtbot.waitUntil(lambda: panel.annotations.said.text() == "Found 0 entries")
    assert rows_of(tree) == []
    panel.annotations.search.clear()
    qtbot.waitUntil(lambda: len(rows_of(tree)) > 4)
    assert not panel.annotations.said.isVisible()


def test_annotations_that_cannot_be_made_are_said(qtbot, made):
    class Broken(ArrayReader):
        def _annotate(self, tree):
            raise RawIOError("the header says no.")

    panel = made(Broken.of(noise(500, 2)))
    unfold(qtbot, panel)
    assert panel.annotations.said.text() == "the header says no."
    assert panel.annotations.said.isVisible()


def test_texts_from_files_are_plain_wherever_they_are_said(qtbot, made):
    class Marked(ArrayReader):
        def _annotate(self, tree):
            tree["<b>key</b>"] = "<i>value</i> & more"

    class Broken(ArrayReader):
        def _annotate(self, tree):
            raise RawIOError("no <b>header</b> & no end.")

    tree = unfold(qtbot, made(Marked.of(noise(500, 2))))
    rows = tree.model().rowCount()
    (index,) = [
        tree.model().index(row, 0)
        for row in range(rows)
        if tree.model().index(row, 0).data() == "<b>key</b>"
    ]
    assert tip_text(index) == "<b>key</b>\n<i>value</i> & more"
    panel = made(Broken.of(noise(500, 2)))
    unfold(qtbot, panel)
    assert panel.annotations.said.text() == "no <b>header</b> & no end."
    assert panel.annotations.said.textFormat() == Qt.TextFormat.PlainText


def test_keys_go_from_the_search_to_the_first_entry_and_esc_clears_it(qtbot, made):
    panel = made(Untouched.of(noise(500, 2)))
    tree = unfold(qtbot, panel)
    search_box = panel.annotations.search
    search_box.setFocus()
    qtbot.keyClicks(search_box, "maker")
    qtbot.waitUntil(lambda: len(rows_of(tree)) == 2)
    qtbot.keyClick(search_box, Key.Key_Down)
    assert panel.focusWidget() is tree and tree.currentIndex().data() == "probe"
    search_box.setFocus()
    qtbot.keyClick(search_box, Key.Key_Escape)
    assert search_box.text() == ""


def test_entries_are_copied(qtbot, made):
    panel = made(Untouched.of(noise(500, 2)))
    tree = unfold(qtbot, panel)
    qtbot.keyClicks(panel.annotations.search, "maker")
    qtbot.waitUntil(lambda: len(rows_of(tree)) == 2)
    tree.setCurrentIndex(tree.model().index(0, 0))
    qtbot.keyClick(tree, Key.Key_Down)
    qtbot.keyClick(tree, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "maker: Ann & Co"


class Around(QWidget):
    """Stands for the window: notes the keys that nothing in it takes."""

    def __init__(self):
        super().__init__()
        self.taken = ""

    def keyPressEvent(self, event):  # noqa: N802 - the name is of Qt
        self.taken += event.text()


def test_letters_and_signs_go_on_to_the_view(qtbot, made):
    around = Around()
    qtbot.addWidget(around)
    panel = made(Untouched.of(noise(500, 2)), around)
    tree = unfold(qtbot, panel)
    before = rows_of(tree)
    tree.setCurrentIndex(tree.model().index(0, 0))
    qtbot.keyClicks(tree, "s*+-")
    assert around.taken == "s*+-"
    assert rows_of(tree) == before and tree.currentIndex().row() == 0


LEAVES = st.one_of(
    st.integers(), st.text(max_size=4), st.none(), st.lists(st.integers(), max_size=3)
)
TREES = st.recursive(
    st.dictionaries(st.text("abc_", min_size=1, max_size=3), LEAVES, max_size=4),
    lambda inner: st.one_of(
        st.dictionaries(st.text("abc_", min_size=1, max_size=3), inner, max_size=4),
        st.dictionaries(st.just("l"), st.lists(inner, min_size=1, max_size=3), min_size=1),
    ),
    max_leaves=12,
)


def leaves_of(value, path=()):
    """Return every leaf of a tree with the keys above it, slowly."""
    parts = parts_of(value)
    if not parts:
        return [(path, text_of(value))]
    return [leaf for key, entry in parts for leaf in leaves_of(entry, (*path, key))]


@given(TREES, st.lists(st.text("abc1", min_size=1, max_size=2), min_size=1, max_size=2))
def test_what_a_search_finds(tree, words):
    found, count = search(tree, words)
    got = leaves_of(found) if found.parts else []
    want = [
        (path, text)
        for path, text in leaves_of(tree)
        if path and all(any(w in part.lower() for part in (*path, text)) for w in words)
    ]
    assert got == want
    assert (count > 0) == bool(want)


def test_a_search_ends_at_so_many_and_when_it_is_given_up():
    tree = {"many": {str(number): "x" for number in range(5000)}}
    found, count = search(tree, ["x"])
    assert count == annotation_tree.MOST_FOUND == len(leaves_of(found))
    asked = []
    with pytest.raises(CancelledError):
        search(tree, ["x"], lambda: asked.append(1) or len(asked) > 10)
    assert len(asked) == 11


def test_the_model_keeps_to_what_qt_asks_of_models(qtbot):
    model = AnnotationModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show({"a": {"b": [{"name": "n"}, {}], "c": 1}, "d": {}})
    model.show(search({"a": {"b": 1}, "c": {"b": 2}}, ["b"])[0])
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["a", "c"]
    assert tester.model() is model

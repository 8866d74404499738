"""The annotations of a recording as a tree of keys and values, made as it is unfolded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from viewer.engine.errors import CancelledError
from viewer.qt.names import on_one_line, tip_of

MOST_FOUND = 1000
"""Entries that a search comes up with at most."""

SHOWN_ITEMS = 50
"""Of a list of values."""


class Found:
    """A part of a tree: the entries that a search has left of it.

    Attributes
    ----------
    parts : list of (str, value)
    """

    def __init__(self, parts: list[tuple[str, Any]]) -> None:
        self.parts = parts


def parts_of(value: Any) -> list[tuple[str, Any]]:
    """Return the entries of a branch with their keys; those of a leaf are none."""
    if isinstance(value, Found):
        return value.parts
    if isinstance(value, Mapping):
        return [(str(key).strip("_"), entry) for key, entry in value.items()]
    if _is_list_of_branches(value):
        return [(_numbered(number, entry), entry) for number, entry in enumerate(value)]
    return []


def has_parts(value: Any) -> bool:
    """Return whether a value is a branch with entries; in no time."""
    if isinstance(value, Found):
        return bool(value.parts)
    return bool(value) if isinstance(value, Mapping) else _is_list_of_branches(value)


def text_of(value: Any) -> str:
    """Return a value on one line; of a branch, how many entries it has."""
    if isinstance(value, Found):
        return ""
    if isinstance(value, Mapping) or _is_list_of_branches(value):
        return f"({len(value)})"
    if isinstance(value, list | tuple | np.ndarray):
        items = list(value[:SHOWN_ITEMS]) if np.ndim(value) else [value]
        more = ", \N{HORIZONTAL ELLIPSIS}" if np.ndim(value) and len(value) > SHOWN_ITEMS else ""
        return on_one_line(", ".join(str(item) for item in items) + more, 2000)
    return on_one_line(str(value), 2000)


def _is_list_of_branches(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping | list)


def _numbered(number: int, entry: Any) -> str:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return f"{number}: {name}" if name else str(number)


def search(
    tree: Any, words: Sequence[str], cancelled: Callable[[], bool] = lambda: False
) -> tuple[Any, int]:
    """Return what of a tree has all words, in its keys or values or in keys above it.

    Parameters
    ----------
    tree : value
        Of dicts and lists.
    words : sequence of str
        In lower case.
    cancelled : callable
        Asked again and again.

    Returns
    -------
    Found
        A branch of which the key has the last word that was missing is there as a whole.
    int
        How many entries and whole branches that is, `MOST_FOUND` at most.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true.
    """
    count = 0

    def within(value: Any, missing: list[str]) -> Found:
        nonlocal count
        kept: list[tuple[str, Any]] = []
        for key, entry in parts_of(value):
            if cancelled():
                raise CancelledError
            if count >= MOST_FOUND:
                break
            below = has_parts(entry)
            said = key.lower() if below else f"{key} {text_of(entry)}".lower()
            left = [word for word in missing if word not in said]
            if not left:
                kept.append((key, entry))
                count += 1
            elif below:
                found = within(entry, left)
                if found.parts:
                    kept.append((key, found))
        return Found(kept)

    return within(tree, list(words)), count


class _Node:
    """An entry that has been unfolded at least once, or could be."""

    __slots__ = ("_children", "key", "parent", "row", "value")

    def __init__(self, key: str, value: Any, parent: "_Node | None", row: int) -> None:
        self.key, self.value, self.parent, self.row = key, value, parent, row
        self._children: list[_Node] | None = None

    @property
    def children(self) -> "list[_Node]":
        if self._children is None:
            parts = parts_of(self.value)
            self._children = [_Node(*part, self, row) for row, part in enumerate(parts)]
        return self._children


class AnnotationModel(QAbstractItemModel):
    """Two columns, key and value; branches are looked into when they are unfolded.

    Parameters
    ----------
    parent : QObject or None
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node("", {}, None, 0)

    def show(self, tree: Any) -> None:
        """Show a tree: of annotations, or `Found` of one."""
        self.beginResetModel()
        self._root = _Node("", tree, None, 0)
        self.endResetModel()

    def branches_found(self) -> list[QModelIndex]:
        """Return the branches of which a search has left some entries, the upper first."""
        out: list[QModelIndex] = []

        def go(parent: QModelIndex) -> None:
            for child in self._node(parent).children:
                if isinstance(child.value, Found):
                    index = self.createIndex(child.row, 0, child)
                    out.append(index)
                    go(index)

        go(QModelIndex())
        return out

    def row_text(self, index: QModelIndex) -> str:
        """Return an entry as text, to be copied."""
        node = self._node(index)
        return f"{node.key}: {text_of(node.value)}"

    def _node(self, index: QModelIndex) -> _Node:
        node: _Node = index.internalPointer() if index.isValid() else self._root
        return node

    # -- what Qt asks ------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: QModelIndex | None = None) -> QModelIndex:
        """Return the index of an entry."""
        children = self._node(parent or QModelIndex()).children
        if not (0 <= row < len(children) and 0 <= column < 2):
            return QModelIndex()
        return self.createIndex(row, column, children[row])

    def parent(self, index: QModelIndex | None = None) -> QModelIndex:  # type: ignore[override]
        """Return the index of the branch that an entry is in."""
        if index is None or not index.isValid():
            return QModelIndex()
        above = self._node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many entries a branch has."""
        parent = parent or QModelIndex()
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return that there are keys and values."""
        return 2

    def hasChildren(self, parent: QModelIndex | None = None) -> bool:
        """Return whether an entry can be unfolded; it is not for that."""
        parent = parent or QModelIndex()
        return parent.column() <= 0 and has_parts(self._node(parent).value)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a key or a value, as text."""
        if not index.isValid():
            return None
        node = self._node(index)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip_of(node.key, text_of(node.value))
        if role == Qt.ItemDataRole.DisplayRole:
            return on_one_line(node.key) if index.column() == 0 else text_of(node.value)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return the titles of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return ("Key", "Value")[section]
        return None

"""What can be done with channels: the acts of the channels table, as menus and buttons."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QColor, QIcon, QKeySequence, QPainter, QPixmap
from PyQt6.QtWidgets import QMenu, QWidget

from viewer.qt.channels import order as channel_order
from viewer.qt.channels.colors import NAMES, by_depth, by_group
from viewer.qt.channels.columns import Column, title_of
from viewer.qt.names import tip_of

if TYPE_CHECKING:
    from viewer.qt.channels.table import ChannelTable

Needs = Literal["selection", "nothing", "solo", "hidden", "probe", "headings"]


@dataclass(frozen=True)
class Act:
    """Something that can be done with the channels of a table.

    Attributes
    ----------
    text : str
        ``{name}`` stands for the channel that the keyboard is on.
    run : callable
        Takes the `ChannelTable`.
    needs : str
        Without which it is greyed out.
    key : str
        As Qt spells key sequences; the table's rows listen for it.
    tip : str
    """

    text: str
    run: "Callable[[ChannelTable], object]"
    needs: Needs = "selection"
    key: str = ""
    tip: str = ""


def _gain(factor: float) -> "Callable[[ChannelTable], None]":
    return lambda t: t.view.channels.scale_gain(factor, t.selected_rows)


def _unit_gain(table: "ChannelTable") -> None:
    """Set the gain to 1, of what is turned over to -1."""
    channels, rows = table.view.channels, table.selected_rows
    channels.set_gain(np.where(np.signbit(channels.gain[rows]), -1.0, 1.0), rows)


def _same_gain(table: "ChannelTable") -> None:
    """Give all that is selected the size of the gain of the current channel."""
    channels, rows, row = table.view.channels, table.selected_rows, table.tree.current_row()
    if row is not None:
        channels.set_gain(np.copysign(channels.gain[row], channels.gain[rows]), rows)


def _swap_shown(table: "ChannelTable") -> None:
    table.show_only(np.flatnonzero(~table.view.channels.visible))


def _color_by_depth(table: "ChannelTable") -> None:
    rows, colors = by_depth(table.view.channels, table.rows_or_all, table.view.theme)
    table.view.channels.set_color(colors, rows)


def _color_by_group(table: "ChannelTable") -> None:
    rows = table.rows_or_all
    table.view.channels.set_color(by_group(table.view.channels, rows, table.view.theme), rows)


def _color_as_at_first(table: "ChannelTable") -> None:
    rows = table.rows_or_all
    table.view.channels.set_color(table.view.fresh_colors()[rows], rows)


REVEAL = Act("Reveal in the view", lambda t: t.reveal(), key="Return", tip="Scroll to {name}")
ONLY = Act(
    "Show only these",
    lambda t: t.show_only(t.selected_rows),
    tip="Hide all channels but the selected",
)
SOLO = Act("Solo {name}", lambda t: t.solo(), tip="Show this channel alone for a while")
UNSOLO = Act("Back from solo", lambda t: t.unsolo(), "solo", tip="Show what was shown before")
SHOW = Act("Show", lambda t: t.view.channels.set_visible(t.selected_rows, True))
HIDE = Act("Hide", lambda t: t.view.channels.set_visible(t.selected_rows, False), key="Del")
SHOW_ALL = Act(
    "Show all", lambda t: t.view.channels.set_visible(range(len(t.view.channels)), True), "nothing"
)
SWAP = Act("Show the hidden, hide the shown", _swap_shown, "hidden")
BAD = Act(
    "Mark as bad",
    lambda t: t.view.channels.set_bad(t.selected_rows, True),
    tip="Draw them faintly; nothing is taken out",
)
GOOD = Act("Mark as good", lambda t: t.view.channels.set_bad(t.selected_rows, False))
UP = Act("Move up", lambda t: t.tree.nudge(up=True), key="Alt+Up")
DOWN = Act("Move down", lambda t: t.tree.nudge(up=False), key="Alt+Down")
COPY = Act("Copy names", lambda t: t.tree.copy_names(), key="Ctrl+C")
SELECT_ALL = Act("Select all", lambda t: t.tree.selectAll(), "nothing", "Ctrl+A")
EXPAND = Act("Open all headings", lambda t: t.tree.expandAll(), "headings")
COLLAPSE = Act("Close all headings", lambda t: t.tree.collapseAll(), "headings")

GAINS: tuple[Act | None, ...] = (
    Act("Double", _gain(2.0), tip="Twice the gain"),
    Act("Halve", _gain(0.5), tip="Half the gain"),
    Act("Set to 1", _unit_gain, tip="The lane's span fills the lane; turned over stays so"),
    Act("Same as {name}", _same_gain, tip="Make the gains of all selected channels equal"),
    Act("Turn over", lambda t: t.view.channels.invert(t.selected_rows), tip="Invert the traces"),
    None,
    Act("No offset", lambda t: t.view.channels.set_offset(0.0, t.selected_rows)),
)
WHOLE = "Of the selected channels, or of all if less than two are selected"
RECOLORS: tuple[Act, ...] = (
    Act("By group", _color_by_group, "nothing", tip=WHOLE),
    Act("By depth", _color_by_depth, "probe", tip=WHOLE),
    Act("As at first", _color_as_at_first, "nothing", tip=WHOLE),
)
SORTS: tuple[Act, ...] = (
    Act(
        "By place on the probe",
        lambda t: t.set_order(channel_order.by_probe),
        "probe",
        tip="By shank, then from the top down to the tip",
    ),
    Act("By name", lambda t: t.set_order(channel_order.by_name), "nothing", tip="2 before 10"),
    Act("As in the file", lambda t: t.set_order(channel_order.by_file), "nothing"),
    Act("Other way round", lambda t: t.set_order(channel_order.reversed_within), "nothing"),
)


class ActMenu(QMenu):
    """A menu of acts, brought up to date whenever it opens.

    Parameters
    ----------
    title : str
    table : ChannelTable
    acts : iterable of Act or None
        None is a line.
    """

    def __init__(self, title: str, table: "ChannelTable", acts: Iterable[Act | None] = ()) -> None:
        super().__init__(title, table)
        self._table = table
        self._items: list[tuple[Act, QAction]] = []
        self.setToolTipsVisible(True)
        self.setAttribute(Qt.WidgetAttribute.WA_WindowPropagation)  # the palette of the table
        self.aboutToShow.connect(self.refresh)
        for act in acts:
            self.add(act)

    def add(self, act: Act | None) -> None:
        """Add an act, or a line."""
        if act is None:
            self.addSeparator()
            return
        item = QAction(act.text, self)
        if act.key:
            item.setShortcut(QKeySequence(act.key))
            item.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # the rows listen for it
            item.setShortcutVisibleInContextMenu(True)
        item.triggered.connect(partial(_run, act, self._table))
        self.addAction(item)
        self._items.append((act, item))

    def refresh(self) -> None:
        """Set what can be done, and the words, to what is true now."""
        name = self._table.current_name
        for act, item in self._items:
            item.setText(act.text.format(name=name.replace("&", "&&")))  # which is no mnemonic
            item.setToolTip(tip_of((act.tip or act.text).format(name=name)))
            item.setEnabled(possible(act, self._table))


class ColorMenu(ActMenu):
    """The colours of the theme, any other, and colours by what is known of the channels."""

    def __init__(self, table: "ChannelTable") -> None:
        super().__init__("Colour", table)
        self._swatches = [QAction(name, self) for name in NAMES]
        for number, item in enumerate(self._swatches):
            item.triggered.connect(partial(self._paint, number))
            self.addAction(item)
        self.add(Act("Other…", lambda t: t.choose_color(), tip="Choose any colour"))
        self.add(None)
        for act in RECOLORS:
            self.add(act)

    def refresh(self) -> None:
        """Show the colours of the theme in use."""
        super().refresh()
        some = len(self._table.selected_rows) > 0
        colors = self._table.view.theme.channel_colors(len(NAMES)).tolist()
        for item, color in zip(self._swatches, colors, strict=True):
            item.setIcon(swatch(QColor(*color), self))
            item.setEnabled(some)

    def _paint(self, number: int) -> None:
        color = self._table.view.theme.channel_colors(len(NAMES))[number]
        self._table.view.channels.set_color(color, self._table.selected_rows)


class ColumnMenu(QMenu):
    """Which columns are shown."""

    def __init__(self, table: "ChannelTable") -> None:
        super().__init__("Columns", table)
        self.setAttribute(Qt.WidgetAttribute.WA_WindowPropagation)
        for column in Column:
            if column in (Column.VISIBLE, Column.NAME):
                continue
            item = QAction(title_of(column), self)
            item.setCheckable(True)
            item.setChecked(not table.tree.isColumnHidden(column))
            item.triggered.connect(partial(table.tree.show_column, column))
            self.addAction(item)


def row_menu(table: "ChannelTable") -> ActMenu:
    """Return the context menu of the rows."""
    menu = ActMenu("Channels", table, (REVEAL, None, ONLY, SOLO, UNSOLO, SHOW, HIDE, None))
    for act in (SHOW_ALL, SWAP, None, BAD, GOOD, None):
        menu.add(act)
    menu.addMenu(table.color_menu)
    menu.addMenu(table.gain_menu)
    for act in (None, UP, DOWN, None, COPY, SELECT_ALL, None, EXPAND, COLLAPSE):
        menu.add(act)
    return menu


def possible(act: Act, table: "ChannelTable") -> bool:
    """Return whether an act can be done now."""
    if act.needs == "selection":
        return len(table.selected_rows) > 0
    if act.needs == "solo":
        return table.view.channels.soloed
    if act.needs == "hidden":
        return not table.view.channels.visible.all()
    if act.needs == "probe":
        return table.model.tells(Column.Y)
    if act.needs == "headings":
        return len(table.model.outline.nodes) > 1
    return True


def swatch(color: QColor, widget: QWidget) -> QIcon:
    """Return a colour as an icon."""
    ratio = widget.devicePixelRatioF()
    picture = QPixmap(round(14 * ratio), round(14 * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(1, 1, 12, 12, 2.5, 2.5)
    painter.end()
    return QIcon(picture)


def _run(act: Act, table: "ChannelTable") -> None:
    act.run(table)

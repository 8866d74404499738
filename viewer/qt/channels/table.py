"""`ChannelTable`: all channels of a view as a table, to show, hide, scale, colour and sort them."""

from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence, QPalette, QShowEvent
from PyQt6.QtWidgets import (
    QColorDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QStyleOptionToolButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from rawio import OptionError
from viewer.model import Channels, View
from viewer.qt.bridge import while_alive
from viewer.qt.channels.filter import ChannelFilter
from viewer.qt.channels.menu import (
    BAD,
    GAINS,
    GOOD,
    HIDE,
    ONLY,
    SHOW_ALL,
    SORTS,
    Act,
    ActMenu,
    ColorMenu,
    ColumnMenu,
    possible,
    row_menu,
)
from viewer.qt.channels.model import ChannelModel
from viewer.qt.channels.tree import ChannelTree
from viewer.qt.filter_box import FilterBox
from viewer.qt.lines import Calm
from viewer.qt.names import on_one_line

SAID_MS = 8000
"""How long a sentence stays below the table."""

SHORT = 40
"""Characters of a name in a title or a menu."""


class NarrowButton(QToolButton):
    """A flat button no wider than its text needs, with an arrow in it where it opens a menu."""

    def __init__(self, text: str, tip: str, menu: QMenu | None = None) -> None:
        super().__init__()
        self.setText(text if menu is None else f"{text} ▾")
        self.setToolTip(tip)
        self.setAutoRaise(True)
        if menu is not None:
            self.setMenu(menu)
            self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def sizeHint(self) -> QSize:
        """Return the size that the text needs."""
        width = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(width + 10, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def initStyleOption(self, option: QStyleOptionToolButton | None) -> None:
        """Leave out the style's arrow, which would lie over the text."""
        super().initStyleOption(option)
        assert option is not None
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu


class ChannelTable(QWidget):
    """All channels of a view, below headings of their streams and groups.

    It follows the view, whoever changes it, and changes nothing but the view.

    Parameters
    ----------
    view : viewer.model.View
    parent : QWidget or None

    Attributes
    ----------
    view : viewer.model.View
    model : viewer.qt.channels.model.ChannelModel
    tree : viewer.qt.channels.tree.ChannelTree
    filter : FilterBox
    foot : QLabel
        Says how many channels are shown, or what was wrong with something written.
    """

    def __init__(self, view: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view: View = view
        self.model: ChannelModel = ChannelModel(view.channels, self)
        self.tree: ChannelTree = ChannelTree(self.model)
        self.filter = FilterBox(
            "Filter channels",
            "Words of the name, id, stream or group; or #1-32, 40 for ids or places (Ctrl+F)",
        )
        self.foot = QLabel()
        self._finder = ChannelFilter(view.channels)
        self._buttons: list[tuple[QToolButton, Callable[[], bool]]] = []
        self.color_menu = ColorMenu(self)
        self.gain_menu = ActMenu("Gain", self, GAINS)
        self.sort_menu = ActMenu("Sort", self, SORTS)
        self.row_menu = row_menu(self)
        self.color_dialog: QColorDialog | None = None
        self._lay_out()
        self.setFocusProxy(self.tree)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._refresh)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._say_counts)
        self._connect()
        self._refresh()

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._filter)
        self.filter.left.connect(self.enter_rows)
        self.tree.picked.connect(self._schedule)
        self.tree.reveal_wanted.connect(self.view.channels.reveal)
        self.tree.menu_wanted.connect(self.row_menu.popup)
        self.tree.colors_wanted.connect(self.color_menu.popup)
        self.tree.said.connect(self.say)
        self.model.refused.connect(self.say)
        header = self.tree.header()
        assert header is not None
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._ask_for_columns)
        self.view.changed.connect(self._schedule)

    # -- parts -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        sort = NarrowButton("Sort", "Put the channels into another order", self.sort_menu)
        top = QHBoxLayout()
        top.addWidget(self.filter, 1)
        top.addWidget(sort)
        tools = QHBoxLayout()
        tools.setSpacing(1)
        for text, act in (("Only", ONLY), ("Hide", HIDE)):
            tools.addWidget(self._act_button(text, act))
        self.solo_button = self._button("Solo", self._turn_solo, "Show one channel alone, and back")
        self.solo_button.setCheckable(True)
        tools.insertWidget(1, self.solo_button)
        tools.addWidget(self._act_button("All", SHOW_ALL))
        self.bad_button = self._button("Bad", self._turn_bad, "Mark as bad, or as good again")
        self.bad_button.setCheckable(True)
        tools.addWidget(self.bad_button)
        tools.addWidget(NarrowButton("Colour", "Colours of channels", self.color_menu))
        tools.addWidget(NarrowButton("Gain", "Gain of the selected channels", self.gain_menu))
        tools.addStretch(1)
        self.foot.setWordWrap(True)
        self.foot.setTextFormat(Qt.TextFormat.PlainText)
        self.foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.foot.setContentsMargins(4, 0, 4, 0)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 0, 4)
        top.setContentsMargins(4, 0, 4, 0)
        tools.setContentsMargins(4, 0, 4, 0)
        column.setSpacing(3)
        column.addLayout(top)
        column.addLayout(tools)
        column.addWidget(self.tree, 1)
        column.addWidget(self.foot)
        pages = QStackedLayout(self)
        pages.addWidget(page)
        pages.addWidget(Calm("This recording has no signals."))
        pages.setCurrentIndex(0 if len(self.view.channels) else 1)

    def _button(self, text: str, run: Callable[[], object], tip: str) -> QToolButton:
        button = NarrowButton(text, tip)
        button.clicked.connect(lambda: run())
        return button

    def _act_button(self, text: str, act: Act) -> QToolButton:
        key = f" ({act.key})" if act.key else ""
        button = self._button(text, lambda: act.run(self), (act.tip or act.text) + key)
        self._buttons.append((button, lambda: possible(act, self)))
        return button

    # -- what acts need to know ------------------------------------------------------------------

    @property
    def selected_rows(self) -> np.ndarray:
        """The channels that are selected, from top to bottom."""
        return self.tree.selected_rows()

    @property
    def rows_or_all(self) -> np.ndarray:
        """The selected channels; all there are, where less than two are selected."""
        rows = self.selected_rows
        return rows if len(rows) > 1 else np.arange(len(self.view.channels))

    @property
    def current_name(self) -> str:
        """What the channel is called that the keyboard is on, short enough for titles and menus."""
        row = self.tree.current_row()
        return "" if row is None else on_one_line(self.view.channels.infos[row].name, SHORT)

    # -- acts ------------------------------------------------------------------------------------

    def reveal(self) -> None:
        """Scroll the view to the current channel."""
        row = self.tree.current_row()
        if row is not None:
            self.view.channels.reveal(row)

    def show_only(self, rows: np.ndarray) -> None:
        """Hide all channels but some, which keep their places."""
        channels = self.view.channels
        before = channels.order
        channels.show_only(rows)
        channels.set_order(before)

    def solo(self) -> None:
        """Show the current channel alone; where it is, show what was shown before."""
        row = self.tree.current_row()
        if row is not None:
            self.view.channels.solo(row)

    def unsolo(self) -> None:
        """Show what was shown before one channel was shown alone."""
        channels = self.view.channels
        if channels.soloed:
            channels.solo(int(np.flatnonzero(channels.visible)[0]))

    def _turn_solo(self) -> None:
        if self.view.channels.soloed:
            self.unsolo()
        else:
            self.solo()
        self._schedule()

    def _turn_bad(self) -> None:
        act = GOOD if self._all_bad() else BAD
        act.run(self)
        self._schedule()

    def _all_bad(self) -> bool:
        rows = self.selected_rows
        return len(rows) > 0 and bool(self.view.channels.bad[rows].all())

    def set_order(self, order_of: Callable[[Channels], np.ndarray | None]) -> None:
        """Put all channels into an order."""
        order = order_of(self.view.channels)
        if order is not None:
            self.view.channels.set_order(order)

    def choose_color(self) -> None:
        """Let any colour be chosen for the selected channels, and show it on them meanwhile."""
        channels, rows, row = self.view.channels, self.selected_rows, self.tree.current_row()
        if row is None:
            return
        if self.color_dialog is not None:
            self.color_dialog.reject()
        before = channels.color[rows].copy()
        dialog = QColorDialog(QColor(*channels.color[row].tolist()), self)
        dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAttribute(Qt.WidgetAttribute.WA_WindowPropagation)  # the palette of the table
        count = f"{len(rows)} channels" if len(rows) > 1 else self.current_name
        dialog.setWindowTitle(f"Colour of {count}")
        dialog.currentColorChanged.connect(lambda c: channels.set_color(c.getRgb()[:3], rows))
        dialog.rejected.connect(lambda: channels.set_color(before, rows))
        dialog.finished.connect(self._forget_dialog)
        self.color_dialog = dialog
        dialog.show()

    def _forget_dialog(self) -> None:
        self.color_dialog = None

    def _ask_for_columns(self, at: QPoint) -> None:
        menu = ColumnMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.header().mapToGlobal(at))  # type: ignore[union-attr]

    # -- filter ----------------------------------------------------------------------------------

    def _filter(self, text: str) -> None:
        try:
            kept = self._finder.matching(text)
        except OptionError as error:
            self.say(str(error))
            return
        self.model.set_filter(kept)
        self.tree.open_all(bool(text.strip()))
        self._say_counts()
        self._schedule()

    def enter_rows(self) -> None:
        """Let the keyboard go to the rows, to the first one if it was on none."""
        self.tree.setFocus()
        if not self.tree.selectionModel().hasSelection():  # type: ignore[union-attr]
            listed = self.model.listed
            if len(listed):
                self.tree.setCurrentIndex(self.model.index_of(int(listed[0])))

    # -- following the view ----------------------------------------------------------------------

    @while_alive
    def _schedule(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        """Show what changed."""
        if not self.isVisible():
            return
        self.model.sync()
        for button, is_possible in self._buttons:
            button.setEnabled(is_possible())
        some = len(self.selected_rows) > 0
        soloed = self.view.channels.soloed
        self.solo_button.setEnabled(some or soloed)
        self.solo_button.setChecked(soloed)
        self.bad_button.setEnabled(some)
        self.bad_button.setChecked(self._all_bad())
        if not self._quiet.isActive():
            self._say_counts()

    def say(self, sentence: str) -> None:
        """Say a sentence below the table for a while."""
        self.foot.setText(sentence)
        self.foot.setForegroundRole(QPalette.ColorRole.WindowText)
        self._quiet.start(SAID_MS)

    def _say_counts(self) -> None:
        self._quiet.stop()
        channels, listed = self.view.channels, self.model.listed
        parts = [f"{int(channels.visible.sum())} of {len(channels)} shown"]
        parts.append(f"{len(channels.shown)} on screen")
        if self.filter.text():
            parts.insert(0, f"{len(listed)} found" if len(listed) else "No channel found")
        self.foot.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.foot.setText(", ".join(parts))

    def showEvent(self, event: QShowEvent | None) -> None:
        """Catch up with what changed while the table was hidden."""
        super().showEvent(event)
        self._schedule()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Clear the filter on Esc."""
        assert event is not None
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Take Ctrl+F for the filter, wherever in the table the keyboard is."""
        if isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Find):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.filter.setFocus()
                self.filter.selectAll()
                return True
        return super().event(event)

"""`OverviewPicture`: the picture of the whole recording, kept up to date while it is indexed."""

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QRectF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QColor,
    QHideEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import QWidget

from viewer.engine.engine import Engine
from viewer.engine.overview import Group, shown_groups
from viewer.engine.workers import LatestWorker
from viewer.model.theme import Color
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.view.signal_view import SignalView
from viewer.render.overview import LABELS, Strip
from viewer.render.overview_artist import Artist, Picture, Wish

REFRESH_MS = 500
"""While the recording is being indexed the picture is made anew this often at most."""

OPENING_MS = 100
"""How often to look whether the index is there, which is what the first picture waits for."""

RESIZED_MS = 60
"""A new size is drawn when it has been the same for so long; till then the picture is stretched."""

PATIENCE_MS = 400
"""The traces come first; the strip is read for when they are there, or after so long."""


class OverviewPicture(QWidget):
    """A strip over the whole recording: what is where in it.

    It is drawn in a thread, anew when its size, the channels shown, their colours or the theme
    change, and while the recording is being indexed; whatever else changes only paints it again.

    Parameters
    ----------
    signal_view : SignalView
        Whose recording to show. It may go first.
    parent : QWidget or None

    Attributes
    ----------
    view : viewer.model.View
        That of `signal_view`.
    message : Qt signal
        A sentence about something that went wrong.
    """

    message = pyqtSignal(str)

    def __init__(self, signal_view: SignalView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._signal_view, self.view = signal_view, signal_view.view
        self._picture: Picture | None = None
        self._wish: Wish | None = None
        self._asked: tuple[Any, ...] = ()
        self._progress_asked: tuple[Any, ...] = ()
        self._stopped = True
        self._follow, self._settle = self._timer(0), self._timer(RESIZED_MS)
        self._patience = self._timer(PATIENCE_MS)
        for timer in (self._follow, self._settle, self._patience):
            timer.timeout.connect(self._look)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look_at_index)
        signal_view.shown.connect(self._on_shown)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._start()

    def _timer(self, milliseconds: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        return timer

    def _start(self) -> None:
        relay, told = Relay(), Relay()
        relay.said.connect(self._take)
        told.said.connect(self._tell)
        show, tell = relay.teller("said"), told.teller("said")
        artist = Artist(show, tell)  # for the worker's thread alone
        self._worker: LatestWorker[Wish, Picture] = LatestWorker(
            artist.draw, show, tell, "rawscope overview"
        )
        self.destroyed.connect(self._worker.close)
        self.view.changed.connect(self._on_change)
        self._stopped, self._asked = False, ()

    def stop(self) -> None:
        """Stop the thread; nothing new is drawn until the widget is shown again."""
        if self._stopped:
            return
        self._stopped = True
        for timer in (self._follow, self._settle, self._patience, self._poll):
            timer.stop()
        self.view.changed.disconnect(self._on_change, missing_ok=True)
        if self._wish is not None:
            self._wish.unwanted.set()
        self._worker.close()

    # -- what to draw ----------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether a better picture is under way, or due as more is indexed."""
        if self._stopped or not self.isVisible():
            return False
        waiting = any(t.isActive() for t in (self._follow, self._settle, self._patience))
        picture = self._picture
        drawn = picture is not None and picture.final and picture.wish is self._wish
        indexing = self._engine.indexer.running or self._progress() != self._progress_asked
        return waiting or not drawn or indexing

    @property
    def picture(self) -> Picture | None:
        """What is on screen, without window and labels."""
        return self._picture

    @property
    def _engine(self) -> Engine:
        """What reads the recording on top."""
        feeds = self._signal_view.feeds
        return (feeds.shown or [feeds.main])[-1]

    def _progress(self) -> tuple[Any, ...]:
        indexer = self._engine.indexer
        return indexer, indexer.count, indexer.running, indexer.share

    def _strip(self) -> Strip:
        ratio = self.devicePixelRatioF()
        width, height = (max(1, round(side * ratio)) for side in (self.width(), self.height()))
        return Strip.of(width, height, ratio, len(self.view.events) > 0)

    def _key(self) -> tuple[Any, ...]:
        """Return all that the picture depends on, but for what is indexed."""
        view, channels, events = self.view, self.view.channels, self.view.events
        arrays = channels.visible, channels.bad, channels.order, channels.color
        marks = events.visible, events.color
        return (
            self._engine,
            self._signal_view.reader,
            self._strip(),
            view.theme,
            view.events_shown,
            *(array.tobytes() for array in (*arrays, *marks)),
        )

    @while_alive
    def _on_change(self) -> None:
        if not self._follow.isActive():
            self._follow.start()

    @while_alive
    def _on_shown(self, status: str) -> None:
        """Look at once when the traces are there, and now and then whether there is an index."""
        if self._stopped or not self.isVisible():
            return
        if self._patience.isActive():
            self._patience.stop()
            self._look()
        if not self._poll.isActive() and self._progress() != self._progress_asked:
            self._poll.start(OPENING_MS)

    def _look(self) -> None:
        """Have a picture drawn if it would be another than what was asked for last."""
        if self._stopped or not self.isVisible() or self._patience.isActive():
            return
        if self._key() != self._asked and not self._settle.isActive():
            self._ask()
        self.update()

    def _look_at_index(self) -> None:
        """Have what is newly indexed drawn."""
        if self._patience.isActive():
            return
        if self._progress() != self._progress_asked and not self._worker.busy:
            self._ask()
        indexer = self._engine.indexer
        self._poll.setInterval(OPENING_MS if indexer.share is None else REFRESH_MS)
        if not indexer.running and not self._worker.busy:
            self._poll.stop()
        self.update()

    def _ask(self) -> None:
        engine, view = self._engine, self.view
        feeds = self._signal_view.feeds
        reader = self._signal_view.reader if engine is feeds.main else feeds.below
        assert reader is not None
        events = np.flatnonzero(view.events.visible & view.events_shown).tolist()
        if self._wish is not None:
            self._wish.unwanted.set()
        self._asked, self._progress_asked = self._key(), self._progress()
        strip = self._strip()
        self._wish = Wish(
            reader,
            view.timeline,
            engine.indexer,
            strip,
            self._colored(shown_groups(view.channels, strip.most_bands)),
            {channel: _color(view.events.color[channel]) for channel in events},
            view.theme,
            threading.Event(),
        )
        self._worker.submit(self._wish)
        self._poll.start(OPENING_MS if engine.indexer.share is None else REFRESH_MS)

    def _colored(self, groups: Sequence[Group]) -> tuple[tuple[Group, Color], ...]:
        """Return groups with the colour that most of their channels have, or one of their own."""
        own = self.view.theme.channel_colors(len(groups))
        out = []
        for group, fresh in zip(groups, own, strict=True):
            colors = Counter(map(_color, self.view.channels.color[group.rows]))
            color, count = colors.most_common(1)[0]
            out.append((group, color if 2 * count > len(group.rows) else _color(fresh)))
        return tuple(out)

    @while_alive
    def _take(self, picture: Picture) -> None:
        self._picture = picture
        self.update()

    @while_alive
    def _tell(self, sentence: str) -> None:
        self.message.emit(sentence)

    # -- Qt events -------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Copy the picture to the screen."""
        painter = QPainter(self)
        theme, bottom = self.view.theme, self.height() - LABELS
        if self._picture is None:
            painter.fillRect(self.rect(), QColor(*theme.background))
            painter.fillRect(QRectF(0, bottom, self.width(), LABELS), QColor(*theme.gutter))
        else:
            painter.drawImage(QRectF(self.rect()), _image(self._picture))
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Draw the picture for the new size once it stays."""
        if not self._stopped:
            self._settle.start()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Draw when the widget appears, also one that was closed before."""
        if self._stopped:
            self._start()
        if self._signal_view.frame is None:
            self._patience.start()
        else:
            self._follow.start()
        self._poll.start(OPENING_MS)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Look at nothing that nobody sees."""
        self._poll.stop()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the thread with the widget."""
        self.stop()
        super().closeEvent(event)


def _color(rgb: np.ndarray) -> Color:
    red, green, blue = rgb.tolist()
    return red, green, blue


def _image(picture: Picture) -> QImage:
    height, width = picture.image.shape[:2]
    # The address, not the bytes: no copy. The picture keeps the memory alive.
    address = sip.voidptr(picture.image.ctypes.data)
    kind = QImage.Format.Format_RGBA8888
    # PyQt6's stubs do not list this overload, which its documentation does.
    return QImage(address, width, height, 4 * width, kind)  # type: ignore[call-overload]

"""What is asked about the picture: the sample under the mouse, and what a measured span holds."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QObject, QPointF, QTimer, pyqtSignal

from rawio import BaseRawIO
from viewer.qt.bridge import while_alive
from viewer.qt.view.frame import Frame
from viewer.qt.view.measurer import Measurement, Measurer
from viewer.qt.view.pointer import Answer, Question
from viewer.qt.view.reading_text import nothing_text, reading_text
from viewer.render.layout import PanelBox
from viewer.render.places import spot_at

if TYPE_CHECKING:
    from viewer.qt.view.signal_view import SignalView

AGAIN_MS = 30
"""A mouse that rests over a picture that moves asks so often at most."""


class Inquiry(QObject):
    """Has the threads of a view look up what is asked, and takes in what they find.

    Parameters
    ----------
    widget : SignalView

    Attributes
    ----------
    pointed : Qt signal
        See `SignalView`.
    """

    pointed = pyqtSignal(str)

    def __init__(self, widget: "SignalView") -> None:
        super().__init__(widget)
        self._widget = widget
        self._asked: Question | None = None
        self._measured_in: BaseRawIO | None = None
        self._measurer: Measurer | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._ask_again)

    def follow(self) -> None:
        """Ask anew what a new picture may answer otherwise."""
        widget, found = self._widget, self._widget.measured
        if widget.overlay.cursor_at is not None and not self._again.isActive():
            self._again.start()
        if found is None:
            return
        if widget.view.span != found.span:  # somebody else has selected something
            widget.measured = None
            self.measure(None)
        elif self._measured_in not in (None, widget.feeds.reader_shown):
            widget.measured = replace(found, statistics=None)
            self.measure(found)
        elif self._measurer not in (None, widget.crew.measurer) and not found.complete:
            self.measure(found)  # the one that was asked has ended, with a view that was closed

    # -- the sample under the mouse ------------------------------------------------------------

    def point_at(self, position: QPointF | None) -> None:
        """Ask for the sample at a place of the widget, None where the mouse is not over it."""
        frame = self._widget.frame
        self._asked, words = None, ""
        if position is not None and frame is not None and self._widget.crew.working:
            self._asked, words = self._question(frame, position)
        if self._asked is not None:
            self._widget.crew.pointer.ask(self._asked)
        else:
            self._widget.overlay.sample = None
            self.pointed.emit(words)

    def _ask_again(self) -> None:
        if self._widget.crew.working:  # a view that was closed asks again with its next picture
            self.point_at(self._widget.overlay.cursor_at)

    def _question(self, frame: Frame, position: QPointF) -> tuple[Question | None, str]:
        """Return what to ask; where nothing can be, what to say instead."""
        layout, widget = frame.layout, self._widget
        y, x = position.y() * layout.ratio, int(position.x() * layout.ratio) - layout.plot.x0
        spot, panel = spot_at(widget.view, layout, y, widget.heights), layout.panel_at(y)
        engines = widget.feeds.shown
        if spot is None or panel is None or not engines:
            return None, ""
        time = frame.viewport.time_at(position.x() * layout.ratio - layout.plot.x0)
        there = (r for r in frame.runs if r.run.stream == panel.stream)
        run = next((r for r in there if r.x_start <= x < r.x_stop), None)
        if run is None:
            name = widget.view.channels.infos[spot.row].name if spot.sure else ""
            return None, nothing_text(widget.view, time, name, frame.viewport.seconds_per_pixel)
        rows, slope, shift, height = self._meant(panel, spot.row if spot.sure else None, y)
        reader = widget.feeds.reader_shown
        return Question(reader, run, rows, slope, shift, height, x, time, engines[-1].tile), ""

    def _meant(
        self, panel: PanelBox, row: int | None, y: float
    ) -> tuple[tuple[int, ...], np.ndarray, np.ndarray, float]:
        """Return the channels that may be meant, their scales, and the height from the middle."""
        channels, widget = self._widget.view.channels, self._widget
        page = channels.page_of(panel.stream)[: panel.lanes]
        rows = page if row is None else np.array([row])
        slope, shift = channels.scale(rows, panel.lane_height, widget.readings)
        lane = int(np.flatnonzero(page == rows[0])[0])
        height = y - float(panel.centers[lane])
        if widget.view.display == "heat map":
            height = np.nan
        return tuple(rows.tolist()), slope, shift, height

    @while_alive
    def take_answer(self, answer: Answer) -> None:
        """Take in what a sample says; also of a place the mouse has left by little."""
        asked, reading, overlay = self._asked, answer.reading, self._widget.overlay
        if asked is None or asked.reader is not answer.question.reader:
            return
        overlay.sample = None
        if reading is not None and reading.raw is not None:
            overlay.sample = answer.row, reading.time, float(reading.raw)
        overlay.refresh()
        self.pointed.emit(reading_text(self._widget.view, answer))

    # -- measuring -----------------------------------------------------------------------------

    def measure(self, found: Measurement | None) -> None:
        """Find out what lies between the points of a measurement, as far as that can be said."""
        measurer = self._widget.crew.measurer
        measurer.cancel()
        self._measured_in = self._measurer = None
        if found is not None and found.sure:
            self._measured_in, self._measurer = self._widget.feeds.reader_shown, measurer
            measurer.measure(self._measured_in, found)

    @while_alive
    def take_measurement(self, found: Measurement) -> None:
        """Take in what is known of the measurement that was asked for last."""
        self._widget.measured = found
        self._widget.overlay.refresh()

"""`SignalView`: the traces of a recording as a widget, to be used alone or inside other windows."""

from dataclasses import replace
from typing import cast

import numpy as np
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import QWidget

from rawio import BaseRawIO
from viewer.compute.layer import done_to
from viewer.engine import autoscale
from viewer.engine.budget import DEFAULT_BYTES, Budget
from viewer.engine.engine import PATIENCE_SECONDS, Listener
from viewer.engine.grid import Viewport
from viewer.engine.points import Points, read_points
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.model import Channels, View
from viewer.model.view import DEFAULT_LANES, Order
from viewer.picture import raster_units
from viewer.qt.bridge import Bridge, while_alive
from viewer.qt.driver import software_gl
from viewer.qt.feeds import Feeds
from viewer.qt.frame import Frame
from viewer.qt.gpu_plot import GpuPlot
from viewer.qt.navigation import NavigableWidget
from viewer.qt.painter import paint
from viewer.qt.plots import Plot, SoftwarePlot
from viewer.render.build import build_scene, visible_runs
from viewer.render.choice import Renderer, chosen_renderer
from viewer.render.decor import decorate
from viewer.render.layout import Layout, lay_out

MAX_REBUILDS = 10
"""OpenGL contexts lost by one view before it settles for the software renderer."""


class SignalView(NavigableWidget):
    """The traces, spikes and events of a recording, to pan and zoom through.

    Reading and (with the software renderer) drawing happen in threads of their own; the GUI
    thread never waits for a file.

    Parameters
    ----------
    reader : rawio.BaseRawIO
        With its header parsed. Of a `viewer.Layer` the recording below it can be shown as well:
        ``view.view.shown``, or the keys C and Alt+C.
    parent : QWidget or None
    renderer : {'auto', 'software', 'gpu'} or None
        ``auto`` takes OpenGL where a GPU draws it and the software renderer elsewhere. None means
        what the environment or the settings say, see `viewer.render.choice`.
    order : {'probe', 'file'}
        Of the channels; see `viewer.model.View`.
    memory : int
        Bytes that tiles, textures and the building of the index may take together.
    index : bool
        Whether to keep an index of the recording (see ``docs/index.md``), by which wide windows
        are exact at once. It is built in the background where it is missing.

    Raises
    ------
    HeaderNotParsedError
        When `parse_header` was not called.
    ValueError
        When the renderer is unknown, or the memory less than 64 MB.

    Attributes
    ----------
    view : viewer.model.View
        What is shown; change it (``view.window``, ``view.channels``) and the widget follows.
    feeds : viewer.qt.feeds.Feeds
        What reads and indexes.
    shown : Qt signal
        A new picture is on screen; carries the status in words, as `status` does.
    message : Qt signal
        A sentence about something that went wrong.
    """

    shown = pyqtSignal(str)
    message = pyqtSignal(str)

    def __init__(
        self,
        reader: BaseRawIO,
        parent: QWidget | None = None,
        renderer: Renderer | None = None,
        order: Order = "probe",
        memory: int = DEFAULT_BYTES,
        *,
        index: bool = True,
    ) -> None:
        renderer = chosen_renderer(renderer)
        super().__init__(View(reader, order=order), parent)  # raises without a parsed header
        self.reader = reader
        assert reader.header is not None
        self.view.channels.show_page(0, min(DEFAULT_LANES, max(1, len(self.view.channels))))
        self._unit_names = [str(name) for name in reader.header["unit_channels"]["name"]]
        self._event_names = [str(name) for name in reader.header["event_channels"]["name"]]
        self._raster_units = raster_units(reader)
        self._points: Points | None = None
        self._rebuilds = 0
        self._budget, self._index = Budget(memory), index
        self._bridge = Bridge()
        self._bridge.changed.connect(self._schedule)
        self._bridge.progressed.connect(self._tell_progress)
        self._bridge.tile_unreadable.connect(self._take_unreadable)
        self._bridge.points_read.connect(self._take_points)
        self._bridge.scale_measured.connect(self._take_scale)
        self._bridge.message.connect(self.message)
        self._waiting = False
        self._scaled = False
        self._measured: tuple[np.ndarray, np.ndarray] | None = None
        self._start_threads()
        self._refresh_timer = QTimer(self)
        self._refresh_timer.setSingleShot(True)
        self._refresh_timer.timeout.connect(self._refresh)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._lose_patience)
        self.view.changed.connect(self._schedule)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(320, 200)
        self._plot = self._make_plot(renderer)

    def _start_threads(self) -> None:
        reader, view, bridge = self.reader, self.view, self._bridge
        tell = bridge.teller("message")

        def look_up(viewport: Viewport) -> Points:
            try:
                return read_points(reader, view.timeline, viewport)
            except Exception as error:  # traces without spikes are better than nothing
                tell(sentence_of(error, "reading spikes and events"))
                return Points(viewport)

        def measure(window: tuple[float, float]) -> tuple[autoscale.Scale, np.ndarray | None]:
            try:
                scale = autoscale.measure(reader, view.channels, view.timeline, window)
                if below is None:
                    return scale, None
                channels = Channels.of(below)
                return scale, autoscale.measure(below, channels, view.timeline, window).offset
            except Exception as error:
                tell(sentence_of(error, "measuring the signals"))
                return autoscale.Scale(view.channels.offset, view.channels.span), None

        listener = Listener(
            changed=bridge.teller("changed"),
            progressed=bridge.teller("progressed"),
            unreadable=bridge.teller("tile_unreadable"),
            message=tell,
        )
        self.feeds = Feeds(reader, view, listener, self._budget, index=self._index)
        below = self.feeds.below
        if self._measured is not None:
            self.feeds.center_below(*self._measured)
        self._point_worker: LatestWorker[Viewport, Points] = LatestWorker(
            look_up, bridge.teller("points_read"), tell, "rawscope points"
        )
        self._scale_worker: LatestWorker[
            tuple[float, float], tuple[autoscale.Scale, np.ndarray | None]
        ] = LatestWorker(measure, bridge.teller("scale_measured"), tell, "rawscope scale")
        if not self._scaled:
            self._scale_worker.submit((view.window.t_start, view.window.t_stop))
        self._stopped = False
        # A widget that goes with its parent gets no close event.
        for worker in (self.feeds, self._point_worker, self._scale_worker):
            self.destroyed.connect(worker.close)

    # -- renderer --------------------------------------------------------------------------

    @property
    def renderer(self) -> str:
        """Which renderer draws: ``software`` or ``gpu``."""
        return self._plot.renderer

    @property
    def why_software(self) -> str | None:
        """Why ``auto`` chose the software renderer, as a sentence; None where nothing did."""
        return self._why_software

    @property
    def plot(self) -> Plot:
        """The widget that shows the traces."""
        return self._plot

    def set_renderer(self, renderer: Renderer) -> None:
        """Change the renderer while running."""
        old, self._plot = self._plot, self._make_plot(renderer)
        old.stop()
        old.hide()
        old.deleteLater()
        self._plot.show()
        self._schedule()

    def _make_plot(self, renderer: Renderer) -> Plot:
        plot: Plot
        self._why_software = software_gl() if renderer == "auto" else None
        if renderer == "gpu" or (renderer == "auto" and self._why_software is None):
            plot = GpuPlot(self, self._budget.textures)
            plot.failed.connect(self._fall_back)
        else:
            plot = SoftwarePlot(self)
            plot.failed.connect(self.message)
        plot.ready.connect(self._take_frame)
        return plot

    def _fall_back(self, why: str) -> None:
        """Make a new context where one was lost; where there is none, use the other renderer.

        A context is lost when the widget moves to another window, or the driver resets.
        """
        if not isinstance(self._plot, GpuPlot) or self.sender() is not self._plot:
            return
        if self._plot.drawn and self._rebuilds < MAX_REBUILDS:
            self._rebuilds += 1
            self.set_renderer("gpu")
        else:
            self.set_renderer("software")
            self._why_software = f"{why}; the software renderer goes on."
            self.message.emit(self._why_software)

    # -- from the model to the screen --------------------------------------------------------

    @property
    def status(self) -> str:
        """Zoom and exactness of the picture on screen, in words."""
        return "" if self._frame is None else self._frame.describe()

    @property
    def busy(self) -> bool:
        """Whether anything is still being read, measured or drawn for this view."""
        frame, points = self._frame, self._points
        if self._refresh_timer.isActive() or not self._scaled or frame is None or points is None:
            return True
        if self._plot.busy or frame.tiles_missing > 0 or points.viewport != frame.viewport:
            return True
        return self.feeds.busy

    def layout_now(self) -> Layout:
        """Return the layout for the widget's present size."""
        ratio = self.devicePixelRatioF()
        size = (round(self.width() * ratio), round(self.height() * ratio))
        return lay_out(self.view, size, ratio, self._raster_units, bool(self._event_names))

    @while_alive
    def _schedule(self) -> None:
        if not (self._stopped or self._refresh_timer.isActive()):
            self._refresh_timer.start()

    def _refresh(self) -> None:
        """Ask for what the view needs and draw what is there."""
        if not self.isVisible():
            return
        layout = self.layout_now()
        viewport = Viewport.of(self.view.window, layout.plot.width, self.view.reference)
        runs = visible_runs(self.view, viewport)
        asked = self.feeds.request(runs)
        if asked.missing and not self._waiting:
            self._patience.start(round(1000 * PATIENCE_SECONDS))
        self._waiting = bool(asked.missing)
        if not (self._unit_names or self._event_names):
            self._points = Points(viewport)
        elif self._points is None or self._points.viewport != viewport:
            self._point_worker.submit(viewport)
        # A picture with holes is drawn only when the whole one takes long.
        if asked.missing and self._frame is not None and self._patience.isActive():
            return
        points = Points(viewport) if self._points is None else self._points.seen_through(viewport)
        names = self._unit_names, self._event_names
        scene = build_scene(
            self.view,
            layout,
            viewport,
            self.feeds.sources(runs),
            points,
            len(names[0]),
            len(names[1]),
        )
        caption = self._caption()
        drawing = decorate(self.view, layout, viewport, points, *names, caption)
        frame = Frame(
            layout,
            viewport,
            tuple(runs),
            scene,
            drawing,
            asked.missing,
            asked.unreadable,
            scene.approximate,
            self.feeds.indexed,
            points.unread,
            self.feeds.lost,
            caption,
        )
        self._plot.submit(frame)

    def _caption(self) -> str:
        """Return what was done to the signals on screen, in words; nothing is "" ."""
        done = done_to(self.reader)
        if not done:
            return ""
        if self.view.shown == "raw":
            return "as recorded"
        alone = self.view.shown == "processed" or self.view.display == "heat map"
        return done if alone else f"{done}, over as recorded"

    def _lose_patience(self) -> None:
        """Draw what there is, and have something coarse drawn where there is nothing."""
        self.feeds.hurry()
        self._schedule()

    @while_alive
    def _tell_progress(self) -> None:
        """Say how much is indexed now; nothing is drawn anew."""
        if self._frame is not None:
            self._frame = replace(self._frame, indexed=self.feeds.indexed)
            self.shown.emit(self._frame.describe())

    def _take_frame(self, frame: Frame) -> None:
        if self.sender() is self._plot:
            self._frame = frame
            self.update()
            self.shown.emit(frame.describe())
            if frame.exact:
                self.feeds.look_ahead()

    @while_alive
    def _take_unreadable(self, sentence: str) -> None:
        self.message.emit(sentence)
        self._schedule()

    @while_alive
    def _take_points(self, points: Points) -> None:
        self._points = points
        self._schedule()

    @while_alive
    def _take_scale(self, measured: tuple[autoscale.Scale, np.ndarray | None]) -> None:
        """Apply the first scale, unless the program around has set one meanwhile."""
        scale, shift = measured
        self._scaled = True
        if shift is not None:
            self._measured = scale.offset, shift
            self.feeds.center_below(*self._measured)
            self._schedule()
        channels = self.view.channels
        if not channels.offset.any() and all(span == 1.0 for span in channels.span.values()):
            scale.apply(channels)

    # -- Qt events -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw what surrounds the plot."""
        if self._frame is None:
            return
        painter = QPainter(self)
        paint(painter, self._frame.drawing, self._frame.layout.ratio)
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay the view out anew."""
        self._schedule()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Draw when the widget appears, also one that was closed before."""
        if self._stopped:
            self._start_threads()
            self.view.changed.connect(self._schedule)
            why = self._why_software
            self.set_renderer(cast(Renderer, self.renderer))
            self._why_software = why
        self._schedule()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Stop the threads with the widget."""
        self.stop()
        super().closeEvent(event)

    def stop(self) -> None:
        """Stop all threads; nothing new is shown until the widget is shown again."""
        if self._stopped:
            return
        self._stopped = True
        self._refresh_timer.stop()
        self._patience.stop()
        self.view.changed.disconnect(self._schedule, missing_ok=True)
        for worker in (self.feeds, self._point_worker, self._scale_worker):
            worker.close()
        self._plot.stop()

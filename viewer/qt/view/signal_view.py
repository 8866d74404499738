"""`SignalView`: the traces of a recording as a widget, to be used alone or inside other windows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PyQt6.QtCore import QPointF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PyQt6.QtWidgets import QWidget

from rawio import BaseRawIO
from viewer.compute.layer import Layer
from viewer.compute.steps import Step
from viewer.engine.budget import DEFAULT_BYTES, Budget
from viewer.engine.engine import PATIENCE_SECONDS
from viewer.engine.grid import Viewport
from viewer.engine.points import Points
from viewer.model import View
from viewer.model.channel_info import Readings
from viewer.model.panels import DEFAULT_LANES
from viewer.model.view import Order
from viewer.picture import raster_units
from viewer.qt.bridge import Bridge, while_alive
from viewer.qt.painter import paint
from viewer.qt.view.actions import by_key
from viewer.qt.view.crew import Crew, Layered, close_all
from viewer.qt.view.driver import software_gl
from viewer.qt.view.feeds import Feeds
from viewer.qt.view.fitting import Fitting
from viewer.qt.view.frame import Frame
from viewer.qt.view.framing import frame_of
from viewer.qt.view.gpu_plot import GpuPlot
from viewer.qt.view.inquiry import Inquiry
from viewer.qt.view.jumper import Jumper
from viewer.qt.view.measurer import Measurement
from viewer.qt.view.navigation import NavigableWidget
from viewer.qt.view.player import Player
from viewer.qt.view.plots import Plot, SoftwarePlot
from viewer.qt.view.scaling import How
from viewer.render.build import visible_runs
from viewer.render.choice import Renderer, chosen_renderer
from viewer.render.layout import Layout, lay_out
from viewer.render.pages import fit_pages

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
    reader : rawio.BaseRawIO
        Changes with `process`.
    player : viewer.qt.view.player.Player
    shown : Qt signal
        A new picture is on screen; carries the status in words, as `status` does.
    message : Qt signal
        A sentence about something that went wrong.
    said : Qt signal
        A few words about what an act came to, such as what was jumped to.
    pointed : Qt signal
        What the sample under the mouse says, in words; "" when the mouse is elsewhere.
    reader_changed : Qt signal
        What `process` was asked for is done, or refused.
    """

    shown = pyqtSignal(str)
    message = pyqtSignal(str)
    said = pyqtSignal(str)
    pointed = pyqtSignal(str)
    reader_changed = pyqtSignal()

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
        super().__init__(View(reader, order=order), by_key(), parent)  # raises without a header
        self.reader = reader
        self.view.channels.fit(dict.fromkeys(self.view.streams, DEFAULT_LANES))
        self._raster_units = raster_units(reader)
        self._points: Points | None = None
        self._rebuilds = 0
        self._budget, self._index = Budget(memory), index
        self._bridge = Bridge()
        self._bridge.changed.connect(self._schedule)
        self._bridge.progressed.connect(self._tell_progress)
        self._bridge.tile_unreadable.connect(self._take_unreadable)
        self._bridge.points_read.connect(self._take_points)
        self._fitting = Fitting(self)
        self._bridge.scale_measured.connect(self._fitting.take)
        self._bridge.message.connect(self.message)
        self._bridge.said.connect(self.said)
        self._waiting = False
        self._how_then: How = "again"
        self._wanted: tuple[Step, ...] | None = None
        self._inquiry = Inquiry(self)
        self._inquiry.pointed.connect(self.pointed)
        self._crews: list[Crew] = []
        self.player: Player = Player(self.view, self)
        self._start_threads()
        # A widget that goes with its parent gets no close event.
        crews = self._crews
        self.destroyed.connect(lambda: close_all(crews))
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
        close_all(self._crews)
        crew = Crew(
            self.reader,
            self.view,
            self._bridge,
            self._budget,
            index=self._index,
            answered=self._inquiry.take_answer,
            measured=self._inquiry.take_measurement,
            layered=self._take_layer,
        )
        self._crews[:] = [crew]
        self._fitting.begin()
        if self._wanted is not None:
            crew.process(self.recorded, self._wanted)
        self._stopped = False

    @property
    def crew(self) -> Crew:
        """What works for the view in threads; another one after `process`."""
        return self._crews[0]

    @property
    def feeds(self) -> Feeds:
        """What reads and indexes."""
        return self.crew.feeds

    @property
    def jumper(self) -> Jumper:
        """What goes to spikes and events."""
        return self.crew.jumper

    # -- processing --------------------------------------------------------------------------

    @property
    def recorded(self) -> BaseRawIO:
        """The recording itself, whatever is done to it for the view."""
        derived = self.reader.derived_from()
        return self.reader if derived is None else derived[0]

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is done to the recording for the view."""
        return tuple(self.reader.steps) if isinstance(self.reader, Layer) else ()

    @property
    def steps_wanted(self) -> tuple[Step, ...]:
        """What is to be done to it: `steps`, once the layer for that is made."""
        return self.steps if self._wanted is None else self._wanted

    @property
    def filtering(self) -> bool:
        """Whether steps were asked for that are neither done nor refused yet."""
        return self._wanted is not None

    def process(self, steps: Sequence[Step], *, keep_scale: bool = False) -> None:
        """Show the recording after steps, or as it is where there are none.

        The layer is made in a thread; of a view that is closed, once it is shown again. Steps that
        this recording cannot take are told by `message`, and what is shown stays. Either way
        `reader_changed` is emitted. Of several wishes the last counts.

        Parameters
        ----------
        steps : sequence of Step
        keep_scale : bool
            Whether the scale is that of the processed signals already, as with a saved view; else
            it is measured anew.
        """
        if keep_scale:
            self.view.spans.take_as_processed()
        self._wanted = tuple(steps)
        self._how_then = "at first" if keep_scale else "again"
        self.crew.process(self.recorded, self._wanted)
        self._schedule()  # to say that it is being done

    @while_alive
    def _take_layer(self, made: Layered) -> None:
        if self._stopped or made.steps != self._wanted:
            return
        self._wanted = None
        if made.reader is not None:
            self._read_from(made.reader)
        else:
            self._fitting.measure()
            self._schedule()
        self.reader_changed.emit()

    def _read_from(self, reader: BaseRawIO) -> None:
        self._fitting.start_over(self._how_then)
        self.reader = reader
        self.view.read_from(reader)
        self._start_threads()
        self._schedule()

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
        frame, points, fitted = self._frame, self._points, self._fitting.done
        if self._refresh_timer.isActive() or not fitted or frame is None or points is None:
            return True
        # Tiles that were read may not be known of yet: what tells of them is on its way.
        if self._waiting or self._plot.busy or frame.tiles_missing > 0:
            return True
        if points.viewport != frame.viewport:
            return True
        return self.feeds.busy

    def layout_now(self) -> Layout:
        """Return the layout for the widget's present size."""
        ratio = self.devicePixelRatioF()
        size = (round(self.width() * ratio), round(self.height() * ratio))
        return lay_out(self.view, size, ratio, self._raster_units)

    @while_alive
    def _schedule(self) -> None:
        if not (self._stopped or self._refresh_timer.isActive()):
            self._refresh_timer.start()

    def _refresh(self) -> None:
        """Ask for what the view needs and draw what is there."""
        if not self.isVisible():
            return
        layout = self.layout_now()
        if fit_pages(self.view, layout):
            layout = self.layout_now()
        viewport = Viewport.of(self.view.window, layout.plot.width, self.view.reference)
        runs = visible_runs(self.view, viewport)
        asked = self.feeds.request(runs)
        if asked.missing and not self._waiting:
            self._patience.start(round(1000 * PATIENCE_SECONDS))
        self._waiting = bool(asked.missing)
        if not (len(self.view.units) or len(self.view.events)):
            self._points = Points(viewport)
        elif self._points is None or self._points.viewport != viewport:
            self.crew.look_up(viewport)
        # A picture with holes is drawn only when the whole one takes long.
        if asked.missing and self._frame is not None and self._patience.isActive():
            return
        points = Points(viewport) if self._points is None else self._points.seen_through(viewport)
        done = self.reader, "filtering\N{HORIZONTAL ELLIPSIS}" if self._wanted else ""
        self._plot.submit(
            frame_of(self.view, layout, viewport, runs, points, self.feeds, asked, *done)
        )

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
            self._inquiry.follow()
            self.overlay.refresh()
            self.note_place()
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

    def autoscale(self, *, each: bool = False) -> None:
        """Fit the scale to the robust noise of what is on screen, by stream or by channel.

        Where lanes are tall, to the peaks on screen. It is measured in a thread, from a bounded
        number of samples.
        """
        self._fitting.fit(each=each)

    # -- keys and mouse over the picture -------------------------------------------------------

    @property
    def readings(self) -> Readings | None:
        """What the values on top of the picture mean, where not what the channels say."""
        return self.feeds.readings if self.feeds.shown else None

    def point_at(self, position: QPointF | None) -> None:
        """Ask for the sample under the mouse."""
        super().point_at(position)
        self._inquiry.point_at(position)

    def take_measurement(self, found: Measurement | None) -> None:
        """Show a measurement, and find out what lies between its points."""
        super().take_measurement(found)
        self._inquiry.measure(found)

    def take_over(self) -> None:
        """Play no longer."""
        self.player.pause()

    def _let_go(self) -> bool:
        if super()._let_go():
            return True
        if self.jumper.busy:
            self.jumper.cancel()
            return True
        return False

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

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Play no further while nobody sees it, be it behind an icon."""
        self.player.pause()

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
        self.player.pause()
        close_all(self._crews)
        self._plot.stop()

"""All that works for a view in threads of its own: made for one reader, ended together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.compute.layer import Layer
from viewer.compute.steps import Step
from viewer.engine.budget import Budget
from viewer.engine.engine import Listener
from viewer.engine.grid import Viewport
from viewer.engine.points import Points, read_points
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.model import View
from viewer.qt.bridge import Bridge, Relay
from viewer.qt.view.feeds import Feeds
from viewer.qt.view.jumper import Jumper
from viewer.qt.view.measurer import Measurement, Measurer
from viewer.qt.view.pointer import Answer, Pointer
from viewer.qt.view.scaling import Scaler


@dataclass(frozen=True)
class Layered:
    """What became of `Crew.process`.

    Attributes
    ----------
    steps : tuple of Step
        That were asked for.
    reader : rawio.BaseRawIO or None
        The recording after them; None where it does not take them.
    """

    steps: tuple[Step, ...]
    reader: BaseRawIO | None


class Crew:
    """The threads of a view.

    Parameters
    ----------
    reader : rawio.BaseRawIO
    view : View
        Of the reader.
    bridge : Bridge
        Whose signals tell what they find.
    budget : Budget
    index : bool
        See `Engine`.
    answered, measured, layered : callable
        Called in the GUI thread with an `Answer`, a `Measurement`, and a `Layered`.

    Attributes
    ----------
    feeds : Feeds
    scaler : Scaler
    jumper : Jumper
    pointer : Pointer
    measurer : Measurer
    working : bool
        Until `close`.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        view: View,
        bridge: Bridge,
        budget: Budget,
        *,
        index: bool,
        answered: Callable[[Answer], None],
        measured: Callable[[Measurement], None],
        layered: Callable[[Layered], None],
    ) -> None:
        self.working = True
        tell = bridge.teller("message")

        def look_up(viewport: Viewport) -> Points:
            try:
                return read_points(reader, view.timeline, viewport)
            except Exception as error:  # traces without spikes are better than nothing
                tell(sentence_of(error, "reading spikes and events"))
                return Points(viewport)

        listener = Listener(
            changed=bridge.teller("changed"),
            progressed=bridge.teller("progressed"),
            unreadable=bridge.teller("tile_unreadable"),
            message=tell,
        )
        self.feeds = Feeds(reader, view, listener, budget, index=index)
        self._points: LatestWorker[Viewport, Points] = LatestWorker(
            look_up, bridge.teller("points_read"), tell, "rawscope points"
        )
        scale = bridge.teller("scale_measured")
        self.scaler = Scaler(reader, self.feeds.below, view, scale, tell)
        self.jumper = Jumper(reader, view, bridge.teller("said"), tell)
        self.pointer = Pointer(view, answered, tell)
        self.measurer = Measurer(view, measured, tell)
        relay = Relay()
        relay.said.connect(layered)

        def make(job: tuple[BaseRawIO, tuple[Step, ...]]) -> Layered:
            recorded, steps = job
            try:
                return Layered(steps, Layer(recorded, steps) if steps else recorded)
            except Exception as error:
                tell(sentence_of(error, "making the filters"))
                return Layered(steps, None)

        self._layers: LatestWorker[tuple[BaseRawIO, tuple[Step, ...]], Layered] = LatestWorker(
            make, relay.teller("said"), tell, "rawscope filters"
        )

    def look_up(self, viewport: Viewport) -> None:
        """Read spikes and events of a viewport; an earlier wish that waits is dropped."""
        self._points.submit(viewport)

    def process(self, recorded: BaseRawIO, steps: tuple[Step, ...]) -> None:
        """Make a layer of steps over a recording; without steps, that is the recording itself."""
        self._layers.submit((recorded, steps))

    def center_below(self, rest: np.ndarray | None) -> None:
        """Tell the feeds the resting levels of the recording below, where they are known."""
        if rest is not None:
            self.feeds.center_below(rest)

    def close(self) -> None:
        """Stop all threads, not waiting, and call nobody any more."""
        self.working = False
        self.feeds.close()
        self._points.close()
        self._layers.close()
        self.scaler.close()
        self.jumper.close()
        self.pointer.close()
        self.measurer.close()


def close_all(crews: Iterable[Crew]) -> None:
    """Stop the threads of all of them."""
    for crew in crews:
        crew.close()

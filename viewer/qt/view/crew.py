"""All that works for a view in threads of its own: made for one reader, ended together.

Whatever these threads find and tell goes through one `Messenger`, which is closed with them: what
was found in a reader that was replaced, or for a view that was closed, arrives nowhere.
"""

from collections.abc import Callable, Iterable, Iterator
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
from viewer.qt.bridge import Bridge, Messenger
from viewer.qt.view.errands import Errands
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
    why_not : str
        A sentence that says why it does not.
    """

    steps: tuple[Step, ...]
    reader: BaseRawIO | None
    why_not: str = ""


_Wish = tuple[BaseRawIO, tuple[Step, ...]]
"""A recording, and what is to be done to it."""


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
        self._messenger = messenger = Messenger()
        self._layered = layered

        def telling(name: str) -> Callable[..., None]:
            return messenger.to(bridge.teller(name))

        self._tell = tell = telling("message")

        def look_up(viewport: Viewport) -> Points:
            try:
                return read_points(reader, view.timeline, viewport)
            except Exception as error:  # traces without spikes are better than nothing
                tell(sentence_of(error, "reading spikes and events"))
                return Points(viewport)

        listener = Listener(
            changed=telling("changed"),
            progressed=telling("progressed"),
            unreadable=telling("tile_unreadable"),
            message=tell,
        )
        self.feeds = Feeds(reader, view, listener, budget, index=index)
        self._points: LatestWorker[Viewport, Points] = LatestWorker(
            look_up, telling("points_read"), tell, "rawscope points"
        )
        self.scaler = Scaler(reader, view, telling("scale_measured"), tell)
        self.jumper = Jumper(reader, view, messenger, telling("said"), tell)
        self.pointer = Pointer(view, messenger, answered, tell)
        self.measurer = Measurer(view, messenger, measured, tell)
        self._layers: Errands[_Wish, Layered] = Errands(
            _make_layer, messenger, self._take_layer, tell, "filters", "making the filters"
        )

    def look_up(self, viewport: Viewport) -> None:
        """Read spikes and events of a viewport; an earlier wish that waits is dropped."""
        self._points.submit(viewport)

    def process(self, recorded: BaseRawIO, steps: tuple[Step, ...]) -> None:
        """Make a layer of steps over a recording; without steps, that is the recording itself.

        Of several wishes the last counts: of the others nothing is told, nor why they failed.
        """
        self._layers.send((recorded, steps))

    def _take_layer(self, made: Layered) -> None:
        if made.why_not:
            self._tell(made.why_not)
        self._layered(made)

    def center_below(self, rest: np.ndarray | None) -> None:
        """Tell the feeds the resting levels of the recording below, where they are known."""
        if rest is not None:
            self.feeds.center_below(rest)

    def close(self) -> None:
        """Stop all threads, not waiting, and call nobody any more."""
        self.working = False
        self._messenger.close()
        self.feeds.close()
        self._points.close()
        self._layers.close()
        self.scaler.close()
        self.jumper.close()
        self.pointer.close()
        self.measurer.close()


def _make_layer(wish: _Wish, given_up: Callable[[], bool]) -> Iterator[Layered]:
    recorded, steps = wish
    try:
        made = Layer(recorded, steps) if steps else recorded
    except Exception as error:
        yield Layered(steps, None, sentence_of(error, "making the filters"))
    else:
        yield Layered(steps, made)


def close_all(crews: Iterable[Crew]) -> None:
    """Stop the threads of all of them."""
    for crew in crews:
        crew.close()

"""The scale that a view finds by itself: measured in a thread, then applied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rawio import BaseRawIO
from viewer.engine.peaks import pieces_of
from viewer.engine.scales import Scales, Sight, measure_view
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.model import View
from viewer.model.spans import Whose
from viewer.qt.view.feeds import Feeds
from viewer.qt.view.frame import Frame

How = Literal["at first", "again", "together", "each"]
"""Channels share a scale, ``at first`` only where nobody has set one; ``again``, with the gains
they have, when signals are processed otherwise; ``together``, with gain 1; or ``each`` gets a gain
of its own."""

TALL_LANE = 100.0
"""Logical pixels. What is asked to be fitted to lanes as tall is whole in them, up to its peaks; in
lower ones spikes may leave their lanes, so that the noise can be seen."""


@dataclass(frozen=True)
class Measured:
    """What was measured for a view, and how to apply it.

    Attributes
    ----------
    how : {'at first', 'again', 'together', 'each'}
    scales : viewer.engine.scales.Scales or None
        None where measuring failed.
    stream : int or None
        Whose scale it is to be; None: of all.
    """

    how: How
    scales: Scales | None
    stream: int | None = None

    @property
    def rest_below(self) -> np.ndarray | None:
        """Resting levels of the recording below a layer, float64, one for each channel."""
        below = None if self.scales is None else self.scales.below
        return None if below is None else below.rest

    def apply(self, view: View) -> None:
        """Set spans, resting levels and, where each channel has its own scale, gains."""
        if self.scales is None:
            return
        if self.how == "at first":
            self.scales.fill(view)
        elif self.how == "again":
            self.scales.follow(view)
        else:
            self.scales.fit(view, self.stream, each=self.how == "each")


def in_sight(view: View, frame: Frame | None, feeds: Feeds) -> Sight | None:
    """Return what of the picture is to be whole after a fit: the channels in tall lanes, if any."""
    if frame is None or view.display == "heat map":  # where heights are no amplitudes
        return None
    tall = [p for p in frame.layout.panels if p.lane_height >= TALL_LANE * frame.layout.ratio]
    if not tall:
        return None
    rows = [view.channels.page_of(panel.stream)[: panel.lanes] for panel in tall]
    streams = {panel.stream for panel in tall}
    runs = [run for run in frame.runs if run.run.stream in streams]
    pieces = {}
    for source in feeds.sources(runs):
        raw = source.readings is not None or feeds.below is None
        whose: Whose = "raw" if raw else "processed"
        pieces[whose] = pieces_of(source.runs, source.tile)
    return Sight(np.concatenate(rows), pieces)


_Job = tuple[How, tuple[float, float], int | None, Sight | None]
"""How, of which window, for which stream, and what is to be whole."""


class Scaler:
    """Measures signals in a thread of its own.

    Parameters
    ----------
    reader : rawio.BaseRawIO
    view : View
        Of the reader.
    measured : callable
        Called in the thread with a `Measured`.
    tell : callable
        Called in the thread with a sentence when measuring fails.
    """

    def __init__(
        self,
        reader: BaseRawIO,
        view: View,
        measured: Callable[[Measured], None],
        tell: Callable[[str], None],
    ) -> None:
        def measure(job: _Job) -> Measured:
            how, window, stream, sight = job
            try:
                return Measured(how, measure_view(reader, view, window, sight), stream)
            except Exception as error:
                tell(sentence_of(error, "measuring the signals"))
                return Measured(how, None)

        self._view = view
        self._worker: LatestWorker[_Job, Measured] = LatestWorker(
            measure, measured, tell, "rawscope scale"
        )

    def measure(self, how: How, sight: Sight | None = None) -> None:
        """Measure what is on screen, and the recording here and there.

        ``together`` and ``each`` are for the panel that keys act on, or for all.
        """
        window = self._view.window
        stream = self._view.channels.active if how in ("together", "each") else None
        self._worker.submit((how, (window.t_start, window.t_stop), stream, sight))

    @property
    def busy(self) -> bool:
        """Whether anything is being measured."""
        return self._worker.busy

    def close(self) -> None:
        """End the thread, not waiting."""
        self._worker.close()

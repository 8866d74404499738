"""The scale that a view finds by itself: measured in a thread, then applied."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rawio import BaseRawIO
from viewer.engine import autoscale
from viewer.engine.workers import LatestWorker, sentence_of
from viewer.model import Channels, View

How = Literal["at first", "again", "together", "each"]
"""Channels share a scale, ``at first`` only where nobody has set one; ``again``, with the gains
they have, ``together``, with gain 1; or ``each`` gets a gain of its own."""


@dataclass(frozen=True)
class Measured:
    """What was measured for a view, and how to apply it.

    Attributes
    ----------
    how : {'at first', 'again', 'together', 'each'}
    reader : rawio.BaseRawIO
        That was measured.
    scale : viewer.engine.autoscale.Scale or None
        None where measuring failed.
    rest_below : ndarray of float64, one for each channel, or None
        Resting levels of the recording below a layer.
    stream : int or None
        Whose scale it is to be; None: of all.
    """

    how: How
    reader: BaseRawIO
    scale: autoscale.Scale | None
    rest_below: np.ndarray | None = None
    stream: int | None = None

    def apply(self, channels: Channels) -> None:
        """Set spans, resting levels and, where each channel has its own scale, gains."""
        scale = self.scale
        if scale is None:
            return
        if self.how == "at first":
            scale.apply_at_first(channels)
            return
        rows = np.arange(len(channels))
        if self.stream is not None:
            scale = scale.within(self.stream, channels)
            rows = np.flatnonzero(channels.stream == self.stream)
        if self.how == "each":
            scale.apply_each(channels, rows)
            return
        scale.apply(channels)
        if self.how == "together":
            channels.set_gain(np.where(np.signbit(channels.gain[rows]), -1.0, 1.0), rows)


_Job = tuple[How, tuple[float, float], int | None]
"""How, of which window, for which stream."""


class Scaler:
    """Measures signals in a thread of its own.

    Parameters
    ----------
    reader : rawio.BaseRawIO
    below : rawio.BaseRawIO or None
        What the reader is a layer over.
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
        below: BaseRawIO | None,
        view: View,
        measured: Callable[[Measured], None],
        tell: Callable[[str], None],
    ) -> None:
        def measure(job: _Job) -> Measured:
            how, window, stream = job
            try:
                scale = autoscale.measure(reader, view.channels, view.timeline, window)
                if below is None:
                    return Measured(how, reader, scale, None, stream)
                channels = Channels.of(below)
                rest = autoscale.measure(below, channels, view.timeline, window).rest
                return Measured(how, reader, scale, rest, stream)
            except Exception as error:
                tell(sentence_of(error, "measuring the signals"))
                return Measured(how, reader, None)

        self._view = view
        self._worker: LatestWorker[_Job, Measured] = LatestWorker(
            measure, measured, tell, "rawscope scale"
        )

    def measure(self, how: How) -> None:
        """Measure what is on screen, and the recording here and there.

        ``together`` and ``each`` are for the panel that keys act on, or for all.
        """
        window = self._view.window
        stream = self._view.channels.active if how in ("together", "each") else None
        self._worker.submit((how, (window.t_start, window.t_stop), stream))

    @property
    def busy(self) -> bool:
        """Whether anything is being measured."""
        return self._worker.busy

    def close(self) -> None:
        """End the thread, not waiting."""
        self._worker.close()

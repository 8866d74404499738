"""The scale of a view: measured of what its reader has and of the recording below, and applied."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rawio import BaseRawIO
from viewer.engine.autoscale import Scale, measure
from viewer.engine.peaks import Piece, peaks_of
from viewer.model import Channels, View
from viewer.model.spans import Shown, Whose


@dataclass(frozen=True)
class Sight:
    """What is to be whole in its lanes after a fit.

    Attributes
    ----------
    rows : ndarray of int
        Channels that have lanes tall enough for it.
    pieces : mapping of {'processed', 'raw'} to list of Piece
        Of what is on screen.
    """

    rows: np.ndarray
    pieces: Mapping[Whose, list[Piece]]

    def peaks(self, whose: Whose, channels: Channels) -> np.ndarray | None:
        """Return what `measure` is to know of one of them; None where it is not on screen."""
        pieces = self.pieces.get(whose)
        return None if pieces is None else peaks_of(channels, self.rows, pieces)


@dataclass(frozen=True)
class Scales:
    """The outcome of `measure_view`.

    Attributes
    ----------
    own : Scale
        Of the reader.
    below : Scale or None
        Of the recording below it, where it is a layer.
    """

    own: Scale
    below: Scale | None = None

    def fill(self, view: View) -> None:
        """Set what nobody has set: a view of another recording brings spans, but no levels."""
        if not view.channels.rest.any():
            view.channels.set_rest(self.own.rest)
        if self.below is None:
            view.spans.fill("raw", self.own.span)
        else:
            view.spans.fill("processed", self.own.span)
            view.spans.fill("raw", self.below.span)

    def follow(self, view: View) -> None:
        """Set what is other than before when signals are processed otherwise.

        The recording keeps its spans.
        """
        view.channels.set_rest(self.own.rest)
        if self.below is not None:
            view.spans.set("processed", self.own.span)
        self.fill(view)

    def fit(self, view: View, stream: int | None = None, *, each: bool = False) -> None:
        """Fit what is shown, the processed signals or what was recorded or both, to its lanes.

        Parameters
        ----------
        view : View
        stream : int or None
            Whose channels; None means all.
        each : bool
            Whether each channel gets a gain by which it fills its lane alone; else all get 1.
        """
        channels, shown = view.channels, view.spans.shown
        own, below, rows = self.own, self.below, np.arange(len(channels))
        if stream is not None:
            own = own.within(stream, channels)
            below = None if below is None else below.within(stream, channels)
            rows = np.flatnonzero(channels.stream == stream)
        channels.set_rest(own.rest)
        if below is None:
            view.spans.set("raw", own.span)
        else:
            found: dict[Whose, Scale] = {"processed": own, "raw": below}
            for whose, scale in found.items():
                if shown in (whose, "both"):
                    view.spans.set(whose, scale.span)
        self.fill(view)
        if each:
            self._shown(shown).fill_lanes(channels, rows)
        else:
            channels.set_gain(np.where(np.signbit(channels.gain[rows]), -1.0, 1.0), rows)

    def _shown(self, shown: Shown) -> Scale:
        """Return the scale of what is shown; of both, by the larger extent of each channel."""
        if self.below is None or shown == "processed":
            return self.own
        if shown == "raw":
            return self.below
        extent = np.maximum(self.own.extent, self.below.extent)
        return Scale(self.own.rest, extent, self.own.span)


def measure_view(
    reader: BaseRawIO,
    view: View,
    window: tuple[float, float] | None = None,
    sight: Sight | None = None,
) -> Scales:
    """Measure the signals of a view, and the recording below them where they are of a layer.

    Parameters
    ----------
    reader : BaseRawIO
    view : View
        Of the reader. Not changed, so that this may be done in a thread.
    window : tuple of float, or None
        See `viewer.engine.autoscale.measure`.
    sight : Sight or None
        What is to be whole in its lanes.

    Raises
    ------
    RawIOError
        What a reader raises.
    """
    derived = reader.derived_from()

    def measured(of: BaseRawIO, whose: Whose) -> Scale:
        channels = Channels.of(of)
        channels.bad[:] = view.channels.bad
        peaks = None if sight is None else sight.peaks(whose, channels)
        return measure(of, channels, view.timeline, window, peaks)

    if derived is None:
        return Scales(measured(reader, "raw"))
    return Scales(measured(reader, "processed"), measured(derived[0], "raw"))

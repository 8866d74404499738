"""How much fills a lane, of what was recorded and of what is made of it: each keeps its own."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from viewer.model.channel_info import ChannelInfo
from viewer.model.channels import Channels

Kind = tuple[int, str]
"""A stream, and a unit of measure of channels in it."""

Whose = Literal["processed", "raw"]
Shown = Literal["processed", "raw", "both"]

UNSET = 1.0
"""The span that channels have before anybody knows better."""


class Spans:
    """The spans of a recording and of the signals processed from it.

    `Channels.span` is always what is on screen. Where a filter takes most of a signal, no one span
    suits both: going from one to the other puts that of the other there, and going back brings the
    first again. Drawn over one another, both have the larger one, so that nothing is too large and
    amplitudes can be compared.

    What is set on the channels themselves (`Channels.set_span`) is of what is on screen, of both
    where both are; set to what it is already, it changes neither. As long as one of the two is not
    known, the other's stands in.

    Parameters
    ----------
    channels : Channels
    below : sequence of ChannelInfo, or None
        What the recording below says of the same channels, where they are those of a layer.
    """

    def __init__(self, channels: Channels, below: Sequence[ChannelInfo] | None = None) -> None:
        self._channels = channels
        self._infos: dict[Whose, tuple[ChannelInfo, ...]] = {}
        self._spans: dict[Whose, dict[Kind, float]] = {"processed": {}, "raw": {}}
        self._chosen: Shown = "processed"
        self._take(channels.infos, below)
        self._put = dict(channels.span)

    # -- what is on screen -------------------------------------------------------------------

    @property
    def layered(self) -> bool:
        """Whether there are processed signals, and a recording below them."""
        return self._layered

    @property
    def shown(self) -> Shown:
        """Whose spans are on screen; without a layer, those of the recording."""
        return self._chosen if self._layered else "raw"

    def show(self, shown: Shown) -> None:
        """Put the spans of the one, of the other or of both on screen."""
        self._keep()
        self._chosen = shown
        self._put_up()

    def read_from(
        self, infos: Sequence[ChannelInfo], below: Sequence[ChannelInfo] | None = None
    ) -> None:
        """Take what another reader of the same channels says of them: a layer, or its recording.

        Parameters
        ----------
        infos : sequence of ChannelInfo
        below : sequence of ChannelInfo, or None
            Of the recording below a layer.
        """
        self._keep()
        self._take(infos, below)
        if not self._layered:
            self._spans["processed"].clear()
        self._channels.read_as(self._on_screen())
        self._put_up()

    @property
    def kinds(self) -> set[Kind]:
        """What spans there can be of, processed or not."""
        return {kind for pair in self._pairs() for kind in pair}

    # -- what is kept ------------------------------------------------------------------------

    def of(self, whose: Whose) -> dict[Kind, float]:
        """Return what is known of the spans of one of them."""
        self._keep()
        return dict(self._spans[whose])

    def set(self, whose: Whose, spans: Mapping[Kind, float]) -> None:
        """Set spans of one of them, on screen or not; they may be of signals that are to come.

        Raises
        ------
        ValueError
            When a span is not positive and finite.
        """
        for span in spans.values():
            if not (math.isfinite(span) and span > 0):
                raise ValueError(f"a lane's span must be positive and finite, not {span}")
        self._keep()
        self._spans[whose].update({kind: float(span) for kind, span in spans.items()})
        self._put_up()

    def fill(self, whose: Whose, spans: Mapping[Kind, float]) -> None:
        """Set those spans of one of them that are not known yet."""
        known = self.of(whose)
        self.set(whose, {k: s for k, s in spans.items() if known.get(k, UNSET) == UNSET})

    def take_as_processed(self) -> None:
        """Have what is known of the recording's spans be those of processed signals to come.

        Those that are known of processed signals already stay.
        """
        if not self.of("processed"):
            self.set("processed", self._spans["raw"])

    # -- between the two ---------------------------------------------------------------------

    def _take(self, infos: Sequence[ChannelInfo], below: Sequence[ChannelInfo] | None) -> None:
        self._layered = below is not None
        self._infos["processed"] = tuple(infos)
        self._infos["raw"] = tuple(infos if below is None else below)

    def _on_screen(self) -> list[ChannelInfo]:
        """Return what channels are to say of themselves: in which units, depends on what is shown.

        All else is that of the reader, as `Channels.scale` is told of the recording's.
        """
        own = self._infos["processed"]
        if self.shown != "raw":
            return list(own)
        pairs = zip(own, self._infos["raw"], strict=True)
        return [a if a.units == b.units else replace(a, units=b.units) for a, b in pairs]

    def _keep(self) -> None:
        """Take in what was set on the channels themselves."""
        now, before = self._channels.span, self._put
        changed = {kind: span for kind, span in now.items() if span != before.get(kind)}
        self._put = dict(now)
        if not changed:
            return
        if self.shown != "both":
            whose: Whose = "raw" if self.shown == "raw" else "processed"
            self._spans[whose].update(changed)
            return
        self._spans["processed"].update(changed)
        for own, below in self._pairs():
            if own in changed:
                self._spans["raw"][below] = changed[own]

    def _pairs(self) -> Iterator[tuple[Kind, Kind]]:
        """Yield of each channel its kind in the processed signals and in the recording."""
        for own, below in zip(self._infos["processed"], self._infos["raw"], strict=True):
            yield (own.stream, own.units), (below.stream, below.units)

    def _put_up(self) -> None:
        """Set the spans of the channels to those of what is shown."""
        channels, infos = self._channels, self._on_screen()
        if [info.units for info in infos] != [info.units for info in channels.infos]:
            channels.read_as(infos)
        for kind, span in self._meant().items():
            if kind in channels.span and channels.span[kind] != span:
                channels.set_span(*kind, span)
        self._put = dict(channels.span)

    def _meant(self) -> dict[Kind, float]:
        """Return the spans for what is shown, as far as they are known."""
        out: dict[Kind, float] = {}
        for own, below in dict.fromkeys(self._pairs()):
            processed = self._spans["processed"].get(own, math.nan)
            raw = self._spans["raw"].get(below, math.nan)
            if self.shown == "both":
                kind, span = own, float(np.fmax(processed, raw))
            else:
                kind, span, other = own, processed, raw
                if self.shown == "raw":
                    kind, span, other = below, raw, processed
                if math.isnan(span) and own == below:  # which is of the same units then
                    span = other
            if not math.isnan(span):
                out[kind] = max(span, out.get(kind, 0.0))
        return out

"""`View`: everything about what a recording's view shows, observable, without Qt or GL."""

from typing import Literal, get_args

import numpy as np
from psygnal import Signal

from rawio import BaseRawIO
from viewer.model.channels import Channels
from viewer.model.geometry import by_probe
from viewer.model.theme import DARK, Theme
from viewer.model.time_window import TimeWindow
from viewer.model.timeline import SignalRun, Timeline

Order = Literal["probe", "file"]
Display = Literal["traces", "heat map"]
Shown = Literal["processed", "raw", "both"]

DEFAULT_SECONDS = 1.0
DEFAULT_LANES = 64
MIN_SAMPLES = 8
"""Zooming in stops where this many samples fill the window."""


class View:
    """The state of a view of one recording.

    Parameters
    ----------
    reader : rawio.BaseRawIO
        With its header parsed.
    theme : Theme
    order : {'probe', 'file'}
        Channels by shank and depth, where the recording says these, or as the file has them.

    Attributes
    ----------
    timeline : Timeline
    window : TimeWindow
    channels : Channels
    changed : psygnal.Signal
        Emitted when the window, the channels or anything below changed.
    """

    changed = Signal()

    def __init__(self, reader: BaseRawIO, theme: Theme = DARK, order: Order = "probe") -> None:
        self.timeline = Timeline.of(reader)
        self.channels = Channels.of(reader)
        rates = [run.sampling_rate for run in self.timeline.runs]
        t_min, t_max = self.timeline.t_start, self.timeline.t_stop
        self.window = TimeWindow(
            t_min,
            max(t_max, t_min + 1e-3),
            self.timeline.first_signal,
            DEFAULT_SECONDS if rates else None,
            MIN_SAMPLES / max(rates) if rates else 1e-3,
        )
        self._theme = theme
        self._display: Display = "traces"
        self._shown: Shown = "processed"
        self._hue = np.arange(len(self.channels))
        arranged = by_probe(reader) if order == "probe" else None
        if arranged is not None:
            self.channels.set_order(arranged[0])
            self._hue = arranged[1]
        self.channels.set_color(self._standard_colors(theme))
        self.window.changed.connect(self.changed.emit)
        self.channels.changed.connect(self.changed.emit)

    @property
    def theme(self) -> Theme:
        """The colours in use."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        if theme is not self._theme:
            untouched = np.all(self.channels.color == self._standard_colors(self._theme), axis=1)
            self._theme = theme
            self.channels.color[untouched] = self._standard_colors(theme)[untouched]
            self.changed.emit()

    @property
    def display(self) -> Display:
        """How signals are drawn: as traces, or channels by time as colours."""
        return self._display

    @display.setter
    def display(self, display: Display) -> None:
        if display not in get_args(Display):
            raise ValueError(f"display {display!r} is not one of {', '.join(get_args(Display))}")
        if display != self._display:
            self._display = display
            self.changed.emit()

    @property
    def shown(self) -> Shown:
        """What of a processed recording is drawn: it, the recording below it, or it over that.

        Of a recording that is not processed nothing else can be drawn, whatever this is.
        """
        return self._shown

    @shown.setter
    def shown(self, shown: Shown) -> None:
        if shown not in get_args(Shown):
            raise ValueError(f"shown {shown!r} is not one of {', '.join(get_args(Shown))}")
        if shown != self._shown:
            self._shown = shown
            self.changed.emit()

    def toggle_heat_map(self) -> None:
        """Go from traces to the heat map and back."""
        self.display = "traces" if self._display == "heat map" else "heat map"

    def toggle_raw(self) -> None:
        """Go from the processed recording to the one below it and back."""
        self.shown = "raw" if self._shown == "processed" else "processed"

    def toggle_both(self) -> None:
        """Show the processed recording over the one below it, or alone again."""
        self.shown = "processed" if self._shown == "both" else "both"

    def _standard_colors(self, theme: Theme) -> np.ndarray:
        return theme.channel_colors(int(self._hue.max(initial=-1)) + 1)[self._hue]

    @property
    def streams(self) -> set[int]:
        """Streams that have a channel on screen."""
        return {self.channels.infos[row].stream for row in self.channels.shown}

    @property
    def reference(self) -> SignalRun | None:
        """The run whose column grid rules the picture: the nearest of the fastest stream shown."""
        middle = self.window.t_start + self.window.duration / 2
        return self.timeline.nearest_run(self.streams, middle)

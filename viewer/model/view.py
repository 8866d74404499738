"""`View`: everything about what a recording's view shows, observable, without Qt or GL."""

import numpy as np
from psygnal import Signal

from rawio import BaseRawIO
from viewer.model.channels import Channels
from viewer.model.theme import DARK, Theme
from viewer.model.time_window import TimeWindow
from viewer.model.timeline import SignalRun, Timeline

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

    Attributes
    ----------
    timeline : Timeline
    window : TimeWindow
    channels : Channels
    changed : psygnal.Signal
        Emitted when the window, the channels or the theme changed.
    """

    changed = Signal()

    def __init__(self, reader: BaseRawIO, theme: Theme = DARK) -> None:
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
        self.channels.set_color(theme.channel_colors(len(self.channels)))
        self.window.changed.connect(self.changed.emit)
        self.channels.changed.connect(self.changed.emit)

    @property
    def theme(self) -> Theme:
        """The colours in use."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        if theme is not self._theme:
            standard = self._theme.channel_colors(len(self.channels))
            untouched = np.all(self.channels.color == standard, axis=1)
            self._theme = theme
            self.channels.color[untouched] = theme.channel_colors(len(self.channels))[untouched]
            self.changed.emit()

    @property
    def streams(self) -> set[int]:
        """Streams that have a channel on screen."""
        return {self.channels.infos[row].stream for row in self.channels.shown}

    @property
    def reference(self) -> SignalRun | None:
        """The run whose column grid rules the picture: the nearest of the fastest stream shown."""
        middle = self.window.t_start + self.window.duration / 2
        return self.timeline.nearest_run(self.streams, middle)

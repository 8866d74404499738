"""`View`: everything about what a recording's view shows, observable, without Qt or GL."""

from datetime import datetime
from typing import Any, Literal, get_args

import numpy as np
from psygnal import Signal

from rawio import BaseRawIO
from viewer.model.channel_info import ChannelInfo, infos_of
from viewer.model.channels import Channels
from viewer.model.geometry import by_probe
from viewer.model.history import History, Place
from viewer.model.point_channels import PointChannels
from viewer.model.spans import Shown, Spans
from viewer.model.theme import DARK, Theme
from viewer.model.time_window import TimeWindow
from viewer.model.timeline import SignalRun, Timeline
from viewer.model.times import TimeFormat, TimeScale

Order = Literal["probe", "file"]
Display = Literal["traces", "heat map"]

DEFAULT_SECONDS = 1.0
MIN_SAMPLES = 8
"""Zooming in stops where this many samples fill the window."""


class _Choice:
    """An attribute of a view that is one of several words, and tells when it changes.

    Parameters
    ----------
    words : Literal
    first : one of the words
    scales : bool
        Whether another scale is on screen with another word.
    """

    def __init__(self, words: Any, first: Any, *, scales: bool = False) -> None:
        self._words, self._first, self._scales = get_args(words), first, scales

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, view: "View | None", owner: type) -> Any:
        return self if view is None else view._chosen.get(self._name, self._first)

    def __set__(self, view: "View", value: Any) -> None:
        if value not in self._words:
            words = ", ".join(map(str, self._words))
            raise ValueError(f"{self._name} {value!r} is not one of {words}")
        if value != self.__get__(view, View):
            view._chosen[self._name] = value
            if self._scales:
                view.spans.show(view.seen)
            view.changed.emit()


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
    spans : Spans
        How much fills a lane of the processed signals, and of the recording below them.
    units, events : PointChannels
    history : History of Place
    recorded_at : datetime.datetime or None
        When second 0 of the axis was, where the recording says so.
    changed : psygnal.Signal
        Emitted when the window, the channels or anything below changed.
    display : {'traces', 'heat map'}
        How signals are drawn: as traces, or channels by time as colours.
    shown : {'processed', 'raw', 'both'}
        What of a processed recording is drawn: it, the recording below it, or it over that. Of a
        recording that is not processed nothing else can be drawn, whatever this is.
    time_format : {'seconds', 'clock', 'samples'}
        How times are written.
    overlap : bool
        Whether traces may leave their lanes; else they are cut off there.
    butterfly : bool
        Whether all traces of a panel lie over one another.
    scale_bars, crosshair, events_shown, spikes_shown : bool
    """

    changed = Signal()

    display = _Choice(Display, "traces", scales=True)
    shown = _Choice(Shown, "processed", scales=True)
    time_format = _Choice(TimeFormat, "seconds")
    overlap = _Choice(Literal[True, False], True)
    butterfly = _Choice(Literal[True, False], False)
    scale_bars = _Choice(Literal[True, False], True)
    crosshair = _Choice(Literal[True, False], False)
    events_shown = _Choice(Literal[True, False], True)
    spikes_shown = _Choice(Literal[True, False], True)

    def __init__(self, reader: BaseRawIO, theme: Theme = DARK, order: Order = "probe") -> None:
        self.timeline = Timeline.of(reader)
        self.channels = Channels.of(reader)
        self.spans = Spans(self.channels, _infos_below(reader))
        assert reader.header is not None
        self.units = PointChannels([str(n) for n in reader.header["unit_channels"]["name"]])
        events = reader.header["event_channels"]
        lasting = [kind in (b"epoch", "epoch") for kind in events["type"].tolist()]
        self.events = PointChannels([str(name) for name in events["name"]], lasting)
        self.recorded_at: datetime | None = reader.recorded_at()
        rates = [run.sampling_rate for run in self.timeline.runs]
        t_min, t_max = self.timeline.t_start, self.timeline.t_stop
        first = self.timeline.first_signal
        self.window = TimeWindow(
            t_min,
            max(t_max, t_min + 1e-3),
            # A start of the axis that is seen with the first signals may have an event of its own.
            t_min if first - t_min < DEFAULT_SECONDS else first,
            DEFAULT_SECONDS if rates else None,
            MIN_SAMPLES / max(rates) if rates else 1e-3,
        )
        self.history: History[Place] = History()
        self._chosen: dict[str, Any] = {}
        self._before_reset: tuple[dict[str, Any], Theme] | None = None
        self._theme = theme
        self._span: tuple[float, float] | None = None
        self._hue = np.arange(len(self.channels))
        arranged = by_probe(reader) if order == "probe" else None
        if arranged is not None:
            self.channels.set_order(arranged[0])
            self._hue = arranged[1]
        self._fresh_order = self.channels.order.copy()
        self.channels.set_color(self._channel_colors(theme))
        self.units.set_color(theme.unit_colors(len(self.units)))
        self.events.set_color(theme.event_colors(len(self.events)))
        for part in (self.window, self.channels, self.units, self.events):
            part.changed.connect(self.changed.emit)

    # -- what is shown, and how ----------------------------------------------------------------

    @property
    def theme(self) -> Theme:
        """The colours in use; what nobody has coloured follows them."""
        return self._theme

    @theme.setter
    def theme(self, theme: Theme) -> None:
        if theme is self._theme:
            return
        before, self._theme = self._theme, theme
        _recolor(self.channels.color, *map(self._channel_colors, (before, theme)))
        count = len(self.units), len(self.events)
        _recolor(self.units.color, before.unit_colors(count[0]), theme.unit_colors(count[0]))
        _recolor(self.events.color, before.event_colors(count[1]), theme.event_colors(count[1]))
        self.changed.emit()

    @property
    def span(self) -> tuple[float, float] | None:
        """The selected span of time, in seconds from its start to its end."""
        return self._span

    @span.setter
    def span(self, span: tuple[float, float] | None) -> None:
        if span is not None:
            start, stop = (float(t) for t in span)
            if not (np.isfinite([start, stop]).all() and start <= stop):
                raise ValueError(f"no such span: {start} s to {stop} s")
            span = start, stop
        if span != self._span:
            self._span = span
            self.changed.emit()

    def toggle_heat_map(self) -> None:
        """Go from traces to the heat map and back."""
        self.display = "traces" if self.display == "heat map" else "heat map"

    @property
    def seen(self) -> Shown:
        """What of a processed recording is seen: `shown`, but a heat map covers what is below."""
        covered = self.shown == "both" and self.display == "heat map"
        return "processed" if covered else self.shown

    def toggle_raw(self) -> None:
        """Go from the processed recording to the one below it and back."""
        self.shown = "raw" if self.seen == "processed" else "processed"

    def toggle_both(self) -> None:
        """Show the processed recording over the one below it, or alone again."""
        self.shown = "processed" if self.shown == "both" else "both"

    def reset_channels(self, *, keep: bool = False) -> None:
        """Show all channels in the order and the colours they had at first, gain 1, none bad.

        Parameters
        ----------
        keep : bool
            Whether to keep how they were, for `undo_reset`.
        """
        channels = self.channels
        before = channels.state() if keep else None
        channels.set_order(self._fresh_order)
        channels.set_visible(range(len(channels)), True)
        channels.set_gain(1.0)
        channels.set_offset(0.0)
        channels.set_bad(range(len(channels)), False)
        channels.set_color(self._channel_colors(self._theme))
        # Of two resets, the second has nothing to bring back.
        if before is not None and not _are_equal(before, channels.state()):
            self._before_reset = before, self._theme

    @property
    def can_undo_reset(self) -> bool:
        """Whether it is kept how channels were before they were reset."""
        return self._before_reset is not None

    def undo_reset(self) -> None:
        """Show channels as they were before they were reset, in the theme's colours."""
        if self._before_reset is None:
            return
        (state, theme), self._before_reset = self._before_reset, None
        self.channels.take_state(state)
        _recolor(self.channels.color, *map(self._channel_colors, (theme, self._theme)))
        self.changed.emit()

    def show_all_channels(self) -> None:
        """Show those that are hidden too, each as it is."""
        self.channels.set_visible(range(len(self.channels)), True)

    def has_fresh_order(self) -> bool:
        """Return whether channels are in the order they had at first."""
        return bool(np.array_equal(self.channels.order, self._fresh_order))

    def fresh_colors(self) -> np.ndarray:
        """Return the colours that channels have at first, uint8 (rows, 3)."""
        return self._channel_colors(self._theme)

    def read_from(self, reader: BaseRawIO) -> None:
        """Show another reader of the same recording: a layer over it, or what a layer is over."""
        self.spans.read_from(infos_of(reader), _infos_below(reader))

    # -- places ------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """Where the view is: what going back comes back to."""
        panels = (self.channels.panel_of(p.stream) for p in self.channels.panels)
        pages = tuple((p.stream, *p.put) for p in panels)
        return Place(self.window.t_start, self.window.duration, pages)

    def reset_zoom(self, around: float) -> None:
        """Show the usual window around a time, and as many channels as there is room for."""
        for panel in self.channels.panels:
            self.channels.free_page(panel.first_lane, panel.stream)
        self.window.set(around - DEFAULT_SECONDS / 2, DEFAULT_SECONDS)

    def go_to(self, time: float) -> None:
        """Show a time in the middle of the window."""
        self.window.set(time - self.window.duration / 2)

    def leave(self) -> None:
        """Make a place of its own of where the view is, before an act that moves it at once."""
        self.history.leave(self.place)

    def back(self) -> None:
        """Go to the place before."""
        self._return_to(self.history.back(self.place))

    def forward(self) -> None:
        """Go to where `back` came from."""
        self._return_to(self.history.forward())

    def _return_to(self, place: Place | None) -> None:
        if place is None:
            return
        for stream, first_lane, lanes_per_page in place.pages:
            if lanes_per_page is None:
                self.channels.free_page(first_lane, stream)
            else:
                self.channels.show_page(first_lane, lanes_per_page, stream)
        self.window.set(place.t_start, place.duration)
        self.history.arrived(self.place)

    # -- lookups -----------------------------------------------------------------------------

    @property
    def streams(self) -> set[int]:
        """Streams that have a channel on screen."""
        return {panel.stream for panel in self.channels.panels}

    @property
    def reference(self) -> SignalRun | None:
        """The run whose column grid rules the picture: the nearest of the fastest stream shown."""
        middle = self.window.t_start + self.window.duration / 2
        return self.timeline.nearest_run(self.streams, middle)

    @property
    def time_scale(self) -> TimeScale:
        """How times are written and read: the axis, the clock, samples.

        Samples are counted at the rate of the stream that rules the picture, on through gaps, from
        the beginning of its first run: whichever segment is in sight, the numbers stay.
        """
        ruling = self.reference
        run = None if ruling is None else self.timeline.first_run(ruling.stream)
        rate, zero = (None, None) if run is None else (run.sampling_rate, run.t_start)
        window = self.window
        return TimeScale(window.t_min, window.t_max, rate, zero, self.recorded_at)

    def _channel_colors(self, theme: Theme) -> np.ndarray:
        return theme.channel_colors(int(self._hue.max(initial=-1)) + 1)[self._hue]


def _infos_below(reader: BaseRawIO) -> list[ChannelInfo] | None:
    """Return what the recording below a layer says of its channels; None where there is none."""
    derived = reader.derived_from()
    return None if derived is None else infos_of(derived[0])


def _are_equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Return whether two states of channels are the same."""
    return all(np.array_equal(a[name], b[name]) for name in a)


def _recolor(colors: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """Give those that have one theme's colours another's, in place."""
    untouched = np.all(colors == before, axis=1)
    colors[untouched] = after[untouched]

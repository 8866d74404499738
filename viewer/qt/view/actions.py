"""The acts of a view and of the window around it, in one table.

Menus, shortcuts, the help sheet and ``docs/shortcuts.md`` are all made from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from PyQt6.QtGui import QKeySequence

from viewer.model import View
from viewer.model.times import TimeFormat
from viewer.qt.view.scale_text import change_text, lane_amounts

if TYPE_CHECKING:
    from viewer.qt.view.signal_view import SignalView

GAIN_STEP = 2**0.5
ZOOM_STEP = 2**0.5

Menu = Literal["File", "Go", "View", "Scale", "Signals", "Window", "Help"]


@dataclass(frozen=True)
class Action:
    """Something that a key or a menu does.

    Attributes
    ----------
    menu : str
        Which it stands in.
    text : str
        Its words there.
    keys : tuple of str
        As Qt spells key sequences.
    run : callable
        Takes the `SignalView`, or for acts of the window the `MainWindow`.
    on : callable or None
        Of what is switched on and off: takes the same, returns whether it is on.
    group : int
        Acts of one menu that belong together; between groups there is a line.
    tip : str
        More words, for whoever waits with the mouse.
    possible : callable or None
        Of what cannot always be done: takes the same as `run`, returns whether it can be now.
    """

    menu: Menu
    text: str
    keys: tuple[str, ...]
    run: Callable[[Any], object]
    on: Callable[[Any], bool] | None = None
    group: int = 0
    tip: str = ""
    possible: Callable[[Any], bool] | None = None

    def is_possible(self, target: Any) -> bool:
        """Return whether it can be done now to what `run` takes."""
        return self.possible is None or bool(self.possible(target))

    @property
    def moves(self) -> bool:
        """Whether it may take the view elsewhere, in time or among the channels."""
        return self.menu in ("Go", "Scale")


def _go(
    text: str, keys: tuple[str, ...], run: "Callable[[SignalView], object]", group: int = 0
) -> Action:
    return Action("Go", text, keys, run, group=group)


def _switch(menu: Menu, text: str, key: str, name: str, group: int, tip: str = "") -> Action:
    """Return an act that turns a flag of the view's model over."""

    def turn(widget: "SignalView") -> None:
        setattr(widget.view, name, not getattr(widget.view, name))

    keys = (key,) if key else ()
    return Action(menu, text, keys, turn, lambda w: bool(getattr(w.view, name)), group, tip)


def _page(view: View, share: float) -> None:
    """Scroll each panel that keys act on by a share of its own page, so that none skips any."""
    channels = view.channels
    for panel in channels.panels:
        if channels.active in (None, panel.stream):
            lanes = len(channels.page_of(panel.stream))
            channels.scroll(int(np.sign(share)) * max(1, int(lanes * abs(share))), panel.stream)


def _page_size(view: View, factor: float) -> None:
    channels = view.channels
    for panel in channels.panels:
        if channels.active in (None, panel.stream):
            count = len(channels.listed_of(panel.stream))
            lanes = min(panel.lanes_per_page, count)
            wanted = min(count, max(1, round(lanes * factor)))
            channels.show_page(panel.first_lane, wanted, panel.stream)


def _spread(view: View, factor: float) -> None:
    if view.display == "traces" and not view.butterfly:  # else there are no lanes to move
        view.channels.spread(factor)


def _gain(view: View, factor: float) -> None:
    view.channels.scale_gain(factor, view.channels.acted_on())


def _unit_gain(view: View) -> None:
    rows = view.channels.acted_on()
    signs = np.where(np.signbit(view.channels.gain[rows]), -1.0, 1.0)
    view.channels.set_gain(signs, rows)


def _reset(widget: "SignalView") -> None:
    widget.view.reset_channels(keep=True)
    widget.said.emit("All channels are as at first; Ctrl+Z shows them as they were")


def _compare(widget: "SignalView", toggle: Callable[[], object]) -> None:
    """Show the one or the other, and say whether a lane is worth something else then."""
    view, before = widget.view, lane_amounts(widget.view)
    toggle()
    if view.spans.layered:
        starts = {"raw": "As recorded", "processed": "Processed", "both": "Processed over raw"}
        start = starts[view.spans.shown]
        widget.said.emit(change_text(view, before, start) or f"{start}, at the same scale")


def _next_panel(view: View) -> None:
    streams = [panel.stream for panel in view.channels.panels]
    order = [None, *streams]
    active = view.channels.active
    view.channels.activate(order[(order.index(active) + 1) % len(order)])


def _next_time_format(view: View) -> None:
    formats = get_args(TimeFormat)
    view.time_format = formats[(formats.index(view.time_format) + 1) % len(formats)]


def _whole(view: View) -> None:
    view.window.set(view.window.t_min, view.window.t_max - view.window.t_min)


VIEW_ACTIONS: tuple[Action, ...] = (
    _go("A quarter window back", ("Left",), lambda w: w.view.window.page(-0.25)),
    _go("A quarter window on", ("Right",), lambda w: w.view.window.page(0.25)),
    _go("A tenth of a window back", ("Alt+Left",), lambda w: w.view.window.page(-0.1)),
    _go("A tenth of a window on", ("Alt+Right",), lambda w: w.view.window.page(0.1)),
    _go("A whole window back", ("PgUp", "Shift+Left"), lambda w: w.view.window.page(-1)),
    _go("A whole window on", ("PgDown", "Shift+Right"), lambda w: w.view.window.page(1)),
    _go("Start of the recording", ("Home",), lambda w: w.view.window.go_to_start()),
    _go("End of the recording", ("End",), lambda w: w.view.window.go_to_end()),
    _go("Back to where the view was", ("Backspace",), lambda w: w.view.back(), 1),
    _go("Forward again", ("Shift+Backspace",), lambda w: w.view.forward(), 1),
    _go("Next event", ("N", "."), lambda w: w.jumper.to_event(forward=True), 2),
    _go("Previous event", ("P", ","), lambda w: w.jumper.to_event(forward=False), 2),
    _go("Next spike", ("Shift+N",), lambda w: w.jumper.to_spike(forward=True), 2),
    _go("Previous spike", ("Shift+P",), lambda w: w.jumper.to_spike(forward=False), 2),
    Action("Go", "Play", ("Space",), lambda w: w.player.toggle(), lambda w: w.player.playing, 3),
    _go("Play faster", (">",), lambda w: w.player.faster(), 3),
    _go("Play slower", ("<",), lambda w: w.player.slower(), 3),
    _go("Zoom in on time", ("Ctrl++", "Ctrl+="), lambda w: w.view.window.zoom(ZOOM_STEP), 4),
    _go("Zoom out of time", ("Ctrl+-",), lambda w: w.view.window.zoom(1 / ZOOM_STEP), 4),
    _go("The whole recording", ("W",), lambda w: _whole(w.view), 4),
    _go("Channels above", ("Up",), lambda w: _page(w.view, -0.25), 5),
    _go("Channels below", ("Down",), lambda w: _page(w.view, 0.25), 5),
    _go("A page of channels up", ("Ctrl+PgUp",), lambda w: _page(w.view, -1), 5),
    _go("A page of channels down", ("Ctrl+PgDown",), lambda w: _page(w.view, 1), 5),
    Action(
        "Go",
        "Next panel",
        ("F6",),
        lambda w: _next_panel(w.view),
        None,
        5,
        "Have keys act on one panel after the other, then on all of them",
    ),
    Action(
        "View",
        "Heat map",
        ("M",),
        lambda w: w.view.toggle_heat_map(),
        lambda w: bool(w.view.display == "heat map"),
        0,
        "Show channels by time as colours",
    ),
    replace(
        _switch(
            "View", "Butterfly", "B", "butterfly", 0, "Lay all traces of a panel over one another"
        ),
        possible=lambda w: bool(w.view.display == "traces"),
    ),
    _switch("View", "Let traces cross lanes", "L", "overlap", 0, "Else they are cut off there"),
    _switch("View", "Crosshair", "X", "crosshair", 1),
    _switch("View", "Scale bars", "S", "scale_bars", 1),
    _switch("View", "Show events", "E", "events_shown", 1),
    _switch("View", "Show spikes", "K", "spikes_shown", 1),
    Action(
        "View",
        "Next way to write times",
        ("T",),
        lambda w: _next_time_format(w.view),
        None,
        1,
        "Seconds from the start, the time of day, or samples",
    ),
    Action("Scale", "More gain", ("+", "="), lambda w: _gain(w.view, GAIN_STEP)),
    Action("Scale", "Less gain", ("-",), lambda w: _gain(w.view, 1 / GAIN_STEP)),
    Action("Scale", "Gain 1", ("0",), lambda w: _unit_gain(w.view)),
    Action(
        "Scale",
        "Fit to the noise",
        ("Y",),
        lambda w: w.autoscale(),
        None,
        1,
        "One scale for all channels of a panel, by their robust noise (MAD)",
    ),
    Action(
        "Scale",
        "Fit each channel",
        ("Shift+Y",),
        lambda w: w.autoscale(each=True),
        None,
        1,
        "Every channel by its own robust noise (MAD)",
    ),
    Action(
        "Scale",
        "Take out resting levels",
        ("D",),
        lambda w: setattr(w.view.channels, "remove_dc", not w.view.channels.remove_dc),
        lambda w: bool(w.view.channels.remove_dc),
        1,
        "Show traces about their median (DC removed), or about zero",
    ),
    Action(
        "Scale", "Fewer, taller lanes", ("Shift+Up",), lambda w: _page_size(w.view, 0.5), None, 2
    ),
    Action("Scale", "More, lower lanes", ("Shift+Down",), lambda w: _page_size(w.view, 2), None, 2),
    Action(
        "Scale",
        "Lanes further apart",
        ("Ctrl+Up",),
        lambda w: _spread(w.view, 2**0.5),
        None,
        2,
        "Amplitudes on screen stay as they are",
    ),
    Action(
        "Scale",
        "Lanes closer together",
        ("Ctrl+Down",),
        lambda w: _spread(w.view, 2**-0.5),
        None,
        2,
        "Amplitudes on screen stay as they are",
    ),
    Action(
        "Scale",
        "Show all channels",
        (),
        lambda w: w.view.show_all_channels(),
        None,
        3,
        "Those that are hidden too; all else stays as it is",
        lambda w: not w.view.channels.visible.all(),
    ),
    Action(
        "Scale",
        "Reset all channels",
        ("Shift+R",),
        _reset,
        None,
        3,
        "Show all in their first order and colours, gain 1, no offset, none bad",
    ),
    Action(
        "Scale",
        "Undo reset",
        ("Ctrl+Z",),
        lambda w: w.view.undo_reset(),
        None,
        3,
        "Show all channels as they were before they were reset",
        lambda w: w.view.can_undo_reset,
    ),
    Action(
        "Signals",
        "Compare with raw",
        ("C",),
        lambda w: _compare(w, w.view.toggle_raw),
        lambda w: bool(w.view.shown == "raw"),
        0,
        "Show what was recorded in place of the processed signals, and back",
        lambda w: bool(w.steps_wanted),
    ),
    Action(
        "Signals",
        "Processed over raw",
        ("Alt+C",),
        lambda w: _compare(w, w.view.toggle_both),
        lambda w: bool(w.view.shown == "both"),
        possible=lambda w: bool(w.steps_wanted and w.view.display == "traces"),
    ),
)


def by_key(actions: tuple[Action, ...] = VIEW_ACTIONS) -> Mapping[str, Action]:
    """Return what each key does, keys as Qt writes them."""
    return {QKeySequence(key).toString(): action for action in actions for key in action.keys}

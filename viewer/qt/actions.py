"""The acts of the signal view, in one table: keys, what they do, and the words of the help."""

from collections.abc import Callable
from dataclasses import dataclass

from viewer.model import View

GAIN_STEP = 2**0.5
ZOOM_STEP = 2**0.5


@dataclass(frozen=True)
class Action:
    """Something a key does.

    Attributes
    ----------
    keys : tuple of str
        As Qt spells key sequences.
    text : str
        For the help sheet.
    run : callable
        Takes the `View`.
    """

    keys: tuple[str, ...]
    text: str
    run: Callable[[View], None]


def _lanes(view: View) -> int:
    """Return a quarter of a page of channels."""
    return max(1, view.channels.lanes_per_page // 4)


ACTIONS = (
    Action(("Left",), "a quarter window back", lambda v: v.window.page(-0.25)),
    Action(("Right",), "a quarter window on", lambda v: v.window.page(0.25)),
    Action(("Alt+Left",), "a tenth of a window back", lambda v: v.window.page(-0.1)),
    Action(("Alt+Right",), "a tenth of a window on", lambda v: v.window.page(0.1)),
    Action(("PgUp", "Shift+Left"), "a whole window back", lambda v: v.window.page(-1)),
    Action(("PgDown", "Shift+Right"), "a whole window on", lambda v: v.window.page(1)),
    Action(("Home",), "start of the recording", lambda v: v.window.go_to_start()),
    Action(("End",), "end of the recording", lambda v: v.window.go_to_end()),
    Action(("Up",), "channels above", lambda v: v.channels.scroll(-_lanes(v))),
    Action(("Down",), "channels below", lambda v: v.channels.scroll(_lanes(v))),
    Action(("Shift+Up",), "show fewer channels", lambda v: _page_size(v, 0.5)),
    Action(("Shift+Down",), "show more channels", lambda v: _page_size(v, 2)),
    Action(("+", "="), "more gain", lambda v: v.channels.scale_gain(GAIN_STEP)),
    Action(("-",), "less gain", lambda v: v.channels.scale_gain(1 / GAIN_STEP)),
    Action(("0",), "gain 1 for all channels", lambda v: v.channels.set_gain(1.0)),
    Action(("M",), "heat map or traces", lambda v: v.toggle_heat_map()),
    Action(("C",), "processed or raw, to compare", lambda v: v.toggle_raw()),
    Action(("Alt+C",), "processed over raw", lambda v: v.toggle_both()),
    Action(("Ctrl++", "Ctrl+="), "zoom in on time", lambda v: v.window.zoom(ZOOM_STEP)),
    Action(("Ctrl+-",), "zoom out of time", lambda v: v.window.zoom(1 / ZOOM_STEP)),
)

MOUSE = (
    ("drag", "move in time; up and down, through the channels"),
    ("wheel", "scroll in time"),
    ("Ctrl + wheel", "zoom in time at the cursor"),
    ("Shift + wheel", "scroll through the channels"),
    ("Alt + wheel", "gain of all channels"),
    ("wheel on a label", "gain of that channel"),
    ("double click on a label", "that channel alone, and back"),
)


def help_text() -> str:
    """Return the help sheet as HTML, made from the tables above."""
    rows = [(" or ".join(action.keys), action.text) for action in ACTIONS] + list(MOUSE)
    cells = "".join(
        f"<tr><td style='padding-right: 24px'><b>{keys}</b></td><td>{text}</td></tr>"
        for keys, text in rows
    )
    return f"<table>{cells}</table>"


def _page_size(view: View, factor: float) -> None:
    channels = view.channels
    lanes = min(channels.lanes_per_page, len(channels.listed))
    wanted = min(len(channels.listed), max(1, round(lanes * factor)))
    channels.show_page(channels.first_lane, wanted)

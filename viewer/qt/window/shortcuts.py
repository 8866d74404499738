"""The help: keys and mouse in words, for the help sheet, and as Markdown for the docs.

``make shortcuts`` writes ``docs/shortcuts.md`` anew.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

from viewer.qt.view.actions import VIEW_ACTIONS, Action, Menu
from viewer.qt.view.wheel import ACTS, USUAL, Act, Held
from viewer.qt.window.actions import WINDOW_ACTIONS

Rows = list[tuple[str, str]]

MOUSE: Rows = [
    ("drag, or middle drag", "move in time; up and down, through the channels of that panel"),
    ("Shift + drag", "measure time, amplitude and noise, and select that span"),
    ("right drag", "zoom into a box: its time, and its channels where it is lower than the panel"),
    ("right click", "menu"),
    ("double click", "the usual zoom, around there"),
    ("sideways wheel", "scroll in time"),
    ("wheel on a label", "gain of that channel"),
    ("Shift + wheel on a label", "gain of that channel's group"),
    ("drag a label", "offset of that channel"),
    ("double click on a label", "that channel alone, and back"),
    ("click beside a panel", "have keys act on it alone, and back"),
    ("drag between two panels", "their heights"),
    ("Esc", "give up a drag or a search; forget what was measured"),
]


def sections(wheel: Mapping[Held, Act] = USUAL) -> dict[str, Rows]:
    """Return all keys and mouse acts, by the menu they stand in; see `MOUSE`."""
    out: dict[str, Rows] = {menu: [] for menu in get_args(Menu)}
    for action in (*WINDOW_ACTIONS, *VIEW_ACTIONS):
        if action.keys:
            out[action.menu].append((" or ".join(action.keys), _words(action)))
    turns = [(f"{held} + wheel" if held else "wheel", ACTS[act]) for held, act in wheel.items()]
    out["Mouse"] = [*MOUSE[:5], *turns, *MOUSE[5:]]
    return out


def as_markdown() -> str:
    """Return ``docs/shortcuts.md``."""
    lines = [
        "# Keys and mouse",
        "",
        "F1 shows this list in the window. Keys act on all panels, or on the one that was clicked",
        "beside. What the wheel does is [a setting](settings.md). Letters and arrows are for the",
        "view: it has the keyboard when it was clicked, and gets what a table does not take. Where",
        "a keyboard writes no Latin letters, those keys count that have them on an American one.",
    ]
    for title, rows in sections().items():
        lines += ["", f"## {title}", "", *_table(rows)]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[tuple[str, str]]) -> list[str]:
    return ["| | |", "|---|---|", *(f"| {_code(keys)} | {text} |" for keys, text in rows)]


def _code(keys: str) -> str:
    return keys.replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")


def _words(action: Action) -> str:
    text = action.text.removesuffix("…").rstrip()
    text = text[0].lower() + text[1:]
    return f"{text}: {action.tip[0].lower()}{action.tip[1:]}" if action.tip else text


if __name__ == "__main__":
    print(as_markdown(), end="")

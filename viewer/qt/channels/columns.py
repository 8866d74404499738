"""The columns of the channels table, and what may be written into them."""

import math
from enum import IntEnum

from PyQt6.QtCore import Qt

from rawio import OptionError
from viewer.model.channels import MAX_GAIN, MIN_GAIN


class Column(IntEnum):
    """The columns, from left to right."""

    VISIBLE = 0
    COLOR = 1
    NAME = 2
    ID = 3
    GROUP = 4
    Y = 5
    X = 6
    GAIN = 7
    OFFSET = 8
    UNITS = 9


TITLES: dict[Column, tuple[str, str]] = {
    Column.VISIBLE: ("", "Shown or hidden"),
    Column.COLOR: ("", "Colour: click for others"),
    Column.NAME: ("Name", "Name of the channel"),
    Column.ID: ("ID", "What the recording calls the channel, for programs"),
    Column.GROUP: ("Group", "Shank of the probe, or stream"),
    Column.Y: ("y µm", "Height above the tip of the probe, in micrometres"),
    Column.X: ("x µm", "Place across the probe, in micrometres"),
    Column.GAIN: ("Gain", "Gain of the picture: 1 shows the lane's span; double click to change"),
    Column.OFFSET: (
        "Offset",
        "Added before drawing, in physical units; double click to change",
    ),
    Column.UNITS: ("Units", "What the channel measures in"),
}
"""Each column's heading and what it says to whoever waits with the mouse."""

NAMES = {Column.VISIBLE: "Visible", Column.COLOR: "Colour"}
"""What to call columns without a heading."""

EDITABLE = (Column.GAIN, Column.OFFSET)
NUMBERS = (Column.Y, Column.X, Column.GAIN, Column.OFFSET)


def number_of(column: Column, text: str) -> float:
    """Return a gain or an offset that somebody wrote.

    Raises
    ------
    OptionError
        When it is none.
    """
    what = "a gain" if column == Column.GAIN else "an offset"
    written = text.strip().replace("\N{MINUS SIGN}", "-")
    try:
        value = float(written.replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise OptionError(f"{text.strip()[:40]!r} is no number; write {what} such as 1.5.")
    if column == Column.GAIN and not MIN_GAIN <= abs(value) <= MAX_GAIN:
        raise OptionError(
            f"a gain of {value:g} shows nothing; write one between {MIN_GAIN:g} and {MAX_GAIN:g}."
        )
    return value


def title_of(column: Column) -> str:
    """Return what to call a column."""
    return NAMES.get(column, TITLES[column][0])


def alignment(column: Column) -> int:
    """Return on which side a column's texts stand: numbers right."""
    side = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)

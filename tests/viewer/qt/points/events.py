"""Readers of events for tests of their panel, and what it must list."""

from tests.readers import ArrayReader, noise
from tests.viewer.qt.points.tables import shown
from viewer.model import View
from viewer.qt.points.event_panel import EventPanel

EVENTS = {
    "stim": [(2.0 * n + 0.5, f"code {n % 7}") for n in range(20)],
    "key": [(3.25, "Left"), (21.5, "right"), (33.0, "left again")],
}
EPOCHS = {"trial": [(10.0 * n, 0.5 * n, f"trial {n}") for n in range(4)]}


def reader_of(kind=ArrayReader, **rest):
    """Return a reader of 40 s of 2 channels."""
    rest = rest or {"events": EVENTS, "epochs": EPOCHS}
    return kind.of(noise(4000, 2), rate=100.0, **rest)


def rows_of(reader):
    """Return (time, channel, label, duration or None) of all events, in order."""
    lists = [*reader.events.values(), *reader.epochs.values()]
    out = []
    for number, entries in enumerate(lists):
        for time, *lasting, label in entries:
            out.append((time, number, label, lasting[0] if lasting else None))
    return sorted(out, key=lambda row: row[:2])


def with_view(reader):
    return reader, View(reader)


def middle(view):
    return view.window.t_start + view.window.duration / 2


def event_panel(qtbot):
    """Return a panel of two event channels and one of epochs, 27 rows in all."""
    reader, view = with_view(reader_of())
    view.window.set(0.0, 2.0)
    return shown(qtbot, EventPanel(reader, view), (320, 700))

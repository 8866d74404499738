"""`EventModel`: events in order of time as the rows of a table, of which there may be a million."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QColor

from viewer.engine.event_list import EventList
from viewer.model import View
from viewer.model.times import THIN_SPACE, TimeScale
from viewer.qt.names import LONGEST_TIP, on_one_line, tip_of
from viewer.qt.points.point_model import LEFT, RIGHT
from viewer.render.quantities import format_duration

TIME, CHANNEL, LABEL, DURATION = range(4)
STEP = 1e-4
"""Seconds: how precisely times are written."""

SAMPLE = 100
"""Epochs by which the width of their durations is judged."""

MOST_COPIED = 20_000
"""Rows that are copied as text at once: a fraction of a second."""

TIME_TITLES = {"seconds": "Time", "clock": "Clock", "samples": "Sample"}
TIPS = (
    "When it is, or begins",
    "The channel it is of",
    "What it says",
    "How long it lasts",
)

Role = Qt.ItemDataRole


class EventModel(QAbstractTableModel):
    """The events of a list, or some of them.

    Nothing is kept for each row but what the list's arrays hold.

    Parameters
    ----------
    view : View
        Whose way to write times, colours and place are followed, once `follow` is called.
    parent : QObject or None

    Attributes
    ----------
    found : EventList or None
        What was listed.
    near : int or None
        The row that is nearest to the middle of the window.
    """

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: EventList | None = None
        self.near: int | None = None
        self._view = view
        self._rows: np.ndarray | None = None
        self._times = np.empty(0)
        self._names: list[str] = []
        self._look = self._looks()
        self._gone_through = set(view.events.gone_through)
        self._set_scale()

    def show(self, found: EventList, rows: np.ndarray | None, times: np.ndarray) -> None:
        """Show events of a list.

        Parameters
        ----------
        found : EventList
        rows : ndarray of int64 or None
            Which, rising; None for all.
        times : ndarray of float64
            Theirs, seconds on the axis.
        """
        self.beginResetModel()
        self.found, self._rows, self._times = found, rows, times
        self._names = [on_one_line(name) for name in found.names]
        self.near = self._nearest()
        self.endResetModel()

    def follow(self) -> None:
        """Take in what the view is like now."""
        look = self._looks()
        if look != self._look:
            self._look = look
            self._gone_through = set(self._view.events.gone_through)
            self._set_scale()
            if len(self._times):
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._times) - 1, DURATION))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, TIME, TIME)
        near = self._nearest()
        if near != self.near:
            before, self.near = self.near, near
            for row in (before, near):
                if row is not None:
                    self.dataChanged.emit(self.index(row, 0), self.index(row, DURATION))

    def _looks(self) -> tuple[Any, ...]:
        """Return all of the view that cells depend on."""
        view, events = self._view, self._view.events
        streams = frozenset(view.streams) if view.time_format == "samples" else None
        arrays = events.visible.tobytes(), events.color.tobytes()
        return view.time_format, streams, events.selected, *arrays

    def _set_scale(self) -> None:
        view, window = self._view, self._view.window
        self._streams = frozenset(view.streams)
        self._scale = TimeScale(window.t_min, window.t_max, recorded_at=view.recorded_at)
        self._in_run = 0.0, 0.0, self._scale

    def _nearest(self) -> int | None:
        if not len(self._times):
            return None
        window = self._view.window
        middle = window.t_start + window.duration / 2
        after = int(np.searchsorted(self._times, middle))
        near = slice(max(after - 1, 0), after + 1)
        closest = self._times[near][np.argmin(np.abs(self._times[near] - middle))]
        return int(np.searchsorted(self._times, closest))  # the first of those at one time

    # -- which is where --------------------------------------------------------------------------

    @property
    def lasting(self) -> bool:
        """Whether there are epochs among what was listed."""
        return self.found is not None and not bool(np.isnan(self.found.duration).all())

    def event_at(self, row: int) -> int:
        """Return which of the list is in a row."""
        return row if self._rows is None else int(self._rows[row])

    def row_of(self, event: int) -> int:
        """Return in which row one of the list is, or would be."""
        return event if self._rows is None else int(np.searchsorted(self._rows, event))

    def time_at(self, row: int) -> float:
        """Return when the event of a row is, seconds on the axis."""
        return float(self._times[row])

    def is_passed_over(self, row: int) -> bool:
        """Return whether next and previous do not go to the event of a row."""
        assert self.found is not None
        return int(self.found.channel[self.event_at(row)]) not in self._gone_through

    # -- what Qt asks ----------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many events are shown."""
        return 0 if parent is not None and parent.isValid() else len(self._times)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return how many columns there are."""
        return 0 if parent is not None and parent.isValid() else DURATION + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Return the title of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return (TIME_TITLES[self._view.time_format], "Channel", "Label", "Lasts")[section]
        if role == Role.ToolTipRole:
            return TIPS[section]
        if role == Role.TextAlignmentRole:
            return RIGHT if section in (TIME, DURATION) else LEFT
        return None

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        column = index.column()
        if role == Role.DisplayRole:
            return self._text_of(index.row(), column)
        if role == Role.TextAlignmentRole:
            return RIGHT if column in (TIME, DURATION) else LEFT
        if role == Role.ForegroundRole and column == CHANNEL and self.found is not None:
            channel = int(self.found.channel[self.event_at(index.row())])
            return QColor(*self._view.events.color[channel].tolist())
        if role == Role.ToolTipRole:
            return self._tip_of(index.row())
        return None

    def _text_of(self, row: int, column: int) -> str:
        found, event = self.found, self.event_at(row)
        assert found is not None
        if column == TIME:
            return self.time_text(self.time_at(row))
        if column == CHANNEL:
            return self._names[found.channel[event]]
        if column == LABEL:
            return on_one_line(found.texts[found.code[event]])
        seconds = float(found.duration[event])
        return "" if np.isnan(seconds) else format_duration(seconds)

    def _tip_of(self, row: int) -> str:
        found, event = self.found, self.event_at(row)
        assert found is not None
        time = self.time_at(row)
        scale = self._scale_at(time)
        when = [f"{time:.6f} s"]
        if scale.recorded_at is not None:
            when.append(f"{scale.date_of(time, STEP)} {scale.format(time, 'clock', STEP)}".strip())
        if scale.sampling_rate is not None:
            when.append(f"sample {scale.format(time, 'samples', STEP)}")
        name, label = found.names[found.channel[event]], found.texts[found.code[event]]
        said = [on_one_line(text, LONGEST_TIP // 3) for text in (name, label) if text]
        return tip_of(" · ".join(when), *said)

    def time_text(self, time: float) -> str:
        """Return a time as the view writes them; samples are those of the run it lies in."""
        time_format = self._view.time_format
        scale = self._scale_at(time) if time_format == "samples" else self._scale
        return scale.format(time, time_format, STEP)

    def _scale_at(self, time: float) -> TimeScale:
        start, stop, scale = self._in_run
        if start <= time < stop:  # as that of the row before, most of the time
            return scale
        run = self._view.timeline.nearest_run(self._streams, time)
        if run is None:
            return self._scale
        scale = replace(self._scale, sampling_rate=run.sampling_rate, t_zero=run.t_start)
        self._in_run = run.t_start, run.t_stop, scale
        return scale

    @property
    def widest_times(self) -> list[str]:
        """Times as they are written that take the most room, or as much."""
        window = self._view.window
        ends = [window.t_min, window.t_max, *self._times[:1].tolist(), *self._times[-1:].tolist()]
        return [self.time_text(time) for time in ends]

    @property
    def first_durations(self) -> list[str]:
        """Durations of the first few epochs, as they are written."""
        seconds = np.empty(0) if self.found is None else self.found.duration[:10_000]
        lasting = seconds[np.isfinite(seconds)][:SAMPLE]
        return sorted({format_duration(each) for each in lasting.tolist()}, key=len)[-3:]

    # -- text --------------------------------------------------------------------------------------

    def as_text(self, spans: Iterable[tuple[int, int]]) -> str:
        """Return rows as lines of values between tabs, for spreadsheets and programs.

        Times and durations are seconds in full, after that of an event its time of day or sample
        if that is how the view writes times. A line above says what is what.

        Parameters
        ----------
        spans : iterable of (int, int)
            First and last row of each.

        Returns
        -------
        str
            Of `MOST_COPIED` rows at most, the first ones.
        """
        time_format, lasting = self._view.time_format, self.lasting
        written = [] if time_format == "seconds" else [TIME_TITLES[time_format]]
        titles = ["Time (s)", *written, "Channel", "Label", *(["Duration (s)"] if lasting else [])]
        rows = [row for first, last in spans for row in range(first, last + 1)][:MOST_COPIED]
        lines = ["\t".join(titles)]
        for row in rows:
            lines.append("\t".join(self._values_of(row, bool(written), lasting)))
        return "\n".join(lines) + "\n"

    def _values_of(self, row: int, written: bool, lasting: bool) -> list[str]:
        found, event, time = self.found, self.event_at(row), self.time_at(row)
        assert found is not None
        name, label = found.names[found.channel[event]], found.texts[found.code[event]]
        values = [repr(time)]
        if written:
            values.append(self.time_text(time).replace(THIN_SPACE, ""))
        values += [on_one_line(text, len(text)) for text in (name, label)]
        seconds = float(found.duration[event])
        if lasting:
            values.append("" if np.isnan(seconds) else repr(seconds))
        return values

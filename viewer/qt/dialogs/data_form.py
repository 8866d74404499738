"""`DataForm`: the controls that say which samples are wanted, and in which format."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from rawio import BaseRawIO, OptionError
from viewer.compute.layer import done_to
from viewer.engine.export import Format
from viewer.model.times import TimeScale
from viewer.qt.dialogs.amounts import count_text, rate_text
from viewer.qt.dialogs.data_choice import DataWish, columns_of
from viewer.qt.view.signal_view import SignalView
from viewer.render.quantities import spelled

FORMATS: Mapping[Format, tuple[str, str, str]] = {
    "npy": ("NumPy array", "*.npy", "Opens with numpy.load, and as a recording"),
    "flat": ("Flat binary file", "*.dat *.raw *.bin", "Samples and nothing else, as sorters read"),
    "csv": ("CSV table", "*.csv", "A row for each sample, with its time; large"),
}
"""What each is called, how its files end, and what is to be said of it."""

SPANS = {
    "selected": "The selected span",
    "window": "The window",
    "whole": "The whole recording",
    "typed": "From one time to another",
}

CHANNELS = {
    "shown": "On screen",
    "visible": "All that are not hidden",
    "all": "All of the stream",
    "named": "These:",
}

Signals = Literal["processed", "recorded"]


class DataForm(QWidget):
    """Says which samples are wanted, as far as the view is concerned by what is in it now.

    Parameters
    ----------
    signal_view : SignalView
    parent : QWidget or None

    Attributes
    ----------
    signals, span, stream, channels, format, values : QComboBox
    start, stop : QLineEdit
        Times, as the view writes them.
    names : QLineEdit
        Of channels.
    changed : Qt signal
        Something else is wanted.
    """

    changed = pyqtSignal()

    def __init__(self, signal_view: SignalView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widget = signal_view
        self._exact: dict[QLineEdit, tuple[str, float]] = {}
        self._values_chosen = False
        self.signals = self._combo("Processed as on screen, or what was recorded")
        self.span = self._combo("Which time; samples at its end are not in it", SPANS)
        self.start = self._line("Where it starts: seconds, h:min:s, 50%, a clock time, or #sample")
        self.stop = self._line("Where it ends; +5 s is five seconds after the start")
        self.stream = self._combo("Channels of one rate; each stream makes a file of its own")
        self.channels = self._combo("Which channels of the stream, in which order", CHANNELS)
        self.names = self._line("Names or ids with commas between them, in the order to write")
        self.names.setPlaceholderText("Names or ids, with commas between them")
        self.format = self._combo("What programs are to read it")
        for form, (name, endings, purpose) in FORMATS.items():
            self.format.addItem(f"{name} ({endings.replace('*', '').replace(' ', ', ')})", form)
            last = self.format.count() - 1
            self.format.setItemData(last, purpose, Qt.ItemDataRole.ToolTipRole)
        self.values = self._combo("Numbers as recorded, or scaled to physical units")
        self._lay_out()
        self._fill_streams()
        self.span.setCurrentIndex(0 if signal_view.view.span is not None else 1)
        self._connect()
        self.refresh()

    # -- what is in it ---------------------------------------------------------------------------

    def _combo(self, tip: str, items: Mapping[str, str] | None = None) -> QComboBox:
        box = QComboBox()
        box.setToolTip(tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(24)
        for key, text in (items or {}).items():
            box.addItem(text, key)
        return box

    def _line(self, tip: str) -> QLineEdit:
        line = QLineEdit()
        line.setToolTip(tip)
        return line

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        times = QHBoxLayout()
        for text, line in (("Fro&m", self.start), ("&to", self.stop)):
            label = QLabel(text)
            label.setBuddy(line)
            times.addWidget(label)
            times.addWidget(line, 1)
        form.addRow("S&ignals", self.signals)
        form.addRow("&Span", self.span)
        form.addRow("", times)
        form.addRow("St&ream", self.stream)
        form.addRow("C&hannels", self.channels)
        form.addRow("", self.names)
        form.addRow("&Format", self.format)
        form.addRow("&Values", self.values)
        self._form = form
        self.start.setAccessibleName("From")
        self.stop.setAccessibleName("To")
        self.names.setAccessibleName("Names of channels")

    def _fill_streams(self) -> None:
        channels, reader = self._widget.view.channels, self._widget.reader
        streams = np.unique(channels.stream).tolist()
        for stream in streams:
            count = count_text(int((channels.stream == stream).sum()), "channel")
            rate = rate_text(reader.get_signal_sampling_rate(stream))
            self.stream.addItem(f"{channels.stream_name(stream)}: {count} at {rate}", stream)
        panels = [panel.stream for panel in channels.panels]
        wanted = channels.active if channels.active is not None else next(iter(panels), None)
        self.stream.setCurrentIndex(max(0, self.stream.findData(wanted)))
        self._form.setRowVisible(self.stream, len(streams) > 1)

    def _connect(self) -> None:
        for line in (self.start, self.stop):
            line.textEdited.connect(self._take_times)
        self.names.textEdited.connect(self._take_names)
        self.format.currentIndexChanged.connect(self._forget_values)
        self.values.currentIndexChanged.connect(self._keep_values)
        for box in (self.signals, self.span, self.stream, self.channels):
            box.currentIndexChanged.connect(self.refresh)

    def _take_times(self) -> None:
        """Take what is written for what is wanted."""
        self._choose(self.span, "typed")
        self.refresh()

    def _take_names(self) -> None:
        self._choose(self.channels, "named")
        self.refresh()

    def _forget_values(self) -> None:
        self._values_chosen = False
        self.refresh()

    def _keep_values(self) -> None:
        self._values_chosen = True
        self.refresh()

    def _choose(self, box: QComboBox, data: object) -> None:
        blocked = box.blockSignals(True)
        box.setCurrentIndex(box.findData(data))
        box.blockSignals(blocked)

    # -- following the view ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Follow the view, as far as what is wanted does."""
        self._show_signals()
        self._show_times()
        self._show_channels()
        self._show_values()
        self.changed.emit()

    def _show_signals(self) -> None:
        """Offer what was recorded where the view is of something else."""
        widget = self._widget
        done = done_to(widget.reader)
        if done == self.signals.property("done"):
            return
        self.signals.setProperty("done", done)
        blocked = self.signals.blockSignals(True)
        self.signals.clear()
        self.signals.addItem(f"Processed: {done}", "processed")
        self.signals.addItem("As recorded", "recorded")
        self.signals.setCurrentIndex(1 if not done or widget.view.shown == "raw" else 0)
        self.signals.blockSignals(blocked)
        self._form.setRowVisible(self.signals, bool(done))

    def _show_times(self) -> None:
        """Write when the span is, where nobody has written there."""
        if self.span.currentData() == "typed":
            return
        span, view = self._known_span(), self._widget.view
        scale = view.time_scale
        step = 1 / (scale.sampling_rate or 1000.0)
        for line, time in zip((self.start, self.stop), span or (None, None), strict=True):
            text = "" if time is None else scale.format(time, view.time_format, step)
            if text != line.text():
                line.setText(text)
            if time is not None:
                self._exact[line] = text, time

    def _show_channels(self) -> None:
        for key in ("shown", "visible", "all"):
            count = len(self._rows(key))
            self.channels.setItemText(self.channels.findData(key), f"{CHANNELS[key]} ({count})")
        self.names.setEnabled(self.stream.count() > 0)

    def _show_values(self) -> None:
        """Say what raw and physical values are here, and choose what is usual for the format."""
        reader, stream = self.reader, self.stream.currentData()
        if stream is None or reader.header is None:
            return
        rows = reader.header["signal_channels"][reader.get_group_channel_indexes()[stream]]
        units = {spelled(str(unit)) for unit in rows["units"]} - {""}
        unit = f" in {next(iter(units))}" if len(units) == 1 else ""
        kind, table = str(rows["dtype"][0]), self.form == "csv"
        scaled = bool((rows["gain"] != 1).any() or (rows["offset"] != 0).any())
        both_alike = kind == "float32" and not scaled
        physical = f"{'Values' if both_alike else 'Physical values'}{unit}"
        texts = f"Raw numbers ({kind})", physical if table else f"{physical} (float32)"
        wanted = self.physical if self._values_chosen else table
        blocked = self.values.blockSignals(True)
        self.values.clear()
        for text, data in zip(texts, (False, True), strict=True):
            self.values.addItem(text, data)
        self.values.setCurrentIndex(int(wanted or both_alike))
        self.values.blockSignals(blocked)
        self.values.setEnabled(not both_alike)

    # -- what is wanted --------------------------------------------------------------------------

    @property
    def reader(self) -> BaseRawIO:
        """Whose samples are wanted."""
        recorded = self.signals.currentData() == "recorded"
        return self._widget.recorded if recorded else self._widget.reader

    @property
    def form(self) -> Format:
        """Which format is wanted."""
        form: Format = self.format.currentData()
        return form

    @property
    def physical(self) -> bool:
        """Whether physical values are wanted."""
        return bool(self.values.currentData())

    def wish(self) -> DataWish:
        """Return what is wanted.

        Raises
        ------
        OptionError
            When it makes no sense.
        """
        stream = self.stream.currentData()
        if stream is None:
            raise OptionError("there are no signals to export.")
        return DataWish(
            self.reader,
            self._widget.view.timeline,
            *self._span(),
            stream,
            self._wanted_columns(stream),
            self.form,
            self.physical,
        )

    def _known_span(self) -> tuple[float, float] | None:
        """Return the span that is chosen, None where there is none of that kind."""
        view, stream = self._widget.view, self.stream.currentData()
        which = self.span.currentData()
        if which == "selected":
            return view.span
        if which == "window":
            return view.window.t_start, view.window.t_stop
        runs = view.timeline.runs
        first = next((run for run in runs if run.stream == stream), None)
        last = next((run for run in reversed(runs) if run.stream == stream), None)
        return None if first is None or last is None else (first.t_start, last.t_stop)

    def _span(self) -> tuple[float, float]:
        if self.span.currentData() != "typed":
            known = self._known_span()
            if known is None:
                raise OptionError("no span is selected; drag with Shift over the view to do so.")
            return known
        view = self._widget.view
        start = self._time_of(self.start, view.time_scale, view.window.t_start)
        return start, self._time_of(self.stop, view.time_scale, start)

    def _time_of(self, line: QLineEdit, scale: TimeScale, now: float) -> float:
        """Return what is written; what nobody has changed is exactly what it stood for."""
        text, exact = self._exact.get(line, ("", 0.0))
        if text and line.text() == text:
            return exact
        return scale.parse(line.text(), self._widget.view.time_format, now)

    def _wanted_columns(self, stream: int) -> tuple[int, ...] | None:
        which = self.channels.currentData()
        if which == "named":
            return columns_of(self._widget.view.channels, stream, self.names.text())
        infos, rows = self._widget.view.channels.infos, self._rows(which).tolist()
        if not rows:
            raise OptionError("no channel of the stream is on show; choose others.")
        return None if which == "all" else tuple(infos[row].column for row in rows)

    def _rows(self, which: str) -> np.ndarray:
        """Return the channels of the stream on screen, not hidden, or all."""
        channels, stream = self._widget.view.channels, self.stream.currentData()
        if stream is None:
            return np.empty(0, int)
        rows: Callable[[int], np.ndarray] = {
            "shown": channels.page_of,
            "visible": channels.listed_of,
        }.get(which, lambda stream: np.flatnonzero(channels.stream == stream))
        return rows(stream)

"""`DescribeDialog`: says how the samples lie in a flat binary file, and writes that beside it."""

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from rawio.sidecar import FlatBinaryLayout, sidecar_path
from rawio.texts import size_text
from viewer.engine.workers import LatestWorker
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.dialogs.describe_fields import DescribeFields
from viewer.qt.dialogs.describe_form import (
    NEEDED,
    Outcome,
    Reading,
    outcome_of,
    read_form,
    texts_of,
)
from viewer.qt.dialogs.describe_preview import Preview
from viewer.qt.dialogs.describe_work import Described, Look, Looked, describe_file, look
from viewer.qt.dialogs.saying import Saying
from viewer.qt.dialogs.working import Working
from viewer.qt.lines import Line
from viewer.qt.names import tip_of

LEAST_WIDTH = 560
"""Logical pixels of the dialog: sentences have to be read in it."""


class DescribeDialog(QDialog):
    """Asks how a flat binary file is to be read, and shows what comes of it while that is written.

    The recording is only read; its description is written beside it, in a thread.

    Parameters
    ----------
    path : pathlib.Path
    layout : FlatBinaryLayout or None
        As it is described now. None looks for a description beside it, in a thread.
    parent : QWidget or None

    Attributes
    ----------
    path : pathlib.Path
    fields : DescribeFields
    outcome : Saying
        What it makes of the file.
    preview : Preview
    beside : Saying
        What is there already and is replaced.
    working : Working
    described : Qt signal
        With a `Described`.
    """

    described = pyqtSignal(object)

    def __init__(
        self, path: Path, layout: FlatBinaryLayout | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.path, self._before = path, layout
        self._number, self._looking, self._touched = 0, False, layout is not None
        self._looked: Looked | None = None
        self._possible, self._over = False, False
        self.setWindowTitle("Describe this file")
        if parent is not None:
            self.setPalette(parent.palette())
        self._title = Line()
        self.fields, self.preview = DescribeFields(), Preview()
        self.outcome, self.beside, self.working = Saying(), Saying(), Working()
        self._lay_out()
        self.fields.fill(texts_of(layout))
        self.fields.changed.connect(self._touch)
        self.working.busy_changed.connect(lambda busy: self._allow())
        self.working.done.connect(self._end)
        self._relay = Relay()
        self._relay.said.connect(self._take)
        self._looker: LatestWorker[Look, Looked] = LatestWorker(
            look, self._relay.teller("said"), lambda sentence: None, "rawscope look at a flat file"
        )
        self.destroyed.connect(self._looker.close)
        self._read()

    def _lay_out(self) -> None:
        self.setMinimumWidth(LEAST_WIDTH)
        kind = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kind.Ok | kind.Cancel)
        ok, cancel = buttons.button(kind.Ok), buttons.button(kind.Cancel)
        assert ok is not None and cancel is not None
        self.ok_button, self.cancel_button = ok, cancel
        ok.setDefault(True)
        ok.setToolTip(f"Write {sidecar_path(self.path).name} beside the file, and open it")
        cancel.setAutoDefault(False)
        for button in (ok, cancel):
            button.setIcon(QIcon())
        buttons.accepted.connect(self._describe)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self.fields)
        column.addWidget(self.outcome)
        column.addWidget(self.preview, 1)
        column.addWidget(self.beside)
        column.addWidget(self.working)
        column.addWidget(buttons)
        self._title.say(self.path.name)
        self._title.setToolTip(tip_of(str(self.path)))
        self.fields.lines["n_channels"].setFocus()

    # -- what it makes of the file ---------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether the file is being looked at or described."""
        return self._looking or self.working.busy

    def _touch(self) -> None:
        self._touched = True
        self._read()

    def _reading(self) -> Reading:
        return read_form(self.fields.texts(), self._before)

    def _read(self) -> None:
        """Say what is written, and have a look at the file as it says."""
        reading = self._reading()
        self._show(reading)
        if reading.shape is None:
            self.preview.clear()
        self._number += 1
        self._looking = True
        self._looker.submit(Look(self._number, self.path, reading.shape))

    @while_alive
    def _take(self, looked: Looked) -> None:
        if looked.number != self._number:
            return
        self._looking = False
        self._looked = looked
        if looked.known is not None and not self._touched:
            self._touched, self._before = True, looked.known
            self.fields.fill(texts_of(looked.known))
            self._read()
            return
        self._tell_beside(looked)
        if looked.samples is None:
            self.preview.clear()
        else:
            self.preview.show_samples(looked.samples, looked.names)
        self._show(self._reading())

    def _tell_beside(self, looked: Looked) -> None:
        if looked.size is not None:
            self._title.say(f"{self.path.name}, {size_text(looked.size)}")
        name = sidecar_path(self.path).name
        if looked.beside == "something else":
            self.beside.complain(f"{name} is there already and is no description: OK replaces it.")
        elif looked.beside == "a description":
            self.beside.note(f"OK replaces the description in {name}.")
        else:
            self.beside.clear()

    def _show(self, reading: Reading) -> None:
        """Say what is wrong or lacking, or else what comes of it."""
        self.fields.complain(reading.wrong)
        outcome = self._outcome(reading)
        self._possible = reading.complete and outcome is not None and outcome.possible
        if outcome is None:
            self.outcome.clear()
        elif outcome.doubtful:
            self.outcome.complain(outcome.sentence)
        else:
            self.outcome.note(outcome.sentence)
        self._allow()

    def _outcome(self, reading: Reading) -> Outcome | None:
        looked = self._looked
        if looked is not None and looked.size is None:
            return Outcome(looked.why, possible=False, doubtful=True)
        lacking = " and ".join(NEEDED[name] for name in reading.lacking)
        say = f"Write {lacking}: the file does not say." if lacking else ""
        if reading.shape is None or looked is None or looked.size is None:
            return Outcome(say, possible=False, doubtful=False) if say else None
        complete = reading.complete
        outcome = outcome_of(reading.shape, looked.size, rate_known=complete)
        if looked.why and looked.number == self._number and outcome.possible:
            return Outcome(looked.why, possible=False, doubtful=True)
        sentence = outcome.sentence
        if reading.drops_names:
            sentence += " The channels lose the names they had."
        return Outcome(f"{sentence} {say}".strip(), outcome.possible, outcome.doubtful)

    def _allow(self) -> None:
        self.ok_button.setEnabled(self._possible and not self.working.busy)

    # -- describing ------------------------------------------------------------------------------

    def _describe(self) -> None:
        reading = self._reading()
        if reading.complete and reading.shape is not None and not self.working.busy:
            work = partial(describe_file, self.path, reading.shape)
            self.working.start(work, "describing the file")

    def _end(self, described: Described) -> None:
        if not self._over:
            self.described.emit(described)
            self.accept()

    def done(self, result: int) -> None:
        """Close, and give up what is not written yet."""
        self._over = True
        self._looker.close()
        self.working.cancel()
        super().done(result)

"""`DataDialog`: samples of a span of time as a file that other programs read."""

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QStandardPaths
from PyQt6.QtWidgets import QLayout, QWidget

from rawio import OptionError
from viewer.engine.workers import LatestWorker
from viewer.qt.bridge import Relay, while_alive
from viewer.qt.dialogs.data_choice import SUFFIXES, DataWish, Plan, plan_of, target_of, write_data
from viewer.qt.dialogs.data_form import FORMATS, DataForm
from viewer.qt.dialogs.export_dialog import ExportDialog
from viewer.qt.dialogs.save_path import Chooser, Question, choose_path, note_folder, usual_folder
from viewer.qt.dialogs.saying import Saying
from viewer.qt.view.signal_view import SignalView

LEAST_WIDTH = 480
"""Logical pixels of the dialog."""

DOCUMENTS = QStandardPaths.StandardLocation.DocumentsLocation

_Job = tuple[int, DataWish, Path]


class DataDialog(ExportDialog):
    """Asks which samples are wanted and in which format, says how much that is, and writes them.

    What is wanted follows the view until a name was chosen; then it is written in a thread.

    Parameters
    ----------
    signal_view : SignalView
        The dialog closes with it.
    parent : QWidget or None
    choose : callable
        Asks for a path; see `viewer.qt.dialogs.save_path.Chooser`.

    Attributes
    ----------
    form : DataForm
    planned : Saying
        How much it is, or what is wrong.
    export_button : QPushButton
    working : Working
    """

    def __init__(
        self,
        signal_view: SignalView,
        parent: QWidget | None = None,
        choose: Chooser = choose_path,
    ) -> None:
        super().__init__(signal_view, "Export data", parent, choose)
        self._number, self._possible, self._planning = 0, False, False
        self.form = DataForm(signal_view)
        self.planned = Saying()
        self.export_button = self._button("&Export…", "Choose a name, and write the samples")
        parts: list[QWidget | QLayout] = [self.form, self.planned]
        self._stack(LEAST_WIDTH, parts, self.export_button, "What is not written yet is given up")
        relay = Relay()
        relay.said.connect(self._take_plan)
        self._planner: LatestWorker[_Job, tuple[int, Plan]] = LatestWorker(
            lambda job: (job[0], plan_of(job[1], job[2])),
            relay.teller("said"),
            lambda sentence: None,  # plans say themselves what is wrong
            "rawscope size of an export",
        )
        self.destroyed.connect(self._planner.close)
        self.form.changed.connect(self._plan)
        signal_view.reader_changed.connect(self._schedule)
        self._plan()

    # -- how much it is --------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether anything is being reckoned or written."""
        return self._planning or self._soon.isActive() or self.working.busy

    def _refresh(self) -> None:
        self.form.refresh()

    def _plan(self) -> None:
        """Find out in a thread what would come of what is wanted."""
        self._number += 1
        try:
            wish = self.form.wish()
        except OptionError as error:
            self._planning = False
            self._show_plan(Plan(str(error), possible=False))
            return
        self._planning = True
        self._planner.submit((self._number, wish, usual_folder(DOCUMENTS)))

    @while_alive
    def _take_plan(self, told: tuple[int, Plan]) -> None:
        number, plan = told
        if number == self._number:
            self._planning = False
            self._show_plan(plan)

    def _show_plan(self, plan: Plan) -> None:
        sentence = plan.sentence[:1].upper() + plan.sentence[1:]
        if plan.possible:
            self.planned.note(sentence)
        else:
            self.planned.complain(sentence)
        self._possible = plan.possible
        self._allow()

    def _allow(self) -> None:
        self.export_button.setEnabled(self._possible and not self.working.busy)

    # -- writing ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        form = self.form.form
        name, endings, _ = FORMATS[form]
        stem = Path(self._widget.reader.source_name()).stem
        question = Question(
            "Export the data",
            usual_folder(DOCUMENTS) / f"{stem}.{SUFFIXES[form]}",
            [f"{name} ({endings})"],
            SUFFIXES[form],
        )
        self._choose(self, question, self.export)

    def export(self, path: str) -> None:
        """Write what is wanted to a file, in a thread."""
        if self.working.busy:
            return
        chosen = Path(path)
        try:
            wish = self.form.wish()
            target_of(chosen, wish.form)
        except OptionError as error:
            self.working.complain(str(error))
            return
        note_folder(DOCUMENTS, chosen)
        self.working.start(partial(write_data, wish, chosen), "the export")

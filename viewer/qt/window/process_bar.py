"""The toolbar of filters and references: the steps that signals are shown after."""

import re
from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QLabel, QToolBar, QToolButton, QWidget

from rawio import OptionError
from viewer.compute.steps import (
    BandPass,
    CommonReference,
    HighPass,
    LowPass,
    Notch,
    Step,
    describe,
)
from viewer.qt.choice_box import ChoiceBox
from viewer.qt.names import on_one_line, tip_of

OFF = "Off"
HIGH_PASS = ("1 Hz", "100 Hz", "250 Hz", "300 Hz", "500 Hz")
LOW_PASS = ("100 Hz", "300 Hz", "1000 Hz", "3000 Hz", "6000 Hz")
NOTCH = ("50 Hz", "60 Hz", "50 Hz and 4 harmonics", "60 Hz and 4 harmonics")
REFERENCES: dict[str, CommonReference] = {
    "Median": CommonReference("median"),
    "Average": CommonReference("average"),
    "Median by shank": CommonReference("median", "shank"),
    "Average by shank": CommonReference("average", "shank"),
}

MOST_NAMED = 60
"""Characters in which a chain is named; the tooltip has all of it."""

_HERTZ = re.compile(r"([0-9]+[.,]?[0-9]*|[.,][0-9]+) *(k?) *(?:hz)?", re.IGNORECASE)
_HARMONICS = re.compile(r"(.*?) +(?:and|x|\+) *([0-9]{1,2})(?: *harmonics?)?", re.IGNORECASE)


class ProcessBar(QToolBar):
    """Controls for the usual chain: a filter, a notch, a common reference.

    A chain that these cannot say, such as one with other orders, is named, and stays until a
    control is changed.

    Attributes
    ----------
    steps_wanted : Qt signal
        With a tuple of steps: somebody has changed a control.
    refused : Qt signal
        With a sentence: what somebody wrote is no step.
    done : Qt signal
        The view may have the keyboard again.
    """

    steps_wanted = pyqtSignal(object)
    refused = pyqtSignal(str)
    done = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Filters and references", parent)
        self.setObjectName("filters")
        self._steps: tuple[Step, ...] = ()
        self.high_pass = self._choice("High-pass", HIGH_PASS, "Take out what is slower")
        self.low_pass = self._choice("Low-pass", LOW_PASS, "Take out what is faster")
        self.notch = self._choice("Notch", NOTCH, "Take out the mains, and its harmonics")
        self.reference = self._choice(
            "Reference", tuple(REFERENCES), "Subtract what channels have in common", editable=False
        )
        self._custom = QLabel()
        self._custom.setTextFormat(Qt.TextFormat.PlainText)
        self._custom.setContentsMargins(6, 0, 6, 0)
        self._custom_action = self.addWidget(self._custom)
        self.clear_button = QToolButton()
        self.clear_button.setText("All off")
        self.clear_button.setToolTip("Show signals as recorded, without filters or reference")
        self.clear_button.clicked.connect(self._clear)
        self.addWidget(self.clear_button)
        self._working: QAction | None = None
        self.show_steps(())

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that the controls stand for."""
        return self._steps

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Set the controls to a chain, without asking for it."""
        self._steps = tuple(steps)
        said = _texts(steps)
        for box, text in zip(self._boxes, said or (OFF,) * 4, strict=True):
            box.show_text(text)
        assert self._custom_action is not None
        self._custom_action.setVisible(said is None)
        words = describe(steps)
        self._custom.setText("" if said is not None else on_one_line(words, MOST_NAMED))
        self._custom.setToolTip(tip_of(words))
        self.clear_button.setEnabled(bool(steps))

    def show_working(self, working: bool) -> None:
        """Say that steps that were asked for are being made ready, or no longer."""
        if self._working is None:  # the last of the bar, so that nothing else moves
            label = QLabel("filtering\N{HORIZONTAL ELLIPSIS}")
            label.setContentsMargins(6, 0, 6, 0)
            self._working = self.addWidget(label)
        assert self._working is not None
        self._working.setVisible(working)

    @property
    def _boxes(self) -> tuple[ChoiceBox, ...]:
        return self.high_pass, self.low_pass, self.notch, self.reference

    def _choice(
        self, name: str, texts: Sequence[str], tip: str, *, editable: bool = True
    ) -> ChoiceBox:
        label = QLabel(name)
        label.setContentsMargins(6, 0, 4, 0)
        box = ChoiceBox(name, tip, lambda _: self._take(), editable=editable)
        box.set_texts([OFF, *texts])
        box.setMinimumContentsLength(9)
        box.left.connect(self.done)
        label.setBuddy(box)
        self.addWidget(label)
        self.addWidget(box)
        return box

    def _take(self) -> bool:
        """Ask for what the controls say; return whether that is a chain."""
        try:
            steps = _steps(*(box.currentText() for box in self._boxes))
        except OptionError as error:
            self.refused.emit(str(error))
            return False
        if steps == self._steps:
            self.show_steps(steps)
        else:
            self._want(steps)
        return True

    def _clear(self) -> None:
        self.done.emit()  # what is half written is taken then, and goes with the rest
        self._want(())

    def _want(self, steps: tuple[Step, ...]) -> None:
        self.show_steps(steps)
        self.steps_wanted.emit(steps)


def _steps(high: str, low: str, notch: str, reference: str) -> tuple[Step, ...]:
    """Return the chain that four texts say.

    Raises
    ------
    OptionError
        When one of them says none.
    """
    steps: list[Step] = []
    cutoffs = _hertz("high-pass", high), _hertz("low-pass", low)
    if cutoffs[0] is not None and cutoffs[1] is not None:
        steps.append(BandPass(cutoffs[0], cutoffs[1]))
    elif cutoffs[0] is not None:
        steps.append(HighPass(cutoffs[0]))
    elif cutoffs[1] is not None:
        steps.append(LowPass(cutoffs[1]))
    steps += _notch(notch)
    if reference in REFERENCES:
        steps.append(REFERENCES[reference])
    return tuple(steps)


def _notch(text: str) -> list[Step]:
    match = _HARMONICS.fullmatch(text.strip())
    frequency = _hertz("notch", match[1] if match else text)
    if frequency is None:
        return []
    return [Notch(frequency, harmonics=int(match[2]) + 1 if match else 1)]


def _hertz(what: str, text: str) -> float | None:
    """Return a frequency, None for off."""
    text = text.strip()
    if text.lower() in ("", "off", "none", "0", "0 hz"):
        return None
    match = _HERTZ.fullmatch(text)
    if match is None:
        raise OptionError(
            f"{text[:40]!r} is no frequency for a {what}; write, for example, 300 Hz."
        )
    return float(match[1].replace(",", ".")) * (1000 if match[2] else 1)


def _texts(steps: Sequence[Step]) -> tuple[str, str, str, str] | None:
    """Return what the controls show for a chain, None where they cannot say it."""
    high = low = notch = reference = OFF
    for step in steps:
        if isinstance(step, HighPass):
            high = f"{step.cutoff:.9g} Hz"
        elif isinstance(step, LowPass):
            low = f"{step.cutoff:.9g} Hz"
        elif isinstance(step, BandPass):
            high, low = f"{step.low:.9g} Hz", f"{step.high:.9g} Hz"
        elif isinstance(step, Notch):
            more = step.harmonics - 1
            named = f" and {more} harmonic{'s' * (more > 1)}" if more else ""
            notch = f"{step.frequency:.9g} Hz{named}"
        else:
            same = (name for name, known in REFERENCES.items() if known == step)
            reference = next(same, OFF)
    texts = high, low, notch, reference
    try:
        return texts if _steps(*texts) == tuple(steps) else None
    except OptionError:  # a frequency with an exponent: nobody writes such
        return None

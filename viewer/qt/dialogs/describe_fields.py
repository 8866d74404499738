"""`DescribeFields`: the controls that say how the samples lie in a flat binary file."""

from collections.abc import Mapping

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QWidget

from rawio.sidecar import BYTE_ORDERS, DTYPES
from viewer.qt.dialogs.describe_form import Texts
from viewer.qt.dialogs.saying import Saying

WIDTH = 170
"""Logical pixels of a control: beside it there is to be read what is wrong in it."""

LABELS: Mapping[str, tuple[str, str]] = {
    "n_channels": ("&Channels", "How many lie side by side in each sample"),
    "sampling_rate": ("Sampling &rate (Hz)", "Samples of a channel in a second; 30 kHz will do"),
    "dtype": ("Sample &type", "What one number of the file is"),
    "byte_order": ("&Byte order", "Which byte of a number comes first; little on all usual PCs"),
    "header_bytes": ("&Header (bytes)", "Bytes of the file before the first sample"),
    "gain": (
        "&Gain",
        "Physical units of one count: value = raw \N{MULTIPLICATION SIGN} gain + offset",
    ),
    "offset": ("O&ffset", "Physical value of count 0"),
    "units": ("&Units", "Of the physical values, such as uV"),
}
"""What each field is called, and what is to be said of it."""

CHOICES: Mapping[str, tuple[str, ...]] = {"dtype": DTYPES, "byte_order": BYTE_ORDERS}


class DescribeFields(QWidget):
    """Controls, and beside each what is wrong in it.

    Parameters
    ----------
    parent : QWidget or None

    Attributes
    ----------
    lines : dict of str to QLineEdit
    choices : dict of str to QComboBox
    words : dict of str to Saying
    changed : Qt signal
        Something else is written or chosen.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: dict[str, QLineEdit] = {}
        self.choices: dict[str, QComboBox] = {}
        self.words: dict[str, Saying] = {}
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, (label, tip) in LABELS.items():
            control = self._choice(name) if name in CHOICES else self._line(name)
            control.setToolTip(tip)
            control.setAccessibleName(label.replace("&", ""))
            control.setFixedWidth(WIDTH)
            words = self.words[name] = Saying()
            row = QHBoxLayout()
            row.addWidget(control)
            row.addWidget(words, 1)
            row.addStretch()
            form.addRow(label, row)
            form_label = form.labelForField(row)
            assert form_label is not None
            form_label.setBuddy(control)  # type: ignore[attr-defined]
        for name in ("n_channels", "sampling_rate"):
            self.lines[name].setPlaceholderText("needed")
        self.choices["dtype"].currentIndexChanged.connect(self._follow_type)

    def texts(self) -> Texts:
        """Return what is written and chosen."""
        written = {name: line.text() for name, line in self.lines.items()}
        return written | {name: box.currentText() for name, box in self.choices.items()}

    def fill(self, texts: Texts) -> None:
        """Write and choose, without telling it."""
        blocked = self.blockSignals(True)
        for name, line in self.lines.items():
            line.setText(texts[name])
        for name, box in self.choices.items():
            box.setCurrentText(texts[name])
        self.blockSignals(blocked)

    def complain(self, wrong: Mapping[str, str]) -> None:
        """Say beside the controls what is wrong in them, and nothing beside the others."""
        for name, words in self.words.items():
            if name not in wrong:
                words.clear()
            elif words.text != wrong[name]:
                words.complain(wrong[name])

    def _line(self, name: str) -> QLineEdit:
        line = self.lines[name] = QLineEdit()
        line.textChanged.connect(self.changed)
        return line

    def _choice(self, name: str) -> QComboBox:
        box = self.choices[name] = QComboBox()
        box.addItems(list(CHOICES[name]))
        box.currentIndexChanged.connect(self.changed)
        return box

    def _follow_type(self) -> None:
        """Offer no order of bytes where a number has but one."""
        self.choices["byte_order"].setEnabled(not self.choices["dtype"].currentText().endswith("8"))

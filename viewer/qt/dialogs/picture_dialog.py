"""`PictureDialog`: what a view shows as a file, for a page or a slide."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import get_args

from PyQt6.QtCore import QStandardPaths, Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

from rawio import OptionError
from viewer.model.theme import THEMES
from viewer.picture import MAX_SIDE
from viewer.picture_files import LOGICAL_DPI, PictureFormat, format_of
from viewer.qt.check_box import CheckBox
from viewer.qt.dialogs.export_dialog import ExportDialog
from viewer.qt.dialogs.picture_work import (
    TIMES,
    PictureWish,
    Still,
    save_still,
    span_text,
)
from viewer.qt.dialogs.save_path import Chooser, Question, choose_path, note_folder, usual_folder
from viewer.qt.view.signal_view import SignalView
from viewer.render.captions import caption_text, captions_of
from viewer.render.figure import PRINT_RATIO

LEAST_WIDTH = 420
"""Logical pixels of the dialog."""

LEAST_SIDE = 64
"""Logical pixels; what a picture needs."""

CM_PER_INCH = 2.54

SCALES = (1, 2, 3)
"""Pixels of an image to one of the size, which text and lines grow with."""

FORMATS: dict[PictureFormat, tuple[str, str]] = {
    "png": ("PNG image", "Pixels, exactly as on the screen"),
    "svg": ("SVG drawing", "Lines and text, to be edited in a drawing program"),
    "pdf": ("PDF page", "Lines and text, sharp at any size, for print"),
}
"""By the ending of their files: what they are called, and what they are for."""

PICTURES = QStandardPaths.StandardLocation.PicturesLocation


class PictureDialog(ExportDialog):
    """Asks how large a picture is to be, and of which kind, and writes it.

    The picture is of what the view shows when a name for it was chosen, with all samples of its
    window; reading and drawing are done in a thread, of a copy: the view may go on.

    Parameters
    ----------
    signal_view : SignalView
        The dialog closes with it.
    parent : QWidget or None
    choose : callable
        Asks for a path; see `viewer.qt.dialogs.save_path.Chooser`.

    Attributes
    ----------
    format, scale, theme : QComboBox
    image_width, image_height : QSpinBox
        Logical pixels.
    keep_shape : CheckBox
    as_shown : QPushButton
        Sets the size to that of the view.
    save_button : QPushButton
    working : Working
    """

    def __init__(
        self,
        signal_view: SignalView,
        parent: QWidget | None = None,
        choose: Chooser = choose_path,
    ) -> None:
        super().__init__(signal_view, "Export picture", parent, choose)
        self._shape = 1.0
        self._what, self._result_size = QLabel(), QLabel()
        self._what.setWordWrap(True)
        for label in (self._what, self._result_size):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._make_controls()
        self._lay_out()
        self._take_size_of_view()
        self._refresh()

    # -- what is in it -------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.format = QComboBox()
        for kind in get_args(PictureFormat):
            name, purpose = FORMATS[kind]
            self.format.addItem(f"{name} (.{kind})", kind)
            self.format.setItemData(self.format.count() - 1, purpose, Qt.ItemDataRole.ToolTipRole)
        self.format.setToolTip("What the picture is made of; the ending of the file's name says it")
        self.format.currentIndexChanged.connect(self._refresh)
        self.image_width, self.image_height = (
            self._side("Width", self._keep_height),
            self._side("Height", self._keep_width),
        )
        self.keep_shape = CheckBox("&Keep the shape")
        self.keep_shape.setToolTip("Change width and height together")
        self.keep_shape.toggled.connect(self._note_shape)
        self.as_shown = QPushButton("As s&hown")
        self.as_shown.setToolTip("The size of the view in the window")
        self.as_shown.setAutoDefault(False)
        self.as_shown.clicked.connect(self._take_size_of_view)
        self.scale = QComboBox()
        for scale in SCALES:
            self.scale.addItem(f"{scale} {TIMES}", scale)
        self.scale.setToolTip("Pixels to one of the size above; text and lines grow with it")
        ratio = round(self._widget.devicePixelRatioF())
        self.scale.setCurrentIndex(max(0, self.scale.findData(ratio)))
        self.scale.currentIndexChanged.connect(self._refresh)
        self.theme = QComboBox()
        self.theme.addItem("As shown", None)
        for name in THEMES:
            self.theme.addItem(name.capitalize(), name)
        self.theme.setToolTip("Colours of the picture; channels with colours of yours keep them")

    def _side(self, name: str, changed: Callable[[int], None]) -> QSpinBox:
        box = QSpinBox()
        box.setRange(LEAST_SIDE, MAX_SIDE)
        box.setSingleStep(10)
        box.setSuffix(" px")
        box.setAccelerated(True)
        box.setToolTip(f"{name} in pixels of a screen, of which {LOGICAL_DPI} are an inch")
        box.setAccessibleName(name)
        box.valueChanged.connect(changed)
        return box

    def _lay_out(self) -> None:
        sides, scales = QHBoxLayout(), QHBoxLayout()
        times = QLabel(TIMES)
        sides.addWidget(self.image_width, 1)
        sides.addWidget(times)
        sides.addWidget(self.image_height, 1)
        scales.addWidget(self.keep_shape)
        scales.addStretch(1)
        scales.addWidget(self.as_shown)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Shows", self._what)
        form.addRow("&Format", self.format)
        size = QLabel("S&ize")
        size.setBuddy(self.image_width)
        form.addRow(size, sides)
        form.addRow("", scales)
        form.addRow("Sca&le", self.scale)
        form.addRow("", self._result_size)
        form.addRow("&Colours", self.theme)
        self._form = form
        self.save_button = self._button("&Save…", "Choose a name, and write the picture")
        given_up = "A picture that is not written yet is given up"
        self._stack(LEAST_WIDTH, [form], self.save_button, given_up)

    @property
    def kind(self) -> PictureFormat:
        """Which kind of picture is chosen."""
        kind: PictureFormat = self.format.currentData()
        return kind

    @property
    def wish(self) -> PictureWish:
        """The picture that the controls say."""
        name = self.theme.currentData()
        return PictureWish(
            (self.image_width.value(), self.image_height.value()),
            float(self.scale.currentData()) if self.kind == "png" else PRINT_RATIO,
            None if name is None else THEMES[name],
        )

    # -- sizes -----------------------------------------------------------------------------------

    def _take_size_of_view(self) -> None:
        kept = self.keep_shape.isChecked()
        self.keep_shape.setChecked(False)
        self.image_width.setValue(self._widget.width())
        self.image_height.setValue(self._widget.height())
        self.keep_shape.setChecked(kept)

    def _note_shape(self, _: bool) -> None:
        self._shape = self.image_width.value() / self.image_height.value()

    def _keep_height(self, width: int) -> None:
        self._follow(self.image_height, width / self._shape)

    def _keep_width(self, height: int) -> None:
        self._follow(self.image_width, height * self._shape)

    def _follow(self, box: QSpinBox, side: float) -> None:
        """Set the other side where the shape is to stay, and say what comes of it."""
        if self.keep_shape.isChecked():
            blocked = box.blockSignals(True)
            box.setValue(round(side))
            box.blockSignals(blocked)
        self._refresh()

    # -- what is said ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        ratio = self.wish.ratio
        for box in (self.image_width, self.image_height):
            box.setMaximum(int(MAX_SIDE / ratio))
        self._form.setRowVisible(self.scale, self.kind == "png")
        width, height = self.wish.size
        if self.kind == "png":
            wide, high = self.wish.pixels
            self._result_size.setText(f"{wide} {TIMES} {high} pixels in the file")
        else:
            cm = (f"{CM_PER_INCH * side / LOGICAL_DPI:.1f}" for side in (width, height))
            page = f" {TIMES} ".join(cm)
            self._result_size.setText(f"{page} cm on the page, at {LOGICAL_DPI} px an inch")
        self._what.setText(shown_text(self._widget))

    def _allow(self) -> None:
        self.save_button.setEnabled(not self.working.busy)

    # -- saving ----------------------------------------------------------------------------------

    def _ask(self) -> None:
        name = Path(self._widget.reader.source_name()).stem
        chosen = self.kind
        kinds = sorted(get_args(PictureFormat), key=lambda kind: kind != chosen)
        question = Question(
            "Save the picture",
            usual_folder(PICTURES) / f"{name}.{chosen}",
            [f"{FORMATS[kind][0]} (*.{kind})" for kind in kinds],
            chosen,
        )
        self._choose(self, question, self.save)

    def save(self, path: str) -> None:
        """Write the picture, of the kind that the ending of the name says, in a thread."""
        if self.working.busy:
            return
        target = Path(path)
        try:
            self.format.setCurrentIndex(self.format.findData(format_of(target)))
            still = Still.of(self._widget)
        except OptionError as error:
            self.working.complain(str(error))
            return
        note_folder(PICTURES, target)
        work = partial(save_still, still, self.wish, target)
        self.working.start(work, "the picture")


def shown_text(widget: SignalView) -> str:
    """Return in words what a picture of a view is of: the span, the channels, what was done."""
    view = widget.view
    count = len(view.channels.shown)
    parts = [span_text(view), f"{count} channel{'' if count == 1 else 's'}"]
    if view.display == "heat map":
        parts.append("as a heat map")
    caption = caption_text(view, captions_of(view, widget.reader))
    return ", ".join([*parts, caption] if caption else parts)

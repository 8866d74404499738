"""Check boxes, as they are seen in both themes."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QStyle, QStyleOptionButton, QWidget

from viewer.model.theme import THEMES
from viewer.qt.check_box import CheckBox
from viewer.qt.window.look import palette_of

LEAST_CONTRAST = 3.0
"""Of what has to be seen to use a control (WCAG 2.2, 1.4.11)."""


def contrast(color, other):
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""
    light = []
    for rgb in (color, other):
        part = np.asarray(rgb[:3]) / 255
        linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
        light.append(float(linear @ (0.2126, 0.7152, 0.0722)))
    return (max(light) + 0.05) / (min(light) + 0.05)


def drawn(box):
    """Return the pixels of the box without its words, RGB."""
    option = QStyleOptionButton()
    box.initStyleOption(option)
    square = box.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, box)
    image = box.parentWidget().grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    rows = rows.reshape(image.height(), image.bytesPerLine() // 4, 4)[..., :3]
    at = box.mapTo(box.parentWidget(), square.topLeft())
    return rows[at.y() : at.y() + square.height(), at.x() : at.x() + square.width()]


@pytest.fixture(params=sorted(THEMES))
def box(qtbot, request):
    page = QWidget()
    qtbot.addWidget(page)
    page.setPalette(palette_of(THEMES[request.param]))
    box = CheckBox("&Keep the shape", page)
    box.move(QPoint(20, 10))
    page.resize(240, 60)
    page.show()
    qtbot.waitExposed(page)
    yield box


def test_the_outline_is_seen_in_both_themes(box):
    square = drawn(box)
    height, width = square.shape[:2]
    ground = square[height // 2, width // 2]
    # On each of the lines through the middle, the outline is met on both sides of it.
    for line in (square[height // 2], square[:, width // 2]):
        for half in (line[: len(line) // 2], line[len(line) // 2 :]):
            assert max(contrast(pixel, ground) for pixel in half) >= LEAST_CONTRAST


def test_the_tick_is_seen_and_goes_with_a_click(qtbot, box):
    empty = drawn(box).copy()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))
    assert box.isChecked()
    ticked = drawn(box)
    height, width = ticked.shape[:2]
    inner = np.s_[height // 4 : -height // 4, width // 4 : -width // 4]
    ground = empty[height // 2, width // 2]
    assert max(contrast(pixel, ground) for pixel in empty[inner].reshape(-1, 3)) == 1.0
    assert max(contrast(p, ground) for p in ticked[inner].reshape(-1, 3)) >= LEAST_CONTRAST

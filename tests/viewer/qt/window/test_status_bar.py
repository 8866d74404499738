"""What the status bar says of the channels on screen."""

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from viewer.model import View
from viewer.qt.window.status_bar import page_text


def view_of(*counts):
    return View(ArrayReader([[(0.0, noise(100, n)) for n in counts]], [1000.0] * len(counts)))


@pytest.mark.parametrize(
    ("counts", "hidden", "said"),
    [
        ((1,), 0, "1 channel"),
        ((3,), 0, "3 channels"),
        ((3,), 2, "1 channel"),
        ((3,), 3, "no channels shown"),
        ((3, 2), 1, "4 of 4 channels"),
        ((1, 2), 1, "2 channels"),
    ],
)
def test_as_many_channels_are_said_as_are_listed(counts, hidden, said):
    view = view_of(*counts)
    view.channels.set_visible(np.arange(hidden), False)
    assert page_text(view.channels) == said

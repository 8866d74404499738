import pytest

from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import shown


@pytest.fixture
def plain(qtbot, reader):
    """Return a view of 2 s from second 20 on, drawn by the software renderer."""
    widget = shown(qtbot, reader)
    widget.view.window.set(20.0, 2.0)
    settle(qtbot, widget)
    return widget

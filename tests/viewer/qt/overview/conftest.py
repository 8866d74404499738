import pytest

from tests.viewer.qt.conftest import settle
from tests.viewer.qt.overview.strips import WIDTH, drawn, shown


@pytest.fixture
def strip(qtbot, reader):
    """Return the strip over the reader of `tests.viewer.qt.conftest`, at rest."""
    box = shown(qtbot, reader)
    settle(qtbot, box.signals)
    drawn(qtbot, box.strip)
    box.strip.box = box
    assert box.strip.width() == WIDTH
    return box.strip

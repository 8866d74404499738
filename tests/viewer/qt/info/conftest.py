import pytest

from tests.viewer.qt.dialogs.asking import info_panels


@pytest.fixture
def made(qtbot):
    """Yield a function that shows the panel of a reader."""
    with info_panels(qtbot) as make:
        yield make

import pytest

from tests.viewer.qt.channels.channel_tables import maker, twelve


@pytest.fixture
def make(qtbot):
    """Return a function that shows the table of a recording."""
    return maker(qtbot)


@pytest.fixture
def table(make):
    """Return the table of 12 channels, 5 of them on screen from the third on."""
    return twelve(make)

import pytest


@pytest.fixture
def view(panel):
    """Return the model of the view that the panel of a test is of."""
    return panel._view


@pytest.fixture
def units(panel):
    return panel._view.units

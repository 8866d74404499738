import pytest

from tests.viewer.qt.dialogs.asking import dialogs_over_views, save_first_in
from viewer.qt.dialogs.data_dialog import DataDialog


@pytest.fixture(autouse=True)
def folders(monkeypatch, tmp_path):
    """Have a folder of the test suggested to save in."""
    save_first_in(monkeypatch, tmp_path / "saved")


@pytest.fixture
def shown(qtbot):
    """Yield a function from a reader to its view, a dialog over it, and its `Chosen`."""
    with dialogs_over_views(qtbot, DataDialog) as show:
        yield show

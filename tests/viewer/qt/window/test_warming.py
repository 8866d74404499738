"""What docks and dialogs take is imported in idle time, one module at a time."""

import subprocess
import sys
from pathlib import Path

from viewer.qt.window import warming

ROOT = Path(__file__).parents[4]

SCRIPT = """
import sys
from PyQt6.QtCore import QCoreApplication, QTimer
from viewer.qt.window import main_window, warming
assert not set(warming.MODULES) & set(sys.modules), "the window needs none of them at first"
app = QCoreApplication([])
warming.WAIT_MS = 0
seen = []
count = lambda: len(set(warming.MODULES) & set(sys.modules))
warm = warming.Warming(app)
warm._timer.timeout.connect(lambda: seen.append(count()))
warm.begin()
QTimer.singleShot(20_000, app.quit)
check = QTimer()
check.timeout.connect(lambda: count() == len(warming.MODULES) and app.quit())
check.start(5)
app.exec()
assert seen[:8] == list(range(1, 9)), seen
"""


def test_each_module_is_imported_in_a_turn_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_it_begins_when_a_recording_is_open_and_what_cannot_be_imported_is_passed_over(
    qtbot, monkeypatch
):
    from tests.viewer.qt.windows import make_window, open_path

    monkeypatch.setattr(warming, "WAIT_MS", 1)
    monkeypatch.setattr(warming, "MODULES", ("viewer.no_such_module", "this"))
    monkeypatch.delitem(sys.modules, "this", raising=False)
    main = make_window(qtbot)
    qtbot.wait(20)
    assert "this" not in sys.modules
    open_path(qtbot, main)
    qtbot.waitUntil(lambda: "this" in sys.modules)

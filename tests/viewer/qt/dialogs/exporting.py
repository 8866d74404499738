"""A recording to export from, and what is done to the dialog that does so."""

from PyQt6.QtCore import Qt

from tests.readers import ArrayReader, noise

Key = Qt.Key
FAST, SLOW = 1000.0, 250.0


def recording(kind=ArrayReader):
    """Return 20 s of two streams: five fast channels and two slow ones, from 1 s on."""
    streams = [(1.0, noise(20_000, 5) // 64), (1.0, noise(5_000, 2, seed=1) // 64)]
    return kind([streams], [FAST, SLOW], gain=0.5)


def wait(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog.busy, timeout=20_000)


def choose(qtbot, dialog, box, data):
    """Choose with the keyboard."""
    qtbot.keyClick(box, Key.Key_Home)
    for _ in range(box.findData(data)):
        qtbot.keyClick(box, Key.Key_Down)
    assert box.currentData() == data
    wait(qtbot, dialog)


def write(qtbot, line, text):
    line.setFocus()
    line.selectAll()
    qtbot.keyClick(line, Key.Key_Backspace)
    qtbot.keyClicks(line, text)


def export(qtbot, dialog, chosen, path):
    """Press Export, and wait for what is written."""
    wait(qtbot, dialog)
    chosen.path = path
    qtbot.mouseClick(dialog.export_button, Qt.MouseButton.LeftButton)
    wait(qtbot, dialog)
    assert path.is_file(), (dialog.planned.text, dialog.working.text)
    return path

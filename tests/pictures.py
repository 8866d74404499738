"""``make pictures``: draw the pictures of the README and the docs anew.

Needs a display, real or virtual (``xvfb-run -a make pictures``).
"""

import time
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from rawio import open_recording
from viewer import save_png, snapshot
from viewer.qt.main_window import MainWindow
from viewer.render.gl import prefer_egl

ROOT = Path(__file__).parents[1]
DOCS, SAMPLES = ROOT / "docs", ROOT / "sample_data"


def main() -> None:
    """Write all pictures."""
    prefer_egl()
    application = QApplication([])
    application.setStyle("Fusion")
    window(application, "dark", DOCS / "window.png")
    window(application, "light", DOCS / "window-light.png")
    raw = open_recording(SAMPLES / "sample.raw")
    save_png(snapshot(raw, 4.0, 8.0, size=(1200, 700)), DOCS / "raw.png")
    plx = open_recording(SAMPLES / "sample.plx")
    close = snapshot(plx, 2.58, 2.6, size=(1200, 500), channels=["SPKC01", "SPKC03"])
    save_png(close, DOCS / "samples.png")


def window(application: QApplication, theme: str, path: Path) -> None:
    """Save the desktop window on the Plexon sample."""
    main_window = MainWindow(open_recording, "software", theme)
    main_window.resize(1200, 720)
    main_window.show_reader(open_recording(SAMPLES / "sample.plx"))
    main_window.show()
    view = main_window.signal_view
    assert view is not None
    view.view.window.set(1.2, 2.0)
    limit = time.monotonic() + 20
    while view.busy and time.monotonic() < limit:
        application.processEvents()
        time.sleep(0.005)
    for _ in range(10):
        application.processEvents()
    main_window.grab().save(str(path))
    main_window.close()


if __name__ == "__main__":
    main()

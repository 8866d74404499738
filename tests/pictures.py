"""``make pictures``: draw the pictures of the README and the docs anew.

Needs a display, real or virtual (``xvfb-run -a make pictures``).
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtWidgets import QApplication

from rawio import open_recording
from viewer import HighPass, Layer, save_png, snapshot
from viewer.compute.steps import Step
from viewer.model import View
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
    window(application, "dark", DOCS / "heat.png", show_heat, (2.4, 0.6))
    window(application, "dark", DOCS / "processed.png", show_both, (1.2, 1.5), STEPS)


STEPS = (HighPass(20),)


def show_heat(view: View) -> None:
    """Show channels by time as colours."""
    view.display = "heat map"
    view.channels.set_gain(0.5)


def show_both(view: View) -> None:
    """Show what is filtered over what is recorded, of two channels."""
    view.shown = "both"
    view.channels.show_only([view.channels.find(f"FP0{n}")[0] for n in (1, 2, 3)])
    view.channels.set_gain(0.25)


def window(
    application: QApplication,
    theme: str,
    path: Path,
    change: Callable[[View], None] = lambda view: None,
    span: tuple[float, float] = (1.2, 2.0),
    steps: Sequence[Step] = (),
) -> None:
    """Save the desktop window on the Plexon sample, or on a layer over it."""
    main_window = MainWindow(open_recording, "software", theme)
    main_window.resize(1200, 720)
    reader = open_recording(SAMPLES / "sample.plx")
    main_window.show_reader(Layer(reader, steps) if steps else reader)
    main_window.show()
    view = main_window.signal_view
    assert view is not None
    view.view.window.set(*span)
    change(view.view)
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

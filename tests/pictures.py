"""``make pictures``: draw the pictures of the README and the tour in the docs anew.

Needs a display, real or virtual (``xvfb-run -a make pictures``).
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget

from rawio import BaseRawIO, open_recording
from tests.pretend_probe import pretend_probe
from viewer import BandPass, CommonReference, HighPass, Layer, save_png, snapshot
from viewer.compute.steps import Step
from viewer.qt.view.signal_view import SignalView
from viewer.qt.window.main_window import MainWindow
from viewer.render.gl import prefer_egl
from viewer.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS, SAMPLES = ROOT / "docs", ROOT / "sample_data"
TOUR = DOCS / "tour"
SIZE = (1280, 780)

Change = Callable[[MainWindow, SignalView], None]


def main() -> None:
    """Write all pictures."""
    prefer_egl()
    application = QApplication([])
    application.setStyle("Fusion")
    TOUR.mkdir(exist_ok=True)
    raw = open_recording(SAMPLES / "sample.raw")
    save_png(snapshot(raw, 4.0, 8.0, size=(1200, 700)), DOCS / "raw.png")
    # The picture of the info dock shows the folder: one that says nothing of who draws it.
    folder = Path(tempfile.gettempdir()) / "recordings"
    folder.mkdir(exist_ok=True)
    plx = open_recording(shutil.copy(SAMPLES / "sample.plx", folder))
    close = snapshot(plx, 2.58, 2.6, size=(1200, 500), channels=["SPKC01", "SPKC03"])
    save_png(close, DOCS / "samples.png")
    window(plx, DOCS / "window.png", span=(1.2, 2.0), change=with_dock("channels"))
    window(plx, DOCS / "window-light.png", "light", span=(1.2, 2.0), change=with_dock("channels"))
    window(plx, DOCS / "heat.png", span=(2.4, 0.6), change=show_heat)
    steps = (HighPass(20),)
    window(plx, DOCS / "processed.png", span=(1.2, 1.5), change=show_both, steps=steps)
    window(plx, TOUR / "samples.png", span=(2.585, 0.012), change=measure)
    window(plx, TOUR / "whole.png", span=(0.0, 60.0), change=with_dock("events"))
    for name in ("units", "events", "info"):
        window(plx, TOUR / f"{name}.png", span=(2.0, 1.0), change=with_dock(name))
    window(plx, TOUR / "butterfly.png", span=(2.58, 0.1), change=butterfly)
    few = pretend_probe(4, 4.0, units=6, seed=3)
    window(few, TOUR / "4-channels.png", span=(1.0, 0.25), change=alone)
    many = pretend_probe(64, 8.0, shanks=2, seed=1)
    window(many, TOUR / "64-channels.png", span=(2.0, 0.5), change=with_dock("channels"))
    probe = pretend_probe(384, 6.0, shanks=4, seed=2)
    high = (HighPass(300),)
    window(probe, TOUR / "384-channels.png", span=(1.6, 0.4), change=all_channels, steps=high)
    chain = (BandPass(300, 6000), CommonReference("median"))
    window(probe, TOUR / "384-heat.png", "light", span=(1.6, 0.2), change=heat_map, steps=chain)


def with_dock(name: str) -> Change:
    """Return what shows one dock."""

    def change(main_window: MainWindow, view: SignalView) -> None:
        main_window.docks[name].show()
        main_window.docks[name].raise_()

    return change


def alone(main_window: MainWindow, view: SignalView) -> None:
    """Show no docks."""
    main_window.docks.hide_all()


def all_channels(main_window: MainWindow, view: SignalView) -> None:
    """Show all channels at once."""
    alone(main_window, view)
    view.view.channels.show_page(0, len(view.view.channels))


def heat_map(main_window: MainWindow, view: SignalView) -> None:
    """Show all channels by time as colours."""
    all_channels(main_window, view)
    view.view.display = "heat map"


def show_heat(main_window: MainWindow, view: SignalView) -> None:
    """Show channels by time as colours, less bright."""
    alone(main_window, view)
    view.view.display = "heat map"
    view.view.channels.set_gain(0.5)


def show_both(main_window: MainWindow, view: SignalView) -> None:
    """Show what is filtered over what is recorded, of three channels."""
    alone(main_window, view)
    channels = view.view.channels
    view.view.shown = "both"
    channels.show_only([channels.find(f"FP0{n}")[0] for n in (1, 2, 3)])
    channels.set_gain(0.25)


def butterfly(main_window: MainWindow, view: SignalView) -> None:
    """Lay traces over one another."""
    alone(main_window, view)
    view.view.butterfly = True


def measure(main_window: MainWindow, view: SignalView) -> None:
    """Measure a spike, under the crosshair."""
    alone(main_window, view)
    view.view.channels.show_only([0, 2])
    view.view.crosshair = True
    settle(main_window)
    frame = view.frame
    assert frame is not None
    plot, ratio = frame.layout.plot, frame.layout.ratio

    def place(x: float, y: float) -> QPoint:
        at = QPointF(plot.x0 + x * plot.width, plot.y0 + y * plot.height) / ratio
        return at.toPoint()

    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(view, Qt.MouseButton.LeftButton, shift, place(0.35, 0.25))
    for share in (0.4, 0.5):
        QTest.mouseMove(view, place(share, 0.45))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, shift, place(0.5, 0.45))
    QTest.mouseMove(view, place(0.75, 0.7))


def settle(main_window: MainWindow, seconds: float = 0.5) -> None:
    """Wait until the picture is exact and the overview shows all of it, and for what follows."""
    view, overview = main_window.signal_view, main_window.overview
    assert view is not None and overview is not None
    until = time.monotonic() + 60
    while view.busy or overview.busy:
        QApplication.processEvents()
        time.sleep(0.005)
        assert time.monotonic() < until, "the window is never at rest"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.005)


def window(
    reader: BaseRawIO,
    path: Path,
    theme: str = "dark",
    span: tuple[float, float] = (0.0, 1.0),
    change: Change = alone,
    steps: Sequence[Step] = (),
) -> None:
    """Save the desktop window on a recording, or on a layer over it."""
    settings = Settings(renderer="software", theme=theme)  # type: ignore[arg-type]
    main_window = MainWindow(open_recording, settings)
    main_window.resize(*SIZE)
    main_window.show_reader(Layer(reader, steps) if steps else reader)
    main_window.show()
    view = main_window.signal_view
    assert view is not None
    view.view.window.set(*span)
    settle(main_window, 0.2)
    change(main_window, view)
    settle(main_window)
    QWidget.grab(main_window).save(str(path))
    main_window.close()


if __name__ == "__main__":
    main()

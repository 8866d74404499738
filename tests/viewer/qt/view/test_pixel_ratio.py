"""The window at the device pixel ratios of real screens, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[4] / "sample_data" / "sample.plx"

PROGRAM = """
import sys, time
from viewer.render.gl import prefer_egl
prefer_egl()
import numpy as np
from PyQt6.QtWidgets import QApplication
import rawio, viewer
from viewer.render import software

app = QApplication([])
view = viewer.SignalView(rawio.open_recording(sys.argv[1]), renderer=sys.argv[2])
view.resize(777, 431)
view.show()


def settle():
    end = time.monotonic() + 30
    app.processEvents()
    while view.busy and time.monotonic() < end:
        app.processEvents()
    for _ in range(20):
        app.processEvents()
        time.sleep(0.005)


settle()
ratio, layout = float(sys.argv[3]), view.frame.layout
assert view.devicePixelRatioF() == ratio
assert (layout.width, layout.height) == (round(777 * ratio), round(431 * ratio))
place = view.plot.geometry()
assert (place.x() * ratio, place.y() * ratio) == (layout.plot.x0, layout.plot.y0)
for seconds, display, apart in ((1, "traces", 3), (0.02, "traces", 3), (1, "heat map", 12)):
    view.view.window.set(2.5, seconds)
    view.view.display = display
    settle()
    shown = view.plot.image if sys.argv[2] == "software" else view.plot.pixels()
    want = software.render(view.frame.scene)
    assert shown.shape == want.shape == (layout.plot.height, layout.plot.width, 4)
    assert np.abs(shown.astype(int) - want).max() <= (apart if sys.argv[2] == "gpu" else 0)
    assert (shown == want).mean() > 0.9
    assert view.frame.scene.thickness == round(ratio)
view.close()
print("same")
"""


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 2])
@pytest.mark.parametrize("renderer", ["software", pytest.param("gpu", marks=pytest.mark.gl)])
def test_the_plot_is_made_of_physical_pixels(ratio, renderer):
    environment = {
        **os.environ,
        "QT_SCALE_FACTOR": str(ratio),
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SAMPLE), renderer, str(ratio)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.stdout.strip() == "same", done.stderr

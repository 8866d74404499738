"""The scale of a heat map, whose colours are amplitudes and whose heights are none."""

import numpy as np
import pytest

from tests.readers import ArrayReader
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import Key, Mod, press, shown
from viewer import HighPass
from viewer.qt.view.scaling import TALL_LANE

KIND = (0, "uV")


@pytest.fixture
def view(qtbot):
    """Return a view of three channels, in tall lanes, of noise and of spikes that are far wider."""
    rng = np.random.default_rng(3)
    samples = rng.normal(0, 20, (20_000, 3))
    samples[::500] = 4000
    widget = shown(qtbot, ArrayReader.of(np.rint(samples).astype(np.int16), rate=1000.0))
    assert widget.frame.layout.panels[0].lane_height > TALL_LANE
    widget.told = []
    widget.said.connect(widget.told.append)
    return widget


def hit(qtbot, view, key, modifier=Mod.NoModifier):
    press(view, key, modifier)
    qtbot.waitUntil(lambda: not view.crew.scaler.busy)
    qtbot.wait(20)
    settle(qtbot, view)


def test_a_fit_is_to_the_noise_however_tall_the_lanes(qtbot, view):
    by_noise = view.view.channels.span[KIND]
    assert by_noise < 400
    hit(qtbot, view, Key.Key_M)
    hit(qtbot, view, Key.Key_Y)
    assert view.view.channels.span[KIND] == pytest.approx(by_noise, rel=0.2)
    hit(qtbot, view, Key.Key_M)
    hit(qtbot, view, Key.Key_Y)
    assert view.view.channels.span[KIND] > 8000


def test_it_is_not_laid_over_another(qtbot, view):
    with qtbot.waitSignal(view.reader_changed):
        view.process((HighPass(100),))
    settle(qtbot, view)
    hit(qtbot, view, Key.Key_M)
    view.told.clear()
    hit(qtbot, view, Key.Key_C, Mod.AltModifier)
    assert view.view.shown == "processed" and view.told == []
    hit(qtbot, view, Key.Key_M)
    hit(qtbot, view, Key.Key_C, Mod.AltModifier)
    assert view.view.shown == "both"
    hit(qtbot, view, Key.Key_M)
    hit(qtbot, view, Key.Key_C)
    assert view.view.shown == "raw" and view.told[-1].startswith("As recorded")

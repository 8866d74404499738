"""What of a picture is to be whole after a fit: whose samples, and of which channels."""

import numpy as np
import pytest

from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import shown
from viewer import HighPass, Layer
from viewer.model import Channels
from viewer.qt.view.scaling import TALL_LANE, in_sight

RATE = 1000.0
SAMPLES = (noise(20_000, 3, seed=7) // 16 + 3000).astype(np.int16)


def sight_of(widget):
    return in_sight(widget.view, widget.frame, widget.feeds)


@pytest.mark.parametrize(
    ("state", "whose"),
    [("processed", {"processed"}), ("raw", {"raw"}), ("both", {"processed", "raw"})],
)
def test_of_a_layer_the_peaks_are_those_of_what_is_shown(qtbot, state, whose):
    source = ArrayReader.of(SAMPLES, rate=RATE)
    layer = Layer(source, [HighPass(100)])
    widget = shown(qtbot, layer)
    widget.view.shown = state
    widget.view.window.set(0.0, len(SAMPLES) / RATE)
    settle(qtbot, widget)
    sight = sight_of(widget)
    assert set(sight.pieces) == whose and sight.rows.tolist() == [0, 1, 2]
    for each, reader in (("raw", source), ("processed", layer)):
        if each in whose:
            samples = reader.get_analogsignal_chunk()
            ends = np.stack([samples.min(axis=0), samples.max(axis=0)], axis=1)
            peaks = sight.peaks(each, Channels.of(reader))
            np.testing.assert_allclose(peaks, ends, rtol=1e-5, atol=1e-2)


def test_of_a_plain_recording_they_are_those_of_the_recording(qtbot):
    assert set(sight_of(shown(qtbot, ArrayReader.of(SAMPLES, rate=RATE))).pieces) == {"raw"}


def test_channels_in_low_lanes_are_not_in_it(qtbot):
    widget = shown(qtbot, ArrayReader.of(np.tile(SAMPLES, 4), rate=RATE))
    assert widget.frame.layout.panels[0].lane_height < TALL_LANE
    assert sight_of(widget) is None

"""A processed view in a window: shown instead of, or over, what is below it, by a key."""

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from scipy.signal import butter, sosfilt, sosfilt_zi

from tests.readers import ArrayReader
from tests.viewer.qt.conftest import pixels, settle
from viewer import CommonReference, HighPass, Layer
from viewer.engine import autoscale
from viewer.model import Channels
from viewer.qt.view.signal_view import SignalView
from viewer.render import software
from viewer.render.drawing import Text

RATE = 1000.0


def slow_and_fast():
    """Return 20 s of 4 channels: a slow wave and a resting level, and noise common to all."""
    rng = np.random.default_rng(3)
    t = np.arange(20_000) / RATE
    wave = 3000 * np.sin(2 * np.pi * 1.5 * t)[:, np.newaxis] + 500
    common = rng.normal(0, 200, (len(t), 1))
    return np.rint(wave + common + rng.normal(0, 60, (len(t), 4))).astype(np.int16)


@pytest.fixture
def source():
    return ArrayReader.of(slow_and_fast(), rate=RATE, gain=0.5)


@pytest.fixture
def view(qtbot, source):
    widget = SignalView(
        Layer(source, [HighPass(60), CommonReference("median")]), renderer="software"
    )
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(900, 600)
    widget.show()
    settle(qtbot, widget)
    return widget


def expected(samples):
    """Return the steps' result over the whole recording at once, by SciPy, in physical units."""
    sos = butter(3, 60, "highpass", fs=RATE, output="sos")
    x = samples * 0.5
    for _ in range(2):
        start = sosfilt_zi(sos)[:, :, np.newaxis] * x[0]
        x = sosfilt(sos, x, axis=0, zi=start)[0][::-1]
    return x - np.median(x, axis=1, keepdims=True)


def samples_shown(layer):
    """Return the samples of a layer's tiles from the first to the last, without margins."""
    return np.concatenate(
        [tile.data[tile.key.number * 1024 - tile.first_bin :][:1024] for tile in layer.tiles]
    )


def press(qtbot, view, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(view, key, modifier)
    settle(qtbot, view)


def test_what_is_filtered_is_shown_first_and_is_right(view, source):
    (layer,) = view.frame.scene.layers
    want = expected(source.segments[0][0][1])
    first = layer.tiles[0].key.number * 1024
    got = samples_shown(layer)
    assert np.abs(got - want[first : first + len(got)]).max() < 0.05
    assert view.status.endswith(" · high-pass 60 Hz · median reference")
    words = {getattr(item, "text", "") for item in view.frame.drawing}
    assert {"high-pass", "median"} <= {word for text in words for word in text.split()}


def test_c_shows_what_was_recorded_and_back(qtbot, view, source):
    processed = pixels(view).copy()
    press(qtbot, view, Qt.Key.Key_C)
    (layer,) = view.frame.scene.layers
    assert layer.tiles[0].data.dtype == np.int16
    samples = source.segments[0][0][1]
    got = samples_shown(layer)
    first = layer.tiles[0].key.number * 1024
    assert np.array_equal(got, samples[first : first + len(got)])
    assert view.status.endswith(" · as recorded")
    assert not np.array_equal(pixels(view), processed)
    assert np.array_equal(pixels(view), software.render(view.frame.scene))
    press(qtbot, view, Qt.Key.Key_C)
    assert np.array_equal(pixels(view), processed)


def test_both_have_the_same_scale_and_the_recording_lies_below(qtbot, view):
    processed = view.frame.scene.layers[0]
    press(qtbot, view, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    below, above = view.frame.scene.layers
    assert below.tiles[0].data.dtype == np.int16 and above.tiles[0].data.dtype == np.float32
    # Counts are half a unit: so many pixels to a unit of both.
    assert below.slope * 2 == pytest.approx(above.slope)
    # The slow waves are much larger than what is left of them, and shall fit.
    assert (np.abs(above.slope) < np.abs(processed.slope) / 10).all()
    background = np.array(view.view.theme.background, int)
    fainter = np.abs(below.color - background).sum(axis=1)
    assert (fainter < np.abs(above.color - background).sum(axis=1) / 2).all()
    assert view.status.endswith(" · raw + high-pass 60 Hz · median reference")
    view.view.shown = "raw"
    settle(qtbot, view)
    assert np.array_equal(view.frame.scene.layers[0].slope, below.slope)


def test_a_stream_that_cannot_be_filtered_is_said_to_be_as_recorded(qtbot):
    fast, slow = slow_and_fast(), slow_and_fast()[:2000]
    source = ArrayReader([[(0.0, fast), (0.0, slow)]], [RATE, RATE / 10], gain=0.5)
    view = SignalView(Layer(source, [HighPass(300)]), renderer="software")
    qtbot.addWidget(view, before_close_func=lambda w: w.stop())
    view.resize(900, 600)
    view.show()
    settle(qtbot, view)
    left_alone = view.frame.scene.layers[1].tiles[0]
    first = left_alone.first_bin
    want = slow[first : first + len(left_alone.data)] * 0.5
    np.testing.assert_array_equal(left_alone.data, want)

    def captions():
        """Return the words beside each panel, without its name and amount."""
        layout, found = view.frame.layout, []
        for panel in layout.panels:
            texts = [item for item in view.frame.drawing if isinstance(item, Text)]
            inside = (t for t in texts if panel.box.y0 <= t.y < panel.box.y1)
            words = [t.text for t in inside if t.x > layout.plot.x1 and "V" not in t.text]
            found.append(" ".join(words[1:]))
        return found

    assert captions() == ["high-pass 300 Hz", "as recorded"]
    assert view.status.endswith(" · high-pass 300 Hz, but s1 as recorded")
    press(qtbot, view, Qt.Key.Key_C)
    assert captions() == ["as recorded", "as recorded"]
    assert view.status.endswith(" · as recorded")
    press(qtbot, view, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    assert captions() == ["raw + high-pass 300 Hz", "as recorded"]
    assert view.status.endswith(" · raw + high-pass 300 Hz, but s1 as recorded")


def test_what_is_below_is_centred_in_its_lane(qtbot, view, source):
    press(qtbot, view, Qt.Key.Key_C)
    (layer,) = view.frame.scene.layers
    span = (view.view.window.t_start, view.view.window.t_stop)
    timeline = view.view.timeline
    middle = autoscale.measure(source, Channels.of(source), timeline, span).rest / 0.5
    y = layer.slope * (middle - layer.pivot) + layer.base
    layout = view.frame.layout
    assert y == pytest.approx(layout.panels[0].centers - layout.plot.y0, abs=0.01)
    assert np.abs(middle).min() > 50


def test_what_is_below_stays_where_it_is_when_a_view_is_closed_and_shown_again(qtbot, view):
    press(qtbot, view, Qt.Key.Key_C)
    before = view.frame.scene.layers[0]
    view.close()
    view.show()
    settle(qtbot, view)
    after = view.frame.scene.layers[0]
    assert after.tiles[0].data.dtype == np.int16
    assert np.array_equal(after.base, before.base) and np.array_equal(after.pivot, before.pivot)


def test_an_offset_moves_both(qtbot, view):
    press(qtbot, view, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    before = [layer.base + layer.slope * -layer.pivot for layer in view.frame.scene.layers]
    view.view.channels.set_offset(view.view.channels.offset + 40.0)
    settle(qtbot, view)
    after = [layer.base + layer.slope * -layer.pivot for layer in view.frame.scene.layers]
    per_unit = view.frame.layout.panels[0].lane_height / view.view.channels.span[0, "uV"]
    for a, b in zip(after, before, strict=True):
        assert a - b == pytest.approx(-40 * per_unit, rel=1e-3)


def test_a_heat_map_shows_the_upper_one_alone(qtbot, view):
    press(qtbot, view, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    press(qtbot, view, Qt.Key.Key_M)
    (layer,) = view.frame.scene.layers
    assert layer.tiles[0].data.dtype == np.float32
    assert "over" not in view.status


def test_the_recording_below_is_read_only_once_it_is_asked_for(qtbot, view, source):
    assert view.feeds._engine_below is None
    press(qtbot, view, Qt.Key.Key_C)
    assert view.feeds._engine_below is not None
    press(qtbot, view, Qt.Key.Key_C)
    below = view.feeds._engine_below
    # Its index is built beside the view, and may be late where the machine has other work.
    qtbot.waitUntil(lambda: not below.indexer.running and not below.reading, timeout=20_000)
    source.reads.clear()
    press(qtbot, view, Qt.Key.Key_C)
    assert source.reads == []  # both are at hand: comparing takes no time


def test_what_a_layer_keeps_is_part_of_the_memory_of_its_view(qtbot, source):
    layer = Layer(source, [HighPass(60)])
    widget = SignalView(layer, renderer="software", memory=128 << 20)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    assert layer.memory == 32 << 20


def test_a_plain_recording_is_what_it_is(qtbot, source):
    widget = SignalView(source, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.show()
    settle(qtbot, widget)
    before = pixels(widget).copy()
    for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier):
        press(qtbot, widget, Qt.Key.Key_C, modifier)
        assert np.array_equal(pixels(widget), before)
    assert "recorded" not in widget.status


def test_m_shows_the_heat_map_and_back(qtbot, view):
    traces = pixels(view).copy()
    press(qtbot, view, Qt.Key.Key_M)
    assert view.frame.scene.layers[0].heat is not None
    assert np.array_equal(pixels(view), software.render(view.frame.scene))
    # Every pixel of the lanes has a colour of the map.
    colors = {tuple(color) for color in view.view.theme.heat_colors.tolist()}
    lanes = view.frame.layout.lanes.height
    shown = {tuple(color) for color in pixels(view)[:lanes, ::7, :3].reshape(-1, 3).tolist()}
    assert shown <= colors | {tuple(view.view.theme.grid)}
    press(qtbot, view, Qt.Key.Key_M)
    assert np.array_equal(pixels(view), traces)


def test_wide_windows_of_a_layer_come_from_an_index_of_its_own(qtbot, view, source):
    view.view.window.set(0.0, 20.0)
    settle(qtbot, view)
    assert view.frame.exact
    (layer,) = view.frame.scene.layers
    want = expected(source.segments[0][0][1])
    bins = layer.tiles[0].data
    size = 3 << (layer.view.level - 1)
    low = np.minimum.reduceat(want, np.arange(0, len(want), size))
    assert np.abs(bins[:, 0] - low[: len(bins)]).max() < 0.05


def test_a_chunk_that_cannot_be_computed_is_said(qtbot, source, monkeypatch):
    from viewer.compute import numpy_backend

    def broken(*arguments):
        raise MemoryError

    monkeypatch.setattr(numpy_backend.NumpyBackend, "sosfilt", broken)
    widget = SignalView(Layer(source, [HighPass(60)]), renderer="software", index=False)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    said = []
    widget.message.connect(said.append)
    widget.show()
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert any("memory" in sentence for sentence in said)

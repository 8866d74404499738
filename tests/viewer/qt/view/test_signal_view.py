"""The real widget under a virtual screen: its pictures, its reading, its renderers."""

import threading
import time

import numpy as np
import pytest
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QWidget

from rawio import HeaderNotParsedError, RawIOError
from tests.readers import ArrayReader, BrokenReader, SlowReader, noise
from tests.viewer.qt.conftest import pixels, settle
from viewer.picture import snapshot
from viewer.qt.view.signal_view import SignalView
from viewer.render import software

# -- pictures ----------------------------------------------------------------------------------


def test_the_plot_shows_the_scene_pixel_for_pixel(view):
    want = software.render(view.frame.scene)
    assert want.shape[:2] == (view.frame.layout.plot.height, view.frame.layout.plot.width)
    assert np.abs(pixels(view).astype(int) - want).max() <= 1  # blending rounds
    assert len(np.unique(want.reshape(-1, 4), axis=0)) > 10


def test_the_window_and_the_snapshot_are_the_same_plot(view, reader, qtbot):
    layout = view.frame.layout
    view.view.window.set(7.0, 2.0)
    settle(qtbot, view)
    image = snapshot(reader, 7.0, 9.0, size=(layout.width, layout.height), view=view.view)
    plot = layout.plot
    want = image[plot.y0 : plot.y1, plot.x0 : plot.x1]
    assert np.abs(pixels(view).astype(int) - want).max() <= 1


def test_labels_and_ruler_are_painted_by_qt(view):
    grabbed = view.grab().toImage()
    layout = view.frame.layout
    gutter = view.view.theme.gutter
    inked = 0
    for y in range(layout.plot.y0, layout.plot.y1, 1):
        for x in range(layout.plot.x0):
            color = grabbed.pixelColor(x, y)
            inked += (color.red(), color.green(), color.blue()) != gutter
    assert inked > 200


# -- data --------------------------------------------------------------------------------------


def test_only_what_is_new_is_read_on_a_pan(view, qtbot, reader):
    view.view.window.set(20.0, 2.0)
    settle(qtbot, view)
    view.view.window.pan(0.01)
    settle(qtbot, view)
    # The motion has what follows read ahead of time, and the index is built beside the view; after
    # that there is nothing to read.
    engine = view.feeds.main
    qtbot.waitUntil(lambda: not engine.indexer.running and not engine.reading, timeout=20_000)
    reader.reads.clear()
    view.view.window.pan(0.01)
    settle(qtbot, view)
    view.view.channels.set_gain(-3.0)
    settle(qtbot, view)
    assert reader.reads == []


def test_a_view_is_busy_until_it_knows_of_the_tiles_that_were_read(view, qtbot):
    view.view.window.set(40.0, 2.0)
    view._refresh()
    while view.feeds.busy:  # what tells of them waits for the event loop
        time.sleep(0.001)
    view._refresh_timer.stop()
    assert view.busy and view.frame.viewport.t_left < 39
    settle(qtbot, view)
    assert view.frame.exact and view.frame.viewport.t_left > 39


@pytest.mark.gl
def test_pan_zoom_and_gain_upload_no_samples(qtbot, reader):
    widget = SignalView(reader, renderer="gpu")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(900, 600)
    widget.show()
    widget.view.window.set(20.0, 2.0)
    settle(qtbot, widget)
    qtbot.waitUntil(lambda: widget.plot.uploads is not None)
    widget.plot.pixels()
    samples = widget.plot.uploads.samples
    assert samples > 0
    widget.view.window.pan(0.05)
    settle(qtbot, widget)
    widget.view.window.zoom(1.1)
    settle(qtbot, widget)
    widget.view.channels.set_gain(-2.0)
    settle(qtbot, widget)
    widget.plot.pixels()
    assert widget.plot.uploads.samples == samples


@pytest.mark.parametrize("renderer", ["software", pytest.param("gpu", marks=pytest.mark.gl)])
def test_a_slow_disk_never_stops_the_gui(qtbot, renderer):
    """While a chunk takes for ever, the event loop turns and the place is marked as loading."""
    reader = SlowReader.of((noise(60_000, 4) // 64).astype(np.int16))
    reader.gate = threading.Event()
    widget = SignalView(reader, renderer=renderer)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(700, 400)
    widget.show()
    qtbot.waitUntil(lambda: widget.frame is not None)
    for step in range(40):
        widget.view.window.set(step * 1.0, 2.0)
        QTest.qWait(2)
    qtbot.waitUntil(lambda: widget.frame.viewport.t_left == pytest.approx(39.0, abs=0.01))
    assert not widget.frame.exact
    assert "loading" in widget.status
    colors, counts = np.unique(pixels(widget)[..., :3].reshape(-1, 3), axis=0, return_counts=True)
    assert tuple(colors[counts.argmax()]) == widget.view.theme.loading
    reader.gate.set()
    settle(qtbot, widget)
    assert widget.frame.exact and "exact" in widget.status
    assert np.abs(pixels(widget).astype(int) - software.render(widget.frame.scene)).max() <= 1


def test_reads_happen_in_another_thread(qtbot):
    seen = set()

    class Spy(ArrayReader):
        def _get_analogsignal_chunk(self, *args):
            seen.add(threading.get_ident())
            return super()._get_analogsignal_chunk(*args)

        def _get_spike_timestamps(self, *args):
            seen.add(threading.get_ident())
            return super()._get_spike_timestamps(*args)

    reader = Spy.of(noise(20_000, 2), units={"a": np.arange(0.1, 19, 0.3)})
    widget = SignalView(reader, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.show()
    settle(qtbot, widget)
    widget.view.window.set(0, 20)
    settle(qtbot, widget)
    assert seen and threading.get_ident() not in seen


def test_a_chunk_that_cannot_be_read_is_said_and_the_rest_is_shown(qtbot):
    reader = BrokenReader.of((noise(60_000, 4) // 64).astype(np.int16))
    reader.bad = range(40_000, 42_000)
    widget = SignalView(reader, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(700, 400)
    said = []
    widget.message.connect(said.append)
    widget.show()
    widget.view.window.set(1.0, 2.0)
    qtbot.waitUntil(lambda: widget.frame is not None and widget.frame.exact)
    widget.view.window.set(39.0, 2.0)
    qtbot.waitUntil(lambda: "the disk says no." in said)
    settle(qtbot, widget)
    assert not widget.frame.exact and "tiles cannot be read" in widget.status
    widget.view.window.set(10.0, 2.0)
    qtbot.waitUntil(lambda: widget.frame.exact and widget.frame.viewport.t_left < 11)


def test_opengl_that_fails_gives_way_to_the_software_renderer(qtbot, reader, monkeypatch):
    widget = SignalView(reader, renderer="gpu")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    from viewer.render.gpu import GpuRenderer

    def broken(self, scene):
        raise RuntimeError("no such enum")

    monkeypatch.setattr(GpuRenderer, "draw", broken)
    said = []
    widget.message.connect(said.append)
    widget.resize(700, 400)
    widget.show()
    qtbot.waitUntil(lambda: widget.renderer == "software", timeout=10_000)
    settle(qtbot, widget)
    assert any("no such enum" in sentence and "software renderer" in sentence for sentence in said)
    assert np.array_equal(pixels(widget), software.render(widget.frame.scene))


def test_renderers_can_be_changed_while_running(view, qtbot):
    before = pixels(view).copy()
    for name in ("software", "gpu", "software"):
        view.set_renderer(name)
        settle(qtbot, view)
        assert view.renderer == name
        assert np.abs(pixels(view).astype(int) - before).max() <= 1


@pytest.mark.parametrize(
    ("why", "renderer"),
    [(None, "gpu"), ("OpenGL is drawn by the CPU here (llvmpipe)", "software")],
)
def test_auto_takes_opengl_only_where_a_gpu_draws_it(qtbot, reader, monkeypatch, why, renderer):
    monkeypatch.setattr("viewer.qt.view.signal_view.software_gl", lambda: why)
    widget = SignalView(reader)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    assert widget.renderer == renderer
    assert widget.why_software == why  # the tool tip of the window's status says it
    widget.set_renderer("software")
    assert widget.why_software is None


def test_the_environment_and_the_argument_choose_the_renderer(qtbot, reader, monkeypatch):
    monkeypatch.setattr("viewer.qt.view.signal_view.software_gl", lambda: None)
    monkeypatch.setenv("RAWSCOPE_RENDERER", "software")
    for given, renderer in ((None, "software"), ("gpu", "gpu"), ("auto", "gpu")):
        widget = SignalView(reader, renderer=given)
        qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
        assert widget.renderer == renderer
    monkeypatch.setenv("RAWSCOPE_RENDERER", "vulkan")
    with pytest.raises(ValueError, match="RAWSCOPE_RENDERER"):
        SignalView(reader)


@pytest.mark.gl
def test_a_gpu_view_moved_to_another_window_goes_on_with_the_gpu(qtbot, reader):
    box = QWidget()
    qtbot.addWidget(box)
    widget = SignalView(reader, box, renderer="gpu")
    widget.resize(700, 400)
    box.show()
    settle(qtbot, widget)
    widget.setParent(None)
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.show()
    widget.view.window.set(5.0, 2.0)
    qtbot.waitUntil(lambda: widget.frame.viewport.t_left > 4.9 and not widget.busy, timeout=20_000)
    assert widget.renderer == "gpu"
    assert np.abs(pixels(widget).astype(int) - software.render(widget.frame.scene)).max() <= 1


@pytest.mark.gl
def test_where_qt_makes_no_context_the_software_renderer_takes_over(qtbot, reader, monkeypatch):
    widget = SignalView(reader, renderer="gpu")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    canvas = widget.plot._canvas
    monkeypatch.setattr(canvas, "update", lambda: None)  # as when Qt never asks for a picture
    monkeypatch.setattr(type(canvas.native), "isValid", lambda self: False)
    canvas.events.draw.disconnect()
    said = []
    widget.message.connect(said.append)
    widget.show()
    qtbot.waitUntil(lambda: widget.renderer == "software", timeout=20_000)
    settle(qtbot, widget)
    assert "no context" in said[0]


def test_a_scale_that_the_program_sets_at_once_is_kept(qtbot, reader):
    widget = SignalView(reader, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.view.channels.set_span(0, "uV", 123.0)
    widget.show()
    settle(qtbot, widget)
    assert widget.view.channels.span == {(0, "uV"): 123.0}
    assert not widget.view.channels.offset.any()


def test_a_reader_without_its_header_is_refused(qtbot, reader):
    reader.header = None
    with pytest.raises(HeaderNotParsedError, match="parse_header"):
        SignalView(reader)


def test_spikes_that_cannot_be_read_do_not_hide_the_traces(qtbot):
    class NoSpikes(ArrayReader):
        def _get_spike_timestamps(self, *args):
            raise RawIOError("the spikes are gone.")

    reader = NoSpikes.of((noise(5000, 2) // 64).astype(np.int16), units={"a": np.array([1.0])})
    widget = SignalView(reader, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    said = []
    widget.message.connect(said.append)
    widget.show()
    settle(qtbot, widget)
    assert "the spikes are gone." in said
    assert np.array_equal(pixels(widget), software.render(widget.frame.scene))


def test_a_recording_of_spikes_alone(qtbot):
    reader = ArrayReader.of(np.zeros((10_000, 1), np.int16), units={"a": np.array([1.0, 2.0])})
    header = reader.header
    header["signal_channels"] = header["signal_channels"][:0]
    header["signal_streams"] = header["signal_streams"][:0]
    reader._stream_members = []
    widget = SignalView(reader, renderer="software")
    qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
    widget.resize(700, 400)
    widget.show()
    settle(qtbot, widget)
    color = widget.view.theme.unit_colors(1)[0]
    inked = (pixels(widget)[..., :3] == color).all(axis=2).any(axis=0)
    at = np.flatnonzero(inked)
    expected = [widget.frame.viewport.x_of(t) for t in (1.0, 2.0)]
    assert at[0] == int(expected[0]) and int(expected[1]) in at

"""The OpenGL canvas in a window: exact, in parts, and never black."""

import numpy as np
import pytest
from PyQt6.QtWidgets import QVBoxLayout, QWidget
from vispy import gloo

import shaders
from tests.readers import ArrayReader, noise
from tests.viewer.qt.conftest import pixels, settle
from viewer.qt.view import gpu_plot
from viewer.qt.view.signal_view import SignalView
from viewer.render import software
from viewer.render.textures import UploadLimit

pytestmark = pytest.mark.gl


@pytest.fixture
def make_view(qtbot):
    def make(reader, **options):
        widget = SignalView(reader, renderer="gpu", **options)
        qtbot.addWidget(widget, before_close_func=lambda w: w.stop())
        widget.resize(700, 400)
        return widget

    return make


def close_to(got, want, most=3):
    return np.abs(got.astype(int) - want).max() <= most


@pytest.mark.parametrize("display", ["traces", "heat map"])
@pytest.mark.parametrize("duration", [0.005, 0.02, 0.2, 3.0])
@pytest.mark.parametrize("gain", [1.0, -0.3, 40.0])
def test_the_canvas_shows_what_the_software_renderer_would(
    make_view, qtbot, reader, display, duration, gain
):
    view = make_view(reader)
    view.view.window.set(2.5, duration)
    view.view.channels.set_gain(gain)
    view.view.display = display
    view.show()
    settle(qtbot, view)
    assert view.renderer == "gpu"
    want = software.render(view.frame.scene)
    # Where float32 rounds otherwise a colour of the map is the next one.
    assert close_to(pixels(view), want, most=3 if display == "traces" else 12)
    assert (pixels(view) == want).mean() > 0.75


def test_tiles_go_up_in_parts_and_the_last_picture_stays_meanwhile(make_view, qtbot, monkeypatch):
    monkeypatch.setattr(
        "viewer.render.textures.UploadLimit.__init__.__defaults__", (1, 0.0), raising=True
    )
    assert UploadLimit() == UploadLimit(1, 0.0)
    monkeypatch.setattr("viewer.qt.view.gpu_plot.PATIENCE_SECONDS", 1e9)
    reader = ArrayReader.of(noise(60_000, 700))
    view = make_view(reader)
    view.show()
    settle(qtbot, view)
    first, before = view.frame, view.plot.uploads.samples
    want, counts = pixels(view).copy(), []
    view.view.window.set(30.0, 9.0)
    while view.frame is first:
        qtbot.wait(1)
        counts.append(view.plot.uploads.samples - before)
        if view.frame is first:
            assert np.array_equal(pixels(view), want)
    # It went up piece by piece under the last picture, and then the new one was whole at once.
    assert len(set(counts)) > 3 and view.frame.exact
    settle(qtbot, view)
    assert close_to(pixels(view), software.render(view.frame.scene))


def test_a_view_that_moves_on_and_on_shows_new_pictures(make_view, qtbot, monkeypatch):
    monkeypatch.setattr(
        "viewer.render.textures.UploadLimit.__init__.__defaults__", (1, 0.0), raising=True
    )
    monkeypatch.setattr("viewer.qt.view.gpu_plot.PATIENCE_SECONDS", 0.05)
    view = make_view(ArrayReader.of(noise(200_000, 700)))
    view.view.window.set(0.0, 9.0)
    view.show()
    settle(qtbot, view)
    lefts = set()
    view.shown.connect(lambda status: lefts.add(view.frame.viewport.t_left))
    for move in range(40):
        view.view.window.set(3.0 * move)
        qtbot.wait(30)
    assert len(lefts) > 5


@pytest.mark.parametrize("pending", ["uploads", "failure"])
def test_a_view_that_goes_with_its_parent_in_the_midst_of_it_leaves_no_errors(
    make_view, qtbot, monkeypatch, pending
):
    from PyQt6 import sip
    from PyQt6.QtWidgets import QWidget

    monkeypatch.setattr(
        "viewer.render.textures.UploadLimit.__init__.__defaults__", (1, 0.0), raising=True
    )
    box = QWidget()
    view = SignalView(ArrayReader.of(noise(60_000, 700)), box, renderer="gpu")
    view.resize(700, 400)
    box.show()
    settle(qtbot, view)
    view.view.window.set(30.0, 9.0)
    before = view.plot.uploads.samples
    qtbot.waitUntil(lambda: view.plot.uploads.samples > before)
    if pending == "failure":
        view.plot._fail("OpenGL failed (as a test says)")
    sip.delete(box)
    qtbot.wait(150)  # what was to be done then would be done now


def test_a_driver_that_draws_wrongly_gives_way_with_a_sentence(
    make_view, qtbot, reader, monkeypatch
):
    load = shaders.load
    monkeypatch.setattr(shaders, "load", lambda name: load(name).replace("+ 256.0 *", "+ 255.0 *"))
    view = make_view(reader)
    said = []
    view.message.connect(said.append)
    view.show()
    qtbot.waitUntil(lambda: view.renderer == "software", timeout=10_000)
    settle(qtbot, view)
    assert "pixels of its test pictures wrongly" in said[0] and "software renderer" in said[0]
    assert np.array_equal(pixels(view), software.render(view.frame.scene))


def test_a_canvas_that_stays_black_gives_way_with_a_sentence(make_view, qtbot, reader, monkeypatch):
    from vispy import gloo

    from viewer.render.gpu import GpuRenderer

    paint = GpuRenderer.paint

    def black(self, scene):
        paint(self, scene)
        if scene.width > 64:  # the test picture is right
            gloo.clear(color=(0, 0, 0, 1))

    monkeypatch.setattr(GpuRenderer, "paint", black)
    view = make_view(reader)
    said = []
    view.message.connect(said.append)
    view.show()
    qtbot.waitUntil(lambda: view.renderer == "software", timeout=10_000)
    settle(qtbot, view)
    assert "stays black" in said[0]
    assert np.array_equal(pixels(view), software.render(view.frame.scene))


def test_an_opengl_error_while_running_rebuilds_and_then_gives_way(
    make_view, qtbot, reader, monkeypatch
):
    from viewer.qt.view import signal_view
    from viewer.render.gpu import GpuRenderer

    monkeypatch.setattr(signal_view, "MAX_REBUILDS", 2)
    view = make_view(reader)
    view.show()
    settle(qtbot, view)
    paint = GpuRenderer.paint
    renderers = set()

    def fails(self, scene):
        paint(self, scene)
        if scene.width > 64:
            renderers.add(self)
            raise RuntimeError("GL_OUT_OF_MEMORY")

    monkeypatch.setattr(GpuRenderer, "paint", fails)
    said = []
    view.message.connect(said.append)
    view.view.window.set(4.0, 1.0)
    qtbot.waitUntil(lambda: view.renderer == "software", timeout=20_000)
    settle(qtbot, view)
    assert len(renderers) == 2  # the first, and the one made anew
    assert any("GL_OUT_OF_MEMORY" in sentence for sentence in said)
    assert np.array_equal(pixels(view), software.render(view.frame.scene))


def test_a_context_that_is_made_anew_is_taken_without_closing_the_view(make_view, qtbot, reader):
    view = make_view(reader)
    view.show()
    settle(qtbot, view)
    plot = view.plot
    plot._canvas.events.initialize()  # as Qt says when it had to make another context
    qtbot.waitUntil(lambda: view.plot is not plot, timeout=10_000)
    settle(qtbot, view)
    assert view.renderer == "gpu" and view.isVisible()
    assert close_to(pixels(view), software.render(view.frame.scene))


def in_opengl(view):
    """Return the numbers of the textures and buffers that a view has in OpenGL."""
    made = view.plot._canvas.context.shared.parser._objects.values()
    kinds = {"GlirTexture2D": "glIsTexture", "GlirVertexBuffer": "glIsBuffer"}
    named = [(kinds.get(type(one).__name__), one) for one in made]
    return [(kind, one.handle) for kind, one in named if kind is not None]


def test_of_a_view_that_goes_nothing_is_left_in_the_window_it_was_in(make_view, qtbot, reader):
    """Contexts in one window share what they make, so that one that goes leaves all behind."""
    going, staying = make_view(reader), make_view(reader)
    box = QWidget()
    # Kept, and closed after the views in it.
    qtbot.addWidget(box, before_close_func=lambda _, kept=box: None)
    column = QVBoxLayout(box)
    column.addWidget(going)
    column.addWidget(staying)
    box.show()
    settle(qtbot, going)
    settle(qtbot, staying)
    theirs, others = in_opengl(going), in_opengl(staying)
    assert {kind for kind, _ in theirs} == {"glIsTexture", "glIsBuffer"}
    staying.plot._canvas.set_current()
    assert all(getattr(gloo.gl, kind)(number) for kind, number in [*theirs, *others])
    going.set_renderer("software")
    settle(qtbot, going)
    staying.plot._canvas.set_current()
    assert not any(getattr(gloo.gl, kind)(number) for kind, number in theirs)
    assert all(getattr(gloo.gl, kind)(number) for kind, number in others)
    staying.view.window.set(3.0, 0.5)
    settle(qtbot, staying)
    assert close_to(pixels(staying), software.render(staying.frame.scene))


def test_of_a_context_that_was_made_anew_nothing_is_deleted_by_its_old_numbers(
    make_view, qtbot, reader, monkeypatch
):
    view = make_view(reader)
    view.show()
    settle(qtbot, view)
    let_go = []
    monkeypatch.setattr(gpu_plot, "let_go", let_go.append)
    plot = view.plot
    plot._canvas.events.initialize()
    qtbot.waitUntil(lambda: view.plot is not plot, timeout=10_000)
    assert let_go == []
    settle(qtbot, view)
    view.set_renderer("software")
    assert len(let_go) == 1

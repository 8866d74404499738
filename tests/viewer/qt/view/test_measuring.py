"""Shift and drag: time, amplitude and noise between two points, and where that is written."""

import numpy as np
import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QImage

from tests.readers import ArrayReader, SlowReader, noise
from tests.viewer.compute.recordings import ScaledReader
from tests.viewer.qt.conftest import settle
from tests.viewer.qt.hands import (
    Button,
    Key,
    Mod,
    center,
    click,
    drag,
    in_lane,
    let_go,
    logical,
    microvolts,
    move,
    press,
    screen,
    shown,
    wait_for_screen,
)

RATE = 1000.0


def measure(view, start, stop):
    """Measure between two places; return them as seconds, by the viewport."""
    drag(view, start, (start + stop) / 2, stop, modifier=Mod.ShiftModifier)
    plot, viewport = view.frame.layout.plot, view.frame.viewport
    ratio = view.frame.layout.ratio
    return [viewport.time_at(place.x() * ratio - plot.x0) for place in (start, stop)]


def known(qtbot, view):
    """Wait until all of a span is looked at; return what is said of it, line by line."""
    qtbot.waitUntil(
        lambda: view.measured.statistics is not None and view.measured.statistics.share == 1
    )
    return view.measured.lines(view.view)


def samples_of(reader, column, first, last, rate=RATE):
    """Return the physical values of the samples of a span, its end left out."""
    samples = reader.segments[0][0][1][:, column]
    times = np.arange(len(samples)) / rate
    return samples[(times >= first) & (times < last)] * reader.gain


@pytest.mark.parametrize("gain", [1.0, -3.0])
def test_what_lies_between_two_points(view, qtbot, reader, gain):
    view.view.window.set(20.0, 2.0)
    view.view.channels.set_gain(gain)
    settle(qtbot, view)
    start, stop = in_lane(view, 4, across=0.2), in_lane(view, 4, across=0.8) + QPoint(0, -40)
    first, last = measure(view, start, stop)
    said = known(qtbot, view)
    samples = samples_of(reader, 4, first, last)
    assert view.view.span == pytest.approx((first, last))
    height = view.frame.layout.panels[0].box.height / 12
    assert said[0] == f"{last - first:.3g} s · {1000 / (last - first):.4g} mHz"
    delta = 40 * view.view.channels.span[0, "uV"] / (height * gain)
    assert microvolts(said[1].removeprefix("Δ ")) == pytest.approx(delta, rel=1e-3)
    assert microvolts(said[2].removeprefix("c4: RMS ")) == pytest.approx(samples.std(), rel=1e-3)
    peak = np.ptp(samples)
    assert microvolts(said[3].removeprefix("peak to peak ")) == pytest.approx(peak, rel=1e-3)
    mean = microvolts(said[4].removeprefix("mean "))
    assert mean == pytest.approx(samples.mean(), rel=1e-3, abs=1e-3)
    found = view.measured.statistics
    assert found.count == len(samples)
    assert found.physical.std == pytest.approx(samples.std(), rel=1e-12)
    assert found.physical.peak_to_peak == peak


def test_a_span_is_measured_backwards_as_well(plain, qtbot):
    start, stop = in_lane(plain, 2, across=0.6), in_lane(plain, 2, across=0.5)
    last, first = measure(plain, start, stop)
    assert plain.view.span == pytest.approx((first, last)) and first < last
    assert known(qtbot, plain)[0].startswith(f"{1000 * (last - first):.4g} ms")


def test_of_a_channel_without_gain_time_and_amplitude_on_screen_are_measured(qtbot):
    samples = (noise(5000, 2) // 64).astype(np.int16)
    reader = ScaledReader([[(0.0, samples)]], [RATE], [(0.0, 3.0, "uV"), (0.5, 0.0, "uV")])
    view = shown(qtbot, reader)
    start = in_lane(view, 0, across=0.2)
    measure(view, start, start + QPoint(100, -30))
    said = known(qtbot, view)
    height = view.frame.layout.panels[0].box.height / 2
    delta = 30 * view.view.channels.span[0, "uV"] / height
    assert microvolts(said[1].removeprefix("Δ ")) == pytest.approx(delta, rel=1e-3)
    assert said[2:] == ["c0: RMS 0 V", "peak to peak 0 V", "mean 3 µV"]
    view.grab()


def test_traces_over_one_another_have_a_scale_but_no_noise(plain, qtbot):
    plain.view.butterfly = True
    settle(qtbot, plain)
    measure(plain, center(plain), center(plain) + QPoint(100, -50))
    assert plain.measured is not None and not plain.crew.measurer.busy
    delta = 50 * plain.view.channels.span[0, "uV"] / plain.frame.layout.panels[0].box.height
    _, said = plain.measured.lines(plain.view)
    amount, scale = said.removeprefix("Δ ").split(", ")
    assert microvolts(amount) == pytest.approx(delta, rel=1e-3)
    assert scale == "by the scale of c0"


def test_heights_in_a_heat_map_are_no_amplitudes(plain, qtbot, reader):
    plain.view.display = "heat map"
    settle(qtbot, plain)
    first, last = measure(plain, in_lane(plain, 3), in_lane(plain, 3) + QPoint(200, -15))
    said = known(qtbot, plain)
    assert len(said) == 4 and "Δ" not in "".join(said)
    samples = samples_of(reader, 3, first, last)
    assert microvolts(said[1].removeprefix("c3: RMS ")) == pytest.approx(samples.std(), rel=1e-3)
    assert plain.overlay.isVisible()
    plain.grab()


def test_between_spikes_of_the_raster_there_is_time_alone(plain):
    raster = plain.frame.layout.raster
    assert raster.height > 0
    start = logical(plain, 300, (raster.y0 + raster.y1) / 2)
    first, last = measure(plain, start, start + QPoint(123, 0))
    assert plain.view.span == pytest.approx((first, last))
    assert [line.split(" · ")[0] for line in plain.measured.lines(plain.view)] == [
        f"{1000 * (last - first):.4g} ms"
    ]
    assert plain.overlay.isVisible()
    plain.grab()


def test_a_measurement_begins_where_the_mouse_was_pressed_though_the_picture_moves_on(plain, qtbot):
    start = center(plain)
    pressed = plain.time_at(start.toPointF())
    drag(plain, start, start + QPoint(20, 0), modifier=Mod.ShiftModifier, release=False)
    plain.view.window.set(20.5)
    settle(qtbot, plain)
    stop = start + QPoint(100, 0)
    move(plain, stop)
    released = plain.time_at(stop.toPointF())
    let_go(plain, stop, Button.LeftButton, Mod.ShiftModifier)
    assert plain.view.span == (pressed, released)
    assert released - pressed > 0.5


def test_a_click_and_esc_forget_what_was_measured(plain, qtbot):
    for forget in (
        lambda: click(plain, in_lane(plain, 8)),
        lambda: press(plain, Key.Key_Escape),
    ):
        measure(plain, in_lane(plain, 2), in_lane(plain, 2) + QPoint(100, 5))
        assert plain.overlay.isVisible()
        forget()
        assert plain.measured is None and plain.view.span is None
        assert not plain.overlay.isVisible()


def test_who_gives_up_measuring_keeps_what_was_measured_before(plain, qtbot):
    measure(plain, in_lane(plain, 2), in_lane(plain, 2) + QPoint(100, 5))
    said = known(qtbot, plain)
    span = plain.view.span
    start = in_lane(plain, 6)
    drag(plain, start, start + QPoint(70, 0), modifier=Mod.ShiftModifier, release=False)
    assert plain.overlay.measurement.row == 6
    press(plain, Key.Key_Escape)
    assert plain.overlay.measurement.lines(plain.view) == said and plain.view.span == span


def test_a_span_that_somebody_else_selects_takes_the_place_of_a_measurement(plain, qtbot):
    measure(plain, in_lane(plain, 2), in_lane(plain, 2) + QPoint(100, 5))
    plain.view.span = (20.0, 20.5)
    settle(qtbot, plain)
    assert plain.measured is None and plain.overlay.isVisible()
    assert plain.overlay.span == (20.0, 20.5)


def test_a_long_span_is_told_bit_by_bit_and_given_up_with_the_measurement(qtbot, monkeypatch):
    monkeypatch.setattr("viewer.engine.measure.PIECE_BYTES", 44 * 1000)
    reader = SlowReader.of((noise(60_000, 2) // 64).astype(np.int16))
    view = shown(qtbot, reader)
    view.view.window.set(0.0, 60.0)
    settle(qtbot, view)
    reader.delay = 0.02
    reader.reads.clear()
    measure(view, in_lane(view, 0, across=0.01), in_lane(view, 0, across=0.99))
    qtbot.waitUntil(lambda: view.measured.statistics is not None)
    assert view.measured.statistics.share < 1
    assert any(line.startswith("so far, ") for line in view.measured.lines(view.view))
    press(view, Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.crew.measurer.busy)
    assert view.measured is None and len(reader.reads) < 30  # of 58 pieces


def test_what_was_measured_is_still_said_where_its_points_are_far_off_screen(plain, qtbot):
    """Dashes over billions of pixels would take for ever."""
    measure(plain, in_lane(plain, 2, across=0.1), in_lane(plain, 2, across=0.9))
    plain.view.window.set(21.0, 0.008)
    plain.view.channels.set_gain(1e6)
    settle(qtbot, plain)
    assert inked(plain, in_plot=True)
    plain.view.channels.show_page(6, 2)
    settle(qtbot, plain)
    assert inked(plain, in_plot=True)


# -- over the picture --------------------------------------------------------------------------


def inked(view, in_plot):
    """Return whether the overlay draws anything, as Qt draws it onto a sheet of its own."""
    image = QImage(view.overlay.size(), QImage.Format.Format_ARGB32)
    image.fill(0)
    view.overlay.render(image, flags=view.overlay.RenderFlag(0))
    return any(
        image.pixelColor(x, y).alpha() > 200
        for x in range(0, image.width(), 3)
        for y in range(0, image.height(), 3)
    )


def test_a_span_is_tinted_on_the_screen_over_either_renderer(view, qtbot):
    view.view.window.set(20.0, 2.0)
    view.view.channels.set_visible(range(12), False)  # of gridlines and background, evenly
    settle(qtbot, view)
    before = wait_for_screen(qtbot, view)
    view.view.span = (20.5, 21.5)
    settle(qtbot, view)
    plot = view.frame.layout.plot
    inside = slice(plot.x0 + plot.width // 4 + 2, plot.x0 + plot.width * 3 // 4 - 2)
    outside = slice(plot.x0, plot.x0 + plot.width // 4 - 2)

    def tinted():
        return (screen(view)[plot.y0 : plot.y1] - before[plot.y0 : plot.y1]).sum(axis=2)

    qtbot.waitUntil(lambda: (tinted()[:, inside] > 0).all())
    assert not tinted()[:, outside].any()
    view.view.span = None
    settle(qtbot, view)
    qtbot.waitUntil(lambda: np.array_equal(screen(view), before))


def test_a_recording_without_signals_can_be_measured_in_time(qtbot):
    reader = ArrayReader.of(np.zeros((10_000, 1), np.int16), units={"a": np.array([1.0, 2.0])})
    reader.header["signal_channels"] = reader.header["signal_channels"][:0]
    reader.header["signal_streams"] = reader.header["signal_streams"][:0]
    reader._stream_members = []
    view = shown(qtbot, reader)
    first, last = measure(view, center(view), center(view) + QPoint(100, 0))
    assert view.view.span == pytest.approx((first, last))
    view.grab()


@pytest.mark.gl
def test_it_lies_over_the_plot_of_every_renderer_that_comes_after(plain, qtbot):
    measure(plain, in_lane(plain, 2), in_lane(plain, 2) + QPoint(100, 5))
    for renderer in ("gpu", "software"):
        plain.set_renderer(renderer)
        settle(qtbot, plain)
        order = plain.children()
        assert order.index(plain.overlay) > order.index(plain.plot)
        assert plain.overlay.isVisible()

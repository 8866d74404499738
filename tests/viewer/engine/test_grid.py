from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.engine.grid import (
    RunView,
    Viewport,
    bins_per_column,
    first_bins,
    first_samples,
    quantise,
)
from viewer.engine.levels import bin_samples, level_of
from viewer.model import SignalRun

SPP = st.floats(1e-3, 1e8)


@given(SPP)
def test_quantised_zoom_has_12_bits_and_is_within_one_in_4096(spp):
    got = quantise(spp)
    assert abs(got - spp) <= spp / 4096
    level = level_of(got)
    assert bins_per_column(got, level) * bin_samples(level) == got
    mantissa, _ = np.frexp(bins_per_column(got, level))
    assert float(mantissa) * 4096 == round(float(mantissa) * 4096)
    assert quantise(got) == got


@given(SPP.map(quantise), st.integers(0, 2**50), st.integers(0, 4000))
def test_columns_are_the_same_a_century_into_a_recording(spp, k, x):
    """2**50 columns of a thousandth of a sample are a year at 30 kHz; nothing may round."""
    view = RunView(run(), spp, level_of(spp), k, 0, 4000)
    exact = (k + x) * Fraction(spp) / bin_samples(view.level)
    first_bin = floor(exact) - x % 1000
    assert view.position(x, first_bin) == exact - first_bin
    if view.level == 0:
        assert first_samples(np.array([k + x]), spp)[0] == floor((k + x) * Fraction(spp))


@given(SPP.map(quantise), st.integers(0, 4096))
def test_column_edges_are_exact_in_the_float32_of_a_shader(spp, k):
    level = level_of(spp)
    ratio = bins_per_column(spp, level)
    assert Fraction(float(np.float32(k) * np.float32(ratio))) == k * Fraction(ratio)


@given(SPP.map(quantise))
def test_a_bin_is_at_most_half_a_column(spp):
    level = level_of(spp)
    if level == 0:
        assert spp < 6
    else:
        assert spp / 4 < bin_samples(level) <= spp / 2


@given(SPP.map(quantise), st.integers(0, 2**50))
def test_first_bin_of_a_column_against_rational_arithmetic(spp, k):
    level = level_of(spp)
    edge = k * Fraction(spp) / bin_samples(level)
    exact = ceil(edge) if level == 0 else ceil(edge - Fraction(1, 2))
    assert first_bins(np.array([k]), spp, level)[0] == exact


def run(size=10**9, rate=30000.0, t_start=0.0):
    return SignalRun(0, 0, 0, t_start, rate, size)


@given(st.floats(0, 3e4), st.floats(1e-3, 1e3), st.integers(64, 4000))
def test_a_viewport_lies_on_the_reference_grid(t_start, duration, width):
    viewport = Viewport.at(t_start, duration, width, run())
    spp = viewport.seconds_per_pixel * 30000
    assert abs(viewport.t_left - t_start) <= 0.51 * viewport.seconds_per_pixel
    assert spp == pytest.approx(quantise(spp), rel=1e-12)
    columns = viewport.t_left / viewport.seconds_per_pixel
    assert columns == pytest.approx(round(columns), abs=1e-4)


@given(st.integers(0, 10**6), st.integers(1, 500))
def test_panning_moves_whole_columns(first, step):
    """The same sample is a whole number of pixels further left after a pan."""
    duration, width = 0.7, 1000
    spx = Viewport.at(0, duration, width, run()).seconds_per_pixel
    before = RunView.of(run(), Viewport.at(first * spx, duration, width, run()))
    after = RunView.of(run(), Viewport.at((first + step) * spx, duration, width, run()))
    assert after.spp == before.spp
    assert after.first_column - before.first_column == step


def test_x_and_time_are_inverse():
    viewport = Viewport.at(12.0, 2.0, 800, run())
    assert viewport.time_at(viewport.x_of(13.25)) == pytest.approx(13.25, abs=1e-12)
    assert viewport.x_of(viewport.t_right) == pytest.approx(800)


@given(
    st.integers(1, 5000),
    st.floats(0.01, 600).map(quantise),
    st.integers(-300, 300),
    st.integers(50, 200),
)
def test_visible_pixels_are_those_of_columns_with_samples(size, spp, first_column, width):
    rate = 1000.0
    viewport = Viewport(first_column * spp / rate, spp / rate, width)
    view = RunView.of(run(size, rate), viewport)
    level = level_of(spp)
    ratio = Fraction(spp)
    if level == 0:
        last = floor((size - 1) / ratio)
    else:
        count = bin_samples(level)
        middle = (Fraction((size - 1) // count) + Fraction(1, 2)) * count
        last = floor(middle / ratio)
    inside = [x for x in range(width) if 0 <= x + first_column <= last]
    if not inside:
        assert view is None
    else:
        assert (view.x_start, view.x_stop) == (inside[0], inside[-1] + 1)


def test_a_run_elsewhere_is_out_of_sight():
    viewport = Viewport.at(100.0, 1.0, 500, run(size=30000))
    assert RunView.of(run(size=30000), viewport) is None
    assert RunView.of(run(size=30000, t_start=200.0), viewport) is None
    assert RunView.of(run(size=30000, t_start=100.5), viewport).x_start == pytest.approx(250, abs=1)

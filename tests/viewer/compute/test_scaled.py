"""What stands for missing samples, and physical values, block by block."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import processing as oracle
from tests.readers import noise
from tests.viewer.compute.recordings import ScaledReader
from viewer.compute import scaled
from viewer.compute.choice import backend
from viewer.compute.scaled import Scaled, fill_gaps
from viewer.compute.stages import Grid, Workshop


@pytest.fixture(autouse=True)
def _short_hold(monkeypatch):
    monkeypatch.setattr(scaled, "HOLD", 20)
    monkeypatch.setattr(oracle, "HOLD", 20)


@st.composite
def holed(draw):
    """Return samples with gaps of any length, at the ends too."""
    size = draw(st.integers(1, 300))
    x = noise(size, 3, draw(st.integers(0, 99)), "float32")
    for _ in range(draw(st.integers(0, 6))):
        start, length = draw(st.integers(0, size - 1)), draw(st.integers(1, 80))
        channel = draw(st.sampled_from([0, 1, 2, slice(None)]))
        x[start : start + length, channel] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    return x


@settings(deadline=None)
@given(holed())
def test_gaps_are_filled_as_the_slow_way_does(x):
    assert np.array_equal(fill_gaps(x), oracle.filled(x.astype(float)))


@settings(deadline=None)
@given(holed(), st.sampled_from([32, 64, 128]))
def test_blocks_are_those_of_the_whole_segment(x, step):
    scales = [(0.5, 10.0, "uV"), (2.0, -3.0, "uV"), (1.0, 0.0, "uV")]
    reader = ScaledReader([[(0.0, x)]], [1000.0], scales)
    grid = Grid(len(x), step)
    stage = Scaled(reader, (0, 0, 0), np.array([0, 1, 2]), grid, Workshop(backend("numpy")))
    gain, offset, _ = zip(*scales, strict=True)
    want = oracle.filled(x.astype(float)) * gain + offset
    for number in range(grid.count):
        first, last = grid.span(number)
        assert np.allclose(stage.block(number), want[first:last], rtol=1e-6, atol=1e-3)
        missing = ~np.isfinite(x[first:last])
        gaps = stage.gaps(number)
        assert np.array_equal(gaps, missing) if missing.any() else gaps is None


def test_values_beyond_reason_are_missing():
    x = np.array([[1.0], [1e31], [2.0], [-1e38]], np.float32)
    assert fill_gaps(x).tolist() == [[1.0], [1.0], [2.0], [2.0]]


def test_integers_are_never_missing():
    reader = ScaledReader([[(0.0, noise(50, 2))]], [1000.0])
    stage = Scaled(reader, (0, 0, 0), np.array([1]), Grid(50, 32), Workshop(backend("numpy")))
    assert stage.gaps(0) is None and stage.block(1).shape == (18, 1)
    assert reader.reads == [(32, 50)]

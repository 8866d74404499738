"""What `NumpyBackend` shares among threads and cuts into pieces."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from rawio import threads
from tests.readers import noise
from viewer.compute import numpy_backend
from viewer.compute.numpy_backend import NumpyBackend

GROUPS = [np.arange(2, 9), np.array([0, 10, 1])]


def all_kernels(raw):
    """Return what each kernel makes of samples."""
    backend = NumpyBackend()
    sos = butter(2, [300, 6000], "bandpass", fs=30_000, output="sos")
    x = backend.scale(raw, np.linspace(0.1, 2, raw.shape[1]), np.arange(raw.shape[1]))
    state = np.ones((len(sos), 2, raw.shape[1]))
    return [
        x,
        backend.reference(x, "average", GROUPS),
        backend.reference(x, "median", GROUPS),
        *backend.sosfilt(x, sos, state),
        backend.noise(x),
        *backend.detect(x, np.full(raw.shape[1], 9000), "both", 7),
    ]


@pytest.mark.parametrize("piece, share", [(1, 1), (100, 64), (1 << 18, 500)])
def test_pieces_and_threads_do_not_matter(monkeypatch, piece, share):
    raw = noise(700, 11)
    expected = all_kernels(raw)
    monkeypatch.setattr(numpy_backend, "PIECE", piece)
    monkeypatch.setattr(numpy_backend, "SHARE", share)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    got = all_kernels(raw)
    assert len(expected[-1]) > 20
    for ours, theirs in zip(got, expected, strict=True):
        assert np.array_equal(ours, theirs)


def test_filters_are_those_of_scipy(monkeypatch):
    monkeypatch.setattr(numpy_backend, "PIECE", 100)
    sos = butter(3, 500, "highpass", fs=30_000, output="sos")
    sos.setflags(write=False)
    x, state = noise(500, 4, dtype="float64"), np.zeros((len(sos), 2, 4))
    y, after = NumpyBackend().sosfilt(x, sos, state)
    expected, expected_after = sosfilt(sos.copy(), x, axis=0, zi=state)
    assert np.array_equal(y, expected) and np.array_equal(after, expected_after)
    assert not state.any()


def test_nothing_is_copied_up_or_down():
    array = noise(5, 3)
    assert NumpyBackend().upload(array) is array and NumpyBackend().download(array) is array


def test_infinite_values_are_no_cause_of_warnings(recwarn):
    x = np.array([[np.inf, -np.inf, 1.0], [np.nan, np.nan, np.nan]], np.float32)
    backend = NumpyBackend()
    for kind in ("average", "median"):
        backend.reference(x, kind, [np.arange(3)])
    backend.scale(np.full((1, 1), 1e300), np.full(1, 1e300), np.zeros(1))
    assert not recwarn.list

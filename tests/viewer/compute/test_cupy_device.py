"""What the host does for a device: memory, copies, and the kernels it chooses."""

import numpy as np
import pytest

from rawio import OptionError
from tests.oracles import compute as oracle
from tests.readers import noise
from viewer.compute import cupy_backend, cupy_device, launch
from viewer.compute.cupy_backend import CupyBackend
from viewer.compute.numpy_backend import NumpyBackend


@pytest.fixture
def staged(fake_cupy, monkeypatch):
    """Return a backend whose page-locked buffers hold a few rows, and the rows it copies."""
    monkeypatch.setattr(cupy_device, "STAGE_BYTES", 1000)
    monkeypatch.setattr(cupy_device, "SMALL_BYTES", 100)
    copied = []
    copy = cupy_device._copy
    monkeypatch.setattr(
        cupy_device, "_copy", lambda *args: copied.append(len(args[0])) or copy(*args)
    )
    return CupyBackend(fake_cupy), copied


@pytest.mark.parametrize("shape", [(101, 7), (9, 70), (3000,), (40, 5, 3)])
@pytest.mark.parametrize("dtype", ["int16", ">i2", "float64"])
def test_large_arrays_go_through_two_buffers_in_turn(staged, shape, dtype):
    backend, copied = staged
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    for source in (array, array[::-1], np.asfortranarray(array)):
        copied.clear()
        got = backend.download(backend.upload(source))
        assert np.array_equal(got, source) and got.dtype.isnative
        assert sum(copied) == len(array) and len(copied) > 1
        assert max(copied) * array[0].nbytes <= 1000


def test_a_buffer_is_filled_again_only_when_it_was_copied(staged, fake_cupy, monkeypatch):
    acts = []

    class Event:
        def __init__(self):
            self.number = len(acts)
            acts.append(("made", self.number))

        def synchronize(self):
            acts.append(("waited for", self.number))

        def record(self, stream):
            assert stream == "stream"
            acts.append(("copying", self.number))

    monkeypatch.setattr(fake_cupy.cuda, "Event", Event)
    backend, copied = staged
    backend.upload(np.zeros((40, 50), np.int16))
    assert len(copied) == 4
    turns = [(act, n) for n in (0, 1, 0, 1) for act in ("waited for", "copying")]
    assert acts == [("made", 0), ("made", 1), *turns]


def test_rows_longer_than_a_buffer_go_as_they_are(staged):
    backend, copied = staged
    array = noise(3, 1000)
    assert np.array_equal(backend.download(backend.upload(array)), array) and not copied


@pytest.mark.parametrize(
    "channels, first, kernel",
    [
        (384, 0, "minmax_int16x8"),
        (12, 0, "minmax_int16x4"),
        (6, 0, "minmax_int16x2"),
        (385, 0, "minmax_int16"),
        (16, 4, "minmax_int16x4"),
        (16, 1, "minmax_int16"),
    ],
)
def test_as_many_channels_are_loaded_at_once_as_lie_well(
    emulated, fake_cupy, channels, first, kernel
):
    samples = noise(20, channels)
    fake_cupy.launched.clear()
    got = emulated.download(emulated.minmax(emulated.upload(samples)[:, first:], 6))
    assert np.array_equal(got, oracle.minmax(samples[:, first:], 6))
    assert fake_cupy.launched == [kernel]


def test_few_long_bins_are_made_of_parts(emulated, fake_cupy, monkeypatch):
    monkeypatch.setattr(launch, "ENOUGH", 64)
    samples = noise(1500, 8)
    fake_cupy.launched.clear()
    got = emulated.download(emulated.minmax(emulated.upload(samples), 768))
    assert np.array_equal(got, oracle.minmax(samples, 768))
    assert fake_cupy.launched == ["minmax_int16x8", "coarser_int16x8", "coarser_int16x8"]


@pytest.mark.parametrize("enough", [1, 7, 64, 1000])
def test_what_threads_take_side_by_side_does_not_matter(emulated, monkeypatch, enough):
    monkeypatch.setattr(launch, "ENOUGH", enough)
    raw = noise(150, 5)
    gain, offset = np.linspace(0.5, 2, 5), np.linspace(-100, 100, 5)
    scaled = emulated.scale(emulated.upload(raw), gain, offset)
    expected = oracle.scale(raw, gain, offset)
    assert np.allclose(emulated.download(scaled), expected, rtol=1e-6, atol=1e-2)
    threshold = np.full(5, 8000, np.float32)
    got = emulated.detect(scaled, threshold, "both", 3)
    expected_spikes = oracle.detect(emulated.download(scaled), threshold, "both", 3)
    assert list(zip(*(a.tolist() for a in got), strict=True)) == expected_spikes


@pytest.mark.parametrize("hits", [1, 50, 75, 76])
def test_more_samples_beyond_a_threshold_than_expected_are_all_found(emulated, monkeypatch, hits):
    monkeypatch.setattr(cupy_backend, "HITS", hits)
    x = np.zeros((300, 2), np.float32)
    x[::4, 1] = -3
    samples, channels = emulated.detect(emulated.upload(x), np.ones(2), "negative", 0)
    assert samples.tolist() == list(range(0, 300, 4)) and set(channels.tolist()) == {1}


def test_both_backends_give_the_same_to_the_last_bit(emulated):
    numpy, raw = NumpyBackend(), noise(101, 24)
    gain, offset = np.linspace(0.1, 0.3, 24), np.linspace(-5, 5, 24)
    x = numpy.scale(raw, gain, offset)
    on_device = emulated.scale(emulated.upload(raw), gain, offset)
    assert np.array_equal(emulated.download(on_device), x)
    groups = [np.arange(13), np.array([23, 20, 14])]
    median = numpy.reference(x, "median", groups)
    assert np.array_equal(
        emulated.download(emulated.reference(on_device, "median", groups)), median
    )
    assert np.array_equal(emulated.noise(on_device[:, :3]), numpy.noise(x[:, :3]))


@pytest.mark.parametrize("dtype", ["float16", "bool", "complex64"])
def test_a_type_without_a_kernel_is_an_error_that_says_so(emulated, dtype):
    with pytest.raises(OptionError, match=f"type {dtype} cannot .* use the numpy backend"):
        emulated.minmax(emulated.upload(np.zeros((4, 2), dtype)), 2)


@pytest.mark.parametrize("values", [1, 4])
def test_a_threshold_too_few_or_too_many_is_an_error(emulated, values):
    x = emulated.upload(np.zeros((5, 3), np.float32))
    if values == 1:
        assert emulated.detect(x, np.ones(1), "both", 0)[0].size == 0  # one for all, as in NumPy
        return
    with pytest.raises(ValueError):
        emulated.detect(x, np.ones(values), "both", 0)

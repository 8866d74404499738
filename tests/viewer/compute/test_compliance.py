"""All backends against one slow oracle."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter

from tests.oracles import compute as oracle
from tests.readers import noise

TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "float32", "float64"]
SHAPES = [(0, 3), (1, 1), (1, 384), (7, 5), (100, 8), (101, 12), (97, 385), (300, 2), (1000, 1)]
FILTERS = {
    "low pass of one section": butter(2, 3000, fs=30_000, output="sos"),
    "band pass": butter(3, [300, 6000], "bandpass", fs=30_000, output="sos"),
    "high pass that rings for a second": butter(2, 1, "highpass", fs=30_000, output="sos"),
    "four sections": butter(4, [1, 200], "bandpass", fs=1000, output="sos"),
    "nine sections": butter(9, [300, 6000], "bandpass", fs=30_000, output="sos"),
}


def with_gaps(x, share=0.2, seed=1):
    x[np.random.default_rng(seed).random(x.shape) < share] = np.nan
    return x


def views(x):
    """Return an array, and some that lie otherwise in memory."""
    return {
        "whole": x,
        "backwards": x[::-1],
        "every other sample": x[::2],
        "some channels": x[:, 1:],
        "every other channel": x[:, ::2],
        "channels first": np.asfortranarray(x),
    }


# -- the ways in and out ---------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (70, 9), (4,), (5, 2, 3)])
def test_what_is_uploaded_comes_back(backend, shape):
    for dtype in (*TYPES, "bool", ">i2", ">f4"):
        array = (np.arange(np.prod(shape)) % 100).reshape(shape).astype(dtype)
        got = backend.download(backend.upload(array))
        assert got.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
        assert np.array_equal(got, array)
        assert np.array_equal(backend.download(backend.upload(array[::-1])), array[::-1])


# -- bins ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TYPES)
def test_minmax_and_coarser(backend, dtype):
    for shape, count in product(SHAPES, (1, 3, 64, 96, 480, 5000)):
        samples = noise(*shape, seed=shape[0], dtype=dtype)
        bins = backend.minmax(backend.upload(samples), count)
        got = backend.download(bins)
        assert got.dtype == samples.dtype and np.array_equal(got, oracle.minmax(samples, count))
        wider = backend.download(backend.coarser(bins, 5))
        assert wider.dtype == samples.dtype
        assert np.array_equal(wider, oracle.minmax(samples, 5 * count))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_minmax_passes_over_nan(backend, dtype):
    samples = with_gaps(noise(200, 7, dtype=dtype), 0.6)
    samples[:40, 3] = np.nan
    samples[5, 2], samples[9, 2] = np.inf, -np.inf
    bins = backend.minmax(backend.upload(samples), 10)
    expected = oracle.minmax(samples, 10)
    assert np.isnan(expected).any() and not np.isnan(expected).all()
    assert np.array_equal(backend.download(bins), expected, equal_nan=True)
    wider = backend.download(backend.coarser(bins, 4))
    assert np.array_equal(wider, oracle.minmax(samples, 40), equal_nan=True)


@pytest.mark.parametrize("channels", [8, 9, 17])
@pytest.mark.parametrize("name", views(np.zeros((2, 2))))
def test_minmax_of_views(backend, channels, name):
    samples = noise(60, channels)
    view = views(backend.upload(samples))[name] if name != "channels first" else None
    if view is None:
        view = backend.upload(np.ascontiguousarray(samples.T)).T
    expected = oracle.minmax(views(samples)[name], 7)
    assert np.array_equal(backend.download(backend.minmax(view, 7)), expected)


def test_bins_of_a_wider_array_and_those_one_to_one(backend):
    bins = backend.upload(oracle.minmax(noise(60, 9), 2))
    expected = oracle.minmax(noise(60, 9), 6)
    assert np.array_equal(backend.download(backend.coarser(bins[:, :, 1:], 3)), expected[:, :, 1:])
    assert np.array_equal(backend.download(backend.coarser(bins, 1)), backend.download(bins))


# -- scaling ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", TYPES)
def test_scale(backend, dtype):
    for shape in SHAPES:
        raw, rng = noise(*shape, dtype=dtype), np.random.default_rng(0)
        gain, offset = rng.normal(size=shape[1]), rng.normal(size=shape[1]) * 1e3
        got = backend.download(backend.scale(backend.upload(raw), gain, offset))
        assert got.dtype == np.float32 and got.shape == raw.shape
        expected = oracle.scale(raw, gain, offset)
        largest = np.abs(raw * gain).max(initial=0) + 1e4
        assert np.abs(got - expected).max(initial=0) <= largest * 2.0**-22


def test_scaling_keeps_all_digits_of_wide_integers(backend):
    raw = np.array([[2**30 + 1], [2**30]], np.int32)
    got = backend.download(backend.scale(backend.upload(raw), np.ones(1), np.array([-(2.0**30)])))
    assert got.tolist() == [[1.0], [0.0]]


def test_one_gain_too_few_is_an_error(backend):
    with pytest.raises(ValueError):
        backend.scale(backend.upload(np.zeros((4, 3), np.int16)), np.ones(2), np.ones(2))


# -- reference -------------------------------------------------------------------------------

GROUPS = {
    "all": lambda channels: [np.arange(channels)],
    "none": lambda channels: [],
    "an empty one": lambda channels: [np.empty(0, np.int64)],
    "odd and even": lambda channels: [np.arange(0, channels, 2), np.arange(1, channels, 2)],
    "some, mixed up": lambda channels: [
        np.random.default_rng(3).permutation(channels)[: channels // 2]
    ],
    "one": lambda channels: [np.array([channels - 1])],
}


@pytest.mark.parametrize("kind", ["average", "median"])
@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("gaps", [False, True])
def test_reference(backend, kind, name, gaps):
    for shape in ((0, 3), (1, 1), (6, 5), (9, 64), (5, 385)):
        x = noise(*shape, dtype="float32")
        if gaps:
            x = with_gaps(x)
            x[: len(x) // 2, ::2] = np.nan
        uploaded, before, groups = backend.upload(x), x.copy(), GROUPS[name](shape[1])
        got = backend.download(backend.reference(uploaded, kind, groups))
        assert got.dtype == np.float32
        expected = oracle.reference(x, kind, groups)
        assert np.allclose(got, expected, rtol=0, atol=5e3 * 2.0**-23, equal_nan=True)
        assert np.array_equal(backend.download(uploaded), before, equal_nan=True)


@pytest.mark.parametrize("channels", [4096, 13_000])
def test_a_reference_of_thousands_of_channels(backend, channels):
    x = noise(2, channels, dtype="float32")
    got = backend.download(backend.reference(backend.upload(x), "median", [np.arange(channels)]))
    expected = x - np.median(x, axis=1, keepdims=True)
    assert np.allclose(got, expected, rtol=0, atol=1e-3)


@settings(deadline=None, max_examples=40)
@given(
    values=st.lists(
        st.sampled_from([0.0, -0.0, 1.5, -1.5, 7e-46, -1e38, 3e38, np.inf, -np.inf, np.nan]),
        min_size=1,
        max_size=40,
    )
)
def test_the_median_of_odd_values(backend, values):
    x = np.array([values], np.float32)
    got = backend.download(backend.reference(backend.upload(x), "median", [np.arange(x.size)]))
    numbers = [value for value in x[0].tolist() if value == value]
    with np.errstate(all="ignore"):
        centre = np.float32(np.median(numbers)) if numbers else np.float32(0)
        assert np.array_equal(got, x - centre, equal_nan=True)


def test_a_channel_that_is_not_there_is_an_error(backend):
    with pytest.raises(IndexError):
        x = backend.upload(np.zeros((4, 3), np.float32))
        backend.reference(x, "median", [np.array([0, 3, 1])])


# -- filters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", FILTERS)
def test_sosfilt(backend, name, dtype):
    sos, rng = FILTERS[name], np.random.default_rng(0)
    least = 1e-6 if dtype == "float32" else 1e-10
    for shape in ((1, 1), (63, 5), (64, 5), (65, 3), (192, 3), (1500, 2), (130, 37)):
        x = rng.normal(size=shape).astype(dtype) + 5
        state = rng.normal(size=(len(sos), 2, shape[1]))
        uploaded = backend.upload(state)
        y, after = (backend.download(a) for a in backend.sosfilt(backend.upload(x), sos, uploaded))
        expected, expected_after = oracle.sosfilt(x, sos, state)
        assert (y.dtype, after.dtype) == (x.dtype, np.float64)
        assert np.abs(y - expected).max() <= least * (1 + np.abs(expected).max())
        assert np.abs(after - expected_after).max() <= 1e-9 * (1 + np.abs(expected_after).max())
        assert np.array_equal(backend.download(uploaded), state)


def test_sosfilt_of_no_samples_leaves_the_state(backend):
    state = np.random.default_rng(0).normal(size=(3, 2, 4))
    x = backend.upload(np.empty((0, 4), np.float32))
    y, after = backend.sosfilt(x, FILTERS["band pass"], backend.upload(state))
    assert backend.download(y).shape == (0, 4)
    assert np.array_equal(backend.download(after), state)


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, 700), max_size=5), name=st.sampled_from(list(FILTERS)))
def test_a_state_carried_over_cuts_gives_what_one_go_gives(backend, cuts, name):
    sos, x = FILTERS[name], np.random.default_rng(0).normal(size=(700, 3))
    state = backend.upload(np.zeros((len(sos), 2, 3)))
    whole = backend.download(backend.sosfilt(backend.upload(x), sos, state)[0])
    bounds, parts = [0, *sorted(cuts), 700], []
    for start, stop in pairwise(bounds):
        y, state = backend.sosfilt(backend.upload(x[start:stop]), sos, state)
        parts.append(backend.download(y))
    assert np.abs(np.concatenate(parts) - whole).max() <= 1e-10 * (1 + np.abs(whole).max())


@pytest.mark.parametrize("name", ["backwards", "every other sample", "some channels"])
def test_sosfilt_of_views(backend, name):
    sos, x = FILTERS["band pass"], noise(300, 6, dtype="float32")
    view, expected = views(backend.upload(x))[name], views(x)[name]
    state = np.zeros((len(sos), 2, expected.shape[1]))
    got = backend.download(backend.sosfilt(view, sos, backend.upload(state))[0])
    assert np.allclose(got, oracle.sosfilt(expected, sos, state)[0], rtol=0, atol=1e-2)


def test_sections_that_are_not_normalised_are_an_error(backend):
    x, state = backend.upload(np.ones((5, 1), np.float32)), backend.upload(np.zeros((1, 2, 1)))
    with pytest.raises(ValueError, match="all ones"):
        backend.sosfilt(x, np.array([[1.0, 0, 0, 2, 0, 0]]), state)


def test_nan_stays_in_its_channel(backend):
    sos, x = FILTERS["band pass"], noise(400, 4, dtype="float32")
    x[100, 2] = np.nan
    state = backend.upload(np.zeros((len(sos), 2, 4)))
    y, after = (backend.download(a) for a in backend.sosfilt(backend.upload(x), sos, state))
    assert np.isnan(y[100:, 2]).all() and np.isnan(after[:, :, 2]).all()
    assert not np.isnan(y[:100]).any() and not np.isnan(np.delete(y, 2, axis=1)).any()


# -- noise and spikes ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (7, 5), (1000, 3), (1001, 2)])
@pytest.mark.parametrize("gaps", [False, True])
def test_noise(backend, shape, gaps):
    x = noise(*shape, dtype="float32") + np.float32(200)
    if gaps:
        x = with_gaps(x)
        x[:, 0] = np.nan
    got = backend.noise(backend.upload(x))
    assert isinstance(got, np.ndarray) and got.dtype == np.float64
    assert np.allclose(got, oracle.noise(x), rtol=1e-6, atol=1e-3, equal_nan=True)


def test_noise_of_no_samples_and_of_equal_ones(backend):
    assert np.isnan(backend.noise(backend.upload(np.empty((0, 3), np.float32)))).all()
    flat = np.full((500, 2), -3.5, np.float32)
    flat[:200, 1] = 8
    assert backend.noise(backend.upload(flat)).tolist() == [0, 0]


def spikes(backend, x, threshold, sign, dead_time):
    samples, channels = backend.detect(backend.upload(x), threshold, sign, dead_time)
    assert samples.dtype == channels.dtype == np.int64
    return list(zip(samples.tolist(), channels.tolist(), strict=True))


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(
        st.tuples(*[st.sampled_from([0, 1, 2, 2.5, 3, -2, -2.5, -3, np.nan])] * 2), max_size=40
    ),
    sign=st.sampled_from(["negative", "positive", "both"]),
    dead_time=st.integers(0, 8),
)
def test_detect(backend, rows, sign, dead_time):
    x = np.array(rows, np.float32).reshape(-1, 2)
    threshold = np.array([1.5, 2], np.float32)
    assert spikes(backend, x, threshold, sign, dead_time) == oracle.detect(
        x, threshold, sign, dead_time
    )


@pytest.mark.parametrize("sign", ["negative", "positive", "both"])
@pytest.mark.parametrize("shape", [(0, 4), (1, 1), (400, 70)])
def test_detect_in_noise(backend, shape, sign):
    x = noise(*shape, dtype="float32")
    threshold = np.linspace(500, 2500, shape[1]).astype(np.float32)
    got = spikes(backend, x, threshold, sign, 20)
    assert got == oracle.detect(x, threshold, sign, 20)
    assert len(got) > 50 or shape[0] < 400


def test_dead_time_runs_from_the_spike_kept_last(backend):
    x = np.zeros((40, 1), np.float32)
    # 10 takes the place of 5; 15 is no larger and dropped; 20 is too far from 10 to be dropped.
    x[[5, 10, 15, 20, 26, 32], 0] = [-3, -4, -4, -2, -2, -2]
    got = spikes(backend, x, np.ones(1, np.float32), "both", 5)
    assert [at for at, _ in got] == [10, 20, 26, 32]

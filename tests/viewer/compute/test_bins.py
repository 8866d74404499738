import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles import compute as oracle
from tests.readers import noise
from viewer.compute.bins import coarser, minmax


@given(
    st.integers(1, 400),
    st.integers(1, 5),
    st.sampled_from([1, 2, 3, 8, 64, 500]),
    st.sampled_from(["int16", "uint16", "int32", "float32", "uint8"]),
)
def test_minmax_is_that_of_each_bin_with_a_short_one_at_the_end(n, channels, size, dtype):
    samples = noise(n, channels, seed=n, dtype=dtype)
    got = minmax(samples, size)
    assert got.dtype == samples.dtype
    assert np.array_equal(got, oracle.minmax(samples, size))


@given(
    st.integers(1, 90),
    st.integers(1, 5),
    st.sampled_from([1, 2, 4, 7, 100]),
    st.sampled_from(["int16", "int32", "float32"]),
)
def test_coarser_bins_are_those_of_the_samples(bins, channels, factor, dtype):
    samples = noise(3 * bins, channels, seed=bins, dtype=dtype)
    got = coarser(minmax(samples, 3), factor)
    assert np.array_equal(got, oracle.minmax(samples, 3 * factor))

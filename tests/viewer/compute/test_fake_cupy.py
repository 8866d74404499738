"""The make-believe device finds the mistakes for which it is there."""

import numpy as np
import pytest

from tests.viewer.compute.fake_cupy import FakeCupy

HEAD = '#define KERNEL extern "C" __global__ void\n'


@pytest.fixture
def cupy(fake_cupy, tmp_path):
    return FakeCupy(tmp_path)  # one of its own: what is damaged here is not to be found elsewhere


@pytest.fixture
def run(cupy):
    def run(body, array):
        code = f"{HEAD}KERNEL f(int* a) {{ {body} }}"
        kernel = cupy.RawModule(code=code, options=("-std=c++17",)).get_function("f")
        kernel((2,), (64,), (array,))

    return run


def test_threads_meet_at_barriers_and_in_warps(run, cupy):
    got = cupy.empty(128, np.int32)
    run(
        "int* s = (int*)shared_words; int i = threadIdx.x; s[i] = i * i; __syncthreads();"
        "a[blockIdx.x * 64 + i] = s[63 - i] + __shfl_xor_sync(~0u, i, 5);",
        got,
    )
    i = np.arange(64)
    assert got.tolist() == 2 * ((63 - i) ** 2 + (i ^ 5)).tolist()


def test_writing_beside_an_array_is_found(run, cupy):
    with pytest.raises(AssertionError, match="beside"):
        run("a[blockIdx.x * 64 + threadIdx.x + 1] = 1;", cupy.empty(128, np.int32))


@pytest.mark.parametrize("act", ["__syncthreads()", "__shfl_xor_sync(~0u, 1, 2)"])
def test_a_barrier_to_which_not_all_threads_come_is_found(run, cupy, act):
    with pytest.raises(AssertionError, match="never come"):
        run(f"if (threadIdx.x % 2) {act}; *a = 1;", cupy.empty(1, np.int32))


def test_arrays_of_the_two_memories_do_not_mix(cupy):
    there = cupy.empty(3, np.float32)
    there.set(np.ones(3, np.float32))
    assert cupy.asnumpy(there + there * 2).tolist() == [3, 3, 3]
    with pytest.raises(TypeError):
        there + np.ones(3, np.float32)
    with pytest.raises(TypeError):
        np.concatenate([there, np.ones(3, np.float32)])

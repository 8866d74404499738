"""The backends: NumPy's, CuPy's where there is a device, and CuPy's with its kernels on the CPU."""

import shutil

import pytest

from tests.viewer.compute.fake_cupy import FakeCupy
from viewer.compute.choice import ComputeUnavailableError
from viewer.compute.choice import backend as backend_named
from viewer.compute.cupy_backend import CupyBackend
from viewer.compute.numpy_backend import NumpyBackend


@pytest.fixture(scope="session")
def fake_cupy(tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed, which compiles CUDA kernels for the CPU here")
    return FakeCupy(tmp_path_factory.mktemp("kernels"))


@pytest.fixture(scope="session")
def emulated(fake_cupy):
    return CupyBackend(fake_cupy)


@pytest.fixture(scope="session", params=["numpy", "emulated", "cupy"])
def backend(request):
    if request.param == "numpy":
        return NumpyBackend()
    if request.param == "emulated":
        return request.getfixturevalue("emulated")
    try:
        return backend_named("cupy")
    except ComputeUnavailableError as error:
        pytest.skip(str(error))

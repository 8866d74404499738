"""Which backend is chosen, and what is said where CuPy cannot be had."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from rawio import OptionError, RawIOError
from viewer.compute import choice
from viewer.compute.choice import ComputeUnavailableError, CupyReport, backend, cupy_report


class CudaError(RuntimeError):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def raising(error):
    def act(*args):
        raise error

    return act


def broken_cupy(error, driver=12_040):
    runtime = SimpleNamespace(
        getDeviceCount=raising(error) if isinstance(error, Exception) else lambda: error,
        getDevice=lambda: 0,
        getDeviceProperties=raising(RuntimeError("none")),
        driverGetVersion=lambda: driver,
        runtimeGetVersion=lambda: 12_090,
    )
    return SimpleNamespace(__version__="14.2.0", cuda=SimpleNamespace(runtime=runtime))


@pytest.fixture
def with_cupy(monkeypatch):
    """Put a module, or the error of importing it, in the place of CuPy."""

    def put(cupy):
        def import_module(name):
            assert name == "cupy"
            if isinstance(cupy, Exception):
                raise cupy
            return cupy

        monkeypatch.setattr(choice, "import_module", import_module)
        choice._try_cupy.cache_clear()

    yield put
    choice._try_cupy.cache_clear()


CASES = {
    "not installed": (
        ModuleNotFoundError("No module named 'cupy'", name="cupy"),
        r"CuPy is not installed; .pip install .\.\[cuda12\].. in the source folder brings it",
    ),
    "a module of its own is missing": (
        ModuleNotFoundError("No module named 'fastrlock'", name="fastrlock"),
        r"cannot be imported \(No module named 'fastrlock'\)\.",
    ),
    "a library is missing": (
        ImportError("\n  libcudart.so.12: cannot open.\nmore\nlines"),
        r"cannot be imported \(libcudart.so.12: cannot open\)\.",
    ),
    "no driver": (broken_cupy(CudaError(35, "insufficient"), 0), "no NVIDIA driver"),
    "old driver": (
        broken_cupy(CudaError(35, "insufficient")),
        "too old: it serves CUDA 12.4, and CuPy here is of CUDA 12.9; update",
    ),
    "no device": (broken_cupy(CudaError(100, "no device")), "finds no CUDA device"),
    "not one device": (broken_cupy(0), "finds no CUDA device"),
    "another error": (
        broken_cupy(CudaError(999, "unknown error")),
        r"CUDA does not start \(unknown error\)\.",
    ),
    "a device that computes nothing": (broken_cupy(1), r"does not compute \(none\)\."),
}


@pytest.mark.parametrize("name", CASES)
def test_without_cupy_numpy_computes_and_the_reason_is_said(with_cupy, name):
    cupy, text = CASES[name]
    with_cupy(cupy)
    assert backend("auto").name == backend("numpy").name == "numpy"
    with pytest.raises(ComputeUnavailableError, match=text) as caught:
        backend("cupy")
    sentence = str(caught.value)
    assert isinstance(caught.value, RawIOError) and sentence.endswith(".")
    assert "\n" not in sentence and ". " not in sentence
    report = cupy_report()
    assert report.problem == sentence and report.device is None and report.memory is None
    assert report.cupy == (None if isinstance(cupy, Exception) else "14.2.0")


def test_a_report_says_what_can_be_told(with_cupy):
    with_cupy(broken_cupy(CudaError(35, "insufficient")))
    report = cupy_report()
    assert (report.runtime, report.driver) == ("12.9", "12.4")
    with_cupy(broken_cupy(CudaError(35, "insufficient"), driver=0))
    assert cupy_report().driver == "none"


def test_a_device_that_computes_is_taken_and_tried_once(with_cupy, fake_cupy):
    with_cupy(fake_cupy)
    fake_cupy.launched.clear()
    assert backend().name == backend("cupy").name == "cupy"
    assert backend() is backend("auto") is backend("cupy")
    assert fake_cupy.launched == ["minmax_int16x4"]
    assert backend("numpy").name == "numpy" and backend("numpy") is backend("numpy")
    assert backend().device == "Make-believe, CUDA"
    assert cupy_report() == CupyReport("0", "12.9", "13.1", "Make-believe", 1 << 30, None)


def test_a_device_that_computes_wrongly_is_not_taken(with_cupy, fake_cupy, monkeypatch):
    monkeypatch.setattr(fake_cupy, "asnumpy", lambda array: array.tolist())
    monkeypatch.setattr(fake_cupy, "_launch", lambda *args, **kwargs: None)
    with_cupy(fake_cupy)
    with pytest.raises(ComputeUnavailableError, match="wrong values"):
        backend("cupy")
    assert backend().name == "numpy"


def test_a_name_that_is_none_is_an_error():
    with pytest.raises(OptionError, match="'cuda'; choose one of auto, numpy, cupy"):
        backend("cuda")


def test_choosing_imports_neither_cupy_nor_scipy_before_they_are_needed():
    code = (
        "import sys; from viewer.compute.choice import backend; backend('numpy');"
        "assert not {'cupy', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

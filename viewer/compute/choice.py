"""Which backend computes: CuPy where there is a CUDA device that works, else NumPy."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from rawio import OptionError, RawIOError
from viewer.compute.backend import Backend
from viewer.compute.cupy_backend import CupyBackend
from viewer.compute.cupy_device import properties
from viewer.compute.numpy_backend import NumpyBackend

NAMES = ("auto", "numpy", "cupy")

INSUFFICIENT_DRIVER = 35
"""``cudaErrorInsufficientDriver``: the driver is older than CuPy's CUDA, or there is none."""

NO_DEVICE = 100
"""``cudaErrorNoDevice``."""

Answer = TypeVar("Answer")

_lock = threading.Lock()


class ComputeUnavailableError(RawIOError):
    """The backend asked for cannot be had here."""


@dataclass(frozen=True)
class CupyReport:
    """What there is of CuPy and CUDA; None where that cannot be told.

    Attributes
    ----------
    cupy : str or None
        Its version.
    runtime, driver : str or None
        Versions of CUDA: the one that CuPy brings, and the newest that the driver serves.
    device : str or None
        Its name.
    memory : int or None
        Bytes of the device.
    problem : str or None
        Why the backend 'cupy' cannot be had, in one sentence; None where it can.
    """

    cupy: str | None = None
    runtime: str | None = None
    driver: str | None = None
    device: str | None = None
    memory: int | None = None
    problem: str | None = None


def backend(name: str = "auto") -> Backend:
    """Return a backend, of each kind the same one every time.

    Parameters
    ----------
    name : {'auto', 'numpy', 'cupy'}
        With 'auto' CuPy where it is installed and its device computes, else NumPy.

    Raises
    ------
    ComputeUnavailableError
        When 'cupy' is asked for and cannot be had.
    OptionError
        When there is no backend of this name.
    """
    if name not in NAMES:
        raise OptionError(f"there is no backend {name!r}; choose one of {', '.join(NAMES)}.")
    if name == "numpy":
        return _numpy()
    found, problem = _find_cupy()
    if found is not None:
        return found
    if name == "cupy":
        raise ComputeUnavailableError(problem)
    return _numpy()


def cupy_report() -> CupyReport:
    """Return what there is of CuPy and CUDA, whatever state they are in."""
    problem = _find_cupy()[1] or None
    try:
        cupy = import_module("cupy")
    except Exception:
        return CupyReport(problem=problem)
    return CupyReport(
        cupy=_told(lambda: str(cupy.__version__)),
        runtime=_told(lambda: _version(cupy.cuda.runtime.runtimeGetVersion())),
        driver=_told(lambda: _version(cupy.cuda.runtime.driverGetVersion())),
        device=_told(lambda: properties(cupy)["name"].decode()),
        memory=_told(lambda: int(properties(cupy)["totalGlobalMem"])),
        problem=problem,
    )


@cache
def _numpy() -> NumpyBackend:
    return NumpyBackend()


def _find_cupy() -> tuple[CupyBackend | None, str]:
    """Return the backend, or none and the reason; whoever comes while one tries it out waits."""
    with _lock:
        return _try_cupy()


@cache
def _try_cupy() -> tuple[CupyBackend | None, str]:
    try:
        cupy = import_module("cupy")
    except Exception as error:
        return None, _why_no_cupy(error)
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        return None, _why_no_device(cupy, error)
    if not count:
        return None, "CuPy finds no CUDA device here."
    try:
        found = CupyBackend(cupy)
        _try_out(found)
    except Exception as error:
        return None, f"the CUDA device is there but does not compute ({_first_line(error)})."
    return found, ""


def _try_out(found: CupyBackend) -> None:
    """Compute a little: only that shows that kernels compile and run, ours and CuPy's own."""
    samples = np.arange(24, dtype=np.int16).reshape(6, 4)
    bins = found.download(found.minmax(found.upload(samples), 3))
    square = np.arange(4.0).reshape(2, 2)
    on_device = found.upload(square)
    product = found.download(on_device @ on_device + on_device)  # takes cuBLAS and CUDA's headers
    if not (
        np.array_equal(bins, [[samples[0], samples[2]], [samples[3], samples[5]]])
        and np.array_equal(product, square @ square + square)
    ):
        raise ArithmeticError("it returned wrong values")


def _why_no_cupy(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name == "cupy":
        return (
            "CuPy is not installed; 'pip install \".[cuda12]\"' in the source folder brings it, or "
            "cuda13 where the driver serves CUDA 13."
        )
    return f"CuPy is installed but cannot be imported ({_first_line(error)})."


def _why_no_device(cupy: Any, error: Exception) -> str:
    status = getattr(error, "status", None)
    if status == NO_DEVICE:
        return "CuPy finds no CUDA device here."
    if status != INSUFFICIENT_DRIVER:
        return f"CUDA does not start ({_first_line(error)})."
    driver = _told(cupy.cuda.runtime.driverGetVersion)
    if not driver:
        return "there is no NVIDIA driver here, or it is not at work; CuPy needs one."
    runtime = _told(cupy.cuda.runtime.runtimeGetVersion)
    ours = f" {_version(runtime)}" if runtime else ""
    return (
        f"the NVIDIA driver is too old: it serves CUDA {_version(driver)}, and CuPy here is of "
        f"CUDA{ours}; update the driver, or install the extra of the older CUDA."
    )


def _told(ask: Callable[[], Answer]) -> Answer | None:
    """Return an answer; None where CUDA is in no state to give it."""
    try:
        return ask()
    except Exception:
        return None


def _version(number: int) -> str:
    """Return CUDA's number of a version, such as 12090, as people write it."""
    return f"{number // 1000}.{number % 1000 // 10}" if number else "none"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__

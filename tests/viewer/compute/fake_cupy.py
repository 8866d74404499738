"""As much of CuPy as `CupyBackend` uses, over NumPy and our kernels compiled for the CPU.

It is stricter than CuPy where a device would be silent: memory to which nothing was written holds
rubbish, and writing beside an array is found out.
"""

import ctypes
import subprocess
from collections import deque
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

HEADER = Path(__file__).with_name("cuda_on_cpu.h")
ALIGNMENT = 512
RUBBISH = 0xA5


class Array(np.ndarray):
    """An array of the make-believe device."""

    @property
    def data(self) -> SimpleNamespace:
        return SimpleNamespace(ptr=self.ctypes.data)

    def set(self, array: np.ndarray, stream: object = None) -> None:
        assert type(array) is np.ndarray and array.flags.c_contiguous and self.flags.c_contiguous
        assert array.dtype == self.dtype and array.shape == self.shape
        self.view(np.ndarray)[...] = array

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _of_device(partial(getattr(ufunc, method), **kwargs), inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _of_device(partial(function, **kwargs), args)


def _of_device(function: Any, args: Any) -> Any:
    """Compute with NumPy, but refuse arrays of the CPU among those of the device as CuPy does."""

    def lent(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(lent, value))
        if type(value) is np.ndarray:
            raise TypeError("an array of the CPU among arrays of the device")
        return value.view(np.ndarray) if isinstance(value, Array) else value

    out = function(*map(lent, args))
    return out.view(Array) if isinstance(out, np.ndarray) else out


class FakeCupy:
    """Stands in for the module `cupy`.

    Attributes
    ----------
    launched : list of str
        Kernels that ran.
    """

    __version__ = "0"

    def __init__(self, folder: Path) -> None:
        self.launched: list[str] = []
        self._compiled = cache(partial(compiled, folder))
        self._memory: deque[tuple[np.ndarray, int, int]] = deque(maxlen=100)
        told = {"name": b"Make-believe", "totalGlobalMem": 1 << 30}
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                getDevice=lambda: 0,
                getDeviceCount=lambda: 1,
                getDeviceProperties=lambda device: told,
                runtimeGetVersion=lambda: 12090,
                driverGetVersion=lambda: 13010,
            ),
            get_current_stream=lambda: "stream",
            alloc_pinned_memory=bytearray,
            Event=lambda: SimpleNamespace(synchronize=lambda: None, record=lambda stream: None),
        )

    def empty(self, shape: int | tuple[int, ...], dtype: Any) -> Array:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        raw = np.full(size + 2 * ALIGNMENT, RUBBISH, np.uint8)
        start = ALIGNMENT - raw.ctypes.data % ALIGNMENT
        self._memory.append((raw, start, start + size))
        return raw[start : start + size].view(dtype).reshape(shape).view(Array)

    def ascontiguousarray(self, array: Array) -> Array:
        return array if array.flags.c_contiguous else array.copy()

    def asnumpy(self, array: Array) -> np.ndarray:
        return np.array(array.view(np.ndarray))

    def RawModule(self, code: str, options: tuple[str, ...]) -> SimpleNamespace:  # noqa: N802
        library = self._compiled(code, options)
        return SimpleNamespace(get_function=lambda name: partial(self._launch, library, name))

    def _launch(
        self,
        library: ctypes.CDLL,
        name: str,
        grid: tuple[int, ...],
        block: tuple[int, ...],
        args: tuple[Any, ...],
        shared_mem: int = 0,
    ) -> None:
        assert all(isinstance(arg, Array | np.int64) for arg in args), (name, args)
        assert len(grid) == len(block) == 1 and block[0] <= 512 and shared_mem <= 48 << 10
        words = [arg.data.ptr if isinstance(arg, Array) else int(arg) for arg in args]
        error = library.run_kernel(
            ctypes.cast(library[name], ctypes.c_void_p),
            *(ctypes.c_int64(number) for number in (grid[0], block[0], len(words))),
            (ctypes.c_int64 * len(words))(*words),
        )
        assert not error, f"{name}: threads wait for others that never come"
        for raw, start, stop in self._memory:
            beside = np.concatenate([raw[:start], raw[stop:]])
            assert (beside == RUBBISH).all(), f"{name} wrote beside an array"
        self.launched.append(name)


def compiled(folder: Path, code: str, options: tuple[str, ...]) -> ctypes.CDLL:
    """Return a library of CUDA kernels, compiled by g++ for the CPU."""
    source, library = folder / "kernels.cu", folder / "kernels.so"
    source.write_text(code, encoding="utf-8")
    flags = ["-O1", "-ffp-contract=off", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror"]
    command = ["g++", *options, *flags, "-Wno-unknown-pragmas", "-include", str(HEADER)]
    subprocess.run([*command, "-x", "c++", str(source), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))

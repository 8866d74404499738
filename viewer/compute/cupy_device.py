"""`CupyDevice`: a CUDA device's memory, the way there and back, and our kernels on it."""

import threading
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np

from rawio import OptionError
from rawio.threads import run_together, shares
from viewer.compute.launch import THREADS, blocks_of

SOURCES = ("kernels.cu", "medians.cu", "filters.cu")
"""Compiled as one, in this order."""

STAGE_BYTES = 32 << 20
"""Size of each of two buffers in page-locked memory, from which a device copies fastest."""

SMALL_BYTES = 1 << 20
"""Up to this size the driver's own way of copying is as fast."""

SHARE_BYTES = 2 << 20
"""Bytes worth a thread of their own to copy."""


class CupyDevice:
    """The current CUDA device of CuPy.

    Copies and kernels of all threads go through CuPy's current stream, one after the other.

    Parameters
    ----------
    cupy : module
        CuPy, or what stands in for it.

    Attributes
    ----------
    cupy : module
    name : str
    """

    def __init__(self, cupy: Any) -> None:
        self.cupy = cupy
        self.name = f"{properties(cupy)['name'].decode()}, CUDA"
        self._module = cupy.RawModule(code=source(), options=("-std=c++17",))
        self._kernels: dict[str, Any] = {}
        self._stages: list[tuple[np.ndarray, Any]] = []
        self._lock = threading.Lock()

    def run(
        self, name: str, threads: int, *args: Any, per_block: int = THREADS, shared: int = 0
    ) -> None:
        """Run a kernel, if only by asking for it: nothing waits for its end.

        Parameters
        ----------
        name : str
        threads : int
            All together; a kernel minds that its last block may have more.
        *args : cupy.ndarray or int
        per_block : int
            Threads of a block.
        shared : int
            Bytes of shared memory of a block.
        """
        if name not in self._kernels:
            self._kernels[name] = self._module.get_function(name)
        values = tuple(np.int64(arg) if isinstance(arg, int) else arg for arg in args)
        grid = (blocks_of(threads, per_block),)
        self._kernels[name](grid, (per_block,), values, shared_mem=shared)

    def rows(self, array: Any) -> tuple[Any, int]:
        """Return an array whose channels lie side by side, and the values from row to row.

        A view backwards in time, or of every other sample, is taken as it is.
        """
        size = array.dtype.itemsize
        if array.shape[1] > 1 and array.strides[1] != size:
            array = self.cupy.ascontiguousarray(array)
        return array, array.strides[0] // size

    def download(self, array: Any) -> np.ndarray:
        """Return an array in the CPU's memory, when all before it is done."""
        return self.cupy.asnumpy(array)

    def upload(self, array: np.ndarray) -> Any:
        """Return a copy on the device, C-contiguous and in its byte order.

        A large array goes through two page-locked buffers, so that one is filled, by a few threads,
        while the device copies the other.
        """
        native = array.dtype.newbyteorder("=")
        out = self.cupy.empty(array.shape, native)
        row_bytes = array.nbytes // max(1, len(array))
        if array.nbytes > SMALL_BYTES and row_bytes <= STAGE_BYTES:
            with self._lock:
                self._upload_staged(array, out, max(1, STAGE_BYTES // row_bytes))
        elif array.size:
            out.set(np.ascontiguousarray(array, native))
        return out

    def _upload_staged(self, array: np.ndarray, out: Any, step: int) -> None:
        if not self._stages:
            self._stages = [self._stage() for _ in range(2)]
        stream = self.cupy.cuda.get_current_stream()
        for number, start in enumerate(range(0, len(array), step)):
            buffer, copied = self._stages[number % 2]
            part, there = array[start : start + step], out[start : start + step]
            staged = buffer[: there.nbytes].view(there.dtype).reshape(there.shape)
            copied.synchronize()
            _copy(staged, part)
            there.set(staged, stream=stream)
            copied.record(stream)

    def _stage(self) -> tuple[np.ndarray, Any]:
        """Return a page-locked buffer, and an event for when the device has copied it."""
        memory = self.cupy.cuda.alloc_pinned_memory(STAGE_BYTES)
        return np.frombuffer(memory, np.uint8, STAGE_BYTES), self.cupy.cuda.Event()


def source() -> str:
    """Return the CUDA source of all kernels, in which a compiler's errors name file and line."""
    texts = (files("viewer.compute").joinpath(name).read_text(encoding="utf-8") for name in SOURCES)
    return "".join(f'#line 1 "{name}"\n{text}' for name, text in zip(SOURCES, texts, strict=True))


def properties(cupy: Any) -> dict[str, Any]:
    """Return what CUDA says of the current device."""
    runtime = cupy.cuda.runtime
    told: dict[str, Any] = runtime.getDeviceProperties(runtime.getDevice())
    return told


def kernel_of(family: str, dtype: np.dtype) -> str:
    """Return the name of a kernel for a type.

    Raises
    ------
    OptionError
        When none was written for it.
    """
    if dtype.kind not in "iuf" or dtype.itemsize not in (1, 2, 4, 8) or dtype == np.float16:
        raise OptionError(
            f"samples of type {dtype} cannot be computed on a CUDA device; use the numpy backend."
        )
    return f"{family}_{dtype.name}"


def _copy(out: np.ndarray, source: np.ndarray) -> None:
    row_bytes = max(1, out.nbytes // len(out))
    parts = shares(len(out), -(-SHARE_BYTES // row_bytes))
    run_together([partial(np.copyto, out[a:b], source[a:b]) for a, b in parts])

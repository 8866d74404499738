"""Kernels of the compute backends, and the copies they are held against."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from viewer.compute.backend import Backend
from viewer.compute.choice import backend
from viewer.compute.layer import Layer
from viewer.compute.steps import BandPass, CommonReference

CHANNELS, RATE, SECONDS = 384, 30_000, 10
BIN = 96
REPEATS = 7


def samples() -> np.ndarray:
    """Return ten seconds of reproducible noise, int16 (samples, channels)."""
    rng = np.random.default_rng(0)
    return rng.integers(-2000, 2000, (RATE * SECONDS, CHANNELS), np.int16)


def median_s(work: Callable[[], object], wait: Callable[[], object], repeats: int) -> float:
    """Return the median time of `work` and of waiting for it, in seconds, after one more run."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


def measure(name: str, raw: np.ndarray) -> dict[str, float]:
    """Time the kernels of one backend.

    Parameters
    ----------
    name : {'numpy', 'cupy'}
    raw : ndarray of int16, shape (samples, channels)

    Returns
    -------
    dict
        Seconds of each kernel on data that is where it computes, and of the chain with the way
        there; of ``copy``, within the memory where it computes; of ``up``, the fastest copy there,
        from page-locked memory; of ``upload``, the backend's own way from any memory.

    Raises
    ------
    ComputeUnavailableError
    """
    kernels = backend(name)
    wait = _waiter(name)
    repeats = REPEATS if name == "cupy" else 3
    there = kernels.upload(raw)
    gain, offset = np.full(CHANNELS, 0.195), np.zeros(CHANNELS)
    floats = kernels.scale(there, gain, offset)
    groups = [np.arange(CHANNELS)]
    threshold = (4 * kernels.noise(floats)).astype(np.float32)

    def timed(work: Callable[[], object]) -> float:
        return median_s(work, wait, repeats)

    return {
        "copy": timed(_copier(there)),
        "up": timed(_pinned_copier(raw) if name == "cupy" else _copier(raw)),
        "upload": timed(lambda: kernels.upload(raw)),
        "minmax": timed(lambda: kernels.minmax(there, BIN)),
        "scale": timed(lambda: kernels.scale(there, gain, offset)),
        "median reference": timed(lambda: kernels.reference(floats, "median", groups)),
        "noise": timed(lambda: kernels.noise(floats)),
        "detect": timed(lambda: kernels.detect(floats, threshold, "negative", 30)),
        "chain": timed(_chain(kernels, raw, groups)),
    }


def _chain(kernels: Backend, raw: np.ndarray, groups: list[np.ndarray]) -> Callable[[], Any]:
    """Return the work of a zero-phase band-pass and a median reference, the copy up included.

    The result stays where it is computed: that is what a pyramid is made of.
    """
    from scipy.signal import butter

    sos = butter(3, (300, 6000), "bandpass", fs=RATE, output="sos")
    gain, offset = np.full(CHANNELS, 0.195), np.zeros(CHANNELS)

    def work() -> Any:
        x = kernels.scale(kernels.upload(raw), gain, offset)
        for _ in range(2):
            state = kernels.upload(np.zeros((len(sos), 2, CHANNELS)))
            x, _ = kernels.sosfilt(x, sos, state)
            x = x[::-1]
        return kernels.reference(x, "median", groups)

    return work


def layer_seconds(reader: Any) -> float:
    """Return the seconds that a layer takes for ten seconds of a reader, chunks and all."""
    layer = Layer(reader, [BandPass(300, 6000), CommonReference("median")])
    return median_s(lambda: layer.get_analogsignal_chunk(), lambda: None, 3)


def _copier(array: Any) -> Callable[[], object]:
    """Return a copy within the memory where `array` is, to memory that is there already."""
    target = array.copy()

    def copy() -> None:
        target[...] = array

    return copy


def _pinned_copier(raw: np.ndarray) -> Callable[[], object]:
    """Return a copy from page-locked memory to memory of the device that is there already."""
    import cupy

    memory = cupy.cuda.alloc_pinned_memory(raw.nbytes)
    pinned = np.frombuffer(memory, raw.dtype, raw.size).reshape(raw.shape)
    pinned[...] = raw
    target = cupy.empty(raw.shape, raw.dtype)
    return lambda: target.set(pinned)


def _waiter(name: str) -> Callable[[], object]:
    if name == "numpy":
        return lambda: None
    import cupy

    return cupy.cuda.Device().synchronize

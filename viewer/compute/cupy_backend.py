"""`CupyBackend`: the kernels on a CUDA device, with CuPy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from viewer.compute import cupy_filter
from viewer.compute.backend import ReferenceKind, Sign
from viewer.compute.cupy_device import CupyDevice, kernel_of
from viewer.compute.launch import (
    WARP,
    lanes_of,
    part_of_bin,
    vector_of,
    warps_of_median,
)
from viewer.compute.numpy_backend import MAD_TO_SD, in_type, scaling_type
from viewer.compute.spikes import spikes_of

SIDES = {"negative": 1, "positive": 2, "both": 3}
"""What the kernel of thresholds takes for a sign."""

NOISE_THREADS = 512
"""Threads that look for the median of a channel."""

DIGITS_BYTES = 4 * (256 + 1)
"""Shared memory in which they count."""

HITS = 1 << 16
"""Samples beyond a threshold for which there is room at first."""


class CupyBackend:
    """Kernels over blocks of samples on a CUDA device; see `viewer.compute.backend.Backend`.

    All arithmetic is that of ``kernels.cu`` and what follows it; CuPy has the memory, compiles and
    starts. Views with a step in time, also backwards, are read where they lie.

    Parameters
    ----------
    cupy : module
        CuPy, or what stands in for it.
    """

    name = "cupy"

    def __init__(self, cupy: Any) -> None:
        self._device = CupyDevice(cupy)
        self.device = self._device.name

    def upload(self, array: np.ndarray) -> Any:
        """Return a copy of the array on the device."""
        return self._device.upload(array)

    def download(self, array: Any) -> np.ndarray:
        """Return a copy of the array in the CPU's memory."""
        return self._device.download(array)

    def minmax(self, samples: Any, count: int) -> Any:
        """Return the least and greatest value of each bin of `count` samples."""
        samples, stride = self._device.rows(samples)
        return self._extremes("minmax", samples, stride, samples.data.ptr, count)

    def coarser(self, bins: Any, factor: int) -> Any:
        """Return bins, shape (n, 2, channels), `factor` times as wide."""
        if factor == 1:
            return bins
        bins = self._device.cupy.ascontiguousarray(bins)
        channels = bins.shape[2]
        return self._extremes("coarser", bins, 2 * channels, bins.data.ptr, factor)

    def _extremes(self, family: str, rows: Any, stride: int, address: int, count: int) -> Any:
        n, channels = rows.shape[0], rows.shape[-1]
        wide = 1
        if rows.dtype == np.int16:
            wide = vector_of(channels, stride, address)
        part = part_of_bin(-(-n // count), channels // wide, count)
        out = self._device.cupy.empty((-(-n // part), 2, channels), rows.dtype)
        if out.size:
            kernel = kernel_of(family, rows.dtype) + (f"x{wide}" if wide > 1 else "")
            args = (rows, stride // wide, n, channels // wide, part, out)
            self._device.run(kernel, out.size // 2 // wide, *args)
        return out if part == count else self.coarser(out, count // part)

    def scale(self, raw: Any, gain: np.ndarray, offset: np.ndarray) -> Any:
        """Return ``raw * gain + offset`` for each channel, float32."""
        raw, stride = self._device.rows(raw)
        rows, channels = raw.shape
        out = self._device.cupy.empty(raw.shape, np.float32)
        if out.size:
            scales = in_type(scaling_type(raw.dtype), gain, offset)
            by, plus = (self._for_channels(values, channels) for values in scales)
            lanes = lanes_of(rows, channels)
            args = (raw, stride, rows, channels, lanes, by, plus, out)
            self._device.run(kernel_of("scale", raw.dtype), lanes * channels, *args)
        return out

    def reference(self, x: Any, kind: ReferenceKind, groups: Sequence[np.ndarray]) -> Any:
        """Return `x` less, in each group of channels, their average or median at each sample."""
        x, stride = self._floats(x)
        rows, channels = x.shape
        out = x.copy()
        for group in groups if out.size else ():
            members = np.arange(channels)[group]  # an index that is none is an error here
            if not len(members):
                continue
            args: tuple[Any, ...] = (x, stride, rows, channels, self.upload(members), len(members))
            if kind == "average":
                self._device.run("less_average", rows * WARP, *args, out)
            else:
                warps, shared = warps_of_median(len(members))
                sizes = {"per_block": warps * WARP, "shared": shared}
                self._device.run("less_median", rows * WARP, *args, int(shared > 0), out, **sizes)
        return out

    def sosfilt(self, x: Any, sos: np.ndarray, state: Any) -> tuple[Any, Any]:
        """Filter along time with second-order sections, forwards, from a state to a state."""
        return cupy_filter.sosfilt(self._device, x, sos, state)

    def noise(self, x: Any) -> np.ndarray:
        """Return the standard deviation of each channel, float64, by its median deviation."""
        x, stride = self._floats(x)
        rows, channels = x.shape
        out = self._device.cupy.empty(channels, np.float64)
        if channels:
            sizes = {"per_block": NOISE_THREADS, "shared": DIGITS_BYTES}
            args = (x, stride, rows, out)
            self._device.run("median_deviation", channels * NOISE_THREADS, *args, **sizes)
        return MAD_TO_SD * self.download(out)

    def detect(
        self, x: Any, threshold: np.ndarray, sign: Sign, dead_time: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return spikes: the extremum of each excursion beyond a threshold."""
        x, stride = self._floats(x)
        rows, channels = x.shape
        places, values = np.empty(0, np.int64), np.empty(0, np.float32)
        if x.size:
            limit = self._for_channels(np.asarray(threshold, np.float32), channels)
            places, values = self._beyond(x, stride, limit, SIDES[sign])
        order = np.argsort(places)
        channel, sample = np.divmod(places[order], max(1, rows))
        return spikes_of(channel, sample, values[order], dead_time)

    def _beyond(self, x: Any, stride: int, limit: Any, sides: int) -> tuple[np.ndarray, np.ndarray]:
        """Return places, ``channel * rows + row``, and values of all samples beyond a limit."""
        cupy, (rows, channels) = self._device.cupy, x.shape
        lanes = lanes_of(rows, channels)
        room, found = 0, HITS
        while found > room:  # once more, where there were more than expected
            room = found
            places, values = cupy.empty(room, np.int64), cupy.empty(room, np.float32)
            count = self.upload(np.zeros(1, np.uint64))
            args = (x, stride, rows, channels, lanes, limit, sides, room, count, places, values)
            self._device.run("beyond", lanes * channels, *args)
            found = int(self.download(count)[0])
        return self.download(places[:found]), self.download(values[:found])

    def _for_channels(self, values: np.ndarray, channels: int) -> Any:
        """Return one value a channel on the device, where a kernel would not notice a lack."""
        return self.upload(np.broadcast_to(values, (channels,)))

    def _floats(self, x: Any) -> tuple[Any, int]:
        return self._device.rows(x if x.dtype == np.float32 else x.astype(np.float32))

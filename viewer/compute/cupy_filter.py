"""Recursive filters on a CUDA device: blocks of time side by side, then joined exactly."""

from functools import lru_cache
from typing import Any

import numpy as np

from viewer.compute.cupy_device import CupyDevice
from viewer.compute.design import carried
from viewer.compute.launch import WARP, filter_block

MOST_SECTIONS = 4
"""Sections that one pass filters with; there is a kernel for each number up to this."""


def sosfilt(device: CupyDevice, x: Any, sos: np.ndarray, state: Any) -> tuple[Any, Any]:
    """Filter along time; see `viewer.compute.backend.Backend.sosfilt`."""
    sos = np.asarray(sos, np.float64)
    if (sos[:, 3] != 1).any():
        raise ValueError("sos[:, 3] should be all ones")  # SciPy's words
    if not x.size:
        return x.copy(), state.copy()
    after = device.cupy.empty(state.shape, np.float64)
    if len(sos) <= MOST_SECTIONS:
        return _filter(device, x, sos, state, after), after
    y = x.astype(np.float64)  # nothing is rounded to float32 on the way
    for first in range(0, len(sos), MOST_SECTIONS):
        some = slice(first, first + MOST_SECTIONS)
        y = _filter(device, y, sos[some], state[some], after[some])
    return y.astype(x.dtype), after


def _filter(device: CupyDevice, x: Any, sos: np.ndarray, state: Any, after: Any) -> Any:
    """Filter with a few sections, write the state after that, and return what is filtered."""
    x, stride = device.rows(x)
    rows, channels = x.shape
    length = filter_block(rows)
    blocks = -(-rows // length)
    name, sections = f"{x.dtype.name}_{len(sos)}", device.upload(sos)
    states = device.cupy.empty((blocks, *state.shape), np.float64)
    states[0] = state
    if blocks > 1:
        before = (blocks - 1) * channels
        args: tuple[Any, ...] = (x, stride, channels, length, blocks - 1, sections, states[1:])
        device.run(f"end_states_{name}", before, *args)
        over_block = device.upload(_state_over(sos.tobytes(), length))
        args = (over_block, channels, blocks, states)
        device.run(f"start_states_{len(sos)}", channels, *args, per_block=WARP)
    y = device.cupy.empty(x.shape, x.dtype)
    args = (x, stride, rows, channels, length, sections, states, y, after)
    device.run(f"filter_blocks_{name}", blocks * channels, *args)
    return y


@lru_cache(maxsize=64)
def _state_over(sos: bytes, length: int) -> np.ndarray:
    """Return `viewer.compute.design.carried` for the bytes of float64 coefficients."""
    sections = np.frombuffer(bytearray(sos)).reshape(-1, 6)  # SciPy wants to be able to write
    return carried(sections, length)

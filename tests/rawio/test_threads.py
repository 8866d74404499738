"""Work shared by threads: parts that cover it, errors, forks, large arrays scaled."""

import os
import threading
from itertools import pairwise

import numpy as np
import pytest

from rawio import _signals, from_array, threads
from rawio.threads import run_together, shares


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
@pytest.mark.parametrize("amount", [0, 1, 7, 8, 15, 16, 100, 10**12])
def test_parts_cover_the_work_and_none_is_small(monkeypatch, cores, amount):
    monkeypatch.setattr(threads.os, "cpu_count", lambda: cores)
    parts = shares(amount, 8)
    assert parts[0][0] == 0 and parts[-1][1] == amount
    assert all(a[1] == b[0] for a, b in pairwise(parts))
    assert len(parts) <= min(cores, threads.MAX_THREADS)
    if len(parts) > 1:
        assert min(stop - start for start, stop in parts) >= 8


def test_all_parts_have_run_when_it_returns_also_after_an_error():
    ran = []
    slow = threading.Event()

    def fail():
        raise ValueError("the first")

    def late():
        slow.wait(0.2)
        ran.append("late")

    with pytest.raises(ValueError, match="the first"):
        run_together([fail, late])
    assert ran == ["late"]
    with pytest.raises(ValueError, match="the first"):
        run_together([late, fail, late])
    assert ran == ["late"] * 3


def test_a_forked_child_starts_threads_of_its_own():
    ran = []
    run_together([lambda: ran.append(1)] * 3)
    child = os.fork()
    if not child:
        run_together([lambda: ran.append(1)] * 3)
        os._exit(len(ran))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_arrays_scaled_by_threads_are_those_scaled_by_one(monkeypatch, dtype):
    raw = np.random.default_rng(2).integers(-(2**15), 2**15, (5003, 7), np.int16)
    gain, offset = np.linspace(-2, 3, 7), np.linspace(5, -5, 7)
    reader = from_array(raw, 100.0, gain=gain, offset=offset)
    alone = reader.rescale_signal_raw_to_float(raw, dtype)
    monkeypatch.setattr(_signals, "SHARE", 100)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    np.testing.assert_array_equal(reader.rescale_signal_raw_to_float(raw, dtype), alone)
    exact = raw * gain + offset
    np.testing.assert_allclose(alone, exact, rtol=1e-5, atol=1e-2)

"""The GPU's table: a column for each machine that was measured, and none made up."""

import json

import numpy as np
import pytest

from tests.benchmarks import gpu, gpu_kernels
from viewer.compute.choice import backend

MESA = {
    "date": "2026-01-02",
    "machine": "2 cores",
    "drawing": "llvmpipe (LLVM 15), 4.5 Mesa",
    "compute": "NumPy",
    "frames": {"1600 x 900": {"0.1 s": 250.0, "1 s": 300.5}},
    "values": {"frame": 300.5, "upload": 1.25, "layer_ms": 2000.0},
    "notes": [],
}
NVIDIA = {
    **MESA,
    "drawing": "NVIDIA X100/PCIe, 4.6",
    "compute": "NVIDIA X100, CuPy 13, CUDA 12",
    "values": {"frame": 0.4, "layer_ms": 40.0, "minmax_share": 0.71},
}


def cells(text, what):
    line = next(line for line in text.splitlines() if line.startswith(f"| {what}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_gpu_that_was_not_at_hand_has_an_empty_column():
    text = gpu.report([MESA])
    assert cells(text, "frame of 384 channels, 1600")[1:] == ["1 ms", "300.50 ms", ""]
    assert "NVIDIA data-centre GPU: none was at hand" in text
    for row in gpu.ROWS:
        assert cells(text, row.what)[3] == ""


def test_each_machine_has_a_column_and_what_it_lacks_is_empty():
    text = gpu.report([MESA, NVIDIA])
    assert "none was at hand" not in text
    assert cells(text, "frame of 384 channels, 1600")[2:] == ["300.50 ms", "0.40 ms"]
    assert cells(text, "min-max kernel")[1:] == ["0.6", "", "0.71"]
    assert cells(text, "upload of int16")[2:] == ["1.25 GB/s", ""]
    assert "1600 x 900: 0.1 s 250.00 ms, 1 s 300.50 ms" in text


def test_results_are_kept_by_machine():
    assert gpu._slug(MESA) == "llvmpipe-numpy"
    assert gpu._slug(NVIDIA) == "nvidia-x100-pcie-nvidia-x100"


def test_the_docs_table_is_made_of_what_is_kept():
    kept = [json.loads(path.read_text()) for path in sorted(gpu.FOLDER.glob("*.json"))]
    assert kept, "at least this program's own machine was measured"
    page = (gpu.FOLDER.parent / "benchmarks.md").read_text()
    assert gpu.report(kept).strip() in page


def test_the_chain_that_is_timed_filters_and_references():
    """Against SciPy on a short piece, so that what is timed is what the table says."""
    from scipy.signal import butter, sosfilt

    raw = gpu_kernels.samples()[:3000]
    kernels = backend("numpy")
    work = gpu_kernels._chain(kernels, raw, [np.arange(gpu_kernels.CHANNELS)])
    sos = butter(3, (300, 6000), "bandpass", fs=gpu_kernels.RATE, output="sos")
    want = raw * 0.195
    for _ in range(2):
        want = sosfilt(sos, want, axis=0)[::-1]
    want = want - np.median(want, axis=1, keepdims=True)
    assert kernels.download(work()) == pytest.approx(want, abs=0.01)

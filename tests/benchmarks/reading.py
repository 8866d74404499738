"""Chunks of 384 channels: ours, a bare `os.preadv`, and neo's; and scaling them."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from rawio import RawBinaryRawIO
from rawio.files import aligned_empty
from tests.benchmarks.timing import table

CHANNELS, RATE = 384, 30_000.0
SECONDS = 60
CHUNKS = (1024, 30_000)
ROUNDS = 5
CALLS = 5000

WHOLE_FILE = """
import resource, sys
from rawio import RawBinaryRawIO
reader = RawBinaryRawIO(sys.argv[1], n_channels=384, sampling_rate=30000.0)
reader.parse_header()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
size = reader.get_signal_size(0, 0)
for start in range(0, size, 30000):
    reader.get_analogsignal_chunk(0, 0, start, min(start + 30000, size))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run() -> str:
    """Time chunks of two lengths, all of a file, and scaling."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.dat"
        _write(path)
        done = subprocess.run(
            [sys.executable, "-c", WHOLE_FILE, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        ours = RawBinaryRawIO(path, n_channels=CHANNELS, sampling_rate=RATE)
        ours.parse_header()
        text = _chunks(path, ours) + _overhead(ours) + _scaling(path, ours)
        size = path.stat().st_size
    return (
        f"### Reading chunks\n\n{CHANNELS} channels of int16, {size / 1e9:.1f} GB, warm "
        "page cache, "
        "one caller. Each chunk ends up in memory of its own (neo's memory-mapped view is copied). "
        f"A process that reads the whole file in chunks of 30 000 samples: "
        f"{float(done.stdout):.0f} MB of memory at most.\n\n{text}"
    )


def _neo(path: Path) -> object:
    from neo.rawio import RawBinarySignalRawIO

    reader = RawBinarySignalRawIO(str(path), "int16", RATE, CHANNELS)
    reader.parse_header()
    return reader


def _chunks(path: Path, ours: RawBinaryRawIO) -> str:
    theirs: object = _neo(path)
    descriptor = os.open(path, os.O_RDONLY)
    rows = []
    for length in CHUNKS:
        starts = range(0, ours.get_signal_size(0, 0) - length, length)

        def bare(start: int, n: int = length) -> None:
            target = aligned_empty((n, CHANNELS), "int16")
            os.preadv(descriptor, [target.reshape(-1).view(np.uint8).data], start * 2 * CHANNELS)

        def our(start: int, n: int = length) -> None:
            ours.get_analogsignal_chunk(0, 0, start, start + n)

        def their(start: int, n: int = length) -> None:
            np.array(theirs.get_analogsignal_chunk(0, 0, start, start + n, 0))  # type: ignore[attr-defined]

        rates = _rates([bare, our, their], list(starts)[:2000], length)
        for name, rate in zip(("os.preadv", "rawscope", "neo"), rates, strict=True):
            rows.append(
                [
                    f"{name}, {length} samples",
                    f"{rate:.1f} GB/s",
                    f"{rate / rates[0]:.2f}",
                    f"{rate / rates[2]:.1f}",
                ]
            )
    os.close(descriptor)
    return table(["chunks by", "rate", "of os.preadv", "of neo"], rows) + "\n\n"


def _rates(readers: list[Callable[[int], None]], starts: list[int], length: int) -> list[float]:
    """Return GB/s of each, turn by turn so that a slow moment hits all alike."""
    times: list[list[float]] = [[] for _ in readers]
    for _ in range(ROUNDS):
        for read, took in zip(readers, times, strict=True):
            begin = time.perf_counter()
            for start in starts:
                read(start)
            took.append(time.perf_counter() - begin)
    total = len(starts) * length * CHANNELS * 2
    return [total / statistics.median(took) / 1e9 for took in times]


def _overhead(ours: RawBinaryRawIO) -> str:
    raw = ours.get_analogsignal_chunk(0, 0, 0, 1)
    some = list(range(0, CHANNELS, 13))[:30]
    cases = [
        ("chunk of no samples", lambda: ours.get_analogsignal_chunk(0, 0, 5, 5)),
        ("chunk of 1 sample", lambda: ours.get_analogsignal_chunk(0, 0, 5, 6)),
        (
            "60 samples of 30 channels",
            lambda: ours.get_analogsignal_chunk(0, 0, 5, 65, channel_indexes=some),
        ),
        ("scaling 1 sample", lambda: ours.rescale_signal_raw_to_float(raw)),
        ("sampling rate", lambda: ours.get_signal_sampling_rate()),
    ]
    rows = [[name, f"{_per_call(call):.1f} µs"] for name, call in cases]
    return table(["a call", "takes"], rows) + "\n\n"


def _per_call(call: Callable[[], object], count: int | None = None) -> float:
    """Return microseconds of one call, the median of several rounds."""
    times, count = [], count or CALLS
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for _ in range(count):
            call()
        times.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(times) / count


def _scaling(path: Path, ours: RawBinaryRawIO) -> str:
    """Time scaling with a gain and an offset for each channel."""
    gains = tuple(np.linspace(0.1, 0.3, CHANNELS))
    ours = RawBinaryRawIO(
        path, n_channels=CHANNELS, sampling_rate=RATE, gain=gains, offset=(5.0,) * CHANNELS
    )
    ours.parse_header()
    from neo.rawio import RawBinarySignalRawIO

    theirs = RawBinarySignalRawIO(str(path), "int16", RATE, CHANNELS, signal_offset=5.0)
    theirs.parse_header()
    theirs.header["signal_channels"]["gain"] = gains
    rows = []
    for length in CHUNKS:
        raw = ours.get_analogsignal_chunk(0, 0, 0, length)
        repeat = max(3, 120 * CALLS // length)
        for dtype in ("float32", "float64"):
            took = [
                _per_call(partial(reader.rescale_signal_raw_to_float, raw, dtype, 0), repeat)
                for reader in (ours, theirs)
            ]
            each = [1000 * t / raw.size for t in took]
            rows.append(
                [
                    f"{length} samples to {dtype}",
                    f"{each[0]:.2f} ns",
                    f"{each[1]:.2f} ns",
                    f"{each[1] / each[0]:.1f}",
                ]
            )
    return table(["scaling, a value", "rawscope", "neo", "times faster"], rows) + "\n"


def _write(path: Path) -> None:
    """Write noise, a second at a time."""
    second = np.random.default_rng(3).integers(-2000, 2000, (int(RATE), CHANNELS), np.int16)
    with path.open("wb") as file:
        for _ in range(SECONDS):
            file.write(second.data)

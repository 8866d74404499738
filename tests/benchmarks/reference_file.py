"""The recordings that views are timed on: two minutes of probe data, and ten hours of nothing."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 30_000
SPIKES_A_SECOND = 20
SPIKE_SAMPLES = 40
NOISE, SPIKE = 60, 600
MARK = -2000
"""One sample in each second, on all channels: what must not get lost."""


@dataclass(frozen=True)
class Reference:
    """A flat file of int16.

    Attributes
    ----------
    path : pathlib.Path
    channels : int
    seconds : float
    """

    path: Path
    channels: int
    seconds: float

    @property
    def nbytes(self) -> int:
        """Bytes of the file."""
        return int(self.seconds * RATE) * self.channels * 2

    @property
    def options(self) -> list[str]:
        """What the command line needs to open it."""
        return ["--n-channels", str(self.channels), "--rate", str(RATE)]


def write_reference(folder: Path, channels: int, seconds: int) -> Reference:
    """Write noise with spikes, the same bytes each time, unless it is there already."""
    reference = Reference(folder / f"reference-{channels}x{seconds}.dat", channels, seconds)
    path = reference.path
    if path.exists() and path.stat().st_size == reference.nbytes:
        return reference
    second = _one_second(channels)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        for number in range(seconds):
            shifted = np.roll(second, 977 * number, axis=0)
            shifted[(number * 313) % RATE] = MARK
            file.write(shifted.data)
        file.flush()
        os.fsync(file.fileno())  # pages that are not on the disk yet cannot be dropped
    unfinished.rename(path)
    return reference


def write_sparse(folder: Path, channels: int, hours: float) -> Reference:
    """Make a file of holes: as long as a recording of many hours, and nothing on the disk."""
    reference = Reference(folder / f"sparse-{channels}x{hours:g}h.dat", channels, 3600 * hours)
    reference.path.touch()
    os.truncate(reference.path, reference.nbytes)
    return reference


def drop_pages(path: Path) -> None:
    """Let the system forget what it holds of a file, so that it comes from the disk again."""
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _one_second(channels: int) -> np.ndarray:
    """Return a second of noise in which every channel spikes a few times."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, NOISE, (RATE, channels)).astype(np.int16)
    time = np.arange(SPIKE_SAMPLES)
    shape = -SPIKE * np.exp(-time / 6) * np.sin(2 * np.pi * time / 30)
    for channel in range(channels):
        for start in rng.integers(0, RATE - SPIKE_SAMPLES, SPIKES_A_SECOND):
            samples[start : start + SPIKE_SAMPLES, channel] += shape.astype(np.int16)
    return samples

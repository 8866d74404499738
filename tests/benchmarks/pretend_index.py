"""An index of a sparse file, made up in seconds; run as a process by ``tests.benchmarks.windows``.

Ten hours of 384 channels are 830 GB, which no benchmark reads to show them as a whole. What a
view of all needs are rows of the upper levels of the index; these hold noise here, as those of a
real recording would. The lower levels are the zeros that the file holds.
"""

import json
import sys
from pathlib import Path

import numpy as np

from rawio import open_recording
from viewer.engine.pyramid.files import checksums
from viewer.engine.pyramid.places import open_or_create
from viewer.engine.pyramid.store import Pyramid, StreamStore

LEAST_SHARE = 16
"""Levels with fewer rows than this share of the finest hold noise."""

ROWS = 1 << 12
NOISE = 200


def pretend(pyramid: Pyramid) -> None:
    """Write rows and checksums of all levels."""
    for store in pyramid.streams.values():
        layout = store.layout
        for run in range(len(layout.runs)):
            finest = layout.rows_of(run, layout.levels[0])
            for level in layout.levels_of(run):
                noisy = layout.rows_of(run, level) * LEAST_SHARE <= finest
                _write_level(store, run, level, noisy)


def _write_level(store: StreamStore, run: int, level: int, noisy: bool) -> None:
    layout = store.layout
    shape = (ROWS, 2, layout.channels)
    rows = np.zeros(shape, layout.dtype)
    if noisy:
        rows[:] = np.random.default_rng(0).integers(0, NOISE, shape)
        rows[:, 0] *= -1
    count, unit = layout.rows_of(run, level), layout.unit_rows(level)
    for first in range(0, count, ROWS):
        part = rows[: min(ROWS, count - first)]
        if noisy:
            store.write(run, level, first, part)
        else:  # the file's holes are these zeros
            number = layout.unit_start(run, level) + first // unit
            store._sums[level].write(number, checksums(part, unit, number))


def main() -> None:
    """Make the index of the recording that the argument names."""
    spec = json.loads(sys.argv[1])
    reader = open_recording(
        Path(spec["path"]), n_channels=spec["channels"], sampling_rate=float(spec["rate"])
    )
    pyramid = open_or_create(reader, "cache")
    assert pyramid is not None
    pretend(pyramid)
    print(json.dumps({"complete": pyramid.complete}))


if __name__ == "__main__":
    main()

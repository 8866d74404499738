"""Levels of detail: how many samples a bin has (`viewer.compute.bins` makes them).

Level 0 is the samples themselves. A bin of level n > 0 holds ``3 * 2**(n-1)`` samples: 3, 6, 12,
24, 48, 96 ... Three times a power of two, because then the finest level worth keeping on disk, of
96 samples, serves every zoom from 192 samples a pixel on and all levels together are 2.8 % of the
recording; with powers of two it would be 64 samples and 4.2 %, or 128 and twice as much to read at
the widest zoom that has to be served from the samples.
"""

import math

LEAST_BINS = 2
"""Bins to a column at least, where a column holds enough samples: an extremum drawn in the column
of its bin's middle then lies at most a quarter of a pixel beside that column."""

RAW_LIMIT = 3 * LEAST_BINS
"""Below this many samples to a column, level 0 serves."""


def bin_samples(level: int) -> int:
    """Return how many samples a bin of `level` holds."""
    return 3 << (level - 1) if level else 1


def level_of(spp: float) -> int:
    """Return the level for `spp` samples per pixel: the coarsest with `LEAST_BINS` to a column."""
    return 0 if spp < RAW_LIMIT else math.floor(math.log2(spp / 3))


def bin_count(size: int, level: int) -> int:
    """Return how many bins `size` samples have; the last may be short."""
    return -(-size // bin_samples(level))

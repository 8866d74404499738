"""Slow, readable rows of a pyramid, from raw samples; nothing here is shared with its code."""

import numpy as np

from tests.oracles.columns import spans

FINEST = 6
FINEST_SAMPLES = 96


def samples_of_bin(level: int) -> int:
    """Return how many samples a bin of a stored level holds."""
    return FINEST_SAMPLES * 2 ** (level - FINEST)


def rows(samples: np.ndarray, level: int) -> np.ndarray:
    """Return the least and greatest sample of every bin, shape (bins, 2, channels)."""
    count = samples_of_bin(level)
    out = []
    for start in range(0, len(samples), count):
        piece = samples[start : start + count]
        out.append([_each_channel(piece, np.min), _each_channel(piece, np.max)])
    return np.array(out, samples.dtype).reshape(len(out), 2, samples.shape[1])


def _each_channel(piece: np.ndarray, extreme) -> np.ndarray:
    if piece.dtype.kind != "f":
        return extreme(piece, axis=0)
    return np.array([_of_numbers(column, extreme) for column in piece.T])


def _of_numbers(column: np.ndarray, extreme) -> float:
    numbers = [value for value in column if not np.isnan(value)]
    return extreme(numbers) if numbers else np.nan


def columns(
    samples: np.ndarray, spp: float, level: int, shown: range
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return (low, high) of each column at a zoom that is served by bins of a level, or samples."""
    count = 1 if level == 0 else 3 * 2 ** (level - 1)
    return spans(samples, spp, count, shown)

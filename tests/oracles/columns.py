"""Slow, readable versions of what the engine and both renderers compute, from raw samples.

Exact rational arithmetic and plain loops; nothing here is shared with the code under test.
"""

from fractions import Fraction
from math import ceil, floor

import numpy as np


def column_of_sample(i: int, spp: Fraction, bin_samples: int) -> int:
    """Return the column that shows sample `i`: its own, or that of its bin's middle."""
    if bin_samples == 1:
        return floor(Fraction(i) / spp)
    middle = (Fraction(i // bin_samples) + Fraction(1, 2)) * bin_samples
    return floor(middle / spp)


def spans(
    samples: np.ndarray, spp: float, bin_samples: int, columns: range
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return (low, high), float64, of columns with samples, widened to meet neighbours half way."""
    ratio = Fraction(spp)
    members: dict[int, list[int]] = {}
    # Only samples that can reach these columns or their neighbours; the rest would cost time.
    first = max(0, floor((columns.start - 2) * ratio) - bin_samples)
    last = min(len(samples), ceil((columns.stop + 2) * ratio) + bin_samples)
    for i in range(first, last):
        members.setdefault(column_of_sample(i, ratio, bin_samples), []).append(i)
    own = {k: (samples[rows].min(axis=0), samples[rows].max(axis=0)) for k, rows in members.items()}
    out = {}
    for k in columns:
        if k not in own:
            continue
        low, high = (v.astype(float) for v in own[k])
        wide_low, wide_high = low, high
        for neighbour in (k - 1, k + 1):
            if neighbour in own:
                their_low, their_high = own[neighbour]
                below, above = their_high < low, their_low > high
                wide_low = np.minimum(wide_low, np.where(below, (low + their_high) / 2, low))
                wide_high = np.maximum(wide_high, np.where(above, (high + their_low) / 2, high))
        low, high = wide_low, wide_high
        out[k] = (low, high)
    return out


def line_spans(
    samples: np.ndarray, spp: float, columns: range
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return (low, high) of the line through the samples within each column, float64."""
    ratio, last = Fraction(spp), len(samples) - 1
    out = {}
    for k in columns:
        left, right = max(Fraction(0), k * ratio), min(Fraction(last), (k + 1) * ratio)
        if k * ratio > last or right < left:
            continue
        inside = range(ceil(left), floor(right) + 1)
        values = [_line(samples, left), _line(samples, right)]
        values += [samples[i].astype(float) for i in inside]
        out[k] = (np.min(values, axis=0), np.max(values, axis=0))
    return out


def _line(samples: np.ndarray, position: Fraction) -> np.ndarray:
    i = floor(position)
    j = min(i + 1, len(samples) - 1)
    share = float(position - i)
    return samples[i] + share * (samples[j].astype(float) - samples[i])


def ink(
    low: float, high: float, slope: float, base: float, height: int, thickness: int
) -> tuple[int, int]:
    """Return the half-open rows that a column of a trace inks."""
    ends = sorted(np.float32(slope) * np.float32(v) + np.float32(base) for v in (low, high))
    above = (thickness - 1) // 2
    top = floor(ends[0]) - above
    bottom = floor(ends[1]) - above + thickness
    return min(max(top, 0), height), min(max(bottom, 0), height)


def picture(
    columns: dict[int, tuple[np.ndarray, np.ndarray]],
    first_column: int,
    width: int,
    height: int,
    lanes: list[tuple[int, float, float, tuple[int, int, int]]],
    background: tuple[int, int, int],
    thickness: int = 1,
) -> np.ndarray:
    """Paint lanes (channel, slope, base, colour) one after the other, pixel by pixel."""
    image = np.empty((height, width, 4), np.uint8)
    image[...] = (*background, 255)
    for channel, slope, base, color in lanes:
        for k, (low, high) in columns.items():
            x = k - first_column
            if not 0 <= x < width:
                continue
            top, bottom = ink(low[channel], high[channel], slope, base, height, thickness)
            image[top:bottom, x] = (*color, 255)
    return image

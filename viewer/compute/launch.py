"""How work is cut into threads of a CUDA device: arithmetic only, which needs none."""

from math import gcd, isqrt

THREADS = 256
"""Threads of a block, where nothing else decides."""

ENOUGH = 1 << 18
"""Threads that keep a large device busy: 132 multiprocessors of 2048."""

WARP = 32
"""Threads that run in step."""

SHARED = 48 << 10
"""Bytes of shared memory that every device gives to a block for the asking."""

LEAST_SPLIT = 8
"""Rows in a part of a bin at least, where a bin is split."""


def blocks_of(threads: int, per_block: int = THREADS) -> int:
    """Return how many blocks hold so many threads."""
    return -(-threads // per_block)


def vector_of(channels: int, stride: int, address: int) -> int:
    """Return how many int16 a thread may load at once: 1, 2, 4 or 8.

    Parameters
    ----------
    channels : int
    stride : int
        Values from a row to the next.
    address : int
        Of the first value; loads must be aligned to their size, in each row.
    """
    return gcd(8, channels, stride, address // 2)


def part_of_bin(bins: int, per_row: int, count: int) -> int:
    """Return how many rows of a bin to reduce first: `count`, or a divisor of it.

    Where bins are so few and long that a thread for each would leave most of the device idle,
    parts of them come first, and then bins of the parts.

    Parameters
    ----------
    bins : int
    per_row : int
        Threads that a row of bins takes.
    count : int
    """
    parts = ENOUGH // max(1, bins * per_row)
    if parts < 2 or count < 2 * LEAST_SPLIT:
        return count
    least = max(LEAST_SPLIT, count // parts)
    some = range(least, min(8 * least, count // 2) + 1)
    return next((part for part in some if count % part == 0), count)


def lanes_of(rows: int, channels: int) -> int:
    """Return how many rows threads work on side by side, one thread a channel."""
    return max(1, min(rows, ENOUGH // max(1, channels)))


def warps_of_median(members: int) -> tuple[int, int]:
    """Return warps of a block, a warp having a row, and bytes of shared memory it keeps rows in.

    Returns
    -------
    warps : int
        As many as leave room on a multiprocessor for blocks beside it.
    shared : int
        0 where a row is too long to be kept.
    """
    row = 4 * members
    if row > SHARED:
        return 4, 0
    warps = max(1, min(4, SHARED // 4 // row))
    return warps, warps * row


def filter_block(rows: int) -> int:
    """Return how many samples to filter one after the other.

    Blocks are filtered side by side and their states then joined one after the other, which takes
    a few times as long a step: both take about as long when blocks are as long as this.
    """
    return max(64, 2 * isqrt(rows))

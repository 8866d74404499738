"""Where every bin of a pyramid lies: rows of level files, units that are checked, blocks of work.

The runs of a stream lie one after the other in the files of its levels. Levels are stored from
96 samples to a bin on, each four times as wide as the one below; between two stored levels lies
one that is made of the finer when it is asked for. A *block* is what is computed at a time: it
gives whole rows at the lower levels, one row at its own, and rows above are made of those below.
A *unit* is a few rows of one level with a checksum of their own, never of two blocks.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from viewer.engine.levels import bin_count, bin_samples

BASE_LEVEL = 6
"""The finest level stored: bins of 96 samples."""

STEP = 2
FAN_OUT = 1 << STEP
"""Every second level is stored, so a stored bin is four of the level below."""

LEAST_RUN = 64 * bin_samples(BASE_LEVEL)
"""Runs of fewer samples are read from the recording: there is nothing to save."""

LEAST_ROWS = 4
"""A run has rows only at levels at which it has this many: thousands of short runs cost little."""

LEAST_BYTES = 64
"""And this many bytes of them: the eight of a checksum are much beside rows of a single channel."""

TOP_ROWS = 1024
"""No level is stored above the first at which every run has at most this many rows."""

BLOCK_BYTES = 96 << 20
BLOCK_POWERS = range(2, 6)
UNIT_ROWS = 64


class RunPlace(NamedTuple):
    """One run of a stream: which, and how many samples."""

    block: int
    segment: int
    size: int


@dataclass(frozen=True)
class StreamLayout:
    """How one stream's runs lie in the files of its levels.

    Attributes
    ----------
    stream : int
    dtype : str
        As NumPy writes it, such as ``<i2``: that of the samples.
    channels : int
    runs : tuple of RunPlace
        All runs that are in the pyramid, in the order of their rows.
    power : int
        A block is ``4**power`` rows of the finest level.
    """

    stream: int
    dtype: str
    channels: int
    runs: tuple[RunPlace, ...]
    power: int

    @classmethod
    def of(
        cls, stream: int, dtype: str, channels: int, runs: tuple[RunPlace, ...]
    ) -> "StreamLayout":
        """Choose blocks of at most 96 MB of samples where such are large enough."""
        frame = channels * np.dtype(dtype).itemsize
        fitting = [
            power
            for power in BLOCK_POWERS
            if bin_samples(BASE_LEVEL) * FAN_OUT**power * frame <= BLOCK_BYTES
        ]
        power = max(fitting, default=BLOCK_POWERS[0])
        kept = tuple(run for run in runs if run.size >= LEAST_RUN)
        return cls(stream, dtype, channels, kept, power)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * np.dtype(self.dtype).itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of a row: the least values of all channels, then the greatest."""
        return 2 * self.frame_bytes

    @property
    def block_samples(self) -> int:
        """Samples of a block."""
        return bin_samples(BASE_LEVEL) * FAN_OUT**self.power

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The levels stored, from the finest."""
        longest = max((run.size for run in self.runs), default=0)
        levels = [BASE_LEVEL]
        while longest and bin_count(longest, levels[-1]) > TOP_ROWS:
            levels.append(levels[-1] + STEP)
        return tuple(levels)

    def rows_of(self, run: int, level: int) -> int:
        """Return how many rows a run has at a stored level; none where these would be few."""
        rows = bin_count(self.runs[run].size, level)
        enough = rows >= LEAST_ROWS and rows * self.row_bytes >= LEAST_BYTES
        return rows if enough or level == BASE_LEVEL else 0

    def levels_of(self, run: int) -> list[int]:
        """Return the stored levels at which a run has rows."""
        return [level for level in self.levels if self.rows_of(run, level)]

    def block_level(self) -> int:
        """Return the level at which a block is one row, stored or not."""
        return BASE_LEVEL + STEP * self.power

    def block_count(self, run: int) -> int:
        """Return how many blocks a run has; the last may be short."""
        return -(-self.runs[run].size // self.block_samples)

    def unit_rows(self, level: int) -> int:
        """Return how many rows of a level share a checksum."""
        in_block = FAN_OUT ** max(0, (self.block_level() - level) // STEP)
        return min(UNIT_ROWS, in_block)

    def units_in_block(self, level: int) -> int:
        """Return how many units of a level a block has, at its own level and below."""
        rows = FAN_OUT ** ((self.block_level() - level) // STEP)
        return rows // self.unit_rows(level)

    def unit_samples(self, level: int) -> int:
        """Return how many samples a unit of a level stands for."""
        return self.unit_rows(level) * bin_samples(level)

    def units_of(self, run: int, level: int) -> int:
        """Return how many units a run has at a level."""
        return -(-self.rows_of(run, level) // self.unit_rows(level))

    @cached_property
    def _row_starts(self) -> dict[int, np.ndarray]:
        return {level: self._starts(self.rows_of, level) for level in self.levels}

    @cached_property
    def _unit_starts(self) -> dict[int, np.ndarray]:
        return {level: self._starts(self.units_of, level) for level in self.levels}

    def _starts(self, count, level: int) -> np.ndarray:  # type: ignore[no-untyped-def]
        counts = [count(run, level) for run in range(len(self.runs))]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)

    def row_start(self, run: int, level: int) -> int:
        """Return the row of a level's file at which a run begins."""
        return int(self._row_starts[level][run])

    def unit_start(self, run: int, level: int) -> int:
        """Return the unit of a level at which a run begins."""
        return int(self._unit_starts[level][run])

    def total_rows(self, level: int) -> int:
        """Return how many rows the file of a level has."""
        return int(self._row_starts[level][-1])

    def total_units(self, level: int) -> int:
        """Return how many units a level has."""
        return int(self._unit_starts[level][-1])

    @cached_property
    def _run_numbers(self) -> dict[tuple[int, int], int]:
        return {(run.block, run.segment): number for number, run in enumerate(self.runs)}

    def find(self, block: int, segment: int) -> int | None:
        """Return the number of a run in the files, or None when it is not in the pyramid."""
        return self._run_numbers.get((block, segment))

    @cached_property
    def block_starts(self) -> np.ndarray:
        """The number of each run's first block among all of the stream's; then their count."""
        counts = [self.block_count(run) for run in range(len(self.runs))]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)

    def run_of_block(self, number: int) -> tuple[int, int]:
        """Return the run of a block of the stream, and which of the run's it is."""
        run = bisect_right(self.block_starts, number) - 1
        return run, number - int(self.block_starts[run])

    @property
    def nbytes(self) -> int:
        """Bytes of all level files, checksums included, without the files' headers."""
        return sum(
            self.total_rows(level) * self.row_bytes + self.total_units(level) * 8
            for level in self.levels
        )

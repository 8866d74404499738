"""What every part of the reading API shares: the header, its checks, and the warnings."""

import logging
import os
from typing import Any

import numpy as np

from rawio.errors import HeaderNotParsedError, OutOfRangeError, one_line
from rawio.header import Header

log = logging.getLogger("rawio")


class HeaderOwner:
    """Holds the parsed header of one recording and checks calls against it."""

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        self.filename = str(filename)
        self.header: Header | None = None
        self.warnings: list[str] = []
        self._stream_members: list[np.ndarray] = []
        self._given_probes: dict[int, Any] = {}
        self._annotations: dict[str, Any] | None = None
        self._contacts: dict[int, np.ndarray | None] = {}
        self._scales: dict[np.dtype, list[tuple[np.ndarray, np.ndarray, bool]]] = {}

    def block_count(self) -> int:
        """Return the number of blocks."""
        return int(self._checked_header()["nb_block"])

    def segment_count(self, block_index: int) -> int:
        """Return the number of segments of a block."""
        header = self._checked_header()
        self._check_block(block_index)
        return int(header["nb_segment"][block_index])

    def _warn(self, message: str) -> None:
        """Keep a sentence about what was dropped, clamped or repaired, and log it; each once."""
        message = one_line(message)
        if message not in self.warnings:
            self.warnings.append(message)
            log.warning("%s: %s", self.filename, message)

    def _checked_header(self) -> Header:
        if self.header is None:
            raise HeaderNotParsedError(f"{self.filename}: call parse_header() first.")
        return self.header

    def _check_block(self, block_index: int) -> None:
        count = self.block_count()
        if not isinstance(block_index, (int, np.integer)) or not 0 <= block_index < count:
            raise OutOfRangeError(f"block {block_index!r} is not one of the {count} blocks.")

    def _check_segment(self, block_index: int, seg_index: int) -> None:
        counts = self._checked_header()["nb_segment"]
        # Asked for before every chunk: what is plainly right is let through at once.
        if (
            type(block_index) is type(seg_index) is int
            and 0 <= block_index < len(counts)
            and 0 <= seg_index < counts[block_index]
        ):
            return
        count = self.segment_count(block_index)
        if not isinstance(seg_index, (int, np.integer)) or not 0 <= seg_index < count:
            raise OutOfRangeError(
                f"segment {seg_index!r} is not one of the {count} segments of block {block_index}."
            )

"""The chain of data blocks of a .plx file, followed without a Python loop over blocks.

Where a block starts is known only from the size of the one before it, so the chain is sequential.
It is followed in many places at once all the same: a window of the file is split into *lanes*,
each lane starts at a place that looks like a block header (a guess), and all lanes advance in
step, one NumPy operation for all. The guesses are then verified: a lane is true if the true chain
from the lane before it lands exactly on its start. Where it does not, the true chain is followed
block by block until it meets a position of the lane it is in, from where that lane is true. The
result is the chain and nothing else, whatever the samples look like; guesses only cost time.

Positions within a window are counted in 16-bit words; everything in a .plx file is whole words.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from rawio.files import RawFile, aligned_empty
from rawio.plexon import layout

WINDOW_BYTES = 32 << 20
LANE_BYTES = 64 << 10
FIRST_SEARCH_WORDS = 512
CANDIDATES = 16
CHAIN_STEPS = 8
STEPS_A_CHECK = 16
MAX_WAVEFORMS = 4
PLAUSIBLE_UPPER = 256
ZERO_WORDS = 4096
"""So many zeros where a block should start are skipped as one, not as blocks of no known type."""

Consumer = Callable[[np.ndarray, np.ndarray], None]
"""Called with byte positions (int64) and block headers, uint16 of shape (blocks, 8)."""


@dataclass(frozen=True)
class ScanEnd:
    """Where and why the chain of blocks ended.

    Attributes
    ----------
    blocks : int
        Whole blocks found.
    position : int
        Byte after the last whole block.
    reason : {'', 'header', 'samples', 'size'}
        '' at the end of the file; 'header' when fewer bytes than a block header are left;
        'samples' when a block promises more samples than the file has; 'size' when a block has
        a negative size.
    zeros : list of (int, int)
        Where zeros stand in place of blocks, and how many bytes of them.
    """

    blocks: int
    position: int
    reason: str
    zeros: list[tuple[int, int]]


def known_channels(spikes: np.ndarray, slows: np.ndarray) -> np.ndarray:
    """Return the table of block types and channel numbers that a guess may have.

    Parameters
    ----------
    spikes, slows : ndarray of int
        Channel numbers in the headers. Events of any channel are taken as plausible.

    Returns
    -------
    ndarray of bool, shape (7, 65536)
        By type (6 stands for all greater ones) and channel number as unsigned 16 bits.
    """
    table = np.zeros((7, 65536), dtype=bool)
    table[layout.EVENT] = True
    for kind, channels in ((layout.SPIKE, spikes), (layout.CONTINUOUS, slows)):
        table[kind, np.asarray(channels, dtype=np.int64) & 0xFFFF] = True
    return table


def scan_blocks(
    file: RawFile,
    start: int,
    known: np.ndarray,
    consume: Consumer,
    window_bytes: int = WINDOW_BYTES,
    lane_bytes: int = LANE_BYTES,
) -> ScanEnd:
    """Follow the chain of blocks from byte `start` to the end of the file.

    Parameters
    ----------
    file : RawFile
    start : int
        Byte of the first block header.
    known : ndarray of bool
        From `known_channels`.
    consume : callable
        Called window by window with the blocks found, in file order.
    window_bytes, lane_bytes : int
        Memory in use at a time, and how much of it one lane covers.

    Returns
    -------
    ScanEnd
    """
    blocks = 0
    zeros: list[tuple[int, int]] = []
    search = FIRST_SEARCH_WORDS
    while start + layout.BLOCK_HEADER_BYTES <= file.size:
        count = min(window_bytes, file.size - start)
        words = aligned_empty(count // 2, "<u2")
        file.read_into(words, start)
        goes_on = bool(zeros) and sum(zeros[-1]) == start
        skipped = _skipped_zeros(words, layout.BLOCK_WORDS if goes_on else ZERO_WORDS)
        if skipped:
            if start + skipped + layout.BLOCK_HEADER_BYTES > file.size and not words.any():
                skipped = file.size - start
            at, before = zeros.pop() if goes_on else (start, 0)
            zeros.append((at, before + skipped))
            start += skipped
            continue
        words = _without_zeros_behind(words)
        positions = chain_positions(words, known, lane_bytes // 2, search)
        heads = block_heads(words, positions)
        sizes = heads[:, layout.N_WAVEFORMS].astype(np.int64) * heads[:, layout.N_WORDS]
        whole, reason = _whole_blocks(heads, positions, sizes, start, file.size)
        if whole:
            consume(start + 2 * positions[:whole], heads[:whole])
            blocks += whole
            search = max(FIRST_SEARCH_WORDS, 3 * int(sizes[:whole].max()))
            start += 2 * int(positions[whole - 1] + layout.BLOCK_WORDS + sizes[whole - 1])
        if reason:
            return ScanEnd(blocks, start, reason, zeros)
    return ScanEnd(blocks, start, "header" if start < file.size else "", zeros)


def chain_positions(
    words: np.ndarray, known: np.ndarray, lane_words: int, search_words: int
) -> np.ndarray:
    """Return where the blocks start whose headers lie within `words`, the first at word 0.

    Sizes count as unsigned here, so that every block leads forward; that a size is negative is
    for the caller to see.

    Parameters
    ----------
    words : ndarray of uint16
        A window that starts with a block header.
    known : ndarray of bool
        From `known_channels`.
    lane_words : int
        Words a lane.
    search_words : int
        How far into each lane to look for a header.

    Returns
    -------
    ndarray of int64
        Ascending.
    """
    limit = len(words) - layout.BLOCK_WORDS + 1
    starts = _lane_starts(words, limit, known, lane_words, search_words)
    ends = np.append(starts[1:], limit)
    table = _walk_lanes(words, limit, starts, ends)
    counts = np.minimum((table < ends).sum(axis=0), len(table) - 1)
    landings = table[counts, np.arange(len(starts))]
    if np.array_equal(landings, ends):
        return table.T[np.arange(len(table)) < counts[:, None]]
    pieces = list(_true_pieces(words, limit, starts, table, counts, landings))
    return np.concatenate(pieces)


def block_heads(words: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return the block headers at `positions` of `words`, uint16 of shape (blocks, 8)."""
    # One element of 16 bytes at every word: a header is then gathered as a whole.
    n = len(words) - layout.BLOCK_WORDS + 1
    every = np.ndarray((n,), dtype="V16", buffer=words.data, strides=(2,))
    return every[positions].view("<u2").reshape(-1, layout.BLOCK_WORDS)


def _whole_blocks(
    heads: np.ndarray, positions: np.ndarray, sizes: np.ndarray, start: int, file_size: int
) -> tuple[int, str]:
    """Return how many blocks are whole, and why the next one is not."""
    negative = (heads[:, layout.N_WAVEFORMS] | heads[:, layout.N_WORDS]) >= 0x8000
    if negative.any():
        return int(np.argmax(negative)), "size"
    last = start + 2 * int(positions[-1] + layout.BLOCK_WORDS + sizes[-1])
    if last > file_size:
        return len(positions) - 1, "samples"
    return len(positions), ""


# -- zeros where blocks should be ----------------------------------------------------------------


def _skipped_zeros(words: np.ndarray, least: int) -> int:
    """Return how many bytes of headers are zeros; 0 if it is not at least `least` words."""
    if len(words) < least or words[:least].any():
        return 0
    filled = words != 0
    n_zeros = int(np.argmax(filled)) if filled.any() else len(words)
    return n_zeros // layout.BLOCK_WORDS * layout.BLOCK_HEADER_BYTES


def _without_zeros_behind(words: np.ndarray) -> np.ndarray:
    """Return `words` without many zeros at their end, which no chain of blocks need be followed in.

    A block header that starts before the zeros stays whole.
    """
    if len(words) < ZERO_WORDS or words[-ZERO_WORDS:].any():
        return words
    last = len(words) - int(np.argmax(words[::-1] != 0))
    return words[: last + layout.BLOCK_WORDS - 1]


# -- guessing where lanes start ------------------------------------------------------------------


def _lane_starts(
    words: np.ndarray, limit: int, known: np.ndarray, lane_words: int, search_words: int
) -> np.ndarray:
    """Return word 0 and, for each further lane, the first place that looks like a header."""
    n_lanes = limit // lane_words
    search = min(search_words, lane_words - layout.BLOCK_WORDS)
    if n_lanes < 2 or search < 1:
        return np.zeros(1, dtype=np.int64)
    lanes = words[lane_words : n_lanes * lane_words].reshape(n_lanes - 1, lane_words)
    kind = lanes[:, :search]
    likely = (kind == layout.SPIKE) | (kind == layout.EVENT) | (kind == layout.CONTINUOUS)
    likely &= lanes[:, layout.UPPER : search + layout.UPPER] < PLAUSIBLE_UPPER
    likely &= lanes[:, layout.N_WAVEFORMS : search + layout.N_WAVEFORMS] <= MAX_WAVEFORMS
    likely &= lanes[:, layout.N_WORDS : search + layout.N_WORDS] < 0x8000
    lane, offset = np.nonzero(likely)
    rank = np.arange(len(lane)) - np.searchsorted(lane, lane)
    lane, offset = lane[rank < CANDIDATES], offset[rank < CANDIDATES]
    candidates = (lane + 1) * lane_words + offset
    good = _chain_stays_plausible(words, limit, known, candidates)
    _, first = np.unique(lane[good], return_index=True)
    return np.concatenate([np.zeros(1, dtype=np.int64), candidates[good][first]])


def _chain_stays_plausible(
    words: np.ndarray, limit: int, known: np.ndarray, candidates: np.ndarray
) -> np.ndarray:
    """Return the indexes of `candidates` from which some steps lead to likely headers only."""
    at = candidates
    alive = np.arange(len(candidates))
    for _ in range(CHAIN_STEPS):
        inside = at < limit
        heads = block_heads(words, np.minimum(at, limit - 1))
        kind = np.minimum(heads[:, layout.TYPE], 6)
        n_waveforms, n_words = heads[:, layout.N_WAVEFORMS], heads[:, layout.N_WORDS]
        size = n_waveforms.astype(np.int64) * n_words
        likely = known[kind, heads[:, layout.CHANNEL]]
        likely &= (heads[:, layout.UPPER] < PLAUSIBLE_UPPER) & (n_waveforms <= MAX_WAVEFORMS)
        likely &= (n_words < 0x8000) & ((kind != layout.CONTINUOUS) | (size > 0))
        likely |= ~inside
        alive = alive[likely]
        at = np.where(inside, at + layout.BLOCK_WORDS + size, at)[likely]
    return alive


# -- walking and verifying -----------------------------------------------------------------------


def _walk_lanes(words: np.ndarray, limit: int, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Advance all lanes in step until they reach their ends.

    Returns
    -------
    ndarray of int64, shape (steps + 1, lanes)
        Positions, clipped to `limit`. A lane that is done walks on for nothing. A few lanes that
        need far more steps than the others may be left short of their ends.
    """
    n_waveforms, n_words = words[layout.N_WAVEFORMS :], words[layout.N_WORDS :]
    n_lanes = len(starts)
    chunks = [starts[None, :]]
    at = starts.copy()
    waveforms, size = np.empty(n_lanes, words.dtype), np.empty(n_lanes, words.dtype)
    step = np.empty(n_lanes, dtype=np.int64)
    steps, allowed = 0, None
    while allowed is None or steps < allowed:
        chunk = np.empty((STEPS_A_CHECK, n_lanes), dtype=np.int64)
        for row in chunk:
            # mode="clip" keeps positions at the limit harmless and avoids a copy of the output
            n_waveforms.take(at, out=waveforms, mode="clip")
            n_words.take(at, out=size, mode="clip")
            np.multiply(waveforms, size, out=step, dtype=np.int64)
            step += layout.BLOCK_WORDS
            np.add(at, step, out=row)
            np.minimum(row, limit, out=row)
            at = row
        chunks.append(chunk)
        steps += STEPS_A_CHECK
        done = np.count_nonzero(at >= ends)
        if done == n_lanes:
            break
        if allowed is None and done >= 0.9 * n_lanes:
            allowed = steps + steps // 4 + STEPS_A_CHECK
    return np.concatenate(chunks)


def _true_pieces(
    words: np.ndarray,
    limit: int,
    starts: np.ndarray,
    table: np.ndarray,
    counts: np.ndarray,
    landings: np.ndarray,
) -> Iterator[np.ndarray]:
    """Yield the true chain when some lanes are not on it: parts of lanes and what joins them."""
    edges = np.append(starts, limit).tolist()
    lane, row = 0, 0
    while True:
        yield table[row : counts[lane], lane]
        at = int(landings[lane])
        while at < limit:
            while edges[lane + 1] <= at:
                lane += 1
            if at == edges[lane]:
                row = 0
                break
            rows = _rows_of_lane(table, counts, lane)
            walked, at = _follow(words, at, edges[lane + 1], rows)
            yield walked
            if at in rows:
                row = rows[at]
                break
        else:
            return


def _follow(words: np.ndarray, at: int, end: int, rows: dict[int, int]) -> tuple[np.ndarray, int]:
    """Follow the chain block by block from `at` until `end` or until a position in `rows`."""
    view = words.data  # indexing a memoryview gives Python ints, faster than an array does
    walked = []
    while at < end and at not in rows:
        walked.append(at)
        at += layout.BLOCK_WORDS + view[at + layout.N_WAVEFORMS] * view[at + layout.N_WORDS]
    return np.array(walked, dtype=np.int64), at


def _rows_of_lane(table: np.ndarray, counts: np.ndarray, lane: int) -> dict[int, int]:
    positions = table[: counts[lane], lane].tolist()
    return {position: row for row, position in enumerate(positions)}

"""Reading many small extents of a file as one array of int16, without a Python loop over them.

Extents that lie close together in the file are read as one span, spans in batches of a bounded
size. From a batch the wanted words are then gathered by NumPy, in the order asked for.
"""

import numpy as np

from rawio.files import RawFile, aligned_empty

PAGE_SHIFT = 14  # pages of 16 KiB
MERGE_PAGES = 3
"""Unwanted pages that are read rather than skipped: cheaper than another call of the system."""

BATCH_PAGES = 512

MAX_LENGTHS = 8
"""Different lengths up to which a pass for each is faster than copying word by word."""


def read_words(file: RawFile, positions: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the words of all extents, one after the other, in the order given.

    Parameters
    ----------
    file : RawFile
    positions : ndarray of int64, shape (n,)
        Byte offsets; each an even number of bytes from every other.
    counts : ndarray of int64, shape (n,)
        Words (int16) at each.

    Returns
    -------
    ndarray of int16, shape (sum of counts,)

    Raises
    ------
    FormatError, UnreadableFileError
        When the file has shrunk or cannot be read.
    """
    out = np.empty(int(counts.sum()), dtype="<i2")
    positions, counts = positions[counts > 0], counts[counts > 0]
    if not len(positions):
        return out
    target = np.cumsum(counts) - counts
    origin = int(positions.min()) >> PAGE_SHIFT
    page = (positions >> PAGE_SHIFT) - origin
    touched = _touched(page, (positions + 2 * counts - 1 >> PAGE_SHIFT) - origin)
    batch_of_page = (np.cumsum(touched) - 1) // BATCH_PAGES
    if batch_of_page[-1] == 0:
        words, offsets = _read_batch(file, positions, counts)
        _scatter(words, offsets, counts, out, target)
        return out
    batch = batch_of_page[page]
    if batch_of_page[-1] < 0x10000:
        batch = batch.astype(np.uint16)  # 16 bits are sorted by radix
    order = np.argsort(batch, kind="stable")  # stable, so that writes ascend within a batch
    for picked in np.split(order, np.flatnonzero(np.diff(batch[order])) + 1):
        words, offsets = _read_batch(file, positions[picked], counts[picked])
        _scatter(words, offsets, counts[picked], out, target[picked])
    return out


def _touched(first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return, for each page up to the greatest in `last`, whether a range covers it."""
    n = int(last.max()) + 1
    opened = np.bincount(first, minlength=n)
    closed = np.bincount(last + 1, minlength=n + 1)[:n]
    return np.cumsum(opened - closed) > 0


def _read_batch(
    file: RawFile, positions: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Read the spans that cover the extents, and return where in the words each extent starts."""
    stops = positions + 2 * counts
    origin = int(positions.min()) >> PAGE_SHIFT
    page = (positions >> PAGE_SHIFT) - origin
    touched = _touched(page, (stops - 1 >> PAGE_SHIFT) - origin)
    edges = np.flatnonzero(np.diff(touched, prepend=False, append=False)).reshape(-1, 2)
    apart = np.flatnonzero(edges[1:, 0] - edges[:-1, 1] > MERGE_PAGES)
    firsts = np.append(0, apart + 1)
    lasts = np.append(apart, len(edges) - 1)
    starts = origin + edges[firsts, 0] << PAGE_SHIFT
    ends = np.minimum(origin + edges[lasts, 1] << PAGE_SHIFT, int(stops.max()))
    starts[0] = positions.min()
    lengths = (ends - starts) // 2
    bases = np.cumsum(lengths) - lengths
    words = aligned_empty(int(lengths.sum()), "<i2")
    for start, base, length in zip(starts.tolist(), bases.tolist(), lengths.tolist(), strict=True):
        file.read_into(words[base : base + length], start)
    # Byte of the file that word 0 would be at, by page.
    shift = np.repeat(starts - 2 * bases, np.diff(np.append(edges[firsts, 0], len(touched))))
    return words, positions - shift[page] >> 1


def _scatter(
    words: np.ndarray, offsets: np.ndarray, counts: np.ndarray, out: np.ndarray, target: np.ndarray
) -> None:
    """Copy extents of `words` to `out`, all those of one length at once."""
    lengths = np.flatnonzero(np.bincount(counts))
    if len(lengths) == 1:
        size = int(lengths[0])
        _elements(out, size)[target] = _elements(words, size)[offsets]
    elif 1 < len(lengths) <= MAX_LENGTHS:
        for size in lengths.tolist():
            these = counts == size
            _elements(out, size)[target[these]] = _elements(words, size)[offsets[these]]
    else:
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        out[np.repeat(target, counts) + within] = words[np.repeat(offsets, counts) + within]


def _elements(words: np.ndarray, size: int) -> np.ndarray:
    """Return a view with, at each word, one element made of the `size` words from there on.

    NumPy copies such an element as a whole, which is many times faster than word by word.
    """
    shape = (len(words) - size + 1,)
    return np.ndarray(shape, dtype=f"V{2 * size}", buffer=words.data, strides=(2,))

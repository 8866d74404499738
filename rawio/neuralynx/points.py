"""Spikes and events: records of one size with a time, sorted by unit or kind and by time.

Of a record only time and *code* (its unit, or the event's id and TTL word) are kept; waveforms
and strings are read when they are asked for.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from rawio.cache import CacheEntry, fingerprint
from rawio.files import aligned_empty
from rawio.frames import Frames
from rawio.neuralynx import layout
from rawio.neuralynx.folder import DataFile, Entity
from rawio.neuralynx.windows import Windows
from rawio.texts import decoded

SLAB_BYTES = 4 << 20
SLAB_ROWS = 1 << 14
CACHED_BYTES = 16 << 20
"""Times and codes of files from this size on are kept in the user's cache directory."""

CACHE_VERSION = 1

TTL_ZERO = 1 << 15


class Points:
    """The spikes of an electrode or the events of a source.

    Parameters
    ----------
    entity : Entity
    use_cache : bool

    Attributes
    ----------
    entity : Entity
    codes : list of int
        The different codes, ascending. Of a spike the unit; of an event see `event_of`.
    damaged : int
        Records left out since their timestamps are no times.
    unwritten : int
        Zeros at the end of a file in place of records, left out.
    """

    def __init__(self, entity: Entity, use_cache: bool) -> None:
        self.entity = entity
        parts = [_scanned(data, use_cache) for data in entity.files]
        ticks = np.concatenate([part[0] for part in parts])
        codes = np.concatenate([part[1] for part in parts])
        counts = [len(part[0]) for part in parts]
        self._part_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        written = np.concatenate([_written(*part, entity.kind) for part in parts])
        self.unwritten = len(ticks) - int(np.count_nonzero(written))
        rows = np.flatnonzero(written & (ticks < layout.LAST_TIME))
        self.damaged = len(ticks) - self.unwritten - len(rows)
        # In the order of the files until `sort`.
        self._ticks, self._codes, self._rows = ticks[rows], codes[rows], rows
        self.codes: list[int] = np.unique(self._codes).tolist()

    @property
    def extent(self) -> tuple[int, int] | None:
        """First and last time in microseconds, None if there are no points."""
        if not len(self._ticks):
            return None
        return int(self._ticks.min()), int(self._ticks.max())

    def sort(self, windows: Windows, zero: int) -> None:
        """Sort by code, by how often the clock was set back before, and by time.

        Parameters
        ----------
        windows : Windows
            Of the segments.
        zero : int
            Microseconds that times are counted from.
        """
        n_epochs = windows.n_epochs
        keys = np.searchsorted(self.codes, self._codes) * n_epochs
        keys += windows.epochs_of(self._ticks)
        if (keys[1:] < keys[:-1]).any() or (self._ticks[1:] < self._ticks[:-1]).any():
            order = np.lexsort((self._ticks, keys))
            keys, self._ticks, self._rows = keys[order], self._ticks[order], self._rows[order]
        self._bounds = np.searchsorted(keys, np.arange(len(self.codes) * n_epochs + 1))
        self._n_epochs, self._windows, self._zero = n_epochs, windows, zero
        self._ticks -= zero
        self._codes = keys[:0]  # of no more use

    def within(self, seg_index: int, code: int) -> slice:
        """Return the rows of one of the `codes`, by its place there, that are in a segment."""
        place = code * self._n_epochs + int(self._windows.epoch[seg_index])
        first, last = self._bounds[place : place + 2].tolist()
        low, high = self._windows.bounds(seg_index)
        found = np.searchsorted(self._ticks[first:last], [low - self._zero, high - self._zero])
        return slice(first + int(found[0]), first + int(found[1]))

    def extents(self, code: int) -> tuple[np.ndarray, np.ndarray]:
        """Return first and last time of one of the `codes` in each segment.

        Returns
        -------
        ndarray of float64, shape (n_segments,)
            Seconds since `zero`; not a number where there is none.
        """
        windows = self._windows
        first, last = np.full((2, len(windows.low)), np.nan)
        for epoch in range(self._n_epochs):
            place = code * self._n_epochs + epoch
            ticks = self._ticks[slice(*self._bounds[place : place + 2])]
            here = np.flatnonzero(windows.epoch == epoch)
            low = np.searchsorted(ticks, windows.low[here] - self._zero)
            high = np.searchsorted(ticks, windows.high[here] - self._zero)
            some = low < high
            first[here[some]] = ticks[low[some]] / 1e6
            last[here[some]] = ticks[high[some] - 1] / 1e6
        return first, last

    def since_zero(self, rows: slice) -> np.ndarray:
        """Return times in microseconds since `zero`."""
        return self._ticks[rows]

    def ticks(self, rows: slice) -> np.ndarray:
        """Return timestamps as they are in the files."""
        return self._ticks[rows] + self._zero

    def waveforms(self, rows: slice) -> np.ndarray:
        """Return raw waveforms, int16, shape (n_spikes, n_electrodes, n_samples)."""
        n_bytes = self.entity.files[0].record_bytes - layout.SPIKE_HEAD_BYTES
        electrodes = layout.ELECTRODES[self.entity.kind]
        samples = n_bytes // (2 * electrodes)
        out = np.empty((rows.stop - rows.start, electrodes, samples), np.int16)
        for some, place in _slabs(rows):
            words = self._read(some, layout.SPIKE_HEAD_BYTES, n_bytes)
            # A record has the first sample of all electrodes, then the second ...
            out[place] = words.reshape(len(words), samples, electrodes).swapaxes(1, 2)
        return out

    def labels(self, rows: slice) -> np.ndarray:
        """Return the strings of events, up to their first zero byte."""
        texts = [np.empty(0, "U1")]
        for some, _ in _slabs(rows):
            texts.append(_strings(self._read(some, layout.STRING_OFFSET, layout.STRING_BYTES)))
        return np.concatenate(texts)

    def _read(self, rows: slice, offset: int, n_bytes: int) -> np.ndarray:
        """Return `n_bytes` (an even number) of each record from byte `offset` on, as int16."""
        records = self._rows[rows]
        out = np.empty((len(records), n_bytes // 2), "<i2")
        part_of = np.searchsorted(self._part_first, records, "right") - 1
        for part in np.unique(part_of).tolist():
            data = self.entity.files[part]
            here = np.flatnonzero(part_of == part)
            first, columns = layout.HEADER_BYTES + offset, n_bytes // 2
            frames = Frames(data.file, first, data.n_records, columns, out.dtype, data.record_bytes)
            out[here] = frames.pick(records[here] - self._part_first[part])
        return out


def event_of(code: int) -> tuple[int, int]:
    """Return id and TTL word, signed as in the file, of an event's code."""
    event_id, ttl = divmod(code, 2 * TTL_ZERO)
    return event_id, ttl - TTL_ZERO


def _written(ticks: np.ndarray, codes: np.ndarray, kind: str) -> np.ndarray:
    """Return which records are not among the zeros that a crash may leave at the end of a file."""
    filled = (ticks != 0) | (codes != (TTL_ZERO if kind == "nev" else 0))
    return np.logical_or.accumulate(filled[::-1])[::-1]


def _slabs(rows: slice) -> Iterator[tuple[slice, slice]]:
    """Yield pieces of `rows`, and where in the result they go."""
    for start in range(rows.start, rows.stop, SLAB_ROWS):
        stop = min(start + SLAB_ROWS, rows.stop)
        yield slice(start, stop), slice(start - rows.start, stop - rows.start)


def _strings(words: np.ndarray) -> np.ndarray:
    """Return the texts in rows of bytes."""
    raw = words.view(np.uint8)
    inside = np.logical_and.accumulate(raw != 0, axis=1)
    width = max(1, int(inside.sum(axis=1).max(initial=0)))
    raw = np.where(inside, raw, 0)[:, :width]
    texts = np.ascontiguousarray(raw).view(f"S{width}")[:, 0]
    if not (raw >= 0x80).any():
        return texts.astype(f"U{width}")
    return np.array([decoded(text) for text in texts.tolist()], f"U{width}")


def _scanned(data: DataFile, use_cache: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return times and codes of all records of a file, from the cache if they are there."""
    file = data.file
    if not use_cache or file.size < CACHED_BYTES:
        return _scan(data)
    entry = CacheEntry(
        "neuralynx", CACHE_VERSION, file.path, fingerprint(file, layout.HEADER_BYTES)
    )
    found = entry.load()
    if found is not None and sorted(found[0]) == ["codes", "ticks"]:
        ticks, codes = found[0]["ticks"], found[0]["codes"]
        if len(ticks) == len(codes) == data.n_records:
            return ticks, codes
    ticks, codes = _scan(data)
    entry.store({"ticks": ticks, "codes": codes}, None)
    return ticks, codes


def _scan(data: DataFile) -> tuple[np.ndarray, np.ndarray]:
    events = data.header.kind == "nev"
    dtype = layout.EVENT if events else layout.spike_dtype(data.record_bytes)
    ticks = np.empty(data.n_records, np.int64)
    codes = np.empty(data.n_records, np.int64)
    step = max(1, SLAB_BYTES // data.record_bytes)
    buffer = aligned_empty(min(step, data.n_records) * data.record_bytes, "uint8")
    for start in range(0, data.n_records, step):
        stop = min(start + step, data.n_records)
        raw = buffer[: (stop - start) * data.record_bytes]
        data.file.read_into(raw, layout.HEADER_BYTES + start * data.record_bytes)
        slab = raw.view(dtype)
        ticks[start:stop] = np.minimum(slab["timestamp"], layout.LAST_TIME)
        if events:
            codes[start:stop] = slab["event_id"] * np.int64(2 * TTL_ZERO) + slab["ttl"] + TTL_ZERO
        else:
            codes[start:stop] = slab["unit"]
    return ticks, codes


def total_extent(points: Sequence[Points]) -> tuple[int, int] | None:
    """Return first and last time in microseconds of all points, None if there are none."""
    extents = [p.extent for p in points if p.extent is not None]
    if not extents:
        return None
    return min(low for low, _ in extents), max(high for _, high in extents)

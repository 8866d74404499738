"""`PlexonRawIO`: Plexon .plx recordings."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events, time_slice
from rawio.base import BaseRawIO
from rawio.cache import CacheEntry, fingerprint
from rawio.files import RawFile
from rawio.gather import read_words
from rawio.header import make_header
from rawio.plexon import dating, layout, runs, segments, tables
from rawio.plexon import index as indexing
from rawio.plexon.headers import MAX_FREQUENCY, PlexonHeaders, channel_name, read_headers
from rawio.plexon.index import Channels, Index
from rawio.selection import Selection

INDEX_VERSION = 2
SLAB_SAMPLES = 4 << 20


class PlexonRawIO(BaseRawIO):
    """Plexon .plx recordings, versions 100 to 107.

    Parameters
    ----------
    filename : path-like
    use_cache : bool
        Keep the index of the file's blocks in the user's cache directory (`rawio.cache`), so that
        the next reader of the file need not scan it. The recording itself is never written to.

    Notes
    -----
    Values are in millivolts by the formulas in Plexon's ``PlexonFiles.h``; timestamps are ticks of
    ``ADFrequency``, int64.

    Signals are the continuous ("slow") channels that have data. They are placed in time by the
    timestamps of their blocks: a gap in any of them starts a new segment for all, and so does a
    clock that was set back (see `rawio.plexon.runs`). Channels of one rate and timing form a
    stream (see `rawio.plexon.segments.find_streams`).

    Units are the sorted units, and the unsorted spikes, of each spike channel that has any, by
    channel and unit. The id is ``ch{channel}#{unit}``; the name is that of the channel for
    unsorted spikes, with a letter for units 1 to 26 (``SPK01a``) and ``#`` and the number for
    others. ``wf_left_sweep`` is NumPointsPreThr.

    Event channels are those of the headers, in their order; the id is the channel number, labels
    are the Unit field of the blocks as text (the value of a strobe) and durations are None.
    """

    name: ClassVar[str] = "Plexon"
    description: ClassVar[str] = "Plexon recordings (.plx): signals, spikes, waveforms and events"
    extensions: ClassVar[list[str]] = ["plx"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-file"

    def __init__(self, filename: str | os.PathLike[str], use_cache: bool = True) -> None:
        super().__init__(filename)
        self.use_cache = use_cache

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether `head` starts with the magic number of .plx files."""
        return head.startswith(layout.MAGIC)

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        That is a channel whose header names the unit's spike channel (SpikeChannel, since version
        104); of several the one of the highest rate.

        Returns
        -------
        int or None

        Raises
        ------
        SelectionError
            When there is no such unit.
        """
        super().unit_signal_channel(unit_index)
        return self._unit_signals[unit_index]

    @property
    def _global_ssampling_rate(self) -> float:
        """The clock of the timestamps, by the name that SpikeInterface asks neo's reader for."""
        return float(self._clock)

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        file = RawFile(self.filename)
        headers = read_headers(file, self._warn)
        index = self._load_or_build(file, headers)
        for sentence in tables.sentences(headers, index, file.size):
            self._warn(sentence)
        self._file, self._index, self._clock = file, index, headers.clock
        self._place_signals(headers)
        self._recorded = dating.recorded_at(
            headers, index, self._segments, self._streams, self._warn
        )
        self._unit_keys = np.flatnonzero(index.keys["type"] == layout.SPIKE)
        unit_channels = tables.unit_table(headers, index.keys[self._unit_keys], self._warn)
        event_channels, self._event_keys = tables.event_table(headers, index, self._warn)
        streams, channels = tables.signal_tables(
            headers, self._signal_rows, self._streams, self._warn
        )
        self._unit_signals = tables.signal_of_units(
            headers, index.keys[self._unit_keys], self._signal_rows
        )
        self._t_start, self._t_stop = segments.find_extents(
            self._segments,
            self._streams,
            index,
            np.flatnonzero(index.keys["type"] != layout.CONTINUOUS),
            self._clock,
        )
        self.header = make_header(
            [len(self._segments)], streams, channels, unit_channels, event_channels
        )

    def _load_or_build(self, file: RawFile, headers: PlexonHeaders) -> Index:
        channels = Channels(
            spikes=tables.block_channels(headers.spikes),
            events=tables.block_channels(headers.events),
            slows=tables.block_channels(headers.slows),
            rates=_rates(headers.slows),
            clock=headers.clock,
        )
        if not self.use_cache:
            return indexing.build_index(file, headers.data_start, channels)
        entry = CacheEntry(
            "plexon", INDEX_VERSION, file.path, fingerprint(file, headers.data_start)
        )
        cached = self._load(entry)
        if cached is not None:
            return cached
        index = indexing.build_index(file, headers.data_start, channels)
        arrays = {name: getattr(index, name) for name in indexing.ARRAYS}
        if not entry.store(arrays, index.facts):
            return index
        del arrays
        # From here on the index is mapped, not held in memory.
        return self._load(entry) or index

    @staticmethod
    def _load(entry: CacheEntry) -> Index | None:
        found = entry.load()
        if found is None or sorted(found[0]) != sorted(indexing.ARRAYS):
            return None
        return Index(**found[0], facts=found[1])

    def _place_signals(self, headers: PlexonHeaders) -> None:
        """Find segments and streams, and which signal channels there are, in header order."""
        index = self._index
        keys, rows, rates = [], [], np.zeros(len(index.keys), dtype=np.int64)
        for key in np.flatnonzero(index.keys["type"] == layout.CONTINUOUS).tolist():
            channel = int(index.keys["channel"][key])
            row = tables.header_row(headers.slows, channel)
            rate = int(headers.slows["ADFreq"][row])
            if not _usable(rate):
                self._warn(
                    f"continuous channel {channel_name(headers.slows[row])} has data but its "
                    f"ADFreq is {rate} Hz; it was skipped."
                )
                continue
            rates[key] = rate
            keys.append(key)
            rows.append(row)
            if np.count_nonzero(headers.slows["Channel"] == channel) > 1:
                self._warn(
                    f"several continuous headers have channel number {channel}; its data is "
                    f"given to the first, {channel_name(headers.slows[row])}."
                )
        order = np.argsort(rows, kind="stable")
        self._signal_keys = np.array(keys, dtype=np.int64)[order]
        self._signal_rows = np.array(rows, dtype=np.int64)[order]
        clock, all_runs = self._clock, index.runs
        self._segments = segments.find_segments(all_runs, rates, clock, index.parts)
        self._stretches = segments.find_stretches(
            all_runs, self._signal_keys, rates, clock, self._segments
        )
        longest = index.keys["longest"][self._signal_keys]
        self._streams = segments.find_streams(
            self._stretches, rates[self._signal_keys], clock, longest
        )
        self._warn_of_timing(segments.greatest_drift(all_runs, rates, clock))

    def _warn_of_timing(self, drift: float) -> None:
        if abs(drift) > 1:
            self._warn(
                f"without a gap, blocks come up to {abs(drift):.1f} samples "
                f"{'later' if drift > 0 else 'earlier'} than the sampling rate says; samples are "
                "shown evenly spaced from the start of each segment."
            )
        if self._segments.ignored:
            self._warn(
                f"blocks come too late {self._segments.ignored} times, so the sampling rate in the "
                "header must be wrong; signals are shown without these gaps."
            )
        for stream in self._streams:
            if stream.lost:
                self._warn(
                    f"{len(stream.members)} channels at {stream.rate} Hz end up to a block apart "
                    f"and are read up to the shortest: {stream.lost} samples in all are left out."
                )

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- segments --------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._t_start[seg_index]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._t_stop[seg_index]

    # -- signals ---------------------------------------------------------------------------------

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._streams[stream_index].size[seg_index]

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        stream = self._streams[stream_index]
        if not stream.size[seg_index]:
            return self._t_start[seg_index]
        return stream.tick[seg_index] / self._clock

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        members = self._streams[stream_index].members[channels]
        out = np.empty((i_stop - i_start, len(members)), dtype=np.int16)
        if not out.size:
            return out
        slab = max(1, SLAB_SAMPLES // len(members))
        for start in range(i_start, i_stop, slab):
            stop = min(start + slab, i_stop)
            extents = [self._extents(m, seg_index, start, stop) for m in members.tolist()]
            positions, counts = (np.concatenate(column) for column in zip(*extents, strict=True))
            words = read_words(self._file, positions, counts)
            out[start - i_start : stop - i_start] = words.reshape(len(members), -1).T
        return out

    def _extents(
        self, channel: int, seg_index: int, i_start: int, i_stop: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return byte positions and lengths in words of samples of one signal channel."""
        index = self._index
        rows = index.rows(int(self._signal_keys[channel]))
        first = index.first[rows]
        start = int(self._stretches.first[channel, seg_index]) + i_start
        stop = start + i_stop - i_start
        lowest = int(np.searchsorted(first, start, "right")) - 1
        highest = int(np.searchsorted(first, stop, "left"))
        blocks = slice(rows.start + lowest, rows.start + highest)
        first = index.first[blocks]
        skipped = np.maximum(start - first, 0)
        counts = np.minimum(runs.words_of(index.shape[blocks]), stop - first) - skipped
        return index.position[blocks] + layout.BLOCK_HEADER_BYTES + 2 * skipped, counts

    # -- spikes ----------------------------------------------------------------------------------

    def _spike_rows(
        self, seg_index: int, key: int, t_start: float | None, t_stop: float | None
    ) -> slice:
        rows = segments.rows_in_segment(self._index, key, self._segments, seg_index)
        some = time_slice(self._index.tick[rows], self._clock, t_start, t_stop)
        return slice(rows.start + some.start, rows.start + some.stop)

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        rows = self._spike_rows(seg_index, int(self._unit_keys[unit_index]), None, None)
        return rows.stop - rows.start

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        rows = self._spike_rows(seg_index, int(self._unit_keys[unit_index]), t_start, t_stop)
        return self._index.tick[rows].copy()

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return (timestamps / float(self._clock)).astype(dtype, copy=False)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        key = self._index.keys[self._unit_keys[unit_index]]
        if not key["longest"]:
            return None
        rows = self._spike_rows(seg_index, int(self._unit_keys[unit_index]), t_start, t_stop)
        n_waveforms, n_words = int(key["waveforms"]), int(key["words"])
        out = np.zeros((rows.stop - rows.start, n_waveforms, n_words), dtype=np.int16)
        positions = self._index.position[rows] + layout.BLOCK_HEADER_BYTES
        shape = self._index.shape[rows]
        for these, (a, b) in _by_shape(shape):
            words = read_words(self._file, positions[these], np.full(len(these), a * b))
            out[these, :a, :b] = words.reshape(-1, a, b)
        return out

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        key = int(self._event_keys[event_channel_index])
        if key < 0:
            return 0
        rows = self._spike_rows(seg_index, key, None, None)
        return rows.stop - rows.start

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        key = int(self._event_keys[event_channel_index])
        if key < 0:
            return np.empty(0, dtype=np.int64), None, np.empty(0, dtype="U6")
        rows = self._spike_rows(seg_index, key, t_start, t_stop)
        return self._index.tick[rows].copy(), None, self._index.labels(rows).astype("U6")

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._rescale_spike_timestamp(timestamps, dtype)


def _usable(rate: int) -> bool:
    return 0 < rate <= MAX_FREQUENCY


def _rates(slows: np.ndarray) -> np.ndarray:
    """Return ADFreq of the channels that `tables.block_channels` returns, 0 if of no use.

    Where several headers have one channel number, all get the rate of the first.
    """
    channels = tables.block_channels(slows).tolist()
    first = [int(slows["ADFreq"][tables.header_row(slows, channel)]) for channel in channels]
    return np.array([rate if _usable(rate) else 0 for rate in first], dtype=np.int64)


def _by_shape(shape: np.ndarray) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
    """Yield, for each different row of `shape` that is not empty, where it is and what it is."""
    code = shape[:, 0].astype(np.int64) << 16 | shape[:, 1]
    for value in np.unique(code).tolist():
        a, b = value >> 16, value & 0xFFFF
        if a and b:
            yield np.flatnonzero(code == value), (a, b)

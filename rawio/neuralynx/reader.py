"""`NeuralynxRawIO`: Neuralynx recordings."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events, time_slice
from rawio._signals import float_dtype
from rawio.base import BaseRawIO, Place
from rawio.errors import OptionError
from rawio.header import make_header
from rawio.neuralynx import layout, tables
from rawio.neuralynx.channels import Indexer, find_channels, find_streams
from rawio.neuralynx.dating import recorded_at
from rawio.neuralynx.folder import Entity, find_entities, find_paths, kind_of, open_files
from rawio.neuralynx.notes import Notes
from rawio.neuralynx.periods import Tolerance
from rawio.neuralynx.points import Points, total_extent
from rawio.neuralynx.samples import read_channels
from rawio.neuralynx.tables import PointChannel
from rawio.neuralynx.windows import make_windows
from rawio.segmenting import cut_into_segments
from rawio.selection import Selection

MICROSECONDS = 1e6

MOST_CODES = 1 << 16
"""Units of an electrode, or kinds of events of a source."""

Names = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None


class NeuralynxRawIO(BaseRawIO):
    """Neuralynx recordings of Cheetah, Pegasus and BML: .ncs, .nse, .nst, .ntt and .nev files.

    Parameters
    ----------
    filename : path-like
        A folder, all of whose files are one recording, or one file by itself.
    include_filenames : path-like or sequence of path-like, optional
        Read only these files of the folder.
    exclude_filenames : str or sequence of str, optional
        Leave these files of the folder out.
    keep_original_times : bool
        Times are those of the acquisition system's clock; else they count from the earliest time
        of the recording.
    gap_tolerance_ms : float, optional
        Gaps up to this long are read over. Never counted as gaps are half a sample and the
        rounding of timestamps.
    strict_gap_mode : bool, optional
        Older spelling: True is a tolerance of 0.2 samples, False one of 128 samples.
    dirname : path-like, optional
        The folder. Given with `filename`, that is the one file of the folder to be read.
    exclude_filename : str or sequence of str, optional
        Older spelling of `exclude_filenames`.
    use_cache : bool
        Keep times and units of large spike files in the user's cache directory (`rawio.cache`).
        The recording itself is never written to.

    Notes
    -----
    Files of Cheetah's option "separate files for each recording" (``CSC1.ncs``, ``CSC1_0001.ncs``)
    are parts of one channel. Timestamps of the records place the samples: a gap, a record that is
    not full, or a clock that was set back start a new segment, for all streams together. Segments
    have all that was recorded; an event between two of them is in the nearer one.

    Values are in microvolts, ADBitVolts * 1e6, negative where InputInverted is True. The sampling
    rate is that of the header, unless timestamps prove it wrong by more than a sample.

    Streams have one rate, input range, filter setting and timing, the highest rate first. Units are
    called ``ch{name}#{AD channel}#{unit}``; ``wf_left_sweep`` is AlignmentPt - 1. Event channels
    are the pairs of event id and TTL word that occur, labels the event strings, durations None.
    Timestamps are whole microseconds of the acquisition system's clock, int64.

    Recordings of up to 256 MiB of .ncs files are scanned for records that are not full; of larger
    ones as many files as fit into that are. For the rest, timestamps are looked at where they show
    a gap (see `rawio.neuralynx.records`).
    """

    name: ClassVar[str] = "Neuralynx"
    description: ClassVar[str] = "Neuralynx recordings (.ncs, .nse, .nst, .ntt, .nev)"
    extensions: ClassVar[list[str]] = list(layout.KINDS)
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-dir"

    def __init__(
        self,
        filename: str | os.PathLike[str] | None = None,
        include_filenames: Names = None,
        exclude_filenames: Names = None,
        keep_original_times: bool = False,
        gap_tolerance_ms: float | None = None,
        strict_gap_mode: bool | None = None,
        dirname: str | os.PathLike[str] = "",
        exclude_filename: Names = None,
        use_cache: bool = True,
    ) -> None:
        include = _listed(include_filenames)
        if os.fspath(dirname):
            include += _listed(filename)
            filename = dirname
        elif not filename and include:
            filename = Path(include[0]).parent
        if not filename:
            raise OptionError("a Neuralynx recording is a folder or a file; name one.")
        super().__init__(filename)
        self.dirname = self.filename
        self.include_filenames = [os.fspath(name) for name in include]
        self.exclude_filenames = [
            Path(name).name for name in _listed(exclude_filenames) + _listed(exclude_filename)
        ]
        self.keep_original_times = keep_original_times
        self.gap_tolerance_ms = gap_tolerance_ms
        self.strict_gap_mode = strict_gap_mode
        self.use_cache = use_cache
        self._tolerance = _tolerance(gap_tolerance_ms, strict_gap_mode)

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether the file is named and starts as Neuralynx files are and do."""
        return kind_of(path) in layout.KINDS and head.startswith(layout.MAGIC)

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the folder of the file: all in it is one recording."""
        return Place(path.parent)

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        That is the one of the same AD channel; of several electrodes the first that was recorded,
        of several signals the one of the highest rate.

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

    def rescale_waveforms_to_float(
        self,
        raw_waveforms: np.ndarray,
        dtype: Any = "float32",
        unit_index: int = 0,
        spike_channel_index: int | None = None,
    ) -> np.ndarray:
        """Return waveforms in microvolts, each electrode by its own gain.

        Parameters
        ----------
        raw_waveforms : ndarray, shape (n_spikes, n_electrodes, n_samples)
        dtype : numpy dtype
        unit_index, spike_channel_index : int
            The same by two names.
        """
        raw = np.asarray(raw_waveforms)
        unit = unit_index if spike_channel_index is None else spike_channel_index
        self.unit_signal_channel(unit)  # complains of a unit that is not there
        gains = self._wire_gains[unit]
        if raw.ndim != 3 or raw.shape[1] != len(gains) or (gains == gains[0]).all():
            return super().rescale_waveforms_to_float(raw, dtype, unit)
        return (raw * gains[:, None]).astype(float_dtype(dtype), copy=False)

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        path = Path(self.filename)
        paths = find_paths(path, self.include_filenames, self.exclude_filenames, self._warn)
        lenient = os.path.isdir(path) and not self.include_filenames
        found = open_files(paths, lenient, self._warn)
        entities = find_entities(found, self._warn)
        notes = Notes()
        self._find_signals([e for e in entities if e.kind == "ncs"], notes)
        self._find_points([e for e in entities if e.kind != "ncs"], notes)
        for sentence in notes.sentences():
            self._warn(sentence)
        self._place()
        self._unit_signals = tables.signal_of_units(self._units, self._channels)
        warn = self._warn
        self._wire_gains = [
            tables.gains_of(u.points.entity.header, layout.ELECTRODES[u.points.entity.kind], warn)
            for u in self._units
        ]
        self.header = make_header(
            [len(self._t_start)],
            tables.stream_table(self._streams),
            tables.channel_table(self._channels, self._streams, warn),
            tables.unit_table(self._units, warn),
            tables.event_table(self._events),
        )

    def _find_signals(self, entities: list[Entity], notes: Notes) -> None:
        total = sum(data.file.size for entity in entities for data in entity.files)
        indexer = Indexer(total, self._tolerance, notes)
        self._channels = find_channels(entities, indexer, notes)
        self._streams = find_streams(self._channels, self._warn)

    def _find_points(self, entities: list[Entity], notes: Notes) -> None:
        self._points: list[Points] = []
        self._units: list[PointChannel] = []
        self._events: list[PointChannel] = []
        for entity in entities:
            points = Points(entity, self.use_cache)
            if len(points.codes) > MOST_CODES:
                notes.add(
                    "{files}: " + f"more than {MOST_CODES} different units or kinds of events, "
                    "so the file is damaged; left out.",
                    entity.header.path.name,
                )
                continue
            self._points.append(points)
            kept = self._events if entity.kind == "nev" else self._units
            kept += [PointChannel(points, code) for code in range(len(points.codes))]
            if points.unwritten:
                notes.add(
                    "{files}: " + f"the last {points.unwritten} records are zeros and are left "
                    "out; was the recorder stopped by force?",
                    entity.header.path.name,
                )
            if points.damaged:
                notes.add(
                    "{files}: " + f"{points.damaged} records are left out since their timestamps "
                    "are no times.",
                    entity.header.path.name,
                )

    def _place(self) -> None:
        """Cut segments, give each its points, and find from when to when it lasts."""
        extent = total_extent(self._points)
        starts = [int(stream.timing.start.min()) for stream in self._streams]
        origin = min(starts + ([extent[0]] if extent else []), default=0)
        self._zero = 0 if self.keep_original_times else origin
        self._offset = (origin - self._zero) / MICROSECONDS
        self._recorded = recorded_at(self._channels, self._points, self._zero, self._warn)
        segments = cut_into_segments([stream.runs(origin) for stream in self._streams])
        windows = make_windows(segments, origin)
        for points in self._points:
            points.sort(windows, self._zero)
        self._pieces = segments.pieces
        self._t_start, self._t_stop = self._extents(
            segments.t_start + self._offset, segments.t_stop + self._offset
        )

    def _extents(self, start: np.ndarray, stop: np.ndarray) -> tuple[list[float], list[float]]:
        """Return from when to when segments last, by those of their signals."""
        if not len(start):
            start, stop = np.full(1, np.inf), np.full(1, -np.inf)
        for channel in (*self._units, *self._events):
            first, last = channel.points.extents(channel.code)
            start, stop = np.fmin(start, first), np.fmax(stop, last)
        nothing = start > stop
        start, stop = np.where(nothing, 0.0, start), np.where(nothing, 0.0, stop)
        # A single moment lasts as long as its tick.
        least = np.nextafter(start + 1 / MICROSECONDS, np.inf)
        return start.tolist(), np.where(start == stop, least, stop).tolist()

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- segments --------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._t_start[seg_index]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._t_stop[seg_index]

    # -- signals ---------------------------------------------------------------------------------

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return int(self._pieces[stream_index].size[seg_index])

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return float(self._pieces[stream_index].t_start[seg_index]) + self._offset

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        members = np.array(self._streams[stream_index].members, np.intp)[channels]
        chosen = [self._channels[c] for c in members.tolist()]
        pieces = self._pieces[stream_index]
        run = int(pieces.run[seg_index])
        skip = int(pieces.first[seg_index]) + i_start
        starts = [int(channel.timing.first[run]) + skip for channel in chosen]
        return read_channels(chosen, starts, i_stop - i_start, self._unexpected)

    def _unexpected(self, name: str) -> None:
        self._warn(
            f"{name}: a record is not full though the next one comes as if it were; what lies "
            "behind its valid samples is shown as signal."
        )

    # -- spikes ----------------------------------------------------------------------------------

    def _rows(
        self, channel: PointChannel, seg_index: int, t_start: float | None, t_stop: float | None
    ) -> slice:
        rows = channel.points.within(seg_index, channel.code)
        ticks = channel.points.since_zero(rows)
        some = time_slice(ticks, MICROSECONDS, t_start, t_stop)
        return slice(rows.start + some.start, rows.start + some.stop)

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        rows = self._rows(self._units[unit_index], seg_index, None, None)
        return rows.stop - rows.start

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        unit = self._units[unit_index]
        return unit.points.ticks(self._rows(unit, seg_index, t_start, t_stop))

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return ((timestamps - self._zero) / MICROSECONDS).astype(dtype, copy=False)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        unit = self._units[unit_index]
        return unit.points.waveforms(self._rows(unit, seg_index, t_start, t_stop))

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        rows = self._rows(self._events[event_channel_index], seg_index, None, None)
        return rows.stop - rows.start

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        channel = self._events[event_channel_index]
        rows = self._rows(channel, seg_index, t_start, t_stop)
        return channel.points.ticks(rows), None, channel.points.labels(rows)

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._rescale_spike_timestamp(timestamps, dtype)


def _listed(names: Names) -> list[str | os.PathLike[str]]:
    """Return names as a list, whether one is given, several or none."""
    if names is None or names == "":
        return []
    if isinstance(names, (str, os.PathLike)):
        return [names]
    return list(names)


def _tolerance(gap_ms: float | None, strict: bool | None) -> Tolerance:
    if gap_ms is not None:
        if not gap_ms >= 0:
            raise OptionError(f"gap_tolerance_ms is {gap_ms}; it must not be negative.")
        return Tolerance(least_us=1e3 * gap_ms)
    if strict is None:
        return Tolerance()
    return Tolerance(samples=0.2 if strict else 128.0)

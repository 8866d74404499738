"""`BlackrockRawIO`: Blackrock NSx and NEV recordings."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events, time_slice
from rawio.base import BaseRawIO, Place
from rawio.blackrock import fileset, layout, tables
from rawio.blackrock.dating import recorded_at
from rawio.blackrock.events import labels_of
from rawio.blackrock.loading import Wish, load
from rawio.blackrock.placing import Nev, place
from rawio.errors import OptionError, SelectionError
from rawio.header import make_header
from rawio.selection import Selection


class BlackrockRawIO(BaseRawIO):
    """Blackrock recordings, NSx and NEV versions 2.1, 2.2, 2.3 and 3.0, with a PTP clock or not.

    Parameters
    ----------
    filename : path-like
        Any file of a recording, or their name without an ending: ``name.nev`` and ``name.ns1`` to
        ``name.ns6`` are one recording.
    nsx_override, nev_override : path-like, optional
        Look for the signals, or for spikes and events, under this name instead.
    nsx_to_load : int, list of int, 'max' or 'all', optional
        Which .nsX files to load; all if not given.
    load_nev : bool
        Whether to load spikes and events. Of an NSx 2.1 the .nev has the gains; they are taken in
        any case.
    gap_tolerance_ms : float, optional
        Timestamps of successive samples that are further apart than this are a gap, if they are
        more than two sampling intervals apart. If not given, the latter are a gap, and so is the
        second of two samples that are lost one by one.
    use_cache : bool
        Keep the index of a large .nev in the user's cache directory (`rawio.cache`), so that the
        next reader of it need not scan it. The recording itself is never written to.
    verbose : bool
        Accepted for compatibility, of no effect.

    Attributes
    ----------
    clock_origin : int
        Whole seconds of the files' clock at which our times are 0. It is 0 unless timestamps count
        from 1970 (PTP): those are 10^18 ns, more than a float64 holds exactly, so times are then
        seconds from the start of the second in which the recording starts. Raw timestamps of
        spikes and events are those of the file.

    Notes
    -----
    A stream is an .nsX file; its id is its number. Packets that follow each other without a gap
    are one segment; a gap in any stream starts a new one in all, and so does a clock that was set
    back (see `rawio.blackrock.runs`). What is between two segments belongs to the former. Where
    the timestamps of a PTP clock and the nominal sampling rate grow apart, the rate is that of the
    timestamps.

    Units are the sorted units (1 to 16), the unsorted spikes (0) and the noise (255) of every
    electrode that has any. ``wf_left_sweep`` is 10, Central's default; files do not note it.

    Event channels are those of the version (inputs and comments), and others that have events.
    Labels are the value of an input, the text of a comment or change, the number of a video frame
    or tracked node, else a code. Durations are None.
    """

    name: ClassVar[str] = "Blackrock"
    description: ClassVar[str] = (
        "Blackrock recordings (.ns1 to .ns6, .nev): signals, spikes, waveforms and events"
    )
    extensions: ClassVar[list[str]] = [*(f"ns{k}" for k in range(1, 7)), "nev"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "multi-file"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        nsx_override: str | os.PathLike[str] | None = None,
        nev_override: str | os.PathLike[str] | None = None,
        nsx_to_load: int | str | Sequence[int] | None = None,
        load_nev: bool = True,
        verbose: bool = False,
        gap_tolerance_ms: float | None = None,
        use_cache: bool = True,
    ) -> None:
        super().__init__(filename)
        self.nsx_override = nsx_override
        self.nev_override = nev_override
        self.nsx_to_load = nsx_to_load
        self.load_nev = load_nev
        self.gap_tolerance_ms = gap_tolerance_ms
        self.use_cache = use_cache
        self.clock_origin = 0

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether `head` starts as an NSx or NEV file of version 2.1 to 3.0 does."""
        return head.startswith(layout.NSX_MAGICS + layout.NEV_MAGICS)

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the .nev of the recording that `path` is of, or the first .nsX if it has none."""
        return Place(fileset.main_file(path))

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        That is the signal of its electrode; of several the one of the highest rate.

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

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        tolerance = self._checked_tolerance()
        files = load(
            self.filename,
            fileset.find_files(self.filename, self.nsx_override, self.nev_override),
            Wish(self.nsx_to_load, self.load_nev, tolerance, self.use_cache),
            self._warn,
        )
        self._files, self.clock_origin = files, files.clock_origin
        self._streams = list(files.streams.values())
        origins = [s.header.time_origin for s in self._streams]
        origins += [files.nev_header.time_origin] if files.nev_header else []
        self._recorded = recorded_at(origins, files.clock_origin, self._warn)
        self._placed = place(
            [s.runs for s in self._streams],
            [s.runs.seconds(files.origin_of(s)) for s in self._streams],
            files.nev,
            self._warn,
        )
        streams, channels, buffers = tables.signal_tables(
            files.streams, files.nev_header, self._warn
        )
        units = None
        if self._placed.index is not None and files.nev is not None:
            keys = self._placed.index.keys
            self._unit_series = tables.unit_order(files.nev.header, keys)
            self._unit_keys = keys[self._unit_series]
            self._unit_signals = tables.signal_of_units(self._unit_keys, channels)
            units = tables.unit_table(files.nev.header, self._unit_keys, self._warn)
            self._warn_of_points(files.nev)
        self.header = make_header(
            [len(self._placed.t_start)],
            streams,
            channels,
            units,
            tables.event_table(self._placed.events.names),
            buffers,
        )

    def _checked_tolerance(self) -> float | None:
        if self.gap_tolerance_ms is None:
            return None
        try:
            tolerance = float(self.gap_tolerance_ms)
        except (TypeError, ValueError):
            tolerance = -1.0
        if not tolerance >= 0:
            raise OptionError(
                f"{self.filename}: gap_tolerance_ms is {self.gap_tolerance_ms!r}; give "
                "milliseconds."
            )
        return tolerance

    def _warn_of_points(self, nev: Nev) -> None:
        facts = nev.index.facts
        left = (nev.file.size - nev.header.data_start) % nev.header.packet_bytes
        if left:
            self._warn(
                f"{nev.file.path.name}: the last {left} bytes are no whole packet and are left "
                "out; was the file cut?"
            )
        if facts["unwritten"]:
            self._warn(
                f"{nev.file.path.name}: the last {facts['unwritten']} packets are zeros and are "
                "left out; was the recorder stopped by force?"
            )
        if facts["ignored"]:
            self._warn(
                f"timestamps in the .nev go back by more than a second {facts['ignored']} times, "
                "too often to be resets of the clock; spikes and events were sorted by time."
            )
        for what in self._placed.events.left_out:
            self._warn(f"the .nev has {what}, which are left out.")

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- segments --------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._placed.t_start[seg_index]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._placed.t_stop[seg_index]

    # -- signals ---------------------------------------------------------------------------------

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return int(self._placed.pieces[stream_index].size[seg_index])

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return float(self._placed.pieces[stream_index].t_start[seg_index])

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        first = int(self._placed.pieces[stream_index].first[seg_index])
        samples = self._streams[stream_index].samples
        return samples.read(first + i_start, first + i_stop, channels)

    # -- spikes ----------------------------------------------------------------------------------

    @property
    def _nev(self) -> Nev:
        assert self._files.nev is not None  # units and event channels come from it
        return self._files.nev

    def _spike_rows(
        self, seg_index: int, unit_index: int, t_start: float | None, t_stop: float | None
    ) -> slice:
        series = int(self._unit_series[unit_index])
        rows = self._placed.bounds.rows(self._placed.spikes, series, seg_index)
        return self._between(self._placed.spikes.tick, rows, t_start, t_stop)

    def _between(
        self, ticks: np.ndarray, rows: slice, t_start: float | None, t_stop: float | None
    ) -> slice:
        """Return those of `rows` that are within time limits."""
        if t_start is None and t_stop is None:
            return rows
        shift = self._nev.shift
        some = time_slice(
            ticks[rows],
            self._nev.header.resolution,
            None if t_start is None else t_start - shift,
            None if t_stop is None else t_stop - shift,
        )
        return slice(rows.start + some.start, rows.start + some.stop)

    def _in_file(self, ticks: np.ndarray) -> np.ndarray:
        """Return the timestamps of the file from those of the index."""
        return ticks + self._nev.index.base * self._nev.header.resolution

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        rows = self._spike_rows(seg_index, unit_index, None, None)
        return rows.stop - rows.start

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        rows = self._spike_rows(seg_index, unit_index, t_start, t_stop)
        return self._in_file(self._placed.spikes.tick[rows])

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        if self._files.nev is None:
            raise SelectionError(f"{self.filename}: no spikes are loaded that could have times.")
        header = self._nev.header
        zero = (self._nev.index.base - self._nev.shift) * header.resolution
        # Whole numbers are taken apart before they are made floats, which hold 53 bits.
        return ((timestamps - zero) / float(header.resolution)).astype(dtype, copy=False)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        header = self._nev.header
        dtype, points = header.waveform(int(self._unit_keys["electrode"][unit_index]))
        if not points:
            return None
        rows = self._spike_rows(seg_index, unit_index, t_start, t_stop)
        assert self._placed.index is not None
        frames = header.part_of_packets(self._nev.file, header.payload, points, dtype)
        return frames.pick(self._placed.index.packet[rows])[:, None, :]

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        points = self._placed.events.points
        rows = self._placed.bounds.rows(points, event_channel_index, seg_index)
        return rows.stop - rows.start

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        events = self._placed.events
        rows = self._placed.bounds.rows(events.points, event_channel_index, seg_index)
        rows = self._between(events.points.tick, rows, t_start, t_stop)
        assert self._placed.index is not None
        packets = self._placed.index.events[events.rows[rows]]
        name = events.names[event_channel_index]
        labels = labels_of(name, packets, self._nev.file, self._nev.header)
        return self._in_file(events.points.tick[rows]), None, labels

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self._rescale_spike_timestamp(timestamps, dtype)

    def _rescale_epoch_duration(
        self, durations: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return (durations / float(self._nev.header.resolution)).astype(dtype, copy=False)

"""`NeuroScopeRawIO`: sessions of NeuroScope, Klusters and NDManager."""

import os
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events as EventArrays
from rawio._points import time_slice
from rawio.base import BaseRawIO, Place
from rawio.errors import EmptyFileError, FormatError, MissingFileError, RawIOError
from rawio.files import RawFile
from rawio.header import make_header
from rawio.neuroscope import tables
from rawio.neuroscope.parameters import Parameters, is_parameter_file, read_parameters
from rawio.neuroscope.session import (
    XML,
    Session,
    companion_xml,
    find_session,
    has_companions,
    is_intans,
)
from rawio.neuroscope.signals import Stream, open_streams, system_of
from rawio.neuroscope.spikes import Group, read_group
from rawio.neuroscope.texts import Events, read_events
from rawio.selection import Selection

EVENT_FREQUENCY = 1e9
EVENT_BYTES = 1 << 30
"""A longer file of events is none."""


class NeuroScopeRawIO(BaseRawIO):
    """A session of NeuroScope: a parameter file and the files of its name beside it.

    Parameters
    ----------
    filename : path-like
        The parameter file (``.xml``, which may be left out), one of the files of samples, or a
        folder that holds one session or one of its own name.
    binary_file : path-like or None
        The only file of samples to be read, wherever it is; None for those of the session's name.

    Attributes
    ----------
    parameters : rawio.neuroscope.parameters.Parameters or None
        What the parameter file says, among it ``anatomical_groups``, ``skipped_channels`` and
        ``spike_groups``; None before `parse_header`.

    Notes
    -----
    Every file of samples is a stream, the one that was asked for by name first, then ``.dat``,
    ``.lfp``, ``.eeg``, ``.fil`` and others that the parameter file gives a rate. All start at 0 s
    and have the same channels: channel 3 of each is called ``ch3grp1`` when it is in the second
    anatomical group. Values are millivolts, ``(raw - offset) * voltageRange / 2**nBits /
    amplification``.

    Units are the clusters of each group of spikes; ``clu2#5`` is cluster 5 of group 2. Clusters 0
    (artefacts) and 1 (noise) are called so in their names. Spikes without a ``.clu`` are one unit.
    Timestamps are sample numbers of the ``.dat``, waveforms those of the ``.spk``.

    Event channels are the ``.evt`` files; timestamps are nanoseconds, durations None.

    In `raw_annotations`, signals have ``anatomical_group`` (-1 for none) and ``skip`` of each
    channel.
    """

    name: ClassVar[str] = "NeuroScope"
    description: ClassVar[str] = "NeuroScope sessions (.xml with .dat, .lfp, .eeg, spikes, events)"
    extensions: ClassVar[list[str]] = ["xml", "dat", "lfp", "eeg"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-file"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        binary_file: str | os.PathLike[str] | None = None,
    ) -> None:
        super().__init__(filename)
        self.binary_file = binary_file
        self.parameters: Parameters | None = None

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether a file is a parameter file or lies beside its own."""
        if path.suffix.lower() == XML:
            return is_parameter_file(head)
        return companion_xml(path) is not None

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the parameter file of a file's session, None where only that is left of it."""
        if path.suffix.lower() != XML:
            xml = companion_xml(path)
            return None if xml is None else Place(xml)
        return None if is_intans(path) or not has_companions(path) else Place(path)

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        That is the channel of its group on which the mean of some of its waveforms is greatest, in
        the ``.dat`` if there is one.

        Returns
        -------
        int or None
            None when the group has several channels and no waveforms.

        Raises
        ------
        SelectionError
            When there is no such unit.
        """
        super().unit_signal_channel(unit_index)
        if unit_index not in self._unit_channels:
            group, unit = self._units[unit_index]
            self._unit_channels[unit_index] = self._row_of(group.channel(unit))
        return self._unit_channels[unit_index]

    def _annotate(self, tree: dict[str, Any]) -> None:
        assert self.parameters is not None
        tables.annotate(tree, self.parameters)

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        self.parameters = None
        self._unit_channels: dict[int, int | None] = {}
        session = find_session(self.filename, self.binary_file)
        parameters = read_parameters(RawFile(session.xml))
        system = system_of(session.xml, parameters, self._warn)
        self._streams = open_streams(session, parameters, system, self._warn)
        self._clock = system.rate or 0.0
        self._groups = self._read_groups(session, parameters, system.dtype)
        self._events = self._read_events(session)
        if not self._streams and not self._groups and not self._events:
            left_out = [w for w in self.warnings if w.endswith("left out.")]
            if left_out:
                raise FormatError(f"{session.xml}: nothing beside it can be read; {left_out[0]}")
            raise MissingFileError(
                f"{session.xml}: no file of samples, spikes or events of this name lies beside it "
                f"({session.base}.dat, .lfp, .eeg ...)."
            )
        self._units = [(group, unit) for group in self._groups for unit in range(group.n_units)]
        tables.check_channels(parameters, system.n_channels, self._warn)
        self._place_in_time()
        streams, channels, buffers = tables.signal_tables(self._streams, system, parameters)
        self.header = make_header(
            [1],
            streams,
            channels,
            tables.unit_table(self._units, system),
            tables.event_table([name for name, _ in self._events]),
            buffers,
        )
        self.parameters = parameters

    def _read_groups(
        self, session: Session, parameters: Parameters, dtype: np.dtype
    ) -> list[Group]:
        files = session.spike_files()
        if files and not self._clock:
            self._warn(
                "the .xml has no acquisitionSystem/samplingRate, without which spikes have no "
                "times; they are left out."
            )
            return []
        found = (
            read_group(number, paths, parameters, dtype, self._warn)
            for number, paths in files.items()
        )
        return [group for group in found if group is not None]

    def _read_events(self, session: Session) -> list[tuple[str, Events]]:
        found = []
        for name, path in session.event_files().items():
            try:
                file = RawFile(path)
            except EmptyFileError:  # no event so far
                found.append((name, Events(np.empty(0, np.int64), np.empty(0, np.int32), [])))
                continue
            except RawIOError as error:
                self._warn(f"{error} Its events are left out.")
                continue
            if file.size > EVENT_BYTES:
                self._warn(f"{path.name} has {file.size} bytes, too many for a file of events.")
                continue
            found.append((name, read_events(file, self._warn)))
        return found

    def _place_in_time(self) -> None:
        """Find the time of the first and the end of the last thing."""
        ends = [stream.seconds for stream in self._streams]
        starts = [0.0] if ends else []
        points = [(group.ticks, self._clock) for group in self._groups]
        points += [(events.ticks, EVENT_FREQUENCY) for _, events in self._events]
        recorded = max(ends, default=None)
        for ticks, frequency in points:
            if len(ticks):
                starts.append(int(ticks.min()) / frequency)
                ends.append((int(ticks.max()) + 1) / frequency)
        self._t_start = min(starts, default=0.0)
        self._t_stop = max(ends, default=0.0)
        if recorded is not None and self._t_stop > recorded + 1:
            self._warn(
                f"spikes or events go on until {self._t_stop:.3f} s, samples end at "
                f"{recorded:.3f} s; is the file of samples cut?"
            )

    def _row_of(self, channel: int | None) -> int | None:
        """Return the row of a channel in the stream that spikes come from."""
        if channel is None or not self._streams:
            return None
        if not 0 <= channel < self._streams[0].frames.n_columns:
            return None
        rates = [(s.extension == "dat", s.rate) for s in self._streams]
        return rates.index(max(rates)) * self._streams[0].frames.n_columns + channel

    # -- segments and signals ----------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._t_start

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._t_stop

    def _stream(self, stream_index: int) -> Stream:
        return self._streams[stream_index]

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._stream(stream_index).frames.size

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return 0.0

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        return self._stream(stream_index).frames.read(i_start, i_stop, channels)

    # -- spikes ------------------------------------------------------------------------------------

    def _spikes(self, unit_index: int, t_start: float | None, t_stop: float | None) -> slice:
        group, unit = self._units[unit_index]
        where = group.spikes(unit)
        some = time_slice(group.ticks[where], self._clock, t_start, t_stop)
        return slice(where.start + some.start, where.start + some.stop)

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        group, unit = self._units[unit_index]
        where = group.spikes(unit)
        return where.stop - where.start

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        group, _ = self._units[unit_index]
        return group.ticks[self._spikes(unit_index, t_start, t_stop)].copy()

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return (timestamps / self._clock).astype(dtype, copy=False)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        group, _ = self._units[unit_index]
        if group.waveforms is None:
            return None
        return group.waveforms.read(group.rows[self._spikes(unit_index, t_start, t_stop)])

    # -- events ------------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        return len(self._events[event_channel_index][1].ticks)

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> EventArrays:
        events = self._events[event_channel_index][1]
        rows = time_slice(events.ticks, EVENT_FREQUENCY, t_start, t_stop)
        return events.ticks[rows].copy(), None, events.labels_of(rows)

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return (timestamps / EVENT_FREQUENCY).astype(dtype, copy=False)

"""`OpenEphysBinaryRawIO`: recordings of the Open Ephys GUI in its "Binary" format."""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events
from rawio.base import BaseRawIO, Place
from rawio.errors import OptionError, RawIOError, UnreadableFileError
from rawio.header import make_header
from rawio.openephys.events import EventChannel, event_table
from rawio.openephys.folders import DATA, OEBIN, chosen, find_folders, folder_above, session_of
from rawio.openephys.notes import Notes
from rawio.openephys.probes import read_probe
from rawio.openephys.session import read_session
from rawio.openephys.spikes import Unit, common_clock, in_clock, unit_table
from rawio.selection import Selection
from rawio.texts import plain

PathLike = str | os.PathLike[str]


class OpenEphysBinaryRawIO(BaseRawIO):
    """Folders of the Open Ephys GUI's "Binary" format, versions 0.4 to 1.

    Parameters
    ----------
    filename : path-like
        A session, a record node, an experiment or a recording; or a file in a recording, such as
        ``structure.oebin`` or ``continuous.dat``, for all of that recording.
    experiment_names : str, iterable of str, or None
        Experiments to read, such as ``"experiment2"``; None reads all.
    load_sync_channel : bool or None
        What becomes of the SYNC channel of Neuropixels probes: None makes a stream of its own,
        True leaves it in the stream it is recorded with, False leaves it out.
    load_sync_timestamps : bool
        Place streams in time by the GUI's synchronised timestamps (see Notes).
    dirname : path-like
        neo's name of `filename`.

    Attributes
    ----------
    folder_structure : dict or None
        Record nodes, experiments, recordings and their streams, nested as neo nests them.

    Notes
    -----
    Experiments (start and stop of acquisition) are blocks. Recordings (start and stop of
    recording) are segments; so is what follows samples that were lost, or a clock set back.

    *Time* is the sample number of a stream, which counts from the start of acquisition, divided by
    its sampling rate; signals, TTL events and spikes of a stream are on that one clock, messages
    on that of the record node's main stream. Clocks of different devices start a little apart and
    drift; ``load_sync_timestamps=True`` moves each stream, with its events and spikes, by whole
    samples to where the synchronised timestamps have its first row, in all streams of an
    experiment or in none. When the clocks differ, a warning says by how much.

    *Streams* have neo's names and ids: ``Record Node 101#Acquisition_Board-100.Rhythm Data``, with
    ``_ADC`` for its analog inputs and ``SYNC`` for its SYNC channel. Values are ``raw * bit_volts``
    in the units of the file.

    *Event channels* are those of ``structure.oebin``. Of TTL lines they are epochs from an edge up
    to the next edge down of the same line, with the number of the line as label.

    *Units* are the clusters of each electrode, by electrode and cluster. The id is
    ``el{electrode}#{cluster}``; cluster 0, spikes that were not sorted, bears the electrode's name.
    Timestamps are sample numbers, where electrodes are of different sampling rates those of a rate
    of which each is a whole part.
    """

    name: ClassVar[str] = "Open Ephys"
    description: ClassVar[str] = (
        "Open Ephys GUI, binary format (structure.oebin): signals, spikes, waveforms and events"
    )
    extensions: ClassVar[list[str]] = ["oebin", "dat"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-dir"
    opens_parts: ClassVar[bool] = True

    def __init__(
        self,
        filename: PathLike | None = None,
        experiment_names: str | Iterable[str] | None = None,
        load_sync_channel: bool | None = None,
        load_sync_timestamps: bool = False,
        *,
        dirname: PathLike | None = None,
    ) -> None:
        path = dirname if filename is None else filename
        if path is None or None not in (filename, dirname):
            raise OptionError("a recording is named by filename or by dirname, by one of them.")
        super().__init__(path)
        self.dirname = self.filename
        if isinstance(experiment_names, str):
            experiment_names = [experiment_names]
        self.experiment_names = None if experiment_names is None else list(experiment_names)
        self.load_sync_channel = load_sync_channel
        self.load_sync_timestamps = load_sync_timestamps
        self.folder_structure: dict[str, Any] | None = None

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether the file is a ``structure.oebin``, or a ``continuous.dat`` below one."""
        if path.name == OEBIN:
            return plain(head).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        return path.name == DATA and folder_above(path) is not None

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the session: the folder of all record nodes and experiments."""
        folder = folder_above(path)
        return None if folder is None else Place(session_of(folder))

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return the row of ``header['signal_channels']`` that a unit was detected on.

        Of several channels of an electrode, that is the first.

        Returns
        -------
        int or None
            None when that channel was not recorded.

        Raises
        ------
        SelectionError
            When there is no such unit.
        """
        super().unit_signal_channel(unit_index)
        return self._units[unit_index].row

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        self.folder_structure = None
        notes = Notes(self._warn)
        try:
            folders = chosen(
                find_folders(Path(self.filename)), self.experiment_names, self.filename
            )
            session = read_session(
                folders, self.load_sync_channel, self.load_sync_timestamps, notes
            )
        except OSError as error:
            if isinstance(error, RawIOError):
                raise
            raise UnreadableFileError(f"{self.filename}: cannot be read ({error}).") from None
        notes.close()
        self._session = session
        self._units: list[Unit] = session.units
        self._clock = common_clock(unit.rate for unit in session.units)
        self._events: list[EventChannel] = session.events
        self.folder_structure = session.structure
        self.header = make_header(
            [len(places) for places in session.places],
            session.tables.streams,
            session.tables.channels,
            unit_table(session.units),
            event_table(session.events),
            session.tables.buffers,
        )

    def _recorded_at(self) -> datetime | None:
        return self._session.recorded_at

    # -- segments --------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        take, segment = self._session.places[block_index][seg_index]
        return self._session.extents[take][0][segment]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        take, segment = self._session.places[block_index][seg_index]
        return self._session.extents[take][1][segment]

    # -- signals ---------------------------------------------------------------------------------

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        take, segment = self._session.places[block_index][seg_index]
        source = self._session.tables.parts[stream_index].source
        return int(self._session.cuts[take].size[segment, source])

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        take, segment = self._session.places[block_index][seg_index]
        source = self._session.tables.parts[stream_index].source
        cut = self._session.cuts[take]
        if not cut.size[segment, source]:
            return self._segment_t_start(block_index, seg_index)
        return int(cut.tick[segment, source]) / self._session.sources[source].rate

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        session = self._session
        take, segment = session.places[block_index][seg_index]
        part = session.tables.parts[stream_index]
        columns = part.columns[channels]
        if i_start == i_stop:
            return np.empty((0, len(columns)), dtype=np.int16)
        first = int(session.cuts[take].row[segment, part.source])
        frames = session.takes[take].frames[part.source]
        return frames.read(first + i_start, first + i_stop, columns)

    # -- spikes ----------------------------------------------------------------------------------

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        take, segment = self._session.places[block_index][seg_index]
        points = self._units[unit_index].points.get(take)
        return 0 if points is None else points.count(segment)

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        take, segment = self._session.places[block_index][seg_index]
        unit = self._units[unit_index]
        if take not in unit.points:
            return np.empty(0, dtype=np.int64)
        points = unit.points[take]
        some = points.between(segment, unit.rate, t_start, t_stop)
        return in_clock(points.tick[some], unit.rate, self._clock)

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
        take, segment = self._session.places[block_index][seg_index]
        unit = self._units[unit_index]
        waveforms = unit.waveforms.get(take)
        if waveforms is None:
            return None
        points = unit.points[take]
        places = points.order[points.between(segment, unit.rate, t_start, t_stop)]
        return waveforms.read(places)

    # -- events ----------------------------------------------------------------------------------

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        take, segment = self._session.places[block_index][seg_index]
        points = self._events[event_channel_index].points.get(take)
        return 0 if points is None else points.count(segment)

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        take, segment = self._session.places[block_index][seg_index]
        channel = self._events[event_channel_index]
        if take not in channel.points:
            none = np.empty(0, dtype=np.int64)
            return none, none.copy() if channel.is_epoch else None, np.empty(0, dtype="U1")
        points = channel.points[take]
        some = points.between(segment, channel.rate, t_start, t_stop)
        durations = channel.durations[take]
        return (
            points.tick[some].copy(),
            None if durations is None else durations[some].copy(),
            channel.labels[take][some].astype("U"),
        )

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        rate = self._events[event_channel_index].rate
        return (timestamps / rate).astype(dtype, copy=False)

    # -- probes ----------------------------------------------------------------------------------

    def _get_probe(self, stream_index: int) -> Any | None:
        part = self._session.tables.parts[stream_index]
        if part.kind:
            return None
        source = self._session.sources[part.source]
        settings, is_old = self._session.settings[part.source]
        names = [source.channels[column].name for column in part.columns.tolist()]
        n_contacts = len(names) - ("SYNC" in names[-1])
        return read_probe(settings, source.folder, is_old, n_contacts, self._warn)

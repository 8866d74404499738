"""`SpikeGLXRawIO`: SpikeGLX recordings."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from rawio._points import Events, time_slice
from rawio.base import BaseRawIO, Place
from rawio.edges import Budget
from rawio.errors import OptionError, RawIOError
from rawio.header import make_header
from rawio.selection import Selection
from rawio.spikeglx.dating import recorded_at
from rawio.spikeglx.digital import DigitalWords
from rawio.spikeglx.folders import home_of, is_spikeglx
from rawio.spikeglx.lines import find_lines
from rawio.spikeglx.meta import is_meta
from rawio.spikeglx.names import parse_name
from rawio.spikeglx.probes import probe_of
from rawio.spikeglx.recording import open_file, open_folder
from rawio.spikeglx.streams import StreamFile
from rawio.spikeglx.tables import event_table, make_streams, signal_tables


class SpikeGLXRawIO(BaseRawIO):
    """SpikeGLX recordings: Neuropixels probes of all phases, NI-DAQ and OneBox.

    Parameters
    ----------
    filename : path-like
        A folder (of a run, of a probe, or any above them): the run whose .bin and .meta files lie
        in it or below it. Or one .bin or .meta: that file alone, one stream of one segment.
    run : str, optional
        Which run, where a folder holds several; CatGT's ``NAME_gG_tcat`` files are called
        ``NAME_tcat``.
    load_digital_events : bool, optional
        Which bits of digital words are event channels: all (True), none (False), or all but those
        of the probes' status words (None), which lie in large files.
    load_channel_location : bool
        Put the positions of contacts into `raw_annotations`: ``channel_location_0`` and
        ``channel_location_1`` of signals, in micrometres.
    load_sync_channel : bool
        Leave SY channels in the streams of their files instead of streams of their own.
    use_cache : bool
        Keep found events in the user's cache directory (`rawio.cache`). The recording itself is
        never written to.
    dirname : path-like, optional
        Another name of `filename`.

    Attributes
    ----------
    signals_info_list : list of dict
        For each file, what SpikeInterface asks for: ``stream_name``, ``meta_file``, ``bin_file``,
        ``seg_index`` and others.

    Notes
    -----
    A segment is what was written at one time: one gate and trigger, in this order. Streams are
    named after their files (``imec0.ap``, ``imec0.lf``, ``nidq``, ``obx0``), the fastest first;
    SY words are in streams called ``imec0.ap-SYNC``. Times count from the start of the
    acquisition by each device's own clock: ``firstSample / rate``.

    Voltages are ``i * Vmax / Imax / gain`` of the metadata guide, in uV for probes and V for
    others; words of bits have no units. Gains of 1.0 probes are those of each channel in the
    readout table.

    Event channels are digital lines (NI-DAQ: ``XD0``; OneBox: ``obx0 XD0``) and bits of status
    words (``imec0.ap SY0 sync``); events are their edges, labelled ``XD0 ON`` and ``XD0 OFF``, and
    have no durations. A line that is on when the file starts has no edge there. Timestamps are
    samples since the start of the acquisition.

    Nothing of the samples is read by `parse_header`. Edges are found when they are asked for:
    `event_timestamps` reads the part of the file between its limits, `event_count` all of the
    segment's file, once; what is found is kept.
    """

    name: ClassVar[str] = "SpikeGLX"
    description: ClassVar[str] = "SpikeGLX recordings (.bin and .meta): Neuropixels, NI-DAQ, OneBox"
    extensions: ClassVar[list[str]] = ["meta", "bin"]
    rawmode: ClassVar[Literal["one-file", "multi-file", "one-dir"]] = "one-dir"

    def __init__(
        self,
        filename: str | os.PathLike[str] = "",
        run: str | None = None,
        load_digital_events: bool | None = None,
        load_channel_location: bool = False,
        load_sync_channel: bool = False,
        use_cache: bool = True,
        dirname: str | os.PathLike[str] = "",
    ) -> None:
        given = [os.fspath(path) for path in (filename, dirname) if os.fspath(path)]
        if len(given) != 1:
            raise OptionError("a SpikeGLX recording is one filename (dirname is the same).")
        super().__init__(given[0])
        self.dirname = self.filename
        self.run = run
        self.load_digital_events = load_digital_events
        self.load_channel_location = load_channel_location
        self.load_sync_channel = load_sync_channel
        self.use_cache = use_cache
        self.signals_info_list: list[dict[str, Any]] = []

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether the file is a .meta of SpikeGLX, or a .bin or .cbin with one."""
        suffix = path.suffix.lower()
        if suffix == ".meta":
            return is_meta(head)
        if suffix == ".cbin" and parse_name(path.stem).label:
            return True
        return suffix in (".bin", ".cbin") and is_spikeglx(path.with_suffix(".meta"))

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the run that a file is of: its folder, and its name where there are several.

        The folder is that of the run, or the one above it when there are folders of other gates;
        None is returned for a .meta without samples.
        """
        try:
            if path.suffix.lower() == ".meta":
                data = (path.with_suffix(suffix) for suffix in (".bin", ".BIN", ".cbin"))
                if not any(other.is_file() for other in data):
                    return None
            folder, run = home_of(path)
        except (OSError, ValueError, RawIOError):
            return Place(path)
        return Place(folder) if run is None else Place(folder, (("run", run),))

    def _annotate(self, tree: dict[str, Any]) -> None:
        if not self.load_channel_location:
            return
        for s in range(len(self._streams)):
            contacts = self.channel_contacts(s)
            if contacts is None:
                continue
            for segment in tree["blocks"][0]["segments"]:
                notes = segment["signals"][s]["__array_annotations__"]
                notes["channel_location_0"] = contacts["x"].copy()
                notes["channel_location_1"] = contacts["y"].copy()

    # -- parsing ---------------------------------------------------------------------------------

    def _parse_header(self) -> None:
        path = Path(self.filename)
        if os.path.isdir(path):
            self._recording = open_folder(path, self.run, self._warn)
        elif self.run is not None:
            raise OptionError(f"{path}: is one file; a run is chosen in a folder only.")
        else:
            self._recording = open_file(path, self._warn)
        recording = self._recording
        self._streams = make_streams(recording, self.load_sync_channel)
        self._lines = find_lines(recording, self.load_digital_events, self._warn)
        self._words = self._words_of_lines()
        self._probes: dict[int, Any] = {}
        takes = [recording.files(take) for take in range(len(recording.takes))]
        self._t_start = [min(file.t_start for file in files) for files in takes]
        self._t_stop = [max(file.t_stop for file in files) for files in takes]
        self._recorded = recorded_at(takes[0], self._warn)
        self.signals_info_list = self._infos()
        buffers, streams, channels = signal_tables(recording, self._streams)
        self.header = make_header(
            [len(recording.takes)],
            streams,
            channels,
            event_channels=event_table(self._lines),
            signal_buffers=buffers,
        )

    def _words_of_lines(self) -> dict[str, tuple[list[int], list[DigitalWords | None]]]:
        """Return for each stream with lines the columns they are in, and its files' words."""
        budget = Budget()
        columns: dict[str, list[int]] = {}
        for line in self._lines:
            there = columns.setdefault(line.label, [])
            if line.column not in there:
                there.append(line.column)
        return {
            label: (
                there,
                [
                    None
                    if file is None
                    else DigitalWords(file.frames, there, self.use_cache, budget)
                    for file in self._recording.streams[label]
                ],
            )
            for label, there in columns.items()
        }

    def _infos(self) -> list[dict[str, Any]]:
        return [
            {
                "stream_name": label,
                "seg_index": seg_index,
                "gate_num": _or_none(self._recording.takes[seg_index][0]),
                "trigger_num": _or_none(self._recording.takes[seg_index][1]),
                "meta_file": str(file.meta_path),
                "bin_file": str(file.path),
                "device_kind": file.device,
                "device": label.partition(".")[0],
                "stream_kind": label.partition(".")[2],
                "num_chan": len(file.columns),
                "channel_names": [column.name for column in file.columns],
                "channel_gains": np.array([column.gain for column in file.columns]),
                "sampling_rate": file.rate,
                "sample_length": file.frames.size,
                "first_sample": file.first_sample,
                "t_start": file.t_start,
                "t_stop": file.t_stop,
            }
            for label, files in self._recording.streams.items()
            for seg_index, file in enumerate(files)
            if file is not None
        ]

    def _recorded_at(self) -> datetime | None:
        return self._recorded

    # -- signals ---------------------------------------------------------------------------------

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._t_start[seg_index]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._t_stop[seg_index]

    def _file(self, seg_index: int, stream_index: int) -> StreamFile | None:
        return self._recording.streams[self._streams[stream_index].label][seg_index]

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        file = self._file(seg_index, stream_index)
        return 0 if file is None else file.frames.size

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        file = self._file(seg_index, stream_index)
        return self._t_start[seg_index] if file is None else file.t_start

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        columns = self._streams[stream_index].columns[channels]
        file = self._file(seg_index, stream_index)
        if file is None:
            return np.empty((0, len(columns)), dtype=np.int16)
        return file.frames.read(i_start, i_stop, columns)

    # -- probes ----------------------------------------------------------------------------------

    def _get_probe(self, stream_index: int) -> Any | None:
        if stream_index not in self._probes:
            stream = self._streams[stream_index]
            file = self._recording.first(stream.label)
            probe, failure = None, None
            if file.device == "imec":
                probe, failure = probe_of(file, stream.columns)
            if failure is not None:
                self._warn(failure)
            self._probes[stream_index] = probe
        return self._probes[stream_index]

    # -- events ----------------------------------------------------------------------------------

    def _event_count_reads_samples(self, event_channel_index: int) -> bool:
        return True

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        line = self._lines[event_channel_index]
        columns, words = self._words[line.label]
        found = words[seg_index]
        if found is None:
            return 0
        return found.count(columns.index(line.column), line.bit, 0, found.size)

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        line = self._lines[event_channel_index]
        columns, words = self._words[line.label]
        found, file = words[seg_index], self._recording.streams[line.label][seg_index]
        off, on = f"{line.name} OFF", f"{line.name} ON"
        time_slice(np.empty(0), 1.0, t_start, t_stop)  # refuses limits that are no times
        if found is None or file is None:
            return np.empty(0, np.int64), None, np.empty(0, dtype=f"U{len(off)}")
        start, stop = (_sample(limit, file) for limit in (t_start, t_stop))
        samples, levels = found.find(
            columns.index(line.column),
            line.bit,
            0 if t_start is None else max(start - 1, 0),
            file.frames.size if t_stop is None else min(stop + 2, file.frames.size),
        )
        ticks = samples + file.first_sample
        some = time_slice(ticks, file.rate, t_start, t_stop)
        return ticks[some], None, np.where(levels[some], on, off).astype(f"U{len(off)}")

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        rate = self._recording.first(self._lines[event_channel_index].label).rate
        return (timestamps / rate).astype(dtype, copy=False)


def _sample(seconds: float | None, file: StreamFile) -> int:
    """Return the sample of a file at a time, within the file and one sample around it."""
    if seconds is None:
        return 0
    last = file.frames.size + 1
    return int(min(max(float(seconds) * file.rate - file.first_sample, -1.0), float(last)))


def _or_none(number: int) -> int | None:
    return number if number >= 0 else None

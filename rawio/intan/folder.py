"""Recordings in a folder: a header, info.rhd or info.rhs, and files for signals or channels.

All files have a sample for each timestamp in time.dat: what is measured less often is repeated.
Only of lowpass.dat may there be every so many. Amplifier samples are signed here. Which layout it
is the names of the files say, as they do to Intan's own software.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from rawio.errors import EmptyFileError, RawIOError, Warn
from rawio.files import RawFile
from rawio.folders import cannot_list
from rawio.frames import Frames
from rawio.intan import signals
from rawio.intan.contents import Contents, EventLines, Stream, Words, word_lines
from rawio.intan.headers import Channel, IntanHeader
from rawio.intan.sources import (
    ChannelFiles,
    Columns,
    LineStates,
    Source,
    StimCurrents,
)
from rawio.intan.unwritten import first_unwritten
from rawio.texts import listed

INFO_NAMES = ("info.rhd", "info.rhs")
TIME_FILE, SETTINGS_FILE = "time.dat", "settings.xml"
SIGNAL_FILES = {
    "amplifier": "amplifier.dat",
    "dc": "dcamplifier.dat",
    "stim": "stim.dat",
    "aux": "auxiliary.dat",
    "supply": "supply.dat",
    "adc": "analogin.dat",
    "dac": "analogout.dat",
    "digital_in": "digitalin.dat",
    "digital_out": "digitalout.dat",
    "lowpass": "lowpass.dat",
    "highpass": "highpass.dat",
}
CHANNEL_PREFIXES = {
    "amplifier": "amp-",
    "dc": "dc-",
    "stim": "stim-",
    "aux": "aux-",
    "supply": "vdd-",
    "adc": "board-",
    "dac": "board-",
    "digital_in": "board-",
    "digital_out": "board-",
    "lowpass": "low-",
    "highpass": "high-",
}
_OWN_FILES = {TIME_FILE, "spike.dat", *SIGNAL_FILES.values()}
_OWN_PREFIXES = tuple(sorted({*CHANNEL_PREFIXES.values(), "spike-"}))

MAY_BE_MISSING = ("dc", "stim", "lowpass", "highpass")
"""Signals that are saved only if somebody wants them, whatever channels the header lists."""

SETTINGS_BYTES = 4 << 20
LOWPASS_STEPS = (1, 2, 4, 8, 16, 32, 64, 128)

U16, I16 = np.dtype("<u2"), np.dtype("<i2")


def is_data_file(name: str) -> bool:
    """Return whether the acquisition software gives this name to a file of data in a folder."""
    return name in _OWN_FILES or (name.startswith(_OWN_PREFIXES) and name.endswith(".dat"))


def list_files(folder: Path) -> dict[str, int]:
    """Return the files in a folder by name, with their sizes in bytes.

    Raises
    ------
    MissingFileError, UnreadableFileError
        When the folder cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    except (OSError, ValueError) as error:
        raise cannot_list(folder, error) from None


def has_data_files(folder: Path) -> bool:
    """Return whether there are files of data in a folder; False if it cannot be listed."""
    try:
        return any(is_data_file(name) for name in os.listdir(folder))
    except (OSError, ValueError):
        return False


def open_folder(info: Path, header: IntanHeader, warn: Warn) -> Contents:
    """Return the contents of a folder with the header file `info`.

    Raises
    ------
    EmptyFileError
        When no file has a sample.
    """
    return _Folder(info, header, warn).contents()


class _Folder:
    """Finds out what the files of a folder hold."""

    def __init__(self, info: Path, header: IntanHeader, warn: Warn) -> None:
        self.path, self.info, self.header, self.warn = info.parent, info, header, warn
        self.files = list_files(info.parent)
        self.per_signal = any(name in self.files for name in SIGNAL_FILES.values())
        self.settings = self._read_settings()
        self.streams: list[Stream] = []
        self.lines: list[EventLines] = []
        self.n_times = 0

    def contents(self) -> Contents:
        signals.check_board_mode(self.header, self.warn)
        times = self._times()
        for signal in (*signals.BLOCK_ORDER[self.header.kind], *signals.FILTERED):
            if signal == "temperature" or not self._channels(signal):
                continue
            if self.per_signal:
                self._add_signal_file(signal)
            else:
                self._add_channel_files(signal)
        if any(name == "spike.dat" or name.startswith("spike-") for name in self.files):
            self.warn("spikes that were found while recording (spike files) are not read.")
        contents = Contents(
            layout="one-file-per-signal" if self.per_signal else "one-file-per-channel",
            header=self.header,
            times=times,
            streams=tuple(self.streams),
            lines=tuple(self.lines),
            files=(self.info,),
        )
        if not contents.size:
            raise EmptyFileError(
                f"{self.info}: of the files of data beside it none holds a sample; were they "
                "copied with it?"
            )
        self._compare_sizes(contents)
        return contents

    def _channels(self, signal: str) -> tuple[Channel, ...]:
        return signals.channels_of(self.header, signal)

    def _native_names(self, signal: str) -> list[str]:
        """Return the names that files of a signal's channels are called by."""
        along = "amplifier" if signal in signals.OF_AMPLIFIERS else signal
        return [channel.native_name for channel in self.header.of(along)]

    # -- timestamps ------------------------------------------------------------------------------

    def _times(self) -> Source | None:
        size = self.files.get(TIME_FILE, 0)
        if size < 4:
            self.warn(
                f"there are no timestamps ({TIME_FILE}) beside {self.info.name}; samples are taken "
                "to start at 0 s and to have no gaps."
            )
            return None
        dtype = np.dtype("<i4" if self.header.signed_time else "<u4")
        frames = self._frames(TIME_FILE, 1, dtype)
        self.n_times = frames.size
        written = first_unwritten(partial(_ends_zeros, frames), frames.size) - 1
        if not 0 < written < frames.size - 1:
            return frames
        self.warn(
            f"the last {frames.size - written} timestamps in {TIME_FILE} are zeros; samples there "
            "are taken to go on without a gap. Was the recorder stopped by force?"
        )
        return replace(frames, size=written)

    # -- one file a signal -----------------------------------------------------------------------

    def _add_signal_file(self, signal: str) -> None:
        if signal == "aux" and self._aux_among_amplifiers():
            self._add_aux_among_amplifiers()
            return
        name, channels = SIGNAL_FILES[signal], self._channels(signal)
        if not self.files.get(name):
            self._warn_of_missing(signal, name in self.files)
            return
        digital = signal in signals.DIGITAL
        n_columns = 1 if digital else len(channels)
        merged = signal == "amplifier" and self._aux_among_amplifiers()
        if merged:
            n_columns += len(self._channels("aux"))
        scale = signals.scale_of(self.header, signal, traditional=False)
        stored = I16 if scale.dtype == "int16" and signal != "stim" else U16
        frames = self._frames(name, n_columns, stored)
        source: Source = Columns(frames, 0, len(channels)) if merged else frames
        if digital:
            source = LineStates(frames, np.array([c.order for c in channels], np.uint16))
            self.lines.append(word_lines(frames, channels))
        elif signal == "stim":
            source = StimCurrents(frames)
        step = self._lowpass_step(frames.size) if signal == "lowpass" else 1
        self.streams.append(Stream(signal, channels, scale, source, step))

    def _frames(self, name: str, n_columns: int, dtype: np.dtype) -> Frames:
        file = RawFile(self.path / name)
        size, rest = divmod(file.size, n_columns * dtype.itemsize)
        if rest:
            self.warn(
                f"the last {rest} bytes of {name} are no whole sample of {n_columns} columns and "
                "are left out; the recording or its copy did not finish."
            )
        return Frames(file, 0, size, n_columns, dtype)

    def _aux_among_amplifiers(self) -> bool:
        """Return whether amplifier.dat holds the auxiliary inputs, behind the amplifiers.

        The header does not say; the settings beside it do, and the size of the file shows.
        """
        n_aux, n_amplifiers = len(self._channels("aux")), len(self._channels("amplifier"))
        size = self.files.get(SIGNAL_FILES["amplifier"], 0)
        if SIGNAL_FILES["aux"] in self.files or not (n_aux and n_amplifiers and size):
            return False
        told = self._setting("SaveAuxInWithAmplifierWaveforms")
        if told is not None:
            return told.lower() == "true"
        n_times = self.n_times or max(
            (self.files.get(SIGNAL_FILES[s], 0) // 2 for s in signals.DIGITAL), default=0
        )
        alone = 2 * n_times * n_amplifiers
        return abs(size - alone - 2 * n_times * n_aux) < abs(size - alone)

    def _add_aux_among_amplifiers(self) -> None:
        channels, first = self._channels("aux"), len(self._channels("amplifier"))
        amplifiers = next(s.source for s in self.streams if s.signal == "amplifier")
        assert isinstance(amplifiers, Columns)
        source = Columns(amplifiers.frames, first, len(channels))
        self.streams.append(Stream("aux", channels, signals.aux_among_amplifiers(), source, 1))

    # -- one file a channel ----------------------------------------------------------------------

    def _add_channel_files(self, signal: str) -> None:
        prefix, channels = CHANNEL_PREFIXES[signal], self._channels(signal)
        names = [f"{prefix}{native}.dat" for native in self._native_names(signal)]
        there = [k for k, name in enumerate(names) if self.files.get(name, 0) >= 2]
        missing = [name for k, name in enumerate(names) if k not in set(there)]
        if not there:
            self._warn_of_missing(signal, any(name in self.files for name in names))
            return
        if missing and signal != "stim":  # stimulation files are of channels that may stimulate
            self.warn(
                f"{len(missing)} of {len(names)} files of {_spoken(signal)} are missing or empty "
                f"({listed(missing)}); their channels are left out."
            )
        scale = signals.scale_of(self.header, signal, traditional=False)
        dtype = I16 if scale.dtype == "int16" and signal != "stim" else U16
        kept = [names[k] for k in there]
        size = self._common_size(kept, dtype.itemsize)
        files = ChannelFiles(tuple(RawFile(self.path / name) for name in kept), size, dtype)
        channels = tuple(channels[k] for k in there)
        source: Source = StimCurrents(files) if signal == "stim" else files
        step = self._lowpass_step(size) if signal == "lowpass" else 1
        self.streams.append(Stream(signal, channels, scale, source, step))
        if signal in signals.DIGITAL:
            self.lines += [
                EventLines(Words(files, k), (channel,), (0,)) for k, channel in enumerate(channels)
            ]

    def _common_size(self, names: Sequence[str], itemsize: int) -> int:
        """Return the samples that all of these files have; the others' ends are left out."""
        sizes = np.array([self.files[name] for name in names])
        size = int(sizes.min()) // itemsize
        longer = sizes > size * itemsize
        if longer.any():
            shortest = names[int(sizes.argmin())]
            self.warn(
                f"{int(longer.sum())} files go on after the last whole sample of {shortest}, the "
                f"{size}th; all channels of a stream are read up to there."
            )
        return size

    # -- what the names and sizes do not say -----------------------------------------------------

    def _lowpass_step(self, size: int) -> int:
        """Return of how many samples one is kept in the lowpass files."""
        told = self._setting("LowpassWaveformDownsampleRate")
        if told is not None and told.isdecimal() and int(told) in LOWPASS_STEPS:
            return int(told)
        n = self.n_times or max((s.extent for s in self.streams), default=0)
        step = min(LOWPASS_STEPS, key=lambda step: (abs(-(-n // step) - size), step))
        if size not in (n // step, -(-n // step)):
            self.warn(
                f"the lowpass files hold {size} samples and the others {n}, and no "
                f"{SETTINGS_FILE} tells how many were left out; taken as every {step}th."
            )
        return step

    def _read_settings(self) -> str:
        try:
            file = RawFile(self.path / SETTINGS_FILE)
            return file.read(0, SETTINGS_BYTES).tobytes().decode("utf-8", errors="replace")
        except RawIOError:
            return ""

    def _setting(self, name: str) -> str | None:
        found = re.search(rf'\b{name}\s*=\s*"([^"]*)"', self.settings, re.IGNORECASE)
        return None if found is None else found[1].strip()

    def _warn_of_missing(self, signal: str, empty: bool) -> None:
        """Say that a signal of the header has no data, unless that is usual."""
        if signal in MAY_BE_MISSING and not (signal == "dc" and self.header.dc_saved):
            return
        self.warn(
            f"the header lists {_spoken(signal)}, but their files are "
            f"{'empty' if empty else 'not there'}; they are left out."
        )

    def _compare_sizes(self, contents: Contents) -> None:
        """Say which files end before or after the timestamps."""
        n = self.n_times
        if not n:
            return
        ends = {s.signal: s.source.size for s in contents.streams}
        odd = [
            f"{_spoken(s.signal)} {ends[s.signal]}"
            for s in contents.streams
            if s.source.size not in (n // s.step, -(-n // s.step))
        ]
        if odd:
            self.warn(
                f"{TIME_FILE} has {n} samples, but {listed(odd)}; each is read to its end, and "
                "samples without a timestamp are taken to go on without a gap."
            )


def _ends_zeros(times: Frames, sample: int) -> bool:
    """Return whether a timestamp and the one before it are zero."""
    return sample > 0 and not times.read(sample - 1, sample + 1).any()


def _spoken(signal: str) -> str:
    return {
        "amplifier": "amplifier channels",
        "dc": "DC amplifiers",
        "stim": "stimulation currents",
        "aux": "auxiliary inputs",
        "supply": "supply voltages",
        "adc": "analog inputs",
        "dac": "analog outputs",
        "digital_in": "digital inputs",
        "digital_out": "digital outputs",
        "lowpass": "lowpass amplifier channels",
        "highpass": "highpass amplifier channels",
    }[signal]

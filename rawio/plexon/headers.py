"""The headers of a .plx file: read, checked, and turned into gains.

Gains follow the formulas of Plexon's ``PlexonFiles.h``; all are in millivolts per raw unit.
"""

from dataclasses import dataclass

import numpy as np

from rawio.errors import FormatError, Warn
from rawio.files import RawFile
from rawio.plexon import layout

MAX_CHANNELS = 32768  # channel numbers are 16-bit
MAX_FREQUENCY = 100_000_000

# Stand-ins for fields that are zero: what the formulas of versions before 103 have built in, and
# what Plexon's amplifiers of that time had.
DEFAULT_GAIN = 1
DEFAULT_PREAMP_GAIN = 1000
DEFAULT_BITS = 12
DEFAULT_SPIKE_MAGNITUDE = 3000
DEFAULT_SLOW_MAGNITUDE = 5000


@dataclass(frozen=True)
class PlexonHeaders:
    """The headers as they are in the file.

    Attributes
    ----------
    file : numpy.void
        One record of `layout.FILE_HEADER`.
    version : int
        Of the file, or the nearest one known.
    spikes, events, slows : ndarray
        Records of `layout.SPIKE_HEADER`, `layout.EVENT_HEADER` and `layout.SLOW_HEADER`.
    data_start : int
        Byte offset of the first data block.
    """

    file: np.void
    version: int
    spikes: np.ndarray
    events: np.ndarray
    slows: np.ndarray
    data_start: int

    @property
    def clock(self) -> int:
        """Ticks of the timestamp clock a second."""
        return int(self.file["ADFrequency"])


def read_headers(file: RawFile, warn: Warn) -> PlexonHeaders:
    """Read and check all headers of a .plx file.

    Parameters
    ----------
    file : RawFile
    warn : callable
        Called with a sentence about anything odd that does not stop the reading.

    Raises
    ------
    FormatError
        When the file is no .plx file, ends within its headers, or has numbers in them that
        cannot be true.
    """
    head = _record(file, file.read(0, layout.FILE_HEADER.itemsize))
    version = int(head["Version"])
    if not layout.OLDEST_VERSION <= version <= layout.NEWEST_VERSION:
        nearest = min(max(version, layout.OLDEST_VERSION), layout.NEWEST_VERSION)
        warn(
            f"file version {version} is not one of {layout.OLDEST_VERSION} to "
            f"{layout.NEWEST_VERSION}; read as {nearest}."
        )
        version = nearest
    _check_clock(file, int(head["ADFrequency"]))

    tables = []
    offset = layout.FILE_HEADER.itemsize
    for field, dtype in (
        ("NumDSPChannels", layout.SPIKE_HEADER),
        ("NumEventChannels", layout.EVENT_HEADER),
        ("NumSlowChannels", layout.SLOW_HEADER),
    ):
        count = int(head[field])
        _check_count(file, field, count, offset, dtype.itemsize)
        tables.append(file.read(offset, count * dtype.itemsize).view(dtype))
        offset += count * dtype.itemsize
    spikes, events, slows = tables
    return PlexonHeaders(head, version, spikes, events, slows, offset)


def spike_gain(headers: PlexonHeaders, row: int, warn: Warn) -> float:
    """Return the millivolts of one raw unit of the waveforms of spike channel `row`."""
    head, version = headers.file, headers.version
    where = f"spike channel {channel_name(headers.spikes[row])}"
    gain = _positive(headers.spikes[row]["Gain"], DEFAULT_GAIN, "Gain", where, warn)
    if version < 103:
        return DEFAULT_SPIKE_MAGNITUDE / (2048 * gain * DEFAULT_PREAMP_GAIN)
    preamp = DEFAULT_PREAMP_GAIN
    magnitude = _positive(
        head["SpikeMaxMagnitudeMV"],
        DEFAULT_SPIKE_MAGNITUDE,
        "SpikeMaxMagnitudeMV",
        "the file header",
        warn,
    )
    if version >= 105:
        preamp = _positive(
            head["SpikePreAmpGain"], DEFAULT_PREAMP_GAIN, "SpikePreAmpGain", "the file header", warn
        )
    half_range = 0.5 * 2.0 ** _bits(head, "BitsPerSpikeSample", warn)
    return magnitude / (half_range * gain * preamp)


def slow_gain(headers: PlexonHeaders, row: int, warn: Warn) -> float:
    """Return the millivolts of one raw unit of continuous channel `row`."""
    head, version, slow = headers.file, headers.version, headers.slows[row]
    where = f"continuous channel {channel_name(slow)}"
    gain = _positive(slow["Gain"], DEFAULT_GAIN, "Gain", where, warn)
    if version < 102:
        return DEFAULT_SLOW_MAGNITUDE / (2048 * gain * DEFAULT_PREAMP_GAIN)
    preamp = _positive(slow["PreAmpGain"], DEFAULT_PREAMP_GAIN, "PreAmpGain", where, warn)
    if version < 103:
        return DEFAULT_SLOW_MAGNITUDE / (2048 * gain * preamp)
    magnitude = _positive(
        head["SlowMaxMagnitudeMV"],
        DEFAULT_SLOW_MAGNITUDE,
        "SlowMaxMagnitudeMV",
        "the file header",
        warn,
    )
    half_range = 0.5 * 2.0 ** _bits(head, "BitsPerSlowSample", warn)
    return magnitude / (half_range * gain * preamp)


def waveform_rate(headers: PlexonHeaders, warn: Warn) -> float:
    """Return the sampling rate of spike waveforms in hertz."""
    rate = headers.file["WaveformFreq"]
    return float(_positive(rate, headers.clock, "WaveformFreq", "the file header", warn))


def channel_name(record: np.void) -> str:
    """Return the Name of a channel header; bytes that are no UTF-8 are taken as Latin-1."""
    raw = bytes(record["Name"]).split(b"\0", 1)[0]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.strip()


def _record(file: RawFile, raw: np.ndarray) -> np.void:
    if raw[: len(layout.MAGIC)].tobytes() != layout.MAGIC:
        raise FormatError(f"{file.path}: is not a .plx file (it does not start with 'PLEX').")
    if len(raw) < layout.FILE_HEADER.itemsize:
        raise FormatError(
            f"{file.path}: ends at byte {len(raw)}, within the file header of "
            f"{layout.FILE_HEADER.itemsize} bytes; copy the recording again."
        )
    return raw.view(layout.FILE_HEADER)[0]


def _check_clock(file: RawFile, clock: int) -> None:
    if not 0 < clock <= MAX_FREQUENCY:
        raise FormatError(
            f"{file.path}: ADFrequency, the rate of the timestamps (byte 136), is {clock} Hz, so "
            "no time in the file has a meaning; the header is damaged or was never filled in."
        )


def _check_count(file: RawFile, field: str, count: int, offset: int, itemsize: int) -> None:
    if not 0 <= count <= MAX_CHANNELS:
        raise FormatError(
            f"{file.path}: {field} in the file header is {count}, not 0 to {MAX_CHANNELS}; "
            "the header is damaged."
        )
    end = offset + count * itemsize
    if end > file.size:
        raise FormatError(
            f"{file.path}: ends at byte {file.size}, but {field} = {count} channel headers reach "
            f"to byte {end}; the file is cut within its headers or the header is damaged."
        )


def _positive(value: int, default: int, field: str, where: str, warn: Warn) -> int:
    if value > 0:
        return int(value)
    warn(f"{field} of {where} is {int(value)}; taken as {default}.")
    return default


def _bits(head: np.void, field: str, warn: Warn) -> int:
    bits = int(head[field])
    if 1 <= bits <= 16:
        return bits
    warn(f"{field} of the file header is {bits}, not 1 to 16; taken as {DEFAULT_BITS}.")
    return DEFAULT_BITS

"""Write Plexon .plx files byte by byte.

Made from the layout of the format alone and sharing nothing with the reader, so that a mistake
in one cannot hide behind the same mistake in the other. A file is, in this order and without
padding (little-endian throughout)::

    file header             7504 bytes
    spike channel headers   1020 bytes each, NumDSPChannels of them
    event channel headers    296 bytes each, NumEventChannels of them
    slow channel headers     296 bytes each, NumSlowChannels of them
    data blocks             16 bytes of header, then the samples (int16), up to the end

Times are ticks of the timestamp clock (``FileHeader.ad_frequency`` a second), 40 bits wide.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = 0x58454C50  # "PLEX" as the file's first four bytes
VERSIONS = range(100, 108)

SPIKE, STEREOTRODE, TETRODE, EVENT, SLOW = 1, 2, 3, 4, 5
STROBED, START, STOP = 257, 258, 259

FILE_HEADER_BYTES = 7504
SPIKE_HEADER_BYTES = 1020
EVENT_HEADER_BYTES = 296
SLOW_HEADER_BYTES = 296

# Type, upper byte of the timestamp, its lower 32 bits, Channel, Unit, NumberOfWaveforms,
# NumberOfWordsInWaveform: bytes 0, 2, 4, 8, 10, 12 and 14 of a block.
BLOCK_HEADER = struct.Struct("<hHIhHhh")

# One row a field: name, type, byte offset in its header, first version that has it.
Layout = tuple[tuple[str, Any, int, int], ...]

FILE_LAYOUT: Layout = (
    ("magic", "<u4", 0, 100),
    ("version", "<i4", 4, 100),
    ("comment", "S128", 8, 100),
    ("ad_frequency", "<i4", 136, 100),
    ("n_spike_channels", "<i4", 140, 100),
    ("n_event_channels", "<i4", 144, 100),
    ("n_slow_channels", "<i4", 148, 100),
    ("num_points_wave", "<i4", 152, 100),
    ("num_points_pre_thr", "<i4", 156, 100),
    ("date", ("<i4", (6,)), 160, 100),  # year, month, day, hour, minute, second
    ("fast_read", "<i4", 184, 100),
    ("waveform_freq", "<i4", 188, 100),
    ("last_timestamp", "<f8", 192, 100),
    ("trodalness", "u1", 200, 103),
    ("data_trodalness", "u1", 201, 103),
    ("bits_per_spike_sample", "u1", 202, 103),
    ("bits_per_slow_sample", "u1", 203, 103),
    ("spike_max_magnitude_mv", "<u2", 204, 103),
    ("slow_max_magnitude_mv", "<u2", 206, 103),
    ("spike_preamp_gain", "<u2", 208, 105),
    ("acquiring_software", "S18", 210, 106),
    ("processing_software", "S18", 228, 106),
    # 246 to 255: padding
    ("ts_counts", ("<i4", (130, 5)), 256, 100),  # spikes by [channel][unit]
    ("wf_counts", ("<i4", (130, 5)), 2856, 100),  # those of them that have a waveform
    ("ev_counts", ("<i4", (512,)), 5456, 100),  # events by channel; 300 + k: samples of slow k
)

SPIKE_LAYOUT: Layout = (
    ("name", "S32", 0, 100),
    ("sig_name", "S32", 32, 100),
    ("channel", "<i4", 64, 100),  # counted from 1
    ("wf_rate", "<i4", 68, 100),
    ("sig", "<i4", 72, 100),
    ("ref", "<i4", 76, 100),
    ("gain", "<i4", 80, 100),
    ("filter", "<i4", 84, 100),
    ("threshold", "<i4", 88, 100),
    ("method", "<i4", 92, 100),
    ("n_units", "<i4", 96, 100),
    # 100: Template i2[5][64], 740: Fit i4[5], 760: SortWidth, 764: Boxes i2[5][2][4] and
    # 844: SortBeg describe the sorting, which no test looks at; they stay zero.
    ("comment", "S128", 848, 105),
    ("src_id", "u1", 976, 106),
    ("chan_id", "<u2", 978, 106),
    # 980 to 1019: padding
)

EVENT_LAYOUT: Layout = (
    ("name", "S32", 0, 100),
    ("channel", "<i4", 32, 100),
    ("comment", "S128", 36, 105),
    ("src_id", "u1", 164, 106),
    ("chan_id", "<u2", 166, 106),
    # 168 to 295: padding
)

SLOW_LAYOUT: Layout = (
    ("name", "S32", 0, 100),
    ("channel", "<i4", 32, 100),  # counted from 0
    ("ad_freq", "<i4", 36, 100),
    ("gain", "<i4", 40, 100),
    ("enabled", "<i4", 44, 100),
    ("preamp_gain", "<i4", 48, 102),  # the gain formulas of 100 and 101 do not use it
    ("spike_channel", "<i4", 52, 104),
    ("comment", "S128", 56, 105),
    ("src_id", "u1", 184, 106),
    ("chan_id", "<u2", 186, 106),
    # 188 to 295: padding
)


@dataclass(frozen=True)
class FileHeader:
    """What a test wants to choose in the file header; `write_plx` works out the rest.

    `overrides` sets fields of `FILE_LAYOUT` by name after everything else and whatever the
    version, for files whose header is wrong. Without `counts` the three tables of counts stay
    zero. `last_timestamp` None stands for the greatest tick of the blocks.
    """

    version: int = 106
    comment: str | bytes = ""
    ad_frequency: int = 40000
    num_points_wave: int = 32
    num_points_pre_thr: int = 8
    date: tuple[int, int, int, int, int, int] = (2020, 2, 29, 12, 30, 45)
    fast_read: int = 0
    waveform_freq: int = 40000
    last_timestamp: float | None = None
    trodalness: int = 1
    data_trodalness: int = 1
    bits_per_spike_sample: int = 12
    bits_per_slow_sample: int = 12
    spike_max_magnitude_mv: int = 3000
    slow_max_magnitude_mv: int = 5000
    spike_preamp_gain: int = 1000
    acquiring_software: str | bytes = ""
    processing_software: str | bytes = ""
    counts: bool = True
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SpikeChannel:
    """A channel of thresholded spikes; `channel` counts from 1."""

    name: str | bytes
    channel: int
    gain: int = 1
    sig_name: str | bytes = ""
    wf_rate: int = 0
    sig: int = 0
    ref: int = 0
    filter: int = 0
    threshold: int = 0
    method: int = 2
    n_units: int = 0
    comment: str | bytes = ""
    src_id: int = 0
    chan_id: int = 0


@dataclass(frozen=True)
class EventChannel:
    """A channel of events; 257 strobed words, 258 start, 259 stop."""

    name: str | bytes
    channel: int
    comment: str | bytes = ""
    src_id: int = 0
    chan_id: int = 0


@dataclass(frozen=True)
class SlowChannel:
    """A continuous ("slow") channel; `channel` counts from 0, `spike_channel` 0 means none."""

    name: str | bytes
    channel: int
    ad_freq: int = 1000
    gain: int = 1
    preamp_gain: int = 1
    spike_channel: int = 0
    enabled: int = 1
    comment: str | bytes = ""
    src_id: int = 0
    chan_id: int = 0


@dataclass(frozen=True, eq=False)
class SpikeBlock:
    """One spike; `waveform` is (waveforms, words), one waveform as a plain row, or None."""

    tick: int
    channel: int
    unit: int = 0
    waveform: npt.NDArray[np.int16] | None = None


@dataclass(frozen=True)
class EventBlock:
    """One event; `value` (-32768 to 65535) goes into the 16 bits of the Unit field."""

    tick: int
    channel: int
    value: int = 0


@dataclass(frozen=True, eq=False)
class SlowBlock:
    """A run of samples of one slow channel; `tick` is the time of the first."""

    tick: int
    channel: int
    samples: npt.NDArray[np.int16]


@dataclass(frozen=True)
class RawBlock:
    """A block written as told, true or not: `payload` need not have the size the header says.

    `upper` None takes the upper byte of the timestamp from `tick`.
    """

    type: int
    tick: int = 0
    channel: int = 0
    unit: int = 0
    n_waveforms: int = 0
    n_words: int = 0
    payload: bytes = b""
    upper: int | None = None


Block = SpikeBlock | EventBlock | SlowBlock | RawBlock


def header_dtype(layout: Layout, itemsize: int) -> np.dtype[Any]:
    """Return the structured dtype of a header, with its fields at their byte offsets."""
    names, formats, offsets, _ = zip(*layout, strict=True)
    spec = {
        "names": list(names),
        "formats": list(formats),
        "offsets": list(offsets),
        "itemsize": itemsize,
    }
    return np.dtype(spec)  # type: ignore[call-overload]


def _pack_header(
    layout: Layout, itemsize: int, version: int, values: object, **more: Any
) -> np.ndarray:
    """Fill a header from the attributes of `values` and from `more`, as far as `version` goes."""
    record = np.zeros((), header_dtype(layout, itemsize))
    for name, format_, _, since in layout:
        if version < since:
            continue
        value = more[name] if name in more else getattr(values, name)
        if isinstance(value, (str, bytes)):
            value = value.encode() if isinstance(value, str) else value
            if len(value) > np.dtype(format_).itemsize:
                raise ValueError(f"{name} {value!r} does not fit into {format_}")
        record[name] = value
    return record


def pack_headers(
    header: FileHeader,
    spike_channels: Sequence[SpikeChannel] = (),
    event_channels: Sequence[EventChannel] = (),
    slow_channels: Sequence[SlowChannel] = (),
    *,
    last_timestamp: float = 0.0,
    ts_counts: npt.ArrayLike = 0,
    wf_counts: npt.ArrayLike = 0,
    ev_counts: npt.ArrayLike = 0,
) -> bytes:
    """Return everything that comes before the data blocks.

    Parameters
    ----------
    header, spike_channels, event_channels, slow_channels
        As for `write_plx`.
    last_timestamp : float
        In ticks; used where `header` leaves it open.
    ts_counts, wf_counts, ev_counts : array_like
        The tables of counts; left out where `header` wants none.

    Returns
    -------
    bytes
    """
    version = header.version
    counts = {"ts_counts": ts_counts, "wf_counts": wf_counts, "ev_counts": ev_counts}
    if header.last_timestamp is not None:
        last_timestamp = header.last_timestamp
    record = _pack_header(
        FILE_LAYOUT,
        FILE_HEADER_BYTES,
        version,
        header,
        magic=MAGIC,
        n_spike_channels=len(spike_channels),
        n_event_channels=len(event_channels),
        n_slow_channels=len(slow_channels),
        last_timestamp=last_timestamp,
        **(counts if header.counts else dict.fromkeys(counts, 0)),
    )
    for name, value in header.overrides.items():
        record[name] = value
    parts = [record.tobytes()]
    for layout, itemsize, channels in (
        (SPIKE_LAYOUT, SPIKE_HEADER_BYTES, spike_channels),
        (EVENT_LAYOUT, EVENT_HEADER_BYTES, event_channels),
        (SLOW_LAYOUT, SLOW_HEADER_BYTES, slow_channels),
    ):
        parts += [_pack_header(layout, itemsize, version, c).tobytes() for c in channels]
    return b"".join(parts)


def pack_block(block: Block) -> bytes:
    """Return a data block as it stands in the file.

    Raises
    ------
    ValueError
        If the timestamp needs more than 40 bits or is negative (not for a `RawBlock` that
        gives its own upper byte).
    """
    payload = b""
    n_waveforms = n_words = 0
    match block:
        case SpikeBlock():
            type_, unit = SPIKE, block.unit
            if block.waveform is not None:
                waveform = np.atleast_2d(block.waveform)
                n_waveforms, n_words = waveform.shape
                payload = waveform.astype("<i2").tobytes()
        case EventBlock():
            type_, unit = EVENT, block.value
        case SlowBlock():
            type_, unit = SLOW, 0
            n_waveforms, n_words = 1, len(block.samples)
            payload = np.asarray(block.samples).astype("<i2").tobytes()
        case RawBlock():
            type_, unit, payload = block.type, block.unit, block.payload
            n_waveforms, n_words = block.n_waveforms, block.n_words
    upper = block.tick >> 32
    if isinstance(block, RawBlock) and block.upper is not None:
        upper = block.upper
    elif not 0 <= upper <= 0xFF:
        raise ValueError(f"tick {block.tick} does not fit into 40 bits")
    lower = block.tick & 0xFFFFFFFF
    head = BLOCK_HEADER.pack(
        type_, upper, lower, block.channel, unit & 0xFFFF, n_waveforms, n_words
    )
    return head + payload


def count_blocks(blocks: Iterable[Block]) -> dict[str, np.ndarray]:
    """Return TSCounts, WFCounts and EVCounts of the blocks.

    Rows are channel numbers as they stand in the blocks, so that row 0 of the first two is never
    used. What has no room (spike channels past 129, units past 4, events from 300 on, slow
    channels past 211) is not counted, as in the vendor's files.
    """
    ts_counts = np.zeros((130, 5), np.int32)
    wf_counts = np.zeros((130, 5), np.int32)
    ev_counts = np.zeros(512, np.int32)
    for block in blocks:
        match block:
            case SpikeBlock(channel=c, unit=u) if 0 <= c < 130 and 0 <= u < 5:
                ts_counts[c, u] += 1
                wf_counts[c, u] += block.waveform is not None
            case EventBlock(channel=c) if 0 <= c < 300:
                ev_counts[c] += 1
            case SlowBlock(channel=c) if 0 <= c < 212:
                ev_counts[300 + c] += len(block.samples)
    return {"ts_counts": ts_counts, "wf_counts": wf_counts, "ev_counts": ev_counts}


def write_plx(
    path: Path | str,
    header: FileHeader | None = None,
    spike_channels: Sequence[SpikeChannel] = (),
    event_channels: Sequence[EventChannel] = (),
    slow_channels: Sequence[SlowChannel] = (),
    blocks: Iterable[Block] = (),
    tail: bytes = b"",
) -> npt.NDArray[np.int64]:
    """Write a .plx file, the blocks in exactly the order given.

    Parameters
    ----------
    path : path-like
    header : FileHeader, optional
    spike_channels, event_channels, slow_channels : sequences
        Channel headers, in file order.
    blocks : iterable of blocks
    tail : bytes
        Written after the last block, for files that end badly.

    Returns
    -------
    numpy.ndarray
        Where each block starts, in bytes from the start of the file, and after them where the
        last one ends: one more than there are blocks.
    """
    header = FileHeader() if header is None else header
    if header.version not in VERSIONS and "version" not in header.overrides:
        raise ValueError(f"version {header.version} is not one of 100 to 107")
    blocks = list(blocks)
    packed = [pack_block(block) for block in blocks]
    head = pack_headers(
        header,
        spike_channels,
        event_channels,
        slow_channels,
        last_timestamp=max((block.tick for block in blocks), default=0),
        **count_blocks(blocks),
    )
    with Path(path).open("wb") as file:
        file.write(head)
        file.writelines(packed)
        file.write(tail)
    return len(head) + np.cumsum([0, *map(len, packed)], dtype=np.int64)


def slow_blocks(
    channel: int,
    samples: npt.NDArray[np.int16],
    start_tick: int = 0,
    ticks_per_sample: int | float | Fraction = 1,
    block_sizes: int | Iterable[int] = 120,
) -> Iterator[SlowBlock]:
    """Cut an unbroken signal into blocks; call it once for each side of a gap.

    Parameters
    ----------
    channel : int
    samples : numpy.ndarray
        One-dimensional int16.
    start_tick : int
        Time of the first sample.
    ticks_per_sample : int, float or Fraction
        Ticks of the timestamp clock from one sample to the next; where it is no whole number
        a block's tick is rounded down, as a clock shows it.
    block_sizes : int or iterable of int
        Samples a block; several sizes are used in turn, over and over. The last block holds
        what is left.

    Yields
    ------
    SlowBlock
    """
    sizes = cycle([block_sizes] if isinstance(block_sizes, int) else list(block_sizes))
    first = 0
    while first < len(samples):
        size = next(sizes)
        if size < 1:
            raise ValueError(f"a block of {size} samples would never end")
        tick = start_tick + int(first * ticks_per_sample)
        yield SlowBlock(tick, channel, samples[first : first + size])
        first += size


def interleave(*runs: Iterable[Block]) -> list[Block]:
    """Return the blocks of all runs in order of their ticks; at equal ticks, in that of the runs.

    A run that is not in order itself comes out sorted too.
    """
    return sorted((block for run in runs for block in run), key=lambda block: block.tick)

"""Write Blackrock NSx files (.ns1 to .ns6), the continuous signals, byte by byte.

Made from the layout of the format alone and sharing nothing with the reader. Little-endian and
unpadded throughout::

    2.1 ("NEURALSG")        32 bytes, an electrode id (u32) a channel, then the samples to the end
    2.2, 2.3 ("NEURALCD")   314 bytes, 66 bytes a channel, then data packets:
                            0x01, timestamp (u32), number of samples n (u32), n samples
    3.0 ("BRSMPGRP")        the same with a timestamp of 64 bits
    3.0 with PTP            a packet a sample; 10^9 ticks a second, counted from 1970

A sample is an int16 of every channel. A packet follows a pause, a reset of the clock, or nothing
at all. Two packets, the clock set back between them::

    rng = np.random.default_rng(0)
    first, second = rng.integers(-900, 900, (2, 500, 3), np.int16)
    truth = write_nsx("a.ns5", [Packet(90, first), Packet(0, second)], channels(3))
    truth.names, truth.ids, truth.gains, truth.offsets, truth.units, truth.rate
    truth.packet(1).t_start, truth.packet(1).samples       # one packet
    truth.joined(tolerance=1)                              # packets without gaps between them
    Header(version="3.0", period=30)                       # 64-bit timestamps, 1 kHz

    write_ptp("b.ns6", first, ptp_timestamps(500, gaps={200: 10**9}), channels(3))
    write_nsx("c.ns5", [Packet(0, first, nb_points=0)], channels(3))    # the recorder crashed
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

FILE_IDS = {"2.1": b"NEURALSG", "2.2": b"NEURALCD", "2.3": b"NEURALCD", "3.0": b"BRSMPGRP"}
CLOCK = 30_000  # what the period counts, whatever the timestamps count
NANOSECONDS = 1_000_000_000  # timestamps a second of PTP
UNIX_2024 = 1_704_067_200 * NANOSECONDS  # 2024-01-01 00:00 UTC
RECORDS_AT_A_TIME = 1 << 16  # bounds the memory of writing

BASIC_21_BYTES = 32
BASIC_BYTES = 314
CHANNEL_BYTES = 66

# One row a field: name, type, byte offset.
Layout = tuple[tuple[str, Any, int], ...]

BASIC_21_LAYOUT: Layout = (
    ("file_id", "S8", 0),
    ("label", "S16", 8),
    ("period", "<u4", 24),
    ("channel_count", "<u4", 28),
    # 32: electrode ids, u32 each
)

BASIC_LAYOUT: Layout = (
    ("file_id", "S8", 0),
    ("version", ("u1", (2,)), 8),  # major, minor
    ("bytes_in_headers", "<u4", 10),
    ("label", "S16", 14),
    ("comment", "S256", 30),
    ("period", "<u4", 286),  # from sample to sample, in 1/30000 s
    ("timestamp_resolution", "<u4", 290),  # ticks a second
    # year, month, day of the week (0 is Sunday), day, hour, minute, second, millisecond; UTC
    ("time_origin", ("<u2", (8,)), 294),
    ("channel_count", "<u4", 310),
)

CHANNEL_LAYOUT: Layout = (
    ("kind", "S2", 0),
    ("electrode_id", "<u2", 2),
    ("label", "S16", 4),
    ("connector", "u1", 20),
    ("pin", "u1", 21),
    ("min_digital", "<i2", 22),
    ("max_digital", "<i2", 24),
    ("min_analog", "<i2", 26),
    ("max_analog", "<i2", 28),
    ("units", "S16", 30),
    ("hi_freq_corner", "<u4", 46),  # mHz
    ("hi_freq_order", "<u4", 50),
    ("hi_freq_type", "<u2", 54),  # 0 none, 1 Butterworth
    ("lo_freq_corner", "<u4", 56),
    ("lo_freq_order", "<u4", 60),
    ("lo_freq_type", "<u2", 64),
)

Int16Array = npt.NDArray[np.int16]
Timestamps = npt.NDArray[np.uint64]


def record_dtype(layout: Layout, itemsize: int) -> np.dtype[Any]:
    """Return the structured dtype of a header, with its fields at their byte offsets."""
    columns = dict(
        zip(("names", "formats", "offsets"), map(list, zip(*layout, strict=True)), strict=True)
    )
    return np.dtype({**columns, "itemsize": itemsize})  # type: ignore[call-overload]


def pack_record(layout: Layout, itemsize: int, values: object, **more: Any) -> np.ndarray:
    """Fill a header from `more` and from the attributes of `values`."""
    record = np.zeros((), record_dtype(layout, itemsize))
    for name, format_, _ in layout:
        value = more[name] if name in more else getattr(values, name)
        if isinstance(value, (str, bytes)):
            value = value.encode("latin-1") if isinstance(value, str) else value
            if len(value) > np.dtype(format_).itemsize:
                raise ValueError(f"{name} {value!r} does not fit into {format_}")
        record[name] = value
    return record


def default_label(electrode_id: int) -> str:
    """Return the name that Central gives a channel: 128 of the front end, then analog inputs."""
    return f"chan{electrode_id}" if electrode_id <= 128 else f"ainp{electrode_id - 128}"


@dataclass(frozen=True)
class Header:
    """The basic header but for what `write_nsx` works out.

    `padding` are bytes between the headers and the data, counted in `bytes_in_headers` (not in
    2.1, where no field says so). `overrides` sets fields by name after everything else, for
    headers that are wrong.
    """

    version: str = "2.3"
    label: str | bytes = "30 kS/s"
    comment: str | bytes = ""
    period: int = 1
    timestamp_resolution: int = 30_000
    time_origin: tuple[int, ...] = (2020, 2, 6, 29, 12, 30, 45, 678)
    padding: bytes = b""
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ticks_per_sample(self) -> Fraction:
        """How far the timestamp goes on from a sample to the next."""
        return Fraction(self.period * self.timestamp_resolution, CLOCK)

    @property
    def timestamp_format(self) -> str:
        """Struct code of the timestamp of a data packet."""
        return "Q" if self.version >= "3.0" else "I"


PTP = Header(version="3.0", timestamp_resolution=NANOSECONDS)


@dataclass(frozen=True)
class Channel:
    """The extended header of a channel; 2.1 keeps its electrode id only.

    The default range is 0.25 uV a bit without an offset.
    """

    electrode_id: int
    label: str | bytes = ""
    connector: int = 1
    pin: int = 1
    min_digital: int = -32764
    max_digital: int = 32764
    min_analog: int = -8191
    max_analog: int = 8191
    units: str | bytes = "uV"
    hi_freq_corner: int = 300
    hi_freq_order: int = 1
    hi_freq_type: int = 1
    lo_freq_corner: int = 7_500_000
    lo_freq_order: int = 3
    lo_freq_type: int = 1
    kind: str | bytes = "CC"

    @property
    def gain(self) -> float:
        """Units a bit."""
        return (self.max_analog - self.min_analog) / (self.max_digital - self.min_digital)

    @property
    def offset(self) -> float:
        """What a sample of 0 stands for, in units."""
        return self.min_analog - self.min_digital * self.gain


def channels(n: int, first_id: int = 1, **more: Any) -> list[Channel]:
    """Return channels of electrodes `first_id` onwards, labelled as Central does."""
    ids = range(first_id, first_id + n)
    return [replace(Channel(k, default_label(k), k // 32 + 1, k % 32 + 1), **more) for k in ids]


@dataclass(frozen=True, eq=False)
class Packet:
    """A data packet: `samples` is (sample, channel).

    `nb_points` is what its header says, None for the truth. Recorders that crash leave 0 there;
    a 0 followed by nothing, or by the 0x01 of another packet, is a packet without samples.
    """

    timestamp: int
    samples: Int16Array
    nb_points: int | None = None
    flag: int = 1


@dataclass(frozen=True, eq=False)
class Run:
    """Samples without a gap; `timestamp` (ticks) and `t_start` (s) are those of the first."""

    timestamp: int
    t_start: float
    samples: Int16Array


@dataclass(frozen=True, eq=False)
class Truth:
    """What a file holds, by the vendor's formulas.

    Attributes
    ----------
    header : Header
    channels : list of Channel
    timestamps : numpy.ndarray
        Of the packets, uint64.
    counts : numpy.ndarray
        Samples of each packet, whatever its header says.
    samples : numpy.ndarray
        (sample, channel), of all packets one after the other. 2.1 is taken for one packet.
    starts : numpy.ndarray
        Where each packet starts, in bytes from the start of the file, and then where the last
        one ends: one more than there are packets.
    """

    header: Header
    channels: list[Channel]
    timestamps: Timestamps
    counts: npt.NDArray[np.int64]
    samples: Int16Array
    starts: npt.NDArray[np.int64]

    @property
    def is_old(self) -> bool:
        """Whether this is 2.1, of ids and samples alone."""
        return self.header.version == "2.1"

    @property
    def rate(self) -> float:
        """Samples a second."""
        return CLOCK / self.header.period

    @property
    def ids(self) -> list[int]:
        """Electrode ids."""
        return [c.electrode_id for c in self.channels]

    @property
    def names(self) -> list[str]:
        """Labels, up to the first zero byte; 2.1 has none and gets Central's."""
        if self.is_old:
            return [default_label(k) for k in self.ids]
        return [_text(c.label) for c in self.channels]

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        """Units a bit; 1 in 2.1, whose gain stands in the NEV (see `nev.Electrode.gain`)."""
        return np.array([1.0 if self.is_old else c.gain for c in self.channels])

    @property
    def offsets(self) -> npt.NDArray[np.float64]:
        """What a sample of 0 stands for, in units."""
        return np.array([0.0 if self.is_old else c.offset for c in self.channels])

    @property
    def units(self) -> list[str]:
        """Of the physical values; "" in 2.1."""
        return ["" if self.is_old else _text(c.units) for c in self.channels]

    def packet(self, k: int) -> Run:
        """Return the packet with this number."""
        stop = int(self.counts[: k + 1].sum())
        return self._run(int(self.timestamps[k]), stop - int(self.counts[k]), stop)

    def joined(self, tolerance: float = 0) -> list[Run]:
        """Return the samples from gap to gap.

        A packet that starts within `tolerance` ticks of where the one before it ends continues
        it. Packets without samples are left out.
        """
        full = np.flatnonzero(self.counts)
        if not len(full):
            return []
        times, counts = self.timestamps[full].astype(np.int64), self.counts[full]
        length = counts * float(self.header.ticks_per_sample)
        breaks = 1 + np.flatnonzero(abs(np.diff(times) - length[:-1]) > tolerance)
        edges = np.concatenate([[0], np.cumsum(counts)])
        first, last = np.concatenate([[0], breaks]), np.concatenate([breaks, [len(full)]])
        return [
            self._run(int(self.timestamps[full[a]]), int(edges[a]), int(edges[b]))
            for a, b in zip(first, last, strict=True)
        ]

    def _run(self, timestamp: int, start: int, stop: int) -> Run:
        t_start = timestamp / self.header.timestamp_resolution
        return Run(timestamp, t_start, self.samples[start:stop])


def _text(value: str | bytes) -> str:
    value = value.decode("latin-1") if isinstance(value, bytes) else value
    return value.split("\0", 1)[0]


def pack_headers(header: Header, chans: Sequence[Channel]) -> bytes:
    """Return everything that comes before the data."""
    file_id = header.overrides.get("file_id", FILE_IDS.get(header.version))
    if file_id is None:
        raise ValueError(f"version {header.version} is not one of {', '.join(FILE_IDS)}")
    old = header.version == "2.1"
    layout, size = (BASIC_21_LAYOUT, BASIC_21_BYTES) if old else (BASIC_LAYOUT, BASIC_BYTES)
    record = pack_record(
        layout,
        size,
        header,
        file_id=file_id,
        version=[int(part) for part in header.version.split(".")],
        bytes_in_headers=size + CHANNEL_BYTES * len(chans) + len(header.padding),
        channel_count=len(chans),
    )
    for name, value in header.overrides.items():
        record[name] = value
    if old:
        rest = np.array([c.electrode_id for c in chans], "<u4").tobytes()
    else:
        packed = [pack_record(CHANNEL_LAYOUT, CHANNEL_BYTES, c) for c in chans]
        rest = b"".join(one.tobytes() for one in packed)
    return record.tobytes() + rest + header.padding


def write_nsx(
    path: Path | str,
    packets: Iterable[Packet],
    chans: Sequence[Channel],
    header: Header | None = None,
    tail: bytes = b"",
) -> Truth:
    """Write a file of data packets, in exactly the order given.

    Parameters
    ----------
    path : path-like
    packets : iterable of Packet
        Of 2.1, which has no packets, only the samples are written.
    chans : sequence of Channel
        In file order.
    header : Header, optional
    tail : bytes
        Written after the last packet, for files that end badly.

    Returns
    -------
    Truth
    """
    header = Header() if header is None else header
    packets = list(packets)
    wrong = {p.samples.shape[1:] for p in packets} - {(len(chans),)}
    if wrong:
        raise ValueError(f"samples of shape (n, {wrong}) for {len(chans)} channels")
    old = header.version == "2.1"
    code = struct.Struct(f"<B{header.timestamp_format}I")
    head = pack_headers(header, chans)
    sizes = [len(head)]
    with Path(path).open("wb") as file:
        file.write(head)
        for p in packets:
            points = len(p.samples) if p.nb_points is None else p.nb_points
            data = b"" if old else code.pack(p.flag, p.timestamp, points)
            data += p.samples.astype("<i2").tobytes()
            sizes.append(file.write(data))
        file.write(tail)
    starts = np.cumsum(sizes)
    timestamps = np.array([p.timestamp for p in packets], np.uint64)
    counts = np.array([len(p.samples) for p in packets], np.int64)
    if old:
        starts, timestamps, counts = starts[[0, -1]], np.zeros(1, np.uint64), counts.sum()[None]
    samples = np.concatenate([np.empty((0, len(chans)), np.int16), *(p.samples for p in packets)])
    return Truth(header, list(chans), timestamps, counts, samples, starts)


def ptp_timestamps(
    n: int,
    period: int = 1,
    *,
    start: int = UNIX_2024,
    gaps: Mapping[int, int] | None = None,
    jitter: int = 0,
    seed: int = 0,
) -> Timestamps:
    """Return timestamps of `n` samples in nanoseconds, as a PTP clock gives them.

    Parameters
    ----------
    n, period : int
        `period` is in 1/30000 s.
    start : int
        Time of the first sample, if it has no jitter.
    gaps : mapping, optional
        Number of a sample to the nanoseconds it and all after it come later than they should
        (negative: earlier).
    jitter : int
        Each timestamp is off by up to so many nanoseconds.
    seed : int

    Returns
    -------
    numpy.ndarray
        uint64.
    """
    # Rounded to the nearest nanosecond without going through floats: 30 kHz has no whole period.
    times = start + (np.arange(n, dtype=np.int64) * (2 * period * NANOSECONDS) + CLOCK) // (
        2 * CLOCK
    )
    for sample, late in (gaps or {}).items():
        times[sample:] += late
    if jitter:
        times += np.random.default_rng(seed).integers(-jitter, jitter, n, endpoint=True)
    return times.astype(np.uint64)


def ptp_dtype(n_channels: int) -> np.dtype[Any]:
    """Return the dtype of a packet of one sample: 13 bytes and then the sample."""
    return np.dtype(
        [
            ("flag", "u1"),
            ("timestamp", "<u8"),
            ("nb_points", "<u4"),
            ("sample", "<i2", (n_channels,)),
        ]
    )


def write_ptp_records(file: BinaryIO, timestamps: Timestamps, samples: Int16Array) -> None:
    """Write packets of one sample each to a file that is open, some at a time."""
    for i in range(0, len(samples), RECORDS_AT_A_TIME):
        rows = slice(i, i + RECORDS_AT_A_TIME)
        records = np.empty(len(samples[rows]), ptp_dtype(samples.shape[1]))
        records["flag"] = 1
        records["timestamp"] = timestamps[rows]
        records["nb_points"] = 1
        records["sample"] = samples[rows]
        file.write(records.tobytes())


def write_ptp(
    path: Path | str,
    samples: Int16Array,
    timestamps: Timestamps,
    chans: Sequence[Channel],
    header: Header = PTP,
    tail: bytes = b"",
) -> Truth:
    """Write a file of one packet a sample; arguments as of `write_nsx`.

    Returns
    -------
    Truth
    """
    if samples.shape != (len(timestamps), len(chans)):
        raise ValueError(f"{samples.shape} for {len(timestamps)} times, {len(chans)} channels")
    head = pack_headers(header, chans)
    with Path(path).open("wb") as file:
        file.write(head)
        write_ptp_records(file, timestamps, samples)
        file.write(tail)
    starts = len(head) + ptp_dtype(len(chans)).itemsize * np.arange(len(samples) + 1)
    counts = np.ones(len(samples), np.int64)
    return Truth(header, list(chans), timestamps, counts, samples, starts)

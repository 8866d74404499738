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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tests.writers.nsx_headers import (
    CLOCK,
    NANOSECONDS,
    PTP,
    Channel,
    Header,
    channels,
    default_label,
    pack_headers,
    text_of,
)

__all__ = [
    "NANOSECONDS",
    "PTP",
    "UNIX_2024",
    "Channel",
    "Header",
    "Packet",
    "Run",
    "Truth",
    "channels",
    "default_label",
    "pack_headers",
    "ptp_dtype",
    "ptp_timestamps",
    "write_nsx",
    "write_ptp",
    "write_ptp_records",
]

UNIX_2024 = 1_704_067_200 * NANOSECONDS  # 2024-01-01 00:00 UTC
RECORDS_AT_A_TIME = 1 << 16  # bounds the memory of writing

Int16Array = npt.NDArray[np.int16]
Timestamps = npt.NDArray[np.uint64]


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
        return [text_of(c.label) for c in self.channels]

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
        return ["" if self.is_old else text_of(c.units) for c in self.channels]

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

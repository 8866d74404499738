"""The chain of data packets of an NSx file, found without a Python loop over packets.

A packet is ``0x01, timestamp, number of samples, samples``; where the next one starts is known
from that number alone. Most files repeat one size: a few packets, thousands, or one for each
sample (PTP). So the chain is *jumped* along: if a packet with the same number of samples, and the
timestamp that as many packets later should have, stands where it would stand, then all between
are as expected, and none of them is read. Jumps double as long as they land and are halved when
they do not. Where packets are irregular, or pauses many, the file is read in slabs instead
(`rawio.blackrock.slabs`), so that each packet costs no call of the system.

The result are *groups*: packets of one size that follow each other in the file and in time.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nsx_header import NsxHeader
from rawio.files import RawFile

GROUP = np.dtype(
    [
        ("position", "<i8"),  # byte of the first packet's header
        ("packets", "<i8"),
        ("points", "<i8"),  # samples of each packet
        ("tick", "<i8"),  # timestamp of the first packet
        ("last_tick", "<i8"),  # and of the last
    ]
)

MAX_JUMP_SAMPLES = 1 << 16
STEADY = 0.5
"""Samples that a packet may be off and still be of the group: no lost sample hides in that."""

SMALL_PACKET_BYTES = 64 << 10
"""Larger packets are read one by one: a call costs less than their share of a slab."""

SHORT_GROUP_BYTES = 256 << 10
TRIES = 64
PAUSE_SECONDS = 60

Ticks = int | np.ndarray


@dataclass(frozen=True)
class Rhythm:
    """When the next packet is due, and how far off it may be and still continue.

    Attributes
    ----------
    ticks_per_sample : float
    late, early : float
        Samples that the next packet may be off.
    total : float
        Samples that packets which are off may come to until a gap is made of them.
    steered : bool
        Whether timestamps are times of a clock that is set by others, not counts of samples.
    """

    ticks_per_sample: float
    late: float
    early: float
    total: float
    steered: bool

    def off(self, tick: Ticks, next_tick: Ticks, samples: Ticks) -> Any:
        """Return how many samples too late `next_tick` is, `samples` after `tick`."""
        return (next_tick - tick) / self.ticks_per_sample - samples

    def continues(self, off: Any) -> Any:
        """Return whether a packet that is `off` follows without a gap."""
        return (off <= self.late) & (off >= -self.early)


@dataclass
class Chain:
    """What `follow_packets` found.

    Attributes
    ----------
    groups : ndarray of GROUP
        In file order; packets without samples are groups of their own.
    end : int
        Byte after what could be read.
    reason : {'', 'flag', 'header', 'cut'}
        Why the chain ended before the file: no packet starts there, its header is cut, or its
        samples are.
    crashed : bool
        Whether the last packet's count was left 0 and it was taken to reach to the end.
    """

    groups: np.ndarray
    end: int
    reason: str = ""
    crashed: bool = False


class PacketFile:
    """Reads packet headers of one file."""

    def __init__(self, file: RawFile, header: NsxHeader) -> None:
        self.file = file
        self.header = header
        self._code = struct.Struct("<BQI" if self.header.stamp_bytes == 8 else "<BII")
        self.head_bytes = self.header.packet_header_bytes
        self.frame_bytes = self.header.frame_bytes

    def head(self, at: int) -> tuple[int, int, int]:
        """Return flag, timestamp and number of samples of the packet at byte `at`."""
        raw = self.file.read(at, self.head_bytes)
        flag, tick, points = self._code.unpack(raw.data)
        return flag, min(tick, layout.FARTHEST_TICK), points

    def stride(self, points: int) -> int:
        """Return the bytes of a packet."""
        return self.head_bytes + points * self.frame_bytes

    def are_single(self) -> bool:
        """Return whether the first two packets have one sample each, as all of a PTP file have."""
        at = self.header.data_start
        for _ in range(2):
            if not self.fits(at) or self.head(at)[2] != 1:
                return False
            at += self.stride(1)
        return True

    def fits(self, at: int) -> bool:
        """Return whether a packet header fits into the file at byte `at`."""
        return at + self.head_bytes <= self.file.size


SlabReader = Callable[[PacketFile, Rhythm, int, int], tuple[np.ndarray, int]]


def follow_packets(packets: PacketFile, rhythm: Rhythm, read_slab: SlabReader) -> Chain:
    """Follow the packets of a file from the end of its headers.

    Parameters
    ----------
    packets : PacketFile
    rhythm : Rhythm
    read_slab : callable
        `rawio.blackrock.slabs.read_slab`.

    Returns
    -------
    Chain
    """
    found: list[np.ndarray] = []
    at, size = packets.header.data_start, packets.file.size
    slabs = _Slabs(rhythm, read_slab)
    while packets.fits(at):
        flag, tick, points = packets.head(at)
        if flag != 1:
            return Chain(_joined(found), at, "flag")
        if points == 0:
            if not _is_empty_packet(packets, at, tick):
                points = (size - at - packets.head_bytes) // packets.frame_bytes
                found.append(_group(at, 1, points, tick, tick))
                return Chain(_joined(found), at + packets.stride(points), crashed=True)
            found.append(_group(at, 1, 0, tick, tick))
            at += packets.head_bytes
            continue
        stride = packets.stride(points)
        if at + stride > size:
            points = (size - at - packets.head_bytes) // packets.frame_bytes
            found.append(_group(at, 1, points, tick, tick))
            return Chain(_joined(found), at + packets.stride(points), "cut")
        if slabs.wanted and stride <= SMALL_PACKET_BYTES:
            groups, end = slabs.read(packets, at)
            if len(groups):
                found.append(groups)
                at = end
                continue
        count, last_tick = _jump_along(packets, rhythm, at, tick, points)
        found.append(_group(at, count, points, tick, last_tick))
        at += count * stride
        slabs.wanted = count * stride < SHORT_GROUP_BYTES
    return Chain(_joined(found), at, "header" if at < size else "")


class _Slabs:
    """Whether to read slabs, and how large: less after one that was of little use."""

    LEAST, MOST = 64 << 10, 1 << 20

    def __init__(self, rhythm: Rhythm, read_slab: SlabReader) -> None:
        self._rhythm = rhythm
        self._read_slab = read_slab
        self._size = self.LEAST
        self.wanted = False

    def read(self, packets: PacketFile, at: int) -> tuple[np.ndarray, int]:
        groups, end = self._read_slab(packets, self._rhythm, at, self._size)
        self.wanted = len(groups) > 1
        if end - at > self._size // 2:
            self._size = min(2 * self._size, self.MOST)
        else:
            self._size = max(self._size // 4, self.LEAST)
        return groups, end


def _jump_along(
    packets: PacketFile, rhythm: Rhythm, at: int, tick: int, points: int
) -> tuple[int, int]:
    """Return how many packets from `at` on are alike and without a gap, and the last timestamp.

    It may stop early where the clock is so unsteady that jumps are of no use.
    """
    stride = packets.stride(points)
    last = (packets.file.size - at) // stride - 1
    most = max(1, MAX_JUMP_SAMPLES // points)
    here, step, tries = 0, 1, 0
    while here < last and not (tries >= TRIES and here < 4 * tries):
        there = min(here + step, last)
        flag, next_tick, next_points = packets.head(at + there * stride)
        tries += 1
        landed = flag == 1 and next_points == points
        if landed:
            landed = abs(rhythm.off(tick, next_tick, (there - here) * points)) <= STEADY
        if landed:
            here, tick = there, next_tick
            step = min(2 * step, most)
        elif there == here + 1:
            break
        else:
            step = (there - here) // 2
    return here + 1, tick


def _is_empty_packet(packets: PacketFile, at: int, tick: int) -> bool:
    """Return whether a packet that says it has no samples has none.

    Recorders that crash leave the number 0. Then samples follow, else the end or the next packet.
    Samples may start with 0x01 too, so what follows must look like a packet beyond that.
    """
    following, size = at + packets.head_bytes, packets.file.size
    if following >= size:
        return True
    if not packets.fits(following):
        return size - following < packets.frame_bytes
    flag, next_tick, points = packets.head(following)
    if flag != 1:
        return False
    end = following + packets.stride(points)
    if end >= size:
        pause = (next_tick - tick) / packets.header.resolution
        return end == size or (points > 0 and 0 <= pause <= PAUSE_SECONDS)
    return bool(packets.file.read(end, 1)[0] == 1)


def _group(position: int, packets: int, points: int, tick: int, last_tick: int) -> np.ndarray:
    return np.array([(position, packets, points, tick, last_tick)], GROUP)


def _joined(found: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(found) if found else np.empty(0, GROUP)

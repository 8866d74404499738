"""The data packets of Blackrock NEV files; see `tests.writers.nev`.

Each has a `timestamp`, a `packet_id` and a `body`: what follows the packet id, that is from byte
6 of the packet on (10 in 3.0).
"""

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tests.writers.nev_headers import Electrode, Header, bytes_of_sample, points_of

Array = npt.NDArray[Any]


def waveform_format(header: Header, electrode: Electrode | None) -> tuple[np.dtype[Any], int]:
    """Return dtype and number of points of an electrode's waveforms.

    In 2.1 and 2.2 they fill the packet, from 2.3 on the header of the electrode has the number.
    """
    one = bytes_of_sample(header, electrode)
    room = (header.packet_bytes - header.timestamp_bytes - 4) // one
    points = room if header.version < "2.3" else min(room, points_of(header, electrode))
    return np.dtype(f"<i{one}"), points


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


@dataclass(frozen=True, eq=False)
class Spike:
    """A spike; unit 0 is unsorted, 1 to 16 are sorted, 255 is noise.

    `waveform` is written in the electrode's own dtype with zeros after it, None as zeros alone.
    `reserved` is byte 7 (11 in 3.0).
    """

    timestamp: int
    electrode: int
    unit: int = 0
    waveform: Array | None = None
    reserved: int = 0

    @property
    def packet_id(self) -> int:
        """The electrode."""
        return self.electrode

    def body(self, header: Header, electrode: Electrode | None) -> bytes:
        """Return class, reserved byte and waveform."""
        head = struct.pack("<BB", self.unit, self.reserved)
        if self.waveform is None:
            return head
        dtype, _ = waveform_format(header, electrode)
        stored = np.asarray(self.waveform).astype(dtype)
        if not np.array_equal(stored, self.waveform):
            raise ValueError(f"waveform of electrode {self.electrode} does not fit into {dtype}")
        return head + stored.tobytes()


@dataclass(frozen=True)
class Digital:
    """Inputs; `reason` has a bit for what made the packet, see `nev.REASONS`.

    `analog` are five voltages in mV, in 2.1 and 2.2 only.
    """

    timestamp: int
    value: int = 0
    reason: int = 1
    analog: tuple[int, ...] = (0,) * 5
    reserved: int = 0
    packet_id: ClassVar[int] = 0

    def body(self, header: Header, _: Electrode | None) -> bytes:
        """Return reason, reserved byte, value and, in the old versions, voltages."""
        head = struct.pack("<BBH", self.reason, self.reserved, self.value)
        return head if header.version >= "2.3" else head + struct.pack("<5h", *self.analog)


@dataclass(frozen=True)
class Comment:
    """A comment; `char_set` 0 is Latin-1, 1 UTF-16, 255 an event of NeuroMotive in Latin-1.

    `color` is red, green, blue and opacity from the lowest byte up; with a `flag` of 1 it is the
    timestamp when the comment was begun. Text given as bytes is written as it is.
    """

    timestamp: int
    text: str | bytes = ""
    char_set: int = 0
    flag: int = 0
    color: int = 0
    packet_id: ClassVar[int] = 0xFFFF

    @property
    def raw(self) -> bytes:
        """The text as it stands in the file."""
        if isinstance(self.text, bytes):
            return self.text
        return self.text.encode("utf-16-le" if self.char_set == 1 else "latin-1")

    @property
    def label(self) -> str:
        """The text up to the first zero."""
        text = self.raw.decode("utf-16" if self.char_set == 1 else "latin-1")
        return text.split("\0", 1)[0]

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return character set, flag, colour and text."""
        return struct.pack("<BBI", self.char_set, self.flag, self.color) + self.raw


RESTART = Comment(0, "critical load restart")  # the clock is set back to 0


@dataclass(frozen=True)
class VideoSync:
    """A frame of a video; `elapsed` in ms."""

    timestamp: int
    file: int = 0
    frame: int = 0
    elapsed: int = 0
    source_id: int = 0
    packet_id: ClassVar[int] = 0xFFFE

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return the fields in the order above."""
        return struct.pack("<HIII", self.file, self.frame, self.elapsed, self.source_id)


@dataclass(frozen=True)
class Tracking:
    """An object seen; `points` are its coordinates, x and y in turn, `n_points` half as many."""

    timestamp: int
    parent: int = 0
    node: int = 0
    node_count: int = 1
    points: tuple[int, ...] = ()
    n_points: int | None = None
    packet_id: ClassVar[int] = 0xFFFD

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return the fields in the order above, but the number of points before the points."""
        n_points = len(self.points) // 2 if self.n_points is None else self.n_points
        head = (self.parent, self.node, self.node_count, n_points)
        return struct.pack(f"<4H{len(self.points)}H", *head, *self.points)


@dataclass(frozen=True)
class Button:
    """The patient's trigger; 1 pressed, 2 reset."""

    timestamp: int
    trigger: int = 1
    packet_id: ClassVar[int] = 0xFFFC

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return the trigger."""
        return struct.pack("<H", self.trigger)


@dataclass(frozen=True)
class Config:
    """A change of the configuration or a line of the log; 0 normal, 1 critical."""

    timestamp: int
    change: int = 0
    text: str | bytes = ""
    packet_id: ClassVar[int] = 0xFFFB

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return kind of change and text."""
        return struct.pack("<H", self.change) + _bytes(self.text)


@dataclass(frozen=True)
class Reconfig:
    """A change of the set-up: on which computer (16 bytes) and what."""

    timestamp: int
    change: int = 0
    computer: str | bytes = ""
    text: str | bytes = ""
    packet_id: ClassVar[int] = 0xFFFA

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return kind of change, computer and text."""
        return struct.pack("<H16s", self.change, _bytes(self.computer)) + _bytes(self.text)


@dataclass(frozen=True)
class Recording:
    """Recording started, paused and so on."""

    timestamp: int
    code: int = 0
    packet_id: ClassVar[int] = 0xFFF9

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return the code."""
        return struct.pack("<H", self.code)


@dataclass(frozen=True)
class RawPacket:
    """A packet as told; `payload` starts right after the packet id."""

    timestamp: int
    packet_id: int
    payload: bytes = b""

    def body(self, _: Header, __: Electrode | None) -> bytes:
        """Return the payload."""
        return self.payload


Packet = (
    Spike
    | Digital
    | Comment
    | VideoSync
    | Tracking
    | Button
    | Config
    | Reconfig
    | Recording
    | RawPacket
)


def pack_packet(packet: Packet, header: Header, electrode: Electrode | None = None) -> bytes:
    """Return a packet as it stands in the file, zeros up to its full size.

    Raises
    ------
    ValueError
        If what it holds does not fit into it.
    """
    code = "<QH" if header.version >= "3.0" else "<IH"
    data = struct.pack(code, packet.timestamp, packet.packet_id) + packet.body(header, electrode)
    if len(data) > header.packet_bytes:
        raise ValueError(f"{packet} needs {len(data)} of {header.packet_bytes} bytes")
    return data.ljust(header.packet_bytes, b"\0")

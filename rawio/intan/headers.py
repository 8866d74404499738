"""The header of RHD and RHS recordings: versions 1.0 to 3.x of both families.

From Intan's application notes "RHD2000 (RHS2000) Data File Formats" and the acquisition software
that writes the files. All is little-endian without padding; texts are QStrings: a u32 with the
number of bytes (0xFFFFFFFF for a null string), then UTF-16.
"""

import math
import struct
from dataclasses import dataclass, field

from rawio.errors import FormatError, Warn
from rawio.files import RawFile
from rawio.texts import shown

MAGIC = {b"\x02\x27\x91\xc6": "rhd", b"\xac\x27\x91\xd6": "rhs"}

OLDEST, NEWEST_MAJOR = (1, 0), 3
MIN_RATE, MAX_RATE = 1.0, 1e6  # Hz; controllers do 1 to 30 kHz

NULL_TEXT = 0xFFFFFFFF
MAX_TEXT_BYTES = 1 << 20
MAX_HEADER_BYTES = 16 << 20
READ_BYTES = 64 << 10
MAX_NAME = 64  # characters that the header tables hold
MAX_TEMPERATURES = 64  # one a chip

GROUP_BYTES, CHANNEL_BYTES = 14, {"rhd": 36, "rhs": 38}  # at least, with empty texts

SIGNALS = {
    "rhd": ("amplifier", "aux", "supply", "adc", "digital_in", "digital_out"),
    "rhs": ("amplifier", "aux", "supply", "adc", "dac", "digital_in", "digital_out"),
}
"""What the signal type of a channel stands for, by number."""

NEVER_SAVED = {"rhd": (), "rhs": ("aux", "supply")}


@dataclass(frozen=True)
class Channel:
    """An enabled channel; `order` is its native order, of a digital line the bit in its word."""

    native_name: str
    custom_name: str
    signal: str
    order: int


@dataclass(frozen=True)
class IntanHeader:
    """What reading the data needs of a header.

    Attributes
    ----------
    kind : str
        "rhd" or "rhs".
    version : (int, int)
        Of the file, or the nearest one known.
    sample_rate : float
        Of the amplifiers, in hertz.
    stim_step : float or None
        Amperes a step of stimulation current; None in RHD, or where it cannot be true.
    dc_saved : bool
        Whether blocks hold DC amplifiers; where there are other files, these tell.
    temp_sensors, board_mode : int
    channels : tuple of Channel
        Those that have data, in the order of their data.
    raw : bytes
        The header as it is in the file.
    """

    kind: str
    version: tuple[int, int]
    sample_rate: float
    stim_step: float | None
    dc_saved: bool
    temp_sensors: int
    board_mode: int
    channels: tuple[Channel, ...]
    raw: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of the header."""
        return len(self.raw)

    @property
    def block(self) -> int:
        """Samples in a data block of the traditional layout."""
        return 60 if self.kind == "rhd" and self.version < (2, 0) else 128

    @property
    def signed_time(self) -> bool:
        """Whether timestamps are int32, not uint32."""
        return self.kind == "rhs" or self.version >= (1, 2)

    @property
    def signature(self) -> tuple[object, ...]:
        """What is the same in all files of one session."""
        channels = tuple((c.native_name, c.signal, c.order) for c in self.channels)
        return (
            *(self.kind, self.version, self.sample_rate, self.stim_step, self.dc_saved),
            *(self.temp_sensors, self.board_mode, channels),
        )

    def of(self, signal: str) -> tuple[Channel, ...]:
        """Return the channels of a signal type."""
        return tuple(channel for channel in self.channels if channel.signal == signal)


class _Cursor:
    """Reads a header piece by piece, and says where it went wrong."""

    def __init__(self, file: RawFile) -> None:
        self.file, self.at = file, 0
        self._data = file.read(0, READ_BYTES).tobytes()

    def numbers(self, code: str) -> tuple[int | float, ...]:
        """Return the fields of a `struct` code and go behind them."""
        size = struct.calcsize(f"<{code}")
        return struct.unpack(f"<{code}", self._take(size))

    def number(self, code: str) -> int | float:
        """Return one field."""
        return self.numbers(code)[0]

    def text(self) -> str:
        """Return a QString; of characters that are none, something to see."""
        where = self.at
        size = int(self.number("I"))
        if size in (0, NULL_TEXT):
            return ""
        if size % 2 or size > MAX_TEXT_BYTES:
            raise FormatError(
                f"{self.file.path}: at byte {where} of the header a text of {size} bytes should "
                "begin, which cannot be; the header is damaged."
            )
        return self._take(size).decode("utf-16-le", errors="replace").replace("\0", "")

    def check_count(self, what: str, count: int, each: int) -> None:
        """Raise unless `count` things of at least `each` bytes can follow."""
        if count >= 0 and self.at + count * each <= self.file.size:
            return
        raise FormatError(
            f"{self.file.path}: the header says {count} {what} before byte {self.at}, of a file of "
            f"{self.file.size} bytes; it is damaged or cut."
        )

    def taken(self) -> bytes:
        """Return all that was read so far."""
        return self._data[: self.at]

    def _take(self, size: int) -> bytes:
        stop = self.at + size
        if stop > len(self._data):
            if stop > self.file.size:
                raise FormatError(
                    f"{self.file.path}: ends at byte {self.file.size}, within its header, which "
                    f"goes on to byte {stop} or further; copy the recording again."
                )
            if stop > MAX_HEADER_BYTES:
                raise FormatError(
                    f"{self.file.path}: its header does not end within {MAX_HEADER_BYTES} bytes; "
                    "it is damaged."
                )
            self._data = self.file.read(0, max(stop, 2 * len(self._data))).tobytes()
        taken = self._data[self.at : stop]
        self.at = stop
        return taken


def kind_of(head: bytes) -> str | None:
    """Return "rhd" or "rhs" for the first bytes of such a file, None for another."""
    return MAGIC.get(head[:4])


def read_header(file: RawFile, warn: Warn, like: IntanHeader | None = None) -> IntanHeader:
    """Read and check the header of an .rhd or .rhs file.

    Parameters
    ----------
    file : RawFile
    warn : callable
        Called with a sentence about anything odd that does not stop the reading.
    like : IntanHeader, optional
        Returned at once if the file begins with the same bytes, as the next file of a session does.

    Raises
    ------
    FormatError
        When the file is of another format, ends within its header, or has numbers in it that
        cannot be true.
    """
    if like is not None and file.read(0, like.size).tobytes() == like.raw:
        return like
    cursor = _Cursor(file)
    kind = kind_of(file.read(0, 4).tobytes())
    if kind is None:
        raise FormatError(
            f"{file.path}: is no Intan file (it does not start as .rhd and .rhs files do)."
        )
    rhs = kind == "rhs"
    cursor.number("I")
    version = _version(cursor.numbers("hh"), warn)
    sample_rate = float(cursor.number("f"))
    if not MIN_RATE <= sample_rate <= MAX_RATE:  # false for nan
        raise FormatError(
            f"{file.path}: the sample rate (byte 8) is {sample_rate} Hz, which no Intan "
            "controller does; the header is damaged."
        )
    cursor.numbers("h8fh2f" if rhs else "h6fh2f")  # filters and impedance test
    stim_step = None
    if rhs:
        stim_step = _stim_step(float(cursor.numbers("hhfff")[2]), warn)
    for _ in range(3):
        cursor.text()  # notes
    # The same place tells of temperature sensors in RHD and of the DC amplifiers in RHS.
    saved = int(cursor.number("h")) if rhs or version >= (1, 1) else 0
    temp_sensors = 0 if rhs else _temp_sensors(file, saved)
    board_mode = int(cursor.number("h")) if rhs or version >= (1, 3) else 0
    if rhs or version >= (2, 0):
        cursor.text()  # reference
    channels = _read_groups(cursor, kind, warn)
    return IntanHeader(
        kind=kind,
        version=version,
        sample_rate=sample_rate,
        stim_step=stim_step,
        dc_saved=rhs and saved != 0,
        temp_sensors=temp_sensors,
        board_mode=board_mode,
        channels=tuple(channels),
        raw=cursor.taken(),
    )


def _version(numbers: tuple[int | float, ...], warn: Warn) -> tuple[int, int]:
    found = (int(numbers[0]), int(numbers[1]))
    nearest = found
    if found < OLDEST:
        nearest = OLDEST
    elif found[0] > NEWEST_MAJOR:
        nearest = (NEWEST_MAJOR, 0)
    if nearest != found:
        warn(
            f"file version {found[0]}.{found[1]} is not one of 1.0 to {NEWEST_MAJOR}.x; read as "
            f"{nearest[0]}.{nearest[1]}."
        )
    return nearest


def _stim_step(value: float, warn: Warn) -> float | None:
    if math.isfinite(value) and value > 0:
        return value
    warn(f"the step of the stimulation current is {value} A; currents are left in steps.")
    return None


def _temp_sensors(file: RawFile, count: int) -> int:
    if 0 <= count <= MAX_TEMPERATURES:
        return count
    raise FormatError(
        f"{file.path}: the header says {count} temperature sensors, not 0 to {MAX_TEMPERATURES}; "
        "it is damaged."
    )


def _read_groups(cursor: _Cursor, kind: str, warn: Warn) -> list[Channel]:
    """Return the enabled channels of the enabled groups."""
    count = int(cursor.number("h"))
    cursor.check_count("signal groups", count, GROUP_BYTES)
    channels: list[Channel] = []
    for _ in range(count):
        name = cursor.text()
        cursor.text()  # prefix
        enabled, n_channels, _ = cursor.numbers("hhh")
        cursor.check_count(f"channels in {shown(name)}", int(n_channels), CHANNEL_BYTES[kind])
        for _ in range(int(n_channels)):
            channel = _read_channel(cursor, kind, bool(enabled), warn)
            if channel is not None:
                channels.append(channel)
    return channels


def _read_channel(cursor: _Cursor, kind: str, kept: bool, warn: Warn) -> Channel | None:
    """Read a channel; return it if it is enabled and such channels have data."""
    where = cursor.at
    native, custom = cursor.text(), cursor.text()
    order, _, code, enabled, *_ = cursor.numbers("6h4h2f" if kind == "rhd" else "7h4h2f")
    if not (kept and enabled):
        return None
    if not 0 <= code < len(SIGNALS[kind]):
        raise FormatError(
            f"{cursor.file.path}: channel {shown(native)} (byte {where}) has the signal type "
            f"{code}, not 0 to {len(SIGNALS[kind]) - 1}; the header is damaged."
        )
    signal = SIGNALS[kind][int(code)]
    if signal in NEVER_SAVED[kind]:
        warn(
            f"channel {shown(native)} is left out: RHS files hold no auxiliary and supply signals."
        )
        return None
    if signal.startswith("digital") and not 0 <= order < 16:
        raise FormatError(
            f"{cursor.file.path}: digital line {shown(native)} (byte {where}) should be bit "
            f"{order} of a word of 16; the header is damaged."
        )
    if max(len(native), len(custom)) > MAX_NAME:
        warn(
            f"names are cut to {MAX_NAME} characters, such as "
            f"{shown(max(native, custom, key=len))}."
        )
    return Channel(native, custom, signal, int(order))

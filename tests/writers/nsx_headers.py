"""The basic and the extended headers of Blackrock NSx files; see `tests.writers.nsx`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

FILE_IDS = {"2.1": b"NEURALSG", "2.2": b"NEURALCD", "2.3": b"NEURALCD", "3.0": b"BRSMPGRP"}
CLOCK = 30_000  # what the period counts, whatever the timestamps count
NANOSECONDS = 1_000_000_000  # timestamps a second of PTP

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
    made = []
    for k in range(first_id, first_id + n):
        bank, pin = divmod(k - 1, 32)
        made.append(Channel(k, default_label(k), (bank + 1) % 256, pin + 1))
    return [replace(channel, **more) for channel in made]


def text_of(value: str | bytes) -> str:
    """Return a field of text up to its first zero."""
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

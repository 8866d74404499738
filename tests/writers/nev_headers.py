"""The basic and the extended headers of Blackrock NEV files; see `tests.writers.nev`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.writers.nsx_headers import Layout, pack_record

FILE_IDS = {"2.1": b"NEURALEV", "2.2": b"NEURALEV", "2.3": b"NEURALEV", "3.0": b"BREVENTS"}
BASIC_BYTES = 336
EXTENDED_BYTES = 32

BASIC_LAYOUT: Layout = (
    ("file_id", "S8", 0),
    ("version", ("u1", (2,)), 8),  # major, minor
    ("flags", "<u2", 10),  # bit 0: all waveforms are int16
    ("bytes_in_headers", "<u4", 12),
    ("packet_bytes", "<u4", 16),
    ("timestamp_resolution", "<u4", 20),  # ticks a second
    ("sample_resolution", "<u4", 24),  # samples of a waveform a second
    # year, month, day of the week (0 is Sunday), day, hour, minute, second, millisecond; UTC
    ("time_origin", ("<u2", (8,)), 28),
    ("application", "S32", 44),
    ("comment", "S256", 76),
    ("n_extended", "<u4", 332),
)

_ID = ("header_id", "S8", 0)
ELECTRODE_LAYOUT: Layout = (
    _ID,
    ("electrode_id", "<u2", 8),
    ("connector", "u1", 10),
    ("pin", "u1", 11),
    ("digitization_factor", "<u2", 12),  # nV a bit
    ("energy_threshold", "<u2", 14),
    ("hi_threshold", "<i2", 16),
    ("lo_threshold", "<i2", 18),
    ("n_sorted_units", "u1", 20),
    ("bytes_per_sample", "u1", 21),  # of a waveform: 0 and 1 int8, 2 int16, 4 int32
    ("spike_width", "<u2", 22),  # samples of a waveform; nothing in 2.1
    # 24 to 31: padding
)
LABEL_LAYOUT: Layout = (_ID, ("electrode_id", "<u2", 8), ("label", "S16", 10))
FILTER_LAYOUT: Layout = (
    _ID,
    ("electrode_id", "<u2", 8),
    ("hi_freq_corner", "<u4", 10),  # mHz
    ("hi_freq_order", "<u4", 14),
    ("hi_freq_type", "<u2", 18),  # 0 none, 1 Butterworth
    ("lo_freq_corner", "<u4", 20),
    ("lo_freq_order", "<u4", 24),
    ("lo_freq_type", "<u2", 28),
)
DIGITAL_LABEL_LAYOUT: Layout = (_ID, ("label", "S16", 8), ("mode", "u1", 24))
TEXT_LAYOUT: Layout = (_ID, ("text", "S24", 8))
VIDEO_LAYOUT: Layout = (
    _ID,
    ("source_id", "<u2", 8),
    ("name", "S16", 10),
    ("frame_rate", "<f4", 26),
)
# The vendor's readers take bytes 10 to 13 for one number, others for two; below 65536 objects
# and with a point count of 0 there is no difference.
TRACKABLE_LAYOUT: Layout = (
    _ID,
    ("kind", "<u2", 8),
    ("trackable_id", "<u2", 10),
    ("point_count", "<u2", 12),
    ("name", "S16", 14),
)
NSAS_LAYOUT: Layout = (
    _ID,
    ("frequency", "<u2", 8),
    ("digital_config", "u1", 10),
    *((f"config_{k}", "u1", 11 + 3 * k) for k in range(5)),
    *((f"edge_{k}", "<i2", 12 + 3 * k) for k in range(5)),
)


@dataclass(frozen=True)
class Header:
    """The basic header but for what `write_nev` works out.

    `packet_bytes` 0 becomes what 48 samples of int16 need, 104 or in 3.0 108. `padding` are bytes
    between the headers and the packets, counted in `bytes_in_headers`.
    `overrides` sets fields of `BASIC_LAYOUT` by name after everything else.
    """

    version: str = "2.3"
    flags: int = 1
    packet_bytes: int = 0
    timestamp_resolution: int = 30_000
    sample_resolution: int = 30_000
    time_origin: tuple[int, ...] = (2020, 2, 6, 29, 12, 30, 45, 678)
    application: str | bytes = "File Dialog v6.05"
    comment: str | bytes = ""
    padding: bytes = b""
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.packet_bytes:
            object.__setattr__(self, "packet_bytes", self.timestamp_bytes + 4 + 2 * 48)

    @property
    def timestamp_bytes(self) -> int:
        """Size of a packet's timestamp; the packet id follows it."""
        return 8 if self.version >= "3.0" else 4


@dataclass(frozen=True)
class Electrode:
    """NEUEVWAV; `spike_width` None is what fits into a packet, and is not written in 2.1."""

    electrode_id: int
    digitization_factor: int = 250
    bytes_per_sample: int = 2
    spike_width: int | None = None
    connector: int = 1
    pin: int = 1
    energy_threshold: int = 0
    hi_threshold: int = 0
    lo_threshold: int = -200
    n_sorted_units: int = 0
    header_id: ClassVar[str] = "NEUEVWAV"
    layout: ClassVar[Layout] = ELECTRODE_LAYOUT

    @property
    def gain(self) -> float:
        """Microvolts a bit, of the waveforms and of the signals in an NSx 2.1.

        21516 stands for a factor that did not fit into 16 bits, that of the analog inputs.
        """
        factor = self.digitization_factor
        return (152_592.547 if factor == 21516 else factor) / 1000


@dataclass(frozen=True)
class Label:
    """NEUEVLBL, the name of an electrode."""

    electrode_id: int
    label: str | bytes
    header_id: ClassVar[str] = "NEUEVLBL"
    layout: ClassVar[Layout] = LABEL_LAYOUT


@dataclass(frozen=True)
class Filter:
    """NEUEVFLT, the filter of an electrode's spikes."""

    electrode_id: int
    hi_freq_corner: int = 250_000
    hi_freq_order: int = 4
    hi_freq_type: int = 1
    lo_freq_corner: int = 7_500_000
    lo_freq_order: int = 3
    lo_freq_type: int = 1
    header_id: ClassVar[str] = "NEUEVFLT"
    layout: ClassVar[Layout] = FILTER_LAYOUT


@dataclass(frozen=True)
class DigitalLabel:
    """DIGLABEL; mode 0 is serial, 1 parallel."""

    label: str | bytes
    mode: int = 1
    header_id: ClassVar[str] = "DIGLABEL"
    layout: ClassVar[Layout] = DIGITAL_LABEL_LAYOUT


@dataclass(frozen=True)
class Text:
    """ARRAYNME, ECOMMENT, CCOMMENT (it continues the one before) or MAPFILE."""

    header_id: str
    text: str | bytes
    layout: ClassVar[Layout] = TEXT_LAYOUT


@dataclass(frozen=True)
class VideoSource:
    """VIDEOSYN, a camera."""

    source_id: int
    name: str | bytes
    frame_rate: float = 30.0
    header_id: ClassVar[str] = "VIDEOSYN"
    layout: ClassVar[Layout] = VIDEO_LAYOUT


@dataclass(frozen=True)
class Trackable:
    """TRACKOBJ, what is followed by a camera."""

    trackable_id: int
    name: str | bytes
    kind: int = 1
    point_count: int = 0
    header_id: ClassVar[str] = "TRACKOBJ"
    layout: ClassVar[Layout] = TRACKABLE_LAYOUT


@dataclass(frozen=True)
class Nsas:
    """NSASEXEV, which inputs make packets: the analog ones' bits and thresholds, in turn."""

    frequency: int = 0
    digital_config: int = 0
    configs: tuple[int, ...] = (0,) * 5
    edges: tuple[int, ...] = (0,) * 5
    header_id: ClassVar[str] = "NSASEXEV"
    layout: ClassVar[Layout] = NSAS_LAYOUT


@dataclass(frozen=True)
class RawExtended:
    """An extended header as told, known or not; `body` is at most 24 bytes."""

    header_id: str | bytes
    body: bytes = b""
    layout: ClassVar[Layout] = (_ID, ("body", "S24", 8))


Extended = (
    Electrode | Label | Filter | DigitalLabel | Text | VideoSource | Trackable | Nsas | RawExtended
)


def pack_headers(header: Header, extended: Sequence[Extended]) -> bytes:
    """Return everything that comes before the packets."""
    if header.version not in FILE_IDS:
        raise ValueError(f"version {header.version} is not one of {', '.join(FILE_IDS)}")
    record = pack_record(
        BASIC_LAYOUT,
        BASIC_BYTES,
        header,
        file_id=FILE_IDS[header.version],
        version=[int(part) for part in header.version.split(".")],
        bytes_in_headers=BASIC_BYTES + EXTENDED_BYTES * len(extended) + len(header.padding),
        n_extended=len(extended),
    )
    for name, value in header.overrides.items():
        record[name] = value
    return record.tobytes() + b"".join(_pack(header, e) for e in extended) + header.padding


def _pack(header: Header, extended: Extended) -> bytes:
    more = {}
    if isinstance(extended, Electrode):
        width = 0 if header.version == "2.1" else points_of(header, extended)
        more = {"spike_width": width}
    if isinstance(extended, Nsas):
        more = {f"config_{k}": value for k, value in enumerate(extended.configs)}
        more |= {f"edge_{k}": value for k, value in enumerate(extended.edges)}
    return pack_record(extended.layout, EXTENDED_BYTES, extended, **more).tobytes()


def bytes_of_sample(header: Header, electrode: Electrode | None) -> int:
    """Return the size of a waveform's sample, 2 for an electrode without a header."""
    if electrode is None or header.flags & 1:
        return 2
    return max(electrode.bytes_per_sample, 1)


def points_of(header: Header, electrode: Electrode | None) -> int:
    """Return how many points a waveform has.

    What fits into the packet, if the header of the electrode does not say otherwise.
    """
    if electrode is not None and electrode.spike_width is not None:
        return electrode.spike_width
    room = header.packet_bytes - header.timestamp_bytes - 4
    return room // bytes_of_sample(header, electrode)

"""Write the headers of Intan RHD and RHS recordings byte by byte.

Made from the layout of the formats alone and sharing nothing with any reader. Three modules:
this one writes headers, `tests.writers.intan_files` writes recordings in the vendor's three file
layouts, `tests.writers.intan_truth` says what a reader has to find in them. In short::

    header = make_header("rhd", (3, 1), {"A": 32, "C": 4}, disabled=["A-001"])
    recording = make_recording(header, 128 * 50, seed=1, start=-256, gaps={1280: 90})
    truth = write_traditional(tmp_path / "a_240229_120000.rhd", recording)
    truth = write_per_signal(tmp_path / "folder", recording)    # info.rhd, amplifier.dat, ...
    truth = write_per_channel(tmp_path / "other", recording)    # info.rhd, amp-A-000.dat, ...
    truth.streams["amplifier"].raw, .rate, .gain, .offset, .units, .ids, .names
    truth.segments                                              # runs of unbroken timestamps

All numbers are little-endian, nothing is padded. A header is a part of fixed size
(`FIXED_LAYOUT`), a part whose fields depend on the version and whose texts have any length
(`TAIL_LAYOUT`), then the signal groups, each with its channels. Texts are QStrings: a u32 with
the number of *bytes*, then UTF-16; 0xFFFFFFFF for a null string.
"""

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MAGIC = {"rhd": 0xC6912702, "rhs": 0xD69127AC}
NULL_QSTRING = 0xFFFFFFFF
FIXED_BYTES = {"rhd": 48, "rhs": 72}
CHANNEL_BYTES = {"rhd": 28, "rhs": 30}  # after the two names of a channel

# What a channel's signal_type stands for; RHS has a code of its own for analog outputs.
SIGNAL_TYPES = {
    "rhd": ("amplifier", "aux", "supply", "adc", "digital_in", "digital_out"),
    "rhs": ("amplifier", "aux", "supply", "adc", "dac", "digital_in", "digital_out"),
}

# One row a field: name, struct code, byte offset in RHD, byte offset in RHS.
Layout = tuple[tuple[str, str, int | None, int | None], ...]

FIXED_LAYOUT: Layout = (
    ("magic", "I", 0, 0),
    ("major", "h", 4, 4),
    ("minor", "h", 6, 6),
    ("sample_rate", "f", 8, 8),
    ("dsp_enabled", "h", 12, 12),
    ("actual_dsp_cutoff", "f", 14, 14),
    ("actual_lower", "f", 18, 18),
    ("actual_lower_settle", "f", None, 22),
    ("actual_upper", "f", 22, 26),
    ("desired_dsp_cutoff", "f", 26, 30),
    ("desired_lower", "f", 30, 34),
    ("desired_lower_settle", "f", None, 38),
    ("desired_upper", "f", 34, 42),
    ("notch_mode", "h", 38, 46),  # 0 none, 1 50 Hz, 2 60 Hz
    ("desired_impedance_freq", "f", 40, 48),
    ("actual_impedance_freq", "f", 44, 52),
    ("amp_settle_mode", "h", None, 56),
    ("charge_recovery_mode", "h", None, 58),
    ("stim_step", "f", None, 60),  # A
    ("recovery_current_limit", "f", None, 64),  # A
    ("recovery_target_voltage", "f", None, 68),  # V
)

# One row a field: name, struct code or "Q" for a QString, first version of RHD that has it,
# first version of RHS.
TAIL_LAYOUT = (
    ("note1", "Q", (1, 0), (1, 0)),
    ("note2", "Q", (1, 0), (1, 0)),
    ("note3", "Q", (1, 0), (1, 0)),
    ("temp_sensors", "h", (1, 1), None),
    ("dc_saved", "h", None, (1, 0)),
    ("board_mode", "h", (1, 3), (1, 0)),
    ("reference", "Q", (2, 0), (1, 0)),
    ("n_groups", "h", (1, 0), (1, 0)),
)

CHANNEL_LAYOUT: Layout = (
    ("native_order", "h", 0, 0),
    ("custom_order", "h", 2, 2),
    ("signal_code", "h", 4, 4),
    ("enabled", "h", 6, 6),
    ("chip_channel", "h", 8, 8),
    ("command_stream", "h", None, 10),
    ("board_stream", "h", 10, 12),
    ("trigger_mode", "h", 12, 14),
    ("trigger_threshold", "h", 14, 16),
    ("trigger_channel", "h", 16, 18),
    ("trigger_polarity", "h", 18, 20),
    ("impedance", "f", 20, 22),  # ohm
    ("phase", "f", 24, 26),  # degrees
)

# A text is written as a QString, None as a null QString, bytes as they are (to write a wrong one).
Text = str | bytes | None


@dataclass(frozen=True)
class Channel:
    """A channel of the header; `custom_name` "" and `custom_order` -1 take the native ones.

    (A custom name that is empty in the file is ``pack_qstring("")``, or None.)

    `native_order` is, for a digital line, its bit in the word of all lines. `overrides` sets
    fields of `CHANNEL_LAYOUT` by name after everything else.
    """

    native_name: Text
    signal: str = "amplifier"
    native_order: int = 0
    custom_name: Text = ""
    custom_order: int = -1
    enabled: int = 1
    chip_channel: int = 0
    command_stream: int = 0
    board_stream: int = 0
    trigger_mode: int = 1
    trigger_threshold: int = 0
    trigger_channel: int = 0
    trigger_polarity: int = 0
    impedance: float = 0.0
    phase: float = 0.0
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """A port or a kind of board signals; None in the counts stands for the true ones.

    A recorder writes the channels of a disabled group too, though in practice it has none.
    """

    name: Text
    prefix: Text
    channels: tuple[Channel, ...] = ()
    enabled: int = 1
    n_channels: int | None = None
    n_amplifiers: int | None = None


@dataclass(frozen=True)
class Header:
    """Everything that stands before the data of an RHD or RHS recording.

    Fields that `kind` or `version` does not have are not written. `board_mode` None takes what
    the vendor's device writes: 14 in RHS, 13 from version 2 of RHD on, 0 before. `overrides`
    sets fields of `FIXED_LAYOUT` and `TAIL_LAYOUT` by name after everything else.
    """

    kind: str = "rhd"
    version: tuple[int, int] = (3, 1)
    sample_rate: float = 30000.0
    dsp_enabled: int = 1
    actual_dsp_cutoff: float = 1.165828
    actual_lower: float = 0.094529
    actual_lower_settle: float = 1018.75
    actual_upper: float = 7603.765
    desired_dsp_cutoff: float = 1.0
    desired_lower: float = 0.1
    desired_lower_settle: float = 1000.0
    desired_upper: float = 7500.0
    notch_mode: int = 0
    desired_impedance_freq: float = 1000.0
    actual_impedance_freq: float = 998.5
    amp_settle_mode: int = 0
    charge_recovery_mode: int = 0
    stim_step: float = 1e-6
    recovery_current_limit: float = 1e-8
    recovery_target_voltage: float = -0.5
    note1: Text = ""
    note2: Text = ""
    note3: Text = ""
    temp_sensors: int = 0
    dc_saved: int = 0
    board_mode: int | None = None
    reference: Text = "n/a"
    groups: tuple[Group, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def block(self) -> int:
        """Return the samples in a data block of the traditional layout."""
        return 60 if self.kind == "rhd" and self.version < (2, 0) else 128

    @property
    def true_board_mode(self) -> int:
        """Return the board mode a reader has to assume, 0 where the file does not say."""
        if self.kind == "rhd" and self.version < (1, 3):
            return 0
        if self.board_mode is not None:
            return self.board_mode
        return 14 if self.kind == "rhs" else 13 if self.version >= (2, 0) else 0

    def stored(self, signal: str) -> list[Channel]:
        """Return the channels of a signal type that have data, in the order of their data."""
        return [
            channel
            for group in self.groups
            if group.enabled
            for channel in group.channels
            if channel.signal == signal and channel.enabled
        ]


def pack_qstring(text: Text) -> bytes:
    """Return a text as a QString; bytes come back as they are."""
    if text is None:
        return struct.pack("<I", NULL_QSTRING)
    if isinstance(text, bytes):
        return text
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded)) + encoded


def _pack_fields(layout: Layout, size: int, kind: str, values: Mapping[str, Any]) -> bytes:
    record = bytearray(size)
    for name, code, rhd_offset, rhs_offset in layout:
        offset = rhd_offset if kind == "rhd" else rhs_offset
        if offset is not None:
            struct.pack_into("<" + code, record, offset, values[name])
    return bytes(record)


def pack_channel(channel: Channel, kind: str) -> bytes:
    """Return a channel as it stands in the header."""
    values = vars(channel) | {"signal_code": SIGNAL_TYPES[kind].index(channel.signal)}
    if channel.custom_order == -1:
        values["custom_order"] = channel.native_order
    values |= channel.overrides
    custom = channel.native_name if channel.custom_name == "" else channel.custom_name
    names = pack_qstring(channel.native_name) + pack_qstring(custom)
    return names + _pack_fields(CHANNEL_LAYOUT, CHANNEL_BYTES[kind], kind, values)


def pack_group(group: Group, kind: str) -> bytes:
    """Return a signal group with its channels."""
    n_channels, n_amplifiers = group.n_channels, group.n_amplifiers
    if n_channels is None:
        n_channels = len(group.channels)
    if n_amplifiers is None:
        n_amplifiers = sum(channel.signal == "amplifier" for channel in group.channels)
    names = pack_qstring(group.name) + pack_qstring(group.prefix)
    counts = struct.pack("<hhh", group.enabled, n_channels, n_amplifiers)
    return names + counts + b"".join(pack_channel(c, kind) for c in group.channels)


def pack_header(header: Header) -> bytes:
    """Return everything that stands before the data."""
    kind = header.kind
    values = vars(header) | {
        "magic": MAGIC[kind],
        "major": header.version[0],
        "minor": header.version[1],
        "board_mode": header.true_board_mode,
        "n_groups": len(header.groups),
    }
    values |= header.overrides
    parts = [_pack_fields(FIXED_LAYOUT, FIXED_BYTES[kind], kind, values)]
    for name, code, rhd_since, rhs_since in TAIL_LAYOUT:
        since = rhd_since if kind == "rhd" else rhs_since
        if since is None or header.version < since:
            continue
        value = values[name]
        parts.append(pack_qstring(value) if code == "Q" else struct.pack("<" + code, value))
    return b"".join(parts + [pack_group(group, kind) for group in header.groups])


def _port_channels(kind: str, prefix: str, count: int, stream: int) -> Iterator[Channel]:
    """Yield the channels of a port with `count` amplifiers, its first chip on `stream`."""
    per_chip = 32 if kind == "rhd" else 16
    n_chips = -(-count // per_chip)
    for k in range(count):
        where = {"chip_channel": k % per_chip, "board_stream": stream + k // per_chip}
        where |= {"command_stream": stream + k // per_chip, "trigger_threshold": -70}
        yield Channel(f"{prefix}-{k:03d}", "amplifier", k, impedance=1e5 + k, phase=-k, **where)
    if kind == "rhs":
        return
    for k in range(3 * n_chips):
        where = {"chip_channel": k % 3, "board_stream": stream + k // 3}
        yield Channel(f"{prefix}-AUX{k + 1}", "aux", count + k, **where)
    for k in range(n_chips):
        order = count + 3 * n_chips + k
        yield Channel(f"{prefix}-VDD{k + 1}", "supply", order, board_stream=stream + k)


def _port_groups(kind: str, ports: Mapping[str, int]) -> Iterator[Group]:
    """Yield all ports of the device, those without channels disabled."""
    stream = 0
    for letter in "ABCDEFGH" if max(ports, default="A") > "D" else "ABCD":
        count = ports.get(letter, 0)
        channels = tuple(_port_channels(kind, letter, count, stream))
        stream = max((c.board_stream + 1 for c in channels), default=stream)
        yield Group(f"Port {letter}", letter, channels, enabled=int(count > 0))


def _board_groups(kind: str, version: tuple[int, int], mode: int, counts: Mapping[str, int]):
    """Yield the groups of the board's own signals under the names of their time.

    Version 1 of RHD counts ADC, DIN and DOUT from 00. Later ones say ANALOG-IN and so on, and
    count from 1, or still from 00 with the first board (mode 0).
    """
    old = kind == "rhd" and version < (2, 0)
    names = {
        "adc": ("Board ADC Inputs", "ADC") if old else ("Analog In Ports", "ANALOG-IN"),
        "dac": ("Analog Out Ports", "ANALOG-OUT"),
        "digital_in": ("Board Digital Inputs", "DIN")
        if old
        else ("Digital In Ports", "DIGITAL-IN"),
        "digital_out": ("Board Digital Outputs", "DOUT")
        if old
        else ("Digital Out Ports", "DIGITAL-OUT"),
    }
    if kind == "rhd":
        names.pop("dac")
    from_zero = kind == "rhd" and (old or mode == 0)
    for signal, (name, prefix) in names.items():
        digits = 2 if from_zero or signal.startswith("digital") else 1
        numbers = [f"{k + (not from_zero):0{digits}d}" for k in range(counts[signal])]
        channels = (Channel(f"{prefix}-{n}", signal, k) for k, n in enumerate(numbers))
        yield Group(name, prefix, tuple(channels))


def make_header(
    kind: str = "rhd",
    version: tuple[int, int] = (3, 1),
    ports: Mapping[str, int] | None = None,
    *,
    adc: int = 2,
    dac: int = 2,
    digital_in: int = 4,
    digital_out: int = 3,
    disabled: Collection[str] = (),
    disabled_groups: Collection[str] = (),
    custom_names: Mapping[str, Text] | None = None,
    **fields: Any,
) -> Header:
    """Return a header with the groups and channel names the vendor's software would give it.

    Parameters
    ----------
    kind : {"rhd", "rhs"}
    version : tuple of int
    ports : mapping
        Amplifier channels by port letter, {"A": 4, "B": 2} if left out. Auxiliary inputs (3) and
        a supply voltage come with every 32 of them, in RHD only. The other ports up to D, or H if
        one past D is used, are there without channels and disabled.
    adc, dac, digital_in, digital_out : int
        How many board signals there are; `dac` in RHS only.
    disabled, disabled_groups : collections of str
        Native names of channels, prefixes of groups.
    custom_names : mapping
        Custom by native name.
    **fields
        Of `Header`.
    """
    ports = {"A": 4, "B": 2} if ports is None else ports
    bare = Header(kind, version, **fields)
    counts = {"adc": adc, "dac": dac, "digital_in": digital_in, "digital_out": digital_out}
    groups = [
        *_port_groups(kind, ports),
        *_board_groups(kind, version, bare.true_board_mode, counts),
    ]
    for k, group in enumerate(groups):
        channels = tuple(
            replace(
                channel,
                enabled=int(channel.native_name not in disabled),
                custom_name=(custom_names or {}).get(channel.native_name, ""),
            )
            for channel in group.channels
        )
        enabled = int(group.enabled and group.prefix not in disabled_groups)
        groups[k] = replace(group, channels=channels, enabled=enabled)
    return replace(bare, groups=tuple(groups))

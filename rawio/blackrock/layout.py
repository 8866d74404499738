"""Where things are in Blackrock NSx and NEV files. Everything is little-endian and unpadded.

From Blackrock's own readers (NPMK, brpylib), which describe versions 2.1 to 3.0.
"""

import numpy as np

NSX_21 = b"NEURALSG"
NSX_22 = b"NEURALCD"
NSX_30 = b"BRSMPGRP"
NSX_MAGICS = (NSX_21, NSX_22, NSX_30)
NEV_22 = b"NEURALEV"
NEV_30 = b"BREVENTS"
NEV_MAGICS = (NEV_22, NEV_30)
MAGIC_BYTES = 8

CLOCK = 30_000
"""What the period of an NSx counts in a second, whatever its timestamps count."""

NANOSECONDS = 1_000_000_000
"""Ticks a second of files whose timestamps come from a PTP clock."""

FARTHEST_TICK = 1 << 62
"""Timestamps beyond it are no times; differences of those below fit into 64 bits."""


def _record(size: int, fields: list[tuple[str, str, int]]) -> np.dtype:
    names, formats, offsets = zip(*fields, strict=True)
    return np.dtype(
        {
            "names": list(names),
            "formats": list(formats),
            "offsets": list(offsets),
            "itemsize": size,
        }
    )


NSX_BASIC_21 = _record(
    32, [("label", "S16", 8), ("period", "<u4", 24), ("channel_count", "<u4", 28)]
)
NSX_BASIC = _record(
    314,
    [
        ("version", "2u1", 8),
        ("bytes_in_headers", "<u4", 10),
        ("label", "S16", 14),
        ("period", "<u4", 286),
        ("timestamp_resolution", "<u4", 290),
        ("time_origin", "(8,)<u2", 294),
        ("channel_count", "<u4", 310),
    ],
)
NSX_CHANNEL = _record(
    66,
    [
        ("kind", "S2", 0),
        ("electrode_id", "<u2", 2),
        ("label", "S16", 4),
        ("min_digital", "<i2", 22),
        ("max_digital", "<i2", 24),
        ("min_analog", "<i2", 26),
        ("max_analog", "<i2", 28),
        ("units", "S16", 30),
    ],
)

NEV_BASIC = _record(
    336,
    [
        ("version", "2u1", 8),
        ("flags", "<u2", 10),
        ("bytes_in_headers", "<u4", 12),
        ("packet_bytes", "<u4", 16),
        ("timestamp_resolution", "<u4", 20),
        ("sample_resolution", "<u4", 24),
        ("time_origin", "(8,)<u2", 28),
        ("n_extended", "<u4", 332),
    ],
)
NEV_EXTENDED = _record(
    32,
    [  # those of NEUEVWAV, the only one that reading needs
        ("header_id", "S8", 0),
        ("electrode_id", "<u2", 8),
        ("digitization_factor", "<u2", 12),
        ("bytes_per_sample", "u1", 21),
        ("spike_width", "<u2", 22),
    ],
)
ELECTRODE_HEADER = b"NEUEVWAV"

OVERFLOWN_FACTOR = 21516
"""Digitization factor of analog inputs: 152592.547 nV a bit did not fit into 16 bits."""
TRUE_FACTOR = 152_592.547

# Packet ids of a NEV.
DIGITAL = 0
LAST_ELECTRODE = 16384
COMMENT = 0xFFFF
VIDEO_SYNC = 0xFFFE
TRACKING = 0xFFFD
BUTTON = 0xFFFC
CONFIG = 0xFFFB
RECONFIG = 0xFFFA
RECORDING = 0xFFF9

RESTART_TEXT = b"critical load restart"
"""Comment that Central writes where it set the clock back."""


def microvolts_per_bit(digitization_factor: int) -> float:
    """Return the gain of an electrode's waveforms, and of its signal in an NSx 2.1."""
    factor = TRUE_FACTOR if digitization_factor == OVERFLOWN_FACTOR else digitization_factor
    return factor / 1000.0


def text(raw: bytes) -> str:
    """Return the text of a field, up to its first zero."""
    return raw.split(b"\0", 1)[0].decode("latin-1")


def central_label(electrode_id: int) -> str:
    """Return the name that Central gives a channel: 128 of the front end, then analog inputs."""
    return f"chan{electrode_id}" if electrode_id <= 128 else f"ainp{electrode_id - 128}"

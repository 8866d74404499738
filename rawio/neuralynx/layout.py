"""Byte layout of Neuralynx files: 16 384 bytes of text, then records of one size, little-endian.

From Neuralynx' document on its data file formats. Fields that nothing here reads are left out.
Times are whole microseconds of the acquisition system's clock.
"""

import numpy as np

HEADER_BYTES = 16_384
MAGIC = b"########"  # of the first line, "######## Neuralynx Data File Header"

RECORD_SAMPLES = 512
"""Of a continuous record; fewer may be valid."""

NCS = np.dtype(
    [
        ("timestamp", "<u8"),  # of the first sample
        ("channel", "<u4"),  # need not be the ADChannel of the header
        ("rate", "<u4"),
        ("n_valid", "<u4"),
        ("samples", "<i2", (RECORD_SAMPLES,)),
    ]
)
NCS_HEAD = np.dtype(NCS.descr[:-1])

SPIKE_HEAD_BYTES = 48  # timestamp, entity, unit, eight features; samples follow
ELECTRODES = {"nse": 1, "nst": 2, "ntt": 4}

STRING_OFFSET, STRING_BYTES = 56, 128  # in an event record

RECORD_BYTES = {"ncs": NCS.itemsize, "nse": 112, "nst": 176, "ntt": 304, "nev": 184}
KINDS = tuple(RECORD_BYTES)
OTHER_KINDS = {"nvt": "video tracking", "nrd": "raw data of the acquisition system"}

LAST_TIME = 1 << 53
"""Later timestamps (285 years) are no times: the record is damaged."""


def spike_dtype(record_bytes: int) -> np.dtype:
    """Return what is read of a spike record: its time and its unit."""
    return np.dtype(
        {
            "names": ["timestamp", "unit"],
            "formats": ["<u8", "<u4"],
            "offsets": [0, 12],
            "itemsize": record_bytes,
        }
    )


EVENT = np.dtype(
    {
        "names": ["timestamp", "event_id", "ttl"],
        "formats": ["<u8", "<i2", "<i2"],
        "offsets": [6, 14, 16],
        "itemsize": RECORD_BYTES["nev"],
    }
)

"""Byte layout of .plx files as NumPy structured dtypes, little-endian and without padding.

From the structures ``PL_FileHeader``, ``PL_ChanHeader``, ``PL_EventHeader``,
``PL_SlowChannelHeader`` and ``PL_DataBlockHeader`` of Plexon's published ``PlexonFiles.h``.
Fields that nothing here reads are left out; every dtype has the size of its structure.
"""

from collections.abc import Mapping

import numpy as np

MAGIC = b"PLEX"  # 0x58454C50, little-endian

OLDEST_VERSION = 100
NEWEST_VERSION = 107

SPIKE, EVENT, CONTINUOUS = 1, 4, 5
STROBED, START, STOP = 257, 258, 259
SPECIAL_EVENTS = {STROBED: "Strobed", START: "Start", STOP: "Stop"}

BLOCK_HEADER_BYTES = 16

FIRST_EVCOUNT_OF_CONTINUOUS = 300
"""``EVCounts[300 + k]`` holds the samples of continuous channel k, as far as the table goes."""


def _fields(itemsize: int, fields: Mapping[str, tuple[int, str]]) -> np.dtype:
    return np.dtype(
        {
            "names": list(fields),
            "offsets": [offset for offset, _ in fields.values()],
            "formats": [kind for _, kind in fields.values()],
            "itemsize": itemsize,
        }
    )


FILE_HEADER = _fields(
    7504,
    {
        "MagicNumber": (0, "S4"),
        "Version": (4, "<i4"),
        "Comment": (8, "S128"),
        "ADFrequency": (136, "<i4"),  # ticks of the timestamp clock a second
        "NumDSPChannels": (140, "<i4"),
        "NumEventChannels": (144, "<i4"),
        "NumSlowChannels": (148, "<i4"),
        "NumPointsWave": (152, "<i4"),
        "NumPointsPreThr": (156, "<i4"),
        "Date": (160, "(6,)<i4"),  # year, month, day, hour, minute, second
        "WaveformFreq": (188, "<i4"),
        "LastTimestamp": (192, "<f8"),
        "BitsPerSpikeSample": (202, "u1"),  # this and the next three since version 103
        "BitsPerSlowSample": (203, "u1"),
        "SpikeMaxMagnitudeMV": (204, "<u2"),
        "SlowMaxMagnitudeMV": (206, "<u2"),
        "SpikePreAmpGain": (208, "<u2"),  # since version 105
        "EVCounts": (5456, "(512,)<i4"),
    },
)

SPIKE_HEADER = _fields(
    1020,
    {"Name": (0, "S32"), "Channel": (64, "<i4"), "Gain": (80, "<i4")},
)

EVENT_HEADER = _fields(
    296,
    {"Name": (0, "S32"), "Channel": (32, "<i4")},
)

SLOW_HEADER = _fields(
    296,
    {
        "Name": (0, "S32"),
        "Channel": (32, "<i4"),
        "ADFreq": (36, "<i4"),
        "Gain": (40, "<i4"),
        "PreAmpGain": (48, "<i4"),  # since version 102
        "SpikeChannel": (52, "<i4"),  # since version 104
    },
)

# A block header as eight 16-bit words; samples follow it, NumberOfWaveforms times
# NumberOfWordsInWaveform of them. The timestamp has 40 bits: its upper byte comes first.
BLOCK_WORDS = 8
TYPE, UPPER, LOWER_LOW, LOWER_HIGH, CHANNEL, UNIT, N_WAVEFORMS, N_WORDS = range(BLOCK_WORDS)

"""The Neuropixels probes as SpikeGLX knows them: ranges, readout tables (imro) and geometry.

A probe has `n_ap` channels that are acquired together, each connected to one electrode of one
bank. Its readout table is written in one of these layouts (header, then one entry a channel)::

    3a      (serial,option,n)        (channel bank reference ap_gain lf_gain)
    np1     (type,n)                 (channel bank reference ap_gain lf_gain ap_filter)
    group   (1110,2,ref,ap,lf,flt)   (group bank_a bank_b), 24 groups of 16 channels
    mask    (type,n)                 (channel bank_mask reference electrode)
    bank    (type,n)                 (channel bank reference electrode)
    shank   (type,n)                 (channel shank bank reference electrode)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Number = int | float


@dataclass(frozen=True)
class Probe:
    """A kind of probe; lengths in um, x from the left edge of the shank, z from row 0 up.

    `fixed_gain` 0 stands for gains chosen channel by channel in the readout table. `mux` is
    the number of converters and of the channels each of them serves.
    """

    part: str  # imDatPrb_pn; empty for the prototype probes of phase 3A, which lack it
    type: int  # imDatPrb_type, and the first field of the readout table
    imro: str = "np1"
    n_ap: int = 384
    has_lf: bool = True
    n_sync: int = 1
    max_volts: float = 0.6
    max_int: int = 512
    fixed_gain: int = 0
    n_electrodes: int = 960  # on one shank
    n_shanks: int = 1
    shank_pitch: Number = 0
    shank_width: Number = 70
    n_columns: int = 2
    x_even: Number = 27  # of column 0 in rows 0, 2, 4 ...
    x_odd: Number = 11
    x_pitch: Number = 32
    z_pitch: Number = 20
    references: tuple[int, ...] = (191,)  # channels that cannot record
    mux: tuple[int, int] = (32, 12)
    option: int = 0  # of phase 3A

    @property
    def n_lf(self) -> int:
        return self.n_ap if self.has_lf else 0

    @property
    def n_rows(self) -> int:
        return self.n_electrodes // self.n_columns


_REFERENCES_3A = (36, 75, 112, 151, 188, 227, 264, 303, 340, 379)
_LINEAR = {"x_odd": 27}
_LONG = {"shank_width": 125, "x_even": 27, "x_odd": 11, "x_pitch": 87}
_LONG_LINEAR = {"shank_width": 125, "x_even": 11, "x_odd": 11, "x_pitch": 103}
_NP2 = {
    "has_lf": False,
    "max_volts": 0.5,
    "max_int": 8192,
    "fixed_gain": 80,
    "n_electrodes": 1280,
    "x_odd": 27,
    "z_pitch": 15,
    "references": (127,),
    "mux": (24, 16),
}
_NP2C = _NP2 | {"max_volts": 0.62, "max_int": 2048, "fixed_gain": 100, "references": ()}
_NXT = _NP2C | {"max_volts": 0.67, "n_ap": 912, "mux": (58, 16)}
_FOUR = {"imro": "shank", "n_shanks": 4, "shank_pitch": 250}


def _ultra(part: str, n_columns: int, x: float, pitch: float, width: float = 70) -> Probe:
    """Return a densely packed probe: 384 electrodes in as many columns, row after row."""
    return Probe(
        part,
        int(part[2:]),
        n_electrodes=384,
        shank_width=width,
        n_columns=n_columns,
        x_even=x,
        x_odd=x,
        x_pitch=pitch,
        z_pitch=pitch,
        references=(),
    )


_ALL = (
    Probe("", -3, "3a", references=_REFERENCES_3A, option=3),
    Probe("PRB_1_4_0480_1", 0),
    Probe("NP1000", 0),
    Probe("NP1001", 0),
    # Long probes for non-human primates: 10, 25 and 45 mm.
    Probe("NP1010", 0),
    Probe("NP1015", 0, **_LINEAR),
    Probe("NP1020", 1020, n_electrodes=2496, **_LONG),
    Probe("NP1022", 1020, n_electrodes=2496, **_LONG_LINEAR),
    Probe("NP1030", 1030, n_electrodes=4416, **_LONG),
    Probe("NP1032", 1030, n_electrodes=4416, **_LONG_LINEAR),
    # Ultra-high density: 1110 switches groups of channels, the others have one bank.
    _ultra("NP1100", 8, 14, 6),
    Probe("NP1110", 1110, "group", n_electrodes=6144, shank_width=73, n_columns=8,
          x_even=15.5, x_odd=15.5, x_pitch=6, z_pitch=6, references=()),
    _ultra("NP1120", 2, 6.75, 4.5),
    _ultra("NP1121", 1, 6.25, 3),
    _ultra("NP1122", 16, 12.5, 3),
    _ultra("NP1123", 12, 10.25, 4.5),
    # 128 channels through an analogue headstage.
    Probe("NP1200", 1200, n_ap=128, n_electrodes=128, shank_width=125, x_even=56.5, x_odd=36.5,
          z_pitch=31, references=(), mux=(0, 0)),
    Probe("NP1300", 1300, x_even=11, x_odd=11, x_pitch=48),
    # 2.0: first models, then those sold, then the four shanks at once of the quad base.
    Probe("PRB2_1_2_0640_0", 21, "mask", **_NP2),
    Probe("NP2000", 21, "mask", **_NP2),
    Probe("PRB2_4_2_0640_0", 24, **_NP2, **_FOUR),
    Probe("NP2010", 24, **_NP2, **_FOUR),
    Probe("NP2003", 2003, "mask", **_NP2C),
    Probe("NP2004", 2003, "mask", **_NP2C),
    Probe("NP2013", 2013, **_NP2C, **_FOUR),
    Probe("NP2014", 2013, **_NP2C, **_FOUR),
    Probe("NP2020", 2020, n_ap=1536, n_sync=4, **_FOUR, **_NP2C | {"mux": (96, 16)}),
    Probe("NP3010", 3010, "bank", **_NXT),
)  # fmt: skip

PROBES = {probe.part or "3A": probe for probe in _ALL}
PROBES["3A4"] = Probe("", -3, "3a", n_ap=276, references=_REFERENCES_3A[:7], option=4)


def per_channel(value: int | Sequence[int], n: int) -> np.ndarray:
    """Return one value a channel."""
    return np.broadcast_to(np.asarray(value, np.int64), n)


def _entries(*columns: np.ndarray) -> str:
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return "".join("(" + " ".join(map(str, row)) + ")" for row in rows)


def imro_table(
    probe: Probe,
    *,
    bank: int | Sequence[int] = 0,
    shank: int | Sequence[int] = 0,
    reference: int = 0,
    ap_gain: int | Sequence[int] = 500,
    lf_gain: int | Sequence[int] = 250,
    ap_filter: int | Sequence[int] = 1,
    serial: int = 18005116811,
) -> str:
    """Return the text of the readout table; it has every acquired channel, saved or not."""
    n = probe.n_ap
    channel = np.arange(n)
    banks, ref, ap, lf, flt = (
        per_channel(v, n) for v in (bank, reference, ap_gain, lf_gain, ap_filter)
    )
    if probe.imro == "group":
        _, first = np.unique(_group(channel), return_index=True)
        head = f"({probe.type},2,{reference},{ap[0]},{lf[0]},{flt[0]})"
        return head + _entries(np.arange(len(first)), banks[first], banks[first])
    if probe.imro == "3a":
        return f"({serial},{probe.option},{n})" + _entries(channel, banks, ref, ap, lf)
    head = f"({probe.type},{n})"
    if probe.imro == "np1":
        return head + _entries(channel, banks, ref, ap, lf, flt)
    shanks, electrode = electrodes(probe, bank, shank)
    if probe.imro == "mask":
        return head + _entries(channel, 1 << banks, ref, electrode)
    if probe.imro == "bank":
        return head + _entries(channel, banks, ref, electrode)
    return head + _entries(channel, shanks, banks, ref, electrode)


# Of a bank of a single 2.0 shank: what rows are multiplied by, and what odd channels add, to
# come to the channel within a block of 32.
_MASK_FACTOR, _MASK_ADDEND = np.array([1, 7, 5, 3]), np.array([0, 4, 8, 12])
# The order of the eight blocks of 48 electrodes on each of four shanks.
_SHANK_BLOCKS = np.array(
    [
        [0, 6, 1, 7, 2, 4, 3, 5],
        [6, 0, 7, 1, 4, 2, 5, 3],
        [2, 4, 3, 5, 0, 6, 1, 7],
        [4, 2, 5, 3, 6, 0, 7, 1],
    ]
)


def electrodes(
    probe: Probe, bank: int | Sequence[int] = 0, shank: int | Sequence[int] = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the shank and the electrode on it of every acquired channel."""
    n = probe.n_ap
    channel, banks = np.arange(n), per_channel(bank, n)
    shanks = per_channel(shank, n)
    if probe.imro == "mask":
        block, rest, right = channel // 32, channel % 32 // 2, channel % 2
        rows = np.arange(16)
        at = rows * _MASK_FACTOR[banks][:, None] + (right * _MASK_ADDEND[banks])[:, None]
        row = np.argmax(at % 16 == rest[:, None], axis=1)
        return shanks, 384 * banks + 32 * block + 2 * row + right
    if probe.imro == "shank" and n == 384:
        block = _SHANK_BLOCKS[shanks, channel // 48]
        return shanks, 384 * banks + 48 * block + channel % 48
    if probe.imro == "shank":  # the quad base reads 384 channels of each shank
        return channel // 384, channel % 384 + 384 * banks
    return shanks, channel + min(n, 912) * banks


def _group(channel: np.ndarray) -> np.ndarray:
    return 2 * (channel // 32) + channel % 2


# Pairs of columns that four neighbouring groups have, in even and in odd banks.
_GROUP_COLUMNS = np.array([[0, 3, 1, 2], [1, 2, 0, 3]])


def sites(
    probe: Probe, bank: int | Sequence[int] = 0, shank: int | Sequence[int] = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return shank, column and row of the electrode of every acquired channel."""
    if probe.imro != "group":
        shanks, electrode = electrodes(probe, bank, shank)
        return shanks, electrode % probe.n_columns, electrode // probe.n_columns
    channel, banks = np.arange(probe.n_ap), per_channel(bank, probe.n_ap)
    group, odd = _group(channel), channel % 2
    second = (channel % 32 // 2 % 2) ^ (banks // 4 % 2)
    column = 2 * _GROUP_COLUMNS[banks % 2, group % 4] + np.where(odd, 1 - second, second)
    step = channel % 32 // 4
    row = 48 * banks + 8 * (group // 4) + np.where(odd, 7 - step, step)
    return np.zeros_like(channel), column, row


def positions(probe: Probe, *where: int | Sequence[int]) -> np.ndarray:
    """Return (channel, 2): x on its own shank and z in um; `where` as for `sites`."""
    _, column, row = sites(probe, *where)
    x = np.where(row % 2, probe.x_odd, probe.x_even) + column * probe.x_pitch
    return np.stack([x, row * probe.z_pitch], axis=1).astype(float)


def mux_table(probe: Probe) -> str:
    """Return the table of the channels that are digitised at the same time."""
    n_adc, n_groups = probe.mux
    pairs = np.arange(n_adc * n_groups).reshape(n_adc // 2, n_groups, 2)
    return f"({n_adc},{n_groups})" + _entries(*pairs.transpose(0, 2, 1).reshape(n_adc, n_groups))

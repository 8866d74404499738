"""What SpikeGLX records from (probes, NI-DAQ, OneBox): their channels and their metadata."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tests.writers.spikeglx_probes import PROBES, Probe, imro_table, mux_table, positions, sites

WORDS = ("SY", "XD")


def ranges(numbers: Iterable[int]) -> str:
    """Return numbers the way one lists pages to print: 0:3,7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a}:{b}" if b > a else str(a) for a, b in runs)


class Column(NamedTuple):
    """A saved channel: kind (AP, LF, SY, MN, MA, XA, XD), acquired number, name, volts a step.

    Words of bits (SY, XD) have no unit; their `volts` is 1.
    """

    kind: str
    number: int
    name: str
    volts: float


def _columns(kinds: Iterable[tuple[str, int, Any]], start: int = 0) -> list[Column]:
    """Return numbered channels from (kind, count, volts); `volts` is one value or a list."""
    out: list[Column] = []
    for kind, n, volts in kinds:
        values = np.broadcast_to(np.asarray(volts, float), n).tolist()
        out += [Column(kind, start + i, f"{kind}{i}", v) for i, v in enumerate(values)]
        start += n
    return out


def _kept(columns: Sequence[Column], saved: Iterable[int] | None) -> list[Column]:
    wanted = None if saved is None else set(saved)
    return [c for c in columns if wanted is None or c.number in wanted]


def _map_entries(columns: Sequence[Column], order: Mapping[int, int]) -> str:
    """Return the entries of ~snsChanMap: name;number:place in the vendor's own display.

    The place says nothing about the order in the file.
    """
    return "".join(f"({c.name};{c.number}:{order.get(c.number, c.number)})" for c in columns)


def _keys_map(device: "Imec", serial: int) -> dict[str, Any]:
    return {"~snsShankMap": device.shank_map()} if device.band == "ap" else {}


def _keys_3a(device: "Imec", serial: int) -> dict[str, Any]:
    return _keys_map(device, serial) | {
        "imDoGainCor": True,
        "imHpFlt": 300,
        "imNoLEDs": True,
        "imProbeOpt": device.kind.option,
        "imProbeSN": serial,
        "imRoFile": "",
        "imSoftStart": True,
        "imVersAPI": "4.3",
        "syncImChan": 6,
        "syncImChanType": 0,
        "syncImThresh": 3,
    }


def _keys_3b1(device: "Imec", serial: int) -> dict[str, Any]:
    return _keys_map(device, serial) | {
        "imCalibrated": True,
        "imDatApi": "1.15",
        "imDatPrb_pn": device.kind.part,
        "imDatPrb_sn": serial,
        "imDatPrb_type": device.kind.type,
        "imLEDEnable": False,
        "imRoFile": "",
        "imTrgRising": True,
        "imTrgSource": 0,
    }


def _keys_3b2(device: "Imec", serial: int) -> dict[str, Any]:
    place = {"imDatPrb_port": 2, "imDatPrb_slot": 3, "syncImInputSlot": 3}
    return _keys_3b1(device, serial) | place


def _keys_2020(device: "Imec", serial: int) -> dict[str, Any]:
    more = {"imDatPrb_dock": 1, "imMaxInt": device.kind.max_int, "nDataDirs": 1}
    return _keys_3b2(device, serial) | more


def _keys_2023(device: "Imec", serial: int) -> dict[str, Any]:
    out = _keys_2020(device, serial) | {
        "imAnyChanFullBand": not np.all(np.asarray(device.ap_filter)) or not device.kind.has_lf,
        "imErrFlags_IS_CT_SR_LK_PP_SY": "0 0 0 0 0 0",
        "imIsSvyRun": False,
        "imSvyMaxBnk": -1,
        "imroFile": "",
        "~snsGeomMap": device.geom_map(),
    }
    if device.kind.mux[0]:
        out["~muxTbl"] = mux_table(device.kind)
    return {k: v for k, v in out.items() if k not in ("imRoFile", "~snsShankMap")}


_PROBE_KEYS: dict[str, Callable[["Imec", int], dict[str, Any]]] = {
    "3A": _keys_3a,
    "3B1": _keys_3b1,
    "3B2": _keys_3b2,
    "2020": _keys_2020,
    "2023": _keys_2023,
}


@dataclass(frozen=True)
class Imec:
    """One band of a Neuropixels probe.

    `saved` picks acquired channels (AP first, then LF, then SY); those of the other band are
    left out anyway. `order` gives channels another place on the vendor's display. Gains, banks
    and shanks are one value or one an acquired channel. `rate` is that of the AP band; LF has a
    twelfth of it. `era` is "3A", "3B1", "3B2", "2020" or "2023": which keys and tables SpikeGLX
    wrote then. An "lf" band of a probe that has none is what CatGT makes of its AP band.
    `index` 1000 + 10 * probe + shank is a shank split off.
    """

    probe: str | Probe = "NP1000"
    band: str = "ap"
    index: int | None = 0  # None: no number in the file name; phase 3A never has one
    rate: float = 30000.0
    saved: Iterable[int] | None = None
    order: Mapping[int, int] = field(default_factory=dict)
    ap_gain: int | Sequence[int] = 500
    lf_gain: int | Sequence[int] = 250
    ap_filter: int | Sequence[int] = 1
    bank: int | Sequence[int] = 0
    shank: int | Sequence[int] = 0
    reference: int = 0
    standby: Sequence[int] = ()
    era: str | None = None
    chan0_gain: bool | None = None  # whether imChan0apGain is there; None: in 2023 it is
    serial: int = 18005116811

    @property
    def kind(self) -> Probe:
        return PROBES[self.probe] if isinstance(self.probe, str) else self.probe

    @property
    def label(self) -> str:
        plain = self.index is None or self.kind.imro == "3a"
        return f"imec{'' if plain else self.index}.{self.band}"

    @property
    def sample_rate(self) -> float:
        return self.rate / 12 if self.band == "lf" else self.rate

    @property
    def max_int(self) -> int:
        return self.kind.max_int

    @property
    def vintage(self) -> str:
        return self.era or ("3A" if self.kind.imro == "3a" else "2023")

    def columns(self) -> list[Column]:
        p = self.kind
        step = p.max_volts / p.max_int
        ap = step / np.asarray(p.fixed_gain or self.ap_gain)
        lf = step / np.asarray(p.fixed_gain or self.lf_gain)
        every = _columns([("AP", p.n_ap, ap), ("LF", p.n_lf, lf), ("SY", p.n_sync, 1.0)])
        kept = _kept(every, self.saved)
        if self.band == "lf" and not p.has_lf:
            return [c._replace(kind="LF", name="LF" + c.name[2:]) if c.kind == "AP" else c
                    for c in kept]  # fmt: skip
        return [c for c in kept if c.kind in (self.band.upper(), "SY")]

    def geometry(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the AP number, the position and the shank of the saved channels."""
        p = self.kind
        number = np.array([c.number for c in self.columns() if c.kind != "SY"], int)
        number %= max(p.n_ap, 1)
        at = positions(p, self.bank, self.shank)
        return number, at[number], sites(p, self.bank, self.shank)[0][number]

    def _used(self, number: np.ndarray) -> list[int]:
        off = set(self.kind.references) | set(self.standby)
        return [int(n not in off) for n in number.tolist()]

    def geom_map(self) -> str:
        """Return ~snsGeomMap: (part,shanks,pitch,width)(shank:x:z:used)... of saved channels."""
        p = self.kind
        number, at, shanks = self.geometry()
        rows = zip(shanks.tolist(), at.tolist(), self._used(number), strict=True)
        head = f"({p.part},{p.n_shanks},{p.shank_pitch:g},{p.shank_width:g})"
        return head + "".join(f"({s}:{x:g}:{z:g}:{used})" for s, (x, z), used in rows)

    def shank_map(self) -> str:
        """Return ~snsShankMap: (shanks,columns,rows)(shank:column:row:used)... of the same."""
        p = self.kind
        number = self.geometry()[0]
        places = np.stack(sites(p, self.bank, self.shank), axis=1)[number].tolist()
        rows = zip(places, self._used(number), strict=True)
        head = f"({p.n_shanks},{p.n_columns},{p.n_rows})"
        return head + "".join(f"({s}:{c}:{r}:{used})" for (s, c, r), used in rows)

    def meta(self) -> dict[str, Any]:
        p, era, columns = self.kind, self.vintage, self.columns()
        derived = self.band == "lf" and not p.has_lf
        # SpikeGLX counts the LF channels that CatGT made as the AP channels they were.
        n = [sum(c.kind == k for c in columns) for k in ("AP", "LF", "SY")]
        n = [n[1], 0, n[2]] if derived else n
        gains = {"ap_gain": self.ap_gain, "lf_gain": self.lf_gain, "ap_filter": self.ap_filter}
        where = {"bank": self.bank, "shank": self.shank, "reference": self.reference}
        serial = self.serial if era != "3A" else 641251510
        out = {
            "typeThis": "imec",
            "acqApLfSy": f"{p.n_ap},{p.n_lf},{p.n_sync}",
            "snsApLfSy": ",".join(map(str, n)),
            "imAiRangeMax": p.max_volts,
            "imAiRangeMin": -p.max_volts,
            "imSampRate": self.sample_rate,
            "imStdby": ranges(self.standby),
            "snsSaveChanSubset": ranges([c.number for c in columns]),
            "~imroTbl": imro_table(p, serial=serial, **gains, **where),
            "~snsChanMap": f"({p.n_ap},{p.n_lf},{p.n_sync})" + _map_entries(columns, self.order),
        }
        out |= _PROBE_KEYS[era](self, serial)
        if self.chan0_gain if self.chan0_gain is not None else era == "2023":
            lf = self.band == "lf" and p.has_lf
            key, gain = ("imChan0lfGain", self.lf_gain) if lf else ("imChan0apGain", self.ap_gain)
            out[key] = p.fixed_gain or np.ravel(gain)[0].item()
        return out


@dataclass(frozen=True)
class Nidq:
    """An NI-DAQ: `mn` and `ma` inputs of `mux` channels each, then `xa`, then `words` of bits.

    `lines` says which digital lines there are, eight to a byte; `lines2` those of a second
    card, which follow in whole bytes.
    """

    mn: int = 0
    ma: int = 0
    mux: int = 32
    xa: int = 2
    lines: Sequence[int] = range(8)
    lines2: Sequence[int] = ()
    rate: float = 30003.0003
    saved: Iterable[int] | None = None
    order: Mapping[int, int] = field(default_factory=dict)
    mn_gain: float = 200
    ma_gain: float = 1
    max_volts: float = 5
    max_int: int = 32768
    write_max_int: bool = True  # older files lack niMaxInt; 32768 was understood
    era: str = "2023"
    label: str = "nidq"

    @property
    def sample_rate(self) -> float:
        return self.rate

    @property
    def vintage(self) -> str:
        return self.era

    @property
    def n_bytes(self) -> tuple[int, int]:
        return tuple((max(k) // 8 + 1) if len(k) else 0 for k in (self.lines, self.lines2))

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.mn * self.mux, self.ma * self.mux, self.xa, -(-sum(self.n_bytes) // 2)

    def columns(self) -> list[Column]:
        step = self.max_volts / self.max_int
        volts = (step / self.mn_gain, step / self.ma_gain, step, 1.0)
        every = _columns(zip(("MN", "MA", "XA", "XD"), self.counts, volts, strict=True))
        return _kept([c._replace(name=self._name(c)) for c in every], self.saved)

    def _name(self, column: Column) -> str:
        if column.kind not in ("MN", "MA"):
            return column.name
        device, channel = divmod(int(column.name[2:]), self.mux)
        return f"{column.kind}{device}C{channel}"

    def meta(self) -> dict[str, Any]:
        columns, counts = self.columns(), self.counts
        n = [sum(c.kind == k for c in columns) for k in ("MN", "MA", "XA", "XD")]
        every = len(columns) == sum(counts)
        inputs = f"({self.mn},{self.ma},{self.mux},{self.xa},{counts[3]})"
        out = {
            "typeThis": "nidq",
            "acqMnMaXaDw": ",".join(map(str, counts)),
            "snsMnMaXaDw": ",".join(map(str, n)),
            "niAiRangeMax": self.max_volts,
            "niAiRangeMin": -self.max_volts,
            "niAiTermination": "Default",
            "niClockLine1": "Internal",
            "niClockSource": f"PXI1Slot2_1ch_Int : {self.rate:.6f}",
            "niDev1": "PXI1Slot2",
            "niDev1ProductName": "PXIe-6341",
            "niMAChans1": ranges(range(self.mn, self.mn + self.ma)),
            "niMAGain": self.ma_gain,
            "niMNChans1": ranges(range(self.mn)),
            "niMNGain": self.mn_gain,
            "niMuxFactor": self.mux,
            "niSampRate": self.rate,
            "niStartEnable": False,
            "niXAChans1": ranges(range(self.mn + self.ma, self.mn + self.ma + self.xa)),
            "niXDBytes1": self.n_bytes[0],
            "niXDChans1": ranges(self.lines),
            "syncNiChan": 0,
            "syncNiChanType": 0,
            "syncNiThresh": 1.1,
            "snsSaveChanSubset": "all" if every else ranges([c.number for c in columns]),
            "~snsChanMap": inputs + _map_entries(columns, self.order),
            "~snsShankMap": "(1,2,0)",
        }
        if self.write_max_int:
            out["niMaxInt"] = self.max_int
        if len(self.lines2):
            second = {"niDev2": "PXI1Slot3", "niDualDevMode": True, "niXAChans2": ""}
            second |= {"niXDBytes2": self.n_bytes[1], "niXDChans2": ranges(self.lines2)}
            out |= second
        return out


@dataclass(frozen=True)
class OneBox:
    """The analogue and digital inputs of a OneBox; the 12 lines of XD are bits 0 to 11."""

    xa: int = 12
    digital: bool = True
    sync: bool = True
    index: int = 0
    rate: float = 30303.0
    saved: Iterable[int] | None = None
    order: Mapping[int, int] = field(default_factory=dict)
    max_volts: float = 5
    max_int: int = 32768
    era: str = "2023"

    @property
    def label(self) -> str:
        return f"obx{self.index}.obx"

    @property
    def sample_rate(self) -> float:
        return self.rate

    @property
    def vintage(self) -> str:
        return self.era

    def columns(self) -> list[Column]:
        step = self.max_volts / self.max_int
        every = [("XA", self.xa, step), ("XD", int(self.digital), 1), ("SY", int(self.sync), 1)]
        return _kept(_columns(every), self.saved)

    def meta(self) -> dict[str, Any]:
        columns = self.columns()
        acquired = f"{self.xa},{int(self.digital)},{int(self.sync)}"
        n = [sum(c.kind == k for c in columns) for k in ("XA", "XD", "SY")]
        return {
            "typeThis": "obx",
            "acqXaDwSy": acquired,
            "snsXaDwSy": ",".join(map(str, n)),
            "imDatApi": "3.62",
            "imDatBsc_sn": 25,
            "imDatObx_slot": 20 + self.index,
            "obAiRangeMax": self.max_volts,
            "obAiRangeMin": -self.max_volts,
            "obMaxInt": self.max_int,
            "obSampRate": self.rate,
            "snsSaveChanSubset": ranges([c.number for c in columns]),
            "~snsChanMap": f"({acquired})" + _map_entries(columns, self.order),
        }

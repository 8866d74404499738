r"""Write SpikeGLX recordings: pairs of ``NAME.bin`` (samples) and ``NAME.meta`` (text).

Made from SpikeGLX's metadata guides and from real .meta files, sharing nothing with the reader.
A .bin has no header: int16, little-endian, time point after time point, all saved channels of
one after those of the other. A .meta has one ``key=value`` a line in ASCII order; tables carry
a tilde before their key: ``~snsChanMap=(header)(entry)(entry)``.

One file, with every sample known::

    device = Imec("NP1000", band="ap", ap_gain=[500] * 100 + [1000] * 284)
    samples = make_samples(device, 300, seed=1, edges={"SY0": {6: [10, 20]}})
    stream = write_stream(tmp_path, device, samples, first_sample=1738008)
    stream.path, stream.names, stream.volts, stream.t_start, stream.raw

Devices: `Imec` (any of `PROBES`: 3A, 1.0, its long and dense kinds, 2.0, quad base), `Nidq`,
`OneBox`. A run with gates, triggers and several devices: `write_run`. Samples for a real .meta:
`write_beside`. Damages that cutting the bytes cannot make: ``finished=False`` (the meta of a
crash lacks size, duration and hash), ``tail`` (a time point cut short), ``meta={key: None}``
(key left out), ``meta={key: text}`` (any value, true or not).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.writers.spikeglx_devices import WORDS, Column, Imec, Nidq, OneBox

SYNC_BIT = 6  # of the SY word: the sync input
Edges = Mapping[str, Mapping[int, Sequence[int]]]
Device = Imec | Nidq | OneBox


@dataclass(frozen=True, eq=False)
class Stream:
    """What is in a pair of files, sample by sample."""

    path: Path
    meta_path: Path
    label: str  # imec0.ap, imec.lf, nidq, obx0.obx
    raw: np.ndarray  # int16, (time point, saved channel)
    columns: tuple[Column, ...]
    rate: float
    first_sample: int
    meta: Mapping[str, str]  # as written, without tildes
    edges: Edges = field(default_factory=dict)
    positions: np.ndarray | None = None  # (AP or LF channel, 2) in um, x on its own shank
    shanks: np.ndarray | None = None

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def ids(self) -> list[str]:
        """The names as they stand in the channel map, with the acquired number."""
        return [f"{column.name};{column.number}" for column in self.columns]

    @property
    def kinds(self) -> list[str]:
        return [column.kind for column in self.columns]

    @property
    def volts(self) -> np.ndarray:
        """Volts for one step of the converter, channel by channel; 1 for words of bits."""
        return np.array([column.volts for column in self.columns])

    @property
    def t_start(self) -> float:
        return self.first_sample / self.rate


def word(n: int, edges: Mapping[int, Sequence[int]], start: int = 0) -> np.ndarray:
    """Return n words of 16 bits, int16, that begin as `start`.

    Each bit of `edges` turns over at the samples given, from which on it has its new value.
    """
    out = np.full(n, start & 0xFFFF, np.uint16)
    for bit, at in edges.items():
        turns = np.bincount(np.asarray(at, int), minlength=n)[:n]
        out ^= (np.cumsum(turns) % 2).astype(np.uint16) << np.uint16(bit)
    return out.view(np.int16)


def square_wave(rate: float, period: float, first_sample: int, n: int) -> tuple[int, list[int]]:
    """Return the level at the first sample and the turns of a wave that is low at time 0.

    The wave runs on the device's own clock, so that streams of one run show the same edges.
    """
    half = np.floor(np.arange(first_sample, first_sample + n) / (rate * period / 2) + 1e-9)
    turns = np.flatnonzero(np.diff(half)) + 1
    return (int(half[0]) % 2 if n else 0), turns.tolist()


def make_samples(
    device: Device,
    n: int,
    seed: int = 0,
    edges: Edges | None = None,
    start: Mapping[str, int] | None = None,
) -> np.ndarray:
    """Return (n, saved channel) int16: noise over the converter's range, and words of bits.

    The first sample of every analogue channel is its least value, the second its greatest.
    `edges` says for each word by name where which bits turn over, `start` where they begin.
    """
    columns = device.columns()
    rng = np.random.default_rng(seed)
    out = rng.integers(-device.max_int, device.max_int, (n, len(columns)), np.int16)
    out[:1], out[1:2] = -device.max_int, device.max_int - 1
    for i, column in enumerate(columns):
        if column.kind in WORDS:
            name = column.name
            out[:, i] = word(n, (edges or {}).get(name, {}), (start or {}).get(name, 0))
    return out


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def meta_text(keys: Mapping[str, Any], newline: str = "\n", tilde: str = "~") -> str:
    """Return the text of a .meta: keys in ASCII order, those with the value None left out."""
    lines = [f"{k}={_text(v)}{newline}" for k, v in sorted(keys.items()) if v is not None]
    return "".join(line.replace("~", tilde, 1) if line[0] == "~" else line for line in lines)


_VERSIONS = {"3A": 20180829, "3B1": 20190214, "3B2": 20190327, "2020": 20201103, "2023": 20230905}


def _common(device: Device, samples: np.ndarray, size: int, finished: bool) -> dict[str, Any]:
    """Return the keys that every .meta has; the last three are written when a run ends well."""
    era = device.vintage
    out: dict[str, Any] = {
        "appVersion": _VERSIONS[era],
        "fileCreateTime": "2023-10-05T17:24:02",
        "gateMode": "Immediate",
        "nSavedChans": samples.shape[1],
        "syncSourceIdx": 3,
        "syncSourcePeriod": 1,
        "trigMode": "Immediate",
        "userNotes": "",
    }
    if era == "3A":
        out["typeEnabled"] = "imec,nidq"
    else:
        out |= {"typeImEnabled": 1, "typeNiEnabled": 1}
        out |= {"typeObEnabled": 0} if era == "2023" else {}
    if finished:
        out |= {"fileSizeBytes": size, "fileTimeSecs": len(samples) / device.sample_rate}
    return out


def write_stream(
    folder: Path | str,
    device: Device,
    samples: np.ndarray,
    *,
    first_sample: int = 0,
    run: str = "run",
    gate: int = 0,
    trigger: int | str = 0,
    tag: str = "",
    name: str | None = None,
    meta: Mapping[str, Any] | None = None,
    edges: Edges | None = None,
    newline: str = "\n",
    tilde: str = "~",
    finished: bool = True,
    tail: bytes = b"",
    encoding: str = "utf-8",
) -> Stream:
    """Write a .bin and its .meta.

    Parameters
    ----------
    folder : path-like
        Made where it is not there.
    device : Imec, Nidq or OneBox
    samples : numpy.ndarray
        (time point, saved channel), int16; `make_samples` makes some.
    first_sample : int
        Number of the first sample since the acquisition began.
    run, gate, trigger, tag
        Of the name ``run_g0_t0.tag.imec0.ap``; trigger "cat" is what CatGT writes.
    name : str
        In place of ``run_g0_t0``, for files that were renamed by hand.
    meta : mapping
        Keys (tables with their tilde) to add, to replace or, with None, to leave out.
    edges : mapping
        Kept in the result; the samples hold them already.
    newline, tilde, encoding : str
        "\\r\\n" on Windows; there are files without tildes.
    finished : bool
        Whether size, duration and hash are there; they are not after a crash.
    tail : bytes
        After the last time point, counted as part of the file's size.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    columns = tuple(device.columns())
    data = np.ascontiguousarray(samples, "<i2")
    if data.ndim != 2 or data.shape[1] != len(columns):
        raise ValueError(f"samples of shape {data.shape} for {len(columns)} saved channels")
    name = name or f"{run}_g{gate}_t{trigger}"
    name = ".".join(filter(None, (name, tag, device.label)))
    path, meta_path = folder / f"{name}.bin", folder / f"{name}.meta"
    with path.open("wb") as file:
        file.write(data.reshape(-1).data)
        file.write(tail)
    keys = device.meta() | _common(device, data, data.nbytes + len(tail), finished)
    keys |= {"firstSample": first_sample, "fileName": f"D:/SGL_DATA/{run}_g{gate}/{name}.bin"}
    if finished:
        sha1 = hashlib.sha1(data.reshape(-1).data)
        sha1.update(tail)
        keys["fileSHA1"] = sha1.hexdigest().upper()
    keys |= meta or {}
    text = meta_text(keys, newline, tilde)
    meta_path.write_text(text, encoding=encoding, newline="")
    written = {k.removeprefix("~"): _text(v) for k, v in keys.items() if v is not None}
    at, shanks = device.geometry()[1:] if isinstance(device, Imec) else (None, None)
    return Stream(path, meta_path, device.label, data, columns, device.sample_rate,
                  first_sample, written, edges or {}, at, shanks)  # fmt: skip


@dataclass(frozen=True)
class Take:
    """What one gate and trigger recorded: `seconds` from `start`, by every device's clock."""

    gate: int = 0
    trigger: int | str = 0
    start: float = 0.0
    seconds: float = 0.1


def write_run(
    root: Path | str | Sequence[Path],
    devices: Sequence[Device],
    takes: Sequence[Take] = (Take(),),
    *,
    run: str = "run",
    layout: str = "probes",
    prefix: str = "",
    period: float = 0.02,
    seed: int = 0,
    **more: Any,
) -> dict[tuple[int, int | str], list[Stream]]:
    """Write all files of a run; sync bits and digital line 0 show one square wave.

    Parameters
    ----------
    root : path-like or list of them
        The data directory, or several over which the probes are dealt in turn.
    devices, takes : sequences
        Every device records every take.
    layout : str
        "probes": ``run_g0/run_g0_imec0/``, all else in ``run_g0/``; "run": all in ``run_g0/``;
        "flat": all in the data directory.
    prefix : str
        Of the run's folder, "catgt_" where CatGT wrote into one of its own.
    period : float
        Of the square wave, in seconds; it is low at the acquisition's first sample.
    seed : int
        Every stream has noise of its own.
    **more
        As for `write_stream`.

    Returns
    -------
    dict of (gate, trigger) to list of Stream, in the order of `devices`
    """
    roots = [Path(root)] if isinstance(root, (str, Path)) else list(root)
    more["meta"] = _enabled(devices, len(roots)) | dict(more.get("meta") or {})
    out: dict[tuple[int, int | str], list[Stream]] = {}
    for take in takes:
        for k, device in enumerate(devices):
            index = device.index or 0 if isinstance(device, Imec) else 0
            folder = roots[index % len(roots)]
            if layout != "flat":
                folder /= f"{prefix}{run}_g{take.gate}"
            if layout == "probes" and isinstance(device, Imec):
                folder /= f"{run}_g{take.gate}_{device.label.split('.')[0]}"
            out.setdefault((take.gate, take.trigger), []).append(
                _write_take(folder, device, take, period, seed + 1000 * len(out) + k, run, more)
            )
    return out


def _enabled(devices: Sequence[Device], n_dirs: int) -> dict[str, Any]:
    """Return how many devices of each sort a run has; phase 3A names them instead."""
    probes = {d.label.split(".")[0] for d in devices if isinstance(d, Imec)}
    counts = {
        "typeImEnabled": len(probes),
        "typeNiEnabled": sum(isinstance(d, Nidq) for d in devices),
        "typeObEnabled": sum(isinstance(d, OneBox) for d in devices),
        "nDataDirs": n_dirs,
    }
    first = {"3A": 0, "3B1": 2, "3B2": 2}
    return dict(list(counts.items())[: min(first.get(d.vintage, 4) for d in devices)])


def _write_take(
    folder: Path,
    device: Device,
    take: Take,
    period: float,
    seed: int,
    run: str,
    more: Mapping[str, Any],
) -> Stream:
    rate = device.sample_rate
    first, n = round(take.start * rate), round(take.seconds * rate)
    level, turns = square_wave(rate, period, first, n)
    bits = {c.name: SYNC_BIT if c.kind == "SY" else 0 for c in device.columns() if c.kind in WORDS}
    edges = {name: {bit: turns} for name, bit in bits.items()}
    start = {name: level << bit for name, bit in bits.items()}
    samples = make_samples(device, n, seed, edges, start)
    meta = dict(more["meta"])
    if take.trigger == "cat":
        meta |= {"catGTCmdline0": f"<CatGT -run={run} -t=0,0>", "catNFiles": 1}
        meta |= {"catGVals": "0,0", "catTVals": "0,0"}
    names = {"run": run, "gate": take.gate, "trigger": take.trigger, "first_sample": first}
    return write_stream(folder, device, samples, **{**more, **names, "meta": meta, "edges": edges})


def read_meta(path: Path) -> dict[str, str]:
    """Return a .meta as it stands, without tildes."""
    text = path.read_bytes().decode("latin-1")
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.removeprefix("~"): value for key, _, value in pairs}


def entries_of(table: str) -> list[str]:
    """Return what stands between the brackets of a table, its header first."""
    return table.strip().strip("()").split(")(")


def volts_of(meta: Mapping[str, str], column: Column) -> float:
    """Return the volts a step of a channel by the vendor's formula, from the metadata alone."""
    this = {"imec": "im", "nidq": "ni", "obx": "ob"}[meta["typeThis"]]
    if column.kind in WORDS:
        return 1.0
    missing = {"im": 512, "ni": 32768, "ob": 32768}[this]
    step = float(meta[f"{this}AiRangeMax"]) / int(meta.get(f"{this}MaxInt", missing))
    if this != "im":
        return step / float(meta[f"ni{column.kind}Gain"]) if column.kind in ("MN", "MA") else step
    header, *entries = entries_of(meta["imroTbl"])
    n_ap = int(meta["acqApLfSy"].split(",")[0])
    fields = entries[column.number % n_ap].split() if len(entries) == n_ap else []
    which = 3 if column.kind == "AP" else 4
    kind = header.split(",")[0]
    if kind == "1110":
        return step / int(header.split(",")[which])
    if "imProbeOpt" in meta or len(fields) == 6:
        return step / int(fields[which])
    return step / float(meta.get("imChan0apGain", 80 if kind in ("21", "24") else 100))


def _with_sizes(text: bytes, size: int, seconds: float) -> bytes:
    new = {b"fileSizeBytes": size, b"fileTimeSecs": seconds, b"fileSHA1": ""}
    lines = text.splitlines(keepends=True)
    for i, line in enumerate(lines):
        key = line.partition(b"=")[0]
        if key in new:
            end = line[len(line.rstrip(b"\r\n")) :]
            lines[i] = key + b"=" + _text(new[key]).encode() + end
    return b"".join(lines)


def write_beside(
    meta_path: Path | str,
    folder: Path | str,
    n: int = 64,
    *,
    seed: int = 0,
    sizes: bool = True,
    edges: Edges | None = None,
) -> Stream:
    """Copy a real .meta into a folder and write a small .bin beside it.

    With `sizes` the copy's size and duration are made true and its hash is taken out; without,
    it is the same byte for byte and does not fit the .bin. Samples are as in `make_samples`.
    """
    meta_path, folder = Path(meta_path), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    meta, text = read_meta(meta_path), meta_path.read_bytes()
    this = {"imec": "im", "nidq": "ni", "obx": "ob"}[meta["typeThis"]]
    rate = float(meta[f"{this}SampRate"])
    entries = entries_of(meta["snsChanMap"])[1:]
    bare = [Column(e[:2], int(e.split(";")[1].split(":")[0]), e.split(";")[0], 1) for e in entries]
    columns = tuple(c._replace(volts=volts_of(meta, c)) for c in bare)
    assert len(columns) == int(meta["nSavedChans"])
    limit = int(meta.get(f"{this}MaxInt", 512 if this == "im" else 32768))
    samples = make_samples(_Plain(list(columns), limit), n, seed, edges)
    if sizes:
        text = _with_sizes(text, samples.nbytes, n / rate)
    copy = folder / meta_path.name
    copy.write_bytes(text)
    path = copy.with_suffix(".bin")
    path.write_bytes(samples.astype("<i2").tobytes())
    label = re.sub(r"^.*_t(\d+|cat)\.", "", meta_path.stem)
    first = int(meta["firstSample"])
    return Stream(path, copy, label, samples, columns, rate, first, read_meta(copy), edges or {})


@dataclass(frozen=True)
class _Plain:
    """Channels and a range, all that `make_samples` looks at."""

    every: list[Column]
    max_int: int

    def columns(self) -> list[Column]:
        return self.every

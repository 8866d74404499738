r"""Write Neuralynx files (.ncs, .nse, .nst, .ntt, .nev, .nvt) byte by byte.

Made from the layout of the format alone and sharing nothing with the reader. Each file is 16 384
bytes of text header, filled up with zero bytes, then records of one size without padding
(little-endian), see the layout tables. Times are whole microseconds of the system's clock.

    header = Header("pegasus", name="LAHC1", channels=(8,), sampling_rate=2000)
    first = Run(noise(5000, seed=1), start_us=10_000_000, rate=2000)
    second = first.then(noise(700, seed=2), gap_us=300_000)
    truth = write_ncs(folder / "LAHC1.ncs", header, [first, second])
    truth.gain, truth.name, truth.rate       # uV a step, "LAHC1", 2000.0
    write_spikes(folder / "TT1.ntt", header4, timestamps, units, waveforms)  # (n, electrode, 32)
    write_nev(folder / "Events.nev", Header("pegasus"), timestamps, ttls, ids, strings)

A `Run` is a stretch without a gap; its `rate` is that of the clock and decides the timestamps. What
the header says (`Header.sampling_rate`) and what the records say (`record_rate`) may differ from
it. For records that no run makes, change what `ncs_records` returns and call `write_records`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.writers.neuralynx_header import (
    ELECTRODES,
    HEADER_BYTES,
    MAGIC,
    RECORD_BYTES,
    STYLES,
    Header,
    Rate,
    expected_gains,
    pack_header,
)

__all__ = [
    "ELECTRODES",
    "HEADER_BYTES",
    "MAGIC",
    "RECORD_BYTES",
    "STYLES",
    "Header",
    "Rate",
    "expected_gains",
    "pack_header",
]

RECORD_SAMPLES = 512
WAVEFORM_SAMPLES = 32
PADDING = -21555  # behind the valid samples of a record; real files hold old samples there

# One row a field: name, type, byte offset in its record.
Layout = tuple[tuple[str, Any, int], ...]

NCS_LAYOUT: Layout = (
    ("timestamp", "<u8", 0),  # us, of the first sample
    ("channel", "<u4", 8),  # need not be the header's ADChannel
    ("rate", "<u4", 12),  # Hz, whole
    ("n_valid", "<u4", 16),
    ("samples", ("<i2", (RECORD_SAMPLES,)), 20),
)


def _spike_layout(n_electrodes: int) -> Layout:
    return (
        ("timestamp", "<u8", 0),  # us, of the sample at the alignment point
        ("channel", "<u4", 8),  # the acquisition entity, no AD channel
        ("unit", "<u4", 12),
        ("features", ("<i4", (8,)), 16),
        ("samples", ("<i2", (WAVEFORM_SAMPLES, n_electrodes)), 48),  # all electrodes of a sample
    )


NEV_LAYOUT: Layout = (
    ("stx", "<i2", 0),
    ("packet_id", "<i2", 2),
    ("packet_size", "<i2", 4),
    ("timestamp", "<u8", 6),  # us, not aligned
    ("event_id", "<i2", 14),
    ("ttl", "<i2", 16),  # a word of 16 lines
    ("crc", "<i2", 18),
    ("dummy1", "<i2", 20),
    ("dummy2", "<i2", 22),
    ("extra", ("<i4", (8,)), 24),
    ("string", "S128", 56),
)

NVT_LAYOUT: Layout = (
    ("stx", "<u2", 0),
    ("packet_id", "<u2", 2),
    ("packet_size", "<u2", 4),
    ("timestamp", "<u8", 6),
    ("points", ("<u4", (400,)), 14),
    ("crc", "<i2", 1614),
    ("x", "<i4", 1616),
    ("y", "<i4", 1620),
    ("angle", "<i4", 1624),
    ("targets", ("<i4", (50,)), 1628),
)

LAYOUTS = {
    "ncs": NCS_LAYOUT,
    "nse": _spike_layout(1),
    "nst": _spike_layout(2),
    "ntt": _spike_layout(4),
    "nev": NEV_LAYOUT,
    "nvt": NVT_LAYOUT,
}


def record_dtype(kind: str) -> np.dtype[Any]:
    """Return the structured dtype of a record of `kind`, its fields at their byte offsets."""
    names, formats, offsets = zip(*LAYOUTS[kind], strict=True)
    spec = {"names": list(names), "formats": list(formats), "offsets": list(offsets)}
    return np.dtype(spec | {"itemsize": RECORD_BYTES[kind]})  # type: ignore[call-overload]


def write_records(path: Path | str, header: Header, records: np.ndarray, tail: bytes = b"") -> None:
    """Write a header and records as they are, then `tail`; the suffix says which kind of file."""
    path = Path(path)
    kind = path.suffix[1:].lower()
    if records.dtype != record_dtype(kind):
        raise ValueError(f"these are no records of a .{kind} file")
    with path.open("wb") as file:
        file.write(pack_header(header, kind, path.name))
        file.write(records.tobytes())
        file.write(tail)


def noise(shape: int | tuple[int, ...], seed: int) -> npt.NDArray[np.int16]:
    """Return samples that use the whole range, the same for the same seed."""
    return np.random.default_rng(seed).integers(-32768, 32768, shape, np.int16)


@dataclass(frozen=True, eq=False)
class Run:
    """Samples without a gap between them.

    `rate` is that of the clock, exact as a text or a Fraction. `valid` is how many samples a record
    holds, several numbers being used in turn; the last record holds what is left. Timestamps are
    the exact times rounded down, or to the nearest with `nearest`, plus `wobble_us` (a number or
    one a record, used in turn), since real clocks are a microsecond early or late now and then.
    """

    samples: npt.NDArray[np.int16]
    start_us: int = 0
    rate: Rate = 32000
    valid: int | Sequence[int] = RECORD_SAMPLES
    nearest: bool = False
    wobble_us: int | Sequence[int] = 0

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Valid samples of each record."""
        sizes = np.atleast_1d(np.asarray(self.valid, np.int64))
        if sizes.sum() < 1 or sizes.min() < 0 or sizes.max() > RECORD_SAMPLES:
            raise ValueError(f"{self.valid} samples a record are not possible")
        n = len(self.samples)
        turns = -(-n // int(sizes.sum()))
        ends = np.cumsum(np.tile(sizes, turns))
        ends = np.minimum(ends[: np.searchsorted(ends, n) + 1], n) if n else ends[:0]
        return np.diff(ends, prepend=0)

    def time_us(self, sample: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the rounded time of samples, counted from the run's first."""
        step = Fraction(1_000_000) / Fraction(str(self.rate))
        numerator, denominator = step.numerator, step.denominator
        half = denominator // 2 if self.nearest else 0
        index = np.asarray(sample, np.int64)
        # Rates like 32552.083333 have fractions that overflow 64 bits: those go one by one.
        if index.size and int(index.max()) * numerator >= 2**62:
            ticks = [(int(i) * numerator + half) // denominator for i in index.ravel()]
            return self.start_us + np.array(ticks, np.int64).reshape(index.shape)
        return self.start_us + (index * numerator + half) // denominator

    def then(
        self, samples: npt.NDArray[np.int16], gap_us: int = 0, start_us: int | None = None
    ) -> "Run":
        """Return a run like this one that starts `gap_us` after its end, or at `start_us`.

        A gap of 0 goes on without one; a negative gap overlaps; a small `start_us` is a clock
        that was set back.
        """
        end = int(self.time_us(len(self.samples)))
        return replace(
            self, samples=samples, start_us=end + gap_us if start_us is None else start_us
        )


def whole_microseconds(rate: int) -> Fraction:
    """Return the true rate of Cheetah before 5: a sample takes whole microseconds of a 1 MHz clock.

    Its headers and records state the rate that was asked for, as 32258 for 31 us.
    """
    return Fraction(1_000_000, 1_000_000 // rate)


def ncs_records(
    runs: Sequence[Run], channel: int = 0, record_rate: int | None = None
) -> np.ndarray:
    """Return the records of runs, one run after the other.

    Parameters
    ----------
    runs : sequence of Run
    channel : int
        Of every record.
    record_rate : int, optional
        Of every record; else the run's own, rounded.
    """
    parts = [np.zeros(0, record_dtype("ncs"))]
    for run in runs:
        counts = run.counts
        records = np.zeros(len(counts), record_dtype("ncs"))
        times = run.time_us(np.cumsum(counts) - counts)
        records["timestamp"] = times + np.resize(np.asarray(run.wobble_us, np.int64), len(counts))
        records["channel"] = channel
        records["rate"] = round(Fraction(str(run.rate))) if record_rate is None else record_rate
        records["n_valid"] = counts
        samples = np.full((len(counts), RECORD_SAMPLES), PADDING, np.int16)
        samples[np.arange(RECORD_SAMPLES) < counts[:, None]] = run.samples
        records["samples"] = samples
        parts.append(records)
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class NcsTruth:
    """What a .ncs file holds; `gain` in uV a step, `rate` in Hz as the header says."""

    path: Path
    name: str | None
    channel_id: int | None
    rate: float
    gain: float
    runs: tuple[Run, ...]
    records: np.ndarray
    units: str = "uV"
    offset: float = 0.0

    @property
    def samples(self) -> npt.NDArray[np.int16]:
        """All valid samples in file order."""
        return np.concatenate([np.zeros(0, np.int16), *(run.samples for run in self.runs)])

    @property
    def t_starts(self) -> list[float]:
        """Seconds of the system's clock at which each run starts."""
        return [run.start_us / 1e6 for run in self.runs]


def write_ncs(
    path: Path | str,
    header: Header,
    runs: Sequence[Run] = (),
    *,
    record_channel: int | None = None,
    record_rate: int | None = None,
    tail: bytes = b"",
) -> NcsTruth:
    """Write a .ncs file; without runs it is a header only.

    Parameters
    ----------
    path : path-like
    header : Header
    runs : sequence of Run
    record_channel : int, optional
        Channel number in the records where it is not the header's.
    record_rate : int, optional
        Rate in the records where it is not that of the clock.
    tail : bytes
        Written after the last record.
    """
    channel = header.channels[0] if header.channels else None
    number = record_channel if record_channel is not None else channel or 0
    records = ncs_records(runs, number, record_rate)
    write_records(path, header, records, tail)
    rate = float(Fraction(str(header.sampling_rate or 0)))
    gains = expected_gains(header)
    gain = float(gains[0]) if len(gains) else float("nan")
    return NcsTruth(Path(path), header.name, channel, rate, gain, tuple(runs), records)


def write_spikes(
    path: Path | str,
    header: Header,
    timestamps: npt.ArrayLike = (),
    units: npt.ArrayLike = 0,
    waveforms: npt.ArrayLike = 0,
    *,
    features: npt.ArrayLike = 0,
    entity: npt.ArrayLike = 0,
    tail: bytes = b"",
) -> np.ndarray:
    """Write a .nse, .nst or .ntt file (the suffix says which) and return its records.

    Parameters
    ----------
    path : path-like
    header : Header
    timestamps : array_like
        In us, one a spike.
    units : array_like
        0 is unsorted; one a spike, or one for all.
    waveforms : array_like
        (spike, electrode, 32) int16: turned into the file's (spike, 32, electrode).
    features : array_like
        (spike, 8) int32.
    entity : array_like
        The number of the acquisition entity in the records.
    tail : bytes
        Written after the last record.
    """
    times = np.asarray(timestamps, np.uint64)
    records = np.zeros(len(times), record_dtype(Path(path).suffix[1:].lower()))
    records["timestamp"], records["unit"] = times, units
    records["channel"], records["features"] = entity, features
    waves = np.asarray(waveforms)
    records["samples"] = waves.swapaxes(1, 2) if waves.ndim == 3 else waves
    write_records(path, header, records, tail)
    return records


def write_nev(
    path: Path | str,
    header: Header,
    timestamps: npt.ArrayLike = (),
    ttls: npt.ArrayLike = 0,
    ids: npt.ArrayLike = 0,
    strings: npt.ArrayLike = b"",
    *,
    tail: bytes = b"",
    **fields: npt.ArrayLike,
) -> np.ndarray:
    """Write a .nev file and return its records.

    Parameters
    ----------
    path : path-like
    header : Header
    timestamps : array_like
        In us, one an event.
    ttls : array_like
        The word on the TTL port; 0 to 65535 or as signed, one an event or one for all.
    ids : array_like
        Where it comes from: 4 typed in, 11 Digital Lynx SX, 19 start and stop in Pegasus.
    strings : array_like of bytes
        At most 128 bytes.
    tail : bytes
        Written after the last record.
    **fields
        Other fields of `NEV_LAYOUT` by name; `packet_id` is 1002 in Cheetah and 0 in Pegasus.
    """
    times = np.asarray(timestamps, np.uint64)
    labels = np.asarray(strings, "S")
    if labels.dtype.itemsize > 128:
        raise ValueError("an event string has at most 128 bytes")
    records = np.zeros(len(times), record_dtype("nev"))
    records["packet_id"], records["packet_size"] = 1002, 2
    records["timestamp"], records["event_id"], records["string"] = times, ids, labels
    records["ttl"] = (np.asarray(ttls, np.int64) & 0xFFFF).astype(np.uint16).view(np.int16)
    for name, value in fields.items():
        records[name] = value
    write_records(path, header, records, tail)
    return records


def write_nvt(path: Path | str, timestamps: npt.ArrayLike = (), x: int = 0, y: int = 0) -> None:
    """Write a video tracking file, for folders that hold one beside what a reader reads."""
    times = np.asarray(timestamps, np.uint64)
    records = np.zeros(len(times), record_dtype("nvt"))
    records["stx"], records["packet_size"] = 0x800, RECORD_BYTES["nvt"]
    records["timestamp"], records["x"], records["y"] = times, x, y
    write_records(path, Header(name="VT1"), records)


def write_session(
    folder: Path | str,
    header: Header,
    *,
    prefix: str = "CSC",
    suffix: str = "",
    n_channels: int = 4,
    n_samples: int = 3000,
    start_us: int = 10_000_000,
    gaps_us: Sequence[int] = (),
    seed: int = 0,
    **run: Any,
) -> list[NcsTruth]:
    """Write one .ncs file a channel, all with the same times, and return what they hold.

    Several calls make folders of several streams (another `prefix` and rate), and of several
    recordings (`suffix` "_0001", a later start): file names take the suffix, entity names do not.

    Parameters
    ----------
    folder : path-like
    header : Header
        Of all channels; name and AD channel are set for each (CSC1 is channel 0).
    prefix, suffix : str
        File names are prefix, number from 1, suffix.
    n_channels : int
    n_samples : int
        Of each run.
    start_us : int
    gaps_us : sequence of int
        After each run but the last; one more run than gaps.
    seed : int
    **run
        Other arguments of `Run`; its rate is the header's if not given.
    """
    run.setdefault("rate", header.sampling_rate)
    truths = []
    for k in range(n_channels):
        parts = noise((len(gaps_us) + 1, n_samples), seed + k)
        runs = [Run(parts[0], start_us, **run)]
        for part, gap in zip(parts[1:], gaps_us, strict=True):
            runs.append(runs[-1].then(part, gap))
        own = replace(header, name=f"{prefix}{k + 1}", channels=(k,))
        truths.append(write_ncs(Path(folder) / f"{prefix}{k + 1}{suffix}.ncs", own, runs))
    return truths

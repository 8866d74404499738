"""Write Intan recordings in the vendor's three file layouts; `tests.writers.intan` has the header.

Traditional: one file, the header and blocks of 60 (RHD before 2.0) or 128 samples. In a block
stand, one after the other and each channel by channel:

    RHD   timestamps, amplifier, aux (a quarter of the samples), supply (one), temperature (one),
          adc, digital inputs, digital outputs (one word for all lines)
    RHS   timestamps, amplifier, dc (where saved), stim, adc, dac, digital inputs, outputs

One file per signal type: info.rhd or info.rhs, the header alone, time.dat and files of int16 or
uint16 that hold all channels of a sample, then all of the next. Amplifier samples are signed
here. Auxiliary inputs and supply voltages are repeated so that every file has as many samples as
time.dat, but for lowpass.dat, of which only every so many are kept.

One file per channel: the same, split; a file for each digital line, holding zeros and ones.

Temperatures are in the traditional layout only. Nothing is written for a signal without channels.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.writers.intan import Header, pack_header
from tests.writers.intan_truth import (
    AMP_SETTLE,
    CHARGE_RECOVERY,
    COMPLIANCE_LIMIT,
    PER_CHANNEL,
    PER_SIGNAL,
    SLOW_STEPS,
    STIM_AMPLITUDE,
    STIM_NEGATIVE,
    TRADITIONAL,
    Truth,
    as_signed,
    channels_of,
    truth_of,
)

BLOCK_ORDER = {
    "rhd": ("amplifier", "aux", "supply", "temperature", "adc", "digital_in", "digital_out"),
    "rhs": ("amplifier", "dc", "stim", "adc", "dac", "digital_in", "digital_out"),
}
SIGNAL_FILES = {
    "amplifier": "amplifier.dat",
    "lowpass": "lowpass.dat",
    "highpass": "highpass.dat",
    "dc": "dcamplifier.dat",
    "stim": "stim.dat",
    "aux": "auxiliary.dat",
    "supply": "supply.dat",
    "adc": "analogin.dat",
    "dac": "analogout.dat",
    "digital_in": "digitalin.dat",
    "digital_out": "digitalout.dat",
}
CHANNEL_PREFIXES = {
    "amplifier": "amp-",
    "lowpass": "low-",
    "highpass": "high-",
    "dc": "dc-",
    "stim": "stim-",
    "aux": "aux-",
    "supply": "vdd-",
    "adc": "board-",
    "dac": "board-",
    "digital_in": "board-",
    "digital_out": "board-",
}
BLOCKS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording whatever its layout.

    `timestamps` is (samples,) int64. `data` holds by signal what the recorder measures, at the
    signal's own rate: amplifier, dc, stim, aux, supply, adc and dac (sample, channel) uint16,
    temperature (block, sensor) int16, digital_in and digital_out (sample,) uint16 with all lines
    of the board, recorded or not; lowpass (every `lowpass_factor`-th sample, channel) and
    highpass int16, which have no place in the traditional layout.
    """

    header: Header
    timestamps: np.ndarray
    data: Mapping[str, np.ndarray]
    lowpass_factor: int = 1

    def part(self, first: int, stop: int) -> "Recording":
        """Return samples first to stop; both must be the edges of blocks."""
        block = self.header.block
        if first % block or (stop % block and stop < len(self.timestamps)):
            raise ValueError(f"samples {first} to {stop} are no blocks of {block}")
        data = {}
        for signal, values in self.data.items():
            step = SLOW_STEPS.get(signal, 1) or block
            step = self.lowpass_factor if signal == "lowpass" else step
            data[signal] = values[first // step : -(-stop // step)]
        return replace(self, timestamps=self.timestamps[first:stop], data=data)


def make_timestamps(n: int, start: int = 0, gaps: Mapping[int, int] | None = None) -> np.ndarray:
    """Return n timestamps, int64; at each key of `gaps` that many are left out (or gone back)."""
    steps = np.ones(n, np.int64)
    steps[:1] = start
    for at, missing in (gaps or {}).items():
        steps[at] += missing
    return np.cumsum(steps)


def make_recording(
    header: Header,
    n_samples: int,
    *,
    seed: int = 0,
    start: int = 0,
    gaps: Mapping[int, int] | None = None,
    lowpass_factor: int | None = None,
    highpass: bool = False,
    dc: bool | None = None,
) -> Recording:
    """Return a recording of random numbers over the whole range of each signal.

    Parameters
    ----------
    header : Header
    n_samples : int
        Any number; the traditional layout wants whole blocks.
    seed, start, gaps
        The last two as for `make_timestamps`.
    lowpass_factor : int, optional
        With it there is a lowpass signal, of which every so many-th sample is kept.
    highpass, dc : bool
        Whether there are such signals; `dc` None does as the header says.
    """
    rng = np.random.default_rng(seed)
    signals = [s for s in BLOCK_ORDER[header.kind] if s != "dc"]
    signals += ["highpass"] * highpass + ["lowpass"] * (lowpass_factor is not None)
    signals += ["dc"] * bool(header.dc_saved if dc is None else dc)
    data = {}
    for signal in signals:
        n_channels = len(channels_of(header, signal))
        step = SLOW_STEPS.get(signal, 1) or header.block
        step = lowpass_factor if signal == "lowpass" else step
        shape: tuple[int, ...] = (-(-n_samples // step), n_channels)
        signed = signal in ("temperature", "lowpass", "highpass")
        type_ = np.int16 if signed else np.uint16
        if signal.startswith("digital"):
            shape = shape[:1]
        values = rng.integers(0, 1024 if signal == "dc" else 65536, shape, np.uint16)
        if signal == "stim":
            values &= (
                STIM_AMPLITUDE | STIM_NEGATIVE | AMP_SETTLE | CHARGE_RECOVERY | COMPLIANCE_LIMIT
            )
        elif len(values) > 1 and signal == "amplifier":
            values[0], values[1] = 0, 65535
        data[signal] = values.view(type_)
    timestamps = make_timestamps(n_samples, start, gaps)
    return Recording(header, timestamps, data, lowpass_factor or 1)


def _time_type(header: Header) -> str:
    """Return the type of a timestamp: signed since version 1.2 of RHD, and always in RHS."""
    return "<u4" if header.kind == "rhd" and header.version < (1, 2) else "<i4"


def _packed_times(header: Header, timestamps: np.ndarray) -> np.ndarray:
    type_ = np.dtype(_time_type(header))
    limits = np.iinfo(type_)
    if len(timestamps) and not (limits.min <= timestamps.min() and timestamps.max() <= limits.max):
        raise ValueError(f"timestamps beyond {limits.min} to {limits.max}")
    return timestamps.astype(type_)


def block_dtype(header: Header) -> np.dtype[Any]:
    """Return the layout of a data block of the traditional layout."""
    block = header.block
    fields: list[tuple[str, str, tuple[int, ...]]] = [("timestamps", _time_type(header), (block,))]
    for signal in BLOCK_ORDER[header.kind]:
        n_channels = len(channels_of(header, signal))
        if n_channels == 0 or (signal == "dc" and not header.dc_saved):
            continue
        if signal == "temperature":
            fields.append((signal, "<i2", (n_channels,)))
        elif signal.startswith("digital"):
            fields.append((signal, "<u2", (block,)))
        else:
            step = SLOW_STEPS.get(signal, 1) or block
            fields.append((signal, "<u2", (n_channels, block // step)))
    return np.dtype(fields)


def write_traditional(path: Path | str, recording: Recording, tail: bytes = b"") -> Truth:
    """Write one file of header and blocks; `tail` comes after the last, for files that end badly.

    Raises
    ------
    ValueError
        If the samples do not fill whole blocks or a timestamp does not fit.
    """
    header, block = recording.header, recording.header.block
    n_blocks, rest = divmod(len(recording.timestamps), block)
    if rest:
        raise ValueError(f"{len(recording.timestamps)} samples do not fill blocks of {block}")
    layout = block_dtype(header)
    sources = {"timestamps": _packed_times(header, recording.timestamps)}
    data = {name: recording.data[name] for name in layout.names or () if name != "timestamps"}
    sources |= data
    with Path(path).open("wb") as file:
        file.write(pack_header(header))
        for first in range(0, n_blocks, BLOCKS_AT_ONCE):
            n = min(BLOCKS_AT_ONCE, n_blocks - first)
            blocks = np.zeros(n, layout)
            for name, values in sources.items():
                step = SLOW_STEPS.get(name, 1) or block
                each = block // step
                part = values[first * each : (first + n) * each]
                if part.ndim == 2:
                    part = part.reshape(n, each, part.shape[1]).swapaxes(1, 2)
                blocks[name] = part.reshape(blocks[name].shape)
            file.write(blocks.tobytes())
        file.write(tail)
    return truth_of(header, TRADITIONAL, recording.timestamps, data)


def _file_data(recording: Recording, leave_out: Collection[str]) -> dict[str, np.ndarray]:
    """Return what the layouts of several files hold, the slow signals repeated."""
    n = len(recording.timestamps)
    data = {}
    for signal, values in recording.data.items():
        if signal in leave_out or signal == "temperature":
            continue
        if not channels_of(recording.header, signal):
            continue
        if signal in SLOW_STEPS:
            step = SLOW_STEPS[signal] or recording.header.block
            values = np.repeat(values, step, axis=0)[:n]
        data[signal] = values
    return data


def _write_info(directory: Path | str, recording: Recording) -> Path:
    """Write the header and time.dat."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    header = recording.header
    (directory / f"info.{header.kind}").write_bytes(pack_header(header))
    times = _packed_times(header, recording.timestamps)
    (directory / "time.dat").write_bytes(times.tobytes())
    return directory


def write_per_signal(
    directory: Path | str,
    recording: Recording,
    *,
    aux_in_amplifier: bool = False,
    leave_out: Collection[str] = (),
) -> Truth:
    """Write a folder with one file per signal type.

    Parameters
    ----------
    directory : path-like
        Made if it is not there.
    recording : Recording
    aux_in_amplifier : bool
        Write the auxiliary inputs into amplifier.dat, after the amplifiers of the same sample and
        as signed numbers, instead of into a file of their own.
    leave_out : collection of str
        Signals that get no file, though the header lists their channels; as the software does
        with "amplifier" when it is told not to save the wide band.
    """
    directory = _write_info(directory, recording)
    data = _file_data(recording, leave_out)
    if aux_in_amplifier and not {"amplifier", "aux"} <= set(data):
        raise ValueError("there are no auxiliary inputs, or no amplifier.dat to write them into")
    for signal, values in data.items():
        if signal == "amplifier":
            values = as_signed(values)
            if aux_in_amplifier:
                values = np.hstack([values, as_signed(data["aux"])])
        elif signal == "aux" and aux_in_amplifier:
            continue
        (directory / SIGNAL_FILES[signal]).write_bytes(_little(values))
    return truth_of(
        recording.header,
        PER_SIGNAL,
        recording.timestamps,
        data,
        lowpass_factor=recording.lowpass_factor,
        aux_in_amplifier=aux_in_amplifier,
    )


def _little(values: np.ndarray) -> bytes:
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def write_per_channel(
    directory: Path | str,
    recording: Recording,
    *,
    leave_out: Collection[str] = (),
    stim_channels: Collection[str] | None = None,
) -> Truth:
    """Write a folder with one file per channel, named by prefix and native name.

    Parameters
    ----------
    directory, recording, leave_out
        As for `write_per_signal`.
    stim_channels : collection of str, optional
        The amplifiers that have a stimulation file: in recordings those that may stimulate.
    """
    directory = _write_info(directory, recording)
    data = _file_data(recording, leave_out)
    for signal, values in data.items():
        if signal == "amplifier":
            values = as_signed(values)
        for k, channel in enumerate(channels_of(recording.header, signal)):
            if signal == "stim" and not (
                stim_channels is None or channel.native_name in stim_channels
            ):
                continue
            if signal.startswith("digital"):
                column = (values >> np.uint16(channel.native_order)) & np.uint16(1)
            else:
                column = values[:, k]
            name = f"{CHANNEL_PREFIXES[signal]}{channel.native_name}.dat"
            (directory / name).write_bytes(_little(column))
    return truth_of(
        recording.header,
        PER_CHANNEL,
        recording.timestamps,
        data,
        lowpass_factor=recording.lowpass_factor,
        stim_channels=stim_channels,
    )


def write_split(
    directory: Path | str,
    recording: Recording,
    blocks_per_file: int,
    *,
    base: str = "session",
    start: datetime = datetime(2024, 2, 29, 23, 59, 58),
) -> list[tuple[Path, Truth]]:
    """Write a session as several traditional files, timestamps going on from file to file.

    Each is named ``base_YYMMDD_HHMMSS`` by the time it begins, whole seconds after the one
    before and at least one.

    Returns
    -------
    list of (Path, Truth)
        One a file, in order.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    per_file = blocks_per_file * recording.header.block
    seconds = max(1, round(per_file / recording.header.sample_rate))
    files = []
    for k, first in enumerate(range(0, len(recording.timestamps), per_file)):
        stop = min(first + per_file, len(recording.timestamps))
        when = start + timedelta(seconds=k * seconds)
        path = directory / f"{base}_{when:%y%m%d_%H%M%S}.{recording.header.kind}"
        files.append((path, write_traditional(path, recording.part(first, stop))))
    return files


def pack_live_notes(notes: Iterable[tuple[int, str]], sample_rate: float) -> bytes:
    """Return a notes.txt: a line of time stamp, time of day of the recording and text each.

    Its texts are Latin-1; what that has no letter for becomes a question mark.
    """
    lines = []
    for tick, text in notes:
        seconds = round(tick / sample_rate)
        clock = f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        lines.append(f"{tick}, {clock}, {text}\r\n")
    return "".join(lines).encode("latin-1", "replace")

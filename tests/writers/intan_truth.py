"""What a reader has to find in an Intan recording: scales, samples, times and names.

Formulas are those of the vendor's own software (the recording program and its loaders):

=============  ==================================================  ==========================
signal         physical value of the stored number                 rate
=============  ==================================================  ==========================
amplifier      0.195 uV * (u16 - 32768), or 0.195 uV * i16         sample rate
dc             -19.23 mV * (u16 - 512), falling, not rising        sample rate
stim           stim_step * bits 0 to 7, negative with bit 8        sample rate
aux            37.4 uV * u16                                       a quarter of it
supply         74.8 uV * u16                                       once a block
temperature    0.01 degrees * i16                                  once a block
adc            by board mode, see `ADC_SCALES`                     sample rate
dac            312.5 uV * (u16 - 32768)                            sample rate
digital        a bit, the channel's native order, of a u16         sample rate
=============  ==================================================  ==========================

Outside the traditional layout the slow ones are repeated up to the sample rate.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tests.writers.intan import Channel, Header, Text

TRADITIONAL, PER_SIGNAL, PER_CHANNEL = "traditional", "per signal", "per channel"

# Samples of the time base from one stored number to the next; 0 stands for a block.
SLOW_STEPS = {"aux": 4, "supply": 0, "temperature": 0}

BIPOLAR = 32768
# Volts a step and the zero by board mode; the vendor's loaders read any other mode like 0.
ADC_SCALES = {0: (50.354e-6, 0), 1: (152.59e-6, BIPOLAR), 13: (312.5e-6, BIPOLAR)}

# Bits of a stimulation word.
STIM_AMPLITUDE, STIM_NEGATIVE = 0x00FF, 0x0100
AMP_SETTLE, CHARGE_RECOVERY, COMPLIANCE_LIMIT = 0x2000, 0x4000, 0x8000


def expected_scale(header: Header, signal: str, layout: str) -> tuple[float, float, str]:
    """Return gain, offset and unit: physical = gain * raw + offset.

    `raw` is the stored number; of a stimulation word the signed steps, of a digital line its bit.
    """
    match signal:
        case "amplifier" if layout == TRADITIONAL:
            return 0.195, -0.195 * BIPOLAR, "uV"
        case "amplifier" | "lowpass" | "highpass":
            return 0.195, 0.0, "uV"
        case "dc":
            return -19.23, 19.23 * 512, "mV"
        case "stim":
            return float(np.float32(header.stim_step)), 0.0, "A"
        case "aux":
            return 37.4e-6, 0.0, "V"
        case "supply":
            return 74.8e-6, 0.0, "V"
        case "temperature":
            return 0.01, 0.0, "degC"
        case "adc" if header.kind == "rhd":
            gain, zero = ADC_SCALES.get(header.true_board_mode, ADC_SCALES[0])
            return gain, -gain * zero, "V"
        case "adc" | "dac":
            return 312.5e-6, -312.5e-6 * BIPOLAR, "V"
        case "digital_in" | "digital_out":
            return 1.0, 0.0, ""
    raise ValueError(f"no signal is called {signal!r}")


def stim_steps(words: np.ndarray) -> np.ndarray:
    """Return the current of stimulation words in steps, int16, negative ones with bit 8."""
    steps = (words & STIM_AMPLITUDE).astype(np.int16)
    return np.where(words & STIM_NEGATIVE, -steps, steps).astype(np.int16)


@dataclass(frozen=True, eq=False)
class Stream:
    """The channels of a signal type; `raw` is (sample, channel), one number a column.

    `ids` and `names` are the native and custom names of the header. Those of the DC amplifiers,
    the stimulation, lowpass and highpass are the amplifiers'; temperature sensors have none and
    are numbered here. `step` is in samples of the time base; `raw[k]` belongs to `step * k`.
    """

    signal: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    raw: np.ndarray
    rate: float
    gain: float
    offset: float
    units: str
    step: int = 1

    @property
    def physical(self) -> np.ndarray:
        """Return float64 values in `units`."""
        return self.raw.astype(np.float64) * self.gain + self.offset

    def part(self, segment: "Segment") -> np.ndarray:
        """Return the raw samples that belong to a segment."""
        return self.raw[-(-segment.first // self.step) : -(-segment.stop // self.step)]


@dataclass(frozen=True)
class Segment:
    """A run of timestamps that go up by one: samples first to stop of the time base.

    `t_start` is in seconds, first timestamp over sample rate.
    """

    first: int
    stop: int
    t_start: float


@dataclass(frozen=True, eq=False)
class Truth:
    """All of a recording in one layout; `streams` by signal, those without channels left out."""

    header: Header
    layout: str
    timestamps: np.ndarray
    streams: dict[str, Stream]

    @property
    def rate(self) -> float:
        """Return the sample rate as the file has it, a float32."""
        return float(np.float32(self.header.sample_rate))

    @property
    def segments(self) -> list[Segment]:
        """Return the runs of unbroken timestamps."""
        breaks = np.flatnonzero(np.diff(self.timestamps) != 1) + 1
        edges = [0, *breaks.tolist(), len(self.timestamps)]
        return [
            Segment(first, stop, int(self.timestamps[first]) / self.rate)
            for first, stop in pairwise(edges)
            if stop > first
        ]


def _raw(signal: str, layout: str, stored: np.ndarray, channels: list[Channel]) -> np.ndarray:
    """Return the columns a reader gives of what a recording holds."""
    if signal.startswith("digital"):
        bits = np.array([channel.native_order for channel in channels], np.uint16)
        return (stored[:, None] >> bits) & np.uint16(1)
    if signal == "stim":
        return stim_steps(stored)
    if signal == "amplifier" and layout != TRADITIONAL:
        return as_signed(stored)
    return stored


def as_signed(codes: np.ndarray) -> np.ndarray:
    """Return offset binary codes (uint16, zero at 32768) as int16."""
    return (codes ^ np.uint16(0x8000)).view(np.int16)


def step_of(header: Header, signal: str, layout: str, factor: int = 1) -> int:
    """Return the samples of the time base between two stored numbers."""
    if signal == "lowpass":
        return factor
    if layout != TRADITIONAL or signal not in SLOW_STEPS:
        return 1
    return SLOW_STEPS[signal] or header.block


def channels_of(header: Header, signal: str) -> list[Channel]:
    """Return the channels of a stream, those of the amplifiers where it follows them."""
    if signal == "temperature":
        return [Channel(str(k)) for k in range(header.temp_sensors)]
    along = signal in ("dc", "stim", "lowpass", "highpass")
    return header.stored("amplifier" if along else signal)


def _text(name: Text) -> str:
    """Return what a reader finds; nothing in a null string or one written as told."""
    return name if isinstance(name, str) else ""


def truth_of(
    header: Header,
    layout: str,
    timestamps: np.ndarray,
    data: dict[str, np.ndarray],
    *,
    lowpass_factor: int = 1,
    stim_channels: Collection[str] | None = None,
    aux_in_amplifier: bool = False,
) -> Truth:
    """Return the truth of a recording; `data` is what the files hold, repeated where they do."""
    rate = float(np.float32(header.sample_rate))
    streams = {}
    for signal, stored in data.items():
        channels = channels_of(header, signal)
        raw = _raw(signal, layout, stored, channels)
        if signal == "stim" and stim_channels is not None:
            kept = [k for k, c in enumerate(channels) if c.native_name in stim_channels]
            channels, raw = [channels[k] for k in kept], raw[:, kept]
        gain, offset, units = expected_scale(header, signal, layout)
        if signal == "aux" and aux_in_amplifier:
            raw, offset = as_signed(raw), gain * BIPOLAR
        if not channels:
            continue
        step = step_of(header, signal, layout, lowpass_factor)
        ids = tuple(_text(channel.native_name) for channel in channels)
        names = tuple(
            _text(c.native_name if c.custom_name == "" else c.custom_name) for c in channels
        )
        streams[signal] = Stream(signal, ids, names, raw, rate / step, gain, offset, units, step)
    return Truth(header, layout, timestamps, streams)

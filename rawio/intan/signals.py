"""The kinds of signals: which stream they are, and what a raw number of them stands for.

Scales are those of Intan's application notes, of its loaders and of its acquisition software,
which agree. Raw numbers of the amplifiers are offset binary in the traditional layout and signed
in files of their own.
"""

from dataclasses import dataclass

import numpy as np

from rawio.errors import Warn
from rawio.intan.headers import Channel, IntanHeader

AMPLIFIER_GAIN = 0.195  # uV
DC_GAIN, DC_ZERO = -19.23, 512  # mV: the DC amplifier inverts
AUX_GAIN = 0.0000374  # V
SUPPLY_GAIN = 0.0000748  # V
TEMPERATURE_GAIN = 0.01  # degrees Celsius
BIPOLAR_ZERO = 32768
BOARD_GAIN = 0.0003125  # V, of the controllers
ADC_SCALES = {0: (0.000050354, 0), 1: (0.00015259, BIPOLAR_ZERO), 13: (BOARD_GAIN, BIPOLAR_ZERO)}
"""Gain in V and zero of the analog inputs of RHD, by board mode."""

STIM_STEPS, STIM_NEGATIVE = 0x00FF, 0x0100
"""Bits of a stimulation word; above them are flags: settle, charge recovery, compliance limit."""

BLOCK_ORDER = {
    "rhd": ("amplifier", "aux", "supply", "temperature", "adc", "digital_in", "digital_out"),
    "rhs": ("amplifier", "dc", "stim", "adc", "dac", "digital_in", "digital_out"),
}
"""Signals in the order in which they stand in a data block, and in the header tables."""

FILTERED = ("lowpass", "highpass")
DIGITAL = ("digital_in", "digital_out")
OF_AMPLIFIERS = {"dc": "_DC", "stim": "_STIM", "lowpass": "_LOW", "highpass": "_HIGH"}
"""Signals with a channel for each amplifier, and what is added to its id and name."""

STREAMS = {
    "rhd": {
        "amplifier": ("0", "RHD2000 amplifier channel"),
        "aux": ("1", "RHD2000 auxiliary input channel"),
        "supply": ("2", "RHD2000 supply voltage channel"),
        "adc": ("3", "USB board ADC input channel"),
        "digital_in": ("4", "USB board digital input channel"),
        "digital_out": ("5", "USB board digital output channel"),
        "lowpass": ("12", "Lowpass amplifier channel"),
        "highpass": ("13", "Highpass amplifier channel"),
        "temperature": ("20", "Temperature sensor channel"),
    },
    "rhs": {
        "amplifier": ("0", "RHS2000 amplifier channel"),
        "adc": ("3", "USB board ADC input channel"),
        "dac": ("4", "USB board ADC output channel"),
        "digital_in": ("5", "USB board digital input channel"),
        "digital_out": ("6", "USB board digital output channel"),
        "dc": ("10", "DC Amplifier channel"),
        "stim": ("11", "Stim channel"),
        "lowpass": ("12", "Lowpass amplifier channel"),
        "highpass": ("13", "Highpass amplifier channel"),
    },
}
"""Id and name of each signal's stream."""


@dataclass(frozen=True)
class Scale:
    """Physical values are ``gain * raw + offset`` in `units`; `dtype` is that of `raw`."""

    gain: float
    offset: float
    units: str
    dtype: str


def scale_of(header: IntanHeader, signal: str, traditional: bool) -> Scale:
    """Return what the raw numbers of a signal stand for."""
    match signal:
        case "amplifier" if traditional:
            return Scale(AMPLIFIER_GAIN, -AMPLIFIER_GAIN * BIPOLAR_ZERO, "uV", "uint16")
        case "amplifier" | "lowpass" | "highpass":
            return Scale(AMPLIFIER_GAIN, 0.0, "uV", "int16")
        case "dc":
            return Scale(DC_GAIN, -DC_GAIN * DC_ZERO, "mV", "uint16")
        case "stim":
            known = header.stim_step is not None
            return Scale(header.stim_step or 1.0, 0.0, "A" if known else "", "int16")
        case "aux":
            return Scale(AUX_GAIN, 0.0, "V", "uint16")
        case "supply":
            return Scale(SUPPLY_GAIN, 0.0, "V", "uint16")
        case "temperature":
            return Scale(TEMPERATURE_GAIN, 0.0, "Celsius", "int16")
        case "adc" if header.kind == "rhd":
            gain, zero = ADC_SCALES.get(header.board_mode, ADC_SCALES[0])
            return Scale(gain, -gain * zero, "V", "uint16")
        case "adc" | "dac":
            return Scale(BOARD_GAIN, -BOARD_GAIN * BIPOLAR_ZERO, "V", "uint16")
    return Scale(1.0, 0.0, "a.u.", "uint16")  # digital lines: 0 and 1


def aux_among_amplifiers() -> Scale:
    """Return the scale of auxiliary inputs in amplifier.dat: signed like all in that file."""
    return Scale(AUX_GAIN, AUX_GAIN * BIPOLAR_ZERO, "V", "int16")


def check_board_mode(header: IntanHeader, warn: Warn) -> None:
    """Warn of a board whose analog inputs nobody has described."""
    if header.kind == "rhd" and header.of("adc") and header.board_mode not in ADC_SCALES:
        warn(
            f"board mode {header.board_mode} is not one of 0, 1 and 13; the board's analog inputs "
            "are scaled like those of mode 0, as Intan's own loaders do."
        )


def channels_of(header: IntanHeader, signal: str) -> tuple[Channel, ...]:
    """Return the channels of a signal, with the ids and names of the header tables."""
    if signal == "temperature":
        names = (f"temperature_{k}" for k in range(header.temp_sensors))
        return tuple(Channel(name, name, signal, k) for k, name in enumerate(names))
    if signal not in OF_AMPLIFIERS:
        return header.of(signal)
    suffix = OF_AMPLIFIERS[signal]
    return tuple(
        Channel(c.native_name + suffix, c.custom_name + suffix, signal, c.order)
        for c in header.of("amplifier")
    )


def stim_steps(words: np.ndarray) -> np.ndarray:
    """Return the current of stimulation words in steps, int16; negative where bit 8 is set."""
    steps = (words & np.uint16(STIM_STEPS)).astype(np.int16)
    np.negative(steps, out=steps, where=(words & np.uint16(STIM_NEGATIVE)) != 0)
    return steps

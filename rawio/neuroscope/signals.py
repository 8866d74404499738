"""Files of samples: how they are scaled, at which rates they run, and what they hold."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.errors import FormatError, RawIOError, Warn
from rawio.files import RawFile
from rawio.frames import Frames
from rawio.neuroscope.parameters import Parameters, whole
from rawio.neuroscope.session import SIGNAL_EXTENSIONS, Session

USUAL_BITS = (12, 14, 16, 32)
DEFAULT_BITS = 16
DEFAULT_RANGE_VOLTS = 20.0
DEFAULT_AMPLIFICATION = 1000.0
DEFAULT_LFP_RATE = 1250.0
"""What NeuroScope takes where the parameter file has no value."""
MAX_RATE = 1e9
MAX_OFFSET = 2.0**32
MANY_CHANNELS, FEW_SAMPLES = 2048, 1024
"""More channels than this with fewer samples than that are no recording but a wrong number."""
SAME_SECONDS = 0.05
"""Down-sampling leaves out a few samples at the end; files may differ by so much."""
TEXT = frozenset(b"\t\n\r " + bytes(range(0x21, 0x7F)))


@dataclass(frozen=True)
class System:
    """The acquisition system, in numbers that can be used.

    Attributes
    ----------
    n_channels : int
    dtype : numpy.dtype
        Of a sample in the files.
    gain, offset : float
        Millivolts a step, and of a raw 0.
    rate : float or None
        Hertz of the ``.dat`` and of the clock of spikes; None when the file does not say.
    """

    n_channels: int
    dtype: np.dtype
    gain: float
    offset: float
    rate: float | None


@dataclass(frozen=True)
class Stream:
    """The samples of one file.

    Attributes
    ----------
    extension : str
        Of the file, without the dot.
    frames : Frames
    rate : float
        Hertz.
    """

    extension: str
    frames: Frames
    rate: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames.size / self.rate


def system_of(path: Path, parameters: Parameters, note: Warn) -> System:
    """Return the acquisition system that a parameter file describes.

    Raises
    ------
    FormatError
        When the number of channels or of bits cannot be used.
    """
    n_channels = whole(parameters.n_channels)
    if n_channels is None or n_channels < 1:
        raise FormatError(
            f"{path}: acquisitionSystem/nChannels is missing or no number of channels; samples "
            "cannot be told apart without it."
        )
    n_bits = whole(parameters.n_bits)
    if n_bits is None:
        n_bits = DEFAULT_BITS
        note(f"{path.name} does not say how many bits a sample has; {n_bits} are taken.")
    if not 1 <= n_bits <= 32:
        raise FormatError(f"{path}: samples of {n_bits} bits cannot be; acquisitionSystem/nBits.")
    if n_bits not in USUAL_BITS:
        note(
            f"{path.name} has samples of {n_bits} bits, not 12, 14, 16 or 32; they are read as "
            f"{16 if n_bits <= 16 else 32} bits wide."
        )
    volts = _positive(parameters.voltage_range)
    amplification = _positive(parameters.amplification)
    if volts is None or amplification is None:
        volts = DEFAULT_RANGE_VOLTS if volts is None else volts
        amplification = DEFAULT_AMPLIFICATION if amplification is None else amplification
        note(
            f"{path.name} has no voltageRange or no amplification; values are scaled as if they "
            f"were {volts:g} V and {amplification:g}."
        )
    gain = volts * 1000 / 2.0**n_bits / amplification
    offset = parameters.offset or 0.0
    if abs(offset) > MAX_OFFSET:
        note(f"{path.name} has an offset of {offset:g} steps, which cannot be; 0 is taken.")
        offset = 0.0
    return System(
        n_channels=n_channels,
        dtype=np.dtype("<i2" if n_bits <= 16 else "<i4"),
        gain=gain,
        offset=-offset * gain or 0.0,  # no negative zero
        rate=_rate(parameters.sampling_rate),
    )


def open_streams(
    session: Session, parameters: Parameters, system: System, note: Warn
) -> list[Stream]:
    """Return the files of samples of a session, the one asked for first.

    Raises
    ------
    RawIOError
        When the file that was asked for by name cannot be read; others are noted and left out.
    """
    streams = []
    for extension, path in session.signal_files(list(parameters.extension_rates)):
        try:
            stream = _open(extension, path, parameters, system, note)
        except RawIOError as error:
            if path == session.named:
                raise
            note(f"{error} It is left out.")
            continue
        if stream is not None:
            streams.append(stream)
    if len(streams) > 1:
        _note_lengths(streams, note)
    return streams


def _open(
    extension: str, path: Path, parameters: Parameters, system: System, note: Warn
) -> Stream | None:
    file = RawFile(path)
    if extension not in SIGNAL_EXTENSIONS and set(file.read(0, 4096).tobytes()) <= TEXT:
        note(f"{path.name} holds text, not samples; it is left out.")
        return None
    rate = _rate_of(extension, path, parameters, system, note)
    frame = system.n_channels * system.dtype.itemsize
    size, rest = divmod(file.size, frame)
    if not size or (system.n_channels > MANY_CHANNELS and size < FEW_SAMPLES):
        raise FormatError(
            f"{path}: its {file.size} bytes are {size} samples of {system.n_channels} channels; "
            "was it cut, or is nChannels wrong in the .xml?"
        )
    if rest:
        note(
            f"{path.name} ends with {rest} bytes of a sample that is not whole and is not read; "
            "was it cut, or is nChannels wrong in the .xml?"
        )
    return Stream(extension, Frames(file, 0, size, system.n_channels, system.dtype), rate)


def _rate_of(
    extension: str, path: Path, parameters: Parameters, system: System, note: Warn
) -> float:
    """Return the sampling rate of a file by its extension, as NeuroScope finds it.

    The rate of ``.dat`` is that of the acquisition system and the rate of ``.eeg`` that of field
    potentials; others are listed. ``.lfp``, which came later, is looked up and else as ``.eeg``.
    """
    lfp = _rate(parameters.lfp_sampling_rate)
    listed = _rate(parameters.extension_rates.get(extension))
    known = {"dat": system.rate, "eeg": lfp or listed, "lfp": listed or lfp}.get(extension, listed)
    if known is not None:
        return known
    if extension in ("eeg", "lfp"):
        note(
            f"the .xml has no lfpSamplingRate; {path.name} is read at {DEFAULT_LFP_RATE:g} Hz, "
            "which NeuroScope takes."
        )
        return DEFAULT_LFP_RATE
    if system.rate is None:
        raise FormatError(
            f"{path}: the parameter file has no acquisitionSystem/samplingRate above 0; without "
            "it nothing is known of time."
        )
    note(
        f"the .xml has no sampling rate for .{extension} files; {path.name} is read at "
        f"{system.rate:g} Hz, that of the .dat."
    )
    return system.rate


def _note_lengths(streams: list[Stream], note: Warn) -> None:
    longest = max(streams, key=lambda stream: stream.seconds)
    for stream in streams:
        if longest.seconds - stream.seconds > SAME_SECONDS:
            note(
                f"{stream.frames.file.path.name} lasts {stream.seconds:.3f} s, "
                f"{longest.frames.file.path.name} {longest.seconds:.3f} s; is one of them cut, or "
                "its sampling rate wrong in the .xml?"
            )


def _positive(value: float | None) -> float | None:
    return value if value is not None and 1e-12 < value < 1e12 else None


def _rate(value: float | None) -> float | None:
    return value if value is not None and 1e-6 <= value <= MAX_RATE else None

"""The text at the start of every Neuralynx file.

Its lines are ``-Key value``, in spellings that differ from program to program (Cheetah 1 to 6,
Pegasus, BML): separated by blanks or tabs, with or without a colon, quoted or not, in Latin-1 or
UTF-8. Keys are looked up without regard to case.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rawio.errors import FormatError
from rawio.files import RawFile
from rawio.neuralynx import layout
from rawio.texts import decoded

FILTER_KEYS = (
    "DSPLowCutFilterEnabled",
    "DspLowCutFrequency",
    "DspLowCutFilterType",
    "DspLowCutNumTaps",
    "DSPHighCutFilterEnabled",
    "DspHighCutFrequency",
    "DspHighCutFilterType",
    "DspHighCutNumTaps",
    "DspDelayCompensation",
    "DspFilterDelay_µs",
)
"""What tells the filters of two channels apart."""

LEAST_RATE, MOST_RATE = 0.01, 10_000_000.0

MOST_SAMPLES = 4096
"""Of a waveform."""

_BREAK = re.compile(r"[\r\n\0]+")
_LINE = re.compile(r"-\s*([^\s:]+):?\s*(.*)")
_OPENED = re.compile(r"##\s*(?:Time|Date) Opened\b(.*)")
_DELAY = "dspfilterdelay"  # its micro sign comes in two encodings
_SWITCHES = {"true": True, "enabled": True, "false": False, "disabled": False}

FilterValue = bool | int | float | str
Filters = tuple[tuple[str, FilterValue], ...]


@dataclass(frozen=True, eq=False)
class TextHeader:
    """What the text of one file says.

    Attributes
    ----------
    path : pathlib.Path
    kind : str
        One of `layout.KINDS`.
    fields : mapping of str to str
        By key in lower case.
    opened : str or None
        Date and time of day at which the file was opened, as they stand there.
    """

    path: Path
    kind: str
    fields: Mapping[str, str]
    opened: str | None = None

    def text(self, key: str) -> str | None:
        """Return a value without quotes; None when it is not there or empty."""
        return self.fields.get(key.lower(), "").strip(' "\t') or None

    def number(self, key: str) -> float | None:
        """Return the first number of a value; None when there is none, or none that is finite."""
        words = (self.text(key) or "").split()
        return _number(words[0]) if words else None

    @cached_property
    def name(self) -> str | None:
        """Name of the acquisition entity; BML and Cheetah before 5 have it as class name."""
        return self.text("AcqEntName") or self.text("NLX_Base_Class_Name")

    @cached_property
    def ad_channels(self) -> tuple[int, ...]:
        """Numbers of the AD channels, one for each electrode."""
        words = (self.text("ADChannel") or "").split()
        return tuple(int(w) for w in words if w.isascii() and w.isdecimal() and len(w) < 10)

    @cached_property
    def rate(self) -> float | None:
        """Samples a second, if it can be one."""
        rate = self.number("SamplingFrequency")
        return rate if rate is not None and LEAST_RATE <= rate <= MOST_RATE else None

    @cached_property
    def gains(self) -> tuple[float, ...]:
        """Microvolts of a raw unit for each electrode, negative where inputs are inverted."""
        sign = -1e6 if (self.text("InputInverted") or "").lower() == "true" else 1e6
        found = [_number(word) for word in (self.text("ADBitVolts") or "").split()]
        gains = [sign * value for value in found if value is not None]
        return tuple(gain for gain in gains if gain and math.isfinite(gain))

    @cached_property
    def range_gain(self) -> float | None:
        """The first electrode's gain from its range: where ADBitVolts is missing."""
        top, span = self.number("ADMaxValue"), self.input_range
        if top is None or not span or not 1 <= top <= 1 << 32:
            return None
        return span / top * (-1 if (self.text("InputInverted") or "").lower() == "true" else 1)

    @cached_property
    def input_range(self) -> int | None:
        """Microvolts that ADMaxValue stands for, of the first electrode."""
        words = re.findall(r"\d+", self.text("InputRange") or "")
        return int(words[0]) if words and len(words[0]) < 10 else None

    @cached_property
    def filters(self) -> Filters:
        """The filter settings that are there, by name."""
        found = [(key, self.text(key)) for key in sorted(FILTER_KEYS)]
        return tuple((key, _filter_value(text)) for key, text in found if text is not None)

    @cached_property
    def uncompensated_us(self) -> float:
        """Microseconds that filters delay the signal by without the timestamps knowing of it."""
        if (self.text("DspDelayCompensation") or "").lower() != "disabled":
            return 0.0
        return self.number("DspFilterDelay_µs") or 0.0

    @cached_property
    def system(self) -> str | None:
        """Name of the acquisition system that the AD channels are numbered in."""
        name = self.text("HardwareSubSystemName") or self.text("AcquisitionSystem")
        return name.split()[0] if name else None


def read_header(file: RawFile, kind: str) -> TextHeader:
    """Read the text of a file.

    Raises
    ------
    FormatError
        When the file does not start as Neuralynx files do, or ends within the text.
    """
    raw = file.read(0, layout.HEADER_BYTES).tobytes()
    if not raw.startswith(layout.MAGIC):
        raise FormatError(f"{file.path}: is no Neuralynx file (it does not start with '########').")
    if len(raw) < layout.HEADER_BYTES:
        raise FormatError(
            f"{file.path}: ends at byte {len(raw)}, within the header of {layout.HEADER_BYTES} "
            "bytes; copy the recording again."
        )
    fields, opened = {}, None
    for line in _BREAK.split(decoded(raw.rstrip(b"\0"))):
        comment = _OPENED.match(line.strip())
        opened = opened or (comment and comment[1])
        found = _LINE.match(line.strip())
        if found:
            key = found[1].lower()
            fields["dspfilterdelay_µs" if key.startswith(_DELAY) else key] = found[2]
    return TextHeader(file.path, kind, fields, opened or fields.get("timecreated"))


def record_bytes(header: TextHeader) -> int:
    """Return the size of the file's records.

    Spike records grow with the length of waveforms; the others have one size.

    Raises
    ------
    FormatError
        When RecordSize is no size that records of this kind have.
    """
    usual = layout.RECORD_BYTES[header.kind]
    electrodes = layout.ELECTRODES.get(header.kind)
    given, length = header.number("RecordSize"), header.number("WaveformLength")
    if given is None and electrodes and length is not None:
        given = layout.SPIKE_HEAD_BYTES + 2 * electrodes * length
    if given is None or given == usual:
        return usual
    samples = (given - layout.SPIKE_HEAD_BYTES) / (2 * electrodes) if electrodes else 0.0
    if not (samples.is_integer() and 1 <= samples <= MOST_SAMPLES):
        raise FormatError(
            f"{header.path}: RecordSize in the header is {given:g} bytes, which records of a "
            f".{header.kind} file cannot be ({usual} is usual); the header is damaged or of a "
            "format that is not known."
        )
    return int(given)


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _filter_value(text: str) -> FilterValue:
    if text.lower() in _SWITCHES:
        return _SWITCHES[text.lower()]
    number = _number(text)
    if number is None:
        return text
    return int(number) if number.is_integer() and "." not in text else number

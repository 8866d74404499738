r"""The text headers of Neuralynx files, in the ways of the programs that wrote them.

See `tests.writers.neuralynx` for the files. `Header` is what a test chooses, `STYLES` the programs:
Cheetah 4 to 6, Pegasus, BML, an export tool that indents by tabs, and Neuraview (events only).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import PureWindowsPath
from typing import Any

import numpy as np
import numpy.typing as npt

HEADER_BYTES = 16384
MAGIC = "######## Neuralynx Data File Header"

Rate = int | float | str | Fraction

RECORD_BYTES = {"ncs": 1044, "nse": 112, "nst": 176, "ntt": 304, "nev": 184, "nvt": 1828}
ELECTRODES = {"nse": 1, "nst": 2, "ntt": 4}
FILE_TYPES = {"nse": "Spike", "nst": "Spike", "ntt": "Spike", "nev": "Event", "nvt": "Video"}
BASE_CLASSES = {
    "ncs": "CscAcqEnt",
    "nse": "SEScAcqEnt",
    "nst": "STScAcqEnt",
    "ntt": "TTScAcqEnt",
    "nev": "EventAcqEnt",
    "nvt": "VTAcqEnt",
}


@dataclass(frozen=True)
class Style:
    """How one program writes the text: `family` says which keys, `times` how times stand."""

    version: str
    family: str
    system: str = ""
    times: str = ""
    indent: str = ""
    separator: str = " "
    trailing: str = ""


COLON_AT = "## Time {0}: (m/d/y): {1}  At Time: {2}"
PLAIN_AT = "## Time {0} (m/d/y): {1}  At Time: {2}"
PLAIN_HMS = "## Time {0} (m/d/y): {1}  (h:m:s.ms) {2}"
DATE_AT = "## Date {0}: (mm/dd/yyy): {1} At Time: {2}"

STYLES = {
    "bml": Style("", "classic", "BmlAcq", COLON_AT, "", "\t", " "),
    "cheetah4": Style("4.0.2", "classic", "", COLON_AT, "\t", "\t", " "),
    "cheetah5.3": Style("5.3.1", "hardware", "DigitalLynx", PLAIN_AT, "", " ", " "),
    "cheetah5.4": Style("5.4.0", "hardware", "DigitalLynxSX", PLAIN_AT),
    "cheetah5.5": Style("5.5.1", "hardware", "DigitalLynx", PLAIN_HMS),
    "cheetah5.6": Style("5.6.3", "hardware", "DigitalLynxSX", PLAIN_HMS),
    "cheetah64": Style("5.6.3", "hardware", "Cheetah64", PLAIN_HMS),
    "rawdatafile": Style("5.6.3", "hardware", "RawDataFile", PLAIN_HMS),
    "export5.6": Style("5.6.0", "hardware", "DigitalLynxSX", COLON_AT, "\t", "\t"),
    "cheetah5.7": Style("5.7.4", "application", "DigitalLynxSX"),
    "cheetah6": Style("6.3.2", "application", "DigitalLynxSX"),
    "pegasus": Style("2.1.3 ", "application", "ATLAS"),
    "neuraview": Style("", "bare", "", DATE_AT),
}

# Key and value; without a key the value is the whole line, without a value there is no line.
Lines = list[tuple[str, str | None]]

# Cheetah 4 indents what follows these keys.
TOP_KEYS = ("CheetahRev", "NLX_Base_Class_Name", "NLX_Base_Class_Type", "RecordSize")


@dataclass(frozen=True)
class Header:
    r"""What the text header says.

    None leaves a line out wherever a field may be None. A rate or bit size given as text stands as
    it is; `closed` as text is for a file that was not closed. `properties` has the last word: it
    sets the text of a key, adds one, or leaves one out (None); `expected_gains` does not look at
    it. `encoding` ("latin-1" or "utf-8") matters for the micro sign of the filter delay and for
    names. `raw` replaces all of it: written as it is, filled up to 16 384 bytes, or cut.
    """

    style: str = "cheetah5.6"
    name: str | None = "CSC1"
    channels: Sequence[int] | None = (0,)
    sampling_rate: Rate | None = 32000
    ad_bit_volts: float | str | Sequence[float | str] | None = 3.0517578125e-08
    ad_max_value: int | None = 32767
    input_range: Sequence[int] | int | None = 1000
    input_inverted: bool | None = True
    delay_compensation: str | None = "Enabled"
    filter_delay_us: int | None = 484
    opened: datetime | None = datetime(2016, 11, 28, 21, 50, 33, 322000)
    closed: datetime | str | None = datetime(2016, 11, 28, 22, 44, 41, 145000)
    version: str | None = None
    system: str | None = None
    file_name: str | None = None
    properties: Mapping[str, str | None] = field(default_factory=dict)
    magic: str = MAGIC
    newline: str = "\r\n"
    encoding: str = "latin-1"
    raw: bytes | None = None


def _rate_text(rate: Rate) -> str:
    if isinstance(rate, (str, int)):
        return str(rate)
    return f"{float(rate):f}"


def _bit_volts(header: Header) -> list[str]:
    value = header.ad_bit_volts
    values = [] if value is None else [value] if isinstance(value, (str, float)) else list(value)
    return [one if isinstance(one, str) else f"{one:.24f}" for one in values]


def _times(header: Header, style: Style) -> Lines:
    """Return the lines of opening and closing: comments, or properties of later programs."""
    lines: Lines = []
    for verb, key, time in (
        ("Opened", "TimeCreated", header.opened),
        ("Closed", "TimeClosed", header.closed),
    ):
        if time is None:
            continue
        if style.family == "application":
            lines.append((key, time if isinstance(time, str) else f"{time:%Y/%m/%d %H:%M:%S}"))
            continue
        if isinstance(time, str):
            lines.append(("", f"## Time {verb} {time}"))
            continue
        date, clock = f"{time.month}/{time.day}/{time.year}", f"{time.hour}:{time.minute}"
        if style.system == "BmlAcq":
            date, clock = f"{time:%m/%d/%y}", f"{time:%H:%M}"
        clock += f":{time.second}.{time.microsecond // 1000}"
        lines.append(("", style.times.format(verb, date, clock)))
    return lines


def _channel_lines(header: Header, kind: str) -> Lines:
    """Return the keys of an acquisition entity with AD channels, as Cheetah 5 and later order."""
    rate, inverted = header.sampling_rate, header.input_inverted
    ranges = header.input_range
    if isinstance(ranges, int):
        ranges = [ranges] * len(header.channels or (0,))
    compensation, delay = header.delay_compensation, header.filter_delay_us
    many: dict[str, Sequence[Any] | None] = {
        "SamplingFrequency": None if rate is None else [_rate_text(rate)],
        "ADMaxValue": None if header.ad_max_value is None else [header.ad_max_value],
        "ADBitVolts": _bit_volts(header) or None,
        "AcqEntName": None if header.name is None else [header.name],
        "NumADChannels": None if header.channels is None else [len(header.channels)],
        "ADChannel": header.channels,
        "InputRange": ranges,
        "InputInverted": None if inverted is None else [inverted],
        "DSPLowCutFilterEnabled": [True],
        "DspLowCutFrequency": ["0.1"],
        "DspLowCutNumTaps": [0],
        "DspLowCutFilterType": ["DCO"],
        "DSPHighCutFilterEnabled": [True],
        "DspHighCutFrequency": [9000],
        "DspHighCutNumTaps": [256],
        "DspHighCutFilterType": ["FIR"],
        "DspDelayCompensation": None if compensation is None else [compensation],
        "DspFilterDelay_µs": None if delay is None else [delay],
    }
    if kind in ELECTRODES:
        thresholds = [40] * ELECTRODES[kind]
        many |= {"WaveformLength": [32], "AlignmentPt": [8], "ThreshVal": thresholds}
        many |= {"Feature": ["Peak 0 0"]}
    style = STYLES[header.style]
    blank_before = {"DSPLowCutFilterEnabled", "WaveformLength"}
    if style.family == "hardware":
        blank_before.add("AcqEntName")
    lines: Lines = []
    for key, values in many.items():
        lines += [("", "")] if key in blank_before else []
        lines.append((key, None if values is None else style.separator.join(map(str, values))))
    return lines


def _classic_lines(header: Header, kind: str) -> Lines:
    """Return the keys of Cheetah 4 and BML, which know neither AcqEntName nor InputInverted."""
    style = STYLES[header.style]
    join = style.separator.join
    n = len(header.channels or ())
    lines: Lines = []
    if style.version:
        lines.append(("CheetahRev", header.version or style.version))
    if header.name is not None:
        lines.append(("NLX_Base_Class_Name", header.name))
    lines.append(("NLX_Base_Class_Type", header.system or style.system or BASE_CLASSES[kind]))
    lines.append(("RecordSize", str(RECORD_BYTES[kind])))
    if kind == "nev":
        return lines
    if header.channels is not None:
        lines.append(("ADChannel", join(map(str, header.channels))))
    for key, value in (("ADGain", 4), ("AmpGain", 5000), ("AmpLowCut", 1), ("AmpHiCut", 475)):
        lines.append((key, join([str(value)] * n)))
    lines.append(("SubSamplingInterleave", "1"))
    if header.sampling_rate is not None:
        lines.append(("SamplingFrequency", _rate_text(header.sampling_rate)))
    if header.ad_bit_volts is not None:
        lines.append(("ADBitVolts", join(_bit_volts(header))))
    if header.ad_max_value is not None:
        lines.append(("ADMaxValue", str(header.ad_max_value)))
    if kind in ELECTRODES:
        lines += [("AlignmentPt", "8"), ("ThreshVal", join(["60"] * n))]
    return lines


def _hardware_lines(header: Header, kind: str) -> Lines:
    """Return the keys of Cheetah 5.0 to 5.6."""
    style = STYLES[header.style]
    lines: Lines = [
        ("FileType:" if header.style == "cheetah5.3" else "FileType", FILE_TYPES.get(kind, "CSC")),
        ("FileVersion", None if header.style == "cheetah5.3" else "3.3.0"),
        ("RecordSize", str(RECORD_BYTES[kind])),
        ("", ""),
        ("CheetahRev", header.version or style.version),
        ("", ""),
    ]
    if kind in ("nev", "nvt"):
        return [*lines, ("AcqEntName", header.name)] if header.name is not None else lines
    lines.append(("HardwareSubSystemName", "AcqSystem1"))
    lines.append(("HardwareSubSystemType", header.system or style.system))
    return lines + _channel_lines(header, kind)


def _application_lines(header: Header, kind: str, file_name: str) -> Lines:
    """Return the keys of Cheetah 5.7 and later and of Pegasus."""
    style = STYLES[header.style]
    program = "Pegasus" if header.style == "pegasus" else "Cheetah"
    events = kind == "nev"
    quote = "" if events else '"'
    lines: Lines = [
        ("FileType", FILE_TYPES.get(kind, "NCS")),
        ("FileVersion", "3.2" if events else "3.4"),
        ("FileUUID", "663100aa-dc63-4458-8e21-80667b048cf5"),
        ("SessionUUID", "c6e1f50d-ff9c-40e4-9b9a-b43f627c74c8"),
        ("ProbeName", None if events else ""),
        ("OriginalFileName", f"{quote}{file_name}{quote}"),
        *_times(header, style),
        ("", None if events else ""),
        ("RecordSize", str(RECORD_BYTES[kind])),
        ("ApplicationName", f'{program} "{header.version or style.version}"'),
        ("AcquisitionSystem", f"AcqSystem1 {header.system or style.system}"),
    ]
    if kind in ("nev", "nvt"):
        return [*lines, ("AcqEntName", header.name)] if header.name is not None else lines
    lines.append(("ReferenceChannel", '"Source 01 Reference 1"'))
    return lines + _channel_lines(header, kind)


def pack_header(header: Header, kind: str, file_name: str = "CSC1.ncs") -> bytes:
    """Return the 16 384 bytes before the records of a file of `kind` ("ncs", "nev" ...).

    Raises
    ------
    ValueError
        If the text needs more.
    """
    if header.raw is not None:
        return header.raw[:HEADER_BYTES].ljust(HEADER_BYTES, b"\0")
    style = STYLES[header.style]
    folder = PureWindowsPath(r"C:\CheetahData\2016-11-28_21-50-00")
    name = header.file_name if header.file_name is not None else str(folder / file_name)
    lines: Lines = []
    if style.family != "application":
        colon = ":" if style.times in (COLON_AT, DATE_AT) else ""
        lines += [("", f"## File Name{colon} {name}"), *_times(header, style), ("", "")]
    if style.family == "classic":
        lines += _classic_lines(header, kind)
    elif style.family == "hardware":
        lines += _hardware_lines(header, kind)
    elif style.family == "application":
        lines += _application_lines(header, kind, name)
    keys = {key for key, _ in lines}
    lines = [(key, header.properties.get(key, value) if key else value) for key, value in lines]
    lines += [(key, value) for key, value in header.properties.items() if key not in keys]
    text = [header.magic + style.trailing]
    for key, value in lines:
        if value is not None:
            indent = "" if style.family == "classic" and key in TOP_KEYS else style.indent
            line = f"{indent}-{key}{style.separator}{value}" if key else value
            text.append(line + style.trailing)
    data = "".join(line + header.newline for line in text).encode(header.encoding)
    if len(data) > HEADER_BYTES:
        raise ValueError(f"a header of {len(data)} bytes does not fit")
    return data.ljust(HEADER_BYTES, b"\0")


def expected_gains(header: Header) -> npt.NDArray[np.float64]:
    """Return uV a step for each AD channel: ADBitVolts x 1e6, negative where inputs are inverted.

    One value of ADBitVolts stands for all channels. Cheetah 4 and BML have no InputInverted.
    """
    sign = -1.0 if header.input_inverted and STYLES[header.style].family != "classic" else 1.0
    gains = [sign * float(text) * 1e6 for text in _bit_volts(header)]
    n = len(header.channels) if header.channels is not None else len(gains)
    return np.array(gains * n if len(gains) == 1 else gains)

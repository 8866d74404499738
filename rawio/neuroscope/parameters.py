"""The parameter file of a session: what its XML says, read as a stream.

Nothing but the values below is kept, however large the file, and a document type, with which
entities could be declared, is refused.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from rawio.errors import FormatError
from rawio.files import RawFile
from rawio.texts import plain

PIECE = 4096
"""Bytes given to the parser at a time."""
MAX_BYTES = 64 << 20
MAX_DEPTH = 64
MAX_TEXT = 256
MAX_GROUPS = 1 << 16
MAX_EXTENSIONS = 256

GROUPS = ("channelGroups", "group")
ANATOMY = ("anatomicalDescription", *GROUPS)
SPIKES = ("spikeDetection", *GROUPS)
SINGLE = {
    ("acquisitionSystem", "nBits"): "n_bits",
    ("acquisitionSystem", "nChannels"): "n_channels",
    ("acquisitionSystem", "samplingRate"): "sampling_rate",
    ("acquisitionSystem", "voltageRange"): "voltage_range",
    ("acquisitionSystem", "amplification"): "amplification",
    ("acquisitionSystem", "offset"): "offset",
    ("fieldPotentials", "lfpSamplingRate"): "lfp_sampling_rate",
    ("neuroscope", "spikes", "nSamples"): "shown_samples",
    ("neuroscope", "spikes", "peakSampleIndex"): "shown_peak",
}
IN_SPIKE_GROUP = {"nSamples": "n_samples", "peakSampleIndex": "peak_sample_index"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


@dataclass
class SpikeGroup:
    """A group of spike detection: channels that share their spikes.

    Attributes
    ----------
    channels : list of int
        Counted from 0, in the order of the waveforms.
    n_samples, peak_sample_index : float or None
        Samples of a waveform, and of these before the peak.
    """

    channels: list[int] = field(default_factory=list)
    n_samples: float | None = None
    peak_sample_index: float | None = None


@dataclass
class Parameters:
    """What a parameter file says; a number that is absent or is no number is None.

    Attributes
    ----------
    n_bits, n_channels, sampling_rate, voltage_range, amplification, offset : float or None
        Of ``acquisitionSystem``: hertz, volts from end to end, and steps of the converter.
    lfp_sampling_rate : float or None
        Hertz.
    shown_samples, shown_peak : float or None
        Samples of a waveform as NeuroScope shows it, and of these before the peak.
    extension_rates : dict of str to float
        Hertz by file extension (``files``).
    anatomical_groups : list of list of int
        Channels from 0, group by group in the file's order.
    skipped_channels : set of int
        Channels with ``skip="1"``.
    spike_groups : list of SpikeGroup
        Of spike detection; files of spikes number them from 1.
    """

    n_bits: float | None = None
    n_channels: float | None = None
    sampling_rate: float | None = None
    voltage_range: float | None = None
    amplification: float | None = None
    offset: float | None = None
    lfp_sampling_rate: float | None = None
    shown_samples: float | None = None
    shown_peak: float | None = None
    extension_rates: dict[str, float] = field(default_factory=dict)
    anatomical_groups: list[list[int]] = field(default_factory=list)
    skipped_channels: set[int] = field(default_factory=set)
    spike_groups: list[SpikeGroup] = field(default_factory=list)


def is_parameter_file(head: bytes) -> bool:
    """Return whether a file that starts with `head` is XML whose first element is `parameters`."""
    first = re.search(rb"<[A-Za-z_][^\s/>]*", plain(head))
    return first is not None and first.group() == b"<parameters"


def read_parameters(file: RawFile) -> Parameters:
    """Read a parameter file.

    Raises
    ------
    FormatError
        When it is no well-formed XML, no parameter file, declares a document type, or is beyond
        all measure.
    """
    if file.size > MAX_BYTES:
        raise FormatError(
            f"{file.path}: has {file.size} bytes, more than any parameter file; is it one?"
        )
    collector = _Collector(file)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: collector.refuse_document_type()
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    before = b""
    try:
        for offset in range(0, file.size, PIECE):
            piece = file.read(offset, PIECE).tobytes()
            # Before the parser meets it: on an error it goes on to the end of the piece.
            if b"<!DOCTYPE" in before + piece:
                collector.refuse_document_type()
            parser.Parse(piece, False)
            before = piece[-9:]
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FormatError(
            f"{file.path}: is no well-formed XML (line {error.lineno}: "
            f"{expat.ErrorString(error.code)}); was it cut or edited?"
        ) from None
    except (ValueError, LookupError) as error:  # encodings that the parser does not know
        raise FormatError(f"{file.path}: cannot be read as XML ({error}).") from None
    return collector.parameters


class _Collector:
    """Takes the values out of the parser's events; the first of a kind counts."""

    def __init__(self, file: RawFile) -> None:
        self.parameters = Parameters()
        self._file = file
        self._path: list[str] = []
        self._text: str | None = None
        self._use: Callable[[str], None] | None = None
        self._extension, self._rate = "", ""

    def refuse_document_type(self) -> None:
        raise FormatError(
            f"{self._file.path}: declares a document type, which parameter files never do and "
            "which can hide entities; remove the DOCTYPE line."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != "parameters":
            raise FormatError(
                f"{self._file.path}: its root element is {tag[:40]!r}, not 'parameters'; it is no "
                "parameter file of NeuroScope."
            )
        self._path.append(tag)
        if len(self._path) > MAX_DEPTH:
            raise FormatError(
                f"{self._file.path}: has elements more than {MAX_DEPTH} deep; it is damaged."
            )
        self._use = self._use_of(tuple(self._path[1:]), attributes)
        self._text = None if self._use is None else ""

    def text(self, data: str) -> None:
        if self._text is not None and len(self._text) < MAX_TEXT:
            self._text += data

    def end(self, _tag: str) -> None:
        if self._use is not None and self._text is not None:
            self._use(self._text.strip())
        if self._path[1:] == ["files", "file"]:
            self._take_extension_rate()
        self._path.pop()
        self._use = self._text = None

    def _use_of(
        self, path: tuple[str, ...], attributes: dict[str, str]
    ) -> Callable[[str], None] | None:
        """Return what the text of the element at `path` is for, None if for nothing."""
        found = self.parameters
        if path in SINGLE:
            return _setter(found, SINGLE[path])
        if path == ANATOMY:
            self._check_count(len(found.anatomical_groups))
            found.anatomical_groups.append([])
        elif path == SPIKES:
            self._check_count(len(found.spike_groups))
            found.spike_groups.append(SpikeGroup())
        elif path == (*ANATOMY, "channel"):
            skipped = attributes.get("skip", "0").strip() not in ("0", "")
            return lambda text: self._take_channel(text, skipped)
        elif path == (*SPIKES, "channels", "channel"):
            return self._take_spike_channel
        elif path[:-1] == SPIKES and path[-1] in IN_SPIKE_GROUP:
            return _setter(found.spike_groups[-1], IN_SPIKE_GROUP[path[-1]])
        elif path == ("files", "file"):
            self._extension = self._rate = ""
        elif path == ("files", "file", "extension"):
            return lambda text: setattr(self, "_extension", text.lstrip("."))
        elif path == ("files", "file", "samplingRate"):
            return lambda text: setattr(self, "_rate", text)
        return None

    def _check_count(self, count: int) -> None:
        if count >= MAX_GROUPS:
            raise FormatError(f"{self._file.path}: has more than {MAX_GROUPS} groups of channels.")

    def _take_channel(self, text: str, skipped: bool) -> None:
        channel = _channel(text)
        self.parameters.anatomical_groups[-1].append(channel)
        if skipped:
            self.parameters.skipped_channels.add(channel)

    def _take_spike_channel(self, text: str) -> None:
        self.parameters.spike_groups[-1].channels.append(_channel(text))

    def _take_extension_rate(self) -> None:
        rates, rate = self.parameters.extension_rates, number(self._rate)
        if self._extension and rate is not None and len(rates) < MAX_EXTENSIONS:
            rates.setdefault(self._extension, rate)


def _setter(target: Any, name: str) -> Callable[[str], None] | None:
    """Return what keeps a number in a field, None if it has one."""
    if getattr(target, name) is not None:
        return None
    return lambda text: setattr(target, name, number(text))


def _channel(text: str) -> int:
    """Return the number of a channel, -1 for what is none."""
    channel = whole(number(text))
    return -1 if channel is None or abs(channel) > 1 << 31 else channel


def number(text: str) -> float | None:
    """Return the finite number that `text` is, or None."""
    if len(text) > MAX_TEXT - 1 or not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def whole(value: float | None) -> int | None:
    """Return a number as an int, None if it is not whole."""
    return int(value) if value is not None and value.is_integer() else None

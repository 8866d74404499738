"""The small JSON beside a flat binary file that says how to read it.

It is called like the recording with ``.json`` appended (``probe.dat`` -> ``probe.dat.json``)::

    {
      "format": "rawscope-flat-binary",
      "version": 1,
      "dtype": "int16",
      "byte_order": "little",
      "n_channels": 32,
      "sampling_rate": 30000.0,
      "gain": 0.195,
      "offset": 0.0,
      "units": "uV",
      "header_bytes": 0,
      "channel_names": ["ch0", "..."]
    }

``dtype``, ``n_channels`` and ``sampling_rate`` are required. ``gain`` and ``offset`` are one
number or one for each channel, ``units`` one text or one for each; a physical value is
``raw * gain + offset`` in them. What is exported from a recording may have more fields, those of
`LATER_FIELDS`; a sidecar without them is as programs from before them know it.
"""

import json
import math
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rawio.errors import FormatError, OptionError, UnreadableFileError, UnwritableFileError
from rawio.texts import shown

FORMAT = "rawscope-flat-binary"
VERSION = 1
DTYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64")
BYTE_ORDERS = ("little", "big")
REQUIRED_FIELDS = ("n_channels", "sampling_rate")
"""What no flat binary file tells and nothing but its owner knows."""
LATER_FIELDS = ("t_start", "channel_ids", "source", "steps")
"""Written only where they say something, so that older programs read all other sidecars."""
MAX_CHANNELS = 1 << 16
MAX_BYTES = 64 << 20
MIN_RATE, MAX_RATE = 1e-6, 1e9
MAX_START = 1e11
"""Seconds, some thousand years: with more of them, samples would have no times of their own."""


@dataclass(frozen=True)
class FlatBinaryLayout:
    """How the bytes of a flat binary file become channels and samples.

    Parameters
    ----------
    n_channels : int
        Channels, interleaved sample by sample.
    sampling_rate : float
        Hertz.
    dtype : str
        One of `DTYPES`.
    byte_order : {'little', 'big'}
    gain, offset : float or tuple of float
        One for all channels or one for each; physical value = raw * gain + offset.
    units : str or tuple of str
        Of the physical value, for all channels or for each.
    header_bytes : int
        Bytes before the first sample.
    channel_names : tuple of str or None
        None names them ``ch0``, ``ch1``, ...
    t_start : float
        Seconds of the first sample.
    channel_ids : tuple of str or None
        None numbers them ``0``, ``1``, ...
    source : str
        What the samples were exported from; "" if they are as recorded.
    steps : str
        What was done to them, in words.

    Raises
    ------
    OptionError
        When a value makes no sense; the sentence names it.
    """

    n_channels: int
    sampling_rate: float
    dtype: str = "int16"
    byte_order: str = "little"
    gain: float | tuple[float, ...] = 1.0
    offset: float | tuple[float, ...] = 0.0
    units: str | tuple[str, ...] = ""
    header_bytes: int = 0
    channel_names: tuple[str, ...] | None = None
    t_start: float = 0.0
    channel_ids: tuple[str, ...] | None = None
    source: str = ""
    steps: str = ""

    def __post_init__(self) -> None:
        n = _whole("n_channels", self.n_channels, 1, MAX_CHANNELS)
        object.__setattr__(self, "n_channels", n)
        rate = _number("sampling_rate", self.sampling_rate)
        if not MIN_RATE <= rate <= MAX_RATE:
            raise OptionError(
                f"sampling_rate must be from {MIN_RATE:g} to {MAX_RATE:g} Hz, not "
                f"{shown(self.sampling_rate)}."
            )
        object.__setattr__(self, "sampling_rate", rate)
        if self.dtype not in DTYPES:
            raise OptionError(f"dtype {shown(self.dtype)} is not one of {', '.join(DTYPES)}.")
        object.__setattr__(self, "dtype", str(self.dtype))  # it may be a numpy.dtype
        if self.byte_order not in BYTE_ORDERS:
            raise OptionError(
                f"byte_order must be 'little' or 'big', not {shown(self.byte_order)}."
            )
        header_bytes = _whole("header_bytes", self.header_bytes, 0, 2**62)
        object.__setattr__(self, "header_bytes", header_bytes)
        for name in ("gain", "offset"):
            object.__setattr__(self, name, _per_channel(name, getattr(self, name), n))
        if not isinstance(self.units, str):
            object.__setattr__(self, "units", _texts("units", self.units, n))
        self._check_origin()
        for name in ("channel_names", "channel_ids"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _texts(name, getattr(self, name), n))
        if self.channel_ids is not None and len(set(self.channel_ids)) < n:
            raise OptionError("channel_ids must differ from each other.")

    def _check_origin(self) -> None:
        """Check when and where the samples are from."""
        start = _number("t_start", self.t_start)
        if abs(start) > MAX_START:
            raise OptionError(f"t_start must be within {MAX_START:g} s, not {start:g}.")
        object.__setattr__(self, "t_start", start)
        for name in ("source", "steps"):
            if not isinstance(getattr(self, name), str):
                raise OptionError(f"{name} must be text, not {shown(getattr(self, name))}.")

    @property
    def sample_dtype(self) -> np.dtype:
        """The dtype of a sample in the file, with its byte order."""
        return np.dtype(self.dtype).newbyteorder("<" if self.byte_order == "little" else ">")

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.n_channels * np.dtype(self.dtype).itemsize


def sidecar_path(recording: str | os.PathLike[str]) -> Path:
    """Return where the JSON of a flat binary recording lies."""
    return Path(f"{os.fspath(recording)}.json")


def read_sidecar(path: Path) -> FlatBinaryLayout:
    """Read a sidecar.

    Raises
    ------
    FormatError
        When it is not JSON of this format, or lacks or misstates a field.
    UnreadableFileError
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError(f"{path}: is too long for a description of a flat binary file.")
        content = json.loads(path.read_bytes())  # which finds out the encoding
    except OSError as error:
        raise UnreadableFileError(f"{path}: cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{path}: is not valid JSON ({error}); describe the file beside it anew."
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FormatError(
            f'{path}: has no "format": "{FORMAT}", so it does not describe the file beside it; '
            "describe that anew."
        )
    if content.get("version") != VERSION:
        raise FormatError(
            f"{path}: is version {shown(content.get('version'))} of the format; this program reads "
            f"version {VERSION}."
        )
    fields = {k: v for k, v in content.items() if k not in ("format", "version")}
    unknown = sorted(set(fields) - set(FlatBinaryLayout.__dataclass_fields__))
    missing = sorted({"dtype", *REQUIRED_FIELDS} - set(fields))
    if unknown or missing:
        what = f"unknown field {shown(unknown[0])}" if unknown else f"no field {missing[0]!r}"
        raise FormatError(f"{path}: has {what}; describe the file beside it anew.")
    try:
        return FlatBinaryLayout(**fields)
    except OptionError as error:
        raise FormatError(f"{path}: {error}") from None


def sidecar_text(layout: FlatBinaryLayout) -> str:
    """Return what a sidecar holds."""
    fields = asdict(layout)
    defaults = FlatBinaryLayout.__dataclass_fields__
    for name in LATER_FIELDS:
        if fields[name] == defaults[name].default:
            del fields[name]
    return json.dumps({"format": FORMAT, "version": VERSION} | fields, indent=2) + "\n"


def write_sidecar(path: Path, layout: FlatBinaryLayout) -> None:
    """Write `layout` to `path` in one step: the file is there whole or not at all.

    Raises
    ------
    UnwritableFileError
    """
    text = sidecar_text(layout)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UnwritableFileError(f"{path}: cannot be written ({error.strerror}).") from None


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise OptionError(f"{name} must be a number, not {shown(value)}.")
    try:
        number = float(value)
    except OverflowError:  # JSON sets no limit to whole numbers
        number = math.inf
    if not math.isfinite(number):
        raise OptionError(f"{name} must be finite, not {shown(value)}.")
    return number


def _whole(name: str, value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise OptionError(f"{name} must be a whole number, not {shown(value)}.")
    if not least <= value <= most:
        raise OptionError(f"{name} must be from {least} to {most}, not {shown(value)}.")
    return int(value)


def _per_channel(name: str, value: Any, n_channels: int) -> float | tuple[float, ...]:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        if len(value) != n_channels:
            raise OptionError(f"{name} has {len(value)} numbers for {n_channels} channels.")
        return tuple(_number(name, v) for v in value)
    return _number(name, value)


def _texts(name: str, value: Any, n_channels: int) -> tuple[str, ...]:
    """Return one text for each channel."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
        kind = "text such as 'uV', or a list of it" if name == "units" else "a list of text"
        raise OptionError(f"{name} must be {kind}, not {shown(value)}.")
    if len(value) != n_channels:
        many = {"channel_names": "names", "channel_ids": "ids"}.get(name, "entries")
        raise OptionError(f"{name} has {len(value)} {many} for {n_channels} channels.")
    return tuple(value)

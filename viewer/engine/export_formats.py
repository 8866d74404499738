"""The formats of exported samples: raw arrays with their description, and CSV."""

import csv
import io
import math
import os
import sys
from typing import Literal, Protocol, TypeVar

import numpy as np

from rawio import OptionError, RawBinaryRawIO
from rawio.sidecar import DTYPES, FlatBinaryLayout, sidecar_text
from viewer.compute.layer import done_to
from viewer.engine.excerpt import Excerpt, Piece

Format = Literal["npy", "csv", "flat"]
T = TypeVar("T")

ENDINGS: dict[str, Format] = {
    ".npy": "npy",
    ".csv": "csv",
    ".dat": "flat",
    ".raw": "flat",
    ".bin": "flat",
}

FLOAT_DIGITS = {2: 5, 4: 9, 8: 17}
"""Decimal digits from which a float of so many bytes is read back as it was."""

AT_ONCE = 1 << 15
"""Values made text of at a time: some milliseconds, in which no other thread runs."""

TYPICAL = (1 / 7, 8 / 7, 80 / 7, 800 / 7, 8000 / 7)
"""Raw values, of either sign, from which the length of a text is estimated."""


class NoFormatError(OptionError):
    """The ending of a name says no format, and nothing else does."""


class UndescribableError(OptionError):
    """Raw samples are of a type that the description of an array has no word for."""


class Encoding(Protocol):
    """How an excerpt becomes the bytes of a file."""

    piece_bytes: int
    """Bytes of samples to encode at a time."""
    head: bytes
    """Before the samples."""
    description: bytes
    """Of a file beside it that says how it is to be read; empty where none is needed."""
    planned_bytes: int
    """How long all of it becomes, so far as that is known."""

    def encode(self, piece: Piece) -> bytes | memoryview:
        """Return the bytes of some samples."""


class Binary:
    """Samples after one another, channel by channel; a flat file or, with its header, ``.npy``.

    Both are described by the JSON of flat binary files, which counts the header of an ``.npy``
    file as bytes to skip. So both open as recordings.

    Parameters
    ----------
    excerpt : Excerpt
    physical : bool
        Write float32 in physical units.
    npy : bool

    Raises
    ------
    OptionError
        When the excerpt is not unbroken.
    UndescribableError
        When its samples are of a type that the JSON does not know.
    """

    piece_bytes = 8 << 20

    def __init__(self, excerpt: Excerpt, physical: bool, npy: bool) -> None:
        _check_unbroken(excerpt, ".npy" if npy else "flat binary")
        self._excerpt = excerpt
        self._scale = physical and (_is_scaled(excerpt) or excerpt.dtype != np.float32)
        self.dtype = np.dtype(np.float32 if self._scale else excerpt.dtype).newbyteorder("=")
        if self.dtype.name not in DTYPES:
            raise UndescribableError(
                f"samples of the type {self.dtype} cannot be described beside a file; write "
                "physical values, or .csv."
            )
        shape = (excerpt.size, len(excerpt.columns))
        self.head = _npy_header(shape, self.dtype) if npy else b""
        self.description = sidecar_text(self._layout()).encode()
        samples = shape[0] * shape[1] * self.dtype.itemsize
        self.planned_bytes = len(self.head) + samples + len(self.description)

    def encode(self, piece: Piece) -> memoryview:
        """Return the bytes of some samples."""
        raw = self._excerpt.physical(piece.raw, "float32") if self._scale else piece.raw
        return np.ascontiguousarray(raw, self.dtype).reshape(-1).view(np.uint8).data

    def _layout(self) -> FlatBinaryLayout:
        excerpt, channels = self._excerpt, self._excerpt.channels
        return FlatBinaryLayout(
            n_channels=len(channels),
            sampling_rate=excerpt.sampling_rate,
            dtype=self.dtype.name,
            byte_order=sys.byteorder,
            gain=1.0 if self._scale else _one_or_all(channels["gain"].tolist()),
            offset=0.0 if self._scale else _one_or_all(channels["offset"].tolist()),
            units=_one_or_all(channels["units"].tolist()),
            header_bytes=len(self.head),
            channel_names=tuple(channels["name"].tolist()),
            t_start=excerpt.t_start,
            channel_ids=tuple(channels["id"].tolist()),
            source=_source(excerpt),
            steps=_steps(excerpt),
        )


class Csv:
    """A row for each sample: its time, then the value of each channel (RFC 4180).

    Parameters
    ----------
    excerpt : Excerpt
    physical : bool
        Write physical values, with as many digits as it takes to get the raw ones back from them;
        otherwise raw ones.
    """

    piece_bytes = 2 << 20
    description = b""

    def __init__(self, excerpt: Excerpt, physical: bool) -> None:
        self._excerpt, self._scale = excerpt, physical and _is_scaled(excerpt)
        channels, kind = excerpt.channels, excerpt.dtype
        names = ["time (s)"]
        for channel in channels:
            units = str(channel["units"]) if physical else "raw"
            names.append(f"{channel['name']} ({units})" if units else str(channel["name"]))
        text = io.StringIO(newline="")
        csv.writer(text).writerow(names)
        self.head = text.getvalue().encode(errors="backslashreplace")
        # Ten-thousandths of the time between two samples.
        decimals = min(max(0, math.ceil(math.log10(excerpt.sampling_rate)) + 4), 15)
        scales = zip(channels["gain"].tolist(), channels["offset"].tolist(), strict=True)
        forms = [_form(kind, *(scale if physical else (1.0, 0.0))) for scale in scales]
        self._row = ",".join([f"%.{decimals}f", *forms]) + "\r\n"
        self.planned_bytes = len(self.head) + excerpt.size * self._row_bytes(forms)

    def encode(self, piece: Piece) -> bytes:
        """Return the rows of some samples."""
        values = self._excerpt.physical(piece.raw, "float64") if self._scale else piece.raw
        # Floats need not hold whole numbers as they are.
        kind = float if values.dtype.kind == "f" else object
        table = np.empty((len(values), 1 + values.shape[1]), kind)
        table[:, 0], table[:, 1:] = piece.times, values
        step = max(1, AT_ONCE // table.shape[1])
        return "".join(self._text(table[i : i + step]) for i in range(0, len(table), step)).encode()

    def _text(self, table: np.ndarray) -> str:
        return self._row * len(table) % tuple(table.ravel().tolist())

    def _row_bytes(self, forms: list[str]) -> int:
        """Return about how long a row is."""
        time = len(self._row.partition(",")[0] % self._excerpt.t_stop)
        raw = np.array([*TYPICAL, *(-value for value in TYPICAL)])
        if self._excerpt.dtype.kind != "f":
            raw = raw.round()
        values = np.repeat(raw[:, np.newaxis], len(forms), axis=1)
        if self._scale:
            values = self._excerpt.physical(values, "float64")
        lengths = [len(",".join(forms) % tuple(row)) for row in values.tolist()]
        return time + len(",") + round(sum(lengths) / len(lengths)) + len("\r\n")


def encoding_of(excerpt: Excerpt, form: Format, physical: bool | None) -> Encoding:
    """Return how an excerpt is written in a format.

    Parameters
    ----------
    excerpt : Excerpt
    form : {'npy', 'csv', 'flat'}
    physical : bool or None
        None means what is usual: physical values in CSV, raw ones in arrays.

    Raises
    ------
    OptionError
        When the format is unknown or cannot hold the excerpt.
    """
    if form == "csv":
        return Csv(excerpt, physical is not False)
    if form in ("npy", "flat"):
        return Binary(excerpt, bool(physical), npy=form == "npy")
    raise OptionError(f"format {form!r} is not one of npy, csv, flat.")


def format_of(path: str | os.PathLike[str]) -> Format:
    """Return the format that the ending of a name says.

    Raises
    ------
    NoFormatError
        When it says none.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        raise NoFormatError(
            f"{os.fspath(path)}: its ending says no format; end it in {', '.join(ENDINGS)}."
        )
    return ENDINGS[ending]


def _is_scaled(excerpt: Excerpt) -> bool:
    """Return whether physical values are others than raw ones."""
    channels = excerpt.channels
    return bool((channels["gain"] != 1).any() or (channels["offset"] != 0).any())


def _npy_header(shape: tuple[int, int], dtype: np.dtype) -> bytes:
    head = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, head)
    return file.getvalue()


def _check_unbroken(excerpt: Excerpt, form: str) -> None:
    """Check that an array can say when each sample was."""
    spans = excerpt.unbroken
    if len(spans) == 1:
        return
    more = "" if len(spans) == 2 else f", and at {len(spans) - 2} more places"
    start, stop = max(spans, key=lambda span: span[1] - span[0])
    raise OptionError(
        f"the recording is interrupted from {spans[0][1]:.9g} s to {spans[1][0]:.9g} s{more}, "
        f"which a {form} file cannot tell; choose a span without interruption, the longest of "
        f"which is {start:.9g} s to {stop:.9g} s, or .csv, where each row has its time."
    )


def _form(kind: np.dtype, gain: float, offset: float) -> str:
    """Return how values of a channel are formatted so that the raw ones can be got back.

    An error of half a unit of the last of n digits of a value up to M is at most
    ``M * 10**(1 - n) / 2``; for whole numbers it must be well below half of the gain.
    """
    if kind.kind == "f":
        return f"%.{FLOAT_DIGITS.get(kind.itemsize, 17) if offset == 0 else 17}g"
    if (gain, offset) == (1.0, 0.0):
        return "%d"
    info = np.iinfo(kind)
    greatest = max(abs(int(info.min)), int(info.max)) * abs(gain) + abs(offset)
    ratio = greatest / abs(gain) if gain else math.inf
    return f"%.{min(math.ceil(math.log10(ratio)) + 2, 17) if math.isfinite(ratio) else 17}g"


def _one_or_all(values: list[T]) -> T | tuple[T, ...]:
    """Return a value that all channels share, or all of them."""
    return values[0] if all(value == values[0] for value in values) else tuple(values)


def _source(excerpt: Excerpt) -> str:
    """Return what samples are of: the recording's path and, of several, the stream."""
    name = excerpt.reader.source_name()
    path = os.path.abspath(name) if excerpt.reader.source_files() else name
    several = excerpt.reader.signal_streams_count() > 1
    return f"{path}, stream {excerpt.stream_name}" if several else path


def _steps(excerpt: Excerpt) -> str:
    """Return all that was done to signals, also before they were exported to what is read here."""
    recorded = excerpt.reader
    while (derived := recorded.derived_from()) is not None:
        recorded = derived[0]
    before = recorded.layout if isinstance(recorded, RawBinaryRawIO) else None
    done = done_to(excerpt.reader, excerpt.stream)
    return " · ".join(filter(None, (before.steps if before else "", done)))

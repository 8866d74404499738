"""The headers of an NSx file, checked against its size."""

from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.errors import FormatError, Warn
from rawio.files import RawFile


@dataclass(frozen=True)
class NsxHeader:
    """What an NSx file says of itself.

    Attributes
    ----------
    version : str
        Such as ``"2.3"``.
    period : int
        1/30000 s from sample to sample.
    resolution : int
        Ticks a second.
    stamp_bytes : int
        Size of a data packet's timestamp; 0 in 2.1, which has no packets.
    data_start : int
        Byte after the headers.
    ids : ndarray of int64, shape (n_channels,)
        Electrode ids.
    names, units : list of str
    gain, offset : ndarray of float64
        ``units`` is empty, and they are 1 and 0, in 2.1.
    time_origin : tuple of int
        A SYSTEMTIME of Windows; zeros in 2.1.
    """

    version: str
    period: int
    resolution: int
    stamp_bytes: int
    data_start: int
    ids: np.ndarray
    names: list[str]
    units: list[str]
    gain: np.ndarray
    offset: np.ndarray
    time_origin: tuple[int, ...]

    @property
    def n_channels(self) -> int:
        """Channels in a sample."""
        return len(self.ids)

    @property
    def frame_bytes(self) -> int:
        """Bytes of a sample of all channels."""
        return 2 * len(self.ids)

    @property
    def packet_header_bytes(self) -> int:
        """Bytes of a data packet before its samples; 0 in 2.1."""
        return 1 + self.stamp_bytes + 4 if self.stamp_bytes else 0

    @property
    def sampling_rate(self) -> float:
        """Hertz."""
        return layout.CLOCK / self.period

    @property
    def ticks_per_sample(self) -> float:
        """How far the timestamp goes on from a sample to the next."""
        return self.resolution * self.period / layout.CLOCK


def read_nsx_header(file: RawFile, warn: Warn) -> NsxHeader:
    """Read and check the headers of an NSx file.

    Parameters
    ----------
    file : RawFile
    warn : callable
        Takes a sentence about what had to be assumed.

    Returns
    -------
    NsxHeader

    Raises
    ------
    FormatError
        When it is none, has no channels or no sampling rate, or ends within its headers.
    """
    magic = file.read(0, layout.MAGIC_BYTES).tobytes()
    if magic == layout.NSX_21:
        return _read_21(file)
    if magic in layout.NSX_MAGICS:
        return _read_22(file, 8 if magic == layout.NSX_30 else 4, warn)
    raise FormatError(
        f"{file.path}: does not start as an NSx file does (NEURALSG, NEURALCD or BRSMPGRP); is "
        "it one?"
    )


def _read_21(file: RawFile) -> NsxHeader:
    basic = read_record(file, 0, layout.NSX_BASIC_21)
    count = int(basic["channel_count"])
    data_start = layout.NSX_BASIC_21.itemsize + 4 * count
    _check(file, int(basic["period"]), count, data_start)
    raw = file.read(layout.NSX_BASIC_21.itemsize, 4 * count)
    ids = raw.view("<u4").astype(np.int64)
    return NsxHeader(
        version="2.1",
        period=int(basic["period"]),
        resolution=layout.CLOCK,
        stamp_bytes=0,
        data_start=data_start,
        ids=ids,
        names=[layout.central_label(k) for k in ids.tolist()],
        units=[""] * count,
        gain=np.ones(count),
        offset=np.zeros(count),
        time_origin=(0,) * 8,
    )


def _read_22(file: RawFile, stamp_bytes: int, warn: Warn) -> NsxHeader:
    basic = read_record(file, 0, layout.NSX_BASIC)
    count = int(basic["channel_count"])
    headers_end = layout.NSX_BASIC.itemsize + layout.NSX_CHANNEL.itemsize * count
    _check(file, int(basic["period"]), count, headers_end)
    channels = file.read(layout.NSX_BASIC.itemsize, layout.NSX_CHANNEL.itemsize * count)
    channels = channels.view(layout.NSX_CHANNEL)
    name = file.path.name
    if (channels["kind"] != b"CC").any():
        warn(f"{name}: some channel headers are not marked 'CC'; they are read as if they were.")
    data_start = int(basic["bytes_in_headers"])
    if data_start < headers_end:
        warn(
            f"{name}: its header says that data start at byte {data_start}, within the headers; "
            f"they are read from byte {headers_end}."
        )
        data_start = headers_end
    if data_start > file.size:
        raise FormatError(
            f"{file.path}: its data would start at byte {data_start} but it has only {file.size} "
            "bytes; the copy did not finish or the header is damaged."
        )
    resolution = int(basic["timestamp_resolution"])
    if resolution == 0:
        warn(f"{name}: does not say what its timestamps count; 30000 a second is assumed.")
        resolution = layout.CLOCK
    gain, offset = _scales(channels, name, warn)
    return NsxHeader(
        version=".".join(map(str, basic["version"].tolist())),
        period=int(basic["period"]),
        resolution=resolution,
        stamp_bytes=stamp_bytes,
        data_start=data_start,
        ids=channels["electrode_id"].astype(np.int64),
        names=[layout.text(raw) for raw in channels["label"].tolist()],
        units=[_unit(raw) for raw in channels["units"].tolist()],
        gain=gain,
        offset=offset,
        time_origin=tuple(basic["time_origin"].tolist()),
    )


def _check(file: RawFile, period: int, count: int, headers_end: int) -> None:
    if count == 0:
        raise FormatError(f"{file.path}: has no channels; nothing was recorded into it.")
    if headers_end > file.size:
        raise FormatError(
            f"{file.path}: says that it has {count} channels, whose headers need {headers_end} "
            f"bytes, but has only {file.size}; the copy did not finish or the header is damaged."
        )
    if period == 0:
        raise FormatError(
            f"{file.path}: its sampling period is 0, so its rate is unknown; the header is damaged."
        )


def _scales(channels: np.ndarray, name: str, warn: Warn) -> tuple[np.ndarray, np.ndarray]:
    low, high = (channels[f].astype(np.float64) for f in ("min_analog", "max_analog"))
    bottom, top = (channels[f].astype(np.float64) for f in ("min_digital", "max_digital"))
    unknown = (top == bottom) | (high == low)
    if unknown.any():
        warn(
            f"{name}: {np.count_nonzero(unknown)} channels have an empty range in the header; "
            "their values are shown as the numbers in the file."
        )
    gain = np.where(unknown, 1.0, (high - low) / np.where(unknown, 1.0, top - bottom))
    return gain, np.where(unknown, 0.0, low - bottom * gain)


def _unit(raw: bytes) -> str:
    """Return a unit; the micro sign, which has two codes, as a u."""
    return layout.text(raw).strip().replace("\N{MICRO SIGN}", "u")


def read_record(file: RawFile, offset: int, dtype: np.dtype) -> np.ndarray:
    """Return one header of a file.

    Raises
    ------
    FormatError
        When the file ends before it does.
    """
    raw = file.read(offset, dtype.itemsize)
    if len(raw) < dtype.itemsize:
        raise FormatError(
            f"{file.path}: ends after {file.size} bytes, within its header; the copy did not "
            "finish."
        )
    return raw.view(dtype)[0]

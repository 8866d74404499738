"""The headers of a NEV file, checked against its size."""

from dataclasses import dataclass

import numpy as np

from rawio.blackrock import layout
from rawio.blackrock.nsx_header import read_record
from rawio.errors import FormatError, Warn
from rawio.files import RawFile
from rawio.frames import Frames

MAX_WAVEFORM_RATE = 1_000_000


@dataclass(frozen=True)
class NevHeader:
    """What a NEV file says of itself.

    Attributes
    ----------
    version : str
        Such as ``"2.3"``.
    all_int16 : bool
        Whether all waveforms are int16, whatever the headers of the electrodes say.
    data_start : int
        Byte after the headers.
    packet_bytes : int
    stamp_bytes : int
        Size of a packet's timestamp, 4 or 8; the packet id follows it.
    resolution : int
        Ticks a second.
    waveform_rate : float
        Hertz.
    electrodes : ndarray of layout.NEV_EXTENDED
        The NEUEVWAV headers, one for each electrode that has one.
    time_origin : tuple of int
        A SYSTEMTIME of Windows.
    """

    version: str
    all_int16: bool
    data_start: int
    packet_bytes: int
    stamp_bytes: int
    resolution: int
    waveform_rate: float
    electrodes: np.ndarray
    time_origin: tuple[int, ...]

    @property
    def payload(self) -> int:
        """Bytes of a packet before its waveform, value or text."""
        return self.stamp_bytes + 4

    @property
    def is_old(self) -> bool:
        """Whether this is 2.1 or 2.2, which note analog inputs but no comments."""
        return self.version in ("2.1", "2.2")

    def electrode(self, electrode_id: int) -> np.void | None:
        """Return the header of an electrode, or None."""
        found = np.flatnonzero(self.electrodes["electrode_id"] == electrode_id)
        return self.electrodes[found[0]] if len(found) else None

    def gain(self, electrode_id: int) -> float | None:
        """Return the microvolts a bit of an electrode, None if no header says."""
        header = self.electrode(electrode_id)
        if header is None:
            return None
        return layout.microvolts_per_bit(int(header["digitization_factor"]))

    def waveform(self, electrode_id: int) -> tuple[np.dtype, int]:
        """Return sample type and number of samples of an electrode's waveforms.

        They fill the packet, unless the electrode's header (from 2.3 on) says less.
        """
        header = self.electrode(electrode_id)
        size = 2
        if header is not None and not self.all_int16:
            size = {0: 1, 1: 1, 2: 2, 4: 4}.get(int(header["bytes_per_sample"]), 2)
        points = (self.packet_bytes - self.payload) // size
        if header is not None and not self.is_old and header["spike_width"]:
            points = min(points, int(header["spike_width"]))
        return np.dtype(f"<i{size}"), points

    def part_of_packets(self, file: RawFile, start: int, n_columns: int, dtype: np.dtype) -> Frames:
        """Return a part of each packet of the file, from byte `start` of it on, as frames."""
        count = (file.size - self.data_start) // self.packet_bytes
        return Frames(file, self.data_start + start, count, n_columns, dtype, self.packet_bytes)


def read_nev_header(file: RawFile, warn: Warn) -> NevHeader:
    """Read and check the headers of a NEV file.

    Parameters
    ----------
    file : RawFile
    warn : callable
        Takes a sentence about what had to be assumed.

    Returns
    -------
    NevHeader

    Raises
    ------
    FormatError
        When it is none, ends within its headers, or its packets cannot hold anything.
    """
    magic = file.read(0, layout.MAGIC_BYTES).tobytes()
    if magic not in layout.NEV_MAGICS:
        raise FormatError(
            f"{file.path}: does not start as a NEV file of Blackrock does (NEURALEV or BREVENTS); "
            "is it one?"
        )
    basic = read_record(file, 0, layout.NEV_BASIC)
    stamp_bytes = 8 if magic == layout.NEV_30 else 4
    data_start, packet_bytes = int(basic["bytes_in_headers"]), int(basic["packet_bytes"])
    _check(file, data_start, packet_bytes, stamp_bytes)
    resolution = int(basic["timestamp_resolution"])
    if resolution == 0:
        warn(
            f"{file.path.name}: does not say what its timestamps count; 30000 a second is assumed."
        )
    rate = int(basic["sample_resolution"])
    return NevHeader(
        version=".".join(map(str, basic["version"].tolist())),
        all_int16=bool(basic["flags"] & 1),
        data_start=data_start,
        packet_bytes=packet_bytes,
        stamp_bytes=stamp_bytes,
        resolution=resolution or layout.CLOCK,
        waveform_rate=float(rate if 0 < rate <= MAX_WAVEFORM_RATE else layout.CLOCK),
        electrodes=_electrodes(file, data_start, int(basic["n_extended"]), warn),
        time_origin=tuple(basic["time_origin"].tolist()),
    )


def _check(file: RawFile, data_start: int, packet_bytes: int, stamp_bytes: int) -> None:
    if data_start < layout.NEV_BASIC.itemsize or data_start > file.size:
        raise FormatError(
            f"{file.path}: its packets would start at byte {data_start} of {file.size}; the copy "
            "did not finish or the header is damaged."
        )
    if packet_bytes < stamp_bytes + 4:
        raise FormatError(
            f"{file.path}: its packets would have {packet_bytes} bytes, less than their own "
            "header; the header is damaged."
        )


def _electrodes(file: RawFile, data_start: int, count: int, warn: Warn) -> np.ndarray:
    size = layout.NEV_EXTENDED.itemsize
    room = (data_start - layout.NEV_BASIC.itemsize) // size
    if count > room:
        warn(
            f"{file.path.name}: {count} extended headers are announced but there is room for "
            f"{room}; these are read."
        )
    raw = file.read(layout.NEV_BASIC.itemsize, size * min(count, room))
    headers = raw[: len(raw) // size * size].view(layout.NEV_EXTENDED)
    headers = headers[headers["header_id"] == layout.ELECTRODE_HEADER]
    _, first = np.unique(headers["electrode_id"], return_index=True)
    if len(first) < len(headers):
        warn(f"{file.path.name}: some electrodes have several headers; the first of each is taken.")
    return headers[np.sort(first)]

"""One pair of files, .bin and .meta: a stream of one take, checked and ready to be read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rawio.errors import FormatError, Warn
from rawio.files import RawFile
from rawio.frames import Frames
from rawio.spikeglx.columns import Column, device_type, read_columns
from rawio.spikeglx.meta import Meta, read_meta
from rawio.spikeglx.names import device_of, parse_name, stem_of
from rawio.texts import shown

SAMPLE = np.dtype("<i2")
MAX_RATE = 1e9
FARTHEST_SAMPLE = 1 << 53  # a thousand years at the highest rates; exact as a float

_RATES = {"imec": "imSampRate", "nidq": "niSampRate", "obx": "obSampRate"}


@dataclass(frozen=True)
class StreamFile:
    """What one device wrote in one band and take.

    Attributes
    ----------
    path, meta_path : pathlib.Path
    meta : Meta
        Of the stream's first file.
    device : str
        imec, nidq or obx.
    label : str
        Name of the stream: ``imec0.ap``, ``nidq``, ``obx0``.
    columns : list of Column
    rate : float
        Hertz.
    first_sample : int
        Number of the first sample since the acquisition began.
    frames : Frames
    """

    path: Path
    meta_path: Path
    meta: Meta
    device: str
    label: str
    columns: list[Column]
    rate: float
    first_sample: int
    frames: Frames

    @property
    def t_start(self) -> float:
        """Seconds of the first sample since the acquisition began."""
        return self.first_sample / self.rate

    @property
    def t_stop(self) -> float:
        """Seconds of the end of the last sample."""
        return (self.first_sample + self.frames.size) / self.rate


def open_pair(path: Path, meta_path: Path, warn: Warn) -> StreamFile:
    """Read the .meta, look at the size of the .bin, and say what does not fit.

    Raises
    ------
    MissingFileError, EmptyFileError, UnreadableFileError, FormatError
    """
    meta = read_meta(meta_path)
    device = device_type(meta)
    columns = read_columns(meta, device, warn)
    rate = meta.positive(_RATES[device])
    if rate is None or rate > MAX_RATE:
        key = _RATES[device]
        raise meta.broken(f"{key} is {shown(meta.text(key))}, which is no sampling rate in hertz")
    return StreamFile(
        path=path,
        meta_path=meta_path,
        meta=meta,
        device=device,
        label=_label(meta, device, columns, parse_name(path.stem).label),
        columns=columns,
        rate=rate,
        first_sample=_first_sample(meta, warn),
        frames=_frames(RawFile(path), meta, len(columns), warn),
    )


def _label(meta: Meta, device: str, columns: list[Column], on_disk: str) -> str:
    """Return the stream's name: that which the file had when it was written, or has now."""
    written = parse_name(stem_of(meta.text("fileName"))).label
    for label in (written, on_disk):
        if device_of(label) == device:
            break
    else:
        label = device
    if device != "imec" or "." in label:
        return label
    kinds = {column.kind for column in columns}
    return f"{label}.{'lf' if 'LF' in kinds and 'AP' not in kinds else 'ap'}"


def _first_sample(meta: Meta, warn: Warn) -> int:
    first = meta.whole("firstSample")
    if first is not None and 0 <= first <= FARTHEST_SAMPLE:
        return first
    value = meta.text("firstSample")
    what = f"firstSample is {shown(value)}" if value else "firstSample is not there"
    warn(f"{meta.path.name}: {what}; the file is taken to start with the run, at 0 s.")
    return 0


def _frames(file: RawFile, meta: Meta, n_columns: int, warn: Warn) -> Frames:
    """Return the whole frames of the .bin, whatever size the .meta says."""
    width = n_columns * SAMPLE.itemsize
    size, rest = divmod(file.size, width)
    if not size:
        raise FormatError(
            f"{file.path}: has {file.size} bytes, less than one sample of its {n_columns} "
            "channels; it is cut or is not the file of its .meta."
        )
    said = meta.whole("fileSizeBytes")
    if said is None:
        warn(
            f"{meta.path.name} does not say the size of its .bin, so the recording was not closed "
            f"properly; all {size} samples there are read."
        )
    elif said > file.size:
        warn(
            f"{file.path.name} has {file.size} of the {said} bytes that its .meta says: the last "
            f"{said // width - size} samples are missing."
        )
    elif said < file.size:
        warn(
            f"{file.path.name} has {file.size} bytes, more than the {said} that its .meta says; "
            f"all {size} samples there are read."
        )
    if rest:
        warn(
            f"{file.path.name} ends within a sample of its {n_columns} channels; the last {rest} "
            "bytes are not read."
        )
    return Frames(file, 0, size, n_columns, SAMPLE)

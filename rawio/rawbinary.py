"""Flat binary recordings: samples of all channels, interleaved, with no header of their own."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rawio.base import BaseRawIO, Place
from rawio.errors import (
    EmptyFileError,
    FormatError,
    OptionError,
    RawIOError,
    UndescribedFileError,
)
from rawio.files import RawFile
from rawio.frames import Frames
from rawio.header import (
    SIGNAL_BUFFER_DTYPE,
    SIGNAL_CHANNEL_DTYPE,
    SIGNAL_STREAM_DTYPE,
    make_header,
    table,
)
from rawio.selection import Selection
from rawio.sidecar import (
    REQUIRED_FIELDS,
    FlatBinaryLayout,
    read_sidecar,
    sidecar_path,
    write_sidecar,
)

SPARE_BYTES = 16 << 20
"""A table of channels that takes so much more than twice the file is that of a wrong number."""

WORDS = {
    "n_channels": "its number of channels (n_channels)",
    "sampling_rate": "its sampling rate (sampling_rate)",
}
"""What is missing, in words."""

_OF_SPIKEGLX = re.compile(r"_g\d+_t(\d+|cat)\.(imec|nidq|obx)", re.IGNORECASE)


class RawBinaryRawIO(BaseRawIO):
    """A flat binary file, described by arguments or by the JSON beside it.

    Parameters
    ----------
    filename : path-like
    layout : FlatBinaryLayout or None
        All of it at once; a sidecar is then not looked at.
    **fields
        Fields of `rawio.sidecar.FlatBinaryLayout` (``n_channels``, ``sampling_rate``, ``dtype``,
        ``byte_order``, ``gain``, ``offset``, ``units``, ``header_bytes``, ``channel_names``,
        ``t_start``, ``channel_ids``, ``source``, ``steps``).
        What is given here wins over the sidecar, which wins over the defaults.

    Notes
    -----
    Samples after the last whole frame are left out, with a warning. Chunks come in the file's
    dtype but in the machine's byte order.
    """

    name = "flat binary"
    description = "interleaved samples without a header"
    extensions: ClassVar[list[str]] = ["raw", "bin", "dat"]
    rawmode = "one-file"

    def __init__(
        self,
        filename: str | os.PathLike[str],
        layout: FlatBinaryLayout | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(filename)
        self._options = {key: value for key, value in fields.items() if value is not None}
        self._given = layout
        self.layout: FlatBinaryLayout | None = None

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether a sidecar lies beside `path` or its name ends as flat files' do."""
        return sidecar_path(path).is_file() or path.suffix.lower().lstrip(".") in cls.extensions

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the file itself if a sidecar describes it.

        Without one it may be a part of anything: other formats keep their samples in such files.
        """
        return Place(path) if sidecar_path(path).is_file() else None

    def _parse_header(self) -> None:
        self._file = RawFile(self.filename)
        try:
            self.layout = layout = self._find_layout()
            self._lay_out(layout)
        except RawIOError as error:
            error.to_describe = self._file.path
            raise
        self.header = make_header(
            nb_segment=[1],
            signal_buffers=table(SIGNAL_BUFFER_DTYPE, [{"name": "", "id": "0"}]),
            signal_streams=table(
                SIGNAL_STREAM_DTYPE, [{"name": "signals", "id": "0", "buffer_id": "0"}]
            ),
            signal_channels=_channel_table(layout),
        )

    def _lay_out(self, layout: FlatBinaryLayout) -> None:
        """Find the frames in the file, and say what of it is left out."""
        data_bytes = self._file.size - layout.header_bytes
        self._size = max(0, data_bytes) // layout.frame_bytes
        if self._size == 0:
            raise EmptyFileError(
                f"{self.filename}: holds {self._file.size} bytes, fewer than the "
                f"{layout.header_bytes + layout.frame_bytes} of header and one sample of "
                f"{layout.n_channels} channels; check channels, dtype and header bytes."
            )
        if layout.n_channels * SIGNAL_CHANNEL_DTYPE.itemsize > 2 * self._file.size + SPARE_BYTES:
            raise FormatError(
                f"{self.filename}: its {self._file.size} bytes would be {self._size} samples of "
                f"{layout.n_channels} channels; check the number of channels."
            )
        self._frames = Frames(
            self._file,
            offset=layout.header_bytes,
            size=self._size,
            n_columns=layout.n_channels,
            dtype=layout.sample_dtype,
        )
        rest = data_bytes - self._size * layout.frame_bytes
        if rest:
            self._warn(
                f"the last {rest} bytes are no whole sample of {layout.n_channels} channels of "
                f"{layout.dtype} and are left out; was the file cut, or is the layout right?"
            )
        long = [text for text in _texts_of(layout) if len(text) > 64]
        if long:
            self._warn(f"names, ids and units are cut to 64 characters, such as {long[0]!r}.")

    def _find_layout(self) -> FlatBinaryLayout:
        if self._given is not None:
            return self._given
        unknown = sorted(set(self._options) - set(FlatBinaryLayout.__dataclass_fields__))
        if unknown:
            raise OptionError(
                f"{self.filename}: {unknown[0]!r} is no option of a flat binary file; its options "
                f"are {', '.join(FlatBinaryLayout.__dataclass_fields__)}."
            )
        beside = sidecar_path(self.filename)
        described = read_sidecar(beside) if beside.is_file() else None
        missing = [key for key in REQUIRED_FIELDS if key not in self._options]
        if missing and described is None:
            lost = ""
            if _OF_SPIKEGLX.search(os.path.basename(self.filename)):
                lost = "; that of SpikeGLX has a .meta with it, which is missing or empty here"
            unsaid = " or ".join(WORDS[name] for name in missing)
            raise UndescribedFileError(
                f"{self.filename}: a flat binary file does not say {unsaid}; describe it once, and "
                f"it opens from then on{lost}.",
                self._file.path,
            )
        try:
            if described is not None:
                return replace(described, **self._options)
            return FlatBinaryLayout(**self._options)
        except OptionError as error:
            raise OptionError(f"{self.filename}: {error}") from None

    def _annotate(self, tree: dict[str, Any]) -> None:
        assert self.layout is not None
        for name in ("source", "steps"):
            if getattr(self.layout, name):
                tree["blocks"][0][name] = getattr(self.layout, name)

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        assert self.layout is not None
        return self.layout.t_start

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        assert self.layout is not None
        return self.layout.t_start + self._size / self.layout.sampling_rate

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._size

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        assert self.layout is not None
        return self.layout.t_start

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        return self._frames.read(i_start, i_stop, channels)


def describe(path: str | os.PathLike[str], layout: FlatBinaryLayout) -> RawBinaryRawIO:
    """Write a description beside a flat binary file, in place of one that is there.

    Parameters
    ----------
    path : path-like
        The recording, which is read and never written to.
    layout : FlatBinaryLayout

    Returns
    -------
    RawBinaryRawIO
        A reader of it, with its header parsed.

    Raises
    ------
    RawIOError
        When the file cannot be read so; nothing is written then.
    UnwritableFileError
        When the description cannot be written.
    """
    reader = RawBinaryRawIO(path, layout)
    reader.parse_header()
    write_sidecar(sidecar_path(path), layout)
    return reader


def _texts_of(layout: FlatBinaryLayout) -> tuple[str, ...]:
    units = (layout.units,) if isinstance(layout.units, str) else layout.units
    return *units, *(layout.channel_names or ()), *(layout.channel_ids or ())


def _channel_table(layout: FlatBinaryLayout) -> np.ndarray:
    n = layout.n_channels
    channels = np.zeros(n, dtype=SIGNAL_CHANNEL_DTYPE)
    names = layout.channel_names
    channels["name"] = names if names is not None else [f"ch{i}" for i in range(n)]
    ids = layout.channel_ids
    channels["id"] = ids if ids is not None else [str(i) for i in range(n)]
    channels["sampling_rate"] = layout.sampling_rate
    channels["dtype"] = layout.dtype
    channels["units"] = layout.units
    channels["gain"] = layout.gain
    channels["offset"] = layout.offset
    channels["stream_id"] = "0"
    channels["buffer_id"] = "0"
    return channels

"""Flat binary files by the arguments that neo's reader of them takes."""

import os
from typing import Any

import numpy as np

from rawio.errors import OptionError
from rawio.rawbinary import RawBinaryRawIO
from rawio.sidecar import FlatBinaryLayout


class RawBinarySignalRawIO(RawBinaryRawIO):
    """A flat binary file; takes the place of neo's class of this name.

    Parameters
    ----------
    filename : path-like
    dtype : numpy dtype
    sampling_rate : float
        Hertz.
    nb_channel : int
    signal_gain, signal_offset : float
        Physical value = raw * gain + offset.
    bytesoffset : int
        Bytes before the first sample.

    Raises
    ------
    OptionError
        When one of them makes no sense.
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        dtype: Any = "int16",
        sampling_rate: float = 10_000.0,
        nb_channel: int = 2,
        signal_gain: float = 1.0,
        signal_offset: float = 0.0,
        bytesoffset: int = 0,
    ) -> None:
        try:
            kind = np.dtype(dtype)
            layout = FlatBinaryLayout(
                n_channels=nb_channel,
                sampling_rate=sampling_rate,
                dtype=kind.name,
                byte_order="big" if kind.str.startswith(">") else "little",
                gain=signal_gain,
                offset=signal_offset,
                header_bytes=bytesoffset,
            )
        except (OptionError, TypeError) as error:
            raise OptionError(f"{filename}: {error}") from None
        super().__init__(filename, layout)

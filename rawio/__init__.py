"""Reading electrophysiology recordings as NumPy buffers: the API of the Neo RawIO page."""

from rawio.base import BaseRawIO
from rawio.errors import (
    EmptyFileError,
    FormatError,
    HeaderNotParsedError,
    MissingFileError,
    OptionError,
    OutOfRangeError,
    RawIOError,
    SelectionError,
    UnknownFormatError,
    UnreadableFileError,
)
from rawio.plexon import PlexonRawIO

__all__ = [
    "BaseRawIO",
    "EmptyFileError",
    "FormatError",
    "HeaderNotParsedError",
    "MissingFileError",
    "OptionError",
    "OutOfRangeError",
    "PlexonRawIO",
    "RawIOError",
    "SelectionError",
    "UnknownFormatError",
    "UnreadableFileError",
]

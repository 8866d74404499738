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

__all__ = [
    "BaseRawIO",
    "EmptyFileError",
    "FormatError",
    "HeaderNotParsedError",
    "MissingFileError",
    "OptionError",
    "OutOfRangeError",
    "RawIOError",
    "SelectionError",
    "UnknownFormatError",
    "UnreadableFileError",
]
